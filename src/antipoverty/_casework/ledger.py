"""A ledger keeps the events of both registers in a database: SQLite or PostgreSQL.

What counts is the table of events; the lists are looked up in a table that is written in
the same transaction, can be made again from the events, and is proved against them. Two
writers that change one case at the same time write the same number of its chain: one of
them gets a `ConflictError` and nothing of its change is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from typing import Any, Self

import sqlalchemy as sa

from antipoverty._base.collecting import nothing_collected
from antipoverty._base.days import as_day, days
from antipoverty._casework.arguments import checked
from antipoverty._casework.book import CASE, PROBLEM, Book, Changed
from antipoverty._casework.bulk import (
    among,
    are_few,
    are_rare,
    by_key,
    fetched,
    insert,
    inside,
    look_through,
    one_by_one,
    unordered,
)
from antipoverty._casework.cases import Case, Problem
from antipoverty._casework.events import Event, known_on
from antipoverty._casework.lines import (
    ASKED,
    Damage,
    chunks,
    damages,
    events_in,
    item_of,
    latest,
    relist,
    streams_of,
    write_lines,
)
from antipoverty._casework.lists import Task, check_choice, filed_under
from antipoverty._casework.servers import check_texts
from antipoverty._casework.tables import (
    DEPARTMENT,
    EVENT,
    ITEM,
    LOST,
    NOT_KNOWN,
    check_version,
    connect,
    date_of,
    event_rows,
    guarded,
    migrate,
    raw,
)
from antipoverty.errors import BrokenChainError, StoreError
from antipoverty.model import AreaTree, Filed

_CHUNK = 5_000


class Ledger:
    """The events of both registers in a database, and the lists that are looked up."""

    def __init__(self, engine: sa.Engine, book: Book) -> None:
        self._engine = engine
        self.empty = book
        """The empty book it was opened with: pack, workflows, calendar."""

    def __repr__(self) -> str:
        address = self._engine.url.render_as_string(hide_password=True)
        return f"<{type(self).__name__} {address}>"

    @classmethod
    def open(cls, url: str, book: Book, *, read_only: bool = False) -> Self:
        """Open a database, and make or migrate its tables.

        Args:
            url: Such as ``sqlite:///cases.db`` or ``postgresql://user@host/name``.
            book: An empty book: its pack, workflows, calendar and day of writing are used.
            read_only: Whether it is only read, without a lock, a migration or the right to
                write: a file on a medium that nobody writes to, a role that may only select.

        Raises:
            StoreError: It cannot be reached, the address cannot be read, or a newer version
                of the library made its tables.
            MissingExtraError: The extra ``store`` is not installed.
        """
        found = cls(connect(url, read_only=read_only), book)
        failed = "the database cannot be opened: check its address, user and rights"
        try:
            with guarded(failed):
                if read_only:
                    with found._reading() as connection:
                        check_texts(connection)
                        check_version(connection)
                else:
                    with found._writing() as connection:
                        check_texts(connection)
                        if migrate(connection):
                            relist(connection, book)
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

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """One transaction; where its end is not answered, nobody can say whether it was kept."""
        engine = self._engine.execution_options(writes=True)
        with engine.connect() as connection, connection.begin() as transaction:
            yield connection
            try:
                transaction.commit()
            except sa.exc.DBAPIError as problem:
                if not problem.connection_invalidated:
                    raise
                raise StoreError(LOST, name=type(problem).__name__) from None

    def _reading(self) -> AbstractContextManager[sa.Connection]:
        """One look at everything: what others write meanwhile is not seen in half."""
        if self._engine.dialect.name == "sqlite":
            return self._engine.begin()
        return self._engine.execution_options(isolation_level="REPEATABLE READ").begin()

    # --- reading

    @days
    def events(self, *streams: str, until: date | None = None) -> Generator[Event]:
        """Read events, chain after chain; those of some streams, or all.

        Args:
            streams: Such as ``case/h1``; all when none is named.
            until: Each chain up to its first event after this day.
        """
        with guarded("the database failed"), self._reading() as connection:
            found = events_in(connection, streams)
            yield from found if until is None else known_on(found, until)

    @days
    def book(self, *, on: date | None = None) -> Book:
        """The book of all events, or as it stood on a day.

        A damaged chain is set aside and named in the book's ``damaged``; `doctor` says more.
        """
        with guarded("the database failed"), self._reading() as connection:
            found = events_in(connection, ())
            return self.empty.read(found if on is None else known_on(found, on))

    @checked
    def case(self, case_id: str) -> Case:
        """Read one case.

        Raises:
            BrokenChainError: Its events or its line were changed by other means.
            UnknownCaseError: There is none.
        """
        return self._some(CASE, [case_id]).case(case_id)

    @checked
    def problem(self, problem_id: str) -> Problem:
        """Read one problem.

        Raises:
            BrokenChainError: Its events or its line were changed by other means.
            UnknownCaseError: There is none.
        """
        return self._some(PROBLEM, [problem_id]).problem(problem_id)

    def _some(self, register: str, ids: Iterable[str]) -> Book:
        """A book of some items, and of the cases in which they went on.

        Raises:
            BrokenChainError: The chain of one is damaged, or does not end where the lists say.
        """
        book, wanted = self.empty, sorted({*ids})
        while wanted:
            book = self._with(book, [f"{register}/{id_}" for id_ in wanted])
            if book.damaged:
                streams = ", ".join([*book.damaged][:_NAMED])
                raise BrokenChainError(
                    "{streams}: {why}; run doctor, and leave these out meanwhile",
                    streams=streams,
                    why=next(iter(book.damaged.values())).why,
                )
            joined = {case.joined for id_ in wanted if (case := book.cases.get(id_))}
            wanted = sorted(joined - {""} - {*book.cases})
        return book

    def _with(self, book: Book, streams: Sequence[str]) -> Book:
        """A book with some items more; a chain that does not end where the lists say is damaged."""
        with guarded("the database failed"), self._reading() as connection:
            for chunk in chunks(streams, ASKED):
                book = latest(connection, book, chunk)
        return book

    @checked
    def worklist(
        self,
        *,
        as_of: date,
        department: str | None = None,
        area: str = "",
        role: str | None = None,
        areas: AreaTree | None = None,
        limit: int | None = None,
    ) -> tuple[Task, ...]:
        """List open cases, the most overdue first; see `antipoverty.casework.worklist`."""
        check_choice(self.empty, area=area, department=department, role=role)
        filed = filed_under(area, areas, as_day(as_of))
        return self._tasks(CASE, as_day(as_of), department, filed, role, limit)

    @checked
    def problem_list(
        self,
        *,
        as_of: date,
        department: str | None = None,
        area: str = "",
        areas: AreaTree | None = None,
        limit: int | None = None,
    ) -> tuple[Task, ...]:
        """List open problems, the most overdue first; see `antipoverty.casework.problem_list`."""
        check_choice(self.empty, area=area, department=department)
        filed = filed_under(area, areas, as_day(as_of))
        return self._tasks(PROBLEM, as_day(as_of), department, filed, None, limit)

    @nothing_collected()
    def _tasks(
        self,
        register: str,
        as_of: date,
        department: str | None,
        filed: Filed,
        role: str | None,
        limit: int | None,
    ) -> tuple[Task, ...]:
        flow = self.empty.workflow if register == CASE else self.empty.rectification
        steps = {state.id: flow.steps_from(state.id) for state in flow.states}
        line, theirs = ITEM.c, DEPARTMENT.c
        shown = [one for one in raw(ITEM) if one.name not in ("version", "head", "entered")]
        taken = sa.false() if department is None or register != CASE else theirs.taken
        query, order = sa.select(*shown, taken), line
        if department is not None:
            order = theirs
            query = query.join(DEPARTMENT, theirs.stream == line.stream)
        exactly = "C" if self._engine.dialect.name == "postgresql" else "BINARY"
        stream = order.stream.collate(exactly)
        query = query.where(order.due.is_not(None))
        query = query.where(order.stream.startswith(f"{register}/"))
        by = (order.due, stream)
        if role is not None:
            may = [state for state, able in steps.items() if any(role in one.by for one in able)]
            able: sa.ColumnElement[bool] = line.state.in_(may)
            if register == CASE and flow.appeal is not None and role in flow.appeal.by:
                able = sa.or_(able, line.appeals > 0)
            query = query.where(able)
        named = {state: tuple(one.id for one in able) for state, able in steps.items()}
        known: dict[str, tuple[str, ...]] = {"[]": ()}
        start, days = len(register) + 1, dict[Any, tuple[date | None, int]]()
        found = []
        with guarded("the database failed"), self._reading() as connection:
            few = False
            if filed.begins != ("",):
                few = are_few(connection, line.area, filed.begins, exactly) or (
                    limit is not None and are_rare(connection, line, filed.begins, exactly, limit)
                )
                query = query.where(inside(line.area, filed.begins, exactly, few=few))
                by = unordered(order.due, order.stream, exactly) if few else by
            if department is not None:
                query = query.where(
                    one_by_one(connection, theirs.department, few=few) == department
                )
            query = query.order_by(*by).limit(None if filed.without else limit)
            rows: Any = fetched(connection, query)
            if filed.without:
                rows = (row for row in rows if filed.holds(row[1]))
            for stream, place, state, due, facts, urged, level, appeals, mine in rows:
                if due not in days:
                    days[due] = _until(due, as_of)
                if facts not in known:
                    known[facts] = tuple(json.loads(facts))
                until, late = days[due]
                next_ = named.get(state, ())
                found.append(
                    Task(
                        stream[start:], place, state, until, late, next_, known[facts],
                        bool(mine), urged, level, appeals,
                    )
                )  # fmt: skip
        return tuple(found[:limit])

    # --- what shows tampering

    def doctor(self) -> tuple[Damage, ...]:
        """Say what is damaged, since when, and what can be done; nothing is changed.

        Every chain is folded anew, and every column of the lists is compared with the fold.
        What was cut off together with its line shows only where heads were kept.
        """
        with guarded("the database failed"), self._reading() as connection:
            return damages(connection, self.empty)[1]

    @checked
    def heads(self, *, but: Collection[str] = ()) -> tuple[str, ...]:
        """The last event of every chain, ``stream number hash``, to keep elsewhere.

        Args:
            but: Chains that are known to be damaged and are left out, such as ``case/h1``.

        Raises:
            BrokenChainError: A chain is broken, or the lists say something else than the
                events in any column; every such chain is named.
        """
        with guarded("the database failed"), self._reading() as connection:
            book, found = damages(connection, self.empty)
        new = [one for one in found if one.stream not in but]
        if new:
            named = "; ".join(f"{one.stream}: {one.what}" for one in new[:_NAMED])
            more = f"; and {len(new) - _NAMED} more" if len(new) > _NAMED else ""
            ways = "; ".join(dict.fromkeys(one.remedy for one in new))
            raise BrokenChainError(
                "{named}{more}. What can be done: {ways}. To go on without them, name them as "
                "known; doctor lists them all",
                named=named,
                more=more,
                ways=ways,
            )
        items = {stream: item_of(book, stream) for stream in streams_of(book) if stream not in but}
        return tuple(f"{one} {items[one].version} {items[one].head}" for one in sorted(items))

    @checked
    def seal(self, *, but: Collection[str] = ()) -> str:
        """SHA-256 over `heads`, to publish: one line that stands for every event.

        Raises:
            BrokenChainError: See `heads`.
        """
        text = "".join(f"{line}\n" for line in self.heads(but=but))
        return hashlib.sha256(text.encode()).hexdigest()

    @checked
    def check_heads(self, kept: Iterable[str], *, but: Collection[str] = ()) -> int:
        """Check that all that was there when some `heads` were kept is there today.

        Args:
            kept: The lines that `heads` gave.
            but: Chains that are known to be damaged and are left out.

        Returns:
            How many chains were checked.

        Raises:
            BrokenChainError: A chain is gone, was cut, or was written anew.
        """
        self.heads(but=but)
        wanted = [line.split() for line in kept if line.strip()]
        for words in wanted:
            if len(words) != 3 or not words[1].isdecimal():
                raise BrokenChainError("these are no heads: write lines of stream, number and hash")
        wanted = [words for words in wanted if words[0] not in but]
        for chunk in chunks(wanted, ASKED):
            streams = [stream for stream, _, _ in chunk]
            query = sa.select(EVENT.c.stream, EVENT.c.number, EVENT.c.hash)
            with guarded("the database failed"), self._reading() as connection:
                rows = connection.execute(query.where(among(connection, EVENT.c.stream, streams)))
                found = {(row.stream, row.number): row.hash for row in rows}
            for stream, number, hash_ in chunk:
                if found.get((stream, int(number))) != hash_:
                    raise BrokenChainError(
                        "event {number} of {stream} is not the one it was when the heads were kept",
                        number=number,
                        stream=stream,
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
            StoreError: The database failed, or an event would not be read as it was written.
        """
        written = tuple(events)
        rows = event_rows(written)
        with guarded("the database failed"), self._writing() as connection:
            by_key(connection)
            for chunk in chunks(rows, _CHUNK):
                insert(connection, EVENT, chunk)
            write_lines(connection, book, written)
            if len(rows) >= _CHUNK:
                look_through(connection)

    def reindex(self) -> None:
        """Make the lists again from the events, as after a change of calendar or limits.

        The lines of damaged chains are left as they are: they show what was there.
        """
        with guarded("the database failed"), self._writing() as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
                connection.execute(sa.text("LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE"))
            relist(connection, self.empty)

    def _change(
        self, register: str, ids: Iterable[str], verb: Callable[[Book], Changed]
    ) -> Changed:
        book, events = verb(self._some(register, ids))
        if events:
            self.append(events, book)
        return book, events

    def open_ids(self) -> set[str]:
        """The ids of all cases that are open."""
        query = sa.select(ITEM.c.stream).where(
            ITEM.c.due.is_not(None), ITEM.c.stream.startswith(f"{CASE}/")
        )
        with guarded("the database failed"), self._reading() as connection:
            return {row.stream.partition("/")[2] for row in connection.execute(query)}

    def _late(self, as_of: date) -> Iterator[Book]:
        """The items over their limit on a day, some thousands at a time; no damaged ones."""
        late = sa.select(ITEM.c.stream).where(ITEM.c.due < as_day(as_of)).order_by(ITEM.c.stream)
        with guarded("the database failed"), self._reading() as connection:
            streams = [row.stream for row in connection.execute(late)]
        for chunk in chunks(streams, _CHUNK):
            yield self._with(self.empty, chunk)


_NAMED = 20


def _until(due: Any, as_of: date) -> tuple[date | None, int]:
    """The last day in time, if it is known, and how many days it is over that."""
    try:
        day = date_of(due)
    except (TypeError, ValueError):
        raise BrokenChainError("a line of the lists is due on what is no day; run doctor") from None
    return (None, 0) if day == NOT_KNOWN else (day, max((as_of - day).days, 0))
