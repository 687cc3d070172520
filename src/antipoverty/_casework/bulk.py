"""Many rows at once: what each database takes fastest, behind the same three functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

Rows = Sequence[Mapping[str, Any]]
"""Rows with values for all columns of a table."""


def among(connection: sa.Connection, column: Any, texts: Sequence[str]) -> Any:
    """Whether a column is one of many texts: one parameter, however many they are."""
    if connection.dialect.name == "sqlite":
        values = sa.func.json_each(json.dumps(texts)).table_valued("value")
        return column.in_(sa.select(values.c.value))
    return column == sa.any_(sa.cast(list(texts), ARRAY(sa.Text)))


ORDERED = (6, 9)
"""The digits of the areas whose lists an index holds in their order: counties and townships."""


def inside(area: Any, begins: Sequence[str], exactly: str) -> sa.ColumnElement[bool]:
    """Whether an area begins with one of some codes, so that the right index is taken.

    A city or a province is read in the order of the list, of which it is a good part; a
    county or a township by its index; what is smaller by its areas.
    """
    if all(len(one) in ORDERED or len(one) < ORDERED[0] for one in begins):
        start: Any = sa.literal_column("1")
        sizes: list[Any] = [sa.literal_column(str(len(one))) for one in begins]
        heads = [sa.func.substr(area, start, size) for size in sizes]
        return sa.or_(*(head == one for head, one in zip(heads, begins, strict=True)))
    place = area.collate(exactly)
    return sa.or_(*(sa.and_(place >= one, place < f"{one}:") for one in begins))


def unordered(due: Any, stream: Any, exactly: str) -> tuple[Any, Any]:
    """What to sort by where no index is to be read in this order: few rows are sorted."""
    days = f"{due.table.name}.{due.name}"
    texts = f"{stream.table.name}.{stream.name}"
    return sa.literal_column(f"coalesce({days}, {days})"), sa.literal_column(
        f"({texts} || '') COLLATE \"{exactly}\""
    )


def insert(connection: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """Write new rows."""
    if connection.dialect.name == "sqlite":
        _write_sqlite(connection, table, rows)
        return
    driver: Any = connection.dialect.dbapi
    statement = f"COPY {_columns(table)} FROM STDIN"
    raw: Any = connection.connection
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            for row in map(itemgetter(*table.c.keys()), rows):
                copy.write_row(row)
    except driver.Error as problem:
        raise sa.exc.DBAPIError.instance(statement, None, problem, driver.Error) from None


def write_over(
    connection: sa.Connection, table: sa.Table, rows: Rows, streams: Sequence[str]
) -> None:
    """Write the rows of some streams in place of those that are there."""
    mine = among(connection, table.c.stream, streams)
    if connection.dialect.name != "sqlite":
        connection.execute(table.delete().where(mine))
        insert(connection, table, rows)
        return
    keys = [column.name for column in table.primary_key]
    if len(keys) > 1:
        there = {*map(tuple, connection.execute(sa.select(*table.primary_key).where(mine)))}
        gone = [*there.difference(map(itemgetter(*keys), rows))]
        if gone:
            where = " AND ".join(f"{key} = ?" for key in keys)
            connection.exec_driver_sql(f"DELETE FROM {table.name} WHERE {where}", gone)  # noqa: S608
    sets = ", ".join(f"{one.name} = excluded.{one.name}" for one in table.c if not one.primary_key)
    _write_sqlite(connection, table, rows, f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}")


def look_through(connection: sa.Connection) -> None:
    """Let PostgreSQL count its tables after a large file, so that it looks rows up by their index.

    By itself it does so a minute later, and until then reads a table whole for one household.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE event, item, item_department")


def _write_sqlite(connection: sa.Connection, table: sa.Table, rows: Rows, over: str = "") -> None:
    marks = ", ".join("?" * len(table.c))
    statement = f"INSERT INTO {_columns(table)} VALUES ({marks}){over}"  # noqa: S608 - our names
    days = [place for place, one in enumerate(table.c) if isinstance(one.type, sa.Date)]
    texts: dict[Any, str | None] = {None: None}
    given = [[*row] for row in map(itemgetter(*table.c.keys()), rows)]
    for row in given:
        for place in days:
            if (day := row[place]) not in texts:
                texts[day] = day.isoformat()
            row[place] = texts[day]
    if given:
        connection.exec_driver_sql(statement, [*map(tuple, given)])


def _columns(table: sa.Table) -> str:
    return f"{table.name} ({', '.join(table.c.keys())})"
