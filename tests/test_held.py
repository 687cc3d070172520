"""How many rows pass a test is the same number, in one pass or in one for each test."""

from __future__ import annotations

from pathlib import Path

import narwhals as nw
import polars as pl
import pytest

from antipoverty._base.held import _PLAIN, _steps, rows_held  # which way DuckDB goes

ROWS = pl.DataFrame(
    {"id": [*"abcdef"], "n": [1, None, -5, 200, 3, None], "w": [*"xyx", None, *"zx"]}
)
RARE = {
    "low": nw.col("n") < 0,
    "odd": ~nw.col("w").is_in(["x", "y"]) & ~nw.col("w").is_null(),
    "none": nw.col("n") > 1_000,
}
COMMON = {"known": ~nw.col("n").is_null()}
HELD = {"_rows": 6, "low": 1, "odd": 1, "none": 0, "known": 4}


def test_every_way_counts_alike(tmp_path: Path) -> None:
    """Polars; DuckDB on a file, a table, what it computes, and on no rows; nulls pass none."""
    duckdb = pytest.importorskip("duckdb")
    ROWS.write_parquet(tmp_path / "rows.parquet")
    base = duckdb.connect()
    file = base.read_parquet(str(tmp_path / "rows.parquet"))
    base.execute(f"create table kept as from '{tmp_path}/rows.parquet'")
    table = base.table("kept")
    computed = file.join(table.select("id").set_alias("other"), "id")
    ways = {True: (file, table, table.filter("true").project("*")), False: (computed,)}
    for apart, frames in ways.items():
        for frame in map(nw.from_native, frames):
            assert ({*_steps(frame)} <= _PLAIN) is apart
            assert rows_held(frame, RARE, COMMON) == HELD
            assert rows_held(frame, {}, COMMON) == {"_rows": 6, "known": 4}
            assert rows_held(frame.head(0), RARE) == dict.fromkeys(["_rows", *RARE], 0)
    assert rows_held(nw.from_native(ROWS.lazy()), RARE, COMMON) == HELD
