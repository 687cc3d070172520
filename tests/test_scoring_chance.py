"""What luck explains, beside SciPy: exact on whole counts, to 1e-12 on lines."""

from __future__ import annotations

import random
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty._scoring.chance import (
    _compared,
    at_most,
    beyond,
    interval,
    line,
    nearest_within,
    within,
)

CHANCES = [Fraction(1, 1000), Fraction(1, 40), Fraction(1, 107 * 20), Fraction(1, 10)]


def grid(count: int) -> list[tuple[int, Fraction, Fraction]]:
    """Denominators, rates and levels, the small and the extreme among them."""
    draw = random.Random(2531)
    sizes = [1, 2, 3, 9, 30, 107, 300, 999, 2900]
    return [
        (
            draw.choice(sizes) + draw.randrange(3),
            Fraction(draw.randrange(1, 1000), 1000),
            draw.choice(CHANCES),
        )
        for _ in range(count)
    ]


def test_limits_are_scipys_on_a_grid() -> None:
    """10,000 denominators, rates and levels: the same counts, and the lines to 1e-12."""
    stats = pytest.importorskip("scipy.stats", reason="an oracle of limits")
    cases = grid(10_000)
    sizes, rates, chances = (list(map(float, one)) for one in zip(*cases, strict=True))
    low = stats.binom.ppf(chances, sizes, rates)
    high = stats.binom.isf(chances, sizes, rates)
    at = stats.binom.cdf(low, sizes, rates), stats.binom.cdf(low - 1, sizes, rates)
    for n, (size, rate, chance) in enumerate(cases):
        limits = within(size, rate, chance)
        assert (limits.lower, limits.upper) == (low[n], high[n])
        if n % 20 == 0 and limits.lower > 0:
            part = (at[0][n] - chances[n]) / (at[0][n] - at[1][n])
            assert line(size, rate, chance)[0] == pytest.approx(
                max((low[n] - part) / size, 0), abs=1e-11
            )


def test_limits_of_events_are_scipys() -> None:
    """By the Poisson law, for rates above 1 as well; exact intervals by chi-square."""
    stats = pytest.importorskip("scipy.stats", reason="an oracle of limits")
    for size, rate, chance in grid(300):
        mean = float(size * rate * 3)
        limits = within(size, 3 * rate, chance, "poisson")
        assert limits.lower == stats.poisson.ppf(float(chance), mean)
        assert limits.upper == stats.poisson.isf(float(chance), mean)
        count = int(mean)
        low, high = interval(count, size, chance, "poisson")
        expected = stats.chi2.ppf(float(chance), 2 * count) / 2 / size if count else 0
        assert expected - 2**-11 <= low <= expected + 1e-12
        expected = stats.chi2.isf(float(chance), 2 * count + 2) / 2 / size
        assert expected - 1e-12 <= high <= expected + 2**-11


def test_intervals_are_clopper_and_pearsons() -> None:
    """Outwards to the grid, never inwards."""
    stats = pytest.importorskip("scipy.stats", reason="an oracle of limits")
    for size, rate, chance in grid(200):
        count = int(size * rate)
        low, high = interval(count, size, chance)
        exact = stats.binomtest(count, size).proportion_ci(1 - 2 * float(chance), "exact")
        assert exact.low - 2**-11 <= low <= exact.low + 1e-12
        assert exact.high - 1e-12 <= high <= exact.high + 2**-11


def by_counting(size: int, rate: Fraction, count: int) -> Fraction:
    """The chance of at most a count, term by term."""
    return sum(
        (comb(size, k) * rate**k * (1 - rate) ** (size - k) for k in range(count + 1)),
        Fraction(0),
    )


@given(st.integers(1, 25), st.fractions(0, 1, max_denominator=12), st.data())
def test_a_chance_that_is_met_exactly_is_decided_exactly(
    size: int, rate: Fraction, data: st.DataObject
) -> None:
    """On the threshold itself, and a hair to each side of it."""
    count = data.draw(st.integers(0, size))
    exact = by_counting(size, rate, count)
    if 0 < rate < 1 and exact < 1:
        hair = Fraction(1, 10**80)
        assert _compared("binomial", size, rate, count, exact) == 0
        assert _compared("binomial", size, rate, count, exact + hair) == -1
        assert _compared("binomial", size, rate, count, exact - hair) == 1
        assert 0 <= exact - at_most(count, size, rate) < Fraction(1, 10**20)
        if exact < Fraction(1, 2):
            assert within(size, rate, exact).lower == min(
                k for k in range(size + 1) if by_counting(size, rate, k) >= exact
            )


@given(
    st.integers(1, 400), st.fractions(0, 1, max_denominator=50), st.sampled_from(CHANCES),
    st.sampled_from(["binomial", "poisson"]), st.fractions(1, 4, max_denominator=5), st.data(),
)  # fmt: skip
def test_what_would_have_sufficed_is_the_last_count_inside(
    size: int, rate: Fraction, chance: Fraction, law: str, spread: Fraction, data: st.DataObject
) -> None:
    """One more step away from the mean is outside; a wider spread names nobody else."""
    count = data.draw(st.integers(0, size))
    side = beyond(count, size, rate, chance, law, spread)
    near = nearest_within(count, size, rate, chance, law, spread)
    assert beyond(near, size, rate, chance, law, spread) == 0
    if side:
        assert beyond(near + side, size, rate, chance, law, spread) == side
        assert beyond(count, size, rate, chance, law) == side
    else:
        assert near == count
    assert beyond(count, size, rate, Fraction(0), law, spread) == 0


def test_a_large_denominator_is_decided_in_time() -> None:
    """A million households, to the count."""
    limits = within(1_000_000, Fraction(9, 10), Fraction(1, 1000))
    assert (limits.lower, limits.upper) == (899_072, 900_926)
