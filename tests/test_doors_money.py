"""A unit belongs to a column: amounts are converted exactly, and a wrong unit is noticed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antipoverty import Tables, screen
from antipoverty.cli import main
from antipoverty.errors import InvalidArgumentError
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, Rule, Source, Text
from antipoverty.screening import check
from antipoverty.synthetic import generate
from engines import ALL, EAGER, rows, tables_as

VILLAGE, AS_OF = "610702100200", date(2021, 12, 1)
FEN = {"fen": 1, "yuan": 100, "wanyuan": 1_000_000, "元": 100, "万元": 1_000_000}


def pack_of(when: str) -> Pack:
    """A pack of one rule."""
    rule = Rule(
        id="r",
        title=Text("规则", "rule"),
        department="d",
        when=when,
        source=Source("an example"),
        since=date(2021, 1, 1),
    )
    return Pack("money", Text("试", "t"), rules=[rule], departments={"d": Text("部", "d")})


LOW = pack_of('net_income_12m < yuan("18000")')


def read_as(amounts: pl.Series, kind: str, money: Any) -> tuple[dict[str, int], Any]:
    """The fen that each household's amount is read as, and what was set aside."""
    ids = [f"h{number}" for number in range(len(amounts))]
    homes = pl.DataFrame({"household_id": ids, "area": VILLAGE, "net_income_12m": amounts})
    checked = check(tables_as(Tables(homes, money=money), kind), LOW, as_of=AS_OF)
    good = checked.tables["households"].select("household_id", "net_income_12m")
    return dict(good.collect(backend="polars").to_native().rows()), checked.counts


TEXTS = {
    "yuan": ["0", "17400.5", "18000", "-12.34", "0.01", "0.07", "1.1", "99999999.99", "4503.29"],
    "wanyuan": ["0", "1.74", "2", "-0.0001", "0.000001", "0.0007", "3.3", "9999.999999"],
    "元": ["8.2"],
    "万元": ["0.29"],
}


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("unit", TEXTS)
@pytest.mark.parametrize("held", ["float", "decimal"])
def test_amounts_are_converted_exactly(kind: str, unit: str, held: str) -> None:
    """As the decimal that is written: 0.07 yuan are seven fen, whatever float holds them."""
    texts = TEXTS[unit]
    dtype: Any = pl.Float64 if held == "float" else pl.Decimal(20, 6)
    amounts = pl.Series(
        [Decimal(one) if held != "float" else float(one) for one in texts], dtype=dtype
    )
    found, counts = read_as(amounts, kind, unit)
    assert counts == {}
    assert found == {f"h{i}": int(Decimal(one) * FEN[unit]) for i, one in enumerate(texts)}


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["yuan", "wanyuan"]),
    st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=50),
)
def test_every_amount_of_whole_fen_comes_back(unit: str, fen: list[int]) -> None:
    """Written as a float in the unit and read again."""
    written = pl.Series([float(Fraction(one, FEN[unit])) for one in fen], dtype=pl.Float64)
    found, counts = read_as(written, "polars", unit)
    assert counts == {}
    assert list(found.values()) == fen


@pytest.mark.parametrize("kind", EAGER)
@pytest.mark.parametrize("dtype", [pl.Int16, pl.Int64, pl.UInt32])
def test_whole_numbers_of_a_unit_are_converted(kind: str, dtype: Any) -> None:
    """In small types too, and what would pass the bounds is set aside, not wrapped round."""
    amounts = pl.Series([0, 300, 32_000], dtype=dtype)
    found, counts = read_as(amounts, kind, "wanyuan")
    assert found == {"h0": 0, "h1": 300_000_000}
    assert counts == {("households", "out-of-bounds", "net_income_12m"): 1}


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("amounts", "unit"),
    [
        ([17400.5, 18000.0, 12000.0], "fen"),
        ([1.74, 2.0, 3.0], "fen"),
        ([17400.555, 18000.0, 12000.0], "yuan"),
        ([0.3333333, 2.0, 3.0], "wanyuan"),
        ([Decimal("17400.50"), Decimal(18000), Decimal(12000)], "fen"),
    ],
)
def test_a_part_of_a_fen_refuses_its_column(kind: str, amounts: list[Any], unit: str) -> None:
    """None of it is read in a unit it is not in; the reason says what to do."""
    found, counts = read_as(pl.Series(amounts), kind, unit)
    assert found == {}
    assert counts == {("households", "not-in-fen", "net_income_12m"): 3}


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
def test_columns_have_units_of_their_own(kind: str) -> None:
    """By their path; a column that is not named has the unit of all others."""
    homes = pl.DataFrame(
        {
            "household_id": ["a", "b"],
            "area": VILLAGE,
            "net_income_12m": [1.7, 1.9],
            "rigid_spending_12m": [100, 0],
        }
    )
    records = pl.DataFrame(
        {"household_id": ["a", "b"], "kind": "k", "day": date(2021, 11, 1), "amount": [9.99, 10.01]}
    )
    pack = pack_of(
        'net_income_12m < yuan("18000") and rigid_spending_12m >= yuan("100")'
        ' or sum(records, amount, months=12) > yuan("10")'
    )
    money = {"net_income_12m": "万元", "": "yuan"}
    tables = tables_as(Tables(homes, records=records, money=money), kind)
    assert rows(screen(tables, pack, as_of=AS_OF).alerts) == {
        ("a", VILLAGE, "r", "warn"),
        ("b", VILLAGE, "r", "warn"),
    }
    fen = Tables(homes, records=records, money={"net_income_12m": "万元", "records.amount": "yuan"})
    assert rows(screen(tables_as(fen, kind), pack, as_of=AS_OF).alerts) == {
        ("b", VILLAGE, "r", "warn")
    }


