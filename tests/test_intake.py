"""Intake: files as departments send them, every row placed or listed, nothing personal kept."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty import Tables, screen, shaanxi_areas
from antipoverty._intake.persons import one_spelling  # no door opens on single numbers
from antipoverty.cli import main
from antipoverty.codes import check_resident_id
from antipoverty.errors import (
    InvalidArgumentError,
    InvalidCodeError,
    InvalidMappingError,
    MergedCellsError,
    UnconfirmedGuessError,
    UnreadableSourceError,
)
from antipoverty.intake import KINDS, Gazetteer, Intake, as_toml, guess, read, read_mapping
from antipoverty.model import AreaTree
from antipoverty.packs import shaanxi_2531

AREAS = shaanxi_areas()
VILLAGE = "610702100200"
KEY = b"a key of sixteen bytes or more"
HEADS = 'rows = "households"\nheader = [1]\n'


def source(rows: str, columns: dict[str, str], more: str = "", path: str = "a.csv") -> str:
    """A source of a mapping: each column with the words of its entry."""
    parts = [f'[[sources]]\nid = "{path}"\npath = "{path}"\nrows = "{rows}"\n{more}\n']
    parts += [
        f'[[sources.columns]]\ncolumn = "{name}"\n{words}\n' for name, words in columns.items()
    ]
    return "\n".join(parts)


BASE = {"户编号": 'field = "household_id"', "村": 'field = "area"'}


def taken(folder: Path, text: str, mapping: str, **more: Any) -> Intake:
    """Read one file under one mapping."""
    (folder / "a.csv").write_text(text, encoding="utf-8")
    return read(read_mapping(mapping), folder, **more)


def one_column(folder: Path, field: str, cells: list[str], words: str = "") -> tuple[Any, Any]:
    """Read one column of households; give its facts and what the report says of its cells."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(["户编号", "村", "值"])
    writer.writerows([f"h{number}", VILLAGE, cell] for number, cell in enumerate(cells))
    mapping = source("households", {**BASE, "值": f'field = "{field}"\n{words}'})
    found = taken(folder, target.getvalue(), mapping)
    (report,) = found.report
    assert report.adds_up
    return found.tables["households"][field].to_list(), {c.kind: c.count for c in report.cells}


@pytest.mark.parametrize(
    ("unit", "cell", "fen"),
    [
        ("元", "17400.50", 1_740_050),
        ("元", "17,400", 1_740_000),
        ("元", "１７４００", 1_740_000),
        ("元", "-3.5", -350),
        ("元", "0.005", None),
        ("元", "17400.500", 1_740_050),
        ("万元", "1.74", 1_740_000),
        ("万元", "1.234567", 1_234_567),
        ("万元", "1.2345678", None),
        ("分", "1740050", 1_740_050),
        ("分", "1740050.5", None),
        ("角", "5.1", 51),
        ("元", "1.7E+4", None),
        ("元", "约17400", None),
        ("元", "nan", None),
        ("元", "12个", None),
    ],
)
def test_an_amount_is_exact_in_its_columns_unit(
    tmp_path: Path, unit: str, cell: str, fen: int | None
) -> None:
    """Digits are moved, none is rounded; what is not exact fen is not known, and counted."""
    facts, faults = one_column(tmp_path, "net_income_12m", [cell], f'unit = "{unit}"')
    assert facts == [fen]
    assert faults == ({} if fen is not None else {"no-number": 1})


@given(st.integers(-(10**10), 10**10))
def test_every_amount_comes_back(fen: int) -> None:
    """Yuan written with two decimals are the same fen."""
    import tempfile

    sign, rest = ("-" if fen < 0 else ""), abs(fen)
    with tempfile.TemporaryDirectory() as folder:
        cell = f"{sign}{rest // 100}.{rest % 100:02d}"
        facts, _ = one_column(Path(folder), "net_income_12m", [cell], 'unit = "元"')
    assert facts == [fen]


