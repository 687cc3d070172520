"""The commands, gathered; an error of the library becomes a line and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
import typer

from antipoverty.cli._shell import UNUSABLE
from antipoverty.errors import AntipovertyError

app = typer.Typer(
    name="antipoverty",
    help="See early which rural households are about to fall back into poverty.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code."""
    try:
        result = app(list(arguments), standalone_mode=False)
    except AntipovertyError as problem:
        sys.stderr.write(f"error: {problem}\n")
        return UNUSABLE
    except click.exceptions.Abort:
        sys.stderr.write("stopped\n")
        return UNUSABLE
    except click.ClickException as problem:
        problem.show()
        return UNUSABLE
    except OSError as problem:
        sys.stderr.write(f"error: {problem.strerror}: {problem.filename}\n")
        return UNUSABLE
    return int(result or 0)
