"""Measures of poverty: equal to published examples, exact, and with bounds where facts lack."""

from __future__ import annotations

import itertools
import json
import random
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from antipoverty.cli import main
from antipoverty.conditions import household as h
from antipoverty.conditions import score, yuan
from antipoverty.errors import AntipovertyError
from antipoverty.rules import Pack
from antipoverty.screening import Tables, income_poverty, multidimensional, screen
from engines import ALL, tables_as
from packs import a_pack, a_parameter, a_rule

AS_OF = date(2021, 12, 1)
VILLAGES = ("610702100200", "610111001200")
THIRD = Fraction(1, 3)


def lined(line: int) -> Pack:
    """A pack with a line per person; its rule asks who is below."""
    return a_pack(
        a_rule("net_income_12m < param('line') * size"),
        parameters=[a_parameter("line", "yuan/person", line)],
    )


def incomes(*yuan: int | None, sizes: list[int | None] | None = None) -> Tables[Any]:
    """Households of one person, or of several, with some incomes."""
    homes = {
        "household_id": [f"h{n}" for n in range(len(yuan))],
        "area": [VILLAGES[n % 2] for n in range(len(yuan))],
        "size": pl.Series(sizes or [1] * len(yuan), dtype=pl.Int64),
        "net_income_12m": pl.Series(
            [None if one is None else one * 100 for one in yuan], dtype=pl.Int64
        ),
    }
    return Tables(pl.DataFrame(homes))


LINE = "param('line') * size"


def test_the_handbook_of_the_world_bank() -> None:
    """Country C of the Handbook on Poverty and Inequality, chapter 4.

    Haughton and Khandker, World Bank 2009, pages 70 and 72: expenditures 100, 110, 150, 160
    under a line of 125 give P1 = 0.08 (0.32/4) and P2 = 0.0136 (0.0544/4).
    """
    screening = screen(incomes(100, 110, 150, 160), lined(12_500), as_of=AS_OF)
    (found,) = income_poverty(screening, "net_income_12m", LINE)
    assert (found.headcount.low, found.headcount.high) == (Fraction(1, 2),) * 2
    assert (found.gap.low, found.gap.high) == (Fraction(8, 100),) * 2
    assert (found.squared.low, found.squared.high) == (Fraction(136, 10_000),) * 2


MPI = {
    "schooled": ("net_income_prev_12m", 6),
    "enrolled": ("wage_income_12m", 6),
    "nourished": ("business_income_12m", 6),
    "died": ("transfer_income_12m", 6),
    "power": ("subsidy_income_12m", 18),
    "water": ("work_income_year", 18),
    "sanitation": ("work_income_year_before", 18),
    "floor": ("work_income_two_years_before", 18),
    "fuel": ("rigid_spending_12m", 18),
    "assets": ("school_cost_year", 18),
}
"""Columns of numbers that stand for the ten indicators: 1 is deprived."""
DEPRIVED = {
    "schooled": (0, 1, 0, 1),
    "enrolled": (0, 1, 0, 0),
    "nourished": (0, 0, 1, 0),
    "died": (1, 1, 0, 1),
    "power": (0, 1, 1, 1),
    "water": (0, 0, 1, 0),
    "sanitation": (0, 1, 1, 0),
    "floor": (0, 0, 0, 0),
    "fuel": (1, 1, 1, 1),
    "assets": (0, 1, 0, 1),
}


def mpi_pack() -> Pack:
    """The measure as a rule: who has a third of all weighted deprivations is poor."""
    items = [(Fraction(1, below), getattr(h, name) >= yuan(1)) for name, below in MPI.values()]
    return a_pack(a_rule(score(*items) >= THIRD, "mpi"))


def mpi_frame() -> pl.DataFrame:
    """The four households of the example."""
    columns: dict[str, Any] = {
        "household_id": [f"h{n}" for n in range(4)],
        "area": [VILLAGES[0], VILLAGES[0], VILLAGES[1], VILLAGES[1]],
        "size": [4, 7, 5, 4],
    }
    for name, flags in DEPRIVED.items():
        columns[MPI[name][0]] = [100 * one for one in flags]
    return pl.DataFrame(columns)


ACHIEVED = ((131, 140, 40, 10), (152, 70, 50, 0), (125, 100, 10, 0), (200, 110, 30, 10))
"""Four persons by four dimensions in tenths, as teaching code gives the example of Alkire and
Foster (2011), Counting and multidimensional poverty measurement, J. Public Econ. 95, 476-487;
the matrix was read in such code (repositories of ``easyuse``), not in the paper."""
CUTOFFS = (130, 120, 30, 10)


