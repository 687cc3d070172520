"""How many rows of a frame each of many tests finds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import narwhals as nw

from antipoverty._base.frames import to_polars

_PLAIN = {"PARQUET_SCAN", "READ_PARQUET", "SEQ_SCAN", "PROJECTION", "FILTER", "UNION"}
"""What DuckDB does to read rows that are kept somewhere, where it computes nothing else."""


def rows_held(frame: nw.LazyFrame[Any], tests: Mapping[str, nw.Expr]) -> dict[str, int]:
    """Count the rows of which each test is true, and in ``_rows`` all of them.

    One pass over all columns; DuckDB takes one for each test over rows that it keeps, since it
    tells of whole parts of a column, by what it knows of them, that no row can pass.

    Args:
        frame: The rows.
        tests: The tests, by names of their own.
    """
    if frame.implementation.is_duckdb() and {*_steps(frame)} <= _PLAIN:
        found = {name: frame.filter(test) for name, test in tests.items()} | {"_rows": frame}
        each = [
            rows.select(nw.len().alias("_held")).select(nw.lit(name).alias("_test"), "_held")
            for name, rows in found.items()
        ]
        return dict(to_polars(nw.concat(each, how="vertical")).iter_rows())
    sums = (test.cast(nw.Int64).sum().alias(name) for name, test in tests.items())
    row = to_polars(frame.select(nw.len().alias("_rows"), *sums)).row(0, named=True)
    return {name: int(number or 0) for name, number in row.items()}


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
