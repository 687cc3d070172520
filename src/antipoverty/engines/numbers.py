"""Numbers as columns: spans of whole numbers over a denominator, with the bounds they keep to."""

from __future__ import annotations

from operator import and_, or_
from typing import Any

import attrs
import narwhals as nw

from antipoverty.conditions.spans import WHOLE, Arithmetic, Ends
from antipoverty.engines.folds import whole
from antipoverty.errors import OverflowRiskError

LIMIT = 2**63 - 1
UNDECIDED = nw.lit(None, dtype=nw.Boolean)


@attrs.frozen
class Number:
    """A number as expressions, with the bounds it keeps to.

    Attributes:
        ends: The lowest and the highest it can be.
        bounds: The least that the lowest and the greatest that the highest can come to,
            from the bounds of the fields.
    """

    ends: Ends[nw.Expr]
    bounds: Ends[int]


COLUMNS = Arithmetic[nw.Expr](
    lambda ends: nw.min_horizontal(*ends),
    lambda ends: nw.max_horizontal(*ends),
    and_,
    or_,
    whole,
)


def undecided_if(condition: nw.Expr) -> nw.Expr:
    """Undecided where a condition holds, else false."""
    return nw.when(condition).then(UNDECIDED).otherwise(nw.lit(False))  # noqa: FBT003


def point(expression: nw.Expr, scale: int, least: int, most: int) -> Number:
    """A number that has one value."""
    return Number(Ends(expression, expression, scale), Ends(least, most, scale))


def plainly(operator: str, left: Any, right: Any) -> nw.Expr:
    """Compare two columns as they are."""
    answers: dict[str, Any] = {
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
        "==": lambda: left == right,
        "!=": lambda: left != right,
    }
    expression: nw.Expr = answers[operator]()
    return expression


def compared(operator: str, left: Number, right: Number) -> nw.Expr:
    """Compare two numbers; null where the ends do not agree.

    Raises:
        OverflowRiskError: What is compared could be more than 64-bit integers hold.
    """
    one, other = COLUMNS.aligned(left.ends, right.ends)
    bounds = WHOLE.aligned(left.bounds, right.bounds)
    if any(abs(end) > LIMIT for side in bounds for end in (side.low, side.high)):
        raise OverflowRiskError("a comparison could exceed 64-bit integers; write simpler ratios")
    if one.point and other.point:
        return plainly(operator, one.low, other.low)
    sure, never = COLUMNS.compared(operator, one, other)
    either: nw.Expr = sure | undecided_if((~(sure | never)).fill_null(value=True))
    return either


def ordinal(day: nw.Expr) -> nw.Expr:
    """Number a day as `date.toordinal` does, with whole numbers alone, on every engine."""
    before = day.dt.year().cast(nw.Int64) - 1
    leaps = before // 4 - before // 100 + before // 400
    return before * 365 + leaps.cast(nw.Int64) + day.dt.ordinal_day().cast(nw.Int64)


__all__ = [
    "COLUMNS",
    "LIMIT",
    "UNDECIDED",
    "Number",
    "compared",
    "ordinal",
    "plainly",
    "point",
    "undecided_if",
]
