"""A book holds both registers; each verb gives a new book and the events that made it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs
import narwhals as nw
from dateutil.relativedelta import relativedelta

from antipoverty._casework_cases import (
    Case,
    Item,
    Problem,
    case_after,
    merged,
    problem_after,
    signals_of,
)
from antipoverty._casework_events import START, Event, Shards, checked_finding, opaque
from antipoverty._casework_workflow import Calendar, Step, Weekdays, Workflow
from antipoverty._frozen import Frozen
from antipoverty.codes import AreaCode
from antipoverty.errors import (
    AntipovertyError,
    FieldError,
    IllegalStepError,
    InvalidArgumentError,
    InvalidFileError,
    MissingColumnError,
    PersonalValueError,
    UnknownCaseError,
    did_you_mean,
)
from antipoverty.rules import Pack

CASE, PROBLEM = "case", "problem"
REPORT = "self-report"
UNFILED = "unfiled-"
_ALERT_COLUMNS = ("household_id", "area", "rule_id", "verdict")
_SHOWN = 50


@attrs.frozen(repr=False)
class Book:
    """Both registers as they stand (双库台账).

    Args:
        pack: The policy whose alerts become cases: it tells each rule's department and risk.
        workflow: The steps of the comparison register.
        rectification: The steps of the rectification register.
        calendar: Tells working days; by default Monday to Friday, without holidays.

    Attributes:
        cases: Every case by its id, which is the household's.
        problems: Every problem by its id.
    """

    pack: Pack
    workflow: Workflow
    rectification: Workflow
    calendar: Calendar = attrs.field(factory=Weekdays, kw_only=True, eq=False)
    cases: Mapping[str, Case] = attrs.field(factory=Shards, kw_only=True)
    problems: Mapping[str, Problem] = attrs.field(factory=Shards, kw_only=True)

    def __repr__(self) -> str:
        mark = " (illustrative)" if self.illustrative else ""
        return (
            f"<Book {self.pack.id}{mark}: {len(self.cases):,} cases, "
            f"{len(self.problems):,} problems>"
        )

    @property
    def illustrative(self) -> bool:
        """Whether the workflow of either register is not wholly published policy."""
        return self.workflow.illustrative or self.rectification.illustrative

    def case(self, case_id: str) -> Case:
        """Give a case by its id; one that was joined leads to where it went.

        Raises:
            UnknownCaseError: There is none.
        """
        found = self.cases.get(case_id)
        if found is None:
            raise UnknownCaseError(f"no case {case_id!r} is in the book of {len(self.cases)}")
        return found

    def problem(self, problem_id: str) -> Problem:
        """Give a problem by its id.

        Raises:
            UnknownCaseError: There is none.
        """
        found = self.problems.get(problem_id)
        if found is None:
            raise UnknownCaseError(
                f"no problem {problem_id!r} is in the book of {len(self.problems)}"
            )
        return found

    def is_open(self, item: Item) -> bool:
        """Tell whether a case or problem is still on the lists."""
        return not self.flow_of(item).state(item.state).closed

    def flow_of(self, item: Item) -> Workflow:
        """The workflow of a case or of a problem."""
        return self.workflow if isinstance(item, Case) else self.rectification

    def due(self, item: Item) -> date | None:
        """The last day in time for what comes next, or ``None`` for a closed one."""
        flow = self.flow_of(item)
        state = flow.state(item.state)
        if state.closed or state.limit is None:
            return None
        days = [state.limit.due(item.entered, self.calendar)]
        for span in flow.spans:
            began = item.reached.get(span.starts)
            if began is not None and not any(
                item.reached.get(end, date.min) >= began for end in span.ends
            ):
                days.append(span.limit.due(began, self.calendar))
        return min(days)

    def apply(self, events: Iterable[Event]) -> Book:
        """Fold events into the book.

        Raises:
            BrokenChainError: An event does not follow from the one before.
        """
        cases: dict[str, Case] = {}
        problems: dict[str, Problem] = {}
        for event in events:
            register, _, id_ = event.stream.partition("/")
            if register == CASE:
                case = cases.get(id_) or self.cases.get(id_)
                event.check_follows(*_head(case))
                cases[id_] = case_after(case, event)
            else:
                problem = problems.get(id_) or self.problems.get(id_)
                event.check_follows(*_head(problem))
                problems[id_] = problem_after(problem, event)
        return self.with_(cases, problems)

    def with_(self, cases: Mapping[str, Case], problems: Mapping[str, Problem]) -> Book:
        """The book with some cases and problems set."""
        mine, other = self.cases, self.problems
        if cases:
            mine = (mine if isinstance(mine, Shards) else Shards[Case]().with_(mine)).with_(cases)
        if problems:
            other = other if isinstance(other, Shards) else Shards[Problem]().with_(other)
            other = other.with_(problems)
        return attrs.evolve(self, cases=mine, problems=other)


def _head(item: Item | None) -> tuple[int, str]:
    return (0, START) if item is None else (item.version, item.head)


class Writer:
    """Adds events to a book one after the other, and gives both at the end."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.cases: dict[str, Case] = {}
        self.problems: dict[str, Problem] = {}
        self.events: list[Event] = []

    def case(self, id_: str) -> Case | None:
        """A case as it stands now."""
        return self.cases.get(id_) or self.book.cases.get(id_)

    def add(
        self,
        register: str,
        id_: str,
        kind: str,
        on: date,
        by: str,
        data: Mapping[str, Any],
        why: str = "",
    ) -> None:
        """Add one event to the chain of a case or a problem."""
        if register == CASE:
            case = self.case(id_)
            self.events.append(_event(register, id_, kind, on, by, data, why, case))
            self.cases[id_] = case_after(case, self.events[-1])
        else:
            problem = self.problems.get(id_) or self.book.problems.get(id_)
            self.events.append(_event(register, id_, kind, on, by, data, why, problem))
            self.problems[id_] = problem_after(problem, self.events[-1])

    def result(self) -> tuple[Book, tuple[Event, ...]]:
        """The new book and the events."""
        if not self.events:
            return self.book, ()
        return self.book.with_(self.cases, self.problems), tuple(self.events)


