"""A period is a span of the calendar with a name; consecutive means adjacent in the calendar.

>>> Period.parse("2021-12").next
Period('2022-01')
>>> Period.parse("2022-Q1").follows(Period.parse("2021-Q4"))
True
>>> Period.of(date(2022, 2, 7), "week")
Period('2022-W06')

Weeks are ISO weeks: they begin on Monday and belong to the year, and to the month,
that holds their Thursday. December and January, and the fourth quarter and the
first, follow each other; whether a run *counts* across the year is a policy's choice.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import attrs
from dateutil.relativedelta import relativedelta

from antipoverty.errors import Choice, InvalidPeriodError


class Cadence(Choice):
    """How long a period is (周 月 季 半年 年)."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half-year"
    YEAR = "year"

    @property
    def coarser(self) -> Cadence | None:
        """The next longer cadence, or ``None`` for the year."""
        all_of_them = tuple(Cadence)
        position = all_of_them.index(self)
        return all_of_them[position + 1] if position + 1 < len(all_of_them) else None

    @property
    def months(self) -> int:
        """How many months a period of this cadence has; 0 for the week."""
        return _MONTHS[self]


_MONTHS = {
    Cadence.WEEK: 0,
    Cadence.MONTH: 1,
    Cadence.QUARTER: 3,
    Cadence.HALF_YEAR: 6,
    Cadence.YEAR: 12,
}
_FORMS = {
    Cadence.WEEK: "{}-W{:02d}",
    Cadence.MONTH: "{}-{:02d}",
    Cadence.QUARTER: "{}-Q{}",
    Cadence.HALF_YEAR: "{}-H{}",
    Cadence.YEAR: "{}",
}
_ZH = {
    Cadence.WEEK: "{}年第{}周",
    Cadence.MONTH: "{}年{}月",
    Cadence.QUARTER: "{}年第{}季度",
    Cadence.HALF_YEAR: "{}年{}半年",
    Cadence.YEAR: "{}年",
}
_PATTERN = re.compile(r"(\d{4})(?:-(?:(W)(\d{2})|(Q)([1-4])|(H)([12])|(\d{2})))?")


