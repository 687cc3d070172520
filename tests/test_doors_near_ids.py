"""Rows of ids that are a household's but for the way they are written: the cause is named."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from antipoverty import Tables, screen
from antipoverty.cli import main
from engines import ALL, EAGER, tables_as
from packs import a_pack

VILLAGE, AS_OF = "610702100200", date(2021, 12, 1)
PACK = a_pack("any(members, age >= 60)")
# The id of the household and of its member, and in which ways they differ, by hand.
PAIRS = [
    ("0012", "12", ("leading-zeros",)),
    ("13", "0013", ("leading-zeros",)),
    ("H14x", "H14X", ("case",)),
    ("h15", "h15 ", ("blanks",)),
    ("h16", "\u3000h16", ("blanks",)),
    ("h17", "h 17", ("blanks",)),
    ("h18", "h１８", ("full-width",)),
    ("0H19", "ｈ19", ("full-width", "case", "leading-zeros")),
    ("020", "20\xa0", ("blanks", "leading-zeros")),
    ("h２１", "h21", ("full-width",)),
    ("h22\n", "h22", ("blanks",)),
]


def tables_of(pairs: list[tuple[str, str]]) -> Tables[pl.DataFrame]:
    """Households and a member of each, under the ids given."""
    homes = pl.DataFrame({"household_id": [one for one, _ in pairs], "area": VILLAGE})
    members = pl.DataFrame({"household_id": [other for _, other in pairs], "age": 70})
    return Tables(homes, members)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
def test_every_way_of_writing_an_id_is_named(kind: str) -> None:
    """With how many ids differ so, and the first of them; the rows themselves are not joined."""
    tables = tables_of([(one, other) for one, other, _ in PAIRS])
    found = screen(tables_as(tables, kind), PACK, as_of=AS_OF).near_ids
    expected: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for one, other, ways in PAIRS:
        expected.setdefault(ways, []).append((one, other))
    assert {near.ways: near.ids for near in found} == {w: len(e) for w, e in expected.items()}
    for near in found:
        assert near.table == "members"
        assert near.example in expected[near.ways]


@pytest.mark.parametrize("kind", EAGER)
def test_codes_that_a_spreadsheet_made_numbers_are_recognised(kind: str) -> None:
    """A column of whole numbers has lost its zeros."""
    homes = pl.DataFrame({"household_id": ["0012", "0013"], "area": VILLAGE})
    members = pl.DataFrame({"household_id": [12, 13], "age": 70})
    (near,) = screen(tables_as(Tables(homes, members), kind), PACK, as_of=AS_OF).near_ids
    assert (near.ways, near.ids, near.example) == (("leading-zeros",), 2, ("0012", "12"))
    assert near.said("en") == (
        "2 ids of members differ from a household's in leading zeros: households have '0012', "
        "members '12'; write them alike"
    )
    assert "农户表为 '0012'，members 为 '12'" in near.said("zh")


def test_other_orphans_and_ambiguous_ids_are_not_named() -> None:
    """An id that could be two households' is nobody's; nor is one that is like none."""
    tables = tables_of([("0012", "77"), ("00012", "12"), ("a", "a")])
    screening = screen(tables, PACK, as_of=AS_OF)
    assert screening.near_ids == ()


def test_an_id_that_could_be_somebodys_number_is_not_shown() -> None:
    """The cause is named and counted without it."""
    tables = tables_of([("13812345678", "13812345678 "), ("张三", "张三 ")])
    found = screen(tables, PACK, as_of=AS_OF).near_ids
    assert sum(near.ids for near in found) == 2
    for near in found:
        assert near.example is None
        for said in (near.said("zh"), near.said("en"), str(near.to_dict()), repr(near)):
            assert "138" not in said
            assert "张" not in said


def test_the_command_line_names_them_at_the_top(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before any table, and in JSON."""
    pytest.importorskip("typer")
    tables = tables_of([("0012", "12"), ("b", "b")])
    homes = tables["households"].with_columns(size=1)
    for name in ("net_income_12m", "rigid_spending_12m"):
        homes = homes.with_columns(pl.lit(None, pl.Int64).alias(name))
    homes.write_parquet(tmp_path / "households.parquet")
    tables["members"].write_parquet(tmp_path / "members.parquet")
    (tmp_path / "p.toml").write_text(TOML, encoding="utf-8")
    words = ["screen", str(tmp_path), "--pack", str(tmp_path / "p.toml"), "--as-of", str(AS_OF)]
    assert main(words) == 0
    shown = capsys.readouterr().out
    line = "households have '0012', members '12'"
    assert shown.index(line) < shown.index("by department")
    assert main([*words, "--json"]) == 0
    (near,) = json.loads(capsys.readouterr().out)["near_ids"]
    assert near["ways"] == ["leading-zeros"]
    assert near["example"] == ["0012", "12"]


TOML = """
[pack]
id = "p"
title.zh = "试"
title.en = "t"
[departments.d]
zh = "部"
en = "d"
[sources.s]
title = "an example"
[[rules]]
id = "old"
title.zh = "老"
title.en = "old"
department = "d"
when = "any(members, age >= 60)"
source = "s"
since = 2021-01-01
"""
