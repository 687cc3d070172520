"""Books for the tests: an empty one on Shaanxi's pack, alerts, and a way through the steps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import polars as pl

from antipoverty.casework import Book, Event, advance, open_cases, record_help
from antipoverty.packs import shaanxi_2531, shaanxi_rectification, shaanxi_workflow

DAY = date(2022, 2, 1)
VILLAGE = "610702100200"
ENTRY = [
    ("home_check", "keeper-17", {"visited": True}),
    ("authorise", "keeper-17", {"authorised": True}),
    ("compare", "county-2", {"compared": True}),
    ("village_review", "village-1", {"minutes": "mz-2022-3"}),
    ("village_notice", "village-1", {}),
    ("township_review", "township-1", {"objections_settled": True}),
    ("county_decision", "county-2", {"category": "marginal"}),
]
GOOD = {
    "income_stable": True,
    "above_current_line": True,
    "spending_resolved": True,
    "guarantees_solid": True,
    "has_labour": True,
}
EXIT = [
    ("propose_exit", "village-1", GOOD),
    ("exit_check", "keeper-17", {"visited": True}),
    ("exit_review", "village-1", {"minutes": "mz-2022-9"}),
    ("exit_notice", "village-1", {}),
    ("exit_township", "township-1", {"objections_settled": True}),
    ("exit_decision", "county-2", {"above_current_line": True, "has_labour": True}),
]


def empty() -> Book:
    """A book on Shaanxi's pack and workflows."""
    return Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification())


def alerts(*rows: tuple[str, str] | tuple[str, str, str], area: str = VILLAGE) -> pl.DataFrame:
    """A frame of alerts: household, rule and, if it is not ``warn``, verdict."""
    filled = [(row[0], area, row[1], row[2] if len(row) == 3 else "warn") for row in rows]
    columns = ["household_id", "area", "rule_id", "verdict"]
    return pl.DataFrame(filled, schema=dict.fromkeys(columns, pl.String), orient="row")


def opened(*households: str, rule: str = "traffic-accident", on: date = DAY) -> Book:
    """A book with a case for each household."""
    return open_cases(empty(), alerts(*((household, rule) for household in households)), as_of=on)[
        0
    ]


def walk(
    book: Book, case_id: str, steps: Iterable[tuple[str, str, dict[str, Any]]], on: date
) -> tuple[Book, list[Event], date]:
    """Take steps six days apart, as notices need."""
    events: list[Event] = []
    for step, by, finding in steps:
        on += timedelta(days=6)
        book, new = advance(book, case_id, step, by=by, on=on, finding=finding)
        events += new
    return book, events, on


def monitored(case_id: str = "h1", rule: str = "traffic-accident") -> tuple[Book, date]:
    """A book with a case that was decided and helped."""
    book, _, on = walk(opened(case_id, rule=rule), case_id, ENTRY, DAY)
    risk = book.case(case_id).risks[0]
    measure = book.workflow.risk(risk).measures[0]
    book, _ = record_help(book, case_id, measure, risk=risk, by="county-2", on=on)
    return book, on
