"""What luck alone does to a count, decided exactly: tails of the binomial and the Poisson law.

A share (so many of so many) varies by the binomial law, a rate (so many events per so
many) by the Poisson law. The weights of the counts around the most likely one are whole
numbers, rounded down and up, with a bound for what lies farther out; so a tail lies
between two fractions, and a comparison that these do not settle is made again with more
digits. No float decides.

>>> within(100, Fraction(9, 10), Fraction(1, 1000))
Limits(lower=80, upper=98)

Source:
    D. J. Spiegelhalter, Funnel plots for comparing institutional performance,
    Statistics in Medicine 24 (2005) 1185-1202: exact control limits by denominator,
    interpolated between counts for a line, widened for overdispersion.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Literal

import attrs

Law = Literal["binomial", "poisson"]
_BITS = 96
_EXACT_BITS = 1 << 13


@attrs.frozen
class Limits:
    """The least and the largest count that luck explains; below and above are outside.

    Attributes:
        lower: The least count whose lower tail is not rarer than the stated chance.
        upper: The largest count whose upper tail is not.
    """

    lower: int
    upper: int


@attrs.frozen
class _Weights:
    """Bounds of the weights of consecutive counts, and of all that lies outside them."""

    first: int
    low: Sequence[int]
    high: Sequence[int]
    below: int
    above: int

    @functools.cached_property
    def sums(self) -> tuple[list[int], list[int]]:
        """The running sums of both bounds, from the least count up."""
        return (
            list(itertools.accumulate(self.low, initial=0)),
            list(itertools.accumulate(self.high, initial=self.below)),
        )

    def tail(self, count: int) -> tuple[Fraction, Fraction]:
        """Bounds of the chance of at most ``count``."""
        place = min(max(count - self.first + 1, 0), len(self.low))
        low, high = self.sums
        at_most = low[place], high[place] if count >= self.first else self.below
        rest_low = low[-1] - low[place]
        rest_high = high[-1] - high[place] + self.above
        if count < self.first:
            rest_high = high[-1] - self.below + self.above
        return (
            Fraction(at_most[0], at_most[0] + rest_high),
            Fraction(at_most[1], at_most[1] + rest_low),
        )


@functools.lru_cache(maxsize=4096)
def _weights(law: Law, size: int, rate: Fraction, bits: int) -> _Weights:
    """Walk from the most likely count both ways until the weights vanish."""
    mean = size * rate
    mode = int(mean)
    if law == "binomial":
        mode = min(int((size + 1) * rate), size)
    one = 1 << bits
    up, above = _walk(_steps_up(law, size, rate, mode), one)
    down, below = _walk(_steps_down(law, size, rate, mode), one)
    return _Weights(
        mode - len(down),
        [low for low, _ in reversed(down)] + [one] + [low for low, _ in up],
        [high for _, high in reversed(down)] + [one] + [high for _, high in up],
        below,
        above,
    )


def _steps_up(law: Law, size: int, rate: Fraction, mode: int) -> Iterator[tuple[int, int]]:
    """The ratio of each weight to the one before it, upwards from the mode."""
    above, below = rate.numerator, rate.denominator
    if law == "poisson":
        return ((above * size, below * (k + 1)) for k in itertools.count(mode))
    return (((size - k) * above, (k + 1) * (below - above)) for k in range(mode, size))


def _steps_down(law: Law, size: int, rate: Fraction, mode: int) -> Iterator[tuple[int, int]]:
    above, below = rate.numerator, rate.denominator
    if law == "poisson":
        return ((below * k, above * size) for k in range(mode, 0, -1))
    return ((k * (below - above), (size - k + 1) * above) for k in range(mode, 0, -1))


def _walk(steps: Iterator[tuple[int, int]], one: int) -> tuple[list[tuple[int, int]], int]:
    """Bound the weights along a walk outwards, and the sum of those it does not reach.

    Ratios fall along the walk, so what follows a weight is less than a geometric sum.
    """
    low = high = one
    found: list[tuple[int, int]] = []
    for above, below in steps:
        if low == 0 and 2 * above <= below:
            return found, high + 1
        low = low * above // below
        high = -(-high * above // below)
        found.append((low, high))
    return found, 0


def compared(law: Law, size: int, rate: Fraction, count: int, chance: Fraction) -> int:
    """The sign of the chance of at most ``count`` less a stated chance, exactly."""
    bits = _BITS
    while bits <= _EXACT_BITS:
        low, high = _weights(law, size, rate, bits).tail(count)
        if low > chance:
            return 1
        if high < chance:
            return -1
        if low == high:
            return 0
        bits *= 4
    exact = _exactly_at_most(size, rate, count)
    return (exact > chance) - (exact < chance)


def _exactly_at_most(size: int, rate: Fraction, count: int) -> Fraction:
    """The binomial tail as one fraction; only an equality is so close that it is needed."""
    above, below = rate.numerator, rate.denominator - rate.numerator
    term, total = below**size, 0
    for k in range(count + 1):
        total += term
        term = term * (size - k) * above // ((k + 1) * below)
    return Fraction(total, rate.denominator**size)


def _certain(law: Law, size: int, rate: Fraction) -> int | None:
    """The only count there can be, where there is but one."""
    if size == 0 or rate == 0:
        return 0
    return size if law == "binomial" and rate == 1 else None


@functools.lru_cache(maxsize=65536)
def within(size: int, rate: Fraction, chance: Fraction, law: Law = "binomial") -> Limits:
    """The counts that luck explains, for a denominator and a true rate.

    Args:
        size: The denominator.
        rate: The rate that all units are taken to have.
        chance: The chance, at *each* end, below which luck is no explanation.
        law: ``binomial`` for shares, ``poisson`` for events.
    """
    only = _certain(law, size, rate)
    if only is not None:
        return Limits(only, only)
    weights = _weights(law, size, rate, _BITS)
    first, last = weights.first, weights.first + len(weights.low) - 1
    lower = _least(first - 1, last, lambda k: compared(law, size, rate, k, chance) >= 0)
    upper = _least(first - 1, last + 1, lambda k: compared(law, size, rate, k, 1 - chance) > 0)
    return Limits(max(lower, 0), upper)


def _least(first: int, last: int, holds: Callable[[int], bool]) -> int:
    """The least number of a range from which on something holds, by halving."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def beyond(
    count: int,
    size: int,
    rate: Fraction,
    chance: Fraction,
    law: Law = "binomial",
    spread: Fraction = Fraction(1),
) -> int:
    """Tell where a count lies: -1 below what luck explains, 1 above it, 0 within.

    Args:
        count: The numerator.
        size: The denominator.
        rate: The rate that all units are taken to have.
        chance: The chance at each end; 0 explains everything.
        law: ``binomial`` or ``poisson``.
        spread: How many times more the units vary than luck explains; the distance
            of a limit from the mean grows with its root.
    """
    if chance == 0:
        return 0
    limits, mean = within(size, rate, chance, law), size * rate
    if count < mean and limits.lower > 0:
        return -int((mean - count) ** 2 >= spread * (mean - limits.lower + 1) ** 2)
    if count > mean and not (law == "binomial" and limits.upper >= size):
        return int((count - mean) ** 2 >= spread * (limits.upper + 1 - mean) ** 2)
    return 0


