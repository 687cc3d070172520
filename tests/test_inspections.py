"""Inspections as lines: out with a draw, back as CSV and XLSX, every line with a result."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from antipoverty._base.workbooks import (  # a spreadsheet's hand, to fill sheets in
    Sheet,
    SheetColumn,
    read_workbook,
    write_workbook,
)
from antipoverty.casework import (
    Book,
    advance_problem,
    answer_inspection,
    events_from_json,
    events_to_json,
    inspection_lines,
    list_problem,
    read_inspection,
    write_inspection,
)
from antipoverty.errors import InvalidFileError
from antipoverty.sampling import HouseholdPlan, WeeklyVillagePlan, draw
from casework_books import empty
from sampling_areas import SEED, province

AREAS = province([3, 2])
RECEIPT = draw(WeeklyVillagePlan(AREAS), period="2022-W08", seed=SEED)
FIRST, SECOND = RECEIPT.picks()
DAY, LATER = date(2022, 2, 23), date(2022, 3, 1)
Answers = dict[str, tuple[str, str, str, str]]


def with_problems() -> Book:
    """A book with a problem in the first village drawn, repaired, and one elsewhere."""
    book, _ = list_problem(
        empty(), "P-1", area=FIRST, origin="audit", on=date(2022, 2, 1), by="county-1"
    )
    for step, by, finding in (
        ("assign", "county-1", {"department": "water"}),
        ("repair", "township-1", {"evidence": "photo-1"}),
    ):
        book, _ = advance_problem(book, "P-1", step, by=by, on=date(2022, 2, 10), finding=finding)
    book, _ = list_problem(
        book, "P-2", area=SECOND, origin="audit", on=date(2022, 2, 1), by="county-1"
    )
    return book


def fill(path: Path, said: Answers) -> Path:
    """Fill a list in, by what was looked at, as inspectors do; returns where it lies."""
    target = path.with_stem("filled")
    names = ("检查结果 result", "检查人编号 by", "检查日期 on", "问题编号 problems")

    def filled(frame: pl.DataFrame) -> pl.DataFrame:
        keys = [one.strip() for one in frame["检查对象 unit"]]
        columns = [
            pl.Series(name, [said.get(key, ("", "", "", ""))[at] for key in keys], pl.String)
            for at, name in enumerate(names)
        ]
        return frame.with_columns(columns)

    if path.suffix == ".csv":
        filled(pl.read_csv(path, infer_schema=False)).write_csv(target, include_bom=True)
        return target
    sheets = []
    for name, cells in read_workbook(path).items():
        header, *rows = cells.rows()
        if "检查对象 unit" in header:
            frame = pl.DataFrame(
                rows, schema=dict.fromkeys(map(str, header), pl.String), orient="row"
            )
            shown = tuple(SheetColumn(one) for one in frame.columns)
            sheets.append(Sheet(name, shown, filled(frame).rows()))
    write_workbook(target, sheets)
    return target


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_line_gets_a_result_and_findings_are_listed(form: str, tmp_path: Path) -> None:
    """A village with a finding, one with nothing, a problem that is repaired: each is told."""
    if form == "xlsx":
        pytest.importorskip("xlsxwriter")
        pytest.importorskip("fastexcel")
    book = with_problems()
    lines = inspection_lines(RECEIPT, book=book)
    assert [(one.kind, one.unit) for one in lines] == [
        ("village", FIRST), ("village", SECOND), ("problem", "P-1"), ("problem", "P-2"),
    ]  # fmt: skip
    path = write_inspection(lines, tmp_path / f"list.{form}", areas=AREAS)
    back = fill(
        path,
        {
            FIRST: ("发现问题", "inspector-1", "2022-02-23", ""),
            SECOND: ("未发现问题 nothing found", "inspector-2", "2022-02-24", ""),
            "P-1": ("已整改到位", "inspector-1", "2022-02-23", ""),
            "P-2": ("未整改到位", "inspector-2", "2022-02-24", ""),
        },
    )
    filled = read_inspection(back)
    after, events, told = answer_inspection(book, RECEIPT, filled, as_of=LATER)
    assert (told.lines, told.taken, told.refused) == (4, 4, ())
    line = next(one.id for one in lines if one.unit == FIRST)
    (new,) = told.listed
    found = after.problem(new)
    assert (new, found.line, found.reference, found.unit) == (line, line, RECEIPT.digest, FIRST)
    assert (found.origin, found.area, found.opened) == ("spot-check", FIRST, DAY)
    result = {one.unit: (one.result, one.problems) for one in told.outcomes.units}
    assert result == {FIRST: ("visited", (line,)), SECOND: ("visited", ())}
    assert told.moved == ("P-1",)
    assert after.problem("P-1").state == "zeroed"
    assert after.problem("P-2").state == "listed"
    assert [one.result for one in after.problem("P-2").looks] == ["standing"]
    # delivered twice, it counts once
    same, more, again = answer_inspection(
        after, RECEIPT, [*filled, *filled], as_of=LATER, earlier=told.outcomes
    )
    assert (same, more, again.again, again.taken) == (after, (), 8, 0)
    assert again.outcomes == told.outcomes
    # and is what the events say
    assert book.apply(events_from_json(events_to_json(events))) == after


def test_households_drawn_are_lines_too(tmp_path: Path) -> None:
    """The village of the stratum is where a finding lies; the unit is the household."""
    lists = {FIRST: [f"h{n}" for n in range(5)]}
    receipt = draw(HouseholdPlan(lists, take=2), period="2022-W08", seed=SEED + "x")
    one, two = receipt.picks()
    path = write_inspection(inspection_lines(receipt), tmp_path / "list.csv")
    back = fill(
        path,
        {
            one: ("发现问题", "inspector-1", "2022-02-23", "P-7；P-8"),
            two: ("未能检查", "inspector-1", "", ""),
        },
    )
    book, _, told = answer_inspection(empty(), receipt, read_inspection(back), as_of=LATER)
    assert (told.taken, told.open, told.listed) == (1, 1, ("P-7", "P-8"))
    assert {(p.area, p.unit) for p in book.problems.values()} == {(FIRST, one)}
    assert told.outcomes.counts == {"visited": 1, "open": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"line": "bcdfghjkmnpqr"}, "no line of that id"),
        ({"receipt": "0" * 64}, "another receipt"),
        ({"result": "大概没有"}, "none of the list's words"),
        ({"by": "138 1234 5678"}, "free text"),
        ({"on": "2022-01-01"}, "outside"),
        ({"on": None}, "missing"),
        ({"problems": "P-9", "result": "未发现问题"}, "problems are named"),
        ({"result": "已整改到位"}, "said of a problem"),
        ({"kind": None}, "kind of line"),
    ],
)
def test_a_line_that_cannot_be_is_refused_alone(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    """With its place and why; the line beside it is taken, and no personal value is told."""
    import attrs

    usual = ("未发现问题", "inspector-1", "2022-02-23", "")
    path = write_inspection(inspection_lines(RECEIPT), tmp_path / "list.csv")
    first, second = read_inspection(fill(path, {FIRST: usual, SECOND: usual}))
    wrong = attrs.evolve(first, **change)
    book, events, told = answer_inspection(empty(), RECEIPT, [wrong, second], as_of=LATER)
    assert (told.taken, len(told.refused)) == (1, 1)
    assert said in told.refused[0].why
    assert "row 2" in told.refused[0].place
    assert "138" not in repr(told)
    assert {one.unit: one.result for one in told.outcomes.units}[SECOND] == "visited"
    assert (book, events) == (empty(), ())


def test_two_results_of_one_place_are_not_both_taken(tmp_path: Path) -> None:
    """Which holds somebody must say; the first stands."""
    path = write_inspection(inspection_lines(RECEIPT), tmp_path / "list.csv")
    nothing = read_inspection(fill(path, {FIRST: ("未发现问题", "inspector-1", "2022-02-23", "")}))
    found = read_inspection(fill(path, {FIRST: ("发现问题", "inspector-1", "2022-02-23", "")}))
    book, _, told = answer_inspection(empty(), RECEIPT, [*nothing, *found], as_of=LATER)
    assert (told.taken, told.blank, len(told.refused)) == (1, 2, 1)
    assert not book.problems


def test_a_file_that_is_no_list_is_named(tmp_path: Path) -> None:
    """Its columns are told."""
    (tmp_path / "x.csv").write_text("检查对象 unit,a\n1,2\n", encoding="utf-8")
    with pytest.raises(InvalidFileError, match=r"x\.csv") as caught:
        read_inspection(tmp_path / "x.csv")
    assert "检查结果" in str(caught.value)


@pytest.mark.slow
def test_out_and_back_by_two_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``problems inspect`` writes the list; ``inspected`` takes it once, and writes results."""
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("typer")
    from antipoverty.cli import main

    receipt, out = tmp_path / "r.json", tmp_path / "list.csv"
    receipt.write_text(RECEIPT.to_json(), encoding="utf-8")
    store = f"--store=sqlite:///{tmp_path}/cases.db"
    assert main(["cases", "reindex", store]) == 0
    capsys.readouterr()
    assert main(["problems", "inspect", str(receipt), f"--out={out}", store, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lines"] == 2
    usual = ("inspector-1", "2022-02-23", "")
    back = fill(out, {FIRST: ("发现问题", *usual), SECOND: ("未发现问题", *usual)})
    told, again = tmp_path / "o.json", tmp_path / "o2.json"
    taken = ["problems", "inspected", str(receipt), "--as-of=2022-03-01", f"--from={back}", store]
    assert main([*taken, f"--outcomes={told}", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["taken"], len(first["listed"])) == (2, 1)
    assert main([*taken, f"--earlier={told}", f"--outcomes={again}"]) == 0
    assert "问题入库" in capsys.readouterr().out
    assert again.read_text("utf-8") == told.read_text("utf-8")
    found = ["problems", "list", "--as-of=2022-03-01", store, "--json"]
    assert main(found) == 0
    assert len(json.loads(capsys.readouterr().out)["tasks"]) == 1
    assert main(["problems", "inspected", str(receipt), "--as-of=2022-03-01", store]) == 2
