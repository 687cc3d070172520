"""Conditions as frame expressions: every household at once, on any frame Narwhals reads.

A rule becomes one nullable boolean expression, in which null is undecided: ``&``, ``|``
and ``~`` on nullable booleans are Kleene's. What a rule asks of child rows is computed
once for all rules that ask it: each distinct filter becomes two counts per household, of
the rows it keeps and of the rows it leaves open, and each distinct sum one column more.
Rows that count for nothing, mostly nearly all, are dropped before they are grouped.

Numbers are 64-bit integers. A ratio is carried as a whole number over a common
denominator, and the bounds of every field are followed through the arithmetic, so a rule
whose numbers could wrap around is refused before any row is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from functools import reduce
from operator import and_, or_
from typing import Any

import attrs
import narwhals as nw

from antipoverty.conditions import Condition, Node, Rows, Value, fields_read, tables_read
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.spans import WHOLE, Arithmetic, Ends
from antipoverty.errors import OverflowRiskError
from antipoverty.model import MAX_ROWS_PER_HOUSEHOLD, Kind
from antipoverty.rules import InForce, Rule

_LIMIT = 2**63 - 1
_UNDECIDED = nw.lit(None, dtype=nw.Boolean)


@attrs.frozen
class Number:
    """A number as expressions, with the bounds it keeps to.

    Attributes:
        ends: The lowest and the highest it can be.
        bounds: The least that the lowest and the greatest that the highest can come to,
            from the bounds of the fields.
    """

    ends: Ends[nw.Expr]
    bounds: Ends[int]


@attrs.frozen
class Aggregate:
    """One column per household to compute from the rows of a child table.

    Attributes:
        column: Its name.
        how: ``sum``, ``min`` or ``max``.
        expression: What each row contributes.
        counts: The rows that contribute anything; ``None`` when all do.
    """

    column: str
    how: str
    expression: nw.Expr
    counts: nw.Expr | None


def whole(number: int) -> nw.Expr:
    """Write a constant as a 64-bit integer."""
    return nw.lit(number, dtype=nw.Int64)


_COLUMNS = Arithmetic[nw.Expr](
    lambda ends: nw.min_horizontal(*ends),
    lambda ends: nw.max_horizontal(*ends),
    and_,
    or_,
    whole,
)


def undecided_if(condition: nw.Expr) -> nw.Expr:
    """Undecided where a condition holds, else false."""
    return nw.when(condition).then(_UNDECIDED).otherwise(nw.lit(False))  # noqa: FBT003


class Compiler:
    """Turns the conditions of the rules in force into expressions on one wide frame.

    Attributes:
        current: The rules and values.
        folds: For each child table, the columns its rows must be folded into.
        needs_area: The child tables whose rows must be joined with their household's
            area, because a filter reads a parameter that differs by area.
    """

    def __init__(self, current: InForce) -> None:
        self.current = current
        self.folds: dict[str, dict[Any, Aggregate]] = {}
        self.needs_area: set[str] = set()
        self._table: str | None = None

    def rule(self, rule: Rule) -> nw.Expr:
        """Compile a rule: true warns, null is undecided, false is clear."""
        try:
            held = self.truth(rule.when)
        except OverflowRiskError as problem:
            raise OverflowRiskError(f"rule {rule.id!r}: {problem.message}") from None
        if not fields_read(rule.when) and not tables_read(rule.when):
            held = held & ~nw.col("area").is_null()  # a frame is filtered by a column
        return self.in_area(rule, held)

    def in_area(self, rule: Rule, held: nw.Expr) -> nw.Expr:
        """Make an expression false outside the rule's area."""
        if self.current.pack.area.startswith(rule.area):
            return held
        return nw.col("area").str.starts_with(rule.area) & held

    # --- conditions

    def truth(self, node: Condition) -> nw.Expr:
        """Compile a condition to a nullable boolean."""
        match node:
            case nodes.Flag(field):
                return nw.col(field.name)
            case nodes.Compare(operator, left, right):
                if left.type is not None and left.type.kind is Kind.NUMBER:
                    return _compared(operator, self.number(left), self.number(right))
                return _plainly(operator, self.plain(left), self.plain(right))
            case nodes.Among(value, words):
                found = self.plain(value)
                return found.is_in(list(words)) | undecided_if(found.is_null())
            case nodes.Known(of):
                return ~self.open(of)
            case nodes.Not(inner):
                return ~self.truth(inner)
            case nodes.And(conditions):
                return nw.all_horizontal(*map(self.truth, conditions), ignore_nulls=False)
            case nodes.Or(conditions):
                return nw.any_horizontal(*map(self.truth, conditions), ignore_nulls=False)
            case nodes.Exists(rows):
                some, open_ = self.tally(rows)
                return (some > 0) | undecided_if(open_ > 0)
            case nodes.ForAll(rows, inner):
                return ~self.truth(nodes.Exists(rows.where(~inner)))
        raise NotImplementedError(type(node).__name__)

    def open(self, node: Node) -> nw.Expr:
        """Tell where a condition is undecided or a value not known; never null itself."""
        if isinstance(node, Condition):
            return self.truth(node).is_null()
        assert isinstance(node, Value)  # noqa: S101 - nodes of a rule are one or the other
        if node.type is None or node.type.kind is not Kind.NUMBER:
            return self.plain(node).is_null()
        ends = self.number(node).ends
        return ends.low.is_null() if ends.point else (ends.low != ends.high).fill_null(value=True)

    # --- values

    def plain(self, node: Value) -> nw.Expr:
        """Compile a text or a day."""
        match node:
            case nodes.Const(str() | date() as value):
                return nw.lit(value)
            case nodes.Ago():
                return nw.lit(node.day(self.current.day))
            case nodes.Read(field):
                return nw.col(field.name)
            case nodes.Reduce(_, rows, inner):
                with _Scope(self, rows):
                    found = self.plain(inner)
                return self.reduced(node, found)
        raise NotImplementedError(type(node).__name__)

    def number(self, node: Value) -> Number:
        """Compile a number, with the bounds it keeps to."""
        number = self._number(node)
        largest = max(abs(number.bounds.low), abs(number.bounds.high))
        if largest > _LIMIT:
            raise OverflowRiskError(
                f"`{node}` could reach {largest:.1e}, more than 64-bit integers hold; "
                "narrow the bounds of its fields or write smaller numbers"
            )
        return number

    def _number(self, node: Value) -> Number:
        match node:
            case nodes.Const(int() | Fraction() as value):
                exact = Fraction(value)
                expression = whole(exact.numerator)
                return _point(expression, exact.denominator, exact.numerator, exact.numerator)
            case nodes.Param(id):
                return self._param(id)
            case nodes.Read(field):
                about = field.about
                return _point(nw.col(field.name), 1, about.low or 0, about.high or 0)
            case nodes.Arithmetic(operator, left, right):
                one, other = self.number(left), self.number(right)
                return Number(
                    _COLUMNS.joined(operator, one.ends, other.ends),
                    WHOLE.joined(operator, one.bounds, other.bounds),
                )
            case nodes.Count(rows):
                sure, open_ = self.tally(rows)
                return Number(Ends(sure, sure + open_), Ends(0, MAX_ROWS_PER_HOUSEHOLD))
            case nodes.Score(items):
                return self._score(items)
            case nodes.Reduce(operator, _, value):
                inner = self.row_number(node.rows, value)
                low, bounds = self.reduced(node, inner.ends.low), inner.bounds
                high = low if inner.ends.point else self.reduced(node, inner.ends.high, "high")
                if operator == "sum":
                    least, most = (
                        end * MAX_ROWS_PER_HOUSEHOLD for end in (bounds.low, bounds.high)
                    )
                    bounds = Ends(min(0, least), max(0, most), bounds.scale)
                return Number(Ends(low, high, inner.ends.scale), bounds)
        raise NotImplementedError(type(node).__name__)

    def _param(self, name: str) -> Number:
        values = [(one.area, Fraction(one.value)) for one in self.current.values[name]]
        scale = math.lcm(*(value.denominator for _, value in values))
        numbers = [(area, int(value * scale)) for area, value in values]
        expression = whole(numbers[-1][1])
        for area, number in reversed(numbers[:-1]):
            if self._table is not None:
                self.needs_area.add(self._table)
            here = nw.col("area").str.starts_with(area)
            expression = nw.when(here).then(whole(number)).otherwise(expression)
        return _point(expression, scale, min(n for _, n in numbers), max(n for _, n in numbers))

    def _score(self, items: tuple[tuple[int | Fraction, Condition], ...]) -> Number:
        scale = math.lcm(*(Fraction(weight).denominator for weight, _ in items))
        low, high = whole(0), whole(0)
        for weight, condition in items:
            points = whole(int(weight * scale))
            held = self.truth(condition)
            low = low + nw.when(held).then(points).otherwise(whole(0))
            high = high + nw.when(held.fill_null(value=True)).then(points).otherwise(whole(0))
        most = int(sum(weight for weight, _ in items) * scale)
        return Number(Ends(low, high, scale), Ends(0, most, scale))

    # --- child rows

    def kept(self, rows: Rows) -> nw.Expr | None:
        """Compile the filter and window of rows, for a row; ``None`` keeps all."""
        parts = []
        if rows.window is not None:
            day = nw.col(str(rows.table.day))
            first = rows.window.first(self.current.day)
            parts.append((day >= nw.lit(first)) & (day < nw.lit(self.current.day)))
        if rows.filter is not None:
            parts.append(self.row_truth(rows, rows.filter))
        return reduce(lambda a, b: a & b, parts) if parts else None

    def row_truth(self, rows: Rows, condition: Condition) -> nw.Expr:
        """Compile a condition on a row of a child table."""
        with _Scope(self, rows):
            return self.truth(condition)

    def row_number(self, rows: Rows, value: Value) -> Number:
        """Compile a number of a row of a child table."""
        with _Scope(self, rows):
            return self.number(value)

    def fold(
        self, rows: Rows, key: Any, how: str, expression: nw.Expr, counts: nw.Expr | None
    ) -> nw.Expr:
        """Ask for a column folded from the rows of a table, once for each key."""
        columns = self.folds.setdefault(str(rows.table.name), {})
        if key not in columns:
            columns[key] = Aggregate(f"_{rows.table.name}_{len(columns)}", how, expression, counts)
        column = nw.col(columns[key].column)
        return column.fill_null(value=0) if how == "sum" else column

    def tally(self, rows: Rows) -> tuple[nw.Expr, nw.Expr]:
        """Count the rows that are kept, and those that may or may not be."""
        kept = self.kept(rows)
        if kept is None:
            return self.fold(rows, ("kept", rows.key), "sum", whole(1), None), whole(0)
        sure, open_ = kept.fill_null(value=False), kept.is_null()
        return (
            self.fold(rows, ("kept", rows.key), "sum", sure.cast(nw.Int64), sure),
            self.fold(rows, ("open", rows.key), "sum", open_.cast(nw.Int64), open_),
        )

    def reduced(self, node: nodes.Reduce, found: nw.Expr, end: str = "low") -> nw.Expr:
        """Fold a sum, a least or a greatest; null where it is not known.

        Args:
            node: What is asked of the rows.
            found: What each row brings: its value, or one end of a span.
            end: Which end, ``low`` or ``high``; a value without a span has one.
        """
        rows = node.rows
        kept = self.kept(rows)
        counted = found if kept is None else nw.when(kept).then(found)
        if node.operator == "sum":
            counted = counted.fill_null(value=0)
        looked = None if kept is None else kept.fill_null(value=True)
        folded = self.fold(rows, (end, node.key), node.operator, counted, looked)
        spoiled = found.is_null() if kept is None else kept.is_null() | (kept & found.is_null())
        key = ("holes", node.value.key, rows.key)
        holes = self.fold(rows, key, "sum", spoiled.cast(nw.Int64), spoiled)
        return nw.when(holes == 0).then(folded)

    # --- which facts are missing

    def missing_facts(self, node: Node) -> dict[str, nw.Expr]:
        """For each fact that may be missing, tell where it keeps a node open."""
        match node:
            case nodes.Flag(field) | nodes.Read(field):
                return {field.path: self.open(node)}
            case nodes.Count(rows) | nodes.Exists(rows):
                return self._blame_rows(node, rows, None)
            case nodes.ForAll(rows, inner):
                return self._blame_rows(node, rows, inner)
            case nodes.Reduce(_, rows, value):
                return self._blame_rows(node, rows, value)
        parts = [self.missing_facts(part) for part in node.parts]
        if not any(parts):
            return {}
        here = self.open(node)
        return {path: here & found for path, found in _either(parts).items()}

    def _blame_rows(self, node: Node, rows: Rows, inner: Node | None) -> dict[str, nw.Expr]:
        kept = self.kept(rows)
        causes: list[dict[str, nw.Expr]] = []
        with _Scope(self, rows):
            if kept is not None:
                day = f"{rows.table.name}.{rows.table.day}"
                if rows.window is not None:
                    undated = nw.col(str(rows.table.day)).is_null()
                    causes.append({day: kept.is_null() & undated})
                if rows.filter is not None:
                    found = self.missing_facts(rows.filter)
                    causes.append({path: kept.is_null() & one for path, one in found.items()})
            if inner is not None:
                causes.append(self.missing_facts(inner))
            looked = nw.lit(True) if kept is None else kept.fill_null(value=True)  # noqa: FBT003
            if isinstance(node, nodes.ForAll):
                looked = looked & ~self.truth(node.condition).fill_null(value=False)
            row_causes = {path: looked & one for path, one in _either(causes).items()}
        here = self.open(node)
        answer = {
            path: here
            & (self.fold(rows, ("blame", path, node.key), "sum", one.cast(nw.Int64), one) > 0)
            for path, one in row_causes.items()
        }
        if isinstance(node, nodes.Reduce) and node.operator != "sum":
            seen = self.fold(rows, ("seen", rows.key), "sum", looked.cast(nw.Int64), looked)
            answer[str(node)] = here & (seen == 0)
        return answer


