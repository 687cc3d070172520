"""A unit's ticket is a hash that anybody can compute; the smallest ticket is drawn.

The ticket is the SHA-256, in lower-case hex, of the UTF-8 text

    antipoverty-draw/1|SEED|PLAN|PERIOD|STRATUM|UNIT

It depends on nothing else: not on the order of a list, the platform, the version of
Python or the stream of a generator.

>>> ticket("seed", "weekly-village", "2022-W06", "610702", "610702100200")[:16]
'5133b00f07d1cfb5'
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable
from typing import Final, Literal

import attrs

from antipoverty.errors import InvalidDrawError

ALGORITHM: Final = "antipoverty-draw/1"
_SPACE = 2**256


def part(text: object, what: str) -> str:
    """Give back a part of a ticket's text.

    Raises:
        InvalidDrawError: It is no text, empty, or holds ``|`` or a line break.
    """
    if not isinstance(text, str) or not text:
        raise InvalidDrawError("{what} is empty or no text; a ticket needs it", what=what)
    if "|" in text or len(text.splitlines()) > 1 or text.splitlines()[0] != text:
        raise InvalidDrawError(
            "{what} holds '|' or a line break, which separate parts of a ticket", what=what
        )
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidDrawError(
            "{what} holds half a character and cannot be written as UTF-8", what=what
        )
    return text


@attrs.frozen
class Tickets:
    """What all tickets of one draw begin with.

    Attributes:
        seed: The seed.
        plan: The plan's id, or the name of the random numbers that it shares.
        period: The period, as text.
        shared: Which end of shared random numbers is drawn; ``None`` for numbers of its own.
    """

    seed: str
    plan: str
    period: str
    shared: Literal["low", "high"] | None = None

    def stratum(self, code: str, step: int = 1) -> Stratum:
        """The tickets of one stratum; from the second step on the stratum is ``CODE/2``.

        Shared random numbers are those of the unit alone: their stratum is ``*``.
        """
        named = "*" if self.shared else code if step == 1 else f"{code}/{step}"
        return Stratum(self.seed, self.plan, self.period, named, high=self.shared == "high")


class Stratum:
    """The tickets of one stratum; the parts common to all its units are hashed once."""

    def __init__(
        self, seed: str, plan: str, period: str, stratum: str, *, high: bool = False
    ) -> None:
        self._first = heapq.nlargest if high else heapq.nsmallest
        named = (("the seed", seed), ("a plan's id", plan), ("a period", period))
        common = [part(text, what) for what, text in (*named, ("a stratum", stratum))]
        self._common = hashlib.sha256("|".join([ALGORITHM, *common, ""]).encode())

    def ticket(self, unit: str) -> str:
        """The ticket of a unit."""
        own = self._common.copy()
        own.update(unit.encode())
        return own.hexdigest()

    def ranked(self, units: Iterable[str]) -> list[tuple[str, str]]:
        """Every unit behind its ticket, the smallest ticket first."""
        listed = list(units)
        return self.first(listed, len(listed))

    def first(self, units: Iterable[str], count: int) -> list[tuple[str, str]]:
        """The first so many of `ranked`; those with the largest tickets, if those are drawn."""
        copy, found = self._common.copy, []
        for unit in units:
            own = copy()
            own.update(unit.encode())
            found.append((own.digest(), unit))
        return [(hash_.hex(), unit) for hash_, unit in self._first(count, found)]

    def below(self, limit: int, name: str) -> int:
        """A whole number from 0 to below a limit, each exactly as likely.

        It is the ticket of the unit ``NAME`` modulo the limit. The few highest tickets
        would favour small numbers: they are passed over for ``NAME/2``, ``NAME/3`` ...
        """
        top = _SPACE - _SPACE % limit
        found, tries = int(self.ticket(name), 16), 1
        while found >= top:
            tries += 1
            found = int(self.ticket(f"{name}/{tries}"), 16)
        return found % limit


def ticket(seed: str, plan: str, period: str, stratum: str, unit: str) -> str:
    """Compute one ticket.

    Raises:
        InvalidDrawError: A part is empty or holds ``|`` or a line break.
    """
    return Stratum(seed, plan, period, stratum).ticket(part(unit, "a unit"))
