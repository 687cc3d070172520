"""From a cell's text to a fact: numbers, amounts, days, yes and no, words. Nothing is guessed.

Each reader gives two columns: the fact, and the kind of fault where a filled cell could not
be read. Amounts stay exact: digits are moved, no float is made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import polars as pl

from antipoverty._base.opaque import AS_CODES_ARE, IN_FRAMES, MAY_BE_PERSONAL, names_a_person
from antipoverty._intake.mapping import Column
from antipoverty._intake.persons import is_resident_number
from antipoverty._intake.sources import BLANK
from antipoverty.model import Field, Kind

_PLACES = {"分": 0, "角": 1, "元": 2, "万元": 6, "亿元": 10}
_AS_NUMBERS_ARE = r"(?:^|[^0-9])(?:[0-9]{11}|86[0-9]{11}|[0-9]{15}|[0-9]{17}[0-9Xx])(?:[^0-9]|$)"
_LOST = "(?i)^[0-9.]+e\\+?[0-9]+$"


def clean(name: str) -> pl.Expr:
    """A cell in half-width form, without blanks around it and Excel's leading apostrophe."""
    return pl.col(name).str.normalize("NFKC").str.strip_chars(BLANK).str.strip_prefix("'")


def filled(name: str, missing: Iterable[str]) -> pl.Expr:
    """A cell in its clean form, null where it says that nothing is known."""
    text = clean(name)
    return pl.when(~text.is_in(["", *missing])).then(text)


def read_cells(column: Column, field: Field | None) -> tuple[pl.Expr, pl.Expr]:
    """Read the cells of a column.

    Args:
        column: How they are written.
        field: The fact they hold; ``None`` for the household's id of a child table.

    Returns:
        The fact, null where it is not known, and the fault's kind, null where there is none.
    """
    text = filled(column.column, column.missing_values)
    if column.words:
        text = text.replace(dict(column.words))
    if field is None:
        fault = _id_fault(text, household=True)
        return pl.when(fault.is_null()).then(text), fault
    if field.kind is Kind.NUMBER:
        value = _amount(text, column) if field.about.unit.scale == 100 else _count(text, column)
        return _bounded(value, field, _fault(text.is_not_null() & value.is_null(), "no-number"))
    if field.kind is Kind.FLAG:
        lower = text.str.to_lowercase()
        value = (
            pl.when(lower.is_in([one.lower() for one in column.true_values]))
            .then(pl.lit(value=True))
            .when(lower.is_in([one.lower() for one in column.false_values]))
            .then(pl.lit(value=False))
        )
        return value, _fault(text.is_not_null() & value.is_null(), "neither-yes-nor-no")
    if field.kind is Kind.DATE:
        return read_day(column)
    if field.about.choices:
        known = {word: word for word in field.about.choices}
        known |= {
            unicodedata.normalize("NFKC", zh): word for word, (zh, _) in field.about.choices.items()
        }
        known |= {en: word for word, (_, en) in field.about.choices.items()}
        value = text.replace_strict(known, default=None)
        return value, _fault(text.is_not_null() & value.is_null(), "unknown-word")
    fault = _id_fault(text, household=field.name == "household_id")
    return pl.when(fault.is_null()).then(text), fault


def read_day(column: Column) -> tuple[pl.Expr, pl.Expr]:
    """Read the cells of a column of days; see `read_cells`."""
    text = filled(column.column, column.missing_values)
    day = _day(text, column)
    return day, _fault(text.is_not_null() & day.is_null(), "no-day")


