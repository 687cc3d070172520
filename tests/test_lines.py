"""One hand-over line, out and back: the same in screening and register, counted and taken once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from dateutil.relativedelta import relativedelta
from tests.support.casework_books import DAY, ENTRY, alerts, empty, opened

from antipoverty import Tables, screen
from antipoverty.casework import (
    Book,
    acknowledge,
    advance,
    answer_lists,
    events_from_json,
    events_to_json,
    in_times,
    line_figures,
    lines,
    open_cases,
    statistics,
    urge,
    withdraw,
    worklist,
    write_handovers,
)
from antipoverty.errors import IllegalStepError
from antipoverty.model import shaanxi_areas
from antipoverty.packs import shaanxi_2531
from antipoverty.periods import Period
from antipoverty.screening import read_list
from antipoverty.synthetic import DEMO_DAY, Province

ACCIDENT, DISASTER, MEDICAL = "traffic-accident", "disaster", "medical-burden-general"
POLICE = "traffic-police"
MONTH = relativedelta(months=1)


def judged(*households: str) -> pl.DataFrame:
    """The households that a screening judged."""
    return pl.DataFrame({"household_id": [*households]})


def fill(path: Path, target: Path, result: str, by: str, on: date, measure: str = "") -> Path:
    """A CSV list with every line answered, as a spreadsheet saves it."""
    frame = pl.read_csv(path, infer_schema=False)
    frame = frame.with_columns(
        pl.lit(measure).alias("帮扶措施 measure"),
        pl.lit(result).alias("核实结果 result"),
        pl.lit(by).alias("经办人编号 by"),
        pl.lit(on.isoformat()).alias("核实日期 on"),
    )
    frame.write_csv(target, include_bom=True)
    return target


@pytest.fixture(scope="module")
def screening() -> Any:
    """A screening of a small province."""
    made = Province(7, shaanxi_areas(), DEMO_DAY).frames(0, 3_000)
    return screen(Tables(**made), shaanxi_2531(), as_of=DEMO_DAY)


@pytest.mark.slow
def test_what_a_screening_hands_over_is_what_the_register_lists(
    screening: Any, tmp_path: Path
) -> None:
    """The same lines, by id, by department, and as the files say them, byte for byte."""
    book, _, told = open_cases(
        empty(), screening.alerts, as_of=DEMO_DAY, undecided=screening.undecided()
    )
    listed = lines(book, as_of=DEMO_DAY)
    assert len(listed) == told.rows == screening.alerts.height
    assert len({one.id for one in listed}) == len(listed)
    for department in book.pack.departments:
        mine = screening.handover(department)
        theirs = [one for one in listed if one.department == department]
        assert set(mine["line"]) == {one.id for one in theirs}
        assert set(mine.select("household_id", "area", "rule_id").rows()) == {
            (one.household_id, one.area, one.rule) for one in theirs
        }
    out = screening.write_handovers(tmp_path / "screening")
    from_register = write_handovers(book, tmp_path / "register", as_of=DEMO_DAY)
    assert {f"stock/{name}" for name in out} == {*from_register}
    for name, path in out.items():
        assert path.read_bytes() == from_register[f"stock/{name}"].read_bytes()
    month = Period.of(DEMO_DAY, "month")
    (every,) = line_figures(book, period=month, by="all")
    assert every.items == every.different == screening.alerts.height
    assert every.departments == len(out)
    by = line_figures(book, period=month)
    assert sum(one.different for one in by) == every.different
    assert sum(one.different for one in line_figures(book, period=month, by="county")) == len(
        listed
    )


def test_a_line_that_stands_is_the_same_line_and_one_that_ended_is_not() -> None:
    """The delta is new, changed and withdrawn; the rest stands."""
    book, *_ = open_cases(
        empty(), alerts(("h1", ACCIDENT), ("h2", ACCIDENT), ("h3", DISASTER, "undecided")),
        as_of=DAY, judged=judged("h1", "h2", "h3"),
        undecided=pl.DataFrame({"household_id": ["h3"], "rule_id": [DISASTER], "fact": ["size"]}),
    )  # fmt: skip
    first = {one.household_id: one for one in lines(book, as_of=DAY)}
    assert {one.change for one in first.values()} == {"new"}
    on = DAY + MONTH
    book, events, _ = open_cases(
        book, alerts(("h1", ACCIDENT), ("h3", DISASTER, "undecided"), ("h4", ACCIDENT)),
        as_of=on, judged=judged("h1", "h2", "h3", "h4"),
    )  # fmt: skip
    assert [event.kind for event in events].count("ended") == 1
    now = {one.household_id: one for one in lines(book, as_of=on, since=DAY)}
    assert {id_: one.change for id_, one in now.items()} == {
        "h1": "standing", "h2": "withdrawn", "h3": "changed", "h4": "new",
    }  # fmt: skip
    assert now["h1"].id == first["h1"].id
    assert now["h1"].days == (DAY, on)
    assert worklist(book, as_of=on, department=POLICE)[0].id == "h1"
    assert [one.id for one in worklist(book, as_of=on, department=POLICE)] == ["h1", "h4"]
    later = on + MONTH
    book, *_ = open_cases(book, alerts(("h2", ACCIDENT)), as_of=later)
    (again,) = [one for one in lines(book, as_of=later) if one.household_id == "h2"]
    assert again.id != first["h2"].id
    then = {one.household_id: (one.id, one.state, one.days) for one in lines(book, as_of=DAY)}
    assert then == {id_: (one.id, one.state, one.days) for id_, one in first.items()}


@pytest.mark.parametrize("rule", [ACCIDENT, MEDICAL])
@pytest.mark.parametrize("said", [True, False])
def test_a_signal_of_february_that_was_taken_leaves_septembers_to_take(
    rule: str, said: bool
) -> None:
    """The same rule or another, whether or not the files between said that it had ended."""
    book = opened("h1", on=date(2022, 2, 1))
    book, _ = acknowledge(book, ["h1"], department=POLICE, on=date(2022, 2, 2), by="police-1")
    assert worklist(book, department=POLICE, as_of=date(2022, 2, 3))[0].acknowledged
    for step, by, finding in ENTRY:
        on = date(2022, 2, 2) if step == "home_check" else date(2022, 2, 20)
        on = date(2022, 2, 28) if step in ("township_review", "county_decision") else on
        book, _ = advance(book, "h1", step, by=by, on=on, finding=finding)
    if said:
        book, *_ = open_cases(book, alerts(), as_of=date(2022, 5, 1), judged=judged("h1"))
    assert worklist(book, department=POLICE, as_of=date(2022, 6, 1)) == ()
    september = date(2022, 9, 1)
    book, *_ = open_cases(book, alerts(("h1", rule)), as_of=september)
    whose = book.pack.rules[rule].department
    (task,) = worklist(book, department=whose, as_of=september)
    assert not task.acknowledged
    assert book.case("h1").departments == (whose,)
    with pytest.raises(IllegalStepError, match="2022-09-01"):
        acknowledge(book, ["h1"], department=whose, on=date(2022, 2, 5), by="police-1")
    if rule != ACCIDENT:
        with pytest.raises(IllegalStepError, match="no open line"):
            acknowledge(book, ["h1"], department=POLICE, on=september, by="police-1")


def test_what_was_not_seen_is_not_taken() -> None:
    """A graver signal after the list was taken is a line of its own."""
    book, *_ = open_cases(empty(), alerts(("h1", ACCIDENT, "undecided")), as_of=DAY)
    book, _ = acknowledge(book, ["h1"], department=POLICE, on=DAY, by="police-1")
    next_day = DAY + timedelta(days=1)
    book, *_ = open_cases(book, alerts(("h1", ACCIDENT)), as_of=next_day)
    (line,) = book.case("h1").open_lines
    assert (line.kind, line.out, line.taken) == ("alert", next_day, None)
    same, events = acknowledge(book, ["h1"], department=POLICE, on=next_day, by="police-1")
    assert [event.kind for event in events] == ["acknowledged"]
    assert acknowledge(same, ["h1"], department=POLICE, on=next_day, by="police-1") == (same, ())


def test_answers_come_back_as_csv_and_a_file_twice_counts_once(tmp_path: Path) -> None:
    """Confirmed, refuted, helped, not ours: with whom and when, whatever the case does."""
    book, *_ = open_cases(
        empty(),
        alerts(("h1", ACCIDENT), ("h1", MEDICAL), ("h2", ACCIDENT), ("h3", DISASTER)),
        as_of=DEMO_DAY,
    )
    out = write_handovers(book, tmp_path, as_of=DEMO_DAY)
    on = DEMO_DAY + timedelta(days=2)
    police = fill(out[f"stock/{POLICE}"], tmp_path / "a.csv", "不属本部门", "police-1", on)
    book, _, told = answer_lists(book, read_list(police))
    assert (told.taken, told.cases, told.refused) == (2, 0, ())
    same, events, told = answer_lists(book, [*read_list(police), *read_list(police)])
    assert (same, events, told.again) == (book, (), 4)
    medical = fill(out["stock/medical-insurance"], tmp_path / "b.csv", "无风险", "keeper-1", on)
    book, _, told = answer_lists(book, read_list(medical))
    assert (told.taken, told.cases, book.case("h1").state) == (1, 1, "no-risk")
    for measure, why in (("", "disaster-relief, housing-repair"), ("training", "not aimed at")):
        unsaid = fill(
            out["stock/emergency"], tmp_path / "c.csv", "已帮扶", "department-2", on, measure
        )
        same, events, told = answer_lists(book, read_list(unsaid))
        assert (same, events, told.taken) == (book, (), 0)
        assert why in told.refused[0].why
    helped = fill(
        out["stock/emergency"], tmp_path / "c.csv", "已帮扶", "department-2", on, "disaster-relief"
    )
    book, _, told = answer_lists(book, read_list(helped))
    assert (told.taken, told.cases, book.case("h3").state) == (1, 0, "alerted")
    (measure_,) = book.case("h3").helped
    assert (measure_.id, measure_.risk, measure_.by, measure_.on) == (
        "disaster-relief", "natural_disaster", "department-2", on,
    )  # fmt: skip
    assert answer_lists(book, read_list(helped))[1] == ()
    (line,) = book.case("h3").lines
    assert (line.answer, line.by, line.answered) == ("helped", "department-2", on)
    assert {one.answer for one in lines(book, as_of=on, every=True)} == {
        "not-ours", "refuted", "helped",
    }  # fmt: skip
    assert lines(book, as_of=on) == ()
    (figures,) = line_figures(book, period=Period.of(DEMO_DAY, "month"), by="all")
    assert (figures.different, figures.answered, figures.departments) == (4, 4, 3)


def test_a_refutation_of_each_line_closes_the_case_one_list_after_the_other() -> None:
    """Nobody must wait until the lists of all departments lie together."""
    book, *_ = open_cases(empty(), alerts(("h1", ACCIDENT), ("h1", MEDICAL)), as_of=DAY)
    first, second = lines(book, as_of=DAY)
    from antipoverty.screening import FilledLine

    def said(one: Any, on: date) -> FilledLine:
        return FilledLine("a.csv", "csv", 2, "h1", one.rule, str(DAY), "无风险", "keeper-1",
                          str(on), one.id)  # fmt: skip

    book, _, told = answer_lists(book, [said(first, DAY)])
    assert (told.taken, told.cases, book.case("h1").state) == (1, 0, "alerted")
    book, _, told = answer_lists(book, [said(second, DAY + timedelta(days=1))])
    assert (told.taken, told.cases, book.case("h1").state) == (1, 1, "no-risk")
    other = said(first, DAY)
    wrong = FilledLine(*[*_values(other)[:-1], "xxxxxxxxxxxxx"])
    assert "no line of that id" in answer_lists(book, [wrong])[2].refused[0].why


def _values(line: Any) -> tuple[Any, ...]:
    return tuple(getattr(line, name) for name in (
        "file", "sheet", "row", "household_id", "rule_id", "as_of", "result", "by", "on", "line"
    ))  # fmt: skip


def test_a_late_answer_is_late_and_counts() -> None:
    """It was overdue while it waited, is answered after, and is told as late for ever."""
    book = opened("h1")
    (line,) = lines(book, as_of=DAY)
    assert line.due is not None
    month = Period.of(DAY, "month")
    after = line.due + timedelta(days=3)
    (waiting,) = line_figures(book, period=month, as_of=after, by="all")
    assert (waiting.answered, waiting.overdue, waiting.late) == (0, 1, 0)
    from antipoverty.screening import FilledLine

    filled = FilledLine("a.csv", "csv", 2, "h1", ACCIDENT, str(DAY), "属实", "keeper-1", str(after),
                        line.id)  # fmt: skip
    assert answer_lists(book, [filled])[2].refused
    filled = FilledLine("a.csv", "csv", 2, "h1", ACCIDENT, str(DAY), "有风险", "keeper-1",
                        str(after), line.id)  # fmt: skip
    book, _, told = answer_lists(book, [filled])
    assert told.taken == 1
    (done,) = line_figures(book, period=month, as_of=after, by="all")
    assert (done.answered, done.overdue, done.late) == (1, 0, 1)
    (then,) = line_figures(book, period=month, as_of=line.due + timedelta(days=1), by="all")
    assert (then.answered, then.overdue) == (0, 1)


def test_lines_are_settled_by_the_step_that_looked_and_come_back_with_it() -> None:
    """A home check answers; taken back, the line waits again; the events say the same."""
    book = opened("h1")
    events = list(open_cases(empty(), alerts(("h1", ACCIDENT)), as_of=DAY)[1])
    checked, more = advance(
        book, "h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True}
    )
    events += more
    assert [one.answer for one in checked.case("h1").lines] == ["confirmed"]
    back, more = withdraw(checked, "h1", by="keeper-1", on=DAY, why="mistake-1")
    events += more
    assert back.case("h1").lines == book.case("h1").lines
    assert empty().apply(events_from_json(events_to_json(events))) == back


def test_items_of_a_year_are_counted_as_items_and_as_different_ones() -> None:
    """A line that stands on four monthly lists is four items and one different one."""
    book, on = empty(), DAY
    for _ in range(4):
        book, *_ = open_cases(book, alerts(("h1", ACCIDENT), ("h2", MEDICAL)), as_of=on)
        on += MONTH
    year = Period.of(DAY, "year")
    (every,) = line_figures(book, period=year, by="all", as_of=year.last)
    assert (every.items, every.different, every.departments) == (8, 2, 2)
    told = statistics(line_figures(book, period=year, by="county", as_of=year.last), year)
    assert {(one.indicator, one.kind) for one in told} == {
        ("lines-answered", "distinct"), ("lines-overdue", "distinct"),
    }  # fmt: skip
    assert isinstance(urge(book, as_of=on)[0], Book)
    assert in_times(book, period=year)[0].cases == 1


@pytest.mark.slow
def test_lists_go_out_and_come_back_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Opened, handed over, taken, answered from files, counted; the same files change nothing."""
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("typer")
    import json

    from antipoverty.cli import main

    monkeypatch.chdir(tmp_path)
    alerts(("h1", ACCIDENT), ("h2", ACCIDENT), ("h3", DISASTER)).write_parquet("alerts.parquet")
    judged("h1", "h2", "h3").write_parquet("judged.parquet")

    def said(*command: str, code: int = 0) -> Any:
        assert main(["cases", *command, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    day = ["--as-of", str(DEMO_DAY)]
    told = said("open", "alerts.parquet", *day, "--judged", "judged.parquet")
    assert (told["rows"], told["new"], told["departments"][POLICE]["rows"]) == (3, 3, 2)
    again = said("open", "alerts.parquet", *day, "--judged", "judged.parquet")
    assert (again["events"], again["again"]) == (0, 3)
    files = said("lists", "out", *day)
    assert {*files} == {f"stock/{POLICE}", "stock/emergency"}
    police = str(fill(tmp_path / files[f"stock/{POLICE}"], tmp_path / "back.csv", "无风险",
                      "keeper-1", DEMO_DAY + timedelta(days=1)))  # fmt: skip
    on = ["--by", "police-1", "--on", str(DEMO_DAY)]
    assert said("acknowledge", "--from", police, *on) == {"acknowledged": 2}
    assert said("acknowledge", "--from", police, *on) == {"acknowledged": 0}
    found = said("answer", "--from", police)
    assert (found["taken"], found["again"], found["cases"], found["refused"]) == (2, 0, 2, [])
    found = said("answer", "--from", police)
    assert (found["taken"], found["again"], found["cases"], found["refused"]) == (0, 2, 0, [])
    month = str(Period.of(DEMO_DAY, "month"))
    (every,) = said("lines", "--period", month, "--by", "all")
    assert (every["items"], every["different"], every["taken"], every["answered"]) == (3, 3, 2, 2)
    figures = ["--by", "county", "--statistics", "figures.csv"]
    said("lines", "--period", month, *figures)
    assert "lines-answered,2,3,distinct" in Path("figures.csv").read_text(encoding="utf-8")
    alerts(("h3", DISASTER)).head(0).write_parquet("none.parquet")
    later = DEMO_DAY + timedelta(days=31)
    said("open", "none.parquet", "--as-of", str(later), "--judged", "judged.parquet")
    (after,) = said("lines", "--period", month, "--by", "all", "--as-of", str(later))
    assert (after["answered"], after["withdrawn"], after["overdue"]) == (2, 1, 0)
    (then,) = said("lines", "--period", month, "--by", "all")
    assert (then["answered"], then["withdrawn"]) == (2, 0)
