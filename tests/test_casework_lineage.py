"""Households that merge, split and move; steps that were mistakes; what comes late."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import polars as pl
import pytest
from dateutil.relativedelta import relativedelta

from antipoverty.casework import (
    Book,
    advance,
    in_times,
    join,
    move,
    open_cases,
    overlaps,
    pseudonyms,
    record_help,
    report,
    split,
    view,
    withdraw,
    worklist,
)
from antipoverty.errors import IllegalStepError, InvalidCodeError, PersonalValueError
from antipoverty.periods import Period
from casework_books import DAY, ENTRY, EXIT, GOOD, VILLAGE, alerts, empty, monitored, opened, walk

NEXT = DAY + timedelta(days=1)
MONTH = Period.parse("2022-02")

# --- merge, split, move ----------------------------------------------------------------------


def test_a_monitored_household_that_merges_is_never_lost() -> None:
    """Not even into one whose case was closed on the same ground: people check it anew."""
    book, on = monitored("h1")
    book, *_ = open_cases(book, alerts(("h2", "traffic-accident")), as_of=on)
    checked = {"visited": True}
    book, _ = advance(
        book, "h2", "home_check", by="keeper-1", on=on, finding=checked, outcome="no-risk"
    )
    book, _ = join(book, "h1", "h2", on=on, by="county-1")
    first, second = book.case("h1"), book.case("h2")
    assert (first.state, first.joined, book.is_open(first)) == ("joined", "h2", False)
    assert (second.state, second.came_from) == ("alerted", ("h1",))
    assert second.signals[0].days == (DAY, on)
    assert [one.id for one in second.helped] == ["temporary-relief"]
    assert view(book, first, "public")["state"]["zh"] == "已并入他户"
    for wrong in (("h1", "h3"), ("h2", "h1"), ("h2", "h2")):
        with pytest.raises(IllegalStepError):
            join(book, *wrong, on=on, by="county-1")


def test_what_is_said_later_of_a_merged_household_is_heard() -> None:
    """Alerts and reports go where its case goes on, over any number of merges."""
    book, _ = join(opened("h1", "h2", "h3"), "h1", "h2", on=DAY, by="county-1")
    book, _ = join(book, "h2", "h3", on=DAY, by="county-1")
    book, events, _ = open_cases(book, alerts(("h1", "disaster")), as_of=NEXT)
    assert [event.stream for event in events] == ["case/h3"]
    given = {"area": VILLAGE, "on": NEXT, "by": "platform", "token": "t1", "consent": True}
    book, events = report(book, "h1", risk="illness", **given)  # type: ignore[arg-type]
    assert [event.stream for event in events] == ["case/h3"]
    assert book.case("h3").risks == ("accident", "illness", "natural_disaster")
    assert [task.id for task in worklist(book, as_of=NEXT)] == ["h3"]


def test_the_days_of_an_unknown_household_count_from_its_report() -> None:
    """Whoever finds out who it is does not set the clock back; early help stays early."""
    given = {"area": VILLAGE, "by": "platform", "token": "t1", "consent": True}
    book, _ = report(empty(), None, on=DAY, risk="illness", **given)  # type: ignore[arg-type]
    aid = {"risk": "illness", "by": "county-1", "on": NEXT}
    book, _ = record_help(book, "unfiled-t1", "medical-assistance", **aid)  # type: ignore[arg-type]
    found = DAY + timedelta(days=9)
    book, _ = join(book, "unfiled-t1", "h7", on=found, by="county-1")
    assert (book.case("h7").opened, book.case("h7").entered) == (DAY, found)
    times = {one.what: one for one in in_times(book, level="county", period=MONTH)}
    assert (times["help"].cases, times["help"].days, times["detection"].waited) == (1, 1, 27)


def test_a_household_that_splits_has_two_cases() -> None:
    """The new one is checked like any other; again changes nothing."""
    book, _ = monitored("h1")
    on = book.case("h1").entered
    book, _ = split(book, "h1", ["h1b"], on=on, by="township-1")
    assert (book.case("h1").state, book.case("h1b").state) == ("monitored", "alerted")
    assert (book.case("h1b").came_from, book.case("h1b").risks) == (("h1",), ("accident",))
    assert book.case("h1b").measures == ()
    assert split(book, "h1", ["h1b"], on=on, by="township-1") == (book, ())
    with pytest.raises(IllegalStepError):
        split(book, "h1", ["h1"], on=on, by="township-1")
    with pytest.raises(PersonalValueError):
        split(book, "h1", ["张三"], on=on, by="township-1")


def test_a_household_that_moves_takes_its_case_along() -> None:
    """With its steps, its limit and its measures; only the lists change."""
    book = opened("h1")
    due = book.due(book.case("h1"))
    book, events = move(book, "h1", "610703100200", on=NEXT, by="township-1")
    assert [event.kind for event in events] == ["moved"]
    assert worklist(book, as_of=NEXT, area="610702") == ()
    assert [task.due for task in worklist(book, as_of=NEXT, area="610703")] == [due]
    assert move(book, "h1", "610703100200", on=NEXT, by="township-1") == (book, ())
    with pytest.raises(InvalidCodeError):
        move(book, "h1", "6107031", on=NEXT, by="township-1")


def test_a_person_in_two_monitored_households_is_found_and_not_named() -> None:
    """One person sits in one monitored household only; those not monitored do not count."""
    book = opened("h1", "h2", "h3")
    for household in ("h1", "h2"):
        book, _, _ = walk(book, household, ENTRY, DAY)
    members = pl.DataFrame(
        {
            "household_id": ["h1", "h1", "h2", "h2", "h3", "h9"],
            "resident_id": ["61072119800101123X", "b", "61072119800101123X", None, "b", "b"],
        }
    )
    found = overlaps(book, members, person="resident_id")
    assert [(one.households, one.persons) for one in found] == [(("h1", "h2"), 1)]
    assert "19800101" not in repr(found)


# --- mistakes ----------------------------------------------------------------------------------


def test_a_step_with_a_wrong_year_can_be_taken_back() -> None:
    """The case stands where it stood, its limit runs on, and both steps are among the events."""
    before = opened("h1")
    typo = date(2092, 2, 3)
    book, _ = advance(before, "h1", "home_check", by="keeper-1", on=typo, finding={"visited": True})
    given = {"by": "keeper-2", "on": NEXT, "why": "wrong-year"}
    book, events = withdraw(book, "h1", **given)  # type: ignore[arg-type]
    assert [event.kind for event in events] == ["withdrawn"]
    case = book.case("h1")
    assert (case.state, case.entered, dict(case.finding)) == ("alerted", DAY, {})
    assert book.due(case) == before.due(before.case("h1"))
    assert case.version == 3
    with pytest.raises(IllegalStepError, match="no latest step"):
        withdraw(book, "h1", **given)  # type: ignore[arg-type]


def test_a_case_closed_by_mistake_is_open_again() -> None:
    """By those who may close it; a reason is given; what came since is not undone."""
    shut = {"finding": {"visited": True}, "outcome": "no-risk"}
    book, _ = advance(opened("h1"), "h1", "home_check", by="keeper-1", on=DAY, **shut)  # type: ignore[arg-type]
    with pytest.raises(IllegalStepError, match="'county' may not"):
        withdraw(book, "h1", by="county-1", on=DAY, why="wrong-household")
    with pytest.raises(PersonalValueError, match="the reason is empty"):
        withdraw(book, "h1", by="keeper-1", on=DAY, why="")
    back, _ = withdraw(book, "h1", by="keeper-1", on=DAY, why="wrong-household")
    assert back.is_open(back.case("h1"))
    relapsed, *_ = open_cases(book, alerts(("h1", "disaster")), as_of=NEXT)
    with pytest.raises(IllegalStepError, match="no latest step"):
        withdraw(relapsed, "h1", by="keeper-1", on=NEXT, why="wrong-household")


# --- what comes late, twice, or in another order -------------------------------------------------


def test_the_order_of_files_does_not_matter() -> None:
    """Three departments, three days, any order, one of them twice: one case, the same."""
    files = [
        (alerts(("h1", "traffic-accident")), DAY),
        (alerts(("h1", "disaster", "undecided"), ("h1", "traffic-accident")), NEXT),
        (alerts(("h1", "disaster")), DAY + timedelta(days=2)),
    ]
    cases = set()
    for order in itertools.permutations(files):
        book = empty()
        for frame, on in (*order, order[0]):
            book, *_ = open_cases(book, frame, as_of=on)
        case = book.case("h1")
        cases.add((case.signals, case.state, case.opened, case.risks))
    assert len(cases) == 1


def test_an_older_file_does_not_take_a_warning_back() -> None:
    """A question of yesterday, delivered after today's warning, changes no verdict."""
    book, *_ = open_cases(empty(), alerts(("h1", "disaster")), as_of=NEXT)
    book, *_ = open_cases(book, alerts(("h1", "disaster", "undecided")), as_of=DAY)
    (signal,) = book.case("h1").signals
    assert (signal.verdict, signal.days) == ("warn", (DAY, NEXT))
    assert book.case("h1").risks == ("natural_disaster",)


