"""In which language the library explains (语言): of a call, of a block, or of the program.

Whoever calls says it: in the call, for a block by `using`, or for the whole program by `use`.
The environment of the process is never looked at; only the command line does that, for itself.

>>> with using("zh"):
...     current()
'zh'
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, TypeAlias

from antipoverty.errors import one_of

Language: TypeAlias = Literal["zh", "en"]
"""The languages that officials read."""

LANGUAGES: tuple[Language, ...] = ("zh", "en")

_of_block: ContextVar[Language | None] = ContextVar("language", default=None)
_of_program: list[Language] = []


def use(language: Language | None) -> None:
    """Choose the language of the program: of all its threads, and of those to come.

    Args:
        language: ``zh`` or ``en``; ``None`` takes the choice back.

    Raises:
        InvalidArgumentError: It is neither.
    """
    _of_program[:] = [] if language is None else [one_of(language, LANGUAGES, "language")]


@contextmanager
def using(language: Language) -> Iterator[None]:
    """Choose the language of a block, in this thread or task alone.

    Args:
        language: ``zh`` or ``en``.

    Raises:
        InvalidArgumentError: It is neither.
    """
    before = _of_block.set(one_of(language, LANGUAGES, "language"))
    try:
        yield
    finally:
        _of_block.reset(before)


def current(language: str | None = None, otherwise: Language = "en") -> Language:
    """The language of a call: its own, else that of the block, else that of the program.

    Args:
        language: What the call says, if anything.
        otherwise: Where nobody chose: English, and Chinese for what officials open.

    Raises:
        InvalidArgumentError: It is neither ``zh`` nor ``en``.
    """
    if language is None:
        of_block = _of_block.get()
        return next(iter(_of_program), otherwise) if of_block is None else of_block
    return "zh" if one_of(language, LANGUAGES, "language") == "zh" else "en"


class Voice:
    """Says things in one language, which is chosen and checked once.

    >>> say = Voice("en")
    >>> say("预警", "warn")
    'warn'

    Attributes:
        language: The language.
        zh: Whether it is Chinese.
    """

    def __init__(self, language: str | None, otherwise: Language = "en") -> None:
        self.language = current(language, otherwise)
        self.zh = self.language == "zh"

    def __call__(self, zh: str, en: str) -> str:
        """Of two texts that say the same, the one in this language."""
        return zh if self.zh else en


__all__ = ["LANGUAGES", "Language", "Voice", "current", "use", "using"]
