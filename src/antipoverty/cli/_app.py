"""The commands, gathered; an error of the library becomes a line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

import narwhals as nw
import polars as pl
import typer
from typer.exceptions import TyperException

from antipoverty import __version__
from antipoverty._base.frozen import Frozen
from antipoverty.cli._language import (
    Spoken,
    asked_for,
    command_of,
    errors_said,
    from_locale,
    in_front,
    languages,
    name_panels,
    print_anything,
    printed_as,
    said,
    speak,
    translate_help,
)
from antipoverty.cli._shell import NO, UNUSABLE
from antipoverty.cli._workbook import keep_tables, write_kept
from antipoverty.errors import AntipovertyError

COMMANDS: Mapping[str, tuple[str, ...]] = Frozen(
    {
        "synth": ("synth", "demo"),
        "intake": ("intake",),
        "template": ("template",),
        "screen": ("screen", "explain"),
        "deliveries": ("deliveries",),
        "rules": ("rules", "pack"),
        "notify": ("notify", "duties"),
        "policy_cost": ("policy",),
        "assess": ("assess",),
        "draw": ("draw",),
        "receipts": ("verify", "coverage"),
        "cases": ("cases",),
        "problems": ("problems",),
        "summary": ("summary",),
        "judge": ("judge",),
        "measure": ("measure",),
        "compare": ("compare",),
    }
)
"""Which module has which commands, in the order in which they are loaded."""


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"antipoverty {__version__}\n")
        raise typer.Exit


def antipoverty(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback does it
        bool,
        typer.Option(
            "--version", metavar="", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    xlsx: Annotated[
        Path | None,
        typer.Option(
            "--xlsx", help="Write every table that the command prints to this workbook as well."
        ),
    ] = None,
    lang: Annotated[
        Spoken | None,
        typer.Option(
            "--lang",
            help="In which language people are spoken to: zh, en or both; by default that of "
            "the locale.",
        ),
    ] = None,
) -> None:
    """See early which rural households are about to fall back into poverty."""
    if lang is not None:
        speak(lang)
    keep_tables(xlsx)
    if xlsx is not None:
        told = [("antipoverty", __version__), ("command", str(context.invoked_subcommand))]
        context.call_on_close(lambda: write_kept(xlsx, told))


def commands(word: str = "") -> typer.Typer:
    """Gather the commands; of a word that is one, only its own, since all take a second to load."""
    app = typer.Typer(
        name="antipoverty",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(antipoverty)
    mine = [module for module, words in COMMANDS.items() if word in words]
    for module in mine or COMMANDS:
        import_module(f"antipoverty.cli.{module}").register(app)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; a command says "no" with ``typer.Exit``."""
    words = in_front(arguments)
    speak(asked_for(words) or printed_as(from_locale(os.environ), sys.stdout.encoding))
    for stream in (sys.stdout, sys.stderr):
        print_anything(stream)
    command = typer.main.get_command(commands(command_of(words)))
    translate_help(command)
    name_panels()
    try:
        done = command.main(words, prog_name="antipoverty", standalone_mode=False)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 0
    except TyperException as problem:
        return _misused(problem)
    except typer.Abort:
        return NO
    except AntipovertyError as problem:
        for to in languages():
            _tell(f"{'错误：' if to == 'zh' else 'error: '}{problem.text(to)}")
    except OSError as problem:
        place = "" if problem.filename is None else f": {problem.filename}"
        _fail(f"{problem.strerror or problem}{place}")
    except (pl.exceptions.PolarsError, nw.exceptions.NarwhalsError) as problem:
        _fail(  # the message itself may show a value
            f"the tables cannot be computed on ({type(problem).__name__}); look whether every "
            "file of a table is whole and has the same columns of the same types"
        )
    except UnicodeDecodeError:
        _fail("a file is not UTF-8 text; save it as UTF-8")
    else:
        return done if isinstance(done, int) else 0
    return UNUSABLE


def _misused(problem: TyperException) -> int:
    """Say what is wrong with the words of a command, and how it is used."""
    message = problem.format_message()
    if message:  # there is none where help was printed for want of words
        context = getattr(problem, "ctx", None)
        if context is not None:
            _tell(context.get_usage())
            _tell(said("Try '{command} --help' for help.", "\n", command=context.command_path))
        _fail(message)
    return problem.exit_code


def _fail(message: str) -> None:
    for line in errors_said(message):
        _tell(line)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
