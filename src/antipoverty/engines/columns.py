"""What the compiler writes expressions with: a few words, and the operators of Narwhals.

What has these words for another language has every rule in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

import narwhals as nw

from antipoverty.conditions.spans import WHOLE, Arithmetic
from antipoverty.engines.folds import Share
from antipoverty.engines.numbers import LIMIT, Number, plainly
from antipoverty.errors import OverflowRiskError
from antipoverty.model import Field

_FEW_WORDS = 4
"""So many words are compared one by one in less time than they are looked up."""


class Columns:
    """Writes expressions of Narwhals; who writes others overrides what names Narwhals."""

    def col(self, name: str) -> nw.Expr:
        """Read a column that was made, or of which every model knows what it holds."""
        return nw.col(name)

    def fact(self, field: Field, name: str) -> nw.Expr:  # noqa: ARG002 - others ask its kind
        """Read the column in which a fact stands under some name."""
        return nw.col(name)

    def lit(self, value: Any, dtype: Any = None) -> nw.Expr:
        """Write a constant."""
        return nw.lit(value, dtype)

    def whole(self, number: int) -> nw.Expr:
        """Write a constant as a 64-bit integer."""
        return self.lit(number, nw.Int64)

    @property
    def true(self) -> nw.Expr:
        """Write what holds."""
        return self.lit(True)  # noqa: FBT003 - a value, not an option

    @property
    def false(self) -> nw.Expr:
        """Write what does not hold."""
        return self.lit(False)  # noqa: FBT003 - a value, not an option

    def when(self, condition: nw.Expr) -> Any:
        """Begin a choice."""
        return nw.when(condition)

    def only(self, condition: nw.Expr, value: nw.Expr) -> nw.Expr:
        """Write a value where a condition holds, and null elsewhere."""
        found: nw.Expr = self.when(condition).then(value)
        return found

    def every(self, *conditions: nw.Expr) -> nw.Expr:
        """Join conditions by *and*."""
        return nw.all_horizontal(*conditions, ignore_nulls=False)

    def some(self, *conditions: nw.Expr) -> nw.Expr:
        """Join conditions by *or*."""
        return nw.any_horizontal(*conditions, ignore_nulls=False)

    def least(self, *ends: nw.Expr) -> nw.Expr:
        """Take the least of some numbers."""
        return nw.min_horizontal(*ends)

    def greatest(self, *ends: nw.Expr) -> nw.Expr:
        """Take the greatest of some numbers."""
        return nw.max_horizontal(*ends)

    @property
    def arithmetic(self) -> Arithmetic[nw.Expr]:
        """Adds, multiplies and compares spans."""
        return Arithmetic(
            lambda ends: self.least(*ends),
            lambda ends: self.greatest(*ends),
            and_,
            or_,
            self.whole,
        )

    def undecided_if(self, condition: nw.Expr) -> nw.Expr:
        """Undecided where a condition holds, else false."""
        undecided = self.lit(None, nw.Boolean)
        found: nw.Expr = self.when(condition).then(undecided).otherwise(self.false)
        return found

    def among(self, text: nw.Expr, words: Sequence[str]) -> nw.Expr:
        """Tell whether a text is one of some words; undecided where it is not known."""
        if len(words) <= _FEW_WORDS:
            return reduce(or_, (text == word for word in words))
        return text.is_in(list(words)) | self.undecided_if(text.is_null())

    def compared(self, operator: str, left: Number, right: Number) -> nw.Expr:
        """Compare two numbers; null where the ends do not agree.

        Raises:
            OverflowRiskError: What is compared could be more than 64-bit integers hold.
        """
        one, other = self.arithmetic.aligned(left.ends, right.ends)
        bounds = WHOLE.aligned(left.bounds, right.bounds)
        if any(abs(end) > LIMIT for side in bounds for end in (side.low, side.high)):
            raise OverflowRiskError(
                "a comparison could exceed 64-bit integers; write simpler ratios"
            )
        if one.point and other.point:
            return plainly(operator, one.low, other.low)
        sure, never = self.arithmetic.compared(operator, one, other)
        either: nw.Expr = sure | self.undecided_if(~never)
        return either

    def ordinal(self, day: nw.Expr) -> nw.Expr:
        """Number a day as `date.toordinal` does, with whole numbers alone, on every engine."""
        before = day.dt.year().cast(nw.Int64) - 1
        leaps = before // 4 - before // 100 + before // 400
        return before * 365 + leaps.cast(nw.Int64) + day.dt.ordinal_day().cast(nw.Int64)

    def left_open(self, kept: nw.Expr | None) -> Share:
        """Count a row that may or may not be kept."""
        open_ = self.false if kept is None else kept.is_null()
        return Share.of(open_)

    def bring(
        self,
        kept: nw.Expr | None,
        end: nw.Expr,
        reach: Callable[..., nw.Expr],
        *,
        farther: bool,
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
        nothing = self.whole(0)
        if not farther:
            found = self.when(kept).then(end).otherwise(nothing)
            return Share(found, kept)
        maybe = kept.fill_null(value=True)
        brought = self.when(kept).then(end).otherwise(reach(end, nothing))
        return Share(self.when(maybe).then(brought).otherwise(nothing), maybe)


__all__ = ["Columns"]
