"""A parameter has a value in every area and on every day a rule that reads it is in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import attrs

from antipoverty.conditions import params_read
from antipoverty.errors import InvalidArgumentError, VacuousLawError
from antipoverty.rules import Pack, Rule

_DAY = timedelta(days=1)


@attrs.frozen(order=True)
class Gap:
    """Days on which a rule is in force somewhere and a parameter it reads has no value.

    Attributes:
        parameter: The parameter's id.
        area: The area without a value; empty for anywhere.
        first: The first day without one.
        last: The last.
        rule: The rule that reads it.
    """

    parameter: str
    area: str
    first: date
    last: date
    rule: str


def gaps(
    pack: Pack, *, first: date, last: date, areas: Iterable[str] | None = None
) -> tuple[Gap, ...]:
    """Find the gaps of a pack, each as long as it can be.

    Args:
        pack: The pack.
        first: The first day looked at.
        last: The last.
        areas: The areas that must have values; by default that of each rule, and every
            smaller one that some value is for.

    Raises:
        InvalidArgumentError: The last day is before the first.
    """
    if first > last:
        raise InvalidArgumentError(
            "the last day, {last}, is before the first, {first}", last=last, first=first
        )
    asked = None if areas is None else sorted(set(areas))
    found = (
        gap
        for rule in pack.rules.values()
        for name in params_read(rule.when)
        for area in _areas(pack, rule, name, asked)
        for gap in _of(pack, rule, name, area, (first, last))
    )
    return tuple(sorted(found))


def _areas(pack: Pack, rule: Rule, name: str, asked: list[str] | None) -> list[str]:
    top = max(rule.area, pack.area, key=len)
    if asked is not None:
        return [area for area in asked if area.startswith(top)]
    below = {value.area for value in pack.parameters[name].values}
    return sorted({top} | {area for area in below if area.startswith(top)})


def _of(pack: Pack, rule: Rule, name: str, area: str, asked: tuple[date, date]) -> Iterator[Gap]:
    parameter = pack.parameters[name]
    ends = [rule.until, *(r.since - _DAY for r in pack.rules.values() if r.supersedes == rule.id)]
    begin = max(rule.since, asked[0])
    end = min([asked[1], *(day for day in ends if day is not None)])
    if begin > end:
        return
    turns = {begin, end + _DAY}
    for value in parameter.values:
        turns |= {value.since} | ({value.until + _DAY} if value.until else set())
    days = sorted(day for day in turns if begin <= day <= end + _DAY)
    start: date | None = None
    for day in days:
        empty = day <= end and parameter.at(area, day) is None
        if empty and start is None:
            start = day
        if not empty and start is not None:
            yield Gap(name, area, start, day - _DAY, rule.id)
            start = None


def _asked(pack: Pack, first: date, last: date, areas: list[str] | None) -> bool:
    """Whether some rule in force then reads a parameter somewhere."""
    return any(
        rule.since <= last and (rule.until is None or rule.until >= first)
        for rule in pack.rules.values()
        for name in params_read(rule.when)
        if _areas(pack, rule, name, areas)
    )


def assert_area_complete(
    pack: Pack, *, first: date, last: date, areas: Iterable[str] | None = None
) -> None:
    """Every parameter has a value for every area and day that a rule needs; see `gaps`.

    Raises:
        AssertionError: Every gap, with its area, days and rule.
        VacuousLawError: No rule in force then and there reads a parameter.
    """
    found = gaps(pack, first=first, last=last, areas=areas)
    if not found and not _asked(pack, first, last, None if areas is None else sorted(set(areas))):
        raise VacuousLawError(
            "the pack {id!r} has no rule that reads a parameter, in force from {first} to {last} "
            "in an area that was asked for; the law says nothing",
            id=pack.id,
            first=first,
            last=last,
        )
    if found:
        lines = [
            f"  {one.parameter!r} in {one.area or 'all areas'} from {one.first} to {one.last}, "
            f"read by {one.rule!r}（{pack.parameters[one.parameter].title.zh}，"
            f"规则 {pack.rules[one.rule].title.zh}）"
            for one in found
        ]
        head = f"the pack {pack.id!r} lacks values 政策包在这些日子缺值："
        raise AssertionError("\n".join([head, *lines]))


__all__ = ["Gap", "assert_area_complete", "gaps"]
