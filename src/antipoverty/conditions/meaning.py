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
from antipoverty.conditions.tree import Condition, Node, Rows, Value
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


def truth(condition: Condition, home: Any, setting: Setting, row: Any = None) -> Truth:
    """Judge a condition.

    Args:
        condition: The tree.
        home: An object with the household's facts as attributes, child tables as tuples.
        setting: The day and the parameters.
        row: The child row in hand, inside a filter.

    Raises:
        MissingTableError: A child table that the condition reads is ``None``.
    """
    match condition:
        case tree.Flag(field):
            return getattr(home if field.table is None else row, field.name)  # type: ignore[no-any-return]
        case tree.Compare(operator, left, right):
            one, other = (span(side, home, setting, row) for side in (left, right))
            return None if one is None or other is None else compared(operator, one, other)
        case tree.Among(value, words):
            found = span(value, home, setting, row)
            return None if found is None else found[0] in words
        case tree.Known(of):
            if isinstance(of, Condition):
                return truth(of, home, setting, row) is not None
            found = span(of, home, setting, row)  # type: ignore[arg-type]
            return found is not None and found[0] == found[1]
        case tree.Not(inner):
            return opposite(truth(inner, home, setting, row))
        case tree.And(conditions):
            return every(truth(one, home, setting, row) for one in conditions)
        case tree.Or(conditions):
            return some(truth(one, home, setting, row) for one in conditions)
        case tree.Exists(rows):
            return some(kept for _, kept in _rows(rows, home, setting))
        case tree.ForAll(rows, inner):
            return every(
                some([opposite(kept), truth(inner, home, setting, one)])
                for one, kept in _rows(rows, home, setting)
            )
    raise NotImplementedError(type(condition).__name__)


def span(value: Value, home: Any, setting: Setting, row: Any = None) -> Span | None:
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
            found = getattr(home if field.table is None else row, field.name)
            return None if found is None else (found, found)
        case tree.Arithmetic(operator, left, right):
            one, other = (span(side, home, setting, row) for side in (left, right))
            return None if one is None or other is None else _combined(operator, one, other)
        case tree.Count(rows):
            kept = [kept for _, kept in _rows(rows, home, setting)]
            return kept.count(True), kept.count(True) + kept.count(None)
        case tree.Score(items):
            judged = [(weight, truth(one, home, setting, row)) for weight, one in items]
            low = sum(weight for weight, held in judged if held)
            return low, low + sum(weight for weight, held in judged if held is None)
        case tree.Reduce(operator, rows, inner):
            return _reduced(operator, rows, inner, home, setting)
    raise NotImplementedError(type(value).__name__)


def _rows(rows: Rows, home: Any, setting: Setting) -> Iterator[tuple[Any, Truth]]:
    """Give each row with whether the filter and the window keep it."""
    table = getattr(home, str(rows.table.name), None)
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
            kept = every([kept, truth(rows.filter, home, setting, row)])
        yield row, kept


def _reduced(operator: str, rows: Rows, value: Value, home: Any, setting: Setting) -> Span | None:
    lows, highs = [], []
    for row, kept in _rows(rows, home, setting):
        if kept is False:
            continue
        found = span(value, home, setting, row)
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


def unsettled(node: Node, home: Any, setting: Setting, row: Any = None) -> frozenset[str]:
    """Name the missing facts that keep a condition undecided or a value unknown.

    A fact is a field's path, ``size`` or ``members.age``; for a least or greatest over
    no row it is the text of that value. A decided condition has none.
    """
    if isinstance(node, Condition):
        if truth(node, home, setting, row) is not None:
            return frozenset()
    elif isinstance(node, Value):
        found = span(node, home, setting, row)
        if found is not None and found[0] == found[1]:
            return frozenset()
    match node:
        case tree.Flag(field) | tree.Read(field):
            return frozenset([field.path])
        case tree.Count(rows) | tree.Exists(rows) | tree.ForAll(rows) | tree.Reduce(_, rows):
            return _unsettled_rows(node, rows, home, setting)
    return _union(unsettled(part, home, setting, row) for part in node.parts)


