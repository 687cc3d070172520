"""Lists that people filled in, read back: the sheets of a workbook, or a CSV file as one sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from antipoverty._base.workbooks import read_workbook
from antipoverty.errors import InvalidFileError, LineError

_HEADER_WITHIN = 10
Row = tuple[int, tuple[str | None, ...]]


@attrs.frozen
class FilledSheet:
    """The columns wanted of one sheet.

    Attributes:
        name: The sheet's name; ``csv`` for a CSV file.
        rows: The number of each row that is not empty, 1 being the first of the sheet, and
            its cells.
    """

    name: str
    rows: tuple[Row, ...] = attrs.field(repr=False)


def read_sheets(
    path: Path, key: str, wanted: Sequence[str], what: str, optional: Sequence[str] = ()
) -> tuple[FilledSheet, ...]:
    """Read the sheets that have a header with a column; others are passed over.

    Args:
        path: The file.
        key: The column by which a header is told.
        wanted: The columns, in the order in which their cells are given.
        what: What the file is, as messages say it.
        optional: Further columns, whose cells are empty where there is none.

    Raises:
        InvalidFileError: It is no workbook, a sheet lacks columns, or none has the header.
        MissingExtraError: fastexcel is not installed.
    """
    found: list[FilledSheet] = []
    lacking: list[LineError] = []
    for name, rows in _sheets(path):
        at = next((n for n, row in enumerate(rows[:_HEADER_WITHIN]) if key in row), None)
        if at is None:
            continue
        missing = [one for one in wanted if one not in rows[at]]
        if missing:
            lacking.append(
                LineError(
                    at + 1, "sheet {name} lacks {missing}", name=name, missing=", ".join(missing)
                )
            )
            continue
        header = rows[at]
        places = [header.index(one) if one in header else None for one in (*wanted, *optional)]
        found.append(FilledSheet(name, tuple(_rows(rows, at, places))))
    if lacking or not any(one.rows for one in found):
        said = lacking or [LineError(1, "no sheet of it is {what}", what=what)]
        raise InvalidFileError("{name} cannot be used", said, name=path.name)
    return tuple(found)


def _rows(
    rows: Sequence[tuple[str | None, ...]], at: int, places: Sequence[int | None]
) -> Iterator[Row]:
    for number, row in enumerate(rows[at + 1 :], at + 2):
        cells = tuple(None if n is None or n >= len(row) else row[n] for n in places)
        if any(cells):
            yield number, cells


def _sheets(path: Path) -> Iterator[tuple[str, list[tuple[str | None, ...]]]]:
    """The rows of each sheet; a CSV file is one sheet."""
    if path.suffix.lower() != ".csv":
        for name, cells in read_workbook(path).items():
            yield name, [tuple(map(_tidy, row)) for row in cells.iter_rows()]
        return
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    yield "csv", [tuple(map(_tidy, row)) for row in csv.reader(io.StringIO(text, newline=""))]


def _tidy(cell: str | None) -> str | None:
    """A cell without blanks around it, the apostrophe of a text and the tab of a CSV list."""
    return (cell or "").strip().lstrip("'").strip() or None
