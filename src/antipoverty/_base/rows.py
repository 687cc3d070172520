"""Frames are read row by row, and all rows that cannot be used are told at once.

A column is read by what it must hold, as screening reads it, whatever kind of frame came
in: whole numbers for codes, datetimes for days, 0 and 1 for yes and no, an empty text or
a missing number of pandas for what is not known. A frame of text, as a CSV file gives it,
may say days and yes and no in the words that `YES_OR_NO` and `day_in` know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import polars as pl

from antipoverty._base.csvfiles import (
    DIGITS_LOST,
    YES_OR_NO,
    Cells,
    day_in,
    lost_digits,
    row_fault,
)
from antipoverty._base.driver import brought
from antipoverty._base.frames import as_lazy, readable
from antipoverty._base.frozen import Frozen
from antipoverty._base.mixed import OTHER_TYPE
from antipoverty._base.opaque import opaque
from antipoverty.codes import AreaCode
from antipoverty.errors import (
    AntipovertyError,
    FieldError,
    InvalidCodeError,
    InvalidFileError,
    LineError,
    MissingColumnError,
    PersonalValueError,
    UnsupportedFrameError,
    did_you_mean,
    phrase,
)

_SHOWN = 50
Holds = Literal["text", "day", "flag", "count"]


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
        FrameTooLargeError: More rows would come to Spark's driver.
        UnsupportedFrameError: It is no frame.
    """
    table = _table(frame, tuple(columns))
    read = [_column(table, name, holds) for name, holds in columns.items()]
    for values in zip(*read, strict=True):
        faults = [one.why for one in values if isinstance(one, Unread)]
        yield "; ".join(faults), tuple(None if isinstance(v, Unread) else v for v in values)


def _table(frame: Any, columns: Sequence[str], optional: Sequence[str] = ()) -> pl.DataFrame:
    """Collect some columns of a frame, with the marks of values of another type."""
    try:
        lazy = as_lazy(frame)
    except TypeError:
        raise UnsupportedFrameError(
            "the table is a {name}; give a frame of Polars, pandas, PyArrow, DuckDB or Spark",
            name=type(frame).__name__,
        ) from None
    names = lazy.collect_schema().names()
    missing = [name for name in columns if name not in names]
    if missing:
        raise MissingColumnError(
            "the table lacks {missing}{near}",
            missing=", ".join(missing),
            near=did_you_mean(missing[0], names),
        )
    wanted = [name for name in (*columns, *optional) if name in names]
    marks = [name + OTHER_TYPE for name in wanted if name + OTHER_TYPE in names]
    with readable():
        table: pl.DataFrame = brought(lazy.select(*wanted, *marks)).to_native()
    return table


def cells_of(
    frame: Any, columns: Sequence[str], optional: Sequence[str] = ()
) -> tuple[Cells, list[str]]:
    """Read a frame as the cells of a CSV file, so that one reader knows every mercy.

    Args:
        frame: The frame.
        columns: The columns there must be.
        optional: Those there may be; others are left alone.

    Returns:
        The cells, rows numbered from 1; and what is wrong with whole columns.

    Raises:
        MissingColumnError: A column is missing.
        UnsupportedFrameError: It is no frame.
    """
    table = _table(frame, columns, optional)
    header = tuple(name for name in (*columns, *optional) if name in table.columns)
    texts = {name: _cells(table[name]) for name in header}
    wrong = [
        f"column {name!r} holds {table[name].dtype}; give text"
        for name, cells in texts.items()
        if cells is None
    ]
    found = Cells(header, 0, [], [])
    if wrong:
        return found, wrong
    odd = [name for name in header if name + OTHER_TYPE in table.columns]
    for at, row in enumerate(
        zip(*(cells for cells in texts.values() if cells is not None), strict=True), 1
    ):
        strange = [name for name in odd if table[name + OTHER_TYPE][at - 1]]
        said = row_fault(header, row) if any(row) else None
        if strange:
            said = phrase(
                "{strange} is of another type than the rest of the column",
                strange=", ".join(strange),
            )
        if said:
            found.problems.append(LineError(at, said))
        elif any(row):
            found.rows.append((at, list(row)))
    return found, []


def _cells(column: pl.Series) -> list[str | None] | None:
    """A column as text without blanks around it; ``None`` where it holds something else."""
    kind = column.dtype
    if kind == pl.Boolean:
        return [None if one is None else ("no", "yes")[one] for one in column.to_list()]
    if kind.is_float() or kind.is_decimal():
        if column.name == "unit" and column.drop_nulls().drop_nans().len():
            return None  # a code that went through a number may have lost its digits
        return [None if one is None or one != one else _number(one) for one in column.to_list()]
    if kind.is_temporal() or kind.is_integer():
        return [None if one is None else str(one) for one in column.to_list()]
    if kind == pl.Null or isinstance(kind, pl.String | pl.Categorical | pl.Enum):
        texts = column.cast(pl.String).to_list()
        return [one.strip() or None if one is not None else None for one in texts]
    return None


def _number(value: Any) -> str:
    return str(int(value)) if value == value // 1 and abs(value) < 2**53 else str(value)


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
        opaque(household, "the household's id", household=True, area=str(area or ""))
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
            problems[_SHOWN:] = [FieldError("and {more} more like these", more=more)]
        raise InvalidFileError(what, problems)
