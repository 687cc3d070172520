"""A workflow is data: states, steps, who may take them, what they need, how long they may last.

It stands in a TOML file with its sources, as rules do, and is checked when it is read: a
state nobody reaches, one nobody leaves, an open state without a limit, a step nobody may
take. A limit that no source publishes for its area is an example and says so.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Self, TypeVar

from pydantic import ValidationError, model_validator

from antipoverty._base.forms import SourceField
from antipoverty._base.opaque import quoted
from antipoverty._base.refusals import place_of, refusal
from antipoverty._base.tomlfiles import read_toml, toml_fault
from antipoverty._policy.workflow_parts import (
    Act,
    Cited,
    Contest,
    Handover,
    Limit,
    Named,
    Risk,
    Rung,
    Span,
    State,
    Step,
    Word,
)
from antipoverty.errors import (
    AntipovertyError,
    InvalidWorkflowError,
    WorkflowError,
    did_you_mean,
    phrase,
)

_T = TypeVar("_T")


class Workflow(Named):
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
            raise InvalidWorkflowError("the workflow {id!r} cannot be used", problems, id=self.id)
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
            problems: list[AntipovertyError] = [
                WorkflowError("it is not TOML: {problem}", problem=toml_fault(problem))
            ]
        except ValidationError as problem:
            problems = [
                WorkflowError("{place}: {problem}", place=place_of(one), problem=refusal(one))
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
        raise WorkflowError(
            "{quoted} is no {what}{near}",
            quoted=quoted(name),
            what=what,
            near=did_you_mean(name, known),
        )
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
        yield from (
            phrase("{what} {one!r} stands twice", what=what, one=one)
            for one in sorted({*ids})
            if ids.count(one) > 1
        )


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
            yield phrase(
                "{where} names the state {state!r}, which is not there", where=where, state=state
            ) + did_you_mean(state, states)
    if flow.joined in states and not states[flow.joined].closed:
        yield phrase("joined names the state {joined!r}, which is not closed", joined=flow.joined)
    for name in flow.safe:
        if name in states and not states[name].closed:
            yield phrase("safe names the state {name!r}, which is not closed", name=name)


def _sources(flow: Workflow) -> Iterator[str]:
    """Sources that are cited and not there, or there and cited nowhere."""
    cited = {limit.source for limit in _limits(flow)}
    cited |= {step.source for step in flow.steps} | {risk.source for risk in flow.risks}
    cited |= {rung.source for rung in flow.rungs} | {act.source for act in flow.acts}
    cited |= {step.since.source for step in flow.steps if step.since}
    cited |= {flow.green_channel.source} if flow.green_channel else set()
    cited |= {state.quiet.source for state in flow.states if state.quiet}
    for source in sorted(cited - {*flow.sources}):
        yield phrase(
            "source {source!r} is not there{near}",
            source=source,
            near=did_you_mean(source, flow.sources),
        )
    for source in sorted({*flow.sources} - cited):
        yield phrase("source {source!r} is cited nowhere", source=source)


def _limits(flow: Workflow) -> list[Limit]:
    found = [one for state in flow.states for one in (state.limit, state.least) if one]
    found += [flow.appeal.limit] if flow.appeal else []
    found += [flow.handover.limit] if flow.handover else []
    return found + [span.limit for span in flow.spans]


def _rungs(flow: Workflow) -> Iterator[str]:
    if any(before.days >= after.days for before, after in pairwise(flow.rungs)):
        yield phrase("the rungs do not stand in the order of their days")


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
            yield phrase("state {state!r} is never reached", state=state)
        if state not in ends:
            yield phrase("from state {state!r} no case is ever closed", state=state)
        if not about.closed and about.limit is None:
            yield phrase(
                "state {state!r} has no limit, so a case can be forgotten there", state=state
            )
        if about.quiet and not about.closed:
            yield phrase("state {state!r} is open, so it has no quiet time", state=state)
        ends_it = about.closed and state not in (*flow.safe, flow.joined)
        if flow.decided and ends_it and about.quiet is None:
            yield (
                phrase(
                    "state {state!r} has no quiet time, so what was answered there comes back "
                    "with the next screening; give it quiet, or name it under safe",
                    state=state,
                )
            )
        if about.least and about.limit and about.least.days > about.limit.days:
            yield phrase("state {state!r} must last longer than it may", state=state)


def _reached(leads: Mapping[str, set[str]], begin: Iterable[str]) -> set[str]:
    """Everything that can be reached from somewhere."""
    reached, waiting = set[str](), list(begin)
    while waiting:
        state = waiting.pop()
        if state in leads and state not in reached:
            reached.add(state)
            waiting += leads[state]
    return reached
