"""Does a worse fact clear a warning: two households that are the same but for one fact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Literal

import attrs

from antipoverty.conditions import tree as nodes
from antipoverty.errors import InvalidArgumentError, one_of
from antipoverty.model import Field, Household, Kind
from antipoverty.rules import Pack, Rule, Verdict, judge
from antipoverty.testing._proofs.answers import Claim, Proof
from antipoverty.testing._proofs.ask import Inquiry
from antipoverty.testing._proofs.claims import (
    USUAL,
    Asked,
    Confirm,
    Effort,
    about,
    of_somebody,
    settle,
)
from antipoverty.testing._proofs.logic import Term, both, either, no
from antipoverty.testing._proofs.rows import Need
from antipoverty.testing._proofs.scene import Context

Worse = Literal["up", "down"]
"""Which way a fact gets worse: up, or for a flag to yes; down, or for a flag to no."""


def monotone(
    rule: Rule | str,
    fact: str,
    pack: Pack | None = None,
    *,
    worse: Worse,
    as_of: date | None = None,
    effort: Effort = USUAL,
) -> Proof:
    """Claim that a fact that gets worse, or is no longer known, never clears a warning.

    A household with a warning must keep it when the fact moves in the worse direction,
    and must not be clear when the fact is missing. It is ``vacuous`` where the rule warns of
    nobody of whom the fact is known.

    Args:
        rule: The rule, or its id.
        fact: The fact's path, ``net_income_12m`` or ``records.amount``; of rows, one row's.
        pack: The pack; may be left out for a rule that reads no parameter.
        worse: Which way is worse: ``"up"`` or ``"down"``; for a flag, to yes or to no.
        as_of: The day.
        effort: How many rows are looked at and how long the solver may take.

    Raises:
        UnknownFieldError: There is no such fact.
        InvalidArgumentError: It is a text, which has no worse direction.
    """
    one_of(worse, ("up", "down"), "direction")
    asked = attrs.evolve(about(Claim.MONOTONE, [rule], pack, as_of), detail=fact)
    field = ordered_field(asked.pack, fact)

    def need_of(scene: Context) -> dict[str, Need]:
        need = asked.needs(scene, effort, twice=field.table is not None)
        if field.table is not None:
            need.setdefault(field.table, Need(1, enough=True))
        return need

    def settled(*, lost: bool, confirm: Confirm) -> Proof:
        places = ((scene, need_of(scene)) for scene in asked.scenes())
        find = partial(_worse, asked=asked, field=field, worse=worse, lost=lost)
        return settle(asked, effort, places, find, confirm)

    def warned(pair: Sequence[Household], scene: Context) -> Mapping[str, Verdict] | None:
        verdicts = judge(pair[0], asked.pack, as_of=scene.as_of).verdicts
        return verdicts if verdicts[asked.rules[0].id] is Verdict.WARN else None

    return of_somebody(
        settled(lost=True, confirm=partial(_confirmed, asked=asked, worse=worse)),
        {asked.rules[0].id: partial(settled, lost=False, confirm=warned)},
    )


def ordered_field(pack: Pack, fact: str) -> Field:
    """Find a fact that can get worse."""
    table, _, name = fact.rpartition(".")
    if table and table not in pack.schema.tables:
        raise nodes.unknown_table(table, pack.schema)
    found = nodes.read(pack.schema.table(table or None), name).field
    if found.kind is Kind.TEXT:
        raise InvalidArgumentError(
            "{fact!r} is a text, and of words none is worse than another", fact=fact
        )
    return found


def _worse(
    inquiry: Inquiry, asked: Asked, field: Field, worse: Worse, *, lost: bool
) -> tuple[Household, ...] | None:
    """A household with a warning and its fact, and another fact by which it is lost, or any."""
    (rule,) = asked.rules
    row = None if field.table is None else 0
    here: Term = True if field.table is None else inquiry.sketch.present(field.table)[0]
    cell = inquiry.sketch.cell(field, row)
    sketch, other = inquiry.sketch.beside(field, row)
    before = inquiry.meaning.truth(rule.when)
    after = inquiry.other(inquiry.scene.setting, sketch).truth(rule.when)
    if field.kind is Kind.FLAG:
        low, high = (cell, other) if worse == "up" else (other, cell)
        moved = both(no(low.value), high.value)
    else:
        moved = other.value > cell.value if worse == "up" else other.value < cell.value
    goal = both(here, cell.known, before.true)
    if lost:
        worse_off = both(other.known, moved, no(after.true))
        goal = both(goal, either(worse_off, both(no(other.known), after.false)))
    return inquiry.find(goal, asked.facts(), inquiry.sketch, sketch)


def _confirmed(
    pair: Sequence[Household], scene: Context, asked: Asked, worse: Worse
) -> Mapping[str, Verdict] | None:
    """What `judge` says of both, if they differ as claimed and the warning is lost."""
    (rule,) = asked.rules
    before, after = (
        judge(household, asked.pack, as_of=scene.as_of).verdicts[rule.id] for household in pair
    )
    first, second = (dict(_facts(household, asked.pack)) for household in pair)
    changed = [path for path in first if first[path] != second.get(path)]
    if len(changed) != 1 or first.keys() != second.keys():
        return None
    old, new = first[changed[0]], second[changed[0]]
    if new is None:
        lost = after is Verdict.CLEAR
    else:
        lost = after is not Verdict.WARN and (new > old if worse == "up" else new < old)
    if before is not Verdict.WARN or not lost:
        return None
    return {rule.id: before, f"{rule.id}'": after}


def _facts(household: Household, pack: Pack) -> Iterator[tuple[str, Any]]:
    """The facts of a household by name, those of rows with their number."""
    for name in pack.schema.household.fields:
        yield name, getattr(household, name)
    for name, table in pack.schema.tables.items():
        for number, row in enumerate(getattr(household, name) or ()):
            for field in table.fields:
                yield f"{name}[{number}].{field}", getattr(row, field)


__all__ = ["Worse", "monotone", "ordered_field"]
