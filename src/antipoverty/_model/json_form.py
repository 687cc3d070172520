"""Rows as parsed JSON has them, lists and days of text, and errors that hold none of it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema


def silent(row: type[BaseModel], problem: ValidationError) -> ValidationError:
    """Make the same error without the values that were given, which it else carries along."""
    listed: list[InitErrorDetails] = []
    for error in problem.errors(include_url=False, include_input=False):
        kind, context = error["type"], error.get("ctx", {})
        listed.append(
            {
                "type": kind
                if kind in _PYDANTIC_KINDS
                else PydanticCustomError(kind, error["msg"], context),
                "loc": _nameable(row, kind, error["loc"]),
                "input": None,
                "ctx": context,
            }
        )
    return ValidationError.from_exception_data(problem.title, listed, hide_input=True)


_PYDANTIC_KINDS = frozenset(get_args(core_schema.ErrorType))
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _nameable(row: type[BaseModel], kind: str, loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The place of an error; a key that is no slip for a field may be a personal value."""
    if kind != "extra_forbidden" or len(loc) > 1:
        return loc
    return loc if get_close_matches(str(loc[0]), row.model_fields) else ("(another key)",)


def from_json(row: type[BaseModel], given: Any) -> Any:
    """Make tuples of lists and days of ISO text, where the fields are tuples and days."""
    if not isinstance(given, dict):
        return given
    forms = _forms_of(row)
    read = {
        name: form(given[name])
        for name, form in forms.items()
        if isinstance(given.get(name), list | str)
    }
    return {**given, **read} if read else given


@functools.cache
def _forms_of(row: type[BaseModel]) -> dict[str, Callable[[Any], Any]]:
    found: dict[str, Callable[[Any], Any]] = {}
    for name, info in row.model_fields.items():
        hints = list(_parts_of(info.annotation))
        if any(get_origin(hint) is tuple for hint in hints):
            found[name] = _tuple_of_list
        elif date in hints:
            found[name] = _day_of_text
    return found


def _parts_of(hint: Any) -> Iterator[Any]:
    yield hint
    if get_origin(hint) is not tuple:
        for part in get_args(hint):
            yield from _parts_of(part)


def _tuple_of_list(given: Any) -> Any:
    return tuple(given) if isinstance(given, list) else given


def _day_of_text(given: Any) -> Any:
    if isinstance(given, str) and _DAY.fullmatch(given):
        with suppress(ValueError):
            return date.fromisoformat(given)
    return given
