"""What a source holds, before anything is read into it: cells of text, with their rows.

A workbook, a text file in UTF-8, UTF-16 or GB 18030, a Parquet file and a query all become
one frame of text columns and the numbers of its rows.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import polars as pl

from antipoverty._intake.mapping import Source
from antipoverty.errors import MissingExtraError, UnreadableSourceError, did_you_mean

ROW = "_row"
"""The column that keeps the number of a row in its file, 1 being the first."""

TOTALS = ("合计", "小计", "总计", "共计", "总数", "total", "subtotal")
_FOOTERS = (
    "填表人",
    "制表人",
    "填报人",
    "审核人",
    "负责人",
    "备注",
    "注:",
    "说明",
    "填报日期",
    "制表日期",
)
_BLANKS = r"[\s\u00a0\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff]"


@attrs.frozen
class Raw:
    """The cells of a source.

    Attributes:
        cells: A text column for each column of the file, and the row's number in `ROW`.
        aside: Rows that hold nobody, by kind: ``title``, ``header``, ``blank``, ``total``
            and ``footer``.
        rows: How many rows the file has.
    """

    cells: pl.DataFrame = attrs.field(repr=False)
    aside: dict[str, list[int]] = attrs.field(repr=False)
    rows: int


def open_source(source: Source, folder: Path) -> Raw:
    """Read a source, tell its rows apart and name its columns by their headers.

    Args:
        source: The source.
        folder: Where a relative path begins.

    Raises:
        UnreadableSourceError: The file, the sheet or the header is not there, or is no
            table.
        MissingExtraError: A workbook or a database needs an extra.
    """
    if source.query is not None:
        return _with_header(source, _queried(source), header=())
    path = folder / source.path
    suffix = path.suffix.lower()
    if not path.exists():
        raise UnreadableSourceError(f"source {source.id!r}: there is no file {source.path}")
    if suffix == ".parquet":
        table = pl.read_parquet(path)
        return _with_header(source, table.select(pl.all().cast(pl.String)), header=())
    cells = (
        _workbook(source, path)
        if suffix in (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
        else _text(source, path)
    )
    return _with_header(source, cells, header=source.header)


def sheets_of(path: Path) -> tuple[str, ...]:
    """The sheets of a workbook that hold something; a text file has one without a name."""
    if path.suffix.lower() in (".csv", ".tsv", ".txt", ".parquet"):
        return ("",)
    book = _fastexcel().read_excel(str(path))
    return tuple(name for name in book.sheet_names if book.load_sheet(name, header_row=None).height)


def _fastexcel() -> Any:
    try:
        import fastexcel
    except ImportError:
        raise MissingExtraError(
            "workbooks need the extra 'excel': pip install 'antipoverty[excel]'"
        ) from None
    return fastexcel


def _workbook(source: Source, path: Path) -> pl.DataFrame:
    book = _fastexcel().read_excel(str(path))
    name = source.sheet if source.sheet is not None else book.sheet_names[0]
    if name not in book.sheet_names:
        raise UnreadableSourceError(
            f"source {source.id!r}: there is no sheet {name!r}"
            f"{did_you_mean(name, book.sheet_names)}"
        )
    read: pl.DataFrame = book.load_sheet(name, header_row=None, dtypes="string").to_polars()
    return read


def _text(source: Source, path: Path) -> pl.DataFrame:
    text = decoded(path.read_bytes(), source.encoding, source.id)
    first = [line for line in text[:20_000].splitlines()[:50] if line]
    best = max(("\t", ",", ";", "，"), key=lambda mark: sum(line.count(mark) for line in first))
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=best))
    except csv.Error as problem:
        raise UnreadableSourceError(f"source {source.id!r}: no table of text ({problem})") from None
    width = max(map(len, rows), default=0)
    filled = [row + [""] * (width - len(row)) for row in rows]
    columns = [[row[at] for row in filled] for at in range(width)]
    return pl.DataFrame(
        {f"column_{at}": values for at, values in enumerate(columns)},
        schema={f"column_{at}": pl.String for at in range(width)},
    )


def decoded(data: bytes, encoding: str = "auto", name: str = "the file") -> str:
    """Read text that is UTF-8, UTF-16 with its mark, or GB 18030."""
    if encoding != "auto":
        tried: Sequence[str] = (encoding,)
    elif data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        tried = ("utf-16",)
    else:
        tried = ("utf-8-sig", "gb18030")
    for one in tried:
        try:
            return data.decode(one)
        except (UnicodeDecodeError, LookupError):
            continue
    raise UnreadableSourceError(f"source {name!r} is no text in {' or '.join(tried)}")


def _queried(source: Source) -> pl.DataFrame:
    try:
        import sqlalchemy
    except ImportError:
        raise MissingExtraError(
            "databases need the extra 'sql': pip install 'antipoverty[sql]'"
        ) from None
    engine = sqlalchemy.create_engine(source.path)
    try:
        with engine.connect() as connection:
            parts = [
                part.select(pl.all().cast(pl.String))
                for part in pl.read_database(
                    str(source.query), connection, iter_batches=True, batch_size=100_000
                )
            ]
    except sqlalchemy.exc.SQLAlchemyError as problem:
        raise UnreadableSourceError(
            f"source {source.id!r}: the database refused ({type(problem).__name__})"
        ) from None
    finally:
        engine.dispose()
    return pl.concat(parts, how="vertical") if parts else pl.DataFrame()


def _with_header(source: Source, cells: pl.DataFrame, *, header: Sequence[int]) -> Raw:
    columns = cells.columns
    cells = cells.with_row_index(ROW, offset=1)
    rows = cells.height
    if header and max(header) > rows:
        raise UnreadableSourceError(
            f"source {source.id!r}: its header stands in row {max(header)}, and it has {rows} rows"
        )
    aside: dict[str, list[int]] = {}
    if header:
        above = cells.filter(pl.col(ROW) <= max(header))
        aside["header"] = list(header)
        aside["title"] = [row for row in above[ROW] if row not in header]
        names = header_of([cells.row(row - 1)[1:] for row in header])
        named = {old: new for old, new in zip(columns, names, strict=True) if new}
        cells = cells.filter(pl.col(ROW) > max(header)).select(ROW, *named).rename(named)
    kinds = cells.select(
        ROW,
        _kind([name for name in cells.columns if name != ROW]).alias("kind"),
    )
    for kind, found in kinds.drop_nulls().group_by("kind"):
        aside[str(kind[0])] = sorted(found[ROW])
    kept = cells.filter(kinds["kind"].is_null())
    return Raw(kept, {kind: found for kind, found in aside.items() if found}, rows)


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
        names.append(name if name not in names or not name else f"{name}#{names.count(name) + 1}")
    return names


def tidy(text: str) -> str:
    """A header without blanks and line ends, in half-width form."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _kind(columns: Sequence[str]) -> pl.Expr:
    """Name the kind of a row that holds nobody; ``None`` for all others."""
    bare = [pl.col(name).fill_null("").str.replace_all(_BLANKS, "") for name in columns]
    filled = pl.sum_horizontal(*((one != "").cast(pl.Int64) for one in bare))
    first = pl.coalesce(*(pl.when(one != "").then(one) for one in bare)).str.to_lowercase()
    total = first.str.strip_chars(":：").is_in(list(TOTALS))
    few = filled <= max(1, len(columns) // 2)
    footer = pl.any_horizontal(*(first.str.starts_with(word) for word in _FOOTERS))
    return (
        pl.when(filled == 0)
        .then(pl.lit("blank"))
        .when(total)
        .then(pl.lit("total"))
        .when(footer & few)
        .then(pl.lit("footer"))
    )
