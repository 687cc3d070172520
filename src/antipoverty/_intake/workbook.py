"""A sheet of a workbook: its cells as text in the rows where they stand, and its merged cells.

Cells merged from top to bottom are what a sheet itself says, so each row that they stand in
holds what is written in them; cells that are merely empty stay empty.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import polars as pl

from antipoverty._intake.contents import check_contents
from antipoverty._intake.text import MORE, as_text
from antipoverty.errors import MissingExtraError, UnreadableSourceError, did_you_mean

SUFFIXES = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
MOST = 1 << 30
"""How many bytes of cells a workbook may hold, unpacked: read whole, they take about 2.5 times
as much memory, and a sheet of a million rows and 20 columns has them."""
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
_ERRORS = re.compile(rb'<c r="([A-Z]+)([0-9]+)"[^>]*\bt="e"[^>]*>(?:<f[^<]*</f>)?<v>([^<]*)</v>')
_UNWORKED = re.compile(
    rb'<c r="([A-Z]+)([0-9]+)"[^>]*>\s*<f[^<]*(?:</f>)?\s*(?:<v ?/>|<v></v>|</c>)'
)
_FILLED = re.compile(rb'<c r="([A-Z]+)([0-9]+)"[^>]*>\s*<')


def sheets(path: Path) -> tuple[str, ...]:
    """The sheets that hold something and are not hidden."""
    book = _open(path, path.name)
    try:
        loaded = {name: book.load_sheet(name, header_row=None) for name in book.sheet_names}
    except Exception:  # of the reader of a damaged sheet, which has several words for it
        raise UnreadableSourceError(
            "{name} is damaged; save the workbook again", name=path.name
        ) from None
    return tuple(
        name for name, sheet in loaded.items() if sheet.height and sheet.visible == "visible"
    )


def read_sheet(path: Path, name: str, sheet: str | None) -> pl.DataFrame:
    """Read a sheet, its first row being the first of the frame.

    Args:
        path: The workbook.
        name: What an error calls it.
        sheet: The sheet, the first if ``None``.

    Raises:
        UnreadableSourceError: It is no workbook, or has no such sheet.
        MissingExtraError: Workbooks need an extra.
    """
    book = _open(path, name)
    wanted = sheet if sheet is not None else _only(path, name, book)
    if wanted not in book.sheet_names:
        raise UnreadableSourceError(
            "source {name!r}: there is no sheet {wanted!r}{near}",
            name=name,
            wanted=wanted,
            near=did_you_mean(wanted, book.sheet_names),
        )
    try:
        read: pl.DataFrame = book.load_sheet(
            wanted, header_row=None, skip_rows=0, dtypes="string"
        ).to_polars()
    except Exception:  # of the reader of a damaged sheet, which has several words for it
        raise UnreadableSourceError(
            "source {name!r}: the sheet {wanted!r} is damaged; save the workbook again",
            name=name,
            wanted=wanted,
        ) from None
    cells = read.rename({old: f"column_{at}" for at, old in enumerate(read.columns)})
    cells = cells.with_columns(as_text(cells[column]) for column in cells.columns)
    if path.suffix.lower() in (".xlsx", ".xlsm") and cells.width:
        marks = _marks(path, book.sheet_names.index(wanted))
        cells = _unmerged(_unsaid(cells, marks), marks)
    return cells.with_columns(pl.lit(value=False).alias(MORE))


def _only(path: Path, name: str, book: Any) -> str:
    """The sheet that is read where none is named: the only one that holds something."""
    if len(book.sheet_names) == 1:
        return str(book.sheet_names[0])
    filled = sheets(path)
    if len(filled) > 1:  # by number: a sheet may be called by a name of somebody's
        numbers = ", ".join(str(book.sheet_names.index(one) + 1) for one in filled)
        raise UnreadableSourceError(
            "source {name!r}: sheets {numbers} of the workbook hold something; say with sheet = "
            "which is read, and give each of the others a source",
            name=name,
            numbers=numbers,
        )
    return filled[0] if filled else str(book.sheet_names[0])


def _open(path: Path, name: str) -> Any:
    try:
        import fastexcel
    except ImportError:
        raise MissingExtraError(
            "workbooks need the extra 'excel': pip install 'antipoverty[excel]'"
        ) from None
    check_contents(path, name, book=True)
    unpacked = _unpacked(path)
    if unpacked > MOST:
        raise UnreadableSourceError(
            "source {name!r}: the workbook unpacks to {unpacked:.1f} GiB, and of a workbook at "
            "most {most:.0f} GiB is read, since a sheet is held whole; save the sheet as CSV, "
            "which is read in pieces, or part it",
            name=name,
            unpacked=unpacked / 2**30,
            most=MOST / 2**30,
        )
    try:
        return fastexcel.read_excel(str(path))
    except fastexcel.FastExcelError:
        raise UnreadableSourceError(
            "source {name!r} is no workbook that can be read",
            name=name,
        ) from None


def _unpacked(path: Path) -> int:
    """How many bytes of cells a workbook holds; 0 for one that is not packed."""
    try:
        with zipfile.ZipFile(path) as book:
            held = (one for one in book.infolist() if one.filename.endswith((".xml", ".bin")))
            return sum(one.file_size for one in held)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError):
        return 0


@attrs.define
class _Marks:
    """What a sheet says of its cells besides their texts, by column and row, from 1.

    Attributes:
        merges: The vertical merges, as column, first and last row.
        unsaid: Cells that hold an error, or a formula whose value nobody has worked out.
        least: The first column that is filled.
    """

    merges: list[tuple[int, int, int]] = attrs.field(factory=list)
    unsaid: dict[tuple[int, int], str] = attrs.field(factory=dict)
    least: int = 1


def _marks(path: Path, at: int) -> _Marks:
    found = _Marks(least=1 << 14)
    try:
        with zipfile.ZipFile(path) as book, book.open(_part(book, at)) as sheet:
            for piece in _pieces(sheet):
                found.merges += [
                    (_column(left), int(top), int(bottom))
                    for left, top, _, bottom in _MERGED.findall(piece)
                    if top != bottom
                ]
                for column, row, value in _ERRORS.findall(piece) if b't="e"' in piece else ():
                    found.unsaid[_column(column), int(row)] = value.decode("utf-8", "replace")
                for column, row in _UNWORKED.findall(piece) if b"<f" in piece else ():
                    found.unsaid[_column(column), int(row)] = "=?"
                if found.least > 1:
                    filled = (_column(one) for one, _ in _FILLED.findall(piece))
                    found.least = min(found.least, min(filled, default=found.least))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError):
        return _Marks()
    except (LookupError, NotImplementedError, RuntimeError, TypeError, ValueError):
        return _Marks()  # a part is missing, or is packed in a way that is not known
    return found


def _unsaid(cells: pl.DataFrame, marks: _Marks) -> pl.DataFrame:
    """Write what an error or an unworked formula is, so that the cell is not taken for empty."""
    by_column: dict[int, list[tuple[int, str]]] = {}
    for (column, row), said in marks.unsaid.items():
        if 0 <= column - marks.least < cells.width and row <= cells.height:
            by_column.setdefault(column - marks.least, []).append((row - 1, said))
    for at, those in by_column.items():
        rows, texts = zip(*those, strict=True)
        name = cells.columns[at]
        cells = cells.with_columns(cells[name].scatter([*rows], pl.Series(texts)).alias(name))
    return cells


def _pieces(stream: Any) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(1 << 20):
        whole = rest + block
        end = max(whole.rfind(b"<c "), whole.rfind(b"<mergeCell "))
        if end < 0:
            end = whole.rfind(b"<")
        yield whole[:end]
        rest = whole[end:]
    yield rest


def _part(book: zipfile.ZipFile, at: int) -> str:
    """The part of a workbook that holds a sheet, by the workbook's own list."""
    text = book.read("xl/workbook.xml").decode()
    listed = re.findall(r"<sheet\b[^>]*\br:id=\"([^\"]+)\"", text)
    links = book.read("xl/_rels/workbook.xml.rels").decode()
    targets = {
        re.search(r'\bId="([^"]+)"', link)[1]: re.search(r'\bTarget="([^"]+)"', link)[1]  # type: ignore[index]
        for link in re.findall(r"<Relationship\b[^>]*>", links)
    }
    target = targets[listed[at]]
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _column(letters: bytes) -> int:
    number = 0
    for one in letters:
        number = number * 26 + one - 64
    return number


def _unmerged(cells: pl.DataFrame, marks: _Marks) -> pl.DataFrame:
    by_column: dict[int, list[tuple[int, int]]] = {}
    for column, top, bottom in marks.merges:
        by_column.setdefault(column - marks.least, []).append((top, min(bottom, cells.height)))
    for at, spans in by_column.items():
        if not 0 <= at < cells.width:
            continue
        values = cells[cells.columns[at]].to_list()
        for top, bottom in spans:
            for row in range(top, bottom):
                values[row] = values[top - 1]
        cells = cells.with_columns(pl.Series(cells.columns[at], values, dtype=pl.String))
    return cells
