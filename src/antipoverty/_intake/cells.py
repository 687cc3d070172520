"""From a cell's text to a fact: numbers, amounts, days, yes and no, words. Nothing is guessed.

Each reader gives two columns: the fact, and the kind of fault where a filled cell could not
be read. Amounts stay exact: digits are moved, no float is made.
"""

from __future__ import annotations

import unicodedata

import polars as pl

from antipoverty._intake.mapping import Column
from antipoverty.model import Field, Kind

_PLACES = {"分": 0, "角": 1, "元": 2, "万元": 6, "亿元": 10}
_BLANK = " \t\r\n\u00a0\u2002\u2003\u2009\u200b\u202f\u3000\ufeff"


def clean(name: str) -> pl.Expr:
    """A cell in half-width form, without blanks around it and Excel's leading apostrophe."""
    return pl.col(name).str.normalize("NFKC").str.strip_chars(_BLANK).str.strip_prefix("'")


def read_cells(column: Column, field: Field | None) -> tuple[pl.Expr, pl.Expr]:
    """Read the cells of a column.

    Args:
        column: How they are written.
        field: The fact they hold; ``None`` for the household's id of a child table.

    Returns:
        The fact, null where it is not known, and the fault's kind, null where there is none.
    """
    text = clean(column.column)
    if column.fill_down:
        text = (
            pl.when(text.is_in([*column.missing_values])).then(None).otherwise(text).forward_fill()
        )
    text = pl.when(text.is_in([*column.missing_values])).then(None).otherwise(text)
    if column.words:
        text = text.replace(dict(column.words))
    if field is None:
        return text, _fault(text.str.contains("(?i)^[0-9.]+e\\+?[0-9]+$"), "number-lost")
    if field.kind is Kind.NUMBER:
        value = _amount(text, column) if field.about.unit.scale == 100 else _count(text, column)
        return value, _fault(text.is_not_null() & value.is_null(), "no-number")
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
        value = _day(text, column)
        return value, _fault(text.is_not_null() & value.is_null(), "no-day")
    if field.about.choices:
        known = {word: word for word in field.about.choices}
        known |= {
            unicodedata.normalize("NFKC", zh): word for word, (zh, _) in field.about.choices.items()
        }
        known |= {en: word for word, (_, en) in field.about.choices.items()}
        value = text.replace_strict(known, default=None)
        return value, _fault(text.is_not_null() & value.is_null(), "unknown-word")
    return text, _fault(text.str.contains("(?i)^[0-9.]+e\\+?[0-9]+$"), "number-lost")


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
