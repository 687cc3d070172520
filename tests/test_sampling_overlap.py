"""Two surveys of one round: they meet as often as is computed, and each is drawn as ever."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date
from fractions import Fraction
from typing import Literal

import pytest

from antipoverty.errors import InvalidDrawError, InvalidPlanError
from antipoverty.sampling import (
    DOUBLE_COLOUR,
    Design,
    Drawing,
    Plan,
    Shared,
    Stage,
    announce,
    audit,
    draw,
    overlap,
    verify,
)
from sampling_areas import SEED, chi_square, critical, province

AREAS = province([4, 3])
End = Literal["low", "high"]


def survey(
    name: str, take: int, end: End | None, *, strata: str = "county", excluded: str = ""
) -> Plan:
    """A survey of villages; ``end`` is that of the numbers it shares with the others."""
    shared = None if end is None else Shared("numbers", end)
    left_out = {excluded: "another bureau's"} if excluded else {}
    stage = Stage("village", take)
    design = Design(name, strata, (stage,), rural=True, shared=shared, excluded=left_out)
    return Plan(design, AREAS)


CASES = [
    (survey("a", 2, "low"), survey("b", 1, "low")),
    (survey("a", 2, "low"), survey("b", 1, "high")),
    (survey("a", 3, "high"), survey("b", 2, "high")),
    (survey("a", 3, "low"), survey("b", 3, "high")),
    (survey("a", 2, "low"), survey("b", 3, "low", strata="city")),
    (survey("a", 2, "low"), survey("b", 3, "high", strata="city")),
    (
        survey("a", 2, "low", excluded="610101100200"),
        survey("b", 3, "low", strata="city", excluded="610102100201"),
    ),
    (
        survey("a", 1, "high", excluded="610101100200"),
        survey("b", 2, "low", strata="city", excluded="610102100201"),
    ),
]


def units_of(plan: Plan) -> dict[str, tuple[str, ...]]:
    """The units of each stratum."""
    (strata,) = plan.frame(date(2022, 1, 1)).strata
    return dict(strata)


def drawn_in_order(plan: Plan, order: tuple[str, ...]) -> set[str]:
    """What a survey draws when the tickets stand in an order: written anew, for the test."""
    design = plan.design
    assert design.shared is not None
    found: set[str] = set()
    for units in units_of(plan).values():
        ranked = sorted(units, key=order.index, reverse=design.shared.end == "high")
        found.update(ranked[: design.stages[0].take])
    return found


@pytest.mark.parametrize(("one", "other"), CASES)
def test_the_chances_are_those_of_all_orders_of_the_tickets(one: Plan, other: Plan) -> None:
    """Every order of seven villages is gone through: in one, in the other, in both, exactly."""
    every = sorted({u for plan in (one, other) for units in units_of(plan).values() for u in units})
    first, second, both = Counter[str](), Counter[str](), Counter[str]()
    count = 0
    for order in itertools.permutations(every):
        mine, theirs = drawn_in_order(one, order), drawn_in_order(other, order)
        first.update(mine)
        second.update(theirs)
        both.update(mine & theirs)
        count += 1
    found = overlap(one, other, period="2022-W06")
    assert found.one == {u: Fraction(first[u], count) for u in found.one}
    assert found.other == {u: Fraction(second[u], count) for u in found.other}
    assert found.both == {u: Fraction(both[u], count) for u in found.both}


def test_the_overlap_is_the_greatest_and_the_least_there_can_be() -> None:
    """With one frame: the smaller sample lies in the larger, or beside it as far as it can."""
    high = overlap(survey("a", 3, "low"), survey("b", 2, "low"), period="2022-W06")
    apart = overlap(survey("a", 3, "low"), survey("b", 2, "high"), period="2022-W06")
    free = overlap(survey("a", 3, None), survey("b", 2, None), period="2022-W06")
    assert high.expected == 4
    assert apart.expected == (3 + 2 - 4) + (3 + 2 - 3)
    assert free.expected == Fraction(3 * 2, 4) + Fraction(3 * 2, 3)
    assert free.both["610101100200"] == free.one["610101100200"] * free.other["610101100200"]


def test_draws_meet_as_often_as_is_computed() -> None:
    """Chi-square of 3,000 rounds over how many villages of a county two surveys share."""
    one, other = survey("a", 2, "low"), survey("b", 3, "high", strata="city")
    found: Counter[str] = Counter()
    rounds = 3000
    for number in range(rounds):
        seed = f"{SEED}{number}"
        mine = draw(one, period="2022-W06", seed=seed).picks()
        found.update(set(mine).intersection(draw(other, period="2022-W06", seed=seed).picks()))
    both = overlap(one, other, period="2022-W06").both
    for unit, chance in both.items():
        expected = [float(rounds * chance), float(rounds * (1 - chance))]
        observed = [found[unit], rounds - found[unit]]
        assert chi_square(observed, expected) < critical(1, 0.0001)


def test_two_surveys_under_one_notice() -> None:
    """Their seed is one, each receipt states its own chances and verifies, the audit agrees."""
    plans = [survey("health", 2, "low"), survey("housing", 2, "high")]
    event = Drawing("双色球 2022018", date(2022, 2, 20), DOUBLE_COLOUR)
    notice = announce(plans, period="2022-W08", on=date(2022, 2, 14), events=[event])
    result = ["05 11 17 22 28 33+09"]
    made = [draw(plan, period="2022-W08", seed=notice.open(result)) for plan in plans]
    assert made[0].seed == made[1].seed
    assert [one.strata[0].others for one in made] == [Fraction(1, 2), Fraction(1, 2)]
    first, second = (set(one.strata[0].picks) for one in made)
    assert not {pick.unit for pick in first} & {pick.unit for pick in second}
    for receipt in made:
        assert verify(receipt.to_json(), AREAS, notice=notice, results=result)
    found = audit([notice, *made], areas=AREAS, results={"2022-W08": result})
    assert found.answer == "holds"


def test_what_cannot_share_numbers_is_refused() -> None:
    """Two stages, a cycle or chances by size: then the tickets alone do not decide."""
    for stages in (
        (Stage("village", coverage="cycle"),),
        (Stage("village", 1, "size"),),
        (Stage("township"), Stage("village")),
    ):
        with pytest.raises(InvalidPlanError, match="shared by draws of one stage"):
            Design("d", "county", stages, shared=Shared("numbers"))
    with pytest.raises(InvalidPlanError, match="separate parts"):
        Design("d", "county", (Stage("village"),), shared=Shared("a|b"))
    cycle = Plan(Design("d", "county", (Stage("village", coverage="cycle"),), rural=True), AREAS)
    with pytest.raises(InvalidDrawError, match="even chances"):
        overlap(cycle, survey("a", 1, "low"), period="2022-W06")
