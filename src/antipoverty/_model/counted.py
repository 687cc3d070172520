"""Years are counted from a day that is known, as of the day of the answer: an age from a birthday.

An age that was written down is of the day it was written; next to a date of birth it is
only a copy that grows old.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from antipoverty._model.facts import Row, Schema, TableSchema

R = TypeVar("R", bound=Row)


def full_years(since: date, day: date) -> int:
    """Count the full years from one day to another; a birthday completes one.

    >>> full_years(date(2004, 2, 29), date(2022, 2, 28))
    17
    >>> full_years(date(2010, 6, 1), date(2022, 6, 1))
    12
    """
    return day.year - since.year - ((day.month, day.day) < (since.month, since.day))


def counted_on(household: R, schema: Schema, day: date) -> R:
    """Give a household with its counted years as of a day, and the same where none is counted.

    Years outside the field's bounds, such as of somebody born later, are not known.
    """
    changes: dict[str, Any] = dict(_changes(household, schema.household, day))
    for name, table in schema.tables.items():
        rows = getattr(household, name, None) if table.counted else None
        if rows:
            counted = [_changes(row, table, day) for row in rows]
            if any(counted):
                pairs = zip(rows, counted, strict=True)
                changes[name] = tuple(
                    row.model_copy(update=one) if one else row for row, one in pairs
                )
    return household.model_copy(update=changes) if changes else household


def _changes(row: Row, table: TableSchema, day: date) -> Mapping[str, int | None]:
    found: dict[str, int | None] = {}
    for name, since in table.counted.items():
        start = getattr(row, since, None)
        if start is not None:
            years: int | None = full_years(start, day)
            about = table.fields[name].about
            if years is not None and not (about.low or 0) <= years <= (about.high or 0):
                years = None
            if years != getattr(row, name, None):
                found[name] = years
    return found


__all__ = ["counted_on", "full_years"]
