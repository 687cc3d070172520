"""What a notebook shows of a value (笔记本): a line and a table, without styles or scripts.

Names, numbers of persons and amounts of a household are never in it: it shows what is known
and what was found, as `repr` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

_MOST = 50


def fragment(
    title: str, columns: Sequence[str] = (), rows: Iterable[Sequence[Any]] = (), note: str = ""
) -> str:
    """Write a piece of HTML: a title, a table of at most fifty rows, and a note.

    Args:
        title: What it is, in a line.
        columns: The heads of the table.
        rows: Its rows; every value is escaped.
        note: What stands below.
    """
    listed = list(rows)
    parts = [f"<p><b>{escape(title)}</b></p>"]
    if listed:
        heads = "".join(f"<th style='text-align:left'>{escape(one)}</th>" for one in columns)
        lines = "".join(
            "<tr>"
            + "".join(f"<td style='text-align:left'>{_cell(one)}</td>" for one in row)
            + "</tr>"
            for row in listed[:_MOST]
        )
        parts.append(f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>")
        if len(listed) > _MOST:
            parts.append(f"<p><small>… {len(listed) - _MOST:,} 行 more rows</small></p>")
    if note:
        parts.append(f"<p><small>{escape(note)}</small></p>")
    return "".join(parts)


def _cell(value: Any) -> str:
    return escape(f"{value:,}" if type(value) is int else str(value))


__all__ = ["fragment"]
