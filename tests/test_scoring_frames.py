"""The bulk engine agrees with the reference, on every history and under every choice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antipoverty.errors import InvalidNoticesError
from antipoverty.periods import Cadence
from antipoverty.scoring import (
    AssessmentPolicy,
    Board,
    BoardFrames,
    Notice,
    assess,
    assess_frame,
)
from scoring_histories import AREAS, MERGE_DAY, UNITS, days, histories, policies, rules

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


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_frame_gives_the_board_of_the_reference(data: st.DataObject) -> None:
    """Ledger, accounts and waiting are equal, in any order; so is the refusal of both verdicts."""
    notices = data.draw(histories())
    policy = data.draw(policies(notices, errors=True))
    agree(notices, policy, data.draw(days(notices)))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_frame_waits_as_the_reference_does(data: st.DataObject) -> None:
    """On the last day of a wait, and on the day after, both say the same."""
    units = data.draw(st.sampled_from((("610703",), UNITS)))
    notices = data.draw(histories(units=units))
    cadences = tuple({one.period.cadence for one in notices[:1]}) or tuple(Cadence)
    rule = data.draw(rules(cadences=cadences, missing=("pending",)))
    wait = timedelta(days=rule.pending_days or 0)
    ends = [
        one.period.shift(-by).last + wait + timedelta(days=late)
        for one in notices
        for by in (1, 2)
        for late in (0, 1)
    ]
    as_of = data.draw(st.sampled_from(sorted(ends))) if ends else MERGE_DAY
    agree(notices, AssessmentPolicy(rules=(rule,)), as_of)


def agree(notices: tuple[Notice, ...], policy: AssessmentPolicy, as_of: date) -> None:
    frame = frame_of(notices).sample(fraction=1, shuffle=True, seed=len(notices))
    try:
        board = assess(notices, policy, as_of=as_of, areas=AREAS)
    except InvalidNoticesError:
        with pytest.raises(InvalidNoticesError, match="conflicting-notices"):
            assess_frame(frame, policy, as_of=as_of, areas=AREAS)
        return
    bulk = assess_frame(frame, policy, as_of=as_of, areas=AREAS)
    assert bulk_tables(bulk) == tables_of(board)
