"""In how many of some periods a condition held: a score of the same condition ever earlier."""

from __future__ import annotations

from typing import Any

import attrs

from antipoverty.conditions.tree.nodes import Node
from antipoverty.conditions.tree.rows import Rows, Score
from antipoverty.conditions.tree.scalars import Condition, Value
from antipoverty.conditions.windows import Window
from antipoverty.errors import ConditionError, KindMismatchError

_MOST = 120


def periods(number: int, condition: Condition) -> Value:
    """Count the periods in which a condition held (近n期中成立的期数).

    The condition looks at windows; the first period is as written, each further one as long
    and that much earlier. ``periods(6, records.within(months=1).any()) >= 4``.

    Args:
        number: How many periods, from 2.
        condition: What is asked of each.

    Raises:
        ConditionError: It has no window, or one that begins with a calendar span not yet over.
    """
    if not isinstance(condition, Condition):
        raise KindMismatchError(
            "`periods` asks a condition; `{condition}` is a value", condition=condition
        )
    if isinstance(number, bool) or not isinstance(number, int) or not 2 <= number <= _MOST:
        raise ConditionError("the number of periods is a whole number from 2 to {most}", most=_MOST)
    windows = _windows(condition)
    if not windows:
        raise ConditionError(
            "`{condition}` has no window, so every period would be alike", condition=condition
        )
    if any(window.calendar and not window.back for window in windows):
        raise ConditionError(
            "`{condition}` begins with a calendar span that is not over; write before=1",
            condition=condition,
        )
    return Score(tuple((1, _earlier(condition, times)) for times in range(number)))


def periods_of(score: Score) -> tuple[int, Condition] | None:
    """Read a score that `periods` made; ``None`` for any other."""
    (_, first), *_ = score.items
    windows = _windows(first)
    number = len(score.items)
    whole = windows and not any(window.calendar and not window.back for window in windows)
    if not whole or not 2 <= number <= _MOST or any(weight != 1 for weight, _ in score.items):
        return None
    alike = all(one.same_as(_earlier(first, times)) for times, (_, one) in enumerate(score.items))
    return (number, first) if alike else None


def _windows(condition: Condition) -> list[Window]:
    return [part.window for part in condition.walk() if isinstance(part, Rows) and part.window]


def _earlier(condition: Condition, times: int) -> Condition:
    def change(node: Node) -> Node:
        if isinstance(node, Rows) and node.window is not None:
            return attrs.evolve(node, window=node.window.earlier(times))
        return node

    made: Any = condition.rebuilt(change)
    assert isinstance(made, Condition)  # noqa: S101 - only windows have changed
    return made


__all__ = ["periods", "periods_of"]
