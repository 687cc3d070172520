"""A casebook: every verb of both registers, kept in a database."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Concatenate, ParamSpec, TypeVar

from antipoverty._base.collecting import nothing_collected
from antipoverty._casework import appeals, lineage, problems, steps, teams
from antipoverty._casework.alerts import Alerts, open_read
from antipoverty._casework.answers import ListAnswers, acknowledge_lines, answer_lists
from antipoverty._casework.arguments import checked
from antipoverty._casework.book import CASE, PROBLEM, Book, Changed
from antipoverty._casework.cases import Case, Problem
from antipoverty._casework.inspections import (
    FilledInspection,
    InspectionAnswers,
    answer_inspection,
)
from antipoverty._casework.ledger import Ledger
from antipoverty._casework.reports import UNFILED, report
from antipoverty._casework.returns import Opened
from antipoverty._casework.steps import Refused, Taken
from antipoverty._casework.stock import read_stock, take_stock
from antipoverty._casework.views import view
from antipoverty.model import AreaTree, Household
from antipoverty.sampling import Outcomes, Receipt, Supplement
from antipoverty.screening import FilledLine

P = ParamSpec("P")
M = TypeVar("M", bound=Callable[..., Any])


def _of_case(
    verb: Callable[Concatenate[Book, str, P], Changed],
) -> Callable[Concatenate[Casebook, str, P], Case]:
    """Make a verb on one case of a book a method that gives the case, with the same arguments."""

    def method(self: Casebook, case_id: str, /, *args: P.args, **given: P.kwargs) -> Case:
        book, _ = self._change(CASE, [case_id], lambda book: verb(book, case_id, *args, **given))
        return book.case(case_id)

    return checked(_named(method, verb))


def _of_problem(
    verb: Callable[Concatenate[Book, str, P], Changed],
) -> Callable[Concatenate[Casebook, str, P], Problem]:
    """Make a verb on one problem of a book a method that gives the problem."""

    def method(self: Casebook, problem_id: str, /, *args: P.args, **given: P.kwargs) -> Problem:
        book, _ = self._change(
            PROBLEM, [problem_id], lambda book: verb(book, problem_id, *args, **given)
        )
        return book.problem(problem_id)

    return checked(_named(method, verb))


def _named(method: M, verb: Callable[..., Changed]) -> M:
    """Let a method be shown as its verb is, without the book."""
    said = (verb.__doc__ or "").partition("\n")[0].rstrip(".")
    shown = inspect.signature(verb)
    _, id_, *rest = shown.parameters.values()
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    facts = {
        "__name__": verb.__name__,
        "__qualname__": f"Casebook.{verb.__name__}",
        "__doc__": f"{said}; see `antipoverty.casework.{verb.__name__}`.",
        "__signature__": shown.replace(
            parameters=[own, id_.replace(kind=own.kind), *rest],
            return_annotation=inspect.signature(method).return_annotation,
        ),
    }
    for name, fact in facts.items():
        setattr(method, name, fact)
    return method


class Casebook(Ledger):
    """Both registers in a database (登记库).

    Every verb of `antipoverty.casework` is a method here, with the same arguments but
    the book: it reads the cases concerned, changes them, and writes what happened in one
    transaction. What a method returned from is written for good.

    Example:
        ``Casebook.open("sqlite:///cases.db", empty_book)``
    """

    advance = _of_case(steps.advance)
    withdraw = _of_case(steps.withdraw)
    record_help = _of_case(steps.record_help)
    move = _of_case(lineage.move)
    oversee = _of_case(teams.oversee)
    appeal = _of_case(appeals.appeal)
    answer_appeal = _of_case(appeals.answer_appeal)
    list_problem = _of_problem(problems.list_problem)
    advance_problem = _of_problem(steps.advance_problem)
    withdraw_problem = _of_problem(steps.withdraw_problem)
    extend = _of_problem(problems.extend)
    follow_like = _of_problem(problems.follow_like)
    oversee_problem = _of_problem(teams.oversee_problem)

    @checked
    @nothing_collected()
    def open_cases(
        self,
        alerts: Any,
        *,
        as_of: date,
        undecided: Any = None,
        judged: Any = None,
        by: str = "platform",
    ) -> Opened:
        """Turn alerts into cases; see `antipoverty.casework.open_cases`.

        Returns:
            What became of every row; no event for a file that was delivered before.
        """
        read = Alerts.read(alerts, self.empty.pack, undecided)
        known = set() if judged is None else self.open_ids()
        book, events, opened = open_read(
            self._some(CASE, {*read.verdicts, *known}), read, as_of=as_of, by=by, judged=judged
        )
        if events:
            self.append(events, book)
        return opened

    @checked
    @nothing_collected()
    def advance_each(self, taken: Iterable[Taken]) -> tuple[int, tuple[Refused, ...]]:
        """Take many steps in one transaction; see `antipoverty.casework.advance_each`.

        Returns:
            How many were written, and those refused; a damaged chain refuses its own.

        Raises:
            ConflictError: Somebody else changed one of the cases meanwhile; nothing was
                written.
        """
        given = list(taken)
        named = {one.case_id for one in given if isinstance(one, Taken) and _is_id(one.case_id)}
        streams = [f"{CASE}/{id_}" for id_ in sorted(named)]
        book, events, refused = steps.advance_each(self._with(self.empty, streams), given)
        if events:
            self.append(events, book)
        return len(events), refused

    def answer_lists(self, lines: Iterable[FilledLine]) -> ListAnswers:
        """Take what departments answered to their lists, in one transaction.

        See `antipoverty.casework.answer_lists`.

        Raises:
            ConflictError: Somebody else changed one of the cases meanwhile; nothing was
                written.
        """
        given = list(lines)
        streams = sorted({f"{CASE}/{one.household_id}" for one in given if one.household_id})
        book, events, report = answer_lists(self._with(self.empty, streams), given)
        if events:
            self.append(events, book)
        return report

    @checked
    def acknowledge(self, case_ids: Iterable[str], *, department: str, on: date, by: str) -> int:
        """Record that a department took cases; see `antipoverty.casework.acknowledge`.

        Returns:
            How many it took that it had not before.
        """
        ids = list(case_ids)
        _, events = self._change(
            CASE,
            ids,
            lambda book: steps.acknowledge(book, ids, department=department, on=on, by=by),
        )
        return len(events)

    @checked
    def acknowledge_lines(self, lines: Iterable[FilledLine], *, on: date, by: str) -> int:
        """Record that lines of a list were taken; see `antipoverty.casework.acknowledge_lines`.

        Returns:
            How many cases they stand in, department by department.
        """
        given = list(lines)
        streams = sorted({f"{CASE}/{one.household_id}" for one in given if one.household_id})
        book, events = acknowledge_lines(self._with(self.empty, streams), given, on=on, by=by)
        if events:
            self.append(events, book)
        return len(events)

    @checked
    def import_stock(self, stock: Any, *, as_of: date, by: str) -> int:
        """Take in who was monitored before; see `antipoverty.casework.import_stock`.

        Returns:
            How many households came in that were not there.
        """
        read = read_stock(self.empty, stock, as_of)
        _, events = self._change(
            CASE, read, lambda book: take_stock(book, read, as_of=as_of, by=by)
        )
        return len(events)

    @checked
    def report(
        self,
        household_id: str | None,
        *,
        area: str,
        on: date,
        by: str,
        token: str,
        consent: bool,
        risk: str = "other",
    ) -> Case:
        """Take a self-report; see `antipoverty.casework.report`.

        Returns:
            The case it went to.
        """
        id_ = UNFILED + token if household_id is None else household_id
        book, _ = self._change(
            CASE,
            [id_],
            lambda book: report(
                book, household_id, area=area, on=on, by=by, token=token, consent=consent, risk=risk
            ),
        )
        while joined := book.case(id_).joined:
            id_ = joined
        return book.case(id_)

    @checked
    def correct(
        self,
        household: Household,
        fact: str,
        *,
        by: str,
        as_of: date,
        why: str,
        areas: AreaTree | None = None,
    ) -> Case:
        """Judge a household again; see `antipoverty.casework.correct`."""
        id_ = str(household.household_id)
        book, _ = self._change(
            CASE,
            [id_],
            lambda book: appeals.correct(
                book, household, fact, by=by, as_of=as_of, why=why, areas=areas
            ),
        )
        return book.case(id_)

    @checked
    def view(
        self,
        case_id: str,
        role: str,
        *,
        by: str,
        on: date,
        department: str | None = None,
        why: str = "",
    ) -> dict[str, Any]:
        """Write that somebody reads a case, and only then show it; see `view` and `log_read`.

        Raises:
            ConflictError: Somebody else changed the case meanwhile: nothing was shown.
        """
        book = self._some(CASE, [case_id])
        shown = view(book, book.case(case_id), role, department=department)
        after, events = appeals.log_read(book, [case_id], role=role, by=by, on=on, why=why)
        self.append(events, after)
        return shown

    @checked
    def join(self, case_id: str, household_id: str, *, on: date, by: str) -> Case:
        """Let a case go on in another; see `antipoverty.casework.join`.

        Returns:
            The case that ended.
        """
        book, _ = self._change(
            CASE,
            [case_id, household_id],
            lambda book: lineage.join(book, case_id, household_id, on=on, by=by),
        )
        return book.case(case_id)

    @checked
    def split(self, case_id: str, households: Iterable[str], *, on: date, by: str) -> int:
        """Open cases for households that split off; see `antipoverty.casework.split`.

        Returns:
            How many cases it changed or opened.
        """
        new = list(households)
        _, events = self._change(
            CASE, [case_id, *new], lambda book: lineage.split(book, case_id, new, on=on, by=by)
        )
        return len(events)

    @checked
    def urge(self, *, as_of: date, by: str = "platform") -> int:
        """Urge what is overdue; see `antipoverty.casework.urge`. Gives the number of events."""
        count = 0
        for late in self._late(as_of):
            book, events = steps.urge(late, as_of=as_of, by=by)
            if events:
                self.append(events, book)
            count += len(events)
        return count

    @checked
    def list_found(
        self,
        published: Outcomes,
        receipt: Receipt,
        *,
        by: str,
        supplements: Iterable[Supplement] = (),
    ) -> tuple[Problem, ...]:
        """List what was found on visits; see `antipoverty.casework.list_found`."""
        found = problems.found_on_visits(published, receipt, supplements)
        return tuple(self.list_problem(one.problem, by=by, **one.listed) for one in found)

    @checked
    def answer_inspection(
        self,
        receipt: Receipt,
        lines: Iterable[FilledInspection],
        *,
        as_of: date,
        supplements: Iterable[Supplement] = (),
        earlier: Outcomes | None = None,
    ) -> InspectionAnswers:
        """Take what inspectors found, in one transaction; see `answer_inspection` of the book.

        Raises:
            ConflictError: Somebody else changed one of the problems meanwhile; nothing was
                written.
        """
        given = list(lines)
        ids = {one for line in given for one in line.names}
        book, events, report = answer_inspection(
            self._with(self.empty, [f"{PROBLEM}/{id_}" for id_ in sorted(ids)]), receipt, given,
            as_of=as_of, supplements=supplements, earlier=earlier,
        )  # fmt: skip
        if events:
            self.append(events, book)
        return report


def _is_id(value: object) -> bool:
    return isinstance(value, str) and value.isprintable()
