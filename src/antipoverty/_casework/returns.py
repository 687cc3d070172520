"""What a return is: a relapse, an alert that still stands, or something new; and what rows became.

A household that was safe and is warned of again is a relapse (返贫). One that was looked into
and not entered still shows the same fact in every screening: for the quiet time of that
outcome this is evidence, and after it a re-alert, for somebody to look again. A signal that was
not known, or a graver one, is new wherever the case stands.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

import attrs
from dateutil.relativedelta import relativedelta

from antipoverty._casework.cases import CAME, Came, Case, Signal
from antipoverty._policy.workflow import Workflow
from antipoverty.errors import one_of

Became = Literal["new", "reopened", "evidence", "quiet"]
BECAME: tuple[Became, ...] = ("new", "reopened", "evidence", "quiet")


def came_of(
    flow: Workflow, case: Case, one: Signal, on: date, *, heard: bool = False
) -> Came | None:
    """Why a signal opens a closed case again; ``None`` where its closing answers it.

    Args:
        flow: The workflow.
        case: The case.
        one: The signal.
        on: Its day.
        heard: Whether it opens the case whatever that was closed for.
    """
    known = next((each for each in case.signals if each.rule == one.rule), None)
    same = known is not None and known.covers(one)
    safe = case.state in flow.safe
    if same and not heard:
        quiet = flow.state(case.state).quiet
        months = quiet.months if quiet and one.verdict != "report" else 0
        until: date = case.entered + relativedelta(months=months)
        if on < until:
            return None
    if safe and one.verdict != "undecided":
        return "relapse"
    return "realert" if same else "new"


def gravest(came: Iterable[Came]) -> Came:
    """Why a case is opened for which several signals give a reason."""
    found = {*came}
    return next(one for one in ("relapse", "new", "realert") if one in found)


def check_came(came: Iterable[str]) -> frozenset[str]:
    """Refuse a reason that is none."""
    return frozenset(one_of(one, CAME, "reason for which cases are opened") for one in came)


@attrs.frozen
class Rows:
    """What became of the rows of alerts of one rule (对账): they add up.

    Attributes:
        rule: The rule.
        department: Its department.
        new: Rows that opened a case, or opened one again with something new.
        reopened: Rows that opened a case again: relapses and re-alerts.
        evidence: Rows on a case that was open, or that another row opened.
        quiet: Rows on a closed case that its closing, or a correction, has answered.
        again: How many of all these said nothing that was not known: a file that came twice,
            a row that stands twice.
    """

    rule: str
    department: str
    new: int = 0
    reopened: int = 0
    evidence: int = 0
    quiet: int = 0
    again: int = 0

    @property
    def rows(self) -> int:
        """How many there were."""
        return self.new + self.reopened + self.evidence + self.quiet


@attrs.frozen
class Opened:
    """What became of a file of alerts: every row of it stands in one place (对账).

    Attributes:
        rules: By rule.
        cases: How many cases were opened, by reason: ``new``, ``realert``, ``relapse``.
        events: How many events were written.
    """

    rules: tuple[Rows, ...]
    cases: Mapping[str, int]
    events: int

    def by_department(self) -> Mapping[str, Mapping[str, int]]:
        """The same by department: rows, new, reopened, evidence, quiet and again."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for one in self.rules:
            found[one.department].update({name: getattr(one, name) for name in COUNTS})
        return {name: {word: found[name][word] for word in COUNTS} for name in sorted(found)}

    @property
    def rows(self) -> int:
        """How many rows came."""
        return sum(one.rows for one in self.rules)

    @property
    def new(self) -> int:
        """How many opened a case, or opened one again with something new."""
        return sum(one.new for one in self.rules)

    @property
    def reopened(self) -> int:
        """How many opened a case again that was closed."""
        return sum(one.reopened for one in self.rules)

    @property
    def evidence(self) -> int:
        """How many only add to a case."""
        return sum(one.evidence for one in self.rules)

    @property
    def quiet(self) -> int:
        """How many were answered before."""
        return sum(one.quiet for one in self.rules)

    @property
    def again(self) -> int:
        """How many of them said nothing that was not known."""
        return sum(one.again for one in self.rules)


COUNTS = ("rows", *BECAME, "again")


class Tally:
    """Counts what became of rows, and which cases were opened."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._cases: Counter[str] = Counter()

    def count(
        self, signals: Iterable[Signal], became: Became, *, again: bool = False, times: int = 1
    ) -> None:
        """Put down what became of rows."""
        for one in signals:
            counts = self._rows[one.rule, one.department]
            counts[became] += times
            counts["again"] += times if again else 0

    def opened(self, came: str) -> None:
        """Put down that a case was opened."""
        self._cases[came] += 1

    def result(self, events: int) -> Opened:
        """What was counted."""
        rows = tuple(
            Rows(*key, *(counts[word] for word in (*BECAME, "again")))
            for key, counts in sorted(self._rows.items())
        )
        return Opened(rows, {one: self._cases[one] for one in CAME}, events)
