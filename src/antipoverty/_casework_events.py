"""Every change is an event; a book is the fold of its events, on any day.

Events of one case or problem form a chain: each carries the hash of the one before, so
that an event altered, dropped or put in between is noticed. A book is immutable; a change
gives a new book and the events that made it, and shares what did not change.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Generic, TypeVar

import attrs

from antipoverty._documents import Line, Part, plain
from antipoverty._frozen import Frozen
from antipoverty.codes import check_resident_id
from antipoverty.errors import BrokenChainError, InvalidCodeError, PersonalValueError

_T = TypeVar("_T")
START = "0" * 64
"""What the first event of a chain names as the hash before it."""

_SHARDS = 1024


@attrs.frozen
class Event(Part):
    """One change of a case or a problem (事件).

    Attributes:
        stream: Whose: ``case/ID`` or ``problem/ID``.
        number: Its place in the chain, from 1.
        kind: What happened, such as ``opened`` or ``stepped``.
        on: The day it happened.
        by: Who did it: an opaque id, the role first, such as ``keeper-17``.
        why: The reason, as an opaque reference; may be empty.
        data: What the fold needs; whole numbers, text, yes or no, lists and mappings.
        earlier: The hash of the event before.
        hash: SHA-256 of the canonical text of all the rest.
    """

    stream: Line
    number: int
    kind: Line
    on: date
    by: Line
    why: str
    data: Mapping[str, Any]
    earlier: Line
    hash: str = attrs.field(default=attrs.Factory(lambda self: self.sealed(), takes_self=True))

    def sealed(self) -> str:
        """Compute the hash anew."""
        text = json.dumps(
            [
                self.stream,
                self.number,
                self.kind,
                self.on.isoformat(),
                self.by,
                self.why,
                plain(self.data),
                self.earlier,
            ],
            ensure_ascii=False,
            separators=(",", ":"),
            sort_keys=True,
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def check_follows(self, number: int, earlier: str) -> None:
        """Refuse an event that does not follow from the one before.

        Raises:
            BrokenChainError: It was altered, or one before it is missing or doubled.
        """
        if self.number != number + 1 or self.earlier != earlier:
            raise BrokenChainError(
                f"event {self.number} of {self.stream} does not follow from event {number}: one "
                "was lost, doubled or put in between"
            )
        if self.hash != self.sealed():
            raise BrokenChainError(f"event {self.number} of {self.stream} was altered")


class Shards(Mapping[str, _T], Generic[_T]):
    """An immutable mapping of many items; changing one copies a thousandth of it."""

    __slots__ = ("_size", "_table")

    def __init__(self, table: tuple[dict[str, _T], ...] = ({},) * _SHARDS, size: int = 0) -> None:
        self._table, self._size = table, size

    def __getitem__(self, key: str) -> _T:
        return self._table[_shard(key)][key]

    def __iter__(self) -> Iterator[str]:
        for part in self._table:
            yield from part

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return f"<{self._size} items>"

    def with_(self, changes: Mapping[str, _T]) -> Shards[_T]:
        """The mapping with some items set."""
        table, size = list(self._table), self._size
        copied: set[int] = set()
        for key, item in changes.items():
            at = _shard(key)
            if at not in copied:
                copied.add(at)
                table[at] = dict(table[at])
            size += key not in table[at]
            table[at][key] = item
        return Shards(tuple(table), size)


def _shard(key: str) -> int:
    return zlib.crc32(key.encode()) % _SHARDS


# --- what may stand in a finding --------------------------------------------------------

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
_TELEPHONE = re.compile(r"(?:\+?86-?)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}")
_ACCOUNT = re.compile(r"\d{16,19}")


def opaque(text: str, what: str, *, household: bool = False) -> str:
    """Give back a reference that holds nothing personal: a word, a file number, a code.

    Args:
        text: The reference.
        what: What it is, for the message.
        household: Whether it is a household's id, which may have as many digits as an
            account.

    Raises:
        PersonalValueError: It is free text, or looks like a resident id, a telephone
            number or a bank account. The message does not repeat it.
    """
    if not isinstance(text, str) or not _REFERENCE.fullmatch(text):
        raise PersonalValueError(
            f"{what} is free text; give a reference of letters, digits and ._:/- instead, so that "
            "no name or number of a person enters the register"
        )
    bare = text.replace("-", "")
    account = not household and _ACCOUNT.fullmatch(bare)
    if account or _TELEPHONE.fullmatch(text) or _resident(bare):
        raise PersonalValueError(
            f"{what} looks like a telephone, resident id or account number; give an opaque "
            "reference"
        )
    return text


def _resident(text: str) -> bool:
    try:
        check_resident_id(text)
    except InvalidCodeError:
        return False
    return True


def checked_finding(finding: Mapping[str, Any] | None) -> Frozen[str, Any]:
    """Give back a finding of yes or no, whole numbers and references.

    Raises:
        PersonalValueError: A value is something else.
    """
    found: dict[str, Any] = {}
    for key, value in (finding or {}).items():
        opaque(key, "the name of a finding")
        if isinstance(value, date):
            found[key] = value.isoformat()
        elif isinstance(value, bool) or (isinstance(value, int) and abs(value) < 10**8):
            found[key] = value
        elif isinstance(value, str):
            found[key] = opaque(value, f"the finding {key!r}")
        else:
            raise PersonalValueError(
                f"the finding {key!r} is neither yes or no, nor a whole number under 100,000,000, "
                "nor a reference"
            )
    return Frozen(found)


def events_from_json(lines: Iterable[str]) -> Iterator[Event]:
    """Read events, one JSON object a line, as `events_to_json` writes them."""
    from antipoverty._documents import read_as

    for line in lines:
        yield read_as(Event, line, "event")


def events_to_json(events: Iterable[Event]) -> Iterator[str]:
    """Write events, one JSON object a line."""
    for event in events:
        yield json.dumps(event.as_dict(), ensure_ascii=False) + "\n"
