"""The process in which a pack is tried on tables before anybody screens with it.

Run as ``python -m antipoverty._plugins.trial MEMORY TASK``, where the task is a file that
`antipoverty.plugins` wrote: tables, the pack as JSON, the day and the areas.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from antipoverty._plugins.loading import answer
from antipoverty._policy.data_only import read
from antipoverty.errors import AntipovertyError
from antipoverty.screening import Tables, screen


def trial(task: str) -> str:
    """Screen once; an error of the library's own is found again by who screens after it."""
    tables, pack, as_of, areas = pickle.loads(Path(task).read_bytes())  # noqa: S301 - our parent's
    try:
        alerts = screen(Tables(**tables), read(pack), as_of=as_of, areas=areas).alerts
    except AntipovertyError as problem:
        return problem.code
    return str(len(alerts))


if __name__ == "__main__":
    answer(int(sys.argv[1]), lambda: trial(sys.argv[2]))
