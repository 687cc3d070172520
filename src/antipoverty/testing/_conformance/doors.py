"""What a table is set aside for, an object is refused for: every door has one answer.

A household with a planted fault is made and judged as one object, and stands in a table that
is screened. Either both refuse it, for the same reason and of the same field, or none does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from antipoverty.engines.closure import compile_pack
from antipoverty.errors import AntipovertyError
from antipoverty.model import AreaTree, Household, Kind, Money, TableSchema
from antipoverty.rules import Pack, judge
from antipoverty.screening import REASONS, screen
from antipoverty.testing._conformance.dirty import Dirty, Place

Own = Mapping[str, Sequence[Mapping[str, Any]]]
"""By table the rows of one household, as a frame holds them."""

_KINDS = {
    "invalid-code": "unknown-area",
    "invalid-money": "not-a-number",
    "string_type": "missing-id",
    "missing": "missing-id",
}
"""What a reason is called by the model, where tables have another word for it."""


def refusals(
    own: Own, pack: Pack, as_of: date, areas: AreaTree | None = None, *, compiled: bool = False
) -> frozenset[Place]:
    """Say why one household cannot be made, or not be judged, in the words of tables.

    Args:
        own: Its rows, one of households; rows of others are passed over.
        pack: The policy.
        as_of: The day.
        areas: The known areas.
        compiled: Whether a compiled pack is asked, and not `judge`.
    """
    try:
        household = made(own, pack)
    except ValidationError as problem:
        return frozenset(_place(one, pack) for one in problem.errors())
    ask: Callable[[Household], object] = (
        compile_pack(pack, as_of=as_of, areas=areas)
        if compiled
        else lambda one: judge(one, pack, as_of=as_of, areas=areas)
    )
    try:
        ask(household)
    except AntipovertyError as problem:
        named = [one for one in re.findall(r"\(([a-z-]+)\)", str(problem)) if one in REASONS]
        if not named:
            raise
        at = ("records", "kind") if named[0] == "unknown-choice" else ("households", "area")
        return frozenset({(at[0], named[0], at[1])})
    return frozenset()


def made(own: Own, pack: Pack) -> Household:
    """Make a household of the rows that a frame holds of it.

    Raises:
        ValidationError: The model refuses them.
    """
    (home,) = own["households"]
    facts = _facts(home, pack.schema.household)
    for name, schema in pack.schema.tables.items():
        mine = [one for one in own.get(name, ()) if one["household_id"] == home["household_id"]]
        facts[name] = tuple(
            {k: v for k, v in _facts(one, schema).items() if k != "household_id"} for one in mine
        )
    return pack.model.model_validate(facts)


def _facts(row: Mapping[str, Any], schema: TableSchema) -> dict[str, Any]:
    """The facts of a row as the model takes them: amounts with their unit."""
    amounts = {
        name
        for name, field in schema.fields.items()
        if field.kind is Kind.NUMBER and field.about.unit.money
    }
    return {
        name: Money(fen=value) if name in amounts and value is not None else value
        for name, value in row.items()
    }


def _place(problem: ErrorDetails, pack: Pack) -> Place:
    at, kind = problem["loc"], problem["type"]
    named = at[0] if at else problem.get("ctx", {}).get("table")
    table = str(named) if named in pack.schema.tables else "households"
    field = str(at[-1]) if at and at[-1] != table else "household_id"
    if kind == "duplicate-id":
        field = pack.schema.tables[table].key
    if kind == "string_pattern_mismatch":
        kind = "unknown-choice" if field == "kind" else "invalid-id"
    if field == "area" and kind in ("string_type", "missing"):
        kind = "missing-area"
    return table, _KINDS.get(kind, kind), field


def doors_agree(dirty: Dirty, pack: Pack, as_of: date, areas: AreaTree | None = None) -> int:
    """Refuse doors that let in what another keeps out, or that give another reason.

    The doors are `screen`, `judge`, and a compiled pack. A household that came twice is
    one that only tables can hold, and is passed over.

    Args:
        dirty: Tables with faults; see `dirty_tables`.
        pack: The policy.
        as_of: The day.
        areas: The known areas.

    Returns:
        How many households were refused.

    Raises:
        AssertionError: A door differs; it says how, of which household.
    """
    screening = screen(dirty.tables, pack, as_of=as_of, areas=areas)
    judged = set(screening.judged["household_id"])
    refused = 0
    for number, own in enumerate(dirty.owned):
        if len(own["households"]) > 1:
            continue
        wanted = {dirty.reasons[number]} if number in dirty.reasons else set()
        for compiled in (False, True):
            found = refusals(own, pack, as_of, areas, compiled=compiled)
            if found != wanted:
                door = "a compiled pack" if compiled else "judge"
                raise AssertionError(
                    f"{door} refuses household {number} for {sorted(found)}, and "
                    f"{sorted(wanted)} was put in"
                )
        id_ = own["households"][0]["household_id"]
        if (id_ in judged) == bool(wanted):
            raise AssertionError(f"screen and judge differ about household {number}: {wanted}")
        if not wanted <= set(screening.rejected_counts):
            raise AssertionError(f"screen names another reason than {sorted(wanted)}")
        refused += bool(wanted)
    return refused


__all__ = ["doors_agree", "made", "refusals"]