def _bounded(value: pl.Expr, field: Field, fault: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Take a number outside the fact's bounds as not known."""
    low, high = field.about.low, field.about.high
    inside = pl.lit(value=True)
    if low is not None:
        inside &= value >= low
    if high is not None:
        inside &= value <= high
    return pl.when(inside).then(value), (
        pl.when(~inside).then(pl.lit("out-of-bounds")).otherwise(fault)
    )


def _id_fault(text: pl.Expr, *, household: bool) -> pl.Expr:
    """Name what is wrong with an id or a word; a number of a person is never one."""
    personal = names_a_person if household else _is_persons

    def look(texts: pl.Series) -> pl.Series:
        named = [one for one in texts.drop_nulls().unique() if personal(one)]
        return texts.to_frame("text").select(
            pl.when(pl.col("text").is_in(named)).then(pl.lit("personal-id"))
        )["literal"]

    few = (
        text.str.contains(MAY_BE_PERSONAL) & ~text.str.contains(AS_CODES_ARE)
        if household
        else text.str.contains(_AS_NUMBERS_ARE)
    )
    return (
        pl.when(text.str.contains(_LOST))
        .then(pl.lit("number-lost"))
        .when(~text.str.contains(IN_FRAMES))
        .then(pl.lit("no-id-form"))
        .otherwise(pl.when(few).then(text).map_batches(look, return_dtype=pl.String))
    )


def _is_persons(text: str) -> bool:
    """Whether a telephone or a resident number stands in an id that is no household's."""
    return any(
        re.fullmatch("(?:86)?1[3-9][0-9]{9}", run) or is_resident_number(run)
        for run in re.findall("[0-9]+[Xx]?", text)
    )


def _fault(where: pl.Expr, kind: str) -> pl.Expr:
    return pl.when(where).then(pl.lit(kind))


def _digits(text: pl.Expr, column: Column) -> pl.Expr:
    if column.group_char:
        text = text.str.replace_all(column.group_char, "", literal=True)
    if not column.bare_number:
        text = text.str.extract(r"(-?[0-9]+(?:[.,][0-9]+)?)")
    return (
        text
        if column.decimal_char == "."
        else text.str.replace(column.decimal_char, ".", literal=True)
    )


def _count(text: pl.Expr, column: Column) -> pl.Expr:
    whole = _digits(text, column).str.replace(r"\.0+$", "")
    return pl.when(whole.str.contains("^-?[0-9]{1,15}$")).then(whole).cast(pl.Int64, strict=False)


def _amount(text: pl.Expr, column: Column) -> pl.Expr:
    digits = _digits(text, column)
    places = _PLACES[column.unit or "元"]
    good = digits.str.contains("^-?[0-9]{1,12}(?:[.][0-9]+)?$")
    whole = digits.str.extract(r"^(-?[0-9]+)")
    rest = digits.str.extract(r"[.]([0-9]+)$").fill_null("").str.strip_chars_end("0")
    exact = rest.str.len_chars() <= places
    fen = (whole + rest.str.pad_end(places, "0")) if places else whole
    return pl.when(good & exact).then(fen).cast(pl.Int64, strict=False)


def _day(text: pl.Expr, column: Column) -> pl.Expr:
    if "%" in column.format:
        return text.str.to_date(column.format, strict=False)
    if column.format == "excel":
        serial = pl.when(text.str.contains("^[1-9][0-9]{4}(?:[.]0*)?$")).then(text)
        days = serial.str.replace(r"[.]0*$", "").cast(pl.Int64, strict=False)
        return pl.lit("1899-12-30").str.to_date() + pl.duration(days=days)
    whole = r"^([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T].*)?$"
    bare = r"^([0-9]{4})([0-9]{2})([0-9]{2})$"
    if column.format == "month":
        whole, bare = r"^([0-9]{4})[-/.年]([0-9]{1,2})月?$", r"^([0-9]{4})([0-9]{2})$"
    parts = [
        pl.coalesce(text.str.extract(form, group) for form in (whole, bare))
        for group in ((1, 2) if column.format == "month" else (1, 2, 3))
    ]
    if column.format == "month":
        parts.append(pl.lit("1"))
    year, month, day = parts
    written = pl.concat_str(year, month.str.zfill(2), day.str.zfill(2), separator="-")
    return written.str.to_date("%Y-%m-%d", strict=False)
