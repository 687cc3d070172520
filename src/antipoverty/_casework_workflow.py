"""A workflow is data: states, steps, who may take them, what they need, how long they may last.

It stands in a TOML file with its sources, as rules do, and is checked when it is read: a
state nobody reaches, one nobody leaves, an open state without a limit, a step nobody may
take. A limit that no source publishes for its area is an example and says so.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from antipoverty.errors import (
    AntipovertyError,
    InvalidWorkflowError,
    MissingExtraError,
    WorkflowError,
    did_you_mean,
)

_T = TypeVar("_T")
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
ANY = "*"


class Calendar(Protocol):
    """Tells working days (工作日)."""

    def is_working(self, day: date) -> bool:
        """Tell whether offices work on a day."""
        ...

    def __hash__(self) -> int:
        """Days found once are kept for each calendar."""
        ...


class Weekdays:
    """Monday to Friday, without any holiday: a stand-in, never China's calendar."""

    def is_working(self, day: date) -> bool:
        """Tell whether it is Monday to Friday."""
        return day.weekday() < 5


class ChineseHolidays:
    """China's working days, with public holidays and the days worked in their stead.

    Source:
        The State Council's yearly notices, as the package ``chinesecalendar`` has them.

    Raises:
        MissingExtraError: The extra ``calendar`` is not installed.
        WorkflowError: The package does not know a year; next year's notice comes in
            autumn, so a newer version of it may.
    """

    def __init__(self) -> None:
        try:
            import chinese_calendar
        except ImportError:
            raise MissingExtraError(
                "China's holidays need the extra 'calendar': pip install 'antipoverty[calendar]'"
            ) from None
        self._calendar: Any = chinese_calendar

    def is_working(self, day: date) -> bool:
        """Tell whether offices work on a day."""
        try:
            return bool(self._calendar.is_workday(day))
        except NotImplementedError:
            raise WorkflowError(
                f"the holidays of {day.year} are not known yet; install a newer chinesecalendar or "
                "pass a calendar of your own"
            ) from None


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True)


class Limit(_Form):
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


class _Named(_Form):
    id: Word
    zh: str
    en: str


class State(_Named):
    """Where a case can stand.

    Attributes:
        closed: Whether the case is off the lists there.
        limit: How long it may stay; every open state has one.
        least: The least calendar days it must stay, such as those of a public notice.
    """

    closed: bool = False
    limit: Limit | None = None
    least: Limit | None = None


class Since(_Form):
    """So many months must have passed since a state was entered."""

    state: Word
    months: Annotated[int, Field(ge=1)]
    source: Word


class Step(_Named):
    """What can be done, by whom, and where it leads.

    Attributes:
        from_: The states it can be taken in; ``*`` for every open one.
        to: Where it leads.
        outcomes: Where else it may lead, by the word for the outcome.
        by: The roles that may take it.
        needs: What the finding must hold: a word that must be ``true``, or be there at
            all (``any``).
        since: Months that must have passed.
        requires: ``each-risk-helped``: a measure for each risk; ``someone-else``: not
            the actor of the step before.
    """

    from_: Annotated[tuple[str, ...], Field(alias="from", min_length=1)]
    to: Word
    outcomes: Mapping[str, Word] = {}
    by: Annotated[tuple[Word, ...], Field(min_length=1)]
    needs: Mapping[str, Literal[True, "any"]] = {}
    since: Since | None = None
    requires: tuple[Literal["each-risk-helped", "someone-else"], ...] = ()

    @property
    def leads_to(self) -> tuple[str, ...]:
        """Every state it can lead to."""
        return (self.to, *self.outcomes.values())


class Span(_Named):
    """A limit over several states, such as from clue to decision."""

    starts: Word
    ends: Annotated[tuple[Word, ...], Field(min_length=1)]
    limit: Limit


class Risk(_Named):
    """A risk label (风险类型) and the kinds of measures that are aimed at it."""

    measures: Annotated[tuple[Word, ...], Field(min_length=1)]


class Rung(_Form):
    """From so many days over the limit on, a case is urged or handed up."""

    days: Annotated[int, Field(ge=1)]
    to: Word


class WorkflowSource(_Form):
    """Where a limit or the order of the steps comes from."""

    title: str
    status: Literal["published", "illustrative"]
    grade: Literal["A", "B", "C"] | None = None
    note: str = ""


