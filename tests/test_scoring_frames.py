"""The bulk engine agrees with the reference, on every history and under every choice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import narwhals as nw
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antipoverty.errors import InvalidNoticesError, MissingColumnError
from antipoverty.periods import Cadence, Period
from antipoverty.scoring import (
    AssessmentPolicy,
    Notice,
    assess,
    assess_frame,
)
from engines import why_not
from scoring_histories import (
    AREAS,
    MERGE_DAY,
    UNITS,
    bulk_tables,
    days,
    frame_of,
    histories,
    policies,
    rules,
    tables_of,
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_frame_gives_the_board_of_the_reference(data: st.DataObject) -> None:
    """Ledger, accounts and waiting are equal, in any order; so is the refusal of both verdicts."""
    notices = data.draw(histories())
    policy = data.draw(policies(notices, errors=True))
    agree(notices, policy, data.draw(days(notices)))


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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


def notice(name: str, period: str, **changed: Any) -> Notice:
    """A commendation of 610703 by the province, on the last day of its period."""
    usual = {
        "notice_id": name,
        "unit": "610703",
        "period": period,
        "verdict": "commended",
        "level": "province",
        "issued_on": Period.parse(period).last,
    }
    return Notice.model_validate(usual | changed)


PAIR = (notice("a", "2022-11"), notice("b", "2022-12"))
DAY = date(2022, 12, 31)


KINDS: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars": lambda frame: frame,
    "polars-lazy": lambda frame: frame.lazy(),
    "pandas": lambda frame: frame.to_pandas(),
    "pandas-objects": lambda frame: frame.to_pandas().astype(object),
    "pyarrow": lambda frame: frame.to_arrow(),
    "duckdb": lambda frame: import_module("duckdb").from_arrow(frame.to_arrow()),
    "categorical": lambda frame: frame.with_columns(pl.col("unit", "level").cast(pl.Categorical)),
    "days-as-text": lambda frame: frame.with_columns(pl.col("issued_on").cast(pl.String)),
}
PACKAGE = {"pandas-objects": "pandas", "categorical": "polars", "days-as-text": "polars"}
PARAMS = [
    pytest.param(kind, marks=pytest.mark.skipif(reason is not None, reason=reason or ""))
    for kind in KINDS
    for reason in [why_not(PACKAGE.get(kind, kind))]
]


@pytest.mark.parametrize("kind", PARAMS)
def test_the_kind_that_comes_in_goes_out(kind: str) -> None:
    """Each result is of the kind of frame that was given, with the same rows."""
    frame = KINDS[kind](frame_of(PAIR))
    bulk = assess_frame(frame, AssessmentPolicy(), as_of=DAY)
    for result in (bulk.ledger, bulk.accounts, bulk.waiting):
        assert type(result) is type(frame)
    wrapped = nw.from_native(bulk.ledger)
    eager = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    (row,) = eager.rows(named=True)
    assert (row["unit"], row["first_period"], row["completed"]) == ("610703", "2022-11", "2022-12")
    assert row["hundredths"] == 100


def test_a_padded_code_is_the_unit_itself() -> None:
    """Zeros that fill a code up part no unit in two: months under both spellings make a run."""
    plain = frame_of(PAIR)
    padded = plain.with_columns(unit=pl.Series(["610703000000", " 610703"]))
    told = [assess_frame(one, AssessmentPolicy(), as_of=DAY).ledger for one in (plain, padded)]
    assert told[0].height == 1
    assert told[0].equals(told[1])


@pytest.mark.slow
@pytest.mark.parametrize("kind", PARAMS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_kind_of_frame_gives_the_board_of_the_reference(
    kind: str, data: st.DataObject
) -> None:
    """On generated histories and policies, with corrections and mergers, as Polars does."""
    notices = data.draw(histories().filter(bool))
    policy, as_of = data.draw(policies(notices)), data.draw(days(notices))
    board = assess(notices, policy, as_of=as_of, areas=AREAS)
    bulk = assess_frame(KINDS[kind](frame_of(notices)), policy, as_of=as_of, areas=AREAS)
    ledger, accounts, waiting = (
        rows_of_any(one) for one in (bulk.ledger, bulk.accounts, bulk.waiting)
    )
    assert (ledger, accounts, waiting) == tables_of(board)


def rows_of_any(frame: Any) -> list[tuple[Any, ...]]:
    """The rows of any frame, sorted as `tables_of` sorts them."""
    wrapped = nw.from_native(frame)
    eager = wrapped.collect("polars") if isinstance(wrapped, nw.LazyFrame) else wrapped
    return sorted(eager.to_polars().rows(), key=str)


def test_columns_that_may_be_left_out_are_left_out() -> None:
    """``replaces`` and ``reason`` are optional, and other columns are left alone."""
    frame = frame_of(PAIR).drop("replaces", "reason").with_columns(note=pl.lit(1.5))
    bulk = assess_frame(frame, AssessmentPolicy(), as_of=DAY)
    assert bulk.ledger.height == 1
    assert bulk.board("610703").ledger[0].notices == ("a", "b")


def test_no_notices_give_empty_frames_with_their_columns() -> None:
    """An empty history is a history."""
    bulk = assess_frame(frame_of(()), AssessmentPolicy(), as_of=DAY)
    assert bulk.ledger.height == bulk.accounts.height == bulk.waiting.height == 0
    full = assess_frame(frame_of(PAIR), AssessmentPolicy(), as_of=DAY)
    assert bulk.ledger.schema == full.ledger.schema
    assert bulk.accounts.schema == full.accounts.schema


def test_a_bulk_run_is_explained_afterwards() -> None:
    """Any unit's board, with the notices, comes from the rows the bulk run was given."""
    bulk = assess_frame(frame_of(PAIR), AssessmentPolicy(), as_of=DAY, areas=AREAS)
    assert bulk.board("610703") == assess(PAIR, AssessmentPolicy(), as_of=DAY, areas=AREAS)
    assert "illustrative" in repr(bulk)
    assert "Illustrative" in bulk.note


