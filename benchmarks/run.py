"""Run every benchmark and write ``RESULTS.md``; ``--quick`` runs small and only prints."""

from __future__ import annotations

import datetime
import importlib
import sys
from pathlib import Path

from common import machine, table

HERE = Path(__file__).parent


def main(quick: bool) -> None:
    """Run ``bench_*.py`` in order of name."""
    today = datetime.datetime.now(tz=datetime.UTC).date()
    parts = [
        "# Measured",
        "Written by `make bench`; no figure here is typed by hand. Times are medians; a ratio is "
        "the median of pairs run by turns in one process, or in fresh processes where memory is "
        "measured.",
        "\n".join(f"- {line}" for line in [f"{today}", *machine()]),
    ]
    for path in sorted(HERE.glob("bench_*.py")):
        sys.stderr.write(f"{path.stem} ...\n")
        module = importlib.import_module(path.stem)
        rows = module.main(0.002 if quick else 1.0)
        parts.append(f"## {(module.__doc__ or path.stem).splitlines()[0]}\n\n{table(rows)}")
    text = "\n\n".join(parts) + "\n"
    print(text)
    if not quick:
        (HERE / "RESULTS.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main("--quick" in sys.argv)
