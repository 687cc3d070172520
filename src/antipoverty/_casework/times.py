"""The three in-times in days, and the areas where new cases are out of line.

Days are counted from the first signal. A case that has not come so far yet is counted as
waiting, so that a slow county cannot look fast by leaving its cases open.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Literal, Protocol

import attrs

from antipoverty._base.days import days
from antipoverty._base.frozen import Frozen
from antipoverty._casework.book import Book
from antipoverty._casework.cases import CAME, Case, Episode
from antipoverty._casework.returns import check_came
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import InvalidArgumentError, one_of
from antipoverty.model import AreaTree
from antipoverty.periods import Period
from antipoverty.scoring import Kind, Statistic, with_nothing

What = Literal["detection", "intervention", "help"]
WHATS: tuple[What, ...] = ("detection", "intervention", "help")
DAYS: Mapping[What, str] = Frozen(
    {"detection": "days-to-detect", "intervention": "days-to-intervene", "help": "days-to-help"}
)
"""The indicators of days for each case: fewer are better."""
IN_LIMIT: Mapping[What, str] = Frozen(
    {
        "detection": "detected-in-time",
        "intervention": "intervened-in-time",
        "help": "helped-in-time",
    }
)
"""The indicators of the share within the limit: more are better."""


@attrs.frozen
class InTime:
    """How soon something happened in one area or department (三早).

    Attributes:
        key: The area or department.
        what: ``detection``: somebody looked; ``intervention``: it was decided, or help
            came; ``help``: the first measure.
        cases: The cases whose first signal fell into the period; for ``help`` without those
            that were closed before any help was owed.
        done: How many came so far by the day of the answer.
        days: The sum of their days.
        waited: The sum of the days that the others have waited so far.
        median: Their median, exactly; ``None`` without any.
        p90: The least number of days within which nine in ten came; ``None`` without any.
        late: How many took, or are waiting, longer than the limit; ``None`` without a limit.
    """

    key: str
    what: What
    cases: int
    done: int
    days: int
    waited: int
    median: Fraction | None
    p90: int | None
    late: int | None

    @property
    def in_limit(self) -> Fraction | None:
        """The share of all cases that were, or still are, within the limit."""
        if self.late is None or not self.cases:
            return None
        return Fraction(self.cases - self.late, self.cases)

    @property
    def kind(self) -> Kind:
        """Whether its figures add over periods: only once no case waits any more."""
        return "flow" if self.done == self.cases else "distinct"

    @property
    def figures(self) -> Mapping[str, tuple[int, int]]:
        """What `statistics` hands on: each indicator's numerator and denominator."""
        found = {DAYS[self.what]: (self.days + self.waited, self.cases)}
        if self.late is not None:
            found[IN_LIMIT[self.what]] = (self.cases - self.late, self.cases)
        return Frozen(found)


class Measured(Protocol):
    """What was measured of an area: in-times, progress to zero, lines that were handed over."""

    @property
    def key(self) -> str:
        """The area."""

    @property
    def kind(self) -> Kind:
        """What the figures are over their period."""

    @property
    def figures(self) -> Mapping[str, tuple[int, int]]:
        """Each indicator's numerator and denominator."""


@days
def in_times(
    book: Book,
    *,
    level: Level | str | None = None,
    period: Period,
    as_of: date | None = None,
    limits: Mapping[str, int] | None = None,
    came: Collection[str] = CAME,
) -> tuple[InTime, ...]:
    """Measure early detection, early intervention and early help.

    Args:
        book: The book.
        level: By area of this level; ``None`` for by department.
        period: The cases whose first signal since they were opened, or opened again, fell
            into it; one that was opened twice counts twice.
        as_of: The day of which the answer is, however much later it is asked; the
            period's last by default.
        limits: The limit of each of the three, in calendar days. None is published for
            Shaanxi: what is passed here is the caller's.
        came: Which cases are counted, by why they were opened: all three, ``new``,
            ``realert`` and ``relapse``, since each waits for somebody who looks.

    Raises:
        InvalidArgumentError: A limit is for none of the three, or there is no such level
            or reason.
    """
    for what in limits or {}:
        one_of(what, WHATS, "in-time")
    until = as_of or period.last
    digits = None if level is None else Level(level).digits
    taken = check_came(came)
    groups: dict[str, list[Episode]] = defaultdict(list)
    for case in book.cases.values():
        for one in opened_in(case, period, until, taken):
            signals = (each for each in one.signals if each.first <= until)
            keys = {each.department for each in signals} if digits is None else {one.area[:digits]}
            for key in keys:
                groups[key].append(one)
    return tuple(
        _measured(key, what, groups[key], book, until, (limits or {}).get(what))
        for key in sorted(groups)
        for what in WHATS
    )