def test_a_question_on_a_closed_case_is_a_visit_again() -> None:
    """Unless somebody looked in the last months: a missing fact never reads as clear."""
    question = alerts(("h1", "income-under-line", "undecided"))
    book, *_ = open_cases(empty(), question, as_of=DAY)
    book, _ = advance(book, "h1", "verify_facts", by="keeper-1", on=DAY, finding={"visited": True})
    soon, *_ = open_cases(book, question, as_of=DAY + relativedelta(months=3, days=-1))
    assert not soon.is_open(soon.case("h1"))
    later, *_ = open_cases(soon, question, as_of=DAY + relativedelta(months=3))
    assert later.case("h1").state == "unverified"


def test_a_household_that_reports_itself_again_is_heard_again() -> None:
    """Also within the quiet months; every risk it names is kept."""
    given = {"area": VILLAGE, "by": "platform", "token": "t1", "consent": True}
    book, _ = report(empty(), "h1", on=DAY, risk="illness", **given)  # type: ignore[arg-type]
    book, _ = report(book, "h1", on=DAY, risk="schooling", **given)  # type: ignore[arg-type]
    assert book.case("h1").risks == ("illness", "schooling")
    shut = {"finding": {"visited": True}, "outcome": "no-risk"}
    book, _ = advance(book, "h1", "home_check", by="keeper-1", on=DAY, **shut)  # type: ignore[arg-type]
    book, _ = report(book, "h1", on=NEXT, risk="illness", **given)  # type: ignore[arg-type]
    assert (book.case("h1").state, book.case("h1").risks) == ("alerted", ("illness",))
    with pytest.raises(PersonalValueError, match="wrong check character"):
        report(book, "6107021002000100171", on=NEXT, **given)  # type: ignore[arg-type]


