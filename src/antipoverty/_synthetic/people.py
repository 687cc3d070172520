"""What the people of a synthetic year do: keepers, villages, townships, counties, departments.

Each does what the state of a case or a problem asks for, some days after it came there. The
days and how often somebody errs are made up. What they find at a home is the truth of that
day, but for one check in fifty; in the county that hides figures nobody goes, and every
check finds nothing, unless the household or an inspector has reported it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import attrs

from antipoverty._synthetic.moving import Moving
from antipoverty._synthetic.world import World
from antipoverty.casework import (
    Book,
    Case,
    Event,
    Problem,
    acknowledge,
    advance,
    advance_problem,
    extend,
    follow_like,
    join,
    move,
    record_help,
    report,
    split,
)

Did = tuple[Book, tuple[Event, ...]]
Act = Callable[[Book], Did]


@attrs.frozen
class _Way:
    """How a state is left: the step, how many days after, by which role, with which finding."""

    step: str
    days: tuple[int, int]
    role: str
    finding: Mapping[str, Any]


_VISITED = {"visited": True}
_SOLID = {
    "income_stable": True,
    "above_current_line": True,
    "spending_resolved": True,
    "guarantees_solid": True,
    "has_labour": True,
}
_CASE = {
    "unverified": _Way("verify_facts", (2, 9), "keeper", _VISITED),
    "alerted": _Way("home_check", (1, 6), "keeper", _VISITED),
    "checked": _Way("authorise", (0, 3), "keeper", {"authorised": True}),
    "authorised": _Way("compare", (1, 4), "county", {"compared": True}),
    "compared": _Way("village_review", (1, 6), "village", {"minutes": "minutes-1"}),
    "reviewed": _Way("village_notice", (1, 4), "village", {}),
    "noticed": _Way("township_review", (6, 9), "township", {"objections_settled": True}),
    "township-reviewed": _Way("county_decision", (1, 6), "county", {}),
    "monitored": _Way("propose_exit", (186, 200), "village", _SOLID),
    "exit-proposed": _Way("exit_check", (1, 6), "keeper", _VISITED),
    "exit-checked": _Way("exit_review", (1, 6), "village", {"minutes": "minutes-2"}),
    "exit-reviewed": _Way("exit_notice", (1, 4), "village", {}),
    "exit-noticed": _Way("exit_township", (6, 9), "township", {"objections_settled": True}),
    "exit-township": _Way(
        "exit_decision", (1, 6), "county", {"above_current_line": True, "has_labour": True}
    ),
}
_PROBLEM = {
    "listed": _Way("assign", (0, 5), "county", {}),
    "assigned": _Way("repair", (4, 24), "township", {"evidence": "photo-1"}),
    "repaired": _Way("verify", (1, 7), "county", _VISITED),
}
_ERRS, _LINGERS = 2, 6
"""Of a hundred home checks, how many err; of a hundred steps, how many are left lying."""


class People:
    """Who works in a year, and what they do.

    Args:
        world: Whose people they are.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.moving = Moving(world)

    def below(self, what: str, limit: int) -> int:
        """A whole number from 0 up to but without ``limit``, that follows from the seed."""
        digest = hashlib.sha256(f"{self.world.seed}|{what}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % limit

    def hides(self, area: str, on: date) -> bool:
        """Whether a place lies in the county that hides figures, on a day it does."""
        hiding = self.world.hiding
        return area.startswith(hiding.area) and hiding.first <= on <= hiding.last

    # --- cases

    def work(self, book: Book, until: date) -> Did:
        """Do what open cases ask for, each in the order of its days, up to a day."""
        events: list[Event] = []
        for id_ in sorted(book.cases):
            case = book.cases[id_]
            while book.is_open(case) and (due := self._next(book, case)):
                on, act = due
                if on > until:
                    break
                book, more = act(book)
                events += more
                case = book.cases[id_]
        return book, tuple(events)

    def take_over(self, book: Book, until: date) -> Did:
        """Departments take what stands newly on their lists, one in fifty never."""
        due: dict[tuple[date, str], list[str]] = {}
        for id_, case in sorted(book.cases.items()):
            if not book.is_open(case):
                continue
            new = [line for line in case.open_lines if line.taken is None and line.department]
            for line in new:
                what = f"{line.id} {line.department} takes"
                on = max(line.out + timedelta(days=1 + self.below(what, 6)), case.latest)
                if on <= until and self.below(f"{what} never", 50):
                    due.setdefault((on, line.department), []).append(id_)
        events: list[Event] = []
        for (on, department), ids in sorted(due.items()):
            by = f"{department}-1"
            book, more = acknowledge(book, ids, department=department, on=on, by=by)
            events += more
        return book, tuple(events)

    def _next(self, book: Book, case: Case) -> tuple[date, Act] | None:
        """What comes next in a case, and when: help that is owed, or a step."""
        step = self._step(case)
        due = self._help(book, case)
        if due is not None and (step is None or due[0] <= step[0]):
            return due
        return step

    def _day(self, item: Case | Problem, way: _Way) -> date:
        least, most = way.days
        what = f"{item.id} {way.step} {item.entered}"
        days = least + self.below(what, most - least)
        if self.below(f"{what} lingers", 100) < _LINGERS:
            days += 8
        return max(item.entered + timedelta(days=days), item.latest)

    def _step(self, case: Case) -> tuple[date, Act] | None:
        way = _CASE.get(case.state)
        if way is None:
            return None
        on, outcome = self._day(case, way), None
        finding = dict(way.finding)
        if way.step == "propose_exit":
            on = max(on, case.entered + timedelta(days=186))
            if self.world.in_need(case.id, on) or self._warned_lately(case, on):
                return None
        elif way.step in ("verify_facts", "home_check"):
            found = self._found(case, on)
            if found is (way.step == "verify_facts"):
                outcome = "risk" if found else "no-risk"
        elif way.step == "authorise" and self.below(f"{case.id} refuses", 100) < 1:
            outcome, finding = "refused", {"reason": "refusal-1"}
        elif way.step == "county_decision":
            finding = {"category": self.category(case)}
        by = self.who(way.role, case.area)

        def act(book: Book) -> Did:
            return advance(book, case.id, way.step, by=by, on=on, finding=finding, outcome=outcome)

        return on, act

    def _found(self, case: Case, on: date) -> bool:
        """Whether somebody who goes to a home finds need there."""
        if self.hides(case.area, on) and not any(one.verdict == "report" for one in case.current):
            return False
        errs = self.below(f"{case.id} {case.entered} errs", 100) < _ERRS
        errs &= case.id not in self.moving.new
        return self.world.in_need(case.id, on) is not errs

    def _warned_lately(self, case: Case, on: date) -> bool:
        """Whether the latest screening still warned: who is warned of is not proposed."""
        latest = max((one for one in self.world.screenings if one <= on), default=date.min)
        return any(one.last >= latest for one in case.signals)

    def _help(self, book: Book, case: Case) -> tuple[date, Act] | None:
        """Help that no risk of a case has yet: at once by the green channel, or once decided."""
        helped = {one.risk for one in case.helped}
        owed = [risk for risk in case.risks or ("other",) if risk not in helped]
        checked = case.reached.get("checked") or case.reached.get("monitored")
        if not owed or checked is None:
            return None
        risk = owed[0]
        if risk in ("accident", "natural_disaster"):
            on = checked + timedelta(days=self.below(f"{case.id} {risk} green", 4))
        elif decided := case.reached.get("monitored"):
            on = decided + timedelta(days=1 + self.below(f"{case.id} {risk} help", 10))
        else:
            return None
        on = max(on, case.latest)
        measures = book.workflow.risk(risk).measures
        measure = measures[self.below(f"{case.id} {risk}", len(measures))]
        by = self.who("township", case.area)

        def act(book: Book) -> Did:
            return record_help(book, case.id, measure, risk=risk, by=by, on=on)

        return on, act

    def category(self, case: Case) -> str:
        """Which of the three categories a county decides."""
        if case.id not in self.world.under_line:
            return "sudden"
        return "unstable" if case.id in self.world.formerly_poor else "marginal"

    def who(self, role: str, area: str) -> str:
        """An opaque id of somebody of a role."""
        if role == "keeper":
            return self.world.keeper_of.get(area, "keeper-0")
        return f"{role}-{area[:9] if role == 'township' else area[:6]}"

    def come_forward(self, book: Book, first: date, last: date) -> Did:
        """Households in need that no register knows report themselves when their day comes."""
        events: list[Event] = []
        for id_, area, on in self.world.reports(first, last):
            case = book.cases.get(id_)
            if case is None or (not book.is_open(case) and case.state != "safe"):
                token = f"report-{id_[-7:]}"
                book, more = report(
                    book, id_, area=area, on=on, by="platform", token=token, consent=True
                )
                events += more
        return book, tuple(events)

    def move(self, book: Book, until: date) -> Did:
        """Tell the register who moved, merged and split, once it has a case of them."""
        events: list[Event] = []
        for one in self.moving.by_day(until):
            case = book.cases.get(one.household_id)
            if case is None or case.joined:
                continue
            other = book.cases.get(one.to) if one.kind == "joined" else None
            on = max(one.on, case.latest, other.latest if other else case.latest)
            on += timedelta(days=on in self.world.screenings)  # then everybody is screening
            by = self.who("village", case.area)
            if on > until:
                continue
            if one.kind == "moved":
                book, more = move(book, case.id, one.to, on=on, by=by)
            elif one.kind == "joined":
                book, more = join(book, case.id, one.to, on=on, by=by)
            elif book.is_open(case) and one.to not in book.cases:
                book, more = split(book, case.id, [one.to], on=on, by=by)
            else:
                continue
            events += more
        return book, tuple(events)

    # --- problems

    def repair(self, book: Book, until: date) -> Did:
        """Do what open problems ask for, up to a day."""
        events: list[Event] = []
        for id_ in sorted(book.problems):
            problem = book.problems[id_]
            while book.is_open(problem):
                on, act = self._repair(problem)
                if on > until:
                    break
                book, more = act(book)
                events += more
                problem = book.problems[id_]
        return book, tuple(events)

    def _repair(self, problem: Problem) -> tuple[date, Act]:
        way = _PROBLEM[problem.state]
        on, outcome, finding = self._day(problem, way), None, dict(way.finding)
        if problem.id.endswith("-water") and problem.sought is None:
            return self._look_for_like(problem, on)
        if problem.like_open:
            return self._follow_like(problem, on)
        if way.step == "assign":
            finding = {"department": "rural-affairs"}
        again = f"{problem.id} {problem.entered} again"
        if way.step == "verify" and self.below(again, 10) == 0:
            outcome, finding = "sent-back", {"reason": "photo-2"}
        by = self.who(way.role, problem.area)

        def act(book: Book) -> Did:
            return advance_problem(
                book, problem.id, way.step, by=by, on=on, finding=finding, outcome=outcome
            )

        return on, act

    def _follow_like(self, problem: Problem, on: date) -> tuple[date, Act]:
        """Every like case is looked at and repaired before the problem is verified."""
        by = self.who("township", problem.area)
        open_ = [line.household for line in problem.like_open]
        day = max(on, *(line.out for line in problem.like_open))

        def act(book: Book) -> tuple[Book, tuple[Event, ...]]:
            return follow_like(book, problem.id, open_, answer="repaired", on=day, by=by)

        return day, act

    def _look_for_like(self, problem: Problem, on: date) -> tuple[date, Act]:
        """Where unsafe water was found, it is looked for in the whole county (举一反三)."""
        by = self.who("county", problem.area)
        like = self.world.thirsty(problem.area[:6])

        def act(book: Book) -> Did:
            return extend(book, problem.id, like, on=on, by=by)

        return on, act

    # --- who waits unseen

    def unseen(self, book: Book, village: str, on: date) -> Iterator[str]:
        """Households of a village long in need that are on no list: what an inspector finds."""
        for id_, since, until in self.world.needy(village):
            if since + timedelta(days=45) <= on < until:
                case = book.cases.get(id_)
                if case is None or case.state == "no-risk":
                    yield id_