def nearest_within(
    count: int,
    size: int,
    rate: Fraction,
    chance: Fraction,
    law: Law = "binomial",
    spread: Fraction = Fraction(1),
) -> int:
    """The count nearest to a given one that luck explains: what it would have taken."""
    side = beyond(count, size, rate, chance, law, spread)
    if side == 0:
        return count
    mean = size * rate
    if side < 0:
        return _least(
            count, -(-mean.numerator // mean.denominator),
            lambda k: beyond(k, size, rate, chance, law, spread) == 0,
        )  # fmt: skip
    floor = int(mean)
    return floor + _least(
        0,
        count - floor,
        lambda k: beyond(floor + k + 1, size, rate, chance, law, spread) > 0,
    )


def line(
    size: int,
    rate: Fraction,
    chance: Fraction,
    law: Law = "binomial",
    spread: Fraction = Fraction(1),
) -> tuple[float, float]:
    """Both limits as rates, interpolated between counts, for the line of a chart.

    A count decides by `beyond`; this is only drawn.
    """
    if _certain(law, size, rate) is not None:
        return float(rate), float(rate)
    ends = []
    limits, weights = within(size, rate, chance, law), _weights(law, size, rate, 2 * _BITS)
    for count, share in ((limits.lower, chance), (limits.upper, 1 - chance)):
        at, before = weights.tail(count)[0], weights.tail(count - 1)[0]
        ends.append((count - (at - share) / (at - before)) / size)
    root = float(spread) ** 0.5
    low, high = (float(rate) + float(end - rate) * root for end in ends)
    return max(low, 0.0), min(high, 1.0) if law == "binomial" else high


_GRID = 1 << 12


@functools.lru_cache(maxsize=65536)
def interval(
    count: int, size: int, chance: Fraction, law: Law = "binomial"
) -> tuple[Fraction, Fraction]:
    """The true rates under which a figure is not rarer, at each end, than a stated chance.

    Exact (Clopper and Pearson 1934; Garwood 1936), and widened outwards to the grid of
    1/4096.
    """
    top = _GRID
    while law == "poisson" and compared(law, size, Fraction(top, _GRID), count, chance) > 0:
        top *= 2
    low = 0
    if count > 0:
        low = _least(
            1, top,
            lambda k: _reaches(law, size, Fraction(k, _GRID), count, chance),
        ) - 1  # fmt: skip
    high = top
    if law == "poisson" or count < size:
        high = _least(
            low + 1, top, lambda k: not _stays(law, size, Fraction(k, _GRID), count, chance)
        )
    return Fraction(low, _GRID), Fraction(high, _GRID)


def _reaches(law: Law, size: int, rate: Fraction, count: int, chance: Fraction) -> bool:
    """Whether the chance of at least ``count`` is not below a stated one."""
    if _certain(law, size, rate) is not None:
        return True
    return compared(law, size, rate, count - 1, 1 - chance) <= 0


def _stays(law: Law, size: int, rate: Fraction, count: int, chance: Fraction) -> bool:
    """Whether the chance of at most ``count`` is not below a stated one."""
    if _certain(law, size, rate) is not None:
        return False
    return compared(law, size, rate, count, chance) >= 0


def at_most(count: int, size: int, rate: Fraction, law: Law = "binomial") -> Fraction:
    """The chance of at most a count, rounded down in its 29th digit or later."""
    only = _certain(law, size, rate)
    if only is not None:
        return Fraction(int(count >= only))
    return _weights(law, size, rate, _BITS).tail(count)[0]