# --- the exit, and what a case has been through ---------------------------------------------------


def proposed() -> tuple[Book, date]:
    """A case on its way out, at the last step."""
    book, _ = monitored()
    half_a_year = book.case("h1").entered + relativedelta(months=6)
    book, _, on = walk(book, "h1", EXIT[:-1], half_a_year - timedelta(days=6))
    return book, on


def test_a_risk_that_shows_on_the_way_out_needs_help_first() -> None:
    """The county's decision looks at every risk again."""
    book, on = proposed()
    book, *_ = open_cases(book, alerts(("h1", "medical-burden-general")), as_of=on)
    name, by, finding = EXIT[-1]
    with pytest.raises(IllegalStepError, match="no measure is aimed at illness"):
        advance(book, "h1", name, by=by, on=on, finding=finding)
    aid = {"risk": "illness", "by": "county-2", "on": on}
    book, _ = record_help(book, "h1", "medical-assistance", **aid)  # type: ignore[arg-type]
    book, _ = advance(book, "h1", name, by=by, on=on, finding=finding)
    assert book.case("h1").state == "safe"


def test_six_months_count_from_the_identification() -> None:
    """An exit that was put off does not start them anew."""
    book, on = proposed()
    reason = {"reason": "mz-7"}
    book, _ = advance(
        book, "h1", "exit_decision", by="county-2", on=on, finding=reason, outcome="not-yet"
    )
    assert book.case("h1").state == "monitored"
    advance(book, "h1", "propose_exit", by="village-1", on=on, finding=GOOD)


