"""A thin shell around the library: it reads, calls, prints, and gives an exit code.

0 is success, 1 is an answer that is "no" (a receipt that does not verify, a pack with
problems), 2 is input that cannot be used. Errors are one line or a list, on standard
error, never a traceback. ``--json`` prints one JSON document on standard output.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

ALLOCATOR = "dirty_decay_ms:5000,muzzy_decay_ms:5000,oversize_threshold:0"
"""Lets Polars keep freed memory for five seconds: a province is screened in two thirds of the time.

Half a second, as Polars has it, makes a machine clear the same pages again and again.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code.

    Args:
        arguments: The words after the program's name; those of the process by default.
    """
    os.environ.setdefault("_RJEM_MALLOC_CONF", ALLOCATOR)  # read when Polars is loaded
    try:
        from antipoverty.cli._app import run
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as missing:
        if missing.name not in ("typer", "rich"):
            raise
        sys.stderr.write(
            "error: the command line needs two more packages; run: pip install 'antipoverty[cli]'\n"
        )
        return 2
    return run(sys.argv[1:] if arguments is None else list(arguments))
