"""Who owes what by when: statistics, notices, dispatches and summaries, period by period.

The mechanism names five: weekly statistics (周统计), a monthly notice (月通报), a quarterly
dispatch (季调度), a half-year and an annual summary (半年小结, 年终总结), for the teams at
province, city and county. It publishes no day by which they are due, so the days of a
timetable are ``illustrative`` unless it names its source.

>>> [str(one) for one in due(Timetable(), date(2022, 4, 4), date(2022, 4, 10))][:2]
['2022-04-04 county week-statistics 2022-W13', '2022-04-04 city week-statistics 2022-W13']
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Annotated, ClassVar

import attrs
from pydantic import Field

from antipoverty._base.days import days
from antipoverty._base.forms import TextField
from antipoverty._base.provenance import Text
from antipoverty._scoring.policy import Declared, Sourced
from antipoverty._scoring.statistics import Word
from antipoverty.codes import Level
from antipoverty.errors import InvalidArgumentError
from antipoverty.periods import Cadence, Period

TEAMS = (Level.PROVINCE, Level.CITY, Level.COUNTY)


class Duty(Declared):
    """One thing that is owed for every period of a cadence (任务).

    Attributes:
        id: Its permanent name.
        title: What it is called.
        cadence: For which periods.
        days: By how many calendar days after the period's last.
        teams: The levels whose teams owe it.
    """

    id: Word
    title: TextField
    cadence: Cadence
    days: Annotated[int, Field(ge=0, le=366, strict=True)]
    teams: Annotated[tuple[Level, ...], Field(min_length=1)] = TEAMS


class Timetable(Sourced):
    """What an authority wants by when (时间安排).

    Attributes:
        id: Its permanent name.
        status: ``illustrative``, the default, or ``published``, which needs a source.
        source: The document the days were read in.
        duties: What is owed, ``[[duties]]`` in a file; by default the mechanism's five.
    """

    what: ClassVar[str] = "timetable"
    id: Annotated[str, Field(min_length=1)] = "default"
    duties: Annotated[tuple[Duty, ...], Field(min_length=1)] = (
        Duty(
            id="week-statistics", title=Text("周统计", "weekly statistics"),
            cadence=Cadence.WEEK, days=1,
        ),
        Duty(
            id="month-notice", title=Text("月通报", "monthly notice"), cadence=Cadence.MONTH, days=5
        ),
        Duty(
            id="quarter-dispatch", title=Text("季调度", "quarterly dispatch"),
            cadence=Cadence.QUARTER, days=10,
        ),
        Duty(
            id="half-year-summary", title=Text("半年小结", "half-year summary"),
            cadence=Cadence.HALF_YEAR, days=15,
        ),
        Duty(
            id="annual-summary", title=Text("年终总结", "annual summary"),
            cadence=Cadence.YEAR, days=30,
        ),
    )  # fmt: skip

    def _faults(self) -> Iterable[str]:
        ids = [duty.id for duty in self.duties]
        if len(set(ids)) < len(ids):
            yield "a duty's id is used twice"


@attrs.frozen
class Due:
    """What one level's teams owe for one period, and by when."""

    on: date
    team: Level
    duty: Duty
    period: Period

    def __str__(self) -> str:
        return f"{self.on} {self.team.value} {self.duty.id} {self.period}"


@days
def due(
    timetable: Timetable, first: date, last: date, *, teams: Collection[Level | str] = TEAMS
) -> tuple[Due, ...]:
    """List what falls due between two days, both with, the earliest first.

    On one day the longer period comes last, and the lower level first: a city's notice
    rests on its counties' figures.

    Args:
        timetable: What is owed.
        first: The first day.
        last: The last day.
        teams: Only these levels.

    Raises:
        InvalidArgumentError: The last day lies before the first.
    """
    if last < first:
        raise InvalidArgumentError(
            "{last} lies before {first}; give the earlier day first", last=last, first=first
        )
    wanted = {Level(team) for team in teams}
    order = tuple(Cadence)
    found: list[Due] = []
    for duty in timetable.duties:
        wait = timedelta(days=duty.days)
        period = Period.of(first - wait, duty.cadence)
        while period.last + wait <= last:
            if period.last + wait >= first:
                on = period.last + wait
                found += [Due(on, team, duty, period) for team in duty.teams if team in wanted]
            period = period.next
    found.sort(key=lambda one: (one.on, order.index(one.duty.cadence), -one.team.digits))
    return tuple(found)
