"""Two registers (双库): risk cases from alert to safety, and problems brought to zero.

A book is a value: each verb gives a new book and the events that made it, and a book is
the fold of its events on any day. `Casebook` keeps the events in a database.

>>> from datetime import date
>>> import polars as pl
>>> from antipoverty.packs import shaanxi_2531, shaanxi_rectification, shaanxi_workflow
>>> book = Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification())
>>> alerts = pl.DataFrame({"household_id": ["h1"], "area": ["610702100200"],
...                        "rule_id": ["traffic-accident"], "verdict": ["warn"]})
>>> book, events, opened = open_cases(book, alerts, as_of=date(2022, 2, 1))
>>> book, more = advance(book, "h1", "home_check", by="keeper-17", on=date(2022, 2, 3),
...                      finding={"visited": True})
>>> book.case("h1")
<Case h1 checked since 2022-02-03, 1 signals>
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from antipoverty._casework.alerts import open_cases
from antipoverty._casework.answers import LineRefused, ListAnswers, acknowledge_lines, answer_lists
from antipoverty._casework.appeals import (
    Read,
    answer_appeal,
    appeal,
    correct,
    log_read,
    read_log,
)
from antipoverty._casework.book import Book, Broken
from antipoverty._casework.cases import (
    CAME,
    Appeal,
    Case,
    Episode,
    Look,
    Measure,
    Overseen,
    Problem,
    Signal,
)
from antipoverty._casework.clusters import (
    RETURNS,
    Cluster,
    clusters,
    count_households,
    new_cases,
)
from antipoverty._casework.events import Event, events_from_json, events_to_json, known_on
from antipoverty._casework.facts import facts_of
from antipoverty._casework.figures import INDICATORS, RegisterFigures
from antipoverty._casework.handed import ANSWERS, Line
from antipoverty._casework.handovers import (
    HandedLine,
    LineFigures,
    line_figures,
    lines,
    write_handovers,
)
from antipoverty._casework.inspection_forms import read_inspection, write_inspection
from antipoverty._casework.inspections import (
    INSPECTED,
    FilledInspection,
    InspectionAnswers,
    InspectionLine,
    answer_inspection,
    inspection_lines,
)
from antipoverty._casework.lineage import Overlap, join, move, overlaps, split
from antipoverty._casework.lists import (
    Proposal,
    Task,
    matching,
    overdue,
    problem_list,
    proposals,
    worklist,
)
from antipoverty._casework.outcomes import Precision, precision
from antipoverty._casework.problems import (
    Progress,
    extend,
    follow_like,
    like_cases,
    list_found,
    list_problem,
    progress,
)
from antipoverty._casework.quality import NeedFound, Quality, RuleQuality, quality
from antipoverty._casework.reports import report
from antipoverty._casework.returns import COUNTS, Opened, Rows
from antipoverty._casework.steps import (
    Refused,
    Taken,
    acknowledge,
    advance,
    advance_each,
    advance_problem,
    record_help,
    urge,
    withdraw,
    withdraw_problem,
)
from antipoverty._casework.stock import import_stock
from antipoverty._casework.teams import TeamActs, oversee, oversee_problem, team_acts
from antipoverty._casework.times import DAYS, IN_LIMIT, WHATS, InTime, in_times, statistics
from antipoverty._casework.turn import CLASHES, Contradiction, Turned, turn
from antipoverty._casework.views import pseudonyms, view
from antipoverty._casework.visits import Coverage, GridCoverage, keepers_of, visit_coverage
from antipoverty._policy.calendars import Calendar, ChineseHolidays, Weekdays
from antipoverty._policy.workflow import Workflow

if TYPE_CHECKING:
    from antipoverty._casework.qr import household_qr
    from antipoverty._casework.store import Casebook

__all__ = [
    "ANSWERS",
    "CAME",
    "CLASHES",
    "COUNTS",
    "DAYS",
    "INDICATORS",
    "INSPECTED",
    "IN_LIMIT",
    "RETURNS",
    "WHATS",
    "Appeal",
    "Book",
    "Broken",
    "Calendar",
    "Case",
    "Casebook",
    "ChineseHolidays",
    "Cluster",
    "Contradiction",
    "Coverage",
    "Episode",
    "Event",
    "FilledInspection",
    "GridCoverage",
    "HandedLine",
    "InTime",
    "InspectionAnswers",
    "InspectionLine",
    "Line",
    "LineFigures",
    "LineRefused",
    "ListAnswers",
    "Look",
    "Measure",
    "NeedFound",
    "Opened",
    "Overlap",
    "Overseen",
    "Precision",
    "Problem",
    "Progress",
    "Proposal",
    "Quality",
    "Read",
    "Refused",
    "RegisterFigures",
    "Rows",
    "RuleQuality",
    "Signal",
    "Taken",
    "Task",
    "TeamActs",
    "Turned",
    "Weekdays",
    "Workflow",
    "acknowledge",
    "acknowledge_lines",
    "advance",
    "advance_each",
    "advance_problem",
    "answer_appeal",
    "answer_inspection",
    "answer_lists",
    "appeal",
    "clusters",
    "correct",
    "count_households",
    "events_from_json",
    "events_to_json",
    "extend",
    "facts_of",
    "follow_like",
    "household_qr",
    "import_stock",
    "in_times",
    "inspection_lines",
    "join",
    "keepers_of",
    "known_on",
    "like_cases",
    "line_figures",
    "lines",
    "list_found",
    "list_problem",
    "log_read",
    "matching",
    "move",
    "new_cases",
    "open_cases",
    "overdue",
    "overlaps",
    "oversee",
    "oversee_problem",
    "precision",
    "problem_list",
    "progress",
    "proposals",
    "pseudonyms",
    "quality",
    "read_inspection",
    "read_log",
    "record_help",
    "report",
    "split",
    "statistics",
    "team_acts",
    "turn",
    "urge",
    "view",
    "visit_coverage",
    "withdraw",
    "withdraw_problem",
    "worklist",
    "write_handovers",
    "write_inspection",
]


def __getattr__(name: str) -> Any:
    """Load the database and the drawing of codes when they are first asked for."""
    if name == "Casebook":
        import_module("antipoverty._casework.tables")  # first: it says that the extra is missing
        from antipoverty._casework.store import Casebook

        return Casebook
    if name == "household_qr":
        from antipoverty._casework.qr import household_qr

        return household_qr
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
