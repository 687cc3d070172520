"""The rooms add up: a second program counts a simulated year again from its raw papers."""

from __future__ import annotations

import ast
import csv
import json
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from antipoverty.errors import InvalidArgumentError
from antipoverty.synthetic import Ran, run, year

PROGRAM = Path(__file__).parent / "support" / "recount.py"
PERIODS = ("2021-Q1", "2021-Q2", "2021-Q3", "2021-Q4", "2021-H1", "2021-H2", "2021")
ALONE = {
    *("handed_over", "items_of_departments", "found_not_listed", "points", "in_need"),
    *("lines_returned", "lines_replied", "problems_looked_at", "problems_seen_again"),
    *("problems_found_in_places", "nothing_found", "moved", "joined"),
    "standing_unseen",
}
"""What the second program counts that is no figure of a paper, and is compared below."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A year of 2,000 households: two villages in each county."""
    pytest.importorskip("sqlalchemy")
    return run(year(2_000), tmp_path_factory.mktemp("year"))


def recounted(folder: Path, *periods: str) -> dict[str, dict[str, int]]:
    """What the second program counts, run apart from everything."""
    packs = resources.files("antipoverty.packs") / "shaanxi_2531"
    command = [sys.executable, "-I", str(PROGRAM), str(folder), str(packs), *periods]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, int]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def second(ran: Ran) -> dict[str, dict[str, int]]:
    """Every period of the year, counted again."""
    return recounted(ran.folder, *PERIODS)


