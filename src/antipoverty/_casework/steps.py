"""Steps: who may do what now, what it needs, and what keeps it from being done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import attrs
from dateutil.relativedelta import relativedelta

from antipoverty._base.days import as_day
from antipoverty._base.frozen import Frozen
from antipoverty._base.opaque import checked_finding, opaque, quoted
from antipoverty._casework.arguments import checked, mapping, text
from antipoverty._casework.book import Book, Changed, Writer
from antipoverty._casework.cases import Case, Item, Problem
from antipoverty._casework.events import Data, Event
from antipoverty._policy.workflow import Workflow
from antipoverty._policy.workflow_parts import Need, Step
from antipoverty.errors import (
    AntipovertyError,
    IllegalStepError,
    InvalidArgumentError,
    did_you_mean,
    phrase,
    phrases,
)


@checked
def advance(
    book: Book,
    case_id: str,
    step: str,
    *,
    by: str,
    on: date,
    finding: Mapping[str, Any] | None = None,
    outcome: str | None = None,
    why: str = "",
) -> Changed:
    """Take a step of the comparison register's workflow.

    Args:
        book: The book.
        case_id: The case.
        step: The id of the step, such as ``home_check``.
        by: Who takes it: an opaque id that begins with the role, such as ``keeper-17``.
        on: The day.
        finding: What was found: yes or no, whole numbers, days, opaque references.
        outcome: The word for another outcome than the usual one.
        why: An opaque reference to the reason.

    Raises:
        IllegalStepError: The step cannot be taken now; the message names what is missing.
        PersonalValueError: The finding may hold something personal.
        UnknownCaseError: There is no such case.
        WorkflowError: There is no such step.
    """
    return _advance(book, book.case(case_id), step, by, on, finding, outcome, why)


@checked
def advance_problem(
    book: Book,
    problem_id: str,
    step: str,
    *,
    by: str,
    on: date,
    finding: Mapping[str, Any] | None = None,
    outcome: str | None = None,
    why: str = "",
) -> Changed:
    """Take a step of the rectification register's workflow; see `advance`."""
    return _advance(book, book.problem(problem_id), step, by, on, finding, outcome, why)


def _advance(
    book: Book,
    item: Item,
    name: str,
    by: str,
    on: date,
    finding: Mapping[str, Any] | None,
    outcome: str | None,
    why: str,
) -> Changed:
    writer = Writer(book)
    take(writer, item, name, by, on, finding, outcome, why)
    return writer.result()


def take(
    writer: Writer,
    item: Item,
    name: str,
    by: str,
    on: date,
    finding: Mapping[str, Any] | None,
    outcome: str | None,
    why: str,
) -> None:
    """Take a step of a case or a problem, or refuse it with all that it lacks."""
    book = writer.book
    on = as_day(on)
    step = book.flow_of(item).step(name)
    found = _checked_finding(writer, finding)
    if type(by) is str:
        writer.once(("by", by), lambda: opaque(by, "who takes the step"))
    else:
        opaque(by, "who takes the step")
    if why:
        opaque(why, "the reason")
    lacking = list(_lacking(book, item, step, by, on, found, outcome))
    if lacking:
        raise IllegalStepError(
            "{name} of {id}: {lacking}", name=name, id=item.id, lacking=phrases(lacking)
        )
    to = step.to if outcome is None else step.outcomes[outcome].to
    settles = isinstance(item, Case) and item.open_lines
    how = _settles(book.workflow, item, to) if settles else ""  # type: ignore[arg-type]
    key = "data", name, to, outcome, how, id(found)
    data = writer.once(key, lambda: _stepped(name, to, found, outcome, how))
    writer.on_item(item, "stepped", on, by, data, why)


def _stepped(name: str, to: str, found: Mapping[str, Any], outcome: str | None, how: str) -> Data:
    """What the event of a step holds."""
    data = {"step": name, "to": to, "finding": dict(found), "outcome": outcome or ""}
    return Data({**data, "lines": how} if how else data)


