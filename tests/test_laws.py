"""Each law holds for the Shaanxi pack and is broken by a fault planted for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from antipoverty.conditions import Condition, Rows, household, yuan
from antipoverty.conditions.evidence import fields_by_path
from antipoverty.engines import Verdicts
from antipoverty.errors import InvalidArgumentError, VacuousLawError
from antipoverty.model import Household
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, Rule, Source, Text, Verdict
from antipoverty.testing import laws, strategies
from antipoverty.testing.laws import Gap, gaps, reference
from faults import RULE, a_day_too_long

PACK = shaanxi_2531()
FEW = {"max_examples": 25}
SAMPLE = sorted(PACK.rules)[::4]
LAWS: list[Any] = [
    laws.assert_deterministic,
    laws.assert_order_free,
    laws.assert_unit_safe,
    laws.assert_window_safe,
    laws.assert_explained,
]


def rule_of(when: Condition | str) -> Rule:
    """A rule that stands alone."""
    return Rule(
        id="made",
        title=Text("规则", "rule"),
        department="d",
        when=when,
        source=Source("made for the test"),
        since=date(2021, 1, 1),
    )


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("rule", SAMPLE)
def test_the_pack_keeps_every_law(law: Any, rule: str) -> None:
    """Rules of every shape keep each law, or give it nothing to try and it says so."""
    nodes = [*PACK.rules[rule].when.walk()]
    tried = {
        laws.assert_window_safe: any(isinstance(one, Rows) and one.window for one in nodes),
        laws.assert_unit_safe: any(
            one.about.unit.money for one in fields_by_path(PACK.rules[rule].when).values()
        ),
    }
    if tried.get(law, True):
        law(rule, pack=PACK, **FEW)
    else:
        with pytest.raises(VacuousLawError, match="the law says nothing"):
            law(rule, pack=PACK, **FEW)


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["income-under-line", "multiple-hardship", RULE])
def test_the_engines_agree_on_the_pack(rule: str) -> None:
    """The compiled function and every installed kind of frame answer as the reference."""
    laws.assert_engines_agree(rule, pack=PACK, max_examples=5)


@pytest.mark.parametrize(
    ("rule", "field", "worse"),
    [
        ("income-under-line", "net_income_12m", "down"),
        (RULE, "records.amount", "up"),
        ("labour-loss", "labourers", "down"),
        ("unsafe-water", "water_safe", "down"),
    ],
)
def test_the_pack_is_monotone(rule: str, field: str, worse: Any) -> None:
    """A worse fact never clears a warning of the pack."""
    laws.assert_monotone(rule, field, worse=worse, pack=PACK, **FEW)


# --- each law is broken by its fault ----------------------------------------------


@pytest.mark.slow
def test_a_rule_that_spares_the_poorest_is_not_monotone() -> None:
    """A rule with a floor under its line clears a household that grows poorer."""
    spared = rule_of(household.net_income_12m.between(yuan(100), yuan(6000)))
    with pytest.raises(AssertionError) as problem:
        laws.assert_monotone(spared, "net_income_12m", worse="down")
    message = str(problem.value)
    assert "rule 'made' is not monotone: a worse net_income_12m makes warn clear" in message
    assert "100元 / 100 yuan" in message
    assert 'net_income_12m = "99.99"' in message


@pytest.mark.slow
def test_the_same_seed_tells_the_same() -> None:
    """A law run twice with one seed gives one message."""
    spared = rule_of(household.size.between(2, 4))
    found = []
    for _ in range(2):
        with pytest.raises(AssertionError) as problem:
            laws.assert_monotone(spared, "size", worse="down", seed=1)
        found.append(str(problem.value))
    assert found[0] == found[1]


def test_a_fact_the_rule_does_not_read_is_refused() -> None:
    """Nothing can be said of a fact that the rule does not read, or of a text."""
    for field in ("size", "dwelling_grade"):
        with pytest.raises(InvalidArgumentError, match=field):
            laws.assert_monotone("dangerous-house", field, worse="up", pack=PACK)


def test_an_engine_with_a_memory_is_not_deterministic() -> None:
    """An engine that answers otherwise the second time is found."""
    calls: list[int] = []

    def forgetful(households: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
        calls.append(1)
        found = reference(households, pack, as_of)
        return found if len(calls) % 2 else dict.fromkeys(found, Verdict.UNDECIDED)

    with pytest.raises(AssertionError, match="is judged in two ways"):
        laws.assert_deterministic(RULE, pack=PACK, engine=forgetful)


@pytest.mark.slow
def test_an_engine_that_reads_the_first_record_depends_on_the_order() -> None:
    """An engine that stops at the first row is found."""

    def hasty(households: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
        first = [h.model_copy(update={"records": (h.records or ())[:1]}) for h in households]
        return reference(first, pack, as_of)

    with pytest.raises(AssertionError, match="depends on an order"):
        laws.assert_order_free(RULE, pack=PACK, engine=hasty)


def test_an_engine_that_takes_fen_for_yuan_depends_on_the_unit() -> None:
    """An engine with a bare number in it is found."""

    def bare(households: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
        return {
            (household.household_id, rule): Verdict.of(
                sum(row.amount or 0 for row in household.records or ()) > 2_600_000
            )
            for household in households
            for rule in pack.rules
        }

    with pytest.raises(AssertionError, match="depends on the unit of money"):
        laws.assert_unit_safe(RULE, pack=PACK, engine=bare)


@pytest.mark.slow
def test_a_window_a_day_too_long_looks_outside() -> None:
    """The day before the first day of a window changes an engine's answer, in 25 examples."""
    with pytest.raises(AssertionError, match="looks outside its windows"):
        laws.assert_window_safe(RULE, PACK, engine=a_day_too_long, **FEW)