@pytest.mark.parametrize(
    ("form", "cell", "day"),
    [
        ("any", "2021-03-05", date(2021, 3, 5)),
        ("any", "2021/3/5", date(2021, 3, 5)),
        ("any", "2021.3.5", date(2021, 3, 5)),
        ("any", "20210305", date(2021, 3, 5)),
        ("any", "2021年3月5日", date(2021, 3, 5)),
        ("any", "2021/3/5 14:05", date(2021, 3, 5)),
        ("any", "2021-03-05T00:00:00", date(2021, 3, 5)),
        ("any", "2021-02-29", None),
        ("any", "2020-02-29", date(2020, 2, 29)),
        ("any", "44260", None),
        ("any", "5/3/2021", None),
        ("excel", "44260", date(2021, 3, 5)),
        ("excel", "44260.0", date(2021, 3, 5)),
        ("month", "2021年3月", date(2021, 3, 1)),
        ("month", "202103", date(2021, 3, 1)),
        ("month", "2021-13", None),
    ],
)
def test_a_day_is_read_in_the_forms_the_column_allows(
    tmp_path: Path, form: str, cell: str, day: date | None
) -> None:
    """A serial number is a day only where the mapping says so."""
    facts, faults = one_column(tmp_path, "monitored_since", [cell], f'format = "{form}"')
    assert facts == [day]
    assert bool(faults) == (day is None)


def test_words_of_yes_and_no_and_of_choices(tmp_path: Path) -> None:
    """Chinese titles of the model's words are read; an unknown word is counted, never guessed."""
    cells = ["是", "否", "TRUE", "0", "", "—", "可能"]
    facts, faults = one_column(tmp_path, "monitored", cells)
    assert facts == [True, False, True, False, None, None, None]
    assert faults == {"neither-yes-nor-no": 1}
    facts, faults = one_column(
        tmp_path,
        "category",
        ["脱贫不稳定户", "marginal", "突发户", "别的"],
        'words = {"突发户" = "sudden"}',
    )
    assert facts == ["unstable", "marginal", "sudden", None]
    assert faults == {"unknown-word": 1}


def test_titles_totals_blanks_and_footers_hold_nobody(tmp_path: Path) -> None:
    """Each is named with its row, and all rows add up."""
    text = (
        "铺镇农户花名册,,\n户编号,村,人口\nh1,610702100200,3\n,,\n小计,,3\n合 计,,3\n"
        "填表人：某某,,\n,610702100200,2\n"
    )
    mapping = source("households", {**BASE, "人口": 'field = "size"'}, "header = [2]")
    (report,) = taken(tmp_path, text, mapping).report
    assert dict(report.aside) == {
        "header": (2,),
        "title": (1,),
        "blank": (4,),
        "total": (5, 6),
        "footer": (7,),
        "no-id": (8,),
    }
    assert (report.rows, report.placed, report.damaged) == (8, 1, 1)
    assert report.adds_up


def test_a_header_of_two_rows_names_its_columns_by_both(tmp_path: Path) -> None:
    """The cell above a group of columns is merged: it names all it stands over."""
    text = "基本情况,,收入\n户编号,村,纯收入\nh1,610702100200,5\n"
    columns = {
        "基本情况/户编号": 'field = "household_id"',
        "基本情况/村": 'field = "area"',
        "收入/纯收入": 'field = "net_income_12m"\nunit = "元"',
    }
    found = taken(tmp_path, text, source("households", columns, "header = [1, 2]"))
    assert found.tables["households"]["net_income_12m"].to_list() == [500]


