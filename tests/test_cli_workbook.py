"""Every table that a command prints is written to a workbook where one is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("xlsxwriter")
pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
from antipoverty.cli import main  # noqa: E402 - after what it needs
from antipoverty.model import AreaTree  # noqa: E402
from antipoverty.packs import shaanxi_2531  # noqa: E402


def test_the_tables_of_a_command_stand_in_a_workbook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sheet each, codes as text, the header frozen and filtered, and a sheet of notes."""
    path = tmp_path / "rules.xlsx"
    assert main(["--xlsx", str(path), "rules", "list", "--pack", "shaanxi-2531"]) == 0
    printed = capsys.readouterr().out
    book = openpyxl.load_workbook(path)
    first, *_, notes = book.worksheets
    assert first.freeze_panes == "A2"
    assert first.auto_filter.ref
    cells = [str(cell.value) for row in first.iter_rows(min_row=2) for cell in row]
    assert any("income-under-line" in one for one in cells)
    assert "income-under-line" in printed
    assert all(cell.data_type in "sn" for row in first.iter_rows() for cell in row)
    assert notes.title == "说明 notes"
    assert "\n" not in "".join(cells)


def test_no_two_sheets_have_one_name_and_nothing_runs(tmp_path: Path) -> None:
    """Titles that are alike for 31 letters, hold forbidden signs, and cells that begin with =."""
    from antipoverty.cli import _workbook as kept  # the parts of it, without a command

    kept.keep_tables(tmp_path / "x.xlsx")
    for number in range(3):
        kept.keep(
            f"[{'长' * 40}]{number}",
            ["id", "n"],
            ["编号\nid", "n"],
            [["=1+1", 5], ["0061", None]],
            ["", 5],
        )
    assert kept.write_kept(tmp_path / "x.xlsx", [("a", "b")]) == 3
    kept.keep_tables(None)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert len(set(book.sheetnames)) == 4
    sheet = book.worksheets[0]
    assert sheet["A2"].data_type == "s"
    assert sheet["A3"].value == "0061"
    assert sheet["B2"].value == 5


def sheets(path: Path, keys: list[str], rows: list[list[object]]) -> dict[str, list[str]]:
    """The first cells of each sheet that a list takes, without the notes."""
    from antipoverty.cli import _workbook as kept  # the parts of it, without a command

    kept.keep_tables(path)
    kept.keep("list", keys, keys, rows)
    kept.write_kept(path, [])
    kept.keep_tables(None)
    *found, _ = openpyxl.load_workbook(path).worksheets
    return {one.title: [row[0].value for row in one.iter_rows(min_row=2)] for one in found}


def test_a_list_over_several_counties_has_a_sheet_for_each(tmp_path: Path) -> None:
    """Behind the sheet of all; whatever has no county, or one only, is not parted."""
    path, keys = tmp_path / "x.xlsx", ["id", "area"]
    rows: list[list[object]] = [
        ["h1", "610702100200"], ["h2", "610702101"], ["h3", "61072310020001"],
    ]  # fmt: skip
    assert sheets(path, keys, rows) == {
        "list": ["h1", "h2", "h3"],
        "汉台区 list": ["h1", "h2"],
        "洋县 list": ["h3"],
    }
    assert [*sheets(path, keys, rows[:2])] == ["list"]
    assert [*sheets(path, keys, [*rows, ["h4", "6107"]])] == ["list"]
    assert [*sheets(path, keys, [rows[0], rows[2]])] == ["list"]


def test_sheets_are_called_by_the_names_of_counties(tmp_path: Path) -> None:
    """With the city's before it where two have one name; safe for Excel; a code without a name."""
    from antipoverty.cli import _workbook as kept  # the parts of it, without a command

    long = "某" * 40
    lines = ["code,name,level,parent", "99,省,province,", "9901,甲市,city,99",
             "9902,乙市,city,99", "990101,城/关区,county,9901", "990201,城/关区,county,9902",
             f"990102,{long}县,county,9901", f"990103,{long}区,county,9901",
             "990104,History,county,9901"]  # fmt: skip
    codes = ["990101", "990201", "990102", "990103", "990104", "990109"]
    path = tmp_path / "x.xlsx"
    kept.keep_tables(path)
    kept.keep_areas(AreaTree.from_csv(lines))
    kept.keep("", ["area"], ["area"], [[code + end] for code in codes for end in ("101", "102")])
    kept.write_kept(path, [])
    kept.keep_tables(None)
    _, *names, _ = openpyxl.load_workbook(path).sheetnames
    assert names == [
        "甲市城 关区",
        "乙市城 关区",
        "某" * 31,
        "某" * 26 + " 2",
        "History 2",
        "990109",
    ]


def test_a_list_without_counties_has_a_sheet_for_each_department(tmp_path: Path) -> None:
    """As the reconciliation of alerts by department and rule."""
    rows: list[list[object]] = [["medical", "a"], ["medical", "b"], ["water", "c"]]
    found = sheets(tmp_path / "x.xlsx", ["department", "rule"], rows)
    assert [*found] == ["list", "medical list", "water list"]


@pytest.mark.slow
def test_the_notes_name_the_source_of_each_rule_and_value(tmp_path: Path) -> None:
    """And whether it is published or an example."""
    path = tmp_path / "rules.xlsx"
    assert main(["--xlsx", str(path), "rules", "list", "--pack", "shaanxi-2531"]) == 0
    notes = openpyxl.load_workbook(path).worksheets[-1]
    told = {str(row[0].value): str(row[1].value) for row in notes.iter_rows(min_row=2)}
    for pack in (shaanxi_2531(),):
        for rule in pack.rules.values():
            said = told[f"{pack.id}: {rule.id}"]
            assert rule.source.title.zh in said
            assert ("示例" in said) is (rule.source.status.value == "illustrative")
        for one in pack.parameters.values():
            for value in one.values:
                assert value.source.title.en in told[f"{pack.id}: {one.id} {value.since}"]
