"""What luck explains, beside SciPy: exact on whole counts, to 1e-12 on lines."""

from __future__ import annotations

import random
import shutil
import subprocess
from fractions import Fraction
from math import comb
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty._scoring.chance import (  # private: single chances are compared with SciPy's
    at_most,
    compared,
    interval,
    line,
    nearest_within,
)
from antipoverty.scoring import beyond, within

try:
    import numpy as np
except ModuleNotFoundError:
    np = None  # type: ignore[assignment]
in_columns = pytest.mark.skipif(np is None, reason="limits are compared in columns of NumPy")
CHANCES = [Fraction(1, 1000), Fraction(1, 40), Fraction(1, 107 * 20), Fraction(1, 10)]

Law = Literal["binomial", "poisson"]
Case = tuple[int, Fraction, Fraction]


def grid(count: int) -> list[Case]:
    """Denominators, rates and levels, the small and the extreme among them."""
    draw = random.Random(2531)
    sizes = [1, 2, 3, 9, 30, 107, 300, 999, 2900]
    return [
        (
            draw.choice(sizes) + draw.randrange(3),
            Fraction(draw.randrange(1, 1000), 1000),
            draw.choice([*CHANCES, Fraction(draw.randrange(1, 4999), 10_000)]),
        )
        for _ in range(count)
    ]


def columns(cases: list[Case]) -> Any:
    """Denominators, rates and levels as floats."""
    return np.array([[float(one) for one in case] for case in cases]).T


def limits_of(cases: list[Case], law: Law = "binomial") -> Any:
    """Both limits of every case, as counts."""
    counts = [within(size, rate, chance, law) for size, rate, chance in cases]
    return np.array([(one.lower, one.upper) for one in counts]).T


@pytest.mark.slow
@in_columns
@pytest.mark.parametrize("law", ["binomial", "poisson"])
def test_limits_are_scipys_on_a_grid(law: Law) -> None:
    """10,000 denominators, rates and levels: the same counts, both lines of each to 1e-12.

    Where a tail is the level itself, as 0.1 ** 3 is 0.001, only counting tells: floats cannot.
    """
    stats = pytest.importorskip("scipy.stats", reason="an oracle of limits")
    cases = grid(10_000)
    lower, upper = limits_of(cases, law)
    size, rate, chance = columns(cases)
    lines = np.array([line(*case, law) for case in cases]).T
    known = stats.binom(size, rate) if law == "binomial" else stats.poisson(size * rate)
    (met,) = np.nonzero((known.ppf(chance) != lower) | (known.isf(chance) != upper))
    assert [by_counting(*cases[n][:2], lower[n]) for n in met] == [cases[n][2] for n in met]
    assert len(met) < 3
    low = lower - (known.cdf(lower) - chance) / known.pmf(lower)
    high = upper - (chance - known.sf(upper)) / known.pmf(upper)
    top = 1.0 if law == "binomial" else np.inf
    assert abs(lines[0] - np.maximum(low / size, 0)).max() < 1e-12
    assert abs(lines[1] - np.minimum(high / size, top)).max() < 1e-12


@in_columns
@pytest.mark.slow
def test_limits_are_those_of_r() -> None:
    """R computes quantiles by code of its own: 10,000 counts at each end, no difference."""
    program = shutil.which("Rscript") or pytest.skip("an oracle of limits: Rscript is not here")
    cases = grid(10_000)
    asked = "\n".join(f"{size} {float(rate)!r} {float(chance)!r}" for size, rate, chance in cases)
    code = (
        "d <- read.table(file('stdin')); "
        "cat(qbinom(d$V3, d$V1, d$V2), qbinom(d$V3, d$V1, d$V2, lower.tail = FALSE))"
    )
    told = subprocess.run(
        [program, "-e", code], input=asked, capture_output=True, text=True, check=True
    )
    counts = np.array(told.stdout.split(), dtype=float).reshape(2, -1)
    assert (counts == limits_of(cases)).all()


# FunnelPlotR (github.com/nhs-r-community/FunnelPlotR, R/calculate_limits.R) draws unadjusted
# limits of a standardised ratio at an expected count E as qchisq(chance, 2 E) / 2 E and
# qchisq(1 - chance, 2 (E + 1)) / 2 E: the rates at which the Poisson tail of the count E is
# exactly the chance. Those of a proportion it draws by the arcsine of the root, which only
# approximates; its normal quantiles are rounded to six digits.


@pytest.mark.parametrize("points", [60, pytest.param(1_000, marks=pytest.mark.slow)])
def test_ratios_have_the_limits_of_funnelplotr(points: int) -> None:
    """Within 1e-12 of its limits lies the rate whose exact tail is the level."""
    stats = pytest.importorskip("scipy.stats", reason="an oracle of limits")
    draw, hair = random.Random(2531), Fraction(1, 10**12)
    for _ in range(points):
        count, chance = draw.randrange(1, 2900), draw.choice(CHANCES)
        low = Fraction(stats.chi2.isf(1 - float(chance), 2 * count) / 2)
        high = Fraction(stats.chi2.isf(float(chance), 2 * (count + 1)) / 2)
        for rate, most, share in ((low, count - 1, 1 - chance), (high, count, chance)):
            assert compared("poisson", 1, rate * (1 - hair), most, share) > 0
            assert compared("poisson", 1, rate * (1 + hair), most, share) < 0


@in_columns
def test_proportions_are_approximated_by_funnelplotr() -> None:
    """Its limits of a share lie within two counts of the exact ones, and mostly beside them."""
    cases = [one for one in grid(10_000) if one[0] * one[1] * (1 - one[1]) >= 5]
    quantile = {Fraction(1, 1000): 3.090232, Fraction(1, 40): 1.959964}
    cases = [one for one in cases if one[2] in quantile]
    assert len(cases) > 1000
    lower, upper = limits_of(cases)
    size, rate, _ = columns(cases)
    wide = np.array([quantile[one[2]] for one in cases]) / 2 / size**0.5
    angle = np.arcsin(rate**0.5)
    low, high = (size * np.sin(angle + side * wide) ** 2 for side in (-1, 1))
    assert abs(np.ceil(low) - lower).max() <= 2
    assert abs(np.floor(high) - upper).max() <= 2


def test_limits_of_events_are_scipys() -> None:
    """By the Poisson law, for rates above 1 as well; exact intervals by chi-square."""
    stats = pytest.importorskip("scipy.stats", reason="an oracle of limits")
    for size, rate, chance in grid(40):
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
        assert compared("binomial", size, rate, count, exact) == 0
        assert compared("binomial", size, rate, count, exact + hair) == -1
        assert compared("binomial", size, rate, count, exact - hair) == 1
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
