"""The root of all errors, errors of files and documents, of codes, periods and the model."""

from __future__ import annotations

import difflib
import enum
import re
from collections.abc import Iterable
from typing import ClassVar, Self, TypeVar

from antipoverty.errors.phrases import Phrase, catalogue, phrase, said

_Word = TypeVar("_Word")


class AntipovertyError(Exception):
    """The root of the tree; catch it to catch everything the library raises.

    Attributes:
        code: The stable code of the class, such as ``unknown-field``.
        message: What went wrong and what to do, without the code, as a `Phrase`: English, and
            with ``.chinese`` beside it.
        place: What the message begins with: the rule, row or file concerned, or nothing.
    """

    code: ClassVar[str] = "antipoverty"
    place: str = ""

    def __init__(self, message: str, /, **values: object) -> None:
        self.message: Phrase = phrase(message, **values)
        super().__init__(self.message)

    def meaning(self, language: str = "zh") -> str:
        """Say what the code means, whatever the message: in Chinese, or in English.

        Args:
            language: ``zh`` or ``en``.
        """
        if language == "zh":
            return catalogue()["code"].get(self.code, catalogue()["code"]["antipoverty"])
        return (type(self).__doc__ or "").strip().partition("\n")[0]

    def text(self, language: str = "zh") -> str:
        """Say the whole error in a language: in Chinese, or in English as ``str`` does.

        Args:
            language: ``zh`` or ``en``.
        """
        return f"{said(self.message, language)} [{self.code}]"

    def within(self, place: str) -> Self:
        """Give the same error with a place named in front, unless it begins there already."""
        if self.place == place:
            return self
        found = type(self).__new__(type(self))
        found.__dict__.update(self.__dict__)
        found.place = place
        found.message = phrase("{place}: {problem}", place=place, problem=self.message)
        found.args = (found.message, *self.args[1:])
        return found

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"


class InvalidArgumentError(AntipovertyError, ValueError):
    """A call was given a day, a language, a level or a name that cannot be used there."""

    code: ClassVar[str] = "invalid-argument"


class ProblemsError(AntipovertyError):
    """Several problems of one file or one object, reported together.

    Attributes:
        problems: Each problem as an error of its own, in the order found.
    """

    code: ClassVar[str] = "problems"

    def __init__(
        self, message: str, problems: Iterable[AntipovertyError], /, **values: object
    ) -> None:
        super().__init__(message, **values)
        self.problems: tuple[AntipovertyError, ...] = tuple(problems)

    def text(self, language: str = "zh") -> str:
        """Say all problems in a language, a line each."""
        count = len(self.problems)
        head = said(self.message, language)
        if language == "zh":
            head += f"：{count} 个问题"
        else:
            head += f": {count} problem{'' if count == 1 else 's'}"
        lines = (f"  - {problem.text(language)}" for problem in self.problems)
        return "\n".join([f"{head} [{self.code}]", *lines])

    def __str__(self) -> str:
        return self.text("en")


class LineError(AntipovertyError):
    """One line of a file that cannot be read.

    Attributes:
        line: Its number, from 1 for the header.
        said: What is wrong, without the number.
    """

    code: ClassVar[str] = "bad-line"

    def __init__(self, line: int, message: str, /, **values: object) -> None:
        self.line = line
        self.said: Phrase = phrase(message, **values)
        super().__init__("line {line}: {problem}", line=line, problem=self.said)


# --- documents


class FieldError(AntipovertyError, ValueError):
    """One field of a document that cannot be read; the message begins with its place."""

    code: ClassVar[str] = "bad-field"


class InvalidDocumentError(ProblemsError, ValueError):
    """A receipt, a notice or a list of teams is not what its format says."""

    code: ClassVar[str] = "invalid-document"


# --- codes and periods


class InvalidCodeError(AntipovertyError, ValueError):
    """A text is not an area, grid, household or resident code."""

    code: ClassVar[str] = "invalid-code"


class InvalidPeriodError(AntipovertyError, ValueError):
    """A text is not a week, month, quarter, half-year or year."""

    code: ClassVar[str] = "invalid-period"


# --- the model


class InvalidMoneyError(AntipovertyError, ValueError):
    """An amount is not exact yuan: a float, a fraction of a fen, or no number."""

    code: ClassVar[str] = "invalid-money"


class InvalidUnitError(AntipovertyError, ValueError):
    """A unit of measure is not written as symbols joined by ``*`` and ``/``."""

    code: ClassVar[str] = "invalid-unit"


class InvalidAreasError(ProblemsError, ValueError):
    """A file of areas has orphans, duplicates or wrong levels; nothing was loaded."""

    code: ClassVar[str] = "invalid-areas"


class UnknownAreaError(AntipovertyError, LookupError):
    """A code is well formed but is not in the area tree."""

    code: ClassVar[str] = "unknown-area"


class InvalidModelError(AntipovertyError, TypeError):
    """A class that extends the model declares a fact the library cannot use."""

    code: ClassVar[str] = "invalid-model"


class DerivedFactError(AntipovertyError, RuntimeError):
    """The function of a derived fact fails, or gives something else than was declared."""

    code: ClassVar[str] = "derived-fact"


_PLAIN = re.compile(r"(?!(?:[^0-9]*[0-9]){6})[A-Za-z0-9 _.:/-]{0,64}")
"""What may be repeated in a message: words, and no number as long as those of a person, however
its digits are parted."""


def one_of(value: _Word, known: Iterable[str], what: str) -> _Word:
    """Give a word back if it is one of those known.

    Raises:
        InvalidArgumentError: It is not.
    """
    listed = list(known)
    if value not in listed:
        article = "an" if what[0] in "aeiou" else "a"
        shown = repr(value) if _PLAIN.fullmatch(str(value)) else phrase("what was given")
        raise InvalidArgumentError(
            "{shown} is not {article} {what}; give one of {listed}{near}",
            shown=shown,
            article=article,
            what=what,
            listed=", ".join(listed),
            near=did_you_mean(str(value), listed),
        )
    return value


class Choice(enum.Enum):
    """A few words to choose from; a wrong one is an error that suggests the nearest."""

    @classmethod
    def _missing_(cls, value: object) -> None:
        one_of(value, [str(member.value) for member in cls], cls.__name__.lower())


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """End a message with the nearest known word, or with nothing."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return phrase("; did you mean {near!r}?", near=str(near[0])) if near else ""
