"""Periods: adjacent in the calendar, across years, whatever the weeks do."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.errors import InvalidArgumentError, InvalidPeriodError
from antipoverty.periods import Cadence, Period, consecutive

days = st.dates(date(1990, 1, 1), date(2060, 12, 31)) | st.sampled_from(
    [date(y, m, d) for y in (2015, 2016, 2020, 2021, 2024) for m, d in ((1, 1), (1, 3), (12, 31))]
    + [date(2020, 2, 29), date(2024, 2, 29)]
)
cadences = st.sampled_from(list(Cadence))
periods = st.builds(Period.of, days, cadences)


@given(period=periods)
def test_a_period_survives_being_printed_and_read(period: Period) -> None:
    """Its text is read back as the same period."""
    assert Period.parse(str(period)) == period


@given(day=days, cadence=cadences)
def test_a_period_holds_its_days_and_no_other(day: date, cadence: Cadence) -> None:
    """The first and last day lie in it, the days beside them do not."""
    period = Period.of(day, cadence)
    assert period.first <= day <= period.last
    assert period.days == (period.last - period.first).days + 1
    for inside in (period.first, day, period.last):
        assert inside in period
        assert Period.of(inside, cadence) == period
    for outside in (period.first - timedelta(days=1), period.last + timedelta(days=1)):
        assert outside not in period


@given(period=periods, count=st.integers(-60, 60))
def test_shifting_there_and_back_comes_home(period: Period, count: int) -> None:
    """A shift is undone by the opposite shift."""
    assert period.shift(count).shift(-count) == period


@given(period=periods)
def test_the_next_period_begins_the_day_after(period: Period) -> None:
    """Periods of one cadence tile the calendar without a gap, across years too."""
    assert period.next.first == period.last + timedelta(days=1)
    assert period.next.follows(period)
    assert not period.follows(period)
    assert consecutive([period.previous, period, period.next])
    assert not consecutive([period, period.shift(2)])
    assert period < period.next


@given(period=periods)
def test_the_coarser_period_holds_this_one(period: Period) -> None:
    """It holds all days, or for a week the Thursday."""
    coarser = period.coarser
    if period.cadence is Cadence.YEAR:
        assert coarser is None
    elif period.cadence is Cadence.WEEK:
        assert coarser is not None
        assert period.first + timedelta(days=3) in coarser
    else:
        assert coarser is not None
        assert period in coarser


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2021-12", "2022-01"),
        ("2021-Q4", "2022-Q1"),
        ("2021-H2", "2022-H1"),
        ("2021", "2022"),
        ("2020-W53", "2021-W01"),
        ("2021-W52", "2022-W01"),
    ],
)
def test_consecutive_crosses_the_year(earlier: str, later: str) -> None:
    """December and January, the fourth and first quarter, follow each other."""
    assert Period.parse(later).follows(Period.parse(earlier))


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("2022-W06", "2022年第6周"),
        ("2022-02", "2022年2月"),
        ("2022-Q1", "2022年第1季度"),
        ("2022-H2", "2022年下半年"),
        ("2022", "2022年"),
    ],
)
def test_periods_are_named_in_chinese(text: str, zh: str) -> None:
    """Officials read the period in Chinese."""
    assert Period.parse(text).zh == zh


@pytest.mark.parametrize(
    "text",
    [
        "",
        "22-01",
        "2022-13",
        "2022-00",
        "2022-Q5",
        "2022-H3",
        "2021-W53",
        "2022-W00",
        "2022-1",
        "2022-W6",
        " 2022",
        "2022-02-01",
        "２０２２",
        "0999",
    ],
)
def test_a_bad_period_is_refused(text: str) -> None:
    """What is no period of the calendar is an error with a stable code."""
    with pytest.raises(InvalidPeriodError, match=r"\[invalid-period\]$"):
        Period.parse(text)


def test_periods_of_different_cadences_have_no_order() -> None:
    """A month is neither before nor after a quarter, and does not follow one."""
    month, quarter = Period.parse("2022-04"), Period.parse("2022-Q1")
    assert not month.follows(quarter)
    with pytest.raises(TypeError):
        _ = month < quarter
    with pytest.raises(InvalidPeriodError):
        list(month.until(quarter))


def test_a_finer_cadence_cannot_be_asked_for() -> None:
    """A quarter holds several months, so there is no month of it."""
    with pytest.raises(InvalidPeriodError, match="holds several"):
        Period.parse("2022-Q1").at("month")


def test_the_last_period_of_the_calendar_has_a_last_day() -> None:
    """The edge of the calendar is an error only when it is crossed."""
    assert Period.parse("9998").last == date(9998, 12, 31)
    with pytest.raises(InvalidPeriodError):
        _ = Period.parse("9998").next


MOMENT = datetime(2022, 1, 1)  # noqa: DTZ001 - a moment is what is refused


@pytest.mark.parametrize(
    "make",
    [
        lambda: Period("month", 2022, 1),  # type: ignore[arg-type]
        lambda: Period(Cadence.MONTH, 2022.0, 1),  # type: ignore[arg-type]
        lambda: Period(Cadence.MONTH, 2022, True),
        lambda: Period.of(MOMENT, "month"),
        lambda: Period.of("2022-01-01", "month"),  # type: ignore[arg-type]
        lambda: Period.parse("2022").contains(MOMENT),
        lambda: "2022-01-01" in Period.parse("2022"),  # type: ignore[operator]
        lambda: Period.parse("2022").shift(1.5),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_type_is_refused_by_name(make: Any) -> None:
    """A moment would depend on a clock; a fraction of a period is none."""
    with pytest.raises(InvalidPeriodError):
        make()


def test_a_wrong_cadence_is_refused_with_a_suggestion() -> None:
    """The cadences there are stand in the message."""
    with pytest.raises(InvalidArgumentError, match="did you mean 'month'"):
        Period.of(date(2022, 1, 1), "monthly")


@pytest.mark.parametrize("cadence", list(Cadence))
def test_the_last_periods_of_the_calendar_can_be_listed(cadence: Cadence) -> None:
    """Reaching the end of the calendar needs no period beyond it."""
    last = Period.of(date(9998, 12, 24), cadence)
    assert list(last.previous.until(last)) == [last.previous, last]
