"""Tables as offices keep them: CSV, by Excel or by hand, read with one set of mercies.

Every problem of a file is told with its line. Blank lines and the empty columns that
spreadsheets leave are passed over, and ``="0123"``, by which Excel keeps the digits of a
code, is read as those digits. Days and periods may be written as in Chinese: 2022年12月5日,
2022/12/5, 2022.12.5, 2022年11月, 2022年第4季度.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import chain
from pathlib import Path
from typing import IO, Any

import attrs
from pydantic import BaseModel, ValidationError

from antipoverty._base.frozen import Frozen
from antipoverty._base.refusals import place_of, refusal
from antipoverty.errors import AntipovertyError, InvalidFileError, LineError, phrase

_DAY = re.compile(
    r"(\d{4})(?:(?P<mark>[-/.])(\d{1,2})(?P=mark)(\d{1,2})|年(\d{1,2})月(\d{1,2})日)"
    r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?",
    re.ASCII,
)
_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:年(?:(?P<month>\d{1,2})月|第?(?P<quarter>[1-4一二三四])季度|"
    r"第?(?P<week>\d{1,2})周|(?P<half>[上下])半年)?|/(?P<slash>\d{1,2}))"
)
_TOTAL = re.compile(r"(?:合计|总计|小计|共计|sum|(?:sub-?|grand )?total)[:：]?", re.IGNORECASE)
_LOST = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
_PARTED = re.compile(r"[，;；\t]")
_WHOLE = re.compile(r"(\d+|\d{1,3}(?:,\d{3})+)(?:\.0*)?", re.ASCII)
_DIGITS = 19
ENOUGH = 1_000
"""So many problems are told one by one."""
_NUMERALS = {"一": "1", "二": "2", "三": "3", "四": "4"}
YES_OR_NO: Mapping[str, bool] = Frozen(
    {"yes": True, "no": False, "是": True, "否": False, "true": True, "false": False}
)
"""How a file says yes and no, in letters of any size."""
DIGITS_LOST = (
    "a spreadsheet has turned the code into a number and lost its last digits; format "
    "the column as text before the codes are typed in"
)


@attrs.frozen
class Cells:
    """What stands in a CSV file.

    Attributes:
        header: The names of its columns.
        line: The line of the header.
        rows: Each row with the line it ends on, as wide as the header; empty is ``None``.
        problems: Every line that cannot be used, up to a thousand.
    """

    header: tuple[str, ...]
    line: int
    rows: list[tuple[int, list[str | None]]] = attrs.field(repr=False)
    problems: list[LineError]


def encoding_of(data: IO[bytes], said: str = "auto") -> str:
    """Tell the encoding of a text: UTF-8, UTF-16 with or without its mark, else GB 18030.

    Args:
        data: The bytes, which are read to the end where only that can tell.
        said: What a mapping says, ``auto`` for nothing.
    """
    if said != "auto":
        return said
    first = data.read(1 << 16)
    if first[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if first[1::2].count(0) * 4 > len(first):
        return "utf-16-le"
    if first[::2].count(0) * 4 > len(first):
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for part in chain((first,), iter(lambda: data.read(1 << 20), b"")):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def read_cells(lines: Iterable[str]) -> Cells:
    """Read the lines of a CSV file, the header first."""
    reader = csv.reader(lines)
    header: list[str | None] = []
    at = 1
    rows: list[tuple[int, list[str | None]]] = []
    problems: list[LineError] = []

    def refuse(said: str, line: int) -> None:
        problems.append(LineError(line, said))

    try:
        for record in reader:
            cells = [_cell(text) for text in record]
            if not any(cells):
                continue
            if not header:
                header, at = cells, reader.line_num
                while header[-1] is None:
                    header.pop()
                continue
            said = row_fault(header, cells)
            if said == _TITLE:
                return Cells((), at, [], [LineError(at, said)])
            if said:
                refuse(said, reader.line_num)
                if enough(problems, reader.line_num):
                    break
            else:
                rows.append((reader.line_num, cells[: len(header)]))
    except csv.Error as problem:
        refuse(phrase("this is no line of a CSV: {problem}", problem=problem), reader.line_num)
    if None in header:
        kept = [place for place, name in enumerate(header) if name]
        rows = [(line, [cells[place] for place in kept]) for line, cells in rows]
    names = tuple(name for name in header if name)
    if len(names) == 1 and _PARTED.search(names[0]):
        refuse("the columns are not parted by ','; save the table as CSV with commas", at)
    problems += [
        LineError(at, "the header has {name!r} twice", name=name) for name in sorted(_twice(names))
    ]
    return Cells(names, at, rows, problems)


def enough(problems: list[LineError] | list[AntipovertyError], line: int) -> bool:
    """Whether so many lines cannot be used that the rest need not be read, which is then told."""
    if len(problems) < ENOUGH:
        return False
    said = "that makes {count} problems; what comes after this line was not read"
    problems.append(LineError(line, said, count=len(problems)))
    return True


_TITLE = "this is a title and not the header; delete the lines above the header"


def row_fault(header: Sequence[str | None], cells: Sequence[str | None]) -> str | None:
    """Say why a row cannot be used, whatever its columns hold."""
    width = len(header)
    if _TOTAL.fullmatch(next(filter(None, cells), "")):
        return phrase("this is a total and not a row; delete it")
    if width == 1 and any(cells[1:]) and not _PARTED.search(header[0] or ""):
        return _TITLE
    if len(cells) < width or any(cells[width:]):
        return phrase(
            "it has {count} values, the header has {width}", count=len(cells), width=width
        )
    named = zip(header, cells, strict=False)
    if None in header and any(cell for name, cell in named if name is None):
        return phrase("it has a value in a column without a name")
    return None


def _cell(text: str) -> str | None:
    text = text.strip().lstrip("\ufeff")
    kept = re.fullmatch(r'="(.*)"', text) if text.startswith('="') else None
    return (kept[1].strip() if kept else text) or None


def read_rows(
    lines: Iterable[str], columns: Sequence[str], optional: Sequence[str] | None = ()
) -> tuple[list[tuple[int, dict[str, str]]], list[LineError]]:
    """Read the lines of a CSV file by the names of its columns.

    Args:
        lines: The lines, the header first.
        columns: The columns there must be.
        optional: Those there may be; ``None`` for any.

    Returns:
        Each row with the line it ends on and its filled fields; and every problem.
    """
    return named(read_cells(lines), columns, optional)


def named(
    found: Cells, columns: Sequence[str], optional: Sequence[str] | None = ()
) -> tuple[list[tuple[int, dict[str, str]]], list[LineError]]:
    """Give the rows of cells by the names of their columns; see `read_rows`."""
    if not found.header and found.problems:
        return [], found.problems
    faults = [
        phrase("the header lacks {name}", name=name) for name in columns if name not in found.header
    ]
    faults += [
        phrase("the header has {name!r}, which is no column here", name=name)
        for name in found.header
        if optional is not None and name not in (*columns, *optional)
    ]
    in_header = [one for one in found.problems if one.line == found.line]
    if faults or in_header:
        return [], [*in_header, *(LineError(found.line, fault) for fault in faults)]
    named = [
        (line, {name: cell for name, cell in zip(found.header, cells, strict=True) if cell})
        for line, cells in found.rows
    ]
    return named, found.problems


def read_text(path: Path) -> str:
    """Read a text as Excel and its like write it: UTF-8 or UTF-16, or GB 18030.

    Raises:
        InvalidFileError: It is a folder, or written in another encoding.
    """
    reason = "it is neither UTF-8 nor GB 18030 text; save it as UTF-8"
    if path.is_dir():
        reason = "it is a folder; give the file in it"
    else:
        content = path.read_bytes()
        with suppress(UnicodeDecodeError):
            return content.decode(encoding_of(io.BytesIO(content)))
    raise InvalidFileError("{name} cannot be used", [LineError(1, reason)], name=path.name)


def read_csv(path: Path) -> tuple[tuple[str, ...], list[tuple[int, list[str | None]]]]:
    """Read the names of a CSV file's columns and its lines with their numbers.

    Raises:
        InvalidFileError: It cannot be read; every line with too few or too many values is named.
    """
    found = read_cells(io.StringIO(read_text(path), newline=""))
    problems = found.problems if found.header or found.problems else [LineError(1, "it is empty")]
    if problems:
        raise InvalidFileError("{name} cannot be used", problems, name=path.name)
    return found.header, found.rows


def _twice(header: Sequence[str]) -> set[str]:
    return {name for name in header if header.count(name) > 1}


def lost_digits(text: str) -> bool:
    """Tell whether a code stands as 6.1070E+13, as a spreadsheet writes large numbers."""
    return _LOST.fullmatch(text) is not None


def day_in(text: str) -> date | None:
    """Read 2022-02-03, 2022/2/3, 2022.2.3 or 2022年2月3日, with or without a time of day."""
    match = _DAY.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day = (int(match[1]), int(match[3] or match[5]), int(match[4] or match[6]))
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day(text: str) -> str:
    """Write a day in the international form; leave the rest alone."""
    day = day_in(text)
    return text if day is None else day.isoformat()


def _period(text: str) -> str:
    """Write 2022年11月, 2022年第4季度 and their like as 2022-11, 2022-Q4; leave the rest alone."""
    match = _PERIOD.fullmatch(text)
    if match is None:
        return text
    year, month = match["year"], match["month"] or match["slash"]
    if month:
        return f"{year}-{int(month):02d}"
    if match["quarter"]:
        return f"{year}-Q{_NUMERALS.get(match['quarter'], match['quarter'])}"
    if match["week"]:
        return f"{year}-W{int(match['week']):02d}"
    return year if match["half"] is None else f"{year}-H{1 + (match['half'] == '下')}"


def _count(text: str) -> int | str:
    """Read 1200, 1,200, 1200.0 and １２００, as spreadsheets and people write whole numbers."""
    match = _WHOLE.fullmatch(unicodedata.normalize("NFKC", text))
    digits = match[1].replace(",", "") if match else ""
    return int(digits) if 0 < len(digits) < _DIGITS else text


_READ: Mapping[str, Callable[[str], int | str]] = {
    "period": _period,
    "issued_on": _day,
    "numerator": _count,
    "denominator": _count,
}


def as_meant(row: Mapping[str, str]) -> dict[str, int | str]:
    """Give the fields of a row as the models read them."""
    return {name: _READ.get(name, str)(text) for name, text in row.items()}


def fault(error: Mapping[str, Any]) -> str:
    """Word one of pydantic's errors without the value that was given."""
    name = place_of(error)
    said = refusal(error)
    return phrase("{place}: {problem}", place=name, problem=said) if name else said


def faults_of(problem: ValidationError, line: int) -> list[LineError]:
    """Every fault of a row, with its line."""
    return [LineError(line, fault(dict(one))) for one in problem.errors()]


def to_csv(rows: Iterable[BaseModel], columns: Sequence[str]) -> str:
    """Write what was declared as the lines of a CSV file, the header first."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        cells = row.model_dump(mode="json", include=set(columns))
        writer.writerow({name: _written(cell) for name, cell in cells.items()})
    return out.getvalue()


def _written(cell: object) -> object:
    return ("no", "yes")[cell] if isinstance(cell, bool) else cell
