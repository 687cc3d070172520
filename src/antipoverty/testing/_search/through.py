"""Moving a derived fact, which is opaque, by moving what it is derived from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from antipoverty.conditions import Condition, Setting, Value
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.setting import Number
from antipoverty.model import Field, Kind
from antipoverty.testing._search.drafts import Draft, Scope, some_values


class Moving(Protocol):
    """What is needed of a solver."""

    setting: Setting

    def solve(
        self, condition: Condition, draft: Draft, scope: Scope = None, *, want: bool
    ) -> Iterator[Draft]:
        """Give drafts for which a condition is as wanted."""
        ...

    def shifted(
        self, condition: nodes.Compare, side: Value, draft: Draft, scope: Scope
    ) -> Iterator[Draft]:
        """Give drafts around a comparison's threshold."""
        ...

    def changed(self, field: Field, value: object, draft: Draft, scope: Scope) -> Iterator[Draft]:
        """Give a draft with one fact changed."""
        ...


def through(
    solver: Moving, condition: Condition, field: Field, draft: Draft, scope: Scope
) -> Iterator[Draft]:
    """Give drafts in which a derived fact may be another, so that a condition may turn.

    A number is moved as if the function were a line in each number it is told; of anything
    else some values are tried.
    """
    where = None if field.table is None else scope
    for node in field.inputs.values():
        if isinstance(node, Condition):
            for want in (True, False):
                yield from solver.solve(node, draft, where, want=want)
            continue
        assert isinstance(node, Value)  # noqa: S101 - the language has no third family
        if isinstance(condition, nodes.Compare) and not _of_words(condition):
            yield from solver.shifted(condition, node, draft, where)
        for part in node.walk():
            if isinstance(part, nodes.Read) and (part.field.table is None or where is not None):
                for value in some_values(part.field, solver.setting.as_of):
                    yield from solver.changed(part.field, value, draft, where)


def past(apart: Callable[[int], Number | None], on: int, high: int) -> int:
    """Give the first number past a threshold: the next one, but of a fact derived in steps."""
    step = 1
    while on + step < high and apart(on + step) == 0:
        on, step = on + step, 2 * step
    beyond = min(on + step, high + 1)
    while beyond - on > 1:
        middle = (on + beyond) // 2
        on, beyond = (middle, beyond) if apart(middle) == 0 else (on, middle)
    return beyond


def sign(number: Number | None) -> int | None:
    """Below nothing, nothing or above it."""
    return None if number is None else (number > 0) - (number < 0)


def _of_words(condition: nodes.Compare) -> bool:
    return condition.left.type is not None and condition.left.type.kind is Kind.TEXT


__all__ = ["past", "sign", "through"]
