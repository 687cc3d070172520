"""No law is tried where it says nothing: each side of a rule that there is comes up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import strategies as st

from antipoverty.errors import VacuousLawError
from antipoverty.model import Household
from antipoverty.rules import Verdict
from antipoverty.testing import boundary_cases, near_threshold
from antipoverty.testing._laws.search import insist  # private: what every law is tried by
from antipoverty.testing._search.subject import subject  # private: a rule with day and place
from antipoverty.testing._strategies.sides import sides  # private: what is solved for
from shapes import AS_OF, ORDER, PAGES, SHAPES, deviations, drawn, made, shares_of

DRAWS, FAR = 200, 4
"""How many draws, and how many standard deviations a count of them may lie from the page's share:
30 points of a hundred where that is a third, 20 where it is a tenth."""


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_every_side_that_there_is_comes_up_as_often_as_the_page_says(shape: str) -> None:
    """In one draw of fifty at least; a side that does not is proved to be impossible."""
    pytest.importorskip("z3")
    found = drawn(shape, DRAWS)
    for verdict, share in zip(ORDER, shares_of(PAGES[0])[shape], strict=True):
        if share is None:
            assert not found[verdict]
        else:
            assert found[verdict] >= 1
            assert share >= 2
            assert deviations(share, found[verdict], found.total()) <= FAR


def test_a_share_that_moved_by_thirty_points_is_told() -> None:
    """The bound bites: a side of a third that is not drawn, or that nearly all are on."""
    assert deviations(35, 70, DRAWS) < 0.1
    assert deviations(35, 8, DRAWS) > FAR
    assert deviations(35, 140, DRAWS) > FAR
    assert deviations(11, 80, DRAWS) > FAR


def test_both_pages_have_the_table() -> None:
    """The same one, of all shapes."""
    one, other = map(shares_of, PAGES)
    assert one == other
    assert list(one) == list(SHAPES)


@pytest.mark.parametrize("sees", [["clear"], ["clear", "warn"], ["warn", "undecided"], []])
def test_a_law_that_saw_one_side_too_few_fails_as_vacuous(sees: list[str]) -> None:
    """However many were drawn; one that saw each of them holds."""
    pack = made("net_income_12m < param('line') * size")
    about = subject("r", pack, as_of=AS_OF)
    found = sides(about).found
    assert {*found} == {*Verdict}
    given_ = st.sampled_from(
        [found[Verdict(one)] for one in sees or ["clear", "warn", "undecided"]]
    )

    def tried() -> None:
        insist(given_, lambda _: None, max_examples=10, seed=0, about=about)

    if not sees:
        tried()
        return
    lacking = {one.value for one in Verdict} - {*sees}
    with pytest.raises(VacuousLawError) as caught:
        tried()
    assert all(one in str(caught.value) for one in lacking)
    assert caught.value.code == "vacuous"


def unknown(home: Household) -> tuple[Any, ...]:
    """A record of which only the day and the kind are known, of yesterday."""
    row = {"record_id": "r", "kind": "medical_self_paid", "day": AS_OF - timedelta(days=1)}
    return (type(home).tables_of_row()["records"].model_validate(row),)


def never(_: Household) -> None:
    """A law that assumes away every household."""
    assume(condition=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "law"),
    [
        (lambda home: home, never),
        (lambda home: home.model_copy(update={"records": ()}), lambda _: None),
        (lambda home: home.model_copy(update={"records": unknown(home)}), lambda _: None),
        (lambda home: [], lambda _: None),
        (lambda home: home.household_id, lambda _: None),
    ],
    ids=["assumed away", "tables empty", "undecided only", "no household", "no verdict"],
)
def test_a_law_that_is_empty_in_an_odd_way_fails_as_vacuous(change: Any, law: Any) -> None:
    """Whether it looks at nobody, at empty tables, or at open answers alone."""
    pack = made("sum(records, amount, months=12) > yuan('10000')")
    about = subject("r", pack, as_of=AS_OF)
    drawn_ = near_threshold("r", pack, as_of=AS_OF).map(change)
    with pytest.raises(VacuousLawError):
        insist(drawn_, law, max_examples=10, seed=0, about=about)


def test_a_side_nobody_is_on_is_not_asked_for() -> None:
    """A rule that can never warn is tried on the sides it has."""
    pytest.importorskip("z3")
    about = subject("r", made("size > 3 and size < 2"), as_of=AS_OF)
    assert sides(about).impossible >= {Verdict.WARN}
    clear = sides(about).found[Verdict.CLEAR]
    insist(st.just(clear), lambda _: None, max_examples=3, seed=0, about=None)


def test_a_score_of_rows_is_no_obstacle_to_boundary_cases() -> None:
    """Its conditions are not tried one by one, and that is said."""
    found = boundary_cases("r", made("sum(members, score((1, age >= 60))) >= 2"), as_of=AS_OF)
    assert any("of rows" in str(one) for one in found.unpinned)
