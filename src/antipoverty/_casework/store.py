"""A casebook: every verb of both registers, kept in a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from antipoverty._casework import appeals, lineage, problems, steps
from antipoverty._casework.alerts import Alerts, open_read
from antipoverty._casework.answers import ListAnswers, answer_lists
from antipoverty._casework.book import CASE, PROBLEM, Book, Changed
from antipoverty._casework.cases import Case, Problem
from antipoverty._casework.ledger import Ledger
from antipoverty._casework.reports import UNFILED, report
from antipoverty._casework.steps import Refused, Taken
from antipoverty._casework.views import view
from antipoverty.model import AreaTree, Household
from antipoverty.sampling import Outcomes, Receipt, Supplement
from antipoverty.screening import FilledLine


class Casebook(Ledger):
    """Both registers in a database (台账库).

    Every verb of `antipoverty.casework` is a method here, with the same arguments but
    the book: it reads the cases concerned, changes them, and writes what happened in one
    transaction. What a method returned from is written for good.

    Example:
        ``Casebook.open("sqlite:///cases.db", empty_book)``
    """

    def _on_case(self, case_id: str, verb: Callable[[Book], Changed]) -> Case:
        book, _ = self._change(CASE, [case_id], verb)
        return book.case(case_id)

    def _on_problem(self, problem_id: str, verb: Callable[[Book], Changed]) -> Problem:
        book, _ = self._change(PROBLEM, [problem_id], verb)
        return book.problem(problem_id)

    def open_cases(
        self, alerts: Any, *, as_of: date, undecided: Any = None, by: str = "platform"
    ) -> int:
        """Turn alerts into cases; see `antipoverty.casework.open_cases`.

        Returns:
            How many events were written; 0 for a file that was delivered before.
        """
        read = Alerts.read(alerts, self.empty.pack, undecided)
        _, events = self._change(
            CASE, read.verdicts, lambda book: open_read(book, read, as_of=as_of, by=by)
        )
        return len(events)

    def advance(
        self,
        case_id: str,
        step: str,
        *,
        by: str,
        on: date,
        finding: Mapping[str, Any] | None = None,
        outcome: str | None = None,
        why: str = "",
    ) -> Case:
        """Take a step; see `antipoverty.casework.advance`."""
        return self._on_case(
            case_id,
            lambda book: steps.advance(
                book, case_id, step, by=by, on=on, finding=finding, outcome=outcome, why=why
            ),
        )

    def advance_each(self, taken: Iterable[Taken]) -> tuple[int, tuple[Refused, ...]]:
        """Take many steps in one transaction; see `antipoverty.casework.advance_each`.

        Returns:
            How many were written, and those refused; a damaged chain refuses its own.

        Raises:
            ConflictError: Somebody else changed one of the cases meanwhile; nothing was
                written.
        """
        given = list(taken)
        streams = sorted({f"{CASE}/{one.case_id}" for one in given})
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

    def withdraw(self, case_id: str, *, by: str, on: date, why: str) -> Case:
        """Take back the latest step; see `antipoverty.casework.withdraw`."""
        return self._on_case(
            case_id, lambda book: steps.withdraw(book, case_id, by=by, on=on, why=why)
        )

    def record_help(
        self, case_id: str, measure: str, *, risk: str, by: str, on: date, why: str = ""
    ) -> Case:
        """Record a measure; see `antipoverty.casework.record_help`."""
        return self._on_case(
            case_id,
            lambda book: steps.record_help(
                book, case_id, measure, risk=risk, by=by, on=on, why=why
            ),
        )

    def move(self, case_id: str, area: str, *, on: date, by: str) -> Case:
        """Put down that a household moved; see `antipoverty.casework.move`."""
        return self._on_case(case_id, lambda book: lineage.move(book, case_id, area, on=on, by=by))

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

    def appeal(self, case_id: str, fact: str, *, token: str, by: str, on: date) -> Case:
        """Contest a fact; see `antipoverty.casework.appeal`."""
        return self._on_case(
            case_id, lambda book: appeals.appeal(book, case_id, fact, token=token, by=by, on=on)
        )

    def answer_appeal(
        self, case_id: str, token: str, *, answer: str, by: str, on: date, why: str
    ) -> Case:
        """Answer an appeal; see `antipoverty.casework.answer_appeal`."""
        return self._on_case(
            case_id,
            lambda book: appeals.answer_appeal(
                book, case_id, token, answer=answer, by=by, on=on, why=why
            ),
        )

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
        return self._on_case(
            str(household.household_id),
            lambda book: appeals.correct(
                book, household, fact, by=by, as_of=as_of, why=why, areas=areas
            ),
        )

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

    def urge(self, *, as_of: date, by: str = "platform") -> int:
        """Urge what is overdue; see `antipoverty.casework.urge`. Gives the number of events."""
        count = 0
        for late in self._late(as_of):
            book, events = steps.urge(late, as_of=as_of, by=by)
            if events:
                self.append(events, book)
            count += len(events)
        return count

    def list_problem(
        self,
        problem_id: str,
        *,
        area: str,
        origin: str,
        on: date,
        by: str,
        reference: str = "",
        condition: str = "",
    ) -> Problem:
        """List a problem; see `antipoverty.casework.list_problem`."""
        return self._on_problem(
            problem_id,
            lambda book: problems.list_problem(
                book,
                problem_id,
                area=area,
                origin=origin,
                on=on,
                by=by,
                reference=reference,
                condition=condition,
            ),
        )

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

    def advance_problem(
        self,
        problem_id: str,
        step: str,
        *,
        by: str,
        on: date,
        finding: Mapping[str, Any] | None = None,
        outcome: str | None = None,
        why: str = "",
    ) -> Problem:
        """Take a step; see `antipoverty.casework.advance_problem`."""
        return self._on_problem(
            problem_id,
            lambda book: steps.advance_problem(
                book, problem_id, step, by=by, on=on, finding=finding, outcome=outcome, why=why
            ),
        )

    def withdraw_problem(self, problem_id: str, *, by: str, on: date, why: str) -> Problem:
        """Take back the latest step; see `antipoverty.casework.withdraw_problem`."""
        return self._on_problem(
            problem_id,
            lambda book: steps.withdraw_problem(book, problem_id, by=by, on=on, why=why),
        )

    def extend(self, problem_id: str, households: Iterable[str], *, on: date, by: str) -> Problem:
        """Put down like cases; see `antipoverty.casework.extend`."""
        return self._on_problem(
            problem_id, lambda book: problems.extend(book, problem_id, households, on=on, by=by)
        )
