"""A ledger keeps the events of both registers in a database: SQLite or PostgreSQL.

What counts is the table of events; the lists are looked up in a table that is written in
the same transaction and can be made again from the events. Two writers that change one
case at the same time write the same number of its chain: one of them gets a
`ConflictError` and nothing of its change is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from datetime import date
from typing import Any, Self, TypeVar

import sqlalchemy as sa

from antipoverty._casework.book import CASE, PROBLEM, Book, Changed
from antipoverty._casework.cases import Case, Problem
from antipoverty._casework.events import Event, known_on
from antipoverty._casework.lists import Task, check_choice, task_of
from antipoverty._casework.tables import (
    DEPARTMENT,
    EVENT,
    ITEM,
    connect,
    event_of,
    guarded,
    migrate,
    row_of,
    upsert,
)
from antipoverty.errors import BrokenChainError

_T = TypeVar("_T")
_CHUNK = 5_000
_ASKED = 500
"""How many streams one question names: SQLite allows a limited number of parameters."""


class Ledger:
    """The events of both registers in a database, and the lists that are looked up."""

    def __init__(self, engine: sa.Engine, book: Book) -> None:
        self._engine = engine
        self.empty = book
        """The empty book it was opened with: pack, workflows, calendar."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._engine.url.render_as_string(hide_password=True)}>"

    @classmethod
    def open(cls, url: str, book: Book) -> Self:
        """Open a database, and make or migrate its tables.

        Args:
            url: Such as ``sqlite:///cases.db`` or ``postgresql://user@host/name``.
            book: An empty book: its pack, workflows and calendar are used.

        Raises:
            StoreError: It cannot be reached, the address cannot be read, or a newer version
                of the library made its tables.
            MissingExtraError: The extra ``store`` is not installed.
        """
        found = cls(connect(url), book)
        failed = "the database cannot be opened: check its address, user and rights"
        try:
            with guarded(failed), found._writing() as connection:
                migrate(connection)
        except BaseException:
            found.close()
            raise
        return found

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _writing(self) -> AbstractContextManager[sa.Connection]:
        return self._engine.execution_options(writes=True).begin()

    # --- reading

    def events(self, *streams: str, until: date | None = None) -> Generator[Event]:
        """Read events, chain after chain; those of some streams, or all.

        Args:
            streams: Such as ``case/h1``; all when none is named.
            until: Each chain up to its first event after this day.
        """
        with guarded("the database failed"), self._engine.connect() as connection:
            found = _events(connection, streams)
            yield from found if until is None else known_on(found, until)

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

    def _some(self, register: str, ids: Iterable[str]) -> Book:
        """A book of some items, and of the cases in which they went on."""
        book, wanted = self.empty, sorted({*ids})
        while wanted:
            book = self._with(book, [f"{register}/{id_}" for id_ in wanted])
            joined = {case.joined for id_ in wanted if (case := book.cases.get(id_))}
            wanted = sorted(joined - {""} - {*book.cases})
        return book

    def _with(self, book: Book, streams: Sequence[str]) -> Book:
        for chunk in _chunks(streams, _ASKED):
            with closing(self.events(*chunk)) as events:
                book = book.apply(events)
        return book

    def worklist(
        self,
        *,
        as_of: date,
        department: str | None = None,
        area: str = "",
        role: str | None = None,
        limit: int | None = None,
    ) -> tuple[Task, ...]:
        """List open cases, the most overdue first; see `antipoverty.casework.worklist`."""
        check_choice(self.empty, area=area, department=department, role=role)
        ids = self._open_ids(CASE, area, department, role, limit)
        book = self._some(CASE, ids)
        return tuple(task_of(book, book.case(id_), as_of, department) for id_ in ids)

    def problem_list(
        self,
        *,
        as_of: date,
        department: str | None = None,
        area: str = "",
        limit: int | None = None,
    ) -> tuple[Task, ...]:
        """List open problems, the most overdue first; see `antipoverty.casework.problem_list`."""
        check_choice(self.empty, area=area, department=department)
        ids = self._open_ids(PROBLEM, area, department, None, limit)
        book = self._some(PROBLEM, ids)
        return tuple(task_of(book, book.problem(id_), as_of) for id_ in ids)

    def _open_ids(
        self, register: str, area: str, department: str | None, role: str | None, limit: int | None
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
        if role is not None:
            flow = self.empty.workflow
            query = query.where(
                ITEM.c.state.in_(
                    state.id
                    for state in flow.states
                    if any(role in step.by for step in flow.steps_from(state.id))
                )
            )
        exactly = "C" if self._engine.dialect.name == "postgresql" else "BINARY"
        query = query.order_by(ITEM.c.due, ITEM.c.stream.collate(exactly)).limit(limit)
        with guarded("the database failed"), self._engine.connect() as connection:
            return [row.stream.partition("/")[2] for row in connection.execute(query)]

    # --- what shows tampering

    def heads(self) -> tuple[str, ...]:
        """The last event of every chain, ``stream number hash``, to keep elsewhere.

        Raises:
            BrokenChainError: A chain is broken, or is shorter than its line in the lists.
        """
        with guarded("the database failed"), self._engine.connect() as connection:
            book = self.empty.apply(_events(connection, ()))
            listed = {
                row.stream: (row.version, row.head) for row in connection.execute(sa.select(ITEM))
            }
        items = {f"{CASE}/{id_}": item for id_, item in book.cases.items()}
        chains: dict[str, tuple[int, str]] = {
            **{stream: (item.version, item.head) for stream, item in items.items()},
            **{f"{PROBLEM}/{id_}": (one.version, one.head) for id_, one in book.problems.items()},
        }
        for stream in sorted({*listed, *chains}):
            if listed.get(stream) != chains.get(stream):
                raise BrokenChainError(
                    f"the chain of {stream} does not end where the lists say: its last events, or "
                    "all of them, were removed or put there by other means"
                )
        return tuple(
            f"{stream} {chains[stream][0]} {chains[stream][1]}" for stream in sorted(chains)
        )

    def seal(self) -> str:
        """SHA-256 over `heads`, to publish: one line that stands for every event.

        Raises:
            BrokenChainError: See `heads`.
        """
        text = "".join(f"{line}\n" for line in self.heads())
        return hashlib.sha256(text.encode()).hexdigest()

    def check_heads(self, kept: Iterable[str]) -> int:
        """Check that all that was there when some `heads` were kept is there today.

        Args:
            kept: The lines that `heads` gave.

        Returns:
            How many chains were checked.

        Raises:
            BrokenChainError: A chain is gone, was cut, or was written anew.
        """
        self.heads()
        wanted = [line.split() for line in kept if line.strip()]
        for words in wanted:
            if len(words) != 3 or not words[1].isdecimal():
                raise BrokenChainError("these are no heads: write lines of stream, number and hash")
        for chunk in _chunks(wanted, _ASKED):
            streams = [stream for stream, _, _ in chunk]
            query = sa.select(EVENT.c.stream, EVENT.c.number, EVENT.c.hash)
            with guarded("the database failed"), self._engine.connect() as connection:
                rows = connection.execute(query.where(EVENT.c.stream.in_(streams)))
                found = {(row.stream, row.number): row.hash for row in rows}
            for stream, number, hash_ in chunk:
                if found.get((stream, int(number))) != hash_:
                    raise BrokenChainError(
                        f"event {number} of {stream} is not the one it was when the heads were kept"
                    )
        return len(wanted)

    # --- writing

    def append(self, events: Iterable[Event], book: Book) -> None:
        """Write events, all or none.

        Args:
            events: In the order of their chains.
            book: The book after them, from which the lists are written.

        Raises:
            ConflictError: Somebody else wrote to one of the chains first.
            StoreError: The database failed.
        """
        rows = [row_of(event) for event in events]
        streams = sorted({row["stream"] for row in rows})
        with guarded("the database failed"), self._writing() as connection:
            for chunk in _chunks(rows, _CHUNK):
                connection.execute(EVENT.insert(), chunk)
            self._list(connection, book, streams)

    def _list(self, connection: sa.Connection, book: Book, streams: Sequence[str]) -> None:
        """Write the lines of some items anew."""
        for chunk in _chunks(streams, _ASKED):
            lines = [_line(book, stream) for stream in chunk]
            named = [
                {"department": department, "stream": line["stream"]}
                for line, departments in lines
                for department in departments
            ]
            connection.execute(upsert(self._engine), [line for line, _ in lines])
            connection.execute(DEPARTMENT.delete().where(DEPARTMENT.c.stream.in_(chunk)))
            if named:
                connection.execute(DEPARTMENT.insert(), named)

    def reindex(self) -> None:
        """Make the lists again from the events, as after a change of calendar or limits.

        Raises:
            BrokenChainError: A chain is broken.
        """
        with guarded("the database failed"), self._writing() as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
                connection.execute(sa.text("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE"))
            book = self.empty.apply(_events(connection, ()))
            connection.execute(DEPARTMENT.delete())
            connection.execute(ITEM.delete())
            streams = [f"{CASE}/{id_}" for id_ in book.cases]
            self._list(connection, book, [*streams, *(f"{PROBLEM}/{id_}" for id_ in book.problems)])

    def _change(
        self, register: str, ids: Iterable[str], verb: Callable[[Book], Changed]
    ) -> Changed:
        book, events = verb(self._some(register, ids))
        if events:
            self.append(events, book)
        return book, events

    def _late(self, as_of: date) -> Iterator[Book]:
        """The items over their limit on a day, some thousands at a time."""
        late = sa.select(ITEM.c.stream).where(ITEM.c.due < as_of).order_by(ITEM.c.stream)
        with guarded("the database failed"), self._engine.connect() as connection:
            streams = [row.stream for row in connection.execute(late)]
        for chunk in _chunks(streams, _CHUNK):
            yield self._with(self.empty, chunk)


def _events(connection: sa.Connection, streams: Sequence[str]) -> Iterator[Event]:
    """Events in the order of their chains; of all streams when none is named."""
    query = sa.select(EVENT).order_by(EVENT.c.stream, EVENT.c.number)
    if streams:
        query = query.where(EVENT.c.stream.in_(streams))
    with connection.execute(query, execution_options={"yield_per": _CHUNK}) as rows:
        for row in rows:
            yield event_of(row)


def _chunks(rows: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _line(book: Book, stream: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """An item as a line of the lists, with the departments on whose lists it is."""
    register, _, id_ = stream.partition("/")
    item = book.case(id_) if register == CASE else book.problem(id_)
    line = {
        "stream": stream,
        "version": item.version,
        "head": item.head,
        "area": item.area,
        "state": item.state,
        "entered": item.entered,
        "due": book.due(item),
    }
    return line, item.departments