def test_a_merged_unit_is_explained_by_its_predecessors_notices_too() -> None:
    """The board of a successor holds the series of the codes that ended."""
    notices = (
        notice("a", "2023-11", unit="610701"),
        notice("b", "2023-12", unit="610702"),
        notice("c", "2023-12", unit="610704", issued_on=date(2024, 2, 1)),
    )
    bulk = assess_frame(frame_of(notices), AssessmentPolicy(), as_of=date(2024, 2, 1), areas=AREAS)
    assert bulk.ledger["unit"].to_list() == ["610703"]
    assert bulk.board("610703").ledger[0].notices == ("a", "b")


WRONG = {
    "unknown-unit": [notice("c", "2022-10", unit="610799")],
    "bad-issuer": [notice("c", "2022-10", level="county")],
    "early-notice": [notice("c", "2022-10", issued_on=date(2022, 10, 30))],
    "duplicate-notice": [notice("c", "2022-12")],
    "duplicate-notice: ids": [notice("a", "2022-10")],
    "bad-replacement: absent": [notice("c", "2022-12", replaces="z")],
    "bad-replacement: other matter": [notice("c", "2022-10", replaces="b")],
    "bad-replacement: earlier": [
        notice("c", "2022-10", issued_on=date(2022, 11, 5)),
        notice("d", "2022-10", replaces="c"),
    ],
    "bad-replacement: twice": [
        notice("c", "2022-12", replaces="b"),
        notice("d", "2022-12", replaces="b"),
    ],
    "replacement-cycle": [
        notice("c", "2022-12", replaces="d"),
        notice("d", "2022-12", replaces="c"),
    ],
    "replacement-cycle: of one": [notice("c", "2022-12", replaces="c")],
}


