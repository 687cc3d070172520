"""Ratios of sums, exactly: from the least to the most that missing facts leave open.

Each household brings a part above the line and a part below it. Where facts are missing it may
bring one of several pairs. The greatest ratio is found as Dinkelbach does: with a ratio in hand
everybody chooses what would raise it most, until no choice does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import attrs

Option = tuple[Fraction | int, Fraction | int]
"""What one household may bring above and below the line."""
Group = tuple[int, Sequence[Option]]
"""How many households bring one of some options each."""


@attrs.frozen
class Ratio:
    """A share or a mean, from the least to the most it can be.

    Attributes:
        low: The least, exact; ``None`` where there is nothing to share.
        high: The most; the least itself where all that matters is known.
    """

    low: Fraction | None
    high: Fraction | None

    @property
    def settled(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high

    @classmethod
    def of(cls, groups: Iterable[Group]) -> Ratio:
        """The ratio of what all bring above to what all bring below."""
        listed = list(groups)
        return cls(_extreme(listed, -1), _extreme(listed, 1))

    def to_dict(self) -> dict[str, str | None]:
        """Give it as plain data, exactly, such as ``3/8``."""
        ends = {"low": self.low, "high": self.high}
        return {name: None if one is None else str(one) for name, one in ends.items()}

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return "–"
        low, high = (f"{float(one):.4f}" for one in (self.low, self.high))
        return low if self.settled else f"{low}–{high}"


def _extreme(groups: list[Group], sign: int) -> Fraction | None:
    """The greatest ratio, or with the other sign the least; ``None`` where none is defined."""
    above = below = Fraction(0)
    open_: list[Group] = []
    for times, options in groups:
        if len(options) == 1:
            above, below = above + times * options[0][0], below + times * options[0][1]
        else:
            open_.append((times, options))
    chosen = [max(options, key=lambda one: one[1]) for _, options in open_]
    found: Fraction | None = None
    while True:
        over = above + sum(n * one[0] for (n, _), one in zip(open_, chosen, strict=True))
        under = below + sum(n * one[1] for (n, _), one in zip(open_, chosen, strict=True))
        if not under:
            return found
        new = Fraction(over) / under
        if new == found:
            return found
        found = new
        chosen = [
            max(options, key=lambda one: (sign * (one[0] - new * one[1]), one[1]))
            for _, options in open_
        ]


def share(mine: tuple[Fraction, Fraction], others: tuple[Fraction, Fraction]) -> Ratio:
    """What part of a sum is one's own, where own and others' parts lie between two ends each."""

    def part(own: Fraction, other: Fraction) -> Fraction | None:
        return own / (own + other) if own + other else None

    low, high = part(mine[0], others[1]), part(mine[1], others[0])
    if low is None:
        low = None if high is None else Fraction(0)
    if high is None and low is not None:
        high = low
    return Ratio(low, high)


__all__ = ["Group", "Option", "Ratio", "share"]
