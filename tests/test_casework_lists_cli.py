"""``antipoverty cases coverage`` and ``clusters``: full coverage, and the bottom line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
pytest.importorskip("sqlalchemy", reason="databases need the extra 'store'")

from antipoverty.casework import Casebook
from antipoverty.cli import main
from antipoverty.scoring import read_statistics
from casework_books import alerts, empty

Run = Callable[..., int]
HOMES = """household_id,area,away
h0,61070210020001,no
h1,61070210020001,yes
h2,61070210020001,
h3,61070210020002,否
h4,61070210020101,是
"""
VISITS = """household_id,keeper_id,on,how
h0,k1,2022-02-01,home
h1,k1,2022/2/28,phone
h2,k1,2022-03-01,home
h3,k2,2022-02-10,phone
h4,k3,2022-02-10,phone
guest,k1,2022-02-02,home
"""
KEEPERS = """keeper_id,grid
k1,61070210020001
k2,61070210020002
k9,61070210020099
k8,
"""
FILES = ["homes.csv", "visits.csv", "keepers.csv"]
COVERAGE = ["cases", "coverage", *FILES, "--period", "2022-02"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in a folder with files of a village and a database of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTIPOVERTY_STORE", "sqlite:///cases.db")
    for name, content in zip(FILES, (HOMES, VISITS, KEEPERS), strict=True):
        Path(name).write_text(content, encoding="utf-8")
    return lambda *words: main(list(words))


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """The one JSON document that was printed."""
    return json.loads(capsys.readouterr().out)


# --- coverage --------------------------------------------------------------------------------


def test_coverage_names_who_is_left_out(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """With its denominator; a phone call counts for who is away, and March is another period."""
    assert run(*COVERAGE, "--level", "group", "--json") == 1
    found = told(capsys)
    assert (found["reached"], found["households"], found["visited_but_in_no_file"]) == (3, 5, 1)
    assert found["keepers_without_households"] == ["k8", "k9"]
    assert found["households_without_keeper"] == ["h4"]
    first, second, third = found["areas"]
    assert (first["visited"], first["phoned"], first["missed"]) == (1, 1, ["h2"])
    assert (first["share"], first["per_keeper"]) == ("2/3", "3")
    assert second["missed"] == ["h3"]  # at home, so that a call does not reach it
    assert (third["keepers"], third["per_keeper"]) == (0, None)
    assert run(*COVERAGE, "--json") == 1
    assert [one["households"] for one in told(capsys)["areas"]] == [4, 1]


def test_a_county_without_a_case_is_not_silent(run: Run) -> None:
    """Who vouches for a city says of its counties without a figure that there was nothing."""
    measure = [*COVERAGE, "--level", "county", "--covering", "6107"]
    assert run(*measure) == 2
    assert run(*measure, "--statistics", "figures.csv") == 1
    found = read_statistics(Path("figures.csv").read_text(encoding="utf-8").splitlines())
    assert len(found) == 11
    assert run("cases", "reindex") == 0
    assert [one.unit for one in found if not one.nothing] == ["610702"]
    progress = ["problems", "progress", "--period", "2022-W06", "--level", "county"]
    assert run(*progress, "--statistics", "zero.csv", "--covering", "6107") == 0
    found = read_statistics(Path("zero.csv").read_text(encoding="utf-8").splitlines())
    assert len(found) == 22
    assert all(one.nothing for one in found)


def test_figures_are_handed_on_to_notices(run: Run) -> None:
    """Coverage of a week and problems to zero, each with its denominator, as notify reads them."""
    assert run(*COVERAGE, "--level", "county", "--statistics", "figures.csv") == 1
    (one,) = read_statistics(Path("figures.csv").read_text(encoding="utf-8").splitlines())
    assert (one.unit, one.indicator) == ("610702", "coverage")
    assert (one.numerator, one.denominator, str(one.period)) == (3, 5, "2022-02")
    add = ["--area", "610702", "--origin", "audit", "--by", "county-1", "--on", "2022-02-01"]
    assert run("problems", "add", "p1", *add) == 0
    progress = ["problems", "progress", "--period", "2022-W06", "--level", "county"]
    assert run(*progress, "--statistics", "zero.csv") == 0
    found = read_statistics(Path("zero.csv").read_text(encoding="utf-8").splitlines())
    assert [(one.indicator, one.numerator, one.denominator) for one in found] == [
        ("zeroed", 0, 1),
        ("overdue", found[1].numerator, 1),
    ]
    assert {str(one.period) for one in found} == {"2022-W06"}


def test_coverage_is_a_table_for_people(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """In two languages, the worst first, and it says how many areas it does not show."""
    assert run(*COVERAGE, "--level", "group", "--limit", "1") == 1
    out = capsys.readouterr().out
    assert "reached: 3 / 5 households (60.0 %)" in out
    assert "列出：1 / 3 shown: 1 / 3" in out
    assert "61070210020001" in out
    assert "61070210020101" not in out
    assert "h2" not in out  # who it is stands in --out and --json


def test_nearly_all_is_never_called_all(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """2,999 of 3,000 are 99.9 %, not 100.0 %."""
    ids = [f"h{number}" for number in range(3000)]
    households = pl.DataFrame({"household_id": ids}).with_columns(
        pl.lit("61070210020001").alias("area"), pl.lit(value=False).alias("away")
    )
    households.write_parquet("homes.parquet")
    visits = households.head(2999).select(
        "household_id",
        pl.lit("k1").alias("keeper_id"),
        pl.lit(date(2022, 2, 1)).alias("on"),
        pl.lit("home").alias("how"),
    )
    visits.write_parquet("visits.parquet")
    files = ["homes.parquet", "visits.parquet", "keepers.csv", "--period", "2022-02"]
    assert run("cases", "coverage", *files) == 1
    assert "2,999 / 3,000 households (99.9 %)" in capsys.readouterr().out


def test_full_coverage_is_an_answer_of_yes(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Everybody reached and kept: exit code 0; a household without a keeper: 1."""
    Path("homes.csv").write_text(HOMES.split("h1")[0], encoding="gb18030")
    assert run(*COVERAGE) == 0
    Path("keepers.csv").write_text("keeper_id,grid\nk2,61070210020002\n", encoding="utf-8")
    assert run(*COVERAGE) == 1
    assert "(100.0 %)" in capsys.readouterr().out


