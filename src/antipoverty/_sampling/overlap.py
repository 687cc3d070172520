"""Two surveys of one round share as many units as can be, or as few, by what their designs share.

With shared random numbers each survey is drawn as if it were alone: a unit's chance in
each stands on its receipt. How often they meet is computed here, exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from math import comb

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._sampling.plans import Plan
from antipoverty.errors import InvalidDrawError
from antipoverty.periods import Period


@attrs.frozen
class Overlap:
    """How two surveys of one round meet.

    Attributes:
        one: The chance of each unit in the first.
        other: The chance of each unit in the second.
        both: The chance of each unit of both frames to be drawn in both.
    """

    one: Mapping[str, Fraction] = attrs.field(repr=False)
    other: Mapping[str, Fraction] = attrs.field(repr=False)
    both: Mapping[str, Fraction] = attrs.field(repr=False)

    @property
    def expected(self) -> Fraction:
        """How many units are drawn in both, on average."""
        return sum(self.both.values(), Fraction(0))


def overlap(one: Plan, other: Plan, *, period: Period | str) -> Overlap:
    """Compute the chance of every unit in two surveys, and in both.

    Args:
        one: A plan of one stage, independent, with even chances.
        other: Another.
        period: The round.

    Raises:
        InvalidDrawError: A plan is of another kind.
    """
    when = Period.parse(period) if isinstance(period, str) else period
    mine, theirs = _pools(one, when), _pools(other, when)
    takes = one.design.stages[0].take, other.design.stages[0].take
    shared = one.design.shared, other.design.shared
    alike = shared[0] is not None and shared[1] is not None and shared[0].name == shared[1].name
    opposed = alike and shared[0] != shared[1]
    met = Counter((mine[unit], theirs[unit]) for unit in mine.keys() & theirs.keys())
    sizes = Counter(mine.values()), Counter(theirs.values())
    chances: dict[tuple[str, str], Fraction] = {}
    for (here, there), common in met.items():
        first, second = sizes[0][here], sizes[1][there]
        counts = min(takes[0], first), min(takes[1], second)
        if alike:
            own = first - common, second - common
            chances[here, there] = _both(common, own, counts, opposed=opposed)
        else:
            chances[here, there] = Fraction(counts[0], first) * Fraction(counts[1], second)
    alone = [
        Frozen({unit: Fraction(min(take, size[at]), size[at]) for unit, at in pools.items()})
        for take, size, pools in zip(takes, sizes, (mine, theirs), strict=True)
    ]
    in_both = sorted(mine.keys() & theirs.keys())
    both = Frozen({unit: chances[mine[unit], theirs[unit]] for unit in in_both})
    return Overlap(alone[0], alone[1], both)


def _pools(plan: Plan, period: Period) -> dict[str, str]:
    """The stratum of every unit."""
    if [(one.by, one.coverage) for one in plan.design.stages] != [("equal", "independent")]:
        raise InvalidDrawError(
            "{id!r} is not of one stage, independent, with even chances", id=plan.design.id
        )
    (strata,) = plan.frame(period.first).strata
    return {unit: stratum for stratum, units in strata.items() for unit in units}


def _both(common: int, own: tuple[int, int], takes: tuple[int, int], *, opposed: bool) -> Fraction:
    """The chance that a unit of both strata is drawn in both.

    Of the other units, ``x`` of those in both strata have a smaller ticket, ``y`` and
    ``z`` of those in one alone. All orders of ``M + 1`` tickets are as likely, so that
    certain ``s`` of ``M`` are smaller, and no others, with the chance
    ``1 / ((M + 1) C(M, s))``.
    """
    others = common - 1 + own[0] + own[1]
    found = Fraction(0)
    for x in range(common):
        for y in range(max(min(own[0], takes[0] - 1 - x), -1) + 1):
            # z are below; of the high end as many are above as are left.
            if opposed:
                least = max(common - 1 - x + own[1] - takes[1] + 1, 0)
                span = range(least, own[1] + 1)
            else:
                span = range(max(min(own[1], takes[1] - 1 - x), -1) + 1)
            for z in span:
                ways = comb(common - 1, x) * comb(own[0], y) * comb(own[1], z)
                found += Fraction(ways, (others + 1) * comb(others, x + y + z))
    return found
