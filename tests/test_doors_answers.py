"""What is said of an answer means the same on one household and on a population."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from antipoverty import Household, Member, Tables, judge, screen
from antipoverty.cli import main
from antipoverty.packs import shaanxi_2531
from antipoverty.synthetic import generate
from engines import ALL, rows, tables_as
from packs import a_pack

VILLAGE, AS_OF = "610702100200", date(2021, 12, 1)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
def test_alerts_are_the_same_of_a_household_and_of_a_population(kind: str) -> None:
    """Both hold what warns and what is undecided, and nothing that is clear."""
    pack = a_pack("not water_safe", "size > 3", "minimum_living")
    home = Household(household_id="h", area=VILLAGE, water_safe=False, minimum_living=False)
    judgement = judge(home, pack, as_of=AS_OF)
    screening = screen(tables_as(Tables.of([home]), kind), pack, as_of=AS_OF)
    mine = {
        (one.household_id, one.area, one.rule_id, one.verdict.value) for one in judgement.alerts
    }
    assert (
        mine
        == rows(screening.alerts)
        == {
            ("h", VILLAGE, "r0", "warn"),
            ("h", VILLAGE, "r1", "undecided"),
        }
    )
    assert [one.rule_id for one in judgement.warned] == ["r0"]
    assert [one.rule_id for one in judgement.undecided] == ["r1"]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
def test_a_column_that_never_came_is_named_once(kind: str) -> None:
    """With how many answers wait for it; a column with one value in it is not named."""
    pack = a_pack("not water_safe", "not water_safe or size > 3", "any(members, age < 6)")
    homes = [
        Household(
            household_id=f"h{number}",
            area=VILLAGE,
            size=1 if number else None,
            members=(Member(member_id="m"),),
        )
        for number in range(5)
    ]
    screening = screen(tables_as(Tables.of(homes), kind), pack, as_of=AS_OF)
    named = [(one.field, one.answers) for one in screening.never_came]
    assert named == [("water_safe", 10), ("members.age", 5)]
    first = screening.never_came[0]
    assert first.said("en") == "your tables have no `water_safe`: 10 answers wait for it"
    assert first.said("zh") == "数据中没有饮水安全（water_safe）：10 项结论待其核实"


@pytest.mark.slow
def test_the_command_line_names_it_at_the_top(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before any table, and in JSON with both languages."""
    pytest.importorskip("typer")
    generate(tmp_path, households=300, seed=7)
    for path in (tmp_path / "households").glob("*.parquet"):
        frame = pl.read_parquet(path)
        frame.with_columns(pl.lit(None, pl.Boolean).alias("water_safe")).write_parquet(path)
    words = ["screen", str(tmp_path), "--pack", "shaanxi-2531", "--as-of", str(AS_OF)]
    screening = screen(Tables.read(tmp_path), shaanxi_2531(), as_of=AS_OF)
    facts = screening.undecided().collect()["fact"].to_list()
    expected = Counter(facts)["water_safe"]
    assert main(words) == 0
    shown = capsys.readouterr().out
    line = f"your tables have no `water_safe`: {expected:,} answers wait for it"
    assert shown.index(line) < shown.index("by department")
    assert shown.count("your tables have no") == 1
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["never_came"] == [
        {
            "field": "water_safe",
            "answers": expected,
            "zh": f"数据中没有饮水安全（water_safe）：{expected:,} 项结论待其核实",
            "en": line,
        }
    ]
