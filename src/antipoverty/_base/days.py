"""A day is a `date` and nothing else: what is hashed must be what a database gives back."""

from __future__ import annotations

from datetime import date, datetime

from antipoverty.errors import InvalidArgumentError


def as_day(given: object, what: str = "the day") -> date:
    """Bring a day to one form: of a datetime, such as a pandas Timestamp, its day.

    Raises:
        InvalidArgumentError: It is no day.
    """
    if type(given) is date:
        return given
    day = given.date() if isinstance(given, datetime) else given
    if not isinstance(day, date) or day != day:
        raise InvalidArgumentError("{what} is no day; give a date", what=what)
    return date(day.year, day.month, day.day)