def test_a_unit_or_column_that_is_none_is_refused() -> None:
    """With what was meant."""
    homes = pl.DataFrame({"household_id": ["a"], "area": VILLAGE, "net_income_12m": [1]})
    with pytest.raises(InvalidArgumentError, match="did you mean 'yuan'"):
        Tables(homes, money="yuann")
    with pytest.raises(InvalidArgumentError, match="did you mean 'net_income_12m'"):
        screen(Tables(homes, money={"net_income_12": "yuan"}), LOW, as_of=AS_OF)


# --- the column as a whole, by what the pack holds for plausible --------------------------


def province(folder: Path, fen: int, *, whole: bool = True, per_head: bool = False) -> Path:
    """A synthetic province whose incomes are written in a unit of so many fen."""
    generate(folder, households=400, seed=5)
    for path in (folder / "households").glob("*.parquet"):
        frame = pl.read_parquet(path)
        income = (
            pl.col("net_income_12m") // pl.col("size") if per_head else pl.col("net_income_12m")
        )
        written = income // fen if whole else income / fen
        frame.with_columns(net_income_12m=written).write_parquet(path)
    return folder


@pytest.mark.slow
def test_incomes_in_another_unit_are_refused_as_a_whole(tmp_path: Path) -> None:
    """Whole yuan read as fen, or fen read as yuan: nobody lives on half of these incomes."""
    pack = shaanxi_2531()
    key = ("households", "implausible-unit", "net_income_12m")
    for fen, money, refused in (
        (1, None, False),
        (100, None, True),
        (100, "yuan", False),
        (1, "yuan", True),
    ):
        folder = province(tmp_path / f"{fen}{money}", fen)
        units = None if money is None else {"net_income_12m": money}
        screening = screen(Tables.read(folder, money=units), pack, as_of=AS_OF)
        assert (key in screening.rejected_counts) is refused, (fen, money)
        assert (screening.households < 100) is refused
        assert not any(reason == "per-head" for _, reason, _ in screening.noted)


@pytest.mark.slow
@pytest.mark.parametrize("kind", EAGER)
def test_incomes_per_head_are_questioned(kind: str, tmp_path: Path) -> None:
    """They are judged all the same, since a poor county may look so, and the column is noted."""
    folder = province(tmp_path, 1, per_head=True)
    lazily = Tables.read(folder)
    tables = lazily.with_frames({name: lazily[name].collect() for name in lazily})
    screening = screen(tables_as(tables, kind), shaanxi_2531(), as_of=AS_OF)
    count = screening.noted["households", "per-head", "net_income_12m"]
    homes = tables["households"]
    several = homes.filter(pl.col("size") > 1, pl.col("net_income_12m") != 0)
    expected = several.filter(pl.col("net_income_12m") < pl.col("size") * 800_000).height
    assert count == expected
    assert 2 * expected > several.height


def test_a_few_households_prove_nothing(tmp_path: Path) -> None:
    """Nine poor households are nine poor households."""

    def homes(count: int) -> Tables[Any]:
        frame = pl.DataFrame(
            {
                "household_id": [f"h{i}" for i in range(count)],
                "area": VILLAGE,
                "net_income_12m": 18_000,
            }
        )
        return Tables(frame)

    pack = pack_of('net_income_12m < yuan("18000")')
    bounds = {
        name: one for name, one in shaanxi_2531().parameters.items() if name.startswith("plausible")
    }
    pack = pack.evolve(parameters=bounds.values())
    assert screen(homes(9), pack, as_of=AS_OF).households == 9
    assert screen(homes(10), pack, as_of=AS_OF).households == 0
    assert screen(homes(10), LOW, as_of=AS_OF).households == 10  # whose pack says nothing of it


def test_what_is_plausible_is_an_example_and_no_policy() -> None:
    """Every bound of the shipped pack is marked so."""
    for name, one in shaanxi_2531().parameters.items():
        if name.startswith("plausible."):
            assert all(value.source.illustrative for value in one.values)


@pytest.mark.slow
def test_the_command_line_takes_units(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For a column by name."""
    pytest.importorskip("typer")
    folder = province(tmp_path, 100)
    words = ["screen", str(folder), "--pack", "shaanxi-2531", "--as-of", str(AS_OF), "--json"]
    assert main(words) == 3
    found = json.loads(capsys.readouterr().out)["set_aside"]
    assert "implausible-unit" in {one["reason"] for one in found}
    assert main([*words, "--money", "net_income_12m=yuan"]) == 0
    assert json.loads(capsys.readouterr().out)["total"]["households"] == 400
    assert main([*words, "--money", "yuann"]) not in (0, 3)
    assert "did you mean 'yuan'" in capsys.readouterr().err
