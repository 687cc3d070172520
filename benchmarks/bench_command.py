"""The command line for a province: from its start until every list is written.

Run with ``python benchmarks/bench_command.py``. The tables stand as Parquet; the command checks
and screens them by Shaanxi's rules, writes alerts, the facts to verify, rows set aside and a list
for each department, and prints its counts.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from antipoverty.synthetic import DEMO_DAY, generate
from common import Row, table

PROVINCE, MOST_SECONDS = 7_000_000, 20.0


def command(folder: Path, out: Path) -> float:
    """Screen with everything written; seconds of the whole process."""
    words = ["screen", str(folder), "--pack", "shaanxi-2531", "--as-of", DEMO_DAY.isoformat()]
    began = time.perf_counter()
    words = [sys.executable, "-m", "antipoverty", *words, "--out", str(out)]
    subprocess.run(words, check=True, capture_output=True)
    return time.perf_counter() - began


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is a province of 7,000,000 households."""
    count, limited = max(int(PROVINCE * scale), 500), scale >= 1
    with tempfile.TemporaryDirectory(prefix="antipoverty-bench-") as place:
        folder, out = Path(place, "tables"), Path(place, "out")
        generate(folder, households=count, seed=2531)
        seconds = min(command(folder, out) for _ in range(2))
        lists = [*(out / "handover").glob("*.csv")]
        size = sum(path.stat().st_size for path in out.rglob("*.*")) / 2**20
    return [
        Row(
            f"`antipoverty screen` of {count:,} households, everything written",
            f"{seconds:.1f} s",
            f"{len(lists)} lists, {size:,.0f} MiB in all",
            limit=f"{MOST_SECONDS:.0f} s" if limited else "",
            met=seconds <= MOST_SECONDS if limited else None,
        )
    ]


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
