"""What the kit works on: a rule in its pack, on a day when it can be asked, at a place.

A rule that reads no parameter can be tried by itself; any other needs the pack that
gives its parameters a unit and values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import attrs

from antipoverty.codes import Level
from antipoverty.conditions import Setting, params_read
from antipoverty.errors import AntipovertyError, InvalidArgumentError, did_you_mean
from antipoverty.model import Schema
from antipoverty.rules import Pack, Rule, Text

AREA = "610702100200"
"""The village that invented households live in, where the pack's own area allows it."""

_TRIES = 2_000


@attrs.frozen
class Subject:
    """A rule with all that its answers depend on.

    Attributes:
        rule: The rule, bound to its pack.
        pack: The pack it is in.
        as_of: The day of the answer.
        area: A village where the rule is in force.
    """

    rule: Rule
    pack: Pack
    as_of: date
    area: str

    @property
    def schema(self) -> Schema:
        """The facts there are."""
        return self.pack.schema

    @property
    def setting(self) -> Setting:
        """The day and the values of the parameters at the place."""
        return self.pack.on(self.as_of).setting(self.area)

    def alone(self, rule: Rule, **changes: Any) -> Subject:
        """A version of the rule in a pack of its own, so that judging it judges nothing else."""
        made = only(rule, self.pack, **changes)
        return attrs.evolve(self, rule=made.rules[rule.id], pack=made)


def subject(
    rule: Rule | str, pack: Pack | None = None, *, as_of: date | None = None, area: str = ""
) -> Subject:
    """Find a rule in its pack, with a day and a place where it is in force.

    Args:
        rule: The rule, or its id; a rule that differs from the pack's of the same id is
            asked in its place.
        pack: The pack; may be left out for a rule that reads no parameter.
        as_of: The day; by default the first on which the pack has all its values.
        area: The place; by default a village of the rule's area.

    Raises:
        InvalidArgumentError: The pack has no such rule, it is not in force then and
            there, or the rule reads parameters and no pack is given.
    """
    of_type(rule, (Rule, str), "the rule is a Rule or its id")
    of_type(pack, (Pack, type(None)), "the pack is a Pack")
    if pack is None:
        owner = _alone(rule)
    else:
        owner = holding(pack, [rule]) if isinstance(rule, Rule) else pack
    id_ = rule if isinstance(rule, str) else rule.id
    if id_ not in owner.rules:
        hint = did_you_mean(id_, owner.rules)
        raise InvalidArgumentError(
            "the pack {id!r} has no rule {id2!r}{hint}", id=owner.id, id2=id_, hint=hint
        )
    one = owner.rules[id_]
    found = Subject(one, owner, as_of or first_day(one, owner), area or village(one, owner))
    running = {other.id for other in owner.on(found.as_of).rules}
    here = one.covers(found.area) and found.area.startswith(owner.area)
    if id_ not in running or not here:
        raise InvalidArgumentError(
            "rule {id!r} is not in force on {as_of} in {area}; it begins on {since} in {area2}",
            id=id_,
            as_of=found.as_of,
            area=found.area,
            since=one.since,
            area2=one.area or owner.area or "all areas",
        )
    return found


def about_rule(rule: Rule | str, pack: Pack | None, as_of: date | None) -> Subject:
    """Find a rule as `subject` does, and take it out of its pack."""
    found = subject(rule, pack, as_of=as_of)
    return found.alone(found.rule)


def of_type(given: object, types: tuple[type, ...], promise: str) -> None:
    """Refuse an argument of another type.

    Raises:
        InvalidArgumentError: It is of none of the types.
    """
    if not isinstance(given, types):
        raise InvalidArgumentError(
            "{promise}, not a {name}", promise=promise, name=type(given).__name__
        )


def some(count: int, what: str = "max_examples") -> int:
    """Give a number of examples back; none would keep every promise.

    Raises:
        InvalidArgumentError: It is not a whole number from 1.
    """
    if type(count) is not int or count < 1:
        raise InvalidArgumentError("{what} is a whole number from 1", what=what)
    return count


def holding(pack: Pack, rules: Iterable[Rule]) -> Pack:
    """The pack with these versions of its rules; a rule that it does not have is left out."""
    others = {one.id: one for one in rules if pack.rules.get(one.id, one) != one}
    if not others:
        return pack
    return pack.evolve(rules=[others.get(one.id, one) for one in pack.rules.values()])


def only(rule: Rule, pack: Pack, **changes: Any) -> Pack:
    """The pack with no rule but one, as it stands there or in the place of one."""
    alone = attrs.evolve(rule, supersedes=None, instead_of=None)
    return pack.evolve(**{"rules": [alone], "judgements": (), **changes})


def _alone(rule: Rule | str) -> Pack:
    if isinstance(rule, str):
        raise InvalidArgumentError("rule {rule!r} is given by its id; give its pack too", rule=rule)
    names = params_read(rule.when)
    if names:
        raise InvalidArgumentError(
            "rule {id!r} reads the parameter {names!r}; give the pack that has its value",
            id=rule.id,
            names=names[0],
        )
    departments = {rule.department: Text(rule.department, rule.department)}
    return Pack(rule.id, rule.title, rules=[rule], departments=departments)


def first_day(rule: Rule, pack: Pack) -> date:
    """The first day on which a rule is in force and the pack has all its values.

    Raises:
        InvalidArgumentError: There is none.
    """
    days = {rule.since} | {value.since for one in pack.parameters.values() for value in one.values}
    for day in sorted(days):
        if rule.on(day):
            try:
                if any(other.id == rule.id for other in pack.on(day).rules):
                    return day
            except AntipovertyError:
                continue
    raise InvalidArgumentError(
        "there is no day on which rule {id!r} is in force and the pack has all its values; "
        "give as_of",
        id=rule.id,
    )


def village(rule: Rule, pack: Pack) -> str:
    """A village in the rule's area."""
    return village_of(max(rule.area, pack.area, key=len))


def village_of(place: str, without: Iterable[str] = ()) -> str:
    """A village or group of a place that lies in none of some smaller ones.

    Raises:
        InvalidArgumentError: None was found.
    """
    others = tuple(without)
    starts = [AREA] if AREA.startswith(place) else []
    if len(place) >= Level.VILLAGE.digits:
        starts = [place]
    else:
        digits = Level.VILLAGE.digits - len(place)
        starts += [place + AREA[len(place) :], *(place + end for end in _ends(digits))]
    for code in starts:
        if code[0] != "0" and not (others and code.startswith(others)):
            return code
    raise InvalidArgumentError(
        "no village of {place} was found outside the smaller areas that have values of their own; "
        "no household can be asked about there",
        place=place or "any area",
    )


def _ends(digits: int) -> Iterator[str]:
    for number in range(1, _TRIES):
        yield f"{number:0{min(4, digits)}d}".ljust(digits, "1")[:digits]
