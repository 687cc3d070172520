"""A day is a `date` and nothing else: what is hashed must be what a database gives back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import ParamSpec, TypeVar

from antipoverty._base.arguments import checking
from antipoverty.errors import InvalidArgumentError

_P = ParamSpec("_P")
_R = TypeVar("_R")


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


def _day_or_none(given: object, what: str) -> date | None:
    return None if given is None else as_day(given, what)


def days(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Bring every day that a function is given to one form, before anything is done."""
    return checking(function, {"date": as_day, "date | None": _day_or_none})