def test_who_is_left_out_is_written_for_the_desks(run: Run) -> None:
    """A row for each household not reached, and one for each without a keeper."""
    assert run(*COVERAGE, "--out", "left-out.csv") == 1
    rows = [line.split(",") for line in Path("left-out.csv").read_text("utf-8-sig").splitlines()]
    assert [(household, lacks) for _, household, lacks in rows[1:]] == [
        ("h2", "未走访 not reached"),
        ("h3", "未走访 not reached"),
        ("h4", "无网格员 no keeper"),
    ]


NAME, PHONE = "王小明", "13987654321"


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        (
            "homes.csv",
            f"household_id,area,away\nh1,61070210020001,{NAME}\n{NAME},61070210020001,no\n"
            "h3,6.107E+13,no\nh4,610702,no\nh5,61070210020001,no\nh5,61070210020001,no\n",
            [f"household row {number}:" for number in (1, 2, 3, 4, 6)],
        ),
        (
            "visits.csv",
            f"household_id,keeper_id,on,how\nh1,k1,{PHONE},home\nh1,k1,2022-02-30,home\n"
            f"h1,k1,2022-02-03,{NAME}\nh1,k1,2/3/2022,home\nh1,k1,,home\n",
            [f"visit row {number}:" for number in (1, 2, 3, 4, 5)],
        ),
        (
            "keepers.csv",
            f"keeper_id,grid\n{NAME},61070210020001\n{PHONE},61070210020001\nk1,{PHONE}\n,61070210020003\n",
            [f"keeper row {number}:" for number in (1, 2, 3, 4)],
        ),
        (
            "keepers.csv",
            "keeper_id,grid\nk1,61070210020001\nk2,61070210020001\n",
            ["grid 61070210020001 is held by k1, k2"],
        ),
        ("keepers.csv", "keeper,grid\nk1,61070210020001\n", ["lacks keeper_id"]),
        ("homes.csv", "household_id,area,away\nh1,61070210020001\n", ["line 2: it has 2 values"]),
    ],
)
def test_what_is_wrong_with_a_file_is_told_at_once(
    file: str, content: str, said: list[str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every row by its number, exit code 2, nothing personal repeated."""
    Path(file).write_text(content, encoding="utf-8")
    assert run(*COVERAGE) == 2
    error = capsys.readouterr().err
    for words in said:
        assert words in error
    assert NAME not in error
    assert PHONE not in error
    assert "Traceback" not in error


# --- clusters --------------------------------------------------------------------------------

COUNTIES = {"610702": 4000, "610703": 4000, "610722": 4000}
CLUSTERS = ["cases", "clusters", "households.csv", "--period", "2022-02"]


@pytest.fixture
def register(run: Run) -> Run:
    """A register kept since September 2021: three cases a county and month, then thirty in one."""
    lines = [f"{area},{count}" for area, count in COUNTIES.items()]
    Path("households.csv").write_text("\n".join(["area,households", *lines]), encoding="utf-8")
    months = [date(2021, 9, 15), *(date(2021, month, 1) for month in (10, 11, 12))]
    months += [date(2022, 1, 1), date(2022, 2, 28)]
    with Casebook.open("sqlite:///cases.db", empty()) as book:
        for on in months:
            for county in COUNTIES:
                usual = 30 if (on.month, county) == (2, "610703") else 3
                households = [(f"{county}-{on:%m}-{n}", "traffic-accident") for n in range(usual)]
                book.open_cases(alerts(*households, area=f"{county}100200"), as_of=on)
    return run


def test_a_county_out_of_line_is_named(register: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Against its past and its neighbours; the month in which the register began is no past."""
    assert register(*CLUSTERS, "--json") == 1
    found = told(capsys)
    assert {(one["area"], one["against"]) for one in found["clusters"]} == {
        ("610703", "history"),
        ("610703", "neighbours"),
    }
    assert found["history"] == ["2021-10", "2021-11", "2021-12", "2022-01"]
    assert (found["false_alarm"], found["threshold"]) == ("1/100", "1/600")
    history = next(one for one in found["clusters"] if one["against"] == "history")
    assert (history["new"], history["before"], history["expected"]) == (30, 12, "3")
    assert "Poisson" in found["statistic"]
    assert register(*CLUSTERS) == 1
    out = capsys.readouterr().out
    for words in ("610703", "邻近 neighbours", "1/600", "at most 1/100", "2021-10 - 2022-01 (4)"):
        assert words in out
    assert "610702 " not in out


def test_a_quiet_month_is_an_answer_of_yes(
    register: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0, and the statistic is named all the same."""
    assert register("cases", "clusters", "households.csv", "--period", "2022-01") == 0
    assert "at most 1/100" in capsys.readouterr().out


def test_without_a_past_neighbours_are_compared(
    register: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said aloud; asked for none, or none kept."""
    assert register(*CLUSTERS, "--past", "0") == 1
    assert "compared with neighbours only" in capsys.readouterr().out
    assert register("cases", "clusters", "households.csv", "--period", "2021-09", "--json") == 0
    assert told(capsys)["history"] == []


def test_the_chance_of_a_false_alarm_is_chosen(
    register: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a fraction or a decimal, exactly; so small a one that nothing is an alarm."""
    assert register(*CLUSTERS, "--false-alarm", "0.05", "--json") == 1
    assert told(capsys)["false_alarm"] == "1/20"
    assert register(*CLUSTERS, "--false-alarm", f"1/{10**40}", "--json") == 0
    assert told(capsys)["clusters"] == []


def test_a_second_time_does_not_erase_the_first(
    register: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """A case of October on which something new comes in February counts in both months."""
    household = "610703-10-0"
    with Casebook.open("sqlite:///cases.db", empty()) as book:
        given = {"by": "keeper-1", "on": date(2021, 10, 5), "finding": {"visited": True}}
        book.advance(household, "home_check", outcome="no-risk", **given)
        again = alerts((household, "disaster"), area="610703100200")
        book.open_cases(again, as_of=date(2022, 2, 20))
        assert book.case(household).times("new") == 2
    assert register(*CLUSTERS, "--json") == 1
    history = next(one for one in told(capsys)["clusters"] if one["against"] == "history")
    assert (history["new"], history["before"]) == (31, 12)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("area,households\n6107,5\n610702,many\n六,5\n", ["row 1:", "row 2:", "row 3:"]),
        ("area,households\n610703,1\n610722,1\n", ["area 610702 has cases and no households"]),
        ("county\n610702\n", ["lacks area"]),
    ],
)
def test_households_that_cannot_be_counted_are_told(
    content: str, words: list[str], register: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every row at once; exit code 2."""
    Path("households.csv").write_text(content, encoding="utf-8")
    assert register(*CLUSTERS) == 2
    error = capsys.readouterr().err
    for one in words:
        assert one in error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*CLUSTERS, "--false-alarm", "often"], "1/100"),
        ([*CLUSTERS, "--false-alarm", "1/0"], "1/100"),
        ([*CLUSTERS, "--false-alarm", "2"], "between 0 and 1"),
        ([*CLUSTERS, "--level", "countie"], "countie"),
        (["cases", "clusters", "households.csv", "--period", "2022-13"], "invalid-period"),
        (["cases", "coverage", *FILES, "--period", "Februar"], "invalid-period"),
        (["cases", "coverage", "none.csv", *FILES[1:], "--period", "2022-02"], "none.csv"),
    ],
)
def test_what_a_tired_official_types(
    words: list[str], said: str, register: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line that says what is wrong, exit code 2, no traceback."""
    assert register(*words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_a_row_a_household_is_counted_too(
    register: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file of households that everybody has needs no other column than `area`."""
    rows = [f"{area}100200" for area in COUNTIES for _ in range(5)]
    pl.DataFrame({"area": rows}).write_parquet("households.parquet")
    words = ["cases", "clusters", "households.parquet", "--period", "2022-02", "--json"]
    assert register(*words) == 1
    assert told(capsys)["areas"] == 3


# --- showing a case --------------------------------------------------------------------------


def test_a_case_is_shown_as_a_keeper_sees_it_unless_told_otherwise(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """What to do, without a signal, a risk, a category or a measure."""
    with Casebook.open("sqlite:///cases.db", empty()) as book:
        book.open_cases(alerts(("h1", "medical-burden-general")), as_of=date(2022, 2, 1))
    assert run("cases", "show", "h1", "--json") == 0
    assert set(told(capsys)) == {"id", "area", "state", "due", "facts", "steps"}
    assert run("cases", "show", "h1", "--role", "county", "--json") == 0
    assert "signals" in told(capsys)
