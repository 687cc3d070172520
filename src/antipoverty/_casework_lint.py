"""What is wrong with a workflow: names that are not there, states nobody reaches or leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from antipoverty.errors import did_you_mean

if TYPE_CHECKING:
    from antipoverty._casework_workflow import Limit, Workflow

ANY = "*"
"""In the place of a state: every open one."""


def faults(flow: Workflow) -> tuple[str, ...]:
    """Everything that is wrong with a workflow, in words."""
    return (*_doubles(flow), *_strangers(flow), *_sources(flow), *_traps(flow), *_ladder(flow))


def _doubles(flow: Workflow) -> Iterator[str]:
    for what, ids in (
        ("state", [state.id for state in flow.states]),
        ("step", [step.id for step in flow.steps]),
        ("span", [span.id for span in flow.spans]),
        ("risk", [risk.id for risk in flow.risks]),
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


def _sources(flow: Workflow) -> Iterator[str]:
    """Sources that are cited and not there, or there and cited nowhere."""
    cited = {limit.source for limit in _limits(flow)}
    cited |= {step.source for step in flow.steps} | {risk.source for risk in flow.risks}
    cited |= {rung.source for rung in flow.ladder}
    cited |= {step.since.source for step in flow.steps if step.since}
    cited |= {flow.green_channel.source} if flow.green_channel else set()
    cited |= {flow.quiet.source} if flow.quiet else set()
    for source in sorted(cited - {*flow.sources}):
        yield f"source {source!r} is not there{did_you_mean(source, flow.sources)}"
    for source in sorted({*flow.sources} - cited):
        yield f"source {source!r} is cited nowhere"


def _limits(flow: Workflow) -> list[Limit]:
    found = [one for state in flow.states for one in (state.limit, state.least) if one]
    return found + [span.limit for span in flow.spans]


def _ladder(flow: Workflow) -> Iterator[str]:
    if any(before.days >= after.days for before, after in pairwise(flow.ladder)):
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
