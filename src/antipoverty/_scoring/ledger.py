"""What an assessment writes down: scores with what earned them, and what a year comes to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from antipoverty._base.provenance import Text
from antipoverty._scoring.notices import NoticeVerdict
from antipoverty._scoring.policy import Effect
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import phrase
from antipoverty.periods import Period


def points(hundredths: int) -> Decimal:
    """Write whole hundredths as exact points."""
    return Decimal(hundredths).scaleb(-2)


@attrs.frozen
class Entry:
    """One line of the ledger: one score, and what earned it.

    Attributes:
        unit: The unit, by the code it has on the board's day.
        rule: The id of the rule.
        effect: What the points are: of the routine assessment or the year end, steps
            of the grade, or vetoes.
        verdict: The verdict of the run.
        level: The level whose notices form the run; ``None`` when levels count together.
        year: The year the score belongs to.
        periods: The periods that earned it, oldest first.
        run_length: How long the run was with the last of them.
        amount: Its worth after decay, in exact hundredths; before cap and floor, which
            hold the year's total.
        notices: The ids of the notices of those periods.
    """

    unit: AreaCode
    rule: str
    effect: Effect
    verdict: NoticeVerdict
    level: Level | None
    year: int
    periods: tuple[Period, ...]
    run_length: int
    amount: Decimal
    notices: tuple[str, ...]

    @property
    def completed(self) -> Period:
        """The period that completed the run, in which the score is entered."""
        return self.periods[-1]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What stays the same when the score is corrected: where it stands in the ledger."""
        return self.unit, self.rule, self.level.value if self.level else "", str(self.completed)


@attrs.frozen
class Account:
    """What one rule comes to for one unit and year.

    Attributes:
        added: The sum of the scores above 0.
        deducted: The sum of the scores below 0.
        total: What is entered, after offset, cap and floor.
    """

    unit: AreaCode
    rule: str
    effect: Effect
    year: int
    added: Decimal
    deducted: Decimal
    total: Decimal


@attrs.frozen
class Waiting:
    """A series that stands still until a missing notice comes or its wait ends.

    Attributes:
        period: The period without a notice.
        until: The last day of the wait; the run breaks the day after.
    """

    unit: AreaCode
    rule: str
    level: Level | None
    period: Period
    until: date


@attrs.frozen
class Change:
    """How one line of the ledger differs from an earlier board, and why.

    Attributes:
        before: The line as it was, or ``None`` when it is new.
        after: The line as it is, or ``None`` when it is gone.
        notices: The ids of the notices that made the difference: issued since, or
            no longer standing.
        why: The reason in Chinese and in English.
    """

    before: Entry | None
    after: Entry | None
    notices: tuple[str, ...]
    why: Text


@attrs.frozen
class YearEnd:
    """What consecutive notices do to one unit's year-end result (年终考核).

    Attributes:
        points: Points added to or deducted from the result.
        grade_steps: Steps up (above 0) or down the ladder of grades.
        vetoed: Whether the top grade is closed to the unit.
        accounts: The totals this comes from, with cap and floor.
        entries: The lines of the ledger behind them.
        waiting: What may still change it, because a notice is awaited.
        illustrative: Whether no authority's document stands behind the points.
    """

    unit: AreaCode
    year: int
    points: Decimal
    grade_steps: int
    vetoed: bool
    accounts: tuple[Account, ...]
    entries: tuple[Entry, ...]
    waiting: tuple[Waiting, ...]
    illustrative: bool

    def grade(self, earned: str, ladder: Sequence[str]) -> str:
        """Move a grade by the steps, then off the top where that is vetoed.

        Args:
            earned: The grade before the effect.
            ladder: All grades, the best first.

        Raises:
            ValueError: The grade is not on the ladder.
        """
        if earned not in ladder:
            raise ValueError(
                phrase(
                    "grade {earned!r} is not one of {ladder}",
                    earned=earned,
                    ladder=", ".join(ladder),
                )
            )
        best = min(1, len(ladder) - 1) if self.vetoed else 0
        return ladder[max(best, min(len(ladder) - 1, ladder.index(earned) - self.grade_steps))]

    def as_dict(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {field.name: plain(getattr(self, field.name)) for field in attrs.fields(YearEnd)}


def plain(thing: Any) -> Any:
    """Turn what an assessment makes into dicts, lists and text."""
    if attrs.has(type(thing)) and not isinstance(thing, Period):
        return {
            field.name: plain(getattr(thing, field.name)) for field in attrs.fields(type(thing))
        }
    if isinstance(thing, tuple):
        return [plain(one) for one in thing]
    if isinstance(thing, NoticeVerdict | Level):
        return thing.value
    if isinstance(thing, date | Decimal | Period | AreaCode):
        return str(thing)
    return thing
