"""The collection form: made from a pack, filled in by people, read back without a mapping."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from antipoverty.conditions import fields_read, household
from antipoverty.errors import InvalidMappingError
from antipoverty.intake import (
    Entry,
    as_markdown,
    data_dictionary,
    read,
    template_mapping,
    write_template,
)
from antipoverty.model import Kind, schema_of
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, Rule, Source, Text
from antipoverty.screening import Tables, screen
from antipoverty.synthetic import generate

openpyxl = pytest.importorskip("openpyxl", reason="workbooks are read back by openpyxl")
pytest.importorskip("xlsxwriter", reason="workbooks need the extra 'excel'")
pytest.importorskip("fastexcel", reason="workbooks need the extra 'excel'")

DAY = date(2021, 12, 1)
PAGE = Path(__file__).parent.parent / "docs/reference/data-dictionary.md"
PACK = shaanxi_2531()
SHEETS = {"households": "农户", "members": "成员", "records": "部门数据"}


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection form of Shaanxi's pack."""
    path = tmp_path_factory.mktemp("form") / "采集表.xlsx"
    write_template(PACK, path)
    return path


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """A few hundred synthetic households."""
    folder = tmp_path_factory.mktemp("province")
    generate(folder, households=200, seed=11, day=DAY)
    return {name: pl.read_parquet(folder / name / "*.parquet") for name in SHEETS}


def asked(pack: Pack) -> dict[str, list[Entry]]:
    """The columns of the form, told from the rules themselves."""
    read_by_rules = {path for rule in pack.rules.values() for path in fields_read(rule.when)}
    found: dict[str, list[Entry]] = {}
    for one in data_dictionary(pack):
        wanted = one.field.path in read_by_rules or one.key or one.field.path == "size"
        if wanted and not one.own_id and not one.field.about.personal:
            found.setdefault(one.table, []).append(one)
    return found


def written(entry: Entry, value: Any) -> Any:
    """A fact as somebody types it into the form."""
    if value is None:
        return None
    if entry.field.name == "kind":
        return PACK.kinds[value].title.zh
    if entry.field.about.choices:
        return entry.field.about.choices[value][0]
    if entry.field.kind is Kind.FLAG:
        return "是" if value else "否"
    return value / 100 if entry.money else value


def fill(form: Path, target: Path, tables: dict[str, pl.DataFrame], pack: Pack = PACK) -> Path:
    """Fill a form in, column by column as its headers say."""
    book = openpyxl.load_workbook(form)
    for table, entries in asked(pack).items():
        sheet = book[SHEETS.get(table, table)]
        header = [cell.value for cell in sheet[1]]
        assert header == [entry.title for entry in entries]
        rows: Iterable[dict[str, Any]] = tables[table].iter_rows(named=True)
        for number, row in enumerate(rows, 2):
            for at, entry in enumerate(entries, 1):
                sheet.cell(number, at, written(entry, row[entry.field.name]))
    book.save(target)
    return target


def test_the_form_asks_for_what_the_rules_read_and_nothing_personal(form: Path) -> None:
    """A sheet for each table, ids and area, the size, every fact a rule reads, no name."""
    book = openpyxl.load_workbook(form)
    for table, entries in asked(PACK).items():
        header = [cell.value for cell in book[SHEETS[table]][1]]
        assert header == [entry.title for entry in entries]
        assert book[SHEETS[table]].freeze_panes == "A2"
        assert header[0] == "户码"
    titles = {cell.value for sheet in book.worksheets for cell in sheet[1]}
    assert not titles & {"户主姓名", "联系电话", "姓名", "公民身份号码"}
    notes = {row[1].value for row in book["填写说明"].iter_rows(min_row=2)}
    assert {"户码（必填）", "户籍人口(人)"} <= notes


def test_words_are_chosen_and_numbers_and_days_are_checked(form: Path) -> None:
    """Each column has the check of its fact: its list, its bounds in yuan, its days."""
    book = openpyxl.load_workbook(form)
    for table, entries in asked(PACK).items():
        sheet = book[SHEETS[table]]
        rules = {
            str(rule.sqref).split(":")[0].rstrip("0123456789"): rule
            for rule in sheet.data_validations.dataValidation
        }
        for at, entry in enumerate(entries, 1):
            rule = rules[openpyxl.utils.get_column_letter(at)]
            assert rule.prompt.startswith(entry.field.about.zh)
            if entry.words:
                name, _, where = rule.formula1.lstrip("=").partition("!")
                cells = book[name.strip("'")][where.replace("$", "")]
                words = [cell.value for (cell,) in cells]
                assert words == [said.zh for said in entry.words.values()]
                assert rule.type == "list"
            elif entry.field.kind is Kind.NUMBER:
                scale = 100 if entry.money else 1
                about = entry.field.about
                assert rule.type == ("decimal" if entry.money else "whole")
                assert float(rule.formula1) * scale == about.low
                assert float(rule.formula2) * scale == about.high
            elif entry.field.kind is Kind.DATE:
                assert rule.type == "date"
            assert sheet.cell(1, at).comment is not None