def test_merged_ids_are_filled_down_only_where_the_mapping_says_so(tmp_path: Path) -> None:
    """A row without an id is somebody's: nothing is read until the mapping says whose."""
    text = "户编号,村\nh1,610702100200\n"
    people = "户编号,年龄\nh1,40\n,11\n,70\n"
    (tmp_path / "b.csv").write_text(people, encoding="utf-8")
    ages = {"年龄": 'field = "age"'}
    heads = source("households", BASE)
    plain = {"户编号": 'field = "household_id"', **ages}
    merged = {"户编号": 'field = "household_id"\nfillDown = true', **ages}
    with pytest.raises(MergedCellsError, match=r"rows 3, 4.*fillDown"):
        taken(tmp_path, text, heads + source("members", plain, path="b.csv"))
    listed = {"户编号": 'field = "household_id"\nfillDown = false', **ages}
    found = taken(tmp_path, text, heads + source("members", listed, path="b.csv"))
    assert found.report.sources[1].aside["no-id"] == (3, 4)
    assert found.deliveries["b.csv"].lost == 2
    found = taken(tmp_path, text, heads + source("members", merged, path="b.csv"))
    assert found.tables["members"]["household_id"].to_list() == ["h1"] * 3
    assert found.tables["members"]["member_id"].n_unique() == 3


