"""Whom a change of policy touches (受影响人群): households by place and kind, persons by age.

A group is one of a partition: every household, or every member, that changed stands in
exactly one, so that the groups come to the list of rows. What is not known is a group too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import polars as pl

from antipoverty._base.frames import to_polars
from antipoverty._base.provenance import Text
from antipoverty.errors import InvalidArgumentError, one_of

BY = ("city", "size", "disability", "age", "sex")
"""The ways to group: the first three count households, the others their members."""
TITLES: Mapping[str, Text] = {
    "city": Text("按市（户）", "By city (households)"),
    "size": Text("按户籍人口（户）", "By size (households)"),
    "disability": Text("按有无残疾证成员（户）", "By a certified disabled member (households)"),
    "age": Text("按成员年龄（人）", "By age of members (persons)"),
    "sex": Text("按成员性别（人）", "By sex of members (persons)"),
}
WORDS: Mapping[str, Text] = {
    "": Text("不详", "not known"),
    "yes": Text("有", "yes"),
    "no": Text("无", "no"),
    "7+": Text("7人及以上", "7 and more"),
    "0-5": Text("0–5岁", "0–5"),
    "6-15": Text("6–15岁", "6–15"),
    "16-59": Text("16–59岁", "16–59"),
    "60+": Text("60岁及以上", "60 and over"),
}
"""What groups are called; another group is called what it is."""


_NEEDS = {"disability": "disabled", "age": "age", "sex": "sex"}


def ways(tables: Mapping[str, nw.LazyFrame[Any]]) -> list[str]:
    """The ways to group for which the tables have a column."""
    members = tables.get("members")
    names = [] if members is None else members.collect_schema().names()
    return [by for by in BY if by not in _NEEDS or _NEEDS[by] in names]


def groups_of(
    changed: nw.LazyFrame[Any], tables: Mapping[str, nw.LazyFrame[Any]], by: str
) -> pl.DataFrame:
    """Count what changed by group.

    Args:
        changed: ``household_id, area, before, after``, a row for each household.
        tables: The tables of the households.
        by: One of `BY`.

    Returns:
        ``group, before, after, count``, sorted; the counts come to the rows of ``changed``,
        or to the rows of their members.

    Raises:
        InvalidArgumentError: There is no such way to group, or no table or column for it.
    """
    found = to_polars(changed).with_columns(pl.col("household_id").cast(pl.String))
    keys = ["group", "before", "after"]
    counted = (
        in_groups(found, tables, by).group_by(keys).agg(pl.len().cast(pl.Int64).alias("count"))
    )
    return counted.sort(keys)


def in_groups(
    found: pl.DataFrame, tables: Mapping[str, nw.LazyFrame[Any]], by: str
) -> pl.DataFrame:
    """Say in which ``group`` each household of some rows is, or each of its members.

    Raises:
        InvalidArgumentError: There is no such way to group, or no table or column for it.
    """
    one_of(by, BY, "way to group")
    if by == "city":
        grouped = found.with_columns(pl.col("area").str.slice(0, 4).alias("group"))
    elif by == "size":
        homes = _few(tables["households"], found, ["size"])
        size = pl.col("size").cast(pl.Int64, strict=False)
        shown = pl.when(size >= 7).then(pl.lit("7+")).otherwise(size.cast(pl.String))
        grouped = found.join(homes, on="household_id", how="left").with_columns(
            shown.alias("group")
        )
    else:
        column = _NEEDS[by]
        if "members" not in tables:
            raise InvalidArgumentError("there is no table of members to group by {by}", by=by)
        people = _few(tables["members"], found, [column])
        if by == "disability":
            flags = people.group_by("household_id").agg(
                pl.col(column).any().alias("yes"), pl.col(column).is_null().any().alias("open")
            )
            grouped = found.join(flags, on="household_id", how="left").with_columns(
                pl.when(pl.col("yes").fill_null(value=False))
                .then(pl.lit("yes"))
                .when(pl.col("open").fill_null(value=True))
                .then(pl.lit(""))
                .otherwise(pl.lit("no"))
                .alias("group")
            )
        else:
            people = people.join(found, on="household_id", how="inner")
            shown = _band(pl.col(column)) if by == "age" else pl.col(column).cast(pl.String)
            grouped = people.with_columns(shown.alias("group"))
    return grouped.with_columns(pl.col("group").fill_null(""))


def _band(age: pl.Expr) -> pl.Expr:
    years = age.cast(pl.Int64, strict=False)
    return (
        pl.when(years < 6)
        .then(pl.lit("0-5"))
        .when(years < 16)
        .then(pl.lit("6-15"))
        .when(years < 60)
        .then(pl.lit("16-59"))
        .when(years >= 60)
        .then(pl.lit("60+"))
    )


def _few(frame: nw.LazyFrame[Any], found: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The columns of the rows of the households that changed; one that lacks is not known."""
    names = frame.collect_schema().names()
    there = [name for name in columns if name in names]
    kept = to_polars(frame.select(nw.col("household_id").cast(nw.String), *there))
    lacking = [pl.lit(None).alias(name) for name in columns if name not in there]
    return kept.with_columns(lacking).filter(
        pl.col("household_id").is_in(found["household_id"].implode())
    )


__all__ = ["BY", "TITLES", "WORDS", "groups_of"]
