"""Rules per person over a province's records, beside the same rules written by hand in Polars."""

from __future__ import annotations

import sys

import numpy as np
import polars as pl

import thirty_rules
from antipoverty.rules import Pack, Rule, Text
from antipoverty.screening import Tables, check, screen
from common import Row, paired, table

DAY = thirty_rules.DAY
FIRST = pl.date(2020, 12, 1)
MOST_FEN = 10**10
c = pl.col

RULES = [
    'any(by(records, member_id), sum(records, amount, where=kind == "medical_self_paid", '
    "months=12) > yuan(10000))",
    'any(by(records, member_id), sum(records, amount, where=kind == "loan", months=12) > '
    "yuan(50000))",
    'any(by(records, member_id), count(records, kind == "accident", months=12) >= 2)',
]
KINDS = ["medical_self_paid", "loan", "accident", "outpatient", "subsidy", "other"]


def pack() -> Pack:
    """The three rules."""
    return Pack(
        "groups",
        Text("分组", "groups"),
        rules=[
            Rule(
                id=f"rule-{number}",
                title=Text("规则", "rule"),
                department="d",
                when=when,
                source=thirty_rules.SOURCE,
                since=DAY.replace(month=1),
            )
            for number, when in enumerate(RULES)
        ],
        departments={"d": Text("部门", "department")},
    )


def tables(count: int) -> dict[str, pl.DataFrame]:
    """Households with two records each on average, of up to three persons; some facts lack."""
    rng = np.random.default_rng(2531)
    number = 2 * count
    home = np.sort(rng.integers(0, count, number))
    ids = pl.Series("household_id", [f"h{n:08d}" for n in range(count)])
    days = rng.integers(0, 700, number)
    rows = pl.DataFrame(
        {
            "household_id": ids.gather(pl.Series(home)),
            "record_id": pl.Series(np.arange(number)).cast(pl.String),
            "member_id": pl.Series(home).cast(pl.String)
            + "-"
            + pl.Series(rng.integers(0, 3, number)).cast(pl.String),
            "kind": pl.Series(KINDS).gather(pl.Series(rng.integers(0, len(KINDS), number))),
            "day": pl.Series([DAY] * 1).gather(pl.Series(np.zeros(number, dtype=np.int64)))
            - pl.Series(days).cast(pl.Duration("ms")) * 86_400_000,
            "amount": pl.Series(rng.integers(0, 4_000_000, number)),
        }
    ).with_columns(
        pl.when(pl.Series(rng.random(number) > lost)).then(c(name)).alias(name)
        for name, lost in (("member_id", 0.02), ("day", 0.005), ("amount", 0.005))
    )
    homes = pl.DataFrame({"household_id": ids, "area": ["610702100200"] * count})
    return {"households": homes, "records": rows.with_columns(c("day").cast(pl.Date))}


def by_hand(frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The rows that are not clear."""
    year = (c("day") >= FIRST) & (c("day") < pl.lit(DAY))
    columns: dict[str, pl.Expr] = {}
    loose_columns: dict[str, pl.Expr] = {}
    matter = []
    for name in ("medical_self_paid", "loan"):
        held = (c("kind") == name) & year
        low = pl.when(held).then(c("amount")).fill_null(0)
        high = pl.when(held.fill_null(value=True)).then(c("amount").fill_null(MOST_FEN))
        columns |= {f"{name}_low": low, f"{name}_high": high.otherwise(0)}
        loose_columns |= {f"{name}_low": pl.lit(0, pl.Int64), f"{name}_high": high.otherwise(0)}
        matter.append(held.fill_null(value=True))
    held = (c("kind") == "accident") & year
    most = held.fill_null(value=True).cast(pl.Int64)
    columns |= {"n_low": held.fill_null(value=False).cast(pl.Int64), "n_high": most}
    loose_columns |= {"n_low": pl.lit(0, pl.Int64), "n_high": most}
    matter.append(held.fill_null(value=True))
    rows = frames["records"].lazy().filter(pl.any_horizontal(matter))
    sums = [pl.all().sum()]
    keyed = (
        rows.filter(c("member_id").is_not_null())
        .select("household_id", "member_id", **columns)
        .group_by("household_id", "member_id")
        .agg(sums)
    )
    loose = (
        rows.filter(c("member_id").is_null())
        .select("household_id", **loose_columns)
        .group_by("household_id")
        .agg(sums)
    )
    each = keyed.join(loose, on="household_id", how="left", suffix="_loose")
    each = each.select(
        "household_id",
        sure=pl.lit(value=True),
        **{name: c(name) + c(f"{name}_loose").fill_null(0) for name in columns},
    )
    other = loose.select("household_id", sure=pl.lit(value=False), **{n: c(n) for n in columns})
    lines = {"medical_self_paid": 1_000_001, "loan": 5_000_001, "n": 2}
    per = (
        pl.concat([each, other])
        .select(
            "household_id",
            **{f"{n}_sure": c("sure") & (c(f"{n}_low") >= line) for n, line in lines.items()},
            **{f"{n}_may": c(f"{n}_high") >= line for n, line in lines.items()},
        )
        .group_by("household_id")
        .agg(pl.all().any())
    )
    wide = frames["households"].lazy().join(per, on="household_id", how="left").collect().lazy()
    parts = [
        wide.filter(c(f"{name}_may")).select(
            "household_id",
            "area",
            pl.lit(f"rule-{number}").alias("rule_id"),
            pl.when(c(f"{name}_sure"))
            .then(pl.lit("warn"))
            .otherwise(pl.lit("undecided"))
            .alias("verdict"),
        )
        for number, name in enumerate(lines)
    ]
    return pl.concat(parts).collect()


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is the whole province of 7,000,000 households."""
    count = max(int(7_000_000 * scale), 1000)
    frames = tables(count)
    checked = check(Tables(**frames), pack(), as_of=DAY)
    found = screen(checked, pack(), as_of=DAY).alerts
    assert found.sort(pl.all()).equals(by_hand(frames).sort(pl.all())), "other rows by hand"
    mine, hand, ratio = paired(lambda: screen(checked, pack(), as_of=DAY), lambda: by_hand(frames))
    return [
        Row(
            f"{count:,} households, {2 * count:,} records, three rules per person, in memory",
            f"{mine:.2f} s",
            f"Polars by hand {hand:.2f} s",
            ratio,
            "1.3",
            ratio <= 1.3,
        )
    ]


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
