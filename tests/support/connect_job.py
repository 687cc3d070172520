"""A screening by Spark Connect, beside Polars: run by a process of its own, for a session is one.

It starts a server on this machine, and prints what it has seen when every answer was the same.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
from pyspark.sql import SparkSession

from antipoverty.daily import screen_delta
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack
from antipoverty.screening import Screening, Tables, screen
from antipoverty.synthetic import DEMO_DAY, generate
from engines import rows
from packs import a_pack, a_rule

WHENS = {
    "low": "net_income_12m < yuan('9000', per='person') * size",
    "uninsured": "any(members, not insured)",
    "medical": "sum(records, amount, where=kind == 'medical_self_paid', months=12) > yuan('100')",
}
SETTINGS = {"spark.sql.shuffle.partitions": "2"}


def pack() -> Pack:
    """Three rules of one department of the shipped pack."""
    shipped = shaanxi_2531()
    rules = [a_rule(when, id_, department="medical-insurance") for id_, when in WHENS.items()]
    kinds, departments = shipped.kinds.values(), shipped.departments
    return a_pack(*rules, kinds=kinds, departments=departments, area="61")


def made(folder: Path, **defects: int) -> Tables[pl.DataFrame]:
    """A village's tables; of every fifth household the income is not known."""
    generate(folder, households=60, seed=7, **defects)
    read = Tables.read(folder)
    frames = {name: read[name].collect() for name in read}
    known = pl.when(pl.int_range(pl.len()) % 5 > 0).then("net_income_12m")
    return read.with_frames(frames | {"households": frames["households"].with_columns(known)})


def lines(folder: Path) -> set[Any]:
    """What was written for departments."""
    found = pl.read_parquet(folder / "**/*.parquet", hive_partitioning=True)
    return {*found.select(sorted(found.columns)).cast(pl.String).iter_rows()}


def same(name: str, one: Any, other: Any) -> None:
    """Insist on one answer."""
    if one != other:
        raise AssertionError(f"{name} differs")


def looked_into(there: Screening[Any], here: Screening[Any], folder: Path) -> None:
    """Ask both all that a screening tells."""
    asked: dict[str, Callable[[Screening[Any]], Any]] = {
        "alerts": lambda one: rows(one.alerts),
        "judged": lambda one: rows(one.judged),
        "rejected": lambda one: rows(one.rejected),
        "counts": lambda one: one.rejected_counts,
        "undecided": lambda one: rows(one.undecided()),
        "summary": lambda one: rows(one.summary("county", "department")),
        "list": lambda one: one.handover("medical-insurance").rows(),
        "explained": lambda one: one.explain(here.judged["household_id"][3]),
    }
    for name, ask in asked.items():
        same(name, ask(there), ask(here))
    for one, name in ((there, "there"), (here, "here")):
        one.write_lines(folder / name)
    same("lines", lines(folder / "there"), lines(folder / "here"))


def main(place: str) -> None:
    """Screen clean tables and dirty ones, look into the answers, and go on to the next day."""
    folder = Path(place)
    spark = SparkSession.builder.remote("local[2]").getOrCreate()
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)

    def put(tables: Tables[pl.DataFrame]) -> Tables[Any]:
        oldest = pl.CompatLevel.oldest()
        arrow = {name: tables[name].to_arrow(compat_level=oldest) for name in tables}
        return tables.with_frames({n: spark.createDataFrame(one) for n, one in arrow.items()})

    clean = made(folder / "clean")
    there, here = (screen(one, pack(), as_of=DEMO_DAY) for one in (put(clean), clean))
    same("alerts of clean tables", rows(there.alerts), rows(here.alerts))
    dirty = made(folder / "dirty", defects=3)
    far = put(dirty)
    there, here = (screen(one, pack(), as_of=DEMO_DAY) for one in (far, dirty))
    looked_into(there, here, folder)
    changed, next_day = [here.judged["household_id"][5]], DEMO_DAY + timedelta(1)
    told = [
        screen_delta(one.state(), tables, pack(), as_of=next_day, changed=changed)
        for one, tables in ((there, far), (here, dirty))
    ]
    same("delta", *(one.lines.rows() for one in told))
    same("state", *({*one.state.answers.collect().rows()} for one in told))
    seen = {
        "session": type(spark).__module__,
        "alerts": here.alerts.height,
        "undecided": here.undecided().height,
        "rejected": len({reason for _, reason, _ in here.rejected_counts}),
        "judged_again": told[0].screening.households_given,
    }
    sys.stdout.write(json.dumps(seen) + "\n")
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1])
