"""Problems are listed, extended to like cases (举一反三), and counted down to zero (清零)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import attrs
import narwhals as nw

from antipoverty._base.days import as_day, days
from antipoverty._base.frozen import Frozen
from antipoverty._base.opaque import nothing_personal, opaque, quoted
from antipoverty._casework.arguments import checked
from antipoverty._casework.book import Book, Changed, Writer
from antipoverty._casework.cases import Problem
from antipoverty._casework.events import Event
from antipoverty.codes import AreaCode, Level
from antipoverty.conditions import parse
from antipoverty.errors import ConditionError, IllegalStepError, InvalidArgumentError, one_of
from antipoverty.rules import Rule, Source, Text
from antipoverty.sampling import Outcomes, Receipt, Supplement
from antipoverty.scoring import Kind
from antipoverty.screening import Tables, line_id, screen

_CONSTANT = re.compile(r"""'[^']*'|"[^"]*"|\d+""")


@checked
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
    unit: str = "",
    line: str = "",
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
        unit: The unit drawn at which a visit found it.
        line: The line of the inspection list on which it was reported.

    Raises:
        ConditionError: The condition cannot be read against the pack's model.
        IllegalStepError: Another problem has the id.
        PersonalValueError: A text may hold something personal.
    """
    on = as_day(on)
    for what, text in (("the id", problem_id), ("the origin", origin), ("who lists it", by)):
        opaque(text, what)
    if reference:
        opaque(reference, "the reference")
    if unit:
        opaque(unit, "the unit drawn", household=True)
    if line:
        opaque(line, "the line")
    if condition:
        condition = _like(condition, book)
    place = str(AreaCode(area))
    before = book.problems.get(problem_id)
    if before is not None:
        if (before.area, before.origin, before.condition) != (place, origin, condition):
            raise IllegalStepError(
                "problem {problem_id} is listed already, with other content", problem_id=problem_id
            )
        return book, ()
    data = {
        "area": place,
        "to": book.rectification.alerted,
        "origin": origin,
        "reference": reference,
        "condition": condition,
        **({"unit": unit} if unit else {}),
        **({"line": line} if line else {}),
    }
    writer = Writer(book)
    writer.on_problem(problem_id, "listed", on, by, data)
    return writer.result()


def _like(condition: str, book: Book) -> str:
    """A condition as the language writes it; one that cannot be read may hold anything."""
    try:
        found = str(parse(condition, book.pack.schema))
    except ConditionError:
        nothing_personal(condition, "the condition")
        if not condition.isascii():
            raise InvalidArgumentError(
                "the condition cannot be read, and is not repeated, since names may stand in it; "
                "facts are written in Latin letters"
            ) from None
        raise
    for constant in _CONSTANT.findall(found):
        nothing_personal(constant, "a text of the condition")
    return found


def list_found(
    book: Book,
    published: Outcomes,
    receipt: Receipt,
    *,
    by: str,
    supplements: Iterable[Supplement] = (),
) -> Changed:
    """Put what was found on the visits of a round on the rectification list.

    Each problem refers to the receipt that drew the place, so that nobody can say later
    that somebody chose where to look. What is listed already changes nothing.

    Args:
        book: The book.
        published: The outcomes of the round, which name what was found where.
        receipt: The receipt of the round.
        by: Who lists it.
        supplements: The supplements of the receipt, where households were drawn.

    Raises:
        IllegalStepError: Another problem has an id.
        InvalidArgumentError: The outcomes are of another receipt, or of units that it did
            not draw, or one of them was altered.
    """
    events: tuple[Event, ...] = ()
    for one in found_on_visits(published, receipt, supplements):
        book, more = list_problem(book, one.problem, by=by, **one.listed)
        events += more
    return book, events


@attrs.frozen
class Found:
    """A problem that was found on a visit, as `list_problem` takes it."""

    problem: str
    area: str
    on: date
    receipt: str
    unit: str = ""
    line: str = ""

    @property
    def listed(self) -> dict[str, Any]:
        """Where it was found, when, and by which draw."""
        return {
            "area": self.area,
            "origin": "spot-check",
            "on": self.on,
            "reference": self.receipt,
            "unit": self.unit,
            "line": self.line,
        }


def found_on_visits(
    published: Outcomes, receipt: Receipt, supplements: Iterable[Supplement] = ()
) -> list[Found]:
    """What was found on the visits of a round, visit by visit.

    Raises:
        InvalidArgumentError: See `list_found`.
    """
    if published.receipt != receipt.digest or not (published.intact and receipt.intact):
        raise InvalidArgumentError("the outcomes are not those of the receipt, or were altered")
    place = places(receipt, supplements)
    found: list[Found] = []
    for outcome in published.units:
        for problem in outcome.problems:
            if outcome.unit not in place or outcome.on is None:
                raise InvalidArgumentError("something was found where nobody was sent or went")
            where, unit = place[outcome.unit], str(outcome.unit)
            line = source_line(receipt, unit)
            found.append(Found(problem, where, outcome.on, receipt.digest, unit, line))
    return found


def source_line(receipt: Receipt, unit: str) -> str:
    """The id of the line on which a round says what was found at a unit."""
    return line_id(unit, receipt.digest, receipt.period.first)


def places(receipt: Receipt, supplements: Iterable[Supplement] = ()) -> Mapping[str, str]:
    """Where each unit drawn is: a village is itself, a household lies in the stratum's."""
    found: dict[str, str] = {}
    for one in (*receipt.strata, *(inner for each in supplements for inner in each.strata)):
        listed = receipt.design.listed
        found |= {pick.unit: one.stratum if listed else pick.unit for pick in one.picks}
    return found


