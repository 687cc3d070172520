"""A comparison on a terminal: its figures and two tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

COUNTS = ("甲 before", "乙 after", "户 households")


def tables(told: str, given: Iterable[tuple[str, tuple[str, ...], Sequence[Any]]]) -> Any:
    """Put tables under what is told.

    Args:
        told: The head.
        given: Of each table its title, the names of its first columns, and its rows.
    """
    from rich.console import Group
    from rich.table import Table

    made: list[Any] = [told]
    for title, columns, rows in given:
        table = Table(title=title, title_justify="left", header_style="bold")
        for column in (*columns, *COUNTS):
            table.add_column(column, justify="right" if "households" in column else "left")
        for *words, count in rows:
            table.add_row(*map(str, words), f"{count:,}")
        made.append(table)
    return Group(*made)
