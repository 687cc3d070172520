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

import polars as pl

from antipoverty._intake.text import MORE, as_text
from antipoverty.errors import MissingExtraError, UnreadableSourceError, did_you_mean

SUFFIXES = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
MOST = 1 << 30
"""How many bytes of cells a workbook may hold, unpacked: read whole, they take about 2.5 times
as much memory, and a sheet of a million rows and 20 columns has them."""
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
_FILLED = re.compile(rb'<c r="([A-Z]+)([0-9]+)"[^>]*>\s*<')


def sheets(path: Path) -> tuple[str, ...]:
    """The sheets that hold something and are not hidden."""
    book = _open(path, path.name)
    try:
        loaded = {name: book.load_sheet(name, header_row=None) for name in book.sheet_names}
    except Exception:  # of the reader of a damaged sheet, which has several words for it
        raise UnreadableSourceError(f"{path.name} is damaged; save the workbook again") from None
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
    wanted = sheet if sheet is not None else book.sheet_names[0]
    if wanted not in book.sheet_names:
        raise UnreadableSourceError(
            f"source {name!r}: there is no sheet {wanted!r}{did_you_mean(wanted, book.sheet_names)}"
        )
    try:
        read: pl.DataFrame = book.load_sheet(
            wanted, header_row=None, skip_rows=0, dtypes="string"
        ).to_polars()
    except Exception:  # of the reader of a damaged sheet, which has several words for it
        raise UnreadableSourceError(
            f"source {name!r}: the sheet {wanted!r} is damaged; save the workbook again"
        ) from None
    cells = read.rename({old: f"column_{at}" for at, old in enumerate(read.columns)})
    cells = cells.with_columns(as_text(cells[column]) for column in cells.columns)
    if path.suffix.lower() in (".xlsx", ".xlsm") and cells.width:
        cells = _unmerged(cells, *_merges(path, book.sheet_names.index(wanted)))
    return cells.with_columns(pl.lit(value=False).alias(MORE))


def _open(path: Path, name: str) -> Any:
    try:
        import fastexcel
    except ImportError:
        raise MissingExtraError(
            "workbooks need the extra 'excel': pip install 'antipoverty[excel]'"
        ) from None
    unpacked = _unpacked(path)
    if unpacked > MOST:
        raise UnreadableSourceError(
            f"source {name!r}: the workbook unpacks to {unpacked / 2**30:.1f} GiB, and of a "
            f"workbook at most {MOST / 2**30:.0f} GiB is read, since a sheet is held whole; save "
            "the sheet as CSV, which is read in pieces, or part it"
        )
    try:
        return fastexcel.read_excel(str(path))
    except fastexcel.FastExcelError:
        raise UnreadableSourceError(f"source {name!r} is no workbook that can be read") from None


def _unpacked(path: Path) -> int:
    """How many bytes of cells a workbook holds; 0 for one that is not packed."""
    try:
        with zipfile.ZipFile(path) as book:
            held = (one for one in book.infolist() if one.filename.endswith((".xml", ".bin")))
            return sum(one.file_size for one in held)
    except (zipfile.BadZipFile, OSError):
        return 0


def _merges(path: Path, at: int) -> tuple[list[tuple[int, int, int]], int]:
    """The vertical merges of a sheet, as column, first and last row; the first column filled."""
    found: list[tuple[int, int, int]] = []
    least = 1 << 14
    try:
        with zipfile.ZipFile(path) as book, book.open(_part(book, at)) as sheet:
            for piece in _pieces(sheet):
                found += [
                    (_column(left), int(top), int(bottom))
                    for left, top, _, bottom in _MERGED.findall(piece)
                    if top != bottom
                ]
                filled = (_column(one) for one, _ in _FILLED.findall(piece))
                least = min(least, min(filled, default=least))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError):
        return [], 1
    except (LookupError, NotImplementedError, RuntimeError, TypeError, ValueError):
        return [], 1  # a part is missing, or is packed in a way that is not known
    return found, least


def _pieces(stream: Any) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(1 << 20):
        whole = rest + block
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


def _unmerged(cells: pl.DataFrame, merges: list[tuple[int, int, int]], least: int) -> pl.DataFrame:
    by_column: dict[int, list[tuple[int, int]]] = {}
    for column, top, bottom in merges:
        by_column.setdefault(column - least, []).append((top, min(bottom, cells.height)))
    for at, spans in by_column.items():
        if not 0 <= at < cells.width:
            continue
        values = cells[cells.columns[at]].to_list()
        for top, bottom in spans:
            for row in range(top, bottom):
                values[row] = values[top - 1]
        cells = cells.with_columns(pl.Series(cells.columns[at], values, dtype=pl.String))
    return cells
