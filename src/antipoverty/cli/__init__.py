"""A thin shell around the library: it reads, calls, prints, and gives an exit code.

0 is success, 1 is an answer that is "no" (a receipt that does not verify, a pack with
problems), 2 is input that cannot be used. Errors are one line or a list, on standard
error, never a traceback. ``--json`` prints one JSON document on standard output.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code.

    Args:
        arguments: The words after the program's name; those of the process by default.
    """
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
