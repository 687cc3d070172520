"""Every table that a command prints, as one workbook (工作簿): a sheet each, and one of notes.

Codes and texts stand in cells of text, so that none is rounded and none runs; the header is
frozen and filters, as in the hand-over lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from antipoverty._base.workbooks import Sheet, SheetColumn, write_workbook

_kept: ContextVar[list[Sheet] | None] = ContextVar("kept", default=None)
_WIDEST = 60
NOTES = "说明 notes"


def keep_tables(wanted: Path | None) -> None:
    """Begin to keep the tables of this run, or leave it."""
    _kept.set(None if wanted is None else [])


def keep(
    title: str,
    columns: Iterable[str],
    rows: Sequence[Sequence[Any]],
    total: Iterable[Any] | None = None,
) -> None:
    """Keep a table that was printed, where tables are kept."""
    kept = _kept.get()
    if kept is None:
        return
    listed = [*rows, *([list(total)] if total is not None else [])]
    cells = [[_cell(one) for one in row] for row in listed]
    heads = [_flat(one) for one in columns]
    widths = [
        min(max((_width(one) for one in (head, *(row[at] for row in cells))), default=8), _WIDEST)
        for at, head in enumerate(heads)
    ]
    made = (SheetColumn(head, width=wide + 2) for head, wide in zip(heads, widths, strict=True))
    kept.append(Sheet(_name(title, kept), tuple(made), cells))


def write_kept(path: Path, notes: Sequence[tuple[str, str]]) -> int:
    """Write the tables that were kept, with notes; give how many there were.

    Raises:
        MissingExtraError: XlsxWriter is not installed.
    """
    kept = _kept.get() or []
    rows = [*notes, *((one.name, f"{len(one.rows):,}") for one in kept)]
    about = Sheet(NOTES, (SheetColumn("项 what", width=30), SheetColumn("内容", width=60)), rows)
    write_workbook(path, [*kept, about])
    return len(kept)


def _cell(value: Any) -> str | int | None:
    if value is None or type(value) is int:
        return value
    return _flat(str(value))


def _flat(text: str) -> str:
    return " ".join(text.split("\n"))


def _width(value: str | int | None) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in str(value or ""))


def _name(title: str, kept: Sequence[Sheet]) -> str:
    """A name that no other sheet has, at most 31 letters."""
    bare = re.sub(r"[\[\]:*?/\\']", " ", _flat(title)).strip() or "表 table"
    taken = {one.name.lower() for one in kept} | {NOTES}
    name, number = bare[:31], 2
    while name.lower() in taken:
        name, number = f"{bare[:27]} {number}", number + 1
    return name
