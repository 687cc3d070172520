"""What pydantic refuses, in the words of the catalogue: its own kinds of faults, and ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from antipoverty.errors import AntipovertyError, Phrase, phrase
from antipoverty.errors.phrases import Both


def refused(kind: str, words: str, /, **values: object) -> PydanticCustomError:
    """Make what a validator raises.

    Args:
        kind: The kind of the fault, which stays.
        words: What is wrong, with places for values.
        **values: What stands in each place; they are kept beside the fault.
    """
    said = phrase(words, **values)
    return PydanticCustomError(kind, "{said}", {**values, "said": said})


def refusal(error: Mapping[str, Any]) -> Phrase:
    """Say what is wrong with a value, without the value.

    Args:
        error: One of pydantic's errors.
    """
    context = error.get("ctx") or {}
    for one in context.values():
        if isinstance(one, Phrase):
            return one
        if isinstance(one, AntipovertyError):
            return Both(str(one), one.text("zh"))
        if isinstance(one, ValueError) and one.args:
            return phrase(one.args[0])
    text = str(error["msg"])
    values = [(name, str(value)) for name, value in context.items()]
    return Phrase(text[:1].lower() + text[1:], str(error["type"]), values)


def place_of(error: Mapping[str, Any]) -> str:
    """Name the place of a fault by the keys that lead to it."""
    return ".".join(map(str, error["loc"]))
