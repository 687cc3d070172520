"""A figure knows what it is: a flow adds up, a stock is as of a day, a distinct count neither."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from tests.support.casework_books import DAY, VILLAGE, alerts, empty

from antipoverty.casework import (
    advance,
    in_times,
    list_problem,
    open_cases,
    progress,
    statistics,
    visit_coverage,
)
from antipoverty.errors import InvalidArgumentError, InvalidStatisticsError
from antipoverty.model import Area, AreaTree, Keeper
from antipoverty.periods import Period
from antipoverty.scoring import (
    NoticePolicy,
    Statistic,
    draft_notices,
    read_statistics,
    summarise,
    write_statistics,
)

AREAS = AreaTree(
    (Area(code="61", name="陕西"), Area(code="6107", name="汉中"), Area(code="610702", name="汉台"),
     Area(code="610703", name="南郑"), Area(code="610722", name="城固"))
)  # fmt: skip
MONTH = Period.parse("2021-03")
WEEKS = [one for n in range(9, 13) if (one := Period.parse(f"2021-W{n:02d}")).at("month") == MONTH]
HOMES = pl.DataFrame(
    {
        "household_id": [f"h{n}" for n in range(22)],
        "area": [VILLAGE] * 22,
        "away": [False] * 22,
    }
)


def visits(*households: int, on: date) -> pl.DataFrame:
    """Visits at home on a day."""
    return pl.DataFrame(
        {
            "household_id": [f"h{n}" for n in households],
            "keeper_id": ["k1"] * len(households),
            "on": [on] * len(households),
            "how": ["home"] * len(households),
        }
    )


def coverage(made: pl.DataFrame, period: Period) -> tuple[Statistic, ...]:
    """The coverage of a county in a period."""
    keeper = Keeper(keeper_id="k1", name="", phone="", grids=(VILLAGE,))
    return visit_coverage(HOMES, made, [keeper], period=period, level="county").statistics()


def test_four_weeks_of_coverage_are_no_month() -> None:
    """The same five households every week are 22.7 % of 22 in the month, not 91 % and not 100 %.

    Without the register the sum is refused by name; with it the register is asked.
    """
    assert len(WEEKS) == 4
    made = pl.concat([visits(0, 1, 2, 3, 4, on=week.first) for week in WEEKS])
    weeks = [one for week in WEEKS for one in coverage(made, week)]
    with pytest.raises(InvalidStatisticsError, match="coverage is a distinct count") as caught:
        summarise(weeks, "month", areas=AREAS, level="county")
    assert "2021-03" in str(caught.value)
    (month,) = summarise(
        weeks,
        "month",
        areas=AREAS,
        level="county",
        register=lambda _, period: coverage(made, period),
    )
    assert Fraction(month.numerator, month.denominator) == Fraction(5, 22)
    assert (month.kind, month.period) == ("distinct", MONTH)
    (own,) = summarise([*weeks, *coverage(made, MONTH)], "month", areas=AREAS, level="county")
    assert own == month


def test_distinct_counts_add_over_areas() -> None:
    """A household lives in one county only."""
    counties = [
        Statistic(unit=unit, period=MONTH, indicator="coverage", numerator=n, denominator=10,
                  kind="distinct")
        for unit, n in (("610702", 3), ("610703", 4), ("610722", 5))
    ]  # fmt: skip
    (city,) = summarise(counties, "month", areas=AREAS, level="city")
    assert (city.numerator, city.denominator, city.kind) == (12, 30, "distinct")


def test_a_stock_of_a_quarter_is_that_of_its_last_month() -> None:
    """Weeks end on other days than months: they are refused, by name."""
    usual = {"unit": "610702", "indicator": "zeroed", "kind": "stock"}
    months = [
        Statistic(period=f"2021-{n:02d}", numerator=n, denominator=10, **usual) for n in (1, 2, 3)
    ]
    (quarter,) = summarise(months, "quarter", areas=AREAS, level="county")
    assert (quarter.numerator, quarter.denominator, str(quarter.period)) == (3, 10, "2021-Q1")
    weeks = [Statistic(period=week, numerator=1, denominator=10, **usual) for week in WEEKS]
    with pytest.raises(InvalidStatisticsError, match="zeroed is a stock"):
        summarise(weeks, "month", areas=AREAS, level="county")
    sunday = Period.parse("2021-05")
    assert (week := Period.parse("2021-W21")).last < sunday.last
    assert week.at("month") == sunday


def test_a_flow_still_adds_and_one_kind_among_many_decides() -> None:
    """The strictest of what figures and policy say holds for an indicator."""
    usual = {"unit": "610702", "indicator": "errors", "numerator": 1, "denominator": 10}
    flows = [Statistic(period=week, **usual) for week in WEEKS]
    (month,) = summarise(flows, "month", areas=AREAS, level="county")
    assert (month.numerator, month.denominator, month.kind) == (4, 40, "flow")
    mixed = [*flows[:-1], flows[-1].model_copy(update={"kind": "distinct"})]
    with pytest.raises(InvalidStatisticsError, match="errors is a distinct count"):
        summarise(mixed, "month", areas=AREAS, level="county")
    policy = NoticePolicy.from_toml(
        'choose = "rank"\ncommended = 1\ncriticised = 1\n[notifies]\nprovince = ["county"]\n'
        '[[indicators]]\nid = "errors"\ntitle = "errors"\nunit = "share"\nkind = "stock"\n'
        'direction = "lower"\nbest = 0\nworst = 1\n'
    )
    with pytest.raises(InvalidStatisticsError, match="errors is a stock"):
        draft_notices(
            flows, policy, period=MONTH, issuer="61", level="county",
            issued_on=date(2021, 4, 2), areas=AREAS,
        )  # fmt: skip


def test_the_kind_is_written_and_read() -> None:
    """In Chinese too; a file without the column is of flows."""
    (one,) = coverage(visits(1, on=MONTH.first), MONTH)
    text = write_statistics([one])
    assert text.splitlines()[0].endswith(",kind")
    assert read_statistics(text.splitlines()) == (one,)
    assert read_statistics(text.replace("distinct", "去重").splitlines()) == (one,)
    flow = one.model_copy(update={"kind": "flow"})
    assert "kind" not in write_statistics([flow])
    with pytest.raises(InvalidStatisticsError, match="kind"):
        read_statistics(text.replace("distinct", "sum").splitlines())


def test_in_times_add_only_once_nobody_waits() -> None:
    """A case that waits at the end of the week is counted anew for the month."""
    book, *_ = open_cases(empty(), alerts(("h1", "disaster"), ("h2", "disaster")), as_of=DAY)
    week = Period.of(DAY, "week")
    found = {"visited": True}
    book, _ = advance(book, "h1", "home_check", by="keeper-1", on=DAY, finding=found)
    kinds = {one.what: one.kind for one in in_times(book, level="county", period=week)}
    assert kinds["detection"] == "distinct"
    book, _ = advance(book, "h2", "home_check", by="keeper-1", on=week.last, finding=found)
    kinds = {one.what: one.kind for one in in_times(book, level="county", period=week)}
    assert kinds["detection"] == "flow"


def test_units_without_a_case_say_nothing_of_nothing() -> None:
    """So that a small county keeps its run; the register of one county vouches for no other."""
    book, *_ = open_cases(empty(), alerts(("h1", "disaster")), as_of=DAY)
    month = Period.of(DAY, "month")
    told = statistics(in_times(book, level="county", period=month), month, areas=AREAS)
    assert {one.unit for one in told} == {"610702", "610703", "610722"}
    assert {one.unit for one in told if one.nothing} == {"610703", "610722"}
    assert {(one.numerator, one.denominator) for one in told if one.nothing} == {(0, 0)}
    only = statistics(
        in_times(book, level="county", period=month), month, areas=AREAS, under="610702"
    )
    assert {one.unit for one in only} == {"610702"}
    empty_month = month.shift(5)
    none = statistics((), empty_month, areas=AREAS, level="county")
    assert len(none) == 9
    with pytest.raises(InvalidArgumentError, match="level"):
        statistics((), empty_month, areas=AREAS)


def test_progress_is_a_stock() -> None:
    """Brought to zero, as of the last day."""
    book, _ = list_problem(empty(), "p1", area="610702", origin="audit", on=DAY, by="county-1")
    month = Period.of(DAY, "month")
    told = statistics(progress(book, as_of=month.last, level="county"), month)
    assert {one.kind for one in told} == {"stock"}


@pytest.mark.slow
def test_every_command_answers_of_a_past_period_as_it_stood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In-times, outcomes and progress, asked after all was done, with the limits of a policy."""
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("typer")
    from antipoverty.casework import Casebook
    from antipoverty.cli import main

    monkeypatch.chdir(tmp_path)
    found = {"visited": True}
    with Casebook.open("sqlite:///cases.db", empty()) as book:
        book.open_cases(alerts(("h1", "disaster"), ("h2", "disaster")), as_of=DAY)
        book.list_problem("p1", area="610702", origin="audit", on=DAY, by="county-1")

    def said(*command: str) -> str:
        assert main([*command, "--json"]) == 0
        return capsys.readouterr().out

    month = str(Period.of(DAY, "month"))
    limits = ["--limit-days", "detection=5"]
    asked = [
        ("cases", "in-times", "--period", month, "--level", "county", *limits),
        ("cases", "precision", "--as-of", str(Period.parse(month).last)),
        ("problems", "progress", "--period", month, "--level", "county"),
    ]
    then = [said(*command) for command in asked]
    assert '"late": 2' in then[0]
    later = Period.parse(month).last + timedelta(days=30)
    with Casebook.open("sqlite:///cases.db", empty()) as book:
        for household in ("h1", "h2"):
            book.advance(household, "home_check", by="keeper-1", on=later, finding=found,
                         outcome="no-risk")  # fmt: skip
        book.open_cases(alerts(("h1", "unsafe-water")), as_of=later + timedelta(days=1))
        given = {"by": "county-1", "on": later, "finding": {"department": "water"}}
        book.advance_problem("p1", "assign", **given)
    assert [said(*command) for command in asked] == then
    assert main([*asked[0], "--statistics", "figures.csv"]) == 0
    written = read_statistics(Path("figures.csv").read_text(encoding="utf-8").splitlines())
    assert {one.indicator for one in written} >= {"days-to-detect", "detected-in-time"}