def test_a_filled_form_gives_the_tables_and_the_alerts_it_was_filled_from(
    form: Path, province: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """Words, yuan and days typed by hand come back as the facts they stand for."""
    filled = fill(form, tmp_path / "采集表.xlsx", province)
    intake = read(template_mapping(filled), tmp_path)
    assert intake.report.exit_code == 0
    assert all(one.adds_up for one in intake.report)
    for table, entries in asked(PACK).items():
        names = [entry.field.name for entry in entries]
        assert intake.tables[table].select(names).equals(province[table].select(names))
    before = screen(Tables(**province), PACK, as_of=DAY)
    after = screen(intake.tables, PACK, as_of=DAY)
    assert after.alerts.equals(before.alerts)
    assert after.alerts.height > 20


def test_a_sheet_nobody_filled_in_is_not_delivered(
    form: Path, province: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """An empty sheet is no proof that there is nothing: its table is not there."""
    empty = {"members": province["members"].clear(), "records": province["records"].clear()}
    filled = fill(form, tmp_path / "a.xlsx", province | empty)
    assert set(read(template_mapping(filled), tmp_path).tables) == {"households"}


def test_a_header_that_is_none_is_named_with_the_near_one(form: Path, tmp_path: Path) -> None:
    """A column somebody renamed is not guessed: the form says which, all at once."""
    book = openpyxl.load_workbook(form)
    sheet = book["农户"]
    sheet.append(["h1"])
    sheet["C1"], sheet["D1"] = "户籍人囗(人)", "人均纯收入(元)"
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InvalidMappingError) as caught:
        template_mapping(tmp_path / "a.xlsx")
    said = [str(one) for one in caught.value.problems]
    assert len(said) == 2
    assert "did you mean '户籍人口(人)'" in said[0]
    other = openpyxl.Workbook()
    other.active.append(["户编号", "户籍人口"])
    other.active.append(["h1", 3])
    other.save(tmp_path / "b.xlsx")
    with pytest.raises(InvalidMappingError, match="no collection form"):
        template_mapping(tmp_path / "b.xlsx")


def test_the_form_of_a_county_has_its_own_columns_and_tables(tmp_path: Path) -> None:
    """A pack that extends the model asks for the facts and the table it added."""
    import sys

    example = Path(__file__).parent.parent / "examples" / "plugin-county"
    sys.path.insert(0, str(example))
    try:
        from mian_county import pack
    finally:
        sys.path.remove(str(example))
    county = pack()
    write_template(county, tmp_path / "form.xlsx")
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    zh = {table.name or "households": table.zh for table in schema_of(county.model)}
    for table, entries in asked(county).items():
        if table not in ("members", "records"):
            assert [cell.value for cell in book[zh[table]][1]] == [one.title for one in entries]
    assert any(one.field.name == "orchard" for one in asked(county)["households"])


@pytest.mark.slow
def test_the_command_line_makes_the_form_and_takes_it_back(
    province: dict[str, pl.DataFrame], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """template, filled in, intake check, intake run, screen: no mapping and no code."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli import main

    form = tmp_path / "采集表.xlsx"
    assert main(["template", "--pack", "shaanxi-2531", "--out", str(form), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tables"] == list(SHEETS)
    filled = str(fill(form, tmp_path / "填好.xlsx", province))
    assert main(["intake", "check", filled]) == 0
    assert main(["intake", "run", filled, "--out", str(tmp_path / "tables")]) == 0
    ask = ["--pack", "shaanxi-2531", "--as-of", str(DAY), "--json"]
    capsys.readouterr()
    assert main(["screen", str(tmp_path / "tables"), *ask]) == 0
    total = json.loads(capsys.readouterr().out)["total"]
    expected = screen(Tables(**province), PACK, as_of=DAY).summary().row(0, named=True)
    assert total == expected
    assert main(["template", "--pack", "shaanxi-2531", "--out", str(tmp_path / "a.csv")]) == 2


# --- the data dictionary ---------------------------------------------------------------------


def test_the_page_of_the_data_dictionary_is_whole() -> None:
    """The page is what the model and the pack say now; make it anew by `antipoverty template`."""
    assert PAGE.read_text(encoding="utf-8") == as_markdown(PACK)


def test_every_column_and_every_reader_stands_in_the_dictionary() -> None:
    """Each field of each table once, in both languages, with exactly the rules that read it."""
    entries = {(one.table, one.field.name): one for one in data_dictionary(PACK)}
    schema = PACK.schema
    for table in (schema.household, *schema.tables.values()):
        for name, field in table.fields.items():
            entry = entries.pop((table.name or "households", name))
            assert entry.field == field
            path = f"{table.name}.{name}" if table.name else name
            assert set(entry.rules) == {
                rule.id for rule in PACK.rules.values() if path in fields_read(rule.when)
            }
            assert entry.type.zh
            assert entry.type.en
    assert set(entries) == {("members", "household_id"), ("records", "household_id")}
    page = as_markdown(PACK)
    assert all(kind.title.zh in page and f"`{kind.id}`" in page for kind in PACK.kinds.values())


def test_a_rule_more_changes_the_dictionary() -> None:
    """The check of the page can fail: another rule that reads a column stands in its line."""
    rule = Rule(
        id="land",
        title=Text("耕地少", "little land"),
        department="d",
        when=household.working_land < 1,
        source=Source("an example"),
        since=DAY,
    )
    more = Pack("p", Text("示例", "p"), rules=[rule], departments={"d": Text("部门", "office")})
    line = next(one for one in as_markdown(more).splitlines() if one.startswith("| `working_land`"))
    assert "`land`" in line
