"""The frame engines that the suite runs on, each skipped with its reason where it cannot run."""

from __future__ import annotations

from typing import Any

import pytest

from antipoverty.testing._frames import (  # private: the kit's frames by kind
    rows,
    spark,
    tables_as,
    why_not,
)


def engine(kind: str) -> Any:
    """A pytest parameter that skips, saying why, where the engine cannot run; Spark is slow."""
    reason = why_not(kind)
    marks = [pytest.mark.skipif(reason is not None, reason=reason or "")]
    marks += [pytest.mark.slow] if kind == "pyspark" else []
    return pytest.param(kind, marks=marks)


EAGER = [engine(kind) for kind in ("polars", "polars-lazy", "pandas", "pyarrow", "duckdb")]
ALL = [*EAGER, engine("pyspark")]

__all__ = ["ALL", "EAGER", "engine", "rows", "spark", "tables_as", "why_not"]
