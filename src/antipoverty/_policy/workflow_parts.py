"""The parts of a workflow: its states and steps, their limits, who may act, what is handed over."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from antipoverty._base.forms import Form, TextField
from antipoverty._policy.calendars import Calendar

Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]


class WorkflowForm(Form):
    model_config = ConfigDict(populate_by_name=True)


class Limit(WorkflowForm):
    """How long something may last.

    Attributes:
        days: How many days; the day it began is day 0, and the last day is still in time.
        calendar: ``working`` or ``calendar`` days.
        source: The id of a source of the workflow.
    """

    days: Annotated[int, Field(ge=0)]
    calendar: Literal["working", "calendar"] = "calendar"
    source: Word

    def due(self, began: date, calendar: Calendar) -> date:
        """The last day that is in time."""
        if self.calendar == "calendar":
            return began + timedelta(days=self.days)
        return _working(self.days, began, calendar)


@functools.lru_cache(maxsize=65_536)
def _working(days: int, began: date, calendar: Calendar) -> date:
    day, left = began, days
    while left:
        day += timedelta(days=1)
        left -= calendar.is_working(day)
    return day


class Named(WorkflowForm):
    id: Word
    title: TextField


class Act(Named):
    """What a team does about what is open without moving it: urge, hand up, dispatch.

    Attributes:
        by: The levels that may do it.
        raises: Whether it hands the item up to the level above who does it.
        source: The id of a source of the workflow.
    """

    by: Annotated[tuple[Word, ...], Field(min_length=1)]
    raises: bool = False
    source: Word


class Quiet(WorkflowForm):
    """For so many months, what a closing has answered adds evidence and opens no case."""

    months: Annotated[int, Field(ge=1)]
    source: Word


class State(Named):
    """Where a case can stand.

    Attributes:
        closed: Whether the case is off the lists there.
        quiet: Of a closed one: for so many months a signal that was known when the case was
            closed adds evidence and opens nothing, since it is the same fact that still shows.
        limit: How long it may stay; every open state has one.
        least: The least calendar days it must stay, such as those of a public notice.
    """

    closed: bool = False
    quiet: Quiet | None = None
    limit: Limit | None = None
    least: Limit | None = None


class Since(WorkflowForm):
    """So many months must have passed since a state was entered."""

    state: Word
    months: Annotated[int, Field(ge=1)]
    source: Word


Need = Literal[True, "reference", "department"] | Annotated[tuple[Word, ...], Field(min_length=1)]
"""What a finding must say: ``true``; an opaque ``reference``; a ``department`` of the pack; or
one of some words."""


Requirement = Literal["each-risk-helped", "someone-else", "like-cases-sought", "like-cases-zeroed"]
"""What of the case or problem itself must be so before a step."""


class Outcome(WorkflowForm):
    """Another end of a step than the usual one.

    Attributes:
        to: Where it leads.
        needs: What the finding must hold; nothing ends without evidence.
    """

    to: Word
    needs: Annotated[Mapping[str, Need], Field(min_length=1)]


class Step(Named):
    """What can be done, by whom, and where it leads.

    Attributes:
        from_: The states it can be taken in; ``*`` for every open one.
        to: Where it leads.
        outcomes: Where else it may lead, by the word for the outcome.
        by: The roles that may take it.
        needs: What the finding must hold.
        since: Months that must have passed.
        requires: ``each-risk-helped``: a measure for each risk; ``someone-else``: not
            the actor of the step before, whatever the outcome; ``like-cases-sought``: if
            the problem carries a condition, the households it holds for were looked for;
            ``like-cases-zeroed``: each of those was followed up.
        source: The id of a source of the workflow.
    """

    from_: Annotated[tuple[str, ...], Field(alias="from", min_length=1)]
    to: Word
    outcomes: Mapping[str, Outcome] = {}
    by: Annotated[tuple[Word, ...], Field(min_length=1)]
    needs: Mapping[str, Need] = {}
    since: Since | None = None
    requires: tuple[
        Literal["each-risk-helped", "someone-else", "like-cases-sought", "like-cases-zeroed"], ...
    ] = ()
    source: Word

    @property
    def leads_to(self) -> tuple[str, ...]:
        """Every state it can lead to."""
        return (self.to, *(outcome.to for outcome in self.outcomes.values()))


class Span(Named):
    """A limit over several states, such as from clue to decision."""

    starts: Word
    ends: Annotated[tuple[Word, ...], Field(min_length=1)]
    limit: Limit


class Risk(Named):
    """A risk label (风险类型) and the kinds of measures that are aimed at it."""

    measures: Annotated[tuple[Word, ...], Field(min_length=1)]
    source: Word


class Rung(WorkflowForm):
    """From so many days over the limit on, a case is urged or handed up."""

    days: Annotated[int, Field(ge=1)]
    to: Word
    source: Word


class Contest(WorkflowForm):
    """How appeals (申诉) are answered.

    Attributes:
        limit: How long an answer may take.
        by: The roles that may answer.
    """

    limit: Limit
    by: Annotated[tuple[Word, ...], Field(min_length=1)]


class Handover(WorkflowForm):
    """How lines that are handed over (清单交办) are answered, and when a signal has ended.

    Attributes:
        limit: How long an answer may take.
        lapse: A signal that did not come for so many months has ended, also where nobody
            said so; the next is a new line.
    """

    limit: Limit
    lapse: Annotated[int, Field(ge=1)] = 2


class Cited(WorkflowForm):
    """Something that is so because a source says it."""

    source: Word
