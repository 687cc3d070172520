"""``antipoverty assess``: tables for people, JSON for machines, lists of what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="the command line needs the extra 'cli'")

from antipoverty.cli import main

NOTICES = """notice_id,unit,period,verdict,level,issued_on,reason,replaces
n1,610702,2022-11,表扬,省,2022-12-05,走访全覆盖,
n2,610702,2022-12,表扬,省,2023-01-05,,
q3,610702,2022-Q3,批评,省,2022-10-05,,
q4,610702,2022-Q4,批评,省,2023-01-05,,
"""
POLICY = """
id = "example"
[[rules]]
id = "two-months"
cadence = "month"
effect = "routine-points"
[[rules]]
id = "two-quarters"
cadence = "quarter"
effect = "veto"
"""


def run(folder: Path, *words: str, notices: str = NOTICES, policy: str = POLICY) -> int:
    """Write the two files and run the command."""
    (folder / "n.csv").write_text(notices, encoding="utf-8")
    (folder / "p.toml").write_text(policy, encoding="utf-8")
    return main(["assess", str(folder / "n.csv"), "--policy", str(folder / "p.toml"), *words])


def test_people_get_tables_in_two_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ledger and years, under the words that say what the points are."""
    assert run(tmp_path) == 0
    out = capsys.readouterr().out
    for words in ("示例", "Illustrative", "2022-11, 2022-12", "表扬 commended", "+1.00", "是 yes"):
        assert words in out


def test_a_unit_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both languages, with the reason of the notice and the unit's full name."""
    assert run(tmp_path, "--unit", "610702") == 0
    out = capsys.readouterr().out
    for words in ("陕西省汉中市汉台区", "走访全覆盖", "commended in 2022-11 and 2022-12 in a row"):
        assert words in out


def test_machines_get_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exact amounts as text, the status, and the year ends."""
    assert run(tmp_path, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["status"], document["as_of"]) == ("illustrative", "2023-01-05")
    assert document["ledger"][0]["amount"] == "1.00"
    assert {(one["year"], one["vetoed"]) for one in document["year_end"]} == {
        (2022, True),
        (2023, False),
    }
    assert run(tmp_path, "--json", "--unit", "610703") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ledger"] == []
    assert "610703" in document["explanation"]["zh"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_file_as_excel_saves_it_is_read(
    encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a mark or in GB 18030, CRLF, empty columns and lines, and a Chinese Excel's days."""
    table = NOTICES.replace("2022-12-05", "2022/12/5").replace("2022-11,", "2022年11月,")
    table = table.replace("2022-Q3", "2022年第三季度").replace("2022-10-05", "2022年10月5日")
    lines = [f"{line},," for line in table.splitlines()] + [",,,,,,,,,", ""]
    (tmp_path / "n.csv").write_bytes("\r\n".join(lines).encode(encoding))
    (tmp_path / "p.toml").write_bytes(POLICY.encode(encoding))
    command = ["assess", str(tmp_path / "n.csv"), "--policy", str(tmp_path / "p.toml"), "--json"]
    assert main(command) == 0
    excel = json.loads(capsys.readouterr().out)
    assert run(tmp_path, "--json") == 0
    assert excel == json.loads(capsys.readouterr().out)


def test_the_day_may_be_stated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was not yet issued does not count."""
    assert run(tmp_path, "--json", "--as-of", "2022-12-31") == 0
    assert json.loads(capsys.readouterr().out)["ledger"] == []


def test_a_wait_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A series that stands still is told below the tables."""
    waits = POLICY.replace(
        'effect = "routine-points"',
        'effect = "routine-points"\nwithout_notice = "pending"\npending_days = 90',
    )
    assert run(tmp_path, notices=NOTICES.replace("2022-11", "2022-10"), policy=waits) == 0
    out = capsys.readouterr().out
    assert "610702: 2022年11月尚无通报" in out
    assert "no notice yet for 2022-11" in out


def test_areas_may_be_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Units of another province are known by its own file."""
    areas = tmp_path / "areas.csv"
    areas.write_text("level,code,name,parent\ncounty,530102,五华区,\n", encoding="utf-8")
    other = NOTICES.replace("610702", "530102")
    assert run(tmp_path, "--areas", str(areas), notices=other) == 0
    capsys.readouterr()
    assert run(tmp_path, notices=other) == 2
    assert "[unknown-unit]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"notices": NOTICES.replace("2023-01-05", "2022-12-05")}, ["line 3", "line 5"]),
        (
            {"policy": "[[rules]]\nid = 'x'\ncadence = 'month'\n"},
            ["rules 1, effect: field required"],
        ),
        ({"notices": NOTICES.splitlines()[0]}, ["n.csv holds no notice"]),
    ],
)
def test_what_cannot_be_used_is_listed_and_gives_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, str], words: list[str]
) -> None:
    """All problems at once, on standard error, without a traceback."""
    assert run(tmp_path, **changed) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Traceback" not in shown.err
    for word in words:
        assert word in shown.err


def test_words_that_cannot_be_used_give_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A day that is none, a unit that is none, a file that is not there."""
    assert run(tmp_path, "--as-of", "yesterday") == 2
    assert run(tmp_path, "--unit", "61070") == 2
    assert main(["assess", str(tmp_path / "no.csv"), "--policy", str(tmp_path / "p.toml")]) == 2
    capsys.readouterr()