def _event(
    register: str,
    id_: str,
    kind: str,
    on: date,
    by: str,
    data: Mapping[str, Any],
    why: str,
    item: Item | None,
) -> Event:
    number, earlier = _head(item)
    return Event(f"{register}/{id_}", number + 1, kind, on, by, why, Frozen(data), earlier)


Changed = tuple[Book, tuple[Event, ...]]


# --- alerts become cases ---------------------------------------------------------------------


def open_cases(
    book: Book,
    alerts: Any,
    *,
    as_of: date,
    undecided: Any = None,
    by: str = "platform",
) -> Changed:
    """Turn the alerts of a screening into cases, one for each household.

    Alerts of several departments are merged. An alert that comes again adds evidence and
    opens no paperwork; the same file delivered twice changes nothing. A household with
    open questions only becomes a visit for its keeper. A warning on a closed case opens
    it again, unless it was found to be nothing within the workflow's quiet months.

    Args:
        book: The book.
        alerts: A frame of ``household_id, area, rule_id, verdict``, as screening gives it.
        as_of: The day of the screening.
        undecided: A frame of ``household_id, rule_id, fact``, as `Screening.undecided`
            gives it; the facts are listed for the keeper.
        by: Who delivers.

    Raises:
        InvalidFileError: Rows that cannot be used, all of them; nothing was taken.
        MissingColumnError: A column is missing.
    """
    opaque(by, "who delivers")
    facts: dict[tuple[str, str], set[str]] = defaultdict(set)
    if undecided is not None:
        for home, rule, fact in rows_of(undecided, ("household_id", "rule_id", "fact")):
            facts[home, rule].add(fact)
    grouped: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    problems: list[AntipovertyError] = []
    known = book.pack.rules
    for number, (home, area, rule, verdict) in enumerate(rows_of(alerts, _ALERT_COLUMNS), 1):
        fault = _fault(home, area, rule, verdict, known)
        if fault:
            problems.append(FieldError(f"row {number}: {fault}"))
        else:
            grouped[home][rule] = (area, verdict)
    refuse(problems, "the alerts cannot be taken")
    writer = Writer(book)
    for home in sorted(grouped):
        signals = [
            {
                "rule": rule,
                "department": known[rule].department,
                "verdict": verdict,
                "risk": known[rule].risk or "",
                "facts": sorted(facts.get((home, rule), ())),
            }
            for rule, (_, verdict) in sorted(grouped[home].items())
        ]
        area = next(iter(grouped[home].values()))[0]
        _signal(writer, home, area, signals, as_of, by)
    return writer.result()


