"""The process in which one plugin is loaded: it says the pack as JSON, and ends.

Run as ``python -m antipoverty._plugins.loading MEMORY NAME VALUE``. What the plugin prints goes
nowhere; memory and the size of the files it writes are limited where the system can.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import EntryPoint

from antipoverty._policy.data_only import MOST_BYTES, written
from antipoverty._policy.discovery import GROUP, loaded
from antipoverty.errors import AntipovertyError


def limit(memory: int) -> None:
    """Limit what this process, and what it starts, may take."""
    try:
        import resource
    except ImportError:  # such as on Windows: the limit of time remains
        return
    for what, most in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_FSIZE, MOST_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def load(name: str, value: str) -> str:
    """Load an entry point; give the pack as JSON, or what went wrong."""
    try:
        return f'{{"pack": {written(loaded(EntryPoint(name, value, GROUP))).decode()}}}'
    except BaseException as problem:  # whatever a plugin raises is told, not shown as a traceback
        ours = isinstance(problem, AntipovertyError)
        said = problem.message if ours else f"{type(problem).__name__}: {problem}"  # type: ignore[attr-defined]
        return json.dumps({"code": getattr(problem, "code", ""), "message": said[:2_000]})


def answer(memory: int, work: Callable[[], str]) -> None:
    """Do what may go wrong within limits, say one line, and end.

    What it prints goes nowhere, and a copy of this process that it makes says nothing.
    """
    mine, answers = os.getpid(), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit(memory)
    line = work().encode() + b"\n"
    if os.getpid() == mine:
        with os.fdopen(answers, "wb") as target:
            target.write(line)
    os._exit(0)  # what was left running does not keep the process


if __name__ == "__main__":
    answer(int(sys.argv[1]), lambda: load(*sys.argv[2:]))
