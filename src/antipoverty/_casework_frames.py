"""Frames are read row by row, and all rows that cannot be used are told at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals as nw

from antipoverty._casework_opaque import opaque
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


def place_fault(home: Any, area: Any) -> str | None:
    """Say what is wrong with a household's id or area, or nothing."""
    try:
        opaque(home, "the household's id", household=True)
        AreaCode(area)
    except (PersonalValueError, InvalidCodeError) as problem:
        return problem.message
    return None


def refuse(problems: list[AntipovertyError], what: str) -> None:
    """Raise all problems of a file at once, the first fifty in full."""
    if problems:
        more = len(problems) - _SHOWN
        if more > 0:
            problems[_SHOWN:] = [FieldError(f"and {more} more like these")]
        raise InvalidFileError(what, problems)
