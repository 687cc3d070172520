"""Conditions as frame expressions: every household at once, on any frame Narwhals reads.

A rule becomes one nullable boolean expression, in which null is undecided: ``&``, ``|``
and ``~`` on nullable booleans are Kleene's. What a rule asks of child rows is computed
once for all rules that ask it: each distinct filter becomes two counts per household, of
the rows it keeps and of the rows it leaves open, and each distinct sum one column more.
Rows that count for nothing, mostly nearly all, are dropped before they are grouped.

Rows that did not come are rows too, in frames of their own: of a household, of all
households of a place, or of all. They carry the columns of `UNSEEN`, and what is folded
from them is added to what is folded from the rows in hand.

Numbers are 64-bit integers. A ratio is carried as a whole number over a common
denominator, and the bounds of every field are followed through the arithmetic, so a rule
whose numbers could wrap around is refused before any row is read.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import narwhals as nw

from antipoverty.conditions import Condition, Node, Rows, Value, fields_read, tables_read
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.meaning import field_bounds
from antipoverty.conditions.spans import WHOLE, Ends
from antipoverty.conditions.windows import Window
from antipoverty.engines.columns import Columns
from antipoverty.engines.folds import (
    OF_HOUSEHOLD,
    SINCE,
    THERE,
    THERE_IS,
    TIMES,
    UNTIL,
    Aggregate,
    Share,
    Unseen,
)
from antipoverty.engines.groups import GroupFrame, unseen_in
from antipoverty.engines.numbers import LIMIT, Number, plainly, point
from antipoverty.errors import OverflowRiskError, phrase
from antipoverty.model import FIRST_DAY, LAST_DAY, MAX_ROWS_PER_HOUSEHOLD, Field, Kind
from antipoverty.rules import InForce, Rule


class Compiler:
    """Turns the conditions of the rules in force into expressions on one wide frame.

    Attributes:
        current: The rules and values.
        folds: For each child table, the columns its rows must be folded into.
        needs: For each child table the facts of their household that its rows are looked at
            with: its area, where a filter reads a parameter that differs by area.
        groups: What is asked of groups of rows, by the groups.
        local: Whether a parameter that differs by area is read of the household.
        of_household: Whether it is asked of households now, not of their rows or groups.

    Args:
        current: The rules and values.
        unseen: The child tables of which rows did not come.
        on: What expressions are written with; Narwhals without.
    """

    def __init__(
        self,
        current: InForce,
        unseen: Mapping[str, Unseen] | None = None,
        on: Columns | None = None,
    ) -> None:
        self.current = current
        self.on = on or Columns()
        self.unseen = dict(unseen or {})
        self.folds: dict[str, dict[Any, Aggregate]] = {}
        self.needs: dict[str, set[str]] = {}
        self.groups: dict[Any, GroupFrame[Compiler]] = {}
        self.local = False
        self.of_household = True
        self._table: str | None = None
        self._bounded = False

    def rule(self, rule: Rule) -> nw.Expr:
        """Compile a rule: true warns, null is undecided, false is clear."""
        try:
            held = self.truth(rule.when)
        except OverflowRiskError as problem:
            raise problem.within(phrase("rule {id!r}", id=rule.id)) from None
        if not fields_read(rule.when) and not tables_read(rule.when):
            held = held & ~self.on.col("area").is_null()  # a frame is filtered by a column
        return self.in_area(rule, held)

    def in_area(self, rule: Rule, held: nw.Expr) -> nw.Expr:
        """Make an expression false outside the rule's area."""
        for area in rule.outside:
            held = ~self.on.col("area").str.starts_with(area) & held
        if self.current.pack.area.startswith(rule.area):
            return held
        return self.on.col("area").str.starts_with(rule.area) & held

    # --- conditions

    def truth(self, node: Condition) -> nw.Expr:  # noqa: C901 - a case a node
        """Compile a condition to a nullable boolean."""
        match node:
            case nodes.Flag(field):
                return self._column(field)
            case nodes.Compare(operator, nodes.Quantile() as left, right):
                return self._ranked(operator, left, right)
            case nodes.Compare(operator, left, right):
                if left.type is not None and left.type.kind is Kind.NUMBER:
                    return self.on.compared(operator, self.number(left), self.number(right))
                return plainly(operator, self.plain(left), self.plain(right))
            case nodes.Among(value, words):
                return self.on.among(self.plain(value), words)
            case nodes.Known(of):
                return ~self.open(of)
            case nodes.Not(inner):
                return ~self.truth(inner)
            case nodes.And(conditions):
                return self.on.every(*map(self.truth, conditions))
            case nodes.Or(conditions):
                return self.on.some(*map(self.truth, conditions))
            case nodes.SomeGroup(groups, inner):
                return self.grouping(groups).some(inner)
            case nodes.Exists(rows):
                some, open_ = self.tally(rows)
                return (some > 0) | self.on.undecided_if(open_ > 0)
            case nodes.ForAll(rows, inner):
                return ~self.truth(nodes.Exists(rows.where(~inner)))
        raise NotImplementedError(type(node).__name__)

    def open(self, node: Node) -> nw.Expr:
        """Tell where a condition is undecided or a value not known; never null itself."""
        if isinstance(node, Condition):
            return self.truth(node).is_null()
        assert isinstance(node, Value)  # noqa: S101 - nodes of a rule are one or the other
        if isinstance(node, nodes.Quantile):
            with Scope(self, node.rows):
                value = self.open(node.value)
            return (self.holes(node, value) > 0) | (self.seen(node.rows) == 0)
        if node.type is None or node.type.kind is not Kind.NUMBER:
            return self.plain(node).is_null()
        ends = self.number(node).ends
        return ends.low.is_null() if ends.point else (ends.low != ends.high).fill_null(value=True)

    # --- values

    def plain(self, node: Value) -> nw.Expr:
        """Compile a text or a day."""
        match node:
            case nodes.Const(str() | date() as value):
                return self.on.lit(value)
            case nodes.Ago():
                return self.on.lit(node.day(self.current.day))
            case nodes.Read(field):
                return self._column(field)
            case nodes.Reduce(_, rows, inner):
                with Scope(self, rows):
                    found = self.plain(inner)
                return self.reduced(node, found)
        raise NotImplementedError(type(node).__name__)

    def number(self, node: Value) -> Number:
        """Compile a number, with the bounds it keeps to."""
        number = self._number(node)
        largest = max(abs(number.bounds.low), abs(number.bounds.high))
        if largest > LIMIT:
            raise OverflowRiskError(
                "`{node}` could reach {largest:.1e}, more than 64-bit integers hold; narrow the "
                "bounds of its fields or write smaller numbers",
                node=node,
                largest=largest,
            )
        return number

    def _number(self, node: Value) -> Number:  # noqa: C901 - a case a node
        match node:
            case nodes.Const(int() | Fraction() as value):
                exact = Fraction(value)
                expression = self.on.whole(exact.numerator)
                return point(expression, exact.denominator, exact.numerator, exact.numerator)
            case nodes.Param(id):
                return self._param(id)
            case nodes.Read(field):
                least, most = field_bounds(field)
                column = self._column(field)
                if not self._bounded:
                    return point(column, 1, least, most)
                low, high = column.fill_null(value=least), column.fill_null(value=most)
                return Number(Ends(low, high), Ends(least, most))
            case nodes.Arithmetic(operator, left, right):
                number = self._day if node.of_days else self.number
                one, other = number(left), number(right)
                return Number(
                    self.on.arithmetic.joined(operator, one.ends, other.ends),
                    WHOLE.joined(operator, one.bounds, other.bounds),
                )
            case nodes.Count(rows):
                sure, open_ = self.tally(rows)
                return Number(Ends(sure, sure + open_), Ends(0, self.most_rows(rows)))
            case nodes.GroupCount(groups, condition):
                frame = self.grouping(groups)
                sure, open_ = frame.tally(condition)
                return Number(Ends(sure, sure + open_), Ends(0, frame.most_groups))
            case nodes.GroupReduce():
                return self._extreme(node)
            case nodes.Score(items):
                before, self._bounded = self._bounded, False
                score = self._score(items)
                self._bounded = before
                return score
            case nodes.Reduce("sum"):
                return self._sum(node)
            case nodes.Reduce(operator, rows, value):
                with Scope(self, rows):
                    inner = self._day(value) if operator == "gap" else self.number(value)
                low = self.reduced(node, inner.ends.low)
                high = low if inner.ends.point else self.reduced(node, inner.ends.high, "high")
                if operator == "gap":
                    return point(low, 1, 0, (LAST_DAY - FIRST_DAY).days)
                return Number(Ends(low, high, inner.ends.scale), inner.bounds)
        raise NotImplementedError(type(node).__name__)

    def _day(self, node: Value) -> Number:
        """Compile a day to its number."""
        first, last = FIRST_DAY.toordinal(), LAST_DAY.toordinal()
        if isinstance(node, nodes.Const | nodes.Ago):
            day = node.value if isinstance(node, nodes.Const) else node.day(self.current.day)
            assert isinstance(day, date)  # noqa: S101 - the tree has checked it
            return point(self.on.whole(day.toordinal()), 1, day.toordinal(), day.toordinal())
        found = self.on.ordinal(self.plain(node))
        if not self._bounded:
            return point(found, 1, first, last)
        return Number(
            Ends(found.fill_null(value=first), found.fill_null(value=last)), Ends(first, last)
        )

    def _param(self, name: str) -> Number:
        values = [(one.area, Fraction(one.value)) for one in self.current.values[name]]
        scale = math.lcm(*(value.denominator for _, value in values))
        numbers = [(area, int(value * scale)) for area, value in values]
        expression = self.on.whole(numbers[-1][1])
        for area, number in reversed(numbers[:-1]):
            if self._table is not None:
                self.needs.setdefault(self._table, set()).add("area")
            self.local |= self._table is None
            column = "area" if self._table is None else OF_HOUSEHOLD + "area"
            here = self.on.col(column).str.starts_with(area)
            expression = self.on.when(here).then(self.on.whole(number)).otherwise(expression)
        return point(expression, scale, min(n for _, n in numbers), max(n for _, n in numbers))

    def _score(self, items: tuple[tuple[int | Fraction, Condition], ...]) -> Number:
        scale = math.lcm(*(Fraction(weight).denominator for weight, _ in items))
        low, high = self.on.whole(0), self.on.whole(0)
        for weight, condition in items:
            points = self.on.whole(int(weight * scale))
            held = self.truth(condition)
            low = low + self.on.when(held).then(points).otherwise(self.on.whole(0))
            high = high + self.on.when(held.fill_null(value=True)).then(points).otherwise(
                self.on.whole(0)
            )
        most = int(sum(weight for weight, _ in items) * scale)
        return Number(Ends(low, high, scale), Ends(0, most, scale))

    def _column(self, field: Field) -> nw.Expr:
        """The column of a fact; beside a child row, a fact of its household is brought there."""
        if self._table is None or field.table is not None:
            return self.on.fact(field, field.name)
        self.needs.setdefault(self._table, set()).add(field.name)
        return self.on.fact(field, OF_HOUSEHOLD + field.name)

    def grouping(self, groups: nodes.Groups) -> GroupFrame[Compiler]:
        """The frame of some groups, made when it is first asked for."""
        if groups.key not in self.groups:
            unseen = unseen_in(groups, self.unseen)
            inner, (about,) = Compiler(self.current, unseen, self.on), unseen.values()
            inner.of_household = False
            self.groups[groups.key] = GroupFrame(groups, inner, about, len(self.groups))
        return self.groups[groups.key]

    def _extreme(self, node: nodes.GroupReduce) -> Number:
        frame = self.grouping(node.groups)
        frame.every = True
        inner = frame.compiler.number(node.value)
        there, ends = self.on.col(THERE_IS), inner.ends
        open_ = ends.low.is_null()  # both ends are known or none
        lows, highs = (
            self.on.when(there).then(end) if (node.operator == "max") is (name == "low") else end
            for name, end in (("low", ends.low), ("high", ends.high))
        )
        low = frame.ask(("low", node.key), node.operator, lows, node.value)
        high = frame.ask(("high", node.key), node.operator, highs, node.value)
        holes = frame.ask(("holes", node.key), "sum", open_.cast(nw.Int64), node.value)
        sure = frame.ask(("held", None), "sum", there.cast(nw.Int64), None)
        known = (holes == 0) & (sure > 0)
        found: Ends[nw.Expr] = Ends(
            self.on.when(known).then(low), self.on.when(known).then(high), ends.scale
        )
        return Number(found, inner.bounds)

    # --- child rows

    def most_rows(self, rows: Rows) -> int:
        """How many rows of a table a household has at most, with those that did not come."""
        unseen = self.unseen.get(str(rows.table.name))
        return MAX_ROWS_PER_HOUSEHOLD + (unseen.most if unseen else 0)

    def kept(self, rows: Rows, *, unseen: bool = False) -> nw.Expr | None:
        """Compile the filter and window of rows, for a row; ``None`` keeps all.

        Args:
            rows: The rows.
            unseen: The row did not come, or not with its household.
        """
        parts = [self.on.col(THERE)] if unseen else []
        if rows.window is not None:
            parts.append(self._inside(rows, rows.window, unseen=unseen))
        if rows.filter is not None:
            with Scope(self, rows):
                parts.append(self.truth(rows.filter))
        return functools.reduce(lambda a, b: a & b, parts) if parts else None

    def _inside(self, rows: Rows, window: Window, *, unseen: bool) -> nw.Expr:
        """Compile whether the day of a row is in a window."""
        first, end = window.first(self.current.day), window.end(self.current.day)
        day, never = self.on.col(str(rows.table.day)), self.on.false
        if first >= end:
            return never
        inside = (day >= self.on.lit(first)) & (day < self.on.lit(end))
        if not unseen:
            return inside
        missed = self.on.col(UNTIL) < self.on.lit(first)
        if window.back:
            missed = missed | (self.on.col(SINCE) >= self.on.lit(end))
        found: nw.Expr = self.on.when(missed).then(never).otherwise(inside)
        return found

    def fold(
        self, rows: Rows, key: Any, how: str, share: Callable[[nw.Expr | None], Share]
    ) -> nw.Expr:
        """Ask for a column folded from the rows of a table, once for each key.

        Args:
            rows: The rows.
            key: What makes two columns the same.
            how: ``sum``, ``min`` or ``max``.
            share: Gives what a row brings, from whether it is kept.
        """
        return self.fold_apart(rows, key, share, share, how)

    def fold_apart(
        self,
        rows: Rows,
        key: Any,
        share: Callable[[nw.Expr | None], Share],
        unseen: Callable[[nw.Expr | None], Share],
        how: str = "sum",
    ) -> nw.Expr:
        """Fold a column as `fold` does, where rows that did not come bring something else."""
        name = str(rows.table.name)
        columns = self.folds.setdefault(name, {})
        if key not in columns:
            more = None
            if name in self.unseen and how != "gap":
                more = unseen(self.kept(rows, unseen=True))
                if how == "sum":
                    more = attrs.evolve(more, expression=more.expression * self.on.col(TIMES))
            column = f"_{name}_{len(columns)}"
            columns[key] = Aggregate(column, how, share(self.kept(rows)), more)
        found = self.on.col(columns[key].column)
        return found.fill_null(value=0) if how == "sum" else found

    def tally(self, rows: Rows) -> tuple[nw.Expr, nw.Expr]:
        """Count the rows that are kept, and those that may or may not be."""

        def sure(kept: nw.Expr | None) -> Share:
            if kept is None:
                return Share(self.on.whole(1))
            found = kept.fill_null(value=False)
            return Share.of(found)

        kept = self.fold(rows, ("kept", rows.key), "sum", sure)
        if rows.window is None and rows.filter is None and rows.table.name not in self.unseen:
            return kept, self.on.whole(0)
        return kept, self.fold(rows, ("open", rows.key), "sum", self.on.left_open)

    def _sum(self, node: nodes.Reduce) -> Number:
        """Fold a sum: of all the numbers that each row can bring, the least and the greatest."""
        rows = node.rows
        with Scope(self, rows, bounded=True):
            inner = self.number(node.value)

        ends, bounds = inner.ends, inner.bounds

        def least(kept: nw.Expr | None) -> Share:
            return self.on.bring(kept, ends.low, self.on.least, farther=bounds.low < 0)

        def greatest(kept: nw.Expr | None) -> Share:
            return self.on.bring(kept, ends.high, self.on.greatest, farther=bounds.high > 0)

        low = self.fold(rows, ("low", node.key), "sum", least)
        high = self.fold(rows, ("high", node.key), "sum", greatest)
        most = self.most_rows(rows)
        around = Ends(min(bounds.low, 0) * most, max(bounds.high, 0) * most, bounds.scale)
        return Number(Ends(low, high, ends.scale), around)

    def reduced(self, node: nodes.Reduce, found: nw.Expr, end: str = "low") -> nw.Expr:
        """Fold a least or a greatest; null where it is not known.

        Args:
            node: What is asked of the rows.
            found: What each row brings: its value, or one end of a span.
            end: Which end, ``low`` or ``high``; a value without a span has one.
        """
        rows = node.rows

        def mine(kept: nw.Expr | None) -> Share:
            if kept is None:
                return Share(found)
            return Share(self.on.when(kept).then(found), kept)

        folded = self.fold(rows, (end, node.key), node.operator, mine)
        return self.on.only(self.holes(node, found.is_null()) == 0, folded)

    def holes(self, node: nodes.Reduce | nodes.Quantile, missing: nw.Expr) -> nw.Expr:
        """Count the rows of which it is not known whether they count, or what they hold."""

        def hole(kept: nw.Expr | None) -> Share:
            spoiled = missing if kept is None else kept.is_null() | (kept & missing)
            return Share.of(spoiled)

        return self.fold(node.rows, ("holes", node.value.key, node.rows.key), "sum", hole)

    def seen(self, rows: Rows) -> nw.Expr:
        """Count the rows that are kept, or may be."""

        def one(kept: nw.Expr | None) -> Share:
            found = self.on.true if kept is None else kept.fill_null(value=True)
            return Share.of(found)

        return self.fold(rows, ("seen", rows.key), "sum", one)

    def _ranked(self, operator: str, of: nodes.Quantile, against: Value) -> nw.Expr:
        """Compare a quantile: fold what the rows on each side of the threshold add up to."""
        if operator in (">", ">=", "!="):
            return ~self._ranked({">": "<=", ">=": "<", "!=": "=="}[operator], of, against)
        if operator == "==":
            return ~self._ranked("<", of, against) & self._ranked("<=", of, against)
        with Scope(self, of.rows):
            fits = self.on.compared(operator, self.number(of.value), self.number(against))
        within, above = map(self.on.whole, of.weights())
        sides = {
            "low": (self.on.when(fits).then(within).otherwise(above), self.on.least),
            "high": (self.on.when(~fits).then(above).otherwise(within), self.on.greatest),
        }
        low, high = (
            self.fold(
                of.rows,
                ("ranked", end, operator, of.key, against.key),
                "sum",
                functools.partial(self.on.bring, end=brought, reach=reach, farther=True),
            )
            for end, (brought, reach) in sides.items()
        )
        some = self.tally(of.rows)[0] > 0
        held = (low >= 0) | self.on.undecided_if(high >= 0)
        return self.on.only(some, held)


class Scope:
    """While it lasts, fields are those of a child row, or where asked all they can be."""

    def __init__(self, compiler: Compiler, rows: Rows | None, *, bounded: bool = False) -> None:
        self.compiler = compiler
        self.mine = None if rows is None else rows.table.name, bounded

    def __enter__(self) -> None:
        one = self.compiler
        self.before = one._table, one._bounded, one.of_household
        one._table, one._bounded, one.of_household = *self.mine, False

    def __exit__(self, *_: object) -> None:
        one = self.compiler
        one._table, one._bounded, one.of_household = self.before


__all__ = ["Compiler", "Scope"]