def opened_in(case: Case, period: Period, until: date, came: Collection[str]) -> list[Episode]:
    """The times a case was opened in a period, as it stood on a day."""
    if case.joined and case.entered <= until:
        return []
    return [
        one
        for one in case.episodes
        if one.came in came and one.opened in period and one.opened <= until
    ]


def _measured(
    key: str, what: What, cases: Sequence[Episode], book: Book, until: date, limit: int | None
) -> InTime:
    done: list[int] = []
    waiting: list[int] = []
    for case in cases:
        day = _day(case, what, book, until)
        if day is not None:
            done.append((day - case.opened).days)
        elif what != "help" or _owed(case, book, until):
            waiting.append((until - case.opened).days)
    done.sort()
    count = len(done)
    late = None if limit is None else sum(days > limit for days in (*done, *waiting))
    return InTime(
        key=key,
        what=what,
        cases=count + len(waiting),
        done=count,
        days=sum(done),
        waited=sum(waiting),
        median=Fraction(done[(count - 1) // 2] + done[count // 2], 2) if done else None,
        p90=done[math.ceil(Fraction(9 * count, 10)) - 1] if done else None,
        late=late,
    )


def _day(case: Episode, what: What, book: Book, until: date) -> date | None:
    """The first day since the case was opened on which it came so far, up to a day."""
    helped = [one.on for one in case.measures if one.on <= until]
    if what == "help":
        return min(helped, default=None)
    flow = book.workflow
    states = flow.detected if what == "detection" else flow.decided
    closed = tuple(one.id for one in flow.states if one.closed)
    days = (case.reached.get(state) for state in (*states, *closed))
    reached = [day for day in days if day and day <= until]
    return min([*reached, *(helped if what == "intervention" else [])], default=None)


def _owed(case: Episode, book: Book, until: date) -> bool:
    """Whether help is owed to a case, or may yet be: it was not closed before the decision."""
    flow = book.workflow
    closed = any(flow.state(state).closed for state, day in case.reached.items() if day <= until)
    return not closed or any(case.reached.get(one, date.max) <= until for one in flow.decided)


def statistics(
    measured: Iterable[Measured],
    period: Period,
    *,
    areas: AreaTree | None = None,
    under: str = "",
    level: Level | str | None = None,
) -> tuple[Statistic, ...]:
    """Give the in-times, or the progress to zero, of areas as statistics for `scoring`.

    ``days-to-detect``, ``days-to-intervene`` and ``days-to-help`` are days over cases, in
    which those that wait count with the days they have waited: an area cannot look fast
    by leaving its cases open. Where a limit was given there are also ``detected-in-time``,
    ``intervened-in-time`` and ``helped-in-time``: the cases within it over all cases.
    Progress gives ``zeroed`` and ``overdue``: the problems that are so over all listed.

    Args:
        measured: What was measured.
        period: The period it was measured for.
        areas: The areas; with them every unit without a case says 0 of 0, so that a small
            one keeps its runs.
        under: The area that the register holds as a whole; all areas by default.
        level: The level of the units, where nothing at all was measured.

    Raises:
        InvalidArgumentError: They are by department, and what is assessed are areas; or
            nothing was measured, and no level is given.
        UnknownUnitError: ``under`` is not among the areas.
    """
    measured = list(measured)
    found: list[Statistic] = []
    for one in measured:
        if not one.key.isdigit():
            raise InvalidArgumentError(
                "areas are assessed, not departments; measure with a level, such as county"
            )
        found += [
            Statistic(
                unit=AreaCode(one.key),
                period=period,
                indicator=indicator,
                numerator=numerator,
                denominator=denominator,
                nothing=denominator == 0,
                kind=one.kind,
            )
            for indicator, (numerator, denominator) in one.figures.items()
        ]
    if areas is None:
        return tuple(found)
    if level is None and not found:
        raise InvalidArgumentError("nothing was measured: give the level of the units")
    return with_nothing(
        found,
        sorted({one.indicator for one in found}) or [*DAYS.values()],
        period=period,
        areas=areas,
        under=under,
        level=level or found[0].unit.level,
    )
