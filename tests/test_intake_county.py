"""Files that a tired county sends: each row placed or named, nothing read as something else.

Each kind of file here was once read wrongly or refused without a word of what to do.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from antipoverty.errors import UnreadableSourceError
from antipoverty.intake import Intake, SourceReport, as_toml, guess, read, read_mapping

VILLAGE = "610702100200"
HEADER = "户编号,村,人口\n"
COLUMNS = {"户编号": "household_id", "村": "area", "人口": "size"}
ROSTER = (
    '[[sources]]\nid = "r"\npath = "r.csv"\n'
    'columns = [{column = "户编号", field = "household_id"}, {column = "村", field = "area"}]\n'
)
OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(2_000)


def taken(
    folder: Path, path: str, columns: dict[str, str] = COLUMNS, more: str = "", rows: str = ""
) -> tuple[SourceReport, pl.DataFrame]:
    """Read one file, beside a roster of two households where it is no roster itself."""
    text = f'[[sources]]\nid = "it"\npath = "{path}"\nrows = "{rows or "households"}"\n{more}\n'
    for header, field in columns.items():
        name, _, words = field.partition(" ")
        text += f'[[sources.columns]]\ncolumn = "{header}"\nfield = "{name}"\n{words}\n'
    if rows:
        (folder / "r.csv").write_text(f"户编号,村\nh1,{VILLAGE}\nh2,{VILLAGE}\n", encoding="utf-8")
        text = ROSTER + text
    found: Intake[pl.DataFrame] = read(read_mapping(text), folder)
    report = next(one for one in found.report if one.id == "it")
    assert report.adds_up
    return report, found.tables[rows or "households"]


def aside(report: SourceReport) -> dict[str, list[int]]:
    """The rows that are not placed, by kind, without the header's first."""
    return {kind: list(rows) for kind, rows in report.aside.items() if list(rows) != [1]}


def rows_of(*counts: int) -> str:
    """Households h1, h2 ... of some sizes."""
    return "".join(f"h{at},{VILLAGE},{one}\n" for at, one in enumerate(counts, 1))


def test_a_header_that_stands_again_is_a_header(tmp_path: Path) -> None:
    """As at the top of each printed page."""
    (tmp_path / "a.csv").write_text(HEADER + rows_of(3, 4) + HEADER + rows_of(3, 4), "utf-8")
    report, _ = taken(tmp_path, "a.csv")
    assert aside(report) == {"header": [1, 4], "twice": [5, 6]}


def test_totals_in_the_middle_are_totals(tmp_path: Path) -> None:
    """Whoever's they are, and in whichever column they stand; nobody is called so."""
    totals = ["铺镇合计,,3", "第1页小计,,3", ",本村小计,3", "总 计,,3", "全县总计：,,3", "合计,,3"]
    text = HEADER + rows_of(3) + "\n".join(totals) + f"\nh2,{VILLAGE},4\n"
    (tmp_path / "a.csv").write_text(text, "utf-8")
    report, homes = taken(tmp_path, "a.csv")
    assert aside(report) == {"total": [3, 4, 5, 6, 7, 8]}
    assert homes["household_id"].to_list() == ["h1", "h2"]


def test_a_number_among_words_is_read_only_where_they_leave_it_what_it_is(tmp_path: Path) -> None:
    """The words of another unit, a second number, 万 or 减 make it another number."""
    cells: dict[str, tuple[int | None, int | None]] = {
        "3000元": (300_000, None),
        "约3000": (300_000, 3_000_000_000),
        "3000 元": (300_000, None),
        "-500元": (-50_000, None),
        "1.5万元": (None, 1_500_000),
        "1.5万": (None, 1_500_000),
        "0.15亿元": (None, None),
        "约3000-5000元": (None, None),
        "1千5": (None, None),
        "3亩2000元": (None, None),
        "减500元": (None, None),
        "300块5毛": (None, None),
        "12角": (None, None),
        "三千元": (None, None),
    }
    lines = "".join(f"h{at},{VILLAGE},{cell}\n" for at, cell in enumerate(cells))
    (tmp_path / "a.csv").write_text("户编号,村,收入\n" + lines, "utf-8")
    for at, unit in enumerate(("元", "万元")):
        columns = COLUMNS | {"收入": f'net_income_12m unit = "{unit}"\nbareNumber = false'}
        del columns["人口"]
        report, homes = taken(tmp_path, "a.csv", columns)
        wanted = [both[at] for both in cells.values()]
        assert homes["net_income_12m"].to_list() == wanted, unit
        assert sum(one.count for one in report.cells) == wanted.count(None)
    people = {"3人": 3, "大人2小孩1": None, "3口(含1人外出)": None, "3万人": None, "三人": None}
    lines = "".join(f"h{at},{VILLAGE},{cell}\n" for at, cell in enumerate(people))
    (tmp_path / "a.csv").write_text(HEADER + lines, "utf-8")
    _, homes = taken(tmp_path, "a.csv", COLUMNS | {"人口": "size bareNumber = false"})
    assert homes["size"].to_list() == [*people.values()]


