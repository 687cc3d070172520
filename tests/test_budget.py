"""What is drawn for a pack breaks false laws of policy within a budget of examples."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample

from antipoverty.model import Household, Member
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import judge
from antipoverty.testing.strategies import households

PACK, AS_OF = shaanxi_2531(), date(2021, 12, 1)
MOST, SEEDS, LIMIT = 400, 5, 200
AMOUNT = 10**10


def warned(household: Household) -> frozenset[str]:
    """The rules that warn."""
    return frozenset(one.rule_id for one in judge(household, PACK, as_of=AS_OF).warned)


def said(household: Household, day: date = AS_OF) -> dict[str, str]:
    """Every verdict."""
    verdicts = judge(household, PACK, as_of=day).verdicts
    return {rule: one.value for rule, one in verdicts.items()}


def more(household: Household, name: str, fen: int) -> Household:
    """With so much more of an amount, where that is known."""
    now = getattr(household, name)
    return household.model_copy(update={name: None if now is None else min(now + fen, AMOUNT)})


def moved(household: Household, days: int) -> Household:
    """With every record on another day."""
    rows = tuple(
        row if row.day is None else row.model_copy(update={"day": row.day + timedelta(days=days)})
        for row in household.records or ()
    )
    return household.model_copy(update={"records": rows})


def joined(household: Household) -> Household:
    """With one more member, of whom the least is known that the model has."""
    new = Member(member_id="added", age=30, insured=False)
    size = household.size and min(household.size + 1, 99)
    return household.model_copy(update={"members": (*(household.members or ()), new), "size": size})


def doubled(household: Household) -> Household:
    """With every record's amount doubled."""
    rows = tuple(
        row
        if row.amount is None
        else row.model_copy(update={"amount": min(row.amount * 2, AMOUNT)})
        for row in household.records or ()
    )
    return household.model_copy(update={"records": rows})


def twice(household: Household) -> Household:
    """With every record twice."""
    rows = household.records or ()
    again = (row.model_copy(update={"record_id": f"{row.record_id}-2"}) for row in rows)
    return household.model_copy(update={"records": (*rows, *again)})


def without(household: Household, **facts: Any) -> Household:
    """With some facts otherwise."""
    return household.model_copy(update=facts)


FALSE: dict[str, Callable[[Household], bool]] = {
    "more subsidy never newly warns": lambda one: bool(
        warned(more(one, "subsidy_income_12m", 1_000_000)) - warned(one)
    ),
    "all records a day earlier, and nothing changes": lambda one: said(moved(one, -1)) != said(one),
    "a further member never newly warns": lambda one: bool(warned(joined(one)) - warned(one)),
    "twice the cost never newly warns": lambda one: bool(warned(doubled(one)) - warned(one)),
    "who warns of nothing has nothing undecided": lambda one: (
        not warned(one) and "undecided" in said(one).values()
    ),
    "without records nobody warns": lambda one: bool(warned(without(one, records=()))),
    "being monitored makes no difference": lambda one: (
        said(without(one, monitored=True)) != said(without(one, monitored=False))
    ),
    "one registered person more makes no difference": lambda one: (
        one.size is not None
        and one.size < 99
        and said(one) != said(without(one, size=one.size + 1))
    ),
    "no warning rests on one fact alone": lambda one: (
        bool(warned(one)) and not warned(without(one, water_safe=None, dwelling_grade=None))
    ),
    "tomorrow's answer is today's": lambda one: said(one, AS_OF + timedelta(days=1)) != said(one),
    "equal records count once": lambda one: said(twice(one)) != said(one),
    "a fact that is not known is as good as a yes": lambda one: (
        said(without(one, water_safe=None)) != said(without(one, water_safe=True))
    ),
}


def a_fen_more_each(household: Household) -> Household:
    """With every record's amount a fen greater."""
    rows = tuple(
        row if row.amount is None else row.model_copy(update={"amount": row.amount + 1})
        for row in household.records or ()
        if row.amount != AMOUNT
    )
    return household.model_copy(update={"records": rows})


FALSE |= {
    "a fen more income never newly warns": lambda one: bool(
        warned(more(one, "net_income_12m", 1)) - warned(one)
    ),
    "a fen less income never newly warns": lambda one: bool(
        warned(more(one, "net_income_12m", -1)) - warned(one)
    ),
    "a fen more subsidy never newly warns": lambda one: bool(
        warned(more(one, "subsidy_income_12m", 1)) - warned(one)
    ),
    "a fen more spending never newly warns": lambda one: bool(
        warned(more(one, "rigid_spending_12m", 1)) - warned(one)
    ),
    "a fen more for each record never newly warns": lambda one: bool(
        warned(a_fen_more_each(one)) - warned(one)
    ),
}


def examples_to_break(law: Callable[[Household], bool], seed: int) -> int:
    """How many households were drawn until one broke a law."""
    drawn = 0

    def broken(household: Household) -> bool:
        nonlocal drawn
        drawn += 1
        return law(household)

    how = settings(
        max_examples=MOST,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        numbers = random.Random(seed)
        find(households(PACK, as_of=AS_OF), broken, settings=how, random=numbers)
    except NoSuchExample:
        return MOST
    return drawn


@pytest.mark.slow
@pytest.mark.parametrize("law", FALSE)
def test_a_false_law_is_broken_within_the_budget(law: str) -> None:
    """The median over five seeds."""
    counts = [examples_to_break(FALSE[law], seed) for seed in range(SEEDS)]
    assert statistics.median(counts) <= LIMIT, counts