def test_an_income_per_head_is_multiplied_by_the_size(tmp_path: Path) -> None:
    """Without a size it is not known, and counted."""
    columns = {
        **BASE,
        "人口": 'field = "size"',
        "人均": 'field = "net_income_12m"\nunit = "元"\nper = "person"',
    }
    text = "户编号,村,人口,人均\nh1,610702100200,3,5800.5\nh2,610702100200,,5800.5\n"
    found = taken(tmp_path, text, source("households", columns))
    assert found.tables["households"]["net_income_12m"].to_list() == [1_740_150, None]
    assert [c.kind for c in found.report.sources[0].cells] == ["no-size"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_text_in_the_usual_encodings(tmp_path: Path, encoding: str, mark: str) -> None:
    """As Excel, WPS and databases write it."""
    text = "户编号,村,人口\r\nh1,610702100200,3\r\n".replace(",", mark)
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    found = read(read_mapping(source("households", {**BASE, "人口": 'field = "size"'})), tmp_path)
    assert found.tables["households"].select("household_id", "area", "size").rows() == [
        ("h1", VILLAGE, 3)
    ]


def village_rows(names: list[str], folder: Path) -> Intake:
    """Households in villages that are named in words."""
    lines = "\n".join(f"h{number},汉台区,铺镇,{name}" for number, name in enumerate(names))
    mapping = source(
        "households",
        {"户编号": 'field = "household_id"'},
        'areaNames = ["县", "镇", "村"]',
    )
    return taken(folder, f"户编号,县,镇,村\n{lines}\n", mapping, areas=AREAS)


@pytest.mark.slow
def test_a_village_is_found_by_its_name_with_any_usual_ending(tmp_path: Path) -> None:
    """What is not found is listed; nothing is chosen."""
    area = AREAS[VILLAGE]
    bare = area.name.removesuffix("村民委员会").removesuffix("村委会").removesuffix("村")
    found = village_rows([area.name, bare, bare + "村委会", "不存在村"], tmp_path)
    assert found.tables["households"]["area"].to_list() == [VILLAGE] * 3
    assert found.report.sources[0].aside["area-not-found"] == (5,)


def test_an_ambiguous_name_lists_its_candidates() -> None:
    """Every name that two villages of a county share is ambiguous until its town is given."""
    gazetteer = Gazetteer(AREAS)
    seen: dict[tuple[str, str], list[str]] = {}
    for area in AREAS.descendants(level="village"):
        seen.setdefault((area.code[:6], area.name), []).append(str(area.code))
    doubled = {key: codes for key, codes in seen.items() if len(codes) > 1}
    assert len(doubled) > 100
    for (county, name), codes in doubled.items():
        place = gazetteer.find([AREAS[county].name, name])
        assert place.fault == "area-ambiguous"
        assert set(codes) <= set(place.candidates)


def number(serial: int) -> str:
    """An invented resident number that checks."""
    for last in "0123456789X":
        text = f"610702198001{serial:05d}"[:17] + last
        try:
            return check_resident_id(text)
        except InvalidCodeError:
            continue
    raise AssertionError


def test_a_record_is_tied_to_a_household_by_resident_number(tmp_path: Path) -> None:
    """In any spelling; a lost, unknown or doubled number is listed and never guessed."""
    one, two, three, both = (number(serial) for serial in (10012, 11013, 12014, 13015))
    (tmp_path / "b.csv").write_text(
        f"户编号,号码\nh1,{one}\nh1,{two}\nh2,{both}\nh1,{both}\n", encoding="utf-8"
    )
    spellings = [one.lower(), f"'{two}", f" {one} ", "6.10702E+17", three, both, "", one[:-1] + "Q"]
    lines = "".join(f"{text},2021-05-01\n" for text in spellings)
    (tmp_path / "c.csv").write_text(f"号码,日期\n{lines}", encoding="utf-8")
    mapping = (
        source("households", BASE)
        + source(
            "members",
            {"户编号": 'field = "household_id"', "号码": 'field = "resident_id"'},
            path="b.csv",
        )
        + source(
            "records",
            {"日期": 'field = "day"'},
            'person = "号码"\nconstants = {kind = "traffic_accident"}',
            path="c.csv",
        )
    )
    text = f"户编号,村\nh1,{VILLAGE}\nh2,{VILLAGE}\n"
    found = taken(tmp_path, text, mapping, key=KEY)
    records = found.report.sources[2]
    assert records.adds_up
    assert records.placed == 3
    assert {kind: len(rows) for kind, rows in records.aside.items()} == {
        "header": 1,
        "number-lost": 1,
        "person-not-found": 1,
        "person-in-two-households": 1,
        "number-missing": 1,
        "number-invalid": 1,
    }
    assert found.tables["records"]["household_id"].to_list() == ["h1"] * 3
    shown = json.dumps(found.report.as_json()) + found.report.explain("zh") + repr(found)
    kept = b"".join(found.tables[name].write_csv().encode() for name in found.tables).decode()
    for secret in (one, two, three, both):
        assert secret not in shown + kept
    with pytest.raises(InvalidArgumentError, match="give the key"):
        taken(tmp_path, text, mapping)
    with pytest.raises(InvalidArgumentError, match="16 bytes"):
        taken(tmp_path, text, mapping, key=b"short")


def test_columns_that_repeat_for_each_member_become_rows(tmp_path: Path) -> None:
    """A member whose cells are all empty is none."""
    mapping = (
        source("households", BASE)
        + '[[sources.wide]]\ntable = "members"\ncount = 2\n'
        + '[[sources.wide.columns]]\ncolumn = "成员{n}年龄"\nfield = "age"\n'
    )
    text = f"户编号,村,成员1年龄,成员2年龄\nh1,{VILLAGE},40,11\nh2,{VILLAGE},70,\n"
    found = taken(tmp_path, text, mapping)
    members = found.tables["members"].sort("household_id", "age")
    assert members.select("household_id", "age").rows() == [("h1", 11), ("h1", 40), ("h2", 70)]
    assert all(one.adds_up for one in found.report)


def test_a_mapping_tells_all_its_problems_at_once() -> None:
    """With what was meant."""
    text = source("householdz", {"甲": 'field = "size"'}) + source(
        "households", {"乙": 'field = "sise"', "丙": 'field = "net_income_12m"'}, path="b"
    )
    with pytest.raises(InvalidMappingError) as caught:
        read_mapping(text)
    said = str(caught.value)
    assert "householdz" in said
    assert "size" in said
    assert "say its unit" in said
    assert len(caught.value.problems) == 5
    for broken in (
        "sources = 3",
        "[[sources]]\nid = 1",
        "= =",
        "[[sources]]\nid='a'\npath='b'\nx=1",
    ):
        with pytest.raises(InvalidMappingError):
            read_mapping(broken)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    """A file, a column."""
    with pytest.raises(UnreadableSourceError, match="no file"):
        read(read_mapping(source("households", BASE)), tmp_path)
    with pytest.raises(UnreadableSourceError, match="no column '村'"):
        taken(tmp_path, "户编号,人口\nh1,3\n", source("households", BASE))


@given(
    st.integers(110_000, 659_999),
    st.dates(date(1900, 1, 1), date(2021, 12, 31)),
    st.integers(0, 999),
    st.sampled_from("0123456789X"),
    st.integers(0, 40),
)
def test_a_number_is_read_as_the_code_of_the_library_checks_it(
    place: int, born: date, order: int, last: str, day: int
) -> None:
    """Vectorised or one by one: the same numbers pass, days of birth that never were do not."""
    text = f"{place}{born:%Y%m}{day:02d}{order:03d}{last}"
    try:
        wanted: str | None = check_resident_id(text)
    except InvalidCodeError:
        wanted = None
    assert one_spelling(text)[0] == wanted


def test_a_village_that_was_renamed_is_found_by_its_old_name() -> None:
    """Its code is its successor's; one that was split is ambiguous."""
    tree = AreaTree.from_csv(
        [
            "level,code,name,parent,since,until,successors",
            "county,610702,甲县,,,,",
            "township,610702100,乙镇,610702,,,",
            "village,610702100200,老村,610702100,,2020-01-01,610702100201",
            "village,610702100201,新村,610702100,2020-01-01,,",
            "village,610702100202,分村,610702100,,2020-01-01,610702100201 610702100203",
            "village,610702100203,三村,610702100,2020-01-01,,",
        ]
    )
    gazetteer = Gazetteer(tree)
    assert gazetteer.find(["甲县", "乙镇", "老村委会"]).code == "610702100201"
    assert gazetteer.find(["甲县", "分村"]).candidates == ("610702100201", "610702100203")


@pytest.mark.slow
@given(
    st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=6), max_size=4), max_size=8)
)
def test_whatever_stands_in_a_file_its_rows_add_up(rows: list[list[str]]) -> None:
    """Each row is placed or listed under a kind that both languages name."""
    import tempfile

    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(["户编号", "村", "人口"])
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        mapping = source("households", {**BASE, "人口": 'field = "size"'})
        try:
            found = taken(Path(folder), target.getvalue(), mapping)
        except UnreadableSourceError:
            return
    (report,) = found.report
    assert report.adds_up
    assert set(report.aside) | {one.kind for one in report.cells} <= set(KINDS)
    assert found.report.explain("zh")
    assert found.report.explain("en")


