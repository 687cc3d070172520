"""The tables of a casebook, and the databases they stand in: SQLite or PostgreSQL.

Nothing that a database says is passed on as it is: its words may hold an address with a
password, or the values of a row.
"""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from antipoverty._casework.events import CANONICAL, Data, Event
from antipoverty.errors import ConflictError, MissingExtraError, StoreError, phrase

try:
    import sqlalchemy as sa
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    from antipoverty._casework.servers import DRIVER
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
    sa.Column("facts", sa.Text),
    sa.Column("urged", sa.Integer),
    sa.Column("handed_up", sa.String),
    sa.Column("appeals", sa.Integer),
)
"""A line of the lists; ``due`` is null for a closed one, and `NOT_KNOWN` for a limit that the
calendar cannot tell yet."""
DEPARTMENT = sa.Table(
    "item_department",
    _META,
    sa.Column("stream", sa.String, primary_key=True),
    sa.Column("department", sa.String, primary_key=True),
    sa.Column("taken", sa.Boolean),
    sa.Column("due", sa.Date),
)
NOT_KNOWN = date.max
_TEXTS = {str}
_DATABASES = ("postgresql", "sqlite")
_PROTOCOL = ("kingbase", "kingbasees", "opengauss", "gaussdb")
"""Other names under which an address may ask for a server of PostgreSQL's protocol."""
_WRONG_ADDRESS = (
    "the address of the database cannot be read; write sqlite:///cases.db or "
    "postgresql://user@host/name"
)
_RETRY = ("40001", "40P01")
"""PostgreSQL's codes for two transactions that got in each other's way."""


def connect(url: str, *, read_only: bool = False) -> sa.Engine:
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
    if name in _PROTOCOL:
        name = "postgresql"
    if name not in _DATABASES or driver not in ("", "psycopg", "pysqlite"):
        raise StoreError(
            "the registers are kept in SQLite or PostgreSQL, or a server of its protocol; write "
            "sqlite:/// or postgresql://"
        )
    if name == "postgresql":
        address = address.set(drivername=DRIVER)
    elif read_only:
        address = _read_only(address)
    try:
        engine = sa.create_engine(address)
    except ImportError:
        raise MissingExtraError(
            "PostgreSQL needs the extra 'store': pip install 'antipoverty[store]'"
        ) from None
    except sa.exc.ArgumentError:
        raise StoreError(_WRONG_ADDRESS) from None
    if name == "sqlite":
        prepare = _prepare_reader if read_only else _prepare_sqlite
        sa.event.listen(engine, "connect", prepare)
        sa.event.listen(engine, "begin", _begin_sqlite)
    elif read_only:
        sa.event.listen(engine, "begin", _begin_reader)
    _renew_after_fork(engine)
    return engine


def _read_only(address: sa.URL) -> sa.URL:
    """The address of a SQLite file that is only read; of one in a folder nobody may write to, too.

    Such a file has no log beside it: what was written to one is read where the log is.
    """
    path = Path(address.database or "")
    if not path.is_file():
        raise StoreError(
            "there is no file at this address; check it, or put something down first: what is only "
            "read must be there"
        )
    whole = not (log := path.with_name(path.name + "-wal")).exists() or not log.stat().st_size
    fixed = whole and not os.access(path.parent, os.W_OK)
    query = {"mode": "ro", "uri": "true"} | ({"immutable": "1"} if fixed else {})
    return address.set(database=path.resolve().as_uri(), query=query)


def _renew_after_fork(engine: sa.Engine) -> None:
    """Let a forked process make connections of its own; those of its parent are not touched."""
    kept = weakref.ref(engine)

    def renew() -> None:
        if (found := kept()) is not None:
            found.dispose(close=False)

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=renew)


_WAYS_OUT = {
    "53100": "its disk is full: make room, and do it again",
    "42501": "the user may not do this: grant rights, or open it with read_only=True",
    "25006": "it is open for reading only: open it for writing",
    "57P01": "the server was stopped: start it, and do it again",
    "57P03": "the server is starting: wait, and do it again",
    "53300": "too many are connected: wait, and do it again",
    "42P01": "a table is missing: open it for writing once, or restore it from a backup",
    "22001": "a text is too long: ids and references have at most 64 characters",
    "SQLITE_FULL": "its disk is full: make room, and do it again",
    "SQLITE_READONLY": "it may not be written to: mend its rights, or open it with read_only=True",
    "SQLITE_BUSY": "another program holds it: close that one, or wait, and do it again",
    "SQLITE_CANTOPEN": "the file cannot be opened: check its path and rights",
    "SQLITE_CORRUPT": "the file is damaged: restore it from a backup",
    "SQLITE_NOTADB": "the file is no SQLite database: check the address",
    "SQLITE_IOERR": "the disk failed: check it, and do it again",
}
"""What to do about what a database says, by its code."""
_UNREACHED = "the server cannot be reached: start it, or check its address, and do it again"
"""The same, where a server says nothing at all."""


LOST = (
    "the connection was lost at the very end ({name}): what was to be written may stand there or "
    "not; read the cases again before you do it again"
)


