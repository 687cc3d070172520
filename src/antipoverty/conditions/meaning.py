"""What a condition means for one household: true, false or undecided, by Kleene.

This is the reference. It is written to be read, not to be fast, and every other
engine is proven equal to it. ``None`` is undecided for a condition and not known for a
value. A number is held as a span ``(lowest, highest)``: the ends differ only for
counts and scores in which some row or condition is undecided, and a comparison is
decided as soon as every number in the span gives the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from antipoverty.conditions import tree
from antipoverty.conditions.tree import Condition, Rows, Value
from antipoverty.errors import MissingTableError, ParameterNotSetError

Truth = bool | None
Number = int | Fraction
Span = tuple[Any, Any]
"""The lowest and highest a value can be; texts and days, and known numbers, have one."""


@attrs.frozen
class Setting:
    """All a condition depends on besides the household.

    Attributes:
        as_of: The day the answer is for; windows end the day before it.
        params: Every parameter's value at the household's place on that day, amounts in fen.
    """

    as_of: date
    params: Mapping[str, Number] = attrs.field(factory=dict)

    def param(self, id: str) -> Number:  # noqa: A002 - the word policies use
        """Give a parameter's value.

        Raises:
            ParameterNotSetError: There is none for this place and day.
        """
        if id not in self.params:
            raise ParameterNotSetError(f"parameter {id!r} has no value on {self.as_of} here")
        return self.params[id]


def truth(condition: Condition, household: Any, setting: Setting, row: Any = None) -> Truth:
    """Judge a condition.

    Args:
        condition: The tree.
        household: An object with the household's facts as attributes, child tables as tuples.
        setting: The day and the parameters.
        row: The child row in hand, inside a filter.

    Raises:
        MissingTableError: A child table that the condition reads is ``None``.
    """
    match condition:
        case tree.Flag(field):
            return getattr(household if field.table is None else row, field.name)  # type: ignore[no-any-return]
        case tree.Compare(operator, left, right):
            one, other = (span(side, household, setting, row) for side in (left, right))
            return None if one is None or other is None else compared(operator, one, other)
        case tree.Among(value, words):
            found = span(value, household, setting, row)
            return None if found is None else found[0] in words
        case tree.Known(of):
            if isinstance(of, Condition):
                return truth(of, household, setting, row) is not None
            found = span(of, household, setting, row)  # type: ignore[arg-type]
            return found is not None and found[0] == found[1]
        case tree.Not(inner):
            return opposite(truth(inner, household, setting, row))
        case tree.And(conditions):
            return every(truth(one, household, setting, row) for one in conditions)
        case tree.Or(conditions):
            return some(truth(one, household, setting, row) for one in conditions)
        case tree.Exists(rows):
            return some(kept for _, kept in _rows(rows, household, setting))
        case tree.ForAll(rows, inner):
            return every(
                some([opposite(kept), truth(inner, household, setting, one)])
                for one, kept in _rows(rows, household, setting)
            )
    raise NotImplementedError(type(condition).__name__)


def span(value: Value, household: Any, setting: Setting, row: Any = None) -> Span | None:
    """Evaluate a value to its lowest and highest; ``None`` when it is not known."""
    match value:
        case tree.Const(exact):
            return exact, exact
        case tree.Ago():
            day = value.day(setting.as_of)
            return day, day
        case tree.Param(id):
            number = setting.param(id)
            return number, number
        case tree.Read(field):
            found = getattr(household if field.table is None else row, field.name)
            return None if found is None else (found, found)
        case tree.Arithmetic(operator, left, right):
            one, other = (span(side, household, setting, row) for side in (left, right))
            return None if one is None or other is None else _combined(operator, one, other)
        case tree.Count(rows):
            kept = [kept for _, kept in _rows(rows, household, setting)]
            return kept.count(True), kept.count(True) + kept.count(None)
        case tree.Score(items):
            judged = [(weight, truth(one, household, setting, row)) for weight, one in items]
            low = sum(weight for weight, held in judged if held)
            return low, low + sum(weight for weight, held in judged if held is None)
        case tree.Reduce(operator, rows, inner):
            return _reduced(operator, rows, inner, household, setting)
    raise NotImplementedError(type(value).__name__)


def _rows(rows: Rows, household: Any, setting: Setting) -> Iterator[tuple[Any, Truth]]:
    """Give each row with whether the filter and the window keep it."""
    table = getattr(household, str(rows.table.name), None)
    if table is None:
        raise MissingTableError(
            f"the table {rows.table.name!r} was not supplied; give it, empty if there are no rows"
        )
    for row in table:
        kept: Truth = True
        if rows.window is not None:
            day = getattr(row, str(rows.table.day))
            kept = None if day is None else rows.window.first(setting.as_of) <= day < setting.as_of
        if rows.filter is not None:
            kept = every([kept, truth(rows.filter, household, setting, row)])
        yield row, kept


def _reduced(
    operator: str, rows: Rows, value: Value, household: Any, setting: Setting
) -> Span | None:
    lows, highs = [], []
    for row, kept in _rows(rows, household, setting):
        if kept is False:
            continue
        found = span(value, household, setting, row)
        if kept is None or found is None:
            return None
        lows.append(found[0])
        highs.append(found[1])
    if operator == "sum":
        return sum(lows), sum(highs)
    take = min if operator == "min" else max
    return (take(lows), take(highs)) if lows else None


def _combined(operator: str, one: Span, other: Span) -> Span:
    if operator == "+":
        return one[0] + other[0], one[1] + other[1]
    if operator == "-":
        return one[0] - other[1], one[1] - other[0]
    corners = [a * b for a in one for b in other]
    return min(corners), max(corners)


# --- Kleene's logic ---------------------------------------------------------------


def opposite(held: Truth) -> Truth:
    """Negate; undecided stays undecided."""
    return None if held is None else not held


def every(truths: Iterable[Truth]) -> Truth:
    """Join by *and*: one false decides it, else one undecided leaves it open."""
    seen = list(truths)
    return False if False in seen else None if None in seen else True


def some(truths: Iterable[Truth]) -> Truth:
    """Join by *or*: one true decides it, else one undecided leaves it open."""
    seen = list(truths)
    return True if True in seen else None if None in seen else False


def compared(operator: str, left: Span, right: Span) -> Truth:
    """Compare two spans: decided when all numbers in them agree."""
    if operator in (">", ">="):
        return compared({">": "<", ">=": "<="}[operator], right, left)
    if operator == "!=":
        return opposite(compared("==", left, right))
    if operator == "<":
        return True if left[1] < right[0] else False if left[0] >= right[1] else None
    if operator == "<=":
        return True if left[1] <= right[0] else False if left[0] > right[1] else None
    if left[0] == left[1] == right[0] == right[1]:
        return True
    apart = left[0] != right[0] if _point(left) and _point(right) else _apart(left, right)
    return False if apart else None


def _point(ends: Span) -> bool:
    return bool(ends[0] == ends[1])


def _apart(left: Span, right: Span) -> bool:
    return bool(left[1] < right[0] or right[1] < left[0])


# --- what is missing --------------------------------------------------------------


# --- evidence ---------------------------------------------------------------------
