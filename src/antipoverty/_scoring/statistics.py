"""A figure keeps its denominator, so that weeks add up to months and counties to cities exactly."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from antipoverty._base.csvfiles import as_meant, faults_of, read_rows, to_csv
from antipoverty._base.documents import AreaField
from antipoverty._scoring.policy import Declared
from antipoverty.errors import InvalidStatisticsError, LineError
from antipoverty.periods import Period

Word = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Statistic(Declared):
    """One figure of one unit and period: so many of so many (统计数据).

    Attributes:
        unit: The area code.
        period: The period; usually a week.
        indicator: The id of an `Indicator`.
        numerator: What was counted: households visited, days taken, items zeroed.
        denominator: Out of what: households, cases, items. 0 of 0 says that there
            were none; a count out of none cannot be.
    """

    unit: AreaField
    period: Period
    indicator: Word
    numerator: Annotated[int, Field(strict=True, ge=0)]
    denominator: Annotated[int, Field(strict=True, ge=0)]

    @model_validator(mode="after")
    def _out_of_something(self) -> Self:
        if self.numerator and not self.denominator:
            raise ValueError("a numerator above 0 has a denominator above 0; correct one of them")
        return self


STATISTIC_COLUMNS = ("unit", "period", "indicator", "numerator", "denominator")


def more_than_all(one: Statistic) -> str | None:
    """Say what is wrong with a share above 100 %."""
    if one.numerator <= one.denominator:
        return None
    return f"{one.indicator} is a share, and its numerator is above its denominator; correct them"


def read_statistics(lines: Iterable[str], *, shares: Collection[str] = ()) -> tuple[Statistic, ...]:
    """Read statistics from the lines of a CSV file, the header first.

    Args:
        lines: Columns ``unit, period, indicator, numerator, denominator``.
        shares: The indicators whose numerator is a part of the denominator.

    Raises:
        InvalidStatisticsError: Every problem of every line, in the order of the lines.
    """
    rows, problems = read_rows(lines, STATISTIC_COLUMNS)
    found: list[Statistic] = []
    for line, filled in rows:
        try:
            one = Statistic.model_validate(as_meant(filled))
        except ValidationError as problem:
            problems += faults_of(problem, line)
            continue
        fault = more_than_all(one) if one.indicator in shares else None
        if fault:
            problems.append(LineError(line, fault))
        found.append(one)
    if problems:
        ordered = sorted(problems, key=lambda problem: getattr(problem, "line", 0))
        raise InvalidStatisticsError("the statistics cannot be read", ordered)
    return tuple(found)


def write_statistics(statistics: Iterable[Statistic]) -> str:
    """Write statistics as CSV text that `read_statistics` reads."""
    return to_csv(statistics, STATISTIC_COLUMNS)
