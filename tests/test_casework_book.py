"""The registers: from an alert to safety, with nothing lost and nothing personal kept."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import attrs
import polars as pl
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from antipoverty.casework import (
    Book,
    Event,
    acknowledge,
    advance,
    advance_problem,
    events_from_json,
    events_to_json,
    extend,
    join,
    list_problem,
    matching,
    open_cases,
    overdue,
    proposals,
    record_help,
    report,
    urge,
    worklist,
)
from antipoverty.errors import (
    BrokenChainError,
    ConditionError,
    IllegalStepError,
    InvalidArgumentError,
    InvalidFileError,
    MissingColumnError,
    PersonalValueError,
    UnknownCaseError,
    WorkflowError,
)
from casework_books import DAY, ENTRY, EXIT, GOOD, VILLAGE, alerts, empty, monitored, opened, walk

# --- alerts become cases -----------------------------------------------------------------


def test_alerts_of_several_departments_make_one_case() -> None:
    """One household, one case; every department finds it on its list."""
    found = alerts(("h1", "traffic-accident"), ("h1", "medical-burden-general"), ("h2", "disaster"))
    book, events, _ = open_cases(empty(), found, as_of=DAY)
    assert [event.kind for event in events] == ["opened", "opened"]
    assert book.case("h1").departments == ("medical-insurance", "traffic-police")
    assert book.case("h1").risks == ("accident", "illness")
    assert [t.id for t in worklist(book, department="traffic-police", as_of=DAY)] == ["h1"]
    assert [t.id for t in worklist(book, as_of=DAY)] == ["h1", "h2"]
    with pytest.raises(InvalidArgumentError, match="did you mean 'traffic-police'"):
        worklist(book, department="traffic", as_of=DAY)


def test_a_file_delivered_twice_changes_nothing() -> None:
    """Nor does half of it after the whole."""
    found = alerts(("h1", "traffic-accident"), ("h1", "disaster"), ("h2", "disaster"))
    book, *_ = open_cases(empty(), found, as_of=DAY)
    for again in (found, found.head(1), found.reverse()):
        assert open_cases(book, again, as_of=DAY)[:2] == (book, ())


def test_an_alert_that_comes_again_adds_evidence_and_no_paperwork() -> None:
    """The case stays where it stands, with the days and the number of times."""
    book, _ = advance(
        opened("h1"), "h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True}
    )
    later = DAY + timedelta(days=30)
    book, events, _ = open_cases(book, alerts(("h1", "traffic-accident")), as_of=later)
    case = book.case("h1")
    assert [event.kind for event in events] == ["signalled"]
    assert (case.state, case.entered) == ("checked", DAY)
    assert case.signals[0].days == (DAY, later)


def test_open_questions_become_a_visit_and_a_warning_an_alert() -> None:
    """The keeper is told what to find out; a later warning makes it a case proper."""
    asked = pl.DataFrame(
        {"household_id": ["h1"], "rule_id": ["income-under-line"], "fact": ["net_income_12m"]}
    )
    question = alerts(("h1", "income-under-line", "undecided"))
    book, *_ = open_cases(empty(), question, as_of=DAY, undecided=asked)
    (task,) = worklist(book, as_of=DAY, role="keeper")
    assert (task.state, task.facts) == ("unverified", ("net_income_12m",))
    assert task.steps[0] == "verify_facts"
    settled, _ = advance(
        book, "h1", "verify_facts", by="keeper-1", on=DAY, finding={"visited": True}
    )
    assert not settled.is_open(settled.case("h1"))
    warned, *_ = open_cases(book, alerts(("h1", "disaster")), as_of=DAY + timedelta(days=1))
    assert warned.case("h1").state == "alerted"


def test_a_warning_on_a_closed_case_opens_it_again() -> None:
    """A relapse; but what was looked into and found to be nothing stays closed for a while."""
    book, _ = advance(
        opened("h1"),
        "h1",
        "home_check",
        by="keeper-1",
        on=DAY,
        finding={"visited": True},
        outcome="no-risk",
    )
    same = alerts(("h1", "traffic-accident"))
    quiet, *_ = open_cases(book, same, as_of=DAY + relativedelta(months=3, days=-1))
    assert (quiet.case("h1").state, len(quiet.case("h1").signals[0].days)) == ("no-risk", 2)
    again, *_ = open_cases(book, same, as_of=DAY + relativedelta(months=3))
    assert (again.case("h1").state, again.case("h1").came) == ("alerted", "realert")
    assert again.case("h1").relapses == 0
    other, *_ = open_cases(book, alerts(("h1", "disaster")), as_of=DAY + timedelta(days=1))
    assert other.case("h1").state == "alerted"


def test_a_file_with_faults_is_refused_whole() -> None:
    """Every row is named, nothing is taken, no value is repeated."""
    good, bad = (
        alerts(("h1", "disaster")),
        alerts(
            ("张三", "disaster"),
            ("h2", "disastre"),
            ("h3", "disaster", "maybe"),
            ("13912345678", "disaster"),
        ),
    )
    book = empty()
    with pytest.raises(InvalidFileError) as caught:
        open_cases(book, pl.concat([good, bad]), as_of=DAY)
    assert [str(p).split(":")[0] for p in caught.value.problems] == [
        f"row {number}" for number in (2, 3, 4, 5)
    ]
    assert "did you mean 'disaster'" in str(caught.value)
    assert "张三" not in str(caught.value)
    assert "13912345678" not in str(caught.value)
    assert len(book.cases) == 0
    with pytest.raises(MissingColumnError):
        open_cases(book, good.drop("area"), as_of=DAY)


# --- steps ----------------------------------------------------------------------------------


def test_a_household_goes_all_the_way_in_and_out() -> None:
    """Eight steps in, help for its risk, half a year, six steps out."""
    book, on = monitored()
    assert book.case("h1").state == "monitored"
    half_a_year = book.case("h1").entered + relativedelta(months=6)
    book, _, _ = walk(book, "h1", EXIT, half_a_year - timedelta(days=6))
    assert book.case("h1").state == "safe"
    assert not book.is_open(book.case("h1"))
    assert worklist(book, as_of=on) == ()


def test_the_exit_waits_for_half_a_year_to_the_day() -> None:
    """Six months after the decision, and not the day before."""
    book, _ = monitored()
    ready = book.case("h1").entered + relativedelta(months=6)
    early = {"by": "village-1", "on": ready - timedelta(days=1), "finding": GOOD}
    with pytest.raises(IllegalStepError, match=f"end on {ready}"):
        advance(book, "h1", "propose_exit", **early)  # type: ignore[arg-type]
    advance(book, "h1", "propose_exit", by="village-1", on=ready, finding=GOOD)


@pytest.mark.parametrize("word", sorted(GOOD))
def test_no_condition_of_exit_can_be_left_out(word: str) -> None:
    """A household without labour, under this year's line, or still in need, is not let go."""
    book, _ = monitored()
    on = book.case("h1").entered + relativedelta(months=7)
    for finding in ({**GOOD, word: False}, {k: v for k, v in GOOD.items() if k != word}):
        with pytest.raises(IllegalStepError, match=word):
            advance(book, "h1", "propose_exit", by="village-1", on=on, finding=finding)


