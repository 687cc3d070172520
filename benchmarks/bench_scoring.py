"""Assess every unit of the country in bulk, beside run-length code written by hand in Polars.

Run with ``python benchmarks/bench_scoring.py``. Both sides take the same shuffled frame
of text columns, drop what was replaced or withdrawn or not yet issued, find the runs of
months and quarters, and give a ledger and the totals of the years. Only the library
checks what comes in. The same answer is asserted before any time is taken.
"""

from __future__ import annotations

import random
import sys
from datetime import date

import polars as pl

from antipoverty.periods import Period
from antipoverty.scoring import AssessmentPolicy, assess_frame
from common import Row, paired, table

AS_OF = date(2023, 6, 30)
YEARS = range(2013, 2023)


def notices(units: int, *, digits: int, seed: int = 2531) -> pl.DataFrame:
    """Ten years of monthly and quarterly notices on each unit; 1 in 100 is corrected later."""
    months = [f"{year}-{month:02d}" for year in YEARS for month in range(1, 13)]
    quarters = [f"{year}-Q{quarter}" for year in YEARS for quarter in range(1, 5)]
    periods = pl.DataFrame({"period": months + quarters}).with_columns(
        issued_on=pl.Series([Period.parse(text).last for text in months + quarters])
        + pl.duration(days=10)
    )
    codes = [str(10**digits // 10 + number) for number in range(units)]
    frame = pl.DataFrame({"unit": codes}).join(periods, how="cross").with_row_index("n")
    draw = random.Random(seed)
    words = ("commended", "criticised", "neither")
    frame = frame.select(
        notice_id=pl.format("n{}", "n"),
        unit="unit",
        period="period",
        verdict=pl.Series(draw.choices(words, (3, 3, 4), k=frame.height)),
        level=pl.lit("province" if digits == 6 else "county"),
        issued_on="issued_on",
        replaces=pl.lit(None, pl.String),
    )
    corrections = frame.sample(fraction=0.01, seed=seed).with_columns(
        notice_id=pl.format("c-{}", "notice_id"),
        replaces="notice_id",
        issued_on=pl.col("issued_on").dt.offset_by("30d"),
        verdict=pl.lit("withdrawn"),
    )
    return pl.concat([frame, corrections]).sample(fraction=1, shuffle=True, seed=seed)


def by_hand(frame: pl.DataFrame, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What a good engineer would write for this one policy, and no other."""
    issued = frame.filter(pl.col("issued_on") <= as_of)
    replaced = issued["replaces"].drop_nulls().implode()
    standing = issued.filter(~pl.col("notice_id").is_in(replaced), pl.col("verdict") != "withdrawn")
    ledgers, totals = [], []
    year = pl.col("period").str.slice(0, 4).cast(pl.Int32)
    for rule, quarter, per_year in (("two-months", False, 12), ("two-quarters", True, 4)):
        index = pl.col("period").str.slice(6 if quarter else 5).cast(pl.Int32)
        rows = (
            standing.filter(pl.col("period").str.slice(5, 1).eq("Q") == quarter)
            .select(
                pl.col("unit").cast(pl.Categorical),
                pl.col("level").cast(pl.Categorical),
                "verdict",
                "period",
                at=year * per_year + index,
            )
            .sort(pl.col("unit").to_physical(), pl.col("level").to_physical(), "at")
        )
        starts = (
            (pl.col("at").diff() != 1)
            | (pl.col("unit") != pl.col("unit").shift())
            | (pl.col("level") != pl.col("level").shift())
            | (pl.col("verdict") != pl.col("verdict").shift())
        ).fill_null(value=True)
        row = pl.int_range(pl.len())
        scored = (
            rows.with_columns(
                run_length=row - pl.when(starts).then(row).forward_fill() + 1,
                first_period=pl.col("period").shift(),
            )
            .filter((pl.col("run_length") >= 2) & (pl.col("verdict") != "neither"))
            .select(
                pl.col("unit").cast(pl.String),
                pl.lit(rule).alias("rule"),
                pl.col("level").cast(pl.String),
                "verdict",
                year=year,
                first_period="first_period",
                completed="period",
                run_length="run_length",
                hundredths=pl.when(pl.col("verdict") == "commended").then(100).otherwise(-100),
            )
        )
        ledgers.append(scored)
        points = pl.col("hundredths")
        totals.append(
            scored.group_by("unit", "rule", "year").agg(
                added=points.filter(points > 0).sum(),
                deducted=points.filter(points < 0).sum(),
                total=points.sum(),
            )
        )
    return pl.concat(ledgers), pl.concat(totals)


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is every county unit, and every township, of the country."""
    rows: list[Row] = []
    policy = AssessmentPolicy()
    for name, units, digits in (("county units", 3_000, 6), ("townships", 40_000, 9)):
        count = max(int(units * scale), 20)
        frame = notices(count, digits=digits)
        library = assess_frame(frame, policy, as_of=AS_OF)
        ledger, totals = by_hand(frame, AS_OF)
        same(library.ledger, ledger)
        same(library.accounts, totals)
        ours, theirs, ratio = paired(
            lambda frame=frame: assess_frame(frame, policy, as_of=AS_OF),
            lambda frame=frame: by_hand(frame, AS_OF),
        )
        rows.append(
            Row(
                f"{count:,} {name}, {frame.height:,} notices of 10 years, {ledger.height:,} scores",
                f"{ours:.2f} s",
                f"Polars by hand {theirs:.2f} s",
                ratio,
                "1.5",
                ratio <= 1.5,
            )
        )
    return rows


def same(one: pl.DataFrame, other: pl.DataFrame) -> None:
    """Insist that two tables hold the same rows."""
    columns = one.columns
    left, right = (frame.select(columns).sort(columns) for frame in (one, other))
    right = right.cast(dict(left.schema))
    if not left.equals(right):
        raise AssertionError("the library and the code by hand differ")


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
