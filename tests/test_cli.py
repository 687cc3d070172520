"""The command line: what it prints, its exit codes, and errors without tracebacks."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

pytest.importorskip("typer", reason="the command line needs the extra 'cli'")

import typer

import antipoverty
from antipoverty.cli import _app, main  # the private one: which module has which commands

ROOT = Path(__file__).parent.parent
PACK = "shaanxi-2531"
DAY = ("--as-of", "2021-12-01")
AREAS = "data/shaanxi_areas.csv.gz"
SEED = "58209749445923078164"
_HEAVY = ("antipoverty.casework", "antipoverty.scoring", "antipoverty.sampling")


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small synthetic province on disk."""
    folder = tmp_path_factory.mktemp("province")
    assert main(["synth", "--out", str(folder), "--households", "2000", "--defects", "2"]) == 0
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run a command and give its exit code and what it printed."""
    code = main([str(word) for word in words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def document(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    """Run a command with ``--json`` and read what it printed."""
    code, out, _ = run(capsys, *words, "--json")
    assert code == 0
    return json.loads(out)


@pytest.mark.slow
def test_a_folder_is_screened_and_the_answer_written(
    province: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tables on the screen, alerts and lists in the folder, the illustrative mark on top."""
    code, out, err = run(
        capsys, "screen", province, "--pack", PACK, *DAY, "--out", tmp_path / "out"
    )
    assert code == 0
    for word in (
        "示例",
        "Illustrative",
        "医疗保障局",
        "汉中市",
        "编号重复",
        "待核实",
        "合计 total",
    ):
        assert word in out
    assert "近12个月纯收入" in out
    assert err == ""  # nobody looks at a bar here
    alerts = pl.read_parquet(tmp_path / "out" / "alerts.parquet")
    assert alerts.columns == ["household_id", "area", "rule_id", "verdict"]
    lists = sorted((tmp_path / "out" / "handover").iterdir())
    assert lists
    assert sum(pl.read_csv(path).height for path in lists) == alerts.height
    assert f"({len(lists)} CSV)" in out
    rejected = (tmp_path / "out" / "rejected.csv").read_text(encoding="utf-8")
    assert rejected.startswith("\ufefftable,row_id,reason,field,原因,meaning")
    assert "编号重复" in rejected


