"""Which of two reasons an answer has that is not among the alerts: clear, or no such rule there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw

from antipoverty._base.frames import materialize
from antipoverty.rules import InForce

NONE = ""
"""Sorted as words the answers stand in the order of their weight, and this before them all."""


def in_force(current: InForce) -> nw.Expr:
    """Tell whether a policy has a row's rule in the row's area."""
    everywhere = [rule.id for rule in current.rules if not rule.area and not rule.outside]
    found = nw.col("rule_id").is_in(everywhere)
    for rule in current.rules:
        if rule.area or rule.outside:
            here = nw.col("area").str.starts_with(rule.area)
            for area in rule.outside:
                here = here & ~nw.col("area").str.starts_with(area)
            found = found | ((nw.col("rule_id") == rule.id) & here)
    return found


def filled(
    found: nw.LazyFrame[Any], keys: tuple[str, ...], clear: Mapping[str, nw.Expr]
) -> nw.LazyFrame[Any]:
    """Say which of two reasons an answer that is not in the alerts has."""
    sides = [
        nw.when(nw.col(side) == NONE).then(reason).otherwise(nw.col(side)).alias(side)
        for side, reason in clear.items()
    ]
    return materialize(found.select(*keys, *sides))


__all__ = ["NONE", "filled", "in_force"]
