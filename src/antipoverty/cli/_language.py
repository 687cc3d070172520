"""In which language the command line speaks (语言), and how it prints where letters lack.

It is chosen once for a run: by ``--lang``, else by the locale of the process. The library
itself never looks at the environment: there a caller says which language is wanted.

What is said stands in the code in English; its Chinese stands in ``chinese.toml``, under the
English. A message with values is looked up before they are filled in.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import itertools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from importlib import resources
from typing import Any

import typer
from typer import rich_utils

from antipoverty.errors import Phrase
from antipoverty.languages import LANGUAGES, Language


class Spoken(enum.Enum):
    """What the command line speaks."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


_spoken: ContextVar[Spoken] = ContextVar("spoken", default=Spoken.BOTH)


def speak(language: Spoken) -> None:
    """Choose the language of this run."""
    _spoken.set(language)


def languages() -> tuple[Language, ...]:
    """The languages that people are spoken to in, in this run."""
    chosen = _spoken.get()
    return LANGUAGES if chosen is Spoken.BOTH else (chosen.value,)


def from_locale(environment: Mapping[str, str]) -> Spoken:
    """The language of a locale; both where it names neither Chinese nor English.

    >>> from_locale({"LANG": "zh_CN.UTF-8"}), from_locale({"LC_ALL": "C", "LANG": "en_US"})
    (<Spoken.ZH: 'zh'>, <Spoken.BOTH: 'both'>)

    Args:
        environment: The variables of the process.
    """
    named = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    first = next((one for one in named if one), "").lower()
    return (
        Spoken.ZH
        if first.startswith("zh")
        else Spoken.EN
        if first.startswith("en")
        else Spoken.BOTH
    )


def printed_as(spoken: Spoken, encoding: str | None) -> Spoken:
    """English where nobody chose a language and what is printed to has no Chinese letters.

    >>> printed_as(Spoken.BOTH, "cp1252"), printed_as(Spoken.ZH, "gb18030")
    (<Spoken.EN: 'en'>, <Spoken.ZH: 'zh'>)
    """
    try:
        "预警".encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return Spoken.EN
    return spoken


def asked_for(arguments: Sequence[str]) -> Spoken | None:
    """The language that ``--lang`` names, before a command is read: help speaks it too.

    >>> asked_for(["--lang", "zh", "screen"]), asked_for(["--lang=en"]), asked_for(["screen"])
    (<Spoken.ZH: 'zh'>, <Spoken.EN: 'en'>, None)
    """
    for number, word in enumerate(arguments):
        name, _, value = word.partition("=")
        if name == "--lang":
            value = value or "".join(arguments[number + 1 : number + 2])
            return next((one for one in Spoken if one.value == value), None)
    return None


_USAGE = {
    "Usage: ": "用法：",
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "命令 [参数]...",
}
"""What stands on the line that says how a command is called."""


def in_front(arguments: Sequence[str]) -> list[str]:
    """Words in which the options of every command stand first, wherever they were written.

    >>> in_front(["rules", "list", "--lang", "zh", "--xlsx=a.xlsx", "--", "--lang"])
    ['--lang', 'zh', '--xlsx=a.xlsx', 'rules', 'list', '--', '--lang']
    """
    first: list[str] = []
    rest: list[str] = []
    given = iter(arguments)
    for word in given:
        name, joined, _ = word.partition("=")
        if name in _OF_ALL:
            first += [word] if joined else [word, *itertools.islice(given, 1)]
        else:
            rest += [word, *given] if word == "--" else [word]
    return [*first, *rest]


def command_of(words: Sequence[str]) -> str:
    """The command that words call, after the options of every command; none is empty.

    >>> command_of(["--lang", "zh", "--xlsx=a.xlsx", "rules", "list"]), command_of(["--help"])
    ('rules', '')
    """
    given = iter(words)
    for word in given:
        if not word.startswith("-"):
            return word
        if word in _OF_ALL:
            next(given, None)
    return ""


_OF_ALL = ("--lang", "--xlsx")
"""The options of every command."""


@functools.cache
def catalogue() -> Mapping[str, str]:
    """Every message of the command line in English, and its Chinese."""
    text = resources.files(__package__).joinpath("chinese.toml").read_text(encoding="utf-8")
    return {one: str(zh) for part in tomllib.loads(text).values() for one, zh in part.items()}