def _checked_finding(writer: Writer, finding: Mapping[str, Any] | None) -> Frozen[str, Any]:
    """A finding that may stand in an event; of many steps that found the same it is checked once.

    Types are told apart: 1 is equal to yes. What it gives lives as long as the writer.
    """
    parts = [*(finding or {}).items()]
    types: list[object] = [type(one) for part in parts for one in part]
    if _PLAIN.issuperset(types):
        return writer.once(("finding", *parts, *types), lambda: checked_finding(finding))
    found = checked_finding(finding)
    return writer.once(("finding", id(found)), lambda: found)


_PLAIN = frozenset({str, bool, int, date})
"""Types of which two values that are equal are written alike."""


def _settles(flow: Workflow, case: Case, to: str) -> str:
    """What a step says of the lines that are open: somebody looked, or the case is closed."""
    closed = flow.state(to).closed
    if closed:
        return "refuted" if to in flow.detected else "ended"
    return "confirmed" if case.state in (flow.alerted, flow.unverified) else ""


@attrs.frozen
class Taken:
    """One step of many that were taken, as `advance` is given it."""

    case_id: str
    step: str
    by: str
    on: date
    finding: Mapping[str, Any] | None = attrs.field(default=None, repr=False)
    outcome: str | None = None
    why: str = ""


@attrs.frozen
class Refused:
    """A step of many that could not be taken.

    Attributes:
        number: Its place among them, from 1.
        code: The stable code of the reason.
        why: The reason.
    """

    number: int
    code: str
    why: str


def advance_each(
    book: Book, taken: Iterable[Taken]
) -> tuple[Book, tuple[Event, ...], tuple[Refused, ...]]:
    """Take many steps, such as those of a township's evening; each is judged alone.

    Args:
        book: The book.
        taken: The steps, in the order they were taken.

    Returns:
        The next book, the events of those that were taken, and those refused.
    """
    writer = Writer(book)
    refused: list[Refused] = []
    for number, one in enumerate(taken, 1):
        try:
            _check_types(one)
            case = writer.case(one.case_id) or book.case(one.case_id)
            take(writer, case, one.step, one.by, one.on, one.finding, one.outcome, one.why)
        except AntipovertyError as problem:
            refused.append(Refused(number, problem.code, problem.message))
    return *writer.result(), tuple(refused)


def _check_types(one: Taken) -> None:
    """Refuse a step of which a part is of another type than it must be."""
    if not isinstance(one, Taken):
        raise InvalidArgumentError("a step is a Taken, not {name}", name=type(one).__name__)
    for value, what in ((one.case_id, "the case"), (one.step, "the step"), (one.why, "the reason")):
        text(value, what)
    if one.outcome is not None:
        text(one.outcome, "the outcome")
    mapping(one.finding, "the finding")


def _lacking(
    book: Book,
    item: Item,
    step: Step,
    by: str,
    on: date,
    finding: Mapping[str, Any],
    outcome: str | None,
) -> Iterator[str]:
    """Everything that keeps a step from being taken."""
    flow = book.flow_of(item)
    if isinstance(item, Case) and item.joined:
        yield phrase("it was joined to {joined}", joined=item.joined)
        return
    allowed = flow.steps_from(item.state)
    if all(one is not step for one in allowed):
        choices = ", ".join(one.id for one in allowed) or "none"
        yield phrase(
            "it stands at {state!r}, from where the steps are: {choices}",
            state=item.state,
            choices=choices,
        )
        return
    yield from _stranger(step, by)
    if on < item.entered:
        yield phrase(
            "{on} lies before {entered}, when it came to {state!r}",
            on=on,
            entered=item.entered,
            state=item.state,
        )
    if "someone-else" in step.requires and by == item.last_by:
        yield phrase("somebody else than who took the step before must take it")
    if outcome is None:
        yield from _unmet(book, step.needs, finding)
        yield from _early(book, item, step, on)
        yield from _unready(item, step)
    elif outcome in step.outcomes:
        yield from _unmet(book, step.outcomes[outcome].needs, finding)
    else:
        others = ", ".join(step.outcomes) or "it has one only"
        yield phrase(
            "{quoted} is no outcome of it; {others}", quoted=quoted(outcome), others=others
        )


