"""Z3 behind a thin wall: loaded late, and never troubled with what is plain already.

A term is one of the solver's, or a Python bool or int where its value is known. Keeping
those apart makes the questions small, and lets one encoding serve facts that are given
and facts that are sought.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import attrs

from antipoverty.conditions.spans import Arithmetic, Ends
from antipoverty.errors import MissingExtraError

Term: TypeAlias = Any
"""A Boolean or whole number: the solver's, or Python's where it is known."""


@functools.cache
def load() -> Any:
    """Load the solver.

    Raises:
        MissingExtraError: The extra ``proofs`` is not installed.
    """
    try:
        import z3
    except ImportError:
        raise MissingExtraError(
            "proofs need the extra 'proofs': pip install 'antipoverty[proofs]'"
        ) from None
    return z3


def both(*parts: Term) -> Term:
    """All of some terms hold."""
    open_ = [part for part in parts if part is not True]
    if any(part is False for part in open_):
        return False
    return True if not open_ else open_[0] if len(open_) == 1 else load().And(open_)


def either(*parts: Term) -> Term:
    """At least one of some terms holds."""
    open_ = [part for part in parts if part is not False]
    if any(part is True for part in open_):
        return True
    return False if not open_ else open_[0] if len(open_) == 1 else load().Or(open_)


def no(part: Term) -> Term:
    """A term does not hold."""
    return (not part) if isinstance(part, bool) else load().Not(part)


def choose(when: Term, one: Term, other: Term) -> Term:
    """One number when a term holds, else another."""
    if isinstance(when, bool):
        return one if when else other
    return one if one is other else load().If(when, one, other)


def counted(parts: Iterable[Term], weights: Iterable[int] | None = None) -> Term:
    """How many terms hold, or the weights of those that do."""
    listed = list(parts)
    weighed = [1] * len(listed) if weights is None else list(weights)
    return total([choose(part, weight, 0) for part, weight in zip(listed, weighed, strict=True)])


def total(numbers: Sequence[Term]) -> Term:
    """The sum of some numbers."""
    known = sum(number for number in numbers if isinstance(number, int))
    open_ = [number for number in numbers if not isinstance(number, int)]
    return known if not open_ else load().Sum([*open_, known])


def least(numbers: Sequence[Term], *, greatest: bool = False) -> Term:
    """The least, or the greatest, of some numbers; there is at least one."""
    found = numbers[0]
    for number in numbers[1:]:
        found = choose(number > found if greatest else number < found, number, found)
    return found


@attrs.frozen
class Ternary:
    """What a condition is, by Kleene: true, false, or neither, which is undecided."""

    true: Term
    false: Term

    @property
    def opposite(self) -> Ternary:
        """The negation; undecided stays undecided."""
        return Ternary(self.false, self.true)

    @property
    def decided(self) -> Term:
        """It is true or false."""
        return either(self.true, self.false)


def every(parts: Iterable[Ternary]) -> Ternary:
    """Join by *and*."""
    listed = list(parts)
    return Ternary(both(*(one.true for one in listed)), either(*(one.false for one in listed)))


def some(parts: Iterable[Ternary]) -> Ternary:
    """Join by *or*."""
    listed = list(parts)
    return Ternary(either(*(one.true for one in listed)), both(*(one.false for one in listed)))


@attrs.frozen
class Reach:
    """The lowest and highest a value can be, when it is known at all.

    Attributes:
        ends: The two.
        known: Whether it is known.
    """

    ends: Ends[Term]
    known: Term = True

    @classmethod
    def of(cls, value: Term, *, known: Term = True, scale: int = 1) -> Reach:
        """One value."""
        return cls(Ends(value, value, scale), known)


TERMS = Arithmetic[Term](least, functools.partial(least, greatest=True), both, either)


__all__ = [
    "TERMS",
    "Reach",
    "Term",
    "Ternary",
    "both",
    "choose",
    "counted",
    "either",
    "every",
    "least",
    "load",
    "no",
    "some",
    "total",
]
