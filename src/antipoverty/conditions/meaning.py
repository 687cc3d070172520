"""What a condition means for one household: true, false or undecided, by Kleene.

This is the reference. It is written to be read, not to be fast, and every other
engine is proven equal to it. ``None`` is undecided for a condition and not known for a
value. A number is held as a span ``(lowest, highest)``: the ends differ only for
counts and scores in which some row or condition is undecided, and a comparison is
decided as soon as every number in the span gives the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from antipoverty.conditions import tree
from antipoverty.conditions.derived import value_of
from antipoverty.conditions.groups import Group, groups_of
from antipoverty.conditions.setting import Setting
from antipoverty.conditions.tree import Condition, Rows, Value
from antipoverty.conditions.unseen import Blank, Grouped, HeldRow, held_rows
from antipoverty.errors import MissingTableError
from antipoverty.model import FIRST_DAY, LAST_DAY, Field, Kind

Truth = bool | None
Span = tuple[Any, Any]
"""The lowest and highest a value can be; texts and days, and known numbers, have one."""


def truth(condition: Condition, household: Any, setting: Setting, row: Any = None) -> Truth:  # noqa: C901 - a case a node
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
            return fact(field, household, setting, row)  # type: ignore[no-any-return]
        case tree.Compare(operator, tree.Quantile() as left, right):
            return _ranked(operator, left, right, household, setting)
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
        case tree.SomeGroup(groups, inner):
            return some(
                every([one.there, truth(inner, one.household, setting)])
                for one in _groups(groups, household, setting)
            )
        case tree.Exists(rows):
            return some(kept for _, kept in looked_at(rows, household, setting))
        case tree.ForAll(rows, inner):
            return every(
                some([opposite(kept), truth(inner, household, setting, one.row)])
                for one, kept in looked_at(rows, household, setting)
            )
    raise NotImplementedError(type(condition).__name__)


def span(value: Value, household: Any, setting: Setting, row: Any = None) -> Span | None:  # noqa: C901 - a case a node
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
            found = fact(field, household, setting, row)
            return None if found is None else (found, found)
        case tree.Arithmetic(operator, left, right):
            one, other = (span(side, household, setting, row) for side in (left, right))
            return None if one is None or other is None else _combined(operator, one, other)
        case tree.Count(rows):
            tally = {True: 0, False: 0, None: 0}
            for held, kept in looked_at(rows, household, setting):
                tally[kept] += held.times
            return tally[True], tally[True] + tally[None]
        case tree.GroupCount(groups, condition):
            return _counted(groups, condition, household, setting)
        case tree.GroupReduce(operator, groups, inner):
            return _extreme(operator, groups, inner, household, setting)
        case tree.Score(items):
            judged = [(weight, truth(one, household, setting, row)) for weight, one in items]
            low = sum(weight for weight, held in judged if held)
            return low, low + sum(weight for weight, held in judged if held is None)
        case tree.Reduce(operator, rows, inner):
            return _reduced(operator, rows, inner, household, setting)
        case tree.Quantile(rows, inner, share):
            found = _all_of(rows, inner, household, setting)
            if not found or not all(_point(one) for one in found):
                return None
            exact = sorted(low for low, _ in found)[math.ceil(share * len(found)) - 1]
            return exact, exact
    raise NotImplementedError(type(value).__name__)


def fact(field: Field, household: Any, setting: Setting, row: Any = None) -> Any:
    """Give a fact of the household or of the row in hand; a derived one is worked out."""
    if not field.inputs:
        return getattr(household if field.table is None else row, field.name)
    if isinstance(row, Blank) and field.table is not None:
        return None
    if field.table is None:  # it is of the whole household, whatever group of rows is in hand
        household, row = household.household if isinstance(household, Grouped) else household, None
    given: dict[str, Any] = {}
    for name, node in field.inputs.items():
        if isinstance(node, Condition):
            given[name] = truth(node, household, setting, row)
        else:
            ends = span(node, household, setting, row)
            point = ends is not None and ends[0] == ends[1]
            given[name] = ends[0] if ends is not None and point else None
    return value_of(field, given)


def looked_at(rows: Rows, household: Any, setting: Setting) -> Iterator[tuple[HeldRow, Truth]]:
    """Give each row, those that did not come among them, with whether it is there and kept.

    Raises:
        MissingTableError: The child table is ``None``.
    """
    check_supplied(str(rows.table.name), household)
    for held in held_rows(rows.table, household, setting):
        kept = held.there
        if rows.window is not None:
            day = getattr(held.row, str(rows.table.day))
            if day is not None:
                first, end = rows.window.first(setting.as_of), rows.window.end(setting.as_of)
                kept = every([kept, first <= day < end])
            else:
                near = rows.window.touches(held.since, held.until, setting.as_of)
                kept = None if near else False
        if rows.filter is not None:
            kept = every([kept, truth(rows.filter, household, setting, held.row)])
        yield held, kept


def check_supplied(table: str, household: Any) -> None:
    """Refuse a household whose child table was not supplied."""
    if getattr(household, table, None) is None:
        raise MissingTableError(
            "the table {table!r} was not supplied; give it, empty if there are no rows", table=table
        )


def _reduced(
    operator: str, rows: Rows, value: Value, household: Any, setting: Setting
) -> Span | None:
    if operator == "sum":
        low = high = 0
        for held, kept in looked_at(rows, household, setting):
            if kept is False:
                continue
            ends = reach(value, household, setting, held.row)
            if kept is None:
                ends = min(0, ends[0]), max(0, ends[1])
            low, high = low + ends[0] * held.times, high + ends[1] * held.times
        return low, high
    found = _all_of(rows, value, household, setting)
    if not found:
        return None
    if operator == "gap":
        days = sorted(one[0].toordinal() for one in found)
        longest = max((after - day for day, after in pairwise(days)), default=None)
        return None if longest is None else (longest, longest)
    take = min if operator == "min" else max
    return take(one[0] for one in found), take(one[1] for one in found)


def _all_of(rows: Rows, value: Value, household: Any, setting: Setting) -> list[Span] | None:
    """Evaluate a value for every row kept; ``None`` where one is not known, or there is none."""
    found: list[Span] = []
    for held, kept in looked_at(rows, household, setting):
        one = None if kept is False else span(value, household, setting, held.row)
        if kept is None or (kept and one is None):
            return None
        found += [] if one is None else [one] * held.times
    return found or None


def _ranked(
    operator: str, of: tree.Quantile, against: Value, household: Any, setting: Setting
) -> Truth:
    """Compare a quantile by counting the rows on each side; undecided where there may be none."""
    if operator in (">", ">=", "!="):
        turned = {">": "<=", ">=": "<", "!=": "=="}[operator]
        return opposite(_ranked(turned, of, against, household, setting))
    if operator == "==":
        below, above = (_ranked(one, of, against, household, setting) for one in ("<", "<="))
        return every([opposite(below), above])
    mark = span(against, household, setting)
    within, above_it = of.weights()
    low, high, some_row = 0, 0, False
    for held, kept in looked_at(of.rows, household, setting):
        if kept is False:
            continue
        mine = span(of.value, household, setting, held.row)
        fits = None if mine is None or mark is None else compared(operator, mine, mark)
        ends = above_it if fits is not True else within, within if fits is not False else above_it
        if kept is None:
            ends = min(0, ends[0]), max(0, ends[1])
        low, high = low + ends[0] * held.times, high + ends[1] * held.times
        some_row = some_row or kept is True
    return None if not some_row else True if low >= 0 else False if high < 0 else None


def reach(value: Value, household: Any, setting: Setting, row: Any = None) -> Span:
    """Evaluate a number, where a field that is not known can be all its bounds allow."""
    match value:
        case tree.Read(field):
            found = fact(field, household, setting, row)
            return field_bounds(field) if found is None else (found, found)
        case tree.Arithmetic(operator, left, right):
            one, other = (reach(side, household, setting, row) for side in (left, right))
            return _combined(operator, one, other)
    ends = span(value, household, setting, row)
    assert ends is not None  # noqa: S101 - what is no field is known, or is not reached
    return ends


def field_bounds(field: Field) -> tuple[Any, Any]:
    """The least and the greatest a number or a day can be, which the model demands of each."""
    if field.kind is Kind.DATE:
        return FIRST_DAY, LAST_DAY
    return field.about.low or 0, field.about.high or 0


def _combined(operator: str, one: Span, other: Span) -> Span:
    if operator == "+":
        return one[0] + other[0], one[1] + other[1]
    if operator == "-":
        return _less(one[0], other[1]), _less(one[1], other[0])
    if one[0] is one[1] and other[0] is other[1]:
        product = one[0] * other[0]
        return product, product
    corners = [a * b for a in one for b in other]
    return min(corners), max(corners)


def _groups(groups: tree.Groups, household: Any, setting: Setting) -> Iterator[Group]:
    check_supplied(str(groups.rows.table.name), household)
    return groups_of(groups, household, setting)


def _counted(
    groups: tree.Groups, condition: Condition | None, household: Any, setting: Setting
) -> Span:
    low = high = 0
    for one in _groups(groups, household, setting):
        held = one.there
        if condition is not None:
            held = every([held, truth(condition, one.household, setting)])
        low += held is True
        high += 0 if held is False else one.times
    return low, high


def _extreme(
    operator: str, groups: tree.Groups, value: Value, household: Any, setting: Setting
) -> Span | None:
    sure: list[Span] = []
    maybe: list[Span] = []
    for one in _groups(groups, household, setting):
        ends = span(value, one.household, setting)
        if ends is None:
            return None
        (sure if one.there else maybe).append(ends)
    if not sure:
        return None
    if operator == "max":
        return max(low for low, _ in sure), max(high for _, high in (*sure, *maybe))
    return min(low for low, _ in (*sure, *maybe)), min(high for _, high in sure)


def _less(one: Any, other: Any) -> Any:
    """Subtract; two days leave the days between them."""
    return one.toordinal() - other.toordinal() if isinstance(one, date) else one - other


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
