"""Histories of notices and policies, drawn where mistakes live: year ends, gaps, corrections."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
from hypothesis import strategies as st

from antipoverty.codes import AreaCode
from antipoverty.model import Area, AreaTree
from antipoverty.periods import Cadence, Period
from antipoverty.scoring import AssessmentPolicy, Board, BoardFrames, Notice, RunRule
from antipoverty.testing._strategies.mechanism import (  # private: where drawn histories begin
    STARTS,
    UNITS,
)
from antipoverty.testing.strategies import histories

MERGE_DAY = date(2024, 1, 1)
AREAS = AreaTree(
    [
        Area(code=AreaCode("61"), name="省"),
        Area(code=AreaCode("6107"), name="市"),
        Area(
            code=AreaCode("610701"),
            name="甲县",
            until=MERGE_DAY - timedelta(days=1),
            successors=(AreaCode("610703"),),
        ),
        Area(
            code=AreaCode("610702"),
            name="乙县",
            until=MERGE_DAY - timedelta(days=1),
            successors=(AreaCode("610703"), AreaCode("610704")),
        ),
        Area(code=AreaCode("610703"), name="丙县"),
        Area(code=AreaCode("610704"), name="丁县", since=MERGE_DAY),
    ]
)
"""甲县 and 乙县 merge into 丙县, and a part of 乙县 becomes 丁县."""

ALL_PERIODS = tuple(
    period
    for start in STARTS
    for period in itertools.islice(Period.parse(start).until(Period.parse(start).shift(9)), 10)
)


def _amounts(low: int, high: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda hundredths: Decimal(hundredths).scaleb(-2))


@st.composite
def rules(
    draw: st.DrawFn,
    name: str = "rule",
    *,
    cadences: tuple[Cadence, ...] = tuple(Cadence),
    errors: bool = False,
    symmetric: bool = False,
    missing: tuple[str, ...] = ("breaks", "holds", "pending"),
) -> RunRule:
    """A rule with every choice drawn.

    Args:
        draw: Hypothesis's.
        name: Its id.
        cadences: Those it may read.
        errors: Whether both verdicts in a period may be an error.
        symmetric: Whether what is said of commendation is said of criticism.
        missing: What a period without a notice may do.
    """
    effect = draw(
        st.sampled_from(
            ("routine-points", "year-end-points")
            if symmetric
            else ("routine-points", "year-end-points", "grade-step", "veto")
        )
    )
    data: dict[str, object] = {
        "id": name,
        "cadence": draw(st.sampled_from(cadences)),
        "effect": effect,
        "length": draw(st.sampled_from((2, 2, 3, 1))),
        "counts": draw(st.sampled_from(("sliding", "blocks", "once"))),
        "across_years": draw(st.sampled_from(("counts", "breaks"))),
        "belongs_to": draw(st.sampled_from(("last", "first"))),
        "without_notice": draw(st.sampled_from(missing)),
        "neither": draw(st.sampled_from(("breaks", "holds"))),
        "both_verdicts": draw(
            st.sampled_from(
                ("net",) if symmetric else ("net", "criticism", *(["error"] if errors else []))
            )
        ),
        "issuers": draw(st.sampled_from(("apart", "together"))),
        "offset": draw(st.sampled_from(("net", "apart"))),
    }
    if data["without_notice"] == "pending":
        data["pending_days"] = draw(st.sampled_from((0, 10, 60, 400)))
    if effect.endswith("points"):
        data["commended"] = draw(_amounts(1, 300) | st.just(Decimal(0)))
        data["criticised"] = (
            -data["commended"] if symmetric else draw(_amounts(-300, -1) | st.just(Decimal(0)))
        )
        data["decay"] = draw(st.sampled_from(("none", "by-repeat", "by-age")))
        if data["decay"] != "none":
            data["decay_factor"] = draw(st.sampled_from((Fraction(0), Fraction(1, 3), 1)))
    if effect != "veto":
        cap = draw(st.none() | st.integers(0, 3))
        data["cap"] = cap
        mirrored = None if cap is None else -cap
        data["floor"] = mirrored if symmetric else draw(st.none() | st.integers(-3, 0))
    return RunRule.model_validate(data)


@st.composite
def policies(
    draw: st.DrawFn,
    notices: tuple[Notice, ...],
    *,
    errors: bool = False,
    symmetric: bool = False,
) -> AssessmentPolicy:
    """A policy of one to three rules that read the cadences of some notices."""
    cadences = tuple({one.period.cadence for one in notices}) or tuple(Cadence)
    ordered = tuple(one for one in Cadence if one in cadences)
    return AssessmentPolicy(
        successors=draw(st.sampled_from(("follow", "own"))),
        rules=tuple(
            draw(rules(f"rule-{n}", cadences=ordered, errors=errors, symmetric=symmetric))
            for n in range(draw(st.integers(1, 3)))
        ),
    )


@st.composite
def days(draw: st.DrawFn, notices: tuple[Notice, ...]) -> date:
    """A day on, or just before, something happens; or long after everything has."""
    happened = {day for one in notices for day in (one.issued_on, one.period.last)}
    edges = sorted(happened | {MERGE_DAY})
    late = edges[-1] + timedelta(days=draw(st.sampled_from((0, 11, 60, 61, 400, 900))))
    waits = [
        one.period.shift(by).last + timedelta(days=wait)
        for one in notices
        for by in (-2, -1)
        for wait in (10, 60, 400)
    ]
    edges += sorted(set(waits))
    shift = timedelta(days=draw(st.sampled_from((-1, 0, 1, 10, 11, 60))))
    return draw(st.sampled_from((late, late, draw(st.sampled_from(edges)) + shift)))


SCHEMA = {
    "notice_id": pl.String,
    "unit": pl.String,
    "period": pl.String,
    "verdict": pl.String,
    "level": pl.String,
    "issued_on": pl.Date,
    "reason": pl.String,
    "replaces": pl.String,
}


def frame_of(notices: tuple[Notice, ...]) -> pl.DataFrame:
    rows = [
        {
            "notice_id": one.notice_id,
            "unit": str(one.unit),
            "period": str(one.period),
            "verdict": one.verdict.value,
            "level": one.level.value,
            "issued_on": one.issued_on,
            "reason": one.reason,
            "replaces": one.replaces,
        }
        for one in notices
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def tables_of(board: Board) -> tuple[list[Any], list[Any], list[Any]]:
    """A reference board as the rows of the bulk engine's frames, sorted."""
    ledger = [
        (
            str(one.unit),
            one.rule,
            one.level.value if one.level else None,
            one.verdict.value,
            one.year,
            str(one.periods[0]),
            str(one.completed),
            one.run_length,
            int(one.amount * 100),
        )
        for one in board.ledger
    ]
    accounts = [
        (str(a.unit), a.rule, a.year, *(int(x * 100) for x in (a.added, a.deducted, a.total)))
        for a in board.accounts
    ]
    waiting = [
        (str(w.unit), w.rule, w.level.value if w.level else None, str(w.period), w.until)
        for w in board.waiting
    ]
    return sorted(ledger, key=str), sorted(accounts, key=str), sorted(waiting, key=str)


def bulk_tables(bulk: BoardFrames) -> tuple[list[Any], ...]:
    return tuple(
        sorted(frame.rows(), key=str) for frame in (bulk.ledger, bulk.accounts, bulk.waiting)
    )


__all__ = [
    "ALL_PERIODS",
    "AREAS",
    "MERGE_DAY",
    "STARTS",
    "UNITS",
    "bulk_tables",
    "days",
    "frame_of",
    "histories",
    "policies",
    "rules",
    "tables_of",
]
