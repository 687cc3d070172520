"""A run is a walk along the calendar, one period after the other, in which each choice is one step.

This is the reference: slow and obvious. A series is cut into stretches that a run may
not leave; in a stretch each period counts, breaks, holds or is pending; each period
that counts prolongs the run or begins one; and a run's length says which point, if
any, it earns. The bulk engine is proven equal to it.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

import attrs

from antipoverty._scoring.notices import Notice, NoticeVerdict
from antipoverty._scoring.policy import Neither, RunRule
from antipoverty.codes import Level
from antipoverty.errors import ConflictingNoticesError
from antipoverty.periods import Cadence, Period


@attrs.frozen
class Mark:
    """What the notices of one series say of one period."""

    period: Period
    verdict: NoticeVerdict
    notices: tuple[str, ...]


@attrs.frozen
class Run:
    """Consecutive periods of one verdict, up to the one just walked."""

    marks: tuple[Mark, ...]

    @property
    def verdict(self) -> NoticeVerdict:
        """The verdict they share."""
        return self.marks[0].verdict

    @property
    def length(self) -> int:
        """How many periods count in it."""
        return len(self.marks)


Series = Mapping[Period, Mark]


def series_of(notices: Iterable[Notice], rule: RunRule) -> dict[Level | None, Series]:
    """Sort a unit's standing notices into the series that a rule reads.

    Returns:
        A series for each issuing level, or a single one under ``None``.

    Raises:
        ConflictingNoticesError: A period has both verdicts and the rule forbids it.
    """
    gathered: dict[Level | None, dict[Period, list[Notice]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for notice in notices:
        if notice.period.cadence is rule.cadence:
            level = notice.level if rule.issuers == "apart" else None
            gathered[level][notice.period].append(notice)
    return {
        level: {period: _mark(period, found, rule) for period, found in periods.items()}
        for level, periods in gathered.items()
    }


def _mark(period: Period, notices: list[Notice], rule: RunRule) -> Mark:
    ids = tuple(sorted(notice.notice_id for notice in notices))
    signs = [notice.verdict.sign for notice in notices]
    if rule.both_verdicts == "error" and {1, -1} <= set(signs):
        raise ConflictingNoticesError(
            "unit {unit} is both commended and criticised for {period}, in notices {ids}; rule "
            "{id} has both_verdicts = 'error', so replace one",
            unit=notices[0].unit,
            period=period,
            ids=", ".join(ids),
            id=rule.id,
        )
    net = -1 if rule.both_verdicts == "criticism" and -1 in signs else sum(signs)
    verdict = (
        NoticeVerdict.COMMENDED
        if net > 0
        else NoticeVerdict.CRITICISED
        if net < 0
        else NoticeVerdict.NEITHER
    )
    return Mark(period, verdict, ids)


def stretches(series: Series, rule: RunRule) -> list[Series]:
    """Cut a series where no run may cross: nowhere, or at each year's end."""
    if rule.across_years == "counts":
        return [series]
    periods = sorted(series)
    return [
        {period: series[period] for period in year}
        for _, year in itertools.groupby(periods, key=lambda period: period.year)
    ]


Treatment = Literal["counts", "breaks", "holds", "pending"]


def treatment(period: Period, mark: Mark | None, rule: RunRule, as_of: date) -> Treatment:
    """Say what a period does to the run that reaches it."""
    if mark is None:
        return _without_notice(period, rule, as_of)
    if mark.verdict is NoticeVerdict.NEITHER:
        said: Neither = rule.neither
        return said
    return "counts"


def _without_notice(period: Period, rule: RunRule, as_of: date) -> Treatment:
    if rule.without_notice != "pending":
        return rule.without_notice
    return "pending" if as_of <= waits_until(period, rule) else "breaks"


def waits_until(period: Period, rule: RunRule) -> date:
    """The last day on which a period without a notice is pending."""
    return period.last + timedelta(days=rule.pending_days or 0)


