"""Areas whose new cases are out of line: the warning of a large-scale return (规模性返贫).

The counts of an area are compared with its own past and with its neighbours, each by an
exact test whose chance of a false alarm is stated.
"""

from __future__ import annotations

import functools
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Literal

import attrs
import narwhals as nw

from antipoverty._base.days import days
from antipoverty._base.rows import Holds, area_fault, refuse, rows_of
from antipoverty._casework.book import Book
from antipoverty._casework.cases import Came
from antipoverty._casework.returns import check_came
from antipoverty.codes import Level, prefixes
from antipoverty.errors import AntipovertyError, FieldError, InvalidArgumentError
from antipoverty.model import AreaTree
from antipoverty.periods import Period

RETURNS: tuple[Came, ...] = ("new", "relapse")
"""What speaks of a return to poverty: households that fell into it, and that fell back."""


@attrs.frozen
class Cluster:
    """An area whose new cases are out of line (规模性返贫风险).

    Attributes:
        area: Its code.
        new: Its new cases in the period.
        before: Its new cases in the periods before, all together.
        against: ``history`` or ``neighbours``.
        expected: How many new cases would have been in line.
        chance: The chance of so many or more if nothing were the matter, exactly.
        threshold: The chance below which an alarm is raised.
    """

    area: str
    new: int
    before: int
    against: Literal["history", "neighbours"]
    expected: Fraction
    chance: Fraction
    threshold: Fraction


@days
def new_cases(
    book: Book,
    *,
    level: Level | str,
    period: Period,
    areas: AreaTree | None = None,
    as_of: date | None = None,
    came: Collection[str] = RETURNS,
) -> dict[str, int]:
    """Count the cases whose first signal fell into a period, by area of a level.

    A household that was opened twice in it counts twice. What was looked into, found to be
    nothing and shows still (``realert``) is no return, and counts only where it is asked for.

    Args:
        book: The book.
        level: The level.
        period: The period.
        areas: The areas; with them a code that ended counts as its successor.
        as_of: The day whose codes are wanted, as of all periods that are compared; the
            last of the period unless given.
        came: Which cases are counted, by why they were opened.

    Raises:
        InvalidArgumentError: There is no such level or reason.
    """
    digits = Level(level).digits
    day = as_of or period.last
    now = functools.cache(lambda code: code if areas is None else areas.now(code, day))
    found: dict[str, int] = defaultdict(int)
    taken = check_came(came)
    for case in book.cases.values():
        for one in case.episodes if not case.joined else ():
            if one.came in taken and one.opened in period:
                found[now(one.area)[:digits]] += 1
    return dict(found)


@days
def count_households(
    frame: Any,
    *,
    level: Level | str,
    areas: AreaTree | None = None,
    as_of: date | None = None,
) -> dict[str, int]:
    """Count the households of each area of a level, as `clusters` wants them.

    Args:
        frame: Either of ``area``, a row for each household; or of ``area, households``,
            how many there are, as in a yearbook.
        level: The level.
        areas: The areas; with them a code that ended counts as its successor on ``as_of``.
        as_of: That day.

    Raises:
        InvalidArgumentError: There are areas and no day.
        InvalidFileError: Rows that cannot be used, all of them.
        MissingColumnError: There is no ``area``.
    """
    if areas is not None and as_of is None:
        raise InvalidArgumentError("codes are followed to a day: give as_of beside areas")
    digits = Level(level).digits
    now = functools.cache(
        lambda code: code if areas is None or as_of is None else areas.now(code, as_of)
    )
    columns: dict[str, Holds] = {"area": "text"}
    if "households" in nw.from_native(frame).collect_schema().names():
        columns["households"] = "count"
    found: Counter[str] = Counter()
    problems: list[AntipovertyError] = []
    listed: dict[str, int] = {}
    for number, (wrong, (area, *given)) in enumerate(rows_of(frame, columns), 1):
        fault = wrong or area_fault(area, digits)
        if not fault and given == [None]:
            fault = "its households are not known"
        if fault:
            problems.append(FieldError("row {number}: {fault}", number=number, fault=fault))
        else:
            found[now(area)[:digits]] += given[0] if given else 1
            if given:
                listed.setdefault(area, number)
    for area, number in listed.items():
        if now(area) != area and now(area) in listed:
            problems.append(
                FieldError(
                    "row {number}: {area} ended, and {now} of row {listed}, which succeeded it, "
                    "stands beside it; keep one of them",
                    number=number,
                    area=area,
                    now=now(area),
                    listed=listed[now(area)],
                )
            )
        above = next((one for one in prefixes(area) if one != area and one in listed), None)
        if above:
            problems.append(
                FieldError(
                    "row {number}: {area} lies inside {above} of row {listed}, whose total counts "
                    "it already; keep the total or its parts",
                    number=number,
                    area=area,
                    above=above,
                    listed=listed[above],
                )
            )
    refuse(problems, "the households cannot be counted")
    return dict(found)


