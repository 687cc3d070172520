"""A day's delta of a province beside its full screening: the same answers, in a part of the time.

Run with ``python benchmarks/bench_daily.py``. A day is screened in full; then 1,200 households
of the next day have a corrected row, and the day is screened by delta and in full. That both
leave the same answers is asserted before a time is given. The tables stand as Parquet files,
which are read through, and in DuckDB with an index on the household.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from antipoverty.daily import State, screen_delta
from antipoverty.packs import shaanxi_2531
from antipoverty.screening import Tables, screen
from antipoverty.synthetic import generate
from common import Row, table

DAY = date(2021, 11, 3)
CHANGED = 1_200


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what it gave."""
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def corrected(folder: Path, made: Path) -> list[str]:
    """Write the households anew with some incomes corrected, and say whose."""
    homes = pl.read_parquet(folder / "households" / "*.parquet")
    ids = homes["household_id"].gather_every(max(homes.height // CHANGED, 1)).head(CHANGED)
    theirs = pl.col("household_id").is_in(ids.implode())
    income = pl.when(theirs).then(pl.col("net_income_12m") // 2).otherwise("net_income_12m")
    made.mkdir()
    homes.with_columns(net_income_12m=income).write_parquet(made / "part.parquet")
    return ids.to_list()


def in_database(folder: Path, homes: Path) -> Tables[Any]:
    """The tables in DuckDB, each with an index on the household."""
    base = duckdb.connect(str(folder / "province.duckdb"))
    places = {"households": homes, "members": folder / "members", "records": folder / "records"}
    for name, place in places.items():
        base.execute(f"create table {name} as from '{place}/*.parquet'")
        base.execute(f"create index of_{name} on {name} (household_id)")
    return Tables(**{name: base.table(name) for name in places})


def measured(state: State, tables: Tables[Any], day: date, ids: list[str]) -> Callable[..., Row]:
    """Screen a day by delta and in full, and insist on the same answers."""
    pack, keys = shaanxi_2531(), ["household_id", "rule_id", "verdict"]
    whole, full = timed(lambda: screen(tables, pack, as_of=day).state())
    some, delta = min(
        (
            timed(lambda: screen_delta(state, tables, pack, as_of=day, changed=ids))
            for _ in range(3)
        ),
        key=lambda one: one[0],
    )
    left, right = (one.answers.select(keys).collect().sort(keys) for one in (delta.state, full))
    if delta.everything or not left.equals(right):
        raise AssertionError("the delta and the full screening differ")
    causes = ", ".join(f"{number:,} {cause}" for cause, number in delta.causes.items())
    said = f"{causes}; {delta.lines.height:,} answers changed"

    def row(what: str, *, limited: bool) -> Row:
        limit, met = ("1 s", some < 1) if limited else ("", None)
        seconds = f"in full {whole:.1f} s"
        return Row(f"{what}: {said}", f"{some:.2f} s", seconds, some / whole, limit, met)

    return row


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is the whole province of 7,000,000 households."""
    count, pack, rows = max(int(7_000_000 * scale), 2_000), shaanxi_2531(), list[Row]()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        generate(folder / "a", households=count, seed=2531)
        ids = corrected(folder / "a", folder / "households")
        before = Tables.read(folder / "a")
        state = State.read(screen(before, pack, as_of=DAY).state().write(folder / "state"))
        for name in ("members", "records"):
            (folder / name).symlink_to(folder / "a" / name)
        kinds = {
            "Parquet, read through": Tables.read(folder),
            "DuckDB, indexed": in_database(folder, folder / "households"),
        }
        for what, tables in kinds.items():
            for days, label in ((0, "the same day"), (1, "the next day")):
                row = measured(state, tables, DAY + timedelta(days), ids)
                limited = days == 0 and what.startswith("DuckDB")
                rows.append(row(f"{what}: {count:,} households, {label}", limited=limited))
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
