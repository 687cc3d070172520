"""Hand-over lists as workbooks: they leave, are filled in by people, and come back once."""

from __future__ import annotations

import random
import zipfile
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest

from antipoverty.casework import Book, answer_lists, open_cases
from antipoverty.errors import InvalidArgumentError, InvalidFileError
from antipoverty.model import shaanxi_areas
from antipoverty.packs import shaanxi_2531
from antipoverty.screening import RESULTS, Screening, Tables, read_list, screen
from antipoverty.synthetic import generate
from casework_books import alerts, empty

openpyxl = pytest.importorskip("openpyxl", reason="workbooks are read back by openpyxl")
pytest.importorskip("xlsxwriter", reason="workbooks need the extra 'excel'")
pytest.importorskip("fastexcel", reason="workbooks need the extra 'excel'")

DAY = date(2021, 12, 1)
FOUND = date(2021, 12, 6)
TABLES = ("households", "members", "records")
RESULT, BY, ON = "核实结果 result", "经办人编号 by", "核实日期 on"
Fill = Callable[[str, str], tuple[Any, Any, Any] | None]


@pytest.fixture(scope="module")
def screening(tmp_path_factory: pytest.TempPathFactory) -> Screening[Any]:
    """Some hundreds of households, screened by Shaanxi's pack."""
    folder = tmp_path_factory.mktemp("province")
    generate(folder, households=300, seed=7, day=DAY)
    tables = Tables(**{n: pl.read_parquet(folder / n / "*.parquet") for n in TABLES})
    return screen(tables, shaanxi_2531(), as_of=DAY, areas=shaanxi_areas())