def clusters(
    now: Mapping[str, int],
    before: Sequence[Mapping[str, int]],
    households: Mapping[str, int],
    *,
    false_alarm: Fraction = Fraction(1, 100),
) -> tuple[Cluster, ...]:
    """Find areas whose new cases are out of line with their past or with their neighbours.

    The statistic is the conditional test of two Poisson counts: given the cases of now
    and before together, those of now are binomial with the share of now in all periods;
    given the cases of an area and its neighbours under one parent, the area's are
    binomial with its share of households. Both chances are exact. With ``m`` areas each
    of the ``2m`` tests has the threshold ``false_alarm / 2m``, so that, if nothing is the
    matter anywhere, the chance of any alarm at all is at most ``false_alarm``.

    Args:
        now: The new cases of each area; areas without one may be left out.
        before: The same for earlier periods of the same length.
        households: The households of every area; these are the areas that are tested.
        false_alarm: The greatest chance of a false alarm in the whole answer.

    Returns:
        The areas out of line, the least likely first.

    Raises:
        InvalidArgumentError: An area has cases and no households, or lies inside another of
            them, so that it would be counted twice, or a number is wrong.
    """
    if not 0 < false_alarm < 1:
        raise InvalidArgumentError("the chance of a false alarm lies between 0 and 1")
    strangers = {*now, *(area for one in before for area in one)} - {*households}
    if strangers:
        raise InvalidArgumentError(
            "area {strangers} has cases and no households", strangers=min(strangers)
        )
    nested = [
        (area, above)
        for area in sorted(households)
        for above in prefixes(area)
        if above != area and above in households
    ]
    if nested:
        area, above = nested[0]
        raise InvalidArgumentError(
            "area {area} lies inside {above}, whose households count it already ({count} such); "
            "give areas of one level",
            area=area,
            above=above,
            count=len(nested),
        )
    threshold = false_alarm / (2 * max(len(households), 1))
    past = {area: sum(one.get(area, 0) for one in before) for area in households}
    beside: dict[str, list[str]] = defaultdict(list)
    for area in households:
        beside[_parent(area)].append(area)
    found: list[Cluster] = []
    for area in households:
        new, old = now.get(area, 0), past[area]
        if before:
            total = new + old
            share = Fraction(1, len(before) + 1)
            expected = Fraction(old, len(before))
            chance = _tail(total, new, share, threshold)
            if chance is not None:
                found.append(Cluster(area, new, old, "history", expected, chance, threshold))
        group = beside[_parent(area)]
        people = sum(households[one] for one in group)
        if len(group) > 1 and 0 < households[area] < people:
            total = sum(now.get(one, 0) for one in group)
            share = Fraction(households[area], people)
            chance = _tail(total, new, share, threshold)
            if chance is not None:
                expected = (total - new) * share / (1 - share)
                found.append(Cluster(area, new, old, "neighbours", expected, chance, threshold))
    return tuple(sorted(found, key=lambda one: (one.chance, one.area, one.against)))


def _parent(area: str) -> str:
    digits = max((level.digits for level in Level if level.digits < len(area)), default=0)
    return area[:digits]


def _tail(total: int, least: int, share: Fraction, most: Fraction) -> Fraction | None:
    """The chance that a binomial count is at least so much; ``None`` if it exceeds the most.

    Exactly: the terms are whole numbers over one denominator. A count up to the whole part
    of its expectation lies at or below the median, and the most is under a half.
    """
    if least <= total * share.numerator // share.denominator:
        return None
    yes, no = share.numerator, share.denominator - share.numerator
    whole = share.denominator**total
    bound = most.numerator * whole // most.denominator
    term = math.comb(total, least) * yes**least * no ** (total - least)
    ways = term
    for count in range(least, total):
        if ways > bound:
            return None
        term = term * (total - count) * yes // ((count + 1) * no)
        ways += term
    return Fraction(ways, whole) if ways <= bound else None