@attrs.frozen(order=False, repr=False)
class Period:
    """One week, month, quarter, half-year or year.

    Attributes:
        cadence: How long it is.
        year: Its year, 1000 to 9998; for a week the ISO year.
        index: Its number in the year, from 1; 1 for a year.
    """

    cadence: Cadence
    year: int
    index: int

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.cadence, Cadence):
            raise InvalidPeriodError("a period's cadence is a Cadence, such as Cadence.MONTH")
        if type(self.year) is not int or type(self.index) is not int:
            raise InvalidPeriodError("a period's year and index are whole numbers")
        if not 1000 <= self.year <= 9998:
            raise InvalidPeriodError("a period's year is 1000 to 9998")
        last = _count(self.cadence, self.year)
        if not 1 <= self.index <= last:
            raise InvalidPeriodError(
                "{year} has {last} {cadence}s; there is no number {index}",
                year=self.year,
                last=last,
                cadence=self.cadence.value,
                index=self.index,
            )

    def __repr__(self) -> str:
        return f"Period({str(self)!r})"

    def __str__(self) -> str:
        return _FORMS[self.cadence].format(self.year, self.index)

    @property
    def zh(self) -> str:
        """The period in Chinese, such as 2022年第1季度."""
        index = ("上", "下")[self.index - 1] if self.cadence is Cadence.HALF_YEAR else self.index
        return _ZH[self.cadence].format(self.year, index)

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``2022-W06``, ``2022-02``, ``2022-Q1``, ``2022-H1`` or ``2022``.

        Raises:
            InvalidPeriodError: The text has another form, or names a period that
                the year does not have.
        """
        match = _PATTERN.fullmatch(text) if isinstance(text, str) and text.isascii() else None
        if match is None:
            raise InvalidPeriodError(
                "{text!r} is not a period; write 2022-W06, 2022-02, 2022-Q1, 2022-H1 or 2022",
                text=text,
            )
        year, _, week, _, quarter, _, half, month = match.groups()
        for cadence, index in (
            (Cadence.WEEK, week),
            (Cadence.QUARTER, quarter),
            (Cadence.HALF_YEAR, half),
            (Cadence.MONTH, month),
        ):
            if index is not None:
                return cls(cadence, int(year), int(index))
        return cls(Cadence.YEAR, int(year), 1)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let pydantic read a period from its text, or take one as it is."""
        from pydantic_core import core_schema

        text = core_schema.no_info_after_validator_function(
            _from_text, core_schema.str_schema(metadata={"pydantic_js_updates": _JSON_SCHEMA})
        )
        return core_schema.json_or_python_schema(
            json_schema=text,
            python_schema=core_schema.no_info_before_validator_function(
                lambda given: _from_text(given) if isinstance(given, str) else given,
                core_schema.is_instance_schema(cls),
            ),
            serialization=core_schema.to_string_ser_schema(),
        )

    @classmethod
    def of(cls, day: date, cadence: Cadence | str) -> Period:
        """Give the period of a cadence that holds a day.

        Raises:
            InvalidPeriodError: The day is no date, or a moment of one.
        """
        cadence, day = Cadence(cadence), _day(day)
        if cadence is Cadence.WEEK:
            year, week, _ = day.isocalendar()
            return cls(cadence, year, week)
        return cls(cadence, day.year, (day.month - 1) // cadence.months + 1)

    @property
    def first(self) -> date:
        """The first day."""
        if self.cadence is Cadence.WEEK:
            return date.fromisocalendar(self.year, self.index, 1)
        return date(self.year, (self.index - 1) * self.cadence.months + 1, 1)

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + self._step(1) - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def _step(self, count: int) -> timedelta | relativedelta:
        if self.cadence is Cadence.WEEK:
            return timedelta(weeks=count)
        return relativedelta(months=count * self.cadence.months)

    def shift(self, count: int) -> Period:
        """Give the period ``count`` periods later, or earlier when negative."""
        if type(count) is not int:
            raise InvalidPeriodError(
                "periods are counted in whole numbers, not {count!r}", count=count
            )
        try:
            return Period.of(self.first + self._step(count), self.cadence)
        except (OverflowError, ValueError):
            raise InvalidPeriodError("the shifted period lies outside the calendar") from None

    @property
    def next(self) -> Period:
        """The period after this one."""
        return self.shift(1)

    @property
    def previous(self) -> Period:
        """The period before this one."""
        return self.shift(-1)

    @property
    def coarser(self) -> Period | None:
        """The next coarser period that holds this one, or ``None`` for a year.

        A week goes to the month of its Thursday, as it goes to the year of its
        Thursday; every other period lies wholly inside the coarser one.
        """
        cadence = self.cadence.coarser
        return None if cadence is None else self.at(cadence)

    def at(self, cadence: Cadence | str) -> Period:
        """Give the period of a coarser, or the same, cadence that holds this one.

        Raises:
            InvalidPeriodError: The cadence is finer than this period's.
        """
        cadence = Cadence(cadence)
        order = tuple(Cadence)
        if order.index(cadence) < order.index(self.cadence):
            raise InvalidPeriodError(
                "{subject} holds several periods of cadence {cadence}",
                subject=self,
                cadence=cadence.value,
            )
        if cadence is self.cadence:
            return self
        anchor = self.first + timedelta(days=3) if self.cadence is Cadence.WEEK else self.first
        return Period.of(anchor, cadence)

    def contains(self, other: date | Period) -> bool:
        """Tell whether a day, or every day of a period, lies in this one."""
        if isinstance(other, Period):
            return self.first <= other.first and other.last <= self.last
        return self.first <= _day(other) <= self.last

    def __contains__(self, other: date | Period) -> bool:
        return self.contains(other)

    def _comparable(self, other: Any) -> bool:
        return isinstance(other, Period) and other.cadence is self.cadence

    def __lt__(self, other: Period) -> bool:
        if not self._comparable(other):
            return NotImplemented
        return (self.year, self.index) < (other.year, other.index)

    def __le__(self, other: Period) -> bool:
        if not self._comparable(other):
            return NotImplemented
        return (self.year, self.index) <= (other.year, other.index)

    def follows(self, other: Period) -> bool:
        """Tell whether this is the period right after another of the same cadence."""
        return self._comparable(other) and other.next == self

    def until(self, last: Period) -> Iterator[Period]:
        """Give this period and the later ones up to and with ``last``."""
        if not self._comparable(last):
            raise InvalidPeriodError(
                "{subject} and {last} are not of one cadence", subject=self, last=last
            )
        period = self
        while period < last:
            yield period
            period = period.next
        if period == last:
            yield period


def consecutive(periods: Iterable[Period]) -> bool:
    """Tell whether each period follows the one before it in the calendar.

    No period and a single period are consecutive.
    """
    row = list(periods)
    return all(later.follows(earlier) for earlier, later in itertools.pairwise(row))


def _day(day: object) -> date:
    if not isinstance(day, date) or isinstance(day, datetime):
        raise InvalidPeriodError("a day is a date, not a {name}", name=type(day).__name__)
    return day


def _count(cadence: Cadence, year: int) -> int:
    if cadence is Cadence.WEEK:
        return date(year, 12, 28).isocalendar().week
    return 12 // cadence.months


_JSON_SCHEMA = {"pattern": f"^{_PATTERN.pattern}$"}


@functools.lru_cache(maxsize=4096)
def _from_text(text: str) -> Period:
    try:
        return Period.parse(text)
    except InvalidPeriodError as problem:
        raise ValueError(problem.message) from None  # pydantic lists plain value errors
