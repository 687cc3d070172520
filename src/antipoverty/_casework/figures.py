"""Every figure that a notice may name, counted from the register for any period (指标口径).

Each stands as it did on the last day of its period, however much later it is asked. What a
figure needs besides the register is named where it is lacking: nothing is left out silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Text
from antipoverty._casework.book import Book
from antipoverty._casework.cases import Came
from antipoverty._casework.clusters import count_households, new_cases
from antipoverty._casework.handovers import line_figures
from antipoverty._casework.outcomes import precision
from antipoverty._casework.problems import progress
from antipoverty._casework.times import DAYS, IN_LIMIT, What, in_times, statistics
from antipoverty._casework.visits import visit_coverage
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import InvalidArgumentError, one_of, phrase
from antipoverty.model import AreaTree, Keeper
from antipoverty.periods import Period
from antipoverty.scoring import Statistic, with_nothing

INDICATORS: Mapping[str, Text] = Frozen(
    {
        "coverage": Text("走访覆盖率", "households reached, of all"),
        "days-to-detect": Text("发现天数", "days to the first look, over cases"),
        "days-to-intervene": Text("干预天数", "days to a decision or to help, over cases"),
        "days-to-help": Text("帮扶天数", "days to the first measure, over cases"),
        "detected-in-time": Text("核查及时率", "cases looked at within the limit"),
        "intervened-in-time": Text("干预及时率", "cases decided or helped within the limit"),
        "helped-in-time": Text("帮扶及时率", "cases helped within the limit"),
        "lines-answered": Text("清单反馈率", "different lines answered, of those handed over"),
        "lines-overdue": Text("清单超期率", "different lines over their limit"),
        "zeroed": Text("问题清零率", "problems brought to zero, of those listed"),
        "overdue": Text("问题超期率", "problems over their limit, of those listed"),
        "alerts-confirmed": Text("预警属实率", "alerts confirmed, of those settled"),
        "new-cases": Text("新增户", "new cases, of all households"),
        "realerts": Text("复核预警", "re-alerts, of all households"),
        "relapses": Text("返贫户", "relapses, of all households"),
    }
)
"""The figures that are counted from the register, in Chinese and English."""
_CAME: Mapping[str, Came] = Frozen(
    {"new-cases": "new", "realerts": "realert", "relapses": "relapse"}
)
_LATE: Mapping[str, What] = Frozen({name: what for what, name in IN_LIMIT.items()})
_LINES = ("lines-answered", "lines-overdue")


@attrs.frozen(kw_only=True)
class RegisterFigures:
    """Counts a figure from the register for a period: what `draft_notices` asks (按期重算).

    Attributes:
        book: The book as it stood on a day, such as ``lambda day: casebook.book(on=day)``.
        level: The level of the units.
        areas: The areas; with them every unit without a case says 0 of 0.
        under: The area that the register holds as a whole; all areas by default.
        limits: Days for each of the three in-times, for the shares in time.
        households: A frame of every household, ``household_id, area, away``, for coverage;
            for new cases, re-alerts and relapses ``area`` is enough.
        visits: A frame of visits, for coverage; see `visit_coverage`.
        keepers: Everybody who holds a grid, for coverage.
    """

    book: Callable[[date], Book]
    level: Level = attrs.field(converter=Level)
    areas: AreaTree | None = None
    under: str = ""
    limits: Mapping[str, int] = Frozen()
    households: Any = attrs.field(default=None, repr=False)
    visits: Any = attrs.field(default=None, repr=False)
    keepers: Sequence[Keeper] | None = attrs.field(default=None, repr=False)
    _books: dict[date, Book] = attrs.field(factory=dict, init=False, repr=False, eq=False)

    def __call__(self, indicator: str, period: Period) -> tuple[Statistic, ...]:
        """Count one figure of every unit, as it stood on the last day of a period.

        Args:
            indicator: One of `INDICATORS`.
            period: The period.

        Raises:
            InvalidArgumentError: It is none of them, or something that it needs was not
                given, which is named.
        """
        one_of(indicator, INDICATORS, "figure of the register")
        found = [one for one in self._counted(indicator, period) if one.indicator == indicator]
        if self.areas is None:
            return tuple(found)
        return with_nothing(
            found, (indicator,), period=period, areas=self.areas, under=self.under, level=self.level
        )

    def _counted(self, name: str, period: Period) -> Iterable[Statistic]:
        if name == "coverage":
            return self._coverage(period)
        book, level = self._as_it_stood(period.last), self.level
        if name in _CAME:
            return self._opened(book, name, period)
        if name in _LATE and _LATE[name] not in self.limits:
            raise _lacking(
                name, phrase("the limit in days of {late}", late=_LATE[name]), "--limit-days"
            )
        if name in DAYS.values() or name in _LATE:
            return statistics(
                in_times(book, level=level, period=period, limits=self.limits), period
            )
        if name in _LINES:
            return statistics(line_figures(book, period=period, by=level.value), period)
        if name == "alerts-confirmed":
            told = precision(book, by=level.value, period=period)
            figures = ((one.key, one.confirmed, one.settled) for one in told)
            return [_statistic(name, period, *one) for one in figures]
        return statistics(progress(book, as_of=period.last, level=level), period)

    def _as_it_stood(self, day: date) -> Book:
        if day not in self._books:
            self._books[day] = self.book(day)
        return self._books[day]

    def _coverage(self, period: Period) -> Iterable[Statistic]:
        given = {"households": self.households, "visits": self.visits, "keepers": self.keepers}
        for what, value in given.items():
            if value is None:
                raise _lacking("coverage", what, f"--{what}")
        return visit_coverage(
            self.households,
            self.visits,
            self.keepers or (),
            period=period,
            level=self.level,
            areas=self.areas,
        ).statistics()

    def _opened(self, book: Book, name: str, period: Period) -> Iterable[Statistic]:
        if self.households is None:
            raise _lacking(name, "households", "--households")
        day, came = period.last, (_CAME[name],)
        of = count_households(
            self.households,
            level=self.level,
            areas=self.areas,
            as_of=None if self.areas is None else day,
        )
        counts = new_cases(book, level=self.level, period=period, areas=self.areas, came=came)
        if strangers := {*counts} - {*of}:
            raise InvalidArgumentError(
                "area {strangers} has cases and no households", strangers=min(strangers)
            )
        return [
            _statistic(name, period, unit, counts.get(unit, 0), of[unit]) for unit in sorted(of)
        ]


def _statistic(name: str, period: Period, unit: str, count: int, of: int) -> Statistic:
    return Statistic(
        unit=AreaCode(unit), period=period, indicator=name, numerator=count, denominator=of,
        nothing=of == 0, kind="distinct",
    )  # fmt: skip


def _lacking(name: str, what: str, option: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        "{name} cannot be counted without {what}; give it ({option})",
        name=name,
        what=what,
        option=option,
    )
