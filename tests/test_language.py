"""The command line speaks Chinese, English or both, and never crashes for want of a letter."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from antipoverty.errors import AntipovertyError, UnknownPackError
from antipoverty.errors.catalogue import CHINESE

pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
from antipoverty.cli import main
from antipoverty.cli._language import Spoken, from_locale  # the choice itself


def every_error(root: type[AntipovertyError] = AntipovertyError) -> set[type[AntipovertyError]]:
    """All error classes of the library."""
    found = {root}.union(*(every_error(child) for child in root.__subclasses__()))
    return {one for one in found if one.__module__.startswith("antipoverty.errors.")}


def test_no_error_lacks_its_pair() -> None:
    """Every code has a Chinese and an English meaning, and the catalogue has no other code."""
    assert set(CHINESE) == {one.code for one in every_error()}
    for one in every_error():
        zh, en = (one.meaning(one.__new__(one), to) for to in ("zh", "en"))
        assert any("\u4e00" <= letter <= "\u9fff" for letter in zh), one
        assert en.isascii(), one
        assert len(en) > 10, one


@pytest.mark.parametrize(
    ("environment", "spoken"),
    [
        ({}, Spoken.BOTH),
        ({"LANG": "zh_CN.UTF-8"}, Spoken.ZH),
        ({"LANG": "en_US.UTF-8"}, Spoken.EN),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.GB18030"}, Spoken.ZH),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, Spoken.BOTH),
        ({"LANG": "fr_FR.UTF-8"}, Spoken.BOTH),
    ],
)
def test_the_locale_chooses_where_nobody_does(environment: dict[str, str], spoken: Spoken) -> None:
    """As the locale is looked up everywhere: LC_ALL before LC_MESSAGES before LANG."""
    assert from_locale(environment) is spoken


def test_an_error_is_said_in_the_language_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """Its details as ever, its meaning by its code in Chinese."""
    for lang, chinese in (("zh", True), ("en", False), ("both", True)):
        assert main(["--lang", lang, "rules", "list", "--pack", "no-such-pack"]) == 2
        told = capsys.readouterr().err
        assert "[unknown-pack]" in told
        assert (UnknownPackError("x").meaning("zh") in told) is chinese


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gb18030"])
def test_no_encoding_crashes_a_command(encoding: str) -> None:
    """What cannot be printed is escaped; the exit code is the answer's."""
    environment = os.environ | {"PYTHONIOENCODING": encoding, "LANG": "C"}
    for command, code in (
        (["rules", "list", "--pack", "shaanxi-2531"], 0),
        (["rules", "list", "--pack", "没有的政策包"], 2),
        (["--help"], 0),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "antipoverty", *command], capture_output=True, env=environment
        )
        assert done.returncode == code, done.stderr[-500:]
        assert b"Traceback" not in done.stderr
        assert done.stdout or done.stderr