def test_every_risk_needs_a_measure_of_its_own() -> None:
    """And help before a relapse does not count after it."""
    book, _ = monitored()
    on = book.case("h1").entered + relativedelta(months=7)
    book, *_ = open_cases(book, alerts(("h1", "medical-burden-general")), as_of=on)
    with pytest.raises(IllegalStepError, match="no measure is aimed at illness"):
        advance(book, "h1", "propose_exit", by="village-1", on=on, finding=GOOD)
    assert matching(book, book.case("h1"))["illness"] == (
        "medical-assistance",
        "insurance-premium",
        "temporary-relief",
    )
    book, _ = record_help(book, "h1", "medical-assistance", risk="illness", by="county-2", on=on)
    advance(book, "h1", "propose_exit", by="village-1", on=on, finding=GOOD)


def test_an_illegal_step_names_all_that_is_missing() -> None:
    """The role, the day and the finding, in one message."""
    book = opened("h1")
    with pytest.raises(IllegalStepError) as caught:
        advance(book, "h1", "home_check", by="county-1", on=DAY - timedelta(days=1))
    for words in ("'county' may not take it", "lies before 2022-02-01", "lacks 'visited'"):
        assert words in caught.value.message
    with pytest.raises(IllegalStepError, match="the steps are: home_check, natural_exit"):
        advance(book, "h1", "county_decision", by="county-1", on=DAY)
    with pytest.raises(IllegalStepError, match="is no outcome"):
        advance(book, "h1", "home_check", by="keeper-1", on=DAY, outcome="maybe")
    with pytest.raises(UnknownCaseError):
        advance(book, "h2", "home_check", by="keeper-1", on=DAY)
    with pytest.raises(WorkflowError):
        advance(book, "h1", "home_chek", by="keeper-1", on=DAY)


