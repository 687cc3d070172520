"""The commands, gathered; an error of the library becomes a line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import narwhals as nw
import polars as pl
import typer

from antipoverty import __version__
from antipoverty.cli import (
    assess,
    cases,
    compare,
    deliveries,
    draw,
    intake,
    judge,
    notify,
    policy_cost,
    problems,
    receipts,
    rules,
    screen,
    summary,
    synth,
    template,
)
from antipoverty.cli._language import Spoken, from_locale, languages, print_anything, speak
from antipoverty.cli._shell import UNUSABLE
from antipoverty.cli._workbook import keep_tables, write_kept
from antipoverty.errors import AntipovertyError

app = typer.Typer(
    name="antipoverty",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"antipoverty {__version__}\n")
        raise typer.Exit


@app.callback()
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


for commands in (
    synth,
    intake,
    template,
    screen,
    deliveries,
    rules,
    notify,
    policy_cost,
    assess,
    draw,
    receipts,
    cases,
    problems,
    summary,
    judge,
    compare,
):
    commands.register(app)


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; a command says "no" with ``typer.Exit``."""
    speak(from_locale(os.environ))
    for stream in (sys.stdout, sys.stderr):
        print_anything(stream)
    try:
        app(list(arguments))
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    except AntipovertyError as problem:
        sys.stderr.write(f"error: {problem}\n")
        if "zh" in languages():
            sys.stderr.write(f"错误：{problem.meaning('zh')} [{problem.code}]\n")
    except OSError as problem:
        place = "" if problem.filename is None else f": {problem.filename}"
        sys.stderr.write(f"error: {problem.strerror or problem}{place}\n")
    except (pl.exceptions.PolarsError, nw.exceptions.NarwhalsError) as problem:
        sys.stderr.write(  # the message itself may show a value
            f"error: the tables cannot be computed on ({type(problem).__name__}); look whether "
            "every file of a table is whole and has the same columns of the same types\n"
        )
    except UnicodeDecodeError:
        sys.stderr.write("error: a file is not UTF-8 text; save it as UTF-8\n")
    return UNUSABLE
