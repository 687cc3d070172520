"""Tables with codes of areas that ended, and what the areas have become.

A village was renamed, two were merged, one was split, one ended with nothing after it. A rule and
a value are of the renamed one, a delivery of what it became; a household of a code that became
several, or none, is set aside. Only an engine that is given the areas can know.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from antipoverty.model import Area, AreaCode, AreaTree
from antipoverty.rules import Pack, Parameter, ParameterValue, RecordKind, Text
from antipoverty.screening import Tables
from antipoverty.testing._conformance import mixed
from antipoverty.testing._strategies.policies import SINCE, SOURCE, pack_of, rule_of

_TOWN = "610702100"
_RENAMED, _BECAME = f"{_TOWN}220", f"{_TOWN}320"
_MERGED, _BOTH = (f"{_TOWN}221", f"{_TOWN}222"), f"{_TOWN}321"
_SPLIT, _PARTS = f"{_TOWN}223", (f"{_TOWN}323", f"{_TOWN}324")
_GONE, _STAYS = f"{_TOWN}225", f"{_TOWN}200"
PLACES = (_RENAMED, _BECAME, *_MERGED, _BOTH, _SPLIT, *_PARTS, _GONE, _STAYS)
"""Where households live, by codes of before and of after."""

_RULES = {
    "of-the-renamed": ("net_income_12m < param('line')", _RENAMED),
    "everywhere": ("net_income_12m < param('line')", ""),
    "of-the-town": ("size >= 3", _TOWN),
    "rows": ("any(records, kind == 'medical')", ""),
    "no-rows": ("count(records, kind == 'medical', months=12) <= 1", ""),
}


def areas(day: date) -> AreaTree:
    """The areas, with what those that ended half a year before have become."""
    last = day - timedelta(days=180)
    since = last + timedelta(days=1)

    def ended(code: str, *after: str) -> Area:
        successors = tuple(map(AreaCode, after))
        return Area(code=AreaCode(code), name=code, until=last, successors=successors)

    above = [Area(code=AreaCode(_TOWN[:digits]), name=_TOWN[:digits]) for digits in (2, 4, 6, 9)]
    new = (_BECAME, _BOTH, *_PARTS)
    return AreaTree(
        [
            *above,
            Area(code=AreaCode(_STAYS), name=_STAYS),
            *(Area(code=AreaCode(code), name=code, since=since) for code in new),
            ended(_RENAMED, _BECAME),
            *(ended(code, _BOTH) for code in _MERGED),
            ended(_SPLIT, *_PARTS),
            ended(_GONE),
        ]
    )


def successions(day: date) -> Iterator[tuple[Tables[pl.DataFrame], Pack, AreaTree, str]]:
    """Give tables, the pack that they are judged by, the areas, and what is in them."""
    homes = [
        one.model_copy(update={"area": AreaCode(PLACES[number % len(PLACES)])})
        for number, one in enumerate(mixed.households(day, 5 * len(PLACES)))
    ]
    pack, known = _pack(), areas(day)
    yield Tables.of(homes), pack, known, "codes that ended"
    handed = (mixed.delivery("medical", last=day - timedelta(days=1), area=_BECAME),)
    told = [one.model_copy(update={"deliveries": handed}) for one in homes]
    yield Tables.of(told), pack, known, "codes that ended, and a delivery of a code after"


def _pack() -> Pack:
    values = [
        ParameterValue(1_000, SINCE, None, SOURCE),
        ParameterValue(2_000, SINCE, None, SOURCE, area=_RENAMED),
    ]
    line = Parameter("line", Text("线", "line"), mixed.line().unit, values)
    rules = [rule_of(name, when, area=area) for name, (when, area) in _RULES.items()]
    kinds = [RecordKind(kind, Text("数据", kind), "d") for kind in ("medical", "flood", "job_loss")]
    return pack_of(rules, [line]).evolve(kinds=kinds)


__all__ = ["areas", "successions"]
