"""A number as a span: the lowest and the highest it can be, whatever its ends are made of.

The frames have columns for ends, the proofs have terms of a solver, and bounds are plain
whole numbers; what adding, multiplying and comparing do to a span is the same for all. The
reference in `meaning.py` has its own few lines, since all others are held against it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import and_, or_
from typing import Any, Generic, TypeVar

import attrs

N = TypeVar("N")
"""What an end is."""


@attrs.frozen
class Ends(Generic[N]):
    """The lowest and the highest a number can be, over one denominator.

    Attributes:
        low: The lowest, times ``scale``.
        high: The highest; the very same object as ``low`` where there is one value.
        scale: The denominator, which makes both ends whole numbers.
    """

    low: N
    high: N
    scale: int = 1

    @property
    def point(self) -> bool:
        """There is one value."""
        return self.low is self.high


@attrs.frozen
class Arithmetic(Generic[N]):
    """Adds, multiplies and compares spans whose ends are of one kind.

    Attributes:
        least: The least of some ends.
        greatest: The greatest of some ends.
        both: Two answers joined by *and*.
        either: Two answers joined by *or*.
        whole: A whole number as an end.
    """

    least: Callable[[Sequence[N]], N]
    greatest: Callable[[Sequence[N]], N]
    both: Callable[[Any, Any], Any]
    either: Callable[[Any, Any], Any]
    whole: Callable[[int], Any] = int

    def scaled(self, span: Ends[Any], scale: int) -> Ends[N]:
        """The same number over a multiple of its denominator."""
        if scale == span.scale:
            return span
        times = self.whole(scale // span.scale)
        low = span.low * times
        return Ends(low, low if span.point else span.high * times, scale)

    def aligned(self, one: Ends[N], other: Ends[N]) -> tuple[Ends[Any], Ends[Any]]:
        """Two numbers over one denominator."""
        scale = math.lcm(one.scale, other.scale)
        return self.scaled(one, scale), self.scaled(other, scale)

    def joined(self, operator: str, one: Ends[Any], other: Ends[Any]) -> Ends[N]:
        """The sum ``+``, the difference ``-`` or the product ``*``."""
        point = one.point and other.point
        if operator == "*":
            scale = one.scale * other.scale
            if point:
                low = high = one.low * other.low
            else:
                corners = [a * b for a in (one.low, one.high) for b in (other.low, other.high)]
                low, high = self.least(corners), self.greatest(corners)
            return Ends(low, high, scale)
        one, other = self.aligned(one, other)
        if operator == "+":
            low = one.low + other.low
            return Ends(low, low if point else one.high + other.high, one.scale)
        low = one.low - other.high
        return Ends(low, low if point else one.high - other.low, one.scale)

    def compared(self, operator: str, left: Ends[Any], right: Ends[Any]) -> tuple[Any, Any]:
        """When a comparison is surely so, and when it surely is not."""
        if operator in (">", ">="):
            return self.compared({">": "<", ">=": "<="}[operator], right, left)
        if operator == "!=":
            sure, never = self.compared("==", left, right)
            return never, sure
        left, right = self.aligned(left, right)
        if operator == "<":
            return left.high < right.low, left.low >= right.high
        if operator == "<=":
            return left.high <= right.low, left.low > right.high
        return (
            self.both(left.high <= right.low, right.high <= left.low),
            self.either(left.high < right.low, right.high < left.low),
        )


WHOLE = Arithmetic[int](min, max, and_, or_)
"""Of plain whole numbers."""


__all__ = ["WHOLE", "Arithmetic", "Ends"]
