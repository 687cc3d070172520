"""Who says so: text in two languages, and the source of a rule or a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from antipoverty.errors import Choice, InvalidRuleError, one_of, phrase
from antipoverty.languages import current


def _owner_name(owner: object) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(owner).__name__).lower()
    return f"{words} {owner.id!r}" if hasattr(owner, "id") else f"a {words}"


def instance_of(*kinds: type) -> Any:
    """Check that a field is of one of some types; a day is no moment, and a flag no number."""

    def check(owner: object, attribute: Any, value: object) -> None:
        moment = isinstance(value, datetime)  # a pandas Timestamp, too
        if moment or type(value) is bool or not isinstance(value, kinds):
            wanted = " or ".join("nothing" if k is type(None) else k.__name__ for k in kinds)
            problem = phrase(
                "{name} is a {name2}; give {wanted}",
                name=attribute.name,
                name2=type(value).__name__,
                wanted=wanted,
            )
            raise InvalidRuleError(problem).within(_owner_name(owner))

    return check


@attrs.frozen
class Text:
    """One thing said in Chinese and in English."""

    zh: str = attrs.field(validator=instance_of(str))
    en: str = attrs.field(validator=instance_of(str))

    def __getitem__(self, language: str) -> str:
        return self.zh if current(language) == "zh" else self.en

    def __iter__(self) -> Iterator[str]:
        return iter((self.zh, self.en))


def said(text: str | Text) -> Text:
    """Take one text for both languages, or leave the two as they are."""
    return Text(text, text) if isinstance(text, str) else text


def words_of(texts: Mapping[str, Text]) -> dict[str, str]:
    """Give each word by all that people may write of it: itself, a language, both."""
    return {
        said: word
        for word, text in texts.items()
        for said in (word, text.zh, text.en, f"{text.zh} {text.en}")
    }


class Status(Choice):
    """Whether a rule or value was published by the authority of its area.

    ``ILLUSTRATIVE`` (示例) is everything else, and every output that rests on it says so.
    """

    PUBLISHED = "published"
    ILLUSTRATIVE = "illustrative"


@attrs.frozen
class Source:
    """Where a rule or a value comes from.

    Attributes:
        title: The document, its place and its year; one text stands for both languages.
        status: Published for the area it is used in, or illustrative.
        grade: ``A`` read in an official or national-press text, ``B`` a mirror, reprint
            or county news, ``C`` weak; ``None`` without a source.
        note: What else a reader must know, such as where an illustrative figure is from.
    """

    title: Text = attrs.field(converter=said, validator=instance_of(Text))
    status: Status = attrs.field(default=Status.ILLUSTRATIVE, converter=Status)
    grade: str | None = None
    note: Text = attrs.field(default=Text("", ""), converter=said, validator=instance_of(Text))

    def __attrs_post_init__(self) -> None:
        if not (self.title.zh.strip() and self.title.en.strip()):
            raise InvalidRuleError("a source has a title: the document, its place and its year")
        if self.grade is not None:
            one_of(self.grade, ("A", "B", "C"), "grade")

    @property
    def illustrative(self) -> bool:
        """Whether it is not the published policy of its area."""
        return self.status is Status.ILLUSTRATIVE
