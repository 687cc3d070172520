"""What became of alerts: confirmed, refuted or still open; and who was entered without one.

A share is given over those that were settled, with its interval; a share of few is
withheld, for it would tell of households and not of a rule.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import isqrt
from typing import ClassVar, Literal

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._casework.book import Book
from antipoverty._casework.cases import Episode
from antipoverty.codes import Level
from antipoverty.errors import InvalidArgumentError, one_of
from antipoverty.model import Keeper
from antipoverty.periods import Period

By = Literal["rule", "department", "city", "county", "township", "village", "keeper"]
BYS: tuple[By, ...] = ("rule", "department", "city", "county", "township", "village", "keeper")
SOURCES = ("report", "undecided", "lineage")
"""How a household that no rule warned of came to be entered: it reported itself, a question was
open, or its case came from another household's."""
_Z2 = Fraction(38416, 10_000)
"""The square of 1.96: nineteen intervals of twenty hold the share."""
_FINE = 10**6


@attrs.frozen
class Precision:
    """What became of the alerts of one rule, department, area or keeper (预警准确率).

    Attributes:
        key: The rule, department, area or keeper; empty for households of no keeper, and for
            those entered that no rule or department had warned of.
        alerts: The cases that were warned of.
        confirmed: Those that were decided to be monitored.
        refuted: Those closed before: looked into and found to be nothing, or not entered.
        open: Those that are neither yet.
        visited: How many somebody looked at.
        days: The sum of the days from the first signal to that.
        entered: All that were decided to be monitored here, warned of or not.
        missed: How many of those no rule had warned of: they reported themselves, or had
            open questions only. By rule it is not known whose they would have been.
        sources: How many of the missed came how, by the word of `SOURCES`.
        months: How many months the period has, or ``None`` without one.
    """

    FEW: ClassVar[int] = 10
    """Under so many settled alerts no share is given."""

    key: str
    alerts: int
    confirmed: int
    refuted: int
    open: int
    visited: int
    days: int
    entered: int
    missed: int
    sources: Mapping[str, int] = Frozen()
    months: int | None = None

    @property
    def load(self) -> Fraction | None:
        """The alerts of a month; by keeper, the load that one carries (每月预警负担)."""
        return None if self.months is None else Fraction(self.alerts, self.months)

    @property
    def mean_days(self) -> Fraction | None:
        """The mean days from the first signal to the first visit; withheld for fewer than ten."""
        return Fraction(self.days, self.visited) if self.visited >= self.FEW else None

    @property
    def settled(self) -> int:
        """The denominator of the share."""
        return self.confirmed + self.refuted

    @property
    def share(self) -> Fraction | None:
        """The share that was confirmed, of those settled; withheld for fewer than ten."""
        return Fraction(self.confirmed, self.settled) if self.settled >= self.FEW else None

    @property
    def interval(self) -> tuple[Fraction, Fraction] | None:
        """Wilson's interval of 95 per cent for the share, rounded outwards."""
        if self.share is None:
            return None
        count = self.settled
        middle = self.share + _Z2 / (2 * count)
        square = _Z2 * (self.share * (1 - self.share) / count + _Z2 / (4 * count * count))
        half = Fraction(isqrt(int(square * _FINE**2)) + 1, _FINE)
        scale = 1 + _Z2 / count
        return max((middle - half) / scale, Fraction(0)), min((middle + half) / scale, Fraction(1))


def precision(
    book: Book,
    *,
    by: str = "rule",
    period: Period | None = None,
    keepers: Iterable[Keeper] | None = None,
) -> tuple[Precision, ...]:
    """Tell what became of the alerts, so that a rule that warns of nothing is seen.

    Args:
        book: The book.
        by: ``rule``, ``department``, the level of an area, or ``keeper``.
        period: Only the cases opened, or opened again, in it; one that was opened twice
            counts twice.
        keepers: Everybody who holds a grid, for ``keeper``; each of them is told, also one
            without an alert.

    Raises:
        InvalidArgumentError: It is told by none of these, or by keeper without keepers.
    """
    one_of(by, BYS, "way to tell outcomes apart")
    if (by == "keeper") != (keepers is not None):
        raise InvalidArgumentError("give the keepers to tell outcomes by keeper, and only then")
    grids = {str(grid): one.keeper_id for one in keepers or () for grid in one.grids}
    found: dict[str, list[int]] = defaultdict(lambda: [0] * 8)
    came: dict[str, Counter[str]] = defaultdict(Counter)
    for keeper in grids.values():
        found[keeper] = [0] * 8
    flow = book.workflow
    closed = [one.id for one in flow.states if one.closed]
    every = (one for case in book.cases.values() if not case.joined for one in case.episodes)
    for case in every:
        if case.came == "stock" or (period is not None and case.opened not in period):
            continue
        decided = any(state in case.reached for state in flow.decided)
        refuted = not decided and case.state in closed
        looked = [day for state in flow.detected if (day := case.reached.get(state))]
        here = _place(case, by, grids)
        warned = _warned(case, by, here)
        for key in warned:
            counts = found[key]
            counts[0] += 1
            counts[1] += decided
            counts[2] += refuted
            counts[3] += not decided and not refuted
            if looked:
                counts[4] += 1
                counts[5] += (min(looked) - case.opened).days
        for key in (warned or (here,)) if decided else ():
            found[key][6] += 1
            found[key][7] += not warned
            if not warned:
                came[key][_source(case)] += 1
    months = None if period is None else _months(period)
    return tuple(_told(key, found[key], came[key], months) for key in sorted(found))


def _told(key: str, counts: list[int], came: Mapping[str, int], months: int | None) -> Precision:
    alerts, confirmed, refuted, waiting, visited, days, entered, missed = counts
    return Precision(
        key,
        alerts,
        confirmed,
        refuted,
        waiting,
        visited,
        days,
        entered,
        missed,
        Frozen(dict(sorted(came.items()))),
        months,
    )


def _months(period: Period) -> int:
    """The calendar months that a period touches."""
    first, last = period.first, period.last
    return (last.year - first.year) * 12 + last.month - first.month + 1


def _place(case: Episode, by: str, grids: Mapping[str, str]) -> str:
    """Where a case counts that no rule warned of; by keeper, whose it is."""
    if by in ("rule", "department"):
        return ""
    if by != "keeper":
        return case.area[: Level(by).digits]
    lengths = sorted({len(grid) for grid in grids}, reverse=True)
    return next((grids[grid] for size in lengths if (grid := case.area[:size]) in grids), "")


def _source(case: Episode) -> str:
    """How a household came that no rule had warned of."""
    verdicts = {one.verdict for one in case.signals}
    return next((word for word in SOURCES if word in verdicts), "lineage")


def _warned(case: Episode, by: str, here: str) -> tuple[str, ...]:
    """Under which keys a case was warned of since it was opened."""
    now = [one for one in case.signals if one.verdict == "warn"]
    if by == "rule":
        return tuple(sorted({one.rule for one in now}))
    if by == "department":
        return tuple(sorted({one.department for one in now}))
    return (here,) if now else ()
