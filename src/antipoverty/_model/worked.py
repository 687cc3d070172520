"""Working a derived fact out: its function is called once, and what it gives is checked."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from antipoverty._model.facts import FIRST_DAY, LAST_DAY, Field
from antipoverty.errors import DerivedFactError, phrase

if TYPE_CHECKING:
    import polars as pl


def worked_out(field: Field, given: Mapping[str, pl.Series]) -> pl.Series:
    """Work a derived fact out, for as many rows as the columns have.

    Args:
        field: The fact.
        given: What its function is told, by argument.

    Returns:
        Its values, in the type its kind is held in; what lies outside its bounds, or is none
        of its words, is not known.

    Raises:
        DerivedFactError: The function fails, or gives something else than was declared.
    """
    import polars as pl

    derive = field.about.derive
    assert derive is not None  # noqa: S101 - the callers ask for derived facts alone
    frame = pl.DataFrame(dict(given))
    asked = frame
    if not derive.of_missing:
        asked = frame.drop_nulls()
    found: pl.Series = _checked(field, _called(field, asked) if asked.height else [], asked.height)
    if asked.height < frame.height:
        known: pl.Series = reduce(and_, (column.is_not_null() for column in frame.get_columns()))
        at = known.cast(pl.Int64).cum_sum() - 1
        found = found.gather(at.zip_with(known, pl.Series([None], dtype=pl.Int64)))
    return found.alias(field.name)


def _called(field: Field, columns: pl.DataFrame) -> Any:
    derive = field.about.derive
    assert derive is not None  # noqa: S101 - the callers ask for derived facts alone
    try:
        return derive.by(**{one.name: one for one in columns.get_columns()})
    except Exception as problem:
        frames = traceback.extract_tb(problem.__traceback__)
        where = f"{frames[-1].filename}:{frames[-1].lineno}"
        raise DerivedFactError(
            "the function of the derived fact {path!r} (version {version}) fails with {name} at "
            "{where}; try it on columns of a few rows",
            path=field.path,
            version=derive.version,
            name=type(problem).__name__,
            where=where,
        ) from None


def _checked(field: Field, given: Any, rows: int) -> pl.Series:
    import polars as pl

    from antipoverty._base.frames import POLARS

    about, wanted = field.about, POLARS[field.kind.value]

    def wrong(what: str) -> DerivedFactError:
        return DerivedFactError(
            "the function of the derived fact {path!r} gives {what}; a {kind} for each row is "
            "wanted: whole numbers in stored steps (fen), True or False, texts, or dates; round "
            "numbers in the function, where it can be read how",
            path=field.path,
            what=what,
            kind=field.kind.value,
        )

    if not isinstance(given, pl.Series):
        if isinstance(given, str | bytes) or not isinstance(given, Iterable):
            raise wrong(f"a {type(given).__name__}")
        try:
            given = pl.Series(list(given))
        except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
            raise wrong("values of several types") from None
    if len(given) != rows:
        raise wrong(f"{len(given)} values for {rows} rows")
    whole = wanted == pl.Int64 and given.dtype.is_integer()
    if not (given.dtype in (wanted, pl.Null) or whole):
        raise wrong(phrase("values of type {dtype}", dtype=given.dtype))
    try:
        found: pl.Series = given.cast(wanted)
    except pl.exceptions.PolarsError:
        raise wrong("numbers of more than 64 bits") from None
    fits: list[pl.Series] = []
    low, high = (FIRST_DAY, LAST_DAY) if wanted == pl.Date else (about.low, about.high)
    fits += [found >= low] if low is not None else []
    fits += [found <= high] if high is not None else []
    fits += [found.is_in(list(about.choices))] if about.choices else []
    if fits and rows:
        fit: pl.Series = reduce(and_, fits)
        return found.zip_with(fit.fill_null(value=False), found.clear(1))
    return found


__all__ = ["worked_out"]
