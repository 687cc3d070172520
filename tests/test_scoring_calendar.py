"""Who owes what by when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.codes import Level
from antipoverty.errors import InvalidArgumentError, InvalidPolicyError
from antipoverty.periods import Cadence
from antipoverty.scoring import Timetable, due

FIVE = Timetable()


def test_the_mechanisms_five_are_owed_by_the_teams_of_three_levels() -> None:
    """Weekly, monthly, quarterly, half-yearly and yearly; the days are said to be an example."""
    assert FIVE.illustrative
    assert [duty.cadence for duty in FIVE.duties] == list(Cadence)
    levels = {Level.PROVINCE, Level.CITY, Level.COUNTY}
    assert all({*duty.teams} == levels for duty in FIVE.duties)


@pytest.mark.parametrize(("year", "weeks"), [(2020, 53), (2021, 52), (2024, 52), (2026, 53)])
def test_every_period_of_a_year_is_owed_once(year: int, weeks: int) -> None:
    """Years of 53 weeks, leap years: one duty for each team and period, none twice."""
    found = due(FIVE, date(year, 1, 1), date(year + 1, 12, 31), teams=["county"])
    of_year = [one for one in found if one.period.year == year]
    counts = [sum(one.duty is duty for one in of_year) for duty in FIVE.duties]
    assert counts == [weeks, 12, 4, 2, 1]
    assert len({(one.duty.id, one.period) for one in found}) == len(found)


@given(st.dates(date(2019, 12, 1), date(2027, 2, 1)), st.integers(0, 40), st.integers(0, 40))
def test_two_spans_in_a_row_are_one(first: date, some: int, more: int) -> None:
    """Nothing falls between two lists that follow each other, and all days lie within."""
    middle = first + timedelta(days=some)
    last = middle + timedelta(days=1 + more)
    whole = due(FIVE, first, last)
    assert whole == due(FIVE, first, middle) + due(FIVE, middle + timedelta(days=1), last)
    assert all(first <= one.on <= last for one in whole)
    assert all((one.on - one.period.last).days == one.duty.days for one in whole)


def test_a_timetable_that_cannot_be_used_is_refused() -> None:
    """No duty, one twice, a publication without a source, a negative wait, days the wrong way."""
    duty = '[[duties]]\nid = "n"\ntitle.zh = "月"\ntitle.en = "m"\ncadence = "month"\ndays = {}\n'
    for text, words in (
        ("duties = []", "at least 1"),
        (duty.format(1) * 2, "used twice"),
        ('status = "published"\n' + duty.format(1), "names its source"),
        (duty.format(-1), "duties 1, days"),
    ):
        with pytest.raises(InvalidPolicyError, match=words):
            Timetable.from_toml(text)
    with pytest.raises(InvalidArgumentError, match="lies before"):
        due(FIVE, date(2022, 1, 2), date(2022, 1, 1))
