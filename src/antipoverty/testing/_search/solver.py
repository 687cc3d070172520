"""Find households for which a condition is what one wants, by moving one fact at a time.

This is a search, not a proof: it starts from a plain household, moves a fact to the
nearest value that turns a comparison, adds a row that a filter keeps, and looks whether
the whole came out as wanted. It ends when it has asked about as many households as it
may; what it finds is true by the reference, and what it does not find is said. Boundary
cases take what it finds in its order, strategies draw from it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache, partial
from typing import Any, TypeAlias

from antipoverty.conditions import Condition, Node, Rows, Setting, Value, walked
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.meaning import Truth, span
from antipoverty.conditions.setting import Number
from antipoverty.model import FIRST_DAY, LAST_DAY, Field, Kind, TableSchema
from antipoverty.testing._search.drafts import (
    Draft,
    Scope,
    bounds,
    keys,
    plain,
    plain_facts,
    words,
)
from antipoverty.testing._search.short import shortly
from antipoverty.testing._search.through import past, sign, through
from antipoverty.testing._search.together import enough

Goal: TypeAlias = tuple[Condition, bool]
"""A condition and what it shall be."""

_BRANCHES = 4
_MOST_SCORED = 6
_DAYS_BACK, _DAYS_ON = 40_000, 400


class BudgetSpentError(Exception):
    """The search has asked about as many households as it may."""


class Solver:
    """Searches households for conditions.

    Args:
        setting: The day and the parameters.
        budget: How many households may be asked about.
        most_rows: How many rows a count may be brought to its threshold with.
        row: Makes a new row of a table; a plain one by default.
    """

    def __init__(
        self,
        setting: Setting,
        budget: int,
        most_rows: int = 200,
        row: Callable[[TableSchema], dict[str, Any]] | None = None,
    ) -> None:
        self.setting = setting
        self.left = budget
        self.most_rows = most_rows
        self.row = row or partial(plain_facts, as_of=setting.as_of)
        self._said: dict[tuple[int, int, Scope], tuple[Truth, Condition, Draft]] = {}

    def _spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise BudgetSpentError

    def truth(self, condition: Condition, draft: Draft, scope: Scope = None) -> Truth:
        """What a condition is for a draft.

        Raises:
            BudgetSpentError: Too many households have been asked about.
        """
        asked = id(condition), id(draft), scope
        if asked not in self._said:
            self._spend()
            household = draft.household()
            held = shortly(condition, household, self.setting, _row(household, scope))
            self._said[asked] = held, condition, draft
        return self._said[asked][0]

    # --- to make a condition true or false

    def solve(
        self, condition: Condition, draft: Draft, scope: Scope = None, *, want: bool
    ) -> Iterator[Draft]:
        """Give drafts for which a condition is as wanted, the nearest first."""
        if self.truth(condition, draft, scope) is want:
            yield draft
        moved = self.moves(condition, draft, scope, want=want)
        found = (one for one in moved if self.truth(condition, one, scope) is want)
        yield from itertools.islice(found, _BRANCHES)

    def solve_all(
        self, goals: Sequence[Goal], draft: Draft, scope: Scope = None
    ) -> Iterator[Draft]:
        """Give drafts for which several conditions are as wanted, all at once."""
        for order in (goals, goals[::-1])[: len(goals) or 1]:
            for found in self._one_by_one(order, draft, scope):
                if found is draft or all(
                    self.truth(one, found, scope) is want for one, want in goals
                ):
                    yield found

    def _one_by_one(self, goals: Sequence[Goal], draft: Draft, scope: Scope) -> Iterator[Draft]:
        if not goals:
            yield draft
            return
        (condition, want), *rest = goals
        for found in self.solve(condition, draft, scope, want=want):
            yield from self._one_by_one(rest, found, scope)

    def moves(  # noqa: C901 - a case a node
        self, condition: Condition, draft: Draft, scope: Scope, *, want: bool
    ) -> Iterator[Draft]:
        """Give drafts in which a condition may be as wanted: the moves that can turn it."""
        match condition:
            case nodes.Flag(field) | nodes.Among(nodes.Read(field)) if field.inputs:
                yield from through(self, condition, field, draft, scope)
            case nodes.Flag(field):
                yield draft.set(field, want, scope)
            case nodes.Among(nodes.Read(field), listed):
                for word in words(field) if field.about.choices else (*listed, *words(field)):
                    yield from self.changed(field, word, draft, scope)
            case nodes.Known(of):
                yield from self._known(of, draft, scope, want=want)
            case nodes.Not(inner):
                yield from self.solve(inner, draft, scope, want=not want)
            case nodes.And(parts) | nodes.Or(parts):
                if isinstance(condition, nodes.And) is want:
                    yield from self.solve_all([(part, want) for part in parts], draft, scope)
                else:
                    for part in parts:
                        yield from self.solve(part, draft, scope, want=want)
            case nodes.Compare(_, left, right):
                yield from self.shifted(condition, left, draft, scope)
                yield from self.shifted(condition, right, draft, scope)
            case nodes.SomeGroup(groups, inner):
                yield from self._of_groups(groups, inner, draft, scope, want=want)
            case nodes.Exists(rows) | nodes.ForAll(rows):
                yield from self._of_rows(condition, rows, draft, want=want)

    def _of_groups(
        self, groups: nodes.Groups, inner: Condition, draft: Draft, scope: Scope, *, want: bool
    ) -> Iterator[Draft]:
        """As the rows of one group are, all of them; then of a group each, and of nobody knows."""
        name, by = str(groups.rows.table.name), groups.by.field.name
        for found in self.solve(inner, draft, scope, want=want):
            rows = found.tables[name]
            names = keys(groups.by.field, max(len(rows), 1))
            yield found.with_rows(name, [row | {by: names[0]} for row in rows])
            yield found.with_rows(
                name, [row | {by: names[n % len(names)]} for n, row in enumerate(rows)]
            )
            if not groups.by.field.required:
                yield found.with_rows(name, [row | {by: None} for row in rows])

    def _of_rows(
        self, condition: Condition, rows: Rows, draft: Draft, *, want: bool
    ) -> Iterator[Draft]:
        """No row that decides, or every row turned; one that decides else."""
        every = isinstance(condition, nodes.ForAll)
        fits = condition.condition if isinstance(condition, nodes.ForAll) else rows.filter
        if every is want:
            yield self.cleared(rows, draft)
            if fits is not None:
                yield from self._each_row(rows, fits, draft, want=every)
            return
        for found, at in self.one_more(rows, draft):
            if every and fits is not None:
                yield from self.solve(fits, found, at, want=False)
            else:
                yield found

    def _each_row(
        self, rows: Rows, fits: Condition, draft: Draft, *, want: bool
    ) -> Iterator[Draft]:
        """The draft with a condition as wanted for each of its rows."""
        name = str(rows.table.name)
        for at in range(len(draft.tables[name])):
            turned = first(self.solve(fits, draft, (name, at), want=want), 1)
            if not turned:
                return
            (draft,) = turned
        yield draft

    def _known(self, of: Node, draft: Draft, scope: Scope, *, want: bool) -> Iterator[Draft]:
        reads = [one.field for one in walked(of) if isinstance(one, nodes.Read | nodes.Flag)]
        came = (field for field in reads if not field.inputs)
        mine = [field for field in came if field.table is None or scope is not None]
        if not want:
            for field in mine:
                yield from self.changed(field, None, draft, scope)
        found = draft
        for field in mine if want else ():
            if found.get(field, scope) is None:
                found = found.set(field, plain(field, self.setting.as_of), scope)
        for rows in (one for one in walked(of) if isinstance(one, Rows)):
            yield from (one for one, _ in self.one_more(rows, found))
        yield found

    def changed(self, field: Field, value: Any, draft: Draft, scope: Scope) -> Iterator[Draft]:
        """One fact changed, where a search may choose it."""
        if field.name != "area" and not (value is None and field.required):
            yield draft.set(field, value, scope)

    # --- to make one part decide the whole

    def exposed(
        self, node: Node, path: Sequence[int], draft: Draft, scope: Scope = None
    ) -> Iterator[tuple[Draft, Scope]]:
        """Give drafts in which the part at a path may decide the whole, and where it is read.

        The parts joined to it by *and* hold and those joined by *or* do not, its row is the
        one that counts, and the other conditions of a score leave it the last word.

        Args:
            node: The whole.
            path: The way to the part, by the place among each node's parts.
            draft: Where to begin.
            scope: The row in hand.
        """
        if not path:
            yield draft, scope
            return
        at, *rest = path
        for found, where in self._towards(node, at, draft, scope):
            yield from self.exposed(node.parts[at], rest, found, where)

    def _towards(
        self, node: Node, at: int, draft: Draft, scope: Scope
    ) -> Iterator[tuple[Draft, Scope]]:
        """Drafts in which one of a node's own parts decides the node."""
        match node:
            case nodes.And(parts) | nodes.Or(parts):
                want = isinstance(node, nodes.And)
                goals = [(one, want) for number, one in enumerate(parts) if number != at]
                yield from ((found, scope) for found in self.solve_all(goals, draft, scope))
            case (
                nodes.Exists(rows)
                | nodes.Count(rows)
                | nodes.Reduce(_, rows)
                | nodes.Quantile(rows)
            ):
                last = len(draft.tables[str(rows.table.name)]) - 1
                if last >= 0:
                    yield draft, (str(rows.table.name), last)
                yield from self.one_more(rows, self.cleared(rows, draft))
                yield from self.one_more(rows, draft)
            case nodes.ForAll(rows, inner):
                for found, where in self.one_more(rows, self.cleared(rows, draft)):
                    if at:
                        yield found, where
                    else:
                        against = self.solve(inner, found, where, want=False)
                        yield from ((one, where) for one in against)
            case nodes.Compare():
                yield draft, scope
                for want in (True, False):
                    yield from ((one, scope) for one in self.solve(node, draft, scope, want=want))
            case nodes.Score(items):
                others = [one for number, (_, one) in enumerate(items) if number != at]
                yield from ((found, scope) for found in self.scores(others, draft, scope))
            case _:
                yield draft, scope

    # --- comparisons

    def shifted(
        self, condition: nodes.Compare, side: Value, draft: Draft, scope: Scope
    ) -> Iterator[Draft]:
        """Drafts on both sides of a comparison's threshold and on it."""
        match side:
            case nodes.Read(field) if field.inputs:
                yield from through(self, condition, field, draft, scope)
            case nodes.Read(field):
                yield from self.moved(condition, field, draft, scope)
            case nodes.Arithmetic(_, left, right):
                yield from self.shifted(condition, left, draft, scope)
                yield from self.shifted(condition, right, draft, scope)
            case nodes.GroupReduce(_, _, inner):
                yield from self.shifted(
                    nodes.Compare(condition.operator, inner, condition.right)
                    if side is condition.left
                    else nodes.Compare(condition.operator, condition.left, inner),
                    inner,
                    draft,
                    scope,
                )
            case nodes.GroupCount(groups, inner):
                yield from self._group_counts(condition, groups, inner, draft, scope)
            case nodes.Count(rows):
                yield from self.counted(condition, rows, draft, scope)
            case nodes.Reduce("gap", rows, nodes.Read(field)):
                yield from self._gaps(condition, rows, field, draft, scope)
            case nodes.Reduce(_, rows, inner) | nodes.Quantile(rows, inner):
                cleared = self.cleared(rows, draft)
                yield cleared
                for found, at in self.one_more(rows, cleared):
                    for field in (one.field for one in inner.walk() if isinstance(one, nodes.Read)):
                        yield from self.moved(condition, field, found, at)
            case nodes.Score(items):
                yield from self.scores([one for _, one in items], draft, scope)

    def counted(
        self, condition: nodes.Compare, rows: Rows, draft: Draft, scope: Scope
    ) -> Iterator[Draft]:
        """No row, a few, and as many as the threshold asks for, one fewer and one more."""
        cleared = self.cleared(rows, draft)
        yield cleared
        sides = self._sides(condition, cleared, scope)
        ends = {abs(int(end)) for one in sides or () for end in one}
        near = {1, 2} | {number + by for number in ends for by in (-1, 0, 1, 2)}
        name = str(rows.table.name)
        for found, _ in self.one_more(rows, cleared):
            *others, row = found.tables[name]
            for number in sorted(one for one in near if 0 < one <= self.most_rows):
                yield found.with_rows(name, [*others, *[row] * number])

    def _gaps(
        self, condition: nodes.Compare, rows: Rows, field: Field, draft: Draft, scope: Scope
    ) -> Iterator[Draft]:
        """One row, and two as many days apart as the threshold asks for, a day fewer and more."""
        cleared = self.cleared(rows, draft)
        for one, at in self.one_more(rows, cleared):
            day = one.get(field, at) or self.setting.as_of - timedelta(days=1)
            one = one.set(field, day, at)
            yield one
            for two, other in self.one_more(rows, one):
                sides = self._sides(condition, two.set(field, day, other), scope)
                ends = {abs(int(end)) for side in sides or () for end in side}
                for days in sorted({1, *(end + by for end in ends for by in (-1, 0, 1))}):
                    if days >= 0 and (earlier := day.toordinal() - days) >= FIRST_DAY.toordinal():
                        yield two.set(field, date.fromordinal(earlier), other)

    def _group_counts(
        self,
        condition: nodes.Compare,
        groups: nodes.Groups,
        inner: Condition | None,
        draft: Draft,
        scope: Scope,
    ) -> Iterator[Draft]:
        """No group, and as many as the threshold asks for, one fewer and one more."""
        name, by = str(groups.rows.table.name), groups.by.field.name
        cleared = draft.with_rows(name, [])
        yield cleared
        sides = self._sides(condition, cleared, scope)
        ends = {abs(int(end)) for one in sides or () for end in one}
        near = {1, 2} | {number + step for number in ends for step in (-1, 0, 1, 2)}
        asked = groups.rows.any() if inner is None else inner
        for found in first(self.solve(asked, cleared, scope, want=True), 2):
            rows = found.tables[name]
            for number in sorted(one for one in near if 0 < one <= self.most_rows):
                names = keys(groups.by.field, number)
                keyed = [row | {by: one} for one in names for row in rows]
                yield found.with_rows(name, keyed)

    def scores(
        self, conditions: Sequence[Condition], draft: Draft, scope: Scope
    ) -> Iterator[Draft]:
        """One draft for each way some conditions can hold or not."""
        first, rest = conditions[:_MOST_SCORED], conditions[_MOST_SCORED:]
        for wanted in itertools.product((False, True), repeat=len(first)):
            goals = [*zip(first, wanted, strict=True), *((one, False) for one in rest)]
            yield from itertools.islice(self.solve_all(goals, draft, scope), 1)

    def moved(
        self, condition: nodes.Compare, field: Field, draft: Draft, scope: Scope
    ) -> tuple[Draft, ...]:
        """Just under, on and just over a comparison's threshold, by moving one fact.

        Gives every word of a text, and nothing when the fact cannot bring the sides
        together, nor with more rows like it.
        """
        if field.name == "area" or field.inputs:
            return ()
        if field.kind is Kind.TEXT:
            named = [one.value for one in condition.parts if isinstance(one, nodes.Const)]
            every = [*words(field), *([] if field.about.choices else named)]
            return tuple(draft.set(field, word, scope) for word in every)

        def at(number: int) -> Draft:
            value = date.fromordinal(number) if field.kind is Kind.DATE else number
            return draft.set(field, value, scope)

        day = self.setting.as_of.toordinal()
        is_day = field.kind is Kind.DATE
        low, high = (day - _DAYS_BACK, day + _DAYS_ON) if is_day else bounds(field)
        if is_day:
            low, high = max(low, FIRST_DAY.toordinal()), min(high, LAST_DAY.toordinal())
        apart = cache(lambda number: self._apart(condition, at(number), scope))
        first, last = apart(low), apart(high)
        if first is None or last is None:
            return ()
        if sign(first) == sign(last):
            nearer = at(min((low, high), key=lambda end: abs(Fraction(apart(end) or 0))))
            by = partial(self._apart, condition, scope=scope)
            several = enough(by, nearer, scope, self.most_rows)
            return () if several is None else self.moved(condition, field, several, scope)
        sides = sign(first), sign(first) or -(sign(last) or 0)
        # both sides are nearly always straight lines in a fact: look where they meet
        meet = math.floor(low - Fraction(first * (high - low)) / (last - first))
        under, above, tried = low, high, [meet - 1, meet + 1]
        while above - under > 1:
            middle = tried.pop() if tried else (under + above) // 2
            if not under < middle < above:
                continue
            # where the low end is on the threshold, what is on it counts as under
            if sign(apart(middle)) in sides:
                under = middle
            else:
                above = middle
        if apart(under) == 0:
            near: tuple[int, ...] = (under - 1, under, above)
        elif apart(above) == 0:
            near = (under, above, past(apart, above, high))
        else:
            near = (under, above)
        return tuple(at(number) for number in near if low <= number <= high)

    def _apart(self, condition: nodes.Compare, draft: Draft, scope: Scope) -> Number | None:
        """How far the left side lies above the right one, in whole days or exactly."""
        sides = self._sides(condition, draft, scope)
        if sides is None:
            return None
        left, right = (one[0].toordinal() if isinstance(one[0], date) else one[0] for one in sides)
        return left - right

    def _sides(self, condition: nodes.Compare, draft: Draft, scope: Scope) -> Any:
        self._spend()
        household = draft.household()
        row, both = _row(household, scope), (condition.left, condition.right)
        sides = [span(one, household, self.setting, row) for one in both]
        return None if None in sides else sides

    # --- rows

    def one_more(self, rows: Rows, draft: Draft) -> Iterator[tuple[Draft, Scope]]:
        """Drafts with one more row, which the filter and the window keep, and where it is."""
        name = str(rows.table.name)
        others = draft.tables[name]
        row = self.row(rows.table)
        if rows.window is not None and rows.window.back:
            row[str(rows.table.day)] = rows.window.end(self.setting.as_of) - timedelta(days=1)
        found = draft.with_rows(name, [*others, row])
        at = (name, len(others))
        if rows.filter is None:
            yield found, at
            return
        for one in self.solve(rows.filter, found, at, want=True):
            yield one, at

    def cleared(self, rows: Rows, draft: Draft) -> Draft:
        """The draft without the rows that a filter keeps, or might.

        Of rows asked for some time ago those of other days stay too.
        """
        name = str(rows.table.name)
        kept = [
            row
            for number, row in enumerate(draft.tables[name])
            if (rows.filter is not None and self.truth(rows.filter, draft, (name, number)) is False)
            or self._elsewhere(rows, row)
        ]
        return draft.with_rows(name, kept)

    def _elsewhere(self, rows: Rows, row: dict[str, Any]) -> bool:
        """Whether a row is of a day outside a window that lies some time ago."""
        if rows.window is None or not rows.window.back:
            return False
        day = row[str(rows.table.day)]
        return day is not None and not rows.window.touches(day, day, self.setting.as_of)


def is_atom(part: Node) -> bool:
    """Whether a part has no condition below it that could decide in its place."""
    if isinstance(part, nodes.Exists):
        return part.rows.filter is None
    return isinstance(part, nodes.Flag | nodes.Compare | nodes.Among | nodes.Known)


def _row(household: Any, scope: Scope) -> Any:
    return None if scope is None else getattr(household, scope[0])[scope[1]]


def first(found: Iterable[Draft], most: int) -> list[Draft]:
    """The first few of a search."""
    return list(itertools.islice(found, most))