@checked
def extend(book: Book, problem_id: str, households: Iterable[str], *, on: date, by: str) -> Changed:
    """Put down the other households a problem holds for (举一反三); known ones change nothing.

    That none was found is put down too, the first time.

    Raises:
        IllegalStepError: The problem was listed later.
        PersonalValueError: A household's id looks like a personal value.
        UnknownCaseError: There is no such problem.
    """
    on = as_day(on)
    problem = book.problem(problem_id)
    opaque(by, "who looked for them")
    if on < problem.opened:
        raise IllegalStepError(
            "problem {problem_id}: {on} lies before {opened}",
            problem_id=problem_id,
            on=on,
            opened=problem.opened,
        )
    new = sorted(
        {opaque(one, "a household's id", household=True) for one in households} - {*problem.like}
    )
    if not new and problem.sought is not None:
        return book, ()
    writer = Writer(book)
    ids = [line_id(one, problem_id, on) for one in new]
    writer.on_problem(problem_id, "extended", on, by, {"households": new, "ids": ids})
    return writer.result()


LIKE_ANSWERS = ("repaired", "refuted")
"""What becomes of a like case (举一反三): it was repaired too, or it is not so there."""


@checked
def follow_like(
    book: Book, problem_id: str, households: Iterable[str], *, answer: str, on: date, by: str
) -> Changed:
    """Put down what became of like cases, each by itself, until none is open (清零).

    The same again changes nothing.

    Args:
        book: The book.
        problem_id: The problem.
        households: Those that were followed up.
        answer: ``repaired`` or ``refuted``.
        on: The day.
        by: Who looked: a role of the rectification register.

    Raises:
        IllegalStepError: One is no like case of the problem, or became one later; or this
            role has nothing to do in the register.
        InvalidArgumentError: It is neither answer.
        UnknownCaseError: There is no such problem.
    """
    on = as_day(on)
    problem = book.problem(problem_id)
    one_of(answer, LIKE_ANSWERS, "answer to a like case")
    opaque(by, "who looked")
    role = by.rpartition("-")[0] or by
    if role not in book.rectification.roles:
        raise IllegalStepError(
            "problem {problem_id}: {role!r} has no step in the register",
            problem_id=problem_id,
            role=role,
        )
    said: dict[str, str] = {}
    for household in sorted({*households}):
        line = next((one for one in problem.lines if one.household == household), None)
        if line is None or on < line.out:
            why = "no like case of it" if line is None else f"one since {line.out} only"
            raise IllegalStepError(
                "problem {problem_id}: {quoted} is {why}",
                problem_id=problem_id,
                quoted=quoted(household),
                why=why,
            )
        if (line.answer, line.by, line.answered) != (answer, by, on):
            said[line.id] = answer
    if not said:
        return book, ()
    writer = Writer(book)
    writer.on_problem(problem_id, "replied", on, by, {"lines": said})
    return writer.result()


