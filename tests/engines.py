"""The frame engines that the suite runs on, and how to bring their answers back."""

from __future__ import annotations

import functools
import importlib.util
import shutil
import tempfile
from collections.abc import Callable
from typing import Any

import narwhals as nw
import polars as pl
import pytest

from antipoverty.screening import Tables

Convert = Callable[[pl.DataFrame], Any]


def _duckdb(frame: pl.DataFrame) -> Any:
    return _connection().from_arrow(frame.to_arrow())


@functools.cache
def _connection() -> Any:
    import duckdb

    return duckdb.connect()


@functools.cache
def spark() -> Any:
    """One local Spark session for the whole run."""
    from pyspark.sql import SparkSession

    place = tempfile.mkdtemp(prefix="antipoverty-spark-")
    return (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "2g")
        .config("spark.sql.maxPlanStringLength", "10000")  # a text of each plan is kept
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", place)
        .config("spark.driver.extraJavaOptions", f"-Dderby.system.home={place}")
        .getOrCreate()
    )


def _pyspark(frame: pl.DataFrame) -> Any:
    return spark().createDataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))


CONVERT: dict[str, Convert] = {
    "polars": lambda frame: frame,
    "polars-lazy": lambda frame: frame.lazy(),
    "pandas": lambda frame: frame.to_pandas(),
    "pyarrow": lambda frame: frame.to_arrow(),
    "duckdb": _duckdb,
    "pyspark": _pyspark,
}


def why_not(kind: str) -> str | None:
    """Say why an engine cannot run here, or ``None`` when it can."""
    package = {"polars-lazy": "polars"}.get(kind, kind)
    if importlib.util.find_spec(package) is None:
        return f"{package} is not installed"
    if kind == "pyspark" and shutil.which("java") is None:
        return "Java is not found, so Spark cannot run; install a JRE of version 17 or later"
    return None


def engine(kind: str) -> Any:
    """A pytest parameter that skips, saying why, where the engine cannot run."""
    reason = why_not(kind)
    return pytest.param(kind, marks=pytest.mark.skipif(reason is not None, reason=reason or ""))


EAGER = [engine(kind) for kind in ("polars", "polars-lazy", "pandas", "pyarrow", "duckdb")]
ALL = [*EAGER, engine("pyspark")]


def tables_as(tables: Tables, kind: str) -> Tables:
    """The same tables, in frames of a kind."""
    return Tables(**{name: CONVERT[kind](tables[name]) for name in tables})


def rows(frame: Any) -> set[tuple[Any, ...]]:
    """The rows of a frame of any kind."""
    native = nw.from_native(frame)
    if isinstance(native, nw.LazyFrame):
        native = native.collect(backend="polars")
    return set(native.to_polars().rows())
