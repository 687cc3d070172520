"""What cases do not pin down, and why no household tells, is said in the reader's language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACK = """
[pack]
id = "made"
title = { zh = "试", en = "made" }
[departments.d]
zh = "局"
en = "d"
[sources.s]
title = "示例"
[[rules]]
id = "r"
title = { zh = "规", en = "rule" }
department = "d"
source = "s"
since = 2021-01-01
when = "(size > 3 and size > 2) or (size > 3 and size > 2)"
"""
CASES = 'as_of = 2021-12-01\ncases = []\n[base.household]\narea = "610702100200"\n'


@pytest.mark.slow
def test_in_chinese_no_reason_is_english(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither of what is not pinned, at the screen and in the file, nor of what is equal."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    pytest.importorskip("z3", reason="what is equal is proved by the extra 'proofs'")
    from antipoverty.cli import main

    pack, out, cases = tmp_path / "pack.toml", tmp_path / "out.toml", tmp_path / "cases"
    pack.write_text(PACK, encoding="utf-8")
    cases.mkdir()
    (cases / "one.toml").write_text(CASES, encoding="utf-8")
    assert main(["--lang", "zh", "rules", "cases", str(pack), "--out", str(out)]) == 0
    found = capsys.readouterr().out
    assert re.search("没有找到|多余", found)
    assert not re.search("household|redundant", found)
    head = out.read_text(encoding="utf-8").partition("as_of")[0]
    assert re.search("没有找到.* no |多余.* redundant", head)
    assert main(["--lang", "zh", "rules", "mutate", str(pack), "--tests", str(cases)]) == 1
    found = capsys.readouterr().out
    assert "已证明" in found
    assert "proved" not in found
