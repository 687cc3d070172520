"""Who must report comes from the area tree, what from the policy, and silence is named.

Expected are units x indicators x periods. Weeks are added up to months and smaller units
to larger ones, numerators and denominators apart, so that a large unit weighs as it
should. A code that ended is followed to the one that succeeded it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs

from antipoverty._scoring.statistics import Statistic
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    AntipovertyError,
    InvalidStatisticsError,
    NoticeError,
    UnknownUnitError,
    did_you_mean,
)
from antipoverty.model import AreaTree
from antipoverty.periods import Cadence, Period

Part = tuple[AreaCode, Period]
Figures = Mapping[str, Statistic]
_ORDER = tuple(Cadence)
_SHOWN = 5


@attrs.frozen
class Missing:
    """What was owed and did not come.

    Attributes:
        unit: The unit whose figure lacks it.
        indicator: The indicator.
        parts: Who did not report for which period; the unit itself, or units in it.
        whole: Whether nothing of the figure came.
    """

    unit: AreaCode
    indicator: str
    parts: tuple[Part, ...]
    whole: bool

    def __str__(self) -> str:
        parts = [
            str(period) if unit == self.unit else f"{period} of {unit}"
            for unit, period in self.parts[:_SHOWN]
        ]
        more = len(self.parts) - _SHOWN
        parts += [f"{more} more"] if more > 0 else []
        return f"unit {self.unit} lacks {self.indicator} for {', '.join(parts)}"


@attrs.frozen
class Gathered:
    """The figures of one period, and what is missing among them.

    Attributes:
        units: The units that must report, by code.
        figures: The figures of each unit by indicator; sums of what was reported.
        missing: What did not come, by unit and indicator.
    """

    units: tuple[AreaCode, ...]
    figures: Mapping[AreaCode, Figures]
    missing: tuple[Missing, ...]


def gather(
    statistics: Iterable[Statistic],
    indicators: Sequence[str],
    *,
    period: Period,
    level: Level,
    areas: AreaTree,
    under: AreaCode | None = None,
    partial: bool = False,
) -> Gathered:
    """Add figures up to a period and a level, and say who did not report.

    Args:
        statistics: Figures of the period or of shorter ones, of the level or of smaller
            units. Others are left out, but a total must be the sum of its parts.
        indicators: What must be reported.
        period: The period to add up to.
        level: The level to add up to.
        areas: The units there are; those in use on the period's last day must report.
        under: Only units of this area.
        partial: Whether a sum is made though parts of it are missing.

    Raises:
        UnknownUnitError: ``under`` is not among the areas.
        InvalidStatisticsError: Unknown or split units, unknown indicators, doubled
            figures, totals that are not the sum of their parts and, unless
            ``partial``, sums that lack parts: all of them at once.
    """
    if under is not None and under not in areas:
        raise UnknownUnitError(f"{under} is not among the areas; pass the areas that hold it")
    problems: list[AntipovertyError] = []
    reported = _reported(statistics, indicators, period, areas, under, problems)
    _refuse(problems)
    units = tuple(
        sorted(one.code for one in areas.descendants(under, level) if one.on(period.last))
    )
    figures: dict[AreaCode, dict[str, Statistic]] = {unit: {} for unit in units}
    missing: list[Missing] = []
    for indicator in indicators:
        every = reported.get(indicator, {})
        ways = {way: found for way, found in every.items() if way[0].digits >= level.digits}
        sums = {way: _sums(found, period, level, areas) for way, found in ways.items()}
        problems += _disagreements(indicator, sums, period)
        way = min(ways, key=_nearest, default=(level, period.cadence))
        owed = _owed(way, period, level, areas, under)
        problems += _wrong_totals(indicator, every, sums.get(way, {}), period, level, units)
        for unit in units:
            absent = tuple(one for one in owed[unit] if one not in ways.get(way, {}))
            total = sums.get(way, {}).get(unit)
            if absent or not owed[unit]:
                nothing = absent or ((unit, period),)
                missing.append(Missing(unit, indicator, nothing, total is None))
            if total is not None:
                figures[unit][indicator] = Statistic(
                    unit=unit, period=period, indicator=indicator,
                    numerator=total[0], denominator=total[1],
                )  # fmt: skip
    if not partial:
        problems += [
            NoticeError(
                f"{one}; report it, as 0 of 0 if there was nothing, or pass "
                "partial=True (--partial)"
            )
            for one in missing
            if not one.whole
        ]
    _refuse(problems)
    return Gathered(units, figures, tuple(sorted(missing, key=lambda m: (m.unit, m.indicator))))


def _refuse(problems: Sequence[AntipovertyError]) -> None:
    if problems:
        raise InvalidStatisticsError("the statistics cannot be used", problems)


Way = tuple[Level, Cadence]
Reported = Mapping[str, Mapping[Way, Mapping[Part, tuple[int, int]]]]


def _nearest(way: Way) -> tuple[int, int]:
    """The figures that need the least adding up come first."""
    return way[0].digits, -_ORDER.index(way[1])


def _reported(
    statistics: Iterable[Statistic],
    indicators: Collection[str],
    period: Period,
    areas: AreaTree,
    under: AreaCode | None,
    problems: list[AntipovertyError],
) -> Reported:
    """Sort figures by indicator and by how fine they are, under the codes of their time."""
    seen: set[tuple[AreaCode, str, Period]] = set()
    unknown: set[AreaCode] = set()
    found: dict[str, dict[Way, dict[Part, tuple[int, int]]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for one in statistics:
        if one.unit not in areas:
            unknown.add(one.unit)
            continue
        finer = _ORDER.index(one.period.cadence) <= _ORDER.index(period.cadence)
        if not finer or one.period.at(period.cadence) != period:
            continue
        heirs = areas.current(one.unit, min(one.period.last, period.last))
        if len(heirs) != 1:
            problems.append(_cannot_follow(one, [heir.code for heir in heirs]))
            continue
        unit = heirs[0].code
        if under is not None and not under.covers(unit):
            continue
        if one.indicator not in indicators:
            hint = did_you_mean(one.indicator, indicators)
            problems.append(NoticeError(f"{one.indicator!r} is no indicator of the policy{hint}"))
            continue
        key = one.unit, one.indicator, one.period
        if key in seen:
            problems.append(
                NoticeError(
                    f"unit {one.unit} has two figures of {one.indicator} for {one.period}; keep one"
                )
            )
            continue
        seen.add(key)
        cell = found[one.indicator][one.unit.level, one.period.cadence]
        above, below = cell.get((unit, one.period), (0, 0))
        cell[unit, one.period] = above + one.numerator, below + one.denominator
    problems += [
        NoticeError(f"unit {unit} is not among the areas; correct the code")
        for unit in sorted(unknown)
    ]
    return found


def _cannot_follow(one: Statistic, heirs: Sequence[AreaCode]) -> NoticeError:
    if not heirs:
        return NoticeError(
            f"unit {one.unit} is not in use in {one.period} and has no successor; correct the code"
        )
    return NoticeError(
        f"unit {one.unit} was split into {', '.join(heirs)} before {one.period} ended; "
        "report each of them"
    )


def _home(unit: AreaCode, period: Period, level: Level, areas: AreaTree) -> AreaCode | None:
    """The unit of a level that carries a smaller one on the period's last day."""
    heirs = {area.code.at(level) for area in areas.current(unit, period.last)}
    return heirs.pop() if len(heirs) == 1 else None