@pytest.fixture(scope="module")
def lists(screening: Screening[Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The lists of all departments, as they leave."""
    return screening.write_handovers(tmp_path_factory.mktemp("lists"), form="xlsx")


def fill(path: Path, target: Path, answer: Fill) -> Path:
    """Fill in a list as somebody at a spreadsheet does, and save it elsewhere."""
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        header = [cell.value for cell in sheet[1]]
        if RESULT not in header:
            continue
        at = {name: header.index(name) + 1 for name in header}
        for row in range(2, sheet.max_row + 1):
            household = sheet.cell(row, at["户码 household"]).value
            said = answer(household, sheet.cell(row, at["规则 rule id"]).value)
            for name, value in zip((RESULT, BY, ON), said or (), strict=False):
                sheet.cell(row, at[name], value)
    book.save(target)
    return target


def opened(screening: Screening[Any]) -> Book:
    """A book with the cases of a screening."""
    return open_cases(
        empty(), screening.alerts, as_of=DAY, undecided=screening.undecided(), by="platform"
    )[0]


# --- lists leave ---------------------------------------------------------------------------------


def test_a_list_has_one_sheet_a_county_and_every_line_of_the_department(
    screening: Screening[Any], lists: dict[str, Path]
) -> None:
    """The sheets' lines are the department's answers, each in its county's sheet, all as text."""
    assert len(lists) > 5
    for department, path in lists.items():
        listed = screening.handover(department)
        book = openpyxl.load_workbook(path)
        found = set()
        for sheet in book.worksheets:
            if sheet.sheet_state == "hidden":
                continue
            assert sheet.freeze_panes == "A2"
            assert sheet.auto_filter.ref is not None
            header = [cell.value for cell in sheet[1]]
            assert header[-4:] == [RESULT, BY, ON, "帮扶措施 measure"]
            for row in sheet.iter_rows(min_row=2):
                values = dict(zip(header, row, strict=True))
                household, area = values["户码 household"], values["村组代码 area"]
                assert household.data_type == area.data_type == "s"
                assert sheet.title.endswith(area.value[:6])
                assert not household.value.startswith("\t")
                found.add((household.value, area.value, values["规则 rule id"].value))
        wanted = listed.select("household_id", "area", "rule_id").rows()
        assert found == set(wanted)
        assert len(wanted) == len(set(wanted))


def test_the_answer_is_chosen_from_a_list_and_the_day_is_checked(lists: dict[str, Path]) -> None:
    """Every line offers the three results; the day takes days only."""
    path = max(lists.values(), key=lambda one: one.stat().st_size)
    book = openpyxl.load_workbook(path)
    shown = [one for one in book.worksheets if one.sheet_state == "visible"]
    sheet = max(shown, key=lambda one: one.max_row)
    rules = {rule.type: rule for rule in sheet.data_validations.dataValidation}
    letter = openpyxl.utils.get_column_letter([c.value for c in sheet[1]].index(RESULT) + 1)
    assert str(rules["list"].sqref) == f"{letter}2:{letter}{sheet.max_row}"
    name, _, where = rules["list"].formula1.lstrip("=").partition("!")
    words = [cell.value for (cell,) in book[name.strip("'")][where.replace("$", "")]]
    assert words == [f"{one.zh} {one.en}" for one in RESULTS.values()]
    assert rules["date"].operator in (None, "between")


def test_nothing_in_a_list_runs_or_is_rounded(tmp_path: Path) -> None:
    """Texts that begin like formulas and links, and long codes, stand in cells of text."""
    from antipoverty._base.workbooks import (  # private: workbooks that no door writes
        Sheet,
        SheetColumn,
        read_workbook,
        write_workbook,
    )

    hard = ["=1+1", "+86", "-h3", "@x", "=HYPERLINK(A1)", "http://a.b", "mailto:a@b.c", "00123"]
    hard += ["610702100200010011", "6.1E+17", "TRUE", "1e5", "\tx", "'0", "{=1}", ""]
    sheet = Sheet(
        "a/b: [c]*?", (SheetColumn("=header"), SheetColumn("n")), [(one, 1) for one in hard]
    )
    write_workbook(tmp_path / "a.xlsx", [sheet])
    page = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert page.title == "ab c"
    for cell, text in zip([page["A1"], *page["A"][1:]], ["=header", *hard], strict=True):
        assert (cell.value or "") == text
        assert cell.data_type in ("s", "n" if not text else "s")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as parts:
        xml = "".join(parts.read(one).decode() for one in parts.namelist() if "worksheets" in one)
    assert "<f>" not in xml
    assert "hyperlink" not in xml
    read = read_workbook(tmp_path / "a.xlsx")["ab c"].to_series(0).to_list()
    assert [one or "" for one in read[1:-1]] == hard[:-1]
    write_workbook(tmp_path / "b.xlsx", [sheet])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_sheet_that_is_too_long_or_named_twice_is_refused(tmp_path: Path) -> None:
    """No row is lost in silence, and no sheet overwrites another."""
    from antipoverty._base.workbooks import (  # private: workbooks that no door writes
        Sheet,
        SheetColumn,
        write_workbook,
    )

    class Long(list[Any]):
        def __len__(self) -> int:
            return 1_048_576

    columns = (SheetColumn("a"),)
    with pytest.raises(InvalidArgumentError, match="more than 1,048,575 rows"):
        write_workbook(tmp_path / "a.xlsx", [Sheet("a", columns, Long())])
    with pytest.raises(InvalidArgumentError, match="two sheets"):
        write_workbook(tmp_path / "a.xlsx", [Sheet("a", columns), Sheet("A:", columns)])
    assert not (tmp_path / "a.xlsx").exists()


def test_the_other_form_of_an_earlier_run_does_not_stay(
    screening: Screening[Any], tmp_path: Path
) -> None:
    """One list a department: a CSV of last month does not lie beside the workbook of this."""
    screening.write_handovers(tmp_path)
    written = screening.write_handovers(tmp_path, form="xlsx")
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in written.values()}
    with pytest.raises(InvalidArgumentError):
        screening.write_handovers(tmp_path, form="pdf")  # type: ignore[arg-type]


# --- lists come back -----------------------------------------------------------------------------


def oracle(
    rows: list[tuple[str, str, str, str | None]],
) -> dict[str, str]:
    """Where each household's case must stand, told from the answers by set logic alone.

    Each row: household, rule, verdict of the list, answer. A household with a warning starts
    alerted, else unverified.
    """
    by: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for household, _, verdict, answer in rows:
        by[household].append((verdict, answer))
    found = {}
    for household, all_ in by.items():
        start = "alerted" if any(verdict == "warn" for verdict, _ in all_) else "unverified"
        answers = {answer for _, answer in all_}
        if "confirmed" in answers:
            found[household] = "checked" if start == "alerted" else "alerted"
        elif answers == {"refuted"}:
            found[household] = "no-risk"
        else:
            found[household] = start
    return found


@pytest.mark.parametrize("seed", range(3))
def test_filled_lists_move_the_cases_as_set_logic_says(
    screening: Screening[Any], lists: dict[str, Path], tmp_path: Path, seed: int
) -> None:
    """Risk by one answer is risk; none must be said of every signal; the counts add up.

    The same lists again change nothing, one by one or all together.
    """
    chance = random.Random(seed)
    whole = {
        household: chance.choice([None, "refuted", "confirmed", "mixed", "mixed"])
        for household in screening.alerts["household_id"].unique().sort()
    }
    given: dict[tuple[str, str], str | None] = {}

    def answer(household: str, rule: str) -> tuple[Any, Any, Any] | None:
        said = whole[household]
        if said == "mixed":
            said = chance.choice(["refuted", "refuted", "confirmed", "open", None])
        given[household, rule] = said
        if said is None:
            return None
        text = RESULTS[said]
        word = chance.choice([text.zh, text.en, f"{text.zh} {text.en}", said, f" {text.zh} "])
        day: Any = chance.choice([FOUND, "2021-12-06", "2021/12/6", "2021年12月6日"])
        return word, "keeper-17", day

    filled = [fill(path, tmp_path / path.name, answer) for path in lists.values()]
    lines = [line for path in filled for line in read_list(path)]
    book, events, report = answer_lists(opened(screening), lines)
    rows = [
        (household, rule, verdict, given[household, rule])
        for household, _, rule, verdict in screening.alerts.rows()
    ]
    assert {id_: case.state for id_, case in book.cases.items()} == oracle(rows)
    assert report.lines == len(rows) == len(lines)
    assert report.lines == (
        report.taken + report.again + report.blank + report.open + len(report.refused)
    )
    assert report.blank == sum(answer is None for *_, answer in rows)
    assert len(events) >= report.cases > 20
    assert report.refused == ()
    refused = {one.place for one in report.refused}
    assert len(refused) == len(report.refused)
    again, more, second = answer_lists(book, lines)
    assert more == ()
    assert again is book
    assert (second.taken, second.cases, second.again) == (0, 0, report.taken)
    assert second.refused == report.refused
    for path in filled:
        one, none, _ = answer_lists(book, read_list(path))
        assert none == ()
        assert one is book


def filled_lines(book: Book, *answers: tuple[str, str, str, str, str], as_of: date = DAY) -> Any:
    """Lines as they come back: household, rule, result, by, on."""
    from antipoverty.screening import FilledLine

    lines = [
        FilledLine("a.xlsx", "汉台区 610702", row, home, rule, str(as_of), result or None, by, on)
        for row, (home, rule, result, by, on) in enumerate(answers, 2)
    ]
    return answer_lists(book, lines)


ACCIDENT, MEDICAL = "traffic-accident", "medical-burden-general"


def book_of(*rows: Any, on: date = DAY) -> Book:
    return open_cases(empty(), alerts(*rows), as_of=on)[0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("h9", ACCIDENT, "有风险", "keeper-1", "2021-12-03"), "no case is under 'h9'"),
        (("h1", "no-such", "有风险", "keeper-1", "2021-12-03"), "holds no signal of 'no-such'"),
        (("h1", ACCIDENT, "也许", "keeper-1", "2021-12-03"), "none of the list's words; choose"),
        (("h1", ACCIDENT, "", "keeper-1", "2021-12-03"), "(核实结果) is missing"),
        (("h1", ACCIDENT, "有风险", "", "2021-12-03"), "(经办人编号) is empty"),
        (("h1", ACCIDENT, "有风险", "张三", "2021-12-03"), "(经办人编号) is free text"),
        (("h1", ACCIDENT, "有风险", "18000000017", "2021-12-03"), "looks like a telephone"),
        (("h1", ACCIDENT, "有风险", "keeper-1", ""), "(核实日期) is missing"),
        (("h1", ACCIDENT, "有风险", "keeper-1", "明天"), "(核实日期) is no day"),
        (("h1", ACCIDENT, "有风险", "keeper-1", "2021-11-30"), "lies before the list's"),
        (("h1", ACCIDENT, "有风险", "keeper-1", "2199-11-30"), "lies after"),
    ],
)
def test_each_refusal_says_why(line: Any, said: str) -> None:
    """What is missing, wrong, too early or not enough; never a name or a number."""
    book = book_of(("h1", ACCIDENT), ("h1", MEDICAL))
    same, events, report = filled_lines(book, line)
    assert (same, events) == (book, ())
    (refused,) = report.refused
    assert said in refused.why
    assert refused.place == "a.xlsx, 汉台区 610702, row 2"
    assert "张三" not in refused.why
    assert "18000000017" not in refused.why


