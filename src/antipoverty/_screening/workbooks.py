"""Hand-over lists as workbooks (清单交办): one sheet a county, filled in by people, read back.

Each line asks one thing, what became of a rule's answer for a household, and takes three words:
what was found, who found it, and when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import attrs
import polars as pl

from antipoverty._base.filled import read_sheets
from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Text
from antipoverty._base.workbooks import Sheet, SheetColumn, write_workbook
from antipoverty.model import AreaTree

RESULTS: Mapping[str, Text] = Frozen(
    {
        "confirmed": Text("有风险", "risk found"),
        "refuted": Text("无风险", "no risk found"),
        "helped": Text("已帮扶", "risk found and helped"),
        "not-ours": Text("不属本部门", "not ours"),
        "open": Text("未能核实", "could not be verified"),
    }
)
"""What may be answered to a line of a list (核实结果)."""

LINE = "清单编号 line"
HOUSEHOLD, RULE, DAY = "户码 household", "规则 rule id", "判定日 as of"
RESULT, BY, ON = "核实结果 result", "经办人编号 by", "核实日期 on"
MEASURE = "帮扶措施 measure"
_TO_FILL = (
    SheetColumn(
        RESULT,
        "核实后选一项；没有核实的行留空。Choose one; leave a line empty until it was looked into.",
        choices=tuple(f"{one.zh} {one.en}" for one in RESULTS.values()),
        width=24,
        fill=True,
    ),
    SheetColumn(
        BY,
        "经办人的编号，角色在前，如 keeper-17、village-3；不写姓名和电话。"
        "An opaque id, the role first, such as keeper-17; no name and no telephone.",
        width=18,
        fill=True,
    ),
    SheetColumn(
        ON, "核实的日期，如 2022-02-03。The day, such as 2022-02-03.", "day", width=16, fill=True
    ),
    SheetColumn(
        MEASURE,
        "填“已帮扶”时，写明措施代码，如 temporary-relief。"
        "Where help was given, the measure as the workflow names it.",
        width=22,
        fill=True,
    ),
)
_WIDTHS = {HOUSEHOLD: 24, RULE: 24, "预警内容": 28, "待核实的事实": 32, "地区 place": 36}


def write_list(
    listed: pl.DataFrame, codes: Sequence[str], areas: AreaTree | None, day: date, path: Path
) -> None:
    """Write a department's list, one sheet a county.

    Args:
        listed: The list in words.
        codes: The area of each of its rows.
        areas: The areas, whose names the sheets carry.
        day: The day of the answers.
        path: The workbook.
    """
    listed = listed.with_columns(pl.lit(day.isoformat()).alias(DAY))
    columns = (*(SheetColumn(one, width=_WIDTHS.get(one, 16)) for one in listed.columns), *_TO_FILL)
    counties = pl.Series([code[:6] for code in codes], dtype=pl.String)
    sheets = []
    for county in counties.unique().sort():
        name = areas[county].name if areas is not None and county in areas else ""
        rows = listed.filter(counties == county).rows()
        sheets.append(Sheet(f"{name} {county}".strip(), columns, rows))
    write_workbook(path, sheets)


@attrs.frozen
class FilledLine:
    """One line of a list that came back (清单反馈), as it is written.

    Attributes:
        file: The workbook.
        sheet: The sheet.
        row: The row, 1 being the header.
        household_id: The household.
        rule_id: The rule.
        as_of: The day of the answer.
        result: What was found; ``None`` for an empty cell, as are the next two.
        by: Who found it.
        on: When.
        line: The id of the line.
        measure: The measure that helped.
    """

    file: str
    sheet: str
    row: int
    household_id: str | None = attrs.field(repr=False)
    rule_id: str | None = attrs.field(repr=False)
    as_of: str | None = attrs.field(repr=False)
    result: str | None = attrs.field(repr=False)
    by: str | None = attrs.field(repr=False)
    on: str | None = attrs.field(repr=False)
    line: str | None = attrs.field(default=None, repr=False)
    measure: str | None = attrs.field(default=None, repr=False)

    @property
    def place(self) -> str:
        """Where it stands, as messages say it."""
        return f"{self.file}, {self.sheet}, row {self.row}"

    @property
    def blank(self) -> bool:
        """Whether nobody has filled anything in."""
        return not (self.result or self.by or self.on)


def read_list(path: str | Path) -> tuple[FilledLine, ...]:
    """Read a hand-over list that came back, as a workbook or as CSV.

    Args:
        path: The file, as `Screening.write_handovers` wrote it, filled in.

    Raises:
        InvalidFileError: It is no workbook, or a sheet lacks columns of a list.
        MissingExtraError: fastexcel is not installed.
    """
    place = Path(path)
    wanted = (HOUSEHOLD, RULE, DAY, RESULT, BY, ON, LINE)
    sheets = read_sheets(place, HOUSEHOLD, wanted, "a hand-over list", (MEASURE,))
    return tuple(
        FilledLine(place.name, sheet.name, number, *cells)
        for sheet in sheets
        for number, cells in sheet.rows
    )
