"""DuckDB on this machine: the alerts of Polars, and the cost beside the same rules in SQL by hand.

Run with ``python benchmarks/bench_duckdb.py``. The rules, tables and faults are those of
`bench_spark`, and so is the SQL by hand, in the words of DuckDB. Tables stand as Parquet files.
``bench_duckdb.py 5`` measures 7,000,000 households.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from antipoverty.screening import Tables, check, screen
from antipoverty.synthetic import DEMO_DAY, generate
from bench_spark import HOUSEHOLDS, by_hand, spoil, ten_rules
from common import Row, beside_by_hand, table

NAMES = ("households", "members", "records")
KEYS = ["household_id", "area", "rule_id", "verdict"]


def in_duckdb() -> str:
    """The SQL by hand, with two lists in place of `stack`."""
    before, inside, after = re.split(r"stack\(\d+, |\) as \(rule_id, code\)", by_hand())
    cases = re.findall(r"'([^']+)', (case .*? end)(?:, (?=')|$)", inside)
    ids, codes = (", ".join(each) for each in zip(*((f"'{a}'", b) for a, b in cases), strict=True))
    return f"{before}unnest([{ids}]) as rule_id, unnest([{codes}]) as code{after}"


def measured(folder: Path, count: int, state: str, *, limited: bool) -> list[Row]:
    """Screen the tables of a folder beside the SQL by hand."""
    pack, base = ten_rules(), duckdb.connect()
    frames: dict[str, Any] = {
        name: base.read_parquet(f"{folder}/{name}/*.parquet") for name in NAMES
    }
    for name, frame in frames.items():
        frame.create_view(name)
    expected = screen(Tables.read(folder), pack, as_of=DEMO_DAY).alerts.collect()
    expected = expected.select(KEYS).sort(KEYS)

    def hand() -> None:
        base.execute(f"create or replace temp table by_hand as {in_duckdb()}")

    found: list[Any] = []

    def whole() -> None:
        found[:] = [screen(Tables(**frames), pack, as_of=DEMO_DAY).alerts]

    hand()
    by_hand_found = pl.DataFrame(base.table("by_hand").arrow()).select(KEYS).sort(KEYS)
    if state == "clean" and not by_hand_found.equals(expected):
        raise AssertionError("the SQL by hand finds other rows")
    checked = check(Tables(**frames), pack, as_of=DEMO_DAY)
    rows = beside_by_hand(
        f"{count:,} households, {state}, ten rules over members and records",
        "DuckDB",
        hand,
        {
            "screening": lambda: screen(checked, pack, as_of=DEMO_DAY).alerts,
            "with all checks": whole,
        },
        turns=1 if count > HOUSEHOLDS else 3,
        limited=limited,
    )
    if not pl.DataFrame(found[0].arrow()).select(KEYS).sort(KEYS).equals(expected):
        raise AssertionError("DuckDB and Polars differ")
    return [*rows, Row(f"{state}: the alerts are those of Polars", f"{expected.height:,} rows")]


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is 1,400,000 households, and 5 the whole province."""
    count = max(int(HOUSEHOLDS * scale), 500)
    with tempfile.TemporaryDirectory(prefix="antipoverty-bench-") as place:
        folder = Path(place)
        generate(folder, households=count, seed=2531)
        rows = measured(folder, count, "clean", limited=scale >= 1)
        spoil(folder)
        return [*rows, *measured(folder, count, "dirty", limited=scale >= 1)]


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
