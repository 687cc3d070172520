"""Tables of statistics and notices as offices keep them: CSV, by Excel or by hand.

Every problem of a file is told with its line. Blank lines and the empty columns that
spreadsheets leave are passed over. Days and periods may be written as in Chinese:
2022年12月5日, 2022/12/5, 2022年11月, 2022年第4季度.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from antipoverty.errors import AntipovertyError, LineError

_DAY = re.compile(r"(\d{4})(?:/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日)")
_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:年(?:(?P<month>\d{1,2})月|第?(?P<quarter>[1-4一二三四])季度|"
    r"第?(?P<week>\d{1,2})周|(?P<half>[上下])半年)?|/(?P<slash>\d{1,2}))"
)
_DIGITS = 19
_NUMERALS = {"一": "1", "二": "2", "三": "3", "四": "4"}


def read_rows(
    lines: Iterable[str], columns: Sequence[str], optional: Sequence[str] = ()
) -> tuple[list[tuple[int, dict[str, str]]], list[AntipovertyError]]:
    """Read the lines of a CSV file, the header first.

    Args:
        lines: The lines.
        columns: The columns there must be.
        optional: Those there may be.

    Returns:
        Each row with the line it ends on and its filled fields; and every problem.
    """
    reader = csv.DictReader(lines)
    found: list[tuple[int, dict[str, str]]] = []
    problems: list[AntipovertyError] = []
    try:
        header = [name.strip() for name in reader.fieldnames or ()]
        faults = _header_faults(header, columns, optional)
        if faults:
            return [], [LineError(1, fault) for fault in faults]
        reader.fieldnames = header
        for record in reader:
            extra = record.pop(None, ())
            filled = {name: text.strip() for name, text in record.items() if text and text.strip()}
            if not filled and not any(map(str.strip, extra)):
                continue
            if any(map(str.strip, extra)) or None in record.values():
                said = f"it does not have the header's {len(header)} fields"
                problems.append(LineError(reader.line_num, said))
            else:
                found.append((reader.line_num, filled))
    except csv.Error as problem:
        problems.append(LineError(reader.line_num + 1, f"this is no line of a CSV: {problem}"))
    return found, problems


def _header_faults(
    header: Sequence[str], columns: Sequence[str], optional: Sequence[str]
) -> list[str]:
    if len(header) == 1 and re.search(r"[，;；\t]", header[0]):
        return ["the columns are not parted by ','; save the table as CSV with commas"]
    faults = [f"the header lacks {name}" for name in columns if name not in header]
    faults += [
        f"the header has {name!r}, which is no column here"
        for name in header
        if name and name not in (*columns, *optional)
    ]
    return faults + [f"the header has {name!r} twice" for name in sorted(_twice(header))]


def _twice(header: Sequence[str]) -> set[str]:
    return {name for name in header if name and header.count(name) > 1}


def _day(text: str) -> str:
    """Write 2022/12/5 and 2022年12月5日 as 2022-12-05; leave the rest alone."""
    match = _DAY.fullmatch(text)
    if match is None:
        return text
    year, month, day = (int(one) for one in match.groups() if one is not None)
    return f"{year}-{month:02d}-{day:02d}"


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
    return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else text


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
    name = ".".join(str(step) for step in error["loc"])
    text = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {text}" if name else text


def faults_of(problem: ValidationError, line: int) -> list[AntipovertyError]:
    """Every fault of a row, with its line."""
    return [LineError(line, fault(dict(one))) for one in problem.errors()]


def to_csv(rows: Iterable[BaseModel], columns: Sequence[str]) -> str:
    """Write what was declared as the lines of a CSV file, the header first."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(row.model_dump(mode="json") for row in rows)
    return out.getvalue()