class Workflow(_Named):
    """The states and steps of a register (工作流程).

    Attributes:
        alerted: The state of a case that a warning opens, or opens again.
        unverified: The state of a case that only undecided facts open: somebody goes
            and looks. Empty where the register has none.
        states: All states.
        steps: All steps.
        spans: Limits over several states.
        decided: The states from which help is owed.
        green_channel: Whether help may come first and paperwork after (绿色通道).
        quiet_months: For how long a warning that was found to be nothing, and comes
            again, adds evidence without opening the case.
        detected: The states that show that somebody looked.
        risks: The risk labels with their measures.
        ladder: How overdue cases are urged and handed up.
        sources: By id.
    """

    alerted: Word
    unverified: str = ""
    states: Annotated[tuple[State, ...], Field(alias="state")]
    steps: Annotated[tuple[Step, ...], Field(alias="step")]
    spans: Annotated[tuple[Span, ...], Field(alias="span")] = ()
    decided: tuple[Word, ...] = ()
    green_channel: bool = False
    quiet_months: Annotated[int, Field(ge=0)] = 0
    detected: tuple[Word, ...] = ()
    risks: Annotated[tuple[Risk, ...], Field(alias="risk")] = ()
    ladder: Annotated[tuple[Rung, ...], Field(alias="rung")] = ()
    sources: Annotated[Mapping[str, WorkflowSource], Field(alias="source")]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = [WorkflowError(text) for text in (*_references(self), *_lint(self))]
        if problems:
            raise InvalidWorkflowError(f"the workflow {self.id!r} cannot be used", problems)
        return self

    def __repr__(self) -> str:
        mark = " (illustrative)" if self.illustrative else ""
        return f"<Workflow {self.id}{mark}: {len(self.states)} states, {len(self.steps)} steps>"

    __str__ = __repr__

    @property
    def illustrative(self) -> bool:
        """Whether some limit or order is not published for its area."""
        return any(source.status == "illustrative" for source in self.sources.values())

    def state(self, name: str) -> State:
        """Give a state by its id."""
        return _by_id(self._state_by_id, name, "state")

    def step(self, name: str) -> Step:
        """Give a step by its id."""
        return _by_id({one.id: one for one in self.steps}, name, "step")

    def risk(self, name: str) -> Risk:
        """Give a risk label by its id."""
        return _by_id({one.id: one for one in self.risks}, name, "risk")

    def steps_from(self, state: str) -> tuple[Step, ...]:
        """The steps that can be taken in a state."""
        self.state(state)
        return self._steps_from[state]

    @functools.cached_property
    def _state_by_id(self) -> dict[str, State]:
        return {one.id: one for one in self.states}

    @functools.cached_property
    def _steps_from(self) -> dict[str, tuple[Step, ...]]:
        return {
            state.id: tuple(
                step
                for step in self.steps
                if state.id in step.from_ or (ANY in step.from_ and not state.closed)
            )
            for state in self.states
        }

    @classmethod
    def from_toml(cls, text: str) -> Workflow:
        """Read a workflow.

        Raises:
            InvalidWorkflowError: Every problem of the file.
        """
        try:
            return cls.model_validate(_tuples(tomllib.loads(text)))
        except tomllib.TOMLDecodeError as problem:
            problems: list[AntipovertyError] = [WorkflowError(f"it is not TOML: {problem}")]
        except ValidationError as problem:
            problems = [
                WorkflowError(f"{'.'.join(map(str, one['loc']))}: {one['msg']}")
                for one in problem.errors()
            ]
        raise InvalidWorkflowError("the workflow cannot be read", problems)


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(one) for one in value)
    if isinstance(value, dict):
        return {key: _tuples(one) for key, one in value.items()}
    return value


def _by_id(known: Mapping[str, _T], name: str, what: str) -> _T:
    if name not in known:
        raise WorkflowError(f"{name!r} is no {what}{did_you_mean(name, known)}")
    return known[name]


def _references(flow: Workflow) -> Iterable[str]:
    """What is named and is not there, or is there twice."""
    states = [state.id for state in flow.states]
    for what, ids in (
        ("state", states),
        ("step", [step.id for step in flow.steps]),
        ("risk", [risk.id for risk in flow.risks]),
    ):
        yield from (f"{what} {one!r} stands twice" for one in sorted({*ids}) if ids.count(one) > 1)
    named: list[tuple[str, str]] = [("alerted", flow.alerted)]
    named += [("unverified", flow.unverified)] if flow.unverified else []
    named += [("decided", one) for one in flow.decided]
    named += [("detected", one) for one in flow.detected]
    for step in flow.steps:
        named += [(f"step {step.id!r}", one) for one in step.from_ if one != ANY]
        named += [(f"step {step.id!r}", one) for one in step.leads_to]
        named += [(f"step {step.id!r}", step.since.state)] if step.since else []
    for span in flow.spans:
        named += [(f"span {span.id!r}", one) for one in (span.starts, *span.ends)]
    for where, state in named:
        if state not in states:
            yield f"{where} names the state {state!r}, which is not there" + did_you_mean(
                state, states
            )
    cited = [limit.source for limit in _limits(flow)]
    cited += [step.since.source for step in flow.steps if step.since]
    for source in sorted({*cited} - {*flow.sources}):
        yield f"source {source!r} is not there{did_you_mean(source, flow.sources)}"


def _limits(flow: Workflow) -> list[Limit]:
    found = [one for state in flow.states for one in (state.limit, state.least) if one]
    return found + [span.limit for span in flow.spans]


def _lint(flow: Workflow) -> Iterable[str]:
    """What would leave a case unreachable, stuck or forgotten."""
    known = {state.id: state for state in flow.states}
    if flow.alerted not in known:
        return
    leads: dict[str, set[str]] = {state: set() for state in known}
    for step in flow.steps:
        for state, about in known.items():
            if state in step.from_ or (ANY in step.from_ and not about.closed):
                leads[state] |= {one for one in step.leads_to if one in known}
    begin = [flow.alerted, *([flow.unverified] if flow.unverified else [])]
    reached = _reached(leads, begin)
    back = {state: {one for one, others in leads.items() if state in others} for state in known}
    ends = _reached(back, [state for state, about in known.items() if about.closed])
    for state in known:
        if state not in reached:
            yield f"state {state!r} is never reached"
    for state, about in known.items():
        if state not in ends:
            yield f"from state {state!r} no case is ever closed"
        if not about.closed and about.limit is None:
            yield f"state {state!r} has no limit, so a case can be forgotten there"
        if about.least and about.limit and about.least.days > about.limit.days:
            yield f"state {state!r} must last longer than it may"


def _reached(leads: Mapping[str, set[str]], begin: Iterable[str]) -> set[str]:
    """Everything that can be reached from somewhere."""
    reached, waiting = set[str](), list(begin)
    while waiting:
        state = waiting.pop()
        if state in leads and state not in reached:
            reached.add(state)
            waiting += leads[state]
    return reached
