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

import attrs
import polars as pl
from hypothesis import HealthCheck, given, seed, settings

from antipoverty.conditions import Condition, parse
from antipoverty.errors import NothingInForceError, OverflowRiskError
from antipoverty.model import AreaCode, Household, Unit
from antipoverty.rules import Amount, Pack, Parameter, ParameterValue, Text
from antipoverty.screening import Tables
from antipoverty.testing._conformance import (  # private: what the kit asks, to be joined
    mixed,
    populations,
    strays,
)
from antipoverty.testing._frames import (  # private: rows of a household stand apart
    interleaved,
    tables_as,
)
from antipoverty.testing._strategies.policies import (  # private: as the kit makes packs
    SINCE,
    SOURCE,
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
PLACES = (
    *(*mixed.VILLAGES, "610702100201", "61070210020001", "61070210020002", "610722100200"),
    *("610702101200", "610113001200", "610502001200"),
)
LEVELS = ("", "6101", "6107", "610702", "610702100", "610702100200", "61070210020001")
"""Areas of rules and of values."""
DAYS = (*mixed.DAYS, date(2021, 3, 31), date(2024, 12, 31), date(2022, 2, 28), date(2021, 7, 1))
RULES = 4
"""So many conditions a question has at most."""
COUNTS = (1, 2, 3, 12, 12, 12, 40)
"""Of how many households a question is."""


def asked_by_lot(engine: str, count: int, chance: int = 1, kind: str = "polars") -> list[Asked]:
    """Draw questions, with what the engine as it is answers; those that it refuses are left out.

    Args:
        engine: Who is asked.
        count: How many questions.
        chance: Another number draws others.
        kind: The kind of frames, of the engine over frames.
    """
    lot, kept = Random(chance), list[Asked]()
    drawn = iter(_conditions(count * RULES * 2, chance))
    while len(kept) < count:
        pack, homes, day = _question(lot, drawn)
        asked: Any = homes
        if engine == "frames":
            tables = interleaved(Tables.of(homes, pack.model))
            asked = tables_as(_with_strays(tables, lot) if lot.random() < 0.4 else tables, kind)
        with suppress(OverflowRiskError, NothingInForceError):
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
    day = lot.choice(DAYS)
    of_grammar = lot.random() < 0.4
    params = [parameter_of(name) for name in VALUES]
    if not of_grammar:
        params = [_line(lot, day), *(one for one in params if one.id != "line")]
    number = lot.choice((1, 2, RULES))
    whens = [next(drawn) if of_grammar else parse(_joined(lot)) for _ in range(number)]
    rules = [
        rule_of(
            f"rule-{n}",
            when,
            area=lot.choice(("", "", "", *LEVELS)),
            until=lot.choice((None, None, day, day - timedelta(days=1))),
            supersedes="rule-0" if n == 1 and lot.random() < 0.2 else None,
        )
        for n, when in enumerate(whens)
    ]
    if len(rules) > 1 and rules[1].supersedes:
        rules[1] = attrs.evolve(rules[1], area="")
    if lot.random() < 0.5:
        value, unit = lot.choice(OWED)
        rules.append(rule_of("owed", whens[-1], amount=Amount(value, unit)))
    return pack_of(rules, params), _homes(lot, day), day


def _line(lot: Random, day: date) -> Parameter:
    """A line with other values in some places, and from some day on."""
    areas = ["", *lot.sample(LEVELS[1:], lot.choice((0, 1, 2, 5)))]
    before = day - timedelta(days=1)
    values = [
        one
        for area in areas
        for one in (
            ParameterValue(lot.choice((0, 500, 1_000)), SINCE, before, SOURCE, area),
            ParameterValue(lot.choice((0, 500, 1_000, 1_500)), day, None, SOURCE, area),
        )
    ]
    return Parameter("line", Text("线", "line"), Unit.parse("yuan"), values)


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
    places = lot.sample(PLACES, lot.choice((1, 2, len(PLACES))))
    many, empty = lot.random() < 0.1, lot.random() < 0.1
    found = []
    for number in range(lot.choice(COUNTS)):
        facts: dict[str, Any] = {"area": AreaCode(lot.choice(places)), "deliveries": handed}
        if sizes:
            facts["size"] = lot.choice(sizes)
        if many or empty:
            facts["records"] = mixer.records(number % 3 * 60) if many else ()
        found.append(mixer.household(number, **facts))
    return found


def _with_strays(tables: Tables[pl.DataFrame], lot: Random) -> Tables[pl.DataFrame]:
    """The tables, with rows that name no household that there is."""
    frames = {name: tables[name] for name in tables}
    ids = lot.choice(((f"{PLACES[0]}99", None, "nobody"), [f"{one}99" for one in PLACES[:3]]))
    for name in lot.sample(("members", "records"), lot.randint(1, 2)):
        rows = frames[name].to_dicts()[: lot.randint(1, 6)] * lot.choice((1, 1, 20))
        key = f"{name.removesuffix('s')}_id"
        found = [
            {**row, "household_id": lot.choice(ids), key: f"x{n}"} for n, row in enumerate(rows)
        ]
        more = pl.DataFrame(found, schema=frames[name].schema)
        frames[name] = pl.concat([frames[name], more])
    return tables.with_frames(frames)


__all__ = ["asked_by_lot"]