def test_digits_are_grouped_by_three_or_not_at_all(tmp_path: Path) -> None:
    """A comma that parts decimals would make twelve yuan twelve hundred."""
    cells = {"1,200.50": 120_050, "1,200": 120_000, "12,00": None, "1,2,3": None, "1.200,50": None}
    lines = "".join(f'h{at},{VILLAGE},"{cell}"\n' for at, cell in enumerate(cells))
    (tmp_path / "a.csv").write_text("户编号,村,收入\n" + lines, "utf-8")
    columns = {"户编号": "household_id", "村": "area", "收入": 'net_income_12m unit = "元"'}
    report, homes = taken(tmp_path, "a.csv", columns)
    assert homes["net_income_12m"].to_list() == [*cells.values()]
    assert [(one.kind, one.rows) for one in report.cells] == [("no-number", (4, 5, 6))]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"PK\x03\x04" + bytes(900), "name it .xlsx"),
        ("a.xlsx", HEADER.encode(), "name it .csv"),
        ("a.xlsx", OLE, "protected by a password"),
        ("a.et", OLE, "save it as .xlsx"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "is a web page"),
        ("a.pdf", b"%PDF-1.4\n", "is a PDF"),
        ("a.csv", HEADER.encode("gbk"), "leave its encoding out"),
    ],
)
def test_a_file_that_is_something_else_says_what_to_do(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    """By its first bytes, whatever its name."""
    if name.endswith(("xls", "xlsx")):
        pytest.importorskip("fastexcel", reason="workbooks need the extra 'excel'")
    (tmp_path / name).write_bytes(data)
    more = 'encoding = "utf-8"' if said.startswith("leave") else ""
    with pytest.raises(UnreadableSourceError, match=said):
        taken(tmp_path, name, more=more)


def test_a_department_that_had_nothing_to_send_does_not_spoil_the_others(tmp_path: Path) -> None:
    """Its file has a header and no row: look, and go on. Without households nothing goes on."""
    (tmp_path / "a.csv").write_text("户编号,日期\n", "utf-8")
    (tmp_path / "r.csv").write_text(f"户编号,村\nh1,{VILLAGE}\n", "utf-8")
    text = ROSTER + (
        '[[sources]]\nid = "it"\npath = "a.csv"\nrows = "records"\n'
        'constants = {kind = "medical_self_paid"}\n'
        'columns = [{column = "户编号", field = "household_id"}, '
        '{column = "日期", field = "day"}]\n'
    )
    found = read(read_mapping(text), tmp_path)
    assert found.report.exit_code == 1
    assert "文件里没有一行数据" in found.report.explain("zh")
    assert found.tables["records"].height == 0
    (tmp_path / "r.csv").write_text("户编号,村\n", "utf-8")
    assert read(read_mapping(text), tmp_path).report.exit_code == 2
    (tmp_path / "r.csv").write_text(f"户编号,村\nh1,{VILLAGE}\n", "utf-8")
    (tmp_path / "a.csv").write_text("户编号,日期\nh9,20210305\n", "utf-8")
    assert read(read_mapping(text), tmp_path).report.exit_code == 2


def test_headers_that_stand_twice_or_are_called_like_ours_are_told_apart(tmp_path: Path) -> None:
    """In a text, in a table of columns and in a query."""
    (tmp_path / "a.csv").write_text(
        f"_row,_more,户编号,村,人口,人口\n9,9,h1,{VILLAGE},3,4\n", "utf-8"
    )
    assert taken(tmp_path, "a.csv")[1]["size"].to_list() == [3]
    frame = pl.DataFrame({"_row": ["9"], "_more": ["9"], "户编号": ["h1"], "村": [VILLAGE]})
    frame.with_columns(人口=3).write_parquet(tmp_path / "a.parquet")
    assert taken(tmp_path, "a.parquet")[1]["size"].to_list() == [3]
    pytest.importorskip("sqlalchemy", reason="needs the extra 'sql'")
    asked = f"select 9 as _row, 'h1' as 户编号, '{VILLAGE}' as 村, 3 as 人口, 4 as 人口"
    report, homes = taken(tmp_path, "sqlite://", more=f'query = "{asked}"')
    assert homes["size"].to_list() == [3]
    assert report.passed_over == ("_row#2", "人口#2")


def test_a_sheet_of_notes_does_not_keep_the_others_from_being_guessed(tmp_path: Path) -> None:
    """It is told in the mapping that it has no header; a file without any is refused by name."""

    def fill(made: Any) -> None:
        made.active.title = "填表说明"
        made.active.append(["请按要求填写"])
        sheet = made.create_sheet("数据")
        sheet.append([*COLUMNS])
        sheet.append(["h1", VILLAGE, 3])

    book(tmp_path / "a.xlsx", fill)
    text = as_toml(guess([tmp_path / "a.xlsx"]))
    assert 'sheet = "数据"' in text
    assert "第 1 张有内容的工作表没有表头" in text
    assert len(read_mapping(text).sources) == 1
    (tmp_path / "空.csv").write_bytes(b"")
    with pytest.raises(UnreadableSourceError, match=r"空\.csv"):
        guess([tmp_path / "空.csv"])


def test_upright_bars_part_cells_too(tmp_path: Path) -> None:
    """As databases export them."""
    (tmp_path / "a.txt").write_text((HEADER + rows_of(3, 4)).replace(",", "|"), "utf-8")
    assert taken(tmp_path, "a.txt")[0].placed == 2


def book(path: Path, fill: Callable[[Any], None]) -> None:
    """Write a workbook as a program does that works nothing out."""
    pytest.importorskip("fastexcel", reason="workbooks need the extra 'excel'")
    openpyxl = pytest.importorskip("openpyxl", reason="writes what a spreadsheet would not")
    made = openpyxl.Workbook()
    fill(made)
    made.save(path)


def test_the_only_sheet_that_is_seen_is_read_and_of_several_one_must_be_named(
    tmp_path: Path,
) -> None:
    """A hidden sheet of last year is nobody's roster, and no sheet is passed over unsaid."""

    def two(made: Any) -> None:
        made.active.title = "旧"
        made.active.append([*COLUMNS])
        made.active.append(["h9", VILLAGE, 9])
        sheet = made.create_sheet("新")
        sheet.append([*COLUMNS])
        sheet.append(["h1", VILLAGE, 3])

    def hidden(made: Any) -> None:
        two(made)
        made["旧"].sheet_state = "hidden"

    book(tmp_path / "a.xlsx", hidden)
    assert taken(tmp_path, "a.xlsx")[1]["household_id"].to_list() == ["h1"]
    book(tmp_path / "a.xlsx", two)
    with pytest.raises(UnreadableSourceError, match="sheets 1, 2 of the workbook hold"):
        taken(tmp_path, "a.xlsx")
    assert taken(tmp_path, "a.xlsx", more='sheet = "新"')[1]["household_id"].to_list() == ["h1"]


def test_errors_and_formulas_without_values_are_named_and_not_empty(tmp_path: Path) -> None:
    """What a spreadsheet has not worked out, or could not, is no missing cell."""

    def fill(made: Any) -> None:
        sheet = made.active
        sheet.append([*COLUMNS])
        sheet.append(["h1", VILLAGE, "=1+2"])
        sheet.append(["h2", VILLAGE, "#REF!"])
        sheet["C3"].data_type = "e"
        sheet.append(['=CONCATENATE("h","3")', VILLAGE, 4])
        sheet.append(["h4", VILLAGE, 4])

    book(tmp_path / "a.xlsx", fill)
    report, homes = taken(tmp_path, "a.xlsx")
    assert aside(report) == {"no-id-form": [4]}
    assert [(one.column, one.kind, one.rows) for one in report.cells] == [
        ("人口", "no-number", (2, 3))
    ]
    assert homes["size"].to_list() == [None, None, 4]


def test_a_subtotal_below_a_merged_household_is_no_member(tmp_path: Path) -> None:
    """Its id is written over all of its rows, that of the subtotal too."""

    def fill(made: Any) -> None:
        sheet = made.active
        for row in (
            ["户编号", "成员编号", "年龄"],
            ["h1", "m1", 30],
            [None, "m2", 5],
            [None, "本户小计", 2],
            ["h2", "m3", 40],
        ):
            sheet.append(row)
        sheet.merge_cells("A2:A4")

    book(tmp_path / "a.xlsx", fill)
    columns = {"户编号": "household_id", "成员编号": "member_id", "年龄": "age"}
    report, members = taken(tmp_path, "a.xlsx", columns, rows="members")
    assert aside(report) == {"total": [4]}
    assert members["member_id"].to_list() == ["m1", "m2", "m3"]


def test_a_time_of_day_is_no_day(tmp_path: Path) -> None:
    """A spreadsheet keeps it as a day of 1899."""

    def fill(made: Any) -> None:
        made.active.append(["户编号", "日期"])
        made.active.append(["h1", datetime.time(3, 4)])
        made.active.append(["h1", datetime.date(2021, 3, 5)])

    book(tmp_path / "a.xlsx", fill)
    columns = {"户编号": "household_id", "日期": "day"}
    kind = 'constants = {kind = "medical_self_paid"}'
    report, records = taken(tmp_path, "a.xlsx", columns, kind, "records")
    assert records["day"].to_list() == [None, datetime.date(2021, 3, 5)]
    assert [one.kind for one in report.cells] == ["no-day"]


def test_a_workbook_that_names_a_later_form_of_packing_is_read_as_far_as_it_can(
    tmp_path: Path,
) -> None:
    """A version that is not known in its directory is no failure of ours."""
    book(tmp_path / "a.xlsx", lambda made: made.active.append([*COLUMNS]))
    data = bytearray((tmp_path / "a.xlsx").read_bytes())
    entry = data.index(b"PK\x01\x02")  # the first entry of the directory; its version needed
    data[entry + 6 : entry + 8] = (99).to_bytes(2, "little")
    (tmp_path / "a.xlsx").write_bytes(data)
    assert taken(tmp_path, "a.xlsx")[1].is_empty()
