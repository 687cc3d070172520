"""What the teams of county, city and province do about what is open (督办、提级、调度).

The steps of a workflow move a case; an act of a team does not: its limit runs on. It is put down
among the events, with who did it and why, and counted for the summaries of each level.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

import attrs

from antipoverty._base.days import as_day
from antipoverty._base.opaque import opaque
from antipoverty._casework.arguments import checked
from antipoverty._casework.book import Book, Changed, Writer
from antipoverty._casework.cases import Item
from antipoverty.codes import Level
from antipoverty.errors import IllegalStepError, phrase, phrases
from antipoverty.periods import Period

_LEVELS = [one.value for one in sorted(Level, key=lambda level: level.digits)]
"""From the province down."""


@checked
def oversee(book: Book, case_id: str, act: str, *, by: str, on: date, why: str = "") -> Changed:
    """Put down what a team does about an open case: urge, hand up, dispatch.

    Args:
        book: The book.
        case_id: The case.
        act: The id of an act of the workflow, such as ``urge``.
        by: Who does it: an opaque id that begins with the level, such as ``city-1``.
        on: The day.
        why: An opaque reference to the order or the minutes.

    Raises:
        IllegalStepError: This level may not do it, the case is closed, or it was handed up
            as far already.
        PersonalValueError: A text may hold something personal.
        UnknownCaseError: There is no such case.
        WorkflowError: There is no such act.
    """
    return _oversee(book, book.case(case_id), act, by, on, why)


@checked
def oversee_problem(
    book: Book, problem_id: str, act: str, *, by: str, on: date, why: str = ""
) -> Changed:
    """Put down what a team does about an open problem; see `oversee`."""
    return _oversee(book, book.problem(problem_id), act, by, on, why)


def _oversee(book: Book, item: Item, name: str, by: str, on: date, why: str) -> Changed:
    on = as_day(on)
    act = book.flow_of(item).act(name)
    opaque(by, "who does it")
    if why:
        opaque(why, "the reason")
    role = by.rpartition("-")[0] or by
    lacking = []
    if role not in act.by:
        lacking.append(
            phrase("{role!r} may not do it; {by} may", role=role, by=" or ".join(act.by))
        )
    if not book.is_listed(item):
        lacking.append(phrase("it stands at {state!r}, which is closed", state=item.state))
    if on < item.opened:
        lacking.append(phrase("{on} lies before {opened}", on=on, opened=item.opened))
    level = ""
    if act.raises and role in _LEVELS[1:]:
        level = _LEVELS[_LEVELS.index(role) - 1]
        reached = item.handed_up
        if reached in _LEVELS and _LEVELS.index(reached) <= _LEVELS.index(level):
            lacking.append(phrase("it was handed up to {reached!r} already", reached=reached))
    if lacking:
        raise IllegalStepError(
            "{name} of {id}: {lacking}", name=name, id=item.id, lacking=phrases(lacking)
        )
    writer = Writer(book)
    writer.on_item(item, "overseen", on, by, {"act": name, "level": level}, why)
    return writer.result()


@attrs.frozen
class TeamActs:
    """How often the teams of a level did something in a period.

    Attributes:
        level: The level: ``county``, ``city``, ``province``.
        act: The id of the act.
        count: How often.
        items: About how many different cases and problems.
    """

    level: str
    act: str
    count: int
    items: int


def team_acts(book: Book, *, period: Period) -> tuple[TeamActs, ...]:
    """Count what the teams did in a period, by level and act, the highest level first."""
    counts: Counter[tuple[str, str]] = Counter()
    items: Counter[tuple[str, str]] = Counter()
    for item in (*book.cases.values(), *book.problems.values()):
        mine = [
            (one.by.rpartition("-")[0] or one.by, one.act) for one in item.acts if one.on in period
        ]
        counts.update(mine)
        items.update({*mine})
    order = {level: at for at, level in enumerate(_LEVELS)}
    keys = sorted(counts, key=lambda key: (order.get(key[0], len(order)), key))
    return tuple(TeamActs(*key, counts[key], items[key]) for key in keys)
