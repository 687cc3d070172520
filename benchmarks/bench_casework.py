"""Half a year of risk items from alert to closing: in memory, in SQLite and in PostgreSQL.

Run with ``python benchmarks/bench_casework.py``. Every case is opened from an alert, checked
at home, helped and closed. PostgreSQL is Debian's package, run in a temporary folder; it is
left out where it is not installed, and the table says so.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from antipoverty.casework import Book, Casebook, Event, advance, open_cases, record_help, worklist
from antipoverty.packs import shaanxi_2531, shaanxi_rectification, shaanxi_workflow
from common import Row, table, timed

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

DAY = date(2022, 2, 1)
ITEMS = 215_000
IN_STORE = 50_000


def empty() -> Book:
    """A book on Shaanxi's pack and workflows."""
    return Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification())


def alerts(count: int) -> pl.DataFrame:
    """One alert for each of so many households, over 2,000 villages."""
    return pl.DataFrame(
        {
            "household_id": [f"h{number:07d}" for number in range(count)],
            "area": [f"61070210{1000 + number % 2000:04d}" for number in range(count)],
            "rule_id": ["traffic-accident", "disaster"] * (count // 2) + ["disaster"] * (count % 2),
            "verdict": ["warn"] * count,
        }
    )


def in_memory(count: int) -> tuple[Book, Book, list[Event]]:
    """Open, check, help and close every case; the book in between, at the end, the events."""
    opened, events, _ = open_cases(empty(), alerts(count), as_of=DAY)
    found, book = list(events), opened
    for id_ in opened.cases:
        risk = opened.cases[id_].risks[0]
        measure = opened.workflow.risk(risk).measures[0]
        book, one = advance(
            book, id_, "home_check", by="keeper-1", on=DAY, finding={"visited": True}
        )
        book, two = record_help(book, id_, measure, risk=risk, by="county-1", on=DAY)
        book, three = advance(
            book, id_, "natural_exit", by="village-1", on=DAY, finding={"reason": "move"}
        )
        found += one + two + three
    return opened, book, found


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is half a year of Shaanxi's risk items."""
    count = max(int(ITEMS * scale), 20)
    state: list[tuple[Book, Book, list[Event]]] = []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = timed(lambda: state.append(in_memory(count)))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**20
    opened, _, events = state[0]
    rows = [
        Row(
            f"{count:,} risk items to closing, in memory",
            f"{len(events) / seconds:,.0f} events a second",
            f"{len(events):,} events in {seconds:.0f} s, {grown:.1f} GiB with all of them held",
        )
    ]
    seconds = timed(lambda: empty().apply(events))
    rows.append(Row("replay of them, every hash checked", f"{seconds:.0f} s"))
    late = DAY + timedelta(days=20)
    seconds = timed(lambda: worklist(opened, department="traffic-police", as_of=late))
    rows.append(Row(f"a department's list of {count // 2:,} open cases", f"{seconds:.2f} s"))
    few = max(int(IN_STORE * scale), 20)
    stated = events[: min(few, count)]
    for name, where in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        with where() as url:
            if url is None:
                rows.append(Row(f"{name}", "not installed"))
                continue
            with Casebook.open(url, empty()) as casebook:
                book = empty().apply(stated)
                seconds = timed(lambda c=casebook, b=book: c.append(stated, b))
                rows.append(
                    Row(
                        f"{name}: {few:,} alerts in one file",
                        f"{few / seconds:,.0f} events a second",
                    )
                )
                ids = list(book.cases)[: max(few // 100, 10)]
                seconds = timed(lambda c=casebook, i=ids: one_by_one(c, i))
                rows.append(
                    Row(
                        f"{name}: a step at a time, each in its transaction",
                        f"{len(ids) / seconds:,.0f} events a second",
                    )
                )
                seconds = timed(
                    lambda c=casebook: c.worklist(as_of=late, department="traffic-police", limit=50)
                )
                rows.append(Row(f"{name}: the first 50 of a department's list", f"{seconds:.3f} s"))
    return rows


def one_by_one(casebook: Casebook, ids: list[str]) -> None:
    """Take one step of each case."""
    for id_ in ids:
        casebook.advance(id_, "home_check", by="keeper-1", on=DAY, finding={"visited": True})


@contextmanager
def sqlite() -> Iterator[str | None]:
    """A database file."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/cases.db"


@contextmanager
def postgresql() -> Iterator[str | None]:
    """A server of our own, or nothing."""
    from postgres import server, why_not

    if why_not() is not None:
        yield None
        return
    with server() as url:
        yield url


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
