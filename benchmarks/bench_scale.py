"""One machine, from a city to four provinces: what a household costs, and how much memory.

Run with ``python benchmarks/bench_scale.py``. Tables of 0.7 to 28 million households stand as
Parquet; each is checked and screened by Shaanxi's rules in a process of its own.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from antipoverty.packs import shaanxi_2531
from antipoverty.screening import Tables, screen
from antipoverty.synthetic import DEMO_DAY, generate
from common import Row, in_fresh_process, table

MILLIONS = (0.7, 2.8, 7.0, 28.0)
FLAT, MOST_GIB = 0.15, 8.0


def ours(folder: str) -> float:
    """Check and screen; seconds."""
    began = time.perf_counter()
    screening = screen(Tables.read(folder), shaanxi_2531(), as_of=DEMO_DAY)
    seconds = time.perf_counter() - began
    assert screening.households > 0
    return seconds


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is to 28,000,000 households."""
    rows, costs, peak = [], [], 0.0
    for millions in MILLIONS:
        count = max(int(millions * 1_000_000 * scale), 500)
        with tempfile.TemporaryDirectory(prefix="antipoverty-bench-") as folder:
            generate(Path(folder), households=count, seed=2531)
            runs = 1 if count > 10_000_000 else 3
            found = [in_fresh_process("bench_scale", "ours", folder) for _ in range(runs)]
        best = min(found, key=lambda one: one["seconds"])
        costs.append(best["seconds"] / count * 1_000_000)
        peak = max(one["gib"] for one in found)
        rows.append(
            Row(
                f"{count:,} households and their rows from Parquet, checked and screened",
                f"{best['seconds']:.1f} s",
                f"{costs[-1]:.2f} us a household, {peak:.1f} GiB",
            )
        )
    spread = max(costs) / min(costs) - 1
    rows += [
        Row(
            "the dearest household beside the cheapest, by size",
            f"{spread:.0%} dearer",
            limit=f"{FLAT:.0%}",
            met=spread <= FLAT,
        ),
        Row(
            "peak memory of the largest",
            f"{peak:.1f} GiB",
            limit=f"{MOST_GIB:.0f} GiB",
            met=peak <= MOST_GIB,
        ),
    ]
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
