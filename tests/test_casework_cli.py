"""``antipoverty cases`` and ``problems`` as a county uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
pytest.importorskip("sqlalchemy", reason="databases need the extra 'store'")

from antipoverty.cli import main
from casework_books import VILLAGE, alerts

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in a folder with alerts and a database of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTIPOVERTY_STORE", "sqlite:///cases.db")
    found = alerts(("h1", "traffic-accident"), ("h2", "income-under-line", "undecided"))
    found.write_parquet("alerts.parquet")
    found.write_csv("alerts.csv")
    pl.DataFrame(
        {"household_id": ["h2"], "rule_id": ["income-under-line"], "fact": ["net_income_12m"]}
    ).write_csv("undecided.csv")
    return lambda *words: main(list(words))


@pytest.mark.slow
def test_a_day_at_the_county(tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Deliver, list, step, help, show, urge, measure, seal."""
    deliver = ["cases", "open", "alerts.parquet", "--as-of", "2022-02-01"]
    assert run(*deliver, "--undecided", "undecided.csv") == 0
    assert run("cases", "open", "alerts.csv", "--as-of", "2022-02-01") == 0
    out = capsys.readouterr().out
    assert "events: 2" in out
    assert "events: 0" in out
    assert run("cases", "list", "--as-of", "2022-02-20") == 0
    out = capsys.readouterr().out
    assert "示例" in out
    assert "net income of 12 months" in out
    assert run("cases", "list", "--as-of", "2022-02-20", "--late", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["illustrative"]
    assert {row["id"] for row in listed["tasks"]} == {"h1", "h2"}
    step = ["cases", "step", "h1", "home_check", "--by", "keeper-1", "--on", "2022-02-03"]
    assert run(*step, "--finding", "visited=yes", "--finding", "rooms=3") == 0
    aid = ["cases", "help", "h1", "legal-aid", "--risk", "accident", "--by", "town-1"]
    assert run(*aid, "--on", "2022-02-04") == 0
    capsys.readouterr()
    assert run("cases", "show", "h1", "--role", "county", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["finding"] == {"rooms": 3, "visited": True}
    assert document["measures_to_match"] == {"accident": ["temporary-relief"]}
    assert run("cases", "show", "h1", "--role", "public") == 0
    assert "h1" not in capsys.readouterr().out
    assert run("cases", "urge", "--as-of", "2022-03-01") == 0
    assert run("cases", "in-times", "--period", "2022-02", "--level", "county", "--json") == 0
    out = capsys.readouterr().out
    assert json.loads(out[out.index("[") :])[0]["days"] == 2
    assert run("cases", "in-times", "--period", "2022-02") == 0
    figures = tmp_path / "figures.csv"
    measure = ["cases", "in-times", "--period", "2022-02", "--statistics", str(figures)]
    assert run(*measure) == 2
    assert "measure with a level" in capsys.readouterr().err
    assert run(*measure, "--level", "county") == 0
    how = tmp_path / "how.toml"
    how.write_text(
        'choose = "threshold"\ncommended = ">= 90"\ncriticised = "< 60"\n'
        + "".join(
            f'[[indicators]]\nid = "days-to-{what}"\ntitle = "days"\nunit = "day"\n'
            'direction = "lower"\nbest = 0\nworst = 30\n'
            for what in ("detect", "intervene", "help")
        ),
        encoding="utf-8",
    )
    command = ["--period", "2022-02", "--issuer", "61", "--level", "county"]
    notified = ["notify", str(figures), "--policy", str(how), *command]
    capsys.readouterr()
    assert main([*notified, "--issued-on", "2022-03-01", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert "610702" in [one["unit"] for one in document["notices"]]
    assert run("cases", "seal") == 0


@pytest.mark.slow
def test_a_report_and_a_problem(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown household, and a problem brought to zero."""
    report = ["cases", "report", "--area", VILLAGE, "--token", "d-9", "--on", "2022-02-01"]
    assert run(*report) == 2
    assert "consent" in capsys.readouterr().err
    assert run(*report, "--consent", "--risk", "illness") == 0
    assert "unfiled-d-9" in capsys.readouterr().out
    given = ["--by", "county-1", "--on", "2022-02-01"]
    add = ["problems", "add", "p1", "--area", "610702", "--origin", "audit", *given]
    assert run(*add, "--condition", "not water_safe") == 0
    assert run("problems", "step", "p1", "assign", *given, "--finding", "department=water") == 0
    listing = ["problems", "list", "--as-of", "2022-04-01"]
    assert run(*listing) == 0
    assert "p1" in capsys.readouterr().out
    assert run(*listing, "--department", "water", "--late", "--json") == 0
    out = capsys.readouterr().out
    assert "repair" in json.loads(out)["tasks"][0]["steps"]
    assert run(*listing, "--department", "housing", "--json") == 0
    assert json.loads(capsys.readouterr().out)["tasks"] == []
    assert run("problems", "progress", "--period", "2022-03", "--json") == 0
    out = capsys.readouterr().out
    (row,) = json.loads(out[out.index("[") :])
    like = {"like": 0, "like_open": 0}
    assert row == {"key": "water", "listed": 1, "zeroed": 0, "overdue": 1, **like}
    assert run("problems", "progress", "--period", "2022-03", "--level", "city") == 0


HEAD = "household_id,area,rule_id,verdict"
LINES = [f"h1,{VILLAGE},traffic-accident,warn", f"h2,{VILLAGE},disaster,warn"]


@pytest.mark.parametrize(
    "content",
    [
        "\n".join([HEAD, *LINES]).encode(),
        ("\ufeff" + "\r\n".join([HEAD, *LINES]) + "\r\n\r\n,,,\r\n").encode(),
        "\n".join([HEAD + ",备注", *(line + ",已电话核实" for line in LINES)]).encode("gbk"),
        "\n".join([HEAD, *LINES]).replace(VILLAGE, f'"=""{VILLAGE}"""').encode(),
        "\n".join([HEAD, *(line.replace(",", " , ") for line in LINES)]).encode(),
    ],
    ids=["plain", "bom, crlf, blank lines", "gbk", "codes as formulas", "blanks"],
)
def test_a_file_from_excel_is_read(
    content: bytes, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Whatever its encoding, line ends and empty lines."""
    (tmp_path / "excel.csv").write_bytes(content)
    assert run("cases", "open", "excel.csv", "--as-of", "2022-02-01", "--json") == 0
    assert json.loads(capsys.readouterr().out)["events"] == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (f"{HEAD}\nh1,{VILLAGE},disaster".encode(), "line 2: it has 3 values"),
        (f"{HEAD}\nh1,{VILLAGE},disaster,warn,x".encode(), "line 2: it has 5 values"),
        (f"{HEAD}\nh1,6.10702E+11,disaster,warn".encode(), "row 1: area: a spreadsheet"),
        (f"{HEAD}\nh1,{VILLAGE},disast".encode(), "line 2"),
        (f"{HEAD}\n=1+1,{VILLAGE},disaster,warn".encode(), "row 1: the household's id"),
        (f"{HEAD}\nh1,{VILLAGE},,warn".encode(), "row 1: the rule is missing"),
        (f"{HEAD}\nh1,{VILLAGE},disaster,".encode(), "row 1: the verdict is missing"),
        (f"{HEAD},area\n".encode(), "the header has 'area' twice"),
        (HEAD.replace(",", ";").encode(), "not parted by"),
        (f"{HEAD}\nh1,{VILLAGE},disaster,warn\nh1,610703100200,disaster,warn".encode(), "row 2"),
        (b"\xff\xfe\x00", "excel.csv"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_line_by_line(
    content: bytes, words: str, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Half a file, a column too many, codes that Excel spoilt; and nothing is taken."""
    assert run("cases", "reindex") == 0
    (tmp_path / "excel.csv").write_bytes(content)
    assert run("cases", "open", "excel.csv", "--as-of", "2022-02-01") == 2
    error = capsys.readouterr().err
    assert words in error or "UTF-8" in error
    assert "Traceback" not in error
    assert "secret" not in error
    assert run("cases", "list", "--as-of", "2022-02-01", "--json") == 0
    assert json.loads(capsys.readouterr().out)["tasks"] == []


@pytest.mark.slow
def test_a_case_is_taken_back_joined_split_and_moved(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer is one JSON document; a seal that was kept is checked."""
    monkeypatch.setenv("ANTIPOVERTY_CALENDAR", "china")
    assert run("cases", "open", "alerts.csv", "--as-of", "2022-02-01") == 0
    assert run("cases", "seal", "--out", "heads.txt") == 0
    given = ["--by", "keeper-1", "--on", "2022-02-03", "--json"]
    town = ["--by", "township-1", "--on", "2022-02-03", "--json"]
    police = ["--department", "traffic-police", "--by", "police-1", "--on", "2022-02-03", "--json"]
    commands: list[tuple[list[str], dict[str, object]]] = [
        (["acknowledge", "h1", *police], {"acknowledged": 1}),
        (["step", "h1", "home_check", "--finding", "visited＝是", *given], {"state": "checked"}),
        (["withdraw", "h1", "--why", "wrong-household", *given], {"state": "alerted"}),
        (["split", "h1", "h1b", *town], {"events": 1}),
        (["move", "h1b", "610703100200", *town], {"area": "610703100200"}),
        (["join", "h1b", "h2", *town], {"joined": "h2"}),
        (["check", "heads.txt", "--json"], {"chains": 2}),
        (["urge", "--as-of", "2022-03-01", "--json"], {"urged": 4}),
    ]
    capsys.readouterr()
    for words, expected in commands:
        assert run("cases", *words) == 0, words
        assert expected.items() <= json.loads(capsys.readouterr().out).items()
    assert run("cases", "reindex") == 0
    members = pl.DataFrame({"household_id": ["h1"], "member_id": ["m1"]})
    members.write_csv("members.csv")
    assert run("cases", "overlaps", "members.csv", "--person", "member_id") == 0
    Path("heads.txt").write_text("case/h9 1 0\n", encoding="utf-8")
    assert run("cases", "check", "heads.txt") == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["cases", "show", "h9"], "unknown-case"),
        (
            ["cases", "step", "h9", "home_check", "--by", "k-1", "--on", "2022-02-01"],
            "unknown-case",
        ),
        (["cases", "list", "--as-of", "1.2.2022"], "is not a day"),
        (["cases", "list", "--as-of", "2022-02-01", "--department", "x"], "invalid-argument"),
        (["cases", "list", "--as-of", "2022-02-01", "--store", "cases.db"], "[store]"),
        (["cases", "list", "--as-of", "2022-02-01", "--area", "汉中"], "invalid-code"),
        (["cases", "list", "--as-of", "2022-02-01", "--area", "61070"], "invalid-code"),
        (["cases", "list", "--as-of", "2022-02-01", "--role", "keepr"], "did you mean 'keeper'"),
        (["problems", "list", "--as-of", "2022-02-01", "--department", "x"], "invalid-argument"),
        (["cases", "in-times", "--period", "2022-13"], "invalid-period"),
        (["cases", "in-times", "--period", "2022-02", "--level", "countie"], "'county'"),
        (["problems", "progress", "--period", "2022-02", "--level", "x"], "invalid-argument"),
        (
            ["cases", "list", "--as-of", "2022-02-01", "--store", "postgres://u:secret@h/d"],
            "[store]",
        ),
        (["cases", "open", "alerts.csv", "--as-of", "2202-02-01"], "has not come yet"),
        (
            ["cases", "step", "h", "home_check", "--by", "keeper-1", "--on", "2202-02-01"],
            "has not come yet",
        ),
        (
            ["cases", "step", "h", "s", "--by", "k", "--on", "2022-02-01", "--finding", "x="],
            "has no value",
        ),
        (["cases", "open", "none.csv", "--as-of", "2022-02-01"], "none.csv"),
        (
            ["cases", "step", "h", "s", "--by", "k", "--on", "2022-02-01", "--finding", "x"],
            "has no value",
        ),
    ],
)
def test_what_a_tired_official_types(
    words: list[str], code: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line that says what is wrong, exit code 2, no traceback."""
    assert run("cases", "reindex") == 0
    assert run(*words) == 2
    error = capsys.readouterr().err
    assert code in error
    assert "Traceback" not in error
    assert "secret" not in error


def test_an_evenings_steps_are_uploaded_at_once(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The refused are listed by row, the others are written; a row without a day stops the file."""
    assert run("cases", "open", "alerts.csv", "--as-of", "2022-02-01") == 0
    head = "case_id,step,by,on,finding,outcome,why\n"
    row = "h1,home_check,keeper-1,2022年2月3日,visited=是,,\n"
    (tmp_path / "evening.csv").write_text(head + row + row, encoding="utf-8")
    capsys.readouterr()
    assert run("cases", "step", "--from", "evening.csv", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["written"] == 1
    assert [one["number"] for one in found["refused"]] == [2]
    (tmp_path / "evening.csv").write_text(head + row + "h1,home_check,k,,,,\n", encoding="utf-8")
    assert run("cases", "step", "--from", "evening.csv") == 2
    assert "row 2: case_id, step, by or on is missing" in capsys.readouterr().err
    capsys.readouterr()
    assert run("cases", "precision", "--json") == 0
    assert [one["open"] for one in json.loads(capsys.readouterr().out)] == [1]
    assert run("cases", "precision", "--by", "county", "--period", "2022-02") == 0
    assert "预警结果" in capsys.readouterr().out
