"""Conditions joined so that a missing fact leaves no more open than it must.

By Kleene's logic ``not a and not (a and b)`` is undecided where ``a`` is missing and ``b`` is
true, though no ``a`` makes it so that the second part matters. Where a part of an *and* stands
alone, the other parts are read with it taken as given; they become smaller, and what they say
of households of which everything is known stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from antipoverty.conditions import tree
from antipoverty.conditions.tree import Condition

_OPPOSITE = {">=": "<", ">": "<=", "!=": "=="}


def all_of(parts: Iterable[Condition]) -> Condition:
    """Join conditions by *and*, each read with those that stand alone taken as given."""
    listed = [one for part in parts for one in _flat(part, held=True)]
    given: dict[Any, bool] = {}
    while True:
        units = dict(map(_literal, [one for one in listed if _alone(one)]))
        if units == given:
            break
        given = units
        listed = list(_reduced(listed, given))
    unique = {one.key: one for one in listed}
    found = tuple(unique.values())
    return found[0] if len(found) == 1 else tree.And(found)


def _reduced(listed: list[Condition], given: dict[Any, bool]) -> Iterator[Condition]:
    for one in listed:
        left = one if _alone(one) else _assumed(one, given)
        if isinstance(left, Condition):
            yield from _flat(left, held=True)
        elif not left:
            yield one  # it cannot hold with the others: left as it is, to be false by itself


def _flat(node: Condition, *, held: bool) -> Iterator[Condition]:
    """The parts that must all hold for a condition to be so."""
    match node:
        case tree.Not(inner):
            yield from _flat(inner, held=not held)
        case tree.And(parts) if held:
            for part in parts:
                yield from _flat(part, held=True)
        case tree.Or(parts) if not held:
            for part in parts:
                yield from _flat(part, held=False)
        case _:
            yield node if held else ~node


def _alone(node: Condition) -> bool:
    inner = node.condition if isinstance(node, tree.Not) else node
    return not isinstance(inner, tree.And | tree.Or | tree.Not)


def _literal(node: Condition) -> tuple[Any, bool]:
    """What a part says without *and*, *or* and *not*, and whether it affirms or denies it."""
    if isinstance(node, tree.Not):
        key, held = _literal(node.condition)
        return key, not held
    if isinstance(node, tree.Compare) and node.operator in _OPPOSITE:
        return attrs.evolve(node, operator=_OPPOSITE[node.operator]).key, False
    return node.key, True


def _assumed(node: Condition, given: dict[Any, bool]) -> Condition | bool:
    """A condition with some parts taken as given: true, false, or what is left of it."""
    match node:
        case tree.Not(inner):
            found = _assumed(inner, given)
            return (not found) if isinstance(found, bool) else ~found
        case tree.And(parts) | tree.Or(parts):
            decisive = isinstance(node, tree.Or)
            left = [_assumed(part, given) for part in parts]
            if any(one is decisive for one in left):
                return decisive
            open_ = tuple(one for one in left if isinstance(one, Condition))
            if not open_:
                return not decisive
            return open_[0] if len(open_) == 1 else type(node)(open_)
    key, held = _literal(node)
    return (given[key] is held) if key in given else node


__all__ = ["all_of"]