def walk(stretch: Series, rule: RunRule, as_of: date) -> Iterator[Run | Period]:
    """Walk every period of the calendar from a stretch's first notice to its last.

    Yields:
        The run at each period that counts. A pending period is itself yielded and
        ends the walk: what follows is not decided.
    """
    run: Run | None = None
    for period in min(stretch).until(max(stretch)):
        mark = stretch.get(period)
        match treatment(period, mark, rule, as_of):
            case "pending":
                yield period
                return
            case "holds":
                continue
            case "breaks":
                run = None
                continue
        assert mark is not None  # noqa: S101 - only a period with a notice counts
        same = run is not None and run.verdict is mark.verdict
        run = Run((*run.marks, mark)) if run is not None and same else Run((mark,))
        yield run


def nth_score(length: int, rule: RunRule) -> int:
    """Which score of its run a period earns by being the ``length``-th of it; 0 for none.

    Runs of two, up to five periods long:

    >>> sliding = RunRule(id="r", cadence=Cadence.MONTH, effect="routine-points")
    >>> [nth_score(n, sliding) for n in range(1, 6)]
    [0, 1, 2, 3, 4]
    >>> [nth_score(n, sliding.model_copy(update={"counts": "blocks"})) for n in range(1, 6)]
    [0, 1, 0, 2, 0]
    >>> [nth_score(n, sliding.model_copy(update={"counts": "once"})) for n in range(1, 6)]
    [0, 1, 0, 0, 0]
    """
    if rule.counts == "sliding":
        return max(0, length - rule.length + 1)
    if rule.counts == "blocks":
        return 0 if length % rule.length else length // rule.length
    return int(length == rule.length)


def year_of(window: tuple[Mark, ...], rule: RunRule) -> int:
    """The year that a score belongs to."""
    return window[0 if rule.belongs_to == "first" else -1].period.year


def worth(verdict: NoticeVerdict, nth: int, age: int, rule: RunRule) -> int:
    """What a score is worth, in hundredths, after decay.

    Args:
        verdict: The verdict of the run.
        nth: Which score of its run it is, from 1.
        age: How many periods have ended since; see `age_of`.
        rule: The rule that scores.
    """
    whole = int((rule.commended if verdict is NoticeVerdict.COMMENDED else rule.criticised) * 100)
    steps = {"none": 0, "by-repeat": nth - 1, "by-age": age}[rule.decay]
    factor = Fraction(1) if rule.decay_factor is None else rule.decay_factor
    return round(whole * factor**steps)


def age_of(completed: Period, year: int, as_of: date) -> int:
    """How many periods have ended, by a day and within a score's year, since it was earned."""
    now = last_ended(min(as_of, last_of_year(completed.cadence, year).last), completed.cadence)
    return 0 if now < completed else sum(1 for _ in completed.until(now)) - 1


def last_of_year(cadence: Cadence, year: int) -> Period:
    """The last period of a year; its 28 December always lies in it."""
    return Period.of(date(year, 12, 28), cadence)


def last_ended(day: date, cadence: Cadence) -> Period:
    """The last period that had ended when a day was over."""
    period = Period.of(day, cadence)
    return period if period.last == day else period.previous


def total(amounts: Iterable[int], rule: RunRule) -> tuple[int, int, int]:
    """Add up a year's scores: what was added, what was deducted, and what is entered.

    Args:
        amounts: The scores of one unit, rule and year, in hundredths.
        rule: Its cap, floor and offset.
    """
    listed = list(amounts)
    added = sum(amount for amount in listed if amount > 0)
    deducted = sum(amount for amount in listed if amount < 0)
    if rule.offset == "net":
        return added, deducted, _bounded(added + deducted, rule)
    return added, deducted, _bounded(added, rule) + _bounded(deducted, rule)


def _bounded(amount: int, rule: RunRule) -> int:
    if rule.cap is not None:
        amount = min(amount, int(rule.cap * 100))
    if rule.floor is not None:
        amount = max(amount, int(rule.floor * 100))
    return amount
