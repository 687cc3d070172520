"""From a cell's text to a fact: numbers, amounts, days, yes and no, words. Nothing is guessed.

Each reader gives two columns: the fact, and the kind of fault where a filled cell could not
be read. Amounts stay exact: digits are moved, no float is made.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date

import polars as pl

from antipoverty._base.opaque import AS_CODES_ARE, IN_FRAMES, MAY_BE_PERSONAL, names_a_person
from antipoverty._intake.mapping import Column
from antipoverty._intake.persons import is_resident_number
from antipoverty._intake.sources import BLANK
from antipoverty._intake.text import repeats
from antipoverty.model import Field, Kind

_PLACES = {"分": 0, "角": 1, "元": 2, "万元": 6, "亿元": 10}
_AS_NUMBERS_ARE = (
    r"(?:^|[^0-9])(?:[0-9]{11}|86[0-9]{11}|[0-9]{15}|[0-9]{17}[0-9Xx]|[0-9]{20,}[Xx]?)(?:[^0-9]|$)"
)
_LOST = "(?i)^[0-9.]+e\\+?[0-9]+$"
_YEAR_FIRST = r"^([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T].*)?$"
_BARE = r"^([0-9]{4})([0-9]{2})([0-9]{2})$"
_MONTH, _BARE_MONTH = r"^([0-9]{4})[-/.年]([0-9]{1,2})月?$", r"^([0-9]{4})([0-9]{2})$"


def held(cells: pl.Series, missing: Iterable[str]) -> pl.Series:
    """Cells in half-width form, without blanks around them and Excel's leading apostrophe.

    Null where a cell says that nothing is known.
    """
    if (cells.str.len_bytes() != cells.str.len_chars()).any():
        cells = cells.str.normalize("NFKC")
    text = cells.str.strip_chars(BLANK).str.strip_prefix("'")
    if text.str.starts_with('="').any():  # by which Excel keeps the digits of a code
        text = text.str.replace('^="(.*)"$', "$1")
    return _where(~text.is_in(["", *missing]), text).alias(cells.name)


def read_cells(text: pl.Series, column: Column, field: Field | None) -> tuple[pl.Series, pl.Series]:
    """Read the cells of a column.

    Args:
        text: The cells, as `held` gives them.
        column: How they are written.
        field: The fact they hold; ``None`` for the household's id of a child table.

    Returns:
        The fact, null where it is not known, and the fault's kind, null where there is none.
    """
    return _of_each(text, lambda texts: _read(texts, column, field))


def read_day(text: pl.Series, column: Column) -> tuple[pl.Series, pl.Series]:
    """Read the cells of a column of days; see `read_cells`."""
    return _of_each(text, lambda texts: _unread(texts, _day(texts, column), "no-day"))


_Reader = Callable[[pl.Series], tuple[pl.Series, pl.Series]]


def _of_each(text: pl.Series, reader: _Reader) -> tuple[pl.Series, pl.Series]:
    """Read each different cell once, where they are few."""
    if not repeats(text):
        return reader(text)
    distinct = text.unique()
    value, fault = reader(distinct)
    table = pl.DataFrame({"text": distinct, "value": value, "fault": fault})
    both = text.to_frame("text").join(
        table, on="text", how="left", nulls_equal=True, maintain_order="left"
    )
    return both["value"], both["fault"]


def _read(text: pl.Series, column: Column, field: Field | None) -> tuple[pl.Series, pl.Series]:
    if column.words:
        text = text.replace(dict(column.words))
    if field is None:
        return _id(text, household=True)
    if field.kind is Kind.NUMBER:
        money = field.about.unit.scale == 100
        number = _amount(text, column) if money else _count(text, column)
        return _bounded(number, field, *_unread(text, number, "no-number"))
    if field.kind is Kind.FLAG:
        words = {one.lower(): False for one in column.false_values}
        words |= {one.lower(): True for one in column.true_values}
        flag = text.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
        return _unread(text, flag, "neither-yes-nor-no")
    if field.kind is Kind.DATE:
        return _unread(text, _day(text, column), "no-day")
    if field.about.choices:
        known = {word: word for word in field.about.choices}
        for word, (zh, en) in field.about.choices.items():
            known |= {unicodedata.normalize("NFKC", zh): word, en: word}
        chosen = text.replace_strict(known, default=None, return_dtype=pl.String)
        return _unread(text, chosen, "unknown-word")
    return _id(text, household=field.name == "household_id")


def _where(mask: pl.Series, values: pl.Series) -> pl.Series:
    return (
        values.to_frame("v")
        .with_columns(mask.alias("m"))
        .select(pl.when("m").then("v").alias("v"))["v"]
    )


def _kinds(mask: pl.Series, kind: str) -> pl.Series:
    return mask.to_frame("m").select(pl.when("m").then(pl.lit(kind)).alias("f"))["f"]


def _unread(text: pl.Series, value: pl.Series, kind: str) -> tuple[pl.Series, pl.Series]:
    return value, _kinds(text.is_not_null() & value.is_null(), kind)


def _bounded(
    number: pl.Series, field: Field, value: pl.Series, fault: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """Take a number outside the fact's bounds as not known."""
    low, high = field.about.low, field.about.high
    outside = pl.Series([False]).new_from_index(0, len(number))
    if low is not None:
        outside |= number < low
    if high is not None:
        outside |= number > high
    outside = outside.fill_null(value=False)
    if not outside.any():
        return value, fault
    kinds = pl.DataFrame({"f": fault, "o": _kinds(outside, "out-of-bounds")})
    return _where(~outside, value), kinds.select(pl.coalesce("o", "f"))["o"]


