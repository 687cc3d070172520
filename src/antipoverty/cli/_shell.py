"""What every command shares: where it prints, how it fails, how it writes JSON."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

NO = 1
"""Exit code of an answer that is "no"."""

UNUSABLE = 2
"""Exit code of input that cannot be used."""


def console() -> Console:
    """Where tables and text for people go: standard output."""
    return Console(file=sys.stdout, soft_wrap=not sys.stdout.isatty(), highlight=False)


def progress_console() -> Console:
    """Where progress goes: standard error, so that output can be piped."""
    return Console(file=sys.stderr, highlight=False)


def print_json(document: Any) -> None:
    """Print a document as JSON: keys as given, Chinese as it is, days as ISO text."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")
