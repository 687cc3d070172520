"""In which language the command line speaks (语言), and how it prints where letters lack.

It is chosen once for a run: by ``--lang``, else by the locale of the process. The library
itself never looks at the environment: there a caller says which language is wanted.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from antipoverty._base.provenance import LANGUAGES, Language


class Spoken(enum.Enum):
    """What the command line speaks."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


_spoken: ContextVar[Spoken] = ContextVar("spoken", default=Spoken.BOTH)


def speak(language: Spoken) -> None:
    """Choose the language of this run."""
    _spoken.set(language)


def languages() -> tuple[Language, ...]:
    """The languages that people are spoken to in, in this run."""
    chosen = _spoken.get()
    return LANGUAGES if chosen is Spoken.BOTH else (chosen.value,)


def from_locale(environment: Mapping[str, str]) -> Spoken:
    """The language of a locale; both where it names neither Chinese nor English.

    >>> from_locale({"LANG": "zh_CN.UTF-8"}), from_locale({"LC_ALL": "C", "LANG": "en_US"})
    (<Spoken.ZH: 'zh'>, <Spoken.BOTH: 'both'>)

    Args:
        environment: The variables of the process.
    """
    named = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    first = next((one for one in named if one), "").lower()
    return (
        Spoken.ZH
        if first.startswith("zh")
        else Spoken.EN
        if first.startswith("en")
        else Spoken.BOTH
    )


def print_anything(stream: Any) -> None:
    """Let a stream print what its encoding lacks as an escape, so that no command crashes."""
    with contextlib.suppress(AttributeError, ValueError):
        stream.reconfigure(errors="backslashreplace")
