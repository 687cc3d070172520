"""One meaning of ``since`` and ``until``: both days included, an open end is for good."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.errors import InvalidAreasError
from antipoverty.judgement import JudgementRule, Pattern
from antipoverty.model import Area, AreaCode, AreaTree
from antipoverty.rules import ParameterValue, Rule, Source, Text

FIRST = date(2022, 1, 1)
DAYS = [FIRST + timedelta(days=at) for at in range(6)]
ENDS = st.sampled_from(DAYS)


def each(since: date, until: date | None) -> list[Rule | JudgementRule | ParameterValue | Area]:
    """One of everything that is dated."""
    text, source = Text("例", "example"), Source("none")
    return [
        Rule(
            id="r",
            title=text,
            department="d",
            when="monitored",
            source=source,
            since=since,
            until=until,
        ),
        JudgementRule(
            id="j", title=text, source=source, since=since, until=until, need=[Pattern()]
        ),
        ParameterValue(Fraction(1), since, until, source),
        Area(code=AreaCode("610702"), name="汉台区", since=since, until=until),
    ]


@given(since=ENDS, lasts=st.none() | st.integers(0, 5))
def test_everything_dated_is_in_force_on_its_first_and_last_day(
    since: date, lasts: int | None
) -> None:
    """And on no other than those and those between, counted one by one."""
    until = None if lasts is None else since + timedelta(days=lasts)
    for one in each(since, until):
        held = [day for day in DAYS if one.on(day)]
        assert held == [day for day in DAYS if since <= day and (until is None or day <= until)]


@given(one=st.tuples(ENDS, st.none() | ENDS), other=st.tuples(ENDS, st.none() | ENDS))
def test_two_meet_when_one_day_is_in_both(
    one: tuple[date, date | None], other: tuple[date, date | None]
) -> None:
    """As found by looking at every day."""
    if any(until is not None and until < since for since, until in (one, other)):
        return
    for mine, others in zip(each(*one), each(*other), strict=True):
        days = [day for day in [*DAYS, DAYS[-1] + timedelta(days=9)] if mine.on(day)]
        assert mine.meets(others) is any(others.on(day) for day in days)


def test_a_file_of_areas_gives_the_day_after_the_last() -> None:
    """The words in files stay; inside there is one meaning."""
    head = "level,code,name,parent,since,until,successors"
    (area,) = AreaTree.from_csv([head, "county,610702,汉台区,,2020-01-01,2022-01-01,"])
    assert (area.until, area.on(date(2021, 12, 31)), area.on(date(2022, 1, 1))) == (
        date(2021, 12, 31),
        True,
        False,
    )
    for until in ("2020-01-01", "0001-01-01"):
        with pytest.raises(InvalidAreasError):
            AreaTree.from_csv([head, f"county,610702,汉台区,,2020-01-01,{until},"])
