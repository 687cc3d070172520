"""Aiming sets the facts of a household so that a condition is just true, false or open.

The tree is followed from the whole to one comparison, and everything beside that path
is set so that this one comparison decides. There one fact is solved for, by evaluating
the reference, so that both sides are equal, or one step apart. Sums over rows, scores,
counts, multiples of the size and days all come to their threshold in this one way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import chain, combinations
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from antipoverty.conditions import Condition, Node, Rows, Setting, Value, fields_read, span, truth
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.meaning import Truth, compared
from antipoverty.model import FIRST_DAY, LAST_DAY, Field, Kind, Schema

Place = tuple[SimpleNamespace, Field]
"""A fact that can be set: the household or row it is in, and its field."""

_MOST_ROWS = 6
_ON_AND_BESIDE = (0, 1, -1)


class Aim:
    """Sets the facts of a draft household.

    Args:
        draw: Hypothesis's.
        household: The draft: facts as attributes, child tables as lists of such rows.
        setting: The day and the parameters.
        schema: The facts there are.
        known: Draws a known value of a field.
    """

    def __init__(
        self,
        draw: st.DrawFn,
        household: SimpleNamespace,
        setting: Setting,
        schema: Schema,
        known: Callable[[Field], st.SearchStrategy[Any]],
    ) -> None:
        self.draw, self.household, self.setting = draw, household, setting
        self.schema, self.known = schema, known
        self.read: frozenset[str] = frozenset()

    def at(self, condition: Condition, goal: Truth) -> None:
        """Bring a condition to a truth by the narrowest margin."""
        self.read = frozenset(fields_read(condition))
        for rows in condition.walk():
            if isinstance(rows, Rows):
                setattr(self.household, str(rows.table.name), [])
        self.reach(condition, goal)

    def pick(self, options: Sequence[Any]) -> Any:
        """Draw one of some options; the first is the simplest."""
        return self.draw(st.sampled_from(options))

    def truth(self, condition: Condition, row: Any) -> Truth:
        """The truth now."""
        return truth(condition, self.household, self.setting, row)

    def reach(self, condition: Condition, goal: Truth, row: Any = None) -> None:
        """Set facts so that a condition has a truth; of the row in hand, inside rows."""
        match condition:
            case nodes.And(parts) | nodes.Or(parts):
                self._junction(parts, goal, row, neutral=isinstance(condition, nodes.And))
            case nodes.Not(inner):
                self.reach(inner, None if goal is None else not goal, row)
            case nodes.Known(of):
                self._known(of, row, known=goal is not False)
            case nodes.Exists(rows):
                self._exists(rows, goal)
            case nodes.ForAll(rows, inner):
                self._for_all(rows, inner, goal)
            case nodes.Compare(operator, nodes.Score() as score, right):
                self._score(operator, score, right, goal, row)
            case nodes.Compare(operator, nodes.Count(rows), right) if goal is not None:
                self._count(condition, operator, rows, right, goal=goal)
            case _:
                self._leaf(condition, goal, row)

    def _junction(
        self, parts: tuple[Condition, ...], goal: Truth, row: Any, *, neutral: bool
    ) -> None:
        """Let one part decide and the others leave it the decision."""
        decides = self.pick([at for at, part in enumerate(parts) for _ in range(_weight(part))])
        for at, part in enumerate(parts):
            if at != decides:
                self.reach(part, neutral, row)
        self.reach(parts[decides], goal, row)

    # --- rows

    def _exists(self, rows: Rows, goal: Truth) -> None:
        self._drop(rows)
        if goal is False:
            for _ in range(self.pick([1, 0, 1, 2])):
                self._outside(rows)
        else:
            self._add(rows, missing=goal is None)

    def _for_all(self, rows: Rows, inner: Condition, goal: Truth) -> None:
        self._drop(rows)
        row = self._add(rows)
        self.reach(inner, goal, row)

    def _count(
        self, condition: Condition, operator: str, rows: Rows, right: Value, *, goal: bool
    ) -> None:
        self._fill(right, None)
        other = span(right, self.household, self.setting)
        near = [] if other is None else [int(other[0]) + step for step in _ON_AND_BESIDE]
        fits = [
            number
            for number in near
            if 0 <= number <= _MOST_ROWS and compared(operator, (number, number), other) is goal  # type: ignore[arg-type]
        ]
        self._drop(rows)
        for _ in range(self.pick(fits) if fits else 1):
            self._add(rows)
        if self.truth(condition, None) is not goal:
            self._leaf(condition, goal, None)

    def _add(self, rows: Rows, *, missing: bool = False) -> SimpleNamespace:
        """Add a row that the filter and the window keep, on an edge of the window."""
        table = rows.table
        schema = self.schema.tables[str(table.name)]
        row = SimpleNamespace(**dict.fromkeys(schema.fields))
        for name, field in schema.fields.items():
            if (field.required and name != schema.key) or field.path in self.read:
                setattr(row, name, self.draw(self.known(field)))
        getattr(self.household, str(table.name)).append(row)
        if schema.day is not None:
            setattr(row, schema.day, self.pick(self._inside(rows)))
        if rows.filter is not None:
            self.reach(rows.filter, goal=True, row=row)
        if (
            missing
            and rows.window is not None
            and (rows.filter is None or self.draw(st.booleans()))
        ):
            setattr(row, str(schema.day), None)
        elif missing and rows.filter is not None:
            self.reach(rows.filter, goal=None, row=row)
        return row

    def _outside(self, rows: Rows) -> None:
        """Add a row that just misses the window, or the filter."""
        row = self._add(rows)
        by_filter = 0 if rows.filter is None else _weight(rows.filter)
        if rows.window is not None and self.pick([True] * 2 + [False] * by_filter):
            first, day = rows.window.first(self.setting.as_of), self.setting.as_of
            before = first - timedelta(days=1) if first > FIRST_DAY else first
            setattr(
                row, str(rows.table.day), self.pick([before, day, before, day + timedelta(days=1)])
            )
        elif rows.filter is not None:
            self.reach(rows.filter, goal=False, row=row)
        else:
            getattr(self.household, str(rows.table.name)).remove(row)

    def _inside(self, rows: Rows) -> list[date]:
        """The last and first days of a window, then year ends and leap days inside it."""
        last = self.setting.as_of - timedelta(days=1)
        if rows.window is None:
            return [last]
        first = rows.window.first(self.setting.as_of)
        years = range(max(first.year, last.year - 4), last.year + 1)
        marked = [date(year, 12, 31) for year in years] + [date(year, 1, 1) for year in years]
        marked += [date(year, 2, 29) for year in years if year % 4 == 0 and year % 100]
        return [last, first, *(day for day in marked if first < day < last)]

    def _drop(self, rows: Rows) -> None:
        """Take away the rows that the filter and the window may keep."""
        name = str(rows.table.name)
        kept = nodes.Exists(rows)
        everyone = getattr(self.household, name)
        left = []
        for row in everyone:
            setattr(self.household, name, [row])
            if self.truth(kept, None) is False:
                left.append(row)
        setattr(self.household, name, left)

    # --- scores

    def _score(
        self, operator: str, score: nodes.Score, right: Value, goal: Truth, row: Any
    ) -> None:
        """Let the conditions hold whose weights come nearest to the cut-off."""
        self._fill(right, row)
        other = span(right, self.household, self.setting, row)
        if other is None:
            return
        chosen = self._subset(
            operator, [weight for weight, _ in score.items], other, goal=goal is True
        )
        opened = None
        if goal is None:
            chosen_or_all = chosen or range(len(score.items))
            opened = self.pick(sorted(chosen_or_all))
        for position, (_, condition) in enumerate(score.items):
            self.reach(condition, None if position == opened else position in chosen, row)

    def _subset(
        self, operator: str, weights: Sequence[Any], other: Any, *, goal: bool
    ) -> frozenset[int]:
        every = range(len(weights))
        subsets = chain.from_iterable(combinations(every, size) for size in range(len(weights) + 1))
        fits: list[tuple[Fraction, tuple[int, ...]]] = []
        for one in subsets:
            total = sum((Fraction(weights[i]) for i in one), Fraction(0))
            if compared(operator, (total, total), other) is goal:
                fits.append((abs(total - Fraction(other[0])), one))
        if not fits:
            return frozenset()
        margin = min(fits)[0]
        return frozenset(self.pick([one for apart, one in fits if apart == margin]))

    # --- one comparison, one fact

    def _leaf(self, condition: Condition, goal: Truth, row: Any) -> None:
        if not isinstance(condition, nodes.Flag):
            self._rows_for(condition)
        places = self._places(condition, row)
        if not places:
            return
        if goal is None:
            open_to = [one for one in places if not one[1].required]
            open_to = open_to * 3 + self._days(condition)
            if open_to:
                owner, field = self.pick(open_to)
                setattr(owner, field.name, None)
            return
        self._fill(condition, row)
        places.sort(key=lambda one: one[1].kind is not Kind.NUMBER)
        numbers = [at for at, (_, field) in enumerate(places) if field.kind is Kind.NUMBER]
        start = self.pick([*numbers * 3, *range(len(places))])
        for owner, field in [*places[start:], *places[:start]]:
            before = getattr(owner, field.name)
            fits = []
            for value in self._candidates(condition, owner, field, row):
                setattr(owner, field.name, value)
                if self.truth(condition, row) is goal:
                    fits.append(value)
            setattr(owner, field.name, self.pick([fits[0], *fits]) if fits else before)
            if fits:
                return

    def _known(self, of: Node, row: Any, *, known: bool) -> None:
        if isinstance(of, Condition):
            self.reach(of, self.pick([True, False]) if known else None, row)
            return
        self._rows_for(of)
        self._fill(of, row)
        places = [one for one in self._places(of, row) if not one[1].required]
        if not known and places:
            owner, field = self.pick(places)
            setattr(owner, field.name, None)

    def _rows_for(self, node: Node) -> None:
        """Give every reduction one or two rows of its own to reduce."""
        for part in node.walk():
            if isinstance(part, nodes.Reduce):
                self._drop(part.rows)
                for _ in range(self.pick([1, 2])):
                    self._add(part.rows)
                for _ in range(self.pick([0, 1, 2, 1]) if part.rows.window is not None else 0):
                    self._outside(part.rows)

    def _places(self, node: Node, row: Any) -> list[Place]:
        """The facts that a node reads, of the household and of every row."""
        found: dict[tuple[int, str], Place] = {}
        for part in node.walk():
            if isinstance(part, nodes.Read | nodes.Flag):
                for owner in self._owners(part.field, row):
                    found[id(owner), part.field.name] = owner, part.field
        return list(found.values())

    def _days(self, node: Node) -> list[Place]:
        """The days by which windows keep the rows that a node reads."""
        read = [rows for rows in node.walk() if isinstance(rows, Rows) and rows.window is not None]
        return [
            (row, rows.table.fields[str(rows.table.day)])
            for rows in read
            for row in getattr(self.household, str(rows.table.name))
        ]

    def _owners(self, field: Field, row: Any) -> Iterable[SimpleNamespace]:
        if field.table is None:
            return [self.household]
        return [row] if row is not None else getattr(self.household, field.table)

    def _fill(self, node: Node, row: Any) -> None:
        """Make the facts known that a node reads."""
        for owner, field in self._places(node, row):
            if getattr(owner, field.name) is None:
                setattr(owner, field.name, self.draw(self.known(field)))

    def _candidates(
        self, condition: Condition, owner: SimpleNamespace, field: Field, row: Any
    ) -> list[Any]:
        """The values of one fact at which a comparison turns, and those beside them."""
        if field.kind is Kind.FLAG:
            return [True, False]
        if field.kind is Kind.TEXT:
            words = {str(w) for part in condition.walk() for w in getattr(part, "words", ())}
            words |= {
                part.value
                for part in condition.walk()
                if isinstance(part, nodes.Const) and isinstance(part.value, str)
            }
            return sorted(words) + sorted(set(field.about.choices or ["other"]) - words)
        if not isinstance(condition, nodes.Compare):
            return [getattr(owner, field.name)]
        if field.kind is Kind.DATE:
            ends = (
                span(side, self.household, self.setting, row)
                for side in (condition.left, condition.right)
            )
            days = [one[0] for one in ends if one is not None and isinstance(one[0], date)]
            inner = (d for d in days if FIRST_DAY < d < LAST_DAY)
            return [d + timedelta(days=step) for d in inner for step in _ON_AND_BESIDE]
        return self._solved(condition, owner, field, row)

    def _solved(
        self, condition: nodes.Compare, owner: SimpleNamespace, field: Field, row: Any
    ) -> list[int]:
        """Solve for a number: both sides are straight lines in any one fact."""
        now = getattr(owner, field.name)
        here = self._apart(condition, row)
        step = 1 if now < (field.about.high or 0) else -1
        setattr(owner, field.name, now + step)
        there = self._apart(condition, row)
        setattr(owner, field.name, now)
        if here is None or there is None or here == there:
            return []
        root = now - here / ((there - here) * step)
        low, high = field.about.low or 0, field.about.high or 0
        whole = [int(root)] if root.denominator == 1 else []
        beside = [root.numerator // root.denominator, -(-root.numerator // root.denominator)]
        beside = (
            [number + by for number, by in zip(beside, (-1, 1), strict=True)] if whole else beside
        )
        return [number for number in [*whole, *beside] if low <= number <= high]

    def _apart(self, condition: nodes.Compare, row: Any) -> Fraction | None:
        ends = [
            span(side, self.household, self.setting, row)
            for side in (condition.left, condition.right)
        ]
        if any(one is None or one[0] != one[1] or isinstance(one[0], date) for one in ends):
            return None
        left, right = (_number(one[0]) for one in ends if one is not None)
        return left - right


def _number(end: Any) -> Fraction:
    """A number as it is, a day by its place in the calendar: a filter may read a number."""
    return Fraction(end.toordinal() if isinstance(end, date) else end)


def _weight(condition: Condition) -> int:
    """Choose a condition with a threshold more often than one without."""
    orders = ("<", "<=", ">", ">=")
    found = (part for part in condition.walk() if isinstance(part, nodes.Compare))
    return 3 if any(one.operator in orders for one in found) else 1


__all__ = ["Aim"]