def _way_out(problem: sa.exc.DBAPIError, code: str | None) -> str:
    name = str(code or getattr(problem.orig, "sqlite_errorname", ""))
    found = next((way for start, way in _WAYS_OUT.items() if name.startswith(start)), "")
    if not name and isinstance(problem, sa.exc.OperationalError):
        found = _UNREACHED
    return (
        phrase("nothing was written; {found}", found=found)
        if found
        else phrase("nothing was written")
    )


CHANGED_MEANWHILE = (
    "somebody else changed one of these cases first; nothing was written, read again"
)


@contextmanager
def guarded(doing: str) -> Iterator[None]:
    """Turn what a database says into errors without address or values."""
    try:
        yield
    except sa.exc.IntegrityError:
        raise ConflictError(CHANGED_MEANWHILE) from None
    except sa.exc.DBAPIError as problem:
        code = getattr(problem.orig, "sqlstate", None)
        if code in _RETRY:
            raise ConflictError(
                "somebody else changed the same cases at the same time; nothing was written, "
                "read again"
            ) from None
        said = f"{type(problem).__name__} {code}" if code else type(problem).__name__
        raise StoreError(
            "{doing} ({said}); {way_out}", doing=doing, said=said, way_out=_way_out(problem, code)
        ) from None
    except sa.exc.SQLAlchemyError as problem:
        raise StoreError(
            "{doing} ({name}); nothing was written", doing=doing, name=type(problem).__name__
        ) from None


_NEWER = "a newer version of antipoverty made these tables; install that version or a later one"
_OLDER = (
    "an older version of antipoverty made these tables, and what is only read is not migrated: "
    "open them, or a copy, for writing once, as `antipoverty cases reindex` does, or read them "
    "with that version"
)


def migrate(connection: sa.Connection) -> bool:
    """Make the tables, or bring them to the form that this version knows.

    Returns:
        Whether they were changed, so that the lists must be made anew.

    Raises:
        StoreError: A newer version of the library made them.
    """
    before = _version(connection)
    try:
        command.upgrade(_config(connection), "head")
    except CommandError:
        raise StoreError(_NEWER) from None
    return before is not None and before != _version(connection)


def check_version(connection: sa.Connection) -> None:
    """Refuse to read tables of another form: they cannot be migrated by who only reads.

    Raises:
        StoreError: There are none, or another version of the library made them.
    """
    scripts = ScriptDirectory.from_config(_config(connection))
    found = _version(connection)
    if found is None:
        raise StoreError("there are no registers in this database; open it for writing once")
    if found != scripts.get_current_head():
        known = {one.revision for one in scripts.walk_revisions()}
        raise StoreError(_OLDER if found in known else _NEWER)


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", "antipoverty:migrations")
    config.attributes["connection"] = connection
    return config


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def _prepare_reader(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=30000", "query_only=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_reader(connection: sa.Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


_PRAGMAS = (
    "busy_timeout=30000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "cache_size=-131072",  # KiB: what a large file changes is written once, when it is whole
    "wal_autocheckpoint=16384",  # pages: the log is brought over when there is enough to do
)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself; see _begin_sqlite
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    """Take the right to write at once: two readers that both want it later would block."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def event_rows(events: Iterable[Event]) -> list[tuple[Any, ...]]:
    """Events as rows, which read back as the same events.

    Raises:
        StoreError: One holds what no database gives back as it was.
    """
    rows = [
        (
            event.stream,
            event.number,
            event.kind,
            event.on,
            event.by,
            event.why,
            event.data.text,  # type: ignore[attr-defined]
            event.earlier,
            event.hash if event.is_whole else "",
        )
        for event in events
    ]
    same = _reads_back("[" + ",".join({text for *_, text, _, _ in rows}) + "]")
    for stream, number, _, on, _, _, text, _, hash_ in rows:
        odd = not hash_ or type(on) is not date or type(number) is not int
        if odd or not (same or _reads_back(text)):
            raise StoreError(
                "event {row} of {row2} would not be read as it was written; nothing was written",
                row=number,
                row2=stream,
            )
    return rows


def _reads_back(text: str) -> bool:
    return CANONICAL.encode(json.loads(text)) == text


def raw(table: sa.Table) -> list[Any]:
    """The columns of a table as they stand, whatever was put into them by other means."""
    return [sa.type_coerce(column, _Raw).label(column.name) for column in table.c]


def date_of(value: Any) -> date:
    """A day as its column holds it, read raw: SQLite gives its text."""
    return value if isinstance(value, date) else date.fromisoformat(value)


class _Raw(sa.types.UserDefinedType[Any]):
    """A column that is read as the driver gives it."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Nothing is declared by it."""
        return ""


def event_of(row: Any) -> Event:
    """A row as an event; one that cannot be read as such breaks its chain when it is folded."""
    stream, number, kind, on, by, why, text, earlier, hash_ = row
    data: Any = None
    try:
        data = from_json(text)
        on = date_of(on)
    except (TypeError, ValueError):
        on = date.min
    texts = {type(stream), type(kind), type(by), type(why), type(earlier), type(hash_)}
    if type(number) is not int or type(data) is not dict or texts != _TEXTS:
        return Event(str(stream), -1, "", on, "", "", Data(), "", "")
    return Event(stream, number, kind, on, by, why, Data.read(data, text), earlier, hash_)
