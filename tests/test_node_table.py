"""No part of the condition language lacks anything that the others have: the table is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from antipoverty.testing._frames import why_not  # private: the kit's frames by kind
from node_table import COLUMNS, EXAMPLES, FRAMES, Table, every_node

DOCS = Path(__file__).parent.parent / "docs" / "reference"
TABLE = Table()


def column(name: str) -> object:
    """A parameter of the table, skipped or slow as the engine behind it is."""
    marks = []
    if name == "proofs":
        marks.append(pytest.mark.skipif(why_not("z3") is not None, reason="z3 is not installed"))
    if name in FRAMES:
        reason = why_not(name)
        marks.append(pytest.mark.skipif(reason is not None, reason=reason or ""))
        marks += [pytest.mark.slow] if name == "pyspark" else []
    return pytest.param(name, marks=marks)


def test_every_class_of_the_language_has_its_row() -> None:
    """A class that is new has none yet; a row shows the class that it is called by."""
    shown = {row.split(",")[0] for row in EXAMPLES} - {"derived fact", "amount", "tier"}
    assert shown == set(every_node())
    for row in EXAMPLES:
        if row.split(",")[0] in shown:
            parts = {type(part).__name__ for part in TABLE.when(row).walk()}
            assert row.split(",")[0] in parts, row


@pytest.mark.slow
@pytest.mark.parametrize("name", [column(one) for one in COLUMNS])
def test_each_cell_is_so(name: str) -> None:
    """Every part, asked what the column says: text, words, engines, reasons, cases, proofs."""
    assert [row for row in EXAMPLES if not TABLE.cell(row, name)] == []


@pytest.mark.slow
def test_an_engine_that_is_wrong_about_one_part_empties_one_cell() -> None:
    """The cells are of that part alone."""
    told = TABLE.closure
    rule = TABLE.rule("Quantile")
    turned = {
        key: "clear" if key[1] == rule and said == "undecided" else said
        for key, said in told.verdicts.items()
    }
    wrong = type(told)(turned, told.facts, told.amounts, told.tiers)
    assert [row for row in EXAMPLES if not TABLE._alike(row, wrong)] == ["Quantile"]


@pytest.mark.parametrize("page", ["node-table.md", "node-table.zh-CN.md"])
def test_the_page_shows_the_table(page: str) -> None:
    """A row for each part with its example and a mark for each column, no other."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    cells = [[one.strip() for one in line.split(" | ")] for line in lines if line.startswith("| ")]
    head, *rest = [line for line in cells if len(line) == len(COLUMNS) + 2]
    assert head[2].removesuffix(" |") == COLUMNS[0] or "文" in head[2]
    for row, line in zip(EXAMPLES, rest, strict=True):
        assert line[0] == f"| {row}"
        assert line[1] == f"`{EXAMPLES[row]}`"
        assert {one.removesuffix(" |") for one in line[2:]} == {"✓"}
