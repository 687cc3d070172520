"""Spark on this machine: the alerts of Polars, and their cost beside the same rules in SQL by hand.

Run with ``python benchmarks/bench_spark.py``. Ten rules over members and records are screened,
once of tables that were checked before and once with all checks, on clean tables and on such
with rows at fault; beside each the SQL that a person would write for these rules alone (two
grouped queries, one wide row, a case for each rule, `stack`) is run by turns.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from antipoverty.rules import Pack, Text
from antipoverty.screening import Tables, check, screen
from antipoverty.synthetic import DEMO_DAY, generate
from bench_screening import MOST_FEN, child_rules
from common import Row, table, version

YEAR, MONTH = "day >= date'2020-12-01'", "day >= date'2021-11-01'"
BEFORE = f"day < date'{DEMO_DAY}'"
MEMBERS = {
    "uninsured": "not insured",
    "dropout": "age between 6 and 15 and not in_school",
    "disabled": "disabled",
    "serious": "health = 'serious'",
}
EVENTS = {
    "admission": f"kind = 'medical_admission' and amount > 1000000 and {YEAR} and {BEFORE}",
    "traffic": f"kind = 'traffic_accident' and {YEAR} and {BEFORE}",
    "job": f"kind = 'job_loss' and {YEAR} and {BEFORE}",
}
SUMS = {
    "medical": (f"kind = 'medical_self_paid' and {YEAR} and {BEFORE}", "> 1000000"),
    "outpatient": (f"kind = 'outpatient' and {MONTH} and {BEFORE}", ">= 50000"),
    "compensation": (f"kind = 'accident_compensation' and {YEAR} and {BEFORE}", ">= 2000000"),
}
ORDER = (
    *("uninsured", "dropout", "disabled", "serious", "medical", "outpatient"),
    *("admission", "traffic", "job", "compensation"),
)


def by_hand() -> str:
    """The rules as SQL over the views ``households``, ``members`` and ``records``."""

    def counted(tests: dict[str, str]) -> str:
        return ", ".join(
            f"sum(case when {test} then 1 else 0 end) {name}, "
            f"sum(case when ({test}) is null then 1 else 0 end) {name}_open"
            for name, test in tests.items()
        )

    sums = ", ".join(
        f"sum(case when {test} then coalesce(amount, 0) else 0 end) {name}, "
        f"sum(case when coalesce({test}, true) then coalesce(amount, {MOST_FEN}) else 0 end) "
        f"{name}_high"
        for name, (test, _) in SUMS.items()
    )

    def case(name: str) -> str:
        least = 2 if name == "disabled" else 1
        if name in SUMS:
            held, may = (f"coalesce({end}, 0) {SUMS[name][1]}" for end in (name, f"{name}_high"))
            return f"case when {held} then 1 when {may} then 2 else 0 end"
        sure, open_ = f"coalesce({name}, 0)", f"coalesce({name}_open, 0)"
        return (
            f"case when {sure} >= {least} then 1 when {sure} + {open_} >= {least} then 2 else 0 end"
        )

    stacked = ", ".join(f"'child-{number}', {case(name)}" for number, name in enumerate(ORDER))
    return f"""
        select household_id, area, rule_id, if(code = 1, 'warn', 'undecided') verdict from (
          select h.household_id, h.area, stack({len(ORDER)}, {stacked}) as (rule_id, code)
          from households h
          left join (select household_id, {counted(MEMBERS)} from members group by household_id) m
            on h.household_id = m.household_id
          left join (select household_id, {counted(EVENTS)}, {sums} from records
                     group by household_id) r on h.household_id = r.household_id
        ) where code > 0"""


def ten_rules() -> Pack:
    """The ten rules, of one department."""
    return Pack("ten", Text("十", "ten"), rules=child_rules(), departments={"d": Text("部门", "d")})


def spoil(folder: Path) -> None:
    """Give one household in two hundred a member twice and one record an odd kind."""
    for name, key in (("members", "member_id"), ("records", "record_id")):
        for file in sorted((folder / name).glob("*.parquet")):
            rows = pl.read_parquet(file)
            some = rows.gather_every(700)
            if name == "records":
                some = some.with_columns(pl.lit("odd").alias("kind"), pl.col(key) + "x")
            pl.concat([rows, some]).write_parquet(file)


def timed(work: Callable[[], Any]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measured(
    spark: Any, folder: Path, count: int, state: str, turns: int, *, limited: bool
) -> list[Row]:
    """Screen the tables of a folder beside the SQL by hand, the best of some turns."""
    pack, names = ten_rules(), ("households", "members", "records")
    frames = {name: spark.read.parquet(f"{folder}/{name}") for name in names}
    for name, frame in frames.items():
        frame.createOrReplaceTempView(name)
    expected = screen(Tables.read(folder), pack, as_of=DEMO_DAY).alerts.collect().sort(pl.all())

    def noop(frame: Any) -> None:
        frame.write.format("noop").mode("overwrite").save()

    def whole() -> None:
        noop(screen(Tables(**frames), pack, as_of=DEMO_DAY).alerts)

    checked = check(Tables(**frames), pack, as_of=DEMO_DAY)
    found = pl.from_arrow(screen(checked, pack, as_of=DEMO_DAY).alerts.toArrow())
    assert isinstance(found, pl.DataFrame)
    if not found.sort(pl.all()).equals(expected):
        raise AssertionError("Spark and Polars differ")
    if state == "clean":
        hand = pl.from_arrow(spark.sql(by_hand()).toArrow())
        assert isinstance(hand, pl.DataFrame)
        if not hand.sort(pl.all()).equals(expected):
            raise AssertionError("the SQL by hand finds other rows")
    each = [
        (
            timed(lambda: noop(spark.sql(by_hand()))),
            timed(lambda: noop(screen(checked, pack, as_of=DEMO_DAY).alerts)),
            timed(whole),
        )
        for _ in range(turns)
    ]
    theirs, judged, checks = map(min, zip(*each, strict=True))
    rows = []
    for what, seconds, most in (("screening", judged, 1.15), ("with all checks", checks, 2.0)):
        ratio = seconds / theirs
        limit, met = (f"{most}", ratio <= most) if limited else ("", None)
        rows.append(
            Row(
                f"{count:,} households, {state}, ten rules over members and records, {what}",
                f"{seconds:.1f} s",
                f"Spark SQL by hand {theirs:.1f} s",
                ratio,
                limit,
                met,
            )
        )
    return [*rows, Row(f"{state}: the alerts are those of Polars", f"{expected.height:,} rows")]


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is 1,400,000 and 7,000,000 households."""
    if shutil.which("java") is None or version("pyspark") == "not installed":
        return [Row("Spark", "skipped: no Java or no pyspark here")]
    from pyspark.sql import SparkSession

    rows: list[Row] = []
    for whole, turns in ((1_400_000, 2), (7_000_000, 1)):
        count = max(int(whole * scale), 500)
        with tempfile.TemporaryDirectory(prefix="antipoverty-bench-") as place:
            folder = Path(place)
            generate(folder, households=count, seed=2531)
            spark = (
                SparkSession.builder.master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.memory", "6g")
                .config("spark.sql.shuffle.partitions", "8")
                .config("spark.sql.maxPlanStringLength", "10000")
                .config("spark.python.sql.dataFrameDebugging.enabled", "false")
                .config("spark.sql.warehouse.dir", f"{place}/warehouse")
                .getOrCreate()
            )
            rows += measured(spark, folder, count, "clean", turns, limited=scale >= 1)
            spoil(folder)
            rows += measured(spark, folder, count, "dirty", turns, limited=scale >= 1)
            spark.stop()
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
