"""Numbers as columns: spans of whole numbers over a denominator, with the bounds they keep to."""

from __future__ import annotations

from typing import Any

import attrs
import narwhals as nw

from antipoverty.conditions.spans import Ends

LIMIT = 2**63 - 1


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


__all__ = [
    "LIMIT",
    "Number",
    "plainly",
    "point",
]
