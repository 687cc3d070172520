"""What the kit draws is valid, shrinks, and lies where faults hide."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st

from antipoverty.conditions import Setting, parse, span, truth
from antipoverty.conditions import tree as nodes
from antipoverty.model import AreaTree, Household, schema_of
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Verdict, judge
from antipoverty.sampling import Plan, draw
from antipoverty.scoring import Notice, assess
from antipoverty.screening import Tables, screen
from antipoverty.testing import strategies as kit
from antipoverty.testing._search.subject import (  # private: the subject that strategies aim at
    Subject,
    subject,
)
from antipoverty.testing._strategies.choices import (  # private: many choices in one draw
    Choice,
    each_of,
)
from antipoverty.testing._strategies.policies import (  # private: the kit's invented parameters
    VALUES,
    rule_of,
)
from antipoverty.testing.witnesses import boundary_cases
from engines import EAGER
from packs import a_pack, a_pack_on_records, a_rule
from scoring_histories import policies

PACK = shaanxi_2531()
NOUNS = [name for name in kit.__all__ if name.islower() and name.endswith("s")]
MEASURED = settings(
    max_examples=150,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_draws_without_an_argument(noun: str) -> None:
    """Every plural noun has sensible defaults and gives something of its kind."""
    assert find(getattr(kit, noun)(), lambda _: True, settings=MEASURED) is not None


@given(household=kit.households(PACK) | kit.near_threshold("category-sudden", PACK))
def test_what_is_drawn_is_what_validation_gives(household: Household) -> None:
    """Written out and read again, a drawn household is the same in every fact."""
    again = Household.model_validate(household.model_dump())
    assert again == household
    assert [type(value) for value in vars(again).values()] == [
        type(value) for value in vars(household).values()
    ]


@given(household=kit.households(a_pack(a_rule("size > 3", area="610727101"), area="610727")))
def test_a_pack_of_one_county_is_asked_about_households_there(household: Household) -> None:
    """In the area of its rules; nobody lives where the pack is not in force."""
    assert str(household.area).startswith("610727101")


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "count(by(members, relation)) >= 7",
        "any(by(members, relation), count(members) > 2)",
        "count(by(records, kind), sum(records, amount) > yuan(5)) >= 3",
        "count(members) >= 120",
        "count(members) > size",
        "size > 99 or size < 1",
        'any(records, member_id == "the person next door")',
        'count(records, member_id in ("甲", "乙")) > 1',
        "any(members, age > 130) or all(members, age < 0)",
        "any(members, born_on > ago(days=1) and relation != 'head')",
        "gap(records, day) > 70000",
    ],
)
@pytest.mark.parametrize("as_of", [date(2022, 1, 1), date(1900, 1, 2), date(2099, 12, 31)])
def test_no_draft_holds_what_its_field_refuses(text: str, as_of: date) -> None:
    """Words come from the choices, numbers and days from the bounds, whatever is asked for."""
    schema = schema_of(Household)
    drawn = kit.households([parse(text, schema)], as_of=as_of)

    @given(drawn)
    @settings(MEASURED, max_examples=25)
    def made(household: Household) -> None:
        assert Household.model_validate(household.model_dump()) == household

    made()
    rule = rule_of("r", text, since=as_of)
    assert all(isinstance(one.household, Household) for one in boundary_cases(rule, as_of=as_of))


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=200)
def test_what_is_drawn_for_any_condition_is_valid(data: st.DataObject) -> None:
    """Whatever conditions a policy joins, a household can be drawn for them."""
    whens = data.draw(st.lists(kit.conditions(params=VALUES), min_size=1, max_size=2))
    assert data.draw(kit.households(whens, params=VALUES)).household_id


def test_choices_are_not_drawn_in_the_place_of_others() -> None:
    """Where Hypothesis varies a draw, nothing that does not fit leaves the first option alone."""
    eight, three = (
        each_of({f"{count} {at}": Choice(range(200)) for at in range(count)}) for count in (8, 3)
    )
    first: list[bool] = []

    @seed(1)
    @MEASURED
    @given(st.tuples(eight, three, st.lists(three, max_size=3)))
    def look(drawn: Any) -> None:
        first.append(not any(drawn[0].values()))

    look()
    assert len(first) > 100
    assert sum(first) * 20 < len(first)


@pytest.mark.slow
def test_a_household_shrinks_to_the_facts_that_matter() -> None:
    """A household that fails for its size has only that fact and no rows."""
    found = find(kit.households(), lambda household: (household.size or 0) >= 3)
    known = {name for name, value in found if value not in (None, ())}
    assert (found.size, known) == (3, {"household_id", "area", "size"})


def test_a_household_near_a_threshold_shrinks_to_one_record() -> None:
    """What warns for medical spending shrinks to one record, one fen over the line."""
    rule = "medical-burden-general"
    day = subject(rule, PACK).as_of
    found = find(
        kit.near_threshold(rule, PACK),
        lambda household: judge(household, PACK, as_of=day).verdicts[rule] is Verdict.WARN,
    )
    assert [row.amount for row in found.records or ()] == [2_600_001]


def test_a_condition_shrinks_to_one_comparison() -> None:
    """A condition that fails for being a comparison is one comparison of two simple values."""
    found = find(kit.conditions(), lambda one: isinstance(one, nodes.Compare))
    assert len(list(found.walk())) == 3


# --- near_threshold ---------------------------------------------------------------


def on_threshold(about: Subject, household: Household) -> bool:
    """Whether some ordering comparison of the rule has both sides equal."""
    found = False
    for part in about.rule.when.walk():
        if isinstance(part, nodes.Compare) and part.operator not in ("==", "!="):
            inside = {one.field.table for one in part.walk() if isinstance(one, nodes.Read)}
            of_rows = not any(isinstance(one, nodes.Rows) for one in part.walk())
            table = next((name for name in inside if name), None) if of_rows else None
            rows: Any = getattr(household, table) if table else [None]
            for row in rows:
                ends = (
                    span(side, household, about.setting, row) for side in (part.left, part.right)
                )
                left, right = ends
                found |= left is not None and left == right
    return found


@pytest.mark.slow
@pytest.mark.parametrize("rule", sorted(PACK.rules)[::3])
def test_every_side_of_a_rule_is_common(rule: str) -> None:
    """Of the households near a rule, 5 in 100 or more are on each side and on its threshold."""
    about = subject(rule, PACK)
    seen: Counter[str] = Counter()

    @seed(7)
    @MEASURED
    @given(kit.near_threshold(rule, PACK))
    def count(household: Household) -> None:
        verdict = judge(household, PACK, as_of=about.as_of).verdicts[rule].value
        seen.update(["all", verdict] + ["on"] * on_threshold(about, household))

    count()
    ordered = any(
        isinstance(part, nodes.Compare) and part.operator not in ("==", "!=")
        for part in about.rule.when.walk()
    )
    for side in ("warn", "clear", "undecided", *(["on"] if ordered else [])):
        assert seen[side] >= seen["all"] / 20, (side, seen)


LATEST = parse('max(records, day, where=amount > yuan(5)) > date("2021-06-01")')


@pytest.mark.parametrize("wanted", [True, False])
def test_a_number_that_decides_which_day_counts_is_drawn_for(*, wanted: bool) -> None:
    """Days are compared, and the filter before them reads an amount."""
    setting = Setting(date(2021, 12, 1))
    households = kit.households([LATEST], as_of=setting.as_of)
    assert find(
        households, lambda household: truth(LATEST, household, setting) is wanted, settings=MEASURED
    )


def days_drawn(as_of: date) -> set[date | None]:
    """The days of the records of households near a rule with a window of 12 months."""
    found: set[date | None] = set()

    for number in (7, 8):  # what is drawn depends on the modules that were read before, too

        @seed(number)
        @MEASURED
        @given(kit.near_threshold("medical-burden-general", PACK, as_of=as_of))
        def collect(household: Household) -> None:
            found.update(row.day for row in household.records or ())

        collect()
    return found


def test_days_lie_on_the_edges_of_a_window_and_beside() -> None:
    """The first and last day of the window and the days outside are drawn, and no day at all."""
    inside = {date(2020, 1, 1), date(2020, 12, 31)}
    outside = {date(2019, 12, 31), date(2021, 1, 1), date(2021, 1, 2)}
    assert inside | outside | {None} <= days_drawn(date(2021, 1, 1))


def test_leap_days_and_year_ends_are_drawn() -> None:
    """A window that holds a leap day and a year's end has records on both."""
    assert {date(2020, 2, 29), date(2020, 12, 31)} <= days_drawn(date(2021, 2, 1))


