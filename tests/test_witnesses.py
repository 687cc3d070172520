"""Boundary cases stand on both sides of everything a rule turns on, and say what they could not."""

from __future__ import annotations

import functools
import importlib.util
import sys
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from pydantic import model_validator

from antipoverty.conditions import Condition, fields_read, parse, truth
from antipoverty.conditions import tree as nodes
from antipoverty.errors import InvalidArgumentError
from antipoverty.model import Household, Unit
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, Source, Text, Verdict
from antipoverty.testing import (
    BoundaryCases,
    boundary_cases,
    cases_to_toml,
    conditions,
    mutate,
    read_cases,
    witnesses,
)
from antipoverty.testing._mutation.paths import (  # private: every path of a condition is tried
    paths,
    replaced,
)
from antipoverty.testing._search.boundary import BUDGET  # private: the search is cut short
from antipoverty.testing._search.solver import is_atom  # private: each atom is looked for
from packs import a_pack, a_parameter, a_rule

SHAANXI = shaanxi_2531()
DAY = date(2022, 6, 1)
SOURCE = Source("a test")
TEXT = Text("例", "example")
PARAMS: dict[str, Any] = {
    "line": (Unit.parse("yuan/person"), [600000]),
    "share": (Unit.parse("1"), [Fraction(3, 5)]),
    "age": (Unit.parse("year"), [6]),
}


def pack(when: Condition | str) -> Pack:
    """A pack of one rule ``r`` with a parameter of each sort."""
    parameters = [
        a_parameter(name, unit, values[0], since=date(2022, 1, 1))
        for name, (unit, values) in PARAMS.items()
    ]
    return a_pack(a_rule(when, since=date(2022, 1, 1)), parameters=parameters)


def cases(when: Condition | str, **options: Any) -> BoundaryCases:
    """The boundary cases of a condition, but those of the rule's own first day."""
    found = boundary_cases("r", pack(when), as_of=DAY, **options)
    kept = tuple(one for one in found if not one.name.startswith("规则: 首日"))
    return attrs.evolve(found, cases=kept)