@pytest.mark.parametrize("fault", WRONG)
def test_both_engines_refuse_what_cannot_be_used(fault: str) -> None:
    """Each fault has its code in the reference and, word for word, in bulk."""
    notices = (*PAIR, *WRONG[fault])
    code = re.escape(f"[{fault.split(':')[0]}]")
    with pytest.raises(InvalidNoticesError, match=code) as reference:
        assess(notices, AssessmentPolicy(), as_of=DAY, areas=AREAS)
    with pytest.raises(InvalidNoticesError, match=code) as bulk:
        assess_frame(frame_of(notices), AssessmentPolicy(), as_of=DAY, areas=AREAS)
    assert {str(one) for one in bulk.value.problems} == {
        str(one) for one in reference.value.problems
    }


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("notice_id", None),
        ("notice_id", ""),
        ("unit", "6107x"),
        ("unit", None),
        ("period", "2022-13"),
        ("verdict", "praised"),
        ("verdict", "withdrawn"),
        ("level", "country"),
        ("issued_on", None),
    ],
)
def test_a_row_that_cannot_be_read_is_named(column: str, value: str | None) -> None:
    """The message says which row of the frame, and what is wrong with it."""
    dtype = pl.Date if column == "issued_on" else pl.String
    frame = frame_of(PAIR).with_columns(
        pl.when(pl.col("notice_id") == "b")
        .then(pl.lit(value, dtype))
        .otherwise(pl.col(column))
        .alias(column)
    )
    with pytest.raises(InvalidNoticesError, match="row 2: "):
        assess_frame(frame, AssessmentPolicy(), as_of=DAY)


def test_a_frame_without_a_column_or_with_other_things_than_text_is_refused() -> None:
    """A missing column has its own error; the message names the column and what it holds."""
    with pytest.raises(MissingColumnError, match="unit, level"):
        assess_frame(frame_of(PAIR).drop("unit", "level"), AssessmentPolicy(), as_of=DAY)
    wrong = frame_of(PAIR).with_columns(pl.lit(1.5).alias("unit"), issued_on=pl.lit(1))
    with pytest.raises(InvalidNoticesError, match=r"'unit' holds Float64(?s:.*)'issued_on'"):
        assess_frame(wrong, AssessmentPolicy(), as_of=DAY)


AS_THEY_COME: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "codes as numbers": lambda frame: frame.with_columns(pl.col("unit").cast(pl.Int64)),
    "nothing replaced, as numbers": lambda frame: frame.with_columns(replaces=pl.lit(float("nan"))),
    "nothing replaced, as empty text": lambda frame: frame.with_columns(replaces=pl.lit("")),
    "blanks around": lambda frame: frame.with_columns(
        pl.format(" {}\t", pl.col(name)).alias(name) for name in ("notice_id", "unit", "verdict")
    ),
    "days with strokes": lambda frame: frame.with_columns(
        pl.col("issued_on").dt.strftime("%Y/%-m/%-d")
    ),
    "days and periods in Chinese": lambda frame: frame.with_columns(
        pl.col("issued_on").dt.strftime("%Y年%-m月%-d日"),
        pl.col("period").str.replace("-", "年") + "月",
    ),
    "days with a time": lambda frame: frame.with_columns(pl.col("issued_on").cast(pl.Datetime)),
}


@pytest.mark.parametrize("kind", ["polars", "pandas", "pyarrow"])
@pytest.mark.parametrize("way", AS_THEY_COME)
def test_frames_are_read_as_csv_files_are(way: str, kind: str) -> None:
    """Whatever an office's frame holds that a CSV file may hold, in any library."""
    reason = why_not(kind)
    if reason is not None:
        pytest.skip(reason)
    frame = KINDS[kind](AS_THEY_COME[way](frame_of(PAIR)))
    bulk = assess_frame(frame, AssessmentPolicy(), as_of=DAY)
    assert [row[-1] for row in rows_of_any(bulk.ledger)] == [100]
    assert bulk.board("610703").ledger[0].notices == ("a", "b")


def test_an_id_may_be_sixty_four_characters_of_any_script() -> None:
    """Length is counted in characters, by both engines."""
    long = (notice("通" * 64, "2022-11"), PAIR[1])
    assert assess_frame(frame_of(long), AssessmentPolicy(), as_of=DAY).ledger.height == 1
    longer = frame_of(long).with_columns(pl.col("notice_id") + "报")
    with pytest.raises(InvalidNoticesError, match="row 1: notice_id"):
        assess_frame(longer, AssessmentPolicy(), as_of=DAY)


def test_many_problems_are_cut_short() -> None:
    """A frame of a million faults does not give a million lines."""
    many = tuple(notice(f"n{n}", "2022-10", issued_on=date(2022, 1, 1)) for n in range(300))
    with pytest.raises(InvalidNoticesError, match="and 499 more like these") as caught:
        assess_frame(frame_of(many), AssessmentPolicy(), as_of=DAY)
    assert len(caught.value.problems) == 101
