"""Many rows at once: what each database takes fastest, behind the same three functions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

Rows = Iterable[tuple[Any, ...]]
"""Rows with a value for each column of a table, in its order."""


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
        connection.exec_driver_sql(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; "
            "SET LOCAL enable_mergejoin = off"
        )


_COUNTY = 6
"""The digits of a county's area: an index holds its lists in their order."""
_FEW = 4_000
"""So many items are sorted in a few milliseconds."""
_LOOKED = 3_000
"""Among so many lines of its county, the first of an area are looked for."""


def are_few(connection: sa.Connection, area: Any, begins: Sequence[str], exactly: str) -> bool:
    """Whether an area has so few items, open or closed, that they are best sorted."""
    found = sa.select(area).where(_within(area, begins, exactly)).limit(_FEW).subquery()
    counted = connection.execute(sa.select(sa.func.count()).select_from(found)).scalar_one()
    return bool(counted < _FEW)


def are_rare(
    connection: sa.Connection, line: Any, begins: Sequence[str], exactly: str, wanted: int
) -> bool:
    """Whether the first lines of an area stand so far behind others of its county.

    They are then best found by their area, too, and sorted: its other items are closed.
    """
    counties = {one[:_COUNTY] for one in begins}
    if len(counties) > 1 or min(map(len, begins)) <= _COUNTY:
        return False
    of_county = _begins(line.area, *counties)
    first = sa.select(line.area).where(line.due.is_not(None), of_county)
    some = first.order_by(line.due, line.stream.collate(exactly)).limit(_LOOKED).subquery()
    mine = sa.select(some.c.area).where(sa.or_(*(_begins(some.c.area, one) for one in begins)))

    def there(lines: sa.Select[Any], at_most: int) -> bool:
        counted = sa.select(sa.func.count()).select_from(lines.limit(at_most).subquery())
        return bool(connection.execute(counted).scalar_one() == at_most)

    return not there(mine, wanted) and there(sa.select(some.c.area), _LOOKED)


def inside(area: Any, begins: Sequence[str], exactly: str, *, few: bool) -> sa.ColumnElement[bool]:
    """Whether an area begins with one of some codes, so that the right index is taken.

    Few items are found by their areas, and sorted. Of many, a city's or a province's are read
    in the order of the list, of which they are a good part, and those of a county, or of what
    is smaller, by the index of its county.
    """
    if few:
        return _within(area, begins, exactly)
    sizes = [sorted({min(len(one), _COUNTY), len(one)}) for one in begins]
    return sa.or_(
        *(
            sa.and_(*(_begins(area, one[:size]) for size in several))
            for one, several in zip(begins, sizes, strict=True)
        )
    )


def _within(area: Any, begins: Sequence[str], exactly: str) -> sa.ColumnElement[bool]:
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


def one_by_one(connection: sa.Connection, department: Any, *, few: bool) -> Any:
    """The column to ask for a department by, so that lines are joined one after the other.

    Of few lines each is looked up among those of departments; of many, those of the department
    are gone through in their order until there are enough.
    """
    if connection.dialect.name == "postgresql":
        for how in ("hashjoin", "mergejoin", *(() if few else ("sort",))):
            connection.exec_driver_sql(f"SET LOCAL enable_{how} = off")
    return department.op("||")("") if few else department


def insert(connection: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """Write new rows, as they come: PostgreSQL works while the next are made."""
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(table.c))
        statement = f"INSERT INTO {_columns(table)} VALUES ({marks})"  # noqa: S608
        _each(connection, statement, _as_sqlite(table, rows))
        return
    statement = f"COPY {_columns(table)} FROM STDIN"
    raw: Any = connection.connection
    with (
        _as_engine_says(connection, statement),
        raw.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
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


def look_through(connection: sa.Connection) -> None:
    """Let PostgreSQL count its tables after a large file, so that lists are read by their index.

    By itself it does so a minute later; `by_key` serves what is looked up by its key.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE event, item, item_department")


def replace(
    connection: sa.Connection, table: sa.Table, rows: Rows, was: Rows, *, kept: Sequence[str] = ()
) -> bool:
    """Write rows in place of those that are there, if those are what they are taken for.

    Args:
        connection: The connection.
        table: The table, whose first columns tell which row it is, and how it stands.
        rows: The new rows.
        was: For each of them, the first columns of the row that is there.
        kept: The columns that stay as they are: an index over them alone is not touched.

    Returns:
        Whether all were there.
    """
    was = [*was]
    width = len(was[0]) if was else 0
    first = [one.name for one in table.c][:width]
    if connection.dialect.name == "sqlite":
        named = [one.name for one in table.c]
        places = [at for at, name in enumerate(named) if at and name not in kept]
        sets = ", ".join(f"{named[at]} = ?" for at in places)
        where = " AND ".join(f"{name} = ?" for name in first)
        values = itemgetter(*places)
        given = [values(row) + one for row, one in zip(_as_sqlite(table, rows), was, strict=True)]
        statement = f"UPDATE {table.name} SET {sets} WHERE {where}"  # noqa: S608
        return _each(connection, statement, given) == len(was)
    gone = table.delete().where(among(connection, table.c[first[0]], [one[0] for one in was]))
    found = connection.execute(gone.returning(*(table.c[name] for name in first)))
    whole = {*map(tuple, found)} == {*was}
    insert(connection, table, rows)
    return whole


def remove(connection: sa.Connection, table: sa.Table, streams: Sequence[str]) -> None:
    """Remove the rows of some streams."""
    connection.execute(table.delete().where(among(connection, table.c.stream, streams)))


def _each(connection: sa.Connection, statement: str, rows: Sequence[Any]) -> int:
    """Do it for each row; how many rows of the table it was done to."""
    return connection.exec_driver_sql(statement, [*rows]).rowcount if rows else 0


def _as_sqlite(table: sa.Table, rows: Rows) -> list[tuple[Any, ...]]:
    """Rows with their days as SQLite holds them."""
    places = [at for at, column in enumerate(table.c) if isinstance(column.type, sa.Date)]
    texts: dict[Any, str | None] = {None: None}
    found = []
    for row in rows:
        cells = [*row]
        for at in places:
            day = cells[at]
            if (text := texts.get(day, "")) == "":
                text = texts[day] = day.isoformat()
            cells[at] = text
        found.append(tuple(cells))
    return found


def _columns(table: sa.Table) -> str:
    return f"{table.name} ({', '.join(table.c.keys())})"
