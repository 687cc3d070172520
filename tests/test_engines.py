"""Every engine gives every household the verdict of the reference, undecided included."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antipoverty.conditions import Condition
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import OverflowRiskError
from antipoverty.model import Household, Unit
from antipoverty.rules import Pack, Source, Verdict, judge
from antipoverty.screening import Tables, screen
from antipoverty.testing.strategies import conditions, households
from engines import EAGER, engine, rows, tables_as
from packs import a_pack, a_parameter, a_rule

DAYS = [date(2022, 1, 1), date(2021, 12, 31), date(2020, 2, 29), date(2021, 7, 15)]
SOURCE = Source("made for the test")
PARAMS: dict[str, tuple[Unit, list[int | Fraction]]] = {
    "line": (Unit.parse("yuan/person"), [600_000, 650_000]),
    "cap": (Unit.parse("yuan"), [1_000_000]),
    "share": (Unit.parse("1"), [Fraction(3, 5), Fraction(2, 3)]),
    "years": (Unit.parse("year"), [16, 60]),
}
"""Parameters that differ between Xi'an (6101) and the rest of the province."""


def made_pack(whens: list[Condition], area: str = "61") -> Pack:
    """A pack of generated rules, every third one only in force in Hanzhong."""
    since = date(2000, 1, 1)
    places = ["", "6101"] if "6101".startswith(area) else [""]
    parameters = [
        a_parameter(name, unit, dict(zip(places, values, strict=False)), since)
        for name, (unit, values) in PARAMS.items()
    ]
    rules = [
        a_rule(when, f"r{i}", since=since, area="6107" if i % 3 == 2 else "")
        for i, when in enumerate(whens)
    ]
    return a_pack(*rules, parameters=parameters, area=area)


@st.composite
def cases(draw: st.DrawFn, rules: int = 3, homes: int = 6) -> tuple[Pack, list[Household], date]:
    """A pack of generated rules and households drawn at its thresholds."""
    as_of = draw(st.sampled_from(DAYS))
    whens = draw(st.lists(conditions(params=PARAMS), min_size=1, max_size=rules))
    near = households(whens, as_of=as_of, params=PARAMS)
    found = draw(
        st.lists(
            near, min_size=1, max_size=homes, unique_by=lambda household: household.household_id
        )
    )
    return made_pack(whens), found, as_of


def agree(case: tuple[Pack, list[Household], date], kind: str) -> None:
    """Compare a screening with the reference, verdicts and missing facts."""
    pack, homes, as_of = case
    try:
        screening = screen(tables_as(Tables.of(homes), kind), pack, as_of=as_of)
    except OverflowRiskError:
        return  # refused, not answered wrongly
    assert screening.rejected_counts == {}
    expected: set[tuple[Any, ...]] = set()
    facts: set[tuple[Any, ...]] = set()
    for household in homes:
        for alert in judge(household, pack, as_of=as_of):
            expected.add(
                (household.household_id, household.area, alert.rule_id, alert.verdict.value)
            )
            if alert.verdict is Verdict.UNDECIDED:
                facts |= {
                    (household.household_id, household.area, alert.rule_id, fact)
                    for fact in alert.missing
                }
    assert rows(screening.alerts) == expected
    assert rows(screening.undecided()) == facts


@pytest.mark.slow
@given(case=cases())
@settings(max_examples=250)
def test_polars_agrees_with_the_reference(case: tuple[Pack, list[Household], date]) -> None:
    """Polars gives the reference's verdicts and missing facts for generated rules."""
    agree(case, "polars")


@pytest.mark.slow
@given(case=cases())
@settings(max_examples=250)
def test_the_compiled_closure_agrees_with_the_reference(
    case: tuple[Pack, list[Household], date],
) -> None:
    """The compiled function gives each household the reference's verdicts."""
    pack, homes, as_of = case
    compiled = compile_pack(pack, as_of=as_of)
    for household in homes:
        expected = judge(household, pack, as_of=as_of).verdicts
        found = dict(zip(compiled.rules, compiled(household), strict=True))
        assert found == {rule: expected.get(rule, Verdict.CLEAR) for rule in compiled.rules}


@pytest.mark.slow
@pytest.mark.parametrize("kind", EAGER[1:])
@given(case=cases(rules=4, homes=8))
@settings(max_examples=25)
def test_each_engine_agrees_with_the_reference(
    kind: str, case: tuple[Pack, list[Household], date]
) -> None:
    """Every embedded engine gives the reference's verdicts and missing facts."""
    agree(case, kind)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [engine("pyspark")])
@given(case=cases(rules=12, homes=25))
@settings(max_examples=3)
@pytest.mark.filterwarnings("ignore")
def test_spark_agrees_with_the_reference(
    kind: str, case: tuple[Pack, list[Household], date]
) -> None:
    """Spark gives the reference's verdicts and missing facts, many rules at a time."""
    agree(case, kind)


@pytest.mark.parametrize("kind", [*EAGER, engine("pyspark")])
def test_no_row_lies_in_a_window_before_all_days(kind: str) -> None:
    """The window is empty, and that is an answer on every kind of frame."""
    pack = a_pack(a_rule("any(records, years=1, before=122)"), a_rule("not monitored", "other"))
    home = Household(
        household_id="h",
        area="610702100200",
        monitored=False,
        records=({"record_id": "r", "kind": "a"},),
    )
    tables = tables_as(Tables.of([home]), kind)
    found = rows(screen(tables, pack, as_of=DAYS[0]).alerts)
    assert {one[2] for one in found} == {"other"}
