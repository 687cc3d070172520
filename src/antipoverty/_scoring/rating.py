"""Figures become scores, scores ranks, and a choice names the first, the last or the outliers.

A unit that did not report is never better off for it: it is placed after all that did,
and criticised, unless the policy chooses otherwise by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import attrs

from antipoverty._scoring.chance import beyond
from antipoverty._scoring.gathering import Figures, Gathered, Missing
from antipoverty._scoring.indicators import Indicator, NoticePolicy, meets
from antipoverty._scoring.notices import NoticeVerdict
from antipoverty._scoring.statistics import Statistic
from antipoverty.codes import AreaCode
from antipoverty.errors import InvalidStatisticsError, NoticeError
from antipoverty.periods import Period

SHOWN_CHANCE = Fraction(1, 1000)
"""The chance at each end of the limits that are shown where the policy states none: 99.8 %."""
TENTH = 10


@attrs.frozen
class Baseline:
    """What all units together make of an indicator, and where luck ends.

    Attributes:
        indicator: The indicator.
        target: The rate that limits are drawn around.
        spread: How many times more the units vary than luck explains; 1 or more.
        low: The chance below the lower limit; what the correction for many units left.
        high: The chance above the upper limit.
        weight: How many cases the rate of all units weighs in a shrunken estimate;
            ``None`` when nothing but luck parts the units.
    """

    indicator: Indicator
    target: Fraction
    spread: Fraction
    low: Fraction
    high: Fraction
    weight: Fraction | None

    def side(self, figure: Statistic) -> int:
        """Where a figure lies: -1 below the limits, 1 above, 0 within."""
        where = (figure.numerator, figure.denominator, self.target)
        law, spread = self.indicator.law, self.spread
        if figure.numerator < figure.denominator * self.target:
            return beyond(*where, self.low, law, spread)
        return beyond(*where, self.high, law, spread)

    def shrunken(self, figure: Statistic) -> Fraction:
        """The rate drawn towards that of all units, the more the smaller the denominator."""
        if self.weight is None:
            return self.target
        return (figure.numerator + self.weight * self.target) / (figure.denominator + self.weight)


@attrs.frozen
class Score:
    """One unit's score in a period.

    Attributes:
        total: The weighted mean of the indicators' scores, 0 to 100; ``None`` when
            the unit is not rated.
        parts: The score of each indicator, in the policy's order; ``None`` where the
            figure is missing or its denominator is below the minimum.
        figures: The figures behind them, by indicator.
        missing: What the unit did not report.
        outside: The indicators whose figure luck does not explain: 1 where the figure
            is better than the limits, -1 where it is worse.
        rank: Its place, 1 for the best; equal scores share a place.
        verdict: What the policy makes of it; ``None`` for no notice.
    """

    unit: AreaCode
    total: Fraction | None
    parts: tuple[tuple[str, Fraction | None], ...]
    figures: Figures = attrs.field(repr=False)
    missing: tuple[Missing, ...] = ()
    outside: tuple[tuple[str, int], ...] = ()
    rank: int | None = None
    verdict: NoticeVerdict | None = None


def rate(gathered: Gathered, policy: NoticePolicy, period: Period) -> tuple[
    tuple[Score, ...], tuple[Baseline, ...]
]:  # fmt: skip
    """Score, rank and judge the units, the best first.

    Raises:
        InvalidStatisticsError: The policy's list names a unit that is not rated.
    """
    silent: dict[AreaCode, list[Missing]] = {}
    for one in gathered.missing:
        silent.setdefault(one.unit, []).append(one)
    reported = {
        unit: {
            name: figure
            for name, figure in gathered.figures[unit].items()
            if name not in {one.indicator for one in silent.get(unit, ())}
        }
        for unit in gathered.units
    }
    bases = tuple(_baseline(one, reported, silent, policy) for one in policy.indicators)
    scores = [
        _score(unit, reported[unit], tuple(silent.get(unit, ())), bases, policy)
        for unit in gathered.units
    ]
    return _judged(_ranked(scores, policy), policy, period), bases


# --- luck -------------------------------------------------------------------------


def _baseline(
    indicator: Indicator,
    reported: Mapping[AreaCode, Figures],
    silent: Mapping[AreaCode, object],
    policy: NoticePolicy,
) -> Baseline:
    """Draw limits from the units that reported everything: silence moves nobody's."""
    figures = [
        found[indicator.id]
        for unit, found in reported.items()
        if unit not in silent
        and indicator.id in found
        and found[indicator.id].denominator >= indicator.minimum
    ]
    above = sum(one.numerator for one in figures)
    below = sum(one.denominator for one in figures)
    pooled = Fraction(above, below) if below else indicator.worst
    target = policy.targets.get(indicator.id, pooled)
    spread = _spread(figures, target, indicator) if policy.overdispersion == "widened" else 1
    good, bad = SHOWN_CHANCE, SHOWN_CHANCE
    if policy.choose == "outside-limits":
        good, bad = _as_fraction(policy.commended), _as_fraction(policy.criticised)
    ends = (bad, good) if indicator.sign > 0 else (good, bad)
    base = Baseline(
        indicator, target, Fraction(spread), *ends, _prior_weight(figures, pooled, indicator)
    )
    if policy.choose != "outside-limits" or policy.multiplicity == "each":
        return base
    tests = max(len(figures) * len(policy.indicators), 1)
    return attrs.evolve(
        base,
        low=_discovered(figures, base, -1, ends[0], tests),
        high=_discovered(figures, base, 1, ends[1], tests),
    )


