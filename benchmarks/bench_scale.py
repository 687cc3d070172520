"""One machine, from a city to four provinces: what a household costs, and how much memory.

Run with ``python benchmarks/bench_scale.py``. Tables of 0.7 to 28 million households stand as
Parquet; each is checked and screened in a process of its own, on Polars by Shaanxi's rules and on
Spark by the ten of `bench_spark`. What no household causes (to compile rules, to plan queries) is
measured on 7,000 of them in the same process and is not counted to what a household costs.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from antipoverty.cli import ALLOCATOR
from antipoverty.packs import shaanxi_2531
from antipoverty.screening import Tables, screen
from antipoverty.synthetic import DEMO_DAY, generate
from bench_spark import session, ten_rules
from common import Row, in_fresh_process, table, version

SIZES = {"Polars": (0.7, 2.8, 7.0, 28.0), "Spark": (0.7, 2.8, 7.0)}
"""How many millions of households each screens; on Spark as many as take minutes."""
FEW = 7_000
ONCE = 10_000_000
"""From so many households on a run is not repeated."""
ENOUGH = 0.05
"""Below this part of the sizes Spark is left out, since its start alone would be measured."""
FLAT, MOST_GIB = 0.15, 8.0


def polars(folder: str, few: str) -> dict[str, float]:
    """Check and screen; seconds, and those that a few households take."""
    return _both(
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

    found = _both(screened, folder, few)
    started.stop()
    return found


def _both(work: Callable[[str], Any], folder: str, few: str) -> dict[str, float]:
    """Seconds of the whole, and of a few: the second time, when all is loaded."""
    work(few)
    took = []
    for place in (few, folder):
        began = time.perf_counter()
        work(place)
        took.append(time.perf_counter() - began)
    return {"fixed": took[0], "seconds": took[1]}


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
    costs: dict[str, list[float]] = {engine: [] for engine in SIZES}
    peak = 0.0
    no_spark = shutil.which("java") is None or version("pyspark") == "not installed"
    no_spark = no_spark or scale < ENOUGH
    with tempfile.TemporaryDirectory(prefix="antipoverty-bench-") as place:
        few = f"{place}/few"
        generate(Path(few), households=min(FEW, max(int(FEW * scale * 100), 500)), seed=2531)
        for millions in SIZES["Polars"]:
            count = max(int(millions * 1_000_000 * scale), 500)
            folder = f"{place}/many"
            generate(Path(folder), households=count, seed=2531)
            for engine, sizes in SIZES.items():
                if millions not in sizes or (engine == "Spark" and no_spark):
                    continue
                took = measured(engine, folder, few, count)
                costs[engine].append((took["seconds"] - took["fixed"]) / count * 1_000_000)
                peak = max(peak, took["gib"] if engine == "Polars" else 0)
                memory = f", {took['gib']:.1f} GiB" if engine == "Polars" else ""
                said = f"{costs[engine][-1]:.2f} us a household beyond {took['fixed']:.1f} s"
                what = f"{engine}: {count:,} households and their rows, checked and screened"
                rows.append(Row(what, f"{took['seconds']:.1f} s", said + memory))
            shutil.rmtree(folder)
    for engine, each in costs.items():
        if not each:
            rows.append(Row(engine, "skipped: no Java or no pyspark here, or too few households"))
            continue
        spread = max(each) / min(each) - 1 if min(each) > 0 else 0.0
        met = spread <= FLAT if limited else None
        what = f"{engine}: the dearest household beside the cheapest, by size"
        limit = f"{FLAT:.0%}" if limited else ""
        rows.append(Row(what, f"{spread:.0%} dearer", "", None, limit, met))
    met, limit = (peak <= MOST_GIB, f"{MOST_GIB:.0f} GiB") if limited else (None, "")
    return [
        *rows,
        Row("Polars: peak memory of the largest", f"{peak:.1f} GiB", "", None, limit, met),
    ]


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
