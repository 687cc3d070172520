"""What officials expect of a policy is tried in one call, and what breaks it is stated."""

from __future__ import annotations

import importlib
import statistics
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

import low_income
from antipoverty.conditions import parse
from antipoverty.conditions import tree as nodes
from antipoverty.errors import InvalidArgumentError, VacuousLawError
from antipoverty.model import Household
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, Verdict, judge
from antipoverty.testing._strategies.policies import (  # private: the kit's invented packs
    VALUES,
    pack_of,
    parameter_of,
    rule_of,
)
from antipoverty.testing.laws import POLICY_LAWS, Across, assert_policy_laws, policy_laws
from antipoverty.testing.strategies import households

SHAANXI, DAY = shaanxi_2531(), date(2021, 12, 1)
BAND = Across(
    'net_income_12m >= param("monitoring_line") * size',
    "a band over a line: who falls below it is warned of by another rule",
)
STATED: dict[tuple[str, str], str | Across] = {
    (law, "category-sudden"): BAND for law in ("more-income", "next-line", "one-more-member")
}
STATED["split", "category-sudden"] = (
    "an odd household splits unevenly: one half falls below the line, and its records with it"
)
STATED["split", "school-cost"] = Across(
    'school_cost_year > param("education.cost_year")',
    "a cost is of one who studies and is not halved",
)
STATED |= {
    ("split", rule.id): Across(str(part), "a line of a household of any size: halves stay under it")
    for rule in SHAANXI.rules.values()
    for part in rule.when.walk()
    if isinstance(part, nodes.Compare) and isinstance(part.left, nodes.Reduce)
}
"""What the Shaanxi pack means to break, where a part crosses its line and nowhere else."""

LOW = Across(
    'net_income_12m >= param("margin.ratio") * param("guarantee.line") * co_residents',
    "spending that is great beside the guarantee, of those above the guarantee alone",
)
LOW_STATED = {
    (law, "rigid-spending-hardship"): LOW for law, rule in STATED if rule == "category-sudden"
}


@pytest.mark.slow
def test_the_shaanxi_pack_breaks_no_law_that_is_not_stated() -> None:
    """Bands between two lines, and a cost that is not halved, are all that lead out of one."""
    found = assert_policy_laws(SHAANXI, as_of=DAY, stated=STATED, max_examples=100)
    assert {one.rule for one in found.breaks} <= {rule for _, rule in STATED}