def workbook(path: Path) -> None:
    """What a county exports: a title, merged ids, names of villages, income per head."""
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="workbooks need the extra 'excel'")
    village = AREAS[VILLAGE].name
    book = xlsxwriter.Workbook(str(path))
    homes = book.add_worksheet("农户")
    rows: list[list[Any]] = [
        ["铺镇农户花名册（2021年）"],
        [
            "户编号",
            "县区",
            "乡镇",
            "行政村",
            "家庭人口数",
            "人均纯收入（元）",
            "是否脱贫户",
            "住房等级",
        ],
        ["h1", "汉台区", "铺镇", village, 3, 5800.5, "是", "C级危房"],
        ["h2", "汉台区", "铺镇", village, 2, 9000, "否", "A级"],
        ["h3", "汉台区", "铺镇", "不存在村", 2, 12000, "否", "B级"],
        ["合计", "", "", "", 7],
    ]
    people = book.add_worksheet("成员")
    members: list[list[Any]] = [
        ["户编号", "姓名", "身份证号", "是否在校", "是否参保", "年龄"],
        ["h1", "张甲", number(10012), "否", "是", 41],
        ["", "李乙", number(11013), "否", "否", 11],
        ["", "王丙", number(12014), "否", "是", 71],
        ["h2", "赵丁", number(13015), "否", "是", 36],
        ["", "钱戊", number(14016), "否", "是", 35],
    ]
    for sheet, lines in ((homes, rows), (people, members)):
        for at, line in enumerate(lines):
            sheet.write_row(at, 0, line)
    book.close()


