"""Like cases are lines, each followed up by itself until none is open; findings name their draw."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.casework_books import DAY, empty

from antipoverty.casework import (
    Book,
    advance_problem,
    events_from_json,
    events_to_json,
    extend,
    follow_like,
    list_problem,
    progress,
)
from antipoverty.errors import IllegalStepError, InvalidArgumentError


def repaired() -> tuple[Book, list[object]]:
    """A problem that was repaired and extended to three like cases."""
    book, events = list_problem(
        empty(), "p1", area="610702", origin="spot-check", on=DAY, by="county-1",
        condition="not water_safe", reference="receipt-1", unit="610702100200",
    )  # fmt: skip
    made = [*events]
    book, more = extend(book, "p1", ["h1", "h2", "h3"], on=DAY, by="platform")
    made += more
    for step, by, finding in (
        ("assign", "county-1", {"department": "water"}),
        ("repair", "department-1", {"evidence": "photo-1"}),
    ):
        book, more = advance_problem(book, "p1", step, by=by, on=DAY, finding=finding)
        made += more
    return book, made


def test_a_problem_is_not_zero_before_each_like_case_is() -> None:
    """One left over is named by their number; the same follow-up again changes nothing."""
    book, events = repaired()
    verify = {"by": "inspector-1", "on": DAY + timedelta(days=3), "finding": {"visited": True}}
    with pytest.raises(IllegalStepError, match="3 of its like cases are not followed up"):
        advance_problem(book, "p1", "verify", **verify)  # type: ignore[arg-type]
    said = {"on": DAY + timedelta(days=1), "by": "township-1"}
    book, more = follow_like(book, "p1", ["h1", "h2"], answer="repaired", **said)  # type: ignore[arg-type]
    events += more
    assert follow_like(book, "p1", ["h1"], answer="repaired", **said) == (book, ())  # type: ignore[arg-type]
    (told,) = progress(book, as_of=DAY, level="county")
    assert (told.like, told.like_open) == (3, 1)
    with pytest.raises(IllegalStepError, match="1 of its like cases"):
        advance_problem(book, "p1", "verify", **verify)  # type: ignore[arg-type]
    book, more = follow_like(book, "p1", ["h3"], answer="refuted", **said)  # type: ignore[arg-type]
    events += more
    book, more = advance_problem(book, "p1", "verify", **verify)  # type: ignore[arg-type]
    events += more
    assert book.problem("p1").state == "zeroed"
    lines = book.problem("p1").lines
    assert [(one.household, one.answer, one.by, one.kind) for one in lines] == [
        ("h1", "repaired", "township-1", "like"), ("h2", "repaired", "township-1", "like"),
        ("h3", "refuted", "township-1", "like"),
    ]  # fmt: skip
    assert len({one.id for one in lines}) == 3
    assert empty().apply(events_from_json(events_to_json(events))) == book  # type: ignore[arg-type]


def test_only_a_like_case_is_followed_up() -> None:
    """By somebody of the register, with an answer that there is, not before it was found."""
    book, _ = repaired()
    said = {"on": DAY, "by": "township-1"}
    with pytest.raises(IllegalStepError, match="'h9' is no like case of it"):
        follow_like(book, "p1", ["h9"], answer="repaired", **said)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="repaired"):
        follow_like(book, "p1", ["h1"], answer="done", **said)  # type: ignore[arg-type]
    with pytest.raises(IllegalStepError, match="'keeper' has no step"):
        follow_like(book, "p1", ["h1"], answer="repaired", on=DAY, by="keeper-1")
    with pytest.raises(IllegalStepError, match="only"):
        follow_like(book, "p1", ["h1"], answer="repaired", on=DAY - timedelta(days=1),
                    by="township-1")  # fmt: skip


def test_what_a_visit_found_names_the_receipt_and_the_unit() -> None:
    """So that nobody can say later that somebody chose where to look."""
    book, _ = repaired()
    problem = book.problem("p1")
    assert (problem.origin, problem.reference, problem.unit) == (
        "spot-check", "receipt-1", "610702100200",
    )  # fmt: skip
