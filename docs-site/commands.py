"""The reference of the command line (命令一览): made from the commands themselves by the build."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from antipoverty.cli import _app
from antipoverty.cli._language import Spoken, said, speak, translate_help

HEAD = {
    "zh": (
        "# 命令一览",
        "由命令本身生成。`antipoverty --lang zh|en|both 命令 ...` 选择语言，写在命令之前；"
        "`antipoverty --xlsx 表.xlsx 命令 ...` 把显示的表另存为工作簿。金额、日期和退出码见"
        "[在命令行上筛查](../how-to/screen-from-the-command-line.md)。",
        ("选项", "说明"),
    ),
    "en": (
        "# Commands",
        "Made from the commands themselves. `antipoverty --lang zh|en|both COMMAND ...` chooses "
        "the language, before the command; `antipoverty --xlsx out.xlsx COMMAND ...` writes the "
        "tables that are printed to a workbook as well. Exit codes are told in "
        "[Screen from the command line](../how-to/screen-from-the-command-line.md).",
        ("option", "meaning"),
    ),
}


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with the words that call it."""
    inner = getattr(command, "commands", {})
    if not inner or path == "antipoverty demo":
        yield path, command
    for name, one in inner.items():
        yield from commands(one, f"{path} {name}")


def page(language: str) -> str:
    """The page of all commands."""
    speak(Spoken(language))
    tree = typer.main.get_command(_app.commands())
    translate_help(tree)
    title, told, (option, meaning) = HEAD[language]
    parts = [title, "", told, ""]
    for path, command in commands(tree, "antipoverty"):
        parts += [f"## `{path.removeprefix('antipoverty ')}`", "", command.help or "", ""]
        rows = [
            (_name(one), one.help or "", f"**{said('required')}**" if one.required else "")
            for one in command.params
        ]
        if rows:
            parts += [f"| {option} | {meaning} |", "|---|---|"]
            parts += [f"| {name} | {_cell(help_)} {needed} |" for name, help_, needed in rows]
            parts.append("")
    speak(Spoken.BOTH)
    return "\n".join(parts)


def _name(one: Any) -> str:
    if one.param_type_name == "argument":
        return f"`{one.name.upper()}`"
    return ", ".join(f"`{name}`" for name in one.opts)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
