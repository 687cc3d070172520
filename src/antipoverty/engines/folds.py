"""Columns that are folded from the rows of a child table: what each row brings to one."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import narwhals as nw

THERE, TIMES, SINCE, UNTIL, MISSING = UNSEEN = (
    "_there",
    "_times",
    "_since",
    "_until",
    "_missing",
)
"""What a row that did not come carries, as `HeldRow` has it."""


OF_HOUSEHOLD = "_household_"
"""Before the name of a household's fact, where it stands beside a child row."""


THERE_IS, OTHERS = "_there_is", "_others"
"""Whether a group is there, and how many groups there may be in its place."""


@attrs.frozen
class Share:
    """What a row of a child table brings to a column.

    Attributes:
        expression: What it contributes.
        counts: The rows that contribute anything; ``None`` when all do.
    """

    expression: nw.Expr
    counts: nw.Expr | None = None


@attrs.frozen
class Aggregate:
    """One column per household to compute from the rows of a child table.

    Attributes:
        column: Its name.
        how: ``sum``, ``min``, ``max``, or ``gap`` for the longest step from one to the next.
        seen: What the rows in hand bring.
        unseen: What rows bring that did not come; ``None`` where none are looked at.
    """

    column: str
    how: str
    seen: Share
    unseen: Share | None = None


@attrs.frozen
class Unseen:
    """What is to be expected of the rows of a table that did not come.

    Attributes:
        facts: The facts that would settle them.
        most: For how many rows they stand at most, in one household.
    """

    facts: tuple[str, ...]
    most: int


def whole(number: int) -> nw.Expr:
    """Write a constant as a 64-bit integer."""
    return nw.lit(number, dtype=nw.Int64)


def left_open(kept: nw.Expr | None) -> Share:
    """Count a row that may or may not be kept."""
    open_ = nw.lit(False) if kept is None else kept.is_null()  # noqa: FBT003
    return Share(open_.cast(nw.Int64), open_)


def bring(
    kept: nw.Expr | None, end: nw.Expr, reach: Callable[..., nw.Expr], *, farther: bool
) -> Share:
    """What a row brings to one end of a sum.

    Args:
        kept: Whether it is kept.
        end: That end of what it holds.
        reach: Takes the farther of two numbers in the direction of that end.
        farther: Whether what it holds can lie farther than nothing.
    """
    if kept is None:
        return Share(end)
    nothing = whole(0)
    if not farther:
        return Share(nw.when(kept).then(end).otherwise(nothing), kept.fill_null(value=False))
    maybe = kept.fill_null(value=True)
    brought = nw.when(kept).then(end).otherwise(reach(end, nothing))
    return Share(nw.when(maybe).then(brought).otherwise(nothing), maybe)


__all__ = [
    "MISSING",
    "OF_HOUSEHOLD",
    "OTHERS",
    "SINCE",
    "THERE",
    "THERE_IS",
    "TIMES",
    "UNSEEN",
    "UNTIL",
    "Aggregate",
    "Share",
    "Unseen",
    "bring",
    "left_open",
    "whole",
]
