"""What an event makes of a case or a problem: the fold that every book is."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

import attrs

from antipoverty._base.changes import changed
from antipoverty._base.frozen import Frozen, plain
from antipoverty._casework.cases import Appeal, Case, Item, Look, Measure, Overseen, Problem, Signal
from antipoverty._casework.events import Event
from antipoverty._casework.handed import Line, altered, gone_out, replied, settled
from antipoverty._casework.snapshots import check
from antipoverty.errors import BrokenChainError

_ItemT = TypeVar("_ItemT", bound=Item)


def merged(signals: tuple[Signal, ...], new: tuple[Signal, ...], since: date) -> tuple[Signal, ...]:
    """Put signals together, one for each rule; the order in which they come does not matter.

    Args:
        signals: Those that are there.
        new: Those that came.
        since: The day the case was opened: what was said before it is not graver than what
            is said now.
    """
    found = {one.rule: one for one in signals}
    for one in new:
        before = found.get(one.rule)
        found[one.rule] = one if before is None else _together(before, one, since)
    return tuple(found[rule] for rule in sorted(found))


def _together(before: Signal, one: Signal, since: date) -> Signal:
    later = before.last < one.first
    days = before.days + one.days if later else tuple(sorted({*before.days, *one.days}))
    if before.last < since <= one.last:
        return attrs.evolve(one, days=days)
    if before.last == one.last:
        graver, other = (before, one) if before.covers(one) else (one, before)
        both = {*graver.facts, *other.facts} if other.covers(graver) else graver.facts
        return attrs.evolve(graver, days=days, facts=tuple(sorted(both)))
    latest = before if before.last > one.last else one
    return attrs.evolve(latest, days=days, verdict=(before if before.covers(one) else one).verdict)


def signals_of(event: Event) -> tuple[Signal, ...]:
    """The signals an event carries."""
    today = (event.on,)
    return tuple(
        [
            Signal(
                one["rule"],
                one["department"],
                one["verdict"],
                one["risk"],
                tuple(map(date.fromisoformat, one["days"])) if "days" in one else today,
                tuple(one.get("facts", ())),
            )
            for one in plain(event.data).get("signals", ())
        ]
    )


def _measures_of(event: Event) -> tuple[Measure, ...]:
    return tuple(
        Measure(one["id"], one["risk"], date.fromisoformat(one["on"]), one["by"])
        for one in event.data.get("measures", ())
    )


def _opened(event: Event, signals: tuple[Signal, ...]) -> date:
    """The day of the first signal that an event brings."""
    return min([one.days[0] for one in signals]) if signals else event.on


def _first(event: Event) -> Case:
    """The case that an event begins."""
    data = plain(event.data)
    _, _, id_ = event.stream.partition("/")
    signals = signals_of(event)
    if event.kind == "imported":
        since = date.fromisoformat(data["since"])
        return Case(
            id=id_,
            area=data["area"],
            state=data["to"],
            opened=since,
            entered=since,
            reached=Frozen({data["to"]: since}),
            finding=Frozen({"category": data["category"]} if data["category"] else {}),
            came="stock",
            version=event.number,
            head=event.hash,
            latest=event.on,
        )
    state, on = data["to"], event.on
    return changed(
        _BLANK,
        {
            "id": id_,
            "area": data["area"],
            "state": state,
            "opened": _opened(event, signals),
            "entered": on,
            "reached": Frozen({state: on}),
            "version": event.number,
            "head": event.hash,
            "latest": on,
            "signals": signals,
            "measures": _measures_of(event) if "measures" in data else (),
            "lines": gone_out((), data, signals, on),
            "consent": on if data.get("consent") else None,
            "came_from": tuple(data.get("came_from", ())),
            "filed": data.get("filed", True),
        },
    )


_BLANK = Case("", "", "", date.min, date.min, Frozen())
"""What the first event of a case changes: nothing has come to it yet."""


def case_after(case: Case | None, event: Event) -> Case:
    """Fold one event into a case."""
    data = plain(event.data)
    if case is None:
        return _first(event)
    check(case, event)
    match event.kind:
        case "signalled" | "reported" | "reopened":
            return _signalled(case, event)
        case "helped":
            measure = Measure(data["measure"], data["risk"], event.on, event.by)
            return case.at(event, measures=(*case.measures, measure))
        case "acknowledged" | "replied" | "ended":
            return case.at(event, lines=_handed(case, event))
        case "stepped":
            how = data.get("lines", "")
            lines = settled(case.lines, how, event.by, event.on) if how else case.lines
            return case.at(event, lines=lines)
        case "appealed":
            brought = Appeal(data["token"], data["fact"], event.on, event.by)
            return case.at(event, appeals=(*case.appeals, brought))
        case "answered":
            return case.at(event, appeals=tuple(_answered(one, event) for one in case.appeals))
        case "corrected":
            gone = {*data["lifted"]}
            kept = tuple(one for one in case.signals if one.rule not in gone)
            ends = [one.id for one in case.open_lines if one.rule in gone]
            lines = gone_out(case.lines, {"ended": ends}, (), event.on)
            days = {**case.lifted, **dict.fromkeys(data["lifted"], event.on)}
            return case.at(event, signals=kept, lifted=Frozen(days), lines=lines)
        case "read":
            return changed(case, {"version": event.number, "head": event.hash})
        case "joined":
            lines = settled(case.lines, "ended", event.by, event.on)
            return case.at(event, joined=data["household"], before=None, lines=lines)
        case "moved":
            return case.at(event, area=data["area"], left=(*case.left, case.area))
        case _:
            return _common(case, event)


def _handed(case: Case, event: Event) -> tuple[Line, ...]:
    """The lines of a case after an event that is about some of them."""
    match event.kind:
        case "acknowledged":
            taken = event.data["lines"]
            return altered(case.lines, taken, {"taken": event.on})
        case "replied":
            return replied(case.lines, event.data["lines"], event.by, event.on)
        case _:
            return gone_out(case.lines, event.data, (), event.on)


def _answered(one: Appeal, event: Event) -> Appeal:
    if one.answer or one.token != event.data["token"]:
        return one
    return attrs.evolve(one, answer=event.data["answer"], answered=event.on)


def _signalled(case: Case, event: Event) -> Case:
    data = event.data
    changes: dict[str, Any] = {}
    if data.get("consent"):
        changes["consent"] = event.on
    if data.get("measures"):
        changes["measures"] = (*case.measures, *_measures_of(event))
    if data.get("came_from"):
        changes["came_from"] = (*case.came_from, *data["came_from"])
    new = signals_of(event)
    opened = _opened(event, new)
    changes["lines"] = gone_out(case.lines, data, new, event.on)
    if event.kind == "reopened":
        signals = merged(case.signals, new, opened)
        return case.at(
            event,
            opened=opened,
            reached=Frozen({data["to"]: event.on}),
            signals=signals,
            area=data["area"],
            came=data["came"],
            past=(*case.past, case.episode),
            **changes,
        )
    signals = merged(case.signals, new, case.opened)
    if data.get("came"):
        changes["came"] = data["came"]
    if not case.past:  # a file that comes late may tell of an earlier day
        changes["opened"] = min(case.opened, opened)
    return case.at(event, signals=signals, **changes)


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
            version=event.number,
            head=event.hash,
            latest=event.on,
            origin=data["origin"],
            condition=data["condition"],
            reference=data["reference"],
            unit=data.get("unit", ""),
            line=data.get("line", ""),
        )
    check(problem, event)
    match event.kind:
        case "stepped":
            department = data["finding"].get("department", problem.department)
            return problem.at(event, department=department)
        case "extended":
            like = tuple(sorted({*problem.like, *data["households"]}))
            new = zip(data["ids"], data["households"], strict=True)
            lines = tuple(
                Line(id_, problem.id, problem.department, "like", event.on, household=one)
                for id_, one in new
            )
            return problem.at(event, like=like, sought=event.on, lines=(*problem.lines, *lines))
        case "looked":
            look = Look(data["line"], data["result"], event.by, event.on)
            return problem.at(event, looks=(*problem.looks, look))
        case "replied":
            return problem.at(
                event, lines=replied(problem.lines, data["lines"], event.by, event.on)
            )
        case _:
            return _common(problem, event)


def _common(item: _ItemT, event: Event) -> _ItemT:
    match event.kind:
        case "stepped":
            return item.at(event)
        case "withdrawn":
            return item.without_last_step(event)
        case "overseen":
            data = event.data
            done = Overseen(data["act"], event.by, event.on, event.why)
            level = data["level"] or item.handed_up
            return item.at(event, acts=(*item.acts, done), handed_up=level)
        case "urged":
            return item.at(event, urged=item.urged + 1, handed_up=event.data["level"])
        case _:
            raise BrokenChainError(
                "event {number} of {stream} is of no kind known",
                number=event.number,
                stream=event.stream,
            )
