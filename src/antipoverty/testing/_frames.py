"""Every kind of frame that can be screened here: how to make it, and how to read it back."""

from __future__ import annotations

import functools
import importlib.util
import shutil
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import narwhals as nw
import polars as pl

from antipoverty._base.frames import as_lazy, to_polars
from antipoverty.errors import phrase
from antipoverty.screening import Tables


def _duckdb(frame: pl.DataFrame) -> Any:
    return _connection().from_arrow(frame.to_arrow())


@functools.cache
def _connection() -> Any:
    import duckdb

    return duckdb.connect()


@functools.cache
def spark() -> Any:
    """One local Spark session for the whole process."""
    from pyspark.sql import SparkSession

    place = tempfile.mkdtemp(prefix="antipoverty-spark-")
    return (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "3g")
        .config("spark.buffer.pageSize", "1m")  # of each table joined, however small it is
        .config("spark.sql.maxPlanStringLength", "10000")  # a text of each plan is kept
        .config("spark.python.sql.dataFrameDebugging.enabled", "false")  # a third of the time
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", place)
        .config("spark.driver.extraJavaOptions", f"-Dderby.system.home={place}")
        .getOrCreate()
    )


def _pyspark(frame: pl.DataFrame) -> Any:
    return spark().createDataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))


_CONVERT: Mapping[str, Callable[[pl.DataFrame], Any]] = {
    "polars": lambda frame: frame,
    "polars-lazy": lambda frame: frame.lazy(),
    "pandas": lambda frame: frame.to_pandas(),
    "pyarrow": lambda frame: frame.to_arrow(),
    "duckdb": _duckdb,
    "pyspark": _pyspark,
}
KINDS = tuple(_CONVERT)
"""The kinds of frame there are: ``polars``, ``polars-lazy``, ``pandas`` and so on."""


def why_not(kind: str) -> str | None:
    """Say why a kind of frame cannot be used here, or ``None`` when it can."""
    package = {"polars-lazy": "polars"}.get(kind, kind)
    if importlib.util.find_spec(package) is None:
        return phrase("{package} is not installed", package=package)
    if kind in ("pandas", "pyspark", "duckdb") and importlib.util.find_spec("pyarrow") is None:
        return phrase("pyarrow, through which {kind} frames are made, is not installed", kind=kind)
    if kind == "pyspark" and shutil.which("java") is None:
        return phrase(
            "Java is not found, so Spark cannot run; install a JRE of version 17 or later"
        )
    return None


def tables_as(tables: Tables[pl.DataFrame], kind: str) -> Tables[Any]:
    """Give Polars tables in frames of a kind."""
    return tables.with_frames({name: _CONVERT[kind](tables[name]) for name in tables})


def interleaved(tables: Tables[pl.DataFrame]) -> Tables[pl.DataFrame]:
    """The tables with the first rows of all households, then the second rows, and so on.

    Nobody has said that the rows of a household stand together.
    """
    turn = pl.int_range(pl.len()).over("household_id")
    return tables.with_frames(
        {name: tables[name].sort(turn, maintain_order=True) for name in tables}
    )


def rows(frame: Any) -> set[tuple[Any, ...]]:
    """Give the rows of a frame of any kind."""
    native = nw.from_native(frame)
    if isinstance(native, nw.LazyFrame):
        native = native.collect(backend="polars")
    return set(native.to_polars().rows())


def triples_of(given: Any) -> list[tuple[Any, ...]]:
    """Household, rule and verdict of each answer: those of a frame, or triples as they are."""
    try:
        frame = as_lazy(given)
    except TypeError:
        return [tuple(one) for one in given]
    names = ("household_id", "rule_id", "verdict")
    return to_polars(frame.select(*(nw.col(name).cast(nw.String) for name in names))).rows()


__all__ = ["KINDS", "interleaved", "rows", "spark", "tables_as", "triples_of", "why_not"]
