"""Inspection lists as files (抽查结果表): CSV or a workbook, a sheet a city, out and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from antipoverty._base.filled import read_sheets
from antipoverty._base.workbooks import Sheet, SheetColumn, write_workbook
from antipoverty._casework.inspections import INSPECTED, FilledInspection, InspectionLine
from antipoverty.model import AreaTree
from antipoverty.screening import write_spreadsheet

LINE, KIND, UNIT = "抽查编号 line", "类别 kind", "检查对象 unit"
AREA, PLACE, PERIOD, RECEIPT = "区划 area", "地区 place", "期 period", "抽签回执 receipt"
RESULT, BY, ON, PROBLEMS = (
    "检查结果 result", "检查人编号 by", "检查日期 on", "问题编号 problems",
)  # fmt: skip
_KINDS = {"village": "村 village", "household": "户 household", "problem": "原有问题 problem"}
_TO_FILL = (
    SheetColumn(
        RESULT,
        "每行必填；没有问题填“未发现问题”。Every line; where nothing was found say so.",
        choices=tuple(f"{one.zh} {one.en}" for one in INSPECTED.values()),
        width=30,
        fill=True,
    ),
    SheetColumn(
        BY,
        "检查人的编号，角色在前，如 inspector-7；不写姓名和电话。"
        "An opaque id, the role first; no name and no telephone.",
        width=18,
        fill=True,
    ),
    SheetColumn(ON, "检查的日期，如 2022-02-23。The day.", "day", width=16, fill=True),
    SheetColumn(
        PROBLEMS,
        "发现的问题编号，多个用分号隔开；留空则以抽查编号为问题编号。"
        "Ids of what was found, parted by ;. Left empty, the line's own id is the problem's.",
        width=24,
        fill=True,
    ),
)
_SHOWN = (LINE, KIND, UNIT, AREA, PLACE, PERIOD, RECEIPT)
_WIDTHS = {UNIT: 24, PLACE: 36, RECEIPT: 20}


def write_inspection(
    lines: Iterable[InspectionLine], path: str | Path, *, areas: AreaTree | None = None
) -> Path:
    """Write the list of a round for those who go there; ``.xlsx`` is a workbook, else CSV.

    Args:
        lines: What is to be looked at; see `inspection_lines`.
        path: The file.
        areas: The areas, for their names.

    Raises:
        MissingExtraError: A workbook is wanted, and XlsxWriter is not installed.
    """
    place = Path(path)
    rows = [
        (one.id, _KINDS[one.kind], one.unit, one.area, _named(one.area, areas), one.period,
         one.receipt)
        for one in lines
    ]  # fmt: skip
    if place.suffix.lower() != ".xlsx":
        frame = pl.DataFrame(rows, schema=dict.fromkeys(_SHOWN, pl.String), orient="row")
        empty = [pl.lit("").alias(one.header) for one in _TO_FILL]
        write_spreadsheet(frame.with_columns(empty), place)
        return place
    columns = (*(SheetColumn(name, width=_WIDTHS.get(name, 16)) for name in _SHOWN), *_TO_FILL)
    cities: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for row in rows:
        cities[row[3][:4]].append(row)
    sheets = [
        Sheet(f"{_named(city, areas)} {city}".strip(), columns, mine)
        for city, mine in sorted(cities.items())
    ]
    write_workbook(place, sheets or [Sheet("空 empty", columns)])
    return place


def _named(code: str, areas: AreaTree | None) -> str:
    if areas is None or code[:12] not in areas:
        return ""
    return areas[code].name if len(code) == 4 else areas.full_name(code[:12])


def read_inspection(path: str | Path) -> tuple[FilledInspection, ...]:
    """Read an inspection list that came back, as a workbook or as CSV.

    Args:
        path: The file, as `write_inspection` wrote it, filled in.

    Raises:
        InvalidFileError: It is no workbook, or a sheet lacks columns of the list.
        MissingExtraError: fastexcel is not installed.
    """
    place, found = Path(path), []
    kinds = {said: kind for kind, said in _KINDS.items()}
    wanted = (LINE, KIND, UNIT, RECEIPT, RESULT, BY, ON, PROBLEMS)
    for sheet in read_sheets(place, UNIT, wanted, "an inspection list"):
        for number, (line, kind, *cells) in sheet.rows:
            at = f"{place.name}, {sheet.name}, row {number}"
            found.append(FilledInspection(at, line, kinds.get(kind or "", kind), *cells))
    return tuple(found)
