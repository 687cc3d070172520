"""Frames are read row by row, and all rows that cannot be used are told at once.

A column is read by what it must hold, as screening reads it, whatever kind of frame came
in: whole numbers for codes, datetimes for days, 0 and 1 for yes and no, an empty text or
a missing number of pandas for what is not known. A frame of text, as a CSV file gives it,
may say days and yes and no in the words that `YES_OR_NO` and `day_in` know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Literal

import polars as pl

from antipoverty._base.csvfiles import DIGITS_LOST, day_in, lost_digits
from antipoverty._base.frames import OTHER_TYPE, as_lazy, to_polars
from antipoverty._base.frozen import Frozen
from antipoverty._base.opaque import opaque
from antipoverty.codes import AreaCode
from antipoverty.errors import (
    AntipovertyError,
    FieldError,
    InvalidCodeError,
    InvalidFileError,
    MissingColumnError,
    PersonalValueError,
    UnsupportedFrameError,
    did_you_mean,
)

_SHOWN = 50
Holds = Literal["text", "day", "flag", "count"]
YES_OR_NO: Mapping[str, bool] = Frozen(
    {"yes": True, "no": False, "是": True, "否": False, "true": True, "false": False}
)
"""How a file says yes and no, in letters of any size."""


class Unread:
    """Stands for a value that is not what its column must hold; tells why."""

    def __init__(self, why: str) -> None:
        self.why = why


def rows_of(frame: Any, columns: Mapping[str, Holds]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Read some columns of any frame.

    Args:
        frame: The frame.
        columns: What each column must hold.

    Yields:
        What is wrong with a row, empty for nothing, and its values; a value that is not
        known or cannot be read is ``None``.

    Raises:
        MissingColumnError: A column is missing.
        UnsupportedFrameError: It is no frame.
    """
    try:
        lazy = as_lazy(frame)
    except TypeError:
        raise UnsupportedFrameError(
            f"the table is a {type(frame).__name__}; give a frame of Polars, pandas, PyArrow, "
            "DuckDB or Spark"
        ) from None
    names = lazy.collect_schema().names()
    missing = [name for name in columns if name not in names]
    if missing:
        raise MissingColumnError(
            f"the table lacks {', '.join(missing)}{did_you_mean(missing[0], names)}"
        )
    marks = [name + OTHER_TYPE for name in columns if name + OTHER_TYPE in names]
    table = to_polars(lazy.select(*columns, *marks))
    read = [_column(table, name, holds) for name, holds in columns.items()]
    for values in zip(*read, strict=True):
        faults = [one.why for one in values if isinstance(one, Unread)]
        yield "; ".join(faults), tuple(None if isinstance(v, Unread) else v for v in values)


def _column(table: pl.DataFrame, name: str, holds: Holds) -> list[Any]:
    column = table[name]
    if holds == "text" and column.dtype.is_integer():
        column = column.cast(pl.String)
    if isinstance(column.dtype, pl.Categorical | pl.Enum):
        column = column.cast(pl.String)
    known: dict[Any, Any] = {}
    read = _READ[holds]

    def meant(given: Any) -> Any:
        if given is None or given != given or (isinstance(given, str) and not given.strip()):
            return None
        found = read(given)
        return found if found is not None else Unread(f"{name} {_WRONG[holds]}")

    values: list[Any] = []
    for given in column.to_list():
        try:
            values.append(known[given])
        except KeyError:
            known[given] = meant(given)
            values.append(known[given])
        except TypeError:
            values.append(meant(given))
    if holds == "text":
        values = [
            Unread(f"{name}: {DIGITS_LOST}") if isinstance(one, str) and lost_digits(one) else one
            for one in values
        ]
    if name + OTHER_TYPE in table.columns:
        odd = table[name + OTHER_TYPE].to_list()
        wrong = Unread(f"{name} {_WRONG[holds]}")
        values = [wrong if other else one for one, other in zip(values, odd, strict=True)]
    return values


def _text(given: object) -> str | None:
    return given.strip() if isinstance(given, str) else None


def day_of(given: object) -> date | None:
    """Bring a day to one form: of a datetime its day on its own clock; a text as `day_in`."""
    if isinstance(given, str):
        return day_in(given)
    if isinstance(given, datetime):
        return given.date()
    return given if isinstance(given, date) else None


def _flag(given: object) -> bool | None:
    if isinstance(given, str):
        return YES_OR_NO.get(given.strip().lower(), {"1": True, "0": False}.get(given.strip()))
    return bool(given) if isinstance(given, bool | int | float) and given in (0, 1) else None


def _count(given: object) -> int | None:
    if isinstance(given, str):
        text = given.strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else None
    whole = isinstance(given, int | float) and not isinstance(given, bool) and given == given // 1
    return int(given) if whole and 0 <= given < 10**_DIGITS else None  # type: ignore[call-overload,operator]


_DIGITS = 12
_READ: Mapping[Holds, Callable[[object], Any]] = Frozen(
    {"text": _text, "day": day_of, "flag": _flag, "count": _count}
)
_WRONG: Mapping[Holds, str] = Frozen(
    {
        "text": "is neither text nor a whole number",
        "day": "is no day; write 2022-02-03",
        "flag": "is neither yes nor no",
        "count": "is no whole number",
    }
)


def place_fault(household: Any, area: Any) -> str | None:
    """Say what is wrong with a household's id or area, or nothing."""
    try:
        opaque(household, "the household's id", household=True)
    except PersonalValueError as problem:
        return problem.message
    return area_fault(area)


def area_fault(area: Any, digits: int = 0) -> str | None:
    """Say what is wrong with an area, or that it is coarser than one of so many digits."""
    try:
        if len(AreaCode(area)) < digits:
            return "its area is coarser than the level that is counted"
    except InvalidCodeError as problem:
        return problem.message
    return None


def refuse(problems: list[AntipovertyError], what: str) -> None:
    """Raise all problems of a file at once, the first fifty in full."""
    if problems:
        more = len(problems) - _SHOWN
        if more > 0:
            problems[_SHOWN:] = [FieldError(f"and {more} more like these")]
        raise InvalidFileError(what, problems)
