"""A policy for an area holds on in what the area has become.

Rules and values are written for codes of their day. Where such a code was renamed, its
rules and values hold for the code that came after; where that cannot be said, because
the area was merged with others or a rule's area was split, nothing is guessed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Container
from datetime import date

import attrs

from antipoverty._policy.pack import Pack
from antipoverty._policy.parts import Parameter
from antipoverty.errors import (
    AntipovertyError,
    InvalidPackError,
    UnknownAreaError,
    UnknownReferenceError,
)
from antipoverty.model import AreaTree, Household, counted_on


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
                f"{what} is for area {area}, which ended on {ended}; codes after it: {listed}, "
                "not one that succeeded it alone: publish it anew for those it is to hold for"
            )
        )
        return (area,)

    area = heirs(pack.area, "the pack")[0]
    rules = []
    for rule in pack.rules.values():
        named = rule.area
        if rule.on(day) and named != pack.area:
            named = heirs(named, f"rule {rule.id!r}")[0]
        elif named == pack.area:
            named = area
        rules.append(rule if named == rule.area else attrs.evolve(rule, area=named))
    parameters = [_valued(one, day, heirs) for one in pack.parameters.values()]
    if problems:
        raise InvalidPackError(f"the pack {pack.id!r} does not fit the areas on {day}", problems)
    same = (
        area == pack.area
        and rules == [*pack.rules.values()]
        and parameters == [*pack.parameters.values()]
    )
    return pack if same else pack.evolve(area=area, rules=rules, parameters=parameters)


def _valued(parameter: Parameter, day: date, heirs: Callable[..., tuple[str, ...]]) -> Parameter:
    """Move the values in force of areas that ended to those that came after.

    What was published for the new code itself goes before.
    """
    running = [one for one in parameter.values if one.on(day)]
    own = {one.area for one in running}
    moved = [
        attrs.evolve(one, area=area)
        for one in running
        for area in heirs(one.area, f"a value of {parameter.id!r}", own)
    ]
    return parameter if moved == running else attrs.evolve(parameter, values=tuple(moved))


def placed(
    household: Household, pack: Pack, as_of: date, areas: AreaTree | None
) -> tuple[Pack, Household]:
    """Give a pack and a household, which is checked, with their areas and years as of a day.

    Raises:
        InvalidArgumentError: It is no household, or lacks facts of the pack's model.
        UnknownAreaError: The areas have no such code on that day, and not one successor.
    """
    pack.check_household(household)
    household = counted_on(household, pack.schema, as_of)
    if areas is None:
        return pack, household
    fault = areas.fault(household.area, as_of)
    if fault is not None:
        after = ", ".join(areas.heirs(household.area, as_of))
        raise UnknownAreaError(
            f"household {household.household_id!r} lives in area {household.area}, which has no "
            f"one code on {as_of} ({fault}){'; say in which it lives: ' + after if after else ''}"
        )
    (now,) = areas.heirs(household.area, as_of)
    if now != household.area:
        household = household.model_copy(update={"area": now})
    return following(pack, areas, as_of), household


__all__ = ["following", "placed"]
