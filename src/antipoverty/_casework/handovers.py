"""The lists that are handed over (清单交办): stock and delta, as the register has them; counts.

A screening and the register hand over the same lines: each has one id, from the day it went
out until its signal ends. What a closing has answered is on no list.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Literal

import attrs
import polars as pl

from antipoverty._base.days import as_day, days
from antipoverty._base.frozen import Frozen
from antipoverty._casework.book import Book
from antipoverty._casework.cases import Case, Signal
from antipoverty._casework.handed import Line
from antipoverty._casework.lists import check_choice, filed_under
from antipoverty.codes import Level
from antipoverty.errors import InvalidArgumentError
from antipoverty.model import AreaTree
from antipoverty.periods import Period
from antipoverty.scoring import Kind
from antipoverty.screening import listed_for, write_lists

Change = Literal["new", "changed", "standing", "withdrawn"]


@attrs.frozen
class HandedLine:
    """A line of a list on a day, with the household it is about.

    Attributes:
        id: The line's own id.
        household_id: The household.
        area: Where it is.
        rule: The rule.
        department: Whose list it stands on.
        kind: ``alert``, ``question`` or ``report``.
        out: The day it went out.
        days: The days on which its signal came while it was to be answered.
        facts: The facts that would settle a question, as they were told last.
        state: ``out``, ``taken``, ``answered`` or ``withdrawn`` on the day.
        answer: What was answered by then, or empty.
        by: Who answered.
        answered: The day of the answer, or ``None``.
        due: The last day in time for an answer; ``None`` where the workflow has no limit.
        late: How many days it is over that without an answer; 0 for one in time.
        change: ``new``, ``changed`` or ``withdrawn`` since the list before, or ``standing``.
    """

    id: str
    household_id: str
    area: str
    rule: str
    department: str
    kind: str
    out: date
    days: tuple[date, ...]
    facts: tuple[str, ...]
    state: str
    answer: str
    by: str
    answered: date | None
    due: date | None
    late: int
    change: Change


@days
def lines(
    book: Book,
    *,
    as_of: date,
    since: date | None = None,
    department: str | None = None,
    area: str = "",
    areas: AreaTree | None = None,
    every: bool = False,
) -> tuple[HandedLine, ...]:
    """List what is handed over: the lines that are to be answered, and what changed.

    Args:
        book: The book.
        as_of: The day; lines stand as they did then, however much later it is asked.
        since: The day of the list before. With it a line is ``new``, ``changed`` or
            ``standing`` since then, and those of that list whose signal ended are told as
            ``withdrawn``; without it all are new.
        department: Only those of this department.
        area: Only those in this area.
        areas: The areas; with them also what was filed under a code that ended is listed.
        every: Whether also lines that were answered or withdrawn are told.

    Raises:
        InvalidArgumentError: There is no such department.
        InvalidCodeError: The area is none.
    """
    as_of = as_day(as_of)
    check_choice(book, area=area, department=department)
    filed = filed_under(area, areas, as_of)
    found = []
    limit = book.workflow.handover

    @functools.cache
    def due(out: date) -> date | None:
        return limit.limit.due(out, book.calendar) if limit else None

    for case in book.cases.values():
        if not case.lines or not filed.holds(case.area):
            continue
        for line in case.lines:
            if line.out > as_of or (department is not None and line.department != department):
                continue
            told = _told(case, line, due(line.out), as_of, since)
            gone = since is not None and told.change == "withdrawn"
            if every or gone or told.state in ("out", "taken"):
                found.append(told)
    order = attrgetter("department", "area", "household_id", "id")
    return tuple(sorted(found, key=order))


def _told(case: Case, line: Line, due: date | None, as_of: date, since: date | None) -> HandedLine:
    answered = line.answered is not None and line.answered <= as_of
    ended = line.ended is not None and line.ended <= as_of
    taken = line.taken is not None and line.taken <= as_of
    state = "answered" if answered else "withdrawn" if ended else "taken" if taken else "out"
    waiting = state in ("out", "taken")
    change: Change = "new"
    if ended and not answered:
        change = "withdrawn" if since is None or _after(line.ended, since) else "standing"
    elif since is not None and line.out <= since:
        changed = _after(line.changed, since) and not _after(line.changed, as_of)
        change = "changed" if changed else "standing"
    signal = next((one for one in case.signals if one.rule == line.rule), None)
    return HandedLine(
        line.id,
        case.id,
        case.area,
        line.rule,
        line.department,
        line.kind,
        line.out,
        tuple(_days(line, signal, as_of)),
        signal.facts if signal else (),
        state,
        line.answer if answered else "",
        line.by if answered else "",
        line.answered if answered else None,
        due,
        max((as_of - due).days, 0) if due and waiting else 0,
        change,
    )


def _after(day: date | None, other: date) -> bool:
    return day is not None and day > other


def _days(line: Line, signal: Signal | None, as_of: date) -> Iterator[date]:
    """The days on which the signal of a line came while it was to be answered."""
    over = min((day for day in (line.ended, line.answered) if day is not None), default=None)
    for day in signal.days if signal else (line.out,):
        if line.out <= day <= as_of and (day == line.out or over is None or day < over):
            yield day


@days
def write_handovers(
    book: Book,
    folder: str | Path,
    *,
    as_of: date,
    since: date | None = None,
    form: Literal["csv", "xlsx"] = "csv",
    areas: AreaTree | None = None,
) -> dict[str, Path]:
    """Write the lists of all departments from the register, stock and delta side by side.

    Args:
        book: The book.
        folder: Where to write: ``stock/`` holds all that is to be answered; ``changes/``,
            written with ``since``, what is new, changed or withdrawn since the list before.
        as_of: The day.
        since: The day of the list before.
        form: ``csv``, or ``xlsx``, which needs the extra ``excel``.
        areas: The areas, for their names.

    Returns:
        The file of each department that has a line, such as ``stock/education``.
    """
    every = lines(book, as_of=as_of, since=since)
    parts = {"stock": [one for one in every if one.state in ("out", "taken")]}
    if since is not None:
        parts["changes"] = [one for one in every if one.change != "standing"]
    current = book.pack.on(as_of)
    written: dict[str, Path] = {}
    for part, mine in parts.items():
        of: dict[str, list[HandedLine]] = defaultdict(list)
        for one in mine:
            of[one.department].append(one)

        def listed(department: str, of: Mapping[str, list[HandedLine]] = of) -> pl.DataFrame:
            return listed_for(current, department, *_frames(of.get(department, [])))

        files = write_lists(listed, current, areas, Path(folder) / part, form)
        written |= {f"{part}/{department}": path for department, path in files.items()}
    return written


def _frames(listed: list[HandedLine]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines as the answers, and the missing facts, that a list is written from."""
    verdict = {"alert": "warn", "question": "undecided"}
    rows = [
        (one.household_id, one.area, one.rule, verdict[one.kind], one.id, one.change)
        for one in listed
        if one.kind in verdict
    ]
    facts = [(one.household_id, one.rule, fact) for one in listed for fact in one.facts]
    names = ("household_id", "area", "rule_id", "verdict", "line", "change")
    return (
        pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row"),
        pl.DataFrame(
            facts,
            schema=dict.fromkeys(("household_id", "rule_id", "fact"), pl.String),
            orient="row",
        ),
    )