def rows_of(frame: Any, columns: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    given = nw.from_native(frame)
    names = given.collect_schema().names()
    missing = [name for name in columns if name not in names]
    if missing:
        raise MissingColumnError(
            f"the table lacks {', '.join(missing)}{did_you_mean(missing[0], names)}"
        )
    chosen = given.select(*columns)
    eager = chosen.collect("polars") if isinstance(chosen, nw.LazyFrame) else chosen
    return eager.iter_rows()


def _fault(home: Any, area: Any, rule: Any, verdict: Any, known: Mapping[str, Any]) -> str | None:
    try:
        opaque(home, "the household's id", household=True)
        AreaCode(area)
    except (PersonalValueError, ValueError) as problem:
        return str(getattr(problem, "message", "the household's id or area cannot be used"))
    if rule not in known:
        return f"{rule!r} is no rule of the pack{did_you_mean(str(rule), known)}"
    return None if verdict in ("warn", "undecided") else f"{verdict!r} is no verdict of an alert"


def refuse(problems: list[AntipovertyError], what: str) -> None:
    """Raise all problems of a file at once, the first fifty in full."""
    if problems:
        more = len(problems) - _SHOWN
        if more > 0:
            problems[_SHOWN:] = [FieldError(f"and {more} more like these")]
        raise InvalidFileError(what, problems)


def _signal(
    writer: Writer, home: str, area: str, signals: list[dict[str, Any]], on: date, by: str
) -> None:
    flow = writer.book.workflow
    case = writer.case(home)
    warned = any(one["verdict"] != "undecided" for one in signals)
    target = flow.alerted if warned or not flow.unverified else flow.unverified
    if case is None:
        writer.add(CASE, home, "opened", on, by, {"area": area, "to": target, "signals": signals})
        return
    trial = Event(f"{CASE}/{home}", 0, "signalled", on, by, "", {"signals": signals}, "", "")
    if merged(case.signals, signals_of(trial)) == case.signals:
        return
    data: dict[str, Any] = {"signals": signals}
    kind = "signalled"
    if not writer.book.is_open(case):
        if warned and not _quiet(writer.book, case, signals, on):
            kind, data["to"] = "relapsed", target
            data["area"] = area
    elif warned and case.state == flow.unverified:
        data["to"] = flow.alerted
    writer.add(CASE, home, kind, on, by, data)


def _quiet(book: Book, case: Case, signals: list[dict[str, Any]], on: date) -> bool:
    """Whether somebody looked into these very warnings lately and found nothing."""
    known = {one.rule for one in case.signals if one.verdict == "warn"}
    again = {one["rule"] for one in signals if one["verdict"] == "warn"} <= known
    looked = case.state in book.workflow.detected
    until = case.entered + relativedelta(months=book.workflow.quiet_months)
    return again and looked and on < until


# --- self-reports ------------------------------------------------------------------------------


def report(
    book: Book,
    household_id: str | None,
    *,
    area: str,
    on: date,
    by: str,
    token: str,
    consent: bool,
    risk: str = "other",
) -> Changed:
    """Take a self-report (一键申报), of a household in the files or of one no file knows.

    A report on a household whose case is open joins it. A household that no file knows
    gets a case of its own under the reporting system's token, and the same token again
    joins that case; `join` moves it once somebody found out who it is.

    Args:
        book: The book.
        household_id: The household's opaque id, or ``None`` if no file knows it.
        area: Where it lives.
        on: The day of the report.
        by: Who took it down: ``platform`` or ``keeper-17``.
        token: The reporting system's opaque number of the household or device.
        consent: Whether the household agreed that its data be compared.
        risk: The risk label it names.

    Raises:
        InvalidArgumentError: There is no consent: without it nothing is compared.
        PersonalValueError: An id or token looks like a personal value.
        WorkflowError: The risk is none of the workflow's.
    """
    if not consent:
        raise InvalidArgumentError(
            "a self-report is taken only with consent to compare data; without it, visit"
        )
    book.workflow.risk(risk)
    place = AreaCode(area)
    id_ = household_id or UNFILED + opaque(token, "the token")
    opaque(id_, "the household's id", household=True)
    opaque(by, "who took it down")
    writer = Writer(book)
    case = writer.case(id_)
    if case is not None and case.joined:
        return report(
            book, case.joined, area=area, on=on, by=by, token=token, consent=consent, risk=risk
        )
    signal = {"rule": REPORT, "department": "", "verdict": "report", "risk": risk, "facts": []}
    data: dict[str, Any] = {"signals": [signal], "consent": True}
    if case is None:
        data |= {"area": str(place), "to": book.workflow.alerted, "filed": household_id is not None}
        writer.add(CASE, id_, "opened", on, by, data)
    elif not book.is_open(case):
        writer.add(CASE, id_, "relapsed", on, by, data | {"to": book.workflow.alerted})
    elif not any(s.rule == REPORT and s.last == on and s.risk == risk for s in case.signals):
        to = {"to": book.workflow.alerted} if case.state == book.workflow.unverified else {}
        writer.add(CASE, id_, "reported", on, by, data | to)
    return writer.result()


def join(book: Book, unfiled: str, household_id: str, *, on: date, by: str) -> Changed:
    """Join the case of an unknown household to the household it turned out to be.

    Raises:
        IllegalStepError: It is no case of an unknown household, or joined already.
        UnknownCaseError: There is no such case.
    """
    case = book.case(unfiled)
    if case.filed or case.joined:
        raise IllegalStepError(f"case {unfiled} is of a household in the files, or joined already")
    opaque(household_id, "the household's id", household=True)
    writer = Writer(book)
    signals = [
        {"rule": s.rule, "department": s.department, "verdict": s.verdict, "risk": s.risk}
        for s in case.signals
    ]
    writer.add(CASE, unfiled, "joined", on, by, {"household": household_id, "to": _ended(book)})
    other = writer.case(household_id)
    data: dict[str, Any] = {"signals": signals, "consent": case.consent is not None}
    if other is None:
        data |= {"area": case.area, "to": book.workflow.alerted}
        writer.add(CASE, household_id, "opened", on, by, data)
    elif book.is_open(other):
        writer.add(CASE, household_id, "reported", on, by, data)
    else:
        writer.add(CASE, household_id, "relapsed", on, by, data | {"to": book.workflow.alerted})
    return writer.result()


def _ended(book: Book) -> str:
    return next(state.id for state in book.workflow.states if state.closed)


# --- steps ---------------------------------------------------------------------------------------


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
    flow = book.flow_of(item)
    step = flow.step(name)
    found = checked_finding(finding)
    opaque(by, "who takes the step")
    if why:
        opaque(why, "the reason")
    lacking = list(_lacking(flow, item, step, by, on, found, outcome))
    if lacking:
        raise IllegalStepError(f"{name} of {item.id}: {'; '.join(lacking)}")
    to = step.to if outcome is None else step.outcomes[outcome]
    register = CASE if isinstance(item, Case) else PROBLEM
    writer = Writer(book)
    data = {"step": name, "to": to, "finding": found, "outcome": outcome or ""}
    writer.add(register, item.id, "stepped", on, by, data, why)
    return writer.result()


def _lacking(
    flow: Workflow,
    item: Item,
    step: Step,
    by: str,
    on: date,
    finding: Mapping[str, Any],
    outcome: str | None,
) -> Iterable[str]:
    """Everything that keeps a step from being taken."""
    allowed = flow.steps_from(item.state)
    if step not in allowed:
        choices = ", ".join(one.id for one in allowed) or "none"
        yield f"it stands at {item.state!r}, from where the steps are: {choices}"
        return
    if isinstance(item, Case) and item.joined:
        yield f"it was joined to {item.joined}"
    role = by.rpartition("-")[0] or by
    if role not in step.by:
        yield f"{role!r} may not take it; {' or '.join(step.by)} may"
    if on < item.entered:
        yield f"{on} lies before {item.entered}, when it came to {item.state!r}"
    least = flow.state(item.state).least
    if least is not None and outcome is None:
        ready = relativedelta(days=least.days) + item.entered
        if on < ready:
            yield f"it must stay at {item.state!r} until {ready}"
    if outcome is not None and outcome not in step.outcomes:
        yield f"{outcome!r} is no outcome of it; {', '.join(step.outcomes) or 'it has one only'}"
    if outcome is None:  # another outcome leads back or out, and needs no proof
        for word, wanted in step.needs.items():
            if word not in finding:
                yield f"the finding lacks {word!r}"
            elif wanted is True and finding[word] is not True:
                yield f"the finding {word!r} must be true"
        yield from _conditions(item, step, by, on)


def _conditions(item: Item, step: Step, by: str, on: date) -> Iterable[str]:
    if step.since is not None:
        began = item.reached.get(step.since.state)
        ready = None if began is None else began + relativedelta(months=step.since.months)
        if ready is None or on < ready:
            when = "never" if ready is None else f"on {ready}"
            yield f"{step.since.months} months after {step.since.state!r} end {when}"
    if "someone-else" in step.requires and by == item.last_by:
        yield "somebody else than who took the step before must take it"
    if "each-risk-helped" in step.requires and isinstance(item, Case):
        helped = {one.risk for one in item.measures if one.on >= item.opened}
        missing = [risk for risk in item.risks if risk not in helped]
        if missing:
            yield f"no measure is aimed at {', '.join(missing)}"
        if not helped:
            yield "no measure was given"


def help_(
    book: Book, case_id: str, measure: str, *, risk: str, by: str, on: date, why: str = ""
) -> Changed:
    """Record a measure aimed at a risk (因户施策); before the decision, by the green channel.

    Raises:
        IllegalStepError: The case is closed, or paperwork comes first here.
        WorkflowError: The measure is not aimed at that risk, or there is no such risk.
    """
    case = book.case(case_id)
    flow = book.workflow
    aimed = flow.risk(risk).measures
    if measure not in aimed:
        raise InvalidArgumentError(
            f"{measure!r} is not aimed at {risk!r}; {', '.join(aimed)} are"
            f"{did_you_mean(measure, aimed)}"
        )
    if not book.is_open(case):
        raise IllegalStepError(f"help for {case_id}: it stands at {case.state!r}, which is closed")
    if case.state not in flow.decided and not flow.green_channel:
        raise IllegalStepError(f"help for {case_id}: the workflow has no green channel")
    if on < case.opened:
        raise IllegalStepError(f"help for {case_id}: {on} lies before {case.opened}")
    for what, text in (("who helps", by), *([("the reason", why)] if why else [])):
        opaque(text, what)
    writer = Writer(book)
    writer.add(CASE, case_id, "helped", on, by, {"measure": measure, "risk": risk}, why)
    return writer.result()


def acknowledge(
    book: Book, case_ids: Iterable[str], *, department: str, on: date, by: str
) -> Changed:
    """Record that a department took cases from its list (签收); again changes nothing.

    Raises:
        IllegalStepError: A case holds no signal of the department.
    """
    opaque(by, "who acknowledges")
    writer = Writer(book)
    for id_ in case_ids:
        case = book.case(id_)
        if department not in case.departments:
            raise IllegalStepError(f"case {id_} holds no signal of {department!r}")
        if department not in case.acknowledged:
            writer.add(CASE, id_, "acknowledged", on, by, {"department": department})
    return writer.result()


def urge(book: Book, *, as_of: date, by: str = "platform") -> Changed:
    """Urge what is overdue, and hand it up the ladder (督办); once for each rung."""
    writer = Writer(book)
    for register, items in ((CASE, book.cases), (PROBLEM, book.problems)):
        for id_ in sorted(items):
            item: Item = items[id_]
            due = book.due(item)
            if due is None or due >= as_of:
                continue
            rungs = [r for r in book.flow_of(item).ladder if r.days <= (as_of - due).days]
            for rung in rungs[item.urged :]:
                writer.add(register, id_, "urged", as_of, by, {"level": rung.to})
    return writer.result()


# --- problems ------------------------------------------------------------------------------------


def list_problem(
    book: Book,
    problem_id: str,
    *,
    area: str,
    origin: str,
    on: date,
    by: str,
    reference: str = "",
    condition: str = "",
) -> Changed:
    """Put a problem on the rectification list; the same problem again changes nothing.

    Args:
        book: The book.
        problem_id: Its opaque id.
        area: Where it was found.
        origin: Where it came from: ``spot-check``, ``audit``, ``hotline``, ``feedback`` ...
        on: The day.
        by: Who lists it.
        reference: The opaque number of the file that describes it.
        condition: A condition of the language that like cases meet.

    Raises:
        ConditionError: The condition cannot be read against the pack's model.
        IllegalStepError: Another problem has the id.
        PersonalValueError: A text may hold something personal.
    """
    from antipoverty.conditions import parse

    for what, text in (("the id", problem_id), ("the origin", origin), ("who lists it", by)):
        opaque(text, what)
    if reference:
        opaque(reference, "the reference")
    if condition:
        condition = str(parse(condition, book.pack.schema))
    place = str(AreaCode(area))
    before = book.problems.get(problem_id)
    if before is not None:
        if (before.area, before.origin, before.condition) != (place, origin, condition):
            raise IllegalStepError(f"problem {problem_id} is listed already, with other content")
        return book, ()
    data = {
        "area": place,
        "to": book.rectification.alerted,
        "origin": origin,
        "reference": reference,
        "condition": condition,
    }
    writer = Writer(book)
    writer.add(PROBLEM, problem_id, "listed", on, by, data)
    return writer.result()


def extend(book: Book, problem_id: str, households: Iterable[str], *, on: date, by: str) -> Changed:
    """Put down the other households a problem holds for (举一反三); known ones change nothing."""
    problem = book.problem(problem_id)
    new = sorted(
        {opaque(one, "a household's id", household=True) for one in households} - {*problem.like}
    )
    if not new:
        return book, ()
    writer = Writer(book)
    writer.add(PROBLEM, problem_id, "extended", on, by, {"households": new})
    return writer.result()
