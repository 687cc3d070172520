"""Tampering with a casebook: any column of any table changed, any row deleted or doubled."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from datetime import timedelta
from pathlib import Path

from antipoverty.casework import Casebook, open_cases
from antipoverty.errors import AntipovertyError
from casework_books import DAY, alerts, empty

TABLES = ("event", "item", "item_department")
ODD = (
    None,
    "",
    "x",
    0,
    -1,
    7,
    2**40,
    "2022-02-30",
    "1999-01-01",
    b"\x00",
    "0" * 64,
    1.5,
    "{}",
    "[]",
)


def built(path: Path) -> tuple[str, ...]:
    """A casebook with some cases and steps; its heads."""
    with Casebook.open(f"sqlite:///{path}", empty()) as casebook:
        rows = [(f"h{number}", "disaster") for number in range(12)]
        book, events, _ = open_cases(empty(), alerts(*rows, ("h1", "traffic-accident")), as_of=DAY)
        casebook.append(events, book)
        for number in range(0, 12, 2):
            on = DAY + timedelta(days=number)
            visited = {"visited": True}
            casebook.advance(f"h{number}", "home_check", by="keeper-1", on=on, finding=visited)
        casebook.acknowledge(["h3"], department="emergency", on=DAY, by="emergency-1")
        casebook.appeal("h5", "water_safe", token="ss-1", by="household-1", on=DAY)
        casebook.list_problem("p1", area="610702", origin="audit", on=DAY, by="county-1")
        return casebook.heads()


def tampered(count: int, seed: int) -> tuple[int, int, int]:
    """Tamper so often, each time on a file as it was.

    Returns:
        How many times `check` noticed by itself, only beside kept heads, and not at all.
    """
    chance = random.Random(seed)
    alone = beside = missed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.db"
        kept = built(path)
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        whole = path.read_bytes()
        with Casebook.open(f"sqlite:///{path}", empty()) as casebook:
            for _ in range(count):
                while not _change(path, chance):
                    pass
                try:
                    casebook.heads()
                except AntipovertyError:
                    alone += 1
                else:
                    try:
                        casebook.check_heads(kept)
                    except AntipovertyError:
                        beside += 1
                    else:
                        missed += 1
                casebook.close()
                for log in path.parent.glob("cases.db-*"):
                    log.unlink()
                path.write_bytes(whole)
    return alone, beside, missed


def _change(path: Path, chance: random.Random) -> bool:
    """Change something; whether anything changed."""
    with sqlite3.connect(path) as connection:
        name = chance.choice(TABLES)
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
        rows = connection.execute(f"SELECT rowid, * FROM {name}").fetchall()
        row = chance.choice(rows)
        rowid, values = row[0], list(row[1:])
        what = chance.choice(["column", "column", "column", "delete", "double", "cut"])
        try:
            if what == "column":
                at = chance.randrange(len(columns))
                other = chance.choice([*ODD, chance.choice(rows)[at + 1]])
                if other == values[at] and type(other) is type(values[at]):
                    return False
                connection.execute(
                    f"UPDATE {name} SET {columns[at]} = ? WHERE rowid = ?",
                    (other, rowid),
                )
                after = connection.execute(
                    f"SELECT * FROM {name} WHERE rowid = ?", (rowid,)
                ).fetchone()
                return list(after) != values
            if what == "delete":
                connection.execute(f"DELETE FROM {name} WHERE rowid = ?", (rowid,))
                return True
            if what == "double":
                at = columns.index(
                    chance.choice(["stream"] if name != "event" else ["stream", "number"])
                )
                values[at] = 99 if columns[at] == "number" else f"{values[at]}-copy"
                marks = ", ".join("?" * len(values))
                connection.execute(f"INSERT INTO {name} VALUES ({marks})", values)
                return True
            stream = values[columns.index("stream")]
            for one in TABLES:  # a whole chain with its lines: shows only beside kept heads
                connection.execute(f"DELETE FROM {one} WHERE stream = ?", (stream,))
            return True
        except sqlite3.IntegrityError:
            return False
