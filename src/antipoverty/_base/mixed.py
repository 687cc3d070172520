"""Frames of pandas whose columns hold values of several types."""

from __future__ import annotations

from collections import Counter
from datetime import date
from numbers import Real
from typing import Any

import polars as pl

OTHER_TYPE = " is of another type"
"""Ends the name of a column that marks the values which are not of their column's type."""


def read_mixed(table: Any) -> pl.DataFrame:
    """Read a pandas frame, whose columns may hold values of several types.

    Such a column keeps the values of the type most of them have; the others are marked.
    """
    columns: dict[str, Any] = {}
    for name in table.columns:
        try:
            columns[name] = pl.from_pandas(table[name])
        except (TypeError, ValueError, NotImplementedError, OverflowError):
            values, missing = table[name].tolist(), table[name].isna().tolist()
            pairs = zip(values, missing, strict=True)
            sorts = [None if gone else _sort(value) for value, gone in pairs]
            ((usual, _),) = Counter(one for one in sorts if one).most_common(1)
            kept = [v if one == usual else None for v, one in zip(values, sorts, strict=True)]
            columns[name] = pl.Series(kept, strict=False)
            columns[name + OTHER_TYPE] = [one not in (None, usual) for one in sorts]
    return pl.DataFrame(columns)


def _sort(value: object) -> str:
    sorts = {"bool": bool, "number": Real, "text": str, "day": date}
    return next((name for name, of in sorts.items() if isinstance(value, of)), type(value).__name__)


__all__ = ["OTHER_TYPE", "read_mixed"]