@attrs.frozen
class LineFigures:
    """How many items were handed over in a period, and what became of them (清单交办情况).

    Attributes:
        key: The department or the area.
        items: How many items went out: a line counts in each list that it stood on.
        different: How many different lines these were.
        departments: To how many departments.
        taken: How many of the different lines were taken.
        answered: How many were answered.
        late: How many of those after their limit.
        withdrawn: How many ended without an answer.
        overdue: How many are over their limit without an answer.
    """

    key: str
    items: int
    different: int
    departments: int
    taken: int
    answered: int
    late: int
    withdrawn: int
    overdue: int

    @property
    def kind(self) -> Kind:
        """A line stands on the lists of several months: they do not add up."""
        return "distinct"

    @property
    def figures(self) -> Mapping[str, tuple[int, int]]:
        """What `statistics` hands on: each indicator's numerator and denominator."""
        return Frozen(
            {
                "lines-answered": (self.answered, self.different),
                "lines-overdue": (self.overdue, self.different),
            }
        )


@days
def line_figures(
    book: Book, *, period: Period, as_of: date | None = None, by: str = "department"
) -> tuple[LineFigures, ...]:
    """Count what was handed over in a period: items, different items, answered, overdue.

    Args:
        book: The book.
        period: The period in which lines stood on lists.
        as_of: The day until which answers count; the period's last by default.
        by: ``department``, the level of an area, or ``all`` for one line of totals.

    Raises:
        InvalidArgumentError: It is counted by none of these.
    """
    levels = {level.value: level.digits for level in Level}
    if by not in ("department", "all", *levels):
        raise InvalidArgumentError("lines are counted by department, by a level of area, or all")
    until = period.last if as_of is None else as_day(as_of)
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * 7)
    whose: dict[str, set[str]] = defaultdict(set)
    for one in lines(book, as_of=until, every=True):
        items = sum(day in period for day in one.days)
        if not items:
            continue
        key = {"department": one.department, "all": ""}.get(by)
        key = one.area[: levels[by]] if key is None else key
        whose[key] |= {one.department} - {""}
        case = book.cases[one.household_id]
        taken = next(line.taken for line in case.lines if line.id == one.id)
        answered = one.state == "answered"
        found = (
            items,
            1,
            taken is not None and taken <= until,
            answered,
            answered and one.due is not None and _after(one.answered, one.due),
            one.state == "withdrawn",
            one.late > 0,
        )
        counts[key] = [before + int(more) for before, more in zip(counts[key], found, strict=True)]
    found_for = []
    for key in sorted(counts):
        items, different, taken_, answered_, late, withdrawn, overdue = counts[key]
        found_for.append(
            LineFigures(
                key, items, different, len(whose[key]), taken_, answered_, late, withdrawn, overdue
            )
        )
    return tuple(found_for)