def test_the_example_of_alkire_and_foster() -> None:
    """Two dimensions of four make poor: H = 1/2, A = 3/4, M0 = 3/8.

    The deprivations are 0, 2, 4 and 1, so that two persons are poor, in 6 of their 8 dimensions;
    the one deprivation of the fourth is not counted.
    """
    names = [column for column, _ in MPI.values()][:4]
    items = [
        (Fraction(1, 4), getattr(h, name) < yuan(str(cutoff)))
        for name, cutoff in zip(names, CUTOFFS, strict=True)
    ]
    columns: dict[str, Any] = {"household_id": list("abcd"), "area": VILLAGES[:1] * 4}
    columns |= {name: [100 * row[at] for row in ACHIEVED] for at, name in enumerate(names)}
    tables = Tables(pl.DataFrame({**columns, "size": [1] * 4}))
    made = a_pack(a_rule(score(*items) >= Fraction(1, 2), "poor"))
    (found,) = multidimensional(screen(tables, made, as_of=AS_OF), "poor")
    told = found.headcount, found.intensity, found.adjusted
    assert [(one.low, one.high) for one in told] == [
        (exact, exact) for exact in (Fraction(1, 2), Fraction(3, 4), Fraction(3, 8))
    ]
    censored = [one.headcount.low for one in found.indicators]
    assert censored == [Fraction(one, 4) for one in (1, 2, 1, 2)]


@pytest.mark.parametrize("kind", ALL)
def test_ten_indicators_of_the_global_index_by_people(kind: str) -> None:
    """Four households made for the test, by the weights of the global MPI and hand arithmetic.

    Sizes 4, 7, 5 and 4, scores 4/18, 13/18, 7/18 and 9/18: 16 of 20 people are poor, and the
    scores of those add up to (7 x 13 + 5 x 7 + 4 x 9) / 18 = 9.
    """
    screening = screen(tables_as(Tables(mpi_frame()), kind), mpi_pack(), as_of=AS_OF)
    (found,) = multidimensional(screening, "mpi")
    assert found.total == (20, 20)
    assert found.headcount.low == found.headcount.high == Fraction(16, 20)
    assert found.intensity.low == found.intensity.high
    assert found.intensity.low == Fraction(9, 16)  # printed as 56.3 %
    assert found.adjusted.low == found.adjusted.high
    assert found.adjusted.low == Fraction(9, 20)
    assert sum(one.contribution.low or 0 for one in found.indicators) == 1
    by_households, *areas = multidimensional(screening, "mpi", units="households", level="county")
    assert by_households.headcount.low == Fraction(3, 4)
    assert [one.area for one in areas] == ["610111", "610702"]
    assert sum(one.share.low or 0 for one in areas) == 1


def test_a_score_at_a_third_counts_though_no_binary_fraction_is_a_third() -> None:
    """A household deprived of exactly a third of the weights is poor."""
    items = [(Fraction(1, 18), getattr(h, name) >= yuan(1)) for name, _ in MPI.values()]
    rest = Fraction(1) - sum(weight for weight, _ in items)
    items.append((rest, h.evident_hardship))
    made = a_pack(a_rule(score(*items) >= THIRD, "mpi"))
    columns: dict[str, Any] = {"household_id": ["h"], "area": [VILLAGES[0]], "size": [1]}
    columns |= {name: [100 if n < 6 else 0] for n, (name, _) in enumerate(MPI.values())}
    tables = Tables(pl.DataFrame({**columns, "evident_hardship": [False]}))
    (found,) = multidimensional(screen(tables, made, as_of=AS_OF), "mpi")
    assert found.headcount.low == 1
    assert found.intensity.low == THIRD


@pytest.mark.slow
def test_lost_facts_of_several_dimensions_leave_exactly_what_they_could_bring() -> None:
    """The bounds of every figure are the least and the most over all completions."""
    rnd = random.Random(4)
    whole = mpi_pack()
    for _ in range(6):
        cells = [(name, n) for name in DEPRIVED for n in range(4)]
        lost = rnd.sample(cells, 4)
        frame = mpi_frame()
        for name, row in lost:
            column = MPI[name][0]
            frame = frame.with_columns(
                pl.when(pl.int_range(pl.len()) == row).then(None).otherwise(column).alias(column)
            )
        (found,) = multidimensional(screen(Tables(frame), whole, as_of=AS_OF), "mpi")
        seen: dict[str, list[Any]] = {}
        for values in itertools.product([0, 100], repeat=len(lost)):
            filled = frame
            for (name, row), value in zip(lost, values, strict=True):
                column = MPI[name][0]
                filled = filled.with_columns(
                    pl.when(pl.int_range(pl.len()) == row)
                    .then(value)
                    .otherwise(column)
                    .alias(column)
                )
            (one,) = multidimensional(screen(Tables(filled), whole, as_of=AS_OF), "mpi")
            figures = {name: getattr(one, name) for name in ("headcount", "intensity", "adjusted")}
            figures |= {
                f"{place} {name}": getattr(indicator, name)
                for place, indicator in enumerate(one.indicators)
                for name in ("headcount", "contribution")
            }
            for name, ratio in figures.items():
                assert ratio.settled
                seen.setdefault(name, []).append(ratio.low)
        bounds = {name: getattr(found, name) for name in ("headcount", "intensity", "adjusted")}
        bounds |= {
            f"{place} {name}": getattr(indicator, name)
            for place, indicator in enumerate(found.indicators)
            for name in ("headcount", "contribution")
        }
        for name, ratio in bounds.items():
            values = [one for one in seen[name] if one is not None]
            assert (ratio.low, ratio.high) == (min(values), max(values)), name


