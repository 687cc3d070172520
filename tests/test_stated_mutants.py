"""Amounts and tiers are pinned down by cases: what these do not notice is told."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import Any

import attrs
import pytest

from antipoverty.conditions import household as h
from antipoverty.conditions import param
from antipoverty.engines import Told
from antipoverty.errors import InvalidCasesError, StaleEquivalentsError
from antipoverty.rules import Amount, Ladder, Pack, Text, Tier
from antipoverty.testing import (
    Mutation,
    StatedMutant,
    boundary_cases,
    cases_to_toml,
    mutate,
    mutate_stated,
    pack_checks,
    read_cases,
    stated_mutants,
)
from antipoverty.testing._conformance import stated  # private: an engine is spoilt in it
from packs import SINCE, SOURCE, a_pack, a_parameter, a_rule

LADDER = Ladder(
    id="order",
    title=Text("顺序", "order"),
    tiers=[
        Tier(id="worst", title=Text("最难", "worst"), when="evident_hardship"),
        Tier(id="poor", title=Text("低", "poor"), rule="gap"),
        Tier(id="watched", title=Text("监测", "watched"), when="monitored"),
    ],
    source=SOURCE,
    since=SINCE,
)
GAP = Amount(param("line") * h.size - h.net_income_12m, period="year")
PACK: Pack = a_pack(
    a_rule("net_income_12m < yuan('5000', per='person') * size", "gap", amount=GAP),
    parameters=[a_parameter("line", "yuan/person", 600_000)],
    ladders=[LADDER],
)
TEXT = """
as_of = 2021-12-01
[base.household]
area = "610702100200"
size = 2
net_income_12m = "20000"
evident_hardship = false
monitored = false

[[cases]]
rule = "gap"
name = "what two persons are owed"
side = "warn"
expect = "warn"
amount = "2000.05"
tiers = { order = "poor" }
household = { net_income_12m = "9999.95", monitored = true }

[[cases]]
rule = "gap"
name = "hardship comes first"
side = "warn"
expect = "warn"
amount = { low = "2000", high = "12000" }
tiers = { order = "worst" }
household = { evident_hardship = true, net_income_12m = "0.00" }

[[cases]]
rule = "gap"
name = "who is monitored alone"
side = "clear"
expect = "clear"
amount = "0"
tiers = { order = "watched" }
household = { monitored = true }

[[cases]]
rule = "gap"
name = "what is not known"
side = "missing"
expect = "undecided"
tiers = { order = ["none", "poor"] }
missing = ["net_income_12m"]
"""
FIRST = TEXT.replace('amount = { low = "2000", high = "12000" }', 'amount = "12000"')
CASES = read_cases(FIRST, PACK)


def of_parts(found: Mutation[StatedMutant]) -> Mutation[StatedMutant]:
    """What was found of amounts and tiers, and not of days of force."""
    left = tuple(one for one in found.survivors if one.span is None)
    return attrs.evolve(found, survivors=left)


def test_a_case_states_an_amount_and_a_tier() -> None:
    """In the unit of the amount, exactly; what the pack states otherwise is a fault."""
    assert CASES[0].amount == (Fraction("2000.05"),) * 2
    assert CASES[3].tiers["order"] == ("poor", "none")
    assert [one.fault(PACK) for one in CASES] == [None] * 4
    wrong = read_cases(TEXT, PACK)[1].fault(PACK)
    assert wrong == "the pack states 12000 on 2021-12-01, not 2000 to 12000"
    turned = attrs.evolve(CASES[1], tiers={"order": ("poor",)})
    assert turned.fault(PACK) == "the pack says worst by 'order' on 2021-12-01, not poor"
    assert pickle.loads(pickle.dumps(CASES[0])) == CASES[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"2000.05"', '"much"', "exact text"),
        ('order = "poor"', 'ordre = "poor"', "did you mean 'order'"),
        ('order = "poor"', 'order = "pour"', "did you mean 'poor'"),
    ],
)
def test_what_a_case_cannot_state_is_refused(old: str, new: str, said: str) -> None:
    """With the near word."""
    with pytest.raises(InvalidCasesError, match=said):
        read_cases(FIRST.replace(old, new, 1), PACK)


def test_cases_that_state_amounts_and_tiers_notice_every_change_of_them() -> None:
    """Operators, sides, values, the period, the order and the parts; but for what they excuse.

    Nobody earns less than a fen between the lines of the rule and of the tier, so that the
    order of exclusive tiers is no matter; the period stands in no case.
    """
    found = of_parts(mutate_stated(PACK, CASES))
    kinds = {one.kind for one in stated_mutants(PACK)}
    assert {"amount operator", "amount part", "amount field", "amount parameter"} <= kinds
    assert {"amount period", "order", "part", "worst field"} <= kinds
    assert {one.kind for one in found.survivors} == {"amount period"}


def test_verdicts_alone_pin_down_no_amount_and_no_tier() -> None:
    """The same cases without what is stated notice none of these, and all else as before."""
    silent = [attrs.evolve(one, amount=None, tiers={}) for one in CASES]
    every = [one for one in stated_mutants(PACK) if one.span is None]
    assert len(of_parts(mutate_stated(PACK, silent)).survivors) == len(every)
    assert mutate(PACK, silent).mutants == mutate(PACK, CASES).mutants


def test_an_excuse_is_listed_like_those_of_rules_and_goes_stale_likewise() -> None:
    """`mutate` leaves it alone."""
    excuse = {"gap: amount period year -> month": "the period is looked at by people"}
    assert of_parts(mutate_stated(PACK, CASES, equivalents=excuse)).survivors == ()
    mutate(PACK, CASES, equivalents=excuse)
    noticed = next(one for one in stated_mutants(PACK, ["order"]))
    with pytest.raises(StaleEquivalentsError, match="a case notices it"):
        mutate_stated(PACK, CASES, equivalents={str(noticed): "it is not so"})


def test_cases_that_pin_a_rule_down_state_its_amount() -> None:
    """They are written and read back with it."""
    table = boundary_cases("gap", PACK)
    assert all(case.amount is not None for case in table)
    assert any(case.amount[0] != case.amount[1] for case in table if case.amount)
    again = read_cases(cases_to_toml([table]), PACK)
    assert [case.amount for case in again] == [case.amount for case in table]


@pytest.mark.slow
def test_the_kit_compares_what_engines_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine whose amounts or tiers are another's is found; a tier without a case is named."""
    checks = {(one.name, one.rule): one for one in pack_checks(PACK, cases=CASES, examples=5)}
    for name in (("stated-alike", ""), ("amount-text", "gap"), ("tier-text", "order")):
        checks[name]()
    with pytest.raises(Exception, match="no case states the tier none"):
        checks["covered", "order"]()
    right = stated.closure

    def wrong(*asked: Any) -> Told:
        told = right(*asked)
        amounts = {key: (0, 0) if key[1] == "gap" else one for key, one in told.amounts.items()}
        return attrs.evolve(told, amounts=amounts)

    monkeypatch.setattr(stated, "closure", wrong)
    with pytest.raises(Exception, match=r"closure says 0\.\.0, the reference says .* rule 'gap'"):
        checks["stated-alike", ""]()