def _as_fraction(value: object) -> Fraction:
    return Fraction(value) if isinstance(value, int | Fraction) else Fraction(0)


def _discovered(
    figures: Sequence[Statistic], base: Baseline, side: int, share: Fraction, tests: int
) -> Fraction:
    """The chance of each unit that keeps the share of false discoveries.

    The largest i such that i figures are rarer than i shares of the tests. Each
    indicator steps by itself, among the tests of all.
    """
    count = max(len(figures), 1)
    while True:
        chance = share * count / tests
        tried = attrs.evolve(base, low=chance, high=chance)
        found = sum(tried.side(one) == side for one in figures)
        if found >= count or count == 1:
            return chance
        count = max(found, 1)


def _variance(target: Fraction, indicator: Indicator) -> Fraction:
    return target * (1 - target) if indicator.law == "binomial" else target


def _spread(figures: Sequence[Statistic], target: Fraction, indicator: Indicator) -> Fraction:
    """The mean square of the standardised distances, a tenth at each end drawn in.

    Fewer units than have a tenth say nothing of how all units vary.
    """
    variance = _variance(target, indicator)
    if variance <= 0 or len(figures) < TENTH:
        return Fraction(1)
    signed = []
    for one in figures:
        distance = one.numerator - one.denominator * target
        square = distance**2 / (one.denominator * variance)
        signed.append(square if distance > 0 else -square)
    signed.sort()
    cut = len(signed) // TENTH
    drawn = [signed[min(max(place, cut), len(signed) - 1 - cut)] for place in range(len(signed))]
    return max(Fraction(1), Fraction(sum(map(abs, drawn)), len(drawn)))


def _prior_weight(
    figures: Sequence[Statistic], pooled: Fraction, indicator: Indicator
) -> Fraction | None:
    """How many cases the common rate weighs, by the moments of the observed rates."""
    sizes = [one.denominator for one in figures]
    cases, variance = sum(sizes), _variance(pooled, indicator)
    if len(figures) < 2 or variance <= 0:
        return None
    squares = sum(
        one.denominator * (Fraction(one.numerator, one.denominator) - pooled) ** 2
        for one in figures
    )
    between = (squares - (len(figures) - 1) * variance) / (
        cases - Fraction(sum(size**2 for size in sizes), cases)
    )
    return variance / between if between > 0 else None


