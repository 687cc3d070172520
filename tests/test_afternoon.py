"""The afternoon of the how-to: from an Excel export to explained alerts, as the page says it."""

from __future__ import annotations

import re
import shlex
import zipfile
from pathlib import Path

import polars as pl
import pytest

from afternoon import HOUSEHOLDS, MEMBERS, number, write_files

pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
pytest.importorskip("openpyxl", reason="the export is written by openpyxl")
pytest.importorskip("fastexcel", reason="workbooks need the extra 'excel'")

PAGE = Path(__file__).parent.parent / "docs/how-to/bring-in-department-files.md"
GIVEN = ("导出.xlsx", "医保.csv")
ENDS = {"guess": 0, "check": 1, "run": 1, "screen": 0, "explain": 0}


def content(path: Path) -> str:
    """What a file holds, unpacked."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path).write_json()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as parts:
            return "".join(parts.read(one).decode() for one in parts.namelist())
    return path.read_bytes().decode("utf-8", errors="replace")


@pytest.mark.slow
def test_the_afternoon_goes_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command of the page, its two edits, and what it says is printed; no line of code."""
    from antipoverty.cli import main

    section = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1]
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert {language for language, _ in blocks} == {"console", "text", "toml"}
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    Path("密钥").write_bytes(bytes(range(32)))
    mapping, out, done = Path("intake.toml"), "", []
    for language, block in blocks:
        lines = block.splitlines()
        if language == "console":
            capsys.readouterr()
            for line in lines:
                words = shlex.split(line.removeprefix("$ antipoverty "))
                spoken = words[2:] if words[0] == "--lang" else words
                verb = spoken[1] if spoken[0] == "intake" else spoken[0]
                assert main(words) == ENDS[verb], line
                done.append(verb)
            out = capsys.readouterr().out
        elif language == "text":
            for line in lines:
                assert line in out
        else:
            anchor, added = lines
            text = re.sub(
                r"^ *guessed = true\n", "", mapping.read_text("utf-8"), flags=re.MULTILINE
            )
            pattern = rf"^{re.escape(anchor)}.*$"
            assert len(re.findall(pattern, text, re.MULTILINE)) == 1
            mapping.write_text(
                re.sub(pattern, f"{anchor}\n{added}", text, flags=re.MULTILINE), "utf-8"
            )
    assert done == [*ENDS]
    tables = {
        name: pl.read_parquet(f"tables/{name}/*.parquet") for name in ("households", "records")
    }
    assert tables["households"]["household_id"].to_list() == ["HZ001", "HZ002", "HZ003", "HZ004"]
    assert tables["households"]["net_income_12m"].to_list() == [3840150, 1040000, 1400050, None]
    assert tables["records"]["household_id"].to_list() == ["HZ001", "HZ001", "HZ003"]
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.name not in GIVEN]
    found = "\n".join(map(content, kept))
    people = {cell for row in HOUSEHOLDS for cell in row[3:5]} | {row[1] for row in MEMBERS}
    people |= {number(row[2]) for row in MEMBERS}
    assert not [one for one in people if one in found]
    assert found.count("HZ001") > 10
