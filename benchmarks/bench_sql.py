"""Rules run inside a database, beside taking its tables out and screening them with Polars.

Run with ``python benchmarks/bench_sql.py``. The same tables stand in PostgreSQL and in DuckDB.
In place, the statement that `rules_in_sql` writes is run and its rows are fetched; beside it the
tables are copied out as CSV, read by Polars and screened. That both give the same answers is
asserted before a time is given. A database here is as it is installed, but for `work_mem`.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from antipoverty.packs import shaanxi_2531
from antipoverty.screening import Tables, screen
from antipoverty.sql import RulesInSql, rules_in_sql
from antipoverty.synthetic import generate
from common import Row, table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))
import postgres

DAY = date(2021, 12, 1)
TYPES = {pl.Int64: "bigint", pl.Boolean: "boolean", pl.Date: "date", pl.String: "text"}
Answers = list[tuple[Any, ...]]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what it gave."""
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def screened(frames: dict[str, pl.DataFrame]) -> Answers:
    """Screen with Polars."""
    return screen(Tables(**frames), shaanxi_2531(), as_of=DAY).alerts.rows()


@contextmanager
def in_postgres(frames: dict[str, pl.DataFrame]) -> Iterator[Any]:
    """The tables in a PostgreSQL server of our own."""
    import psycopg

    with postgres.server() as address, psycopg.connect(address, autocommit=True) as connection:
        connection.execute("set work_mem = '256MB'")
        for name, frame in frames.items():
            columns = ", ".join(f'"{c}" {TYPES[type(t)]}' for c, t in frame.schema.items())
            connection.execute(f'create table "{name}" ({columns})')
            with connection.cursor().copy(f'copy "{name}" from stdin (format csv)') as copy:
                for part in frame.iter_slices(100_000):
                    copy.write(part.write_csv(include_header=False))
            connection.execute(f'analyze "{name}"')
        yield connection


def taken_out(connection: Any, frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Copy the tables out of PostgreSQL, as CSV, into Polars."""
    found = {}
    for name, frame in frames.items():
        held = io.BytesIO()
        with connection.cursor().copy(f'copy "{name}" to stdout (format csv)') as copy:
            for part in copy:
                held.write(part)
        held.seek(0)
        flags = [column for column, t in frame.schema.items() if t == pl.Boolean]
        schema = {c: pl.String if c in flags else t for c, t in frame.schema.items()}
        read = pl.read_csv(held, has_header=False, new_columns=frame.columns, schema=schema)
        found[name] = read.with_columns(pl.col(one) == "t" for one in flags)
    return found


def compared(what: str, in_place: Callable[[], Answers], out: Callable[[], Answers]) -> Row:
    """Time both, and insist on the same answers."""
    here, mine = min((timed(in_place) for _ in range(2)), key=lambda one: one[0])
    there, theirs = min((timed(out) for _ in range(2)), key=lambda one: one[0])
    if sorted(mine) != sorted(theirs):
        raise AssertionError(f"{what}: the statement and the screening differ")
    said = f"{what}, {len(mine):,} answers"
    return Row(
        said, f"in place {here:.1f} s", f"taken out and screened {there:.1f} s", here / there
    )


def sizes(found: RulesInSql) -> Row:
    """How large the statements are."""
    shown = ", ".join(
        f"{name} {len(getattr(found, name).encode()) / 1000:.0f} kB" for name in found
    )
    largest = max(len(getattr(found, name).encode()) for name in found)
    return Row("Statements of the Shaanxi pack", shown, "", None, "150 kB each", largest < 150_000)


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is 700,000 households."""
    count = max(int(700_000 * scale), 1_000)
    pack = shaanxi_2531()
    with tempfile.TemporaryDirectory() as place:
        generate(place, households=count, seed=2531, day=DAY)
        read = Tables.read(place)
        frames = {name: read[name].collect() for name in read}
        homes = f"{count:,} households"
        rows = [sizes(rules_in_sql(pack, as_of=DAY, dialect="postgres"))]
        base = duckdb.connect(str(Path(place) / "base.duckdb"))
        for name in frames:
            base.execute(f"create table {name} as from '{place}/{name}/*.parquet'")
        fields = [f for one in pack.schema.tables.values() for f in one.fields.values()]
        lacking = [f.path for f in fields if f.name not in frames[str(f.table)].columns]
        statement = rules_in_sql(pack, as_of=DAY, dialect="duckdb", lacking=lacking).alerts
        rows.append(
            compared(
                f"DuckDB, {homes}",
                lambda: base.execute(statement).fetchall(),
                lambda: screened({name: base.table(name).pl() for name in frames}),
            )
        )
        if (reason := postgres.why_not()) is not None:
            return [*rows, Row("PostgreSQL", reason)]
        with in_postgres(frames) as connection:
            asked = rules_in_sql(pack, as_of=DAY, dialect="postgres", lacking=lacking)
            version = connection.execute("show server_version").fetchone()[0].split()[0]
            rows.append(
                compared(
                    f"PostgreSQL {version}, {homes}",
                    lambda: connection.execute(asked.alerts).fetchall(),
                    lambda: screened(taken_out(connection, frames)),
                )
            )
            seconds, found = timed(lambda: connection.execute(asked.preflight).fetchall())
            rows.append(Row("The same, its preflight", f"{seconds:.1f} s", f"{len(found)} faults"))
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
