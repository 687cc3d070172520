"""How much of a ranking is luck: the chance to be named by it, and the places a unit may have.

Both are for people: they stand beside a rank and decide nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from statistics import NormalDist

from antipoverty._scoring.chance import interval
from antipoverty._scoring.indicators import NoticePolicy
from antipoverty._scoring.rating import Baseline, Score
from antipoverty.codes import AreaCode

_ATOMS = 24
_NEGLIGIBLE = 1e-9


def named_by_luck(
    scores: Sequence[Score], bases: Sequence[Baseline], count: int
) -> Mapping[AreaCode, float]:
    """The chance that a unit is among the first ``count`` if all are equally good.

    By the normal approximation: each score varies around one mean, the more the smaller
    its denominators. The chance to be among the last is the same.
    """
    spreads = {score.unit: _deviation(score, bases) for score in scores if _whole(score, bases)}
    standard = NormalDist()
    atoms = [standard.inv_cdf((n + 0.5) / _ATOMS) for n in range(_ATOMS)]
    found: dict[AreaCode, float] = {}
    for unit, spread in spreads.items():
        others = [other for whose, other in spreads.items() if whose != unit]
        chance = sum(_fewer(others, atom * spread, count, standard) for atom in atoms) / _ATOMS
        found[unit] = chance
    return found


def _whole(score: Score, bases: Sequence[Baseline]) -> bool:
    return score.rank is not None and not score.missing and len(score.figures) == len(bases)


def _deviation(score: Score, bases: Sequence[Baseline]) -> float:
    weights = sum(base.indicator.weight for base in bases)
    variance = 0.0
    for base in bases:
        one, size = base.indicator, score.figures[base.indicator.id].denominator
        slope = 100 * one.weight / weights / (one.best - one.worst)
        common = base.target * (1 - base.target) if one.law == "binomial" else base.target
        variance += float(slope**2 * max(common, Fraction(0)) / max(size, 1))
    return float(variance**0.5)


def _fewer(spreads: Sequence[float], score: float, count: int, standard: NormalDist) -> float:
    """The chance that fewer than ``count`` of the others lie above a score."""
    chances = [
        1 - standard.cdf(score / spread) if spread else float(score < 0) for spread in spreads
    ]
    if count == 0 or sum(chances) > 3 * count + 30:  # so many lie above that it cannot be
        return 0.0
    ways = [1.0] + [0.0] * (count - 1)
    for above in chances:
        if above < _NEGLIGIBLE:
            continue
        for place in range(count - 1, 0, -1):
            ways[place] += above * (ways[place - 1] - ways[place])
        ways[0] *= 1 - above
    return sum(ways)


def rank_intervals(
    scores: Sequence[Score], bases: Sequence[Baseline], policy: NoticePolicy
) -> Mapping[AreaCode, tuple[int, int]]:
    """The places that each unit's true quality may have, all of them at once.

    Exact intervals of every rate, at a level that holds for all together, become intervals
    of the scores; a unit lies certainly behind those whose interval lies wholly above its
    own (Klein, Wright and Wieczorek, A joint confidence region for an overall ranking of
    populations, JRSS C 69 (2020) 589-606). Units that did not report are left out.
    """
    rated = [score for score in scores if _whole(score, bases)]
    tests = max(len(rated) * len(bases), 1)
    chance = (1 - policy.confidence) / (2 * tests)
    ends = {score.unit: _ends(score, bases, chance) for score in rated}
    return {
        unit: (
            1 + sum(others[0] > own[1] for others in ends.values()),
            len(ends) - sum(others[1] < own[0] for others in ends.values()),
        )
        for unit, own in ends.items()
    }


def _ends(score: Score, bases: Sequence[Baseline], chance: Fraction) -> tuple[Fraction, Fraction]:
    low = high = weights = Fraction(0)
    for base in bases:
        one, figure = base.indicator, score.figures[base.indicator.id]
        both = sorted(
            one.scored(rate)
            for rate in interval(figure.numerator, figure.denominator, chance, one.law)
        )
        low, high = low + one.weight * both[0], high + one.weight * both[1]
        weights += one.weight
    return low / weights, high / weights
