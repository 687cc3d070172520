"""Lists that came back (清单反馈): what departments found becomes steps of cases.

A case is one household, and a list asks about one rule. Risk found by one answer is risk; that
there is none must be said of every signal of the case, whichever department's list it stands on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import attrs

from antipoverty._base.csvfiles import day_in
from antipoverty._base.opaque import opaque, quoted
from antipoverty._casework.book import Book, Writer
from antipoverty._casework.cases import Case, Signal
from antipoverty._casework.events import Event
from antipoverty._casework.steps import take
from antipoverty._policy.workflow import Step
from antipoverty.errors import AntipovertyError, FieldError
from antipoverty.screening import RESULTS, FilledLine

_WORDS = {
    said: word
    for word, text in RESULTS.items()
    for said in (word, text.zh, text.en, f"{text.zh} {text.en}")
}


@attrs.frozen
class LineRefused:
    """A line that was not taken.

    Attributes:
        place: Where it stands.
        code: The stable code of the reason.
        why: The reason.
    """

    place: str
    code: str
    why: str


@attrs.frozen
class ListAnswers:
    """What became of every line of the lists; the counts add up to the lines.

    Attributes:
        lines: How many lines came.
        taken: Lines on which a step was taken, or that bear one taken on others.
        again: Lines that were counted before.
        blank: Lines that nobody filled in.
        open: Lines on things that could not be verified: they stay on the lists.
        refused: Those not taken, each with why.
        cases: How many cases went on.
    """

    lines: int
    taken: int
    again: int
    blank: int
    open: int
    refused: tuple[LineRefused, ...]
    cases: int


@attrs.frozen
class _Answer:
    """A line that can be read."""

    line: FilledLine
    household: str
    rule: str
    as_of: date
    result: str
    by: str
    on: date


def answer_lists(
    book: Book, lines: Iterable[FilledLine]
) -> tuple[Book, tuple[Event, ...], ListAnswers]:
    """Take what departments answered to their lists; a list delivered twice counts once.

    Give all lists of a day together: that a household has no risk is taken only when every
    signal of its case was answered so, and the answer is the latest day's.

    Args:
        book: The book.
        lines: The lines of one or more lists, as `antipoverty.screening.read_list` reads them.

    Returns:
        The next book, the events, and what became of every line.
    """
    every = list(lines)
    refused: list[LineRefused] = []
    of_case: dict[str, list[_Answer]] = defaultdict(list)
    blank = 0
    for line in every:
        if line.blank:
            blank += 1
            continue
        faults, answer = _read(line)
        if answer is None:
            refused.append(LineRefused(line.place, FieldError.code, "; ".join(faults)))
        else:
            of_case[answer.household].append(answer)
    writer = Writer(book)
    tally = dict.fromkeys(("taken", "again", "open"), 0)
    cases = 0
    for household in sorted(of_case):
        answers = of_case[household]
        try:
            became, stepped = _answered(writer, household, answers)
        except AntipovertyError as problem:
            refused += [
                LineRefused(one.line.place, problem.code, problem.message) for one in answers
            ]
            continue
        cases += stepped
        for one in answers:
            tally["open" if one.result == "open" else became] += 1
    report = ListAnswers(len(every), blank=blank, refused=tuple(refused), cases=cases, **tally)
    return *writer.result(), report


def _read(line: FilledLine) -> tuple[list[str], _Answer | None]:
    """Read a line, or say all that is wrong with it."""
    faults: list[str] = []
    words = {"the household": line.household_id, "the rule": line.rule_id}
    faults += [f"{what} is missing" for what, text in words.items() if not text]
    as_of = day_in(line.as_of or "")
    if as_of is None:
        faults.append("the day of the list is missing or no day")
    result = _WORDS.get(line.result or "")
    if result is None:
        said = "is none of the list's words" if line.result else "is missing"
        choices = ", ".join(text.zh for text in RESULTS.values())
        faults.append(f"the result (核实结果) {said}; choose {choices}")
    try:
        opaque(line.by or "", "who answered (经办人编号)")
    except AntipovertyError as problem:
        faults.append(problem.message)
    on = day_in(line.on or "")
    if on is None:
        faults.append(
            f"the day (核实日期) is {'no day' if line.on else 'missing'}; write 2022-02-03"
        )
    elif as_of is not None and on < as_of:
        faults.append(f"the day (核实日期) lies before the list's, {as_of}")
    if faults or not (line.household_id and line.rule_id and line.by and as_of and on and result):
        return faults, None
    return [], _Answer(line, line.household_id, line.rule_id, as_of, result, line.by, on)


def _answered(writer: Writer, household: str, answers: Sequence[_Answer]) -> tuple[str, bool]:
    """Take the answers on one household: what became of them, and whether its case went on."""
    case = writer.case(household) or writer.book.case(household)
    flow = writer.book.workflow
    if case.joined:
        raise FieldError(f"the case was joined to {case.joined}")
    said = [fault for one in answers for fault in _stale(case, one)]
    said += _contradictions(answers)
    if said:
        raise FieldError("; ".join(dict.fromkeys(said)))
    risky = [one for one in answers if one.result == "risk"]
    nothing = [one for one in answers if one.result == "no-risk"]
    if not risky and not nothing:
        return "open", False
    if risky:
        deciding = min(risky, key=lambda one: (one.on, one.by))
    else:
        deciding = max(nothing, key=lambda one: (one.on, one.by))
    if _counted(writer.book, case, deciding):
        return "again", False
    if case.state not in (flow.alerted, flow.unverified):
        raise FieldError(
            f"the case stands at {case.state!r} since {case.entered}; a list answers what is "
            f"{flow.alerted!r} or {flow.unverified!r}"
        )
    if not risky:
        _check_all_answered(case, nothing)
    step, outcome = _way(writer.book, case, risk=bool(risky))
    needs = step.needs if outcome is None else step.outcomes[outcome].needs
    finding = {word: True for word, need in needs.items() if need is True}
    take(writer, case, step.id, deciding.by, deciding.on, finding, outcome, "")
    return "taken", True


def _stale(case: Case, one: _Answer) -> Iterator[str]:
    signal = _signal(case, one.rule)
    if signal is None:
        yield f"the case holds no signal of {quoted(one.rule)}"
    elif signal.last > one.as_of:
        yield f"{quoted(one.rule)} came again on {signal.last}; answer the newer list"
    elif one.as_of not in signal.days:
        yield (
            f"the register knows no signal of {quoted(one.rule)} of {one.as_of}; open its alerts "
            "first"
        )


def _signal(case: Case, rule: str) -> Signal | None:
    return next((one for one in case.signals if one.rule == rule), None)


def _contradictions(answers: Sequence[_Answer]) -> Iterator[str]:
    results: dict[str, set[str]] = defaultdict(set)
    for one in answers:
        results[one.rule].add(one.result)
    for rule in sorted(results):
        if len(results[rule]) > 1:
            yield f"{quoted(rule)} has two results: {', '.join(sorted(results[rule]))}"


def _counted(book: Book, case: Case, one: _Answer) -> bool:
    """Whether an answer says what the case knows already: its list came before."""
    flow = book.workflow
    on_that_day = [state for state, day in case.reached.items() if day == one.on]
    if one.result == "no-risk":
        return any(_is_nothing(book, state) for state in on_that_day)
    first = (flow.alerted, flow.unverified)
    if case.state not in first and book.is_open(case):
        return True
    verified = case.before is not None and case.before["state"] == flow.unverified
    if verified and case.state == flow.alerted and case.entered == one.on:
        return True
    return any(state not in first and not flow.state(state).closed for state in on_that_day)


def _is_nothing(book: Book, state: str) -> bool:
    """Whether a state says that somebody looked and found nothing."""
    return book.workflow.state(state).closed and state in book.workflow.detected


def _check_all_answered(case: Case, answers: Sequence[_Answer]) -> None:
    """Refuse to close a case while some signal of it is not answered."""
    answered = {one.rule for one in answers}
    left = sorted(
        f"{one.rule} ({one.department or 'a self-report'})"
        for one in case.signals
        if one.last >= case.opened and one.rule not in answered
    )
    if left:
        raise FieldError(
            f"not all signals of the case are answered with no risk: {', '.join(left)}; give the "
            "lists of all departments together, or close it by a home check"
        )


def _way(book: Book, case: Case, *, risk: bool) -> tuple[Step, str | None]:
    """The one step from where a case stands that says risk, or that says nothing was found."""
    found: list[tuple[Step, str | None]] = []
    for step in book.workflow.steps_from(case.state):
        for outcome, to in ((None, step.to), *((n, o.to) for n, o in step.outcomes.items())):
            state = book.workflow.state(to)
            if (risk and not state.closed) or (not risk and _is_nothing(book, to)):
                found.append((step, outcome))
    if len(found) != 1:
        ways = ", ".join(step.id for step, _ in found) or "none"
        raise FieldError(
            f"the workflow has not one step from {case.state!r} for this answer ({ways}); take it "
            "by itself"
        )
    return found[0]
