"""Lists that come back in a synthetic year: what departments and inspectors fill in, as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from antipoverty._base.workbooks import Sheet, SheetColumn, read_workbook, write_workbook
from antipoverty._synthetic.people import People
from antipoverty.casework import Book, Case
from antipoverty.sampling import Outcome
from antipoverty.screening import write_spreadsheet

Filled = tuple[str, ...]
_LINE = "清单编号 line"
_OF_LIST = ("核实结果 result", "经办人编号 by", "核实日期 on", "帮扶措施 measure")
_UNIT = "检查对象 unit"
_OF_INSPECTION = ("检查结果 result", "检查人编号 by", "检查日期 on", "问题编号 problems")
_ANSWERED = 33
"""Of a hundred lines that wait, how many a department looks into."""


def fill_list(
    people: People, book: Book, department: str, path: Path, target: Path, on: date
) -> Path:
    """Fill in the list of a department."""
    of = {one.id: (case, one.rule) for case in book.cases.values() for one in case.open_lines}

    def said(line: str) -> Filled | None:
        found = of.get(line)
        if found is None or people.below(f"{line} looked into", 100) >= _ANSWERED:
            return None
        return _answer(people, book, department, *found, line, on)

    return _fill(path, target, _LINE, _OF_LIST, said)


def _answer(
    people: People, book: Book, department: str, case: Case, rule: str, line: str, on: date
) -> Filled:
    """What a department says of a line: the truth, or that it is another's or was not seen."""
    day = on - timedelta(days=people.below(f"{line} when", min(4, on.day)))
    by, lot = f"{department}-1", people.below(f"{line} says", 100)
    if lot < 8:
        word, measure = ("不属本部门", "") if lot < 4 else ("未能核实", "")
    elif not people.world.in_need(case.id, day):
        word, measure = "无风险", ""
    elif lot < 60:
        word, measure = "有风险", ""
    else:
        risk = next(one.risk for one in case.signals if one.rule == rule)
        measures = book.workflow.risk(risk).measures
        word, measure = "已帮扶", measures[people.below(f"{line} measure", len(measures))]
    return word, by, day.isoformat(), measure


def fill_inspection(outcomes: Iterable[Outcome], people: People, path: Path, target: Path) -> Path:
    """Fill in the list of a round: what was found in places; problems of before stand or not."""
    seen = {str(one.unit): one for one in outcomes}
    days = [one.on for one in seen.values() if one.on is not None]

    def said(unit: str) -> Filled | None:
        one = seen.get(unit)
        if one is not None and one.on is not None:
            word = "发现问题" if one.problems else "未发现问题"
            return word, one.office, one.on.isoformat(), "；".join(one.problems)
        if one is None and days and unit.startswith("p-") and people.below(f"{unit} again", 2):
            cleared = people.below(f"{unit} cleared {max(days)}", 3) > 0
            word = "已整改到位" if cleared else "未整改到位"
            return word, "inspector-1", max(days).isoformat(), ""
        return None

    return _fill(path, target, _UNIT, _OF_INSPECTION, said)


def _fill(
    path: Path,
    target: Path,
    key: str,
    columns: tuple[str, ...],
    said: Callable[[str], Filled | None],
) -> Path:
    """Fill columns of a CSV list or of the sheets of a workbook, by the key of each row."""

    def filled(frame: pl.DataFrame) -> pl.DataFrame:
        answers: Mapping[str, Filled] = {
            id_: found
            for id_ in frame[key].str.strip_chars("\t ").to_list()
            if (found := said(id_)) is not None
        }
        keys = frame[key].str.strip_chars("\t ")
        return frame.with_columns(
            pl.Series(name, [answers[id_][at] if id_ in answers else "" for id_ in keys], pl.String)
            for at, name in enumerate(columns)
        )

    if path.suffix == ".csv":
        frame = pl.read_csv(path, infer_schema=False).with_columns(pl.all().fill_null(""))
        write_spreadsheet(filled(frame.with_columns(pl.all().str.strip_prefix("\t"))), target)
        return target
    sheets = []
    for name, cells in read_workbook(path).items():
        header, *rows = cells.rows()
        if key in header:
            names = dict.fromkeys(map(str, header), pl.String)
            frame = filled(pl.DataFrame(rows, schema=names, orient="row"))
            sheets.append(Sheet(name, tuple(SheetColumn(one) for one in names), frame.rows()))
    write_workbook(target, sheets)
    return target
