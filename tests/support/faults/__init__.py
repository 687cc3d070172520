"""Three faults that policies have had, each planted in an engine that is otherwise right.

The kit must find each: an operator one sign too wide, a window one day too long, and a
missing fact taken for zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import attrs

from antipoverty.conditions import Node
from antipoverty.conditions import tree as nodes
from antipoverty.engines import Engine, Verdicts
from antipoverty.model import Household, Kind
from antipoverty.rules import Pack, judge

RULE = "medical-burden-general"
"""It adds up a window of records and asks for more than a parameter: all three faults fit."""


def _changed(pack: Pack, change: Callable[[Node], Node]) -> Pack:
    """The pack with every condition rebuilt."""
    rules = [
        attrs.evolve(rule, when=rule.when.rebuilt(change), supersedes=None)
        for rule in pack.rules.values()
    ]
    return pack.evolve(rules=rules, judgements=())


def _judged(households: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
    return {
        (household.household_id, rule): verdict
        for household in households
        for rule, verdict in judge(household, pack, as_of=as_of).verdicts.items()
    }


def or_equal(households: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
    """Reads every ``>`` as ``>=``: a household on the line is warned of."""

    def wider(node: Node) -> Node:
        match node:
            case nodes.Compare(">", left, right):
                return nodes.Compare(">=", left, right)
        return node

    return _judged(households, _changed(pack, wider), as_of)


def a_day_too_long(households: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
    """Begins every window a day early: it takes in the day before the first."""
    found = dict(_judged(households, pack, as_of))
    for household in households:
        rows = tuple(
            row.model_copy(update={"day": row.day + timedelta(days=1)})
            if row.day is not None and row.day < as_of - timedelta(days=1)
            else row
            for row in household.records or ()
        )
        moved = household.model_copy(update={"records": rows})
        found |= _judged([moved], pack, as_of)
    return found


def missing_as_zero(households: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
    """Reads a number that is not known as 0: an undecided household comes out clear."""
    return _judged([_with_zeros(household, pack) for household in households], pack, as_of)


def _with_zeros(household: Household, pack: Pack) -> Household:
    def zeros(row: Any, table: str | None) -> dict[str, int]:
        fields = pack.schema.table(table).fields.items()
        return {
            name: 0
            for name, field in fields
            if field.kind is Kind.NUMBER and getattr(row, name) is None
        }

    changed: dict[str, Any] = zeros(household, None)
    for name in pack.schema.tables:
        rows = getattr(household, name) or ()
        changed[name] = tuple(row.model_copy(update=zeros(row, name)) for row in rows)
    return household.model_copy(update=changed)


FAULTS: dict[str, Engine] = {
    "a `>` turned into `>=`": or_equal,
    "a window a day too long": a_day_too_long,
    "a missing fact read as zero": missing_as_zero,
}

__all__ = ["FAULTS", "RULE", "a_day_too_long", "missing_as_zero", "or_equal"]