class _Scope:
    """While it lasts, fields are those of a child row."""

    def __init__(self, compiler: Compiler, rows: Rows) -> None:
        self.compiler, self.table = compiler, rows.table.name

    def __enter__(self) -> None:
        self.before, self.compiler._table = self.compiler._table, self.table

    def __exit__(self, *_: object) -> None:
        self.compiler._table = self.before


def _point(expression: nw.Expr, scale: int, least: int, most: int) -> Number:
    return Number(Ends(expression, expression, scale), Ends(least, most, scale))


def _either(several: Iterable[Mapping[str, nw.Expr]]) -> dict[str, nw.Expr]:
    found: dict[str, list[nw.Expr]] = {}
    for one in several:
        for path, expression in one.items():
            found.setdefault(path, []).append(expression)
    return {path: reduce(or_, expressions) for path, expressions in found.items()}


def _plainly(operator: str, left: Any, right: Any) -> nw.Expr:
    answers: dict[str, Any] = {
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
        "==": lambda: left == right,
        "!=": lambda: left != right,
    }
    expression: nw.Expr = answers[operator]()
    return expression


def _compared(operator: str, left: Number, right: Number) -> nw.Expr:
    one, other = _COLUMNS.aligned(left.ends, right.ends)
    bounds = WHOLE.aligned(left.bounds, right.bounds)
    if any(abs(end) > _LIMIT for side in bounds for end in (side.low, side.high)):
        raise OverflowRiskError("a comparison could exceed 64-bit integers; write simpler ratios")
    if one.point and other.point:
        return _plainly(operator, one.low, other.low)
    sure, never = _COLUMNS.compared(operator, one, other)
    either: nw.Expr = sure | undecided_if((~(sure | never)).fill_null(value=True))
    return either


__all__ = ["Aggregate", "Compiler", "Number"]
