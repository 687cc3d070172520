"""Limits in bulk: as one by one, and as a draft of notices says of every unit."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty._scoring.outside import limits_of  # private: one walk, beside `within`
from antipoverty.errors import InvalidStatisticsError, MissingColumnError
from antipoverty.model import Area, AreaTree
from antipoverty.rules import Text
from antipoverty.scoring import (
    Indicator,
    NoticePolicy,
    Statistic,
    draft_notices,
    outside_frame,
    within,
)

CHANCES = st.sampled_from([Fraction(0), Fraction(1, 1000), Fraction(1, 40), Fraction(1, 3)])
RATES = st.one_of(
    st.fractions(0, 1, max_denominator=30),
    st.sampled_from([Fraction(9, 10), Fraction(123_457, 137_174_210), Fraction(999, 1000)]),
)


@given(
    st.sets(st.one_of(st.integers(1, 60), st.integers(1, 3000)), max_size=40), RATES, CHANCES,
    CHANCES, st.sampled_from(["binomial", "poisson"]),
)  # fmt: skip
def test_many_limits_are_each_by_itself(
    sizes: set[int], rate: Fraction, low: Fraction, high: Fraction, law: Any
) -> None:
    """Walked from denominator to denominator, near or far apart: the same counts."""
    found = limits_of(sizes, rate, low, high, law)
    assert set(found) == sizes
    for size, limits in found.items():
        assert limits.lower == (within(size, rate, low, law).lower if low else 0)
        assert limits.upper == (within(size, rate, high, law).upper if high else size)


def test_a_tail_that_is_the_level_itself_is_decided_exactly() -> None:
    """0.1 ** 3 is 0.001, and 1 - 0.9 ** 2 is 0.19: on the level a count is within it."""
    found = limits_of(range(1, 400), Fraction(9, 10), Fraction(1, 1000), Fraction(1, 1000))
    assert (found[3].lower, found[4].lower) == (0, 1)
    half = limits_of(range(1, 400), Fraction(1, 2), Fraction(1, 2**9), Fraction(1, 2**9))
    assert (half[9].lower, half[9].upper) == (0, 9)
    assert (half[10].lower, half[10].upper) == (1, 9)


def indicator(law: str, direction: str, minimum: int) -> Indicator:
    """Coverage, or visits a day."""
    ends = (1, 0) if direction == "higher" else (0, 1)
    return Indicator(
        id="coverage", title=Text("覆盖", "coverage"), unit="share" if law == "binomial" else "day",
        direction=direction, best=ends[0], worst=ends[1], minimum=minimum,
        nothing="allowed",
    )  # fmt: skip


UNITS = [f"6101{n:02d}" for n in range(1, 9)]
AREAS = AreaTree(Area(code=code, name=code) for code in ("61", "6101", *UNITS))
FIGURES = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.slow
@given(
    st.lists(FIGURES, min_size=16, max_size=16),
    st.sampled_from(["binomial", "poisson"]), st.sampled_from(["higher", "lower"]),
    st.sampled_from([1, 20]), CHANCES, CHANCES,
    st.sampled_from([None, Fraction(1, 2)]), st.sampled_from(["polars", "pandas", "lazy"]),
)  # fmt: skip
def test_a_frame_says_of_every_unit_what_a_draft_says(
    counts: list[tuple[int, int]],
    law: str,
    direction: str,
    minimum: int,
    good: Fraction,
    bad: Fraction,
    target: Fraction | None,
    kind: str,
) -> None:
    """Two months, each by itself; limits of every unit, in the order that came."""
    months = [("2022-11", counts[:8]), ("2022-12", counts[8:])]
    figures = [
        Statistic(unit=unit, period=month, indicator="coverage", numerator=a, denominator=b,
                  nothing=b == 0)
        for month, found in months
        for unit, (a, b) in zip(UNITS, found, strict=True)
    ]  # fmt: skip
    one = indicator(law, direction, minimum)
    table = pl.DataFrame([each.model_dump(mode="json") for each in figures])
    if all(b for _, b in counts) and minimum == 1:
        table = table.drop("nothing")
    given_: Any = table
    if kind == "pandas":
        pytest.importorskip("pandas", reason="frames of pandas")
        given_ = table.to_pandas()
    elif kind == "lazy":
        given_ = table.lazy()
    made: Any = outside_frame(given_, one, commended=good, criticised=bad, target=target)
    made = made.collect() if kind == "lazy" else pl.DataFrame(made)
    told = {(row["unit"], row["period"]): row["outside"] for row in made.iter_rows(named=True)}
    assert list(told) == [(each.unit, str(each.period)) for each in figures]
    policy = NoticePolicy(
        indicators=(one,), choose="outside-limits", commended=good, criticised=bad,
        multiplicity="each", overdispersion="none", targets={"coverage": target} if target else {},
    )  # fmt: skip
    for month, _ in months:
        draft = draft_notices(
            figures, policy, period=month, issuer="61", level="county",
            issued_on=date(2023, 1, 1), areas=AREAS,
        )  # fmt: skip
        for score in draft.scores:
            assert told[score.unit, month] == dict(score.outside).get("coverage", 0)


def test_a_frame_is_refused_as_its_figures_are() -> None:
    """A share above all, a second figure, a missing column; other indicators are left out."""
    one = indicator("binomial", "higher", 1)
    chances = {"commended": Fraction(1, 40), "criticised": Fraction(1, 40)}
    row = {"unit": 610101, "period": "2022年11月", "indicator": "coverage"}
    good = pl.DataFrame([row | {"numerator": 3, "denominator": 9}])
    made = outside_frame(good, one, **chances)
    assert made.row(0)[:5] == ("610101", "2022-11", "coverage", 3, 9)
    assert made.columns[5:] == ["lower", "upper", "outside"]
    other = good.with_columns(indicator=pl.lit("in-time"))
    assert outside_frame(pl.concat([good, other]), one, **chances).equals(made)
    assert outside_frame(other, one, **chances).is_empty()
    for wrong, words in (
        (good.with_columns(numerator=pl.lit(10)), "row 1: coverage is a share"),
        (good.with_columns(denominator=pl.lit(0)), "row 1: the denominator is 0"),
        (pl.concat([good, good]), "unit 610101 has two figures for 2022-11"),
    ):
        with pytest.raises(InvalidStatisticsError, match=words):
            outside_frame(wrong, one, **chances)
    with pytest.raises(MissingColumnError, match="numerator"):
        outside_frame(good.drop("numerator"), one, **chances)
