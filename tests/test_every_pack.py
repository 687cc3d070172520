"""Every shipped pack and example plugin: what its boundary cases pin, what they say they do not."""

from __future__ import annotations

import functools
import random
from pathlib import Path
from unittest import mock

import attrs
import pytest
from hypothesis import find, settings
from hypothesis.errors import NoSuchExample

from antipoverty.conditions import Condition, parse, truth
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.evidence import fields_by_path
from antipoverty.model import Household
from antipoverty.rules import Rule
from antipoverty.testing import (
    BoundaryCases,
    boundary_cases,
    mutants,
    near_threshold,
    stated_mutants,
    witnesses,
)
from antipoverty.testing._mutation.mutants import same_values  # private: told equal by values
from antipoverty.testing._mutation.paths import paths, replaced  # private: parts are replaced
from antipoverty.testing._mutation.stated_mutants import same_days  # private: told equal by days
from antipoverty.testing.proofs import is_equivalent
from shipped import NAMES, ROOT, pack_of

pytest.importorskip("z3")

RULES = [(name, rule) for name in NAMES for rule in pack_of(name).rules]
REDUNDANT = "it is redundant: the rule is proved to answer all as if it always "
DRAWS = 40


@functools.cache
def table(name: str, rule: str) -> BoundaryCases:
    """The boundary cases of a rule, on the day that they choose; no question takes long."""
    with mock.patch.object(witnesses, "_SECONDS", 1):
        return boundary_cases(rule, pack_of(name))


def test_no_pack_is_forgotten() -> None:
    """Those that come with the library, and those of the example plugins."""
    folders = [one.parent.name for one in Path(ROOT).glob("src/antipoverty/packs/*/pack.toml")]
    plugins = [*Path(ROOT).glob("examples/plugin-*")]
    assert len(NAMES) == len(folders) + len(plugins)
    assert {one.replace("_", "-") for one in folders} <= {*NAMES}
    assert all(pack_of(name).rules for name in NAMES)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rule"), RULES)
def test_what_no_boundary_case_notices_is_proved_equivalent_or_listed(name: str, rule: str) -> None:
    """Every mutant of every rule; and each case has the verdict that the rule gives."""
    pack, found = pack_of(name), table(name, rule)
    assert all(case.run(pack) is case.expect for case in found)
    listed = {one.part: one.reason for one in found.unpinned}
    tried = [*mutants(pack, [rule])]
    assert tried or not any(isinstance(one, nodes.Compare) for one in found.rule.when.walk())
    for mutant in tried:
        if mutant.change in listed:
            assert not mutant.noticed(found)
            assert listed[mutant.change].endswith("tells this change from the rule")
        elif not mutant.noticed(found):
            assert same_values(mutant) or is_equivalent(mutant), mutant
    for dated in (one for one in stated_mutants(pack, [rule]) if one.span is not None):
        if not dated.noticed(found):
            assert same_days(dated) or str(dated) in listed, dated


def is_of_household(part: object) -> bool:
    """Whether a part is a comparison of facts of the household."""
    return isinstance(part, nodes.Compare) and not any(
        one.table for one in fields_by_path(part).values()
    )


def told_apart(whole: Condition, other: Condition, name: str, rule: Rule) -> Household | None:
    """A household drawn near the thresholds of a rule to which two conditions answer otherwise."""
    found = table(name, rule.id)
    setting = pack_of(name).on(found.as_of).setting(str(found.base.area))

    def differ(one: Household) -> bool:
        return truth(whole, one, setting) is not truth(other, one, setting)

    for case in found:
        if differ(case.household):
            return case.household
    how = settings(max_examples=DRAWS, database=None, deadline=None)
    drawn = near_threshold(
        attrs.evolve(rule, when=whole), pack_of(name), as_of=found.as_of, area=str(found.base.area)
    )
    try:
        return find(drawn, differ, settings=how, random=random.Random(0))
    except NoSuchExample:
        return None


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_to_be_redundant_makes_no_difference(name: str) -> None:
    """No rule of a pack has such a part; one that is planted in it is found, and is none by trial.

    Trial knows nothing of proofs: no boundary case, and no household drawn, tells the rule from
    one in which the part always holds.
    """
    pack = pack_of(name)
    for rule in pack.rules:
        assert not [one for one in table(name, rule).unpinned if REDUNDANT[:15] in one.reason]
    rule, part = min(
        (
            (rule, part)
            for rule in pack.rules.values()
            for part in rule.when.parts
            if isinstance(rule.when, nodes.And) and is_of_household(part)
        ),
        key=lambda one: len([*one[0].when.walk()]),
    )
    beside = parse("size >= 2", pack.schema)
    planted = nodes.Or((part, beside))
    whole = nodes.And((*rule.when.parts, planted))
    found = boundary_cases(attrs.evolve(rule, when=whole), pack)
    said = {one.part: one.reason for one in found.unpinned if one.reason.startswith(REDUNDANT)}
    assert str(beside) in said
    known = nodes.Known(part)
    always = nodes.Or((known, nodes.Not(known)))
    for path, node in paths(whole):
        if str(node) in said and path[0] == len(rule.when.parts):
            held = said[str(node)].endswith("always held")
            other = replaced(whole, path, always if held else nodes.Not(always))
            assert told_apart(whole, other, name, rule) is None, node
    assert told_apart(whole, nodes.Not(whole), name, rule) is not None
