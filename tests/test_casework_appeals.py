"""The household's side: a contested fact is answered in time, a correction judges again."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.casework import (
    Book,
    advance,
    answer_appeal,
    appeal,
    correct,
    join,
    known_on,
    log_read,
    open_cases,
    overdue,
    read_log,
    urge,
    worklist,
)
from antipoverty.errors import (
    AntipovertyError,
    IllegalStepError,
    InvalidArgumentError,
    PersonalValueError,
)
from antipoverty.model import Household
from casework_books import VILLAGE, alerts, empty, opened

DAY = date(2021, 11, 1)
FACT = "water_safe"
BROUGHT = DAY + timedelta(days=10)


def home(id_: str = "h1", **facts: Any) -> Household:
    """A household without members and records."""
    return Household(household_id=id_, area=VILLAGE, members=(), records=(), **facts)


def refuted() -> Book:
    """A book with a case that was looked into and closed."""
    book = opened("h1", rule="unsafe-water", on=DAY)
    book, _ = advance(
        book,
        "h1",
        "home_check",
        by="keeper-17",
        on=DAY,
        finding={"visited": True, "minutes": "mz-1"},
        outcome="no-risk",
    )
    return book


def test_an_appeal_puts_a_closed_case_on_the_lists_under_its_own_limit() -> None:
    """Of those who may answer it, with the fact to find out; nothing else of it changes."""
    book = refuted()
    assert worklist(book, as_of=BROUGHT) == ()
    book, events = appeal(book, "h1", FACT, token="ss-1", by="household-1", on=BROUGHT)
    assert [one.kind for one in events] == ["appealed"]
    (task,) = worklist(book, as_of=BROUGHT, role="township")
    assert (task.appeals, task.facts, task.state) == (1, (FACT,), "no-risk")
    assert task.due == book.workflow.appeal.limit.due(BROUGHT, book.calendar)
    assert worklist(book, as_of=BROUGHT, role="keeper") == ()
    late = task.due + timedelta(days=8)
    assert [one.id for one in overdue(book, as_of=late)] == ["h1"]
    assert [one.kind for one in urge(book, as_of=late)[1]] != []
    again = appeal(book, "h1", FACT, token="ss-1", by="household-1", on=BROUGHT)
    assert again == (book, ())
    with pytest.raises(IllegalStepError):
        appeal(book, "h1", "size", token="ss-1", by="household-1", on=BROUGHT)


def test_it_ends_with_a_reason_by_somebody_else_in_a_role_that_may() -> None:
    """Not by who took the latest step, who brought it, a keeper, or earlier than it was brought."""
    book, _ = appeal(refuted(), "h1", FACT, token="ss-1", by="township-9", on=BROUGHT)
    good = {"answer": "rejected", "by": "county-2", "on": BROUGHT, "why": "bg-2022-7"}
    for wrong in (
        {"by": "keeper-3"},
        {"by": "township-9"},
        {"on": BROUGHT - timedelta(days=1)},
    ):
        with pytest.raises(IllegalStepError):
            answer_appeal(book, "h1", "ss-1", **{**good, **wrong})
    with pytest.raises(InvalidArgumentError):
        answer_appeal(book, "h1", "ss-1", **{**good, "answer": "maybe"})
    with pytest.raises(PersonalValueError):
        answer_appeal(book, "h1", "ss-1", **{**good, "why": ""})
    with pytest.raises(IllegalStepError):
        answer_appeal(book, "h1", "ss-2", **good)
    after, events = answer_appeal(book, "h1", "ss-1", **good)
    assert worklist(after, as_of=BROUGHT) == ()
    assert after.case("h1").appeals[0].answer == "rejected"
    assert events[0].why == "bg-2022-7"
    with pytest.raises(IllegalStepError):
        answer_appeal(after, "h1", "ss-1", **good)


def test_what_may_not_be_contested_is_refused() -> None:
    """A fact that the model lacks, a case that went on elsewhere, a register without appeals."""
    book = opened("h1", "h2", on=DAY)
    given = {"token": "ss-1", "by": "household-1", "on": BROUGHT}
    for fact in ("watersafe", "members.naem", "13987654321", ""):
        with pytest.raises(InvalidArgumentError) as caught:
            appeal(book, "h1", fact, **given)
        assert "13987654321" not in str(caught.value)
    appealed, _ = appeal(book, "h1", "members.in_school", **given)
    with pytest.raises(IllegalStepError, match="open appeals"):
        join(appealed, "h1", "h2", on=BROUGHT, by="county-1")
    joined, _ = join(book, "h1", "h2", on=BROUGHT, by="county-1")
    with pytest.raises(IllegalStepError, match="h2"):
        appeal(joined, "h1", FACT, **given)
    none = attrs.evolve(book, workflow=book.workflow.model_copy(update={"appeal": None}))
    with pytest.raises(IllegalStepError, match=r"\[appeal\]"):
        appeal(none, "h1", FACT, **given)


def test_a_correction_lifts_what_is_clear_now_and_an_older_file_does_not_bring_it_back() -> None:
    """What warns with the right facts is put down; what came later than the correction counts."""
    book = opened("h1", rule="unsafe-water", on=DAY)
    right = home(water_safe=True)
    book, events = correct(book, right, FACT, by="county-2", as_of=BROUGHT, why="bg-1")
    assert events[0].kind == "corrected"
    assert events[0].data["lifted"] == ["unsafe-water"]
    rules = {one.rule for one in book.case("h1").signals}
    assert "unsafe-water" not in rules
    assert {one.verdict for one in book.case("h1").signals} == {"undecided"}
    file = alerts(("h1", "unsafe-water"))
    for day in (DAY, BROUGHT):
        assert open_cases(book, file, as_of=day)[1] == ()
    later, *_ = open_cases(book, file, as_of=BROUGHT + timedelta(days=1))
    assert "unsafe-water" in {one.rule for one in later.case("h1").signals}
    worse, _ = correct(
        refuted(), home(water_safe=False), FACT, by="county-2", as_of=BROUGHT, why="bg-1"
    )
    assert {one.rule: one.verdict for one in worse.case("h1").signals}["unsafe-water"] == "warn"


def test_reads_are_events_that_count_for_nothing_else() -> None:
    """Who, when, as which role; lists, limits and what is late do not change by them."""
    book = opened("h1", "h2", on=DAY)
    before = worklist(book, as_of=BROUGHT)
    after, events = log_read(book, ["h2", "h1"], role="county", by="county-3", on=BROUGHT)
    assert worklist(after, as_of=BROUGHT) == before
    assert after.case("h1").latest == book.case("h1").latest
    assert [(one.case_id, one.by, one.role) for one in read_log(events)] == [
        ("h1", "county-3", "county"),
        ("h2", "county-3", "county"),
    ]
    with pytest.raises(AntipovertyError):
        log_read(book, ["h1"], role="neighbour", by="county-3", on=BROUGHT)
    after, (step,) = advance(
        after, "h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True}
    )
    assert "backdated" not in step.data


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["bring", "uphold", "reject"]))))
def test_appeals_in_any_order_are_what_a_table_of_them_says(given: list[tuple[int, str]]) -> None:
    """Each number is open until it is answered once; the case is listed while one is."""
    book, table = refuted(), {}
    whole = []
    for number, what in given:
        token = f"ss-{number}"
        try:
            if what == "bring":
                book, new = appeal(book, "h1", FACT, token=token, by="household-1", on=BROUGHT)
                table.setdefault(token, "")
            else:
                answer = {"uphold": "upheld", "reject": "rejected"}[what]
                book, new = answer_appeal(
                    book, "h1", token, answer=answer, by="county-2", on=BROUGHT, why="bg-1"
                )
                assert table[token] == ""
                table[token] = answer
            whole += new
        except IllegalStepError:
            assert table.get(token) != ""
    assert {one.token: one.answer for one in book.case("h1").appeals} == table
    assert bool(worklist(book, as_of=BROUGHT)) == ("" in table.values())
    assert refuted().apply(known_on(whole, date.max)).case("h1") == book.case("h1")


def test_in_a_casebook_an_appeal_is_listed_proved_and_read(tmp_path: Path) -> None:
    """The lists of the database say what the book says; who reads a case is written first."""
    pytest.importorskip("sqlalchemy")
    from antipoverty.casework import Casebook

    with Casebook.open(f"sqlite:///{tmp_path}/cases.db", empty()) as casebook:
        casebook.open_cases(alerts(("h1", "unsafe-water"), ("h2", "disaster")), as_of=DAY)
        finding = {"visited": True, "minutes": "mz-1"}
        casebook.advance(
            "h1", "home_check", by="keeper-17", on=DAY, finding=finding, outcome="no-risk"
        )
        casebook.appeal("h1", FACT, token="ss-1", by="household-1", on=BROUGHT)
        for role in ("township", "keeper", None):
            assert casebook.worklist(as_of=BROUGHT, role=role) == worklist(
                casebook.book(), as_of=BROUGHT, role=role
            )
        assert [one.appeals for one in casebook.worklist(as_of=BROUGHT, role="township")][:1] == [0]
        shown = casebook.view("h1", "county", by="county-3", on=BROUGHT, why="check-1")
        assert shown["id"] == "h1"
        case = casebook.correct(
            home(water_safe=False), FACT, by="county-2", as_of=BROUGHT, why="bg-1"
        )
        assert case.signals
        casebook.answer_appeal("h1", "ss-1", answer="upheld", by="county-2", on=BROUGHT, why="bg-1")
        assert [one.by for one in read_log(casebook.events("case/h1"))] == ["county-3"]
        assert casebook.doctor() == ()
        assert casebook.case("h1") == casebook.book().case("h1")


@pytest.mark.slow
def test_on_the_command_line_the_households_side_is_taken_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Appeal, correction, answer, who read the case; a file that is no household is named."""
    pytest.importorskip("sqlalchemy")
    from antipoverty.cli import main

    store = ("--store", f"sqlite:///{tmp_path}/cases.db")
    alerts(("h1", "unsafe-water")).write_csv(tmp_path / "alerts.csv")

    def run(*words: str) -> str:
        assert main(["cases", *words, *store]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    run("open", str(tmp_path / "alerts.csv"), "--as-of", "2021-11-01")
    brought = ("--token", "ss-1", "--by", "household-1", "--on", "2021-11-05", "--json")
    assert '"due"' in run("appeal", "h1", FACT, *brought)
    right = tmp_path / "h1.json"
    right.write_text(home(water_safe=True).model_dump_json(), encoding="utf-8")
    given = (FACT, "--by", "county-2", "--as-of", "2021-11-08", "--why", "bg-1", "--json")
    assert "unsafe-water" not in run("correct", str(right), *given)
    end = ("--by", "county-2", "--on", "2021-11-08", "--why", "bg-1")
    assert "upheld" in run("answer-appeal", "h1", "ss-1", "--answer", "upheld", *end)
    run("show", "h1", "--role", "county", "--reader", "county-3", "--why", "check-1")
    assert '"county-3"' in run("reads", "h1", "--json")
    assert "county-3" in run("reads")
    later = tuple("2022-02-14" if one == "2021-11-08" else one for one in given)
    assert main(["cases", "correct", str(right), *later, *store]) == 2
    assert "give it with --values" in capsys.readouterr().err
    (tmp_path / "values.toml").write_text(
        '[[values]]\nparameter = "monitoring_line"\nvalue = "8000"\nsince = 2022-01-01\n'
        'until = "open"\nsource = "a decision"\n',
        encoding="utf-8",
    )
    run("correct", str(right), *later, "--values", str(tmp_path / "values.toml"))
    right.write_text('{"household_id": 5}', encoding="utf-8")
    assert main(["cases", "correct", str(right), *given, *store]) == 2
    assert "household_id" in capsys.readouterr().err
