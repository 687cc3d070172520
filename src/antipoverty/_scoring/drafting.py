"""From figures to notices: who must report, who did, how they compare, and who is named."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction

import attrs

from antipoverty._base.days import days
from antipoverty._scoring.draft_report import page_of
from antipoverty._scoring.explaining import corrects, explanation, reason
from antipoverty._scoring.gathering import Gathered, Missing, Recount, gather
from antipoverty._scoring.indicators import NoticePolicy
from antipoverty._scoring.luck import named_by_luck, rank_intervals
from antipoverty._scoring.notices import Notice, NoticeVerdict
from antipoverty._scoring.rating import Baseline, Score, rate
from antipoverty._scoring.statistics import Statistic, more_than_all
from antipoverty.codes import AreaCode, Level
from antipoverty.conditions import Language
from antipoverty.errors import (
    EarlyNoticeError,
    InvalidStatisticsError,
    IssuerError,
    NoticeError,
    UnknownUnitError,
)
from antipoverty.languages import LANGUAGES, current
from antipoverty.model import AreaTree
from antipoverty.periods import Period
from antipoverty.report import Page


@attrs.frozen(slots=False)
class Draft:
    """Notices drafted from statistics, with the scores behind them, the best first.

    Attributes:
        notices: The new notices; corrections of earlier ones name what they replace.
        scores: Every unit that must report.
        missing: Who did not report what.
        baselines: The common rate and the limits of each indicator.
        policy: The policy.
        period: The period.
    """

    notices: tuple[Notice, ...]
    scores: tuple[Score, ...]
    missing: tuple[Missing, ...]
    baselines: tuple[Baseline, ...]
    policy: NoticePolicy
    period: Period

    @property
    def illustrative(self) -> bool:
        """Whether no authority's document stands behind weights, ends and choice."""
        return self.policy.illustrative

    @property
    def rated(self) -> int:
        """How many units have a rank."""
        return sum(score.rank is not None for score in self.scores)

    @property
    def nothing(self) -> tuple[tuple[AreaCode, str], ...]:
        """The units and indicators of which it is said that there was nothing to count."""
        return tuple(
            (score.unit, name)
            for score in sorted(self.scores, key=lambda one: one.unit)
            for name, figure in score.figures.items()
            if figure.nothing
        )

    @functools.cached_property
    def intervals(self) -> Mapping[AreaCode, tuple[int, int]]:
        """The first and the last place that each unit's true quality may have."""
        return rank_intervals(self.scores, self.baselines, self.policy)

    @functools.cached_property
    def luck(self) -> Mapping[AreaCode, tuple[float, float]]:
        """The chance that luck alone commends, and criticises, a unit of that size.

        About, and for ``rank`` and ``share`` only; empty for other choices.
        """
        if self.policy.choose not in ("rank", "share"):
            return {}
        counts = []
        for wanted in (self.policy.commended, self.policy.criticised):
            part = wanted if isinstance(wanted, int | Fraction) else 0
            counts.append(int(part if self.policy.choose == "rank" else self.rated * part))
        by_count = {n: named_by_luck(self.scores, self.baselines, n) for n in set(counts)}
        good, bad = (by_count[count] for count in counts)
        return {unit: (good[unit], bad[unit]) for unit in good}

    def explain(self, unit: str, language: Language | None = None) -> str:
        """Tell a unit's place, figures, limits, and what it would have taken.

        Raises:
            UnknownUnitError: The unit is not among those that must report.
        """
        language = current(language, "zh")
        for score in self.scores:
            if score.unit == unit:
                told = explanation(score, self.scores, self.baselines, self.policy, language)
                return "\n  ".join((told, *self._of_luck(score, language)))
        raise UnknownUnitError(
            "unit {unit} is not among the {count} that must report for {period}",
            unit=unit,
            count=len(self.scores),
            period=self.period,
        )

    def report(
        self, names: Mapping[str, str] | None = None, *, earlier: Sequence[Draft] = ()
    ) -> Page:
        """Lay the draft out as a report that opens anywhere (通报草稿报告).

        Args:
            names: The units' names, by code.
            earlier: Drafts of earlier periods: a run chart is drawn of each unit that is
                commended or criticised.

        Raises:
            MissingExtraError: The extra ``report`` is not installed.
        """
        return page_of(self, names or {}, earlier)

    def _of_luck(self, score: Score, language: Language) -> Iterable[str]:
        """What luck makes of the place; nothing for a unit that has no rank of its own."""
        zh, places = language == "zh", self.intervals.get(score.unit)
        if places is not None:
            level = f"{float(100 * self.policy.confidence):g}%"
            yield (
                f"名次区间{places[0]}-{places[1]}（全体同时成立的把握{level}）"
                if zh
                else f"its place may be {places[0]} to {places[1]} (all at once, {level})"
            )
        if score.unit in self.luck:
            good, bad = self.luck[score.unit]
            yield (
                f"若各单位同样好，此规模仅凭运气受表扬的机会约{good:.0%}，受批评约{bad:.0%}"
                if zh
                else f"if all were equally good, luck would commend a unit of this size with a "
                f"chance of about {good:.0%}, and criticise it with {bad:.0%}"
            )


