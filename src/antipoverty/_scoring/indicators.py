"""Statistics become notices: rates of comparable units, scores between two stated ends, a choice.

Every figure is kept with its denominator, so that weeks add up to months and counties
to cities exactly, and so that no unit is ranked by a rate that rests on too few cases.
Indicators, weights, ends and shares are the policy's: the source publishes none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self

import attrs
from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    model_validator,
)

from antipoverty._base.documents import AreaField
from antipoverty._base.frozen import Frozen
from antipoverty._scoring.notices import (
    Notice,
    NoticeVerdict,
)
from antipoverty._scoring.policy import Declared, Share, Status, load_policy
from antipoverty._scoring.statistics import Statistic, Word
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    AntipovertyError,
    EarlyNoticeError,
    InvalidStatisticsError,
    IssuerError,
    NoticeError,
    did_you_mean,
)
from antipoverty.periods import Period


class Indicator(Declared):
    """What is measured, in which direction it is good, and how much it weighs (指标).

    A rate at ``best`` or beyond scores 100, one at ``worst`` or beyond 0, and between
    them in proportion.

    Attributes:
        id: Its permanent name.
        zh: Its Chinese name.
        en: Its English name.
        unit: The unit of its rate: ``share``, ``day``, ``item`` ...
        direction: Whether ``higher`` or ``lower`` rates are better.
        weight: Its weight in the score; more than 0.
        best: The rate that scores 100.
        worst: The rate that scores 0.
        minimum: The least denominator that is scored at all.
    """

    id: Word
    zh: str
    en: str
    unit: Word
    direction: Literal["higher", "lower"]
    weight: Annotated[Share, Field(gt=0)] = Fraction(1)
    best: Share
    worst: Share
    minimum: Annotated[int, Field(ge=1, strict=True)] = 1

    @model_validator(mode="after")
    def _ends_agree(self) -> Self:
        if self.best == self.worst or (self.best > self.worst) != (self.direction == "higher"):
            raise ValueError("best and worst do not lie as direction says")
        return self

    def score(self, numerator: int, denominator: int) -> Fraction | None:
        """Score a rate from 0 to 100, exactly; ``None`` below the minimum denominator."""
        if denominator < self.minimum:
            return None
        share = (Fraction(numerator, denominator) - self.worst) / (self.best - self.worst)
        return 100 * min(max(share, Fraction(0)), Fraction(1))


_THRESHOLD = re.compile(r"(>=|>|<=|<) *(\d+(?:\.\d+)?)")


def _threshold(text: str) -> str:
    if not _THRESHOLD.fullmatch(text):
        raise ValueError("write an operator and a number, such as '>= 90' or '< 60'")
    return text


Threshold = Annotated[str, AfterValidator(_threshold)]


def meets(score: Fraction, threshold: str) -> bool:
    """Tell whether a score meets a threshold such as ``>= 90``."""
    match = _THRESHOLD.fullmatch(threshold)
    if match is None:
        raise ValueError(f"{threshold!r} is not a threshold")
    operator, limit = match[1], Fraction(match[2])
    if operator[0] == ">":
        return score > limit or (operator == ">=" and score == limit)
    return score < limit or (operator == "<=" and score == limit)


class NoticePolicy(Declared):
    """How scores become notices.

    Attributes:
        id: Its permanent name.
        status: ``illustrative``, the default, or ``published``, which needs a source.
        source: The document it was read in.
        indicators: What is measured; ``[[indicator]]`` in a file.
        choose: ``rank``: so many units at either end; ``share``: such a part of the
            ranked units, rounded down; ``threshold``: by the score; ``list``: the units
            that are named.
        commended: For ``rank`` a number, for ``share`` a part, for ``threshold`` text
            such as ``>= 90``, for ``list`` codes.
        criticised: The same for the other end.
        tie_break: The indicators that, one after the other, part equal scores.
        ties: Units that are still equal at the cut are all ``included`` or all
            ``excluded``.
        incomplete: A unit with an indicator that is missing or below its minimum
            denominator is ``unrated``, and has no notice, or is rated by the others,
            ``reweighed``.
        notifies: Which levels each level notifies.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    id: Annotated[str, Field(min_length=1)] = "illustrative"
    status: Status = "illustrative"
    source: str | None = None
    indicators: Annotated[tuple[Indicator, ...], Field(alias="indicator")]
    choose: Literal["rank", "share", "threshold", "list"]
    commended: int | Share | Threshold | tuple[AreaField, ...]
    criticised: int | Share | Threshold | tuple[AreaField, ...]
    tie_break: tuple[Word, ...] = ()
    ties: Literal["included", "excluded"] = "excluded"
    incomplete: Literal["unrated", "reweighed"] = "unrated"
    notifies: Annotated[Mapping[Level, tuple[Level, ...]], AfterValidator(Frozen)] = Frozen(
        {Level.PROVINCE: (Level.CITY, Level.COUNTY), Level.CITY: (Level.COUNTY,)}
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        wrong: list[str] = []
        ids = [indicator.id for indicator in self.indicators]
        if not ids or len(set(ids)) < len(ids):
            wrong.append("a policy has at least one indicator, and no id twice")
        wrong += [
            f"tie_break names {one!r}, which is no indicator{did_you_mean(one, ids)}"
            for one in self.tie_break
            if one not in ids
        ]
        wrong += [
            f"{name} does not fit choose = {self.choose!r}: give {_FITS[self.choose]}"
            for name, value in (("commended", self.commended), ("criticised", self.criticised))
            if not _fits(self.choose, value)
        ]
        if self.status == "published" and not (self.source or "").strip():
            wrong.append("a published policy names its source")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @classmethod
    def from_toml(cls, text: str) -> NoticePolicy:
        """Read a policy file.

        Raises:
            InvalidPolicyError: Every problem of the file, all at once.
        """
        return load_policy(cls, text)

    @property
    def illustrative(self) -> bool:
        """Whether no authority's document stands behind weights, ends and choice."""
        return self.status == "illustrative"


_FITS = {
    "rank": "a whole number of units",
    "share": "an exact part from 0 to 1, such as 0.1",
    "threshold": "an operator and a number, such as '>= 90'",
    "list": "a list of codes",
}


def _fits(choose: str, value: object) -> bool:
    match choose:
        case "rank":
            return isinstance(value, int) and value >= 0
        case "share":
            return isinstance(value, int | Fraction) and 0 <= value <= 1
        case "threshold":
            return isinstance(value, str)
        case _:
            return isinstance(value, tuple)


@attrs.frozen
class Score:
    """One unit's score in a period.

    Attributes:
        total: The weighted mean of the indicators' scores, 0 to 100; ``None`` when
            the unit is not rated.
        parts: The score of each indicator, in the policy's order; ``None`` where the
            figure is missing or its denominator is below the minimum.
        rank: Its place, 1 for the best; equal scores share a place.
        verdict: What the policy makes of it.
    """

    unit: AreaCode
    total: Fraction | None
    parts: tuple[tuple[str, Fraction | None], ...]
    rank: int | None = None
    verdict: NoticeVerdict | None = None


@attrs.frozen
class Draft:
    """Notices drafted from statistics, with the scores behind them, the best first."""

    notices: tuple[Notice, ...]
    scores: tuple[Score, ...]
    illustrative: bool


def draft_notices(
    statistics: Iterable[Statistic],
    policy: NoticePolicy,
    *,
    period: Period | str,
    issuer: str,
    level: Level | str,
    issued_on: date,
) -> Draft:
    """Rate the units that one issuer notifies, among themselves, and draft their notices.

    Args:
        statistics: Figures of the period; those of other periods, of units of another
            level and of units outside the issuer's area are left out.
        policy: Indicators, weights and the choice.
        period: What the notices are for.
        issuer: The area code of the province or city that notifies.
        level: The level of the units that are compared.
        issued_on: The day of issue: the period's last day or later.

    Returns:
        A notice for each rated unit, with its rank and score as the reason. A unit
        that is neither commended nor criticised has a notice that says so; one that
        is not rated has none.

    Raises:
        IssuerError: The policy does not let this issuer notify that level.
        EarlyNoticeError: The period has not ended.
        InvalidStatisticsError: A figure is there twice, is of no declared indicator,
            or the policy names a unit that is not among those compared.
    """
    issuing, compared = AreaCode(issuer), Level(level)
    when = Period.parse(period) if isinstance(period, str) else period
    if compared not in policy.notifies.get(issuing.level, ()):
        raise IssuerError(
            f"{issuing}, a {issuing.level.value}, does not notify the {compared.value} level; "
            "see notifies in the policy"
        )
    if issued_on < when.last:
        raise EarlyNoticeError(
            f"{when} ends on {when.last}; its notices cannot be issued on {issued_on}"
        )
    chosen = [
        one
        for one in statistics
        if one.period == when and one.unit.level is compared and issuing.covers(one.unit)
    ]
    figures = _figures(chosen, policy)
    ranked = _ranked([_score(unit, figures[unit], policy) for unit in sorted(figures)], policy)
    scores = _judged(ranked, policy, when)
    notices = tuple(
        Notice(
            notice_id=f"{issuing}-{score.unit}-{when}",
            unit=score.unit,
            period=when,
            verdict=score.verdict,
            level=issuing.level,
            issued_on=issued_on,
            reason=f"排名第{score.rank}，得分{_rounded(score.total)} / "
            f"rank {score.rank}, score {_rounded(score.total)}",
        )
        for score in scores
        if score.verdict is not None and score.total is not None
    )
    return Draft(notices, scores, policy.illustrative)


Figures = Mapping[str, Statistic]


def _figures(chosen: Sequence[Statistic], policy: NoticePolicy) -> Mapping[AreaCode, Figures]:
    known = {indicator.id for indicator in policy.indicators}
    problems: list[AntipovertyError] = []
    figures: dict[AreaCode, dict[str, Statistic]] = defaultdict(dict)
    for one in chosen:
        if one.indicator not in known:
            hint = did_you_mean(one.indicator, known)
            problems.append(NoticeError(f"{one.indicator!r} is no indicator of the policy{hint}"))
        elif figures[one.unit].setdefault(one.indicator, one) is not one:
            problems.append(
                NoticeError(
                    f"unit {one.unit} has two figures of {one.indicator} for {one.period}; keep one"
                )
            )
    if problems:
        raise InvalidStatisticsError("the statistics cannot be scored", problems)
    return figures


def _score(unit: AreaCode, figures: Figures, policy: NoticePolicy) -> Score:
    parts: list[tuple[str, Fraction | None]] = []
    above, below = Fraction(0), Fraction(0)
    for indicator in policy.indicators:
        figure = figures.get(indicator.id)
        part = None if figure is None else indicator.score(figure.numerator, figure.denominator)
        parts.append((indicator.id, part))
        if part is not None:
            above += indicator.weight * part
            below += indicator.weight
    whole = all(part is not None for _, part in parts) or policy.incomplete == "reweighed"
    return Score(unit, above / below if whole and below else None, tuple(parts))


def _standing(score: Score, policy: NoticePolicy) -> tuple[Fraction, ...]:
    """What is compared: the score, then the indicators that part equal ones."""
    parts = dict(score.parts)
    none = Fraction(-1)
    keys = (score.total, *(parts[name] for name in policy.tie_break))
    return tuple(none if key is None else key for key in keys)


def _ranked(scores: Sequence[Score], policy: NoticePolicy) -> list[Score]:
    """Put the best first; units that stay equal share the rank of the first of them."""
    ordered = sorted(scores, key=lambda score: tuple(-k for k in _standing(score, policy)))
    ranks: dict[tuple[Fraction, ...], int] = {}
    for place, score in enumerate(ordered, 1):
        ranks.setdefault(_standing(score, policy), place)
    return [
        attrs.evolve(score, rank=ranks[_standing(score, policy)])
        if score.total is not None
        else score
        for score in ordered
    ]


def _judged(ranked: Sequence[Score], policy: NoticePolicy, period: Period) -> tuple[Score, ...]:
    """Give each rated unit its verdict; one that is chosen at both ends has neither."""
    rated = [score for score in ranked if score.total is not None]
    best = _chosen(rated, policy.commended, policy)
    worst = _chosen(rated[::-1], policy.criticised, policy)
    unknown = sorted((best | worst) - {score.unit for score in rated})
    if unknown:
        raise InvalidStatisticsError(
            "the policy's list cannot be followed",
            [NoticeError(f"unit {unit} is listed but not rated for {period}") for unit in unknown],
        )

    def verdict(unit: AreaCode) -> NoticeVerdict:
        if (unit in best) == (unit in worst):
            return NoticeVerdict.NEITHER
        return NoticeVerdict.COMMENDED if unit in best else NoticeVerdict.CRITICISED

    return tuple(
        attrs.evolve(score, verdict=verdict(score.unit)) if score.total is not None else score
        for score in ranked
    )


def _chosen(
    rated: Sequence[Score],
    wanted: int | Fraction | str | tuple[AreaCode, ...],
    policy: NoticePolicy,
) -> set[AreaCode]:
    """Choose from one end, the first units of a list that is sorted from that end."""
    if isinstance(wanted, tuple):
        return set(wanted)
    if isinstance(wanted, str):
        return {one.unit for one in rated if one.total is not None and meets(one.total, wanted)}
    count = int(wanted if policy.choose == "rank" else len(rated) * wanted)
    if count >= len(rated) or count == 0:
        return {one.unit for one in rated[:count]}
    last, after = rated[count - 1], rated[count]
    if last.rank != after.rank:
        return {one.unit for one in rated[:count]}
    if policy.ties == "included":
        return {
            one.unit for place, one in enumerate(rated) if place < count or one.rank == last.rank
        }
    return {one.unit for one in rated[:count] if one.rank != last.rank}


def _rounded(score: Fraction | None) -> Decimal:
    """A score with two decimals, for people; the exact one decides."""
    return Decimal(round((score or Fraction(0)) * 100)).scaleb(-2)
