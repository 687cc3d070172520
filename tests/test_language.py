"""The command line speaks Chinese, English or both, and never crashes for want of a letter."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from antipoverty.codes import Level
from antipoverty.errors import AntipovertyError
from antipoverty.errors.phrases import catalogue as words_of_errors

pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
import typer

from antipoverty.cli import main
from antipoverty.cli._app import commands  # the tree of all commands
from antipoverty.cli._language import (  # the choice itself, and the catalogue
    Spoken,
    asked_for,
    catalogue,
    from_locale,
    in_front,
    key_of,
    recognised,
    speak,
)

COMMANDS = Path(main.__code__.co_filename).parent
VALUE = re.compile(r"\{(\w+)[^}]*\}")
PANELS = ("Usage:", "Arguments", "Options", "Commands", "default", "env var", "required")
HEADED = (0, 1)
"""The arguments of ``print_table`` that are looked up: its title and its columns."""


def helps(command: Any, path: str = "antipoverty") -> Iterator[tuple[str, str]]:
    """All help of a command and of all under it, with what it is of."""
    yield path, command.help or ""
    for one in (*command.params, command.get_help_option(typer.Context(command))):
        yield f"{path} {one.name}", getattr(one, "help", None) or ""
    for name, inner in getattr(command, "commands", {}).items():
        yield from helps(inner, f"{path} {name}")


def template(node: ast.AST) -> str | None:
    """A message as the catalogue has it: a text, or one with values in it."""
    match node:
        case ast.Constant(value=str(text)):
            return key_of(text)
        case ast.JoinedStr(values=parts):
            return key_of("".join(
                part.value if isinstance(part, ast.Constant) else "{}" for part in parts
            ))  # fmt: skip
    return None


def texts(node: ast.AST) -> Iterator[str]:
    """All texts of an expression, of an ``if`` both."""
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield key_of(one.value)


def spoken(path: Path) -> Iterator[str]:
    """What a module of the commands says to people, from its source."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case (
                ast.Call(func=ast.Name(id=name))
                | ast.Call(func=ast.Attribute(attr="BadParameter" as name))
            ):
                pass
            case _:
                continue
        match name, node.args:
            case (("said" | "print_line" | "progress" | "_fail" | "print_tasks"), [first, *_]):
                if isinstance(first, ast.Constant):
                    yield from texts(first)
            case "print_table", [title, columns, *_]:
                if isinstance(title, ast.Constant):
                    yield from texts(title)
                if isinstance(columns, ast.Tuple):
                    yield from (key_of(one.value) for one in columns.elts
                                if isinstance(one, ast.Constant))  # fmt: skip
            case "BadParameter", [first, *_]:
                if (text := template(first)) is not None:
                    yield text


def bare(message: str) -> str:
    """A message whose values have no names."""
    return VALUE.sub("{}", message)


def every_error(root: type[AntipovertyError] = AntipovertyError) -> set[type[AntipovertyError]]:
    """All error classes of the library."""
    found = {root}.union(*(every_error(child) for child in root.__subclasses__()))
    return {one for one in found if one.__module__.startswith("antipoverty.errors.")}


def test_no_error_lacks_its_pair() -> None:
    """Every code has a Chinese and an English meaning, and the catalogue has no other code."""
    assert set(words_of_errors()["code"]) == {one.code for one in every_error()}
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


