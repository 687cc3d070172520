"""What became of alerts: confirmed, refuted or still open; and who was entered without one.

A share is given over those that were settled, with its interval; a share of few is
withheld, for it would tell of households and not of a rule.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import isqrt
from typing import ClassVar, Literal

import attrs

from antipoverty._casework.book import Book
from antipoverty._casework.cases import Case
from antipoverty.codes import Level
from antipoverty.errors import one_of
from antipoverty.periods import Period

By = Literal["rule", "department", "city", "county", "township", "village"]
BYS: tuple[By, ...] = ("rule", "department", "city", "county", "township", "village")
_Z2 = Fraction(38416, 10_000)
"""The square of 1.96: nineteen intervals of twenty hold the share."""
_FINE = 10**6


@attrs.frozen
class Precision:
    """What became of the alerts of one rule, department or area (预警准确率).

    Attributes:
        key: The rule, department or area.
        alerts: The cases that were warned of.
        confirmed: Those that were decided to be monitored.
        refuted: Those closed before: looked into and found to be nothing, or not entered.
        open: Those that are neither yet.
        visited: How many somebody looked at.
        days: The sum of the days from the first signal to that.
        entered: All that were decided to be monitored here, warned of or not.
        missed: How many of those no rule had warned of: they reported themselves, or had
            open questions only. By rule it is not known whose they would have been.
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
    book: Book, *, by: str = "rule", period: Period | None = None
) -> tuple[Precision, ...]:
    """Tell what became of the alerts, so that a rule that warns of nothing is seen.

    Args:
        book: The book.
        by: ``rule``, ``department``, or the level of an area; by village it is the load
            of alerts that its keepers carry.
        period: Only the cases opened, or opened again, in it.

    Raises:
        InvalidArgumentError: It is told by none of these.
    """
    one_of(by, BYS, "way to tell outcomes apart")
    found: dict[str, list[int]] = defaultdict(lambda: [0] * 8)
    for case in book.cases.values():
        if case.joined or (period is not None and case.opened not in period):
            continue
        flow = book.workflow
        decided = any(state in case.reached for state in flow.decided)
        refuted = not decided and not book.is_open(case)
        looked = [day for state in flow.detected if (day := case.reached.get(state))]
        warned = _warned(case, by)
        for key in warned:
            counts = found[key]
            counts[0] += 1
            counts[1] += decided
            counts[2] += refuted
            counts[3] += not decided and not refuted
            if looked:
                counts[4] += 1
                counts[5] += (min(looked) - case.opened).days
        here = "" if by in ("rule", "department") else case.area[: Level(by).digits]
        for key in (warned or (here,)) if decided else ():
            found[key][6] += 1
            found[key][7] += not warned
    return tuple(Precision(key, *found[key]) for key in sorted(found))


def _warned(case: Case, by: str) -> tuple[str, ...]:
    """Under which keys a case was warned of since it was opened."""
    now = [one for one in case.signals if one.verdict == "warn" and one.last >= case.opened]
    if by == "rule":
        return tuple(sorted({one.rule for one in now}))
    if by == "department":
        return tuple(sorted({one.department for one in now}))
    return (case.area[: Level(by).digits],) if now else ()
