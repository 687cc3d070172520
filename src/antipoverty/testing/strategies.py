"""Hypothesis strategies for conditions and households, drawn where faults hide.

A plain random household misses a `>` that should be a `>=`. Here every number is drawn
from the numbers the conditions compare with, one less and one more; every day from the
first and last days of their windows and the days beside them; and every fact is
sometimes missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from antipoverty.conditions import Condition, Node, Rows, Value
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.tree import MAX_NUMBER
from antipoverty.model import (
    AreaCode,
    Field,
    Household,
    Kind,
    Row,
    Schema,
    TableSchema,
    Unit,
    schema_of,
)

Params = Mapping[str, tuple[Unit, Sequence[int | Fraction]]]
"""For each parameter its unit and the values it has in some area."""

AREAS = ("610702100200", "61070210020001", "610102001200", "611026110226")
"""Villages and a group grid of Shaanxi that generated households live in."""

_SCHEMA = schema_of(Household)


# --- conditions -------------------------------------------------------------------


@st.composite
def conditions(
    draw: st.DrawFn, schema: Schema = _SCHEMA, params: Params | None = None, depth: int = 3
) -> Condition:
    """Draw a condition that a pack could hold: every kind of node, well typed.

    Args:
        draw: Given by Hypothesis.
        schema: What the condition may read.
        params: The parameters it may read.
        depth: How deep it may be.
    """
    return _Drawer(draw, schema, params or {}).condition(None, depth)


class _Drawer:
    """Draws well-typed nodes in the scope of the household or of a child table."""

    def __init__(self, draw: st.DrawFn, schema: Schema, params: Params) -> None:
        self.draw, self.schema, self.params = draw, schema, params

    def one_of(self, options: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(list(options)))

    def fields(self, table: str | None, *kinds: Kind) -> list[Field]:
        return [
            field
            for field in self.schema.table(table).fields.values()
            if field.kind in kinds and not field.about.personal
        ]

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
        words = st.lists(st.sampled_from(sorted(field.about.choices)), min_size=1, max_size=3)
        read = nodes.Read(field)
        chosen = self.draw(words)
        if self.draw(st.booleans()):
            return nodes.Among(read, tuple(chosen))
        return nodes.compare(self.one_of(["==", "!="]), read, chosen[0])

    def _day(self, table: str | None, _depth: int) -> Condition:
        read = nodes.Read(self.one_of(self.fields(table, Kind.DATE)))
        ago = nodes.Ago(self.draw(st.integers(0, 24)), self.one_of(["days", "months", "years"]))
        return nodes.compare(self.one_of(_OPERATORS), read, ago)

    def _known(self, table: str | None, depth: int) -> Condition:
        if depth and self.draw(st.booleans()):
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
        if self.draw(st.booleans()):
            return nodes.ForAll(rows, self.condition(rows.table.name, min(depth - 1, 1)))
        return nodes.Exists(rows)

    def _reduce(self, _table: str | None, depth: int) -> Condition:
        rows = self.rows(depth)
        name = rows.table.name
        by_day = self.draw(st.booleans())
        if by_day and self.fields(name, Kind.DATE):
            day = nodes.Read(self.one_of(self.fields(name, Kind.DATE)))
            last = nodes.Reduce(self.one_of(["min", "max"]), rows, day)
            return nodes.compare(
                self.one_of(_OPERATORS), last, nodes.Ago(self.draw(st.integers(0, 24)), "months")
            )
        read = nodes.Read(self.one_of(self.fields(name, Kind.NUMBER)))
        total: Value = nodes.Reduce(self.one_of(["sum", "min", "max"]), rows, read)
        against = self.number(None, read.field.about.unit, 0)
        return nodes.compare(self.one_of(_OPERATORS), total, against)

    def _score(self, table: str | None, depth: int) -> Condition:
        weights: st.SearchStrategy[int | Fraction] = st.sampled_from(
            [1, 2, Fraction(1, 3), Fraction(1, 2), Fraction(3, 10)]
        )
        items = tuple(
            (self.draw(weights), self.condition(table, depth - 1))
            for _ in range(self.draw(st.integers(1, 3)))
        )
        cut = nodes.Const(self.one_of([1, 2, Fraction(1, 3), Fraction(4, 5)]))
        return nodes.compare(self.one_of(_OPERATORS), nodes.Score(items), cut)

    def rows(self, depth: int) -> Rows:
        table = self.one_of(list(self.schema.tables.values()))
        rows = Rows(table)
        if self.draw(st.booleans()):
            rows = rows.where(self.condition(table.name, min(depth - 1, 1)))
        if table.day is not None and self.draw(st.booleans()):
            window = self.one_of(
                [{"days": 30}, {"months": 1}, {"months": 12}, {"years": 1}]
                + [{"calendar": span} for span in ("month", "quarter", "year")]
            )
            rows = rows.within(**window)
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
            number = self.draw(st.integers(-3, 30))
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
        return first + second if self.draw(st.booleans()) else first - second

    def _lines(self) -> list[str]:
        per_head = Unit.parse("yuan/person")
        return [name for name, (unit, _) in sorted(self.params.items()) if unit == per_head]


_OPERATORS = ("<", "<=", ">", ">=", "==", "!=")
_YUAN = Unit.parse("yuan")


# --- households -------------------------------------------------------------------


def households(
    near: Iterable[Node] = (),
    *,
    as_of: date,
    params: Params | None = None,
    model: type[Household] = Household,
    areas: Sequence[str] = AREAS,
    max_rows: int = 3,
) -> st.SearchStrategy[Household]:
    """Draw households on, just under and just over what conditions compare with.

    Args:
        near: The conditions, or any nodes, whose thresholds and windows to draw at.
        as_of: The day the answer is for.
        params: The parameters the conditions read.
        model: `Household` or an extension.
        areas: Where the households may live.
        max_rows: How many rows a child table may have.
    """
    listed = list(near)
    numbers = _numbers(listed, params or {})
    days = _days(listed, as_of)
    schema = schema_of(model)
    facts: dict[str, Any] = {
        name: _field(field, numbers, days)
        for name, field in schema.household.fields.items()
        if name not in ("household_id", "area") and not field.about.personal
    }
    tables = {
        name: st.lists(_rows(row, schema.tables[name], numbers, days), max_size=max_rows).map(tuple)
        for name, row in model.tables_of_row().items()
    }
    always: dict[str, Any] = {
        "household_id": st.integers(0, 10**12).map(lambda n: f"h{n}"),
        "area": st.sampled_from([AreaCode(area) for area in areas]),
        **tables,
    }
    made = st.fixed_dictionaries(always, optional=facts)
    return made.map(lambda found: model.model_construct(**found))


def _rows(
    row: type[Row], table: TableSchema, numbers: Sequence[int], days: Sequence[date]
) -> st.SearchStrategy[Row]:
    facts = {
        name: _field(field, numbers, days)
        for name, field in table.fields.items()
        if name != table.key and not field.about.personal
    }
    facts = {
        name: strategy.filter(lambda value: value is not None)
        if table.fields[name].required
        else strategy
        for name, strategy in facts.items()
    }
    return st.fixed_dictionaries(
        {table.key: st.uuids().map(lambda u: f"r{u.hex[:12]}"), **facts}
    ).map(lambda facts: row.model_construct(**facts))


def _field(field: Field, numbers: Sequence[int], days: Sequence[date]) -> st.SearchStrategy[Any]:
    known = _known(field, numbers, days)
    return st.one_of(st.none(), known, known, known, known)


def _known(field: Field, numbers: Sequence[int], days: Sequence[date]) -> st.SearchStrategy[Any]:
    if field.kind is Kind.FLAG:
        return st.booleans()
    if field.kind is Kind.DATE:
        return st.sampled_from(days)
    if field.kind is Kind.TEXT:
        return st.sampled_from(sorted(field.about.choices) or ["word", "other"])
    low, high = field.about.low or 0, field.about.high or 0
    fitting = sorted({number for number in numbers if low <= number <= high} | {low})
    return st.one_of(st.sampled_from(fitting), st.integers(low, min(high, low + 10)))


def _numbers(near: Sequence[Node], params: Params) -> list[int]:
    """The numbers that conditions compare with, their small multiples, and those beside them."""
    found: set[Fraction] = {Fraction(0)}
    for node in (one for tree in near for one in tree.walk()):
        if isinstance(node, nodes.Const) and isinstance(node.value, int | Fraction):
            found.add(Fraction(node.value))
        if isinstance(node, nodes.Param) and node.id in params:
            found |= {Fraction(value) for value in params[node.id][1]}
    whole = {int(number * times) for number in found for times in (1, 2, 3, 4)}
    return sorted(
        number + step for number in whole for step in (-1, 0, 1) if abs(number) < MAX_NUMBER
    )


def _days(near: Sequence[Node], as_of: date) -> list[date]:
    """The first and last days of windows and the days conditions name, and those beside them."""
    found = {as_of - timedelta(days=1), as_of - timedelta(days=400), as_of}
    for node in (one for tree in near for one in tree.walk()):
        if isinstance(node, Rows) and node.window is not None:
            found.add(node.window.first(as_of))
        if isinstance(node, nodes.Ago):
            found.add(node.day(as_of))
        if isinstance(node, nodes.Const) and isinstance(node.value, date):
            found.add(node.value)
    beside = {day + timedelta(days=step) for day in found for step in (-1, 0, 1)}
    return sorted(beside)


__all__ = ["AREAS", "conditions", "households"]
