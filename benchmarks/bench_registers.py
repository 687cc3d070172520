"""Registers as they grow, to 1,000,000 events: an evening's upload, one step, the lists.

Run with ``python benchmarks/bench_registers.py``. Beside an upload stand the same rows of
events and lists written by hand, into tables and indexes of the same form, by the driver
alone: one transaction, nothing read, judged, hashed or checked.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl

from antipoverty.casework import Casebook, Taken, open_cases, report
from bench_casework import DAY, alerts, empty, postgresql, sqlite
from common import Row, table, timed

EVENTS = 1_000_000
OPEN = 215_000
UPLOAD = 2_000
ROUNDS = 5
PART = 50_000
VISITED = {"visited": True}
WRITTEN: dict[str, int] = {"event": 9, "item": 11, "item_department": 4}
"""The tables of a casebook, and how many columns each has."""


def files(start: int, count: int) -> Iterator[pl.DataFrame]:
    """Alerts on so many new households."""
    for at in range(start, start + count, PART):
        part = alerts(min(PART, start + count - at))
        yield part.with_columns(household_id=pl.format("g{}-{}", pl.lit(at), "household_id"))


def fill(casebook: Casebook, start: int, count: int) -> list[str]:
    """Open so many cases; the ids of the last file."""
    ids: list[str] = []
    gc.disable()  # nothing but the files is made here, and each is let go as a whole
    for frame in files(start, count):
        book, events, _ = open_cases(empty(), frame, as_of=DAY)
        casebook.append(events, book)
        ids = [*book.cases]
    gc.enable()
    del book, events
    gc.collect()
    return ids


def growth(name: str, url: str, most: int) -> list[Row]:
    """A township's upload, one step and the lists while the casebook grows."""
    rows, done = [], 0
    late = DAY + timedelta(days=20)
    sizes = [most // 20, most * OPEN // EVENTS, most // 2, most]
    with Casebook.open(url, empty()) as casebook:
        for size in sizes:
            ids = fill(casebook, done, size - done)
            done = size
            several = min(UPLOAD, len(ids) // (ROUNDS + 1))
            uploads, beside, processor = [], [], []
            for at in range(ROUNDS):
                part = ids[at * several : (at + 1) * several]
                taken = [Taken(id_, "home_check", "keeper-1", DAY, VISITED) for id_ in part]
                took, own = upload(casebook, taken)
                uploads.append(several / took)
                processor.append(several / own)
                beside.append(several / by_hand(url, [f"case/{id_}" for id_ in part]))
            speed, hand = statistics.median(uploads), statistics.median(beside)
            rows.append(
                Row(
                    f"{name}, {done:,} cases: an upload of {several:,} steps",
                    f"{speed:,.0f} steps a second ({statistics.median(processor):,.0f} a second "
                    "of this process)",
                    f"the same rows by hand {hand:,.0f}",
                    hand / speed,
                    "10,000 a second",
                    speed >= 10_000,
                )
            )
            one = statistics.median(
                timed(lambda i=id_: casebook.advance(
                    i, "home_check", by="keeper-1", on=DAY, finding=VISITED
                ))
                for id_ in ids[-9:]
            )  # fmt: skip
            asked: list[dict[str, Any]] = [
                {}, {"department": "traffic-police"}, {"area": "610702101"}
            ]  # fmt: skip
            lists = [
                statistics.median(
                    timed(lambda w=words: casebook.worklist(as_of=late, limit=50, **w))
                    for _ in range(ROUNDS)
                )
                for words in asked
            ]
            rows.append(
                Row(
                    f"{name}, {done:,} cases: the first 50 of all, of a department, of a township",
                    ", ".join(f"{1000 * took:.1f} ms" for took in lists),
                    f"one step in its own transaction {1000 * one:.1f} ms",
                    limit="10 ms each",
                    met=max(lists) <= 0.010,
                )
            )
            if size == sizes[1]:
                whole = timed(lambda: casebook.worklist(as_of=late))
                said = f"{name}: the whole list of {done:,} open cases"
                rows.append(Row(said, f"{whole:.2f} s", limit="1 s", met=whole <= 1))
    return rows


def upload(casebook: Casebook, taken: list[Taken]) -> tuple[float, float]:
    """Seconds of steps in one transaction, by the clock and of this process; none is refused."""
    gc.collect()
    began = time.perf_counter(), time.process_time()
    written, refused = casebook.advance_each(taken)
    spent = time.perf_counter() - began[0], time.process_time() - began[1]
    if written != len(taken) or refused:
        raise AssertionError("a step was refused")
    return spent


def by_hand(url: str, streams: list[str]) -> float:
    """Seconds for the rows that an upload wrote, written anew into tables of their own."""
    if url.startswith("sqlite"):
        return by_sqlite(url.removeprefix("sqlite:///"), streams)
    return by_postgresql(url, streams)


def by_sqlite(path: str, streams: list[str]) -> float:
    """With ``executemany``, in a file of its own."""
    import sqlite3

    rows = {}
    with sqlite3.connect(path) as held:
        held.execute("CREATE TEMP TABLE mine (stream PRIMARY KEY)")
        held.executemany("INSERT INTO mine VALUES (?)", [(one,) for one in streams])
        for name in WRITTEN:
            only = " AND number = 2" if name == "event" else ""
            query = f"SELECT * FROM {name} WHERE stream IN (SELECT stream FROM mine){only}"
            rows[name] = held.execute(query).fetchall()
        laid = [sql for (sql,) in held.execute("SELECT sql FROM sqlite_master") if sql]
    own = sqlite3.connect(path + "-by-hand", isolation_level=None)
    own.execute("PRAGMA journal_mode=WAL")
    own.execute("PRAGMA synchronous=FULL")
    if not own.execute("SELECT 1 FROM sqlite_master").fetchall():
        for sql in laid:
            own.execute(sql)

    def write() -> None:
        own.execute("BEGIN IMMEDIATE")
        for name, columns in WRITTEN.items():
            marks = ", ".join("?" * columns)
            own.executemany(f"INSERT INTO {name} VALUES ({marks})", rows[name])
        own.execute("COMMIT")

    took = timed(write)
    own.close()
    return took


def by_postgresql(url: str, streams: list[str]) -> float:
    """With ``COPY``, into tables of the same form beside those of the casebook."""
    import psycopg

    with psycopg.connect(url) as held:
        rows = {}
        held.execute("CREATE SCHEMA IF NOT EXISTS by_hand")
        for name in WRITTEN:
            held.execute(
                f"CREATE TABLE IF NOT EXISTS by_hand.{name} (LIKE public.{name} INCLUDING ALL)"
            )
            only = " AND number = 2" if name == "event" else ""
            query = f"SELECT * FROM public.{name} WHERE stream = ANY(%s){only}"
            rows[name] = held.execute(query, [streams]).fetchall()
        held.commit()

        def write() -> None:
            with held.cursor() as cursor:
                for name in WRITTEN:
                    with cursor.copy(f"COPY by_hand.{name} FROM STDIN") as copy:
                        for row in rows[name]:
                            copy.write_row(row)
            held.commit()

        return timed(write)


def long_chain(name: str, url: str, most: int) -> Row:
    """One step of a household with few events and with many."""
    seconds: dict[int, float] = {}
    with Casebook.open(url, empty()) as casebook:
        book, events, _ = open_cases(empty(), alerts(20).head(1), as_of=DAY)
        casebook.append(events, book)
        (id_,) = book.cases

        def words(day: date, token: str) -> dict[str, Any]:
            given = {"area": book.case(id_).area, "by": "platform", "consent": True}
            return given | {"on": day, "token": token}

        for count in (20, 200, most):
            whole: list[Any] = []
            while book.case(id_).version < count:
                day = book.case(id_).latest + timedelta(days=1)
                book, new = report(book, id_, **words(day, f"t{len(whole)}-{count}"))
                whole += new
            casebook.append(whole, book)
            days = [book.case(id_).latest + timedelta(days=1 + number) for number in range(9)]
            steps = [words(day, f"s{number}-{count}") for number, day in enumerate(days)]
            seconds[count] = statistics.median(
                timed(lambda given=given: casebook.report(id_, **given)) for given in steps
            )
            book = casebook.book()
    told = ", ".join(f"{1000 * took:.1f} ms at {count:,}" for count, took in seconds.items())
    first, last = seconds[20], seconds[most]
    said = f"{name}: one step of a household, by how many events it has"
    return Row(said, told, ratio=last / first, limit="2", met=last <= 2 * first)


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is a million events."""
    rows: list[Row] = []
    places: list[tuple[str, Callable[[], Any]]] = [("SQLite", sqlite), ("PostgreSQL", postgresql)]
    works: list[Callable[[str, str], list[Row]]] = [
        lambda name, url: [long_chain(name, url, max(int(2_010 * scale), 210))],
        lambda name, url: growth(name, url, max(int(EVENTS * scale), 1_200)),
    ]
    for name, where in places:
        for work in works:
            with where() as url:
                rows += [Row(name, "not installed")] if url is None else work(name, url)
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
