"""The lines of the lists: written with the events, read by people, proved against the fold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa

from antipoverty._base.frozen import plain
from antipoverty._casework.book import CASE, PROBLEM, Book
from antipoverty._casework.bulk import among, by_key, fetched, insert, remove, replace
from antipoverty._casework.cases import Case, Item, Problem
from antipoverty._casework.events import Event
from antipoverty._casework.snapshots import EVERY, resumed
from antipoverty._casework.tables import (
    CHANGED_MEANWHILE,
    DEPARTMENT,
    EVENT,
    ITEM,
    NOT_KNOWN,
    event_of,
    raw,
)
from antipoverty.errors import BrokenChainError, ConflictError, phrase

_T = TypeVar("_T")
ASKED = 5_000
"""How many streams one question names."""
_FETCHED = 5_000
_LEAST = -(2**31)
"""The least number that an event can have in a database."""


@attrs.frozen
class Damage:
    """What does not fit in a database of registers, since when, and what can be done (受损项).

    Attributes:
        stream: The chain: ``case/h1`` or ``problem/p1``.
        part: ``events``: its chain is broken. ``lists``: its events are whole, and the
            lists say something else.
        what: What was found.
        sound: How many of its events, from the first, are whole.
        since: The day of the last of those, or ``None``.
        remedy: What can be done. Nothing is ever done to an event.
    """

    stream: str
    part: str
    what: str
    sound: int
    since: date | None
    remedy: str


_RESTORE = (
    "restore the events of this chain from a backup, and check them with heads that were kept; "
    "until then it is set aside, and the household can go on under a new id"
)
_REINDEX = (
    "name the calendar and the workflow that the lists were made with, or run reindex: it makes "
    "them from the events. If neither was changed, somebody changed the lists by other means"
)
_CUT = (
    "the last events of this chain, or all of them, were removed, or its line was, or it was put "
    "there by other means: restore it from a backup; with heads that were kept you see which"
)


_NOT_THE_END = (
    "its chain does not end where the lists say: events or its line were removed or added"
)


def chunks(rows: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """Rows in parts of a size."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def events_in(connection: sa.Connection, streams: Sequence[str]) -> Iterator[Event]:
    """Events in the order of their chains; of all streams when none is named."""
    query = _events(connection, streams)
    with connection.execute(query, execution_options={"yield_per": _FETCHED}) as rows:
        for row in rows:
            yield event_of(row)


def _events(connection: sa.Connection, streams: Sequence[str]) -> Any:
    """Ask for the events of some streams, or of all."""
    query = sa.select(*raw(EVENT)).order_by(EVENT.c.stream, EVENT.c.number)
    return query.where(among(connection, EVENT.c.stream, streams)) if streams else query


def _last_events(connection: sa.Connection, streams: Sequence[str]) -> Any:
    """Ask for the ends of some chains, each from its last snapshot on, and what their lines say."""
    line = ITEM.c
    last = sa.func.nullif(line.version - line.version % EVERY, 0)
    starts = EVENT.c.number >= sa.func.coalesce(last, _LEAST)
    query = sa.select(*raw(EVENT), *raw(ITEM)[1:3]).join_from(
        ITEM, EVENT, sa.and_(EVENT.c.stream == line.stream, starts)
    )
    query = query.where(among(connection, line.stream, streams))
    return query.order_by(line.stream, EVENT.c.number)


def latest(connection: sa.Connection, book: Book, streams: Sequence[str]) -> Book:
    """A book with some items more, read from the ends of their chains.

    A long chain is read from its last snapshot on. One that does not fit, or does not end
    where the lists say, is set aside.
    """
    by_key(connection)
    rows = fetched(connection, _last_events(connection, streams))
    ends = {row[0]: row[-2:] for row in rows}
    events = [event_of(row[:-2]) for row in rows]
    seeds: dict[str, Item | None] = {}
    begun = set[str]()
    for event in events:
        if event.number == 1:
            begun.add(event.stream)
        elif event.stream not in begun and event.stream not in seeds:
            seeds[event.stream] = _seed(event)
    found = [item for item in seeds.values() if item]
    book = book.with_(
        {item.id: item for item in found if isinstance(item, Case)},
        {item.id: item for item in found if isinstance(item, Problem)},
    )
    if whole := [one for one in streams if one not in begun and not seeds.get(one)]:
        named = {*whole}
        query = sa.select(*raw(ITEM)[:3]).where(among(connection, ITEM.c.stream, whole))
        ends |= {stream: (version, head) for stream, version, head in fetched(connection, query)}
        events = [event for event in events if event.stream not in named]
        events += map(event_of, fetched(connection, _events(connection, whole)))
    book = book.read(events)
    for stream in streams:
        item = found_in(book, stream)
        if stream in book.damaged:
            book = book.without(stream, book.damaged[stream].why) if item else book
        elif ends.get(stream) != (item and (item.version, item.head)):
            book = book.without(stream, _NOT_THE_END)
    return book