def paper(ran: Ran, period: str) -> dict[str, Any]:
    """The figures of a paper, as written."""
    text = (ran.folder / "reports" / f"{period}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.slow
def test_the_second_program_uses_none_of_the_library() -> None:
    """It imports nothing of antipoverty, so it cannot share a fault with it."""
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    named = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        str(node.module).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert "sqlite3" in named
    assert "antipoverty" not in named


@pytest.mark.slow
@pytest.mark.parametrize("period", PERIODS)
def test_every_total_is_counted_again(
    ran: Ran, second: dict[str, dict[str, int]], period: str
) -> None:
    """Every figure of a period's paper that the raw papers hold comes out the same."""
    figures = paper(ran, period)["figures"]
    told = second[period]
    shown = {name: figures[name]["count"] for name in told if name in figures}
    assert {*told} - {*shown} == ALONE
    assert shown == {name: told[name] for name in shown}


@pytest.mark.slow
@pytest.mark.parametrize("period", PERIODS)
def test_every_total_is_the_sum_of_its_lines(
    ran: Ran, second: dict[str, dict[str, int]], period: str
) -> None:
    """Rows became something each; tables add up to their figures; denominators agree."""
    document, told = paper(ran, period), second[period]
    count = {name: one["count"] for name, one in document["figures"].items()}
    became = ("rows_new", "rows_reopened", "rows_evidence", "rows_quiet")
    assert sum(count[one] for one in became) == count["answers_not_clear"]
    assert told["items_of_departments"] == told["handed_over"]
    assert count["visited"] + count["replaced"] + count["not_visited"] == count["drawn"]
    assert count["need_found"] + count["need_missed"] == told["in_need"]
    assert document["figures"]["need_found"]["of"] == told["in_need"]
    tables = document["tables"]
    names = ("", "_different", "_taken", "_answered", "_withdrawn", "_overdue")
    for column, name in enumerate(names, 1):
        assert sum(row[column] for row in tables["departments"]) == count[f"items{name}"]
    assert sum(row[1] for row in tables["counties"]) == count["cases_open"]
    assert sum(row[2] for row in tables["counties"]) == count["cases_overdue"]
    open_problems = document["figures"]["zeroed"]["of"] - count["zeroed"]
    assert sum(row[3] for row in tables["counties"]) == open_problems
    missed = document["figures"]["reached"]["of"] - count["reached"]
    assert sum(row[4] for row in tables["counties"]) == missed
    categories = ("unstable", "marginal", "sudden")
    assert sum(count[one] for one in categories) == count["monitored"]
    for row in tables.get("rules", []):
        assert row[1] == row[2] + row[3] + row[4]
    scores = tables.get("scores", [])
    assert len(scores) == count["scores"]
    assert sum(float(row[4]) for row in scores) == told["points"]


@pytest.mark.slow
@pytest.mark.parametrize("period", PERIODS)
def test_what_came_back_is_what_was_put_down(
    second: dict[str, dict[str, int]], period: str
) -> None:
    """Each line of a list that came back is one answer in the register, though one came twice.

    So is each problem that inspectors looked at again; every place visited has a result.
    """
    told = second[period]
    assert told["lines_returned"] == told["lines_replied"]
    assert told["problems_seen_again"] == told["problems_looked_at"]


@pytest.mark.slow
def test_lists_and_moves_of_the_year_are_what_its_files_say(
    ran: Ran, second: dict[str, dict[str, int]]
) -> None:
    """Answers, places with and without findings, moves: as the run says and as counted again."""
    told = second["2021"]
    assert told["lines_returned"] == sum(one.taken for one in ran.answers) > 20
    assert sum(one.again for one in ran.answers) > 0
    assert not [one for answers in ran.answers for one in answers.refused]
    assert not [one for answers in ran.inspections for one in answers.refused]
    units = [one for done in ran.outcomes for one in done.units if one.result == "visited"]
    places = told["problems_found_in_places"] + told["nothing_found"]
    assert places == len(units)
    assert told["nothing_found"] == sum(not one.problems for one in units)
    helped = [one for case in ran.book.cases.values() for one in case.measures]
    assert {one.by for one in helped} & {f"{name}-1" for name in ran.book.pack.departments}
    moved = [one for one in ran.year.moved if one.told]
    assert 0 < told["moved"] <= sum(one.kind == "moved" for one in moved)
    assert 0 < told["joined"] <= sum(one.kind == "joined" for one in moved)


@pytest.mark.slow
def test_a_move_that_nobody_told_the_register_is_found(ran: Ran) -> None:
    """At the turn of the month; what was told is fed into the files and is no contradiction."""
    untold = {one.household_id for one in ran.year.moved if one.kind == "moved" and not one.told}
    told = {one.household_id for _, one in ran.contradictions if one.what == "moved"}
    listed = {one.household_id for one in ran.year.moved if one.household_id in ran.book.cases}
    last = ran.year.screenings[-1]
    seen = {one.household_id for one in ran.year.moved if one.filed <= last}
    assert untold & listed & seen
    assert told >= untold & listed & seen
    late = told - untold
    assert all(one.kind == "moved" for one in ran.year.moved if one.household_id in late)


@pytest.mark.slow
def test_flows_of_quarters_add_up_to_the_year(ran: Ran) -> None:
    """What happens in quarters happens in their half-years and in the year; stocks do not add."""
    figures = {one: paper(ran, one)["figures"] for one in PERIODS}
    for name in (
        *("rows_screened", "answers_not_clear", "opened", "reopened", "steps", "helped", "urged"),
        *("listed", "draws", "drawn", "visited", "found", "notices", "scores"),
    ):
        quarters = [figures[f"2021-Q{n}"][name]["count"] for n in range(1, 5)]
        halves = [figures[f"2021-H{n}"][name]["count"] for n in (1, 2)]
        assert halves == [sum(quarters[:2]), sum(quarters[2:])], name
        assert figures["2021"][name]["count"] == sum(quarters), name


@pytest.mark.slow
def test_what_was_found_is_listed_and_nothing_else(ran: Ran) -> None:
    """Each problem of a visit is in the rectification register, with its receipt, and no other."""
    found = {
        problem: one.receipt
        for one in ran.outcomes
        for unit in one.units
        for problem in unit.problems
    }
    assert {id_: one.reference for id_, one in ran.book.problems.items()} == found


@pytest.mark.slow
def test_the_figures_that_notices_rest_on_are_counted_again(ran: Ran) -> None:
    """Each county's coverage of each month is the households of its visits over all it has."""
    homes = pl.read_csv(ran.folder / "households.csv", infer_schema=False)
    visits = pl.read_csv(ran.folder / "visits.csv", infer_schema=False)
    county = pl.col("area").str.head(6).alias("county")
    of = dict(homes.group_by(county).len().iter_rows())
    away = homes.filter(pl.col("away") == "true")["household_id"].implode()
    counts = visits.filter((pl.col("how") == "home") | pl.col("household_id").is_in(away))
    reached = {
        (code, month): count
        for code, month, count in counts.join(homes, on="household_id")
        .group_by(county, pl.col("on").str.head(7).alias("month"))
        .agg(pl.col("household_id").n_unique())
        .iter_rows()
    }
    with (ran.folder / "statistics.csv").open(encoding="utf-8", newline="") as file:
        told = [row for row in csv.DictReader(file) if row["indicator"] == "coverage"]
    monthly = [row for row in told if "Q" not in row["period"]]
    hiding = next(one for one in ran.year.events if one.id == "hides")
    assert len(monthly) == 12 * 21 - 10
    for row in monthly:
        assert int(row["numerator"]) == reached.get((row["unit"], row["period"]), 0)
        assert int(row["denominator"]) == of[row["unit"]]
        assert not (row["unit"] == hiding.area and row["period"] >= "2021-03")


@pytest.mark.slow
def test_a_tampered_total_is_seen(ran: Ran, tmp_path: Path) -> None:
    """The comparison can fail: a list with one line less, a visit less, are counted as such."""
    before = recounted(ran.folder, "2021")["2021"]
    month = ran.folder / "screened" / "2021-09" / "lists" / "stock"
    path = min(month.glob("*.csv"))
    kept, visits = path.read_bytes(), (ran.folder / "visits.csv").read_bytes()
    try:
        path.write_bytes(b"\n".join(kept.rstrip(b"\n").split(b"\n")[:-1]) + b"\n")
        frame = pl.read_csv(ran.folder / "visits.csv", infer_schema=False)
        first = frame["household_id"][0]
        frame.filter(pl.col("household_id") != first).write_csv(ran.folder / "visits.csv")
        after = recounted(ran.folder, "2021")["2021"]
    finally:
        path.write_bytes(kept)
        (ran.folder / "visits.csv").write_bytes(visits)
    assert after["handed_over"] == before["handed_over"] - 1
    assert after["reached"] == before["reached"] - 1


@pytest.mark.slow
def test_the_command_writes_the_same_paper(
    ran: Ran, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """``antipoverty summary`` makes a past quarter's paper as the run did, in both languages."""
    pytest.importorskip("typer")
    from antipoverty.cli import main

    limits = ["--limit", "detection=7", "--limit", "intervention=30", "--limit", "help=45"]
    store = f"sqlite:///{ran.folder}/cases.db"
    command = ["summary", "2021-Q3", str(ran.folder), "--store", store, "--out", str(tmp_path)]
    assert main([*command, *limits, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == paper(ran, "2021-Q3")
    for language, title in (("zh", "2021年第3季度季调度"), ("en", "Quarterly dispatch 2021-Q3")):
        text = (tmp_path / f"2021-Q3.{language}.md").read_text(encoding="utf-8")
        assert title in text
        assert text == (ran.folder / "reports" / f"2021-Q3.{language}.md").read_text("utf-8")


@pytest.mark.slow
def test_a_paper_says_what_it_lacks(ran: Ran, tmp_path: Path) -> None:
    """From a register alone, sections without data say so; nothing reads as zero."""
    from antipoverty.casework import Casebook
    from antipoverty.periods import Period
    from antipoverty.summaries import read_sources, summary

    period = Period.parse("2021-H1")
    empty = ran.book.with_({}, {})
    empty = type(empty)(empty.pack, empty.workflow, empty.rectification)
    with Casebook.open(f"sqlite:///{ran.folder}/cases.db", empty) as kept:
        book, events = kept.book(on=period.last), [*kept.events(until=period.last)]
    sources = read_sources(tmp_path, book, events, period, areas=ran.year.areas)
    told = summary(period, book, sources, areas=ran.year.areas)
    assert told.text("en").count("No data were given.") == 4
    assert told.text("zh").count("未提供数据。") == 4
    assert "reached" not in told.figures
    assert "drawn" not in told.figures
    assert told.figure("opened").count > 0
    with pytest.raises(InvalidArgumentError, match="opened"):
        told.figure("opend")


@pytest.mark.slow
def test_the_lists_can_be_opened_by_people(ran: Ran) -> None:
    """Each month left a list for every department with something on it, headed in Chinese."""
    for month in (ran.folder / "screened").iterdir():
        for path in (month / "lists").rglob("*.csv"):
            with path.open(encoding="utf-8-sig", newline="") as file:
                assert next(csv.reader(file))[0] == "户码 household"
