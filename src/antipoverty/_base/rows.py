"""Frames are read row by row, and all rows that cannot be used are told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import narwhals as nw

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
    did_you_mean,
)

_SHOWN = 50
_DAY = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})", re.ASCII)
YES_OR_NO: Mapping[str, bool] = Frozen(
    {"yes": True, "no": False, "是": True, "否": False, "true": True, "false": False}
)
"""How a file says yes and no."""


def rows_of(frame: Any, columns: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    """Give the rows of some columns of any frame.

    Raises:
        MissingColumnError: A column is missing.
    """
    given = nw.from_native(frame)
    names = given.collect_schema().names()
    missing = [name for name in columns if name not in names]
    if missing:
        raise MissingColumnError(
            f"the table lacks {', '.join(missing)}{did_you_mean(missing[0], names)}"
        )
    chosen = given.select(*columns)
    eager = chosen.collect("polars") if isinstance(chosen, nw.LazyFrame) else chosen
    return eager.iter_rows()


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


def day_of(given: Any) -> date | None:
    """Read a day from a frame, where a CSV file has ``2022-02-03`` or ``2022/2/3``."""
    if isinstance(given, str):
        found = _DAY.fullmatch(given)
        try:
            return date(int(found[1]), int(found[3]), int(found[4])) if found else None
        except ValueError:
            return None
    return given if isinstance(given, date) and not isinstance(given, datetime) else None


def refuse(problems: list[AntipovertyError], what: str) -> None:
    """Raise all problems of a file at once, the first fifty in full."""
    if problems:
        more = len(problems) - _SHOWN
        if more > 0:
            problems[_SHOWN:] = [FieldError(f"and {more} more like these")]
        raise InvalidFileError(what, problems)
