"""What was found on the visits of a draw stands in the rectification register, with its receipt."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import attrs
import pytest

from antipoverty.casework import list_found, list_problem
from antipoverty.errors import IllegalStepError, InvalidArgumentError, PersonalValueError
from antipoverty.sampling import HouseholdPlan, Outcome, WeeklyVillagePlan, draw, outcomes
from casework_books import empty
from sampling_areas import SEED, province

AREAS = province([3, 2])
RECEIPT = draw(WeeklyVillagePlan(AREAS), period="2022-W08", seed=SEED)
FIRST, SECOND = RECEIPT.picks()
DAY, LATER = date(2022, 2, 23), date(2022, 3, 1)
FOUND = outcomes(
    RECEIPT,
    [Outcome(FIRST, "visited", DAY, problems=("P-1", "P-2")), Outcome(SECOND, "visited", DAY)],
    as_of=LATER,
)


def test_each_problem_is_listed_with_the_receipt_as_its_reference() -> None:
    """Where and when it was found; a second time changes nothing."""
    book, events = list_found(empty(), FOUND, RECEIPT, by="office-1")
    assert {(one.id, one.area, one.opened) for one in book.problems.values()} == {
        ("P-1", FIRST, DAY),
        ("P-2", FIRST, DAY),
    }
    assert [one.data["reference"] for one in events] == [RECEIPT.digest] * 2
    assert {one.data["origin"] for one in events} == {"spot-check"}
    assert list_found(book, FOUND, RECEIPT, by="office-1") == (book, ())


def test_of_households_the_village_is_the_area() -> None:
    """The household's id stays on the receipt."""
    lists = {FIRST: [f"h{n}" for n in range(5)]}
    receipt = draw(HouseholdPlan(lists, take=2), period="2022-W08", seed=SEED + "x")
    told = outcomes(
        receipt,
        [Outcome(receipt.picks()[0], "visited", DAY, problems=("P-9",))],
        as_of=LATER,
    )
    book, _ = list_found(empty(), told, receipt, by="office-1")
    assert book.problem("P-9").area == FIRST


def test_results_of_another_draw_are_refused() -> None:
    """Altered, of another receipt, or with an id that another problem has."""
    other = draw(WeeklyVillagePlan(AREAS), period="2022-W09", seed=SEED + "y")
    with pytest.raises(InvalidArgumentError):
        list_found(empty(), FOUND, other, by="office-1")
    with pytest.raises(InvalidArgumentError):
        list_found(empty(), attrs.evolve(FOUND, as_of=DAY), RECEIPT, by="office-1")
    elsewhere = outcomes(RECEIPT, [Outcome(SECOND, "visited", DAY, problems=("P-1",))], as_of=LATER)
    book, _ = list_found(empty(), FOUND, RECEIPT, by="office-1")
    with pytest.raises(IllegalStepError):
        list_found(book, elsewhere, RECEIPT, by="office-1")


def test_the_digest_of_any_receipt_is_a_reference() -> None:
    """However many digits stand in a row in it: that is chance, not somebody's telephone."""
    digest = "13812345678" + "a" * 53
    listing = {"area": FIRST, "origin": "spot-check", "on": DAY, "by": "office-1"}
    book, _ = list_problem(empty(), "P-1", reference=digest, **listing)  # type: ignore[arg-type]
    assert book.problem("P-1").area == FIRST
    with pytest.raises(PersonalValueError):
        list_problem(empty(), "P-1", reference=digest[:40], **listing)  # type: ignore[arg-type]


def test_in_a_database(tmp_path: Path) -> None:
    """As in a book."""
    pytest.importorskip("sqlalchemy", reason="the registers need the extra 'store'")
    from antipoverty.casework import Casebook

    with Casebook.open(f"sqlite:///{tmp_path}/c.db", empty()) as book:
        listed = book.list_found(FOUND, RECEIPT, by="office-1")
        assert [one.id for one in listed] == ["P-1", "P-2"]
        assert book.list_found(FOUND, RECEIPT, by="office-1") == listed
