"""What a source holds, before anything is read into it: pieces of cells, with their rows.

A workbook, a text file, a Parquet file and a query all become frames of text columns and the
numbers of their rows, piece by piece, so that no more than a piece need be held.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import attrs
import polars as pl

from antipoverty._base.frames import UNREADABLE
from antipoverty._intake import workbook
from antipoverty._intake.contents import check_contents
from antipoverty._intake.database import read_query
from antipoverty._intake.mapping import Source
from antipoverty._intake.text import MORE, ROW, as_texts, read_text, tidy
from antipoverty.errors import UnreadableSourceError

BLANK = " \t\r\n\u00a0\u2000\u2001\u2002\u2003\u2009\u200b\u200c\u200d\u202f\u205f\u3000\ufeff"
"""What is not seen in a cell."""

TOTALS = ("合计", "小计", "总计", "共计", "总数", "total", "subtotal")
_FOOTERS = (
    "填表人",
    "制表人",
    "填报人",
    "审核人",
    "负责人",
    "备注",
    "注:",
    "注：",
    "说明",
    "填报日期",
    "制表日期",
)
_BLANKS = r"[\s\u00a0\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff]*"
_WORDS = "|".join(_BLANKS.join(word) for word in TOTALS)
_OF = "[^0-9A-Za-z]{0,30}(?:[省市县区镇乡村组户页表月年季]|以上|总)"
_TOTAL = f"(?i)^(?:第?[0-9]{{1,4}}[页组月年])?(?:{_OF})?(?:{_WORDS}){_BLANKS}[:：]?$"
"""A word for a total, alone or after whose it is: 铺镇合计, 本户小计, 第1页小计."""
_FOOTER = f"^(?:{'|'.join(_BLANKS.join(word) for word in _FOOTERS)})"
_ROWS = 200_000


@attrs.frozen
class Piece:
    """Some rows of a source.

    Attributes:
        cells: A text column for each column of the file, and the row's number in `ROW`.
        aside: Rows that hold nobody or cannot be read, by kind: ``title``, ``header``,
            ``blank``, ``total``, ``footer`` and ``too-many-cells``.
        rows: How many rows it has.
    """

    cells: pl.DataFrame = attrs.field(repr=False)
    aside: dict[str, list[int]] = attrs.field(repr=False)
    rows: int


@attrs.frozen
class Opened:
    """A source whose header is read.

    Attributes:
        columns: The columns by their headers.
        pieces: Its rows.
    """

    columns: tuple[str, ...]
    pieces: Iterator[Piece] = attrs.field(repr=False)


def open_source(source: Source, folder: Path) -> Opened:
    """Open a source, tell its rows apart and name its columns by their headers.

    Args:
        source: The source.
        folder: Where a relative path begins.

    Raises:
        UnreadableSourceError: The file, the sheet or the header is not there, or is no
            table.
        MissingExtraError: A workbook or a database needs an extra.
    """
    if source.query is not None:
        return _opened(source, read_query(source), header=())
    path = folder / source.path
    suffix = path.suffix.lower()
    if not path.is_file():
        raise UnreadableSourceError(
            "source {id!r}: there is no file {path}",
            id=source.id,
            path=source.path,
        )
    if suffix == ".parquet":
        return _opened(source, _parquet(path, source.id), header=())
    if suffix in workbook.SUFFIXES:
        sheet = workbook.read_sheet(path, source.id, source.sheet)
        return _opened(source, sheet.iter_slices(_ROWS), header=source.header)
    check_contents(path, source.id, book=False)
    pieces = read_text(
        path, source.id, source.header, encoding=source.encoding, delimiter=source.delimiter
    )
    return _opened(source, pieces, header=source.header)


def digest_of(source: Source, folder: Path) -> str:
    """The SHA-256 of a source's file, or of the text of what its query gives."""
    path = folder / source.path
    if source.query is None and path.is_file():
        with path.open("rb") as data:
            return hashlib.file_digest(data, "sha256").hexdigest()
    digest = hashlib.sha256()
    for piece in open_source(source, folder).pieces:
        digest.update(piece.cells.write_csv().encode())
    return digest.hexdigest()


def sheets_of(path: Path) -> tuple[str, ...]:
    """The sheets of a workbook that hold something; another file has one without a name."""
    if path.suffix.lower() not in workbook.SUFFIXES:
        return ("",)
    return workbook.sheets(path)


def _parquet(path: Path, name: str) -> Iterator[pl.DataFrame]:
    try:
        for piece in pl.scan_parquet(path).collect_batches(chunk_size=_ROWS):
            yield as_texts(piece, piece.columns)
    except UNREADABLE:
        raise UnreadableSourceError(
            "source {name!r} is no Parquet file of plain columns",
            name=name,
        ) from None


