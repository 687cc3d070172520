"""Assess every unit of the country in bulk, beside run-length code written by hand in Polars.

Run with ``python benchmarks/bench_scoring.py``. Both sides take the same shuffled frame
of text columns, drop what was replaced or withdrawn or not yet issued, find the runs of
months and quarters, and give a ledger and the totals of the years. Only the library
checks what comes in. The same answer is asserted before any time is taken.

Then the same from figures, limits included: each month's figures of every township are
compared with control limits around that month's rate, and whoever is outside is named. By
hand the limits are SciPy's quantiles, of each month and denominator once, and a join.
"""

from __future__ import annotations

import random
import sys
from datetime import date
from fractions import Fraction

import numpy as np
import polars as pl
from scipy import stats

from antipoverty.periods import Period
from antipoverty.rules import Text
from antipoverty.scoring import AssessmentPolicy, Indicator, assess_frame, outside_frame
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
    frame = (
        pl.DataFrame({"unit": codes(units, digits)}).join(periods, how="cross").with_row_index("n")
    )
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


def codes(units: int, digits: int) -> list[str]:
    """Codes of counties, or of townships, none of which ends with a level's zeros."""
    if digits == 6:
        return [f"11{1 + n // 90:02d}{1 + n % 90:02d}" for n in range(units)]
    return [f"11{1 + n // 9000:02d}{1 + n // 900 % 90:02d}{1 + n % 900:03d}" for n in range(units)]


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


COVERAGE = Indicator(
    id="coverage", title=Text("走访覆盖率", "coverage of visits"), unit="share", direction="higher",
    best=1, worst=Fraction(1, 2),
)  # fmt: skip
CHANCE = Fraction(1, 40)


def figures(units: int, seed: int = 2531) -> pl.DataFrame:
    """Ten years of monthly figures of townships of 30 to 2,900 cases, of truly unlike rates."""
    draw = np.random.default_rng(seed)
    periods = pl.DataFrame(
        {"period": [f"{year}-{month:02d}" for year in YEARS for month in range(1, 13)]}
    ).with_columns(
        issued_on=pl.col("period").str.to_date("%Y-%m").dt.month_end() + pl.duration(days=10)
    )
    whole = pl.DataFrame(
        {
            "unit": codes(units, 9),
            "size": draw.integers(30, 2900, units),
            "rate": np.clip(draw.normal(0.9, 0.02, units), 0, 1),
        }
    ).join(periods, how="cross")
    sizes = np.clip(whole["size"].to_numpy() + draw.integers(-20, 21, whole.height), 10, None)
    return (
        whole.select("unit", "period", "issued_on")
        .with_columns(
            indicator=pl.lit("coverage"),
            numerator=draw.binomial(sizes, whole["rate"].to_numpy()),
            denominator=sizes,
            level=pl.lit("county"),
            replaces=pl.lit(None, pl.String),
        )
        .with_row_index("n")
        .with_columns(notice_id=pl.format("n{}", "n"))
        .sample(fraction=1, shuffle=True, seed=seed)
    )


def named(frame: pl.DataFrame, outside: pl.Series) -> pl.DataFrame:
    """Notices of whom the limits leave out; both sides word them so."""
    words = pl.Series(["criticised", "neither", "commended"])
    return frame.with_columns(verdict=words.gather(outside.cast(pl.Int64) + 1))


def limits_by_hand(frame: pl.DataFrame) -> pl.Series:
    """SciPy's limits of each month and denominator, joined: what a good engineer would write."""
    sums = frame.group_by("period").agg(pl.col("numerator", "denominator").sum())
    rates = sums.select("period", rate=pl.col("numerator") / pl.col("denominator"))
    asked = frame.select("period", "denominator").unique().join(rates, on="period")
    size, rate = asked["denominator"].to_numpy(), asked["rate"].to_numpy()
    limits = asked.select(
        "period",
        "denominator",
        lower=pl.Series(stats.binom.ppf(float(CHANCE), size, rate)),
        upper=pl.Series(stats.binom.isf(float(CHANCE), size, rate)),
    )
    count = pl.col("numerator")
    return (
        frame.join(limits, on=["period", "denominator"], how="left", maintain_order="left")
        .select((count > pl.col("upper")).cast(pl.Int8) - (count < pl.col("lower")).cast(pl.Int8))
        .to_series()
    )


def limits(frame: pl.DataFrame) -> pl.Series:
    """The library's."""
    made = outside_frame(frame, COVERAGE, commended=CHANCE, criticised=CHANCE)
    return made["outside"]


def with_limits(units: int) -> list[Row]:
    """Figures to points, and the limits alone, beside the same by hand."""
    frame, policy = figures(units), AssessmentPolicy()
    ours, theirs = limits(frame), limits_by_hand(frame)
    if not ours.equals(theirs.rename(ours.name)):
        raise AssertionError("the library and the limits by hand differ")
    library = assess_frame(named(frame, ours), policy, as_of=AS_OF)
    ledger, totals = by_hand(named(frame, theirs), AS_OF)
    same(library.ledger, ledger)
    same(library.accounts, totals)
    rows = []
    for what, one, other, most in (
        (
            f"the same from figures: limits of {units:,} townships in 120 months, "
            f"{ledger.height:,} scores",
            lambda: assess_frame(named(frame, limits(frame)), policy, as_of=AS_OF),
            lambda: by_hand(named(frame, limits_by_hand(frame)), AS_OF),
            "1.5",
        ),
        (
            "the limits alone, exact, of "
            f"{frame.select('period', 'denominator').n_unique():,} denominators and rates",
            lambda: limits(frame),
            lambda: limits_by_hand(frame),
            "",
        ),
    ):
        mine, yours, ratio = paired(one, other)
        met = ratio <= float(most) if most else None
        rows.append(
            Row(what, f"{mine:.2f} s", f"Polars and SciPy by hand {yours:.2f} s", ratio, most, met)
        )
    return rows


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
    return rows + with_limits(max(int(40_000 * scale), 20))


def same(one: pl.DataFrame, other: pl.DataFrame) -> None:
    """Insist that two tables hold the same rows."""
    columns = one.columns
    left, right = (frame.select(columns).sort(columns) for frame in (one, other))
    right = right.cast(dict(left.schema))
    if not left.equals(right):
        raise AssertionError("the library and the code by hand differ")


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
