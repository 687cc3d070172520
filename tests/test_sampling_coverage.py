"""Coverage: what each policy promises, how predictable it is, and how long it takes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations, count
from statistics import fmean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antipoverty._sampling.steps import (  # private: the steps whose promise is proved
    Step,
    TooManyWaiting,
    draw_stratum,
    steps_of,
)
from antipoverty._sampling.tickets import Tickets  # private: the steps whose promise is proved
from antipoverty.codes import AreaCode
from antipoverty.errors import (
    EmptyFrameError,
    ImpossibleCoverageError,
    InvalidDrawError,
    InvalidHistoryError,
)
from antipoverty.model import Area, AreaTree
from antipoverty.periods import Period
from antipoverty.sampling import (
    PREDICTABLE,
    Design,
    HouseholdPlan,
    Plan,
    Receipt,
    Stage,
    WeeklyVillagePlan,
    coverage,
    draw,
    expected_rounds,
    simulated_rounds,
    ticket,
    verify,
    within,
)
from sampling_areas import SEED, all_visited, chi_square, critical, province


def rounds(plan: Plan, weeks: int, seed: str = SEED, first: str = "2021-W50") -> list[Receipt]:
    """Draw a plan week after week."""
    history: list[Receipt] = []
    week = Period.parse(first)
    for number in range(weeks):
        history.append(draw(plan, period=week, seed=f"{seed}-{number}", history=history))
        week = week.next
    return history


def plan_of(units: int, take: int, policy: str) -> Plan:
    """One county of some villages."""
    design = Design("p", "county", (Stage("village", take, coverage=policy),), rural=True)
    return Plan(design, province([units]))


@given(units=st.integers(1, 7), take=st.integers(1, 3), seed=st.integers(0, 10**6))
@settings(max_examples=30)
def test_a_cycle_repeats_nobody_until_all_were_drawn(units: int, take: int, seed: int) -> None:
    """Read one after the other, every ``units`` picks are all the units."""
    history = rounds(plan_of(units, take, "cycle"), 9, f"{SEED}{seed}")
    if take >= units:
        assert all(len(one.picks()) == units for one in history)
        return
    drawn = [pick.unit for one in history for pick in one.strata[0].picks]
    for start in range(0, len(drawn) - units + 1, units):
        assert len(set(drawn[start : start + units])) == units
    assert all(len(set(one.picks())) == take for one in history)


@given(
    units=st.integers(1, 8),
    take=st.integers(1, 3),
    spare=st.integers(0, 3),
    seed=st.integers(0, 99),
)
@settings(max_examples=40)
def test_within_n_nobody_waits_longer(units: int, take: int, spare: int, seed: int) -> None:
    """In any ``n`` rounds every unit is drawn, with no slack as with some."""
    limit = -(-units // take) + spare
    history = rounds(plan_of(units, take, within(limit)), limit * 3, f"{SEED}{seed}")
    drawn = [set(one.picks()) for one in history]
    for start in range(len(drawn) - limit + 1):
        assert len(set().union(*drawn[start : start + limit])) == units
    assert all(len(one.picks()) == min(take, units) for one in history)


@given(units=st.integers(2, 8), take=st.integers(1, 3), policy=st.sampled_from(["cycle", "within"]))
@settings(max_examples=40)
def test_the_stated_chances_add_up_to_the_picks(units: int, take: int, policy: str) -> None:
    """Exactly, in every round; a unit that could not be drawn has none."""
    how = within(-(-units // take) + 1) if policy == "within" else policy
    plan = plan_of(units, take, how)
    villages = [area.code for area in plan.source if len(area.code) == 12]  # type: ignore[attr-defined]
    for one in rounds(plan, 6):
        stratum = one.strata[0]
        chances = {code: stratum.chance(code) for code in villages}
        assert sum(chances.values()) == len(one.picks())
        assert all(chances[code] > 0 for code in one.picks())
        assert stratum.could == sum(1 for chance in chances.values() if chance)


def test_draws_within_n_match_their_stated_chances() -> None:
    """Chi-square of a second round of two in six, at 1 in 1,000.

    After a first round the two that were drawn can wait longest; the receipt's chances
    follow from two steps, and 3,000 draws keep to them.
    """
    plan = plan_of(6, 2, within(3))
    villages = [area.code for area in plan.source if len(area.code) == 12]  # type: ignore[attr-defined]
    first = rounds(plan, 1)
    found: Counter[str] = Counter()
    stated: dict[str, Fraction] = {}
    for number in range(3000):
        one = draw(plan, period="2021-W51", seed=f"{SEED}:{number}", history=first)
        found.update(one.picks())
        stated = {code: one.strata[0].chance(code) for code in villages}
    possible = [code for code in villages if stated[code]]
    expected = [3000.0 * float(stated[code]) for code in possible]
    assert sum(found[code] for code in villages if code not in possible) == 0
    assert chi_square([found[c] for c in possible], expected) < critical(len(possible) - 1, 0.001)


def test_first_those_who_cannot_wait_then_anyone() -> None:
    """Steps and chances of two in six within four rounds, counted by hand."""
    stage, units = Stage("village", 2, coverage=within(4)), list("abcdef")

    def divided(*history: str) -> list[Step]:
        last = {unit: number for number, drawn in enumerate(history, 1) for unit in drawn}
        waited = {unit: len(history) - last.get(unit, 0) for unit in units}
        return steps_of(stage, units, seen=(), waited=waited.__getitem__)

    def steps(*history: str) -> list[tuple[str, int, bool]]:
        return [("".join(s.pool), s.take, s.forced) for s in divided(*history)]

    assert steps() == [("abcdef", 2, False)]
    assert steps("ab", "ef", "ab") == [("cd", 2, True)]
    assert steps("ab", "de", "fa") == [("c", 1, True), ("abcdef", 1, False)]
    assert steps("a", "ef") == [("bcd", 1, True), ("abcdef", 1, False)]
    found = draw_stratum(
        Tickets(SEED, "p", "2022"),
        "s",
        units,
        stage,
        steps=divided("a", "ef"),
        sizes={},
    )
    # One of three, and then one of the five that are left.
    waiting = Fraction(1, 3) + Fraction(2, 3) * Fraction(1, 5)
    assert [found.chance(unit) for unit in "abcd"] == [Fraction(1, 5), *[waiting] * 3]
    assert found.picks[1].ticket == ticket(SEED, "p", "2022", "s/2", found.picks[1].unit)


def test_forced_picks_are_marked() -> None:
    """The last of a cycle, and those whose time has come."""
    last = rounds(plan_of(3, 1, "cycle"), 3)[-1].strata[0]
    assert [pick.forced for pick in last.picks] == [True]
    assert (last.could, last.chance(last.picks[0].unit)) == (1, 1)
    free = rounds(plan_of(3, 1, "independent"), 3)[-1].strata[0]
    assert [pick.forced for pick in free.picks] == [False]


def test_what_cannot_be_kept_is_an_error_for_every_stratum() -> None:
    """Ten villages at one a week do not fit into nine weeks."""
    with pytest.raises(ImpossibleCoverageError) as caught:
        draw(
            WeeklyVillagePlan(province([10, 9, 11]), coverage=within(9)),
            period="2022-W06",
            seed=SEED,
        )
    assert [one.message[:6] for one in caught.value.problems] == ["610101", "610103"]


def test_a_receipt_with_a_history_is_verified_with_it() -> None:
    """The digests of the earlier receipts stand on it; without them nothing can be drawn again."""
    areas = province([4])
    history = rounds(WeeklyVillagePlan(areas, coverage="cycle"), 3)
    assert verify(history[-1], areas, history=history)
    missing = verify(history[-1], areas, history=history[:1])
    assert missing.answer == "unchecked"
    assert "1 earlier receipts" in missing.explain("en")
    assert not missing.differences


def test_households_are_not_repeated_across_rounds() -> None:
    """Twelve households, four at a time: three rounds see them all."""
    plan = HouseholdPlan({"610702100200": [f"h{n:02d}" for n in range(12)]}, take=4)
    drawn = [set(one.picks()) for one in rounds(plan, 3)]
    assert len(set().union(*drawn)) == 12


# --- codes that change ------------------------------------------------------------------------


def changed(*, split: bool) -> AreaTree:
    """Villages 200 and 201 merged into 290, or 200 split into 290 and 291, in 2022."""
    day = date(2022, 1, 1)
    old = ["610101100200"] if split else ["610101100200", "610101100201"]
    new = [AreaCode("610101100290"), AreaCode("610101100291")][: 2 if split else 1]
    kept = [
        area.model_copy(update={"until": date(2022, 1, 2), "successors": tuple(new)})
        if area.code in old
        else area
        for area in province([4])
    ]
    return AreaTree([*kept, *(Area(code=code, name="新", since=day) for code in new)])


@pytest.mark.parametrize("split", [True, False])
def test_successors_keep_the_history(split: bool) -> None:
    """What became of a village that was drawn is not drawn before the others were."""
    areas = changed(split=split)
    plan = WeeklyVillagePlan(areas, coverage="cycle")
    first = next(
        one
        for number in range(50)
        for one in [draw(plan, period="2021-W50", seed=f"{SEED}{number}")]
        if one.picks() == ("610101100200",)
    )
    later = draw(plan, period="2022-W06", seed=SEED, history=[first])
    new = ["610101100290", "610101100291"][: 2 if split else 1]
    assert [later.strata[0].chance(code) for code in new] == [0] * len(new)
    report = coverage(plan, [first, later], outcomes=map(all_visited, [first, later]))
    assert report.covered == len(new) + 1
    assert set(report.strata[0].waits) >= set(new)


def test_a_history_of_unknown_codes_is_refused() -> None:
    """The area tree must know what became of them."""
    first = rounds(WeeklyVillagePlan(province([4]), coverage="cycle"), 1)
    gone = first[0].picks()[0]
    areas = AreaTree(area for area in province([4]) if area.code != gone)
    with pytest.raises(InvalidHistoryError, match=gone):
        draw(
            WeeklyVillagePlan(areas, coverage="cycle"),
            period="2022-W06",
            seed=SEED,
            history=first,
        )


def moving(lives: list[tuple[int, int]]) -> AreaTree:
    """A county whose villages are in use from one week of 2022 to before another."""
    return AreaTree(
        [
            *province([0]),
            *(
                Area(
                    code=AreaCode(f"610101100{200 + number}"),
                    name="村",
                    since=date(2022, 1, 3) + timedelta(weeks=start) if start else None,
                    until=date(2022, 1, 2) + timedelta(weeks=start + length),
                )
                for number, (start, length) in enumerate(lives)
            ),
        ]
    )


LIVES = st.lists(st.tuples(st.sampled_from((0, 0, 2, 4, 5)), st.integers(1, 14)), max_size=4)


@given(lives=LIVES, take=st.integers(1, 2), seed=st.integers(0, 10**6))
@settings(max_examples=60)
def test_a_cycle_goes_on_while_villages_come_and_go(
    lives: list[tuple[int, int]], take: int, seed: int
) -> None:
    """Nobody is drawn twice in a cycle, which ends when all that were there by then were drawn."""
    areas = moving([(0, 20), *lives])
    design = Design("p", "county", (Stage("village", take, coverage="cycle"),), rural=True)
    done: set[str] = set()
    for receipt in rounds(Plan(design, areas), 12, f"{SEED}{seed}", "2022-W01"):
        day = receipt.period.first
        there = {str(one.code) for one in areas if one.on(day) and len(one.code) == 12}
        fresh = there - done or there
        drawn = receipt.strata[0].picks
        first = {pick.unit for pick in drawn if pick.step == 1}
        assert len({pick.unit for pick in drawn}) == min(take, len(there))
        if take >= len(there):
            done = set()
            continue
        assert first <= fresh
        assert len(first) == min(take, len(fresh))
        done = done | first if there - done else first
        if there <= done:
            done = {pick.unit for pick in drawn if pick.step == 2}


@given(lives=LIVES, take=st.integers(1, 2), seed=st.integers(0, 10**6))
@settings(max_examples=60)
def test_within_n_whoever_comes_later_waits_from_then(
    lives: list[tuple[int, int]], take: int, seed: int
) -> None:
    """No village waits longer than ``n`` rounds in which it was there."""
    areas = moving([(0, 20), *((start, 20) for start, _ in lives)])
    limit = -(-(len(lives) + 1) // take) + 1
    design = Design("p", "county", (Stage("village", take, coverage=within(limit)),), rural=True)
    history = rounds(Plan(design, areas), 12, f"{SEED}{seed}", "2022-W01")
    for one in areas.descendants(None, "village"):
        there = [one.code in receipt.picks() for receipt in history if one.on(day_of(receipt))]
        assert all(any(there[at : at + limit]) for at in range(len(there) - limit + 1))
    report = coverage(Plan(design, areas), history)
    assert report.longest_wait < limit


def day_of(receipt: Receipt) -> date:
    """The day whose codes a receipt draws from."""
    return receipt.period.first


def test_a_county_that_is_renamed_goes_on_with_its_cycle() -> None:
    """Of its two villages the one that was not drawn comes next, under its new code."""
    day = date(2022, 1, 3)
    ends = ("610101", "610101100", "610101100200", "610101100201")
    areas = AreaTree(
        [
            *(
                area.model_copy(
                    update={
                        "until": date(2022, 1, 2),
                        "successors": (AreaCode("610109" + area.code[6:]),),
                    }
                )
                if area.code in ends
                else area
                for area in province([2])
            ),
            *(Area(code=AreaCode("610109" + code[6:]), name="新", since=day) for code in ends),
        ]
    )
    plan = WeeklyVillagePlan(areas, coverage="cycle")
    for number in range(8):
        history = rounds(plan, 5, f"{SEED}{number}", "2021-W52")
        tails = [one.picks()[0][6:] for one in history]
        assert tails[0] != tails[1]
        assert tails[2] != tails[3]
        assert [one.picks()[0][:6] for one in history] == ["610101", *["610109"] * 4]


def test_what_cannot_be_kept_says_what_can() -> None:
    """Three villages at one a week cannot be within two weeks, and three is the least."""
    with pytest.raises(ImpossibleCoverageError, match=r"the least that can be kept is within\(3\)"):
        draw(plan_of(3, 1, within(2)), period="2022-W06", seed=SEED)
    free = rounds(plan_of(4, 1, "independent"), 9)
    with pytest.raises(ImpossibleCoverageError) as caught:
        draw(plan_of(4, 1, within(4)), period="2022-W30", seed=SEED, history=free)
    least = re.findall(r"within\((\d+)\)", str(caught.value))[-1]
    assert draw(plan_of(4, 1, within(int(least))), period="2022-W30", seed=SEED, history=free)


def shares(pool: frozenset[str], steps: list[Step]) -> dict[str, Fraction]:
    """The chance of every unit, by going through everything that can be drawn."""
    if not steps:
        return {}
    step, *later = steps
    options = list(combinations(sorted({*step.pool} & pool), step.take))
    found: dict[str, Fraction] = defaultdict(Fraction)
    for drawn in options:
        for unit in drawn:
            found[unit] += Fraction(1, len(options))
        for unit, share in shares(pool - {*drawn}, later).items():
            found[unit] += share / len(options)
    return found


@given(data=st.data(), take=st.integers(1, 3), policy=st.sampled_from(["cycle", "within"]))
@settings(max_examples=150)
def test_every_stated_chance_is_exact(data: st.DataObject, take: int, policy: str) -> None:
    """Whatever was drawn before and however many steps: all possible draws are gone through."""
    units = list("abcdefg"[: data.draw(st.integers(take, 7))])
    seen = data.draw(st.sets(st.sampled_from(units)))
    waits = {unit: data.draw(st.integers(0, 6)) for unit in units}
    for limit in count(1):
        how = Stage("list", take, coverage=policy if policy == "cycle" else within(limit))
        with suppress(TooManyWaiting):
            steps = steps_of(how, units, seen=seen, waited=waits.__getitem__)
            break
    tickets = Tickets(SEED, "p", "2022")
    one = draw_stratum(tickets, "s", units, how, steps=steps, sizes={})
    assert {unit: one.chance(unit) for unit in units} == {
        unit: shares(frozenset(units), steps).get(unit, Fraction(0)) for unit in units
    }


# --- reports -----------------------------------------------------------------------------------


def test_the_report_counts_who_was_drawn_and_who_waits() -> None:
    """By stratum, with the rounds since each unit was last drawn."""
    plan = WeeklyVillagePlan(province([3, 1]))
    history = rounds(plan, 4)
    report = coverage(plan, reversed(history), outcomes=map(all_visited, history))
    assert (report.rounds, report.units, report.coverage) == (4, 4, "independent")
    drawn = [one.strata[0].picks[0].unit for one in history]
    waits = report.strata[0].waits
    assert waits[drawn[-1]] == 0
    assert all(waits[unit] == 4 for unit in report.strata[0].never)
    assert report.strata[0].covered == len(set(drawn))
    assert report.expected == expected_rounds(3, never=3 - len(set(drawn)))
    assert report.longest_wait == max(waits.values())


def test_a_report_needs_sound_receipts_of_the_plan() -> None:
    """None, a stage that is not there, or one twice: an error each."""
    plan = WeeklyVillagePlan(province([3]))
    history = rounds(plan, 2)
    with pytest.raises(InvalidDrawError, match="no receipt"):
        coverage(plan, [])
    with pytest.raises(InvalidDrawError, match="no stage 2"):
        coverage(plan, history, stage=2)
    with pytest.raises(InvalidHistoryError):
        coverage(plan, [*history, history[0]])


@given(units=st.integers(1, 60))
def test_one_at_a_time_is_the_collector_of_coupons(units: int) -> None:
    """``N`` times the sum of the reciprocals."""
    harmonic = sum((Fraction(1, number) for number in range(1, units + 1)), Fraction(0))
    assert expected_rounds(units) == units * harmonic
    assert expected_rounds(units, policy="cycle") == units
    assert expected_rounds(units, never=0) == 0


@pytest.mark.parametrize(("units", "take"), [(8, 1), (8, 3), (5, 5), (1, 1)])
def test_the_exact_formula_stands_beside_simulation(units: int, take: int) -> None:
    """The mean of 400 trials lies within four standard errors: 1 in 15,000 would not."""
    trials = simulated_rounds(units, take, trials=400, seed=SEED)
    error = stdev(trials) / 400**0.5
    assert abs(fmean(trials) - float(expected_rounds(units, take))) <= 4 * error
    cycle = simulated_rounds(units, take, policy="cycle", trials=5, seed=SEED)
    assert set(cycle) == {int(expected_rounds(units, take, policy="cycle"))}
    bound = -(-units // take) + 1
    assert max(simulated_rounds(units, take, policy=within(bound), trials=20, seed=SEED)) <= bound


def test_a_report_sets_trials_beside_the_exact_figure() -> None:
    """From where the draws stand: within four standard errors of the exact one, or 1 in 15,000."""
    free = WeeklyVillagePlan(province([6]))
    history = rounds(free, 3)
    visits = [all_visited(one) for one in history]
    (one,) = coverage(free, history, outcomes=visits, trials=400).strata
    assert one.expected is not None
    assert one.simulated is not None
    # Each of at most six waits has a deviation below six rounds.
    assert abs(one.simulated - one.expected) <= 4 * 6 * Fraction(6) ** Fraction(1, 2) / 20
    cycle = WeeklyVillagePlan(province([6]), coverage="cycle")
    history = rounds(cycle, 4)
    (one,) = coverage(cycle, history, outcomes=map(all_visited, history), trials=3).strata
    assert one.expected == one.simulated == 2
    bound = WeeklyVillagePlan(province([6]), coverage=within(8))
    history = rounds(bound, 4)
    (one,) = coverage(bound, history, outcomes=map(all_visited, history), trials=20).strata
    assert one.expected is None
    assert one.simulated is not None
    assert 2 <= one.simulated <= 4


def test_who_comes_late_into_a_cycle_is_expected_among_all_that_are_left() -> None:
    """One new village and one old left: in the first round or the second, 1.5 rounds on average."""
    areas = moving([(0, 20), (0, 20), (3, 20)])
    plan = WeeklyVillagePlan(areas, coverage="cycle")
    history = rounds(plan, 3, SEED, "2022-W01")
    (one,) = coverage(plan, history, outcomes=map(all_visited, history), trials=200).strata
    assert (len(one.never), one.expected) == (1, Fraction(3, 2))
    assert one.simulated is not None
    # Four standard errors of 200 trials with deviation 1/2: 1 in 15,000.
    assert abs(one.simulated - Fraction(3, 2)) < Fraction(1, 7)


def test_wrong_numbers_are_refused() -> None:
    """No unit, no draw, more to come than there are, no policy."""
    with pytest.raises(EmptyFrameError):
        expected_rounds(0)
    for arguments in ({"take": 0}, {"never": 9}, {"policy": "within"}, {"policy": "often"}):
        with pytest.raises(InvalidDrawError):
            expected_rounds(5, **arguments)  # type: ignore[arg-type]


def test_every_policy_says_how_predictable_it_is() -> None:
    """In both languages."""
    assert set(PREDICTABLE) == {"independent", "cycle", "within"}
    assert all(len(pair) == 2 and all(pair) for pair in PREDICTABLE.values())


# --- what can be foreseen ---------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("limit", "most"), [(20, 84), (40, 28), (60, 14)])
def test_how_often_a_bound_makes_a_rota_is_stated(limit: int, most: int) -> None:
    """Twenty villages over 104 weeks: with n = 20 every pick after the 20th week is known.

    Each receipt states the chance of the best guess, coverage counts those of one, and
    the receipt and its verification warn of the rota.
    """
    plan = WeeklyVillagePlan(province([20]), coverage=within(limit))
    history = rounds(plan, 104, first="2022-W01")
    later = [one for one in history[20:] if one.foreseeable]
    assert len(later) == 84 if limit == 20 else len(later) <= most
    (found,) = coverage(plan, history).strata
    assert found.foreseen == sum(bool(one.foreseeable) for one in history)
    told = verify(history[-1], province([20]), history=history[:-1])
    assert told.answer == "holds"
    warned = "is close to a rota" in told.explain("en")
    assert warned is bool(history[-1].rotas) is (limit < 40)
    assert ("接近轮值" in told.explain("zh")) is warned


@given(
    units=st.integers(1, 5),
    take=st.integers(1, 3),
    policy=st.sampled_from(["independent", "cycle", "within(5)", "within(7)"]),
    weeks=st.integers(1, 6),
)
@settings(max_examples=60, deadline=None)
def test_the_best_guess_of_the_next_draw_is_that_on_its_receipt(
    units: int, take: int, policy: str, weeks: int
) -> None:
    """Before it is drawn; and no unit has a greater chance, and one has that."""
    plan = plan_of(units, take, policy)
    history = rounds(plan, weeks)
    (found,) = coverage(plan, history).strata
    after = draw(plan, period=history[-1].period.next, seed=SEED + "z", history=history)
    (one,) = after.strata
    codes = [area.code for area in province([units]).descendants(None, "village")]
    assert found.best_guess == one.best_guess == max(one.chance(code) for code in codes)


def test_what_cannot_be_kept_has_no_best_guess_and_by_size_no_expectation() -> None:
    """Six large villages, one small later: nothing wrong is stated; the trials tell."""
    sizes = {f"61010110020{n}": 50 for n in range(6)} | {"610101100206": 1}
    design = Design("d", "county", (Stage("village", 1, "size", "cycle"),), rural=True)
    plan = Plan(design, province([7]), sizes)
    history = rounds(plan, 2)
    (found,) = coverage(plan, history, outcomes=map(all_visited, history), trials=50).strata
    assert found.expected is None
    assert found.simulated is not None
    assert 4 <= found.simulated <= 5
    assert found.best_guess == max(Fraction(50, 50 * left + 1) for left in (4, 5))
    bound = WeeklyVillagePlan(moving([(0, 20)] + [(3, 20)] * 4), coverage=within(2))
    (late,) = coverage(bound, rounds(bound, 3, first="2022-W01")).strata
    assert late.best_guess is None or late.best_guess > 0
