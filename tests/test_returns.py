"""What a return is: relapse, standing alert or something new; and every row stands in one place."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from importlib import resources

import polars as pl
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st
from tests.support.casework_books import DAY, ENTRY, EXIT, VILLAGE, alerts, empty, opened

from antipoverty.casework import (
    Book,
    Workflow,
    advance,
    clusters,
    events_from_json,
    events_to_json,
    in_times,
    new_cases,
    open_cases,
    precision,
    record_help,
    report,
)
from antipoverty.errors import InvalidArgumentError, InvalidWorkflowError
from antipoverty.periods import Period

ACCIDENT, DISASTER = "traffic-accident", "disaster"


def cleared(book: Book, household: str, on: date) -> Book:
    """The book after a home check that found nothing."""
    return advance(
        book, household, "home_check", by="keeper-1", on=on, finding={"visited": True},
        outcome="no-risk",
    )[0]  # fmt: skip


def made_safe(book: Book, household: str, on: date) -> Book:
    """The book after all steps of entry and exit."""
    for step, by, finding in ENTRY:
        on += timedelta(days=5)
        book, _ = advance(book, household, step, by=by, on=on, finding=finding)
    for risk in book.case(household).risks:
        measure = book.workflow.risk(risk).measures[0]
        book, _ = record_help(book, household, measure, risk=risk, by="village-1", on=on)
    on += relativedelta(months=6)
    for step, by, finding in EXIT:
        on += timedelta(days=5)
        book, _ = advance(book, household, step, by=by, on=on, finding=finding)
    assert book.case(household).state == "safe"
    return book


def test_only_a_household_that_was_safe_relapses() -> None:
    """The same warning on one that was cleared is a re-alert; another one there is new."""
    book = made_safe(opened("h1"), "h1", DAY)
    after = book.case("h1").entered + timedelta(days=1)
    again, _, told = open_cases(book, alerts(("h1", ACCIDENT)), as_of=after)
    assert (again.case("h1").came, again.case("h1").relapses) == ("relapse", 1)
    assert (told.reopened, dict(told.cases)) == (1, {"new": 0, "realert": 0, "relapse": 1})
    book = cleared(opened("h1"), "h1", DAY)
    later = DAY + relativedelta(months=3)
    standing, _, told = open_cases(book, alerts(("h1", ACCIDENT)), as_of=later)
    assert (standing.case("h1").came, standing.case("h1").relapses) == ("realert", 0)
    assert (told.reopened, told.cases["realert"]) == (1, 1)
    other, _, told = open_cases(book, alerts(("h1", DISASTER)), as_of=later)
    assert (other.case("h1").came, told.new, told.cases["new"]) == ("new", 1, 1)


@pytest.mark.parametrize(
    ("step", "outcome", "finding", "months"),
    [
        ("home_check", "no-risk", {"visited": True}, 3),
        ("village_review", "rejected", {"minutes": "mz-1"}, 3),
        ("natural_exit", None, {"reason": "move"}, 12),
    ],
)
def test_every_outcome_has_a_quiet_time(
    step: str, outcome: str | None, finding: dict[str, object], months: int
) -> None:
    """On its last day the same warning is evidence, on the next it is a re-alert."""
    book, on = opened("h1"), DAY
    steps = [] if step in ("home_check", "natural_exit") else ENTRY[:3]
    for name, who, found in steps:
        book, _ = advance(book, "h1", name, by=who, on=on, finding=found)
    by = {"home_check": "keeper-1", "natural_exit": "township-1"}.get(step, "village-1")
    book, _ = advance(book, "h1", step, by=by, on=on, finding=finding, outcome=outcome)
    ends = on + relativedelta(months=months)
    quiet, _, told = open_cases(book, alerts(("h1", ACCIDENT)), as_of=ends - timedelta(days=1))
    assert (quiet.case("h1").state, told.quiet, told.rows) == (book.case("h1").state, 1, 1)
    back, _, told = open_cases(book, alerts(("h1", ACCIDENT)), as_of=ends)
    assert (back.case("h1").state, told.reopened, back.case("h1").came) == ("alerted", 1, "realert")


def test_a_question_on_a_safe_household_is_a_relapse_only_once_it_is_a_warning() -> None:
    """A file without a column asks of everybody: that is no large-scale return."""
    book = made_safe(opened("h1"), "h1", DAY)
    after = book.case("h1").entered + timedelta(days=1)
    asked, *_ = open_cases(book, alerts(("h1", DISASTER, "undecided")), as_of=after)
    assert (asked.case("h1").state, asked.case("h1").came) == ("unverified", "new")
    warned, *_ = open_cases(asked, alerts(("h1", DISASTER)), as_of=after + timedelta(days=1))
    assert (warned.case("h1").state, warned.case("h1").came) == ("alerted", "relapse")


def test_who_reports_itself_again_is_heard_and_is_no_relapse() -> None:
    """A self-report has no quiet time."""
    said = {"area": VILLAGE, "by": "platform", "token": "t1", "consent": True}
    book, _ = report(empty(), "h1", on=DAY, **said)  # type: ignore[arg-type]
    book = cleared(book, "h1", DAY)
    book, _ = report(book, "h1", on=DAY + timedelta(days=1), **said)  # type: ignore[arg-type]
    assert (book.case("h1").state, book.case("h1").came) == ("alerted", "realert")


def test_cleared_households_that_show_the_same_fact_raise_no_alarm() -> None:
    """93 of 171 townships alarmed: their visits found nothing and the bill was in the window.

    A flood in one of them is found beside 170 with standing alerts.
    """
    places = {f"610{n // 18 + 702:03d}{n % 18 + 100:03d}": 120 for n in range(171)}
    book, on = empty(), date(2021, 2, 1)
    rows = [
        (f"{town}-{k}", f"{town}200", ACCIDENT, "warn")
        for n, town in enumerate(places)
        for k in range(3 + n % 4)
    ]
    columns = dict.fromkeys(("household_id", "area", "rule_id", "verdict"), pl.String)
    file = pl.DataFrame(rows, schema=columns, orient="row")
    book, *_ = open_cases(book, file, as_of=on)
    for household in {row[0] for row in rows}:
        book = cleared(book, household, on + timedelta(days=2))
    month = Period.parse("2021-06")
    book, _, told = open_cases(book, file, as_of=month.first)
    assert (told.reopened, told.cases["realert"], told.cases["relapse"]) == (len(rows),) * 2 + (0,)
    flooded = [*places][40]
    flood = [(f"{flooded}-f{k}", f"{flooded}200", DISASTER, "warn") for k in range(14)]
    book, *_ = open_cases(book, pl.DataFrame(flood, schema=columns, orient="row"), as_of=month.last)
    before = [new_cases(book, level="township", period=month.shift(-n)) for n in (3, 2, 1)]
    assert before == [{}, {}, {}]
    now = new_cases(book, level="township", period=month)
    assert now == {flooded: 14}
    found = clusters(now, [], places, false_alarm=Fraction(1, 100))
    assert [one.area for one in found] == [flooded]
    every = new_cases(book, level="township", period=month, came=("new", "realert", "relapse"))
    assert sum(every.values()) == 14 + len(rows)


def test_an_in_time_asked_a_year_later_is_what_it_was() -> None:
    """Also of households that were cleared, came back and were helped meanwhile."""
    book = opened("h1", "h2", "h3")
    book = cleared(book, "h1", DAY + timedelta(days=3))
    book = made_safe(book, "h2", DAY)
    month = Period.of(DAY, "month")
    then = in_times(book, level="county", period=month)
    later = DAY + relativedelta(months=13)
    book, *_ = open_cases(book, alerts(("h1", ACCIDENT), ("h2", ACCIDENT)), as_of=later)
    book, _ = advance(book, "h3", "home_check", by="keeper-1", on=later, finding={"visited": True})
    assert in_times(book, level="county", period=month) == then
    assert {one.cases for one in then if one.what == "detection"} == {3}
    assert in_times(book, level="county", period=Period.of(later, "month"))[0].cases == 2
    year = in_times(book, level="county", period=Period.parse(str(DAY.year)))[0].cases
    months = Period.of(date(DAY.year, 1, 1), "month").until(
        Period.of(date(DAY.year, 12, 1), "month")
    )
    found = [in_times(book, level="county", period=one) for one in months]
    assert year == sum(one[0].cases for one in found if one)


def test_an_in_time_says_which_returns_it_takes() -> None:
    """All by default, since each waits for somebody; a reason that is none is refused."""
    book = cleared(opened("h1"), "h1", DAY)
    later = DAY + relativedelta(months=4)
    book, *_ = open_cases(book, alerts(("h1", ACCIDENT)), as_of=later)
    month = Period.of(later, "month")
    assert in_times(book, level="county", period=month)[0].cases == 1
    assert in_times(book, level="county", period=month, came=("new", "relapse")) == ()
    with pytest.raises(InvalidArgumentError, match="realert"):
        in_times(book, period=month, came=("realerts",))


def test_outcomes_are_told_of_every_time_a_case_was_open() -> None:
    """Refuted in spring and confirmed in autumn is one of each, not one confirmed."""
    book = cleared(opened("h1"), "h1", DAY)
    later = DAY + relativedelta(months=4)
    book, *_ = open_cases(book, alerts(("h1", ACCIDENT)), as_of=later)
    for step, by, finding in ENTRY:
        later += timedelta(days=6)
        book, _ = advance(book, "h1", step, by=by, on=later, finding=finding)
    (one,) = precision(book)
    assert (one.alerts, one.confirmed, one.refuted, one.open) == (2, 1, 1, 0)


def test_the_times_a_case_was_open_are_read_back_from_its_events() -> None:
    """Also from the snapshot that every 32nd event carries."""
    book, events = empty(), []
    on = DAY
    for _ in range(20):
        book, more, _ = open_cases(book, alerts(("h1", ACCIDENT)), as_of=on)
        events += more
        book, step = advance(
            book, "h1", "home_check", by="keeper-1", on=on, finding={"visited": True},
            outcome="no-risk",
        )  # fmt: skip
        events += step
        on += relativedelta(months=3)
    again = empty().apply(events_from_json(events_to_json(events)))
    assert again.case("h1") == book.case("h1")
    assert again.case("h1").times("realert") == 19
    assert "stands" in events[31].data


rows = st.lists(
    st.tuples(
        st.sampled_from(["h1", "h2", "h3"]),
        st.sampled_from([ACCIDENT, DISASTER, "unsafe-water"]),
        st.sampled_from(["warn", "undecided"]),
    ),
    min_size=1,
    max_size=9,
)


@given(st.lists(st.tuples(rows, st.integers(0, 120), st.booleans()), min_size=1, max_size=6))
def test_every_row_of_a_file_stands_in_one_place(
    files: list[tuple[list[tuple[str, str, str]], int, bool]],
) -> None:
    """Rows in = new + reopened + evidence + quiet, by rule and department, doubled rows too.

    What came before says nothing again: every row of it is counted as such, no case opens.
    """
    book, on = empty(), DAY
    for given_rows, days, clear in files:
        on += timedelta(days=days)
        before = {one.id: len(one.episodes) for one in book.cases.values()}
        frame = alerts(*given_rows)
        book, events, told = open_cases(book, frame, as_of=on)
        assert told.rows == frame.height
        assert told.rows == told.new + told.reopened + told.evidence + told.quiet
        for one in told.rules:
            assert one.rows == frame.filter(pl.col("rule_id") == one.rule).height
            assert one.department == book.pack.rules[one.rule].department
        departments = told.by_department()
        assert sum(counts["rows"] for counts in departments.values()) == frame.height
        grown = sum(len(one.episodes) - before.get(one.id, 0) for one in book.cases.values())
        assert sum(told.cases.values()) == grown
        assert told.events == len(events)
        same, nothing, twice = open_cases(book, frame, as_of=on)
        assert (same, nothing) == (book, ())
        assert twice.again == twice.rows == frame.height
        assert not any(twice.cases.values())
        for household, *_ in given_rows if clear else ():
            if book.case(household).state == "alerted":
                book = cleared(book, household, on)


def test_a_workflow_says_of_every_closed_state_what_a_return_from_it_is() -> None:
    """Without it, what was answered would come back with the next screening."""
    text = (resources.files("antipoverty.packs") / "shaanxi_2531/workflow.toml").read_text("utf-8")
    without = text.replace('quiet = { months = 3, source = "none" }\n', "")
    with pytest.raises(InvalidWorkflowError, match="'not-monitored' has no quiet time"):
        Workflow.from_toml(without)
    with pytest.raises(InvalidWorkflowError, match="safe names the state 'monitored'"):
        Workflow.from_toml(text.replace('safe = ["safe"]', 'safe = ["monitored", "safe"]'))
    assert Workflow.from_toml(text).safe == ("safe",)