def test_a_public_notice_stands_its_days() -> None:
    """Five days, to the day."""
    book, _, on = walk(opened("h1"), "h1", ENTRY[:5], DAY)
    settled = {"objections_settled": True}
    with pytest.raises(IllegalStepError, match="must stay"):
        advance(
            book,
            "h1",
            "township_review",
            by="township-1",
            on=on + timedelta(days=4),
            finding=settled,
        )
    advance(
        book, "h1", "township_review", by="township-1", on=on + timedelta(days=5), finding=settled
    )


def test_help_may_come_first() -> None:
    """The green channel: a measure before any paperwork, aimed at a risk the workflow knows."""
    book, _ = record_help(
        opened("h1"), "h1", "temporary-relief", risk="accident", by="town-1", on=DAY
    )
    assert book.case("h1").measures[0].id == "temporary-relief"
    with pytest.raises(InvalidArgumentError, match="is not aimed at 'accident'"):
        record_help(book, "h1", "training", risk="accident", by="town-1", on=DAY)
    with pytest.raises(IllegalStepError, match="lies before"):
        record_help(book, "h1", "legal-aid", risk="accident", by="t-1", on=DAY - timedelta(days=1))
    gone, _ = advance(
        book, "h1", "natural_exit", by="village-1", on=DAY, finding={"reason": "move"}
    )
    with pytest.raises(IllegalStepError, match="which is closed"):
        record_help(gone, "h1", "legal-aid", risk="accident", by="town-1", on=DAY)


def test_a_department_takes_its_cases_once() -> None:
    """Acknowledging again changes nothing; a case that is not its own is refused."""
    book = opened("h1", "h2")
    given = {"department": "traffic-police", "on": DAY, "by": "traffic-police-3"}
    book, events = acknowledge(book, ["h1", "h2"], **given)  # type: ignore[arg-type]
    assert len(events) == 2
    assert worklist(book, department="traffic-police", as_of=DAY)[0].acknowledged
    assert acknowledge(book, ["h1"], **given) == (book, ())  # type: ignore[arg-type]
    with pytest.raises(IllegalStepError):
        acknowledge(book, ["h1"], department="education", on=DAY, by="education-1")


def test_what_is_overdue_is_urged_and_then_handed_up() -> None:
    """One rung after the other, each once; the next step clears it."""
    book = opened("h1")
    due = book.due(book.case("h1"))
    assert due == date(2022, 2, 8)
    assert urge(book, as_of=due) == (book, ())
    assert overdue(book, as_of=due) == ()
    book, events = urge(book, as_of=due + timedelta(days=1))
    assert [event.data["level"] for event in events] == ["township"]
    assert urge(book, as_of=due + timedelta(days=5)) == (book, ())
    book, events = urge(book, as_of=due + timedelta(days=6))
    assert [event.data["level"] for event in events] == ["county"]
    (task,) = overdue(book, as_of=due + timedelta(days=6))
    assert (task.late, task.handed_up) == (6, "county")
    later = due + timedelta(days=7)
    book, _ = advance(book, "h1", "home_check", by="keeper-1", on=later, finding={"visited": True})
    assert book.case("h1").handed_up == ""


def test_a_limit_over_several_states_counts_too() -> None:
    """From clue to decision in 45 days, however quick each step was."""
    book, _, _ = walk(opened("h1"), "h1", ENTRY[:4], DAY + timedelta(days=18))
    case = book.case("h1")
    assert case.entered == DAY + timedelta(days=42)
    assert book.due(case) == DAY + timedelta(days=45)


