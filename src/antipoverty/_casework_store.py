"""A casebook keeps the events of both registers in a database: SQLite or PostgreSQL.

What counts is the table of events; the lists are looked up in a table that is written in
the same transaction and can be made again from the events. Two writers that change one
case at the same time write the same number of its chain: one of them gets a
`ConflictError` and nothing of its change is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import date
from typing import Any, Self, TypeVar

from antipoverty import _casework_book as verbs
from antipoverty._casework_book import CASE, PROBLEM, Book, Changed
from antipoverty._casework_cases import Case, Problem
from antipoverty._casework_events import Event
from antipoverty._casework_lists import Task, _task
from antipoverty._documents import plain
from antipoverty._frozen import Frozen
from antipoverty.errors import ConflictError, MissingExtraError, StoreError, UnknownCaseError

try:
    import sqlalchemy as sa
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.dialects import postgresql, sqlite
except ImportError:
    raise MissingExtraError(
        "databases need the extra 'store': pip install 'antipoverty[store]'"
    ) from None

_T = TypeVar("_T")
_CHUNK = 5_000
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


class Casebook:
    """Both registers in a database (台账库).

    Every verb of `antipoverty.casework` is a method here, with the same arguments but
    the book: it reads the cases concerned, changes them, and writes what happened in one
    transaction. What a method returned from is written for good.

    Example:
        ``Casebook.open("sqlite:///cases.db", empty_book)``
    """

    def __init__(self, engine: sa.Engine, book: Book) -> None:
        self._engine = engine
        self.empty = book
        """The empty book it was opened with: pack, workflows, calendar."""

    def __repr__(self) -> str:
        return f"<Casebook {self._engine.url.render_as_string(hide_password=True)}>"

    @classmethod
    def open(cls, url: str, book: Book) -> Casebook:
        """Open a database, and make or migrate its tables.

        Args:
            url: Such as ``sqlite:///cases.db`` or ``postgresql://user@host/name``.
            book: An empty book: its pack, workflows and calendar are used.

        Raises:
            StoreError: It cannot be reached, or the address cannot be read.
            MissingExtraError: The extra ``store`` is not installed.
        """
        try:
            address = sa.make_url(url)
        except sa.exc.ArgumentError:
            raise StoreError(
                "the address of the database cannot be read; write sqlite:///cases.db or "
                "postgresql://user@host/name"
            ) from None
        if address.drivername == "postgresql":
            address = address.set(drivername="postgresql+psycopg")
        if address.get_dialect().name not in _INSERT:
            raise StoreError("the registers are kept in SQLite or PostgreSQL")
        engine = sa.create_engine(address)
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _prepare_sqlite)
            sa.event.listen(engine, "begin", _begin_sqlite)
        found = cls(engine, book)
        with found._reached(), found._writing() as connection:
            config = Config()
            config.set_main_option("script_location", "antipoverty:migrations")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        return found

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Turn what a database says into errors without address or values."""
        try:
            yield
        except sa.exc.IntegrityError:
            raise ConflictError(
                "somebody else changed one of these cases first; nothing was written, read again"
            ) from None
        except sa.exc.DBAPIError as problem:
            raise StoreError(
                f"the database failed ({type(problem).__name__}); nothing was written"
            ) from None

    def _writing(self) -> AbstractContextManager[sa.Connection]:
        return self._engine.execution_options(writes=True).begin()

    # --- reading

    def events(self, *streams: str, until: date | None = None) -> Generator[Event]:
        """Read events, chain after chain; those of some streams, or all.

        Args:
            streams: Such as ``case/h1``; all when none is named.
            until: Each chain up to its first event after this day.
        """
        query = sa.select(EVENT).order_by(EVENT.c.stream, EVENT.c.number)
        if streams:
            query = query.where(EVENT.c.stream.in_(streams))
        ended = ""
        with (
            self._reached(),
            self._engine.connect() as connection,
            connection.execution_options(yield_per=_CHUNK).execute(query) as rows,
        ):
            for row in rows:
                if until is not None and (row.stream == ended or row.on_day > until):
                    ended = row.stream
                    continue
                yield _event(row)

    def book(self, *, on: date | None = None) -> Book:
        """The book of all events, or as it stood on a day.

        Raises:
            BrokenChainError: An event was altered, lost or put in between.
        """
        with closing(self.events(until=on)) as events:
            return self.empty.apply(events)

    def case(self, case_id: str) -> Case:
        """Read one case.

        Raises:
            UnknownCaseError: There is none.
        """
        return self._some(CASE, [case_id]).case(case_id)

    def problem(self, problem_id: str) -> Problem:
        """Read one problem.

        Raises:
            UnknownCaseError: There is none.
        """
        return self._some(PROBLEM, [problem_id]).problem(problem_id)

    def _some(self, register: str, ids: Sequence[str]) -> Book:
        book = self.empty
        for start in range(0, len(ids), 500):
            streams = [f"{register}/{id_}" for id_ in ids[start : start + 500]]
            with closing(self.events(*streams)) as events:
                book = book.apply(events)
        return book

    def worklist(
        self,
        *,
        as_of: date,
        department: str | None = None,
        area: str = "",
        limit: int | None = None,
    ) -> tuple[Task, ...]:
        """List open cases, the most overdue first; see `antipoverty.casework.worklist`."""
        if department is not None:
            self.empty.pack.department(department, "en")
        ids = self._open_ids(CASE, area, department, limit)
        book = self._some(CASE, ids)
        return tuple(_task(book, book.case(id_), as_of, department) for id_ in ids)

    def problem_list(
        self,
        *,
        as_of: date,
        department: str | None = None,
        area: str = "",
        limit: int | None = None,
    ) -> tuple[Task, ...]:
        """List open problems, the most overdue first; see `antipoverty.casework.problem_list`."""
        ids = self._open_ids(PROBLEM, area, department, limit)
        book = self._some(PROBLEM, ids)
        return tuple(_task(book, book.problem(id_), as_of) for id_ in ids)

    def _open_ids(
        self, register: str, area: str, department: str | None, limit: int | None
    ) -> list[str]:
        query = sa.select(ITEM.c.stream).where(
            ITEM.c.due.is_not(None), ITEM.c.stream.startswith(f"{register}/")
        )
        if area:
            query = query.where(ITEM.c.area.startswith(area))
        if department is not None:
            query = query.join(DEPARTMENT, DEPARTMENT.c.stream == ITEM.c.stream).where(
                DEPARTMENT.c.department == department
            )
        query = query.order_by(ITEM.c.due, ITEM.c.stream).limit(limit)
        with self._reached(), self._engine.connect() as connection:
            return [row.stream.partition("/")[2] for row in connection.execute(query)]

    def seal(self) -> str:
        """SHA-256 over the heads of all chains, to publish or to keep elsewhere.

        A chain shows an event that was altered; this shows a chain that was cut short or
        removed as a whole.

        Raises:
            BrokenChainError: A chain is broken.
        """
        book = self.book()
        heads = [f"{CASE}/{id_} {book.cases[id_].head}\n" for id_ in book.cases]
        heads += [f"{PROBLEM}/{id_} {book.problems[id_].head}\n" for id_ in book.problems]
        return hashlib.sha256("".join(sorted(heads)).encode()).hexdigest()

    # --- writing

    def append(self, events: Iterable[Event], book: Book) -> None:
        """Write events, all or none.

        Args:
            events: In the order of their chains.
            book: The book after them, from which the lists are written.

        Raises:
            ConflictError: Somebody else wrote to one of the chains first.
        """
        rows = [_row(event) for event in events]
        items = {row["stream"]: _item(book, row["stream"]) for row in rows}
        named = [
            {"department": department, "stream": stream}
            for stream, (_, departments) in items.items()
            for department in departments
        ]
        insert: Any = _INSERT[self._engine.dialect.name]
        upsert = insert(ITEM)
        upsert = upsert.on_conflict_do_update(
            index_elements=["stream"],
            set_={column.name: upsert.excluded[column.name] for column in ITEM.c},
        )
        with self._reached(), self._writing() as connection:
            for chunk in _chunks(rows):
                connection.execute(EVENT.insert(), chunk)
            for chunk in _chunks([row for row, _ in items.values()]):
                connection.execute(upsert, chunk)
            for chunk in _chunks(named):
                connection.execute(insert(DEPARTMENT).on_conflict_do_nothing(), chunk)

    def reindex(self) -> None:
        """Make the lists again from the events, as after a change of calendar or limits."""
        book = self.book()
        streams = [f"{CASE}/{id_}" for id_ in book.cases]
        streams += [f"{PROBLEM}/{id_}" for id_ in book.problems]
        items = [_item(book, stream) for stream in streams]
        named = [
            {"department": department, "stream": row["stream"]}
            for row, departments in items
            for department in departments
        ]
        with self._reached(), self._writing() as connection:
            connection.execute(DEPARTMENT.delete())
            connection.execute(ITEM.delete())
            for chunk in _chunks([row for row, _ in items]):
                connection.execute(ITEM.insert(), chunk)
            for chunk in _chunks(named):
                connection.execute(DEPARTMENT.insert(), chunk)

    def _change(self, register: str, ids: Sequence[str], verb: Callable[[Book], Changed]) -> Book:
        book, events = verb(self._some(register, ids))
        if events:
            self.append(events, book)
        return book

    def open_cases(
        self, alerts: Any, *, as_of: date, undecided: Any = None, by: str = "platform"
    ) -> int:
        """Turn alerts into cases; see `antipoverty.casework.open_cases`.

        Returns:
            How many events were written; 0 for a file that was delivered before.
        """
        ids = sorted({str(home) for (home,) in verbs.rows_of(alerts, ("household_id",))})
        book, events = verbs.open_cases(
            self._some(CASE, ids), alerts, as_of=as_of, undecided=undecided, by=by
        )
        if events:
            self.append(events, book)
        return len(events)

    def advance(self, case_id: str, step: str, **given: Any) -> Case:
        """Take a step; see `antipoverty.casework.advance`."""
        return self._change(
            CASE, [case_id], lambda book: verbs.advance(book, case_id, step, **given)
        ).case(case_id)

    def help_(self, case_id: str, measure: str, **given: Any) -> Case:
        """Record a measure; see `antipoverty.casework.help_`."""
        return self._change(
            CASE, [case_id], lambda book: verbs.help_(book, case_id, measure, **given)
        ).case(case_id)

    def acknowledge(self, case_ids: Sequence[str], **given: Any) -> None:
        """Record that a department took cases; see `antipoverty.casework.acknowledge`."""
        self._change(CASE, case_ids, lambda book: verbs.acknowledge(book, case_ids, **given))

    def report(self, household_id: str | None, *, token: str, **given: Any) -> Case:
        """Take a self-report; see `antipoverty.casework.report`."""
        id_ = household_id or verbs.UNFILED + token
        joined = ""
        with suppress(UnknownCaseError):
            joined = self.case(id_).joined
        ids = [id_, *([joined] if joined else [])]
        book = self._change(
            CASE, ids, lambda book: verbs.report(book, household_id, token=token, **given)
        )
        return book.case(joined or id_)

    def join(self, unfiled: str, household_id: str, **given: Any) -> Case:
        """Join an unknown household's case; see `antipoverty.casework.join`."""
        return self._change(
            CASE,
            [unfiled, household_id],
            lambda book: verbs.join(book, unfiled, household_id, **given),
        ).case(household_id)

    def urge(self, *, as_of: date, by: str = "platform") -> int:
        """Urge what is overdue; see `antipoverty.casework.urge`. Gives the number of events."""
        late = sa.select(ITEM.c.stream).where(ITEM.c.due < as_of)
        with self._reached(), self._engine.connect() as connection:
            streams = [row.stream for row in connection.execute(late)]
        book = self.empty
        for start in range(0, len(streams), 500):
            with closing(self.events(*streams[start : start + 500])) as found:
                book = book.apply(found)
        book, events = verbs.urge(book, as_of=as_of, by=by)
        if events:
            self.append(events, book)
        return len(events)

    def list_problem(self, problem_id: str, **given: Any) -> Problem:
        """List a problem; see `antipoverty.casework.list_problem`."""
        return self._change(
            PROBLEM, [problem_id], lambda book: verbs.list_problem(book, problem_id, **given)
        ).problem(problem_id)

    def advance_problem(self, problem_id: str, step: str, **given: Any) -> Problem:
        """Take a step; see `antipoverty.casework.advance_problem`."""
        return self._change(
            PROBLEM,
            [problem_id],
            lambda book: verbs.advance_problem(book, problem_id, step, **given),
        ).problem(problem_id)

    def extend(self, problem_id: str, households: Iterable[str], **given: Any) -> Problem:
        """Put down like cases; see `antipoverty.casework.extend`."""
        listed = list(households)
        return self._change(
            PROBLEM, [problem_id], lambda book: verbs.extend(book, problem_id, listed, **given)
        ).problem(problem_id)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself; see _begin_sqlite
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    """Take the right to write at once: two readers that both want it later would block."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _chunks(rows: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]


def _row(event: Event) -> dict[str, Any]:
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


def _event(row: Any) -> Event:
    return Event(
        row.stream,
        row.number,
        row.kind,
        row.on_day,
        row.by_whom,
        row.why,
        Frozen(json.loads(row.data)),
        row.earlier,
        row.hash,
    )


def _item(book: Book, stream: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    register, _, id_ = stream.partition("/")
    item = book.case(id_) if register == CASE else book.problem(id_)
    row = {
        "stream": stream,
        "version": item.version,
        "head": item.head,
        "area": item.area,
        "state": item.state,
        "entered": item.entered,
        "due": book.due(item),
    }
    return row, item.departments