def test_an_error_is_said_in_the_language_chosen(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With its details: what was given, what is near, every problem of a file."""
    pytest.importorskip("sqlalchemy")
    folder = tmp_path / "包"
    folder.mkdir()
    pack = folder / "pack.toml"
    pack.write_text(
        "[pack]\nid = 'x'\ntitle.zh = '包'\ntitle.en = 'p'\n[sources.s]\n"
        "title = 'x'\n[[rules]]\nid = 'a'\n"
        "title.zh = '甲'\ntitle.en = 'a'\ndepartment = 'd'\nsource = 's'\nsince = 2021-01-01\n"
        "when = 'any(membrs, age > 3) and water < 3'\n",
        encoding="utf-8",
    )
    for words, code, zh, en in (
        (["rules", "list", "--pack", "shaanxi-2532"], 2,
         "没有安装政策包 'shaanxi-2532'；已安装的有：", "no pack 'shaanxi-2532' is installed;"),
        (["rules", "check", str(pack)], 1,
         "读取表 'membrs'，而模型没有它；是否应为 'members'？", "did you mean 'members'?"),
        (["cases", "list", "--as-of", "2022-02-01", "--store", "postgres://x"], 2,
         "请写 postgresql://，不写 postgres://", "write postgresql:// in place of"),
    ):  # fmt: skip
        for lang in ("zh", "en", "both"):
            assert main(["--lang", lang, *words]) == code
            told = "".join(capsys.readouterr())
            assert (zh in told, en in told) == (lang != "en", lang != "zh"), (words, told)
    speak(Spoken.BOTH)


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
        if encoding != "gb18030" and command[0] == "rules":  # nobody asked for Chinese
            assert b"\\u" not in done.stdout
            assert "政策包".encode("gb18030") not in done.stdout


def test_no_help_lacks_its_pair() -> None:
    """Every text of help of every command, option and argument stands in the catalogue."""
    every = [*helps(typer.main.get_command(commands())), *((one, one) for one in PANELS)]
    assert len(every) > 500
    assert [where for where, said in every if said and key_of(said) not in catalogue()] == []
    assert [where for where, said in every if not said and where != "antipoverty lang"] == []


def test_no_message_lacks_its_pair() -> None:
    """Headings, lines, progress and refusals of every module of the commands have Chinese."""
    known = {bare(one) for one in catalogue()}
    lacking = [
        (path.name, text)
        for path in sorted(COMMANDS.glob("*.py"))
        for text in spoken(path)
        if bare(text) not in known and re.search("[a-z]{2}", VALUE.sub("", text))
    ]
    assert lacking == []


def test_a_pair_says_the_same_values() -> None:
    """Chinese stands on the right and nowhere on the left, with the values of the left."""
    for en, zh in catalogue().items():
        assert en == key_of(en)
        assert sorted(VALUE.findall(en)) == sorted(VALUE.findall(zh)), en
        assert any("\u4e00" <= letter <= "\u9fff" for letter in zh) or "{" in zh, en


def test_nothing_stands_in_the_catalogue_that_nobody_says() -> None:
    """A message that is taken out of the code takes its Chinese with it."""
    source = key_of(" ".join(path.read_text(encoding="utf-8") for path in COMMANDS.glob("*.py")))
    source = bare(re.sub(r'" f?"', "", source))
    told = {key_of(said) for _, said in helps(typer.main.get_command(commands()))} | {*PANELS}
    data = {"detection", "intervention", "published", "illustrative", "parameter", "judgement"}
    data |= {one.value for one in Level} | {"added", "gone", "changed", "stands-in"}
    listed = tomllib.loads((COMMANDS / "chinese.toml").read_text(encoding="utf-8"))
    own = [*listed["help"], *listed["said"]]
    assert [one for one in own if one not in told | data and bare(one) not in source] == []


@pytest.mark.parametrize(
    ("message", "chinese"),
    [
        ("Invalid value for '--as-of': that is not a day; write it as 2021-12-01",
         "'--as-of' 的值无效：这不是日期；请写成 2021-12-01"),
        ("Missing option '--pack'.", "缺少选项 '--pack'。"),
        ("No such command 'scren'.", "没有命令 'scren'。"),
        ("No such command 'scren'. Did you mean 'screen'?",
         "没有命令 'scren'；是否应为 'screen'？"),
        ("No such file or directory: a b/报告.toml", "没有这个文件或目录：a b/报告.toml"),
        ("never heard of", None),
    ],
)  # fmt: skip
def test_a_refusal_is_known_by_its_words(message: str, chinese: str | None) -> None:
    """Its values are taken out of it and stand in the Chinese; what is not known is left."""
    assert recognised(message) == chinese


REFUSED = [
    ["screen", "--a"],
    ["screen", "--zzz"],
    ["screen", "x", "y"],
    ["screen", "x"],
    ["screen"],
    ["scren"],
    ["qqqq"],
    ["cases", "opn"],
    ["screen", "x", "--pack"],
    ["screen", "x", "--json=3"],
    ["screen", "x", "--pack", "p", "--as-of", "2021-01-01", "--level", "street"],
    ["screen", "x", "--pack", "p", "--as-of", "2021-01-01", "--withhold", "-1"],
    ["screen", "x", "--pack", "p", "--as-of", "yesterday"],
    ["screen", "/nowhere", "--pack", "shaanxi-2531", "--as-of", "2021-01-01"],
    ["synth", "--out", "x", "--households", "abc"],
    ["synth", "--out", "x", "--seed", "1.5"],
    ["cases", "list", "--limit", "none"],
    ["rules", "prove", "shaanxi-2531", "--budget", "abc"],
    ["--xlsx"],
    ["--version=3"],
]


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_no_refusal_of_the_parser_is_left_in_english(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What the library of options says, whichever version: near names, types, bounds, usage."""
    assert main(["--lang", "zh", *words]) != 0
    told = capsys.readouterr().err
    assert "错误：" in told
    bare_of_names = re.sub(r"'[^']*'|用 antipoverty.*|用法：.*", "", told)
    assert not re.search(r"[A-Za-z]{2,} [a-z]{2,}", bare_of_names), told
    assert "Usage" not in told
    assert "OPTIONS" not in told
    speak(Spoken.BOTH)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_and_tables_speak_one_language(
    lang: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Where a language is chosen the other is not heard: in help, tables, lines, refusals."""
    for words, code, zh, en in (
        (["cases", "list", "--help"], 0, "只看超期的。", "Only what is overdue."),
        (["rules", "list", "--pack", "shaanxi-2531"], 0, "规则", "severity"),
        (["screen", str(tmp_path)], 2, "缺少选项", "Missing option"),
        (["template", "--pack", "shaanxi-2531", "--out", "a.b"], 2, "应以 .xlsx", "that ends in"),
    ):
        assert main(["--lang", lang, *words]) == code
        told = capsys.readouterr()
        heard = told.out + told.err
        assert (zh in heard, en in heard) == (lang == "zh", lang == "en"), words
    speak(Spoken.BOTH)


def test_the_language_is_known_before_a_command_is_read() -> None:
    """Help speaks it too, however it is written; a wrong one is left to be refused."""
    assert asked_for(["--lang", "zh", "screen"]) is Spoken.ZH
    assert asked_for(["screen", "--lang=en"]) is Spoken.EN
    assert in_front(["rules", "list", "--lang"]) == ["--lang", "rules", "list"]
    assert main(["rules", "list", "--pack", "shaanxi-2531", "--lang", "en"]) == 0
    assert asked_for(["--lang"]) is asked_for(["--lang", "fr"]) is asked_for([]) is None
