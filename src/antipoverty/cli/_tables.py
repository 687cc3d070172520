"""Tables for people (表): of a terminal's width, and of their own where nobody looks.

An id, a code or a day is never split: where the columns that hold them do not fit beside each
other, each row is printed as lines, a column each.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from antipoverty.cli._language import said, spoken
from antipoverty.cli._workbook import keep

_PIPED = 100_000
"""Wide enough that no table is folded where another program, or a file, reads it."""

_TEXT = 8
"""Into how little room words are folded before a table is printed as lines."""


def console() -> Console:
    """Where tables and text for people go: standard output."""
    people = sys.stdout.isatty()
    return Console(
        file=sys.stdout, soft_wrap=not people, width=None if people else _PIPED, highlight=False
    )


def print_line(message: str, style: str | None = None, **values: Any) -> None:
    """Print a message of the catalogue, a line for each language."""
    console().print(said(message, "\n", **values), markup=False, style=style)


def print_table(
    title: str,
    columns: Iterable[str],
    rows: Iterable[Iterable[Any]],
    total: Iterable[Any] | None = None,
) -> None:
    """Print rows as a table; numbers are set to the right, a total under a line.

    Args:
        title: A message of the catalogue, or a text that is said as it is.
        columns: As the title.
        rows: The cells.
        total: A last row.
    """
    keys, listed = list(columns), [list(row) for row in rows]
    heads, last = [said(one, "\n") for one in keys], None if total is None else list(total)
    keep(said(title), keys, heads, listed, last)
    screen = console()
    width = screen.width if screen.is_terminal else None
    screen.print(as_table(said(title), heads, listed, last, width=width))


def as_table(
    title: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Any]],
    total: Sequence[Any] | None = None,
    *,
    width: int | None,
) -> RenderableType:
    """Lay rows out for a width; without one they take what they need.

    Args:
        title: What stands above.
        heads: What stands above the columns; line ends are kept.
        rows: The cells.
        total: A last row.
        width: Of a terminal, in letters.
    """
    whole = [*rows, *([total] if total is not None else [])]
    shown = [[_shown(value) for value in row] for row in whole]
    least = [
        max((_unbroken(one) for one in (head, *(row[at] for row in shown))), default=1)
        for at, head in enumerate(heads)
    ]
    room = None if width is None else width - 3 * len(least) - 1
    if room is not None and sum(least) > room:
        return _as_lines(title, heads, shown)
    most = [_widest(heads, shown, at) for at in range(len(heads))]
    widths = None if room is None else _shared(room, least, most)
    table = Table(header_style="bold", box=box.SIMPLE if width is None else box.HEAVY_HEAD)
    for at, head in enumerate(heads):
        numeric = bool(rows) and all(isinstance(row[at], int) for row in rows)
        table.add_column(
            head,
            justify="right" if numeric else "left",
            overflow="fold",
            width=None if widths is None else widths[at],
        )
    for row in shown[: len(rows)]:
        table.add_row(*map(Text, row))
    if total is not None:
        table.add_section()
        table.add_row(*map(Text, shown[-1]), style="bold")
    return Group(Text(title, style="bold"), table)


def _as_lines(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Text:
    flat = [" ".join(head.split("\n")) for head in heads]
    told = [
        "\n".join(
            f"  {head}: {' '.join(cell.split())}"
            for head, cell in zip(flat, row, strict=True)
            if cell.strip()
        )
        for row in rows
    ]
    return Text("\n\n".join([title, *told]), overflow="fold")


def _widest(heads: Sequence[str], rows: Sequence[Sequence[str]], at: int) -> int:
    lines = [line for text in (heads[at], *(row[at] for row in rows)) for line in text.split("\n")]
    return max(map(cell_len, lines), default=1)


def _shared(room: int, least: Sequence[int], most: Sequence[int]) -> list[int]:
    """Widths from the least to the most, of which what is over the least is shared evenly."""
    widths, spare = list(least), room - sum(least)
    order = sorted(range(len(least)), key=lambda at: most[at] - least[at])
    for left, at in zip(range(len(order), 0, -1), order, strict=True):
        more = min(max(most[at] - least[at], 0), spare // left)
        widths[at] += more
        spare -= more
    return widths


def _unbroken(text: str) -> int:
    """How wide the widest part is that must stay whole: an id, a code, a number, a day."""
    return max(
        (cell_len(word) if word.isascii() else min(cell_len(word), _TEXT) for word in text.split()),
        default=1,
    )


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return spoken(value)
    return f"{value:,}" if isinstance(value, int) else str(value)
