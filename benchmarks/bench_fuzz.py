"""Damaged files at every public reader: 3,000 of each, and what the slowest took.

Run with ``python benchmarks/bench_fuzz.py``. The suite reads as many.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from common import Row, table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

COUNT = 3_000


def main(scale: float = 1.0) -> list[Row]:
    """Read them; ``scale`` 1 is 3,000 of each."""
    from fuzzing import faults, readers

    count = max(int(COUNT * scale), 10)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for reader in readers(Path(folder)):
            began = time.process_time()
            seen = Counter[str]()
            found = list(faults(reader, count, seed=3, seen=seen))
            took = time.process_time() - began
            kinds = sorted({fault.what.partition(":")[0] for fault in found})
            rows.append(
                Row(
                    f"{reader.name}, {count:,} damaged",
                    f"{1000 * took / count:.1f} ms each",
                    f"{len(found)} faults {' '.join(kinds)}; {seen['read']:,} read",
                    limit="no other error, none over 1 s",
                    met=not found,
                )
            )
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