def test_after_a_relapse_only_its_own_risks_need_help() -> None:
    """Records stay; what was resolved then is not asked for again."""
    book, on = proposed()
    name, by, finding = EXIT[-1]
    book, _ = advance(book, "h1", name, by=by, on=on, finding=finding)
    book, *_ = open_cases(book, alerts(("h1", "disaster")), as_of=on + timedelta(days=30))
    case = book.case("h1")
    assert (case.risks, case.helped, case.relapses) == (("natural_disaster",), (), 1)
    assert len(case.signals) == 2
    assert dict(case.reached) == {"alerted": case.opened}


def test_a_case_sent_back_was_detected_when_it_was_detected() -> None:
    """The township sends it back to the check; the days to detection stay."""
    book, _, on = walk(opened("h1"), "h1", ENTRY[:5], DAY)
    reason = {"reason": "mz-7"}
    book, _ = advance(
        book, "h1", "township_review", by="township-1", on=on, finding=reason, outcome="sent-back"
    )
    assert book.case("h1").state == "checked"
    (detection, *_) = in_times(book, level="county", period=MONTH, as_of=on)
    assert (detection.done, detection.days) == (1, 6)


@pytest.mark.parametrize(
    ("step", "by", "finding", "words"),
    [
        ("home_check", "keeper-1", {"visited": False}, "must be true"),
        ("home_check", "keeper-1", {}, "lacks 'visited'"),
        ("natural_exit", "village-1", {"reason": "marriage"}, "one of death, move"),
        ("natural_exit", "village-1", {"reason": True}, "one of death, move"),
    ],
)
def test_a_finding_must_say_what_is_asked(
    step: str, by: str, finding: dict[str, object], words: str
) -> None:
    """A visit that did not take place is no visit."""
    with pytest.raises(IllegalStepError, match=words):
        advance(opened("h1"), "h1", step, by=by, on=DAY, finding=finding)


def test_no_case_is_closed_without_evidence() -> None:
    """Another outcome needs its own finding."""
    with pytest.raises(IllegalStepError, match="lacks 'visited'"):
        advance(opened("h1"), "h1", "home_check", by="keeper-1", on=DAY, outcome="no-risk")


@pytest.mark.parametrize(
    "text",
    [
        "keeper-13912345678",
        "keeper-139-1234-5678",
        "file/610721198001011239",
        "610721-19800101-1239",
        "6222-0202-0011-2233-445",
        "110101900307451",
        "029-88881234",
    ],
)
def test_a_number_of_a_person_is_found_inside_a_reference(text: str) -> None:
    """Telephone, resident id or account, also behind a role or cut by hyphens."""
    book = opened("h1")
    with pytest.raises(PersonalValueError) as caught:
        advance(book, "h1", "home_check", by=text, on=DAY)
    assert text not in str(caught.value)


@pytest.mark.parametrize("household", ["610702100200010017", "6107021002000100170", "h-1.2:3/4_5"])
def test_a_household_code_is_no_number_of_a_person(household: str) -> None:
    """Eighteen digits of a village, a group and a serial; a file number."""
    book = opened(household)
    assert book.case(household).id == household


def test_pseudonyms_of_codes_cannot_be_found_by_trying() -> None:
    """Who tries all serials of a village without the key meets none; with it, every one."""
    import hashlib
    import hmac

    households = [f"61070210020001{serial:04d}" for serial in range(1, 300)]
    book = opened(*households[:3])
    key = b"0123456789abcdef"
    exported = {row["pseudonym"] for row in pseudonyms(book, key=key)}
    tried = {hashlib.sha256(household.encode()).hexdigest()[:24] for household in households}
    tried |= {
        hmac.new(b"", household.encode(), hashlib.sha256).hexdigest()[:24]
        for household in households
    }
    assert exported.isdisjoint(tried)
    again = {
        hmac.new(key, household.encode(), hashlib.sha256).hexdigest()[:24]
        for household in households
    }
    assert exported <= again
