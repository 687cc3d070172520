"""Who must report comes from the area tree, what from the policy, and silence is named.

Expected are units x indicators x periods. Weeks are added up to months and smaller units
to larger ones, numerators and denominators apart, so that a large unit weighs as it
should. A code that ended is followed to the one that succeeded it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._scoring.statistics import Kind, Statistic, strictest
from antipoverty._scoring.totals import (
    ORDER,
    Cell,
    Part,
    Read,
    Reported,
    Way,
    disagreements,
    home,
    nearest,
    sums_of,
    wrong_totals,
)
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    AntipovertyError,
    InvalidStatisticsError,
    NoticeError,
    UnknownUnitError,
    did_you_mean,
    phrase,
)
from antipoverty.model import Area, AreaTree
from antipoverty.periods import Cadence, Period

Figures = Mapping[str, Statistic]
Recount = Callable[[str, Period], Iterable[Statistic]]
"""Counts an indicator anew for a period, of units of one level."""
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
        return phrase(
            "unit {unit} lacks {indicator} for {parts}",
            unit=self.unit,
            indicator=self.indicator,
            parts=", ".join(parts),
        )


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
    kinds: Mapping[str, Kind] = Frozen(),
    register: Recount | None = None,
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
        kinds: What the indicators are, where that is known besides what figures say.
        register: Where figures are counted anew that do not add up.

    Raises:
        UnknownUnitError: ``under`` is not among the areas.
        InvalidStatisticsError: Figures that do not add up and have no register, unknown
            or split units, unknown indicators, doubled figures, totals that are not the sum
            of their parts and, unless ``partial``, sums that lack parts: all at once.
    """
    if under is not None and under not in areas:
        raise UnknownUnitError(
            "{under} is not among the areas; pass the areas that hold it", under=under
        )
    problems: list[AntipovertyError] = []
    statistics = _adding(statistics, period, kinds, register, problems)
    reported, read = _reported(statistics, indicators, period, areas, under, problems)
    _refuse(problems)
    of_kind = _kinds(statistics, kinds)
    units = tuple(
        sorted(one.code for one in areas.descendants(under, level) if one.on(period.last))
    )
    figures: dict[AreaCode, dict[str, Statistic]] = {unit: {} for unit in units}
    missing: list[Missing] = []
    for indicator in indicators:
        every = reported.get(indicator, {})
        ways = {way: found for way, found in every.items() if way[0].digits >= level.digits}
        sums = {way: sums_of(found, period, level, areas) for way, found in ways.items()}
        problems += disagreements(indicator, sums, period, read)
        way = min(ways, key=nearest, default=(level, period.cadence))
        owed = _owed(way, period, level, areas, under)
        problems += wrong_totals(indicator, every, sums.get(way, {}), period, level, units, read)
        for unit in units:
            absent = tuple(one for one in owed[unit] if one not in ways.get(way, {}))
            total = sums.get(way, {}).get(unit)
            if absent or not owed[unit]:
                nothing = absent or ((unit, period),)
                missing.append(Missing(unit, indicator, nothing, total is None))
            if total is not None:
                figures[unit][indicator] = Statistic(
                    unit=unit, period=period, indicator=indicator,
                    numerator=total[0], denominator=total[1], nothing=total[1] == 0,
                    kind=of_kind.get(indicator, "flow"),
                )  # fmt: skip
    if not partial:
        problems += [
            NoticeError(
                "{one}; report it, with nothing = 是 (yes) if there was nothing to count, or pass "
                "partial=True (--partial)",
                one=one,
            )
            for one in missing
            if not one.whole
        ]
    _refuse(problems)
    return Gathered(units, figures, tuple(sorted(missing, key=lambda m: (m.unit, m.indicator))))


