"""Slips in when and where a rule or a value is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeAlias

import attrs
from dateutil.relativedelta import relativedelta

from antipoverty.codes import prefixes
from antipoverty.conditions import params_read
from antipoverty.errors import AntipovertyError, NothingInForceError, ParameterNotSetError
from antipoverty.judgement import JudgementRule
from antipoverty.model import LAST_DAY
from antipoverty.rules import Ladder, Pack, Parameter, ParameterValue, Rule
from antipoverty.testing._mutation.changes import OUT
from antipoverty.testing._search.subject import village_of

Span: TypeAlias = tuple[date, date]
Dated: TypeAlias = Rule | ParameterValue | Ladder | JudgementRule
Made: TypeAlias = tuple[str, str, str, Dated, Span]
"""The kind of a change, what stood there, what does, the part with it, the days it can matter."""

KINDS = ("since", "until", "area", "succession")

_NAMES = {Rule: "rules", Ladder: "ladders", Parameter: "parameters"}
_DAY = timedelta(days=1)
_MOVES = (
    *(relativedelta(days=1), relativedelta(days=-1)),
    *(relativedelta(months=1), relativedelta(months=-1)),
    *(relativedelta(years=1), relativedelta(years=-1)),
)


def dated(pack: Pack, parts: Sequence[Rule | Ladder]) -> Iterator[tuple[Any, Made, Pack]]:
    """Change when and where each rule and order of tiers, and each value they read, is in force.

    Args:
        pack: The pack.
        parts: The rules and orders of tiers.

    Yields:
        The rule, order or parameter; the change; the pack with it, where there can be such.
    """
    for part in parts:
        for made in moved(part):
            yield from _with(part, made, partial(with_part, pack, made[3]))
    for name in params_read(*(tree for part in parts for tree in part.trees)):
        parameter = pack.parameters[name]
        for value in parameter.values:
            for made in moved(value, f" in {value.area or 'all areas'}"):
                new = tuple(made[3] if one is value else one for one in parameter.values)
                yield from _with(parameter, made, partial(_with_values, pack, parameter, new))


def _with(
    part: Rule | Ladder | Parameter, made: Made, make: Callable[[], Pack]
) -> Iterator[tuple[Any, Made, Pack]]:
    try:
        changed = make()
    except AntipovertyError:  # two values on one day: a pack that nobody can read in
        return
    yield part, made, changed


def _with_values(pack: Pack, parameter: Parameter, values: tuple[Any, ...]) -> Pack:
    return with_part(pack, attrs.evolve(parameter, values=values))


def with_part(pack: Pack, new: Any) -> Pack:
    """The pack with another version of a part."""
    name = _NAMES[type(new)]
    every = getattr(pack, name).values()
    return pack.evolve(**{name: [new if one.id == new.id else one for one in every]})


def moved(part: Dated, of: str = "") -> Iterator[Made]:
    """A part in force from another day, to another day, elsewhere, or beside what it replaces."""
    last = part.until or LAST_DAY
    for day, span in _other_days(part.since):
        yield from _made("since", part, of, span, since=day)
    if part.until is not None:
        for day, (first, end) in _other_days(part.until):
            yield from _made("until", part, of, (first + _DAY, end + _DAY), until=day)
        yield from _made("until", part, of, (part.until + _DAY, LAST_DAY), until=None)
    if part.area:
        above = next(code for code in prefixes(part.area) if code != part.area)
        below = [code for code in prefixes(village_of(part.area)) if len(code) > len(part.area)]
        for area in (above, *below[-1:]):
            yield from _made("area", part, of, (part.since, last), area=area)
    for name in ("supersedes", "instead_of"):
        if getattr(part, name, None) is not None:
            yield from _made("succession", part, of, (part.since, LAST_DAY), **{name: None})


def _other_days(day: date) -> Iterator[tuple[date, Span]]:
    """The days a slip away, each with the days between that are on the other side then."""
    for move in _MOVES:
        try:
            other: date = day + move
        except (OverflowError, ValueError):  # before the first day of the calendar
            continue
        yield other, (min(day, other), max(day, other) - _DAY)


def _made(kind: str, part: Dated, of: str, span: Span, **changes: Any) -> Iterator[Made]:
    ((name, new),) = changes.items()
    old = getattr(part, name)
    if old == new:
        return
    try:
        made = attrs.evolve(part, **changes)
    except AntipovertyError:  # it would end before it begins
        return
    shown = {None: OUT, "": "all areas"}
    before, after = (str(shown.get(one, one)) for one in (old, new))
    where = of if kind != "area" else ""
    at = f" from {part.since}" if of and kind != "since" else ""
    yield kind, f"{before}{where}{at}", after, made, span


def same_force(pack: Pack, changed: Pack, span: Span) -> bool:
    """Whether nothing is in force otherwise on any of some days, or neither pack answers."""
    turns = {span[0]}
    for one in (pack, changed):
        parts: list[Any] = [*one.rules.values(), *one.ladders.values()]
        parts += [value for parameter in one.parameters.values() for value in parameter.values]
        turns |= {part.since for part in parts}
        turns |= {part.until + _DAY for part in parts if part.until is not None}
    days = [day for day in turns if span[0] <= day <= span[1]]
    return all(_in_force(pack, day) == _in_force(changed, day) for day in days)


def _in_force(pack: Pack, day: date) -> object:
    """What answers hang on, on a day: rules and ladders with their places, and values."""
    try:
        current = pack.on(day)
    except (NothingInForceError, ParameterNotSetError):
        return None

    def place(area: str) -> str:
        return max(area, pack.area, key=len)

    rules = {one.id: (place(one.area), one.outside) for one in current.rules}
    values = {
        name: _effective({place(one.area): one.value for one in found})
        for name, found in current.values.items()
    }
    return rules, {one.id: place(one.area) for one in current.ladders}, values


def _effective(values: Mapping[str, object]) -> dict[str, object]:
    """Values by area, those left out that are the same as in the next larger area with one."""
    above = {
        area: next((one for one in [*prefixes(area)][1:] if one in values), None) for area in values
    }
    return {
        area: value
        for area, value in values.items()
        if (larger := above[area]) is None or values[larger] != value
    }


__all__ = ["KINDS", "Span", "dated", "moved", "same_force", "with_part"]
