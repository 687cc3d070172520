"""A case is one household from its first alert to the day it is safe, and after a relapse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import attrs

from antipoverty._casework_events import START, Event
from antipoverty._frozen import Frozen

Verdict = Literal["warn", "undecided", "report"]


@attrs.frozen
class Signal:
    """One warning, open question or self-report on a household, as often as it came.

    Attributes:
        rule: The rule's id; ``self-report`` for one.
        department: Whose signal it is.
        verdict: ``warn``, ``undecided`` or ``report``.
        risk: The risk label, or empty.
        first: The first day it came.
        last: The latest.
        times: On how many days it came.
        facts: The facts that would settle an undecided one.
    """

    rule: str
    department: str
    verdict: Verdict
    risk: str
    first: date
    last: date
    times: int = 1
    facts: tuple[str, ...] = ()


@attrs.frozen
class Measure:
    """One kind of help aimed at one risk."""

    id: str
    risk: str
    on: date
    by: str


@attrs.frozen
class Item:
    """What a case and a problem have in common.

    Attributes:
        id: Its opaque id; of a case, the household's.
        area: Where it is.
        state: Where it stands.
        opened: The day it was opened, or opened again.
        entered: The day it came to its state.
        reached: For each state, the latest day it was entered.
        finding: What was found, the latest value of each word.
        last_by: Who took the latest step.
        urged: How often it was urged.
        handed_up: The level it was handed up to, or empty.
        version: How many events it has.
        head: The hash of the last.
    """

    id: str
    area: str
    state: str
    opened: date
    entered: date
    reached: Mapping[str, date]
    finding: Mapping[str, Any] = Frozen()
    last_by: str = ""
    urged: int = 0
    handed_up: str = ""
    version: int = 0
    head: str = START

    def at(self, event: Event, **changes: Any) -> Any:
        """The item after an event, moved to a state if the event says one."""
        state = event.data.get("to")
        if state is not None and state != "":
            changes |= {"state": state, "reached": Frozen({**self.reached, state: event.on})}
            if state != self.state or event.kind in ("relapsed", "stepped"):
                changes |= {"entered": event.on, "urged": 0, "handed_up": ""}
        return attrs.evolve(self, version=event.number, head=event.hash, **changes)


@attrs.frozen
class Case(Item):
    """One household in the comparison register (信息比对库).

    Attributes:
        signals: What was signalled, by rule.
        measures: What help was given.
        acknowledged: For each department, the day it took the case.
        consent: The day a self-report consented to comparison, or ``None``.
        relapses: How often it was opened again after closing.
        joined: The id of the household it was joined to; empty as a rule.
        filed: Whether the household is in the files.
    """

    signals: tuple[Signal, ...] = ()
    measures: tuple[Measure, ...] = ()
    acknowledged: Mapping[str, date] = Frozen()
    consent: date | None = None
    relapses: int = 0
    joined: str = ""
    filed: bool = True

    def __repr__(self) -> str:
        return f"<Case {self.id} {self.state} since {self.entered}, {len(self.signals)} signals>"

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments whose signals it holds."""
        return tuple(sorted({one.department for one in self.signals}))

    @property
    def risks(self) -> tuple[str, ...]:
        """The risks that its warnings and reports name."""
        named = {one.risk for one in self.signals if one.verdict != "undecided" and one.risk}
        return tuple(sorted(named))

    @property
    def first_signal(self) -> date:
        """The day of the first signal since it was opened."""
        days = [one.first for one in self.signals if one.first >= self.opened]
        return min(days, default=self.opened)


@attrs.frozen
class Problem(Item):
    """One problem in the rectification register (问题整改库).

    Attributes:
        origin: Where it came from: ``spot-check``, ``audit``, ``hotline``, ``feedback`` ...
        department: Who must repair it, or empty.
        condition: A condition of the language; the households it holds for are like cases.
        like: Those households (举一反三).
        reference: The opaque number of the file it is described in.
    """

    origin: str = ""
    department: str = ""
    condition: str = ""
    like: tuple[str, ...] = ()
    reference: str = ""

    @property
    def departments(self) -> tuple[str, ...]:
        """The department that must repair it, once it is assigned."""
        return (self.department,) if self.department else ()

    def __repr__(self) -> str:
        return f"<Problem {self.id} {self.state} since {self.entered}, {len(self.like)} like cases>"