def _stranger(step: Step, by: str) -> Iterator[str]:
    role = by.rpartition("-")[0] or by
    if role not in step.by:
        yield phrase("{role!r} may not take it; {by} may", role=role, by=" or ".join(step.by))


def _unmet(book: Book, needs: Mapping[str, Need], finding: Mapping[str, Any]) -> Iterator[str]:
    """What a finding does not say, or says otherwise than it must."""
    for word, need in needs.items():
        value = finding.get(word)
        if value is None:
            yield phrase("the finding lacks {word!r}", word=word)
        elif need is True and value is not True:
            yield phrase("the finding {word!r} must be true", word=word)
        elif need == "reference" and (isinstance(value, bool) or not isinstance(value, str)):
            yield phrase(
                "the finding {word!r} must be a reference, such as a file number", word=word
            )
        elif need == "department" and value not in book.pack.departments:
            yield phrase("{value!r} is no department of the pack", value=value) + did_you_mean(
                str(value), book.pack.departments
            )
        elif isinstance(need, tuple) and value not in need:
            yield phrase(
                "the finding {word!r} must be one of {need}", word=word, need=", ".join(need)
            )


def _early(book: Book, item: Item, step: Step, on: date) -> Iterator[str]:
    """What must last longer before the step."""
    least = book.flow_of(item).state(item.state).least
    if least is not None and on < (ready := least.due(item.entered, book.calendar)):
        yield phrase("it must stay at {state!r} until {ready}", state=item.state, ready=ready)
    if step.since is not None:
        began = item.reached.get(step.since.state)
        ends = None if began is None else began + relativedelta(months=step.since.months)
        if ends is None or on < ends:
            when = "never" if ends is None else f"on {ends}"
            yield phrase(
                "{months} months after {state!r} end {when}",
                months=step.since.months,
                state=step.since.state,
                when=when,
            )


def _unready(item: Item, step: Step) -> Iterator[str]:
    if "each-risk-helped" in step.requires and isinstance(item, Case):
        helped = {one.risk for one in item.helped}
        missing = [risk for risk in item.risks if risk not in helped]
        if missing:
            yield phrase("no measure is aimed at {missing}", missing=", ".join(missing))
        if not helped:
            yield phrase("no measure was given")
    if "like-cases-sought" in step.requires and isinstance(item, Problem):
        unsought = item.condition and item.sought is None
        if unsought:
            yield phrase("nobody looked for the other households its condition holds for")
    if "like-cases-zeroed" in step.requires and isinstance(item, Problem) and item.like_open:
        yield phrase("{count} of its like cases are not followed up", count=len(item.like_open))


@checked
def withdraw(book: Book, case_id: str, *, by: str, on: date, why: str) -> Changed:
    """Take back the latest step of a case, such as one with a wrong day or a wrong case id.

    The case stands where it stood, and its limit runs as if the step had not been taken.
    Both stay among the events.

    Args:
        book: The book.
        case_id: The case.
        by: Who takes it back: somebody who may take the step.
        on: The day.
        why: An opaque reference to the reason.

    Raises:
        IllegalStepError: There is no step to take back, or since then the case was opened
            again or went on in another.
        PersonalValueError: The reason is missing, or is free text.
        UnknownCaseError: There is no such case.
    """
    return _withdraw(book, book.case(case_id), by, on, why)


@checked
def withdraw_problem(book: Book, problem_id: str, *, by: str, on: date, why: str) -> Changed:
    """Take back the latest step of a problem; see `withdraw`."""
    return _withdraw(book, book.problem(problem_id), by, on, why)


