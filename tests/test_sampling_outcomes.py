"""What became of what was drawn: every unit has a result, and coverage counts visits."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import pytest

from antipoverty.errors import InvalidOutcomesError
from antipoverty.sampling import (
    HouseholdPlan,
    OnSitePlan,
    Outcome,
    Outcomes,
    Receipt,
    Supplement,
    WeeklyVillagePlan,
    audit,
    by_office,
    coverage,
    draw,
    outcomes,
    request,
    simulated_rounds,
    supplement,
)
from sampling_areas import SEED, all_visited, province

AREAS = province([5, 3, 4])
PLAN = WeeklyVillagePlan(AREAS, coverage="cycle")
RECEIPT = draw(PLAN, period="2022-W08", seed=SEED)
FIRST, SECOND, THIRD = RECEIPT.picks()
DAY = date(2022, 2, 23)
AS_OF = date(2022, 2, 28)


def replacing(unit: str, receipt: Receipt = RECEIPT, plan: Any = PLAN) -> Supplement:
    """A supplement in place of a unit."""
    made = request(receipt, on=DAY, instead_of={unit: "flood"})
    return supplement(plan, made, receipt, seed=SEED + "x")


def test_every_unit_drawn_has_a_result() -> None:
    """Visited, replaced and why, or open; the replacement has one too."""
    extra = replacing(SECOND)
    new = extra.strata[0].picks[0].unit
    made = outcomes(
        RECEIPT,
        [
            Outcome(FIRST, "visited", DAY, office="team-1", problems=("P-7",)),
            Outcome(SECOND, "replaced", office="team-2"),
        ],
        as_of=AS_OF,
        supplements=[extra],
    )
    found = {one.unit: (one.result, one.why) for one in made.units}
    assert found == {
        FIRST: ("visited", None),
        SECOND: ("replaced", "flood"),
        THIRD: ("open", None),
        new: ("open", None),
    }
    assert made.counts == {"visited": 1, "replaced": 1, "open": 2}
    assert made.visited == (FIRST,)
    assert Outcomes.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    ("reported", "words"),
    [
        ([Outcome("610101100299", "visited", DAY)], "was not drawn"),
        ([Outcome(FIRST, "visited")], "a day belongs to a visit"),
        ([Outcome(FIRST, "open", DAY)], "a day belongs to a visit"),
        ([Outcome(FIRST, "visited", date(2022, 3, 1))], "lies outside"),
        ([Outcome(FIRST, "visited", date(2022, 2, 20))], "lies outside"),
        ([Outcome(FIRST, "replaced")], "no supplement replaced it"),
        ([Outcome(SECOND, "visited", DAY)], "it was replaced"),
        ([Outcome(FIRST, problems=("P-7",))], "without a visit"),
        ([Outcome(FIRST, "visited", DAY, office="王局长")], "free text"),
        ([Outcome(FIRST, "visited", DAY, problems=("13812345678",))], "telephone"),
        ([Outcome(FIRST), Outcome(FIRST)], "reported 2 times"),
    ],
)
def test_results_that_contradict_the_draw_are_refused(reported: list[Outcome], words: str) -> None:
    """A visit of another village than was drawn, a replacement that nobody asked for."""
    with pytest.raises(InvalidOutcomesError, match=words):
        outcomes(RECEIPT, reported, as_of=AS_OF, supplements=[replacing(SECOND)])


def test_a_county_that_is_replaced_takes_its_village_with_it() -> None:
    """The village drawn in it is replaced, for the county's reason; that in the new one is open."""
    plan = OnSitePlan(AREAS)
    receipt = draw(plan, period="2022-Q1", seed=SEED)
    (county,), (village,) = receipt.picks(1), receipt.picks(2)
    extra = replacing(county, receipt, plan)
    made = outcomes(receipt, [], as_of=AS_OF, supplements=[extra])
    found = {one.unit: (one.result, one.why) for one in made.units}
    new = extra.strata[1].picks[0].unit
    assert found == {village: ("replaced", "flood"), new: ("open", None)}


# --- coverage --------------------------------------------------------------------------


def weeks(count: int, plan: Any = PLAN) -> list[Receipt]:
    """Rehearsals, week after week."""
    made: list[Receipt] = []
    for number in range(count):
        week = f"2022-W{number + 8:02d}"
        made.append(draw(plan, period=week, seed=f"{SEED}{number}", history=made))
    return made


def test_coverage_counts_visits_and_not_draws() -> None:
    """Three rounds drawn, two published, one village of them not visited."""
    receipts = weeks(3)
    skipped = receipts[0].picks()[0]
    published = [all_visited(receipts[0], but=(skipped,)), all_visited(receipts[1])]
    found = coverage(PLAN, receipts, outcomes=published)
    assert (found.drawn, found.covered) == (9, 5)
    assert (found.visited, found.replaced, found.open) == (5, 0, 1 + 3)
    first = found.strata[0]
    assert skipped in first.never
    assert first.drawn == 3
    assert coverage(PLAN, receipts).covered == 0
    with pytest.raises(InvalidOutcomesError, match="no receipt"):
        coverage(PLAN, receipts[1:], outcomes=published)
    with pytest.raises(InvalidOutcomesError, match="altered"):
        coverage(PLAN, receipts, outcomes=[attrs.evolve(published[0], as_of=date(2023, 1, 1))])


def test_a_replacement_that_was_visited_is_covered() -> None:
    """And what it replaced is not; of a county on site its villages count for it."""
    plan = OnSitePlan(AREAS)
    receipt = draw(plan, period="2022-Q1", seed=SEED)
    (county,) = receipt.picks(1)
    extra = replacing(county, receipt, plan)
    new = extra.strata[1].picks[0].unit
    made = outcomes(receipt, [Outcome(new, "visited", DAY)], as_of=AS_OF, supplements=[extra])
    counties = coverage(plan, [receipt], outcomes=[made]).strata[0]
    assert new[:6] not in counties.never
    assert county in counties.never
    villages = coverage(plan, [receipt], outcomes=[made], stage=2)
    assert villages.covered == 1


