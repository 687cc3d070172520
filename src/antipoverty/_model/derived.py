"""Facts that nobody delivers: a plugin's own function works them out from other facts.

What the language of conditions cannot say, a function can: a distance, a trend, the score of
a model. It is told the columns it asks for, of one household or of millions alike, and gives
a column of the same length. So it is one function for every way to judge, computed by one
engine, and what it gives is checked as any fact that comes in is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from operator import attrgetter
from typing import Any

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Source, instance_of
from antipoverty.errors import InvalidModelError


def reference(by: Any) -> str:
    """Where a function stands, as ``module:name``."""
    return f"{by.__module__}:{by.__qualname__}"


def _identity(by: Any) -> Any:
    """What makes two functions one: the place where they stand, if it is one's own."""
    named = getattr(by, "__qualname__", "<")
    return by if "<" in named else reference(by)


class Named:
    """A function by where it stands; its module is loaded when it is first called.

    So a pack can be read as data, and its author's code runs only where facts are worked out.
    """

    def __init__(self, place: str) -> None:
        self.__module__, _, self.__qualname__ = place.partition(":")

    def __reduce__(self) -> tuple[Any, ...]:
        return Named, (reference(self),)

    def __call__(self, **columns: Any) -> Any:
        return self.found()(**columns)

    def found(self) -> Any:
        """Load the function."""
        return attrgetter(self.__qualname__)(import_module(self.__module__))


def _texts(reads: Mapping[str, object]) -> Mapping[str, str]:
    return Frozen({name: str(text) for name, text in reads.items()})


@attrs.frozen(kw_only=True)
class Derived:
    """How a fact is worked out from others (推算), written as ``Fact(derive=...)``.

    Attributes:
        by: The function. It is called with a Polars series for each name in ``reads``, by
            keyword, and gives a series or list of the same length: whole numbers in stored
            steps (fen), flags, texts or days, and null for not known. It is pure: each value
            depends on those beside it alone, never on other rows, a clock or a file that may
            change. It stands at the top of a module, so that other processes find it.
        reads: What it is told, by the names of its arguments: numbers, texts, days or
            conditions in the language of conditions, as text or in Python. For a fact of a
            household these may ask for rows; for a fact of a row they read that row alone.
        version: Which version of the function, and of what is in it, this is; another one
            gives other answers.
        source: Who says that it is worked out so.
        of_missing: Whether the function is asked where something it reads is not known.
            Otherwise the fact is not known there, and the function never meets a null.
    """

    by: Callable[..., Any] = attrs.field(eq=_identity)
    reads: Mapping[str, str] = attrs.field(converter=_texts)
    version: str = attrs.field(validator=instance_of(str))
    source: Source = attrs.field(validator=instance_of(Source))
    of_missing: bool = False

    def __attrs_post_init__(self) -> None:
        if not callable(self.by) or not self.reads or not self.version.strip():
            raise InvalidModelError(
                "a derived fact has a function, what it reads, and a version of the function; the "
                "function has another name than the fact, whose default would stand in its place"
            )
        odd = [name for name in self.reads if not name.isidentifier()]
        if odd:
            raise InvalidModelError(
                "{odd!r} cannot be the name of a function's argument", odd=odd[0]
            )


__all__ = ["Derived", "Named", "reference"]