def test_all_faults_of_a_line_are_told_at_once() -> None:
    """Nobody sends a list three times for three slips in one line."""
    book = book_of(("h1", ACCIDENT))
    (refused,) = filled_lines(book, ("h1", ACCIDENT, "也许", "张三", "明天"))[2].refused
    assert all(one in refused.why for one in ("核实结果", "经办人编号", "核实日期"))


def test_two_results_for_one_question_are_refused() -> None:
    """Two copies of a list that contradict each other are for people to settle."""
    book = book_of(("h1", ACCIDENT))
    lines = [("h1", ACCIDENT, "有风险", "keeper-1", "2021-12-03")]
    lines += [("h1", ACCIDENT, "无风险", "keeper-2", "2021-12-03")]
    _, events, report = filled_lines(book, *lines)
    assert events == ()
    assert [one.why for one in report.refused] == [
        "'traffic-accident' has two results: confirmed, refuted"
    ] * 2


def test_an_old_list_does_not_answer_a_newer_signal() -> None:
    """What came again after a list was printed is asked anew, and the old answer is refused."""
    book = book_of(("h1", ACCIDENT))
    later = date(2022, 1, 1)
    book, *_ = open_cases(book, alerts(("h1", ACCIDENT)), as_of=later)
    line = ("h1", ACCIDENT, "无风险", "keeper-1", "2021-12-20")
    _, events, report = filled_lines(book, line)
    assert events == ()
    assert "came again on 2022-01-01" in report.refused[0].why
    line = ("h1", ACCIDENT, "无风险", "keeper-1", "2022-01-03")
    book, events, report = filled_lines(book, line, as_of=later)
    assert book.case("h1").state == "no-risk"
    _, _, unknown = filled_lines(book_of(("h1", ACCIDENT)), line, as_of=later)
    assert "open its alerts first" in unknown.refused[0].why


