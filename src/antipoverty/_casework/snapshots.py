"""Snapshots: every so many events, an event says how its case stood before it.

So a step reads the end of a long chain and not the whole. What such an event says is hashed
like the rest of it, and whoever folds the whole chain compares it with the fold: a snapshot
that says anything else breaks the chain.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._casework.cases import (
    Appeal,
    Case,
    Episode,
    Item,
    Look,
    Measure,
    Overseen,
    Problem,
    Signal,
)
from antipoverty._casework.events import CANONICAL, Event
from antipoverty._casework.handed import FIELDS, LINE_DAYS, Line
from antipoverty.errors import BrokenChainError

EVERY = 32
"""Which events carry one: each whose number this divides."""
STANDS = "stands"
"""The word under which an event holds it."""
_DAYS = ("opened", "entered", "latest", "consent", "sought")
_DAYS_BY_KEY = ("reached", "lifted")
_EPISODE = tuple(field.name for field in attrs.fields(Episode))
_LEFT_OUT = ("id", "version", "head")
"""What the event says anyway."""


def snapshot(item: Item) -> dict[str, Any]:
    """How an item stands, as an event may hold it; what is as it was at first is left out."""
    found = {}
    for field in attrs.fields(type(item)):
        value = getattr(item, field.name)
        if field.name not in _LEFT_OUT and value != field.default:
            found[field.name] = _written(field.name, value)
    return found


def check(item: Item, event: Event) -> None:
    """Refuse an event that says of an item what its events do not.

    Raises:
        BrokenChainError: It says something else than the fold of the events before it.
    """
    said = event.data.get(STANDS)
    if said is not None and CANONICAL.encode(said) != CANONICAL.encode(snapshot(item)):
        raise BrokenChainError(
            "event {number} of {stream} says another state than the events before it",
            number=event.number,
            stream=event.stream,
        )


def resumed(event: Event) -> Item | None:
    """The item as it stood before an event; nothing where the event does not say it.

    Raises:
        BrokenChainError: It says what no item is.
    """
    said = event.data.get(STANDS)
    if said is None:
        return None
    register, _, id_ = event.stream.partition("/")
    cls: type[Item] = Case if register == "case" else Problem
    try:
        fields = {name: _read(name, value) for name, value in said.items()}
        return cls(id=id_, version=event.number - 1, head=event.earlier, **fields)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise BrokenChainError(
            "event {number} of {stream} says a state that none can have",
            number=event.number,
            stream=event.stream,
        ) from None


def with_snapshot(data: Mapping[str, Any], item: Item | None) -> Mapping[str, Any]:
    """What an event after an item holds, with a snapshot of it where one is due."""
    if item is None or (item.version + 1) % EVERY:
        return data
    return {**data, STANDS: snapshot(item)}


def _written(name: str, value: Any) -> Any:
    if name == "before":
        return value and {key: _written(key, one) for key, one in value.items()}
    if name in _DAYS_BY_KEY:
        return [[key, day.isoformat()] for key, day in value.items()]
    if name == "signals":
        return [[*_signal(one)] for one in value]
    if name == "measures":
        return [[one.id, one.risk, one.on.isoformat(), one.by] for one in value]
    if name in ("acts", "lines", "looks"):
        return [[*map(_written_day, attrs.astuple(one))] for one in value]
    if name == "past":
        return [[_written(key, getattr(one, key)) for key in _EPISODE] for one in value]
    if name == "appeals":
        return [[*map(_written_day, attrs.astuple(one))] for one in value]
    if name in _DAYS:
        return _written_day(value)
    return list(value) if isinstance(value, tuple) else value


def _written_day(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _signal(one: Signal) -> tuple[Any, ...]:
    days = [day.isoformat() for day in one.days]
    return one.rule, one.department, one.verdict, one.risk, days, list(one.facts)


def _read(name: str, value: Any) -> Any:
    if name == "before":
        return value and Frozen({key: _read(key, one) for key, one in value.items()})
    if name in _DAYS_BY_KEY:
        return Frozen({key: date.fromisoformat(day) for key, day in value})
    if name == "signals":
        return tuple(
            Signal(rule, whose, verdict, risk, tuple(map(date.fromisoformat, days)), tuple(facts))
            for rule, whose, verdict, risk, days, facts in value
        )
    if name == "measures":
        return tuple(Measure(id_, risk, date.fromisoformat(on), by) for id_, risk, on, by in value)
    if name == "acts":
        return tuple(Overseen(act, by, date.fromisoformat(on), why) for act, by, on, why in value)
    if name == "looks":
        return tuple(
            Look(line, result, by, date.fromisoformat(on)) for line, result, by, on in value
        )
    if name == "lines":
        return tuple(Line(*map(_read_part, FIELDS, one)) for one in value)
    if name == "past":
        return tuple(
            Episode(*(_read(key, part) for key, part in zip(_EPISODE, one, strict=True)))
            for one in value
        )
    if name == "appeals":
        return tuple(
            Appeal(token, fact, date.fromisoformat(on), by, answer, end and date.fromisoformat(end))
            for token, fact, on, by, answer, end in value
        )
    if name in _DAYS:
        return value and date.fromisoformat(value)
    if isinstance(value, list):
        return tuple(value)
    return Frozen(value) if isinstance(value, dict) else value


def _read_part(name: str, value: Any) -> Any:
    return value and date.fromisoformat(value) if name in LINE_DAYS else value