# --- the fold ------------------------------------------------------------------------------


def merged(signals: tuple[Signal, ...], new: tuple[Signal, ...]) -> tuple[Signal, ...]:
    """Put signals together: one for each rule, with its first and latest day."""
    found = {one.rule: one for one in signals}
    for one in new:
        before = found.get(one.rule)
        if before is None:
            found[one.rule] = one
        elif not before.first <= one.last <= before.last or one.verdict != before.verdict:
            found[one.rule] = attrs.evolve(
                one,
                first=min(before.first, one.first),
                last=max(before.last, one.last),
                times=before.times + 1,
            )
    return tuple(found[rule] for rule in sorted(found))


def signals_of(event: Event) -> tuple[Signal, ...]:
    """The signals an event carries."""
    return tuple(
        Signal(
            rule=one["rule"],
            department=one["department"],
            verdict=one["verdict"],
            risk=one["risk"],
            first=event.on,
            last=event.on,
            facts=tuple(one.get("facts", ())),
        )
        for one in event.data.get("signals", ())
    )


def case_after(case: Case | None, event: Event) -> Case:
    """Fold one event into a case."""
    data = event.data
    if case is None:
        _, _, id_ = event.stream.partition("/")
        return Case(
            id=id_,
            area=data["area"],
            state=data["to"],
            opened=event.on,
            entered=event.on,
            reached=Frozen({data["to"]: event.on}),
            last_by=event.by,
            version=event.number,
            head=event.hash,
            signals=merged((), signals_of(event)),
            consent=event.on if data.get("consent") else None,
            filed=data.get("filed", True),
        )
    changes: dict[str, Any] = {}
    match event.kind:
        case "signalled" | "relapsed" | "reported":
            changes["signals"] = merged(case.signals, signals_of(event))
            if event.kind == "relapsed":
                changes |= {"opened": event.on, "relapses": case.relapses + 1}
                changes["acknowledged"] = Frozen()
            if data.get("consent"):
                changes["consent"] = event.on
            if data.get("area"):
                changes["area"] = data["area"]
        case "stepped":
            changes["finding"] = Frozen({**case.finding, **data["finding"]})
            changes["last_by"] = event.by
        case "helped":
            measure = Measure(data["measure"], data["risk"], event.on, event.by)
            changes["measures"] = (*case.measures, measure)
        case "acknowledged":
            changes["acknowledged"] = Frozen({**case.acknowledged, data["department"]: event.on})
        case _:
            changes |= _common(case, event)
    after: Case = case.at(event, **changes)
    return after


def problem_after(problem: Problem | None, event: Event) -> Problem:
    """Fold one event into a problem."""
    data = event.data
    if problem is None:
        _, _, id_ = event.stream.partition("/")
        return Problem(
            id=id_,
            area=data["area"],
            state=data["to"],
            opened=event.on,
            entered=event.on,
            reached=Frozen({data["to"]: event.on}),
            last_by=event.by,
            version=event.number,
            head=event.hash,
            origin=data["origin"],
            condition=data["condition"],
            reference=data["reference"],
        )
    changes: dict[str, Any] = {}
    match event.kind:
        case "stepped":
            finding = data["finding"]
            changes["finding"] = Frozen({**problem.finding, **finding})
            changes["last_by"] = event.by
            changes["department"] = finding.get("department", problem.department)
        case "extended":
            changes["like"] = tuple(sorted({*problem.like, *data["households"]}))
        case _:
            changes |= _common(problem, event)
    after: Problem = problem.at(event, **changes)
    return after


def _common(item: Item, event: Event) -> dict[str, Any]:
    match event.kind:
        case "urged":
            return {"urged": item.urged + 1, "handed_up": event.data["level"]}
        case "joined":
            return {"joined": event.data["household"]}
        case _:
            raise NotImplementedError(event.kind)
