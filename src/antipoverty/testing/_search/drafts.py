"""A draft is a household in the making: plain facts that one changes one at a time.

Searching builds thousands of households, most of them thrown away; the model checks only
those that become cases.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, TypeAlias, TypeVar

import attrs
from pydantic import ValidationError

from antipoverty._base.frozen import Frozen
from antipoverty.model import (
    FIRST_DAY,
    LAST_DAY,
    Field,
    Household,
    Kind,
    Money,
    Row,
    Schema,
    TableSchema,
    schema_of,
)

_Row = TypeVar("_Row", bound=Row)
Scope: TypeAlias = tuple[str, int] | None
"""The household, or a row: its table and its place there."""

_PLAIN_MONEY = 1_000_00
_PLAIN_NUMBER = 2
_WORDS = ("word", "another")


@attrs.frozen
class Draft:
    """A household in the making: facts by name, rows by table; it is changed by copying.

    Attributes:
        facts: What is known of the household, and ``None`` for what is not.
        tables: The rows of each child table, each as facts by name.
        rosters: For each table whose rows the household states the number of, the fact that
            states it and a row to fill up with. As many rows come as are stated, or as many
            are stated as there are; without rosters, some may not have come.
    """

    facts: dict[str, Any]
    tables: dict[str, list[dict[str, Any]]]
    rosters: Mapping[str, tuple[Field, dict[str, Any]]] = Frozen()

    @classmethod
    def plain(cls, schema: Schema, as_of: date, area: str, read: Container[str] = ()) -> Draft:
        """A household of which every fact is known and nothing is remarkable.

        Args:
            schema: What facts there are.
            as_of: The day of the answer.
            area: Where it lives.
            read: The tables that are looked at; all their rows must have come.
        """
        facts = plain_facts(schema.household, as_of) | {"area": area}
        rosters = rosters_of(schema, as_of, read)
        tables = {name: [rosters[name][1]] if name in rosters else [] for name in schema.tables}
        return cls(facts | {fact.name: 1 for fact, _ in rosters.values()}, tables, rosters)

    @classmethod
    def of(cls, household: Household, schema: Schema) -> Draft:
        """A household that is there already; nothing personal is taken over."""
        tables = {
            name: [_facts(row, table) for row in getattr(household, name) or ()]
            for name, table in schema.tables.items()
        }
        return cls(_facts(household, schema.household), tables)

    def set(self, field: Field, value: Any, scope: Scope) -> Draft:
        """The same with one fact changed, to the nearest that the field can hold."""
        value = fitting(field, value)
        if field.table is None:
            return Draft(self.facts | {field.name: value}, self.tables, self.rosters)
        assert scope is not None  # noqa: S101 - a row's field is read inside its rows only
        name, at = scope
        rows = list(self.tables[name])
        rows[at] = rows[at] | {field.name: value}
        return self.with_rows(name, rows)

    def get(self, field: Field, scope: Scope) -> Any:
        """A fact of the household, or of the row in hand."""
        if field.table is None:
            return self.facts[field.name]
        assert scope is not None  # noqa: S101 - a row's field is read inside its rows only
        return self.tables[scope[0]][scope[1]][field.name]

    def with_rows(self, table: str, rows: list[dict[str, Any]]) -> Draft:
        """The same with other rows in a table."""
        return Draft(self.facts, self.tables | {table: rows}, self.rosters)

    def completed(self) -> Draft:
        """The same with as many rows as the household states, where rosters are kept."""
        facts, tables = self.facts, self.tables
        for name, (fact, spare) in self.rosters.items():
            rows, stated = tables[name] or [spare], facts[fact.name]
            if stated is not None and len(rows) > stated:
                facts = facts | {fact.name: fitting(fact, len(rows))}
            elif stated is not None:
                rows = [*rows, *[spare] * (stated - len(rows))]
            tables = tables | {name: rows}
        return Draft(facts, tables)

    def scopes(self, field: Field) -> list[Scope]:
        """Where a fact stands: in the household, or in each row of its table."""
        if field.table is None:
            return [None]
        return [(field.table, at) for at in range(len(self.tables[field.table]))]

    def tidied(self, schema: Schema, read: Container[str]) -> Draft:
        """The same without the free texts that are not read, which say nothing to a reader."""
        idle = {
            field.path: name
            for table in schema
            for name, field in changeable(table).items()
            if field.kind is Kind.TEXT and not field.about.choices and not field.required
            if field.path not in read
        }
        own = {name for path, name in idle.items() if path == name}
        tables = {
            table: [
                {name: None if f"{table}.{name}" in idle else row[name] for name in row}
                for row in rows
            ]
            for table, rows in self.tables.items()
        }
        rosters = {
            table: (fact, {n: None if f"{table}.{n}" in idle else row[n] for n in row})
            for table, (fact, row) in self.rosters.items()
        }
        return Draft(self.facts | dict.fromkeys(own), tables, rosters)

    def household(self) -> Any:
        """What conditions can be asked about."""
        whole = self.completed() if self.rosters else self
        tables = {
            name: tuple(SimpleNamespace(**row) for row in rows)
            for name, rows in whole.tables.items()
        }
        return SimpleNamespace(**whole.facts, **tables)

    def build(self, model: type[Household], id_: str = "case") -> Household:
        """The household as the model knows it, with an id; its rows are numbered.

        Raises:
            ValidationError: The model refuses it.
        """
        schema, whole = schema_of(model), self.completed()
        found = _given(whole.facts, schema.household) | {"household_id": id_}
        for name, row in model.tables_of_row().items():
            found[name] = tuple(
                _accepted(
                    row,
                    schema.tables[name],
                    _given(facts, schema.tables[name]) | {row.KEY: f"{name}-{number}"},
                )
                for number, facts in enumerate(whole.tables[name], 1)
            )
        return _accepted(model, schema.household, found)


def rosters_of(
    schema: Schema, as_of: date, read: Container[str]
) -> dict[str, tuple[Field, dict[str, Any]]]:
    """The tables whose rows a household states the number of, as a draft keeps them."""
    return {
        name: (table.roster, plain_facts(table, as_of))
        for name, table in schema.tables.items()
        if table.roster is not None and name in read
    }


def changeable(table: TableSchema) -> dict[str, Field]:
    """The facts of a table that a search may choose: no keys, places or persons."""
    return {
        name: field
        for name, field in table.fields.items()
        if name not in (table.key, "area") and not field.about.personal
    }


def plain_facts(table: TableSchema, as_of: date) -> dict[str, Any]:
    """Every fact of a household or a row, known and unremarkable; a row is of yesterday.

    A day that years are counted from is not known, so that the years are as they are set.
    """
    known = {name: plain(field, as_of) for name, field in changeable(table).items()}
    return known | dict.fromkeys(table.counted.values()) | {table.key: "case"}


def plain(field: Field, as_of: date) -> Any:
    """An unremarkable value of a fact."""
    if field.kind is Kind.FLAG:
        return False
    if field.kind is Kind.DATE:
        return as_of - timedelta(days=1)
    if field.kind is Kind.TEXT:
        return words(field)[0]
    return fitting(field, _PLAIN_MONEY if field.about.unit.money else _PLAIN_NUMBER)


def fitting(field: Field, value: Any) -> Any:
    """A value, or the nearest to it that a field can hold; what is not known stays so."""
    if value is None or field.kind is Kind.FLAG:
        return value
    if field.kind is Kind.DATE:
        return min(max(value, FIRST_DAY), LAST_DAY)
    if field.kind is Kind.TEXT:
        return value if value in (field.about.choices or (value,)) else words(field)[0]
    low, high = bounds(field)
    return min(max(value, low), high)


def keys(field: Field, most: int) -> list[str]:
    """Different words that rows can be grouped by, as many as there are and may be asked for."""
    named = sorted(field.about.choices) or [f"g{number}" for number in range(most)]
    return named[:most]


def words(field: Field) -> list[str]:
    """The words a text can be, or two where any can come."""
    return sorted(field.about.choices) or list(_WORDS)


def some_values(field: Field, as_of: date) -> list[Any]:
    """An unremarkable value of a fact, and the ends of what it can be."""
    ends: tuple[Any, ...] = ()
    if field.kind is Kind.NUMBER:
        ends = bounds(field)
    elif field.kind in (Kind.TEXT, Kind.FLAG):
        ends = (*words(field),) if field.kind is Kind.TEXT else (False, True)
    return [plain(field, as_of), *ends]


def bounds(field: Field) -> tuple[int, int]:
    """The least and greatest a number can be."""
    assert field.about.low is not None  # noqa: S101 - the model requires bounds of numbers
    assert field.about.high is not None  # noqa: S101 - the same
    return field.about.low, field.about.high


def _facts(household: Any, table: TableSchema) -> dict[str, Any]:
    return {
        name: getattr(household, name)
        for name, field in table.fields.items()
        if not field.about.personal
    }


def _accepted(row: type[_Row], table: TableSchema, given: dict[str, Any]) -> _Row:
    """A row of the model, without free texts of a form that only the model knows.

    Raises:
        ValidationError: The model refuses anything else.
    """
    try:
        return row.model_validate(given)
    except ValidationError as problem:
        refused = {str(one["loc"][0]) for one in problem.errors() if one["loc"]}
        fields = [table.fields[name] for name in refused if name in table.fields]
        free = [one for one in fields if one.kind is Kind.TEXT and not one.about.choices]
        if not free or len(free) < len(refused):
            raise
        plainer = {one.name: words(one)[0] if one.required else None for one in free}
        return row.model_validate(given | plainer)


def _given(facts: dict[str, Any], table: TableSchema) -> dict[str, Any]:
    """Facts as the model takes them: amounts as money, nothing for what is not known."""
    return {
        name: Money(value) if table.fields[name].about.unit.money else value
        for name, value in facts.items()
        if value is not None and table.fields[name].about.derive is None
    }