@pytest.mark.slow
def test_evidence_of_the_wrong_part_does_not_bear_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence that leaves out what decides is found."""
    from antipoverty.testing._laws import (  # private: a wrong explanation is planted
        explained as _laws_explained,
    )

    monkeypatch.setattr(_laws_explained, "evidence", lambda *_: ())
    with pytest.raises(AssertionError, match="is not borne out"):
        laws.assert_explained(RULE, pack=PACK)


@pytest.mark.slow
def test_missing_facts_that_do_not_settle_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of missing facts that is too short is found; one draw in a hundred lacks two."""
    from antipoverty.testing._laws import (  # private: a wrong explanation is planted
        explained as _laws_explained,
    )

    whole = _laws_explained.unsettled

    def short(*given: Any) -> frozenset[str]:
        return frozenset(sorted(whole(*given))[:1])

    monkeypatch.setattr(_laws_explained, "unsettled", short)
    with pytest.raises(AssertionError, match="is not settled"):
        laws.assert_explained("income-under-line", pack=PACK, max_examples=1_000)


def test_the_pack_has_every_value_in_its_first_year() -> None:
    """In 2021 no area of the pack lacks a value; after it the line is not published."""
    laws.assert_area_complete(PACK, first=date(2021, 1, 1), last=date(2021, 12, 31))
    with pytest.raises(AssertionError, match="'monitoring_line' in 61 from 2022-01-01 to"):
        laws.assert_area_complete(PACK, first=date(2021, 1, 1), last=date(2022, 3, 31))


@pytest.mark.parametrize(
    "asked",
    [
        {"first": date(1990, 1, 1), "last": date(1990, 12, 31)},
        {"first": date(2021, 1, 1), "last": date(2021, 12, 31), "areas": ["11"]},
        {"first": date(2021, 1, 1), "last": date(2021, 12, 31), "areas": []},
    ],
)
def test_values_that_nobody_asks_for_keep_no_law(asked: Any) -> None:
    """Days before all rules and areas outside the pack say nothing, and that is said."""
    with pytest.raises(VacuousLawError, match="says nothing"):
        laws.assert_area_complete(PACK, **asked)


def test_a_gap_names_its_area_and_days() -> None:
    """A gap is one run of days, for each rule that meets it."""
    found = gaps(PACK, first=date(2021, 12, 1), last=date(2022, 1, 31), areas=["610702"])
    assert found[0] == Gap(
        "monitoring_line", "610702", date(2022, 1, 1), date(2022, 1, 31), "category-marginal"
    )
    assert {gap.parameter for gap in found} == {"monitoring_line"}


WRONG: dict[str, Any] = {
    "direction": lambda: laws.assert_monotone(RULE, "records.amount", PACK, worse="left"),  # type: ignore[arg-type]
    "the factor": lambda: laws.assert_unit_safe(RULE, PACK, factor=1),
    "max_examples": lambda: laws.assert_explained(RULE, PACK, max_examples=0),
    "is before the first": lambda: laws.assert_area_complete(
        PACK, first=date(2022, 1, 1), last=date(2021, 1, 1)
    ),
    "the rule is": lambda: laws.assert_explained(5, PACK),  # type: ignore[arg-type]
    "the pack is": lambda: laws.assert_explained(RULE, "shaanxi-2531"),  # type: ignore[arg-type]
    "not in force .* in 11": lambda: strategies.near_threshold(RULE, PACK, area="110101001001"),
}


@pytest.mark.parametrize("told", WRONG)
def test_a_law_that_could_not_fail_is_refused(told: str) -> None:
    """A direction, factor, span or place that leaves nothing to try is an error, not a pass."""
    with pytest.raises(InvalidArgumentError, match=told):
        WRONG[told]()
