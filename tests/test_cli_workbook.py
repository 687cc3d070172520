"""Every table that a command prints is written to a workbook where one is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("xlsxwriter")
pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
from antipoverty.cli import main  # noqa: E402 - after what it needs


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
            f"[{'长' * 40}]{number}", ["代码\ncode", "n"], [["=1+1", 5], ["0061", None]], ["", 5]
        )
    assert kept.write_kept(tmp_path / "x.xlsx", [("a", "b")]) == 3
    kept.keep_tables(None)
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert len(set(book.sheetnames)) == 4
    sheet = book.worksheets[0]
    assert sheet["A2"].data_type == "s"
    assert sheet["A3"].value == "0061"
    assert sheet["B2"].value == 5