def _sums(
    found: Mapping[Part, tuple[int, int]], period: Period, level: Level, areas: AreaTree
) -> Mapping[AreaCode, tuple[int, int]]:
    sums: dict[AreaCode, tuple[int, int]] = {}
    for (unit, _), (above, below) in found.items():
        home = _home(unit, period, level, areas)
        if home is not None:
            before = sums.get(home, (0, 0))
            sums[home] = before[0] + above, before[1] + below
    return sums


def _disagreements(
    indicator: str, sums: Mapping[Way, Mapping[AreaCode, tuple[int, int]]], period: Period
) -> Iterable[AntipovertyError]:
    """Name the totals that are not the sum of their parts."""
    ways = sorted(sums, key=_nearest)
    for way in ways[1:]:
        for unit, total in sums[way].items():
            if sums[ways[0]].get(unit, total) != total:
                yield NoticeError(
                    f"the total of {indicator} of unit {unit} for {period} is not the sum of its "
                    f"parts by {way[0].value} and {way[1].value}; correct one of them"
                )


def _wrong_totals(
    indicator: str,
    every: Mapping[Way, Mapping[Part, tuple[int, int]]],
    sums: Mapping[AreaCode, tuple[int, int]],
    period: Period,
    level: Level,
    units: Sequence[AreaCode],
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
                    f"the total of {indicator} of unit {unit} for {period} is not the sum of the "
                    f"units in it, by {level.value}; correct one of them"
                )


def _owed(
    way: Way, period: Period, level: Level, areas: AreaTree, under: AreaCode | None
) -> Mapping[AreaCode, list[Part]]:
    """Every part of each unit's figure, by the units in use when each period ended."""
    owed: dict[AreaCode, list[Part]] = defaultdict(list)
    smaller = areas.descendants(under, way[0])
    for part in parts_of(period, way[1]):
        for area in smaller:
            if area.on(min(part.last, period.last)):
                home = _home(area.code, period, level, areas)
                if home is not None:
                    owed[home].append((area.code, part))
    return owed


def parts_of(period: Period, cadence: Cadence) -> Iterable[Period]:
    """The periods of a cadence that belong to a coarser one; a week to that of its Thursday."""
    part = Period.of(period.first, cadence)
    while part.first <= period.last:
        if part.at(period.cadence) == period:
            yield part
        part = part.next


def summarise(
    statistics: Iterable[Statistic],
    cadence: Cadence | str,
    *,
    areas: AreaTree,
    level: Level | str,
    partial: bool = False,
) -> tuple[Statistic, ...]:
    """Add figures up to months, quarters, half-years or years, and to a level.

    Args:
        statistics: Figures.
        cadence: The cadence to add up to.
        areas: The units there are.
        level: The level to add up to, such as ``city``.
        partial: Whether a sum is made though parts of it are missing.

    Returns:
        A figure for each unit, indicator and period of which anything was reported.

    Raises:
        InvalidStatisticsError: See `gather`.
    """
    listed, to, compared = list(statistics), Cadence(cadence), Level(level)
    problems = [
        NoticeError(f"figures of a longer cadence than {to.value} cannot be parted")
        for longer in {one.period.cadence for one in listed}
        if _ORDER.index(longer) > _ORDER.index(to)
    ] + [
        NoticeError(f"figures of units above the {compared.value} cannot be parted")
        for above in {one.unit.level for one in listed}
        if above.digits < compared.digits
    ]
    _refuse(problems)
    names = sorted({one.indicator for one in listed})
    periods = sorted({one.period.at(to) for one in listed}, key=lambda period: period.first)
    sums: list[Statistic] = []
    for period in periods:
        found = gather(listed, names, period=period, level=compared, areas=areas, partial=partial)
        sums += [one for figures in found.figures.values() for one in figures.values()]
    return tuple(sorted(sums, key=lambda one: (one.unit, one.indicator, one.period.first)))
