"""Every failure the library raises: one tree, and a code per class that never changes.

The text of a message may improve from one release to the next; the code in
square brackets at its end may not. A message says which rule, row or fact is
concerned and what to do about it. It never carries a personal value: no name,
no resident number, no amount that belongs to a household.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar


class AntipovertyError(Exception):
    """The root of the tree; catch it to catch everything the library raises.

    Attributes:
        code: The stable code of the class, such as ``unknown-field``.
        message: What went wrong and what to do, without the code.
    """

    code: ClassVar[str] = "antipoverty"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"


class ProblemsError(AntipovertyError):
    """Several problems of one file or one object, reported together.

    Attributes:
        problems: Each problem as an error of its own, in the order found.
    """

    code: ClassVar[str] = "problems"

    def __init__(self, message: str, problems: Iterable[AntipovertyError]) -> None:
        super().__init__(message)
        self.problems: tuple[AntipovertyError, ...] = tuple(problems)

    def __str__(self) -> str:
        count = len(self.problems)
        head = f"{self.message}: {count} problem{'' if count == 1 else 's'} [{self.code}]"
        return "\n".join([head, *(f"  - {problem}" for problem in self.problems)])


class LineError(AntipovertyError):
    """One line of a file that cannot be read.

    Attributes:
        line: Its number, from 1 for the header.
    """

    code: ClassVar[str] = "bad-line"

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


# --- codes and periods ------------------------------------------------------------


class InvalidCodeError(AntipovertyError, ValueError):
    """A text is not an area, grid, household or resident code."""

    code: ClassVar[str] = "invalid-code"


class InvalidPeriodError(AntipovertyError, ValueError):
    """A text is not a week, month, quarter, half-year or year."""

    code: ClassVar[str] = "invalid-period"


# --- the model --------------------------------------------------------------------


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


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """End a message with the nearest known word, or with nothing."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
