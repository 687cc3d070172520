"""Several rows come to a threshold together: no law on sums is kept because one row carries all."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import strategies as st

from antipoverty.model import Household
from antipoverty.rules import Pack, judge
from antipoverty.testing import near_threshold
from antipoverty.testing.strategies import households
from shapes import AS_OF, homes_of, made

DRAWS = 240
YEAR = date(2020, 12, 1)


def strategies(pack: Pack) -> dict[str, st.SearchStrategy[Household]]:
    """What draws at the thresholds of a pack with one rule."""
    near = near_threshold("r", pack, as_of=AS_OF)
    return {"households": households(pack, as_of=AS_OF), "near": near}


def said(household: Household, pack: Pack) -> str:
    """The answer of the one rule."""
    verdict = judge(household, pack, as_of=AS_OF).verdicts.get("r")
    return "clear" if verdict is None else verdict.value


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["households", "near"])
def test_a_sum_passes_its_threshold_by_rows_that_are_each_below_it(kind: str) -> None:
    """In one draw of twelve at least; as often it stays below, or just on it, by several."""
    pack, line = made("sum(records, amount, months=12) > yuan('10000')"), 1_000_000
    seen = Counter[str]()
    for home in homes_of(strategies(pack)[kind], DRAWS):
        amounts = [
            row.amount
            for row in home.records or ()
            if row.amount and row.day and YEAR <= row.day < AS_OF
        ]
        if len(amounts) >= 2 and max(amounts) <= line:
            seen[said(home, pack)] += 1
            seen["a fen past"] += sum(amounts) == line + 1
            seen["on"] += sum(amounts) == line
    assert min(seen["warn"], seen["clear"]) >= DRAWS / 12, seen
    assert min(seen["a fen past"], seen["on"]) >= DRAWS / 30, seen


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["households", "near"])
@pytest.mark.parametrize(
    "when",
    [
        "sum(members, age) > 100",
        "sum(members, age) > 500",
        "sum(members, score((1, age >= 60))) >= 2",
        "sum(records, amount) * 2 - yuan('500') > yuan('10000')",
        "sum(records, amount, months=1) > sum(records, amount, months=1, before=1)",
        "median(records, amount) > yuan('100')",
        "quantile(records, amount, ratio(2, 3), months=12) < yuan('500')",
        "max(records, amount, calendar='quarter') >= yuan('6000')",
        "any(by(records, kind), sum(records, amount) > yuan('1000'))",
        "count(records, months=12) >= 2",
    ],
)
def test_whatever_takes_rows_together_meets_several_on_each_side(when: str, kind: str) -> None:
    """In one draw of twenty at least for each side, whether one row would do or cannot."""
    pack, table = made(when), "members" if "members" in when else "records"
    seen = Counter(
        said(home, pack)
        for home in homes_of(strategies(pack)[kind], DRAWS)
        if len(getattr(home, table) or ()) >= 2
    )
    assert min(seen["warn"], seen["clear"]) >= DRAWS / 20, seen
