"""Every change is an event; a book is the fold of its events, on any day.

Events of one case or problem form a chain: each carries the hash of the one before, so
that an event altered, dropped or put in between is noticed. A book is immutable; a change
gives a new book and the events that made it, and shares what did not change.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from json import encoder
from typing import Any

import attrs

from antipoverty._base.days import days
from antipoverty._base.documents import Line, Part, read_as
from antipoverty._base.frozen import Frozen
from antipoverty.errors import BrokenChainError, InvalidArgumentError


class _Canonical(json.JSONEncoder):
    """Writes data by an encoder that is made once, where there is one, and seeks no circles."""

    def __init__(self) -> None:
        super().__init__(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=dict)
        made: Any = getattr(encoder, "c_make_encoder", None)
        marks = self.indent, self.key_separator, self.item_separator
        ways = self.sort_keys, self.skipkeys, self.allow_nan
        self._parts: Any = made and made(None, self.default, quote, *marks, *ways)

    def encode(self, o: Any) -> str:
        """Give the text of a mapping or a list."""
        return "".join(self._parts(o, 0)) if self._parts else super().encode(o)


quote = encoder.encode_basestring
CANONICAL = _Canonical()
"""How data are written to be hashed: one text for one content."""
START = "0" * 64
"""What the first event of a chain names as the hash before it."""


class Data(Frozen[str, Any]):
    """What an event holds, with the canonical text of it: hashed and stored is one and the same."""

    __slots__ = ("text",)
    text: str

    def __init__(self, items: Mapping[str, Any] | None = None) -> None:
        super().__init__(items)
        try:
            _set_text(self, CANONICAL.encode(self._items))
        except (TypeError, ValueError, RecursionError):
            raise InvalidArgumentError("an event holds what cannot be written as JSON") from None

    @classmethod
    def read(cls, items: dict[str, Any], text: str) -> Data:
        """What a text holds; nobody else changes the items."""
        found: Data = cls.__new__(cls)
        _set_items(found, items)
        _set_text(found, text)
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return Data.read, (dict(self), self.text)


_set_items: Any = vars(Frozen)["_items"].__set__
_set_text: Any = vars(Data)["text"].__set__


def _as_data(items: Mapping[str, Any]) -> Data:
    return items if type(items) is Data else Data(items)


def _own_hash(event: Event) -> str:
    """The hash of an event as it is made; empty where it holds what cannot be hashed."""
    try:
        return event.sealed()
    except InvalidArgumentError:
        return ""


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
    data: Mapping[str, Any] = attrs.field(converter=_as_data)
    earlier: Line
    _own: str = attrs.field(
        init=False, eq=False, repr=False, default=attrs.Factory(_own_hash, takes_self=True)
    )
    hash: str = attrs.field(
        default=attrs.Factory(lambda self: self._own or self.sealed(), takes_self=True)
    )

    @property
    def is_whole(self) -> bool:
        """Whether its hash is that of all the rest, as it was made."""
        return self.hash == self._own != ""

    def sealed(self) -> str:
        """Compute the hash anew: SHA-256 of a JSON list of all the rest, keys in order."""
        try:
            text = (
                f'[{quote(self.stream)},{self.number:d},{quote(self.kind)},"{self.on.isoformat()}",'
                f"{quote(self.by)},{quote(self.why)},{self.data.text},{quote(self.earlier)}]"  # type: ignore[attr-defined]
            )
            return hashlib.sha256(text.encode()).hexdigest()
        except (AttributeError, TypeError, ValueError):
            raise InvalidArgumentError(
                "an event has texts, a whole number and a day; something else was given"
            ) from None

    def check_follows(self, number: int, earlier: str) -> None:
        """Refuse an event that does not follow from the one before.

        Raises:
            BrokenChainError: It was altered, or one before it is missing or doubled.
        """
        if self.number != number + 1 or self.earlier != earlier:
            raise BrokenChainError(
                "event {number} of {stream} does not follow from event {number2}: one was lost, "
                "doubled or put in between",
                number=self.number,
                stream=self.stream,
                number2=number,
            )
        if not self.is_whole:
            raise BrokenChainError(
                "event {number} of {stream} was altered", number=self.number, stream=self.stream
            )


@days
def known_on(events: Iterable[Event], day: date) -> Iterator[Event]:
    """Of events in the order of their chains, those that stood on a day.

    Each chain goes up to its first event after the day, so that one written down late
    does not stand before what it follows from.
    """
    ended: set[str] = set()
    for event in events:
        if event.on > day:
            ended.add(event.stream)
        elif event.stream not in ended:
            yield event


def events_from_json(lines: Iterable[str]) -> Iterator[Event]:
    """Read events, one JSON object a line, as `events_to_json` writes them."""
    for line in lines:
        yield read_as(Event, line, "event")


def events_to_json(events: Iterable[Event]) -> Iterator[str]:
    """Write events, one JSON object a line."""
    for event in events:
        yield json.dumps(event.as_dict(), ensure_ascii=False) + "\n"
