"""Run every benchmark, or those named, and write ``RESULTS.md``; ``--quick`` only prints.

``run.py`` measures everything; ``run.py screening spark`` measures these two and keeps
the sections of the others as they were measured, each with its own day and machine;
``spark@5`` measures five times as much, in a section of its own.
"""

from __future__ import annotations

import datetime
import importlib
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from common import machine, table

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
NAMES = [path.stem.removeprefix("bench_") for path in sorted(HERE.glob("bench_*.py"))]
HEAD = "# Measured\n\n" + " ".join(
    [
        "Written by `make bench`; no figure is typed by hand. Times are medians; a ratio is the",
        "median of pairs run by turns in one process, or in fresh processes where memory is",
        'measured. `make bench ONLY="screening spark"` measures some again and keeps the rest.',
    ]
)


def section(asked: str, *, quick: bool) -> str:
    """Measure one benchmark: its title, when and where, and its table."""
    sys.stderr.write(f"{asked} ...\n")
    name, _, times = asked.partition("@")
    module = importlib.import_module(f"bench_{name}")
    began = time.monotonic()
    rows = module.main((0.002 if quick else 1.0) * float(times or 1))
    command = f"bench_{name}.py {times}".strip()
    today = datetime.datetime.now(tz=datetime.UTC).date()
    where = "; ".join(machine())
    took = f"{time.monotonic() - began:.0f} s"
    title = (module.__doc__ or name).splitlines()[0]
    return f"## {title}\n\n`{command}`, {today}, {took} in all, on {where}\n\n{table(rows)}"


def kept() -> Mapping[str, str]:
    """The sections that stand in the file, by the name of their benchmark."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    found = {}
    for part in text.split("\n## ")[1:]:
        told = re.search(r"`bench_(\w+)\.py(?: (\S+))?`", part)
        if told and told[1] in NAMES:
            found["@".join(filter(None, told.groups()))] = f"## {part.strip()}"
    return found


def place(asked: str) -> tuple[int, str]:
    """Where a section stands: the larger sizes of a benchmark behind it."""
    name, _, times = asked.partition("@")
    return NAMES.index(name), times


def main(arguments: Sequence[str]) -> None:
    """Measure what is asked for, and write the file after each benchmark."""
    quick = "--quick" in arguments
    wanted = [one for one in arguments if one != "--quick"] or NAMES
    unknown = sorted({one.partition("@")[0] for one in wanted} - {*NAMES})
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    found = {} if wanted == NAMES else dict(kept())
    for name in wanted:
        found[name] = section(name, quick=quick)
        print(found[name], flush=True)
        if not quick:
            parts = [HEAD, *(found[one] for one in sorted(found, key=place))]
            RESULTS.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
