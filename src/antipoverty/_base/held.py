"""How many rows of a frame each of many tests finds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import narwhals as nw

from antipoverty._base.frames import to_polars
from antipoverty._base.frozen import Frozen

_PLAIN = {"PARQUET_SCAN", "READ_PARQUET", "SEQ_SCAN", "PROJECTION", "FILTER", "UNION"}
"""What DuckDB does to read rows that are kept somewhere, where it computes nothing else."""


def rows_held(
    frame: nw.LazyFrame[Any],
    rare: Mapping[str, nw.Expr],
    common: Mapping[str, nw.Expr] = Frozen(),
) -> dict[str, int]:
    """Count the rows of which each test is true, and in ``_rows`` all of them.

    One pass over all columns; DuckDB takes one for each rare test over rows that it keeps, since
    it tells of whole parts of a column, by what it knows of them, that no row can pass.

    Args:
        frame: The rows.
        rare: Tests that hardly a row passes, by names of their own.
        common: Tests that many rows pass, likewise.
    """
    apart = frame.implementation.is_duckdb() and {*_steps(frame)} <= _PLAIN
    at_once = common if apart else {**rare, **common}
    sums = (test.cast(nw.Int64).sum().alias(name) for name, test in at_once.items())
    row = to_polars(frame.select(nw.len().alias("_rows"), *sums)).row(0, named=True)
    found = {name: int(number or 0) for name, number in row.items()}
    if apart and rare:
        each = [
            frame.filter(test)
            .select(nw.len().alias("_held"))
            .select(nw.lit(name).alias("_test"), "_held")
            for name, test in rare.items()
        ]
        found |= dict(to_polars(nw.concat(each, how="vertical")).iter_rows())
    return found


def _steps(frame: nw.LazyFrame[Any]) -> Iterator[str]:
    """What DuckDB does to give a frame."""
    native: Any = frame.to_native()
    told = native.query("_asked", "explain (format json) select * from _asked").fetchall()
    nodes = json.loads(told[0][1])
    while nodes:
        node = nodes.pop()
        nodes += node["children"]
        yield node["name"].strip()


__all__ = ["rows_held"]
