"""A text table, read in pieces: its encoding told from its bytes, its cells left as they are.

Polars splits a piece whose cells are quoted whole or not at all; from the first other quotation
mark on, Python's own reader of CSV goes on, which knows every way in which they are used.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import IO

import polars as pl

from antipoverty._base.csvfiles import encoding_of
from antipoverty.errors import UnreadableSourceError

ROW = "_row"
"""The column that keeps the number of a row in its file, 1 being the first."""

MORE = "_more"
"""Whether a row has filled cells beyond the last column of its table."""

_NOISE = r"^-?[0-9]+[.][0-9]{10,}$"
_CHARS = 1 << 23
_ROWS = 100_000
_DELIMITERS = ("\t", ",", ";", "，", "|")


def tidy(text: str) -> str:
    """A header without blanks and line ends, in half-width form."""
    return "".join(unicodedata.normalize("NFKC", text).split()).strip("\u200b\ufeff")


def repeats(cells: pl.Series) -> bool:
    """Whether a column has so few different texts that each is better read once."""
    different = cells.to_frame("cell").select(pl.col("cell").approx_n_unique()).item()
    return bool(different * 3 <= len(cells))


def as_texts(piece: pl.DataFrame, headers: Sequence[str]) -> pl.DataFrame:
    """The columns of a piece as text, under headers of which none stands twice or is ours."""
    names: list[str] = []
    for header in headers:
        taken = sum(one == header or one.startswith(f"{header}#") for one in names)
        taken += header in (ROW, MORE)
        names.append(f"{header}#{taken + 1}" if taken else header)
    return pl.DataFrame(
        [as_text(column).alias(name) for column, name in zip(piece, names, strict=True)]
    )


def as_text(cells: pl.Series) -> pl.Series:
    """Write values as text, a float with the 15 digits that it stands for and no noise."""
    if cells.dtype == pl.Object:
        texts = [None if one is None else str(one) for one in cells]
        return pl.Series(cells.name, texts, dtype=pl.String)
    written = cells.cast(pl.String, strict=False)
    noisy = written.filter(written.str.contains(_NOISE).fill_null(value=False)).unique()
    return written.replace({one: _rounded(one) for one in noisy}) if len(noisy) else written


def _rounded(text: str) -> str:
    exact = Decimal(text)
    return f"{round(exact, 14 - exact.adjusted()):f}" if exact else text


def read_text(
    path: Path, name: str, header: Sequence[int], *, encoding: str, delimiter: str | None
) -> Iterator[pl.DataFrame]:
    """Read a text table in pieces, each with one text column for a column of its header.

    Args:
        path: The file.
        name: What an error calls it.
        header: The numbers of the header's rows; they say how many columns there are.
        encoding: The encoding, or ``auto``.
        delimiter: What parts the cells; told from the first lines if ``None``.

    Raises:
        UnreadableSourceError: It is no text in that encoding, or no table.
    """
    told = encoding == "auto"
    with path.open("rb") as data:
        encoding = encoding_of(data, encoding)
    try:
        with path.open(encoding=encoding, newline="") as lines:
            yield from _pieces(lines, header, delimiter)
    except (UnicodeError, LookupError):
        if told:
            raise UnreadableSourceError(
                "source {name!r} is text in no known encoding, or is cut off; ask for it again as "
                "UTF-8",
                name=name,
            ) from None
        raise UnreadableSourceError(
            "source {name!r} is no text in {encoding}; leave its encoding out, and it is told "
            "from the bytes",
            name=name,
            encoding=encoding,
        ) from None
    except csv.Error as problem:
        raise UnreadableSourceError(
            "source {name!r}: no table of text ({problem})",
            name=name,
            problem=problem,
        ) from None


def _pieces(lines: IO[str], header: Sequence[int], delimiter: str | None) -> Iterator[pl.DataFrame]:
    first = True
    width = 0
    while text := lines.read(_CHARS):
        text += lines.readline()
        if first:
            mark = delimiter or _delimiter(text)
            rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=mark), 64))
            width = max((len(row) for at, row in enumerate(rows, 1) if at in header), default=0)
            width = width or max(map(len, rows), default=0)
            if width == 0:
                width = 1
            first = False
        if '"' in text and not _quoted_whole(text, mark):
            rest = chain(io.StringIO(text, newline=""), lines)
            yield from _by_reader(rest, mark, width)
            return
        yield _split(text, mark, width)


def _quoted_whole(text: str, mark: str) -> bool:
    """Whether every quoted cell is quoted from its first to its last character, in one line."""
    cell = rf'(?:"[^"\r\n]*+"|[^"\r\n{re.escape(mark)}]*+)'
    return re.fullmatch(rf"{cell}(?:(?:\r\n|[\r\n{re.escape(mark)}]){cell})*+", text) is not None


def _delimiter(text: str) -> str:
    first = [line for line in text[:20_000].splitlines()[:50] if line]
    return max(_DELIMITERS, key=lambda mark: sum(line.count(mark) for line in first))


def _split(text: str, mark: str, width: int) -> pl.DataFrame:
    """Split text whose cells are quoted whole or not at all."""
    if not mark.isascii():
        return _table(list(csv.reader(io.StringIO(text, newline=""), delimiter=mark)), width)
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    names = [f"column_{at}" for at in range(width)]
    try:
        table = pl.read_csv(
            plain.encode(),
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            separator=mark,
            quote_char='"' if '"' in plain else None,
        )
    except pl.exceptions.PolarsError:  # a row has more cells than there are columns
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
        return _table(rows, width)
    return table.with_columns(pl.lit(value=False).alias(MORE))


def _by_reader(lines: Iterable[str], mark: str, width: int) -> Iterator[pl.DataFrame]:
    reader = csv.reader(lines, delimiter=mark)
    while rows := list(islice(reader, _ROWS)):
        yield _table(rows, width)


def _table(rows: list[list[str]], width: int) -> pl.DataFrame:
    more = [any(map(str.strip, row[width:])) for row in rows]
    if any(len(row) != width for row in rows):
        rows = [(row + [""] * (width - len(row)))[:width] for row in rows]
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    table = pl.DataFrame(
        {f"column_{at}": column for at, column in enumerate(columns)},
        schema={f"column_{at}": pl.String for at in range(width)},
    )
    return table.with_columns(pl.Series(MORE, more, dtype=pl.Boolean))
