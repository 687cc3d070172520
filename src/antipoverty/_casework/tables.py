"""The tables of a casebook, and the databases they stand in: SQLite or PostgreSQL.

Nothing that a database says is passed on as it is: its words may hold an address with a
password, or the values of a row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from antipoverty._base.documents import plain
from antipoverty._base.frozen import Frozen
from antipoverty._casework.events import Event
from antipoverty.errors import ConflictError, MissingExtraError, StoreError

try:
    import sqlalchemy as sa
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError
    from sqlalchemy.dialects import postgresql, sqlite
except ImportError:
    raise MissingExtraError(
        "databases need the extra 'store': pip install 'antipoverty[store]'"
    ) from None

_META = sa.MetaData()
EVENT = sa.Table(
    "event",
    _META,
    sa.Column("stream", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String),
    sa.Column("on_day", sa.Date),
    sa.Column("by_whom", sa.String),
    sa.Column("why", sa.String),
    sa.Column("data", sa.Text),
    sa.Column("earlier", sa.String),
    sa.Column("hash", sa.String),
)
ITEM = sa.Table(
    "item",
    _META,
    sa.Column("stream", sa.String, primary_key=True),
    sa.Column("version", sa.Integer),
    sa.Column("head", sa.String),
    sa.Column("area", sa.String),
    sa.Column("state", sa.String),
    sa.Column("entered", sa.Date),
    sa.Column("due", sa.Date),
)
DEPARTMENT = sa.Table(
    "item_department",
    _META,
    sa.Column("department", sa.String, primary_key=True),
    sa.Column("stream", sa.String, primary_key=True),
)
_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_WRONG_ADDRESS = (
    "the address of the database cannot be read; write sqlite:///cases.db or "
    "postgresql://user@host/name"
)
_RETRY = ("40001", "40P01")
"""PostgreSQL's codes for two transactions that got in each other's way."""


def upsert(engine: sa.Engine) -> Any:
    """The statement that writes an item's line, new or not."""
    statement: Any = _INSERT[engine.dialect.name](ITEM)
    return statement.on_conflict_do_update(
        index_elements=["stream"],
        set_={column.name: statement.excluded[column.name] for column in ITEM.c},
    )


def connect(url: str) -> sa.Engine:
    """Make the engine of an address; nothing is reached yet.

    Raises:
        StoreError: The address cannot be read, or is of another database.
        MissingExtraError: The driver is not installed.
    """
    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise StoreError(_WRONG_ADDRESS) from None
    name, _, driver = address.drivername.partition("+")
    if name == "postgres":
        raise StoreError("write postgresql:// in place of postgres://")
    if name not in _INSERT or driver not in ("", "psycopg", "pysqlite"):
        raise StoreError(
            "the registers are kept in SQLite or PostgreSQL; write sqlite:/// or postgresql://"
        )
    if name == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    try:
        engine = sa.create_engine(address)
    except ImportError:
        raise MissingExtraError(
            "PostgreSQL needs the extra 'store': pip install 'antipoverty[store]'"
        ) from None
    except sa.exc.ArgumentError:
        raise StoreError(_WRONG_ADDRESS) from None
    if name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def guarded(doing: str) -> Iterator[None]:
    """Turn what a database says into errors without address or values."""
    try:
        yield
    except sa.exc.IntegrityError:
        raise ConflictError(
            "somebody else changed one of these cases first; nothing was written, read again"
        ) from None
    except sa.exc.DBAPIError as problem:
        code = getattr(problem.orig, "sqlstate", None)
        if code in _RETRY:
            raise ConflictError(
                "somebody else changed the same cases at the same time; nothing was written, "
                "read again"
            ) from None
        said = f"{type(problem).__name__} {code}" if code else type(problem).__name__
        raise StoreError(f"{doing} ({said}); nothing was written") from None
    except sa.exc.SQLAlchemyError as problem:
        raise StoreError(f"{doing} ({type(problem).__name__}); nothing was written") from None


def migrate(connection: sa.Connection) -> None:
    """Make the tables, or bring them to the form that this version knows.

    Raises:
        StoreError: A newer version of the library made them.
    """
    config = Config()
    config.set_main_option("script_location", "antipoverty:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise StoreError(
            "a newer version of antipoverty made these tables; install that version or a later one"
        ) from None


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself; see _begin_sqlite
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    """Take the right to write at once: two readers that both want it later would block."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def row_of(event: Event) -> dict[str, Any]:
    """An event as a row."""
    return {
        "stream": event.stream,
        "number": event.number,
        "kind": event.kind,
        "on_day": event.on,
        "by_whom": event.by,
        "why": event.why,
        "data": json.dumps(plain(event.data), ensure_ascii=False, sort_keys=True),
        "earlier": event.earlier,
        "hash": event.hash,
    }


def event_of(row: Any) -> Event:
    """A row as an event; one that cannot be read as such breaks its chain when it is folded."""
    try:
        data = json.loads(row.data)
    except ValueError:
        data = {}
    return Event(
        row.stream,
        row.number,
        row.kind,
        row.on_day,
        row.by_whom,
        row.why,
        Frozen(data if isinstance(data, dict) else {}),
        row.earlier,
        row.hash,
    )