@pytest.mark.slow
def test_an_afternoon_without_a_line_of_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the export to alerts: guess, refuse the unconfirmed, confirm, check, run, screen."""
    pytest.importorskip("fastexcel", reason="workbooks need the extra 'excel'")
    monkeypatch.chdir(tmp_path)
    workbook(Path("导出.xlsx"))
    Path("事故.csv").write_text("户编号,日期\nh2,2021/5/1\n", encoding="gb18030")
    assert main(["intake", "guess", "导出.xlsx", "事故.csv", "--out", "intake.toml"]) == 0
    assert main(["intake", "run", "intake.toml", "--out", "tables"]) == 2
    assert "unconfirmed-guess" in capsys.readouterr().err
    mapping = Path("intake.toml")
    text = mapping.read_text(encoding="utf-8").replace("  guessed = true\n", "")
    mapping.write_text(
        text.replace(
            'rows = "records"', 'rows = "records"\nconstants = {kind = "traffic_accident"}'
        ),
        encoding="utf-8",
    )
    assert main(["intake", "check", "intake.toml", "--json"]) == 1
    sources = json.loads(capsys.readouterr().out)["sources"]
    assert [(one["rows"], one["placed"]) for one in sources] == [(6, 2), (6, 5), (2, 1)]
    assert sources[0]["aside"]["area-not-found"] == {"count": 1, "rows": [5]}
    assert not Path("tables").exists()
    assert main(["intake", "run", "intake.toml", "--out", "tables"]) == 1
    out = capsys.readouterr().out
    for name in ("张甲", "李乙", number(10012)):
        assert name not in out
    tables = Tables.read("tables")
    found = screen(tables, shaanxi_2531(), as_of=date(2021, 12, 1), areas=AREAS).alerts.collect()
    alerts = set(found.filter(pl.col("verdict") == "warn").select("household_id", "rule_id").rows())
    assert {("h1", "dangerous-house"), ("h2", "traffic-accident")} <= alerts
    assert "name" not in tables["members"].collect_schema()


def test_a_guess_says_why_and_is_not_used_unseen(tmp_path: Path) -> None:
    """The file carries it as a comment."""
    (tmp_path / "a.csv").write_text(f"户编号,村代码,别的\nh1,{VILLAGE},x\n", encoding="utf-8")
    text = as_toml(guess([tmp_path / "a.csv"]))
    assert "# 没有对应的指标" in text
    mapping = read_mapping(text)
    assert len(mapping.guesses) == 2
    with pytest.raises(UnconfirmedGuessError, match="户编号"):
        read(mapping, tmp_path)
    assert read(mapping, tmp_path, accept_guesses=True).report.exit_code == 0
    shutil.rmtree(tmp_path)


@pytest.mark.slow
def test_a_workbook_too_large_to_hold_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """Before it is unpacked: a sheet is held whole, and a small file may hold a large one."""
    pytest.importorskip("fastexcel", reason="workbooks need the extra 'excel'")
    packed = zipfile.ZIP_DEFLATED
    with (
        zipfile.ZipFile(tmp_path / "大.xlsx", "w", packed, compresslevel=1) as book,
        book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet,
    ):
        for _ in range(1025):
            sheet.write(b" " * 2**20)
    mapping = read_mapping(
        '[[sources]]\nid = "a"\npath = "大.xlsx"\n'
        'columns = [{column = "户编号", field = "household_id"}]'
    )
    with pytest.raises(UnreadableSourceError, match=r"at most 1 GiB .* save the sheet as CSV"):
        read(mapping, tmp_path)
