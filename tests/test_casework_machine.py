"""Both registers in any order of events, beside a model that knows the tables and little else.

The model reads the workflow files by itself and keeps, for each household and problem, where
it must stand, what was said of it and what can be taken back. What a verb does must be what
the model expects; what it refuses must change nothing.
"""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from importlib import resources
from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from antipoverty.casework import (
    Event,
    advance,
    advance_problem,
    extend,
    in_times,
    join,
    known_on,
    list_problem,
    move,
    open_cases,
    overdue,
    problem_list,
    record_help,
    report,
    split,
    urge,
    withdraw,
    withdraw_problem,
    worklist,
)
from antipoverty.errors import AntipovertyError
from antipoverty.periods import Period
from casework_books import DAY, VILLAGE, alerts, empty

FOLDER = resources.files("antipoverty.packs") / "shaanxi_2531"
FLOW = tomllib.loads((FOLDER / "workflow.toml").read_text(encoding="utf-8"))
REPAIR = tomllib.loads((FOLDER / "rectification.toml").read_text(encoding="utf-8"))
CLOSED = {state["id"] for flow in (FLOW, REPAIR) for state in flow["states"] if state.get("closed")}
STEPS = {step["id"]: step for step in FLOW["steps"]}
REPAIRS = {step["id"]: step for step in REPAIR["steps"]}
RULES = ["traffic-accident", "disaster", "medical-burden-general", "income-under-line"]
RISK = {rule: empty().pack.rules[rule].risk or "" for rule in RULES}
HOMES = ["h1", "h2", "h3", "h4"]
PROBLEMS = ["p1", "p2"]
ACTORS = ["keeper-1", "village-1", "township-1", "county-1", "inspector-1"]
WORDS = {True: True, "reference": "file-7", "department": "water"}

households = st.sampled_from(HOMES)
actors = st.sampled_from(ACTORS)


@attrs.define
class Expected:
    """What the model knows of one household or problem."""

    state: str
    said: dict[str, set[date]] = attrs.field(factory=dict)
    reopened: int = 0
    joined: str = ""
    before: str | None = None
    like: set[str] = attrs.field(factory=set)

    @property
    def open(self) -> bool:
        return self.state not in CLOSED


def finding_of(needs: dict[str, Any]) -> dict[str, Any]:
    """The finding that a step or an outcome asks for."""
    return {
        word: need[0] if isinstance(need, list) else WORDS[need] for word, need in needs.items()
    }


