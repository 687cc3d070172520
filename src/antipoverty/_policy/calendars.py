"""Which days are worked: a calendar is passed in, and a year it does not know is an error."""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol

from antipoverty.errors import MissingExtraError, WorkflowError


class Calendar(Protocol):
    """Tells working days (工作日)."""

    def is_working(self, day: date) -> bool:
        """Tell whether offices work on a day."""
        ...

    def __hash__(self) -> int:
        """Days found once are kept for each calendar."""
        ...


class Weekdays:
    """Monday to Friday, without any holiday: a stand-in, never China's calendar."""

    def is_working(self, day: date) -> bool:
        """Tell whether it is Monday to Friday."""
        return day.weekday() < 5


class ChineseHolidays:
    """China's working days, with public holidays and the days worked in their stead.

    Source:
        The State Council's yearly notices, as the package ``chinesecalendar`` has them.

    Raises:
        MissingExtraError: The extra ``calendar`` is not installed.
        WorkflowError: The package does not know a year; next year's notice comes in
            autumn, so a newer version of it may.
    """

    def __init__(self) -> None:
        try:
            import chinese_calendar
        except ImportError:
            raise MissingExtraError(
                "China's holidays need the extra 'calendar': pip install 'antipoverty[calendar]'"
            ) from None
        self._calendar: Any = chinese_calendar

    def is_working(self, day: date) -> bool:
        """Tell whether offices work on a day."""
        try:
            return bool(self._calendar.is_workday(day))
        except NotImplementedError:
            raise WorkflowError(
                "the holidays of {year} are not known yet; install a newer chinesecalendar or pass "
                "a calendar of your own",
                year=day.year,
            ) from None