def _seed(event: Event) -> Item | None:
    """What a snapshot says; of one that none can have, the whole chain tells that it is broken."""
    try:
        return resumed(event)
    except BrokenChainError:
        return None


def streams_of(book: Book) -> list[str]:
    """Every chain of a book."""
    return [
        *(f"{CASE}/{id_}" for id_ in book.cases),
        *(f"{PROBLEM}/{id_}" for id_ in book.problems),
    ]


def item_of(book: Book, stream: str) -> Item:
    """The case or problem of a chain."""
    register, _, id_ = stream.partition("/")
    return book.case(id_) if register == CASE else book.problem(id_)


def found_in(book: Book, stream: str) -> Item | None:
    """The case or problem of a chain, if the book has it."""
    register, _, id_ = stream.partition("/")
    return book.cases.get(id_) if register == CASE else book.problems.get(id_)


def line_of(item: Item, stream: str, due: date | None) -> tuple[Any, ...]:
    """An item as a line of the lists: a row of `ITEM`."""
    return (
        stream,
        item.version,
        item.head,
        item.area,
        item.state,
        item.entered,
        due,
        json.dumps(facts) if (facts := facts_of(item)) else "[]",
        item.urged,
        item.handed_up,
        len(item.open_appeals) if isinstance(item, Case) else 0,
    )


def due_of(book: Book, item: Item) -> date | None:
    """The day by which the lists are in order; null for a closed one."""
    due = book.due(item)
    return NOT_KNOWN if due is None and book.is_listed(item) else due


def facts_of(item: Item) -> tuple[str, ...]:
    """What a keeper should find out."""
    return item.asked if isinstance(item, Case) else ()


def departments_of(item: Item, stream: str, due: date | None) -> list[tuple[Any, ...]]:
    """The departments on whose lists an item is, whether they took it, and until when."""
    return [
        (stream, one, isinstance(item, Case) and item.taken_by(one), due)
        for one in item.departments
    ]


_IN_PLACE = ("stepped", "acknowledged", "helped", "urged")
"""Kinds of events after which an item is where it was."""


def write_lines(connection: sa.Connection, book: Book, events: Iterable[Event]) -> None:
    """Write the lines of items after their newest events.

    Raises:
        ConflictError: A line says another end of a chain than the one the events follow from.
    """
    firsts, moved = dict[str, Event](), set[str]()
    for event in events:
        firsts.setdefault(event.stream, event)
        if event.kind not in _IN_PLACE:
            moved.add(event.stream)
    streams = sorted(firsts)
    new = [one for one in streams if firsts[one].number == 1]
    old = [one for one in streams if firsts[one].number != 1]
    there = [one for one in old if one not in moved]
    elsewhere = [one for one in old if one in moved]
    for kept, several in ((("area",), there), ((), elsewhere)):
        for chunk in chunks(several, ASKED):
            named: list[tuple[Any, ...]] = []
            was = [(one, (at := firsts[one]).number - 1, at.earlier) for one in chunk]
            rows = _rows(book, chunk, named)
            if not replace(connection, ITEM, rows, was, kept=kept):
                raise ConflictError(CHANGED_MEANWHILE)
            remove(connection, DEPARTMENT, chunk)
            insert(connection, DEPARTMENT, named)
    add_lines(connection, book, new)


