"""A policy for an area holds on in what the area has become.

Rules and values are written for codes of their day. Where such a code was renamed, its
rules and values hold for the code that came after; where that cannot be said, because
the area was merged with others or a rule's area was split, nothing is guessed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Container
from datetime import date
from typing import TypeVar

import attrs

from antipoverty._policy.judgement_rules import JudgementRule
from antipoverty._policy.ladders import Ladder
from antipoverty._policy.pack import Pack
from antipoverty._policy.parts import Parameter, Rule
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    AntipovertyError,
    AreaNotCoveredError,
    InvalidCodeError,
    InvalidPackError,
    UnknownAreaError,
    UnknownReferenceError,
    phrase,
)
from antipoverty.model import AreaTree, Household, counted_on

_Rule = TypeVar("_Rule", Rule, JudgementRule, Ladder)


def following(pack: Pack, areas: AreaTree | None, day: date) -> Pack:
    """Give a pack with the areas of its rules and values as they are coded on a day.

    Args:
        pack: The policy.
        areas: The areas, with the successors of those that ended; without them the pack
            is given back.
        day: The day.

    Raises:
        InvalidPackError: A rule or value in force is for an area that ended, and not one
            area succeeded it alone.
    """
    return pack if areas is None else _following(pack, areas, day)


@functools.lru_cache(maxsize=32)
def _following(pack: Pack, areas: AreaTree, day: date) -> Pack:
    problems: list[AntipovertyError] = []

    def heirs(area: str, what: str, own: Container[str] | None = None) -> tuple[str, ...]:
        """The codes that what is for an area is for on the day; ``own`` have their own."""
        if area not in areas or areas[area].on(day):
            return (area,)
        ended = areas[area].until
        if ended is None or day <= ended:
            return (area,)
        found = areas.heirs(area, day)
        here = [one for one in found if own is None or one not in own]
        if found and (own is not None or len(found) == 1) and all(map(areas.sole_heir, here)):
            return tuple(here)
        listed = ", ".join(found) or "none"
        problems.append(
            UnknownReferenceError(
                "{what} is for area {area}, which ended on {ended}; codes after it: {listed}, not "
                "one that succeeded it alone: publish it anew for those it is to hold for",
                what=what,
                area=area,
                ended=ended,
                listed=listed,
            )
        )
        return (area,)

    area = heirs(pack.area, "the pack")[0]

    def moved(rule: _Rule, what: str) -> _Rule:
        named = area if rule.area == pack.area else rule.area
        if rule.on(day) and rule.area != pack.area:
            named = heirs(rule.area, f"{what} {rule.id!r}")[0]
        return rule if named == rule.area else attrs.evolve(rule, area=named)

    rules = [moved(rule, "rule") for rule in pack.rules.values()]
    judgements = [moved(rule, "judgement rule") for rule in pack.judgements.values()]
    ladders = [moved(one, "ladder") for one in pack.ladders.values()]
    parameters = [_valued(one, day, heirs) for one in pack.parameters.values()]
    if problems:
        raise InvalidPackError(
            "the pack {id!r} does not fit the areas on {day}", problems, id=pack.id, day=day
        )
    same = (
        area == pack.area
        and rules == [*pack.rules.values()]
        and judgements == [*pack.judgements.values()]
        and ladders == [*pack.ladders.values()]
        and parameters == [*pack.parameters.values()]
    )
    if same:
        return pack
    return pack.evolve(
        area=area, rules=rules, parameters=parameters, judgements=judgements, ladders=ladders
    )


def _valued(parameter: Parameter, day: date, heirs: Callable[..., tuple[str, ...]]) -> Parameter:
    """Move the values in force of areas that ended to those that came after.

    What was published for the new code itself goes before.
    """
    running = [one for one in parameter.values if one.on(day)]
    own = {one.area for one in running}
    moved = [
        attrs.evolve(one, area=area)
        for one in running
        for area in heirs(one.area, phrase("a value of {id!r}", id=parameter.id), own)
    ]
    return parameter if moved == running else attrs.evolve(parameter, values=tuple(moved))


def place(text: str, within: str, areas: AreaTree | None, as_of: date) -> tuple[str | None, str]:
    """Say what is wrong with where a household lives, and which code stands for it on a day.

    Args:
        text: The code as it came.
        within: The area a policy is for, by its code on the day.
        areas: The known areas; without them only the form of a code is looked at.
        as_of: The day for which codes are read.

    Returns:
        The reason for which it is set aside, ``None`` for none, and the code on the day.
    """
    try:
        code = AreaCode(text)
    except InvalidCodeError:
        return "unknown-area", text
    if code.level not in (Level.VILLAGE, Level.GROUP):
        return "unknown-area", text
    if areas is None:
        return (None if code.startswith(within) else "outside-pack"), code
    fault = areas.fault(code, as_of)
    if fault is None:
        (now,) = areas.heirs(code, as_of)
        return (None if now.startswith(within) else "outside-pack"), now
    outside = fault == "unknown-area" and not code.startswith(within)
    return ("outside-pack" if outside else fault), text


def area_now(household_id: str, area: str, pack: Pack, as_of: date, areas: AreaTree | None) -> str:
    """Give the code on a day of where a household lives.

    Args:
        household_id: The household, for the message.
        area: Where it lives, by the code as it came.
        pack: The policy, as it is coded on the day.
        as_of: The day.
        areas: The known areas.

    Raises:
        UnknownAreaError: It is no village or group, or has no one code on that day.
        AreaNotCoveredError: It lies outside the pack's area.
    """
    fault, now = place(area, pack.area, areas, as_of)
    if fault is None:
        return now
    if fault == "outside-pack":
        raise AreaNotCoveredError(
            "area {area} of household {household_id!r} lies outside {area2}, the area of the pack "
            "{id!r} (outside-pack)",
            area=area,
            household_id=household_id,
            area2=pack.area,
            id=pack.id,
        )
    known = areas is not None and fault in ("area-ended", "area-not-begun")
    after = ", ".join(areas.heirs(area, as_of)) if known and areas is not None else ""
    raise UnknownAreaError(
        "household {household_id!r} lives in area {area}, which has no one code on {as_of} "
        "({fault}){value}",
        household_id=household_id,
        area=area,
        as_of=as_of,
        fault=fault,
        value="; say in which it lives: " + after if after else "",
    )


def placed(
    household: Household, pack: Pack, as_of: date, areas: AreaTree | None
) -> tuple[Pack, Household]:
    """Give a pack and a household, which is checked, with their areas and years as of a day.

    Raises:
        InvalidArgumentError: It is no household, or lacks facts of the pack's model.
        UnknownAreaError: The areas have no such code on that day, and not one successor.
        AreaNotCoveredError: The household lives outside the pack's area.
    """
    pack.check_household(household)
    pack = following(pack, areas, as_of)
    household = counted_on(household, pack.schema, as_of)
    now = area_now(household.household_id, household.area, pack, as_of, areas)
    if now != household.area:
        household = household.model_copy(update={"area": AreaCode(now)})
    return pack, household


__all__ = ["area_now", "following", "place", "placed"]
