"""Conditions that a pack could hold: every kind of node, always well typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from antipoverty.conditions import Condition, Rows, Value
from antipoverty.conditions import tree as nodes
from antipoverty.model import Field, Household, Kind, Schema, Unit, schema_of
from antipoverty.testing._strategies.choices import one_of

Params = Mapping[str, tuple[Unit, Sequence[int | Fraction]]]
"""For each parameter its unit and the values it has in some area."""

SCHEMA = schema_of(Household)


@st.composite
def conditions(
    draw: st.DrawFn, *, schema: Schema | None = None, params: Params | None = None, depth: int = 3
) -> Condition:
    """Draw a condition that a pack could hold: every kind of node, well typed.

    Args:
        draw: Given by Hypothesis.
        schema: What the condition may read; facts of `Household` by default.
        params: The parameters it may read.
        depth: How deep it may be.
    """
    return _Drawer(draw, schema or SCHEMA, params or {}).condition(None, depth)


class _Drawer:
    """Draws well-typed nodes in the scope of the household or of a child table."""

    def __init__(self, draw: st.DrawFn, schema: Schema, params: Params) -> None:
        self.draw, self.schema, self.params = draw, schema, params

    def one_of(self, options: Sequence[Any]) -> Any:
        return one_of(self.draw, options)

    def either(self) -> bool:
        """Whether or not."""
        return one_of(self.draw, (False, True))

    def fields(self, table: str | None, *kinds: Kind) -> list[Field]:
        found = self.schema.table(table).fields.values()
        return [one for one in found if one.kind in kinds and not one.about.personal]

    def condition(self, table: str | None, depth: int) -> Condition:
        atoms = ["compare", "compare", "flag", "known", "text"]
        if self.fields(table, Kind.DATE):
            atoms.append("day")
        deep = ["and", "or", "not", *(["rows", "rows", "reduce", "score"] if table is None else [])]
        sort = self.one_of(atoms + deep if depth else atoms)
        made: Condition = getattr(self, f"_{sort}")(table, depth)
        return made

    def _flag(self, table: str | None, _depth: int) -> Condition:
        fields = self.fields(table, Kind.FLAG)
        return nodes.Flag(self.one_of(fields)) if fields else self._compare(table, 0)

    def _text(self, table: str | None, _depth: int) -> Condition:
        fields = [field for field in self.fields(table, Kind.TEXT) if field.about.choices]
        if not fields:
            return self._compare(table, 0)
        field = self.one_of(fields)
        words = sorted(field.about.choices)
        read, first = nodes.Read(field), self.one_of(words)
        if self.either():
            return nodes.Among(read, (first, *self.one_of(((), words[:1], words[-2:]))))
        return nodes.compare(self.one_of(["==", "!="]), read, first)

    def _day(self, table: str | None, _depth: int) -> Condition:
        read = nodes.Read(self.one_of(self.fields(table, Kind.DATE)))
        ago = nodes.Ago(self.one_of(range(25)), self.one_of(["days", "months", "years"]))
        if self.either():
            days = self.one_of(_DAYS)
            return nodes.compare(self.one_of(_OPERATORS), ago - read, days)
        return nodes.compare(self.one_of(_OPERATORS), read, ago)

    def _known(self, table: str | None, depth: int) -> Condition:
        if depth and self.either():
            return nodes.Known(self.condition(table, depth - 1))
        return nodes.Known(self.number(table, None, min(depth, 1)))

    def _compare(self, table: str | None, depth: int) -> Condition:
        left = self.number(table, None, depth)
        right = self.number(table, left.type.unit if left.type else None, min(depth, 1))
        return nodes.compare(self.one_of(_OPERATORS), left, right)

    def _and(self, table: str | None, depth: int) -> Condition:
        return nodes.And((self.condition(table, depth - 1), self.condition(table, depth - 1)))

    def _or(self, table: str | None, depth: int) -> Condition:
        return nodes.Or((self.condition(table, depth - 1), self.condition(table, depth - 1)))

    def _not(self, table: str | None, depth: int) -> Condition:
        return nodes.Not(self.condition(table, depth - 1))

    def _rows(self, _table: str | None, depth: int) -> Condition:
        rows = self.rows(depth)
        if self.either():
            return nodes.ForAll(rows, self.condition(rows.table.name, min(depth - 1, 1)))
        if self.either():
            return self._groups(rows)
        return nodes.Exists(rows)

    def _groups(self, rows: Rows) -> Condition:
        """Ask the groups of a table what is asked of all its rows."""
        table = str(rows.table.name)
        keys = [one for one in self.fields(table, Kind.TEXT) if one.name != rows.table.key]
        numbers = self.fields(table, Kind.NUMBER)
        if not keys or not numbers:
            return nodes.Exists(rows)
        groups = nodes.Groups(Rows(rows.table), nodes.Read(self.one_of(keys)))
        read = nodes.Read(self.one_of(numbers))
        total = nodes.Reduce(self.one_of(["sum", "max"]), rows, read)
        against = self.number(None, read.field.about.unit, 0)
        of_each = nodes.compare(self.one_of(_OPERATORS), total, against)
        sort = self.one_of(["any", "all", "count", "max", "min"])
        if sort in ("any", "all"):
            return getattr(groups, sort)(of_each)  # type: ignore[no-any-return]
        if sort == "count":
            counted = groups.count(self.one_of([None, of_each]))
            return nodes.compare(self.one_of(_OPERATORS), counted, self.one_of(range(4)))
        return nodes.compare(self.one_of(_OPERATORS), getattr(groups, sort)(total), against)

    def _reduce(self, _table: str | None, depth: int) -> Condition:
        rows = self.rows(depth)
        name = rows.table.name
        by_day = self.either()
        if by_day and self.fields(name, Kind.DATE):
            day = nodes.Read(self.one_of(self.fields(name, Kind.DATE)))
            if self.either():
                gap = nodes.Reduce("gap", rows, day)
                return nodes.compare(self.one_of(_OPERATORS), gap, self.one_of(range(201)))
            last = nodes.Reduce(self.one_of(["min", "max"]), rows, day)
            return nodes.compare(
                self.one_of(_OPERATORS), last, nodes.Ago(self.one_of(range(25)), "months")
            )
        read = nodes.Read(self.one_of(self.fields(name, Kind.NUMBER)))
        total: Value = nodes.Reduce(self.one_of(["sum", "min", "max"]), rows, read)
        if self.either():
            share: Any = self.one_of([Fraction(1, 2), Fraction(9, 10), Fraction(1, 3), 1])
            total = nodes.Quantile(rows, read, share)
        against = self.number(None, read.field.about.unit, 0)
        return nodes.compare(self.one_of(_OPERATORS), total, against)

    def _score(self, table: str | None, depth: int) -> Condition:
        items = tuple(
            (self.one_of(_WEIGHTS), self.condition(table, depth - 1))
            for _ in range(self.one_of((1, 2, 3)))
        )
        asked = self._rows(table, 1) if self.either() else items[0][1]
        windows = [part.window for part in asked.walk() if isinstance(part, Rows) and part.window]
        if windows and all(one.back or not one.calendar for one in windows):
            made = nodes.periods(self.one_of(range(2, 5)), asked)
            return nodes.compare(self.one_of(_OPERATORS), made, self.one_of(range(5)))
        cut = nodes.Const(self.one_of([1, 2, Fraction(1, 3), Fraction(4, 5)]))
        return nodes.compare(self.one_of(_OPERATORS), nodes.Score(items), cut)

    def rows(self, depth: int) -> Rows:
        table = self.one_of(list(self.schema.tables.values()))
        rows = Rows(table)
        if self.either():
            rows = rows.where(self.condition(table.name, min(depth - 1, 1)))
        if table.day is not None and self.either():
            window = self.one_of(
                [{"days": 30}, {"months": 1}, {"months": 12}, {"years": 1}]
                + [{"calendar": span} for span in ("month", "quarter", "year")]
            )
            back = self.one_of([0, 0, 1, 12])
            rows = rows.within(**window, before=back)
        return rows

    def number(self, table: str | None, unit: Unit | None, depth: int) -> Value:
        """Draw a number; of a unit, when it must fit another."""
        fields = [
            field
            for field in self.fields(table, Kind.NUMBER)
            if unit is None or field.about.unit == unit
        ]
        params = [
            name for name, (of, _) in sorted(self.params.items()) if unit is None or of == unit
        ]
        sorts = ["field"] * bool(fields) * 3
        if unit is not None:
            sorts += ["const"] + ["param"] * bool(params)
            sorts += ["line"] if unit == _YUAN and table is None and self._lines() else []
        elif table is None and depth:
            sorts += ["count"]
        sorts += ["sum", "times"] * bool(depth and fields)
        sort = self.one_of(sorts)
        if sort == "field":
            return nodes.Read(self.one_of(fields))
        if sort == "const":
            assert unit is not None  # noqa: S101 - a constant is drawn only for a unit
            number = self.one_of(_NUMBERS)
            return nodes.Const(number * 1000, unit) if unit.money else nodes.Const(number)
        if sort == "param":
            name = self.one_of(params)
            return nodes.Param(name, self.params[name][0])
        if sort == "line":
            name = self.one_of(self._lines())
            line: Value = nodes.Param(name, self.params[name][0])
            return line * nodes.Read(self.schema.household.fields["size"])
        if sort == "count":
            return nodes.Count(self.rows(depth))
        first: Value = nodes.Read(self.one_of(fields))
        if sort == "times":
            factor: Any = self.one_of([2, 3, Fraction(3, 5), Fraction(1, 3)])
            return self.one_of([first * factor, factor * first])  # type: ignore[no-any-return]
        second = self.number(table, first.type.unit if first.type else None, depth - 1)
        return first + second if self.either() else first - second

    def _lines(self) -> list[str]:
        per_head = Unit.parse("yuan/person")
        return [name for name, (unit, _) in sorted(self.params.items()) if unit == per_head]


_NUMBERS, _DAYS = (*range(31), -1, -2, -3), (*range(401), -1, -2, -3)
_WEIGHTS: Sequence[int | Fraction] = (1, 2, Fraction(1, 3), Fraction(1, 2), Fraction(3, 10))
_OPERATORS = ("<", "<=", ">", ">=", "==", "!=")
_YUAN = Unit.parse("yuan")
