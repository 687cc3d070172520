"""A query on a department's own database, read in pieces.

The address is SQLAlchemy's (``postgresql://``, ``mysql+pymysql://``, ``sqlite:///``); with
``adbc:`` before it, a driver of ADBC reads it by columns. No address is ever shown, since a
password may stand in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from antipoverty._intake.mapping import Source
from antipoverty._intake.text import as_texts
from antipoverty.errors import MissingExtraError, UnreadableSourceError

_ROWS = 200_000
_EXTRA = "databases need the extra 'sql': pip install 'antipoverty[sql]'"


def read_query(source: Source) -> Iterator[pl.DataFrame]:
    """Read what a query gives, as columns of text.

    Args:
        source: It has a query, and the address of the database as its path.

    Raises:
        UnreadableSourceError: The database refused; only the kind of its refusal is told.
        MissingExtraError: SQLAlchemy, or the database's driver, is not there.
    """
    adbc = source.path.startswith("adbc:")
    for headers, piece in _by_columns(source) if adbc else _by_rows(source):
        yield as_texts(piece, headers)


def _by_rows(source: Source) -> Iterator[tuple[list[str], pl.DataFrame]]:
    try:
        import sqlalchemy
    except ImportError:
        raise MissingExtraError(_EXTRA) from None
    try:
        engine = sqlalchemy.create_engine(source.path)
    except (sqlalchemy.exc.ArgumentError, sqlalchemy.exc.NoSuchModuleError):
        raise UnreadableSourceError(
            "source {id!r}: its path is no address of a database", id=source.id
        ) from None
    except ImportError as problem:
        raise MissingExtraError(
            "source {id!r}: the database's driver {name} is not installed",
            id=source.id,
            name=problem.name,
        ) from None
    try:
        with engine.connect() as connection:
            asked = connection.execution_options(stream_results=True, max_row_buffer=_ROWS)
            result = asked.execute(sqlalchemy.text(str(source.query)))
            names = list(map(str, result.keys()))
            empty = True
            for rows in result.partitions(_ROWS):
                columns = list(zip(*rows, strict=True))
                empty = False
                yield names, pl.DataFrame([_texts(str(at), one) for at, one in enumerate(columns)])
            if empty:
                yield names, pl.DataFrame(schema={str(at): pl.String for at in range(len(names))})
    except sqlalchemy.exc.SQLAlchemyError as problem:
        raise _refused(source, problem) from None
    finally:
        engine.dispose()


def _texts(name: str, values: tuple[Any, ...]) -> pl.Series:
    """Write values as text: a float with the 15 digits it stands for, bytes as UTF-8."""
    first = next((one for one in values if one is not None), None)
    if isinstance(first, str):
        try:
            return pl.Series(name, values, dtype=pl.String)
        except TypeError:
            pass
    return pl.Series(name, [_text(one) for one in values], dtype=pl.String)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        return format(value, ".15g")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _by_columns(source: Source) -> Iterator[tuple[list[str], pl.DataFrame]]:
    address = source.path.removeprefix("adbc:")
    name = address.split(":", 1)[0].split("+", 1)[0]
    try:
        if name in ("postgresql", "postgres"):
            from adbc_driver_postgresql import dbapi
        elif name == "sqlite":
            from adbc_driver_sqlite import dbapi

            address = address.removeprefix("sqlite:").removeprefix("///")
        else:
            raise UnreadableSourceError(
                "source {id!r}: ADBC reads postgresql and sqlite; take the address without 'adbc:'",
                id=source.id,
            )
    except ImportError:
        raise MissingExtraError(
            "ADBC needs the extra 'adbc': pip install 'antipoverty[adbc]'"
        ) from None
    try:
        with dbapi.connect(address) as connection, connection.cursor() as cursor:
            cursor.execute(str(source.query))
            reader = cursor.fetch_record_batch()
            names = list(reader.schema.names)
            yield names, _plain(reader.schema.empty_table())
            for batch in reader:
                yield names, _plain(batch)
    except dbapi.Error as problem:
        raise _refused(source, problem) from None


def _plain(batch: Any) -> pl.DataFrame:
    """Take a database's own types, such as numbers of any length, as the text they come in."""
    columns = (getattr(column, "storage", column) for column in _whole(batch))
    return pl.DataFrame({str(at): pl.from_arrow(column) for at, column in enumerate(columns)})


def _whole(batch: Any) -> list[Any]:
    combine = getattr(batch, "combine_chunks", None)
    if combine is None:
        return list(batch.columns)
    return [column.combine_chunks() for column in combine().columns]


def _refused(source: Source, problem: Exception) -> UnreadableSourceError:
    return UnreadableSourceError(
        "source {id!r}: the database refused ({name}); try its query in the database's own tool",
        id=source.id,
        name=type(problem).__name__,
    )
