"""A book holds both registers as a value; a writer makes the next book, event by event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

import attrs

from antipoverty._base.days import as_day
from antipoverty._base.frozen import Frozen, plain
from antipoverty._base.notebook import fragment
from antipoverty._base.opaque import quoted
from antipoverty._base.shards import Shards
from antipoverty._casework.cases import Case, Item, Problem
from antipoverty._casework.events import START, Event
from antipoverty._casework.fold import case_after, problem_after
from antipoverty._casework.snapshots import with_snapshot
from antipoverty._policy.calendars import Calendar, Weekdays
from antipoverty._policy.workflow import Workflow
from antipoverty.errors import (
    BrokenChainError,
    IllegalStepError,
    UnknownCaseError,
    WorkflowError,
    phrase,
)
from antipoverty.rules import Pack

_T = TypeVar("_T")
CASE, PROBLEM = "case", "problem"
_FIRST, _LAST = date(1990, 1, 1), date(2099, 12, 31)
_EARLIER = ("signalled", "reported", "reopened")
"""Kinds of events that may tell of a day before the case was opened: a file may come late."""


@attrs.frozen
class Broken:
    """A chain that was set aside.

    Attributes:
        why: What is wrong with it.
        sound: How many of its events, from the first, are whole.
        since: The latest day of those, or ``None``.
    """

    why: str
    sound: int
    since: date | None


@attrs.frozen(repr=False)
class Book:
    """Both registers as they stand (双库).

    Args:
        pack: The policy whose alerts become cases: it tells each rule's department and risk.
        workflow: The steps of the comparison register.
        rectification: The steps of the rectification register.
        calendar: Tells working days; by default Monday to Friday, without holidays.

    Attributes:
        cases: Every case by its id, which is the household's.
        problems: Every problem by its id.
        today: The day of writing: what is put down lies no later. Without one it lies
            before the year 2100.
        damaged: The chains that were set aside when the events were read, each with why.
    """

    pack: Pack
    workflow: Workflow
    rectification: Workflow
    calendar: Calendar = attrs.field(factory=Weekdays, kw_only=True, eq=False)
    cases: Mapping[str, Case] = attrs.field(factory=Shards, kw_only=True)
    problems: Mapping[str, Problem] = attrs.field(factory=Shards, kw_only=True)
    today: date | None = attrs.field(
        default=None, kw_only=True, eq=False, converter=attrs.converters.optional(as_day)
    )
    damaged: Mapping[str, Broken] = attrs.field(default=Frozen(), kw_only=True, eq=False)

    def __repr__(self) -> str:
        mark = " (illustrative)" if self.illustrative else ""
        return (
            f"<Book {self.pack.id}{mark}: {len(self.cases):,} cases, "
            f"{len(self.problems):,} problems>"
        )

    def _repr_html_(self) -> str:
        """Show a notebook how many cases stand where."""
        counts = Counter(one.state for one in self.cases.values())
        rows = [
            (one.title.zh, one.title.en, one.id, counts[one.id]) for one in self.workflow.states
        ]
        return fragment(repr(self), ("状态", "state", "id", "案 cases"), rows)

    @property
    def illustrative(self) -> bool:
        """Whether the workflow of either register is not wholly published policy."""
        return self.workflow.illustrative or self.rectification.illustrative

    def case(self, case_id: str) -> Case:
        """Give a case by its id; one that was joined says where it went on.

        Raises:
            UnknownCaseError: There is none.
        """
        found = self.cases.get(case_id)
        if found is None and (broken := self.damaged.get(f"{CASE}/{case_id}")):
            raise BrokenChainError(
                "case {case_id} is set aside: {why}; run doctor", case_id=case_id, why=broken.why
            )
        if found is None:
            raise UnknownCaseError("no case is under {quoted} in the book", quoted=quoted(case_id))
        return found

    def problem(self, problem_id: str) -> Problem:
        """Give a problem by its id.

        Raises:
            UnknownCaseError: There is none.
        """
        found = self.problems.get(problem_id)
        if found is None:
            raise UnknownCaseError(
                "no problem is under {quoted} in the book", quoted=quoted(problem_id)
            )
        return found

    def is_open(self, item: Item) -> bool:
        """Tell whether a case or problem is still on the lists."""
        return not self.flow_of(item).state(item.state).closed

    def is_listed(self, item: Item) -> bool:
        """Tell whether somebody must do something: it is open, or an appeal of it is."""
        return self.is_open(item) or (isinstance(item, Case) and bool(item.open_appeals))

    def flow_of(self, item: Item) -> Workflow:
        """The workflow of a case or of a problem."""
        return self.workflow if isinstance(item, Case) else self.rectification

    def due(self, item: Item) -> date | None:
        """The last day in time for what comes next.

        ``None`` for a closed one, and for one whose working days reach into a year that
        the calendar does not know yet.
        """
        flow = self.flow_of(item)
        state, reached = flow.state(item.state), plain(item.reached)
        limits = []
        if not state.closed and state.limit is not None:
            limits.append((state.limit, item.entered))
            for span in flow.spans:
                began = reached.get(span.starts)
                if began is not None and reached.keys().isdisjoint(span.ends):
                    limits.append((span.limit, began))
        if flow.appeal is not None and isinstance(item, Case) and item.appeals:
            limits += [(flow.appeal.limit, one.on) for one in item.open_appeals]
        if not limits:
            return None
        try:
            return min([limit.due(began, self.calendar) for limit, began in limits])
        except WorkflowError:  # of the calendar; one case must not hide all others
            return None

    def apply(self, events: Iterable[Event]) -> Book:
        """Fold events into the book.

        Raises:
            BrokenChainError: An event does not follow from the one before, or cannot be read.
        """
        return self._fold(events, None)

    def read(self, events: Iterable[Event]) -> Book:
        """Fold events into the book; a damaged chain is set aside and named in `damaged`."""
        return self._fold(events, dict(self.damaged))

    def _fold(self, events: Iterable[Event], aside: dict[str, Broken] | None) -> Book:
        cases: dict[str, Case] = {}
        problems: dict[str, Problem] = {}
        for event in events:
            if aside is not None and event.stream in aside:
                continue
            register, _, id_ = event.stream.partition("/")
            try:
                if register == CASE:
                    case = cases.get(id_) or self.cases.get(id_)
                    event.check_follows(*_head(case))
                    cases[id_] = case_after(case, event)
                elif register == PROBLEM:
                    problem = problems.get(id_) or self.problems.get(id_)
                    event.check_follows(*_head(problem))
                    problems[id_] = problem_after(problem, event)
                else:
                    raise BrokenChainError(
                        "event {number} is of no register known", number=event.number
                    )
            except (KeyError, TypeError, ValueError, AttributeError) as fault:
                if not isinstance(fault, BrokenChainError):
                    fault = BrokenChainError(
                        "event {number} of {stream} holds what a {kind!r} cannot",
                        number=event.number,
                        stream=event.stream,
                        kind=event.kind,
                    )
                if aside is None:
                    raise fault from None
                whole = (cases if register == CASE else problems).pop(id_, None)
                aside[event.stream] = (
                    Broken(fault.message, whole.version, whole.latest)
                    if whole
                    else Broken(fault.message, 0, None)
                )
        book = self.with_(cases, problems)
        return book if not aside else attrs.evolve(book, damaged=Frozen(aside))

    def without(self, stream: str, why: str) -> Book:
        """The book with a chain set aside."""
        register, _, id_ = stream.partition("/")
        cases, problems = dict(self.cases), dict(self.problems)
        whole = (cases if register == CASE else problems).pop(id_, None)
        broken = Broken(why, whole.version, whole.latest) if whole else Broken(why, 0, None)
        rest = attrs.evolve(self, cases=Shards(), problems=Shards())
        book = rest.with_(cases, problems)
        return attrs.evolve(book, damaged=Frozen({**self.damaged, stream: broken}))

    def with_(self, cases: Mapping[str, Case], problems: Mapping[str, Problem]) -> Book:
        """The book with some cases and problems set."""
        mine, other = self.cases, self.problems
        if cases:
            mine = (mine if isinstance(mine, Shards) else Shards[Case]().with_(mine)).with_(cases)
        if problems:
            other = other if isinstance(other, Shards) else Shards[Problem]().with_(other)
            other = other.with_(problems)
        return attrs.evolve(self, cases=mine, problems=other)


def _head(item: Item | None) -> tuple[int, str]:
    return (0, START) if item is None else (item.version, item.head)


Changed = tuple[Book, tuple[Event, ...]]
"""What every verb gives: the next book, and the events that made it."""


class Writer:
    """Adds events to a book one after the other, and gives both at the end."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._cases: dict[str, Case] = {}
        self._problems: dict[str, Problem] = {}
        self._events: list[Event] = []
        self._once: dict[Any, Any] = {}

    def once(self, key: Any, make: Callable[[], _T]) -> _T:
        """What many events share is made for the first of them: its key tells it by value."""
        found: _T | None = self._once.get(key)
        if found is None:
            found = self._once[key] = make()
        return found

    def case(self, id_: str) -> Case | None:
        """A case as it stands now."""
        return self._cases.get(id_) or self.book.cases.get(id_)

    def problem(self, id_: str) -> Problem | None:
        """A problem as it stands now."""
        return self._problems.get(id_) or self.book.problems.get(id_)

    def at_last(self, id_: str) -> str:
        """The id of the case in which another goes on; its own as a rule."""
        while (case := self.case(id_)) is not None and case.joined:
            id_ = case.joined
        return id_

    def check_day(self, item: Item | None, kind: str, on: date, what: str) -> dict[str, Any]:
        """Refuse a day out of order; what an event says of one that is put down late."""
        last = self.book.today or _LAST
        if on > last:
            raise IllegalStepError(
                phrase(
                    "{what}: {on} has not come yet; what is put down was done already",
                    what=what,
                    on=on,
                )
                if self.book.today
                else phrase("{what}: {on} lies after {last}", what=what, on=on, last=last)
            )
        if item is None or kind in _EARLIER:
            if on < _FIRST:
                raise IllegalStepError(
                    "{what}: {on} lies before {first}", what=what, on=on, first=_FIRST
                )
            return {}
        if on < item.opened:
            raise IllegalStepError(
                "{what}: {on} lies before {opened}, when it was opened",
                what=what,
                on=on,
                opened=item.opened,
            )
        return {"backdated": True} if on < item.latest else {}

    def on_case(
        self, id_: str, kind: str, on: date, by: str, data: Mapping[str, Any], why: str = ""
    ) -> None:
        """Add one event to the chain of a case."""
        self._on_case(id_, self.case(id_), kind, on, by, data, why)

    def _on_case(
        self,
        id_: str,
        before: Case | None,
        kind: str,
        on: date,
        by: str,
        data: Mapping[str, Any],
        why: str,
    ) -> None:
        if late := self.check_day(before, kind, on, id_):
            data = {**data, **late}
        event = _event(CASE, id_, kind, on, by, why, data, before)
        self._events.append(event)
        self._cases[id_] = case_after(before, event)

    def on_problem(
        self, id_: str, kind: str, on: date, by: str, data: Mapping[str, Any], why: str = ""
    ) -> None:
        """Add one event to the chain of a problem."""
        before = self.problem(id_)
        if late := self.check_day(before, kind, on, id_):
            data = {**data, **late}
        event = _event(PROBLEM, id_, kind, on, by, why, data, before)
        self._events.append(event)
        self._problems[id_] = problem_after(before, event)

    def on_item(
        self, item: Item, kind: str, on: date, by: str, data: Mapping[str, Any], why: str = ""
    ) -> None:
        """Add one event to the chain of a case or a problem that is there."""
        if isinstance(item, Case):
            self._on_case(item.id, self._cases.get(item.id, item), kind, on, by, data, why)
        else:
            self.on_problem(item.id, kind, on, by, data, why)

    def result(self) -> Changed:
        """The new book and the events."""
        if not self._events:
            return self.book, ()
        return self.book.with_(self._cases, self._problems), tuple(self._events)


def _event(
    register: str,
    id_: str,
    kind: str,
    on: date,
    by: str,
    why: str,
    data: Mapping[str, Any],
    item: Item | None,
) -> Event:
    number, earlier = _head(item)
    data = with_snapshot(data, item)
    return Event(f"{register}/{id_}", number + 1, kind, on, by, why, data, earlier)