def _id(text: pl.Series, *, household: bool) -> tuple[pl.Series, pl.Series]:
    """Read an id or a word; a number of a person is never one."""
    if household and text.str.contains(AS_CODES_ARE).all() and not text.str.contains(_LOST).any():
        return text, pl.Series([None], dtype=pl.String).new_from_index(0, len(text))
    personal = names_a_person if household else _is_persons
    maybe = text.str.contains(_AS_NUMBERS_ARE)
    if household:
        maybe = text.str.contains(MAY_BE_PERSONAL) & ~text.str.contains(AS_CODES_ARE)
    named = [one for one in text.filter(maybe.fill_null(value=False)).unique() if personal(one)]
    fault = pl.DataFrame(
        {
            "lost": _kinds(text.str.contains(_LOST), "number-lost"),
            "form": _kinds(~text.str.contains(IN_FRAMES), "no-id-form"),
            "personal": _kinds(text.is_in(named), "personal-id"),
        }
    ).select(pl.coalesce("lost", "form", "personal"))["lost"]
    return _where(fault.is_null(), text), fault


def _is_persons(text: str) -> bool:
    """Whether a telephone or a resident number stands in an id that is no household's."""
    runs = re.findall("[0-9]+[Xx]?", text)
    parts = [run[at : at + 18] for run in runs if len(run) >= 20 for at in range(len(run) - 17)]
    return any(
        re.fullmatch("(?:86)?1[3-9][0-9]{9}", run) or is_resident_number(run)
        for run in (*runs, *parts)
    )


def _digits(text: pl.Series, column: Column) -> pl.Series:
    if not column.bare_number:
        text = _number_in(text, column)
    if column.group_char and text.str.contains(column.group_char, literal=True).any():
        text = _ungrouped(text, column.group_char)
    return (
        text
        if column.decimal_char == "."
        else text.str.replace(column.decimal_char, ".", literal=True)
    )


def _number_in(text: pl.Series, column: Column) -> pl.Series:
    """The number of a cell with words, 约3人 or 1.5万元; none where they change what it says.

    A second number, another unit than the column's, 万, 减 or 至: nobody can tell then.
    """
    number = f"(-?[0-9](?:[0-9{re.escape(column.group_char)}]*[0-9])?(?:[.,][0-9]+)?)"
    unit = _SAID.get(column.unit or "", "")
    bare = text.str.replace(f"{number}\\s*{unit}", "$1")
    found = bare.str.extract(number)
    rest = bare.str.replace(number, "")
    return _where(~rest.str.contains(_OTHERWISE), found)


_SAID = {"元": "[元块]?", "万元": "(?:万元?)?", "亿元": "(?:亿元?)?", "角": "[角毛]?", "分": "分?"}
"""How a unit is said behind a number; a column of money has one."""
_OTHERWISE = "[0-9一二三四五六七八九十百千万亿元块角毛分%减负亏欠至到~-]"
"""What else in a cell makes its number another one."""


def _ungrouped(text: pl.Series, mark: str) -> pl.Series:
    """Take out what groups digits by three; 12,00 is no number, for it may be twelve."""
    sign = re.escape(mark)
    grouped = text.str.contains(f"^-?[0-9]{{1,3}}(?:{sign}[0-9]{{3}})+(?:[^0-9{sign}][0-9]*)?$")
    none = ~text.str.contains(mark, literal=True)
    return _where(grouped | none, text.str.replace_all(mark, "", literal=True))


def _count(text: pl.Series, column: Column) -> pl.Series:
    whole = _digits(text, column).str.replace(r"[.]0+$", "")
    return _where(whole.str.contains("^-?[0-9]{1,15}$"), whole).cast(pl.Int64, strict=False)


def _amount(text: pl.Series, column: Column) -> pl.Series:
    digits = _digits(text, column)
    places = _PLACES[column.unit or "元"]
    exact = digits.str.contains(f"^-?[0-9]{{1,12}}(?:[.][0-9]{{0,{places}}}0*)?$")
    amount = _where(exact, digits).cast(pl.Decimal(38, places), strict=False)
    return amount.to_physical().cast(pl.Int64, strict=False)


def _day(text: pl.Series, column: Column) -> pl.Series:
    """The days of cells; those on which a spreadsheet keeps mere times of day are none."""
    days = _written_day(text, column)
    return _where(~days.is_in(_TIMES), days)


def _written_day(text: pl.Series, column: Column) -> pl.Series:
    if "%" in column.format:
        return text.str.to_date(column.format, strict=False)
    if column.format == "excel":
        serial = _where(text.str.contains("^[1-9][0-9]{4}(?:[.]0*)?$"), text)
        days = serial.str.replace(r"[.]0*$", "").cast(pl.Int32, strict=False)
        return (days - _EXCEL).cast(pl.Date)
    forms = (_MONTH, _BARE_MONTH) if column.format == "month" else (_YEAR_FIRST, _BARE)
    frame = text.to_frame("t")
    parts = [
        pl.coalesce(pl.col("t").str.extract(form, group) for form in forms)
        for group in ((1, 2) if column.format == "month" else (1, 2, 3))
    ]
    if column.format == "month":
        parts.append(pl.lit("01"))
    year, month, day = parts
    written = frame.select(
        pl.concat_str(year, month.str.zfill(2), day.str.zfill(2), separator="-").alias("d")
    )
    return written["d"].str.to_date("%Y-%m-%d", strict=False)


_TIMES = (date(1899, 12, 30), date(1899, 12, 31))
_EXCEL = 25_569
"""The serial number of 1970-01-01 in a spreadsheet."""