@pytest.mark.slow
def test_json_gives_the_same_counts(province: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By department, area and rule the answers add up to the total."""
    found = document(capsys, "screen", province, "--pack", PACK, *DAY)
    for part in ("by_department", "by_area", "by_rule"):
        for count in ("warn", "undecided"):
            assert sum(row[count] for row in found[part]) == found["total"][count]
    assert found["illustrative"] is True
    assert {row["reason"] for row in found["set_aside"]} >= {"duplicate-id", "orphan"}


def test_a_household_is_explained_in_both_languages(
    province: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text is the library's own."""
    alerts = pl.scan_parquet(province / "households" / "*.parquet")
    household = alerts.filter(pl.col("water_safe").not_()).first().collect()["household_id"][0]
    code, out, _ = run(capsys, "explain", province, household, "--pack", PACK, *DAY)
    assert code == 0
    assert "饮水不安全" in out
    assert "Unsafe water" in out
    assert "English" not in out
    found = document(capsys, "--lang", "zh", "explain", province, household, "--pack", PACK, *DAY)
    assert "饮水不安全" in "".join(alert["explanation"] for alert in found)


def _shape(line: str) -> str:
    """A printed line without its numbers, its records, and how wide its columns are."""
    line = re.split("，记录|; rows", line)[0]
    return re.sub(r"[\d,.]*\d", "#", re.sub(r"\S*demo\S*/", "", re.sub(r" +", " ", line.strip())))


@pytest.mark.slow
def test_the_demo_runs_from_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It generates, screens, explains and writes the lists; the READMEs show what it prints."""
    code, out, _ = run(capsys, "demo", "--out", tmp_path / "demo", "--households", 5000)
    assert code == 0
    for word in ("预警", "[warn", "清单：", "lists: ", "5,000 households"):
        assert word in out
    assert (tmp_path / "demo" / "handover").is_dir()
    printed = {_shape(line) for line in out.splitlines()}
    for page in ("README.md", "README.zh-CN.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        shown = text.split("```\n陕西", 1)[1].split("```", 1)[0]
        assert [line for line in ("陕西" + shown).splitlines() if _shape(line) not in printed] == []
    found = document(capsys, "demo", "--out", tmp_path / "demo", "--households", 5000)
    assert len(found["explained"]) == 3
    assert found["total"]["households"] == 4997


def test_who_was_set_aside_is_told_why(province: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No explanation, but the reason; what only the list of areas shows counts too."""
    words = ("--pack", PACK, *DAY)
    code, _, err = run(capsys, "explain", province, "bad-out-of-bounds-0", *words)
    assert (code, "rigid_spending_12m: the value lies outside" in err) == (2, True)
    code, _, err = run(capsys, "explain", province, "bad-unknown-area-0", *words)
    assert (code, "区划代码不存在" in err) == (2, True)
    code, _, err = run(capsys, "explain", province, "nobody", *words)
    assert (code, "no household 'nobody'" in err) == (2, True)


@pytest.mark.parametrize("part", ["households.parquet", "records/part-00000.parquet"])
def test_files_that_are_no_parquet_are_an_error_in_a_line(
    part: str, province: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file cut short on its way is named."""
    shutil.copytree(province, tmp_path / "p")
    (tmp_path / "p" / part).write_bytes(b"PAR1 and no more")
    code, _, err = run(capsys, "screen", tmp_path / "p", "--pack", PACK, *DAY)
    assert code == 2
    assert "cannot be read as Parquet" in err
    assert "Traceback" not in err


def test_part_files_of_different_columns_are_an_error_in_a_line(
    province: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The engine's own error could show a value, so only its name is printed."""
    shutil.copytree(province, tmp_path / "p")
    bad = tmp_path / "p" / "records" / "part-00001.parquet"
    pl.DataFrame({"household_id": ["secret"], "amount": ["12"]}).write_parquet(bad)
    code, _, err = run(capsys, "screen", tmp_path / "p", "--pack", PACK, *DAY)
    assert code == 2
    assert "part-00001.parquet" in err
    assert "secret" not in err


@pytest.mark.slow
def test_the_program_says_its_version_and_runs_as_a_module() -> None:
    """``python -m antipoverty --version`` is what support asks for first."""
    words = [sys.executable, "-m", "antipoverty", "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == f"antipoverty {antipoverty.__version__}\n"


@pytest.mark.slow
def test_a_command_loads_its_own_module_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Each module has the commands that are said of it, and calling one loads no other."""
    gathered = typer.main.get_command(_app.commands())
    said = [word for words in _app.COMMANDS.values() for word in words]
    assert sorted(gathered.commands) == sorted(said)
    for words in _app.COMMANDS.values():
        assert [*typer.main.get_command(_app.commands(words[-1])).commands] == [*words]
    help_ = "main(['--lang', 'en', 'template', '--help'])"
    asked = f"import sys; from antipoverty.cli import main; {help_}"
    loaded = f"{asked}; print([one for one in sys.modules if one in {_HEAVY!r}])"
    done = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )
    assert "Usage: antipoverty template" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
    assert run(capsys, "--lang", "en", "scren")[0] == 2


def test_a_reader_that_has_enough_ends_the_program_quietly(province: Path) -> None:
    """``antipoverty screen ... | head`` prints no error."""
    shown = "screen {} --pack {} --as-of 2021-12-01 --level village --json"
    command = f"{sys.executable} -m antipoverty {shown.format(province, PACK)} | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_rules_are_listed_and_a_pack_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    """Every rule with its text, its words and its status."""
    rules = document(capsys, "rules", "list", "--pack", PACK)
    assert len(rules) >= 25
    assert {
        "id",
        "zh",
        "en",
        "when",
        "when_zh",
        "when_en",
        "status",
        "source_zh",
        "source_en",
    } <= set(rules[0])
    assert "医疗" in run(capsys, "rules", "list")[1]
    assert len(document(capsys, "rules", "list", "--pack", PACK, *DAY)) == len(rules)
    code, out, _ = run(capsys, "rules", "check", PACK)
    assert (code, "no problem found" in out) == (0, True)


def test_a_pack_with_problems_is_an_answer_of_no(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, every problem listed, in JSON too."""
    from antipoverty.cli._new_pack import templates  # private: every file of the templates is tried

    good = templates()["@MODULE@/pack.toml"]
    bad = good.replace("@NAME@", "bad").replace("amount", "amonut").replace('"yuan"', '"person"')
    (tmp_path / "bad.toml").write_text(bad, encoding="utf-8")
    code, out, _ = run(capsys, "rules", "check", tmp_path / "bad.toml")
    assert code == 1
    assert "did you mean 'amount'" in out
    code, out, _ = run(capsys, "rules", "check", tmp_path / "bad.toml", "--json")
    assert code == 1
    assert json.loads(out)["problems"][0]["code"] == "unknown-field"


@pytest.mark.slow
def test_the_caller_supplies_the_line_of_another_year(
    province: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without it the pack refuses; with it the day is answered."""
    words = ("screen", province, "--pack", PACK, "--as-of", "2022-06-01")
    code, _, err = run(capsys, *words)
    assert code == 2
    assert "[parameter-not-set]" in err
    values = tmp_path / "values.toml"
    values.write_text(
        '[[values]]\nparameter = "monitoring_line"\nvalue = "6500"\nsince = 2022-01-01\n'
        'until = 2022-12-31\nsource = "an example"\n',
        encoding="utf-8",
    )
    assert run(capsys, *words, "--values", values, "--json")[0] == 0


BAD_VALUES = '[[values]]\nparameter = "line"\nvalue = 6.5\nsince = 2022-01-01\nsource = "x"\n'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("screen", "{nowhere}", "--pack", PACK, *DAY), "No such file"),
        (("screen", "{province}", "--pack", "nothing", *DAY), "no pack 'nothing' is installed"),
        (
            ("screen", "{province}", "--pack", PACK, "--as-of", "1.12.2021"),
            "write it as 2021-12-01",
        ),
        (("screen", "{province}", "--pack", PACK, *DAY, "--level", "street"), "street"),
        (("screen", "{narrow}", "--pack", PACK, *DAY), "net_income_12m"),
        (("screen", "{province}", "--pack", PACK, *DAY, "--values", "{values}"), "value"),
        (("screen", "{province}", "--pack", PACK, *DAY, "--areas", "{values}"), "header lacks"),
        (("explain", "{province}", "nobody", "--pack", PACK, *DAY), "'nobody'"),
        (("--lang", "fr", "explain", "{province}", "x", "--pack", PACK, *DAY), "fr"),
        (("rules", "list", "--pack", "{binary}"), "binary.toml cannot be used"),
        (("rules", "check", "{folder}.toml"), "it is a folder"),
        (("rules", "check", "shaanxi-2513"), "did you mean 'shaanxi-2531'?"),
        (("rules", "list", "--as-of", "yesterday"), "'--as-of'"),
        (("judge", "{empty}", *DAY), "it is empty"),
        (("judge", "{binary}", *DAY), "binary.toml"),
        (("assess", "{binary}", "--policy", "{empty}"), "neither UTF-8 nor GB 18030"),
        (("draw", "weekly", "--period", "2022-W06", "--seed", SEED, "--on", "2022-02-09"), "--on"),
        (("synth", "--out", "{nowhere}", "--households", "0"), "number of households"),
        (("pack", "new", "Bad Name"), "not a pack's id"),
        (("nothing",), "nothing"),
    ],
    ids=lambda part: " ".join(part)[:50] if isinstance(part, tuple) else "",
)
def test_what_a_tired_official_types_gives_a_line_and_no_traceback(
    words: tuple[str, ...],
    hint: str,
    province: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2, and the message names what is wrong."""
    (tmp_path / "values.toml").write_text(BAD_VALUES, encoding="utf-8")
    (tmp_path / "binary.toml").write_bytes(b"\x80\xff\x80\xff")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "narrow").mkdir()
    for name in ("households", "members", "records"):
        frame = pl.read_parquet(province / name / "*.parquet")
        drop = [one for one in ("net_income_12m",) if one in frame.columns]
        frame.drop(drop).write_parquet(tmp_path / "narrow" / f"{name}.parquet")
    places = {
        "province": province,
        "nowhere": tmp_path / "nowhere",
        "narrow": tmp_path / "narrow",
        "values": tmp_path / "values.toml",
        "binary": tmp_path / "binary.toml",
        "empty": tmp_path / "empty.csv",
        "folder": tmp_path / "folder",
    }
    code, _, err = run(capsys, *(word.format(**places) for word in words))
    assert code == 2
    assert hint in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_files_of_a_chinese_excel_are_read_as_they_are(
    province: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Areas and alerts in GB 18030 give the answer that they give in UTF-8."""
    packed = gzip.decompress((Path(antipoverty.__file__).parent / AREAS).read_bytes())
    alerts = "household_id,area,rule_id,verdict\na,610702100200,traffic-accident,warn\n"
    answers = []
    for encoding in ("utf-8", "gb18030"):
        areas, csv = tmp_path / f"areas-{encoding}.csv", tmp_path / f"alerts-{encoding}.csv"
        areas.write_bytes(packed.decode("utf-8").encode(encoding))
        csv.write_bytes(alerts.encode(encoding))
        answers.append(
            (
                document(capsys, "screen", province, "--pack", PACK, *DAY, "--areas", areas),
                document(capsys, "judge", csv, *DAY),
            )
        )
    assert answers[0] == answers[1]


def test_a_folder_of_the_packs_name_hides_no_installed_pack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after ``pack new``, when the folder of the pack lies where the command is typed."""
    (tmp_path / PACK).mkdir()
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "rules", "check", PACK)[0] == 0
