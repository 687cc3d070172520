"""Spark on this machine: the alerts of Polars, and their cost beside the same rules in SQL by hand.

Run with ``python benchmarks/bench_spark.py``. Ten rules over members and records are screened,
once of tables that were checked before and once with all checks, on clean tables and on such
with rows at fault; beside each the SQL that a person would write for these rules alone (two
grouped queries, one wide row, a case for each rule, `stack`) is run by turns. ``bench_spark.py 5``
measures 7,000,000 households, in some ten minutes.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from antipoverty.rules import Pack, Text
from antipoverty.screening import Tables, check, screen
from antipoverty.synthetic import DEMO_DAY, generate
from bench_screening import MOST_FEN, child_rules
from common import Row, beside_by_hand, table, version

HOUSEHOLDS = 1_400_000
"""What is measured, and five times as many where the whole province is asked for."""

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


def measured(spark: Any, folder: Path, count: int, state: str, *, limited: bool) -> list[Row]:
    """Screen the tables of a folder beside the SQL by hand."""
    pack, names = ten_rules(), ("households", "members", "records")
    frames = {name: spark.read.parquet(f"{folder}/{name}") for name in names}
    for name, frame in frames.items():
        frame.createOrReplaceTempView(name)
    expected = screen(Tables.read(folder), pack, as_of=DEMO_DAY).alerts.collect().sort(pl.all())
    found: list[Any] = []

    def written(frame: Any) -> Any:
        frame.write.format("noop").mode("overwrite").save()
        return frame

    def whole() -> None:
        found[:] = [written(screen(Tables(**frames), pack, as_of=DEMO_DAY).alerts)]

    if state == "clean" and not fetched(spark.sql(by_hand())).equals(expected):
        raise AssertionError("the SQL by hand finds other rows")
    checked = check(Tables(**frames), pack, as_of=DEMO_DAY)
    rows = beside_by_hand(
        f"{count:,} households, {state}, ten rules over members and records",
        "Spark",
        lambda: written(spark.sql(by_hand())),
        {
            "screening": lambda: written(screen(checked, pack, as_of=DEMO_DAY).alerts),
            "with all checks": whole,
        },
        turns=1 if count > HOUSEHOLDS else 2,
        limited=limited,
    )
    if not fetched(found[0]).equals(expected):
        raise AssertionError("Spark and Polars differ")
    return [*rows, Row(f"{state}: the alerts are those of Polars", f"{expected.height:,} rows")]


def fetched(frame: Any) -> pl.DataFrame:
    """The rows of a frame of Spark, in an order of their own."""
    found = pl.from_arrow(frame.toArrow())
    assert isinstance(found, pl.DataFrame)
    return found.sort(pl.all())


def session(warehouse: str) -> Any:
    """Start Spark on this machine."""
    from pyspark.sql import SparkSession

    return (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "6g")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.sql.maxPlanStringLength", "10000")
        .config("spark.python.sql.dataFrameDebugging.enabled", "false")
        .config("spark.sql.warehouse.dir", warehouse)
        .getOrCreate()
    )


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is 1,400,000 households, and 5 the whole province."""
    if shutil.which("java") is None or version("pyspark") == "not installed":
        return [Row("Spark", "skipped: no Java or no pyspark here")]
    count, rows = max(int(HOUSEHOLDS * scale), 500), list[Row]()
    with tempfile.TemporaryDirectory(prefix="antipoverty-bench-") as place:
        folder = Path(place)
        generate(folder, households=count, seed=2531)
        spark = session(f"{place}/warehouse")
        rows += measured(spark, folder, count, "clean", limited=scale >= 1)
        spoil(folder)
        rows += measured(spark, folder, count, "dirty", limited=scale >= 1)
        spark.stop()
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