def test_a_relapse_on_the_same_day_is_not_closed_by_the_old_list() -> None:
    """A case closed by a list and opened again that day stands open when the list comes again."""
    book = book_of(("h1", ACCIDENT))
    line = ("h1", ACCIDENT, "无风险", "keeper-1", "2021-12-03")
    book, _, _ = filled_lines(book, line)
    assert book.case("h1").state == "no-risk"
    book, *_ = open_cases(book, alerts(("h1", MEDICAL)), as_of=date(2021, 12, 3))
    assert book.case("h1").state == "alerted"
    same, events, report = filled_lines(book, line)
    assert (same, events, report.again) == (book, (), 1)


def test_what_was_verified_by_a_list_is_not_checked_by_the_same_list() -> None:
    """An open question becomes an alert by a list; the list again is no visit of its own."""
    book = book_of(("h1", ACCIDENT, "undecided"))
    line = ("h1", ACCIDENT, "有风险", "keeper-1", "2021-12-03")
    book, events, _ = filled_lines(book, line)
    assert (book.case("h1").state, len(events)) == ("alerted", 1)
    same, none, report = filled_lines(book, line)
    assert (same, none, report.again) == (book, (), 1)


@pytest.mark.slow
def test_the_answers_are_kept_in_a_database_once(
    screening: Screening[Any], lists: dict[str, Path], tmp_path: Path, capsys: Any
) -> None:
    """Through the command line: screen --lists xlsx, cases open, cases answer, and again."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    pytest.importorskip("sqlalchemy", reason="databases need the extra 'store'")
    import json

    from antipoverty.cli import main

    def no_risk(household: str, rule: str) -> tuple[Any, Any, Any]:
        return "无风险", "keeper-17", FOUND

    alerts_file = tmp_path / "alerts.parquet"
    screening.alerts.write_parquet(alerts_file)
    store = ["--store", f"sqlite:///{tmp_path}/cases.db"]
    assert main(["cases", "open", str(alerts_file), "--as-of", str(DAY), *store]) == 0
    filled = [str(fill(path, tmp_path / path.name, no_risk)) for path in lists.values()]
    every = [word for path in filled for word in ("--from", path)]
    capsys.readouterr()
    assert main(["cases", "answer", "--from", filled[0], *store, "--json"]) in (0, 1)
    first = json.loads(capsys.readouterr().out)
    assert main(["cases", "answer", *every, *store, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["refused"] == []
    assert found["lines"] == found["taken"] + found["again"]
    households = screening.alerts["household_id"].n_unique()
    assert first["cases"] + found["cases"] == households
    assert main(["cases", "answer", *every, *store]) == 0
    assert "退回：0 refused: 0" in capsys.readouterr().out
    assert main(["cases", "list", "--as-of", str(FOUND), *store, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tasks"] == []


def test_a_file_that_is_no_list_is_refused(tmp_path: Path, lists: dict[str, Path]) -> None:
    """Text, a workbook of something else, a list whose columns somebody removed."""
    (tmp_path / "a.xlsx").write_text("no", encoding="utf-8")
    with pytest.raises(InvalidFileError):
        read_list(tmp_path / "a.xlsx")
    other = openpyxl.Workbook()
    other.active["A1"] = "户主姓名"
    other.save(tmp_path / "b.xlsx")
    with pytest.raises(InvalidFileError, match=r"b\.xlsx") as caught:
        read_list(tmp_path / "b.xlsx")
    assert "no sheet of it is a hand-over list" in str(caught.value.problems[0])
    book = openpyxl.load_workbook(next(iter(lists.values())))
    sheet = book.worksheets[0]
    sheet.delete_cols([cell.value for cell in sheet[1]].index(BY) + 1)
    book.save(tmp_path / "c.xlsx")
    with pytest.raises(InvalidFileError) as caught:
        read_list(tmp_path / "c.xlsx")
    assert BY in str(caught.value.problems[0])


def test_a_line_shows_nothing_of_what_was_filled_in() -> None:
    """What people write into a list is in no representation."""
    from antipoverty.screening import FilledLine

    line = FilledLine("a.xlsx", "s", 2, "h1", "r", "2021-12-01", "张三", "18000000017", None)
    assert "张三" not in repr(line)
    assert "18000000017" not in repr(line)
    assert attrs.fields(FilledLine).result.repr is False