def test_lost_incomes_and_sizes_leave_bounds_that_hold() -> None:
    """Whatever the lost facts are, the measure lies between its bounds; the total too."""
    rnd = random.Random(8)
    for _ in range(20):
        yuan: list[int | None] = [rnd.choice([0, 50, 100, 125, 200]) for _ in range(6)]
        sizes: list[int | None] = [rnd.choice([1, 2, 3]) for _ in range(6)]
        lost_yuan = [None if rnd.random() < 0.3 else one for one in yuan]
        lost_sizes = [None if rnd.random() < 0.2 else one for one in sizes]
        made = lined(12_500)
        screening = screen(incomes(*lost_yuan, sizes=lost_sizes), made, as_of=AS_OF)
        exact = screen(incomes(*yuan, sizes=sizes), made, as_of=AS_OF)
        for units in ("people", "households"):
            pairs = zip(
                income_poverty(screening, "net_income_12m", LINE, units=units, level="county"),
                income_poverty(exact, "net_income_12m", LINE, units=units, level="county"),
                strict=True,
            )
            for found, true in pairs:
                assert found.total[0] <= true.total[0] <= found.total[1]
                for name in ("headcount", "gap", "squared", "share"):
                    bounds, value = getattr(found, name), getattr(true, name)
                    if value.low is not None:
                        assert bounds.low <= value.low <= bounds.high


@pytest.mark.parametrize("kind", ALL)
def test_every_engine_measures_the_same(kind: str) -> None:
    """With facts lost, in people, by county."""
    tables = incomes(100, None, 150, 90, sizes=[1, 2, None, 4])
    made = lined(12_500)
    expected = income_poverty(
        screen(tables, made, as_of=AS_OF), "net_income_12m", LINE, level="county"
    )
    screening = screen(tables_as(tables, kind), made, as_of=AS_OF)
    assert income_poverty(screening, "net_income_12m", LINE, level="county") == expected


def test_what_cannot_be_measured_is_refused() -> None:
    """A rule that is no score, a column that is not there, other units, another kind of line."""
    screening = screen(incomes(100), lined(12_500), as_of=AS_OF)
    for attempt in (
        lambda: multidimensional(screening, "r0"),
        lambda: multidimensional(screening, "nowhere"),
        lambda: income_poverty(screening, "rigid_spending_12m", LINE),
        lambda: income_poverty(screening, "net_income_12m", "size"),
        lambda: income_poverty(screening, "net_income_12m", LINE, units="men"),  # type: ignore[arg-type]
    ):
        with pytest.raises(AntipovertyError):
            attempt()


def test_a_measure_is_given_as_plain_data() -> None:
    """Exactly, so that others can add it up."""
    screening = screen(incomes(100, 110, 150, 160), lined(12_500), as_of=AS_OF)
    (found,) = income_poverty(screening, "net_income_12m", LINE)
    assert found.to_dict()["gap"] == {"low": "2/25", "high": "2/25"}
    assert str(found.gap) == "0.0800"


def test_the_command_measures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON and as a table; both or neither of rule and line is refused."""
    frame = pl.DataFrame({"household_id": ["h"], "area": [VILLAGES[0]], "size": [2]})
    folder, file = tmp_path / "t", tmp_path / "pack.toml"
    folder.mkdir()
    frame.with_columns(net_income_12m=pl.lit(100_00)).write_parquet(folder / "households.parquet")
    file.write_text(PACK_FILE, encoding="utf-8")
    words = ["measure", str(folder), "--pack", str(file), "--as-of", "2021-12-01"]
    line = ["--line", 'yuan(100, per="person") * size']
    assert main([*words, *line, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["total"], found["gap"]) == ([2, 2], {"low": "1/2", "high": "1/2"})
    assert main([*words, *line, "--level", "county"]) == 0
    assert "0.5000" in capsys.readouterr().out
    assert main([*words, "--rule", "r", "--units", "households"]) == 0
    assert "1.0000" in capsys.readouterr().out
    assert main([*words, *line, "--rule", "r"]) == main(words) == 2


PACK_FILE = """
[pack]
id = "made"
title.zh = "测试"
title.en = "made"
[departments.d]
zh = "部门"
en = "department"
[sources.s]
title = "made for the test"
[[rules]]
id = "r"
title.zh = "多维贫困"
title.en = "poor in several ways"
department = "d"
source = "s"
since = 2020-01-01
when = "score((1, size >= 2), (1, net_income_12m >= yuan(500))) >= 1"
"""
