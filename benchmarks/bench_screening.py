"""Screening a province, beside the same rules written by hand in Polars."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import polars as pl

import thirty_rules
from antipoverty.model import shaanxi_areas
from antipoverty.rules import Pack, Rule, Text
from antipoverty.screening import Tables, check, screen
from antipoverty.synthetic import generate
from common import Row, in_fresh_process, paired, table

DAY = thirty_rules.DAY
FIRST, MONTH = pl.date(2020, 12, 1), pl.date(2021, 11, 1)
c = pl.col

CHILD_RULES = [
    "any(members, not insured)",
    "any(members, 6 <= age <= 15 and not in_school)",
    "count(members, disabled) >= 2",
    'any(members, health == "serious")',
    'sum(records, amount, where=kind == "medical_self_paid", months=12) > yuan(10000)',
    'sum(records, amount, where=kind == "outpatient", calendar="month") >= yuan(500)',
    'any(records, kind == "medical_admission" and amount > yuan(10000), months=12)',
    'any(records, kind == "traffic_accident", months=12)',
    'any(records, kind == "job_loss", months=12)',
    'sum(records, amount, where=kind == "accident_compensation", months=12) >= yuan(20000)',
]


def child_pack() -> Pack:
    """The thirty scalar rules and ten over members and records."""
    scalar = thirty_rules.pack()
    more = [
        Rule(
            id=f"child-{number}",
            title=Text("规则", "rule"),
            department="d",
            when=when,
            source=thirty_rules.SOURCE,
            since=DAY.replace(month=1),
        )
        for number, when in enumerate(CHILD_RULES)
    ]
    return Pack(
        "forty",
        Text("四十", "forty"),
        rules=[*scalar.rules.values(), *more],
        parameters=scalar.parameters.values(),
        departments=dict(scalar.departments),
    )


def _folded(
    rows: pl.LazyFrame, tests: dict[str, pl.Expr], sums: dict[str, pl.Expr]
) -> pl.LazyFrame:
    """Count by hand the rows that fit and the rows that may, and add amounts up."""
    columns: dict[str, pl.Expr] = {}
    matter: list[pl.Expr] = []
    for name, held in (tests | sums).items():
        open_, sure = held.is_null(), held.fill_null(value=False)
        if name in tests:
            columns[f"{name}_open"] = open_.cast(pl.Int64)
            columns[name] = sure.cast(pl.Int64)
        else:
            columns[name] = pl.when(held).then(c("amount")).fill_null(0)
            most = c("amount").fill_null(MOST_FEN)
            columns[f"{name}_high"] = pl.when(sure | open_).then(most).otherwise(0)
        matter += [open_, sure]
    return (
        rows.filter(pl.any_horizontal(matter))
        .select("household_id", **columns)
        .group_by("household_id")
        .agg(pl.all().sum())
    )


MOST_FEN = 10**10
"""The most that one amount can be, in fen."""


def _decided(name: str) -> pl.Expr:
    """Some row fits, none does, or one may."""
    sure, open_ = (c(one).fill_null(0) > 0 for one in (name, f"{name}_open"))
    return pl.when(sure).then(True).when(open_).then(None).otherwise(False)


def _reached(name: str, line: int) -> pl.Expr:
    """A sum comes to so much at least, cannot, or may."""
    low, high = (c(one).fill_null(0) >= line for one in (name, f"{name}_high"))
    return pl.when(low).then(True).when(high).then(None).otherwise(False)


def ours(folder: str) -> float:
    """Seconds to screen checked tables of a folder, members and records included."""
    checked = check(Tables.read(folder), child_pack(), as_of=DAY)
    began = time.perf_counter()
    _ = screen(checked, child_pack(), as_of=DAY).alerts.collect()
    return time.perf_counter() - began


def by_hand(folder: str) -> float:
    """Seconds for the same, written by hand in Polars."""
    began = time.perf_counter()
    _by_hand(Path(folder))
    return time.perf_counter() - began


def _by_hand(folder: Path) -> pl.DataFrame:
    households, members, records = (
        pl.scan_parquet(folder / name / "*.parquet")
        for name in ("households", "members", "records")
    )
    year = (c("day") >= FIRST) & (c("day") < pl.lit(DAY))
    month = (c("day") >= MONTH) & (c("day") < pl.lit(DAY))
    of_members = _folded(
        members,
        {
            "uninsured": ~c("insured"),
            "dropout": (c("age") >= 6) & (c("age") <= 15) & ~c("in_school"),
            "disabled": c("disabled"),
            "serious": c("health") == "serious",
        },
        {},
    )
    of_records = _folded(
        records,
        {
            "admission": (c("kind") == "medical_admission") & (c("amount") > 1_000_000) & year,
            "traffic": (c("kind") == "traffic_accident") & year,
            "job": (c("kind") == "job_loss") & year,
        },
        {
            "medical": (c("kind") == "medical_self_paid") & year,
            "outpatient": (c("kind") == "outpatient") & month,
            "compensation": (c("kind") == "accident_compensation") & year,
        },
    )
    wide = (
        households.join(of_members, on="household_id", how="left")
        .join(of_records, on="household_id", how="left")
        .collect(engine="streaming")
        .lazy()
    )

    def n(name: str) -> pl.Expr:
        return c(name).fill_null(0)

    two_open = n("disabled") + n("disabled_open") >= 2
    rules = [held for _, held, _ in thirty_rules.RULES] * 2
    rules += [
        *(_decided(name) for name in ("uninsured", "dropout")),
        pl.when(n("disabled") >= 2).then(True).when(two_open).then(None).otherwise(False),
        _decided("serious"),
        _reached("medical", 1_000_001),
        _reached("outpatient", 50_000),
        *(_decided(name) for name in ("admission", "traffic", "job")),
        _reached("compensation", 2_000_000),
    ]
    ids = [*(f"rule-{i:02d}" for i in range(30)), *(f"child-{i}" for i in range(10))]
    parts = [
        wide.filter(held.fill_null(value=True)).select(
            "household_id",
            "area",
            pl.lit(id_).alias("rule_id"),
            pl.when(held.is_null())
            .then(pl.lit("undecided"))
            .otherwise(pl.lit("warn"))
            .alias("verdict"),
        )
        for id_, held in zip(ids, rules, strict=True)
    ]
    return pl.concat(parts).collect()


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is the whole province of 7,000,000 households."""
    count = max(int(7_000_000 * scale), 1000)
    households, pack = thirty_rules.households(count), thirty_rules.pack()
    checked = check(Tables(households), pack, as_of=DAY)
    same = screen(checked, pack, as_of=DAY).alerts.height == thirty_rules.by_hand(households).height
    assert same, "the hand-written rules find other rows"
    mine, hand, ratio = paired(
        lambda: screen(checked, pack, as_of=DAY), lambda: thirty_rules.by_hand(households)
    )
    rows = [
        Row(
            f"{count:,} households, 30 scalar rules, in memory",
            f"{mine:.2f} s",
            f"Polars by hand {hand:.2f} s",
            ratio,
            "1.15",
            ratio <= 1.15,
        )
    ]
    seconds = min(
        _seconds(lambda: check(Tables(households), pack, as_of=DAY, areas=shaanxi_areas()))
        for _ in range(3)
    )
    rows.append(
        Row(f"checking these {count:,} rows, 24 columns, ids and areas", f"{seconds:.2f} s")
    )
    with tempfile.TemporaryDirectory(prefix="antipoverty-bench-") as folder:
        written = generate(folder, households=count, seed=2531)
        found = screen(Tables.read(folder), child_pack(), as_of=DAY).alerts.collect()
        assert found.sort(pl.all()).equals(_by_hand(Path(folder)).sort(pl.all()))
        runs = [
            (
                in_fresh_process("bench_screening", "ours", folder),
                in_fresh_process("bench_screening", "by_hand", folder),
            )
            for _ in range(3)
        ]
    runs.sort(key=lambda pair: pair[0]["seconds"] / pair[1]["seconds"])
    one, other = runs[1]
    ratio = one["seconds"] / other["seconds"]
    rows.append(
        Row(
            f"{count:,} households, {written.members:,} members, {written.records:,} records from "
            "Parquet, 40 rules",
            f"{one['seconds']:.1f} s",
            f"Polars by hand {other['seconds']:.1f} s",
            ratio,
            "1.25",
            ratio <= 1.25,
        )
    )
    rows.append(
        Row(
            "peak memory of that, checking the rows included",
            f"{one['gib']:.1f} GiB",
            f"by hand {other['gib']:.1f} GiB",
            None,
            "10 GiB",
            one["gib"] < 10,
        )
    )
    return rows


def _seconds(function: object) -> float:
    began = time.perf_counter()
    function()  # type: ignore[operator]
    return time.perf_counter() - began


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
