"""Many small choices in one draw: a byte or two each, so that a row costs one draw and not ten.

Hypothesis makes each byte as small as it can be by itself, so what does not matter ends as the
first option, or as not known.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

import attrs
from hypothesis import strategies as st

_Option = TypeVar("_Option")
_Name = TypeVar("_Name", bound=Hashable)


@attrs.frozen
class Choice:
    """What one fact may be.

    Attributes:
        options: Its values, the simplest first.
        unknown: In how many draws of a hundred it is not known.
    """

    options: Sequence[Any]
    unknown: int = 0

    @property
    def bytes(self) -> int:
        """How many bytes choose among the options."""
        size = 1
        while len(self.options) * 100 > 256**size * (100 - self.unknown):
            size += 1
        return size

    def of(self, number: int) -> Any:
        """The option that a number of so many bytes chooses."""
        numbers = 256**self.bytes
        below = numbers * self.unknown // 100
        if number < below:
            return None
        return self.options[(number - below) * len(self.options) // (numbers - below)]


def each_of(choices: Mapping[_Name, Choice]) -> st.SearchStrategy[dict[_Name, Any]]:
    """Draw one option of each of several choices."""
    return _EachOf(choices)


class _EachOf(st.SearchStrategy[dict[_Name, Any]]):
    """One option of each of several choices, in one draw that is like no other.

    Hypothesis varies an example by putting one of two like draws in the other's place, and draws
    of bytes are alike to it, however many. What does not fit there becomes nothing but zeros: a
    third of all households were the simplest one.
    """

    def __init__(self, choices: Mapping[_Name, Choice]) -> None:
        super().__init__()
        self._starts, size = list[tuple[_Name, Choice, slice]](), 0
        for name, choice in choices.items():
            self._starts.append((name, choice, slice(size, size + choice.bytes)))
            size += choice.bytes
        self._size = size

    def do_draw(self, data: Any) -> dict[_Name, Any]:
        """Draw them."""
        given = data.draw_bytes(self._size, self._size)
        return {
            name: choice.of(int.from_bytes(given[where], "big"))
            for name, choice, where in self._starts
        }

    def calc_label(self) -> int:
        """What Hypothesis tells like draws by."""
        names = ", ".join(str(name) for name, _, _ in self._starts)
        return int.from_bytes(hashlib.blake2b(names.encode(), digest_size=8).digest(), "big")


def one_of(draw: st.DrawFn, options: Sequence[_Option]) -> _Option:
    """Draw one of some options, the first of which is the simplest.

    What ``sampled_from`` does, without a strategy made anew for options that are only known
    while drawing.
    """
    return options[draw(_below(len(options)))]


PLACE = Choice(range(256))
"""A place among options that are only known after the draw, for `at_place`."""


def at_place(place: int, options: Sequence[_Option]) -> _Option:
    """The option at a place that was drawn; the first is the simplest."""
    return options[place * len(options) // len(PLACE.options)]


@functools.cache
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


__all__ = ["PLACE", "Choice", "at_place", "each_of", "one_of"]