def _withdraw(book: Book, item: Item, by: str, on: date, why: str) -> Changed:
    on = as_day(on)
    opaque(by, "who takes it back")
    opaque(why, "the reason")
    if item.before is None:
        raise IllegalStepError("{id} has no latest step that can be taken back", id=item.id)
    lacking = [*_stranger(book.flow_of(item).step(item.last_step), by)]
    if on < (entered := item.before["entered"]):
        lacking.append(phrase("{on} lies before {entered}", on=on, entered=entered))
    if lacking:
        raise IllegalStepError(
            "{last_step} of {id}: {lacking}",
            last_step=item.last_step,
            id=item.id,
            lacking=phrases(lacking),
        )
    writer = Writer(book)
    writer.on_item(item, "withdrawn", on, by, {"step": item.last_step}, why)
    return writer.result()


@checked
def record_help(
    book: Book, case_id: str, measure: str, *, risk: str, by: str, on: date, why: str = ""
) -> Changed:
    """Record a measure aimed at a risk (因户施策); before the decision, by the green channel.

    Raises:
        IllegalStepError: The case is closed, or paperwork comes first here.
        InvalidArgumentError: The measure is not aimed at that risk.
        WorkflowError: There is no such risk.
    """
    on = as_day(on)
    case = book.case(case_id)
    flow = book.workflow
    aimed = flow.risk(risk).measures
    if measure not in aimed:
        raise InvalidArgumentError(
            "{quoted} is not aimed at {risk!r}; {aimed} are{near}",
            quoted=quoted(measure),
            risk=risk,
            aimed=", ".join(aimed),
            near=did_you_mean(measure, aimed),
        )
    if not book.is_open(case):
        raise IllegalStepError(
            "help for {case_id}: it stands at {state!r}, which is closed",
            case_id=case_id,
            state=case.state,
        )
    if case.state not in flow.decided and flow.green_channel is None:
        raise IllegalStepError(
            "help for {case_id}: the workflow has no green channel", case_id=case_id
        )
    if on < case.opened:
        raise IllegalStepError(
            "help for {case_id}: {on} lies before {opened}",
            case_id=case_id,
            on=on,
            opened=case.opened,
        )
    for what, said in (("who helps", by), *([("the reason", why)] if why else [])):
        opaque(said, what)
    writer = Writer(book)
    writer.on_case(case_id, "helped", on, by, {"measure": measure, "risk": risk}, why)
    return writer.result()


@checked
def acknowledge(
    book: Book, case_ids: Iterable[str], *, department: str, on: date, by: str
) -> Changed:
    """Record that a department took its lines of cases (签收); again changes nothing.

    What it has not seen it cannot take: a line that goes out later is not taken by it.

    Raises:
        IllegalStepError: A case has no open line of the department, or all went out later.
        UnknownCaseError: There is no such case.
    """
    on = as_day(on)
    opaque(by, "who acknowledges")
    writer = Writer(book)
    for id_ in sorted({*case_ids}):
        case = book.case(id_)
        mine = [one for one in case.open_lines if one.department == department]
        if not mine:
            raise IllegalStepError(
                "case {id} has no open line of {quoted}", id=id_, quoted=quoted(department)
            )
        if on < (first := min(one.out for one in mine)):
            raise IllegalStepError(
                "case {id}: {on} lies before {first}", id=id_, on=on, first=first
            )
        new = [one.id for one in mine if one.taken is None and one.out <= on]
        if new:
            data = {"department": department, "lines": new}
            writer.on_case(id_, "acknowledged", on, by, data)
    return writer.result()


@checked
def urge(book: Book, *, as_of: date, by: str = "platform") -> Changed:
    """Urge what is overdue, and hand it up the ladder (督办); once for each rung."""
    as_of = as_day(as_of)
    opaque(by, "who urges")
    writer = Writer(book)
    items: list[Item] = [*book.cases.values(), *book.problems.values()]
    for item in sorted(items, key=lambda one: one.id):
        due = book.due(item)
        if due is None or due >= as_of:
            continue
        rungs = [r for r in book.flow_of(item).rungs if r.days <= (as_of - due).days]
        for rung in rungs[item.urged :]:
            writer.on_item(item, "urged", as_of, by, {"level": rung.to})
    return writer.result()
