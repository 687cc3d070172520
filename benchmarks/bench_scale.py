"""One machine, from a city to four provinces: what a household costs, and how much memory.

Run with ``python benchmarks/bench_scale.py``. Tables of 0.7 to 28 million households stand as
Parquet; each is checked and screened in a process of its own, on Polars by Shaanxi's rules and on
Spark by the ten of `bench_spark`, where 7,000 are screened first. What no household causes (to
compile rules, to plan queries, to warm a machine's code up) is where the line through all sizes
begins; a size is as dear as it should be where its time lies on that line.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from antipoverty.cli import ALLOCATOR
from antipoverty.packs import shaanxi_2531
from antipoverty.screening import Tables, screen
from antipoverty.synthetic import DEMO_DAY, generate
from bench_spark import session, ten_rules
from common import Row, in_fresh_process, table, version

MILLIONS = (0.7, 2.8, 7.0, 28.0)
"""How many millions of households each screens."""
FEW = 7_000
ONCE = 10_000_000
"""From so many households on a run is not repeated."""
ENOUGH = 0.05
"""Below this part of the sizes Spark is left out, since its start alone would be measured."""
FLAT, MOST_GIB = 0.15, 8.0


def polars(folder: str, few: str) -> dict[str, float]:
    """Check and screen; seconds, and those that a few households take."""
    return _after_few(
        lambda place: screen(Tables.read(place), shaanxi_2531(), as_of=DEMO_DAY).households,
        folder,
        few,
    )


def spark(folder: str, few: str) -> dict[str, float]:
    """Check and screen on Spark, its start left out; seconds, and those that a few take."""
    started = session(f"{folder}/warehouse")

    def screened(place: str) -> None:
        names = ("households", "members", "records")
        frames: dict[str, Any] = {one: started.read.parquet(f"{place}/{one}") for one in names}
        found = screen(Tables(**frames), ten_rules(), as_of=DEMO_DAY).alerts
        found.write.format("noop").mode("overwrite").save()

    found = _after_few(screened, folder, few)
    started.stop()
    return found


def _after_few(work: Callable[[str], Any], folder: str, few: str) -> dict[str, float]:
    """Seconds of the whole, after a few, when all is loaded."""
    work(few)
    began = time.perf_counter()
    work(folder)
    return {"seconds": time.perf_counter() - began}


def line(points: Mapping[int, float]) -> tuple[float, float]:
    """The seconds at nothing and those of each, by least squares of what is off in parts of each.

    Args:
        points: Seconds by how many households.
    """
    weights = {count: 1 / seconds**2 for count, seconds in points.items()}
    total = sum(weights.values())
    middle = sum(weight * count for count, weight in weights.items()) / total
    height = sum(weight * points[count] for count, weight in weights.items()) / total
    each = sum(
        weight * (count - middle) * (points[count] - height) for count, weight in weights.items()
    ) / sum(weight * (count - middle) ** 2 for count, weight in weights.items())
    return height - each * middle, each


def measured(engine: str, folder: str, few: str, count: int) -> dict[str, float]:
    """The seconds of a household's screening in all, the fixed ones, and memory; at their best."""
    runs = 1 if count > ONCE or engine == "Spark" else 2
    found = [
        in_fresh_process("bench_scale", engine.lower(), folder, few, allocator=ALLOCATOR)
        for _ in range(runs)
    ]
    best = min(found, key=lambda one: one["seconds"])
    return {**best, "gib": max(one["gib"] for one in found)}


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is to 28,000,000 households."""
    rows, limited = list[Row](), scale >= 1
    engines = ["Polars", "Spark"]
    if shutil.which("java") is None or version("pyspark") == "not installed" or scale < ENOUGH:
        engines.remove("Spark")
        rows.append(Row("Spark", "skipped: no Java or no pyspark here, or too few households"))
    points: dict[str, dict[int, float]] = {engine: {} for engine in engines}
    peak = 0.0
    with tempfile.TemporaryDirectory(prefix="antipoverty-bench-") as place:
        few = f"{place}/few"
        generate(Path(few), households=min(FEW, max(int(FEW * scale * 100), 500)), seed=2531)
        for millions in MILLIONS:
            count = max(int(millions * 1_000_000 * scale), 500)
            folder = f"{place}/many"
            generate(Path(folder), households=count, seed=2531)
            for engine in engines:
                took = measured(engine, folder, few, count)
                points[engine][count] = took["seconds"]
                peak = max(peak, took["gib"] if engine == "Polars" else 0)
                memory = f", {took['gib']:.1f} GiB" if engine == "Polars" else ""
                said = f"{took['seconds'] / count * 1_000_000:.2f} us a household{memory}"
                what = f"{engine}: {count:,} households and their rows, checked and screened"
                rows.append(Row(what, f"{took['seconds']:.1f} s", said))
            shutil.rmtree(folder)
    for engine, found in points.items():
        if len(found) < len(MILLIONS):
            continue  # sizes so small that several are one
        start, each = line(found)
        off = max(abs(took / (start + each * count) - 1) for count, took in found.items())
        met = off <= FLAT if limited else None
        what = f"{engine}: how far a size is off the line through all"
        said = f"{each * 1_000_000:.2f} us a household beyond {start:.1f} s"
        rows.append(Row(what, f"{off:.0%}", said, None, f"{FLAT:.0%}" if limited else "", met))
    met, limit = (peak <= MOST_GIB, f"{MOST_GIB:.0f} GiB") if limited else (None, "")
    return [
        *rows,
        Row("Polars: peak memory of the largest", f"{peak:.1f} GiB", "", None, limit, met),
    ]


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