@pytest.mark.slow
def test_a_first_day_among_rows_of_some_amount_is_aimed_at() -> None:
    """A comparison of days whose rows are chosen by an amount has both kinds of facts."""
    when = parse("min(records, day, where=amount > yuan(100)) < ago(months=1)")
    found = find(
        kit.households([when], as_of=date(2021, 3, 1)),
        lambda household: truth(when, household, Setting(date(2021, 3, 1))) is True,
    )
    assert [(row.day, row.amount) for row in found.records or ()] != []


# --- areas, notices, plans, tables ------------------------------------------------


@given(notices=kit.histories(), data=st.data())
def test_histories_are_taken_by_an_assessment(
    notices: tuple[Notice, ...], data: st.DataObject
) -> None:
    """A drawn history has no fault that an assessment would refuse."""
    board = assess(notices, data.draw(policies(notices)), as_of=date(2030, 1, 1))
    assert {str(entry.unit) for entry in board.ledger} <= {str(one.unit) for one in notices}


@given(plan=kit.plans(), number=st.integers(0, 9))
def test_plans_are_drawn_with_their_areas(plan: Plan, number: int) -> None:
    """A drawn plan has units in its areas, and a draw picks among them."""
    assert isinstance(plan.source, AreaTree)
    receipt = draw(plan, period="2022-W06", seed=f"5820974944592307816{number}")
    assert set(receipt.picks()) <= {area.code for area in plan.source}


@pytest.mark.slow
@pytest.mark.parametrize("kind", EAGER)
@given(data=st.data())
@settings(max_examples=3)
def test_tables_come_in_every_kind_of_frame(kind: str, data: st.DataObject) -> None:
    """Drawn tables are screened as they are, and no row is set aside."""
    made: Tables = data.draw(kit.tables(kit.households(PACK), kind=kind))
    screening = screen(made, PACK, as_of=date(2021, 12, 1))
    assert (made.kind, screening.rejected_counts) == (kind, {})


@pytest.mark.parametrize("area", ["", "62", "610727", "610727100"])
def test_a_population_of_a_pack_of_any_area_comes_with_deliveries(area: str) -> None:
    """Of the whole of it, or of the province where it names none, and of a part of it."""
    made = a_pack_on_records({"r": "count(records) > 1"}, area=area)
    of_whole = area or "61"
    delivered: set[str] = set()

    @settings(max_examples=60, derandomize=True, database=None)
    @given(kit.populations(made, as_of=date(2021, 12, 1)))
    def seen(population: list[Household]) -> None:
        delivered.update(one.area for home in population for one in home.deliveries or ())

    seen()
    assert of_whole in delivered
    assert any(one.startswith(of_whole) and len(one) >= len(of_whole) for one in delivered)
