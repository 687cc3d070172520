"""``antipoverty notify`` and ``duties``: from weekly figures to points, and what falls due."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="the command line needs the extra 'cli'")

from antipoverty.cli import main

POLICY = """
choose = "rank"
commended = 1
criticised = 1
ties = "excluded"

[[indicators]]
id = "coverage"
title.zh = "走访覆盖率"
title.en = "coverage of visits"
unit = "share"
direction = "higher"
best = 1
worst = 0.5
minimum = 30
"""
UNITS = {"610702": 50, "610703": 44, "610722": 31, "610723": 3}
AREAS = "level,code,name,parent\ncity,6107,汉中市,\n" + "".join(
    f"county,{unit},{name},6107\n"
    for unit, name in zip(UNITS, ("汉台区", "南郑区", "城固县", "洋县"), strict=True)
)
ASSESS = """
[[rules]]
id = "two-months"
cadence = "month"
effect = "routine-points"
"""


def weeks(first: int, last: int) -> str:
    """Weekly figures of four counties; the last one has too few households to be ranked."""
    rows = [
        f"{unit},2022年第{week}周,coverage,{visited},{50 if visited > 3 else 4}"
        for unit, visited in UNITS.items()
        for week in range(first, last + 1)
    ]
    return "\n".join(["unit,period,indicator,numerator,denominator", *rows, ",,,,", ""])


def run(folder: Path, month: str, *words: str) -> int:
    """Notify the counties of a city for a month."""
    (folder / "how.toml").write_text(POLICY, encoding="utf-8")
    (folder / "areas.csv").write_text(AREAS, encoding="utf-8")
    (folder / "a.csv").write_text(weeks(9, 13), encoding="gb18030")
    (folder / "b.csv").write_text(weeks(14, 17), encoding="utf-8-sig")
    issued = {"2022-03": "2022-04-02", "2022-04": "2022-05-05"}[month]
    return main(
        [
            *("notify", str(folder / "a.csv"), str(folder / "b.csv")),
            *("--policy", str(folder / "how.toml"), "--period", month, "--issuer", "6107"),
            *("--level", "county", "--issued-on", issued),
            *("--areas", str(folder / "areas.csv"), *words),
        ]
    )


def test_weekly_figures_become_points(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two months of weeks, two notices of each county, and what is in a row scores."""
    first, second = tmp_path / "march.csv", tmp_path / "april.csv"
    assert run(tmp_path, "2022-03", "--out", str(first)) == 0
    out = capsys.readouterr().out
    for words in ("示例", "汉台区", "表扬 commended", "批评 criticised", "不排名 unrated", "76.00"):
        assert words in out
    assert run(tmp_path, "2022-04", "--after", str(first), "--out", str(second)) == 0
    (tmp_path / "p.toml").write_text(ASSESS, encoding="utf-8")
    capsys.readouterr()
    assert main(["assess", str(second), "--policy", str(tmp_path / "p.toml"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {one["unit"]: one["total"] for one in document["accounts"]} == {
        "610702": "1.00",
        "610722": "-1.00",
    }
    assert document["ledger"][0]["notices"] == ["6107-610702-2022-03", "6107-610702-2022-04"]
    assert run(tmp_path, "2022-03", "--after", str(first), "--json") == 0
    assert json.loads(capsys.readouterr().out)["notices"] == []


def test_scores_as_json_are_exact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fractions as text; a unit below the minimum has none, and no notice."""
    assert run(tmp_path, "2022-03", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["status"] == "illustrative"
    assert [one["score"] for one in document["scores"]] == ["100", "76", "24", None]
    assert len(document["notices"]) == 3


def test_figures_that_cannot_be_used_are_told_with_their_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them at once; a missing week, and an unknown unit, too."""
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "unit,period,indicator,numerator,denominator\n61070,2022-W09,coverage,1,2\n"
        "610702,2022-W60,coverage,-1,2\n610702,2022-W09,coverage\n",
        encoding="utf-8",
    )
    assert run(tmp_path, "2022-03") == 0
    what = ["--policy", str(tmp_path / "how.toml"), "--period", "2022-03", "--issuer", "6107"]
    what += ["--level", "county", "--issued-on", "2022-04-02"]
    what += ["--areas", str(tmp_path / "areas.csv")]
    capsys.readouterr()
    assert main(["notify", str(bad), *what]) == 2
    error = capsys.readouterr().err
    assert [error.count(f"line {n}:") for n in (2, 3, 4)] == [1, 2, 1]
    bad.write_text(weeks(9, 12), encoding="utf-8")
    assert main(["notify", str(bad), *what]) == 2
    assert "lacks coverage for 2022-W13" in capsys.readouterr().err
    assert main(["notify", str(bad), *what, "--partial"]) == 0
    bad.write_text(weeks(9, 13).replace("610722", "610799"), encoding="utf-8")
    assert main(["notify", str(bad), *what]) == 2
    assert (
        "unit 610799 for 2022-W09 (bad.csv line 12) is not among the areas"
        in capsys.readouterr().err
    )


def test_who_did_not_report_is_named_first_and_criticised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the whole of Shaanxi's tree seven counties of Hanzhong are silent."""
    assert run(tmp_path, "2022-03") == 0
    capsys.readouterr()
    what = ["notify", str(tmp_path / "a.csv"), "--policy", str(tmp_path / "how.toml")]
    what += ["--period", "2022-03", "--issuer", "6107", "--level", "county"]
    what += ["--issued-on", "2022-04-02"]
    assert main([*what, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["expected"], document["rated"]) == (11, 10)
    assert len(document["missing"]) == 7
    assert {one["verdict"] for one in document["notices"] if "未报送" in one["reason"]} == {
        "criticised"
    }
    assert main(what) == 0
    out = capsys.readouterr().out
    assert out.index("未报送 Not reported") < out.index("Scores, ")
    assert main([*what, "--unit", "610722"]) == 0
    assert "luck explains" in capsys.readouterr().out


@pytest.mark.slow
def test_run_charts_are_drawn_of_whoever_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a month on, with each month's figure and limits; or of one unit; as files and a page."""
    pytest.importorskip("altair", reason="charts need the extra 'report'")
    folder, page = tmp_path / "charts", tmp_path / "page.html"
    words = ["--charts", str(folder), "--report", str(page), "--run-from", "2022-03"]
    assert run(tmp_path, "2022-04", *words) == 0
    assert {one.name for one in folder.iterdir()} == {
        f"{name}.{to}.svg"
        for name in ("funnel-coverage", "ranks", "run-610702-coverage", "run-610722-coverage")
        for to in ("zh", "en")
    }  # fmt: skip
    svg = (folder / "run-610722-coverage.zh.svg").read_text(encoding="utf-8")
    for said in ("运行图", "城固县", "2022-03 (155/250)", "2022-04 (124/200)", "虚线"):
        assert said in svg
    assert page.read_text(encoding="utf-8").count("<svg") == 8
    folder = tmp_path / "one"
    one = ["--charts", str(folder), "--run-from", "2022-03", "--unit", "610723"]
    assert run(tmp_path, "2022-04", *one) == 0
    assert (folder / "run-610723-coverage.zh.svg").exists()
    for wrong in (["--run-from", "2022-03"], [*one[:2], "--run-from", "2022-Q1"]):
        assert run(tmp_path, "2022-04", *wrong) == 2
    assert "--run-from" in capsys.readouterr().err


def test_corrected_figures_make_a_correcting_notice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It replaces the first, carries why, and moves what was scored on it."""
    first, second = tmp_path / "march.csv", tmp_path / "again.csv"
    assert run(tmp_path, "2022-03", "--out", str(first)) == 0
    try:
        UNITS["610722"] = 48
        words = ["--after", str(first), "--out", str(second), "--correction", "统计口径更正"]
        assert run(tmp_path, "2022-03", *words) == 0
    finally:
        UNITS["610722"] = 31
    text = second.read_text(encoding="utf-8")
    assert "6107-610722-2022-03-2,610722,2022-03,neither" in text
    assert "更正 6107-610722-2022-03（统计口径更正）" in text
    assert "6107-610703-2022-03-2,610703,2022-03,criticised" in text
    (tmp_path / "p.toml").write_text(ASSESS, encoding="utf-8")
    capsys.readouterr()
    assert main(["assess", str(second), "--policy", str(tmp_path / "p.toml")]) == 0


def test_a_share_above_all_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """51 of 50, and 3 of 0."""
    assert run(tmp_path, "2022-03") == 0
    (tmp_path / "b.csv").write_text(
        "unit,period,indicator,numerator,denominator\n"
        "610702,2022-W14,coverage,51,50\n610703,2022-W14,coverage,3,0\n",
        encoding="utf-8",
    )
    what = ["notify", str(tmp_path / "b.csv"), "--policy", str(tmp_path / "how.toml")]
    what += ["--period", "2022-04", "--issuer", "6107", "--level", "county"]
    capsys.readouterr()
    assert main([*what, "--issued-on", "2022-05-02"]) == 2
    error = capsys.readouterr().err
    assert "line 2: coverage is a share" in error
    assert "b.csv: line 3: the denominator is 0; correct it" in error


def test_what_falls_due_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By day, with who owes it; an authority's own timetable takes the place of the example."""
    assert main(["duties", "--from", "2023-01-01", "--to", "2023-01-31", "--team", "city"]) == 0
    out = capsys.readouterr().out
    for words in ("示例", "2023-01-05", "月通报", "2022年第4季度 2022-Q4", "半年小结", "年终总结"):
        assert words in out
    assert "county" not in out
    file = tmp_path / "days.toml"
    file.write_text(
        'status = "published"\nsource = "某办发〔2030〕1号"\n[[duties]]\nid = "n"\n'
        'title = "notice"\n'
        'cadence = "month"\ndays = 0\nteams = ["province"]\n',
        encoding="utf-8",
    )
    words = ["duties", "--from", "2024-02-29", "--to", "2024-02-29", "--timetable", str(file)]
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["due"] == [
        {"on": "2024-02-29", "team": "province", "duty": "n", "period": "2024-02"}
    ]
    assert document["source"] == "某办发〔2030〕1号"
    assert main(["duties", "--from", "2024-02-02", "--to", "2024-02-01"]) == 2
