"""Small counts are withheld (小单元格隐去): no cell of a report says how few households it is of.

A count below the caller's bound is not shown, and neither is one that the total would give
away: where one cell of a column is hidden alone, or those hidden come to less than the bound
together, the next smallest is hidden too. Zero says of nobody what he is, and is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from antipoverty._base.provenance import Text
from antipoverty.errors import InvalidArgumentError


def withheld(counts: Sequence[int], least: int) -> tuple[bool, ...]:
    """Tell for each count of a column, whose sum is known, whether it is hidden.

    >>> withheld([3, 40, 0, 12], 5)
    (True, False, False, True)

    Args:
        counts: The counts of a column.
        least: The smallest count that may be shown; 0 or 1 hides nothing.
    """
    hidden = {place for place, count in enumerate(counts) if 0 < count < least}
    others = sorted((n, place) for place, n in enumerate(counts) if n >= max(least, 1))
    for _, place in others:
        if not hidden or (len(hidden) > 1 and sum(counts[one] for one in hidden) >= least):
            break
        hidden.add(place)
    return tuple(place in hidden for place in range(len(counts)))


def _whole(_owner: object, _attribute: Any, value: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidArgumentError("the smallest count shown is a whole number, 0 for all")


WITHHELD = Text("隐去", "withheld")


@attrs.frozen
class Withholding:
    """How small a count a report may show.

    Attributes:
        least: The smallest count of households or answers that is shown.
    """

    least: int = attrs.field(validator=_whole)

    @property
    def mark(self) -> Text:
        """What stands in the place of a count that is hidden."""
        return WITHHELD

    @property
    def told(self) -> Text:
        """What the report says of it."""
        if self.least <= 1:
            return Text("计数未隐去。", "No count is withheld.")
        return Text(
            f"小于 {self.least} 的计数隐去，能由合计推出的也隐去；界限由制表人给定，不是政策规定。",
            f"Counts below {self.least} are withheld, and those that a total would give away; "
            "the bound is the caller's, not a policy's.",
        )

    def one(self, count: int) -> int | Text:
        """Give one count that stands alone, or what stands in its place."""
        return self.mark if 0 < count < self.least else count

    def column(self, counts: Sequence[int]) -> list[int | Text]:
        """Give a column with its small counts hidden."""
        hidden = withheld(counts, self.least)
        return [self.mark if hide else n for n, hide in zip(counts, hidden, strict=True)]

    def columns(
        self, rows: Sequence[Mapping[str, int]], names: Sequence[str]
    ) -> list[list[int | Text]]:
        """Give several columns of rows, each with its small counts hidden, row by row."""
        shown = [self.column([row[name] for row in rows]) for name in names]
        return [[column[place] for column in shown] for place in range(len(rows))]
