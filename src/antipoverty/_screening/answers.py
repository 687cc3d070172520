"""The answers that are not clear, of all rules, in the order of the households."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw

from antipoverty._base.frames import ROW_ORDER
from antipoverty._screening.wide import keys_of
from antipoverty.rules import Rule, Verdict


def in_order(parts: list[nw.LazyFrame[Any]]) -> nw.LazyFrame[Any]:
    """Put the answers of the rules one after another, each rule's in the households' order."""
    if ROW_ORDER in parts[0].collect_schema():
        parts = [part.sort(ROW_ORDER).drop(ROW_ORDER) for part in parts]
    return nw.concat(parts, how="vertical")


def not_clear(wide: nw.LazyFrame[Any], expressions: Mapping[Rule, nw.Expr]) -> nw.LazyFrame[Any]:
    """One row per household and rule that is not clear: a filter per rule, one after another."""
    warn, undecided = Verdict.WARN.value, Verdict.UNDECIDED.value
    keys = keys_of(wide)
    parts = [
        wide.filter(held.fill_null(value=True)).select(
            *keys,
            nw.lit(rule.id).alias("rule_id"),
            nw.when(held.is_null())
            .then(nw.lit(undecided))
            .otherwise(nw.lit(warn))
            .alias("verdict"),
        )
        for rule, held in expressions.items()
    ]
    if not parts:
        nothing = nw.lit("")
        return wide.head(0).select(
            "household_id", "area", nothing.alias("rule_id"), nothing.alias("verdict")
        )
    return in_order(parts)


__all__ = ["in_order", "not_clear"]
