"""A workflow is data: states, steps, who may take them, what they need, how long they may last.

It stands in a TOML file with its sources, as rules do, and is checked when it is read: a
state nobody reaches, one nobody leaves, an open state without a limit, a step nobody may
take. A limit that no source publishes for its area is an example and says so.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import ConfigDict, Field, ValidationError, model_validator

from antipoverty._base.forms import Form, SourceField, TextField
from antipoverty._base.opaque import quoted
from antipoverty._base.tomlfiles import read_toml
from antipoverty._policy.calendars import Calendar
from antipoverty.errors import (
    AntipovertyError,
    InvalidWorkflowError,
    WorkflowError,
    did_you_mean,
)

_T = TypeVar("_T")
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]


class _Form(Form):
    model_config = ConfigDict(populate_by_name=True)


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
    title: TextField


class Act(_Named):
    """What a team does about what is open without moving it: urge, hand up, dispatch.

    Attributes:
        by: The levels that may do it.
        raises: Whether it hands the item up to the level above who does it.
        source: The id of a source of the workflow.
    """

    by: Annotated[tuple[Word, ...], Field(min_length=1)]
    raises: bool = False
    source: Word


class Quiet(_Form):
    """For so many months, what a closing has answered adds evidence and opens no case."""

    months: Annotated[int, Field(ge=1)]
    source: Word


class State(_Named):
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


class Since(_Form):
    """So many months must have passed since a state was entered."""

    state: Word
    months: Annotated[int, Field(ge=1)]
    source: Word


Need = Literal[True, "reference", "department"] | Annotated[tuple[Word, ...], Field(min_length=1)]
"""What a finding must say: ``true``; an opaque ``reference``; a ``department`` of the pack; or
one of some words."""


Requirement = Literal["each-risk-helped", "someone-else", "like-cases-sought", "like-cases-zeroed"]
"""What of the case or problem itself must be so before a step."""


class Outcome(_Form):
    """Another end of a step than the usual one.

    Attributes:
        to: Where it leads.
        needs: What the finding must hold; nothing ends without evidence.
    """

    to: Word
    needs: Annotated[Mapping[str, Need], Field(min_length=1)]


class Step(_Named):
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


class Span(_Named):
    """A limit over several states, such as from clue to decision."""

    starts: Word
    ends: Annotated[tuple[Word, ...], Field(min_length=1)]
    limit: Limit


class Risk(_Named):
    """A risk label (风险类型) and the kinds of measures that are aimed at it."""

    measures: Annotated[tuple[Word, ...], Field(min_length=1)]
    source: Word


class Rung(_Form):
    """From so many days over the limit on, a case is urged or handed up."""

    days: Annotated[int, Field(ge=1)]
    to: Word
    source: Word


class Contest(_Form):
    """How appeals (申诉) are answered.

    Attributes:
        limit: How long an answer may take.
        by: The roles that may answer.
    """

    limit: Limit
    by: Annotated[tuple[Word, ...], Field(min_length=1)]


class Handover(_Form):
    """How lines that are handed over (清单交办) are answered, and when a signal has ended.

    Attributes:
        limit: How long an answer may take.
        lapse: A signal that did not come for so many months has ended, also where nobody
            said so; the next is a new line.
    """

    limit: Limit
    lapse: Annotated[int, Field(ge=1)] = 2


class Cited(_Form):
    """Something that is so because a source says it."""

    source: Word


class Workflow(_Named):
    """The states and steps of a register (工作流程).

    Attributes:
        alerted: The state of a case that a warning opens, or opens again.
        unverified: The state of a case that only undecided facts open: somebody goes
            and looks. Empty where the register has none.
        joined: The closed state of a case that went on in another's, as when households
            merge. Empty where the register has none.
        states: All states.
        steps: All steps.
        spans: Limits over several states.
        decided: The states from which help is owed.
        safe: The closed states of households that were helped and are free of risk: a
            warning on one of those is a relapse (返贫), and on no other.
        green_channel: Whether help may come first and paperwork after (绿色通道).
        acts: What the teams of county, city and province do about what is open.
        handover: How lines of lists are answered; without it none is overdue.
        appeal: How appeals are answered; without it none is taken.
        detected: The states that show that somebody looked.
        risks: The risk labels with their measures.
        rungs: How overdue cases are urged and handed up.
        sources: By id.
    """

    alerted: Word
    unverified: str = ""
    joined: str = ""
    states: tuple[State, ...]
    steps: tuple[Step, ...]
    spans: tuple[Span, ...] = ()
    decided: tuple[Word, ...] = ()
    safe: tuple[Word, ...] = ()
    green_channel: Cited | None = None
    acts: tuple[Act, ...] = ()
    handover: Handover | None = None
    appeal: Contest | None = None
    detected: tuple[Word, ...] = ()
    risks: tuple[Risk, ...] = ()
    rungs: tuple[Rung, ...] = ()
    sources: Mapping[str, SourceField]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = [WorkflowError(text) for text in faults(self)]
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
        return any(source.illustrative for source in self.sources.values())

    def state(self, name: str) -> State:
        """Give a state by its id."""
        return _by_id(self._state_by_id, name, "state")

    def step(self, name: str) -> Step:
        """Give a step by its id."""
        return _by_id(self._step_by_id, name, "step")

    def act(self, name: str) -> Act:
        """Give an act of a team by its id."""
        return _by_id({one.id: one for one in self.acts}, name, "act")

    def risk(self, name: str) -> Risk:
        """Give a risk label by its id."""
        return _by_id(self._risk_by_id, name, "risk")

    def steps_from(self, state: str) -> tuple[Step, ...]:
        """The steps that can be taken in a state."""
        self.state(state)
        return self._steps_from[state]

    @functools.cached_property
    def _state_by_id(self) -> dict[str, State]:
        return {one.id: one for one in self.states}

    @functools.cached_property
    def _step_by_id(self) -> dict[str, Step]:
        return {one.id: one for one in self.steps}

    @functools.cached_property
    def _risk_by_id(self) -> dict[str, Risk]:
        return {one.id: one for one in self.risks}

    @property
    def roles(self) -> tuple[str, ...]:
        """Everybody who may take some step."""
        answering = self.appeal.by if self.appeal else ()
        return tuple(sorted({role for step in self.steps for role in step.by} | {*answering}))

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
            return cls.model_validate(_tuples(read_toml(text)))
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
        raise WorkflowError(f"{quoted(name)} is no {what}{did_you_mean(name, known)}")
    return known[name]


ANY = "*"
"""In the place of a state: every open one."""


def faults(flow: Workflow) -> tuple[str, ...]:
    """Everything that is wrong with a workflow, in words."""
    return (*_doubles(flow), *_strangers(flow), *_sources(flow), *_traps(flow), *_rungs(flow))


def _doubles(flow: Workflow) -> Iterator[str]:
    for what, ids in (
        ("state", [state.id for state in flow.states]),
        ("step", [step.id for step in flow.steps]),
        ("span", [span.id for span in flow.spans]),
        ("risk", [risk.id for risk in flow.risks]),
        ("act", [act.id for act in flow.acts]),
    ):
        yield from (f"{what} {one!r} stands twice" for one in sorted({*ids}) if ids.count(one) > 1)


def _strangers(flow: Workflow) -> Iterator[str]:
    """States that are named and are not there."""
    states = {state.id: state for state in flow.states}
    named: list[tuple[str, str]] = [("alerted", flow.alerted)]
    named += [("unverified", flow.unverified)] if flow.unverified else []
    named += [("joined", flow.joined)] if flow.joined else []
    named += [("decided", one) for one in flow.decided]
    named += [("detected", one) for one in flow.detected]
    named += [("safe", one) for one in flow.safe]
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
    if flow.joined in states and not states[flow.joined].closed:
        yield f"joined names the state {flow.joined!r}, which is not closed"
    for name in flow.safe:
        if name in states and not states[name].closed:
            yield f"safe names the state {name!r}, which is not closed"


def _sources(flow: Workflow) -> Iterator[str]:
    """Sources that are cited and not there, or there and cited nowhere."""
    cited = {limit.source for limit in _limits(flow)}
    cited |= {step.source for step in flow.steps} | {risk.source for risk in flow.risks}
    cited |= {rung.source for rung in flow.rungs} | {act.source for act in flow.acts}
    cited |= {step.since.source for step in flow.steps if step.since}
    cited |= {flow.green_channel.source} if flow.green_channel else set()
    cited |= {state.quiet.source for state in flow.states if state.quiet}
    for source in sorted(cited - {*flow.sources}):
        yield f"source {source!r} is not there{did_you_mean(source, flow.sources)}"
    for source in sorted({*flow.sources} - cited):
        yield f"source {source!r} is cited nowhere"


def _limits(flow: Workflow) -> list[Limit]:
    found = [one for state in flow.states for one in (state.limit, state.least) if one]
    found += [flow.appeal.limit] if flow.appeal else []
    found += [flow.handover.limit] if flow.handover else []
    return found + [span.limit for span in flow.spans]


def _rungs(flow: Workflow) -> Iterator[str]:
    if any(before.days >= after.days for before, after in pairwise(flow.rungs)):
        yield "the rungs do not stand in the order of their days"


def _traps(flow: Workflow) -> Iterator[str]:
    """What would leave a case unreachable, stuck or forgotten."""
    known = {state.id: state for state in flow.states}
    if flow.alerted not in known:
        return
    leads: dict[str, set[str]] = {state: set() for state in known}
    for step in flow.steps:
        for state, about in known.items():
            if state in step.from_ or (ANY in step.from_ and not about.closed):
                leads[state] |= {one for one in step.leads_to if one in known}
    begin = [flow.alerted, *(one for one in (flow.unverified, flow.joined) if one)]
    reached = _reached(leads, begin)
    back = {state: {one for one, others in leads.items() if state in others} for state in known}
    ends = _reached(back, [state for state, about in known.items() if about.closed])
    for state, about in known.items():
        if state not in reached:
            yield f"state {state!r} is never reached"
        if state not in ends:
            yield f"from state {state!r} no case is ever closed"
        if not about.closed and about.limit is None:
            yield f"state {state!r} has no limit, so a case can be forgotten there"
        if about.quiet and not about.closed:
            yield f"state {state!r} is open, so it has no quiet time"
        ends_it = about.closed and state not in (*flow.safe, flow.joined)
        if flow.decided and ends_it and about.quiet is None:
            yield (
                f"state {state!r} has no quiet time, so what was answered there comes back with "
                "the next screening; give it quiet, or name it under safe"
            )
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