@days
def like_cases(
    problem: Problem, book: Book, tables: Tables[Any], *, as_of: date
) -> tuple[str, ...]:
    """Find the other households for which a problem's condition holds (举一反三).

    Args:
        problem: One that carries a condition.
        book: The book it is in; its pack gives the parameters.
        tables: The households and their rows.
        as_of: The day.

    Returns:
        The ids of the households, sorted. Those for which a fact is missing are left out:
        ask for `screen` with the condition to see them.

    Raises:
        InvalidArgumentError: The problem carries no condition.
    """
    if not problem.condition:
        raise InvalidArgumentError("problem {id} carries no condition", id=problem.id)
    pack = book.pack
    rule = Rule(
        id="like-cases",
        title=Text("举一反三", "like cases"),
        department=next(iter(pack.departments)),
        when=parse(problem.condition, pack.schema),
        source=Source(Text("问题整改库", "the rectification register")),
        since=date.min,
    )
    asked = pack.evolve(rules=[rule], judgements=())
    screening = screen(tables, asked, as_of=as_of)
    alerts = nw.from_native(screening.alerts).lazy().collect("polars")
    warned = alerts.filter(nw.col("verdict") == "warn")["household_id"].to_list()
    return tuple(sorted(warned))


@attrs.frozen
class Progress:
    """How far the problems of an area, or of a department, are from zero (清零进度).

    Attributes:
        key: The area or department.
        listed: How many were listed.
        zeroed: How many of them were brought to zero.
        overdue: How many are over their limit.
        like: How many like cases they were extended to.
        like_open: How many of those nobody has followed up yet.
    """

    key: str
    listed: int
    zeroed: int
    overdue: int
    like: int = 0
    like_open: int = 0

    @property
    def open(self) -> int:
        """How many are not yet zeroed."""
        return self.listed - self.zeroed

    @property
    def kind(self) -> Kind:
        """Its figures are as of a day."""
        return "stock"

    @property
    def figures(self) -> Mapping[str, tuple[int, int]]:
        """What `statistics` hands on: each indicator's numerator and denominator."""
        return Frozen(
            {"zeroed": (self.zeroed, self.listed), "overdue": (self.overdue, self.listed)}
        )


def progress(book: Book, *, as_of: date, level: Level | str | None = None) -> tuple[Progress, ...]:
    """Count problems by area of a level, or, without one, by department.

    A problem of a larger area than the level counts in none of its areas. One that nobody
    was given yet is under the department ``""``.

    Raises:
        InvalidArgumentError: There is no such level.
    """
    as_of = as_day(as_of)
    digits = None if level is None else Level(level).digits
    found: dict[str, list[int]] = {}
    for one in book.problems.values():
        if digits is not None and len(one.area) < digits:
            continue
        key = one.department if digits is None else one.area[:digits]
        counts = found.setdefault(key, [0, 0, 0, 0, 0])
        due = book.due(one)
        counts[0] += 1
        counts[1] += not book.is_open(one)
        counts[2] += due is not None and due < as_of
        counts[3] += len(one.like)
        counts[4] += len(one.like_open)
    return tuple(Progress(key, *found[key]) for key in sorted(found))
