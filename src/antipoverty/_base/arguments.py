"""What a function is given is brought to what its annotations say, before anything is done."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


def checking(
    function: Callable[_P, _R], kinds: Mapping[str, Callable[[Any, str], Any]]
) -> Callable[_P, _R]:
    """Check what a function is given, by place or by name.

    Args:
        function: The function.
        kinds: By annotation, what brings a value to its form, or refuses it, given its name.
    """
    every = inspect.signature(function).parameters.values()
    known = {
        one.name: (kinds[str(one.annotation)], one.name.replace("_", " "))
        for one in every
        if str(one.annotation) in kinds
    }
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    places = [
        (at, *known[one.name])
        for at, one in enumerate(every)
        if one.name in known and one.kind in by_place
    ]

    @functools.wraps(function)
    def call(*args: _P.args, **given: _P.kwargs) -> _R:
        firsts = [*args]
        for at, kind, what in places:
            if at < len(firsts):
                firsts[at] = kind(firsts[at], what)
        for name in given:
            if name in known:
                kind, what = known[name]
                given[name] = kind(given[name], what)
        return function(*firsts, **given)

    return call
