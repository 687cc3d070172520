"""How good was it: what visits came of which rule, and who in need was found, and how early.

Against a register's own outcomes alone, and against the truth where somebody has it: of a
simulated year, or of an independent survey.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from antipoverty._base.rows import refuse, rows_of
from antipoverty._casework.book import Book
from antipoverty._casework.cases import Case, Episode
from antipoverty._casework.outcomes import Precision, precision
from antipoverty.errors import AntipovertyError, FieldError
from antipoverty.periods import Period


@attrs.frozen
class RuleQuality:
    """What the alerts of one rule were worth (预警质量).

    Attributes:
        outcomes: What the register says became of them.
        false_visits: Of the homes visited, how many were closed without anything found.
        in_need: Of the cases it warned of, how many were truly in need; ``None`` without truth.
        needless: Of the homes visited, how many were not; ``None`` without truth.
        found: Of those whose need began in the period, how many were found by a case that it
            warned of; ``None`` without truth.
        compared: Of those found, how many would have come to light by themselves later.
        days_earlier: The sum of days between the two, of those.
    """

    outcomes: Precision
    false_visits: int
    in_need: int | None = None
    needless: int | None = None
    found: int | None = None
    compared: int = 0
    days_earlier: int = 0

    @property
    def key(self) -> str:
        """The rule; empty for cases that no rule warned of."""
        return self.outcomes.key


@attrs.frozen
class NeedFound:
    """Who truly in need was found, and how much earlier than by itself (早发现成效).

    Attributes:
        in_need: The households whose need began in the period.
        found: How many of them somebody looked at and did not send away.
        warned: How many of those some rule had warned of.
        compared: Of those found, how many would have come to light by themselves later.
        days_earlier: The sum of days between the two, of those.
        only_here: Of those found, how many would not have come to light by themselves.
        missed: How many were not found.
        sent_away: How many of the missed had a case that was closed without help.
    """

    in_need: int
    found: int
    warned: int
    compared: int
    days_earlier: int
    only_here: int
    missed: int
    sent_away: int

    @property
    def mean_days(self) -> Fraction | None:
        """The mean of the days earlier; ``None`` without any."""
        return Fraction(self.days_earlier, self.compared) if self.compared else None


@attrs.frozen
class Quality:
    """How good the mechanism was in a period.

    Attributes:
        rules: By rule; cases that no rule warned of stand under the empty one.
        need: Against the truth, or ``None`` without it.
    """

    rules: tuple[RuleQuality, ...]
    need: NeedFound | None = None


def quality(book: Book, *, period: Period, truth: Any = None) -> Quality:
    """Say how good alerts were: against the register's outcomes, and against the truth.

    Without truth it works on every register: what was confirmed and refuted, and which
    visits found nothing, by rule.

    Args:
        book: The book.
        period: The cases opened, or opened again, in it; and the needs that began in it.
        truth: A frame of ``household_id, since, until, otherwise``: who was truly in need,
            from which day until which, and the day on which it would have come to light
            without the mechanism; the last two may be empty.

    Raises:
        InvalidFileError: Rows of the truth that cannot be used, all of them.
        MissingColumnError: A column of it is missing.
    """
    needs = None if truth is None else _read(truth)
    told = {one.key: one for one in precision(book, by="rule", period=period)}
    false, needy, needless = (defaultdict[str, int](int) for _ in range(3))
    every = [(case, one) for case in book.cases.values() for one in case.episodes]
    for case, one in every:
        if case.joined or one.came == "stock" or one.opened not in period:
            continue
        looked = _first(one, book.workflow.detected)
        false_visit = looked is not None and _refuted(book, one)
        day = looked or max(one.entered, one.opened)
        true = needs is not None and _in_need(needs, case.id, day)
        for rule in _warned(one):
            false[rule] += false_visit
            needy[rule] += true
            needless[rule] += looked is not None and not true
    if needs is None:
        return Quality(tuple(RuleQuality(told[key], false[key]) for key in sorted(told)))
    need, by_rule = _found(book, period, needs)
    rules = tuple(
        RuleQuality(told[key], false[key], needy[key], needless[key], *by_rule.get(key, (0, 0, 0)))
        for key in sorted(told)
    )
    return Quality(rules, need)


@attrs.frozen
class _Need:
    since: date
    until: date | None
    otherwise: date | None


def _read(truth: Any) -> Mapping[str, _Need]:
    found: dict[str, _Need] = {}
    problems: list[AntipovertyError] = []
    rows = rows_of(
        truth, {"household_id": "text", "since": "day", "until": "day", "otherwise": "day"}
    )
    for number, (wrong, (id_, since, until, otherwise)) in enumerate(rows, 1):
        fault = wrong or (
            "the household is missing" if not id_ else "it has no first day" if not since else None
        )
        if fault is None and id_ in found:
            fault = "the household stands above already"
        if fault:
            problems.append(FieldError("row {number}: {fault}", number=number, fault=fault))
        else:
            found[id_] = _Need(since, until, otherwise)
    refuse(problems, "the truth cannot be used")
    return found


def _in_need(needs: Mapping[str, _Need], id_: str, day: date) -> bool:
    one = needs.get(id_)
    return one is not None and one.since <= day and (one.until is None or day < one.until)


def _warned(one: Episode) -> list[str]:
    return [each.rule for each in one.signals if each.verdict == "warn"]


def _refuted(book: Book, one: Episode) -> bool:
    """Whether a case was closed without a decision."""
    flow = book.workflow
    return flow.state(one.state).closed and _first(one, flow.decided) is None


def _first(one: Episode, states: Iterable[str]) -> date | None:
    """The first day a case came to one of some states."""
    return min((day for state in states if (day := one.reached.get(state))), default=None)


def _upheld(book: Book, case: Case, need: _Need) -> tuple[date, Episode] | None:
    """The first day somebody looked and did not send the household away, since its need began."""
    flow = book.workflow
    states = [one for one in (*flow.detected, *flow.decided) if not flow.state(one).closed]
    for one in case.episodes:
        day = _first(one, states)
        if day is not None and day >= need.since:
            return day, one
    return None


def _found(
    book: Book, period: Period, needs: Mapping[str, _Need]
) -> tuple[NeedFound, Mapping[str, tuple[int, int, int]]]:
    """Who was found, in all and by the rules that had warned: found, compared, days earlier."""
    mine = {id_: one for id_, one in needs.items() if one.since in period}
    rules: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    found = warned = compared = days = away = 0
    for id_, need in mine.items():
        case = book.cases.get(id_)
        upheld = None if case is None else _upheld(book, case, need)
        if case is None or upheld is None or upheld[0] > period.last:
            away += case is not None and not book.is_open(case)
            continue
        day, one = upheld
        later = need.otherwise is not None
        earlier = (need.otherwise - day).days if need.otherwise is not None else 0
        found += 1
        warned += bool(_warned(one))
        compared += later
        days += earlier
        for rule in _warned(one):
            counts = rules[rule]
            counts[0] += 1
            counts[1] += later
            counts[2] += earlier
    missed = len(mine) - found
    need_found = NeedFound(len(mine), found, warned, compared, days, found - compared, missed, away)
    return need_found, {rule: (a, b, c) for rule, (a, b, c) in rules.items()}
