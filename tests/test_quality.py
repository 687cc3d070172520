"""How good alerts were: against the register's own outcomes, and against the truth."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.casework import Book, advance, open_cases, quality, report
from antipoverty.errors import InvalidFileError
from antipoverty.packs import shaanxi_2531, shaanxi_rectification, shaanxi_workflow
from antipoverty.periods import Period

AREA = "61070210020001"
FEBRUARY = date(2021, 2, 1)
YEAR = Period.parse("2021")


def opened(**rules: str) -> Book:
    """A book with an alert of a rule on each household."""
    book = Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification())
    alerts = pl.DataFrame(
        {
            "household_id": [*rules],
            "area": [AREA] * len(rules),
            "rule_id": [*rules.values()],
            "verdict": ["warn"] * len(rules),
        }
    )
    return open_cases(book, alerts, as_of=FEBRUARY)[0]


def looked(book: Book, id_: str, *, risk: bool, on: date = date(2021, 2, 4)) -> Book:
    """Somebody goes to a home and finds something, or nothing."""
    outcome = None if risk else "no-risk"
    return advance(
        book, id_, "home_check", by="keeper-1", on=on, finding={"visited": True}, outcome=outcome
    )[0]


def truth(*rows: tuple[str, date, date | None, date | None]) -> pl.DataFrame:
    """A table of who was truly in need."""
    days = dict.fromkeys(("since", "until", "otherwise"), pl.Date)
    return pl.DataFrame([*rows], schema={"household_id": pl.String, **days}, orient="row")


def test_a_register_alone_tells_confirmed_refuted_and_visits_that_found_nothing() -> None:
    """Without truth, the register's own outcomes are told by rule, and nothing about need."""
    book = opened(h1="job-loss", h2="job-loss", h3="disaster")
    book = looked(looked(book, "h1", risk=True), "h2", risk=False)
    told = quality(book, period=YEAR)
    assert told.need is None
    by_rule = {one.key: one for one in told.rules}
    jobs, flood = by_rule["job-loss"], by_rule["disaster"]
    assert (jobs.outcomes.alerts, jobs.outcomes.refuted, jobs.outcomes.open) == (2, 1, 1)
    assert (jobs.outcomes.visited, jobs.false_visits) == (2, 1)
    assert (flood.outcomes.visited, flood.false_visits) == (0, 0)
    assert jobs.in_need is jobs.needless is None


def test_against_the_truth_a_visit_is_needless_where_nobody_was_in_need_that_day() -> None:
    """Need is that of the day of the visit: over before, or not begun, it was needless."""
    book = opened(h1="job-loss", h2="job-loss", h3="job-loss")
    for id_ in ("h1", "h2", "h3"):
        book = looked(book, id_, risk=True)
    told = quality(
        book,
        period=YEAR,
        truth=truth(
            ("h1", date(2021, 2, 4), None, None),
            ("h2", date(2021, 1, 1), date(2021, 2, 4), None),
            ("h3", date(2021, 2, 5), None, None),
        ),
    )
    (jobs,) = told.rules
    assert (jobs.in_need, jobs.needless) == (1, 2)


def test_days_earlier_are_counted_from_the_day_somebody_looked() -> None:
    """Found is who was looked at and not sent away since the need began; others are missed."""
    book = opened(h1="job-loss", h2="job-loss", h3="job-loss")
    book = looked(looked(book, "h1", risk=True), "h2", risk=False)
    book = report(
        book, "h4", area=AREA, on=date(2021, 3, 1), by="platform", token="t-4", consent=True
    )[0]
    book = looked(book, "h4", risk=True, on=date(2021, 3, 2))
    january = date(2021, 1, 10)
    told = quality(
        book,
        period=YEAR,
        truth=truth(
            ("h1", january, None, date(2021, 6, 4)),
            ("h2", january, None, date(2021, 5, 1)),
            ("h3", january, None, None),
            ("h4", january, None, None),
            ("h9", date(2020, 1, 1), None, None),
        ),
    )
    need = told.need
    assert need is not None
    by_rule = {one.key: one for one in told.rules}
    jobs = by_rule["job-loss"]
    assert (jobs.found, jobs.compared, jobs.days_earlier) == (1, 1, 120)
    assert (need.in_need, need.found, need.missed, need.sent_away) == (4, 2, 2, 1)
    assert (need.warned, need.only_here) == (1, 1)
    assert (need.compared, need.days_earlier, need.mean_days) == (1, 120, Fraction(120))


@given(st.integers(-40, 40), st.booleans())
def test_found_never_lies_before_the_need(shift: int, upheld: bool) -> None:
    """A visit before the need began has not found it; on its first day it has."""
    book = looked(opened(h1="job-loss"), "h1", risk=upheld)
    since = date(2021, 2, 4) + timedelta(days=shift)
    need = quality(book, period=YEAR, truth=truth(("h1", since, None, None))).need
    assert need is not None
    assert need.in_need == (since.year == 2021)
    assert need.found == (need.in_need and upheld and shift <= 0)
    assert need.found + need.missed == need.in_need


def test_a_truth_that_cannot_be_used_names_its_rows() -> None:
    """Every wrong row is named, and no value of it."""
    wrong = truth(("h1", date(2021, 1, 1), None, None), ("h1", date(2021, 1, 1), None, None))
    lacks = pl.concat([wrong, pl.DataFrame([{"household_id": "h7"}])], how="diagonal")
    with pytest.raises(InvalidFileError) as caught:
        quality(opened(h1="job-loss"), period=YEAR, truth=lacks)
    said = str(caught.value)
    assert "row 2" in said
    assert "row 3" in said
    assert "h1" not in said


def test_the_command_tells_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``cases quality`` reads a register and, if wanted, a truth."""
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("typer")
    from antipoverty.casework import Casebook
    from antipoverty.cli import main

    store = f"sqlite:///{tmp_path}/cases.db"
    empty = Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification())
    alerts = pl.DataFrame(
        {
            "household_id": ["h1"],
            "area": [AREA],
            "rule_id": ["job-loss"],
            "verdict": ["warn"],
        }
    )
    with Casebook.open(store, empty) as kept:
        kept.open_cases(alerts, as_of=FEBRUARY)
        kept.advance(
            "h1", "home_check", by="keeper-1", on=date(2021, 2, 4), finding={"visited": True}
        )
    path = tmp_path / "truth.csv"
    path.write_text("household_id,since,until,otherwise\nh1,2021-01-10,,2021-02-14\n")
    command = ["cases", "quality", "--store", store, "--period", "2021"]
    assert main([*command, "--json"]) == 0
    alone: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert alone["need"] is None
    assert main([*command, "--truth", str(path), "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["need"]["days_earlier"] == 10
    assert told["rules"][0]["needless"] == 0
    assert main([*command, "--truth", str(path)]) == 0
    assert "1 / 1" in capsys.readouterr().out
