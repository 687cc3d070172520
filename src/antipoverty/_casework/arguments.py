"""What is handed to a verb is of the type that its signature says: told once, at every door.

Without it a number where an id belongs, or a list where a day does, would fail somewhere inside
with words that say nothing to who called.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar

from antipoverty._base.arguments import checking
from antipoverty._base.days import as_day
from antipoverty.errors import InvalidArgumentError

_P = ParamSpec("_P")
_R = TypeVar("_R")
_NO_TEXT = re.compile("[\\0\\ud800-\\udfff]")


def text(value: Any, what: str) -> str:
    """Refuse what is no text that a database can hold.

    Raises:
        InvalidArgumentError: It is something else; it is not repeated.
    """
    if type(value) is str and value.isprintable():
        return value
    if not isinstance(value, str):
        raise InvalidArgumentError(
            "{what} is a text, not {name}", what=what, name=type(value).__name__
        )
    if _NO_TEXT.search(value):
        raise InvalidArgumentError("{what} holds a sign that no text has", what=what)
    return value


def _text_or_none(value: Any, what: str) -> str | None:
    return None if value is None else text(value, what)


def _texts(value: Any, what: str) -> list[str]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise InvalidArgumentError(
            "{what} are several texts, not one {name}", what=what, name=type(value).__name__
        )
    return [text(one, f"one of {what}") for one in value]


def _flag(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidArgumentError(
            "{what} is yes or no, not {name}", what=what, name=type(value).__name__
        )
    return value


def _count_or_none(value: Any, what: str) -> int | None:
    if value is not None and (type(value) is not int or value < 0):
        raise InvalidArgumentError("{what} is a whole number from 0 on, or nothing", what=what)
    return None if value is None or value > sys.maxsize else int(value)  # no list is longer


def mapping(value: Any, what: str) -> Mapping[str, Any] | None:
    """Refuse what is neither a mapping nor nothing.

    Raises:
        InvalidArgumentError: It is something else.
    """
    if value is not None and not isinstance(value, Mapping):
        raise InvalidArgumentError("{what} is a mapping of words to values", what=what)
    return value


_KINDS: Mapping[str, Callable[[Any, str], Any]] = {
    "str": text,
    "str | None": _text_or_none,
    "date": as_day,
    "bool": _flag,
    "Iterable[str]": _texts,
    "Collection[str]": _texts,
    "int | None": _count_or_none,
    "Mapping[str, Any] | None": mapping,
}
"""What is checked, by the annotation."""


def checked(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Check what a verb is given against its annotations, before anything is done."""
    return checking(function, _KINDS)
