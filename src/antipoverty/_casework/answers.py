"""Lists that came back (清单反馈): what departments found becomes steps of cases.

A case is one household, and a line asks about one rule. Every answer is put down on its line.
Risk found by one answer is risk, and help that was given is a measure of the case; the case is
closed once it was said of every line that there is none. The step of the case is taken for
whoever may take it; the answer of others stays evidence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import attrs

from antipoverty._base.csvfiles import day_in
from antipoverty._base.days import as_day
from antipoverty._base.opaque import opaque, quoted
from antipoverty._base.provenance import words_of
from antipoverty._base.rows import refuse
from antipoverty._casework.book import Book, Writer
from antipoverty._casework.cases import Case
from antipoverty._casework.events import Event
from antipoverty._casework.handed import Line
from antipoverty._casework.steps import take
from antipoverty._policy.workflow_parts import Step
from antipoverty.errors import AntipovertyError, FieldError, phrase
from antipoverty.screening import RESULTS, FilledLine

_WORDS = words_of(RESULTS)


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
        taken: Lines whose answer was put down.
        again: Lines that were counted before.
        blank: Lines that nobody filled in.
        open: Lines on things that could not be verified: they stay on the lists.
        refused: Those not taken, each with why.
        cases: How many cases went on by it.
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

    An answer that comes late, when the case has gone on, is put down on its line and moves
    nothing. That a household has no risk moves its case once every line of it is answered so.

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
            new, stepped = _answered(writer, household, answers)
        except AntipovertyError as problem:
            refused += [
                LineRefused(one.line.place, problem.code, problem.message) for one in answers
            ]
            continue
        cases += stepped
        for one in answers:
            became = "taken" if one in new else "again"
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
        faults.append(phrase("the day of the list is missing or no day"))
    result = _WORDS.get(line.result or "")
    if result is None:
        said = "is none of the list's words" if line.result else "is missing"
        choices = ", ".join(text.zh for text in RESULTS.values())
        faults.append(
            phrase("the result (核实结果) {said}; choose {choices}", said=said, choices=choices)
        )
    try:
        opaque(line.by or "", "who answered (经办人编号)")
    except AntipovertyError as problem:
        faults.append(problem.message)
    on = day_in(line.on or "")
    if on is None:
        faults.append(
            phrase(
                "the day (核实日期) is {how}; write 2022-02-03",
                how=phrase("no day") if line.on else "missing",
            )
        )
    elif as_of is not None and on < as_of:
        faults.append(phrase("the day (核实日期) lies before the list's, {as_of}", as_of=as_of))
    if faults or not (line.household_id and line.rule_id and line.by and as_of and on and result):
        return faults, None
    return [], _Answer(line, line.household_id, line.rule_id, as_of, result, line.by, on)


def _answered(
    writer: Writer, household: str, answers: Sequence[_Answer]
) -> tuple[list[_Answer], bool]:
    """Put down the answers on one household: those that are new, and whether its case went on."""
    case = writer.case(household) or writer.book.case(household)
    if case.joined:
        raise FieldError("the case was joined to {joined}", joined=case.joined)
    said: list[str] = []
    meant: list[tuple[_Answer, Line]] = []
    for one in answers:
        line = _line_of(case, one)
        if isinstance(line, str):
            said.append(line)
        else:
            meant.append((one, line))
            said += _unaimed(writer.book, case, one)
            writer.check_day(case, "replied", one.on, household)
    said += _contradictions(meant)
    if said:
        raise FieldError("; ".join(dict.fromkeys(said)))
    new: dict[str, _Answer] = {}
    for one, line in meant:
        same = (line.answer, line.by, line.answered) == (one.result, one.by, one.on)
        if one.result != "open" and not same and line.id not in new:
            new[line.id] = one
    if not new:
        return [], False
    stepped = _step(writer, case, new)
    case = writer.case(household) or case
    as_it_is = {one.id: (one.answer, one.by, one.answered) for one in case.lines}
    groups: dict[tuple[date, str], dict[str, str]] = defaultdict(dict)
    for id_, one in new.items():
        if as_it_is[id_] != (one.result, one.by, one.on):
            groups[one.on, one.by][id_] = one.result
    for (on, by), replies in sorted(groups.items()):
        writer.on_case(household, "replied", on, by, {"lines": replies})
    for one in new.values():
        _help(writer, household, one)
    return [*new.values()], stepped


def _unaimed(book: Book, case: Case, one: _Answer) -> Iterator[str]:
    """What is wrong with the measure of an answer that says help was given."""
    given = one.line.measure
    if one.result != "helped":
        if given:
            yield phrase("a measure (帮扶措施) is named, and the result does not say 已帮扶")
        return
    risk, aimed = _aimed(book, case, one.rule)
    if given is None and len(aimed) > 1:
        yield phrase(
            "name the measure (帮扶措施) against {risk!r}: {aimed}",
            risk=risk,
            aimed=", ".join(aimed),
        )
    elif given is not None and given not in aimed:
        yield phrase(
            "{quoted} is not aimed at {risk!r} (帮扶措施); choose {aimed}",
            quoted=quoted(given),
            risk=risk,
            aimed=", ".join(aimed),
        )


def _aimed(book: Book, case: Case, rule: str) -> tuple[str, tuple[str, ...]]:
    """The risk that a rule speaks of, and the measures aimed at it."""
    risk = next((each.risk for each in case.signals if each.rule == rule), "other")
    return risk, book.workflow.risk(risk).measures


def _help(writer: Writer, household: str, one: _Answer) -> None:
    """Put down the measure of an answer, while the case is open (帮扶措施)."""
    case = writer.case(household)
    flow = writer.book.workflow
    if one.result != "helped" or case is None or not writer.book.is_open(case):
        return
    if case.state not in flow.decided and flow.green_channel is None:
        return
    risk, aimed = _aimed(writer.book, case, one.rule)
    data = {"measure": one.line.measure or aimed[0], "risk": risk}
    writer.on_case(household, "helped", one.on, one.by, data)


def _line_of(case: Case, one: _Answer) -> Line | str:
    """The line that an answer is about, or why there is none."""
    signal = next((each for each in case.signals if each.rule == one.rule), None)
    if signal is None:
        return phrase("the case holds no signal of {quoted}", quoted=quoted(one.rule))
    if one.on < signal.last and one.as_of < signal.last:
        return phrase(
            "{quoted} came again on {last}; answer the newer list",
            quoted=quoted(one.rule),
            last=signal.last,
        )
    mine = [each for each in case.lines if each.rule == one.rule and each.out <= one.as_of]
    if one.line.line is not None:
        mine = [each for each in case.lines if each.id == one.line.line and each.rule == one.rule]
        if not mine:
            return phrase(
                "the case has no line of that id (清单编号); answer the list it stands on"
            )
    elif one.as_of not in signal.days or not mine:
        return phrase(
            "the register knows no signal of {quoted} of {as_of}; open its alerts first",
            quoted=quoted(one.rule),
            as_of=one.as_of,
        )
    line = mine[-1]
    if line.answered is not None and one.on < line.answered:
        return phrase(
            "{quoted} was answered later, on {answered}",
            quoted=quoted(one.rule),
            answered=line.answered,
        )
    return line


def _contradictions(meant: Sequence[tuple[_Answer, Line]]) -> Iterator[str]:
    results: dict[str, set[str]] = defaultdict(set)
    rules = {line.id: line.rule for _, line in meant}
    for one, line in meant:
        results[line.id].add(one.result)
    for id_, found in results.items():
        if len(found) > 1:
            yield phrase(
                "{quoted} has two results: {found}",
                quoted=quoted(rules[id_]),
                found=", ".join(sorted(found)),
            )


def _step(writer: Writer, case: Case, new: Mapping[str, _Answer]) -> bool:
    """Take the step that answers lead to, if who answered may take it."""
    flow = writer.book.workflow
    if case.state not in (flow.alerted, flow.unverified):
        return False
    order = sorted(new.values(), key=lambda one: (one.on, one.by))
    risky = [one for one in order if one.result in ("confirmed", "helped")]
    if not risky:
        said = {id_: one.result for id_, one in new.items()}
        lines = [one for one in case.lines if one.ended is None and one.out >= case.opened]
        results = {said.get(one.id, one.answer) for one in lines} - {"not-ours"}
        if results != {"refuted"}:
            return False
        order = [one for one in reversed(order) if one.result == "refuted"]
    way = _way(writer.book, case, risk=bool(risky))
    if way is None:
        return False
    step, outcome = way
    able = [one for one in (risky or order) if (one.by.rpartition("-")[0] or one.by) in step.by]
    if not able:
        return False
    needs = step.needs if outcome is None else step.outcomes[outcome].needs
    finding = {word: True for word, need in needs.items() if need is True}
    take(writer, case, step.id, able[0].by, able[0].on, finding, outcome, "")
    return True


def _way(book: Book, case: Case, *, risk: bool) -> tuple[Step, str | None] | None:
    """The one step from where a case stands that says risk, or that says nothing was found."""
    found: list[tuple[Step, str | None]] = []
    for step in book.workflow.steps_from(case.state):
        for outcome, to in ((None, step.to), *((n, o.to) for n, o in step.outcomes.items())):
            state = book.workflow.state(to)
            nothing = state.closed and to in book.workflow.detected
            if (risk and not state.closed) or (not risk and nothing):
                found.append((step, outcome))
    return found[0] if len(found) == 1 else None


def acknowledge_lines(
    book: Book, lines: Iterable[FilledLine], *, on: date, by: str
) -> tuple[Book, tuple[Event, ...]]:
    """Record that lines of a list were taken (签收), as the list came back; again changes nothing.

    What is answered or withdrawn already is left as it is.

    Raises:
        InvalidFileError: Lines that the register does not know, all of them; nothing is taken.
    """
    on = as_day(on)
    opaque(by, "who acknowledges")
    problems: list[AntipovertyError] = []
    wanted: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in lines:
        case = book.cases.get(one.household_id or "")
        line = next((each for each in case.lines if each.id == one.line), None) if case else None
        if case is None or line is None:
            problems.append(FieldError("{place}: the register has no such line", place=one.place))
        elif line.is_open and line.taken is None and line.out <= on:
            mine = wanted[case.id, line.department]
            mine += [] if line.id in mine else [line.id]
    refuse(problems, "the list cannot be taken")
    writer = Writer(book)
    for (household, department), ids in sorted(wanted.items()):
        data = {"department": department, "lines": ids}
        writer.on_case(household, "acknowledged", on, by, data)
    return writer.result()