def test_categories_are_proposed_with_reasons_and_decided_by_people() -> None:
    """A proposal lists what speaks for it, and which facts are missing for the others."""
    found = alerts(
        ("h1", "category-marginal"),
        ("h1", "income-under-line"),
        ("h1", "category-sudden", "undecided"),
    )
    asked = pl.DataFrame(
        {"household_id": ["h1"], "rule_id": ["category-sudden"], "fact": ["rigid_spending_12m"]}
    )
    book, *_ = open_cases(empty(), found, as_of=DAY, undecided=asked)
    (proposal,) = proposals(book, book.case("h1"))
    assert (proposal.category, proposal.reasons) == ("category-marginal", ("income-under-line",))
    assert dict(proposal.open) == {"category-sudden": ("rigid_spending_12m",)}


# --- self-reports -------------------------------------------------------------------------------


def test_a_report_opens_a_case_or_joins_it() -> None:
    """With consent; the same report again changes nothing."""
    given = {"area": VILLAGE, "on": DAY, "by": "platform", "token": "t1", "consent": True}
    book, events = report(empty(), "h1", risk="illness", **given)  # type: ignore[arg-type]
    assert (events[0].kind, book.case("h1").consent) == ("opened", DAY)
    assert report(book, "h1", risk="illness", **given) == (book, ())  # type: ignore[arg-type]
    book, _ = report(opened("h1"), "h1", risk="illness", **given)  # type: ignore[arg-type]
    assert book.case("h1").risks == ("accident", "illness")
    with pytest.raises(InvalidArgumentError, match="consent"):
        report(book, "h1", **{**given, "consent": False})  # type: ignore[arg-type]


def test_a_household_no_file_knows_has_a_case_until_it_is_found() -> None:
    """The token joins its reports; joined, its reports go to the household."""
    given = {"area": VILLAGE, "by": "keeper-1", "token": "dev-9", "consent": True}
    book, _ = report(empty(), None, on=DAY, **given)  # type: ignore[arg-type]
    book, events = report(book, None, on=DAY + timedelta(days=1), **given)  # type: ignore[arg-type]
    assert (len(book.cases), events[0].kind) == (1, "reported")
    book, events = join(book, "unfiled-dev-9", "h7", on=DAY + timedelta(days=2), by="county-1")
    assert (book.case("unfiled-dev-9").joined, book.case("h7").state) == ("h7", "alerted")
    assert [task.id for task in worklist(book, as_of=DAY)] == ["h7"]
    book, _ = report(book, None, on=DAY + timedelta(days=3), **given)  # type: ignore[arg-type]
    assert book.case("h7").signals[0].last == DAY + timedelta(days=3)
    with pytest.raises(IllegalStepError):
        join(book, "unfiled-dev-9", "h8", on=DAY, by="county-1")


@pytest.mark.parametrize(
    "text",
    ["张三", "13912345678", "029-88881234", "110101199003074514", "6222020200112233445", "a b"],
)
def test_nothing_personal_enters_the_register(text: str) -> None:
    """Names, telephones, resident ids, accounts and free text are refused, and not repeated."""
    book = opened("h1")
    calls = [
        lambda: advance(book, "h1", "home_check", by="keeper-1", on=DAY, finding={"visited": text}),
        lambda: advance(book, "h1", "home_check", by=text, on=DAY),
        lambda: list_problem(book, text, area=VILLAGE, origin="audit", on=DAY, by="county-1"),
        lambda: report(book, None, area=VILLAGE, on=DAY, by="platform", token=text, consent=True),
    ]
    for call in calls:
        with pytest.raises(PersonalValueError) as caught:
            call()
        assert text not in str(caught.value)


# --- problems -----------------------------------------------------------------------------------


def problems() -> Book:
    """A book with one problem, assigned."""
    book, _ = list_problem(
        empty(),
        "p1",
        area="610702",
        origin="spot-check",
        on=DAY,
        by="inspector-3",
        condition="not water_safe",
    )
    given = {"department": "water"}
    return advance_problem(book, "p1", "assign", by="county-1", on=DAY, finding=given)[0]


