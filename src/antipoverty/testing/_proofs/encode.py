"""What a condition means, as terms of the solver: `meaning.py` line by line.

The reference takes the facts of one household; this takes a `SymbolicHousehold`, whose facts are
unknowns, and gives for each condition the two terms "it is true" and "it is false". The
suite holds the two against each other on generated conditions and households.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from operator import attrgetter
from typing import Any

from antipoverty.conditions import Condition, Rows, Setting, Value
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.spans import Ends
from antipoverty.model import Field
from antipoverty.testing._proofs.logic import (
    TERMS,
    Reach,
    Term,
    Ternary,
    both,
    choose,
    counted,
    either,
    every,
    least,
    no,
    some,
    total,
)
from antipoverty.testing._proofs.sketch import SymbolicHousehold, bounds


class Meaning:
    """The meaning of conditions for a sketched household, on a day at a place.

    Args:
        sketch: The household.
        setting: The day and the values of the parameters.
    """

    def __init__(self, sketch: SymbolicHousehold, setting: Setting) -> None:
        self.sketch = sketch
        self.setting = setting
        self._group: tuple[Field, int | None] | None = None
        self._seen: dict[Any, Any] = {}

    def truth(self, condition: Condition, row: int | None = None) -> Ternary:
        """When a condition is true and when it is false.

        Args:
            condition: The tree.
            row: The number of the child row in hand, inside a filter.
        """
        key = (condition.key, row, self._group)
        if key not in self._seen:
            self._seen[key] = self._truth(condition, row)
        found: Ternary = self._seen[key]
        return found

    def _truth(self, condition: Condition, row: int | None) -> Ternary:
        match condition:
            case nodes.Flag(field):
                cell = self.sketch.cell(field, row)
                return Ternary(both(cell.known, cell.value), both(cell.known, no(cell.value)))
            case nodes.Compare(operator, nodes.Quantile() as left, right):
                return self._ranked(operator, left, right)
            case nodes.Compare(operator, left, right):
                one, other = self.span(left, row), self.span(right, row)
                known = both(one.known, other.known)
                sure, never = TERMS.compared(operator, one.ends, other.ends)
                return Ternary(both(known, sure), both(known, never))
            case nodes.Among(value, words):
                found = self.span(value, row)
                among = either(*(found.ends.low == self.sketch.words.code(word) for word in words))
                return Ternary(both(found.known, among), both(found.known, no(among)))
            case nodes.Known(of):
                known = self._known(of, row)
                return Ternary(known, no(known))
            case nodes.Not(inner):
                return self.truth(inner, row).opposite
            case nodes.And(conditions):
                return every(self.truth(one, row) for one in conditions)
            case nodes.Or(conditions):
                return some(self.truth(one, row) for one in conditions)
            case nodes.SomeGroup(groups, inner):
                return some(held for held, _ in self._groups(groups, inner))
            case nodes.Exists(rows):
                return some(_there(here, kept) for _, here, kept in self._rows(rows))
            case nodes.ForAll(rows, inner):
                return every(
                    _there(here, some([kept.opposite, self.truth(inner, number)]).opposite).opposite
                    for number, here, kept in self._rows(rows)
                )
        raise NotImplementedError(type(condition).__name__)

    def _known(self, of: nodes.Node, row: int | None) -> Term:
        if isinstance(of, Condition):
            return self.truth(of, row).decided
        assert isinstance(of, Value)  # noqa: S101 - the language has no third family
        if isinstance(of, nodes.Quantile):
            listed = self._listed(of.rows, of.value)
            spans = [(maybe, found.ends) for _, maybe, found in listed if not found.ends.point]
            one = (either(no(maybe), ends.low == ends.high) for maybe, ends in spans)
            return both(self._all_known(listed), *one)
        found = self.span(of, row)
        ends = found.ends
        return found.known if ends.point else both(found.known, ends.low == ends.high)

    def span(self, value: Value, row: int | None = None) -> Reach:
        """The lowest and the highest a value can be."""
        key = (value.key, row, self._group)
        if key not in self._seen:
            self._seen[key] = self._span(value, row)
        found: Reach = self._seen[key]
        return found

    def _span(self, value: Value, row: int | None) -> Reach:  # noqa: C901 - a case a node
        match value:
            case nodes.Const(exact):
                return self._exact(exact)
            case nodes.Ago():
                return self._exact(value.day(self.setting.as_of))
            case nodes.Param(id):
                return self._exact(self.setting.param(id))
            case nodes.Read(field):
                cell = self.sketch.cell(field, row)
                return Reach.of(cell.value, known=cell.known)
            case nodes.Arithmetic(operator, left, right):
                one, other = self.span(left, row), self.span(right, row)
                ends = TERMS.joined(operator, one.ends, other.ends)
                return Reach(ends, both(one.known, other.known))
            case nodes.Quantile():
                raise NotImplementedError("a quantile is only compared")
            case nodes.Count(rows):
                judged = [
                    (both(here, kept.true), both(here, no(kept.false)))
                    for _, here, kept in self._rows(rows)
                ]
                low, high = (counted(one[end] for one in judged) for end in (0, 1))
                return Reach(Ends(low, high))
            case nodes.GroupCount(groups, condition):
                return self._group_count(groups, condition)
            case nodes.GroupReduce(operator, groups, inner):
                return self._group_extreme(operator, groups, inner)
            case nodes.Score(items):
                return self._score(items, row)
            case nodes.Reduce("gap", rows, inner):
                return self._gap(rows, inner)
            case nodes.Reduce(operator, rows, inner):
                return self._reduced(operator, rows, inner)
        raise NotImplementedError(type(value).__name__)

    def _exact(self, value: int | Fraction | str | date) -> Reach:
        if isinstance(value, str):
            return Reach.of(self.sketch.words.code(value))
        if isinstance(value, date):
            return Reach.of(value.toordinal())
        exact = Fraction(value)
        return Reach.of(exact.numerator, scale=exact.denominator)

    def _score(self, items: Any, row: int | None) -> Reach:
        scale = math.lcm(*(Fraction(weight).denominator for weight, _ in items))
        weights = [int(Fraction(weight) * scale) for weight, _ in items]
        judged = [self.truth(one, row) for _, one in items]
        low = counted((one.true for one in judged), weights)
        high = counted((no(one.false) for one in judged), weights)
        return Reach(Ends(low, high, scale))

    # --- groups: one for each row, of the rows that share its key, and those that may be besides

    def _in_group(self, by: Field, first: int | None, number: int) -> Ternary:
        """Whether a row is of the group of another, or of one that no row is known to be of."""
        mine = self.sketch.cell(by, number)
        if first is None:
            return Ternary(true=False, false=mine.known)
        key = self.sketch.cell(by, first)
        alike = mine.value == key.value
        return Ternary(both(mine.known, alike), both(mine.known, no(alike)))

    def _each_group(self, groups: nodes.Groups) -> Iterator[tuple[Ternary, Term]]:
        """Each group in hand while it is looked at: whether it is there, how many there may be."""
        by = groups.by.field
        here = self.sketch.present(str(groups.rows.table.name))
        cells = [self.sketch.cell(by, number) for number in range(len(here))]
        for number, cell in enumerate(cells):
            before = (
                both(here[one], cells[one].known, cells[one].value == cell.value)
                for one in range(number)
            )
            new = both(here[number], cell.known, *map(no, before))
            self._group = by, number
            yield Ternary(new, no(new)), 1
        loose = [both(one, no(cell.known)) for one, cell in zip(here, cells, strict=True)]
        self._group = by, None
        yield Ternary(true=False, false=no(either(*loose))), counted(loose)
        self._group = None

    def _groups(
        self, groups: nodes.Groups, condition: Condition | None
    ) -> Iterator[tuple[Ternary, Term]]:
        for there, times in self._each_group(groups):
            held = [there] if condition is None else [there, self.truth(condition)]
            yield every(held), times

    def _group_count(self, groups: nodes.Groups, condition: Condition | None) -> Reach:
        judged = list(self._groups(groups, condition))
        low = counted(held.true for held, _ in judged)
        high = total([choose(no(held.false), times, 0) for held, times in judged])
        return Reach(Ends(low, high))

    def _group_extreme(self, operator: str, groups: nodes.Groups, value: Value) -> Reach:
        listed = [(there, self.span(value)) for there, _ in self._each_group(groups)]
        known = both(*(either(there.false, found.known) for there, found in listed))
        known = both(known, either(*(there.true for there, _ in listed)))
        most = operator == "max"
        sure = [(there.true, found.ends) for there, found in listed]
        maybe = [(no(there.false), found.ends) for there, found in listed]
        low = _extreme([(held, ends.low) for held, ends in (sure if most else maybe)], most)
        high = _extreme([(held, ends.high) for held, ends in (maybe if most else sure)], most)
        scale = listed[0][1].ends.scale
        return Reach(Ends(low, high, scale), known)

    # --- rows

    def _rows(self, rows: Rows) -> list[tuple[int, Term, Ternary]]:
        """Each row's number, whether it is there, and whether filter and window keep it."""
        key = ("kept", rows.key, self._group)
        if key not in self._seen:
            here = self.sketch.present(str(rows.table.name))
            self._seen[key] = [
                (number, one, self._kept(rows, number)) for number, one in enumerate(here)
            ]
        found: list[tuple[int, Term, Ternary]] = self._seen[key]
        return found

    def _kept(self, rows: Rows, number: int) -> Ternary:
        parts = [] if self._group is None else [self._in_group(*self._group, number)]
        if rows.window is not None:
            day = self.sketch.cell(rows.table.fields[str(rows.table.day)], number)
            first = rows.window.first(self.setting.as_of).toordinal()
            end = rows.window.end(self.setting.as_of).toordinal()
            inside = both(first <= day.value, day.value < end)
            parts.append(Ternary(both(day.known, inside), both(day.known, no(inside))))
        if rows.filter is not None:
            parts.append(self.truth(rows.filter, number))
        return every(parts)

    def _reduced(self, operator: str, rows: Rows, value: Value) -> Reach:
        if operator == "sum":
            return self._summed(rows, value)
        listed = self._listed(rows, value)
        known = self._all_known(listed)
        low, high = (
            _extreme([(sure, end(found.ends)) for sure, _, found in listed], operator == "max")
            for end in (attrgetter("low"), attrgetter("high"))
        )
        point = all(found.ends.point for *_, found in listed)
        scale = listed[0][2].ends.scale if listed else 1
        return Reach(Ends(low, low if point else high, scale), known)

    def _listed(self, rows: Rows, value: Value) -> list[tuple[Term, Term, Reach]]:
        """For each row whether it surely counts, whether it may, and what it holds."""
        return [
            (both(here, kept.true), both(here, no(kept.false)), self.span(value, number))
            for number, here, kept in self._rows(rows)
        ]

    def _all_known(self, listed: list[tuple[Term, Term, Reach]]) -> Term:
        """Some row counts, and of every one that may it is known whether, and what it holds."""
        known = both(*(either(no(maybe), both(sure, found.known)) for sure, maybe, found in listed))
        return both(known, either(*(sure for sure, *_ in listed)))

    def _gap(self, rows: Rows, value: Value) -> Reach:
        listed = self._listed(rows, value)
        days = [(sure, found.ends.low) for sure, _, found in listed]
        steps: list[tuple[Term, Term]] = []
        for at, (first, day) in enumerate(days):
            for there, (second, after) in enumerate(days):
                if at != there:
                    between = (
                        both(sure, _in_order(day, at, one, n), _in_order(one, n, after, there))
                        for n, (sure, one) in enumerate(days)
                        if n not in (at, there)
                    )
                    next_one = both(_in_order(day, at, after, there), *map(no, between))
                    steps.append((both(first, second, next_one), after - day))
        known = both(self._all_known(listed), either(*(step for step, _ in steps)))
        return Reach.of(_extreme(steps, greatest=True), known=known)

    def _ranked(self, operator: str, of: nodes.Quantile, against: Value) -> Ternary:
        if operator in (">", ">=", "!="):
            turned = {">": "<=", ">=": "<", "!=": "=="}[operator]
            return self._ranked(turned, of, against).opposite
        if operator == "==":
            below, above = (self._ranked(one, of, against) for one in ("<", "<="))
            return every([below.opposite, above])
        mark, lows, highs = self.span(against), [], []
        within, above_it = of.weights()
        for sure, maybe, found in self._listed(of.rows, of.value):
            known = both(found.known, mark.known)
            fits, never = TERMS.compared(operator, found.ends, mark.ends)
            low = choose(both(known, fits), within, above_it)
            high = choose(both(known, never), above_it, within)
            lows.append(choose(sure, low, choose(maybe, least([low, 0]), 0)))
            highs.append(choose(sure, high, choose(maybe, least([high, 0], greatest=True), 0)))
        some_row = either(*(sure for sure, *_ in self._listed(of.rows, of.value)))
        return Ternary(both(some_row, total(lows) >= 0), both(some_row, total(highs) < 0))

    def _summed(self, rows: Rows, value: Value) -> Reach:
        lows, highs, scale = [], [], 1
        for number, here, kept in self._rows(rows):
            ends = self._bounded(value, number)
            sure, maybe = both(here, kept.true), both(here, no(kept.false))
            low, high = least([ends.low, 0]), least([ends.high, 0], greatest=True)
            lows.append(choose(sure, ends.low, choose(maybe, low, 0)))
            highs.append(choose(sure, ends.high, choose(maybe, high, 0)))
            scale = ends.scale
        return Reach(Ends(total(lows), total(highs), scale))

    def _bounded(self, value: Value, row: int) -> Ends[Term]:
        """A number of a row, where a field that is not known can be all its bounds allow."""
        match value:
            case nodes.Read(field):
                cell = self.sketch.cell(field, row)
                low, high = bounds(field)
                return Ends(
                    choose(cell.known, cell.value, low), choose(cell.known, cell.value, high)
                )
            case nodes.Arithmetic(operator, left, right):
                return TERMS.joined(operator, self._bounded(left, row), self._bounded(right, row))
        return self.span(value, row).ends


def _there(here: Term, held: Ternary) -> Ternary:
    """What a row brings to *some*: a no where it is not there."""
    return Ternary(both(here, held.true), either(no(here), held.false))


def _in_order(day: Term, at: int, other: Term, there: int) -> Term:
    """Whether the day of one row comes before that of another; of two alike by their numbers."""
    return day <= other if at < there else day < other


def _extreme(listed: list[tuple[Term, Term]], greatest: bool) -> Term:  # noqa: FBT001
    """The least or greatest of the numbers that count; any number when none does."""
    found: Term = 0
    seen: Term = False
    for sure, number in listed:
        better = number > found if greatest else number < found
        found = choose(both(sure, either(no(seen), better)), number, found)
        seen = either(seen, sure)
    return found


__all__ = ["Meaning"]
