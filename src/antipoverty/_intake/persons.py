"""Persons matched by resident number (公民身份号码), which is never stored or shown.

Numbers are brought to one spelling and compared as HMAC-SHA-256 under the caller's key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Mapping

from antipoverty.codes import check_resident_id
from antipoverty.errors import InvalidArgumentError, InvalidCodeError

_LOST = re.compile(r"[0-9.]+[eE]\+?[0-9]+")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Matcher:
    """Ties resident numbers to members.

    Args:
        key: The caller's secret, at least 16 bytes; without it nobody can test a guess.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise InvalidArgumentError(
                "the key that persons are matched under has 16 bytes or more"
            )
        self._key = key
        self._members: dict[bytes, set[tuple[str, str | None]]] = {}

    def __repr__(self) -> str:
        return f"<Matcher of {len(self._members):,} persons>"

    def add(self, rows: Iterable[tuple[str | None, str | None, str | None]]) -> None:
        """Take members: number, household, member."""
        for number, household, member in rows:
            digest, _ = self.digest(number)
            if digest is not None and household is not None:
                self._members.setdefault(digest, set()).add((household, member))

    def digest(self, number: str | None) -> tuple[bytes | None, str | None]:
        """Give a number's digest, or the kind of its fault."""
        if number is None or not number.strip():
            return None, "number-missing"
        text, fault = one_spelling(number)
        if text is None:
            return None, fault
        return hmac.new(self._key, text.encode(), hashlib.sha256).digest(), None

    def find(self, number: str | None) -> tuple[str | None, str | None, str | None]:
        """Find a person: household, member and, when there is none, the kind of the fault."""
        digest, fault = self.digest(number)
        if digest is None:
            return None, None, fault
        found = self._members.get(digest, set())
        households = {household for household, _ in found}
        if not found:
            return None, None, "person-not-found"
        if len(households) > 1:
            return None, None, "person-in-two-households"
        members = {member for _, member in found}
        return households.pop(), members.pop() if len(members) == 1 else None, None

    def find_all(
        self, numbers: Iterable[str | None]
    ) -> Mapping[str | None, tuple[str | None, ...]]:
        """Find every different number once."""
        return {number: self.find(number) for number in set(numbers)}


def one_spelling(number: str) -> tuple[str | None, str | None]:
    """Bring a resident number to 18 characters; or name what is wrong with it.

    >>> one_spelling("61010219800101004x")
    ('61010219800101004X', None)
    >>> one_spelling("6.10102E+17")
    (None, 'number-lost')
    """
    text = "".join(unicodedata.normalize("NFKC", number).split()).strip("'\u200b").upper()
    if _LOST.fullmatch(text):
        return None, "number-lost"
    if re.fullmatch("[0-9]{15}", text):
        text = f"{text[:6]}19{text[6:]}"
        left = sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=True)) % 11
        text += "10X98765432"[left]
    try:
        return check_resident_id(text), None
    except InvalidCodeError:
        lost = re.fullmatch("[0-9]{15}000?", text) or re.fullmatch("[0-9]{16}00", text)
        return None, "number-lost" if lost else "number-invalid"
