"""What is measured and how figures choose who is named: every weight and end is the policy's.

The source publishes no indicator, weight, end or share.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from antipoverty._base.documents import AreaField
from antipoverty._base.forms import TextField
from antipoverty._base.frozen import Frozen
from antipoverty._scoring.chance import Law
from antipoverty._scoring.policy import Declared, Share, Sourced
from antipoverty._scoring.statistics import Kind, Word
from antipoverty.codes import Level
from antipoverty.errors import did_you_mean, phrase


class Indicator(Declared):
    """What is measured, in which direction it is good, and how much it weighs (指标).

    A rate at ``best`` or beyond scores 100, one at ``worst`` or beyond 0, and between
    them in proportion.

    Attributes:
        id: Its permanent name.
        title: What it is called.
        unit: The unit of its rate: ``share``, ``day``, ``item`` ... The numerator of a
            ``share`` is a part of its denominator, and varies by luck by the binomial
            law; what is counted in other units by the Poisson law.
        direction: Whether ``higher`` or ``lower`` rates are better.
        weight: Its weight in the score; more than 0.
        best: The rate that scores 100.
        worst: The rate that scores 0.
        minimum: The least denominator that is scored at all.
        nothing: Whether a unit may say that in a whole period there was nothing to count:
            ``refused``, or ``allowed``, and then it is not rated.
        kind: What its figures are over a period: ``flow``, ``stock`` or ``distinct``; see
            `Statistic`. The strictest holds of what is said here and at the figures.
    """

    id: Word
    title: TextField
    unit: Word
    direction: Literal["higher", "lower"]
    weight: Annotated[Share, Field(gt=0)] = Fraction(1)
    best: Share
    worst: Share
    minimum: Annotated[int, Field(ge=1, strict=True)] = 1
    nothing: Literal["refused", "allowed"] = "refused"
    kind: Kind = "flow"

    @model_validator(mode="after")
    def _ends_agree(self) -> Self:
        if self.best == self.worst or (self.best > self.worst) != (self.direction == "higher"):
            raise ValueError("best and worst do not lie as direction says")
        if self.unit == "share" and not (0 <= self.best <= 1 and 0 <= self.worst <= 1):
            raise ValueError("best and worst of a share lie from 0 to 1")
        return self

    @property
    def law(self) -> Law:
        """How its count varies by luck."""
        return "binomial" if self.unit == "share" else "poisson"

    @property
    def sign(self) -> int:
        """1 where higher is better, -1 where lower is."""
        return 1 if self.direction == "higher" else -1

    def score(self, numerator: int, denominator: int) -> Fraction | None:
        """Score a rate from 0 to 100, exactly; ``None`` below the minimum denominator."""
        if denominator < self.minimum:
            return None
        return self.scored(Fraction(numerator, denominator))

    def scored(self, rate: Fraction) -> Fraction:
        """Score a rate from 0 to 100, exactly."""
        share = (rate - self.worst) / (self.best - self.worst)
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
        raise ValueError(phrase("{threshold!r} is not a threshold", threshold=threshold))
    operator, limit = match[1], Fraction(match[2])
    if operator[0] == ">":
        return score > limit or (operator == ">=" and score == limit)
    return score < limit or (operator == "<=" and score == limit)


class NoticePolicy(Sourced):
    """How scores become notices.

    Attributes:
        id: Its permanent name.
        status: ``illustrative``, the default, or ``published``, which needs a source.
        source: The document it was read in.
        indicators: What is measured; ``[[indicators]]`` in a file.
        choose: ``rank``: so many units at either end; ``share``: such a part of the
            ranked units, rounded down; ``threshold``: by the score; ``list``: the units
            that are named; ``outside-limits``: the units whose figure of some indicator
            luck does not explain.
        commended: For ``rank`` a number, for ``share`` a part, for ``threshold`` text
            such as ``>= 90``, for ``list`` codes, for ``outside-limits`` the chance
            that luck alone may have, such as 0.001.
        criticised: The same for the other end.
        tie_break: The indicators that, one after the other, part equal scores.
        ties: Units that are still equal at the cut are all ``included`` or all
            ``excluded``.
        incomplete: A unit that did not report all of an indicator is taken at the
            ``worst``: it scores 0 there, is placed after all that reported, and is
            criticised; or it is ``criticised`` without a rank; or ``unrated``, without
            a notice; or ``reweighed``, rated by the others. The last two reward
            silence. An indicator below its minimum denominator leaves a unit unrated,
            or is left out where units are ``reweighed``; ``outside-limits`` names a unit by
            its other figures all the same.
        multiplicity: Many units are looked at, so some lie outside by luck. With
            ``false-discovery-rate`` the chance of ``outside-limits`` is the share, among
            those named, that luck may have named (Benjamini and Hochberg 1995); with
            ``each`` it is the chance of each unit by itself.
        overdispersion: Whether limits are ``widened`` when units vary more than luck
            explains, by the variance of the winsorised distances, or not: ``none``.
        targets: The rates that limits are drawn around, by indicator; where none is
            stated, that of all units that reported, together.
        estimates: Rates are scored as ``observed``, or ``shrunken`` towards that of all
            units, the more the smaller the denominator (empirical Bayes).
        confidence: The chance with which all rank intervals hold at once.
        notifies: Which levels each level notifies.
    """

    id: Annotated[str, Field(min_length=1)] = "illustrative"
    indicators: tuple[Indicator, ...]
    choose: Literal["rank", "share", "threshold", "list", "outside-limits"]
    commended: int | Share | Threshold | tuple[AreaField, ...]
    criticised: int | Share | Threshold | tuple[AreaField, ...]
    tie_break: tuple[Word, ...] = ()
    ties: Literal["included", "excluded"] = "excluded"
    incomplete: Literal["worst", "criticised", "unrated", "reweighed"] = "worst"
    multiplicity: Literal["false-discovery-rate", "each"] = "false-discovery-rate"
    overdispersion: Literal["widened", "none"] = "widened"
    targets: Annotated[Mapping[Word, Share], AfterValidator(Frozen)] = Frozen({})
    estimates: Literal["observed", "shrunken"] = "observed"
    confidence: Annotated[Share, Field(gt=0, lt=1)] = Fraction(95, 100)
    notifies: Annotated[Mapping[Level, tuple[Level, ...]], AfterValidator(Frozen)] = Frozen(
        {Level.PROVINCE: (Level.CITY, Level.COUNTY), Level.CITY: (Level.COUNTY,)}
    )

    def _faults(self) -> Iterable[str]:
        wrong: list[str] = []
        ids = [indicator.id for indicator in self.indicators]
        if not ids or len(set(ids)) < len(ids):
            wrong.append(phrase("a policy has at least one indicator, and no id twice"))
        wrong += [
            phrase(
                "tie_break names {one!r}, which is no indicator{near}",
                one=one,
                near=did_you_mean(one, ids),
            )
            for one in self.tie_break
            if one not in ids
        ]
        wrong += [
            phrase(
                "{name} does not fit choose = {choose!r}: give {fits}",
                name=name,
                choose=self.choose,
                fits=_FITS[self.choose],
            )
            for name, value in (("commended", self.commended), ("criticised", self.criticised))
            if not _fits(self.choose, value)
        ]
        if self.choose == "threshold" and not wrong and _overlap(self.commended, self.criticised):
            wrong.append(
                phrase(
                    "commended = '{commended}' and criticised = '{criticised}' commend low scores "
                    "or criticise high ones; 100 is the best score, so write commended = '>= 90' "
                    "and criticised = '< 60', and direction = 'lower' where less is better",
                    commended=self.commended,
                    criticised=self.criticised,
                )
            )
        wrong += [
            phrase(
                "targets names {one!r}, which is no indicator{near}",
                one=one,
                near=did_you_mean(one, ids),
            )
            for one in self.targets
            if one not in ids
        ]
        wrong += [
            phrase("the target of {id} is a share; give it from above 0 to below 1", id=one.id)
            for one in self.indicators
            if one.unit == "share" and not 0 < self.targets.get(one.id, Fraction(1, 2)) < 1
        ]
        return wrong


_FITS = {
    "rank": "a whole number of units",
    "share": "an exact part from 0 to 1, such as 0.1",
    "threshold": "an operator and a number, such as '>= 90'",
    "list": "a list of codes",
    "outside-limits": "a chance from 0 to below 0.5, such as 0.001; 0 names nobody",
}
_LEAST_CHANCE = Fraction(1, 10**12)


def _overlap(commended: object, criticised: object) -> bool:
    """Whether thresholds commend low scores, criticise high ones, or do both to one score."""
    good, bad = _THRESHOLD.fullmatch(str(commended)), _THRESHOLD.fullmatch(str(criticised))
    if good is None or bad is None:
        return False
    if good[1][0] != ">" or bad[1][0] != "<":
        return True
    above, below = Fraction(good[2]), Fraction(bad[2])
    return above < below or (above == below and good[1] == ">=" and bad[1] == "<=")


def _fits(choose: str, value: object) -> bool:
    match choose:
        case "rank":
            return isinstance(value, int) and value >= 0
        case "share":
            return isinstance(value, int | Fraction) and 0 <= value <= 1
        case "threshold":
            return isinstance(value, str)
        case "outside-limits":
            return isinstance(value, int | Fraction) and (
                value == 0 or _LEAST_CHANCE <= value < Fraction(1, 2)
            )
        case _:
            return isinstance(value, tuple)
