"""When and where rules and values are in force is pinned down as what they say is."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest

from antipoverty.conditions import parse
from antipoverty.errors import InvalidArgumentError, ParameterNotSetError
from antipoverty.model import Household
from antipoverty.rules import Ladder, Pack, Parameter, Rule, Source, Text, Tier, Verdict, parameter
from antipoverty.testing import (
    BoundaryCases,
    Case,
    StatedMutant,
    boundary_cases,
    cases_to_toml,
    mutants,
    mutate,
    mutate_stated,
    read_case_files,
    read_cases,
    stated_mutants,
    uncovered,
)
from antipoverty.testing._mutation.stated_mutants import same_days  # private: told equal by days
from packs import a_pack, a_rule
from shipped import NAMES, folder_of, pack_of

SOURCE = Source("a test")
LINES: list[Any] = [
    ("6000", date(2021, 1, 1), date(2021, 12, 31), SOURCE),
    ("6500", date(2022, 1, 1), date(2022, 12, 31), SOURCE),
]
PACK: Pack = a_pack(
    a_rule("net_income_12m < param('line') * size", "poor", since=date(2021, 1, 1)),
    a_rule("size > 5", "big", since=date(2021, 1, 1), until=date(2021, 6, 30)),
    a_rule("size > 6", "bigger", since=date(2021, 5, 1), supersedes="big"),
    a_rule("size > 4", "here", since=date(2021, 3, 1), area="6101", instead_of="big"),
    parameters=[parameter("line", Text("线", "line"), "yuan/person", LINES)],
).with_value("line", "7000", since=date(2021, 7, 1), until=None, source=SOURCE, area="6101")
HOME = Household(household_id="case", area="610702100200", size=7, members=(), records=())


def tables() -> list[BoundaryCases]:
    """The boundary cases of every rule."""
    return [boundary_cases(rule, PACK) for rule in PACK.rules]


def of_force(pack: Pack) -> list[StatedMutant]:
    """The slips in days and places."""
    return [one for one in stated_mutants(pack) if one.span is not None]


def test_days_move_by_a_day_a_month_and_a_year_and_an_end_is_dropped() -> None:
    """Of rules and of values; areas go a level up and down; one rule no longer replaces another."""
    found = {str(one) for one in of_force(PACK)}
    assert {f"big: since 2021-01-01 -> {day}" for day in (
        *("2021-01-02", "2020-12-31", "2021-02-01", "2020-12-01", "2020-01-01"),
    )} <= found  # fmt: skip
    assert "big: since 2021-01-01 -> 2022-01-01" not in found  # it would end before it begins
    assert {f"big: until 2021-06-30 -> {day}" for day in (
        *("2021-07-01", "2021-06-29", "2021-07-30", "2021-05-30", "2022-06-30", "(left out)"),
    )} <= found  # fmt: skip
    assert "line: until 2022-12-31 in all areas from 2022-01-01 -> (left out)" in found
    assert "line: until 2021-12-31 in all areas from 2021-01-01 -> (left out)" not in found
    assert {f"line: area 6101 from 2021-07-01 -> {area}" for area in ("61", "610102")} <= found
    assert {"here: area 6101 -> 61", "here: area 6101 -> 610102"} <= found
    assert {"bigger: succession big -> (left out)", "here: succession big -> (left out)"} <= found
    assert len(found) == len(of_force(PACK))


@pytest.mark.slow
def test_boundary_cases_stand_on_the_days_on_which_rules_and_values_change() -> None:
    """Written and read back they notice every slip; each has the answer the pack gives."""
    pytest.importorskip("z3")
    every = tables()
    assert not [one.unpinned for one in every if one.unpinned]
    again = read_cases(cases_to_toml(every), PACK)
    assert [one.expect for one in again] == [one.expect for table in every for one in table]
    assert all(case.run(PACK) is case.expect for case in again)
    left = mutate_stated(PACK, again)
    assert left.survivors == ()
    assert mutate(PACK, again).survivors == ()
    reasons = {why for _, why in left.equivalent}
    assert reasons <= {"nothing is in force otherwise on any day"}
    days = {(case.rule, case.as_of.isoformat()): case.expect for case in again}
    assert days["big", "2020-12-31"] is days["big", "2021-05-01"] is None
    assert days["poor", "2021-12-31"] is not None
    assert days["poor", "2022-01-01"] is not None
    assert days["poor", "2023-01-01"] is None  # the value has expired


def test_the_days_of_an_order_of_tiers_are_moved_as_those_of_rules() -> None:
    """A case that states a tier, or that there is no such order, tells."""
    tiers = (Tier(id="all", title=Text("全", "all"), when=parse("size > 0")),)
    since, until = date(2021, 3, 1), date(2021, 5, 31)
    ladder = Ladder(
        id="order", title=Text("序", "order"), tiers=tiers, source=SOURCE, since=since, until=until
    )
    ordered = PACK.evolve(ladders=[ladder])
    found = [one for one in of_force(ordered) if isinstance(one.rule, Ladder)]
    assert {"order: since 2021-03-01 -> 2021-03-02", "order: until 2021-05-31 -> (left out)"} <= {
        str(one) for one in found
    }
    inside = attrs.evolve(
        Case("poor", "n", "missing", Verdict.UNDECIDED, since, HOME),
        tiers={"order": ("all",)},
    )
    cases = [inside, attrs.evolve(inside, as_of=until)]
    cases += [
        attrs.evolve(inside, as_of=day, tiers={"order": ()})
        for day in (date(2021, 2, 28), date(2021, 6, 1))
    ]
    assert [one.fault(ordered) for one in cases] == [None] * 4
    assert [one for one in found if not one.noticed(cases) and not same_days(one)] == []
    assert [one for one in found if one.noticed(cases[:2])]
    assert len([one for one in found if one.noticed(cases[:2])]) < len(found)


def test_an_expired_value_left_open_and_a_rule_begun_too_soon_are_noticed() -> None:
    """By a case that expects no answer; it says nothing of conditions and covers no side."""
    after = Case("poor", "n", "warn", None, date(2023, 1, 1), HOME)
    before = attrs.evolve(after, rule="big", as_of=date(2020, 12, 31))
    assert [one.fault(PACK) for one in (after, before)] == [None, None]
    noticed = {str(one) for one in of_force(PACK) if one.noticed([after, before])}
    assert "line: until 2022-12-31 in all areas from 2022-01-01 -> (left out)" in noticed
    assert "big: since 2021-01-01 -> 2020-01-01" in noticed
    assert "big: since 2021-01-01 -> 2021-01-02" not in noticed
    assert mutate(PACK, [after, before]).noticed == 0
    assert uncovered(PACK, [after])["poor"] == ("warn", "on", "clear", "missing")
    open_ = next(
        one for one in of_force(PACK) if str(one).endswith("from 2022-01-01 -> (left out)")
    )
    said = after.fault(open_.changed)
    assert said == "the pack answers undecided on 2023-01-01, not no-answer"
    with pytest.raises(ParameterNotSetError):
        attrs.evolve(after, expect=Verdict.WARN).fault(PACK)


def test_what_changes_no_answer_on_any_day_is_told_by_itself() -> None:
    """A value of a county that is the province's too; a day on which the pack answers nobody."""
    twice = a_pack(
        PACK.rules["poor"],
        parameters=[parameter("line", Text("线", "line"), "yuan/person", LINES[:1])],
    ).with_value("line", "6000", since=date(2021, 7, 1), until=None, source=SOURCE, area="6101")
    found = mutate_stated(twice, [])
    same = {str(one) for one, _ in found.equivalent}
    assert "line: since 2021-07-01 in 6101 -> 2021-07-02" in same
    assert "poor: since 2021-01-01 -> 2020-12-31" in same  # no line then
    assert "poor: since 2021-01-01 -> 2021-01-02" in {str(one) for one in found.survivors}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_cases_of_each_pack_notice_every_slip_in_days_of_rules(name: str) -> None:
    """And of orders of tiers, and of the values that it brings or that are supplied for a year."""
    pack = pack_of(name)
    cases = read_case_files(folder_of(name) / "cases", pack)
    found = of_force(pack)
    missed = [one for one in found if not one.noticed(cases) and not same_days(one)]
    assert missed == []
    for sort in (Rule, Parameter) if pack.parameters else (Rule,):
        assert any(one.noticed(cases) for one in found if isinstance(one.rule, sort))
    if pack.ladders:
        ladders = [one for one in found if isinstance(one.rule, Ladder)]
        assert [one for one in ladders if one.noticed(cases)]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_cases_of_each_pack_notice_a_step_in_each_value(name: str) -> None:
    """Of the nation, the province, a county, or supplied; what tells nothing apart is listed."""
    pack = pack_of(name)
    cases = read_case_files(folder_of(name) / "cases", pack)
    found = [one for one in mutants(pack) if one.kind == "parameter" and one.instead_of]
    assert found or not any(one.values for one in pack.parameters.values())
    assert [str(one) for one in found if not one.noticed(cases)] == []


def test_a_rule_that_is_asked_on_no_day_has_no_boundary_cases() -> None:
    """The day that is asked about is one on which it is in force."""
    with pytest.raises(InvalidArgumentError, match="not in force"):
        boundary_cases("big", PACK, as_of=date(2021, 8, 1))


@pytest.mark.slow
def test_the_value_of_a_whole_county_is_pinned_where_a_town_has_its_own() -> None:
    """Though the village that invented households live in lies in that town; also a year later."""
    pytest.importorskip("z3")
    town = a_pack(
        a_rule("net_income_12m < param('line') * size", "poor", since=date(2021, 1, 1)),
        parameters=[parameter("line", Text("线", "line"), "yuan/person", LINES)],
    ).with_value(
        "line", "7000", since=date(2022, 1, 1), until=None, source=SOURCE, area="610702100"
    )
    for as_of in (date(2021, 6, 1), date(2022, 6, 1)):
        found = boundary_cases("poor", town, as_of=as_of)
        assert not found.unpinned
        kept = [*read_cases(found.to_toml(), town)]
        assert mutate(town, kept).survivors == ()
        assert any(one.household.area.startswith("610702100") for one in kept)
        assert any(not one.household.area.startswith("610702100") for one in kept)
