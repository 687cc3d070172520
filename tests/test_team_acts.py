"""City and province have acts of their own: urge, hand up, dispatch; none of them moves a case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.casework_books import DAY, alerts, empty

from antipoverty.casework import (
    advance,
    events_from_json,
    events_to_json,
    list_problem,
    open_cases,
    oversee,
    oversee_problem,
    team_acts,
    worklist,
)
from antipoverty.errors import IllegalStepError, InvalidWorkflowError, WorkflowError
from antipoverty.packs import shaanxi_rectification, shaanxi_workflow
from antipoverty.periods import Period


def test_an_act_of_a_team_moves_nothing_and_stays_on_record() -> None:
    """The limit runs on; who did what, when and by which order is told by the events."""
    book, events, _ = open_cases(empty(), alerts(("h1", "disaster"), ("h2", "disaster")), as_of=DAY)
    before = book.case("h1")
    made = [*events]
    for act, by, why in (
        ("urge", "county-1", ""),
        ("hand_up", "county-1", ""),
        ("urge", "city-1", "db-7"),
        ("dispatch", "province-1", "dd-2021-q4"),
    ):
        book, more = oversee(book, "h1", act, by=by, on=DAY + timedelta(days=9), why=why)
        made += more
    case = book.case("h1")
    assert (case.state, case.entered, book.due(case)) == (
        before.state, before.entered, book.due(before)
    )  # fmt: skip
    assert case.handed_up == "city"
    assert [(one.act, one.by, one.why) for one in case.acts][-1] == (
        "dispatch", "province-1", "dd-2021-q4",
    )  # fmt: skip
    assert empty().apply(events_from_json(events_to_json(made))) == book
    (task,) = [one for one in worklist(book, as_of=DAY + timedelta(days=9)) if one.id == "h1"]
    assert task.handed_up == "city"
    book, _ = list_problem(book, "p1", area="610702", origin="audit", on=DAY, by="county-1")
    book, _ = oversee_problem(book, "p1", "urge", by="city-1", on=DAY + timedelta(days=1))
    month = Period.of(DAY + timedelta(days=9), "month")
    counted = [(one.level, one.act, one.count, one.items) for one in team_acts(book, period=month)]
    assert counted == [
        ("province", "dispatch", 1, 1), ("city", "urge", 2, 2),
        ("county", "hand_up", 1, 1), ("county", "urge", 1, 1),
    ]  # fmt: skip
    assert team_acts(book, period=month.shift(2)) == ()


@pytest.mark.parametrize(
    ("act", "by", "said"),
    [
        ("dispatch", "county-1", "'county' may not do it"),
        ("urge", "keeper-1", "'keeper' may not do it"),
        ("hand_up", "province-1", "'province' may not do it"),
        ("hand_up", "township-1", "handed up to 'city' already"),
    ],
)
def test_a_level_does_what_is_its_own(act: str, by: str, said: str) -> None:
    """And nothing is handed up to where it stands already."""
    book, *_ = open_cases(empty(), alerts(("h1", "disaster")), as_of=DAY)
    book, _ = oversee(book, "h1", "hand_up", by="county-1", on=DAY)
    with pytest.raises(IllegalStepError, match=said):
        oversee(book, "h1", act, by=by, on=DAY)


def test_what_is_closed_or_unknown_is_not_overseen() -> None:
    """A case that was cleared needs nobody; an act that is none is named."""
    book, *_ = open_cases(empty(), alerts(("h1", "disaster")), as_of=DAY)
    with pytest.raises(WorkflowError, match="did you mean 'urge'"):
        oversee(book, "h1", "urg", by="city-1", on=DAY)
    book, _ = advance(book, "h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True},
                      outcome="no-risk")  # fmt: skip
    with pytest.raises(IllegalStepError, match="which is closed"):
        oversee(book, "h1", "urge", by="city-1", on=DAY)


def test_both_registers_know_the_acts_and_say_that_they_are_examples() -> None:
    """No source says who may urge, hand up or dispatch."""
    for flow in (shaanxi_workflow(), shaanxi_rectification()):
        assert [one.id for one in flow.acts] == ["urge", "hand_up", "dispatch"]
        assert all(flow.sources[one.source].illustrative for one in flow.acts)
    assert issubclass(InvalidWorkflowError, Exception)
