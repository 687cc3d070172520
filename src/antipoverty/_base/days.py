"""A day is a `date` and nothing else: what is hashed must be what a database gives back."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, ParamSpec, TypeVar

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


def days(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Bring every day that a function is given to one form, before anything is done."""
    annotations = {
        name: str(one.annotation) for name, one in inspect.signature(function).parameters.items()
    }
    places = [
        (at, name, name.replace("_", " "), said.endswith("None"))
        for at, (name, said) in enumerate(annotations.items())
        if said in ("date", "date | None")
    ]

    def as_given(value: Any, what: str, *, may_lack: bool) -> Any:
        return value if type(value) is date or (value is None and may_lack) else as_day(value, what)

    @functools.wraps(function)
    def call(*args: _P.args, **given: _P.kwargs) -> _R:
        firsts = [*args]
        for at, name, what, may_lack in places:
            if name in given:
                given[name] = as_given(given[name], what, may_lack=may_lack)
            elif at < len(firsts):
                firsts[at] = as_given(firsts[at], what, may_lack=may_lack)
        return function(*firsts, **given)

    return call