# --- scores and ranks -------------------------------------------------------------


def _score(
    unit: AreaCode,
    figures: Figures,
    missing: tuple[Missing, ...],
    bases: Sequence[Baseline],
    policy: NoticePolicy,
) -> Score:
    parts: list[tuple[str, Fraction | None]] = []
    outside: list[tuple[str, int]] = []
    above, below = Fraction(0), Fraction(0)
    absent = {one.indicator for one in missing}
    too_few = False
    for base in bases:
        indicator, figure = base.indicator, figures.get(base.indicator.id)
        part = None
        if figure is not None and figure.denominator >= indicator.minimum:
            estimate = Fraction(figure.numerator, figure.denominator)
            if policy.estimates == "shrunken":
                estimate = base.shrunken(figure)
            part = indicator.scored(estimate)
            side = base.side(figure) * indicator.sign
            outside += [(indicator.id, side)] if side else []
        elif indicator.id not in absent:
            too_few = True
        parts.append((indicator.id, part))
        if part is not None:
            above += indicator.weight * part
        if part is not None or policy.incomplete == "worst":
            below += indicator.weight
    match policy.incomplete:
        case "worst":
            rated = bool(missing) or not too_few
        case "reweighed":
            rated = below > 0
        case _:
            rated = not missing and not too_few
    total = above / below if rated else None
    return Score(unit, total, tuple(parts), figures, missing, tuple(outside))


def _standing(score: Score, policy: NoticePolicy) -> tuple[Fraction, ...]:
    """What is compared: whether all was reported, the score, and what parts equal ones."""
    parts = dict(score.parts)
    none = Fraction(-1)
    whole = policy.incomplete == "reweighed" or not score.missing
    keys = (Fraction(whole), score.total, *(parts[name] for name in policy.tie_break))
    if score.total is None:
        keys = (none, *keys[1:])
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


# --- the choice -------------------------------------------------------------------


def _judged(ranked: Sequence[Score], policy: NoticePolicy, period: Period) -> tuple[Score, ...]:
    """Give each unit its verdict; one that is chosen at both ends has neither."""
    rated = [score for score in ranked if score.total is not None]
    silent: set[AreaCode] = set()
    if policy.incomplete in ("worst", "criticised"):
        silent = {score.unit for score in ranked if score.missing}
    named = rated
    if policy.choose == "outside-limits":  # a figure is outside whatever the other ones are
        named = [score for score in ranked if score.total is not None or not score.missing]
    best = _chosen(named, policy.commended, policy, 1) - silent
    worst = _chosen(named[::-1], policy.criticised, policy, -1) | silent
    unknown = sorted((best | worst) - {score.unit for score in named} - silent)
    if unknown:
        raise InvalidStatisticsError(
            "the policy's list cannot be followed",
            [
                NoticeError(
                    "unit {unit} is listed but not rated for {period}", unit=unit, period=period
                )
                for unit in unknown
            ],
        )

    def verdict(score: Score) -> NoticeVerdict | None:
        if score.total is None and score.unit not in silent | best | worst:
            return None
        if (score.unit in best) == (score.unit in worst):
            return NoticeVerdict.NEITHER
        return NoticeVerdict.COMMENDED if score.unit in best else NoticeVerdict.CRITICISED

    return tuple(attrs.evolve(score, verdict=verdict(score)) for score in ranked)


def _chosen(
    rated: Sequence[Score],
    wanted: int | Fraction | str | tuple[AreaCode, ...],
    policy: NoticePolicy,
    side: int,
) -> set[AreaCode]:
    """Choose from one end, the first units of a list that is sorted from that end."""
    if isinstance(wanted, tuple):
        return set(wanted)
    if isinstance(wanted, str):
        return {one.unit for one in rated if one.total is not None and meets(one.total, wanted)}
    if policy.choose == "outside-limits":
        return {one.unit for one in rated if side in dict(one.outside).values()}
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
