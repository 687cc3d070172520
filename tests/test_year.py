"""A synthetic year: records stay put, what is planted is there, and the mechanism runs on it."""

from __future__ import annotations

import json
import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest

from antipoverty.casework import Book, answer_lists, open_cases, write_handovers
from antipoverty.codes import HouseholdCode, Level
from antipoverty.errors import InvalidArgumentError, InvalidSizeError
from antipoverty.model import Area, AreaTree
from antipoverty.packs import shaanxi_2531, shaanxi_rectification, shaanxi_workflow
from antipoverty.periods import Period
from antipoverty.screening import read_list, screen
from antipoverty.synthetic import Ran, Year, run, year

SIZE = 1_100


@pytest.fixture(scope="module")
def small() -> Year:
    """A year of a few villages in 21 counties."""
    return year(SIZE)


@pytest.fixture(scope="module")
def ran(small: Year, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The same, run."""
    pytest.importorskip("sqlalchemy")
    return run(small, tmp_path_factory.mktemp("year"))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_year(small: Year) -> None:
    """Truth, tables and visits follow from the seed alone, and another seed gives others."""
    again, other = year(SIZE), year(SIZE, 7)
    day, month = date(2021, 9, 1), Period.parse("2021-03")
    assert again.truth.equals(small.truth)
    assert not other.truth.equals(small.truth)
    assert again.visits(month).equals(small.visits(month))
    for name in ("households", "members", "records"):
        assert again.tables(day)[name].equals(small.tables(day)[name])


@pytest.mark.slow
def test_records_and_members_stay_put(small: Year) -> None:
    """A record that was delivered is there, unchanged, in every later month; members always."""
    before: pl.DataFrame | None = None
    moved = [part for one in small.moved for part in (one.household_id, one.to)]
    stays = ~pl.col("household_id").is_in(moved)
    members = small.tables(small.screenings[0])["members"].filter(stays)
    for day in small.screenings:
        tables = small.tables(day)
        records = tables["records"].filter(stays)
        assert records["day"].max() < day  # type: ignore[operator]
        assert tables["members"].filter(stays).equals(members)
        if before is not None:
            assert (
                records.join(before, on=records.columns, nulls_equal=True).height == before.height
            )
            assert records.height > before.height
        before = records


@pytest.mark.slow
def test_some_records_come_a_month_late_and_none_is_lost(small: Year) -> None:
    """What a delivery lacks comes with the next: late rows are found by comparing two months."""
    known = [(day, small.tables(day)["records"]) for day in small.screenings]
    late = every = 0
    for (before, older), (_, newer) in pairwise(known):
        new = newer.join(older, on="record_id", how="anti")
        late += new.filter(pl.col("day") < before).height
        every += new.height
    assert 0 < late < every / 20


@pytest.mark.slow
def test_incomes_change_where_something_happened(small: Year) -> None:
    """Whoever lost work has less from month to month; the others move by a few per cent."""
    first, last = (small.tables(date(2021, month, 1))["households"] for month in (1, 12))
    both = first.join(last, on="household_id", suffix="_last").with_columns(
        (pl.col("net_income_12m_last") / pl.col("net_income_12m")).alias("left")
    )
    lost = small.truth.filter(
        pl.col("cause") == "income",
        pl.col("since") < date(2021, 6, 1),
        pl.col("until") > date(2021, 12, 1),
    )
    assert lost.height
    theirs = both.filter(pl.col("household_id").is_in(lost["household_id"].implode()))
    assert theirs.filter(pl.col("left") < 0.8).height == lost.height
    assert both["left"].median() == pytest.approx(1, abs=0.05)


@pytest.mark.slow
def test_every_row_fits_the_model_and_every_delivery_counts(small: Year) -> None:
    """Nothing is set aside, no delivery lacks rows, and ids carry their check character."""
    found = screen(
        small.tables(date(2021, 11, 1)), shaanxi_2531(), as_of=date(2021, 11, 1), areas=small.areas
    )
    assert not any(found.rows_set_aside.values())
    assert not found.deliveries_lost
    filed = [one.kind for one in small.moved if one.filed <= date(2021, 11, 1)]
    assert found.households == SIZE + filed.count("split") - filed.count("joined")
    for id_ in small.truth["household_id"]:
        HouseholdCode(id_)


@pytest.mark.slow
def test_each_planted_event_strikes_where_it_says(small: Year) -> None:
    """Flood, plant and clinic leave their records in their villages and days, and only there."""
    records = small.tables(date(2022, 1, 1))["records"].with_columns(
        pl.col("household_id").str.head(12).alias("village")
    )
    by_id = {one.id: one for one in small.events}
    assert {*by_id} == {"flood", "plant", "clinic", "hides"}
    flooded = records.filter(pl.col("kind") == "disaster_loss")
    assert flooded.height
    assert {*flooded["village"]} <= {*by_id["flood"].villages}
    assert flooded["day"].min() >= by_id["flood"].first  # type: ignore[operator]
    assert flooded["day"].max() <= by_id["flood"].last  # type: ignore[operator]
    month = small.visits(Period.parse("2021-06"))
    hidden = month.filter(pl.col("household_id").str.starts_with(by_id["hides"].area)).height
    assert hidden < 0.6 * month.height / small.areas.count(Level.COUNTY)


@pytest.mark.slow
def test_a_year_needs_room_for_its_events() -> None:
    """Too few counties, or no household, is refused."""
    codes = ["61", "6107", "610702", "610702100", "610702100200"]
    one = AreaTree(Area(code=code, name="x") for code in codes)
    with pytest.raises(InvalidSizeError, match="counties"):
        year(10, areas=one)
    with pytest.raises(InvalidSizeError, match="1 to"):
        year(0)


@pytest.mark.slow
def test_a_year_clears_no_folder_of_somebody_else(small: Year, tmp_path: Path) -> None:
    """Receipts that no year left are not its own to replace; an earlier year is."""
    pytest.importorskip("sqlalchemy")
    kept = tmp_path / "receipts" / "mine.json"
    kept.parent.mkdir()
    kept.write_text("{}")
    with pytest.raises(InvalidArgumentError, match="holds receipts, and no year that was run"):
        run(small, tmp_path)
    assert kept.read_text() == "{}"
    assert [one.name for one in tmp_path.iterdir()] == ["receipts"]


@pytest.mark.slow
def test_the_mechanism_runs_over_the_year(ran: Ran) -> None:
    """Twelve screenings, a draw a week and a month, notices, points: nothing stands still."""
    told = ran.told
    assert told["screenings"] == 12
    assert told["rows_screened"] == sum(one.households for one in ran.screened)
    assert ran.screened[0].households == SIZE
    assert told["draws"] == 52 + 2 * 12
    assert all(told[name] > 0 for name in told), told
    assert ran.events == sum(one.version for one in ran.book.cases.values()) + sum(
        one.version for one in ran.book.problems.values()
    )


@pytest.mark.slow
def test_the_county_that_hides_is_criticised_in_a_row(ran: Ran) -> None:
    """Leaving its coverage out does not pay: it is named every month, and it costs points."""
    area = next(one.area for one in ran.year.events if one.id == "hides")
    board = ran.board
    assert board is not None
    assert board.routine(area, 2021) <= -8
    assert not any(
        one.unit == area and one.indicator == "coverage" and one.period.first >= date(2021, 3, 1)
        for one in ran.statistics
    )


@pytest.mark.slow
def test_the_year_is_found_again_in_its_papers(
    ran: Ran, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The database holds the book that the year ended with, event for event."""
    from antipoverty.casework import Book, Casebook

    folder = Path(ran.folder)
    empty = Book(ran.book.pack, ran.book.workflow, ran.book.rectification)
    with Casebook.open(f"sqlite:///{folder}/cases.db", empty) as kept:
        assert kept.book() == ran.book
        assert not kept.doctor()


@pytest.mark.slow
def test_the_command_runs_a_year(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``demo year`` counts what it left; ``demo`` itself is as it was."""
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("typer")
    from antipoverty.cli import main
    from antipoverty.cli.synth import _YEAR  # each count has its name in the table

    out = tmp_path / "year"
    assert main(["demo", "year", "--out", str(out), "--households", "1008", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told.keys() == {"folder", *_YEAR}
    assert abs(told["rows_screened"] - 12 * 1008) < 100
    assert (out / "cases.db").is_file()
    assert len([*(out / "receipts").iterdir()]) == told["draws"]


@pytest.mark.slow
def test_a_keeper_has_two_dozen_households(small: Year) -> None:
    """Every household is in one grid with one keeper, and no keeper has more than 24."""
    homes = small.register.group_by("area").len()
    assert {*homes["area"]} == {*small.keepers["grid"]}
    assert small.keepers["grid"].is_unique().all()
    assert homes["len"].max() == 24


@pytest.mark.slow
def test_the_flood_is_out_of_line_and_the_quiet_townships_are_not(ran: Ran) -> None:
    """Of the third quarter's townships the flooded one is named, and hardly any other."""
    flooded = next(one.area for one in ran.year.events if one.id == "flood")
    (paper,) = (one for one in ran.papers if str(one.period) == "2021-Q3")
    named = {row[0] for row in paper.as_dict()["tables"]["out_of_line"]}
    assert any(str(one).endswith(flooded) for one in named)
    struck = {one.area for one in ran.year.events if one.id != "hides"}
    assert all(str(one)[-9:] in struck for one in named)


@pytest.mark.slow
def test_every_county_is_drawn_on_site_before_any_is_drawn_again(ran: Ran) -> None:
    """One county in every city a month: in eleven months each county of Hanzhong had its turn."""
    drawn = [
        pick[:6]
        for one in sorted(ran.receipts, key=lambda one: one.period.first)
        if one.design.id == "onsite"
        for pick in one.picks()
        if pick.startswith("6107")
    ]
    counties = {str(one.code) for one in ran.year.areas if str(one.code)[:4] == "6107"}
    counties = {one for one in counties if len(one) == 6}
    assert len(drawn) == 12
    assert {*drawn[: len(counties)]} == counties


@pytest.mark.slow
def test_every_element_of_the_mechanism_has_its_command_and_its_test() -> None:
    """Each row of the page names a command that there is and a test that there is."""
    typer = pytest.importorskip("typer")
    from antipoverty.cli._app import commands  # asks which commands there are, as their help does

    root = Path(__file__).parent.parent
    page = (root / "docs/explanation/2531.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (.+?) \| `(.+?)` \| `(.+?)` \|$", page, re.MULTILINE)
    assert len(rows) > 30
    for element, _, command, test in rows:
        found = typer.main.get_command(commands())
        for word in command.split():
            found = found.commands.get(word)
            assert found is not None, f"{element}: there is no command {command}"
        name, _, function = test.partition("::")
        folder = root / ("benchmarks" if name.startswith("bench_") else "tests")
        text = (folder / name).read_text(encoding="utf-8")
        assert function in ("", "*") or f"def {function}(" in text, test


@pytest.mark.slow
def test_the_example_runs_and_is_short(tmp_path: Path) -> None:
    """An integrator's script of at most 80 lines goes through the public interface alone."""
    pytest.importorskip("sqlalchemy")
    path = Path(__file__).parent.parent / "examples/year.py"
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    assert "antipoverty._" not in text
    space: dict[str, Any] = {"__name__": "example"}
    exec(compile(text, str(path), "exec"), space)
    board = space["main"](tmp_path, 1_008)
    assert board.ledger
    assert (tmp_path / "reports" / "2021.zh.md").is_file()


@pytest.mark.slow
def test_the_stock_from_before_is_in_the_register_and_raises_no_alarm(ran: Ran) -> None:
    """Who was monitored before the year has a case of its own, and is nobody's new case."""
    stock = {*ran.year.stock["household_id"]}
    assert stock
    assert stock == {one.id for one in ran.book.cases.values() if one.episodes[0].came == "stock"}
    annual = next(one for one in ran.papers if str(one.period) == "2021")
    assert annual.figure("opened").count == len(ran.book.cases) - len(stock)
    first = next(one for one in ran.papers if str(one.period) == "2021-Q1")
    assert first.figure("areas_out_of_line").count == 0


@pytest.mark.slow
def test_a_household_that_was_decided_to_be_monitored_is_screened_as_such(ran: Ran) -> None:
    """The register is fed back: income under the line warns only of whom nobody monitors."""
    decided = {*ran.book.workflow.decided}
    held = {one.id for one in ran.book.cases.values() if one.state in decided}
    december = pl.read_parquet(ran.folder / "screened/2021-12/alerts.parquet")
    under = december.filter(pl.col("rule_id") == "income-under-line", pl.col("verdict") == "warn")
    since = {
        one.id
        for one in ran.book.cases.values()
        if one.id in held and one.reached[ran.book.workflow.decided[0]] < date(2021, 12, 1)
    }
    assert since
    assert not since & {*under["household_id"]}


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_lists_come_back_as_they_went_out(
    small: Year, tmp_path: Path, form: Literal["csv", "xlsx"]
) -> None:
    """Departments fill in CSV and workbooks alike: the same answers, each counted once."""
    if form == "xlsx":
        pytest.importorskip("xlsxwriter")
        pytest.importorskip("fastexcel")
    day = date(2021, 9, 1)
    book = Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification())
    found = screen(small.tables(day), book.pack, as_of=day, areas=small.areas)
    asked = found.undecided()
    book, *_ = open_cases(book, found.alerts, undecided=asked, judged=found.judged, as_of=day)
    written = write_handovers(book, tmp_path, as_of=day, form=form)
    lists = {name.partition("/")[2]: path for name, path in written.items()}
    back = small.return_lists(book, lists, tmp_path / "back", day.replace(day=4))
    filled = [line for path in back for line in read_list(path)]
    after, events, told = answer_lists(book, filled)
    assert (told.refused, told.lines) == ((), found.alerts.height)
    assert 10 < told.taken < told.lines / 2
    answers = {line.id: line.answer for case in after.cases.values() for line in case.lines}
    assert sum(map(bool, answers.values())) >= told.taken
    assert {*answers.values()} >= {"", "refuted", "confirmed"}
    helped = [one for case in after.cases.values() for one in case.measures]
    assert len(helped) == sum(event.kind == "helped" for event in events)
    assert answer_lists(after, filled)[:2] == (after, ())
