"""Inspections in the form of lines (抽查结果清单): out with the draw, back with what was found.

Every village or household drawn is a line, and so is each open problem that was listed there
before: whoever goes there looks at it again. "Nothing found" is an answer, and no silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Literal

import attrs

from antipoverty._base.csvfiles import day_in
from antipoverty._base.days import days
from antipoverty._base.frozen import Frozen
from antipoverty._base.opaque import opaque
from antipoverty._base.provenance import Text, words_of
from antipoverty._casework.answers import LineRefused
from antipoverty._casework.book import Book, Writer
from antipoverty._casework.cases import Problem
from antipoverty._casework.events import Event
from antipoverty._casework.problems import list_problem, places, source_line
from antipoverty._casework.steps import take
from antipoverty.errors import AntipovertyError, FieldError, IllegalStepError, phrase
from antipoverty.sampling import Outcome, Outcomes, Receipt, Supplement, outcomes

Kind = Literal["village", "household", "problem"]
FOUND, NOTHING, CLEARED, STANDING, OPEN = "found", "nothing", "cleared", "standing", "open"
INSPECTED: Mapping[str, Text] = Frozen(
    {
        FOUND: Text("发现问题", "problem found"),
        NOTHING: Text("未发现问题", "nothing found"),
        CLEARED: Text("已整改到位", "problem repaired"),
        STANDING: Text("未整改到位", "problem stands"),
        OPEN: Text("未能检查", "could not be inspected"),
    }
)
"""What may be answered to a line: the first two to a place drawn, the next two to a problem."""
_WORDS = words_of(INSPECTED)


@attrs.frozen
class InspectionLine:
    """One thing to look at in a round (抽查清单).

    Attributes:
        id: Its own id.
        kind: ``village``, ``household``, or ``problem``: one that was listed there before.
        unit: The village's code, the household's id, or the problem's.
        area: Where it is.
        receipt: The digest of the receipt that drew the place.
        period: The period of the round, as written.
    """

    id: str
    kind: Kind
    unit: str
    area: str
    receipt: str
    period: str


@attrs.frozen
class FilledInspection:
    """One line that came back, as it is written.

    Attributes:
        place: Where it stands, as messages say it.
        line: The id of the line.
        kind: The kind of line; ``None`` for an empty cell, as are all others.
        unit: What was looked at.
        receipt: The digest of the receipt.
        result: What was found.
        by: Who looked.
        on: When.
        problems: The ids of what was found, parted by ``;``; the line's own id without one.
    """

    place: str
    line: str | None
    kind: str | None
    unit: str | None = attrs.field(repr=False)
    receipt: str | None
    result: str | None = attrs.field(repr=False)
    by: str | None = attrs.field(repr=False)
    on: str | None = attrs.field(repr=False)
    problems: str | None = attrs.field(repr=False)

    @property
    def blank(self) -> bool:
        """Whether nobody has filled anything in."""
        return not (self.result or self.by or self.on or self.problems)

    @property
    def names(self) -> tuple[str, ...]:
        """The problems that it may be about: those it names, its own, the one looked at."""
        ids = (self.problems or "").replace("；", ";").split(";")
        every = (*(one.strip() for one in ids), self.line or "", self.unit or "")
        return tuple(dict.fromkeys(one for one in every if one))


@attrs.frozen
class InspectionAnswers:
    """What became of every line that came back; the counts add up to the lines.

    Attributes:
        lines: How many lines came.
        taken: Those whose answer was put down.
        again: Those that were counted before.
        blank: Those that nobody filled in.
        open: Those on what could not be inspected.
        refused: Those not taken, each with why.
        listed: The ids of the problems that were listed newly.
        moved: The ids of earlier problems that went on by it.
        outcomes: The results of the round so far, for publication.
    """

    lines: int
    taken: int
    again: int
    blank: int
    open: int
    refused: tuple[LineRefused, ...]
    listed: tuple[str, ...]
    moved: tuple[str, ...]
    outcomes: Outcomes


def inspection_lines(
    receipt: Receipt, *, supplements: Iterable[Supplement] = (), book: Book | None = None
) -> tuple[InspectionLine, ...]:
    """List what is to be looked at in a round: places drawn, and open problems there.

    Args:
        receipt: The receipt of the round.
        supplements: Its supplements: what they replaced is left out.
        book: The book, for the problems that were listed in these places before.
    """
    given = [*supplements]
    where = places(receipt, given)
    every = outcomes(receipt, (), as_of=receipt.period.first, supplements=given)
    units = [one.unit for one in every.units if one.result == "open"]
    kind: Kind = "household" if receipt.design.listed else "village"
    found = [_line(receipt, kind, str(unit), where[unit]) for unit in units]
    for unit in units if book is not None else ():
        found += [
            _line(receipt, "problem", one.id, one.area)
            for one in sorted(book.problems.values(), key=lambda one: one.id)  # type: ignore[union-attr]
            if book is not None and book.is_open(one) and _lies_in(one, str(unit))
        ]
    return tuple(found)


def _line(receipt: Receipt, kind: Kind, unit: str, area: str) -> InspectionLine:
    id_ = source_line(receipt, unit)
    return InspectionLine(id_, kind, unit, str(area), receipt.digest, str(receipt.period))


def _lies_in(problem: Problem, unit: str) -> bool:
    return problem.unit == unit or problem.area.startswith(unit)


@attrs.frozen
class _Said:
    """A line that can be read."""

    line: FilledInspection
    id: str
    unit: str
    result: str
    by: str
    on: date | None
    problems: tuple[str, ...]


@days
def answer_inspection(
    book: Book,
    receipt: Receipt,
    lines: Iterable[FilledInspection],
    *,
    as_of: date,
    supplements: Iterable[Supplement] = (),
    earlier: Outcomes | None = None,
) -> tuple[Book, tuple[Event, ...], InspectionAnswers]:
    """Take what inspectors found; a file delivered twice counts once.

    What was found is listed with receipt and line as its source. A problem that was looked at
    again says so, and goes on where an inspector may take that step.

    Args:
        book: The book.
        receipt: The receipt of the round.
        lines: What came back, as `read_inspection` reads it.
        as_of: The day.
        supplements: The supplements of the receipt.
        earlier: The results of the round that were published before.

    Returns:
        The next book, the events, and what became of every line.

    Raises:
        InvalidOutcomesError: The earlier results are not of this round.
    """
    every, given = [*lines], [*supplements]
    taking = _Taking(book, receipt, given, as_of, earlier)
    for line in every:
        taking.take(line)
    told = outcomes(receipt, taking.told.values(), as_of=as_of, supplements=given)
    count = taking.count
    report = InspectionAnswers(
        len(every), count["taken"], count["again"], count["blank"], count["open"],
        tuple(taking.refused), tuple(taking.listed), tuple(taking.moved), told,
    )  # fmt: skip
    return taking.book, tuple(taking.events), report


class _Taking:
    """Lines taken one after the other."""

    def __init__(
        self,
        book: Book,
        receipt: Receipt,
        supplements: list[Supplement],
        as_of: date,
        earlier: Outcomes | None,
    ) -> None:
        self.book, self.receipt, self.as_of = book, receipt, as_of
        self.supplements = supplements
        self.where = places(receipt, supplements)
        before = earlier.units if earlier is not None else ()
        self.told = {str(one.unit): one for one in before if one.result == "visited"}
        outcomes(receipt, self.told.values(), as_of=as_of, supplements=supplements)
        self.events: list[Event] = []
        self.refused: list[LineRefused] = []
        self.listed: list[str] = []
        self.moved: list[str] = []
        self.count = dict.fromkeys(("taken", "again", "blank", "open"), 0)

    def take(self, line: FilledInspection) -> None:
        """Take one line, or say why not."""
        if line.blank:
            self.count["blank"] += 1
            return
        try:
            said = _read(line, self.receipt)
            if said.result == OPEN:
                self.count["open"] += 1
                return
            new = self._problem(said) if line.kind == "problem" else self._place(said)
        except AntipovertyError as problem:
            why = "; ".join(str(one) for one in getattr(problem, "problems", ())) or problem.message
            self.refused.append(LineRefused(line.place, problem.code, why))
            return
        self.count["taken" if new else "again"] += 1

    def _place(self, said: _Said) -> bool:
        if said.result not in (FOUND, NOTHING):
            raise FieldError("that is said of a problem; of a place say 发现问题 or 未发现问题")
        outcome = Outcome(said.unit, "visited", said.on, office=said.by, problems=said.problems)
        outcomes(self.receipt, [outcome], as_of=self.as_of, supplements=self.supplements)
        before = self.told.get(said.unit)
        if before is not None and before != outcome:
            raise FieldError("the place has another result already; which holds must be said")
        book = self.book
        events: list[Event] = []
        for problem in said.problems:
            book, more = list_problem(
                book, problem, area=str(self.where[said.unit]), origin="spot-check",
                on=said.on or self.as_of, by=said.by, reference=self.receipt.digest,
                unit=said.unit, line=said.id,
            )  # fmt: skip
            self.listed += [problem] if more else []
            events += more
        self.book, self.told[said.unit] = book, outcome
        self.events += events
        return before is None

    def _problem(self, said: _Said) -> bool:
        if said.result not in (CLEARED, STANDING):
            raise FieldError("that is said of a place; of a problem say 已整改到位 or 未整改到位")
        problem, on = self.book.problem(said.unit), said.on or self.as_of
        if not any(_lies_in(problem, unit) for unit in self.where):
            raise FieldError("the problem lies in no place that this round drew")
        if not self.receipt.period.first <= on <= self.as_of:
            raise FieldError("{on} lies outside the round", on=on)
        look = next((one for one in problem.looks if one.line == said.id), None)
        if look is not None:
            if (look.result, look.by, look.on) != (said.result, said.by, on):
                raise FieldError("the problem has another result already; which holds must be said")
            return False
        writer = Writer(self.book)
        writer.on_problem(
            problem.id, "looked", on, said.by, {"line": said.id, "result": said.result}
        )
        if self._goes_on(writer, problem, said, on):
            self.moved.append(problem.id)
        self.book, more = writer.result()
        self.events += more
        return True

    def _goes_on(self, writer: Writer, problem: Problem, said: _Said, on: date) -> bool:
        """Take the step that ends a problem, or sends it back, where an inspector may."""
        flow = self.book.rectification
        role = said.by.rpartition("-")[0] or said.by
        for step in flow.steps_from(problem.state):
            if role not in step.by or not flow.state(step.to).closed:
                continue
            ends = said.result == CLEARED
            back = next((n for n, o in step.outcomes.items() if not flow.state(o.to).closed), None)
            if not ends and back is None:
                continue
            needs = step.needs if ends or back is None else step.outcomes[back].needs
            finding = {
                word: True if need is True else said.id
                for word, need in needs.items()
                if need in (True, "reference")
            }
            now = writer.problem(problem.id) or problem
            try:
                take(writer, now, step.id, said.by, on, finding, None if ends else back, "")
            except IllegalStepError:  # such as like cases that are open: the look stands alone
                return False
            return True
        return False


def _read(line: FilledInspection, receipt: Receipt) -> _Said:
    """Read a line.

    Raises:
        FieldError: All that is wrong with it.
    """
    faults = [*_unlike(line, receipt)]
    result = _WORDS.get(line.result or "")
    if result is None:
        said = "is none of the list's words" if line.result else "is missing"
        words = ", ".join(text.zh for text in INSPECTED.values())
        faults.append(
            phrase("the result (检查结果) {said}; choose {words}", said=said, words=words)
        )
    try:
        opaque(line.by or "", "who looked (检查人编号)")
    except AntipovertyError as problem:
        faults.append(problem.message)
    on = day_in(line.on or "")
    if on is None and result != OPEN:
        faults.append(
            phrase("the day (检查日期) is {how}", how=phrase("no day") if line.on else "missing")
        )
    ids = tuple(one.strip() for one in (line.problems or "").replace("；", ";").split(";"))
    named = tuple(dict.fromkeys(one for one in ids if one))
    if named and result != FOUND:
        faults.append(phrase("problems are named, and the result does not say that any was found"))
    if faults or result is None or line.line is None or line.unit is None:
        raise FieldError("; ".join(faults))
    found = named or ((line.line,) if result == FOUND else ())
    return _Said(line, line.line, line.unit, result, line.by or "", on, found)


def _unlike(line: FilledInspection, receipt: Receipt) -> Iterator[str]:
    """What shows that a line is not one of this round."""
    if line.receipt != receipt.digest:
        yield "it is a line of another receipt (抽签回执)"
    elif not line.unit:
        yield "it does not say what was looked at"
    elif line.line != source_line(receipt, line.unit):
        yield "the round has no line of that id (抽查编号)"
    if line.kind not in ("village", "household", "problem"):
        yield "the kind of line (类别) is missing or unknown"
