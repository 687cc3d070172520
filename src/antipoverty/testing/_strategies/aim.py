"""Aiming brings a household to where one part of a condition just decides the whole.

The search for boundary cases knows the way there; here Hypothesis draws which part decides,
on which side of its threshold, and on which days the rows lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain, islice
from typing import Any

import attrs
from hypothesis import strategies as st

from antipoverty.conditions import Condition, Rows, Setting, walked
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.evidence import fields_by_path
from antipoverty.conditions.meaning import Truth
from antipoverty.model import FIRST_DAY, Field, Kind, TableSchema
from antipoverty.testing._mutation.paths import paths
from antipoverty.testing._search.drafts import Draft, Scope, fitting
from antipoverty.testing._search.solver import BudgetSpentError, Solver, first, is_atom
from antipoverty.testing._search.together import together
from antipoverty.testing._strategies.choices import PLACE, Choice, at_place, each_of, one_of

_BUDGET = 400
_MOST_ROWS = 6
_FORKS = 3
_PLACES = {f"place {at}": PLACE for at in range(8)}
"""What the first forks on the way are chosen by, drawn with the facts."""


@attrs.frozen(eq=False)
class Target:
    """A condition to aim at, and what of it is the same for every draw.

    Attributes:
        condition: The condition.
        rows: What it asks of child tables.
        facts: Draws a known value of every fact that it reads, by path, and by no path one of
            the parts that can decide with the way to it, all in one draw.
    """

    condition: Condition
    rows: Sequence[Rows]
    facts: st.SearchStrategy[dict[str, Any]]
    _read: Sequence[Field]
    _tables: Mapping[str, tuple[TableSchema, Sequence[Field]]]

    @classmethod
    def of(cls, condition: Condition, options: Callable[[Field], Sequence[Any]]) -> Target:
        """Look at a condition once; ``options`` are the values of a field that are drawn."""
        read = fields_by_path(condition)
        rows = [one for one in walked(condition) if isinstance(one, Rows)]
        own = [one for one in read.values() if one.table is None and one.name != "area"]
        tables: dict[str, tuple[TableSchema, list[Field]]] = {
            str(one.table.name): (
                one.table,
                [
                    field
                    for name, field in one.table.fields.items()
                    if (field.required and name != one.table.key) or field.path in read
                ],
            )
            for one in rows
        }
        known = [*own, *chain.from_iterable(fields for _, fields in tables.values())]
        drawn = {field.path: Choice(options(field)) for field in known}
        facts = each_of({"": Choice(_deciding(condition)), **drawn, **_PLACES})
        return cls(condition, rows, facts, own, tables)

    def begun(self, draft: Draft, known: Mapping[str, Any]) -> Draft:
        """A draft in which all that is read is known, without rows."""
        missing = {
            field.name: fitting(field, known[field.path])
            for field in self._read
            if draft.facts[field.name] is None
        }
        tables: dict[str, list[dict[str, Any]]] = {name: [] for name in self._tables}
        return attrs.evolve(draft, facts=draft.facts | missing, tables=draft.tables | tables)

    def row(self, table: TableSchema, known: Mapping[str, Any], day: date) -> dict[str, Any]:
        """A row of which only what is read, and what it must have, is known; of one day."""
        facts: dict[str, Any] = dict.fromkeys(table.fields)
        facts |= {field.name: known[field.path] for field in self._tables[str(table.name)][1]}
        return facts if table.day is None else facts | {table.day: day}


@attrs.define
class Aim:
    """Sets facts of drafts by what Hypothesis draws.

    Args:
        draw: Hypothesis's.
        setting: The day and the parameters.
    """

    draw: st.DrawFn
    setting: Setting
    _places: list[int] = attrs.field(factory=list, init=False)

    def at(self, target: Target, goal: Truth, draft: Draft) -> Draft:
        """Bring a draft to a truth of a condition by the narrowest margin, if it can be."""
        condition, known = target.condition, self.draw(target.facts)
        self._places = [known[place] for place in _PLACES]
        draft = target.begun(draft, known)
        eve = self.setting.as_of - timedelta(days=1)
        solver = Solver(
            self.setting, _BUDGET, _MOST_ROWS, lambda table: target.row(table, known, eve)
        )
        path, part = known[""]
        found: list[Draft] = []
        try:
            for begun, scope in solver.exposed(condition, path, draft):
                turned = (
                    _opened(solver, condition, part, begun, scope)
                    if goal is None
                    else _turned(solver, part, begun, scope)
                )
                fits = (one for one in turned if solver.truth(condition, one) is goal)
                found += islice(fits, _FORKS - len(found))
                if len(found) >= _FORKS / 2:
                    break
            if not found and goal is not None:
                found = first(solver.solve(condition, draft, want=goal), 1)
            if found:
                draft = self._pick([*_on(solver, part, found), *found])
                draft = self._together(solver, condition, part, draft)
            for rows in target.rows:
                draft = self._placed(solver, condition, rows, draft)
        except BudgetSpentError:
            pass
        return draft

    def _pick(self, options: Sequence[Any]) -> Any:
        """Draw one of some options; the first is the simplest."""
        if self._places and len(options) <= len(PLACE.options):
            return at_place(self._places.pop(), options)
        return one_of(self.draw, options)

    def _together(
        self, solver: Solver, condition: Condition, part: Condition, draft: Draft
    ) -> Draft:
        """Let several rows come to a threshold together, where one does by itself."""
        fields = _added_up(part)
        number = self._pick((1, 2, 3)) if fields else 1
        if number == 1 or not isinstance(part, nodes.Compare):
            return draft
        held, field = solver.truth(condition, draft), self._pick(fields)
        last = len(draft.tables[field.table]) - 1
        several = together(solver, part, field, draft, (field.table, last), number)
        for edge in several if last >= 0 else ():
            if fits := [one for one in edge if solver.truth(condition, one) is held]:
                draft = self._pick(fits)
                break
        return draft

    def _placed(self, solver: Solver, condition: Condition, rows: Rows, draft: Draft) -> Draft:
        """Move rows to other days inside the window, and add some that just miss it."""
        held = solver.truth(condition, draft)
        name = str(rows.table.name)

        def kept(other: Draft) -> Draft:
            return other if solver.truth(condition, other) is held else draft

        if rows.window is not None:
            day = rows.table.fields[str(rows.table.day)]
            inside = _inside(rows, self.setting.as_of)
            for at in range(len(draft.tables[name])):
                if draft.get(day, (name, at)) is not None:
                    draft = kept(draft.set(day, self._pick(inside), (name, at)))
        for _ in range(self._pick([0, 1, 2, 1])):
            draft = kept(self._outside(solver, rows, draft))
        return draft

    def _outside(self, solver: Solver, rows: Rows, draft: Draft) -> Draft:
        """The draft with one more row that just misses the window, or the filter."""
        for more, at in solver.one_more(rows, draft):
            by_filter = [False] * (0 if rows.filter is None else _weight(rows.filter))
            if rows.window is not None and self._pick([True] * 2 + by_filter):
                begins = rows.window.first(self.setting.as_of)
                day = rows.window.end(self.setting.as_of)
                before = begins - timedelta(days=1) if begins > FIRST_DAY else begins
                days = [before, day, before, day + timedelta(days=1)]
                return more.set(rows.table.fields[str(rows.table.day)], self._pick(days), at)
            if rows.filter is not None:
                return next(solver.solve(rows.filter, more, at, want=False), draft)
        return draft


def _added_up(part: Condition) -> list[Field]:
    """The numbers of rows that a part takes together: in a sum, a greatest, a middle."""
    taken = (one for one in part.walk() if isinstance(one, nodes.Reduce | nodes.Quantile))
    read = (
        one.field for rows in taken for one in walked(rows.value) if isinstance(one, nodes.Read)
    )
    return [one for one in read if one.kind is Kind.NUMBER and not one.inputs]


def _deciding(condition: Condition) -> list[tuple[tuple[int, ...], Condition]]:
    """The parts that can decide, with their paths; one with a threshold more often."""
    return [
        (path, part)
        for path, part in paths(condition, past_known=False)
        if isinstance(part, Condition) and is_atom(part)
        for _ in range(_weight(part))
    ]


def _weight(condition: Condition) -> int:
    """Choose a condition with a threshold more often than one without."""
    orders = ("<", "<=", ">", ">=")
    found = (part for part in condition.walk() if isinstance(part, nodes.Compare))
    return 3 if any(one.operator in orders for one in found) else 1


def _turned(solver: Solver, part: Condition, draft: Draft, scope: Scope) -> Iterator[Draft]:
    """Drafts in which a part may have turned, at its threshold where it has one."""
    sides = [True] if isinstance(part, nodes.Compare) else [True, False]
    return chain.from_iterable(solver.moves(part, draft, scope, want=want) for want in sides)


def _opened(
    solver: Solver, whole: Condition, part: Condition, draft: Draft, scope: Scope
) -> Iterator[Draft]:
    """Drafts in which a fact that a part reads is missing, or the day of its row."""
    starts = [draft]
    for rows in (one for one in part.walk() if isinstance(one, Rows)):
        starts += (one for one, _ in islice(solver.one_more(rows, draft), 1))
    fields = fields_by_path(part)
    if scope is not None:
        read = fields_by_path(whole)
        fields |= {path: one for path, one in read.items() if one.kind is Kind.DATE and one.table}
    for start in reversed(starts):
        for field in fields.values():
            for where in start.scopes(field):
                if not field.required and field.name != "area" and where in (None, scope or where):
                    yield start.set(field, None, where)


def _on(solver: Solver, part: Condition, found: list[Draft]) -> list[Draft]:
    """Those on the threshold of a comparison of the household."""
    of_rows = any(one.table for one in fields_by_path(part).values()) and not any(
        isinstance(one, Rows) for one in part.walk()
    )
    if of_rows or not isinstance(part, nodes.Compare):
        return []
    equal = nodes.Compare("==", part.left, part.right)
    return [one for one in found if solver.truth(equal, one) is True]


def _inside(rows: Rows, as_of: date) -> list[date]:
    """The last and first days of a window, then year ends and leap days inside it."""
    assert rows.window is not None  # noqa: S101 - asked by the caller
    last = rows.window.end(as_of) - timedelta(days=1)
    begins = rows.window.first(as_of)
    years = range(max(begins.year, last.year - 4), last.year + 1)
    marked = [date(year, 12, 31) for year in years] + [date(year, 1, 1) for year in years]
    marked += [date(year, 2, 29) for year in years if year % 4 == 0 and year % 100]
    return [last, begins, *(day for day in marked if begins < day < last)]


__all__ = ["Aim", "Target"]
