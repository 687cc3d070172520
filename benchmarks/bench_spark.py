"""Spark on this machine gives the same alerts as Polars."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time

import polars as pl

from antipoverty.packs import shaanxi_2531
from antipoverty.screening import Tables, screen
from antipoverty.synthetic import DEMO_DAY, generate
from common import Row, table, version


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is 700,000 households."""
    if shutil.which("java") is None or version("pyspark") == "not installed":
        return [Row("Spark", "skipped: no Java or no pyspark here")]
    from pyspark.sql import SparkSession

    count = max(int(700_000 * scale), 500)
    with tempfile.TemporaryDirectory(prefix="antipoverty-bench-") as folder:
        generate(folder, households=count, seed=2531)
        began = time.perf_counter()
        alerts = screen(Tables.read(folder), shaanxi_2531(), as_of=DEMO_DAY).alerts.collect()
        polars = time.perf_counter() - began
        spark = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.memory", "6g")
            .config("spark.sql.shuffle.partitions", "8")
            .config("spark.sql.warehouse.dir", f"{folder}/warehouse")
            .getOrCreate()
        )
        frames = {
            name: spark.read.parquet(f"{folder}/{name}")
            for name in ("households", "members", "records")
        }
        began = time.perf_counter()
        screening = screen(Tables(**frames), shaanxi_2531(), as_of=DEMO_DAY)
        screening.alerts.write.parquet(f"{folder}/alerts")
        seconds = time.perf_counter() - began
        found = pl.read_parquet(f"{folder}/alerts/*.parquet")
        same = found.sort(pl.all()).equals(alerts.sort(pl.all()))
        spark.stop()
    return [
        Row(
            f"{count:,} households and their rows, Shaanxi's {len(shaanxi_2531().rules)} rules, "
            "checked, Spark local[2]",
            f"{seconds:.0f} s",
            f"Polars {polars:.1f} s",
        ),
        Row("the alerts are the same", f"{alerts.height:,} rows", met=same),
    ]


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