def _unsettled_rows(node: Node, rows: Rows, home: Any, setting: Setting) -> frozenset[str]:
    facts: set[str] = set()
    inner = (
        node.condition
        if isinstance(node, tree.ForAll)
        else (node.value if isinstance(node, tree.Reduce) else None)
    )
    seen = False
    for row, kept in _rows(rows, home, setting):
        if kept is False:
            continue
        seen = True
        settled_inner = (
            isinstance(node, tree.ForAll) and truth(node.condition, home, setting, row) is True
        )
        if settled_inner:
            continue
        if kept is None:
            if rows.window is not None and getattr(row, str(rows.table.day)) is None:
                facts.add(f"{rows.table.name}.{rows.table.day}")
            if rows.filter is not None:
                facts |= unsettled(rows.filter, home, setting, row)
        if inner is not None:
            facts |= unsettled(inner, home, setting, row)
    if not seen and isinstance(node, tree.Reduce):
        facts.add(str(node))
    return frozenset(facts)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


# --- evidence ---------------------------------------------------------------------


@attrs.frozen
class Evidence:
    """One comparison or fact that bears out a verdict, with what was observed.

    The ``repr`` shows the condition and not the observed values, which belong to the
    household; an explanation shows both.

    Attributes:
        condition: The part of the rule: a comparison, a flag, or a question about rows.
        held: Its truth; ``None`` when undecided.
        observed: The value on the left, as a span; ``None`` when not known or none.
        threshold: The value on the right, as a span; ``None`` likewise.
        rows: The ids of the child rows that were found.
    """

    condition: Condition
    held: Truth
    observed: Span | None = attrs.field(default=None, repr=False)
    threshold: Span | None = attrs.field(default=None, repr=False)
    rows: tuple[str, ...] = ()


def evidence(condition: Condition, home: Any, setting: Setting) -> tuple[Evidence, ...]:
    """Find the parts of a condition that make it what it is for a household.

    Of parts joined by *and* and *or* only those that agree with the whole are given:
    every true part of a true *and*, the undecided parts of an undecided one.
    """
    held = truth(condition, home, setting)
    match condition:
        case tree.And(conditions) | tree.Or(conditions):
            return tuple(
                one
                for part in conditions
                if truth(part, home, setting) is held
                for one in evidence(part, home, setting)
            )
        case tree.Not(inner) if not isinstance(inner, tree.Flag | tree.Known | tree.Among):
            return evidence(inner, home, setting)
        case tree.Compare(_, left, right):
            return (
                Evidence(
                    condition,
                    held,
                    span(left, home, setting),
                    span(right, home, setting),
                    _found(left, home, setting),
                ),
            )
        case tree.Among(value):
            return (Evidence(condition, held, span(value, home, setting)),)
    return (Evidence(condition, held, rows=_found(condition, home, setting)),)


def _found(node: Node, home: Any, setting: Setting) -> tuple[str, ...]:
    """Name the rows that the filters in a node keep, or that fail an *all*."""
    rows = [part for part in node.walk() if isinstance(part, Rows)]
    failed = node.condition if isinstance(node, tree.ForAll) else None
    return tuple(
        str(getattr(row, one.table.key))
        for one in rows
        for row, kept in _rows(one, home, setting)
        if kept is True and (failed is None or truth(failed, home, setting, row) is False)
    )


@attrs.frozen
class Threshold:
    """A place where the truth of a condition can turn.

    Attributes:
        value: What is measured.
        operator: How it is compared.
        against: What it is compared with.
    """

    value: Value
    operator: str
    against: Value


def thresholds(condition: Condition) -> tuple[Threshold, ...]:
    """List every comparison in a condition, those inside filters included."""
    return tuple(
        Threshold(node.left, node.operator, node.right)
        for node in condition.walk()
        if isinstance(node, tree.Compare)
    )


def fields_read(node: Node) -> tuple[str, ...]:
    """List the paths of the fields a tree reads, days of windows included, sorted."""
    paths = {part.field.path for part in node.walk() if isinstance(part, tree.Read | tree.Flag)}
    paths |= {
        f"{part.table.name}.{part.table.day}"
        for part in node.walk()
        if isinstance(part, Rows) and part.window is not None
    }
    return tuple(sorted(paths))


def tables_read(node: Node) -> tuple[str, ...]:
    """List the child tables a tree reads, sorted."""
    return tuple(sorted({str(part.table.name) for part in node.walk() if isinstance(part, Rows)}))


def params_read(node: Node) -> tuple[str, ...]:
    """List the parameters a tree reads, sorted."""
    return tuple(sorted({part.id for part in node.walk() if isinstance(part, tree.Param)}))
