"""The household's side (申诉): a fact is contested, in time, and answered with a reason.

An appeal puts the case on the lists until it is answered, closed or not, under a limit of its
own. Who takes part in the case does not answer it alone. Where a fact was wrong, the household
is judged again with what is right; what no longer warns is lifted, and nothing closes by itself.
Reads of a case can be written among its events, so that it is known who saw it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal

import attrs

from antipoverty._base.days import as_day
from antipoverty._base.opaque import opaque, quoted
from antipoverty._casework.alerts import signal
from antipoverty._casework.arguments import checked
from antipoverty._casework.book import Book, Changed, Writer
from antipoverty._casework.cases import Case, Signal
from antipoverty._casework.events import Event
from antipoverty._casework.views import ROLES
from antipoverty._policy.workflow_parts import Contest
from antipoverty.errors import (
    IllegalStepError,
    InvalidArgumentError,
    did_you_mean,
    one_of,
    phrase,
    phrases,
)
from antipoverty.model import AreaTree, Household
from antipoverty.rules import Pack, judge

Answered = Literal["upheld", "rejected"]
ANSWERS: tuple[Answered, ...] = ("upheld", "rejected")


@checked
def appeal(book: Book, case_id: str, fact: str, *, token: str, by: str, on: date) -> Changed:
    """Contest a fact on which a case rests, for the household (申诉); again changes nothing.

    Args:
        book: The book.
        case_id: The case; it may be closed.
        fact: The fact contested, such as ``net_income_12m`` or ``members.in_school``.
        token: The opaque number of the appeal.
        by: Who brings it: an opaque id, such as ``household-1`` or ``village-3``.
        on: The day; the workflow's limit for an answer begins on it.

    Raises:
        IllegalStepError: The workflow knows no appeals, the case was joined to another, or
            the number stands for another appeal.
        InvalidArgumentError: The model has no such fact.
        UnknownCaseError: There is no such case.
    """
    on = as_day(on)
    case = _own(book, case_id)
    _contest(book)
    _check_fact(book.pack, fact)
    opaque(token, "the number of the appeal")
    opaque(by, "who appeals")
    before = next((one for one in case.appeals if one.token == token), None)
    if before is not None:
        if before.fact != fact:
            raise IllegalStepError(
                "case {case_id}: the number stands for another appeal", case_id=case_id
            )
        return book, ()
    writer = Writer(book)
    writer.on_case(case_id, "appealed", on, by, {"token": token, "fact": fact})
    return writer.result()


@checked
def answer_appeal(
    book: Book, case_id: str, token: str, *, answer: str, by: str, on: date, why: str
) -> Changed:
    """Answer an appeal, with a reason.

    Args:
        book: The book.
        case_id: The case.
        token: The number of the appeal.
        answer: ``upheld`` or ``rejected``. One that is upheld changes no fact by itself:
            `correct` judges the household again.
        by: Who answers: a role that the workflow names, and not who took the latest step
            or brought the appeal.
        on: The day.
        why: An opaque reference to the reason.

    Raises:
        IllegalStepError: There is no open appeal of the number, or this person may not
            answer it.
        InvalidArgumentError: It is neither answer.
        UnknownCaseError: There is no such case.
    """
    on = as_day(on)
    case = _own(book, case_id)
    contest = _contest(book)
    one_of(answer, ANSWERS, "answer to an appeal")
    opaque(by, "who answers")
    opaque(why, "the reason")
    found = next((one for one in case.open_appeals if one.token == token), None)
    if found is None:
        waiting = ", ".join(one.token for one in case.open_appeals) or "none"
        raise IllegalStepError(
            "case {case_id} has no open appeal of that number; open: {waiting}",
            case_id=case_id,
            waiting=waiting,
        )
    role = by.rpartition("-")[0] or by
    lacking = []
    if role not in contest.by:
        lacking.append(
            phrase("{role!r} may not answer it; {by} may", role=role, by=" or ".join(contest.by))
        )
    if by in (case.last_by, found.by):
        lacking.append(
            phrase("somebody else than who took the latest step or brought it must answer")
        )
    if on < found.on:
        lacking.append(phrase("{on} lies before {on2}, when it was brought", on=on, on2=found.on))
    if lacking:
        raise IllegalStepError(
            "appeal {token} of {case_id}: {lacking}",
            token=token,
            case_id=case_id,
            lacking=phrases(lacking),
        )
    writer = Writer(book)
    writer.on_case(case_id, "answered", on, by, {"token": token, "answer": answer}, why)
    return writer.result()


@checked
def correct(
    book: Book,
    household: Household,
    fact: str,
    *,
    by: str,
    as_of: date,
    why: str,
    areas: AreaTree | None = None,
) -> Changed:
    """Judge a household again after a fact of it was corrected (更正).

    Rules that are clear now are lifted from the case: a file of that day or before that is
    delivered again does not bring them back. Rules that warn or are undecided now are put
    down as from any screening. The household itself is not kept.

    Args:
        book: The book.
        household: The household with what is right.
        fact: The fact that was corrected.
        by: Who says so.
        as_of: The day of the answer.
        why: An opaque reference to the evidence.
        areas: The known areas.

    Raises:
        IllegalStepError: The case was joined to another.
        InvalidArgumentError: The model has no such fact, or it is no household.
        UnknownCaseError: The household has no case.
    """
    as_of = as_day(as_of)
    _check_fact(book.pack, fact)
    opaque(by, "who corrects")
    opaque(why, "the reason")
    if not isinstance(household, Household):
        raise InvalidArgumentError("give the household with its corrected facts")
    case = _own(book, str(household.household_id))
    found = judge(household, book.pack, as_of=as_of, areas=areas)
    signals = [
        Signal(
            rule=one.rule.id,
            department=one.rule.department,
            verdict="warn" if one.verdict.value == "warn" else "undecided",
            risk=one.rule.risk or "",
            days=(as_of,),
            facts=tuple(sorted(one.missing)),
        )
        for one in found.alerts
    ]
    clear = {rule for rule, verdict in found.verdicts.items() if verdict.value == "clear"}
    lifted = sorted(one.rule for one in case.signals if one.rule in clear)
    writer = Writer(book)
    writer.on_case(case.id, "corrected", as_of, by, {"fact": fact, "lifted": lifted}, why)
    if signals:
        signal(writer, case.id, case.area, signals, as_of, by)
    return writer.result()


@checked
def log_read(
    book: Book, case_ids: Iterable[str], *, role: str, by: str, on: date, why: str = ""
) -> Changed:
    """Write that somebody read cases (查阅记录): an event like any other, and sealed with them.

    Args:
        book: The book.
        case_ids: The cases.
        role: As which role, as `view` knows them.
        by: Who read: an opaque id.
        on: The day.
        why: An opaque reference to the reason.

    Raises:
        InvalidArgumentError: There is no such role.
        UnknownCaseError: There is no such case.
    """
    on = as_day(on)
    one_of(role, ROLES, "role")
    opaque(by, "who reads")
    if why:
        opaque(why, "the reason")
    writer = Writer(book)
    for id_ in sorted({*case_ids}):
        book.case(id_)
        writer.on_case(id_, "read", on, by, {"role": role}, why)
    return writer.result()


@attrs.frozen
class Read:
    """One reading of a case.

    Attributes:
        case_id: The case.
        on: The day.
        by: Who.
        role: As which role.
        why: The reference to the reason, or empty.
    """

    case_id: str
    on: date
    by: str
    role: str
    why: str


def read_log(events: Iterable[Event]) -> Iterator[Read]:
    """Of events, those that tell who read which case."""
    for event in events:
        if event.kind == "read":
            id_ = event.stream.partition("/")[2]
            yield Read(id_, event.on, event.by, event.data["role"], event.why)


def _own(book: Book, case_id: str) -> Case:
    case = book.case(case_id)
    if case.joined:
        raise IllegalStepError(
            "case {case_id} goes on in {joined}; name that one", case_id=case_id, joined=case.joined
        )
    return case


def _contest(book: Book) -> Contest:
    if book.workflow.appeal is None:
        raise IllegalStepError(
            "the workflow {id!r} knows no appeals; give it a limit under [appeal]",
            id=book.workflow.id,
        )
    return book.workflow.appeal


def _check_fact(pack: Pack, fact: str) -> None:
    known = {field.path for table in pack.schema for field in table.fields.values()}
    if fact not in known:
        raise InvalidArgumentError(
            "{quoted} is no fact of {name}{near}",
            quoted=quoted(fact),
            name=pack.model.__name__,
            near=did_you_mean(str(fact), known),
        )