def _kinds(statistics: Iterable[Statistic], kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """What each indicator is: the strictest that its figures, or who knows it, say."""
    found = dict(kinds)
    for one in statistics:
        found[one.indicator] = strictest((found.get(one.indicator, "flow"), one.kind))
    return found


def _adding(
    statistics: Iterable[Statistic],
    period: Period,
    kinds: Mapping[str, Kind],
    register: Recount | None,
    problems: list[AntipovertyError],
) -> list[Statistic]:
    """The figures of which a period's is the sum: flows of its parts, all else of itself.

    A stock is that of the last part that ends with the period. What is distinct is counted
    anew by the register, and refused without one. Of what nobody handed in the register is
    asked too; a unit's own figure of the period stands.
    """
    listed = list(statistics)
    whole = [name for name, kind in _kinds(listed, kinds).items() if kind != "flow"]
    found = [one for one in listed if one.indicator not in whole]
    for name in whole:
        mine = [one for one in listed if one.indicator == name]
        parts = [
            one
            for one in mine
            if ORDER.index(one.period.cadence) < ORDER.index(period.cadence)
            and one.period.at(period.cadence) == period
        ]
        own = [one for one in mine if one.period == period]
        told = {one.unit for one in own}
        if register is None and (own or not parts):
            found += own or mine
            continue
        if own and told.issuperset(one.unit for one in parts):
            found += own
            continue
        ends = [one for one in parts if one.period.last == period.last]
        kind = _kinds(mine, kinds)[name]
        if kind == "stock" and ends and not own:
            longest = max((one.period.cadence for one in ends), key=ORDER.index)
            found += [
                one.model_copy(update={"period": period})
                for one in ends
                if one.period.cadence is longest
            ]
        elif register is not None:
            found += [*own, *(one for one in register(name, period) if one.unit not in told)]
        else:
            problems.append(NoticeError(_does_not_add(name, kind, parts[0].period, period)))
    return found


def _does_not_add(name: str, kind: Kind, part: Period, period: Period) -> str:
    why = (
        "is a stock, and none of its figures is as of the last day"
        if kind == "stock"
        else "is a distinct count: whoever is counted in several is counted once in all"
    )
    return phrase(
        "{name} {why}; figures such as that of {part} do not add up to {period}. Count it "
        "from the register for {period} (register=..., or --period {period}), and give that "
        "figure",
        name=name,
        why=why,
        part=part,
        period=period,
    )


def _refuse(problems: Sequence[AntipovertyError]) -> None:
    if problems:
        raise InvalidStatisticsError("the statistics cannot be used", problems)


def _reported(
    statistics: Iterable[Statistic],
    indicators: Collection[str],
    period: Period,
    areas: AreaTree,
    under: AreaCode | None,
    problems: list[AntipovertyError],
) -> tuple[Reported, Read]:
    """Sort figures by indicator and by how fine they are, under the codes of their time."""
    seen: dict[tuple[AreaCode, str, Period], Statistic] = {}
    unknown: dict[str, Statistic] = {}
    found: dict[str, dict[Way, Cell]] = defaultdict(lambda: defaultdict(dict))
    read: dict[tuple[str, Part], Statistic] = {}
    for one in statistics:
        if one.unit not in areas:
            unknown.setdefault(one.unit, one)
            continue
        finer = ORDER.index(one.period.cadence) <= ORDER.index(period.cadence)
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
            unknown.setdefault(one.indicator, one)
            continue
        before = seen.setdefault((one.unit, one.indicator, one.period), one)
        if before is not one:
            problems.append(
                NoticeError(
                    "{whose} has a second figure of {indicator}; keep one",
                    whose=one.whose,
                    indicator=one.indicator,
                )
            )
            continue
        part = unit, one.period
        earlier = read.setdefault((one.indicator, part), one)
        if earlier is not one and _renamed(earlier.unit, one.unit, areas):
            problems.append(
                NoticeError(
                    "{whose} has a figure of {indicator} and another under {unit}, its former or "
                    "later code; keep one",
                    whose=one.whose,
                    indicator=one.indicator,
                    unit=earlier.unit,
                )
            )
            continue
        cell = found[one.indicator][one.unit.level, one.period.cadence]
        above, below = cell.get(part, (0, 0))
        cell[part] = above + one.numerator, below + one.denominator
    for name, one in sorted(unknown.items()):
        if name == one.unit:
            said = phrase("{whose} is not among the areas; correct the code", whose=one.whose)
        else:
            hint = did_you_mean(name, indicators)
            said = phrase(
                "{whose}: {name!r} is no indicator of the policy{hint}",
                whose=one.whose,
                name=name,
                hint=hint,
            )
        problems.append(NoticeError(said))
    return found, read


def _renamed(one: AreaCode, other: AreaCode, areas: AreaTree) -> bool:
    """Whether of two codes that lead to one unit one came into use when the other ended."""
    old, new = sorted((areas[one], areas[other]), key=lambda area: area.until or date.max)
    return new.since is not None and old.until is not None and new.since >= old.until


def _cannot_follow(one: Statistic, heirs: Sequence[AreaCode]) -> NoticeError:
    if not heirs:
        return NoticeError(
            "{whose} is not in use then and has no successor; correct the code", whose=one.whose
        )
    return NoticeError(
        "{whose} was split into {heirs} before that ended; report each of them",
        whose=one.whose,
        heirs=", ".join(heirs),
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
                at = home(area.code, period, level, areas)
                if at is not None:
                    owed[at].append((area.code, part))
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
    register: Recount | None = None,
) -> tuple[Statistic, ...]:
    """Add figures up to months, quarters, half-years or years, and to a level.

    Args:
        statistics: Figures.
        cadence: The cadence to add up to.
        areas: The units there are.
        level: The level to add up to, such as ``city``.
        partial: Whether a sum is made though parts of it are missing.
        register: Called with an indicator and a period, where figures do not add up: it
            counts them anew, of units of the level or of smaller ones. Four weeks of
            coverage make no month, but `visit_coverage` of that month does.

    Returns:
        A figure for each unit, indicator and period of which anything was reported.

    Raises:
        InvalidStatisticsError: See `gather`.
    """
    listed, to, compared = list(statistics), Cadence(cadence), Level(level)
    problems = [
        NoticeError("figures of a longer cadence than {to} cannot be parted", to=to.value)
        for longer in {one.period.cadence for one in listed}
        if ORDER.index(longer) > ORDER.index(to)
    ] + [
        NoticeError(
            "figures of units above the {compared} cannot be parted", compared=compared.value
        )
        for above in {one.unit.level for one in listed}
        if above.digits < compared.digits
    ]
    _refuse(problems)
    names = sorted({one.indicator for one in listed})
    periods = sorted({one.period.at(to) for one in listed}, key=lambda period: period.first)
    sums: list[Statistic] = []
    for period in periods:
        found = gather(
            listed, names, period=period, level=compared, areas=areas, partial=partial,
            register=register,
        )  # fmt: skip
        sums += [one for figures in found.figures.values() for one in figures.values()]
    return tuple(sorted(sums, key=lambda one: (one.unit, one.indicator, one.period.first)))


def _heirs(one: Statistic, areas: AreaTree) -> Sequence[Area]:
    return areas.current(one.unit, one.period.last) if one.unit in areas else ()


def with_nothing(
    statistics: Iterable[Statistic],
    indicators: Iterable[str],
    *,
    period: Period,
    areas: AreaTree,
    under: str,
    level: Level | str,
) -> tuple[Statistic, ...]:
    """Say of every unit of an area without a figure that there was nothing to count.

    Whoever calls it vouches that what was counted holds all of the area: a register of a
    city knows that a county without a case had none.

    Args:
        statistics: The figures of a period.
        indicators: What was counted.
        period: The period.
        areas: The units there are.
        under: The area that is vouched for; empty for all there are.
        level: The level of the units.

    Raises:
        UnknownUnitError: ``under`` is not among the areas.
    """
    if under and under not in areas:
        raise UnknownUnitError(
            "{under} is not among the areas; pass the areas that hold it", under=under
        )
    found = list(statistics)
    had = {
        (code, one.indicator)
        for one in found
        for code in (one.unit, *(heir.code for heir in _heirs(one, areas)))
    }
    found += [
        Statistic(
            unit=area.code, period=period, indicator=indicator,
            numerator=0, denominator=0, nothing=True,
        )
        for area in areas.descendants(AreaCode(under) if under else None, Level(level))
        if area.on(period.last)
        for indicator in indicators
        if (area.code, indicator) not in had
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.unit, one.indicator)))