@days
def draft_notices(
    statistics: Iterable[Statistic],
    policy: NoticePolicy,
    *,
    period: Period | str,
    issuer: str,
    level: Level | str,
    issued_on: date,
    areas: AreaTree,
    partial: bool = False,
    earlier: Iterable[Notice] = (),
    correction: str = "",
    register: Recount | None = None,
) -> Draft:
    """Rate the units that one issuer notifies, among themselves, and draft their notices.

    Args:
        statistics: Figures of the period or of shorter ones, of the units or of smaller
            ones; they are added up. Those of other periods and of units outside the
            issuer's area are left out.
        policy: Indicators, weights and the choice.
        period: What the notices are for.
        issuer: The area code of the province or city that notifies.
        level: The level of the units that are compared.
        issued_on: The day of issue: the period's last day or later.
        areas: The units there are: those of the level in use on the period's last day
            must report every indicator. Codes that ended are followed.
        partial: Whether sums are made though parts are missing; what is missing counts
            as the policy's ``incomplete`` says.
        earlier: The notices so far. Where they hold one on a unit and this period and
            the verdict has changed, the new notice replaces it.
        correction: Why figures were corrected, carried in the reason of corrections.
        register: Called with an indicator and the period, such as an
            `antipoverty.casework.RegisterFigures`: it counts anew what does not add up to the
            period, and what nobody handed in. A figure that a unit handed in for the period
            stands.

    Returns:
        A notice for each unit that is rated or did not report, with its reason: place,
        score and figures, or what is missing. A unit that is neither commended nor
        criticised has a notice that says so; one with too few cases has none.

    Raises:
        IssuerError: The policy does not let this issuer notify that level.
        EarlyNoticeError: The period has not ended.
        UnknownUnitError: The issuer is not among the areas.
        InvalidStatisticsError: What `gather` refuses; a share above 100 %; a unit that
            says there was nothing to count of an indicator of which the policy does not
            allow it; or the policy's list names a unit that is not rated.
    """
    issuing, compared = AreaCode(issuer), Level(level)
    when = Period.parse(period) if isinstance(period, str) else period
    if compared not in policy.notifies.get(issuing.level, ()):
        raise IssuerError(
            "{issuing}, a {level}, does not notify the {compared} level; see notifies in the "
            "policy",
            issuing=issuing,
            level=issuing.level.value,
            compared=compared.value,
        )
    if issued_on < when.last:
        raise EarlyNoticeError(
            "{when} ends on {last}; its notices cannot be issued on {issued_on}",
            when=when,
            last=when.last,
            issued_on=issued_on,
        )
    listed = list(statistics)
    shares = {one.id for one in policy.indicators if one.unit == "share"}
    faults = [
        NoticeError("{whose}: {fault}", whose=one.whose, fault=fault)
        for one in listed
        if one.indicator in shares and (fault := more_than_all(one))
    ]
    if faults:
        raise InvalidStatisticsError("the statistics cannot be scored", faults)
    gathered = gather(
        listed,
        [one.id for one in policy.indicators],
        period=when,
        level=compared,
        areas=areas,
        under=issuing,
        partial=partial,
        kinds={one.id: one.kind for one in policy.indicators},
        register=register,
    )
    _refuse_nothing(listed, gathered, policy, when)
    scores, baselines = rate(gathered, policy, when)
    draft = Draft((), scores, gathered.missing, baselines, policy, when)
    chains = _chains(earlier, when, issuing.level)
    notices = [
        _notice(draft, score, issuing, issued_on, chains.get(score.unit, []), correction)
        for score in scores
    ]
    return attrs.evolve(draft, notices=tuple(one for one in notices if one is not None))


def _refuse_nothing(
    listed: Sequence[Statistic], gathered: Gathered, policy: NoticePolicy, period: Period
) -> None:
    """Refuse units that count nothing of an indicator of which the policy says they must."""
    must = [one.id for one in policy.indicators if one.nothing == "refused"]
    faults = []
    for unit, figures in gathered.figures.items():
        for name in must:
            if name in figures and figures[name].nothing:
                said = next(
                    (one.whose for one in listed
                     if one.indicator == name and one.nothing and unit.covers(one.unit)),
                    f"unit {unit}",
                )  # fmt: skip
                faults.append(
                    NoticeError(
                        "{said}: in all of {period} there was nothing of {name} to count, it is "
                        "said; correct it, or write nothing = 'allowed' at the indicator",
                        said=said,
                        period=period,
                        name=name,
                    )
                )
    if faults:
        raise InvalidStatisticsError("the statistics cannot be scored", faults)


def _chains(
    earlier: Iterable[Notice], period: Period, level: Level
) -> Mapping[AreaCode, list[Notice]]:
    """The notices so far on each unit for a period from a level, in the order of their chain."""
    chains: dict[AreaCode, list[Notice]] = {}
    for one in earlier:
        if one.period == period and one.level is level:
            chains.setdefault(one.unit, []).append(one)
    for chain in chains.values():
        replaced = {one.replaces for one in chain}
        chain.sort(key=lambda one: (one.notice_id not in replaced, one.issued_on, one.notice_id))
    return chains


def _notice(
    draft: Draft,
    score: Score,
    issuer: AreaCode,
    issued_on: date,
    chain: Sequence[Notice],
    correction: str,
) -> Notice | None:
    """Make a unit's notice, or its correction; none where nothing has changed."""
    verdict, head = score.verdict, chain[-1] if chain else None
    if head is None:
        number = ""
        if verdict is None:
            return None
    else:
        if head.verdict is (verdict or NoticeVerdict.WITHDRAWN):
            return None
        verdict = verdict or NoticeVerdict.WITHDRAWN
        number = f"-{len(chain) + 1}"
    said: dict[Language, str] = {
        language: ("" if head is None else corrects(head.notice_id, correction, language))
        + reason(score, draft.scores, draft.baselines, language)
        for language in LANGUAGES
    }
    return Notice(
        notice_id=f"{issuer}-{score.unit}-{draft.period}{number}",
        unit=score.unit,
        period=draft.period,
        verdict=verdict,
        level=issuer.level,
        issued_on=issued_on,
        reason=f"{said['zh']} / {said['en']}",
        replaces=None if head is None else head.notice_id,
    )
