"""The three in-times in days, and the areas where new cases are out of line.

Days are counted from the first signal. A case that has not come so far yet is counted as
waiting, so that a slow county cannot look fast by leaving its cases open.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Literal

import attrs

from antipoverty._casework_book import Book
from antipoverty._casework_cases import Case
from antipoverty._frozen import Frozen
from antipoverty.codes import Level
from antipoverty.errors import InvalidArgumentError
from antipoverty.periods import Period
from antipoverty.scoring import Statistic

What = Literal["detection", "intervention", "help"]
WHATS: tuple[What, ...] = ("detection", "intervention", "help")
INDICATORS: Mapping[What, str] = Frozen(
    {"detection": "days-to-detect", "intervention": "days-to-intervene", "help": "days-to-help"}
)


@attrs.frozen
class InTime:
    """How soon something happened in one area or department (三早).

    Attributes:
        key: The area or department.
        what: ``detection``: somebody looked; ``intervention``: it was decided, or help
            came; ``help``: the first measure.
        cases: The cases whose first signal fell into the period.
        done: How many came so far by the day of the answer.
        days: The sum of their days.
        median: Their median, exactly; ``None`` without any.
        p90: The least number of days within which nine in ten came; ``None`` without any.
        late: How many took, or are waiting, longer than the limit; ``None`` without a limit.
    """

    key: str
    what: What
    cases: int
    done: int
    days: int
    median: Fraction | None
    p90: int | None
    late: int | None

    @property
    def in_limit(self) -> Fraction | None:
        """The share of all cases that were, or still are, within the limit."""
        if self.late is None or not self.cases:
            return None
        return Fraction(self.cases - self.late, self.cases)


def in_times(
    book: Book,
    *,
    level: Level | str | None = None,
    period: Period,
    as_of: date | None = None,
    limits: Mapping[str, int] | None = None,
) -> tuple[InTime, ...]:
    """Measure early detection, early intervention and early help.

    Args:
        book: The book.
        level: By area of this level; ``None`` for by department.
        period: The cases whose first signal fell into it.
        as_of: The day until which waiting is counted; the period's last by default.
        limits: The limit of each of the three, in calendar days. None is published for
            Shaanxi: what is passed here is the caller's.

    Raises:
        InvalidArgumentError: A limit is for none of the three.
    """
    unknown = set(limits or {}) - set(WHATS)
    if unknown:
        raise InvalidArgumentError(f"limits are for {', '.join(WHATS)}; not {min(unknown)!r}")
    until = as_of or period.last
    digits = None if level is None else Level(level).digits
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in book.cases.values():
        if case.first_signal in period and not case.joined:
            keys = case.departments if digits is None else (case.area[:digits],)
            for key in keys:
                groups[key].append(case)
    return tuple(
        _measured(key, what, groups[key], book, until, (limits or {}).get(what))
        for key in sorted(groups)
        for what in WHATS
    )


def _measured(
    key: str, what: What, cases: Sequence[Case], book: Book, until: date, limit: int | None
) -> InTime:
    done: list[int] = []
    late = 0
    for case in cases:
        day = _day(case, what, book)
        day = None if day is None or day > until else day
        days = ((day or until) - case.first_signal).days
        late += limit is not None and days > limit
        if day is not None:
            done.append(days)
    done.sort()
    count = len(done)
    middle = Fraction(done[(count - 1) // 2] + done[count // 2], 2) if done else None
    return InTime(
        key,
        what,
        len(cases),
        count,
        sum(done),
        middle,
        done[math.ceil(Fraction(9 * count, 10)) - 1] if done else None,
        None if limit is None else late,
    )


def _day(case: Case, what: What, book: Book) -> date | None:
    """The first day since the case was opened on which it came so far."""
    since = case.opened
    helped = [one.on for one in case.measures if one.on >= since]
    if what == "help":
        return min(helped, default=None)
    flow = book.workflow
    states = flow.detected if what == "detection" else flow.decided
    closed = tuple(one.id for one in flow.states if one.closed)
    reached = [
        day for state in (*states, *closed) if (day := case.reached.get(state)) and day >= since
    ]
    return min([*reached, *(helped if what == "intervention" else [])], default=None)


def statistics(times: Iterable[InTime], period: Period) -> tuple[Statistic, ...]:
    """Give the in-times of areas as statistics for `antipoverty.scoring`.

    The numerator is the sum of days, the denominator the cases that came so far.
    """
    return tuple(
        Statistic(
            unit=one.key,
            period=period,
            indicator=INDICATORS[one.what],
            numerator=one.days,
            denominator=one.done,
        )
        for one in times
    )


# --- the bottom line ------------------------------------------------------------------------------


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


def new_cases(book: Book, *, level: Level | str, period: Period) -> dict[str, int]:
    """Count the cases whose first signal fell into a period, by area of a level."""
    digits = Level(level).digits
    found: dict[str, int] = defaultdict(int)
    for case in book.cases.values():
        if case.first_signal in period and not case.joined:
            found[case.area[:digits]] += 1
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
        InvalidArgumentError: An area has cases and no households, or a number is wrong.
    """
    if not 0 < false_alarm < 1:
        raise InvalidArgumentError("the chance of a false alarm lies between 0 and 1")
    strangers = {*now, *(area for one in before for area in one)} - {*households}
    if strangers:
        raise InvalidArgumentError(f"area {min(strangers)} has cases and no households")
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
            chance = _tail(total, new, share)
            if chance <= threshold:
                found.append(Cluster(area, new, old, "history", expected, chance, threshold))
        group = beside[_parent(area)]
        people = sum(households[one] for one in group)
        if len(group) > 1 and 0 < households[area] < people:
            total = sum(now.get(one, 0) for one in group)
            share = Fraction(households[area], people)
            chance = _tail(total, new, share)
            if chance <= threshold:
                expected = (total - new) * share / (1 - share)
                found.append(Cluster(area, new, old, "neighbours", expected, chance, threshold))
    return tuple(sorted(found, key=lambda one: (one.chance, one.area, one.against)))


def _parent(area: str) -> str:
    digits = max((level.digits for level in Level if level.digits < len(area)), default=0)
    return area[:digits]


def _tail(total: int, least: int, share: Fraction) -> Fraction:
    """The chance that a binomial count is at least so much."""
    if least <= 0:
        return Fraction(1)
    yes, no = share.numerator, share.denominator - share.numerator
    ways = sum(
        math.comb(total, count) * yes**count * no ** (total - count)
        for count in range(least, total + 1)
    )
    return Fraction(ways, share.denominator**total)
