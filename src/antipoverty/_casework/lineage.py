"""Lineage: households merge, split and move, and no case is lost on the way.

Two households that become one have one case, in which the other's goes on; one that
becomes two has two, each of which says where it came from. A person sits in one
monitored household only: `overlaps` finds who sits in more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import attrs

from antipoverty._base.days import as_day
from antipoverty._base.documents import plain
from antipoverty._base.opaque import as_person, opaque
from antipoverty._base.rows import refuse, rows_of
from antipoverty._casework.alerts import signal
from antipoverty._casework.arguments import checked
from antipoverty._casework.book import Book, Changed, Writer
from antipoverty._casework.cases import Case
from antipoverty.codes import AreaCode
from antipoverty.errors import AntipovertyError, FieldError, IllegalStepError


@checked
def join(book: Book, case_id: str, household_id: str, *, on: date, by: str) -> Changed:
    """Let a case go on in that of another household (并户), and keep where it came from.

    So goes the case of an unknown household once somebody found out who it is, and that
    of one that merged with another. If it is open, its signals and its measures since it
    was opened go along, and the other's case is opened if it is not: people check it anew.

    Args:
        book: The book.
        case_id: The case that ends.
        household_id: The household in whose case it goes on.
        on: The day.
        by: Who says so.

    Raises:
        IllegalStepError: It was joined already, both are the same, or the workflow has no
            state for it.
        PersonalValueError: The id looks like a personal value.
        UnknownCaseError: There is no such case.
    """
    on = as_day(on)
    case = _own(book, case_id)
    opaque(household_id, "the household's id", household=True)
    opaque(by, "who joins them")
    writer = Writer(book)
    other = writer.at_last(household_id)
    if other == case_id:
        raise IllegalStepError("case {case_id} cannot go on in itself", case_id=case_id)
    if case.open_appeals:
        raise IllegalStepError(
            "case {case_id} has open appeals; answer them before it is joined", case_id=case_id
        )
    if not book.workflow.joined:
        raise IllegalStepError(
            "case {case_id}: the workflow names no state for cases that were joined",
            case_id=case_id,
        )
    given = {"household": other, "to": book.workflow.joined}
    writer.on_case(case_id, "joined", on, by, given)
    going = book.is_open(case)
    if going or writer.case(other) is not None:
        more: dict[str, Any] = {"came_from": [case_id]}
        if going:
            more["measures"] = [plain(one) for one in case.helped]
        if case.consent is not None:
            more["consent"] = True
        signals = case.current if going else ()
        signal(writer, other, case.area, signals, on, by, heard=going, **more)
    return writer.result()


@checked
def split(book: Book, case_id: str, households: Iterable[str], *, on: date, by: str) -> Changed:
    """Open a case for each household that split off from another (分户).

    The new ones take over the signals since the old one was opened, and are checked like
    any other; the old case stays as it is.

    Raises:
        IllegalStepError: The case was joined to another, or is closed.
        PersonalValueError: An id looks like a personal value.
        UnknownCaseError: There is no such case.
    """
    on = as_day(on)
    case = _own(book, case_id)
    opaque(by, "who splits it")
    if not book.is_open(case):
        raise IllegalStepError(
            "case {case_id} stands at {state!r}, which is closed", case_id=case_id, state=case.state
        )
    writer = Writer(book)
    for household in sorted({*households}):
        opaque(household, "a household's id", household=True, area=case.area)
        if writer.at_last(household) == case_id:
            raise IllegalStepError(
                "household {household} goes on in case {case_id}; give a new id",
                household=household,
                case_id=case_id,
            )
        new = writer.case(household)
        if new is None or case_id not in new.came_from:
            now = case.current
            signal(writer, household, case.area, now, on, by, heard=True, came_from=[case_id])
    return writer.result()


@checked
def move(book: Book, case_id: str, area: str, *, on: date, by: str) -> Changed:
    """Put down that a household moved (迁移); its case goes on where it is now.

    Who leaves what the register covers takes the step of the natural exit instead.

    Raises:
        IllegalStepError: The case was joined to another.
        InvalidCodeError: The area is none.
        UnknownCaseError: There is no such case.
    """
    on = as_day(on)
    case = _own(book, case_id)
    opaque(by, "who says so")
    place = str(AreaCode(area))
    if place == case.area:
        return book, ()
    writer = Writer(book)
    writer.on_case(case_id, "moved", on, by, {"area": place})
    return writer.result()


def _own(book: Book, case_id: str) -> Case:
    case = book.case(case_id)
    if case.joined:
        raise IllegalStepError(
            "case {case_id} was joined to {joined}", case_id=case_id, joined=case.joined
        )
    return case


@attrs.frozen
class Overlap:
    """Monitored households that share persons: one person sits in one of them only.

    Attributes:
        households: Their ids.
        persons: How many sit in all of them.
    """

    households: tuple[str, ...]
    persons: int


def overlaps(book: Book, members: Any, *, person: str) -> tuple[Overlap, ...]:
    """Find persons who sit in more than one monitored household.

    Args:
        book: The book.
        members: A frame of ``household_id`` and the column ``person``.
        person: The column that tells persons apart across households. Its values appear
            in no answer. Somebody not known is nobody else; a resident id is the same
            with a small or a wide X, blanks or an apostrophe.

    Raises:
        InvalidFileError: Rows that cannot be used, all of them.
        MissingColumnError: A column is missing.
    """
    decided = {*book.workflow.decided}
    sits: dict[Any, set[str]] = defaultdict(set)
    problems: list[AntipovertyError] = []
    rows = rows_of(members, {"household_id": "text", person: "text"})
    for number, (wrong, (household, who)) in enumerate(rows, 1):
        if wrong:
            problems.append(FieldError("member row {number}: {wrong}", number=number, wrong=wrong))
        case = book.cases.get(household)
        if who is not None and case is not None and case.state in decided:
            sits[as_person(who)].add(household)
    refuse(problems, "the members cannot be compared")
    counts = Counter(tuple(sorted(homes)) for homes in sits.values() if len(homes) > 1)
    return tuple(Overlap(homes, counts[homes]) for homes in sorted(counts))
