"""Workbooks (工作簿) for people: a code stays the text it is, no text ever runs, words are chosen.

Every text is written as a text cell, so that nothing begins a formula or a link and no code is
rounded; the columns of text are formatted as text, so that what is typed into them stays so too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import attrs
import polars as pl

from antipoverty._base.frozen import Frozen
from antipoverty.errors import InvalidArgumentError, InvalidFileError, LineError, MissingExtraError

_NEEDS = "workbooks need the extra 'excel': pip install 'antipoverty[excel]'"
_LINES = 1_048_575
"""The rows of a sheet below its header."""
_LISTS = "选项 lists"
_MADE = datetime(2021, 1, 1)  # noqa: DTZ001 - a workbook says when it was made; ours never lie
_REFUSED = "请按提示填写。Fill in as the note says."

Accepts = Literal["text", "whole", "money", "day"]


@attrs.frozen
class SheetColumn:
    """One column of a sheet.

    Attributes:
        header: Its header.
        note: What stands beside a chosen cell, and at the header.
        accepts: What may be filled in.
        choices: The words that may be chosen; empty for any.
        low: The least number, in the unit of the cell.
        high: The greatest.
        width: In letters.
        fill: Whether somebody is to fill it in; such a column is marked.
    """

    header: str
    note: str = ""
    accepts: Accepts = "text"
    choices: tuple[str, ...] = ()
    low: Decimal | int | None = None
    high: Decimal | int | None = None
    width: int = 16
    fill: bool = False


@attrs.frozen
class Sheet:
    """One sheet: a frozen header, rows, and empty rows to fill in.

    Attributes:
        name: At most 31 letters; signs that a sheet may not have are left out.
        columns: Its columns.
        rows: The rows, a text, whole number or nothing for each column.
        room: How many empty rows below them are checked as they are filled in.
    """

    name: str
    columns: tuple[SheetColumn, ...]
    rows: Sequence[Sequence[str | int | None]] = attrs.field(default=(), repr=False)
    room: int = 0


def write_workbook(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write sheets as one workbook; the same sheets give the same bytes.

    Raises:
        InvalidArgumentError: A sheet has more rows than a workbook can hold.
        MissingExtraError: XlsxWriter is not installed.
    """
    every = tuple(sheets)
    names = _names(every)
    for sheet in every:
        if len(sheet.rows) > _LINES:
            raise InvalidArgumentError(
                "sheet {name} has more than {lines:,} rows; part it", name=sheet.name, lines=_LINES
            )
    try:
        xlsxwriter = import_module("xlsxwriter")
    except ModuleNotFoundError:
        raise MissingExtraError(_NEEDS) from None
    plain = {f"strings_to_{what}": False for what in ("numbers", "formulas", "urls")}
    with xlsxwriter.Workbook(str(path), plain) as book:
        book.set_properties({"created": _MADE})
        looks = {
            "header": book.add_format({"bold": True, "bg_color": "#D9E2F3", "num_format": "@"}),
            "fill": book.add_format({"bold": True, "bg_color": "#FFF2CC", "num_format": "@"}),
            "text": book.add_format({"num_format": "@"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        pages = [book.add_worksheet(name) for name in names]
        lists = _write_lists(book, every)
        for sheet, page in zip(every, pages, strict=True):
            _write(page, sheet, looks, lists)


def _names(sheets: Sequence[Sheet]) -> list[str]:
    names: list[str] = []
    for sheet in sheets:
        bare = "".join(one for one in sheet.name if one not in "[]:*?/\\'")[:31]
        if bare.lower() in {one.lower() for one in (*names, _LISTS)}:
            raise InvalidArgumentError("two sheets are called {bare!r}", bare=bare)
        names.append(bare)
    return names


def _write_lists(book: Any, sheets: Sequence[Sheet]) -> Mapping[tuple[str, ...], str]:
    """Put each list of words into a column of a hidden sheet; give where it stands."""
    wanted = dict.fromkeys(one.choices for sheet in sheets for one in sheet.columns if one.choices)
    if not wanted:
        return Frozen()
    page = book.add_worksheet(_LISTS)
    page.hide()
    found: dict[tuple[str, ...], str] = {}
    utility = import_module("xlsxwriter.utility")
    for at, words in enumerate(wanted):
        for row, word in enumerate(words):
            page.write_string(row, at, word)
        letter = utility.xl_col_to_name(at)
        found[words] = f"='{_LISTS}'!${letter}$1:${letter}${len(words)}"
    return found


def _write(
    page: Any, sheet: Sheet, looks: Mapping[str, Any], lists: Mapping[tuple[str, ...], str]
) -> None:
    last = len(sheet.rows) + sheet.room
    for at, column in enumerate(sheet.columns):
        look = {"text": looks["text"], "day": looks["day"]}.get(column.accepts)
        page.set_column(at, at, column.width, look)
        page.write_string(0, at, column.header, looks["fill" if column.fill else "header"])
        if column.note:
            page.write_comment(0, at, column.note, {"x_scale": 2})
        if last and (rule := _rule(column, lists)):
            page.data_validation(1, at, last, at, rule)
    for number, row in enumerate(sheet.rows, 1):
        for at, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(number, at, value, looks["text"])
            elif value is not None:
                page.write_number(number, at, value)
    page.freeze_panes(1, 0)
    if sheet.rows:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)


def _rule(column: SheetColumn, lists: Mapping[tuple[str, ...], str]) -> dict[str, Any] | None:
    """What a spreadsheet checks while a cell is filled in."""
    shown = {
        "input_title": column.header[:32],
        "input_message": column.note[:255] or None,
        "error_title": column.header[:32],
        "error_message": _REFUSED,
    }
    if column.choices:
        return shown | {"validate": "list", "source": lists[column.choices]}
    if column.accepts == "day":
        days = {"minimum": date(1900, 1, 1), "maximum": date(2099, 12, 31)}
        return shown | {"validate": "date", "criteria": "between"} | days
    if column.accepts in ("whole", "money"):
        kind = "integer" if column.accepts == "whole" else "decimal"
        between = {"minimum": _bound(column.low), "maximum": _bound(column.high)}
        return shown | {"validate": kind, "criteria": "between"} | between
    return (shown | {"validate": "any"}) if column.note else None


def _bound(value: Decimal | int | None) -> int | float:
    return 0 if value is None else int(value) if value == int(value) else float(value)


def read_workbook(path: Path) -> Mapping[str, pl.DataFrame]:
    """Read the sheets of a workbook as text, named by their first row; hidden ones too.

    Raises:
        InvalidFileError: It is no workbook.
        MissingExtraError: fastexcel is not installed.
    """
    try:
        fastexcel = import_module("fastexcel")
    except ModuleNotFoundError:
        raise MissingExtraError(_NEEDS) from None
    try:
        book = fastexcel.read_excel(str(path))
        return Frozen(
            {
                name: book.load_sheet(name, header_row=None, dtypes="string").to_polars()
                for name in book.sheet_names
            }
        )
    except fastexcel.FastExcelError:
        raise InvalidFileError(
            "{name} cannot be used",
            [LineError(1, "it is no workbook of a spreadsheet")],
            name=path.name,
        ) from None
