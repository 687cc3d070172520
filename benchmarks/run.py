"""Run every benchmark, or those named, and write ``RESULTS.md``; ``--quick`` only prints.

``run.py`` measures everything; ``run.py screening spark`` measures these two and keeps
the sections of the others as they were measured, each with its own day and machine.
"""

from __future__ import annotations

import datetime
import importlib
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


def section(name: str, scale: float) -> str:
    """Measure one benchmark: its title, when and where, and its table."""
    sys.stderr.write(f"{name} ...\n")
    module = importlib.import_module(f"bench_{name}")
    began = time.monotonic()
    rows = module.main(scale)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    place = "; ".join(machine())
    took = f"{time.monotonic() - began:.0f} s"
    title = (module.__doc__ or name).splitlines()[0]
    return f"## {title}\n\n`bench_{name}.py`, {today}, {took} in all, on {place}\n\n{table(rows)}"


def kept() -> Mapping[str, str]:
    """The sections that stand in the file, by the name of their benchmark."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    sections = [f"## {part.strip()}" for part in text.split("\n## ")[1:]]
    return {name: one for name in NAMES for one in sections if f"`bench_{name}.py`" in one}


def main(arguments: Sequence[str]) -> None:
    """Measure what is asked for, and write the file after each benchmark."""
    quick = "--quick" in arguments
    wanted = [one for one in arguments if one != "--quick"] or NAMES
    unknown = sorted({*wanted} - {*NAMES})
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    found = {} if wanted == NAMES else dict(kept())
    for name in wanted:
        found[name] = section(name, 0.002 if quick else 1.0)
        print(found[name], flush=True)
        if not quick:
            parts = [HEAD, *(found[one] for one in NAMES if one in found)]
            RESULTS.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