def key_of(message: str) -> str:
    """Under what a message is looked up: its lines as one."""
    return " ".join(message.split())


def chosen(zh: str, en: str, *, between: str = " ") -> str:
    """Of two texts that say the same, what is said in this run."""
    return between.join(zh if one == "zh" else en for one in languages())


def said(message: str, between: str = " ", **values: Any) -> str:
    """A message in the languages of this run; of values, each fills its place in both.

    Args:
        message: In English, as the catalogue has it; what it lacks is said as it is.
        between: What stands between Chinese and English where both are spoken.
        **values: What fills the braces of the message: one value for both languages, or a
            pair of Chinese and English.
    """
    zh = catalogue().get(key_of(message)) if "zh" in languages() else message
    en = message
    if values:
        zh = zh and zh.format(**{name: _of(one, 0) for name, one in values.items()})
        en = message.format(**{name: _of(one, 1) for name, one in values.items()})
    return en if zh is None else chosen(zh, en, between=between)


def pair(message: str) -> tuple[str, str]:
    """A message in both languages, as a value of another one."""
    return catalogue().get(key_of(message), message), message


def _of(value: Any, side: int) -> Any:
    if isinstance(value, Phrase):
        return value if side else value.chinese
    return value[side] if isinstance(value, tuple) else value


def spoken(text: str, between: str = "\n") -> str:
    """What an error says in the languages of this run; what is no phrase as it is."""
    return chosen(text.chinese, str(text), between=between) if isinstance(text, Phrase) else text


@functools.cache
def _templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Messages with values as patterns, the longest first."""
    found = []
    for en, zh in sorted(catalogue().items(), key=lambda pair: -len(pair[0])):
        parts = re.split(r"\{(\w+)[^}]*\}", en)
        if len(parts) > 1:
            pattern = "".join(
                f"(?P<{part}>.+?)" if number % 2 else re.escape(part)
                for number, part in enumerate(parts)
            )
            found.append((re.compile(pattern, re.DOTALL), re.sub(r"\{(\w+)[^}]*\}", r"{\1}", zh)))
    return tuple(found)


def recognised(message: str) -> str | None:
    """The Chinese of a message whose values are filled in already, as errors of options are."""
    if (whole := catalogue().get(key_of(message))) is not None:
        return whole
    for pattern, zh in _templates():
        if match := pattern.fullmatch(key_of(message)):
            return zh.format(
                **{name: recognised(one) or one for name, one in match.groupdict().items()}
            )
    return None


def translate_help(command: Any) -> None:
    """Put the help of a command and of all under it into the languages of this run."""
    usage = command.get_usage
    command.get_usage = lambda context: _usage(usage(context))
    if command.help:
        command.help = said(command.help, "\n\n")
    for one in (*command.params, command.get_help_option(typer.Context(command))):
        if getattr(one, "help", None):
            one.help = said(one.help)
    for inner in getattr(command, "commands", {}).values():
        translate_help(inner)


def _usage(line: str) -> str:
    """How a command is called, in the languages of this run."""
    if languages() != ("zh",):
        return line.replace("Usage:", said("Usage:"), 1)
    for word, zh in _USAGE.items():
        line = line.replace(word, zh, 1)
    return line


def name_panels() -> None:
    """Head the panels of help in the languages of this run."""
    rich_utils.ARGUMENTS_PANEL_TITLE = said("Arguments")
    rich_utils.OPTIONS_PANEL_TITLE = said("Options")
    rich_utils.COMMANDS_PANEL_TITLE = said("Commands")
    rich_utils.DEFAULT_STRING = f"[{said('default')}: {{}}]"
    rich_utils.ENVVAR_STRING = f"[{said('env var')}: {{}}]"
    rich_utils.REQUIRED_LONG_STRING = f"[{said('required')}]"


def errors_said(message: str) -> Iterable[str]:
    """An error as lines, one for each language; English alone where it has no Chinese."""
    zh = recognised(message) if "zh" in languages() else None
    if zh is not None:
        yield f"错误：{zh}"
    if zh is None or "en" in languages():
        yield f"error: {message}"


def print_anything(stream: Any) -> None:
    """Let a stream print what its encoding lacks as an escape, so that no command crashes."""
    with contextlib.suppress(AttributeError, ValueError):
        stream.reconfigure(errors="backslashreplace")
