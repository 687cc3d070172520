"""A figure keeps its denominator, so that weeks add up to months and counties to cities exactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field, ValidationError

from antipoverty._base.csvfiles import as_meant, faults_of, read_rows, to_csv
from antipoverty._base.documents import AreaField
from antipoverty._scoring.policy import Declared
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import AntipovertyError, InvalidStatisticsError, NoticeError
from antipoverty.periods import Cadence, Period

Word = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Statistic(Declared):
    """One figure of one unit and period: so many of so many (统计数据).

    Attributes:
        unit: The area code.
        period: The period; usually a week.
        indicator: The id of an `Indicator`.
        numerator: What was counted: households visited, days taken, items zeroed.
        denominator: Out of what: households, cases, items; 0 when there were none.
    """

    unit: AreaField
    period: Period
    indicator: Word
    numerator: Annotated[int, Field(strict=True, ge=0)]
    denominator: Annotated[int, Field(strict=True, ge=0)]


STATISTIC_COLUMNS = ("unit", "period", "indicator", "numerator", "denominator")


def read_statistics(lines: Iterable[str]) -> tuple[Statistic, ...]:
    """Read statistics from the lines of a CSV file, the header first.

    Args:
        lines: Columns ``unit, period, indicator, numerator, denominator``.

    Raises:
        InvalidStatisticsError: Every problem of every line, in the order of the lines.
    """
    rows, problems = read_rows(lines, STATISTIC_COLUMNS)
    found: list[Statistic] = []
    for line, filled in rows:
        try:
            found.append(Statistic.model_validate(as_meant(filled)))
        except ValidationError as problem:
            problems += faults_of(problem, line)
    if problems:
        ordered = sorted(problems, key=lambda problem: getattr(problem, "line", 0))
        raise InvalidStatisticsError("the statistics cannot be read", ordered)
    return tuple(found)


def write_statistics(statistics: Iterable[Statistic]) -> str:
    """Write statistics as CSV text that `read_statistics` reads."""
    return to_csv(statistics, STATISTIC_COLUMNS)


def summarise(
    statistics: Iterable[Statistic],
    cadence: Cadence | str,
    *,
    level: Level | str | None = None,
    complete: bool = True,
) -> tuple[Statistic, ...]:
    """Add weekly statistics up to months, and months to quarters, half-years and years.

    Numerators and denominators are added, so a large unit weighs as it should. A week
    goes to the month of its Thursday.

    Args:
        statistics: Figures of one cadence and, with ``level``, of one level.
        cadence: The cadence to add up to.
        level: The level to add up to as well, such as ``city``; as they are by default.
        complete: Whether a unit that lacks a period of a sum is refused; otherwise
            the sum is of what was reported.

    Raises:
        InvalidStatisticsError: A figure is there twice, cadences or levels are mixed,
            or a unit lacks a period: everything at once.
    """
    listed = list(statistics)
    to = Cadence(cadence)
    problems = list(_mixtures(listed, to, None if level is None else Level(level)))
    if not problems and complete:
        problems = list(_gaps(listed, to))
    if problems:
        raise InvalidStatisticsError("the statistics cannot be added up", problems)
    sums: dict[tuple[AreaCode, str, Period], list[int]] = defaultdict(lambda: [0, 0])
    for one in listed:
        unit = one.unit if level is None else one.unit.at(level)
        both = sums[unit, one.indicator, one.period.at(to)]
        both[0] += one.numerator
        both[1] += one.denominator
    return tuple(
        Statistic(unit=unit, indicator=name, period=period, numerator=above, denominator=below)
        for (unit, name, period), (above, below) in sorted(
            sums.items(), key=lambda item: (item[0][0], item[0][1], item[0][2].first)
        )
    )


def _mixtures(
    listed: Sequence[Statistic], to: Cadence, level: Level | None
) -> Iterable[AntipovertyError]:
    cadences = {one.period.cadence for one in listed}
    order = tuple(Cadence)
    if len(cadences) > 1:
        names = ", ".join(sorted(cadence.value for cadence in cadences))
        yield NoticeError(f"cadences {names} would be counted twice; pass one of them")
    elif any(order.index(cadence) > order.index(to) for cadence in cadences):
        yield NoticeError(f"figures of a longer cadence than {to.value} cannot be parted")
    if level is not None:
        levels = {one.unit.level for one in listed}
        if len(levels) > 1:
            yield NoticeError("units of several levels would be counted twice; pass one level")
        elif any(one.digits < level.digits for one in levels):
            yield NoticeError(f"figures of units above the {level.value} cannot be parted")
    seen: set[tuple[AreaCode, str, Period]] = set()
    for one in listed:
        key = one.unit, one.indicator, one.period
        if key in seen:
            yield NoticeError(
                f"unit {one.unit} has two figures of {one.indicator} for {one.period}; keep one"
            )
        seen.add(key)


def _gaps(listed: Sequence[Statistic], to: Cadence) -> Iterable[AntipovertyError]:
    found: dict[tuple[AreaCode, str, Period], set[Period]] = defaultdict(set)
    for one in listed:
        found[one.unit, one.indicator, one.period.at(to)].add(one.period)
    for (unit, name, target), periods in found.items():
        for period in _parts(target, next(iter(periods)).cadence):
            if period not in periods:
                yield NoticeError(
                    f"unit {unit} lacks {name} for {period}, a part of {target}; report it, "
                    "as 0 of 0 if there was nothing, or pass complete=False"
                )


def _parts(target: Period, cadence: Cadence) -> Iterable[Period]:
    """The periods of a cadence that belong to a coarser one, as `Period.at` says."""
    period = Period.of(target.first, cadence)
    while period.first <= target.last:
        if period.at(target.cadence) == target:
            yield period
        period = period.next