def test_a_problem_is_brought_to_zero_by_two_people() -> None:
    """Who repaired it may not verify it; sent back it is open again."""
    book, _ = advance_problem(
        problems(), "p1", "repair", by="township-4", on=DAY, finding={"evidence": "photo-12"}
    )
    seen = {"visited": True}
    with pytest.raises(IllegalStepError, match="somebody else"):
        advance_problem(book, "p1", "verify", by="township-4", on=DAY, finding=seen)
    back, _ = advance_problem(
        book,
        "p1",
        "verify",
        by="inspector-3",
        on=DAY,
        finding={"reason": "photo-13"},
        outcome="sent-back",
    )
    assert back.is_open(back.problem("p1"))
    with pytest.raises(IllegalStepError, match="other households its condition holds for"):
        advance_problem(book, "p1", "verify", by="inspector-3", on=DAY, finding=seen)
    book, events = extend(book, "p1", [], on=DAY, by="county-1")
    assert len(events) == 1
    done, _ = advance_problem(book, "p1", "verify", by="inspector-3", on=DAY, finding=seen)
    assert not done.is_open(done.problem("p1"))
    assert done.problem("p1").department == "water"


def test_the_same_problem_again_changes_nothing() -> None:
    """Another one of its id, or a condition that cannot be read, is an error."""
    book = problems()
    given = {"area": "610702", "origin": "spot-check", "on": DAY, "by": "inspector-3"}
    same = list_problem(book, "p1", condition="not water_safe", **given)  # type: ignore[arg-type]
    assert same == (book, ())
    with pytest.raises(IllegalStepError, match="other content"):
        list_problem(book, "p1", **given)  # type: ignore[arg-type]
    with pytest.raises(ConditionError):
        list_problem(book, "p2", condition="not water_save", **given)  # type: ignore[arg-type]
    book, events = extend(book, "p1", ["h2", "h1", "h2"], on=DAY, by="platform")
    assert (book.problem("p1").like, len(events)) == (("h1", "h2"), 1)
    assert extend(book, "p1", ["h1"], on=DAY, by="platform") == (book, ())


# --- events -------------------------------------------------------------------------------------


def history() -> tuple[Book, list[Event]]:
    """A book and all its events."""
    book, events, _ = open_cases(empty(), alerts(("h1", "disaster"), ("h2", "disaster")), as_of=DAY)
    found = list(events)
    book, more, _ = walk(book, "h1", ENTRY[:3], DAY)
    return book, found + more


def test_the_book_is_the_fold_of_its_events() -> None:
    """Written to lines and read again."""
    book, events = history()
    assert empty().apply(events) == book
    assert empty().apply(events_from_json(events_to_json(events))) == book


@given(data=st.data())
@settings(max_examples=40)
def test_tampering_breaks_the_chain(data: st.DataObject) -> None:
    """An event changed, dropped, doubled or swapped within its chain is noticed."""
    _, events = history()
    at = data.draw(st.integers(1, len(events) - 2))
    match data.draw(st.sampled_from(["change", "drop", "double", "swap"])):
        case "change":
            events[at] = attrs.evolve(events[at], by="keeper-99")
        case "drop":
            del events[2:3]
        case "double":
            events.insert(at, events[at])
        case _:
            events[2], events[3] = events[3], events[2]
    with pytest.raises(BrokenChainError):
        empty().apply(events)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), _JSON))
def test_what_an_event_holds_has_the_text_that_anybody_can_write(held: dict[str, Any]) -> None:
    """Keys in order, no blanks, no escapes: as `json.dumps` writes it, once and again."""
    for _ in range(2):
        data: Any = Event("case/h1", 1, "opened", DAY, "platform", "", held, "0" * 64).data
        said = json.dumps(held, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        assert data.text == said


def test_what_holds_itself_or_is_no_json_is_no_event() -> None:
    """It is refused in words, and the next event is written as if nothing had been tried."""
    circle: list[Any] = []
    circle.append(circle)
    for odd in (circle, object(), {1: 0, "a": 0}):
        with pytest.raises(InvalidArgumentError, match="JSON"):
            Event("case/h1", 1, "opened", DAY, "platform", "", {"odd": odd}, "0" * 64)
        whole = Event("case/h1", 1, "opened", DAY, "platform", "", {"odd": []}, "0" * 64)
        assert whole.is_whole
        assert not attrs.evolve(whole, why="other").is_whole