@pytest.mark.slow
def test_the_low_income_pack_breaks_no_law_that_is_not_stated() -> None:
    """The same of the second shipped pack, with values made up for tests."""
    pack = low_income.given_pack()
    assert_policy_laws(pack, as_of=low_income.DAY, stated=LOW_STATED, max_examples=100)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "name", "stated"),
    [
        ("plugin-county", "mian_county", {}),
        (
            *("plugin-derived", "qinba_county"),
            {
                ("split", "qinba-paid-below-agreement"): "an agreed wage is one person's: no half",
                ("split", "qinba-long-unpaid"): "two wages that name nobody may be one person's",
                ("split", "qinba-wages-falling"): "wages that name nobody may be one person's",
                ("split", "qinba-dear-bills"): "two dear bills are of one household",
                ("split", "qinba-model"): "a score of the whole household, members and rows",
            },
        ),
    ],
)
def test_the_example_packs_break_no_law_that_is_not_stated(
    folder: str, name: str, stated: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packs of one county are asked about households there."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "examples" / folder))
    pack = importlib.import_module(name).pack()
    assert_policy_laws(pack, as_of=date(2022, 6, 1), stated=stated, max_examples=15)


def made(when: str) -> Pack:
    """A pack of one rule, with a line."""
    return pack_of([rule_of("made", when)], [parameter_of(name) for name in VALUES])


FALSE = [
    ("more-income", "net_income_12m > yuan(6000)"),
    ("more-income", "net_income_12m > param('line') * size"),
    ("one-more-member", "size < 3"),
    ("split", "size >= 4"),
    ("split", "count(records, months=12) >= 2"),
    ("split", "sum(records, amount, months=12) > yuan('10000')"),
    ("next-line", "net_income_12m > param('line') * size"),
    ("ids", "any(records, member_id == 'members-1')"),
]
"""Laws, and a rule each that breaks them."""


@pytest.mark.slow
@pytest.mark.parametrize(("law", "when"), FALSE)
def test_a_rule_that_breaks_a_law_is_found_with_a_household(law: str, when: str) -> None:
    """The message names law and rule in both languages, and holds a case to paste."""
    pack = made(when)
    with pytest.raises(AssertionError, match=f"law '{law}'") as told:
        assert_policy_laws(pack, as_of=DAY, max_examples=120)
    assert "[[cases]]" in str(told.value)
    breaks = {(one.law, one.rule): "meant" for one in policy_laws(pack, as_of=DAY).breaks}
    assert assert_policy_laws(pack, as_of=DAY, stated=breaks).breaks


@pytest.mark.slow
@pytest.mark.parametrize(("law", "when"), FALSE)
def test_a_break_is_found_whatever_the_seed(law: str, when: str) -> None:
    """Of twenty seeds half within a quarter of the households that a law is tried on, and all."""
    pack, (tried,) = made(when), [one for one in POLICY_LAWS if one.id == law]

    def broken(household: Household) -> bool:
        before = answer(household, pack)
        return any(
            tried.broken(before, max((answer(one, then) for one in others), key=RANK.index))
            for others, then in tried.change(household, pack, DAY)
        )

    needed = [examples_to_find(broken, pack, seed) for seed in range(20)]
    assert statistics.median(needed) <= 30, needed
    assert max(needed) <= 120, needed


RANK = [Verdict.CLEAR, Verdict.UNDECIDED, Verdict.WARN]


def answer(household: Household, pack: Pack) -> Verdict:
    """What the pack's one rule says."""
    return judge(household, pack, as_of=DAY).verdicts.get("made", Verdict.CLEAR)


def examples_to_find(wanted: Callable[[Household], bool], pack: Pack, number: int) -> int:
    """How many households are drawn until one is as wanted; one more than 150 if none is."""
    drawn = 0

    @seed(number)
    @settings(
        max_examples=150,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(households(pack, as_of=DAY))
    def look(household: Household) -> None:
        nonlocal drawn
        drawn += 1
        if wanted(household):
            raise StopIteration

    try:
        look()
    except StopIteration:
        return drawn
    return drawn + 1


def test_a_broken_law_shows_no_fact_that_does_not_matter() -> None:
    """Of a household with rows and dozens of facts the two are left that the rule hangs on."""
    with pytest.raises(AssertionError) as told:
        assert_policy_laws(made("net_income_12m > yuan(6000) and size > 2"), as_of=DAY)
    shown = str(told.value).split("law 'more-income'")[1].split("law '")[0]
    assert "household = { size = 3, net_income_12m = " in shown
    assert 'expect = "clear"' in shown
    assert 'side = "clear"' in shown
    assert "members" not in shown.split("[[cases]]")[1]


@pytest.mark.slow
def test_a_break_is_meant_across_the_stated_part_alone() -> None:
    """A break across the other end of a band is none that was stated, nor across no part."""
    lower, upper = "net_income_12m >= yuan(6000)", "net_income_12m < yuan(9000)"
    pack, key = made(f"{lower} and {upper} or monitored"), ("more-income", "made")
    breaks = policy_laws(pack, as_of=DAY, max_examples=120).breaks
    assert {one.turned for one in breaks if one.law == key[0]} == {(str(parse(lower)),)}
    meant = {(one.law, one.rule): "meant" for one in breaks}
    stated = {
        part: meant | {key: Across(part, "a band")} for part in (lower, upper, "monitored is known")
    }
    assert_policy_laws(pack, as_of=DAY, stated=stated[lower], max_examples=120)
    with pytest.raises(AssertionError, match="law 'more-income'"):
        assert_policy_laws(pack, as_of=DAY, stated=stated[upper], max_examples=120)
    with pytest.raises(InvalidArgumentError, match="has no part"):
        assert_policy_laws(pack, as_of=DAY, stated=stated["monitored is known"])


def test_laws_that_nobody_warned_for_say_nothing() -> None:
    """A rule that never warns has kept no law, and that is said."""
    with pytest.raises(VacuousLawError, match="no household that warns"):
        assert_policy_laws(made("size > 98 and size < 2"), as_of=DAY, max_examples=20)


@pytest.mark.slow
def test_what_is_stated_must_be_there() -> None:
    """A slip in the id of a stated rule is no excuse for anything."""
    with pytest.raises(InvalidArgumentError, match="no law and rule"):
        assert_policy_laws(SHAANXI, as_of=DAY, stated={("order", "category-suden"): "?"})
