"""What a change of policy comes to in money: who gains, who loses, and how much (得失)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import narwhals as nw
import polars as pl

from antipoverty._base.frames import to_polars
from antipoverty._base.provenance import Text
from antipoverty._comparison.groups import TITLES, WORDS, in_groups
from antipoverty.conditions import quantity
from antipoverty.errors import one_of
from antipoverty.model import Unit
from antipoverty.report import Table, Withholding
from antipoverty.rules import Rule
from antipoverty.screening import Screening

HOUSEHOLDS = ("city", "size", "disability")
"""The ways to group in which each household stands once, so that amounts add up."""
_CHANGES = {
    "gains": Text("得", "gains"),
    "loses": Text("失", "loses"),
    "open": Text("待核实", "undecided"),
}
_KEYS = ["household_id", "area", "rule_id", "unit", "period"]
_SUM = ["rule_id", "unit", "period", "group", "change"]


def amounts_changed(a: Screening[Any], b: Screening[Any]) -> pl.DataFrame:
    """Put what two policies state of each household side by side, where it differs.

    Args:
        a: The screening by the first policy.
        b: The screening by the second.
    """
    judged = to_polars(a.lazy_judged.select("household_id")).join(
        to_polars(b.lazy_judged.select("household_id")), on="household_id", how="semi"
    )
    first, second = (_stated(one, side) for one, side in ((a, "before"), (b, "after")))
    found = first.join(second, on=_KEYS, how="full", coalesce=True)
    found = found.join(judged, on="household_id", how="semi")
    ends = [f"{side}_{end}" for side in ("before", "after") for end in ("low", "high")]
    scales = _scales(a, b)
    scale = pl.col("rule_id").replace_strict(scales, return_dtype=pl.Int64, default=1)
    found = found.with_columns(
        scale.alias("scale"),
        *(pl.col(f"{side}_scale").fill_null(1) for side in ("before", "after")),
        *(pl.col(end).fill_null(0) for end in ends),
    ).with_columns(
        pl.col(end) * (pl.col("scale") // pl.col(f"{end.partition('_')[0]}_scale")) for end in ends
    )
    gains = pl.col("after_low") > pl.col("before_high")
    loses = pl.col("after_high") < pl.col("before_low")
    same = (pl.col("after_low") == pl.col("before_low")) & (
        pl.col("after_high") == pl.col("before_high")
    )
    change = pl.when(gains).then(pl.lit("gains")).when(loses).then(pl.lit("loses"))
    return (
        found.filter(~same)
        .select(*_KEYS, *ends, "scale", change.otherwise(pl.lit("open")).alias("change"))
        .sort(_KEYS)
    )


def _stated(screening: Screening[Any], side: str) -> pl.DataFrame:
    """What one policy states, with its units; the columns carry the side."""
    about = {one.id: one.amount for one in screening.current.rules if one.amount is not None}
    found = to_polars(screening.lazy_amounts)
    units = {name: str(one.unit) for name, one in about.items()}
    periods = {name: one.period.value if one.period else "" for name, one in about.items()}
    named = [
        pl.col("rule_id").replace_strict(words, return_dtype=pl.String, default="").alias(column)
        for column, words in (("unit", units), ("period", periods))
    ]
    ends = [pl.col(end).alias(f"{side}_{end}") for end in ("low", "high", "scale")]
    return found.with_columns(*named).select(*_KEYS, *ends)


def _scales(a: Screening[Any], b: Screening[Any]) -> dict[str, int]:
    """A denominator of each rule that both policies' numbers are whole over."""
    found: dict[str, int] = {}
    for one in (a, b):
        for name, scale in to_polars(one.lazy_amounts.select("rule_id", "scale").unique()).rows():
            found[name] = math.lcm(found.get(name, 1), scale)
    return found


def winners_by(
    changed: pl.DataFrame, tables: Mapping[str, nw.LazyFrame[Any]], by: str | None
) -> pl.DataFrame:
    """Count the households that gain or lose, and add up how much, by group.

    Args:
        changed: The rows of `amounts_changed`.
        tables: The tables of the households.
        by: One of `HOUSEHOLDS`, or all together.
    """
    if by is None:
        grouped = changed.with_columns(pl.lit("").alias("group"))
    else:
        one_of(by, HOUSEHOLDS, "way to group households")
        grouped = in_groups(changed, tables, by)
    return (
        grouped.group_by([*_SUM, "scale"])
        .agg(
            pl.len().cast(pl.Int64).alias("households"),
            (pl.col("after_low") - pl.col("before_high")).sum().alias("least"),
            (pl.col("after_high") - pl.col("before_low")).sum().alias("most"),
        )
        .select(*_SUM, "households", "least", "most", "scale")
        .sort(_SUM)
    )


def money_lines(
    winners: Callable[[str | None], pl.DataFrame], known: Sequence[str]
) -> list[dict[str, Any]]:
    """Say as plain data who gains and loses, all together and by group; amounts are exact.

    Args:
        winners: Gives the counts by group.
        known: The ways to group for which there is a column.
    """
    return [
        {"by": by or "all"}
        | {name: value for name, value in row.items() if name != "scale"}
        | {end: str(Fraction(row[end], row["scale"])) for end in ("least", "most")}
        for by in [None, *(by for by in HOUSEHOLDS if by in known)]
        for row in winners(by).iter_rows(named=True)
    ]


def money_tables(
    winners: Callable[[str | None], pl.DataFrame],
    known: Sequence[str],
    small: Withholding,
    about: Any,
) -> list[tuple[Text, Table]]:
    """Lay out who gains and loses; an amount is withheld with the count it belongs to.

    Args:
        winners: Gives the counts by group.
        known: The ways to group for which there is a column.
        small: Which counts are withheld.
        about: The comparison, for the names of rules and places.
    """
    if not winners(None).height:
        return []
    ways = [None, *(by for by in HOUSEHOLDS if by in known)]
    return [(_title(by), _table(winners(by), small, about)) for by in ways]


def _title(by: str | None) -> Text:
    if by is None:
        return Text("得失（户）", "Who gains and who loses (households)")
    return Text(f"得失，{TITLES[by].zh}", f"Gains and losses, {TITLES[by].en.lower()}")


def _table(found: pl.DataFrame, small: Withholding, about: Any) -> Table:
    shown = small.column(found["households"].to_list())
    lines = []
    for row, count in zip(found.iter_rows(named=True), shown, strict=True):
        rule: Rule = about._rule(row["rule_id"])
        ends = [Fraction(row[end], row["scale"]) for end in ("least", "most")]
        money: Any = _money(row, ends) if isinstance(count, int) else small.mark
        group = WORDS.get(row["group"]) if row["group"] else Text("全部", "all")
        group = group or about._place(row["group"]) or row["group"]
        lines.append((rule.title, group, _CHANGES[row["change"]], count, money))
    columns = (
        Text("规则", "rule"),
        Text("人群", "group"),
        Text("得失", "change"),
        Text("户", "households"),
        Text("金额", "amount"),
    )
    return Table(columns, lines)


def _money(row: Mapping[str, Any], ends: Sequence[Fraction]) -> Text:
    unit = Unit.parse(row["unit"])
    words = {to: [quantity(one, unit, to) for one in dict.fromkeys(ends)] for to in ("zh", "en")}
    per = f"/{row['period']}" if row["period"] else ""
    return Text("至".join(words["zh"]) + per, " to ".join(words["en"]) + per)


__all__ = ["amounts_changed", "money_lines", "money_tables", "winners_by"]