@pytest.mark.parametrize(
    ("units", "take", "drawn", "missed"),
    [(5, 1, 3, 1), (5, 2, 1, 2), (7, 3, 1, 2), (6, 2, 2, 3), (4, 4, 1, 1), (5, 2, 2, 3)],
)
def test_who_was_drawn_and_not_visited_is_expected_in_the_next_cycle(
    units: int, take: int, drawn: int, missed: int
) -> None:
    """The exact figure lies within four standard errors of 1,500 trials by the code of draws."""
    lists = {"610101100200": [f"h{number}" for number in range(units)]}
    plan = HouseholdPlan(lists, take=take)
    receipts = weeks(drawn, plan)
    last = receipts[-1].picks()
    lost = tuple(unit for one in receipts for unit in one.picks())[-missed:]
    published = [all_visited(one, but=lost) for one in receipts]
    trials = 1500
    (found,) = coverage(plan, receipts, outcomes=published, trials=trials).strata
    assert last
    assert found.expected is not None
    assert found.simulated is not None
    spread = max(simulated_rounds(units, take, policy="cycle", trials=1, seed="s")) + 2
    assert abs(found.expected - found.simulated) < 4 * spread / (2 * trials**0.5)


# --- offices ---------------------------------------------------------------------------


def test_offices_that_replace_more_than_luck_explains_come_first() -> None:
    """Three offices over eight rounds; one replaces all it can. The chance counted by hand."""
    published: list[Outcomes] = []
    for receipt in weeks(8, WeeklyVillagePlan(AREAS)):
        lost = receipt.picks()[0]
        plan = WeeklyVillagePlan(AREAS)
        made = request(receipt, on=receipt.period.first, instead_of={lost: "flood"})
        extra = supplement(plan, made, receipt, seed=receipt.seed + "x")
        reported = [Outcome(lost, "replaced", office="county-1")]
        reported += [
            Outcome(unit, "visited", receipt.period.first, office=f"county-{number}")
            for number, unit in enumerate(receipt.picks()[1:], 2)
        ]
        as_of = receipt.period.last
        published.append(outcomes(receipt, reported, as_of=as_of, supplements=[extra]))
    first, *others = by_office(published)
    assert (first.office, first.drawn, first.replaced, first.rate) == ("county-1", 8, 8, 1)
    # All eight replacements among 32 units fall to these eight: one way of C(32, 8).
    assert first.luck == Fraction(1, 10518300)
    assert {one.office for one in others} == {"", "county-2", "county-3"}
    assert all(one.luck == 1 and one.replaced == 0 for one in others)
    again = [*published, attrs.evolve(published[0], as_of=date(2022, 12, 31))]
    assert by_office(again) == by_office(published)


# --- the audit -------------------------------------------------------------------------


def resealed(document: Any, **change: object) -> Any:
    """A forged document whose digest fits."""
    fields = attrs.asdict(document, recurse=False) | change
    del fields["digest"]
    return type(document)(**fields)


def found_by_audit(*documents: Any) -> dict[str, str]:
    """The kinds of what does not hold, each with what is said."""
    found = audit([RECEIPT, *documents], areas=AREAS).findings
    return {one.kind: one.en for one in found if one.weight == "differs"}


def test_the_audit_finds_results_that_are_not_those_of_the_draw() -> None:
    """A unit left out, one added, a visit taken back, a supplement not accounted for."""
    sound = all_visited(RECEIPT)
    assert found_by_audit(sound) == {}
    notes = {one.kind: one.en for one in audit([RECEIPT], areas=AREAS).findings}
    assert notes["open"].startswith("3 units drawn have no published result (1 rounds")
    assert "open" not in {one.kind for one in audit([RECEIPT, sound], areas=AREAS).findings}
    assert "altered" in found_by_audit(attrs.evolve(sound, as_of=date(2022, 12, 1)))
    shorter = resealed(sound, units=sound.units[1:])
    assert "not those of the units" in found_by_audit(shorter)["outcomes"]
    other = attrs.evolve(sound.units[0], unit="610101100299")
    assert "outcomes" in found_by_audit(resealed(sound, units=(other, *sound.units[1:])))
    back = outcomes(RECEIPT, [], as_of=date(2022, 12, 1))
    assert "taken back" in found_by_audit(sound, back)["outcomes"]
    found_there = Outcome(FIRST, "visited", DAY, problems=("P-7",))
    told = outcomes(RECEIPT, [found_there], as_of=AS_OF)
    for change in ({"problems": ()}, {"on": AS_OF}, {"office": "county-9"}):
        other_now = outcomes(
            RECEIPT, [attrs.evolve(found_there, **change)], as_of=date(2022, 12, 1)
        )
        assert "told otherwise" in found_by_audit(told, other_now)["outcomes"]
    more = attrs.evolve(found_there, problems=("P-7", "P-8"))
    assert found_by_audit(told, outcomes(RECEIPT, [more], as_of=date(2022, 12, 1))) == {}
    assert "two states" in found_by_audit(told, outcomes(RECEIPT, [more], as_of=AS_OF))["twice"]
    extra = replacing(SECOND)
    made = request(RECEIPT, on=DAY, instead_of={SECOND: "flood"})
    assert "not accounted for" in found_by_audit(sound, extra, made)["outcomes"]
    nobody = Outcomes("0" * 64, RECEIPT.design.id, RECEIPT.period, AS_OF, (), sound.units)
    assert "broken-chain" in found_by_audit(nobody)
