"""What became of every row of every file. The counts add up to the file.

No value of a cell is held here: a place, a kind of fault and how often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Language, Text, Voice

SHOWN = 5
"""How many places of a fault are listed; its count is always whole."""

KINDS: Mapping[str, Text] = Frozen(
    {
        "title": Text("表头上方的标题", "a title above the header"),
        "header": Text("表头", "the header"),
        "blank": Text("空行", "a blank row"),
        "total": Text("合计行", "a total"),
        "footer": Text("表尾说明", "a footer"),
        "no-id": Text("没有户编号", "no household id"),
        "twice": Text("同一编号重复", "an id that stands twice"),
        "number-lost": Text(
            "号码被表格软件改成科学计数，末位已丢失",
            "a number whose last digits a spreadsheet lost",
        ),
        "number-invalid": Text("公民身份号码校验不符", "a resident number that does not check"),
        "number-missing": Text("没有公民身份号码", "no resident number"),
        "person-not-found": Text("名册里没有此人", "nobody of that number in the rosters"),
        "person-in-two-households": Text("一人在两户", "one person in two households"),
        "area-not-found": Text("没有这个村", "no such area"),
        "area-ambiguous": Text("同名的村不止一个", "several areas of that name"),
        "no-number": Text("不是数", "no number"),
        "neither-yes-nor-no": Text("既不是“是”也不是“否”", "neither yes nor no"),
        "no-day": Text("不是日期", "no day"),
        "unknown-word": Text("不在选项之内", "none of the words"),
        "no-size": Text("人均数没有人口可乘", "a figure per head without a size"),
    }
)
"""Every kind of fault or of row that holds nobody, in both languages."""


@attrs.frozen
class Cells:
    """Cells of a column that could not be read; the fact is then not known.

    Attributes:
        column: The header.
        kind: The fault, one of `KINDS`.
        count: How many cells.
        rows: The numbers of the first of their rows.
    """

    column: str
    kind: str
    count: int
    rows: tuple[int, ...]


@attrs.frozen
class SourceReport:
    """What became of a source.

    Attributes:
        id: The source.
        department: Who sent it.
        table: The table it fills.
        rows: The rows of the file.
        placed: The rows that stand in the table.
        aside: The rows that do not, by kind, with the numbers of their rows.
        cells: What could not be read in rows that were placed.
        passed_over: Columns that no field was named for.
    """

    id: str
    department: str | None
    table: str
    rows: int
    placed: int
    aside: Mapping[str, tuple[int, ...]] = attrs.field(repr=False)
    cells: tuple[Cells, ...] = attrs.field(repr=False)
    passed_over: tuple[str, ...] = attrs.field(repr=False)

    @property
    def adds_up(self) -> bool:
        """Whether every row of the file is placed or listed."""
        return self.rows == self.placed + sum(map(len, self.aside.values()))

    @property
    def damaged(self) -> int:
        """Rows that hold somebody and could not be placed."""
        return sum(
            len(rows)
            for kind, rows in self.aside.items()
            if kind not in ("title", "header", "blank", "total", "footer")
        )


@attrs.frozen
class IntakeReport:
    """What became of every row of every source.

    Attributes:
        sources: Each source, in the mapping's order.
    """

    sources: tuple[SourceReport, ...]

    def __iter__(self) -> Iterator[SourceReport]:
        return iter(self.sources)

    @property
    def exit_code(self) -> int:
        """0: go on. 1: look first, some rows or cells are not read. 2: nothing can be used."""
        if any(one.placed == 0 for one in self.sources):
            return 2
        return int(any(one.damaged or one.cells for one in self.sources))

    def as_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "exit_code": self.exit_code,
            "sources": [
                {
                    "id": one.id,
                    "department": one.department,
                    "table": one.table,
                    "rows": one.rows,
                    "placed": one.placed,
                    "aside": {
                        kind: {"count": len(rows), "rows": rows[:SHOWN]}
                        for kind, rows in one.aside.items()
                    },
                    "cells": [attrs.asdict(cell) for cell in one.cells],
                    "passed_over": one.passed_over,
                }
                for one in self.sources
            ],
        }

    def explain(self, language: Language = "zh") -> str:
        """The report in words, Chinese or English."""
        say = Voice(language)
        lines: list[str] = []
        for one in self.sources:
            lines.append(
                say(
                    f"{one.id} → {one.table}：{one.rows:,} 行，入表 {one.placed:,} 行",
                    f"{one.id} → {one.table}: {one.rows:,} rows, {one.placed:,} placed",
                )
            )
            for kind, rows in one.aside.items():
                places = _places(rows, len(rows), say)
                lines.append(f"  {KINDS[kind][language]}{say('：', ': ')}{places}")
            for cell in one.cells:
                places = _places(cell.rows, cell.count, say)
                kind = KINDS[cell.kind][language]
                lines.append(
                    say(
                        f"  “{cell.column}”{kind}，按未知：{places}",
                        f"  {cell.column!r}, {kind}, not known: {places}",
                    )
                )
            if one.passed_over:
                listed = say("、", ", ").join(one.passed_over)
                lines.append(say("  未采用的列：", "  columns passed over: ") + listed)
        return "\n".join(lines)


def _places(rows: tuple[int, ...], count: int, say: Voice) -> str:
    shown = ", ".join(map(str, rows[:SHOWN])) + (" ..." if count > SHOWN else "")
    return say(f"{count:,} 处（第 {shown} 行）", f"{count:,} (rows {shown})")
