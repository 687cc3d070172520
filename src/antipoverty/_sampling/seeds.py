"""A seed is computed from a notice and public events, or it is chosen, and called so.

Whoever may choose a seed can try many until a friendly village wins, before its SHA-256
is published as well as after. So a seed that anybody chose is only for rehearsals: the
receipt, its printout and `verify` say so first.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Literal

import attrs

from antipoverty._base.documents import Line, Part
from antipoverty._base.provenance import Text
from antipoverty._sampling.tickets import part
from antipoverty.errors import InvalidDrawError, WeakSeedError

LEAST_LENGTH = 20
"""The least length of a chosen seed or secret: 20 throws of a ten-sided die."""

_LEAST_DIFFERENT = 4

SELF_CHOSEN = Text(
    "种子由抽取人自选",
    "the seed was chosen by the one who drew",
)
"""What stands first wherever a draw with a chosen seed is shown."""


@attrs.frozen
class Chosen(Part):
    """A seed that whoever drew chose: nothing shows that it was not chosen to suit."""

    kind: Literal["chosen"] = "chosen"


@attrs.frozen
class FromNotice(Part):
    """A seed computed from a notice and the results of the events it named.

    Attributes:
        notice: The digest of the notice.
        results: What came of the events, in the notice's order, each in its form.
        secret: The secret whose SHA-256 stood in the notice, or ``None``.
    """

    notice: Line
    results: tuple[Line, ...]
    secret: Line | None = None
    kind: Literal["notice"] = "notice"


Origin = Chosen | FromNotice


def self_chosen(origin: Origin) -> bool:
    """Whether no public event had a part in the seed."""
    return isinstance(origin, Chosen) or not origin.results


def seed_digest(seed: str) -> str:
    """SHA-256 of a seed as UTF-8, in lower-case hex."""
    return hashlib.sha256(part(seed, "the seed").encode()).hexdigest()


def derived_seed(notice: str, plan: str, results: tuple[str, ...], secret: str | None) -> str:
    """The seed of one plan under a notice: a SHA-256 in lower-case hex.

    It is that of the UTF-8 text ``antipoverty-notice/1|NOTICE|PLAN|RESULT|...|SECRET``,
    with a part for every event's result and one for the secret where there is one.
    """
    parts = ["antipoverty-notice/1", notice, plan, *results, *([secret] if secret else [])]
    return hashlib.sha256("|".join(part(one, "a part") for one in parts).encode()).hexdigest()


def check_plain(text: str, what: str) -> str:
    """Refuse a text that looks like another: invisible or look-alike characters.

    Raises:
        InvalidDrawError: It has blanks at its ends, characters that are not seen, or
            forms of characters (such as full-width digits) that plain ones stand for.
    """
    part(text, what)
    if text != text.strip():
        raise InvalidDrawError(
            "{what} begins or ends with a blank, which is lost in copying", what=what
        )
    if unicodedata.normalize("NFKC", text) != text:
        raise InvalidDrawError(
            "{what} holds full-width or other forms of characters; write the plain ones", what=what
        )
    if any(char != " " and unicodedata.category(char)[0] in "CZ" for char in text):
        raise InvalidDrawError(
            "{what} holds characters that cannot be seen; write it anew", what=what
        )
    if any(char.isdigit() and not char.isascii() for char in text):
        raise InvalidDrawError("{what} holds digits other than 0 to 9", what=what)
    return text


def check_seed(seed: str) -> None:
    """Refuse a seed or a secret that can be guessed.

    Raises:
        WeakSeedError: It has under 20 characters, or under 4 different ones.
        InvalidDrawError: It cannot stand in a ticket, or can be spelled in two ways.
    """
    check_plain(seed, "the seed")
    if len(seed) < LEAST_LENGTH or len(set(seed)) < _LEAST_DIFFERENT:
        raise WeakSeedError(
            "the seed has {count} characters, {count2} of them different; give at least "
            "{least_length} and {least_different}, such as 20 throws of a ten-sided die",
            count=len(seed),
            count2=len(set(seed)),
            least_length=LEAST_LENGTH,
            least_different=_LEAST_DIFFERENT,
        )