def _opened(source: Source, grids: Iterable[pl.DataFrame], *, header: Sequence[int]) -> Opened:
    grids = iter(grids)
    first = next(grids, pl.DataFrame())
    columns = [name for name in first.columns if name != MORE]
    if header and max(header) > first.height:
        raise UnreadableSourceError(
            "source {id!r}: its header stands in row {header}, and it has {height} rows",
            id=source.id,
            header=max(header),
            height=first.height,
        )
    named = dict(zip(columns, columns, strict=True))
    heads: list[dict[str, object]] = []
    if header:
        rows = [first.select(columns).row(row - 1) for row in header]
        heads = [{n: t for n, t in zip(columns, row, strict=True) if t} for row in rows]
        names = header_of(rows)
        named = {old: new for old, new in zip(columns, names, strict=True) if new}

    def pieces() -> Iterator[Piece]:
        done = 0
        for grid in chain((first,), grids):
            yield _piece(grid.with_row_index(ROW, offset=done + 1), named, header, heads)
            done += grid.height

    return Opened(tuple(named.values()), pieces())


def _piece(
    cells: pl.DataFrame,
    named: dict[str, str],
    header: Sequence[int],
    heads: Sequence[Mapping[str, object]],
) -> Piece:
    rows = cells.height
    aside: dict[str, list[int]] = {}
    last = max(header, default=0)
    if rows and int(cells[ROW][0]) <= last:
        above = cells[ROW].filter(cells[ROW] <= last).to_list()
        aside["header"] = list(header)
        aside["title"] = [row for row in above if row not in header]
        cells = cells.filter(pl.col(ROW) > last)
    kinds = _kinds(cells, [*named])
    again = _again(cells, heads)
    if again.any():
        aside["header"] = [*aside.get("header", []), *cells[ROW].filter(again)]
        cells, kinds = cells.filter(~again), kinds.filter(~again)
    listed = cells.select(ROW, kinds.alias("kind")).drop_nulls()
    for (kind,), found in listed.group_by("kind"):
        aside[str(kind)] = sorted(found[ROW])
    kept = cells.filter(kinds.is_null()).select(ROW, *named).rename(named)
    return Piece(kept, {kind: found for kind, found in aside.items() if found}, rows)


def header_of(rows: Sequence[Sequence[object]]) -> list[str]:
    """Name the columns by one or more rows; a merged cell above names all it stands over."""
    parts: list[list[str]] = [[] for _ in rows[0]]
    for at, row in enumerate(rows):
        last = ""
        for column, cell in enumerate(row):
            text = tidy(str(cell)) if cell is not None else ""
            last = text or (last if at < len(rows) - 1 else "")
            if last and last not in parts[column]:
                parts[column].append(last)
    names: list[str] = []
    for part in parts:
        name = "/".join(part)
        taken = sum(one == name or one.startswith(f"{name}#") for one in names)
        taken += name in (ROW, MORE)
        names.append(f"{name}#{taken + 1}" if name and taken else name)
    return names


def _again(cells: pl.DataFrame, heads: Sequence[Mapping[str, object]]) -> pl.Series:
    """Rows in which a row of the header stands again, as at the top of a printed page."""
    again = pl.Series([False]).new_from_index(0, cells.height)
    for head in heads:
        same = pl.Series([bool(head)]).new_from_index(0, cells.height)
        for name, text in head.items():
            if same.any():
                same &= (cells[name] == text).fill_null(value=False)
        again |= same
    return again


def _kinds(cells: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """Name the kind of a row that holds nobody or cannot be read; null for all others.

    Rows whose first cell says something else than such a row's are most, and not looked at.
    """
    if not columns:
        return _kinds_of(cells, columns)
    first = cells[columns[0]].str.strip_chars(BLANK).fill_null("")
    doubt = (first == "") | first.str.contains(_TOTAL) | first.str.contains(_FOOTER)
    for name in columns[1:]:  # a total may stand beside the id of its household
        if (cells[name].str.len_bytes() != cells[name].str.len_chars()).any():
            doubt |= cells[name].str.contains(_TOTAL).fill_null(value=False)
    if MORE in cells.columns:
        doubt |= cells[MORE]
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, cells.height)
    if not doubt.any():
        return nothing
    if doubt.all():
        return _kinds_of(cells, columns)
    return nothing.scatter(doubt.arg_true(), _kinds_of(cells.filter(doubt), columns))


def _kinds_of(cells: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    bare = [cells[name].str.strip_chars(BLANK).fill_null("") for name in columns]
    filled = pl.Series([0]).new_from_index(0, cells.height)
    for one in bare:
        filled += (one != "").cast(pl.Int64)
    first = pl.select(
        pl.coalesce(pl.lit(None, pl.String), *(pl.when(one != "").then(one) for one in bare))
    ).to_series()
    more = (
        cells[MORE] if MORE in cells.columns else pl.Series([False]).new_from_index(0, cells.height)
    )
    total = pl.Series([False]).new_from_index(0, cells.height)
    for one in bare:
        total |= one.str.contains(_TOTAL)
    few = filled <= max(1, len(columns) // 2)
    return pl.select(
        pl.when(more)
        .then(pl.lit("too-many-cells"))
        .when(filled == 0)
        .then(pl.lit("blank"))
        .when(total)
        .then(pl.lit("total"))
        .when(first.str.contains(_FOOTER) & few)
        .then(pl.lit("footer"))
    ).to_series()
