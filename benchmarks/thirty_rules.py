"""Thirty scalar rules in three writings: ours, Polars by hand, and SQL."""

from __future__ import annotations

from datetime import date

import polars as pl

from antipoverty.model import shaanxi_areas
from antipoverty.rules import Pack, Rule, Source, Text, parameter
from antipoverty.synthetic import Province

DAY = date(2021, 12, 1)
SOURCE = Source("a benchmark")
c = pl.col

RULES: list[tuple[str, pl.Expr, str]] = [
    (
        'net_income_12m < param("line") * size and not monitored',
        (c("net_income_12m") < 600_000 * c("size")) & ~c("monitored"),
        "net_income_12m < 600000 * size AND NOT monitored",
    ),
    (
        "labourers < labourers_prev",
        c("labourers") < c("labourers_prev"),
        "labourers < labourers_prev",
    ),
    ("not water_safe", ~c("water_safe"), "NOT water_safe"),
    (
        'dwelling_grade in ("C", "D")',
        c("dwelling_grade").is_in(["C", "D"]),
        "dwelling_grade IN ('C', 'D')",
    ),
    (
        "rigid_spending_12m > 0.5 * net_income_12m",
        2 * c("rigid_spending_12m") > c("net_income_12m"),
        "2 * rigid_spending_12m > net_income_12m",
    ),
    (
        "subsidy_income_12m > 0.6 * net_income_12m",
        5 * c("subsidy_income_12m") > 3 * c("net_income_12m"),
        "5 * subsidy_income_12m > 3 * net_income_12m",
    ),
    (
        "net_income_12m < 0.5 * net_income_prev_12m",
        2 * c("net_income_12m") < c("net_income_prev_12m"),
        "2 * net_income_12m < net_income_prev_12m",
    ),
    (
        "school_cost_year > yuan(10000)",
        c("school_cost_year") > 1_000_000,
        "school_cost_year > 1000000",
    ),
    (
        "labourers == 0 and not minimum_living",
        (c("labourers") == 0) & ~c("minimum_living"),
        "labourers = 0 AND NOT minimum_living",
    ),
    (
        "work_income_year < work_income_year_before"
        " and work_income_year_before < work_income_two_years_before",
        (c("work_income_year") < c("work_income_year_before"))
        & (c("work_income_year_before") < c("work_income_two_years_before")),
        "work_income_year < work_income_year_before"
        " AND work_income_year_before < work_income_two_years_before",
    ),
    ("evident_hardship", c("evident_hardship"), "evident_hardship"),
    (
        "formerly_poor and monitored",
        c("formerly_poor") & c("monitored"),
        "formerly_poor AND monitored",
    ),
    (
        "size >= 7 and labourers <= 1",
        (c("size") >= 7) & (c("labourers") <= 1),
        "size >= 7 AND labourers <= 1",
    ),
    ("away_months > 28", c("away_months") > 28, "away_months > 28"),
    (
        "working_land == 0 and wage_income_12m == yuan(0)",
        (c("working_land") == 0) & (c("wage_income_12m") == 0),
        "working_land = 0 AND wage_income_12m = 0",
    ),
]
"""Fifteen rules; each stands twice, as thirty."""


def pack() -> Pack:
    """The thirty rules as a pack."""
    line = parameter(
        "line", Text("线", "line"), "yuan/person", [("6000", date(2021, 1, 1), None, SOURCE)]
    )
    rules = [
        Rule(
            id=f"rule-{number:02d}",
            title=Text("规则", "rule"),
            department="d",
            when=when,
            source=SOURCE,
            since=date(2021, 1, 1),
        )
        for number, (when, _, _) in enumerate(RULES * 2)
    ]
    return Pack(
        "thirty",
        Text("三十", "thirty"),
        rules=rules,
        parameters=[line],
        departments={"d": Text("部门", "department")},
    )


def by_hand(homes: pl.DataFrame) -> pl.DataFrame:
    """The thirty rules as one would write them in Polars, undecided rows included."""
    frame = homes.lazy()
    parts = [
        frame.filter(held.fill_null(value=True)).select(
            "household_id",
            "area",
            pl.lit(f"rule-{number:02d}").alias("rule_id"),
            pl.when(held.is_null())
            .then(pl.lit("undecided"))
            .otherwise(pl.lit("warn"))
            .alias("verdict"),
        )
        for number, (_, held, _) in enumerate(RULES * 2)
    ]
    return pl.concat(parts).collect()


def households(count: int) -> pl.DataFrame:
    """Synthetic households in memory."""
    province = Province(2531, shaanxi_areas(), DAY)
    return pl.concat(
        [
            province.households(start, min(start + 250_000, count))
            for start in range(0, count, 250_000)
        ]
    )
