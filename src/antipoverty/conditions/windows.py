"""A window is some days before the answer's day: the latest, or as many some time earlier."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import attrs
from dateutil.relativedelta import relativedelta

from antipoverty.errors import ConditionError
from antipoverty.model import FIRST_DAY

_CALENDAR = {"month": 1, "quarter": 3, "year": 12}
_LONGEST = 36_500


@attrs.frozen
class Window:
    """Some days that end with the day before the answer's day, or some time before that.

    Attributes:
        unit: ``days``, ``months``, ``years``, or ``calendar``.
        size: How many of them; for ``calendar`` the months of the calendar span.
        back: How much earlier it lies: so many days, months or years, or so many calendar
            spans, of which 1 is the last that is complete. 0 ends the day before the answer.
    """

    unit: str
    size: int
    back: int = 0

    @classmethod
    def of(cls, given: dict[str, Any]) -> Window:
        """Make the window of one of ``days months years calendar``, and ``before``."""
        named = {unit: size for unit, size in given.items() if size is not None}
        back = named.pop("before", 0)
        if isinstance(back, bool) or not isinstance(back, int) or not 0 <= back <= _LONGEST:
            raise ConditionError("before= is a whole number from 0")
        if len(named) != 1:
            raise ConditionError("a window has one of days=, months=, years= or calendar=")
        ((unit, size),) = named.items()
        if unit == "calendar":
            if size not in _CALENDAR:
                raise ConditionError('calendar= is "month", "quarter" or "year"')
            return cls(unit, _CALENDAR[size], back)
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= _LONGEST:
            raise ConditionError("{unit}= is a whole number from 1", unit=unit)
        return cls(unit, size, back)

    @property
    def calendar(self) -> str | None:
        """The name of the calendar span, or ``None`` for a rolling window."""
        names = {months: name for name, months in _CALENDAR.items()}
        return names[self.size] if self.unit == "calendar" else None

    def first(self, as_of: date) -> date:
        """The first day of the window.

        No fact is of a day before `FIRST_DAY`, so no window begins earlier.
        """
        return _first(self.unit, self.size, self.back, as_of)

    def end(self, as_of: date) -> date:
        """The day after the last of the window: ``as_of``, or earlier."""
        return _end(self.unit, self.size, self.back, as_of) if self.back else as_of

    def touches(self, since: date | None, until: date | None, as_of: date) -> bool:
        """Tell whether some day of a spell, open where it has no end, is in the window."""
        first, end = self.first(as_of), self.end(as_of)
        return first < end and (
            (until is None or until >= first) and (since is None or since < end)
        )

    def earlier(self, times: int) -> Window:
        """The window of the same length so many lengths earlier."""
        step = 1 if self.unit == "calendar" else self.size
        return attrs.evolve(self, back=self.back + step * times)

    def __str__(self) -> str:
        span = f'calendar="{self.calendar}"' if self.calendar else f"{self.unit}={self.size}"
        return f"{span}, before={self.back}" if self.back else span


@lru_cache(maxsize=4096)
def _first(unit: str, size: int, back: int, as_of: date) -> date:
    """Kept, because a rule asks for the same day once a row."""
    if unit != "calendar":
        return max(before(as_of, size + back, unit), FIRST_DAY)
    last: date = as_of if back else as_of - relativedelta(days=1)
    return max(before(_begins(last, size), size * back, "months"), FIRST_DAY)


@lru_cache(maxsize=4096)
def _end(unit: str, size: int, back: int, as_of: date) -> date:
    """The end of a window that lies some time ago; kept for the same reason."""
    if unit != "calendar":
        return max(before(as_of, back, unit), FIRST_DAY)
    return max(before(_begins(as_of, size), size * (back - 1), "months"), FIRST_DAY)


def _begins(day: date, size: int) -> date:
    """The first day of the calendar span of so many months that holds a day."""
    return day.replace(day=1, month=(day.month - 1) // size * size + 1)


@lru_cache(maxsize=4096)
def before(day: date, count: int, unit: str) -> date:
    """Go back some days, months or years; a day the month lacks becomes its last."""
    span: dict[str, Any] = {unit: count}
    try:
        earlier: date = day - relativedelta(**span)
    except (OverflowError, ValueError):
        return date.min
    return earlier
