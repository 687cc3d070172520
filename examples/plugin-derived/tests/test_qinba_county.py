"""The county's hard rules: beside a plain program, on every engine, and by the library's checks."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from qinba_county import QinbaHousehold, pack

from antipoverty.engines.closure import compile_pack
from antipoverty.rules import Verdict, discover_packs, judge
from antipoverty.screening import Tables, screen
from antipoverty.testing import Check, pack_checks

DAY = date(2021, 12, 1)
VILLAGES = ["610727100200", "610727100201", "610727100202", "610727100203", "610727100209"]


def drawn(number: int) -> list[dict[str, Any]]:
    """Households as plain data, of which everything is known."""
    rnd = random.Random(2531)

    def a_record(n: int, k: int) -> dict[str, Any]:
        kind = rnd.choice(["wage", "wage", "wage", "medical_self_paid", "school_cost"])
        fen = {"wage": [40_000, 100_000, 200_000], "medical_self_paid": [300_001, 500_000]}
        return {
            "record_id": f"{n}-{k}",
            "member_id": f"m{rnd.randrange(2)}",
            "kind": kind,
            "day": DAY - timedelta(days=rnd.randrange(1, 420)),
            "amount": rnd.choice(fen.get(kind, [200_000, 200_001])),
        }

    return [
        {
            "household_id": f"h{n}",
            "area": rnd.choice(VILLAGES),
            "size": 2,
            "monitored": rnd.random() < 0.2,
            "net_income_12m": rnd.choice([800_000, 820_000, 1_149_999, 3_000_000]),
            "promised_wage": rnd.choice([100_000, 150_000]),
            "away_months": rnd.choice([0, 6]),
            "members": [
                {
                    "member_id": f"m{k}",
                    "health": rnd.choice(["healthy", "chronic", "serious"]),
                    "disabled": rnd.random() < 0.3,
                }
                for k in range(2)
            ],
            "records": [a_record(n, k) for k in range(rnd.choice([0, 3, 9, 25]))],
        }
        for n in range(number)
    ]


PEOPLE = drawn(120)


def as_yuan(facts: dict[str, Any]) -> dict[str, Any]:
    """Amounts as they come in."""
    money = ("amount", "net_income_12m", "promised_wage")
    return {k: f"{v // 100}.{v % 100:02}" if k in money else v for k, v in facts.items()}


def home(facts: dict[str, Any]) -> QinbaHousehold:
    """A household of the model."""
    rows = {name: [as_yuan(one) for one in facts[name]] for name in ("members", "records")}
    return QinbaHousehold.model_validate(as_yuan(facts) | rows)


def by_hand(one: dict[str, Any]) -> set[str]:
    """Which rules warn, in a program of its own that uses nothing of the library."""
    records = one["records"]
    year = [r for r in records if r["day"] >= date(2020, 12, 1)]
    wages = [r for r in year if r["kind"] == "wage"]
    of_month: dict[tuple[int, int], int] = defaultdict(int)
    for r in records:
        if r["kind"] == "wage":
            of_month[r["day"].year, r["day"].month] += r["amount"]
    last = [of_month[2021, month] for month in (11, 10, 9, 8, 7, 6)]
    trend = sum(a * w for a, w in zip(last, (5, 3, 1, -1, -3, -5), strict=True)) // 35
    places = {
        "610727100200": (4_000, 7_500),
        "610727100201": (600, 800),
        "610727100202": (9_000, 12_000),
        "610727100203": (3_000, 4_000),
    }
    x, y = places.get(one["area"], (None, None))
    metres = None if x is None else int(min(math.hypot(x, y), math.hypot(x - 9_000, y - 4_000)))
    average = {"610727100200": 820_000, "610727100201": 1_150_000}.get(one["area"])
    usual = {"medical_self_paid": 300_000, "school_cost": 200_000, "wage": 10**12}
    dear = [r for r in year if r["day"] >= date(2021, 6, 1) and r["amount"] > usual[r["kind"]]]
    paid: dict[str, int] = defaultdict(int)
    for r in year:
        if r["kind"] == "medical_self_paid":
            paid[r["member_id"]] += r["amount"]
    days = sorted(r["day"] for r in wages)
    amounts = sorted(r["amount"] for r in wages)
    ill = any(m["health"] == "serious" for m in one["members"])
    disabled = any(m["disabled"] for m in one["members"])
    logit = 1.6 * ill + 0.9 * disabled - 0.02 * one["away_months"] - trend / 50_000 - 1.5
    found = {
        "one-person-ill": any(fen > 800_000 for fen in paid.values()),
        "wages-halved": 2 * of_month[2021, 11] < of_month[2020, 11],
        "long-unpaid": any((b - a).days > 90 for a, b in pairwise(days)),
        "paid-below-agreement": bool(amounts)
        and amounts[(len(amounts) - 1) // 2] < one["promised_wage"],
        "months-without-wage": last.count(0) >= 4,
        "wages-falling": trend < -20_000,
        "ill-and-far": metres is not None
        and metres > 5000
        and any(m["health"] != "healthy" for m in one["members"]),
        "below-village": average is not None and 2 * one["net_income_12m"] < average * 2,
        "dear-bills": len(dear) >= 2,
        "owed-to-the-line": one["net_income_12m"] < 2 * 600_000,
        "model": round(1000 / (1 + math.exp(-logit))) >= 600 and not one["monitored"],
    }
    return {f"qinba-{name}" for name, held in found.items() if held}


EXPECTED = {(one["household_id"], rule) for one in PEOPLE for rule in by_hand(one)}


def test_one_household_at_a_time_it_says_what_a_plain_program_does() -> None:
    """The reference and the compiled pack; every rule warns of some and not of others."""
    made = discover_packs()["qinba-county"]
    compiled = compile_pack(made, as_of=DAY)
    found = set()
    for one in map(home, PEOPLE):
        verdicts = judge(one, made, as_of=DAY).verdicts
        assert dict(zip(compiled.rules, compiled(one), strict=True)) == verdicts
        found |= {(one.household_id, r) for r, v in verdicts.items() if v is Verdict.WARN}
    assert found == EXPECTED
    assert {rule for _, rule in found} == {*made.rules}
    assert all(len({h for h, r in found if r == rule}) < len(PEOPLE) for rule in made.rules)


def in_frames(kind: str) -> Tables[Any]:
    """The same households as tables of a kind."""
    tables = Tables.of([home(one) for one in PEOPLE], QinbaHousehold)
    if kind == "duckdb":
        duckdb = pytest.importorskip("duckdb")
        connection = duckdb.connect()
        return tables.with_frames({n: connection.from_arrow(tables[n].to_arrow()) for n in tables})
    if kind in ("pandas", "pyarrow"):
        pytest.importorskip(kind)
    as_kind = {
        "polars": lambda f: f,
        "pandas": pl.DataFrame.to_pandas,
        "pyarrow": pl.DataFrame.to_arrow,
    }
    return tables.with_frames({name: as_kind[kind](tables[name]) for name in tables})


@pytest.mark.parametrize("kind", ["polars", "pandas", "pyarrow", "duckdb"])
def test_all_at_once_it_says_what_a_plain_program_does(kind: str) -> None:
    """On the engines of frames; the functions are given the same columns on each."""
    answer = screen(in_frames(kind), pack(), as_of=DAY).lazy_alerts.collect("polars").to_native()
    warned = answer.filter(pl.col("verdict") == "warn").select("household_id", "rule_id").rows()
    assert set(warned) == EXPECTED


def test_what_is_owed_is_exact_and_leaves_a_screening_as_a_column() -> None:
    """The difference to the line, in fen, for each household below it."""
    found = screen(in_frames("polars"), pack(), as_of=DAY).amounts
    owed = {
        one["household_id"]: 2 * 600_000 - one["net_income_12m"]
        for one in PEOPLE
        if one["net_income_12m"] < 2 * 600_000
    }
    assert set(found.select("household_id", "low", "high", "scale").rows()) == {
        (id_, fen, fen, 1) for id_, fen in owed.items()
    }
    assert owed


def test_an_explanation_says_what_the_model_was_told() -> None:
    """The score with what it was derived from, through facts that are derived themselves."""
    one = next(one for one in PEOPLE if "qinba-model" in by_hand(one))
    text = judge(home(one), pack(), as_of=DAY).explain("zh")
    assert "推算：返贫风险模型分（千分制） = " in text
    assert "推算：近6个月务工收入月均变化 = " in text
    assert "算法版本 logistic 3；示例，非政策（示例，非政策）" in text


@pytest.mark.parametrize("check", pack_checks("qinba-county", examples=4), ids=str)
def test_the_pack_keeps_what_the_library_promises(check: Check) -> None:
    """Every check of the conformance kit, with the cases the pack ships."""
    check()
