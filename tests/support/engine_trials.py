"""Questions drawn by lot, to try whether a mutant that the kit lets live can be told at all.

Rules are drawn of the grammar, or two of the kit's are joined, as no check of it does;
households are mixed otherwise, of all sizes; departments have looked for some kinds somewhere,
and some rows are nobody's. What is asked is told apart from the engine as it is, whether or not
the kit would have asked it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, seed, settings

from antipoverty.conditions import Condition, parse
from antipoverty.errors import OverflowRiskError
from antipoverty.model import AreaCode, Household
from antipoverty.rules import Amount, Pack
from antipoverty.screening import Tables
from antipoverty.testing._conformance import (  # private: what the kit asks, to be joined
    mixed,
    populations,
    strays,
)
from antipoverty.testing._frames import interleaved  # private: rows of a household stand apart
from antipoverty.testing._strategies.policies import (  # private: as the kit makes packs
    VALUES,
    pack_of,
    parameter_of,
    rule_of,
)
from antipoverty.testing.strategies import conditions
from engine_mutants import ENGINES, Asked, plainly

TEXTS = (
    *(*mixed.ROWS, *mixed.GROUPS, *mixed.RANKS, *mixed.WINDOWS, *mixed.ROSTERS),
    *(*populations.SPANS, *populations.FRACTIONS, *strays.MEMBERS, *strays.RECORDS),
)
OWED = (
    ("net_income_12m - rigid_spending_12m", "yuan"),
    ("sum(records, amount, months=1) * ratio(2, 7)", "yuan"),
    ("count(members, disabled) * 3 - count(members)", "person"),
)
PLACES = (*mixed.VILLAGES, "610702100201", "61070210020001", "610722100200")
RULES, HOUSEHOLDS = 4, 12


def asked_by_lot(engine: str, count: int, chance: int = 1) -> list[Asked]:
    """Draw questions, with what the engine as it is answers; those that it refuses are left out."""
    lot, kept = Random(chance), list[Asked]()
    drawn = iter(_conditions(count * RULES, chance))
    while len(kept) < count:
        pack, homes, day = _question(lot, drawn)
        asked: Any = homes
        if engine == "frames":
            tables = interleaved(Tables.of(homes, pack.model))
            asked = _with_strays(tables, lot) if lot.random() < 0.3 else tables
        with suppress(OverflowRiskError):
            right = plainly(ENGINES[engine](asked, pack, day))
            kept.append(Asked("by lot", (asked, pack, day), right, refused=False, seconds=1.0))
    return kept


def _conditions(count: int, chance: int) -> list[Condition]:
    found: list[Condition] = []

    @seed(chance)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(conditions(params=VALUES))
    def draw(one: Condition) -> None:
        found.append(one)

    draw()
    return found


def _question(lot: Random, drawn: Iterator[Condition]) -> tuple[Pack, list[Household], date]:
    day = lot.choice((*mixed.DAYS, date(2021, 3, 31), date(2024, 12, 31)))
    of_grammar = lot.random() < 0.4
    params = [parameter_of(name) for name in VALUES]
    if not of_grammar:
        params = [mixed.line(), *(one for one in params if one.id != "line")]
    whens = [next(drawn) if of_grammar else parse(_joined(lot)) for _ in range(RULES)]
    rules = [
        rule_of(f"rule-{n}", when, area=lot.choice(("", "", "6107", "610702100200")))
        for n, when in enumerate(whens)
    ]
    value, unit = lot.choice(OWED)
    rules.append(rule_of("owed", whens[-1], amount=Amount(value, unit)))
    return pack_of(rules, params), _homes(lot, day), day


def _joined(lot: Random) -> str:
    one, other = lot.sample(TEXTS, 2)
    return lot.choice((f"({one}) and ({other})", f"({one}) or not ({other})", f"not ({one})", one))


def _homes(lot: Random, day: date) -> list[Household]:
    mixer = mixed._Mixer(day)  # private: facts of few values
    mixer.chance = lot
    eve = day - timedelta(days=1)
    some = [
        mixed.delivery("medical", last=eve, area=lot.choice(("61", "6107", PLACES[0]))),
        mixed.delivery("job_loss", "flood", last=lot.choice((eve, day - timedelta(days=31)))),
        mixed.delivery("members", last=eve, first=None),
        mixed.delivery("medical", "flood", first=day - timedelta(days=62), last=eve),
    ]
    handed = lot.choice((None, None, (), tuple(lot.sample(some, lot.randint(1, 3)))))
    sizes = lot.choice(((), (1, 2, 3, None), (None,), (1, 2, 5, 99)))
    found = []
    for number in range(HOUSEHOLDS):
        facts: dict[str, Any] = {"area": AreaCode(lot.choice(PLACES)), "deliveries": handed}
        if sizes:
            facts["size"] = lot.choice(sizes)
        found.append(mixer.household(number, **facts))
    return found


def _with_strays(tables: Tables[pl.DataFrame], lot: Random) -> Tables[pl.DataFrame]:
    """The tables, with rows that name no household that there is."""
    frames = {name: tables[name] for name in tables}
    for name in lot.sample(("members", "records"), lot.randint(1, 2)):
        rows = frames[name].to_dicts()[: lot.randint(1, 6)]
        key = f"{name.removesuffix('s')}_id"
        found = [
            {**row, "household_id": lot.choice((f"{PLACES[0]}99", None, "nobody")), key: f"x{n}"}
            for n, row in enumerate(rows)
        ]
        more = pl.DataFrame(found, schema=frames[name].schema)
        frames[name] = pl.concat([frames[name], more])
    return tables.with_frames(frames)


__all__ = ["asked_by_lot"]
