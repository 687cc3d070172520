"""What the benchmarks share: fair pairs of timings, memory of a fresh process, tables."""

from __future__ import annotations

import gc
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """One measured figure, beside its limit where it has one."""

    what: str
    measured: str
    beside: str = ""
    ratio: float | None = None
    limit: str = ""
    met: bool | None = None

    def cells(self) -> list[str]:
        """The row as text."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        met = {True: "yes", False: "**no**", None: ""}[self.met]
        return [self.what, self.measured, self.beside, ratio, self.limit, met]


HEADER = ["what", "measured", "beside", "ratio", "limit", "met"]


def table(rows: Iterable[Row]) -> str:
    """Rows as a Markdown table."""
    lines = [HEADER, ["---"] * len(HEADER), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def timed(function: Callable[[], Any]) -> float:
    """Seconds of one call, without the collector in between."""
    gc.collect()
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def paired(
    ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int = 7
) -> tuple[float, float, float]:
    """Median seconds of each of two, run by turns after a warm-up, and the median ratio."""
    ours()
    theirs()
    pairs = [(timed(ours), timed(theirs)) for _ in range(rounds)]
    one, other = zip(*pairs, strict=True)
    ratio = statistics.median(a / b for a, b in pairs)
    return statistics.median(one), statistics.median(other), ratio


CHECKS = {"screening": 1.15, "with all checks": 2.0}
"""What is measured beside the same rules in SQL by hand, and how often its time it may take."""


def beside_by_hand(
    about: str,
    engine: str,
    hand: Callable[[], Any],
    each: Mapping[str, Callable[[], Any]],
    *,
    turns: int,
    limited: bool,
) -> list[Row]:
    """Rows of what an engine does beside SQL by hand: all by turns, each at its best.

    Args:
        about: The tables, in words.
        engine: The engine's name.
        hand: Runs the SQL by hand.
        each: What is timed, by its name in `CHECKS`.
        turns: How often.
        limited: Whether the limits hold at this size.
    """
    works = [hand, *each.values()]
    theirs, *ours = map(
        min, zip(*([timed(one) for one in works] for _ in range(turns)), strict=True)
    )
    rows = []
    for (what, most), seconds in zip(((one, CHECKS[one]) for one in each), ours, strict=True):
        ratio = seconds / theirs
        limit, met = (f"{most}", ratio <= most) if limited else ("", None)
        beside = f"{engine} SQL by hand {theirs:.1f} s"
        rows.append(Row(f"{about}, {what}", f"{seconds:.1f} s", beside, ratio, limit, met))
    return rows


def in_fresh_process(
    module: str, function: str, *arguments: str, allocator: str = ""
) -> dict[str, float]:
    """Run a function of a benchmark alone: what it measures, and its peak memory in GiB.

    Args:
        module: The benchmark.
        function: Gives seconds, or several figures by name.
        arguments: What it is called with.
        allocator: How Polars keeps memory, where it is not its own way.
    """
    code = (
        "import json, resource, sys; sys.path.insert(0, sys.argv[1]);"
        f"import {module} as m; found = m.{function}(*sys.argv[2:]);"
        "found = found if isinstance(found, dict) else {'seconds': found};"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20;"
        "print(json.dumps({**found, 'gib': peak}))"
    )
    here = str(Path(__file__).parent)
    words = [sys.executable, "-c", code, here, *arguments]
    kept = {"_RJEM_MALLOC_CONF": allocator} if allocator else {}
    environment = {**os.environ, **kept}
    done = subprocess.run(words, check=True, capture_output=True, text=True, env=environment)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def machine() -> list[str]:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.partition(":")[2].strip()
            for line in cpuinfo.read_text().splitlines()
            if line.startswith("model name")
        ]
        model = names[0] if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}",
        "versions: " + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    ]


PACKAGES = ("antipoverty", "polars", "narwhals", "duckdb", "pyspark", "pydantic", "attrs")


def version(name: str) -> str:
    """The installed version of a package, or that it is not there."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