class Registers(RuleBasedStateMachine):
    """Deliveries, reports, steps, help, mistakes taken back, problems, and time."""

    def __init__(self) -> None:
        super().__init__()
        self.book = empty()
        self.events: list[Event] = []
        self.day = DAY
        self.cases: dict[str, Expected] = {}
        self.problems: dict[str, Expected] = {}
        self.seen_on: dict[date, Any] = {}

    def took(self, result: tuple[Any, ...]) -> int:
        """Keep what a verb gave."""
        self.book, new, *_ = result
        self.events += new
        return len(new)

    def at_last(self, household: str) -> str:
        """Where the case of a household goes on."""
        while household in self.cases and self.cases[household].joined:
            household = self.cases[household].joined
        return household

    # --- the comparison register

    @rule(days=st.integers(1, 200))
    def time_passes(self, days: int) -> None:
        """What the book was at the end of the day is kept, to be replayed."""
        self.seen_on[self.day] = self.book
        self.day += timedelta(days=days)

    @rule(
        rows=st.lists(
            st.tuples(households, st.sampled_from(RULES), st.sampled_from(["warn", "undecided"])),
            min_size=1,
            max_size=4,
            unique_by=lambda row: row[:2],
        )
    )
    def a_file_is_delivered(self, rows: list[tuple[str, str, str]]) -> None:
        """Half of it, then the whole, then the whole again."""
        for part in (rows[: len(rows) // 2], rows, rows):
            before = self.book
            if part:
                self.took(open_cases(self.book, alerts(*part), as_of=self.day))
        assert self.book == before
        for household, name, verdict in rows:
            self.heard(self.at_last(household), name, verdict == "warn")

    def heard(self, household: str, name: str, warned: bool) -> None:
        """A household of which something was said has a case; a warning leaves none waiting."""
        found = self.book.case(household)
        known = self.cases.get(household)
        if known is None:
            self.cases[household] = known = Expected(found.state)
        elif not known.open and self.book.is_open(found):
            known.reopened += 1
            known.before = None
        elif known.state != found.state:
            assert (known.state, found.state) == ("unverified", "alerted")
            known.before = None
        first = name not in known.said
        known.said.setdefault(name, set()).add(self.day)
        known.state = found.state
        if first:
            assert known.open
            assert not (warned and known.state == "unverified")

    @rule(
        household=st.one_of(households, st.none()), risk=st.sampled_from(["illness", "schooling"])
    )
    def a_household_reports_itself(self, household: str | None, risk: str) -> None:
        """Twice; a household that no file knows has a case of its own."""
        given = {"area": VILLAGE, "by": "platform", "token": "t1", "consent": True, "risk": risk}
        self.took(report(self.book, household, on=self.day, **given))
        again = report(self.book, household, on=self.day, **given)
        assert again == (self.book, ())
        target = self.at_last(household or "unfiled-t1")
        self.heard(target, f"self-report-{risk}", warned=True)
        assert self.book.is_open(self.book.case(target)) or self.closed_today(target)
        assert self.book.case(target).consent is not None

    def closed_today(self, household: str) -> bool:
        """Whether it was closed on this very day, after the same report."""
        return self.book.case(household).entered == self.day

    @rule(
        household=households,
        name=st.sampled_from(sorted(STEPS)),
        by=actors,
        outcome=st.booleans(),
        short=st.booleans(),
    )
    def somebody_tries_a_step(
        self, household: str, name: str, by: str, outcome: bool, short: bool
    ) -> None:
        """It is taken as the table says, or refused and nothing changes."""
        self.try_step(
            STEPS[name], self.cases.get(household), household, advance, by, outcome, short
        )

    @precondition(lambda self: any(one.open for one in self.cases.values()))
    @rule(data=st.data(), steps=st.integers(1, 14), aside=st.booleans())
    def a_case_goes_on(self, data: st.DataObject, steps: int, aside: bool) -> None:
        """Step after step, helped on the way; the last may have another outcome."""
        household = data.draw(st.sampled_from(sorted(k for k, v in self.cases.items() if v.open)))
        known = self.cases[household]
        for left in range(steps, 0, -1):
            if not known.open:
                return
            self.time_passes(190 if known.state == "monitored" else 6)
            for risk in self.book.case(household).risks:
                measure = self.book.workflow.risk(risk).measures[0]
                self.took(
                    record_help(
                        self.book, household, measure, risk=risk, by="county-1", on=self.day
                    )
                )
            step = next(one for one in FLOW["steps"] if known.state in one["from"])
            by, last = f"{step['by'][0]}-1", left == 1
            self.try_step(step, known, household, advance, by, outcome=aside and last, short=False)

    @precondition(lambda self: any(one.open for one in self.problems.values()))
    @rule(data=st.data(), steps=st.integers(1, 4), aside=st.booleans())
    def a_problem_goes_on(self, data: st.DataObject, steps: int, aside: bool) -> None:
        """Assigned, repaired, looked for elsewhere, verified or sent back."""
        id_ = data.draw(st.sampled_from(sorted(k for k, v in self.problems.items() if v.open)))
        known = self.problems[id_]
        for left in range(steps, 0, -1):
            if known.open:
                self.took(extend(self.book, id_, [], on=self.day, by="county-1"))
                step = next(one for one in REPAIR["steps"][::-1] if known.state in one["from"])
                by, last = f"{step['by'][-1]}-{left}", left == 1
                self.try_step(
                    step, known, id_, advance_problem, by, outcome=aside and last, short=False
                )

    def try_step(
        self,
        step: dict[str, Any],
        known: Expected | None,
        id_: str,
        verb: Any,
        by: str,
        outcome: bool,
        short: bool,
    ) -> None:
        """Take it with what the table asks for, or with one word less."""
        other = next(iter(step.get("outcomes", {}).items()), None) if outcome else None
        word, end = other or (None, step)
        finding = finding_of(end.get("needs", {}))
        if short and finding:
            finding.popitem()
        try:
            result = verb(
                self.book, id_, step["id"], by=by, on=self.day, finding=finding, outcome=word
            )
        except AntipovertyError:
            return
        assert known is not None
        assert known.state in step["from"] or (step["from"] == ["*"] and known.open)
        assert by.partition("-")[0] in step["by"]
        assert finding == finding_of(end.get("needs", {}))
        assert self.took(result) == 1
        known.before, known.state = known.state, end["to"]

    @rule(household=households, by=actors)
    def a_step_is_taken_back(self, household: str, by: str) -> None:
        """The case stands where it stood; once."""
        known = self.cases.get(household)
        try:
            result = withdraw(self.book, household, by=by, on=self.day, why="mistake-1")
        except AntipovertyError:
            return
        assert known is not None
        assert known.before is not None
        self.took(result)
        known.state, known.before = known.before, None

    @rule(household=households, data=st.data())
    def help_comes_by_the_green_channel(self, household: str, data: st.DataObject) -> None:
        """For any risk, before or after the decision; never for a closed case."""
        risk = data.draw(st.sampled_from([one["id"] for one in FLOW["risks"]]))
        measure = self.book.workflow.risk(risk).measures[0]
        try:
            result = record_help(
                self.book, household, measure, risk=risk, by="county-1", on=self.day
            )
        except AntipovertyError:
            assert household not in self.cases or not self.cases[household].open
            return
        assert self.cases[household].open
        self.took(result)

    @rule(household=households, other=households)
    def households_merge(self, household: str, other: str) -> None:
        """What was said of the one is said of the other, whose case is open if its was."""
        try:
            result = join(self.book, household, other, on=self.day, by="county-1")
        except AntipovertyError:
            return
        target, known = self.at_last(other), self.cases[household]
        self.took(result)
        now = self.book.cases.get(target)
        if now is not None:
            relapsed = target in self.cases and not self.cases[target].open
            mine = self.cases.setdefault(target, Expected(now.state))
            if relapsed and self.book.is_open(now):
                mine.reopened += 1
            if mine.state != now.state:
                mine.before = None
            mine.state = now.state
            for signal in now.signals:
                mine.said.setdefault(signal.rule, set()).update(signal.days)
            assert household in now.came_from
        if known.open:
            assert now is not None
            assert self.book.is_open(now)
        known.joined, known.state, known.before = target, "joined", None

    @rule(household=households, new=households)
    def a_household_splits(self, household: str, new: str) -> None:
        """The new one has an open case; the old one is as it was."""
        try:
            result = split(self.book, household, [new], on=self.day, by="township-1")
        except AntipovertyError:
            return
        changed = self.took(result)
        now = self.book.case(self.at_last(new))
        if changed:
            assert self.book.is_open(now)
            mine = self.cases.setdefault(now.id, Expected(now.state))
            mine.reopened += now.id in self.cases and not mine.open
            if mine.state != now.state:
                mine.before = None
            mine.state = now.state
            for signal in now.signals:
                mine.said.setdefault(signal.rule, set()).update(signal.days)
        assert household in now.came_from

    @rule(household=households, area=st.sampled_from([VILLAGE, "610703100200"]))
    def a_household_moves(self, household: str, area: str) -> None:
        """It is found where it is now."""
        try:
            self.took(move(self.book, household, area, on=self.day, by="township-1"))
        except AntipovertyError:
            return
        listed = {task.id for task in worklist(self.book, as_of=self.day, area=area)}
        assert (household in listed) == self.cases[household].open

    @rule()
    def what_is_late_is_urged(self) -> None:
        """Twice on one day is once."""
        self.took(urge(self.book, as_of=self.day))
        assert urge(self.book, as_of=self.day) == (self.book, ())

    # --- the rectification register

    @rule(problem=st.sampled_from(PROBLEMS), condition=st.sampled_from(["", "not water_safe"]))
    def a_problem_is_listed(self, problem: str, condition: str) -> None:
        """Twice is once; another one under its id is refused."""
        given = {"area": "610702", "origin": "audit", "by": "county-1", "condition": condition}
        try:
            self.took(list_problem(self.book, problem, on=self.day, **given))
        except AntipovertyError:
            assert problem in self.problems
            return
        self.problems.setdefault(problem, Expected("listed"))
        assert list_problem(self.book, problem, on=self.day, **given) == (self.book, ())

    @rule(
        problem=st.sampled_from(PROBLEMS),
        name=st.sampled_from(sorted(REPAIRS)),
        by=actors,
        outcome=st.booleans(),
        short=st.booleans(),
    )
    def somebody_works_on_a_problem(
        self, problem: str, name: str, by: str, outcome: bool, short: bool
    ) -> None:
        """Assigned, repaired, verified by somebody else, or sent back."""
        known = self.problems.get(problem)
        last = None if known is None else self.book.problem(problem).last_by
        sought = known is not None and self.book.problem(problem).sought
        before = self.book
        self.try_step(REPAIRS[name], known, problem, advance_problem, by, outcome, short)
        if self.book != before and name == "verify":
            assert by != last
            now = self.book.problem(problem)
            assert now.state == "assigned" or not now.condition or sought

    @rule(problem=st.sampled_from(PROBLEMS), like=st.sets(households))
    def a_problem_is_extended_to_like_cases(self, problem: str, like: set[str]) -> None:
        """They add up."""
        if problem in self.problems:
            self.took(extend(self.book, problem, like, on=self.day, by="county-1"))
            self.problems[problem].like |= like
            again = extend(self.book, problem, like, on=self.day, by="county-1")
            assert again == (self.book, ())

    @rule(problem=st.sampled_from(PROBLEMS), by=actors)
    def work_on_a_problem_is_taken_back(self, problem: str, by: str) -> None:
        """It stands where it stood."""
        try:
            result = withdraw_problem(self.book, problem, by=by, on=self.day, why="mistake-2")
        except AntipovertyError:
            return
        known = self.problems[problem]
        assert known.before is not None
        self.took(result)
        known.state, known.before = known.before, None

    # --- what always holds

    @invariant()
    def every_item_stands_where_the_model_says(self) -> None:
        """None is lost, none appears, nothing said is forgotten."""
        assert set(self.book.cases) == set(self.cases)
        assert set(self.book.problems) == set(self.problems)
        for id_, known in self.cases.items():
            case = self.book.case(id_)
            assert (case.state, case.joined) == (known.state, known.joined)
            assert len(case.past) == known.reopened
            assert case.relapses == sum(
                before.state == "safe" and after.came == "relapse"
                for before, after in pairwise(case.episodes)
            )
            assert {one.rule for one in case.signals} == set(known.said)
            assert all({*one.days} >= known.said[one.rule] for one in case.signals)
        for id_, known in self.problems.items():
            problem = self.book.problem(id_)
            assert (problem.state, set(problem.like)) == (known.state, known.like)

    @invariant()
    def every_limit_is_met_or_listed(self) -> None:
        """An open item has a last day, and is on the list of the overdue after it."""
        late = {task.id for task in overdue(self.book, as_of=self.day)}
        for item in (*self.book.cases.values(), *self.book.problems.values()):
            due = self.book.due(item)
            assert (due is not None) == self.book.is_open(item)
            assert (item.id in late) == (due is not None and due < self.day)
        listed = {task.id for task in worklist(self.book, as_of=self.day)}
        assert listed == {id_ for id_, one in self.cases.items() if one.open}
        listed = {task.id for task in problem_list(self.book, as_of=self.day)}
        assert listed == {id_ for id_, one in self.problems.items() if one.open}

    @invariant()
    def nobody_is_safe_without_help_for_each_risk(self) -> None:
        """Nor before half a year is over."""
        for case in self.book.cases.values():
            if case.state == "safe":
                assert {one.risk for one in case.helped} >= set(case.risks)
                assert (case.entered - case.reached["monitored"]).days > 180

    @invariant()
    def figures_of_in_times_are_whole(self) -> None:
        """Done and waiting make all; no day is negative."""
        year = Period.parse("2022")
        for one in in_times(self.book, level="county", period=year, as_of=self.day):
            assert 0 <= one.done <= one.cases
            assert one.days >= 0
            assert one.waited >= 0

    def teardown(self) -> None:
        """From the events alone comes the book, of today and of every day before."""
        assert empty().apply(self.events) == self.book
        for day, book in self.seen_on.items():
            assert empty().apply(known_on(self.events, day)) == book


TestRegisters = pytest.mark.slow(Registers.TestCase)
TestRegisters.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, report_multiple_bugs=False
)
