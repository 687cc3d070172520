"""The first steps of a statement: the columns of each table, and the rows that a roster lacks."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from sqlglot import exp

from antipoverty._sql.columns import KINDS, TEXT, WHOLE, Expression, SqlColumns, constant
from antipoverty._sql.dialects import Dialect
from antipoverty._sql.trees import AREA, ID, as_is, same_id, select, text
from antipoverty.conditions import Node, Rows, fields_read, tables_read
from antipoverty.engines.folds import MISSING, THERE, TIMES, Unseen
from antipoverty.model import MAX_ROWS_PER_HOUSEHOLD, Field, Kind, Schema, TableSchema
from antipoverty.rules import InForce

HOMES = "homes"


@attrs.define
class Reading:
    """Writes the steps that read what the rules in force read.

    Attributes:
        current: The rules and values.
        dialect: The dialect.
        names: What tables are called in the database, by their own name.
        lacking: The columns that the database does not have, by path.
        columns: Writes expressions.
        steps: The steps so far, by name.
    """

    current: InForce
    dialect: Dialect
    names: Mapping[str, str]
    lacking: frozenset[str]
    columns: SqlColumns = attrs.field(init=False)
    steps: dict[str, exp.Query] = attrs.field(factory=dict, init=False)

    @columns.default
    def _written(self) -> SqlColumns:
        return SqlColumns(self.dialect)

    @property
    def schema(self) -> Schema:
        """The model's tables."""
        return self.current.pack.schema

    def rostered(self, table: str) -> bool:
        """Whether a fact of the household says how many rows of a table there are."""
        return self.schema.tables[table].roster is not None

    def unseen(self) -> dict[str, Unseen]:
        """What is to be expected of the rows that a roster says there are."""
        found = {}
        for name in self.read_tables():
            schema = self.schema.tables[name]
            if schema.roster is not None:
                most = (schema.roster.about.high or 0) + MAX_ROWS_PER_HOUSEHOLD
                found[name] = Unseen((name,), most)
        return found

    @property
    def trees(self) -> tuple[Node, ...]:
        """All that rules and ladders read by."""
        of_rules = (tree for rule in self.current.rules for tree in rule.trees)
        return (*of_rules, *(tree for ladder in self.current.ladders for tree in ladder.trees))

    def read_tables(self) -> tuple[str, ...]:
        """The child tables that the rules read, in the order of the model."""
        read = {str(name) for tree in self.trees for name in tables_read(tree)}
        return tuple(name for name in self.schema.tables if name in read)

    def read_fields(self, table: str | None) -> tuple[Field, ...]:
        """The columns of a table that the rules read, in the order of the model."""
        schema = self.schema.household if table is None else self.schema.tables[table]
        paths = {path for tree in self.trees for path in fields_read(tree)}
        prefix = "" if table is None else f"{table}."
        names = {name for name in schema.fields if prefix + name in paths}
        for tree in self.trees:
            for node in tree.walk():
                if isinstance(node, Rows) and node.window and node.table.name == table:
                    names.add(str(schema.day))
        if table is None:
            names -= {ID, AREA}
            names |= {
                one.roster.name
                for name in self.read_tables()
                if (one := self.schema.tables[name]).roster is not None
            }
        return tuple(field for name, field in schema.fields.items() if name in names)

    def columns_of(self, table: str | None) -> tuple[str, ...]:
        """The columns of a table that the statements read, in the order of the model."""
        schema = self.schema.household if table is None else self.schema.tables[table]
        prefix = "" if table is None else f"{table}."
        names = {ID, schema.key, *(field.name for field in self.read_fields(table))}
        names |= {AREA} if table is None else set()
        names |= {since for years, since in schema.counted.items() if years in names}
        kept = [name for name in (ID, *schema.fields) if name in names]
        return tuple(n for n in dict.fromkeys(kept) if prefix + n not in self.lacking)

    # --- the steps

    def table(self, name: str) -> exp.Table:
        """Name a table as the database does."""
        return exp.to_table(self.names.get(name, name))

    def read_homes(self) -> None:
        schema = self.schema.household
        area = self.dialect.read(Kind.TEXT, exp.column(AREA))
        id_ = self.dialect.read(Kind.TEXT, exp.column(ID))
        columns = [exp.alias_(id_, ID), exp.alias_(area, AREA)]
        columns += [self._column(schema, field) for field in self.read_fields(None)]
        homes = exp.select(*columns).from_(self.table("households"))
        inside = Expression(area, TEXT, self.dialect).starts_with(self.current.pack.area)
        self.steps[HOMES] = homes if inside.known else homes.where(inside.tree)

    def _column(self, schema: TableSchema, field: Field) -> exp.Expr:
        """Read a column; years are counted from their day, where the day is known."""
        prefix = "" if schema.name is None else f"{schema.name}."
        given = self._given(prefix, field)
        since = schema.counted.get(field.name)
        if since is None or prefix + since in self.lacking:
            return exp.alias_(given.tree, field.name)
        day = self._given(prefix, schema.fields[since])
        years = self._years(field, day.tree)
        counted = exp.Case().when(day.is_null().tree, given.tree).else_(years)
        return exp.alias_(counted, field.name)

    def _given(self, prefix: str, field: Field) -> Expression:
        lacking = prefix + field.name in self.lacking
        column = exp.column(field.name)
        tree = (
            self.dialect.nothing(field.kind) if lacking else self.dialect.read(field.kind, column)
        )
        return Expression(tree, KINDS[field.kind], self.dialect)

    def _years(self, field: Field, day: exp.Expr) -> exp.Expr:
        """The full years since a day; not known outside the field's bounds."""
        as_of, on = self.current.day, self.columns

        def part(unit: str) -> Expression:
            return Expression(self.dialect.part(unit, day.copy()), WHOLE, self.dialect)

        month = part("MONTH")
        later = (month > as_of.month) | ((month == as_of.month) & (part("DAY") > as_of.day))
        years = on.whole(as_of.year) - part("YEAR") - on.when(later).then(1).otherwise(0)
        low, high = field.about.low or 0, field.about.high or 0
        inside = (years >= low) & (years <= high)
        found: exp.Expr = on.when(inside).then(years).tree
        return self.dialect.whole(found)

    def read_rows(self, name: str) -> None:
        """Read the rows of a table; where a roster counts them, those that lack too."""
        schema = self.schema.tables[name]
        fields = self.read_fields(name)
        id_ = exp.alias_(self.dialect.read(Kind.TEXT, exp.column(ID)), ID)
        rows = exp.select(id_, *(self._column(schema, field) for field in fields))
        came = f"{name}_came"
        self.steps[came] = rows.from_(self.table(name))
        if schema.roster is None:
            return
        counts, size = f"{name}_counted", schema.roster.name
        self.steps[counts] = select(
            [exp.column(ID), exp.alias_(exp.Count(this=exp.Star()), "n")], came
        ).group_by(exp.column(ID))
        n = Expression(exp.column("n", counts), WHOLE, self.dialect)
        stated = Expression(exp.column(size, HOMES), WHOLE, self.dialect)
        over = n > stated
        there = exp.Case().when(over.tree, exp.null()).else_(exp.true())
        marked = (
            select([as_is(ID, came), *(as_is(f.name, came) for f in fields)], came)
            .select(
                exp.alias_(there, THERE),
                exp.alias_(exp.Literal.number(1), TIMES),
                exp.alias_(exp.Case().when(over.tree.copy(), text(name)), MISSING),
            )
            .join(exp.to_table(HOMES), on=same_id(HOMES, came))
            .join(exp.to_table(counts), on=same_id(counts, came))
        )
        none = n.fill_null(0)
        most = constant(schema.roster.about.high or 0, self.dialect)
        unknown = stated.is_null() & (none == 0)
        times = self.columns.when(stated.is_null()).then(most).otherwise(stated - none)
        sure = exp.Case().when(stated.is_null().tree, exp.null()).else_(exp.true())
        lacking = (
            exp.select(
                as_is(ID, HOMES),
                *(exp.alias_(exp.null(), field.name) for field in fields),
                exp.alias_(sure, THERE),
                exp.alias_(times.tree, TIMES),
                exp.alias_(text(name), MISSING),
            )
            .from_(exp.to_table(HOMES))
            .join(exp.to_table(counts), on=same_id(counts, HOMES), join_type="left")
            .where(((none < stated) | unknown).tree)
        )
        self.steps[f"{name}_held"] = exp.union(marked, lacking, distinct=False)

    def held(self, name: str) -> str:
        """The step that has the rows of a table, with those that lack where a roster says so."""
        return f"{name}_held" if self.schema.tables[name].roster is not None else f"{name}_came"


__all__ = ["HOMES", "Reading"]
