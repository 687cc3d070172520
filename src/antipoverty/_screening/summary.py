"""Answers are counted by area, by rule, department or severity, or by both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw

from antipoverty.codes import Level
from antipoverty.errors import one_of
from antipoverty.rules import Rule, Verdict


def counted_by(
    found: nw.LazyFrame[Any],
    households: nw.LazyFrame[Any],
    rules: tuple[Rule, ...],
    level: Level | str | None,
    by: str | None,
) -> nw.LazyFrame[Any]:
    """Count answers, and the distinct households that are warned.

    Args:
        found: The answers that are not clear.
        households: The households that were judged.
        rules: The rules that were asked.
        level: The level of area to count by, or ``None`` for the whole population.
        by: ``rule_id``, ``department`` or ``severity``, or ``None`` for all answers.
    """
    digits = 0
    if level is not None:
        name = level.value if isinstance(level, Level) else level
        digits = Level(one_of(name, [one.value for one in Level], "level")).digits
    if by is not None:
        one_of(by, ("rule_id", "department", "severity"), "way to count")
    place = nw.col("area").str.slice(0, digits)
    keys = ["place", *([by] if by else [])]
    if by in ("department", "severity"):
        found = _labelled(found, rules)
    warned = nw.col("verdict") == Verdict.WARN.value
    counted = found.select(
        place.alias("place"),
        *([by] if by else []),
        warned.cast(nw.Int64).alias("warn"),
        (~warned).cast(nw.Int64).alias("undecided"),
        nw.when(warned).then(nw.col("household_id")).alias("home"),
    )
    answers = counted.group_by(keys).agg(
        nw.col("warn").sum().cast(nw.Int64), nw.col("undecided").sum().cast(nw.Int64)
    )
    warned_homes = counted.filter(~nw.col("home").is_null()).select(*keys, "home").unique()
    distinct = warned_homes.group_by(keys).agg(nw.len().cast(nw.Int64).alias("households_warned"))
    result = answers.join(distinct, on=keys, how="left")
    columns = ["warn", "undecided", "households_warned"]
    if by is None:
        judged = households.select(place.alias("place")).group_by("place")
        total = judged.agg(nw.len().cast(nw.Int64).alias("households"))
        result = total.join(result, on=keys, how="left")
        columns.append("households")
    filled = [nw.col(name).fill_null(value=0) for name in columns]
    shown = [nw.col("place").alias("area")] if digits else []
    shown += [nw.col(by)] if by else []
    order = [*(["area"] if digits else []), *([by] if by else [])]
    result = result.select(*shown, *filled)
    return result.sort(*order) if order else result


def _labelled(found: nw.LazyFrame[Any], rules: tuple[Rule, ...]) -> nw.LazyFrame[Any]:
    """Put the department and the severity of its rule beside each answer."""

    def mapped(values: Mapping[str, str]) -> nw.Expr:
        groups: dict[str, list[str]] = {}
        for rule_id, value in values.items():
            groups.setdefault(value, []).append(rule_id)
        found = nw.lit("")
        for value, ids in groups.items():
            found = nw.when(nw.col("rule_id").is_in(ids)).then(nw.lit(value)).otherwise(found)
        return found

    return found.with_columns(
        mapped({rule.id: rule.department for rule in rules}).alias("department"),
        mapped({rule.id: rule.severity.value for rule in rules}).alias("severity"),
    )


__all__ = ["counted_by"]
