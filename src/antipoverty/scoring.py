"""Notices in a row have an effect, and every point can be told back to the notices that made it.

双连续通报, "double consecutive": a unit commended or criticised in two consecutive
months has points added or deducted in the routine assessment; in two consecutive
quarters, it shows in the year-end result.

>>> from datetime import date
>>> notices = [
...     Notice(notice_id="n1", unit="610702", period="2022-11", verdict="commended",
...            level="province", issued_on=date(2022, 12, 5)),
...     Notice(notice_id="n2", unit="610702", period="2022-12", verdict="commended",
...            level="province", issued_on=date(2023, 1, 5)),
... ]
>>> board = assess(notices, AssessmentPolicy(), as_of=date(2023, 1, 31))
>>> board.routine("610702", 2022)
Decimal('1.00')
>>> board.ledger[0].notices
('n1', 'n2')

The rooms behind this door: `_scoring.notices` (what comes in), `_scoring.policy` (the
open choices), `_scoring.runs` (the reference), `_scoring.board` (the result),
`_scoring.frames` and `outside` (the same in bulk), `statistics` to `drafting` (how
notices arise), `_base.csvfiles` (tables of both).

Source:
    Shaanxi's 2531 mechanism. It publishes neither the number of points nor the
    choices, so a policy is ``illustrative`` unless it names its source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from antipoverty._scoring import charts, texts
from antipoverty._scoring.board import Board, assess
from antipoverty._scoring.calendar import Due, Duty, Timetable, due
from antipoverty._scoring.chance import Limits, beyond, within
from antipoverty._scoring.cost import Cost, cost, named_by_limits, named_by_rank
from antipoverty._scoring.drafting import Draft, draft_notices
from antipoverty._scoring.gathering import Missing, summarise, with_nothing
from antipoverty._scoring.indicators import Indicator, NoticePolicy
from antipoverty._scoring.ledger import Account, Change, Entry, Waiting, YearEnd
from antipoverty._scoring.notices import Notice, NoticeVerdict, read_notices, write_notices
from antipoverty._scoring.policy import AssessmentPolicy, RunRule
from antipoverty._scoring.rating import Baseline, Score
from antipoverty._scoring.statistics import (
    Kind,
    Statistic,
    read_statistics,
    statistics_of,
    write_statistics,
)

if TYPE_CHECKING:
    from antipoverty._scoring.frames import BoardFrames, assess_frame
    from antipoverty._scoring.outside import outside_frame

__all__ = [
    "Account",
    "AssessmentPolicy",
    "Baseline",
    "Board",
    "BoardFrames",
    "Change",
    "Cost",
    "Draft",
    "Due",
    "Duty",
    "Entry",
    "Indicator",
    "Kind",
    "Limits",
    "Missing",
    "Notice",
    "NoticePolicy",
    "NoticeVerdict",
    "RunRule",
    "Score",
    "Statistic",
    "Timetable",
    "Waiting",
    "YearEnd",
    "assess",
    "assess_frame",
    "beyond",
    "charts",
    "cost",
    "draft_notices",
    "due",
    "named_by_limits",
    "named_by_rank",
    "outside_frame",
    "read_notices",
    "read_statistics",
    "statistics_of",
    "summarise",
    "texts",
    "with_nothing",
    "within",
    "write_notices",
    "write_statistics",
]


def __getattr__(name: str) -> Any:
    """Load the bulk engine, and with it the frame libraries, when it is first asked for."""
    if name in ("BoardFrames", "assess_frame"):
        from antipoverty._scoring import frames

        return getattr(frames, name)
    if name == "outside_frame":
        from antipoverty._scoring import outside

        return outside.outside_frame
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
