"""What became of every row of every file. The counts add up to the file.

No value of a cell is held here: a place, a kind of fault and how often.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, overload

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Text
from antipoverty.languages import Language, Voice, current

SHOWN = 5
"""How many places of a fault are listed; its count is always whole."""

KINDS: Mapping[str, Text] = Frozen(
    {
        "title": Text("表头上方的标题", "a title above the header"),
        "header": Text("表头", "the header"),
        "blank": Text("空行", "a blank row"),
        "total": Text("合计行", "a total"),
        "footer": Text("表尾说明", "a footer"),
        "too-many-cells": Text("单元格多于表头", "more cells than the header has"),
        "no-id": Text("没有户编号", "no household id"),
        "no-id-form": Text(
            "编号不是字母、数字和 ._:/- 组成", "an id of other signs than letters, digits and ._:/-"
        ),
        "personal-id": Text(
            "编号处是电话或公民身份号码，不采用",
            "a telephone or resident number where an id belongs; it is not kept",
        ),
        "twice": Text("同一行重复", "the same row again"),
        "contradicts": Text(
            "同一编号的两行不一致，不一致的指标按未知",
            "rows of one id that differ; what they differ in is not known",
        ),
        "household-not-found": Text("名册里没有这一户", "no such household in the rosters"),
        "number-lost": Text(
            "号码被表格软件改成科学计数，末位已丢失",
            "a number whose last digits a spreadsheet lost",
        ),
        "number-invalid": Text("公民身份号码校验不符", "a resident number that does not check"),
        "number-missing": Text("没有公民身份号码", "no resident number"),
        "person-not-found": Text("名册里没有此人", "nobody of that number in the rosters"),
        "person-in-two-households": Text("一人在两户", "one person in two households"),
        "person-moved": Text("当日此人已迁出", "somebody who had moved away by that day"),
        "person-dead": Text("当日此人已死亡", "somebody who had died by that day"),
        "person-gone-undated": Text(
            "此人已迁出或死亡，而记录没有日期", "somebody who has gone, in a row without a day"
        ),
        "person-left": Text(
            "已迁出或死亡，只用于匹配", "a member who has gone, kept for matching alone"
        ),
        "name-contradicts": Text(
            "号码相符而姓名不符", "a number that fits and a name that does not"
        ),
        "area-missing": Text("没有所在村", "no area"),
        "area-not-found": Text("没有这个村", "no such area"),
        "area-ambiguous": Text("同名的村不止一个", "several areas of that name"),
        "no-number": Text("不是数", "no number"),
        "out-of-bounds": Text("数值超出可能的范围", "a number outside what can be"),
        "neither-yes-nor-no": Text("既不是“是”也不是“否”", "neither yes nor no"),
        "no-day": Text("不是日期", "no day"),
        "unknown-word": Text("不在选项之内", "none of the words"),
        "no-size": Text("人均数没有人口可乘", "a figure per head without a size"),
    }
)
"""Every kind of fault or of row that holds nobody, in both languages."""


UNDELIVERED: Mapping[str, Text] = Frozen(
    {
        "rows-lost": Text(
            "本来源或同一数据项的来源有行没有入表，不算交齐，按未交付",
            "rows of it, or of a source of the same kinds, were lost, so that it does not count "
            "as delivered",
        ),
        "not-stated": Text(
            "部门、数据项或区划没有写明（部门和数据项用规则包里的代号，区划用代码），按未交付",
            "its department, kinds or area is not stated (ids of the pack, and a code), so that it "
            "does not count as delivered",
        ),
    }
)
"""Why a declared delivery (交付) does not count, in both languages."""

NOBODY = frozenset({"title", "header", "blank", "total", "footer", "person-left"})
"""Kinds of rows that are no damage: they hold nobody, or nobody who is still there."""


class Rows(Sequence[int]):
    """The numbers of some rows of a file, four bytes each.

    Args:
        numbers: The numbers, in any order.
    """

    __slots__ = ("_numbers",)

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._numbers = array("I", sorted(numbers))

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[int, ...]: ...
    def __getitem__(self, at: int | slice) -> int | tuple[int, ...]:
        return tuple(self._numbers[at]) if isinstance(at, slice) else self._numbers[at]

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, (Rows, tuple)) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<Rows {len(self):,}>"


@attrs.frozen
class PlaceName:
    """A village's names that several areas have (重名).

    Attributes:
        names: The names as the file has them, the largest area first.
        candidates: The codes they fit.
        count: How many rows have them.
    """

    names: tuple[str, ...]
    candidates: tuple[str, ...]
    count: int


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
        ambiguous: The first names of villages that several areas have, with their codes.
        undelivered: Why what it declares to deliver does not count, one of `UNDELIVERED`.
        decided: The rows without a number that people have said whose they are.
    """

    id: str
    department: str | None
    table: str
    rows: int
    placed: int
    aside: Mapping[str, Rows] = attrs.field(repr=False)
    cells: tuple[Cells, ...] = attrs.field(repr=False)
    passed_over: tuple[str, ...] = attrs.field(repr=False)
    ambiguous: tuple[PlaceName, ...] = attrs.field(repr=False, default=())
    undelivered: str | None = None
    decided: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every row of the file is placed or listed."""
        return self.rows == self.placed + sum(map(len, self.aside.values()))

    @property
    def damaged(self) -> int:
        """Rows that hold somebody and could not be placed."""
        return sum(len(rows) for kind, rows in self.aside.items() if kind not in NOBODY)


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
        """0: go on. 1: look first, some rows or cells are not read. 2: nothing can be used.

        A file of which no row can be used is such a one; a file that holds nobody, since its
        department had nothing to send, is to be looked at.
        """
        if any(one.damaged and not one.placed for one in self.sources):
            return 2
        if not any(one.placed for one in self.sources if one.table == "households"):
            return 2
        return int(
            any(
                one.damaged or one.cells or one.undelivered or (one.rows and not one.placed)
                for one in self.sources
            )
        )

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
                    "ambiguous": [attrs.asdict(place) for place in one.ambiguous],
                    "undelivered": one.undelivered,
                    "decided": one.decided,
                }
                for one in self.sources
            ],
        }

    def explain(self, language: Language | None = None) -> str:
        """The report in words, Chinese or English."""
        language = current(language, "zh")
        say = Voice(language)
        lines: list[str] = []
        for one in self.sources:
            lines.append(
                say(
                    f"{one.id} → {one.table}：{one.rows:,} 行，入表 {one.placed:,} 行",
                    f"{one.id} → {one.table}: {one.rows:,} rows, {one.placed:,} placed",
                )
            )
            if one.decided:
                lines.append(
                    say(
                        f"  没有号码、由人认定的：{one.decided:,} 行",
                        f"  without a number, decided by people: {one.decided:,} rows",
                    )
                )
            if one.rows and not one.placed and not one.damaged:
                lines.append(say("  ! 文件里没有一行数据", "  ! no row of it holds anybody"))
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
            for place in one.ambiguous:
                names, codes = "/".join(place.names), ", ".join(place.candidates[:SHOWN])
                lines.append(
                    say(
                        f"  “{names}”有 {len(place.candidates)} 个：{codes}（{place.count:,} 行）",
                        f"  {names} fits {len(place.candidates)}: {codes} ({place.count:,} rows)",
                    )
                )
            if one.undelivered is not None:
                lines.append(f"  ! {UNDELIVERED[one.undelivered][language]}")
            if one.passed_over:
                listed = say("、", ", ").join(one.passed_over)
                lines.append(say("  未采用的列：", "  columns passed over: ") + listed)
        return "\n".join(lines)


def _places(rows: Sequence[int], count: int, say: Voice) -> str:
    shown = ", ".join(map(str, rows[:SHOWN])) + (" ..." if count > SHOWN else "")
    return say(f"{count:,} 处（第 {shown} 行）", f"{count:,} (rows {shown})")
