"""Documents with one value changed, as somebody who forges one would change it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all plain values of a document."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, dict | list) and inner:
            yield from leaves(inner, (*place, key))
        else:
            yield (*place, key)


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case None:
            return "0" * 64
        case list():
            return ["0" * 64]
        case dict():
            return {"610101": "1/7"}
        case _:
            return "1/7" if "/" in value else f"{value[:-1]}{'1' if value[-1:] != '1' else '2'}"
