"""Many rows at once: what each database takes fastest, behind the same three functions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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


def by_key(connection: sa.Connection) -> None:
    """Let PostgreSQL look rows up by their keys until the transaction ends.

    By itself it reads a table whole for some hundreds of keys, or for one before it has
    counted its rows, so that a step would cost more the more cases there are.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")


_COUNTY = 6
"""The digits of a county's area: an index holds its lists in their order."""
ORDERED = 9
"""The digits of a township's area: its list is read in the order of its county's."""


def inside(area: Any, begins: Sequence[str], exactly: str) -> sa.ColumnElement[bool]:
    """Whether an area begins with one of some codes, so that the right index is taken.

    A city or a province is read in the order of the list, of which it is a good part; a
    county by its index, and a township by that of its county; what is smaller by its areas.
    """
    if all(len(one) in (_COUNTY, ORDERED) or len(one) < _COUNTY for one in begins):
        sizes = [sorted({min(len(one), _COUNTY), len(one)}) for one in begins]
        return sa.or_(
            *(
                sa.and_(*(_begins(area, one[:size]) for size in several))
                for one, several in zip(begins, sizes, strict=True)
            )
        )
    place = area.collate(exactly)
    return sa.or_(*(sa.and_(place >= one, place < f"{one}:") for one in begins))


def _begins(area: Any, code: str) -> sa.ColumnElement[bool]:
    start: Any = sa.literal_column("1")
    size: Any = sa.literal_column(str(len(code)))
    return sa.func.substr(area, start, size) == code


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
        _insert_sqlite(connection, table, _as_sqlite(table, rows))
        return
    if not rows:
        return
    statement = f"COPY {_columns(table)} FROM STDIN"
    raw: Any = connection.connection
    with (
        _as_engine_says(connection, statement),
        raw.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in map(itemgetter(*table.c.keys()), rows):
            copy.write_row(row)


@contextmanager
def _as_engine_says(connection: sa.Connection, statement: str) -> Iterator[None]:
    """Raise what the driver says as the engine would."""
    driver: Any = connection.dialect.dbapi
    try:
        yield
    except driver.Error as problem:
        raise sa.exc.DBAPIError.instance(statement, None, problem, driver.Error) from None


def fetched(connection: sa.Connection, query: Any) -> list[tuple[Any, ...]]:
    """All rows of a question as the driver gives them, which is several times as fast."""
    with _as_engine_says(connection, "fetch"), connection.execute(query) as found:
        cursor: Any = found.cursor
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def write_over(
    connection: sa.Connection, table: sa.Table, rows: Rows, streams: Sequence[str]
) -> None:
    """Write the rows of some streams in place of those that are there."""
    mine = among(connection, table.c.stream, streams)
    if connection.dialect.name == "sqlite":
        _write_over_sqlite(connection, table, rows, mine)
        return
    connection.execute(table.delete().where(mine))
    insert(connection, table, rows)


def look_through(connection: sa.Connection) -> None:
    """Let PostgreSQL count its tables after a large file, so that lists are read by their index.

    By itself it does so a minute later; `by_key` serves what is looked up by its key.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE event, item, item_department")


def _write_over_sqlite(connection: sa.Connection, table: sa.Table, rows: Rows, mine: Any) -> None:
    """Write only what changed: an index whose columns stay as they are is not touched."""
    names = table.c.keys()
    keys = [one.name for one in table.primary_key]
    key = itemgetter(*map(names.index, keys))
    plain = [sa.type_coerce(one, sa.types.NullType()) for one in table.c]
    there = {key(row): row for row in fetched(connection, sa.select(*plain).where(mine))}
    new: list[tuple[Any, ...]] = []
    changed: dict[tuple[int, ...], list[tuple[Any, ...]]] = {}
    for row in _as_sqlite(table, rows):
        before = there.pop(key(row), None)
        if before is None:
            new.append(row)
        elif places := tuple([at for at, was in enumerate(before) if was != row[at]]):
            changed.setdefault(places, []).append(row)
    where = " AND ".join(f"{one} = ?" for one in keys)
    _each(connection, f"DELETE FROM {table.name} WHERE {where}", [*map(_several, there)])  # noqa: S608
    for places, found in changed.items():
        sets = ", ".join(f"{names[at]} = ?" for at in places)
        values = itemgetter(*places, *map(names.index, keys))
        _each(connection, f"UPDATE {table.name} SET {sets} WHERE {where}", [*map(values, found)])  # noqa: S608
    _insert_sqlite(connection, table, new)


def _insert_sqlite(connection: sa.Connection, table: sa.Table, rows: Sequence[Any]) -> None:
    marks = ", ".join("?" * len(table.c))
    _each(connection, f"INSERT INTO {_columns(table)} VALUES ({marks})", rows)  # noqa: S608


def _each(connection: sa.Connection, statement: str, rows: Sequence[Any]) -> None:
    if rows:
        connection.exec_driver_sql(statement, [*rows])


def _several(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def _as_sqlite(table: sa.Table, rows: Rows) -> list[tuple[Any, ...]]:
    """Rows with their days as SQLite holds them."""
    days = [place for place, one in enumerate(table.c) if isinstance(one.type, sa.Date)]
    texts: dict[Any, str | None] = {None: None}
    found = [[*row] for row in map(itemgetter(*table.c.keys()), rows)]
    for row in found:
        for place in days:
            if (day := row[place]) not in texts:
                texts[day] = day.isoformat()
            row[place] = texts[day]
    return [*map(tuple, found)]


def _columns(table: sa.Table) -> str:
    return f"{table.name} ({', '.join(table.c.keys())})"
