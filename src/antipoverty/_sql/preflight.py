"""The statement that counts what a screening would set rows aside for, before the rules are run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from sqlglot import exp

from antipoverty._sql.columns import KINDS, Expression, constant
from antipoverty._sql.judging import Judging
from antipoverty._sql.trees import AREA, ID, same_id, select, text, total, union
from antipoverty.codes import Level
from antipoverty.model import FIRST_DAY, LAST_DAY, MAX_ROWS_PER_HOUSEHOLD, Field, Kind, TableSchema
from antipoverty.screening import REASONS

HOUSEHOLDS = "households"
MORE = {
    "roster-short": ("行数少于户内人口数", "fewer rows came than the household states"),
    "roster-surplus": ("行数多于户内人口数", "more rows came than the household states"),
    "after-as-of": ("晚于判定日", "the day lies after the day of the answer"),
}
"""What is counted though no row is set aside for it: the rules answer with it, or are not sure."""

_FIRST, _REST = "A-Za-z0-9", "A-Za-z0-9._:/-"


@attrs.frozen
class Test:
    """A test of rows: how many of a table fail it.

    Attributes:
        table: The table.
        field: The column.
        reason: The stable code of what is wrong.
        rows: The step that counts, and its column.
    """

    table: str
    field: str
    reason: str
    rows: tuple[str, str]


@attrs.define
class Preflight:
    """Writes the tests of all tables that the rules read, one pass over each."""

    judging: Judging
    steps: dict[str, exp.Query] = attrs.Factory(dict)
    tests: list[Test] = attrs.Factory(list)

    def statement(self) -> exp.Query:
        """Write a row for each test that some rows fail; none where all is well."""
        schemas: dict[str, TableSchema] = {HOUSEHOLDS: self.judging.schema.household}
        schemas |= {name: self.judging.schema.tables[name] for name in self.judging.read_tables()}
        for name, schema in schemas.items():
            self._row_by_row(name, schema)
            self._doubles(name, schema)
        for name, schema in list(schemas.items())[1:]:
            self._of_nobody(name)
            self._too_many(name, schema)
        found = union([self._told(test) for test in self.tests])
        for name, step in self.steps.items():
            found = found.with_(name, as_=step, copy=False)
        return found

    def _told(self, test: Test) -> exp.Select:
        step, column = test.rows
        zh, en = (REASONS | MORE)[test.reason]
        columns = {
            "table_name": text(test.table),
            "column_name": text(test.field),
            "reason": text(test.reason),
            "reason_zh": text(zh),
            "rows_found": exp.column(column, step),
        }
        listed = [exp.alias_(tree, name) for name, tree in columns.items()]
        listed[2].add_comments([f" {en} "])
        some = exp.GT(this=exp.column(column, step), expression=exp.Literal.number(0))
        return select(listed, step).where(some)

    # --- row by row

    def _row_by_row(self, name: str, schema: TableSchema) -> None:
        table, step = None if schema.name is None else name, f"{name}_rows"
        found = list(self._id_tests())
        found += self._area_tests() if table is None else ()
        read = {field.name: field for field in self.judging.read_fields(table)}
        for since in [since for name, since in schema.counted.items() if name in read]:
            read[since] = schema.fields[since]
        prefix = "" if table is None else f"{table}."
        for field in read.values():
            if prefix + field.name not in self.judging.lacking:
                found += self._tests_of(field)
        sums = []
        for i, (column, reason, bad) in enumerate(found, 1):
            self.tests.append(Test(name, column, reason, (step, f"t{i}")))
            one = self.judging.columns.when(bad).then(1).otherwise(0)
            counted = exp.alias_(total(one.tree), f"t{i}")
            counted.add_comments([f" {column}: {reason} "])
            sums.append(counted)
        self.steps[step] = exp.select(*sums).from_(self.judging.table(name))

    def _value(self, tree: exp.Expr, kind: Kind) -> Expression:
        return Expression(tree, KINDS[kind], self.judging.dialect)

    def _id_tests(self) -> Iterator[tuple[str, str, Expression]]:
        dialect = self.judging.dialect
        id_ = self._value(dialect.read(Kind.TEXT, exp.column(ID)), Kind.TEXT)
        fits = self._value(dialect.matches(id_.tree, _FIRST, _REST), Kind.FLAG)
        yield ID, "missing-id", id_.is_null()
        yield ID, "invalid-id", ~fits

    def _area_tests(self) -> Iterator[tuple[str, str, Expression]]:
        dialect = self.judging.dialect
        area = self._value(dialect.read(Kind.TEXT, exp.column(AREA)), Kind.TEXT)
        size = self._value(exp.Length(this=area.tree.copy()), Kind.NUMBER)
        digits = self._value(dialect.matches(area.tree, "1-9", "0-9"), Kind.FLAG)
        number = exp.Substring(
            this=area.tree.copy(), start=exp.Literal.number(10), length=exp.Literal.number(3)
        )
        village_known = self._value(number, Kind.TEXT) != "000"
        village, group = Level.VILLAGE.digits, Level.GROUP.digits
        formed = digits & ((size == village) | (size == group)) & village_known
        yield AREA, "missing-area", area.is_null()
        yield AREA, "unknown-area", ~formed
        inside = area.starts_with(self.judging.current.pack.area)
        if inside.known is None:
            yield AREA, "outside-pack", formed & ~inside

    def _tests_of(self, field: Field) -> Iterator[tuple[str, str, Expression]]:
        """The tests of a column, given the kind that it must be of."""
        dialect, name = self.judging.dialect, field.name
        given = self._value(exp.column(name), field.kind)
        as_read = self._value(dialect.read(field.kind, exp.column(name)), field.kind)
        if dialect.name == "sqlite":
            fits = {Kind.NUMBER: "integer", Kind.FLAG: "integer"}.get(field.kind, "text")
            sort = exp.Anonymous(this="TYPEOF", expressions=[exp.column(name)])
            listed = [text(fits), text("null")]
            odd = exp.Not(this=exp.paren(exp.In(this=sort, expressions=listed)))
            yield name, "wrong-type", self._value(odd, Kind.FLAG)
        if field.kind is Kind.NUMBER:
            if dialect.name != "sqlite":
                yield name, "wrong-type", given != as_read
            low, high = field.about.low or 0, field.about.high or 0
            yield name, "out-of-bounds", (as_read < low) | (as_read > high)
        elif field.kind is Kind.FLAG and dialect.name in ("sqlite", "mysql", "oracle"):
            number = self._value(exp.column(name), Kind.NUMBER)
            yield name, "wrong-type", (number != 0) & (number != 1)
        elif field.kind is Kind.DATE:
            on = self.judging.columns
            yield (
                name,
                "implausible-day",
                (as_read < on.lit(FIRST_DAY)) | (as_read > on.lit(LAST_DAY)),
            )
            if dialect.name == "sqlite":
                yield name, "wrong-type", ~given.is_null() & as_read.is_null()
            after = as_read > on.lit(self.judging.current.day)
            yield name, "after-as-of", after & (as_read <= on.lit(LAST_DAY))
        elif field.kind is Kind.TEXT and field.about.choices:
            yield name, "unknown-choice", ~as_read.is_in(list(field.about.choices))

    # --- several rows

    def _counting(self, step: str, rows: exp.Query) -> None:
        """Add a step that adds up ``n`` of some rows."""
        self.steps[f"{step}_each"] = rows
        counted = exp.Coalesce(this=total(exp.column("n")), expressions=[exp.Literal.number(0)])
        self.steps[step] = select([exp.alias_(counted, "n")], f"{step}_each")

    def _doubles(self, name: str, schema: TableSchema) -> None:
        path = schema.key if schema.name is None else f"{name}.{schema.key}"
        if path in self.judging.lacking:
            return
        keys = [exp.column(one) for one in dict.fromkeys((ID, schema.key))]
        known = [exp.Not(this=exp.Is(this=key.copy(), expression=exp.null())) for key in keys]
        count = exp.Count(this=exp.Star())
        rows = (
            exp.select(*keys, exp.alias_(count, "n"))
            .from_(self.judging.table(name))
            .where(*known)
            .group_by(*(key.copy() for key in keys))
            .having(exp.GT(this=count.copy(), expression=exp.Literal.number(1)))
        )
        self._counting(f"{name}_doubles", rows)
        self.tests.append(Test(name, schema.key, "duplicate-id", (f"{name}_doubles", "n")))

    def _read(self, name: str) -> str:
        """A step of the ids of a table's rows, as they are compared."""
        step = f"{name}_ids"
        dialect = self.judging.dialect
        id_ = dialect.exactly(dialect.read(Kind.TEXT, exp.column(ID)))
        self.steps.setdefault(step, exp.select(exp.alias_(id_, ID)).from_(self.judging.table(name)))
        return step

    def _of_nobody(self, name: str) -> None:
        homes, rows, step = self._read(HOUSEHOLDS), self._read(name), f"{name}_orphans"
        one = exp.alias_(exp.Literal.number(1), "n")
        orphans = (
            select([one], rows)
            .join(exp.to_table(homes), on=same_id(homes, rows), join_type="left")
            .where(
                exp.Is(this=exp.column(ID, homes), expression=exp.null()),
                exp.Not(this=exp.Is(this=exp.column(ID, rows), expression=exp.null())),
            )
        )
        self._counting(step, orphans)
        self.tests.append(Test(name, ID, "orphan", (step, "n")))

    def _too_many(self, name: str, schema: TableSchema) -> None:
        rows, counts = self._read(name), f"{name}_counts"
        count = exp.alias_(exp.Count(this=exp.Star()), "n")
        self.steps[counts] = select([exp.column(ID), count], rows).group_by(exp.column(ID))
        n = self._value(exp.column("n", counts), Kind.NUMBER)
        most = constant(MAX_ROWS_PER_HOUSEHOLD, self.judging.dialect)
        many = select([exp.column("n")], counts).where((n > most).tree)
        self._counting(f"{name}_many", many)
        self.tests.append(Test(name, ID, "too-many-rows", (f"{name}_many", "n")))
        if schema.roster is None or schema.roster.name in self.judging.lacking:
            return
        dialect = self.judging.dialect
        stated = f"{name}_stated"
        id_ = dialect.exactly(dialect.read(Kind.TEXT, exp.column(ID)))
        size = dialect.whole(exp.column(schema.roster.name))
        self.steps[stated] = exp.select(exp.alias_(id_, ID), exp.alias_(size, "size")).from_(
            self.judging.table(HOUSEHOLDS)
        )
        there = n.fill_null(0)
        told = self._value(exp.column("size", stated), Kind.NUMBER)
        for reason, odd in (("roster-short", there < told), ("roster-surplus", there > told)):
            step = f"{name}_{reason.partition('-')[2]}"
            one = exp.alias_(exp.Literal.number(1), "n")
            odd_ones = (
                select([one], stated)
                .join(exp.to_table(counts), on=same_id(counts, stated), join_type="left")
                .where(odd.tree)
            )
            self._counting(step, odd_ones)
            self.tests.append(Test(name, schema.roster.name, reason, (step, "n")))


def preflight(judging: Judging) -> exp.Query:
    """Write the statement of the tests of all tables that the rules read."""
    return Preflight(judging).statement()


def reasons() -> Mapping[str, Any]:
    """What the codes of the statement mean, in Chinese and English."""
    return REASONS | MORE


__all__ = ["preflight", "reasons"]