def county() -> ModuleType:
    """The example of an installable county pack, with facts and a table of its own."""
    folder = Path(__file__).parent.parent / "examples/plugin-county/mian_county"
    spec = importlib.util.spec_from_file_location("mian_county", folder / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["mian_county"] = module
    spec.loader.exec_module(module)
    return module


def test_an_amount_is_tried_a_fen_under_on_and_a_fen_over_its_line() -> None:
    """Per head: the line times the size, by moving one fact."""
    found = cases('net_income_12m < param("line") * size')
    assert found.unpinned == ()
    incomes = {
        case.household.net_income_12m: (case.expect, case.side)
        for case in found
        if case.household.size == 2
    }
    assert incomes[1_199_999] == (Verdict.WARN, "warn")
    assert incomes[1_200_000] == (Verdict.CLEAR, "on")
    assert incomes[1_200_001] == (Verdict.CLEAR, "clear")


def test_each_fact_is_missing_once() -> None:
    """And the rule is then undecided."""
    found = cases('net_income_12m < param("line") * size and not monitored')
    missing = {case.name.split()[1] for case in found if case.side == "missing"}
    assert missing == {"net_income_12m", "size", "monitored"}
    assert all(case.expect is Verdict.UNDECIDED for case in found if case.side == "missing")


def test_a_gap_between_days_that_rows_may_lack_is_stood_on() -> None:
    """Days of birth so many days apart as are asked for, and a day fewer."""
    found = cases("gap(members, born_on) > 90")
    apart = {
        abs((days[0] - days[1]).days): case.expect
        for case in found
        if len(days := [one.born_on for one in case.household.members or () if one.born_on]) == 2
    }
    assert apart[91] is Verdict.WARN
    pytest.importorskip("z3", reason="a prover finds the day before it")
    assert apart[90] is Verdict.CLEAR


@pytest.mark.parametrize(
    ("window", "first"),
    [
        ("days=30", DAY - timedelta(days=30)),
        ("months=12", date(2021, 6, 1)),
        ('calendar="quarter"', date(2022, 4, 1)),
    ],
)
def test_a_window_has_its_first_and_last_day_and_the_days_beside(window: str, first: date) -> None:
    """The day of the answer is not in it."""
    found = cases(f'any(records, kind == "job_loss", {window})')
    days = {
        record.day: case.expect
        for case in found
        for record in case.household.records or ()
        if record.day and record.kind == "job_loss"
    }
    assert days == {
        first - timedelta(days=1): Verdict.CLEAR,
        first: Verdict.WARN,
        DAY - timedelta(days=1): Verdict.WARN,
        DAY: Verdict.CLEAR,
    }


def test_a_part_that_never_decides_is_listed_with_the_reason() -> None:
    """``size >= 2`` says nothing beside ``size >= 3``."""
    pytest.importorskip("z3")
    found = cases("size >= 3 and size >= 2")
    (left,) = found.unpinned
    assert left.part == "size >= 2"
    assert "it is redundant" in str(left)
    assert "1 not pinned" in repr(found)


@pytest.mark.parametrize(
    "when",
    [
        """2 * sum(records, amount, where=kind == "job_loss", calendar="month", before=1)
            < sum(records, amount, where=kind == "job_loss", calendar="month", before=13)""",
        "median(records, amount, months=12) < rigid_spending_12m",
    ],
)
def test_what_no_case_notices_is_proved_equivalent_or_listed(when: str) -> None:
    """Every mutant: a fall against the year before is pinned by households of the solver."""
    pytest.importorskip("z3")
    from antipoverty.testing.proofs import is_equivalent

    policy = pack(when)
    found = boundary_cases("r", policy, as_of=date(2022, 6, 15))
    assert all(case.run(policy) is case.expect for case in found)
    assert any(case.name.startswith("改动 changed: ") for case in found)
    left = {one.change for one in mutate(policy, found, prove=is_equivalent).survivors}
    assert left == {one.part for one in found.unpinned if "this change" in one.reason}


@pytest.mark.parametrize("prover", [True, False])
@pytest.mark.parametrize(
    ("window", "slip"),
    [
        ('calendar="month"', "months=1"),
        ("months=1", 'calendar="month"'),
        ("months=12", 'calendar="year"'),
        ('calendar="quarter", before=1', "months=3"),
    ],
)
def test_a_window_that_months_begin_with_has_a_case_of_the_middle_of_one(
    window: str, slip: str, monkeypatch: pytest.MonkeyPatch, *, prover: bool
) -> None:
    """On the first day of a year the month before it and the last month are the same days."""
    if prover:
        pytest.importorskip("z3")
    else:
        monkeypatch.setattr(witnesses, "_apart", lambda *_: False)
    when = "any(records, kind == 'job_loss', {})"
    found = boundary_cases("r", pack(when.format(window)), as_of=date(2022, 1, 1))
    wrong = pack(when.format(slip))
    told = [case for case in found if case.run(wrong) is not case.expect]
    assert told
    assert {case.as_of.day for case in told} == {15}
    assert not any(slip in one.part for one in found.unpinned)
    assert read_cases(found.to_toml(), found.pack) == found.cases


def test_a_rule_that_can_never_hold_says_so() -> None:
    """No household warns."""
    reasons = {one.part: one.reason for one in cases("size >= 3 and size < 2").unpinned}
    assert reasons["整条规则成立 the rule holds"] == "no household was found for which this is so"


def test_a_question_whether_a_fact_is_known_has_both_answers() -> None:
    """Nothing is undecided."""
    found = cases("monitored is known")
    assert found.unpinned == ()
    assert {(case.household.monitored, case.expect) for case in found} == {
        (False, Verdict.WARN),
        (None, Verdict.CLEAR),
    }


def test_a_fact_that_never_leaves_the_rule_open_is_listed() -> None:
    """Whatever it is, the other part decides."""
    found = cases("size >= 1 or size is not known or monitored")
    listed = [str(one) for one in found.unpinned]
    assert any("monitored: no household was found whose answer changes" in one for one in listed)
    assert all(case.household.monitored is not None for case in found)


def test_any_and_all_are_told_apart_by_two_rows() -> None:
    """One that fits and one that does not."""
    for when, verdict in (("any(members, insured)", "warn"), ("all(members, insured)", "clear")):
        several = [case for case in cases(when) if len(case.household.members or ()) == 2]
        assert {case.answer for case in several if case.side != "missing"} == {verdict}


def test_a_count_is_tried_beside_its_threshold() -> None:
    """One fewer, as many, one more; also where more rows are needed than one would list."""
    found = cases("count(members, age < 18) >= 30")
    counts = {len(case.household.members or ()) for case in found}
    assert {29, 30} <= counts
    assert found.unpinned == ()
    assert mutate(pack("count(members, age < 18) >= 30"), found).survivors == ()


def test_the_base_may_be_a_household_of_ones_own_and_nothing_personal_is_written() -> None:
    """Every case differs from it as little as possible."""
    base = Household(
        household_id="610702100200010011",
        area="610702100200",
        head_name="张三",
        size=5,
        labourers=2,
        labourers_prev=2,
        members=(),
        records=(),
    )
    found = cases("labourers < labourers_prev", base=base)
    assert {case.household.size for case in found} == {5}
    text = found.to_toml(note="张科长 2022-06-02")
    assert text.startswith("# 张科长 2022-06-02\n")
    assert "张三" not in text
    assert "610702100200010011" not in text


@functools.cache
def shaanxi_tables() -> list[BoundaryCases]:
    """The cases of every rule of the Shaanxi pack."""
    return [boundary_cases(id_, SHAANXI) for id_ in SHAANXI.rules]


@pytest.mark.slow
def test_the_file_reads_back_into_the_same_cases() -> None:
    """Those of all rules of the pack in one file, though their days differ."""
    tables = shaanxi_tables()
    listed = [case for table in tables for case in table]
    assert list(read_cases(cases_to_toml(tables), SHAANXI)) == listed
    later = boundary_cases("no-labour", SHAANXI, as_of=date(2021, 6, 1))
    assert list(read_cases(cases_to_toml([tables[0], later]), SHAANXI)) == [*tables[0], *later]


@pytest.mark.slow
def test_no_part_of_the_shaanxi_pack_is_left_and_every_mutant_is_noticed() -> None:
    """All that is not noticed is ``labourers <= 0``, for a number is never below 0."""
    tables = shaanxi_tables()
    assert [str(one) for table in tables for one in table.unpinned] == []
    listed = [case for table in tables for case in table]
    assert all(case.run(SHAANXI) is case.expect for case in listed)
    survivors = mutate(SHAANXI, listed).survivors
    assert {one.change for one in survivors} == {"operator labourers == 0 -> labourers <= 0"}


def test_a_third_party_model_has_its_facts_and_tables_in_the_cases() -> None:
    """A county's orchards and their losses."""
    policy = county().pack()
    tables = [boundary_cases(rule, policy) for rule in policy.rules.values()]
    listed = [case for table in tables for case in table]
    assert [one for table in tables for one in table.unpinned] == []
    assert any(case.household.orchard_losses for case in listed)  # type: ignore[attr-defined]
    assert all(case.run(policy) is case.expect for case in listed)
    assert list(read_cases(cases_to_toml(tables), policy)) == listed
    assert mutate(policy, listed).survivors == ()


def test_files_that_cannot_be_written_are_refused() -> None:
    """No case, or households of two models."""
    with pytest.raises(InvalidArgumentError, match="no case"):
        cases_to_toml([])
    with pytest.raises(InvalidArgumentError, match="one model"):
        cases_to_toml([cases("size >= 3"), boundary_cases("mian-frost-twice", county().pack())])


def test_a_rule_alone_needs_no_pack_unless_it_reads_a_parameter() -> None:
    """The same convention as everywhere in the kit."""
    alone = pack("size >= 3").rules["r"]
    asked = boundary_cases("r", pack("size >= 3"), as_of=DAY)
    assert len(boundary_cases(alone, as_of=DAY)) == len(asked)
    with pytest.raises(InvalidArgumentError, match="give its pack"):
        boundary_cases("r")
    with pytest.raises(InvalidArgumentError, match="has no rule 's'"):
        boundary_cases("s", pack("size >= 3"))


def test_an_edited_rule_is_asked_as_edited() -> None:
    """The pack's rule of the same id gives way; nothing of the pack is changed."""
    edited = attrs.evolve(SHAANXI.rules["no-labour"], when=parse("labourers <= 1"))
    verdicts = {case.household.labourers: case.expect for case in boundary_cases(edited, SHAANXI)}
    assert (verdicts[1], verdicts[2]) == (Verdict.WARN, Verdict.CLEAR)
    assert SHAANXI.rules["no-labour"].when != edited.when


def test_a_rule_is_not_asked_where_or_when_it_is_not_in_force() -> None:
    """The message says when and where it is."""
    parts = SHAANXI._parts()
    rules = [attrs.evolve(rule, since=date(2021, 6, 1)) if rule.id == "no-labour" else rule
             for rule in parts["rules"]]  # fmt: skip
    later = Pack(**parts | {"rules": rules})
    with pytest.raises(InvalidArgumentError, match="begins on 2021-06-01"):
        boundary_cases("no-labour", later, as_of=date(2021, 5, 31))
    assert boundary_cases("no-labour", later).as_of == date(2021, 6, 1)


TABLE = boundary_cases("income-under-line", SHAANXI)


@pytest.mark.parametrize("case", TABLE.params())
def test_the_cases_are_parameters_of_a_test(case: Any) -> None:
    """Each is named by its rule and what it shows."""
    assert case.run(SHAANXI) is case.expect


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(conditions(params=PARAMS))
def test_whatever_the_rule_each_case_is_true_and_each_part_is_pinned_or_listed(
    when: Condition,
) -> None:
    """Verdicts are those of `judge`; a part that is not listed turns a verdict when negated."""
    policy = pack(when)
    found = boundary_cases("r", policy, as_of=DAY)
    assert all(case.run(policy) is case.expect for case in found)
    if found.cases:
        assert read_cases(found.to_toml(), policy) == found.cases
    listed = {one.part for one in found.unpinned}
    whole, setting = found.rule.when, policy.on(DAY).setting("610702100200")
    for path, part in paths(whole):
        under = [type(whole if not path[:n] else _at(whole, path[:n])) for n in range(len(path))]
        inside = {nodes.Known, nodes.Rows, nodes.ForAll} & {*under}
        if not is_atom(part) or inside or str(part) in listed:
            continue
        opposite = replaced(whole, path, nodes.Not(part))
        turned = {
            case.expect
            for case in found
            if {case.expect, Verdict.of(truth(opposite, case.household, setting))}
            == {Verdict.WARN, Verdict.CLEAR}
        }
        assert turned == {Verdict.WARN, Verdict.CLEAR}, part
    for fact in set(fields_read(whole)) - listed:
        assert _required(policy, fact) or any(_lacks(case.household, fact) for case in found), fact


def _lacks(household: Household, fact: str) -> bool:
    table, _, name = fact.rpartition(".")
    return any(
        getattr(one, name) is None for one in (getattr(household, table) if table else [household])
    )


def _at(node: Any, path: tuple[int, ...]) -> Any:
    for at in path:
        node = node.parts[at]
    return node


def _required(policy: Pack, fact: str) -> bool:
    table, _, name = fact.rpartition(".")
    return name == "area" or policy.schema.table(table or None).fields[name].required


def test_the_search_ends_within_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that takes longer is given up and listed."""
    pytest.importorskip("z3")
    monkeypatch.setattr("antipoverty.testing._search.boundary.BUDGET", 3)
    found = cases("size >= 3 and labourers < labourers_prev and monitored")
    assert {one.reason for one in found.unpinned} == {
        f"the search gave up after {number:,} households" for number in (3,)
    } | {"no household was found whose answer changes because it is not known"}
    assert BUDGET > 1_000


def test_a_household_that_the_model_refuses_is_listed_and_is_no_case() -> None:
    """A third party's model may forbid more than bounds and words."""

    class Strict(Household):
        @model_validator(mode="after")
        def _no_more_labourers_than_members(self) -> Strict:
            if (self.labourers or 0) > (self.size or 99):
                raise ValueError
            return self

    parts = pack("labourers <= 4 or size >= 3")._parts()
    found = boundary_cases("r", Pack(**parts | {"model": Strict}), as_of=DAY)
    assert "the model refuses" in str(found.unpinned)
    assert len(found) > 0
    assert all(case.run(Pack(**parts | {"model": Strict})) is case.expect for case in found)
