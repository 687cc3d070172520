"""What an error says, in English and in Chinese (错误说明): a phrase and the values that fill it.

A phrase is a text in English, and used as one; it also knows the words that it was made of. Its
Chinese stands in ``chinese.toml``, under those words with their places for values. Nothing is
ever recognised by how a finished text looks.
"""

from __future__ import annotations

import functools
import string
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any, Self

_FORM = string.Formatter()


class Phrase(str):
    """A text that can be said in both languages.

    >>> phrase("line {line}: {problem}", line=3, problem=phrase("it is empty")).chinese
    '第 3 行：是空的'

    Attributes:
        words: What it was made of, in English, with places for values.
        values: The text that stands in each place.
    """

    __slots__ = ("values", "words")

    words: str
    values: tuple[tuple[str, str], ...]

    def __new__(cls, text: str, words: str = "", values: Iterable[tuple[str, str]] = ()) -> Self:
        """Make a phrase of a text without values, or of words and what stands in them."""
        made = super().__new__(cls, text)
        made.words, made.values = words or text, tuple(values)
        return made

    def __add__(self, other: str) -> Phrase:
        """This phrase and another behind it."""
        return phrases((self, other), "")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.words, self.values)

    @property
    def chinese(self) -> str:
        """The phrase in Chinese; words that have none are left in English."""
        found = chinese_of(self.words)
        if found is None:
            return str(self)
        values = {name: _value(one) for name, one in self.values}
        return found.format_map(values) if values else found


class Listed(Phrase):
    """Several phrases in one line."""

    __slots__ = ()

    @property
    def chinese(self) -> str:
        """The phrases in Chinese, one after another."""
        between = {"; ": "；", ", ": "、", " and ": "、", ": ": "："}
        return between.get(self.words, self.words).join(_value(one) for _, one in self.values)


class Both(Phrase):
    """A text of which the Chinese is there already, as its words."""

    __slots__ = ()

    @property
    def chinese(self) -> str:
        """The Chinese."""
        return self.words


def phrase(words: str, /, **values: object) -> Phrase:
    """Fill words with values, as ``str.format`` does.

    Args:
        words: English, with places for values in braces; the catalogue has its Chinese.
        **values: What stands in each place: a name, a number, or another phrase.
    """
    if not values:
        return words if isinstance(words, Phrase) else Phrase(words)
    text, filled = "", []
    for before, name, spec, conversion in _FORM.parse(words):
        text += before
        if name is not None:
            value = values[name]
            if conversion or spec or not isinstance(value, str):
                value = format(_FORM.convert_field(value, conversion), spec or "")
            text += value
            filled.append((name, value))
    return Phrase(text, words, filled)


def phrases(parts: Iterable[str], between: str = "; ") -> Phrase:
    """Join phrases into one.

    Args:
        parts: The phrases.
        between: What stands between them in English.
    """
    found = list(parts)
    return Listed(between.join(found), between, enumerate(found))  # type: ignore[arg-type]


def said(text: str, language: str = "zh") -> str:
    """A text in a language: the Chinese of a phrase; what is none is said as it is.

    Args:
        text: The text.
        language: ``zh`` or ``en``.
    """
    return text.chinese if language == "zh" and isinstance(text, Phrase) else str(text)


@functools.cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """The catalogue: a part for what codes mean, and for what is said in each room."""
    text = resources.files(__package__).joinpath("chinese.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@functools.cache
def _phrases() -> Mapping[str, str]:
    return {
        words: chinese
        for part, pairs in catalogue().items()
        if part != "code"
        for words, chinese in pairs.items()
    }


def _value(text: str) -> str:
    """A value in Chinese: a phrase, or a text that is words of the catalogue and no more."""
    return said(text, "zh") if isinstance(text, Phrase) else _phrases().get(text, text)


def chinese_of(words: str) -> str | None:
    """The Chinese of words, with the same places for values, or None."""
    return _phrases().get(words)
