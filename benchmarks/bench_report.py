"""The report of a province: how long it takes, how long it is, and what memory it needs."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import polars as pl

import thirty_rules
from antipoverty.model import shaanxi_areas
from antipoverty.screening import Screening, Tables, screen
from common import Row, in_fresh_process, table

HOUSEHOLDS = 7_000_000
PART = 500_000


def screened(folder: str) -> Screening[pl.LazyFrame]:
    """Screen the province in a folder."""
    return screen(
        Tables.read(folder), thirty_rules.pack(), as_of=thirty_rules.DAY, areas=shaanxi_areas()
    )


def screen_alone(folder: str) -> float:
    """Screen and count the answers by county; seconds."""
    began = time.perf_counter()
    found = screened(folder)
    found.totals()
    return time.perf_counter() - began


def report_alone(folder: str, path: str) -> float:
    """Screen, and write the report with lists of the first answers; seconds of the report."""
    found = screened(folder)
    found.totals()
    began = time.perf_counter()
    found.report(households=20).write(path)
    return time.perf_counter() - began


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` is a part of seven million households."""
    count = max(int(HOUSEHOLDS * scale), 1_000)
    with tempfile.TemporaryDirectory() as place:
        folder, path = Path(place) / "tables", Path(place) / "report.html"
        homes = folder / "households"
        homes.mkdir(parents=True)
        made = thirty_rules.households(min(count, PART))
        for number, done in enumerate(range(0, count, PART)):
            part = made.head(count - done).with_columns(pl.col("household_id") + f"-{number}")
            part.write_parquet(homes / f"{number}.parquet")
        alone = in_fresh_process("bench_report", "screen_alone", str(folder))
        told = in_fresh_process("bench_report", "report_alone", str(folder), str(path))
        size = path.stat().st_size / 2**20
    of = f"{count:,} households, 30 rules"
    return [
        Row(
            f"Report with counties, charts and lists, {of}",
            f"{told['seconds']:.1f} s",
            f"screening and counting {alone['seconds']:.1f} s",
            None,
            "60 s",
            told["seconds"] < 60,
        ),
        Row("Its size, one file", f"{size:.2f} MiB", "", None, "5 MB", size * 2**20 < 5e6),
        Row(
            "Peak memory with the report",
            f"{told['gib']:.2f} GiB",
            f"screening alone {alone['gib']:.2f} GiB",
            told["gib"] / alone["gib"],
            "1.10",
            told["gib"] / alone["gib"] < 1.10 or scale < 1,
        ),
    ]


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
