"""A window is some days that end with the day before the answer's day."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import attrs
from dateutil.relativedelta import relativedelta

from antipoverty.errors import ConditionError
from antipoverty.model import FIRST_DAY

_CALENDAR = {"month": 1, "quarter": 3, "year": 12}


@attrs.frozen
class Window:
    """Some days that end with the day before the answer's day.

    Attributes:
        unit: ``days``, ``months``, ``years``, or ``calendar``.
        size: How many of them; for ``calendar`` the months of the calendar span.
    """

    unit: str
    size: int

    @classmethod
    def of(cls, given: dict[str, Any]) -> Window:
        """Make the window of one of ``days months years calendar``."""
        named = {unit: size for unit, size in given.items() if size is not None}
        if len(named) != 1:
            raise ConditionError("a window has one of days=, months=, years= or calendar=")
        ((unit, size),) = named.items()
        if unit == "calendar":
            if size not in _CALENDAR:
                raise ConditionError('calendar= is "month", "quarter" or "year"')
            return cls(unit, _CALENDAR[size])
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= 36_500:
            raise ConditionError(f"{unit}= is a whole number from 1")
        return cls(unit, size)

    @property
    def calendar(self) -> str | None:
        """The name of the calendar span, or ``None`` for a rolling window."""
        names = {months: name for name, months in _CALENDAR.items()}
        return names[self.size] if self.unit == "calendar" else None

    def first(self, as_of: date) -> date:
        """The first day of the window; its last is the day before ``as_of``.

        No fact is of a day before `FIRST_DAY`, so no window begins earlier.
        """
        return _first(self.unit, self.size, as_of)

    def __str__(self) -> str:
        return f'calendar="{self.calendar}"' if self.calendar else f"{self.unit}={self.size}"


@lru_cache(maxsize=4096)
def _first(unit: str, size: int, as_of: date) -> date:
    """Kept, because a rule asks for the same day once a row."""
    if unit != "calendar":
        return max(before(as_of, size, unit), FIRST_DAY)
    last: date = as_of - relativedelta(days=1)
    return last.replace(day=1, month=(last.month - 1) // size * size + 1)


@lru_cache(maxsize=4096)
def before(day: date, count: int, unit: str) -> date:
    """Go back some days, months or years; a day the month lacks becomes its last."""
    span: dict[str, Any] = {unit: count}
    try:
        earlier: date = day - relativedelta(**span)
    except (OverflowError, ValueError):
        return date.min
    return earlier
