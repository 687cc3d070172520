"""A table that is printed: in the width of a terminal no id is split; a pipe gets it whole."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("rich", reason="the command line needs the extra 'cli'")
from rich.cells import cell_len
from rich.console import Console

from antipoverty.cli._tables import as_table  # what print_table prints

IDS = st.text("0123456789ABCXYZ-", min_size=1, max_size=20).map(lambda text: f"7{text}7")
WORDS = st.text("低收入家庭 of a household 待核实", max_size=60)
ROWS = st.integers(1, 9).flatmap(
    lambda width: st.lists(
        st.lists(IDS | WORDS | st.integers(0, 10**9), min_size=width, max_size=width),
        min_size=1,
        max_size=4,
    )
)


def printed(rows: list[list[object]], width: int | None) -> list[str]:
    """The lines of a table as they come out."""
    out = io.StringIO()
    screen = Console(
        file=out, width=width or 100_000, force_terminal=width is not None, color_system=None,
        soft_wrap=width is None, highlight=False,
    )  # fmt: skip
    heads = [f"列\ncolumn {number}" for number, _ in enumerate(rows[0])]
    screen.print(as_table("清单 list [x]", heads, rows, width=width))
    return out.getvalue().splitlines()


@given(ROWS)
def test_no_id_is_split_in_eighty_columns(rows: list[list[object]]) -> None:
    """However many columns there are, and no line is wider than the terminal."""
    lines = printed(rows, 80)
    assert max(map(cell_len, lines)) <= 80
    for cell in (cell for row in rows for cell in row):
        whole = f"{cell:,}" if isinstance(cell, int) else str(cell)
        for word in whole.split():
            if word.isascii():
                assert any(word in line for line in lines), word


@given(ROWS)
def test_a_pipe_gets_a_line_for_each_row(rows: list[list[object]]) -> None:
    """In its own width, without a frame, so that another program reads it line by line."""
    lines = printed(rows, None)
    assert "清单 list [x]" in lines[0]
    assert not set("".join(lines)) & set("│┃╇┡")
    for row in rows:
        words = [f"{cell:,}" if isinstance(cell, int) else str(cell).strip() for cell in row]
        assert any(all(word in line for word in words) for line in lines), row
