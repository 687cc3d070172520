"""Whether totals are the sums of their parts: of smaller units, of shorter periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from antipoverty._scoring.statistics import Statistic
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import AntipovertyError, NoticeError
from antipoverty.model import AreaTree
from antipoverty.periods import Cadence, Period

Part = tuple[AreaCode, Period]
Way = tuple[Level, Cadence]
Cell = dict[Part, tuple[int, int]]
Reported = Mapping[str, Mapping[Way, Cell]]
Read = Mapping[tuple[str, Part], Statistic]
"""The figures behind the cells, by indicator, unit and period, for what is said of them."""


ORDER = tuple(Cadence)


def nearest(way: Way) -> tuple[int, int]:
    """The figures that need the least adding up come first."""
    return way[0].digits, -ORDER.index(way[1])


def home(unit: AreaCode, period: Period, level: Level, areas: AreaTree) -> AreaCode | None:
    """The unit of a level that carries a smaller one on the period's last day."""
    heirs = {area.code.at(level) for area in areas.current(unit, period.last)}
    return heirs.pop() if len(heirs) == 1 else None


def sums_of(
    found: Mapping[Part, tuple[int, int]], period: Period, level: Level, areas: AreaTree
) -> Mapping[AreaCode, tuple[int, int]]:
    """Add the figures of smaller units up to those of a level."""
    sums: dict[AreaCode, tuple[int, int]] = {}
    for (unit, _), (above, below) in found.items():
        at = home(unit, period, level, areas)
        if at is not None:
            before = sums.get(at, (0, 0))
            sums[at] = before[0] + above, before[1] + below
    return sums


def disagreements(
    indicator: str,
    sums: Mapping[Way, Mapping[AreaCode, tuple[int, int]]],
    period: Period,
    read: Read,
) -> Iterable[AntipovertyError]:
    """Name the totals that are not the sum of their parts."""
    ways = sorted(sums, key=nearest)
    for way in ways[1:]:
        for unit, total in sums[way].items():
            if sums[ways[0]].get(unit, total) != total:
                own = read.get((indicator, (unit, period)))
                whose = own.whose if own else f"unit {unit} for {period}"
                yield NoticeError(
                    "{whose}: the total of {indicator} is not the sum of its parts by {way} and "
                    "{way2}; correct one of them",
                    whose=whose,
                    indicator=indicator,
                    way=way[0].value,
                    way2=way[1].value,
                )


def wrong_totals(
    indicator: str,
    every: Mapping[Way, Cell],
    sums: Mapping[AreaCode, tuple[int, int]],
    period: Period,
    level: Level,
    units: Sequence[AreaCode],
    read: Read,
) -> Iterable[AntipovertyError]:
    """Name the totals of larger units that are not the sum of all units in them."""
    for (whose, _), found in every.items():
        for (unit, when), total in found.items():
            inside = [one for one in units if unit.covers(one)]
            if whose.digits >= level.digits or when != period or not inside:
                continue
            parts = [sums[one] for one in inside if one in sums]
            whole = len(parts) == len(inside)
            if whole and tuple(map(sum, zip(*parts, strict=True))) != total:
                yield NoticeError(
                    "{whose}: the total of {indicator} is not the sum of the units in it, by "
                    "{level}; correct one of them",
                    whose=read[indicator, (unit, when)].whose,
                    indicator=indicator,
                    level=level.value,
                )
