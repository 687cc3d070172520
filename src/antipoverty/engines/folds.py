"""Columns that are folded from the rows of a child table: what each row brings to one."""

from __future__ import annotations

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
        once: Whether each of them contributes one.
    """

    expression: nw.Expr
    counts: nw.Expr | None = None
    once: bool = False

    @classmethod
    def of(cls, found: nw.Expr) -> Share:
        """One for each row of which something is true, never null."""
        return cls(found.cast(nw.Int64), found, once=True)


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
]