def add_lines(connection: sa.Connection, book: Book, streams: Sequence[str]) -> None:
    """Write the lines of items that have none."""
    for chunk in chunks(streams, ASKED):
        named: list[tuple[Any, ...]] = []
        insert(connection, ITEM, _rows(book, chunk, named))
        insert(connection, DEPARTMENT, named)


def _rows(
    book: Book, streams: Sequence[str], named: list[tuple[Any, ...]]
) -> Iterator[tuple[Any, ...]]:
    """The lines of some items, one by one; what departments are told is put down beside."""
    dues: dict[Any, date | None] = {}
    for stream in streams:
        item = item_of(book, stream)
        on = (type(item), item.state, item.entered, *plain(item.reached).items())
        if isinstance(item, Case) and item.appeals:
            due = due_of(book, item)
        elif (due := dues.get(on, date.min)) == date.min:
            due = dues[on] = due_of(book, item)
        named += departments_of(item, stream, due)
        yield line_of(item, stream, due)


def relist(connection: sa.Connection, empty: Book) -> None:
    """Make all lines anew from the events; those of damaged chains are left as they are."""
    book = empty.read(events_in(connection, ()))
    aside = [*book.damaged]
    for table in (DEPARTMENT, ITEM):
        gone = table.delete()
        connection.execute(gone.where(table.c.stream.not_in(aside)) if aside else gone)
    add_lines(connection, book, streams_of(book))


def lines_in(
    connection: sa.Connection, streams: Sequence[str] = ()
) -> tuple[dict[str, dict[str, Any]], dict[str, list[Any]]]:
    """The lines as they stand, and the departments of each, whatever was put there."""
    found: list[dict[str, list[Any]]] = []
    for table in (ITEM, DEPARTMENT):
        query = sa.select(*raw(table))
        if streams:
            query = query.where(among(connection, table.c.stream, streams))
        rows: dict[str, list[Any]] = {}
        for row in connection.execute(query).mappings():
            rows.setdefault(str(row["stream"]), []).append(dict(row))
        found.append(rows)
    return {stream: rows[0] for stream, rows in found[0].items()}, found[1]


def unlike(
    book: Book,
    stream: str,
    lines: Mapping[str, Mapping[str, Any]],
    departments: Mapping[str, Iterable[Mapping[str, Any]]],
) -> tuple[str, ...]:
    """The columns in which the lists say something else than the events."""
    line = lines.get(stream)
    if line is None:
        return ("version",)
    item = item_of(book, stream)
    due = due_of(book, item)
    wanted = zip(ITEM.c.keys(), line_of(item, stream, due), strict=True)
    odd = [name for name, value in wanted if _plain(line.get(name)) != _plain(value)]
    told = {str(one["department"]): one for one in departments.get(stream, ())}
    named = departments_of(item, stream, due)
    columns = DEPARTMENT.c.keys()
    meant = {one[1]: dict(zip(columns, one, strict=True)) for one in named}
    if {*told} != {*meant}:
        return (*odd, "department")
    return *odd, *(
        f"department's {column}"
        for column in ("taken", "due")
        if any(_plain(told[one][column]) != _plain(meant[one][column]) for one in meant)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return value.isoformat() if isinstance(value, date) else value


def damages(connection: sa.Connection, empty: Book) -> tuple[Book, tuple[Damage, ...]]:
    """Fold everything, and compare every column of the lists with the fold."""
    book = empty.read(events_in(connection, ()))
    lines, departments = lines_in(connection)
    found = [
        Damage(stream, "events", one.why, one.sound, one.since, _RESTORE)
        for stream, one in book.damaged.items()
    ]
    held = streams_of(book)
    for stream in held:
        if odd := unlike(book, stream, lines, departments):
            item = item_of(book, stream)
            cut = "version" in odd or "head" in odd
            said = phrase(
                "the lists say something else of {odd} than the events", odd=", ".join(odd)
            )
            remedy = _CUT if cut else _REINDEX
            found.append(Damage(stream, "lists", said, item.version, item.latest, remedy))
    lost = sorted({*lines, *departments} - {*held} - {*book.damaged})
    found += [
        Damage(stream, "events", "it stands in the lists and has no events", 0, None, _CUT)
        for stream in lost
    ]
    return book, tuple(sorted(found, key=lambda one: (one.stream, one.part)))
