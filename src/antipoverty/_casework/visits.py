"""Full coverage (全覆盖): every household in one grid, with one keeper, seen in the period."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Literal

import attrs

from antipoverty._base.opaque import opaque
from antipoverty._base.rows import (
    area_fault,
    place_fault,
    refuse,
    rows_of,
)
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import AntipovertyError, FieldError, PersonalValueError, phrase
from antipoverty.model import AreaTree, Keeper
from antipoverty.periods import Period
from antipoverty.scoring import Statistic

How = Literal["home", "phone"]


@attrs.frozen
class GridCoverage:
    """How far the households of an area were reached in a period.

    Attributes:
        area: The area or grid.
        households: How many it has: the denominator.
        visited: How many were visited at home.
        phoned: How many more are away from home and were reached by phone.
        keepers: How many keepers hold a grid in it.
        missed: The ids of those not reached, sorted.
    """

    area: str
    households: int
    visited: int
    phoned: int
    keepers: int
    missed: tuple[str, ...] = attrs.field(repr=False)

    @property
    def share(self) -> Fraction | None:
        """The share reached; ``None`` where no household is."""
        reached = self.visited + self.phoned
        return Fraction(reached, self.households) if self.households else None

    @property
    def per_keeper(self) -> Fraction | None:
        """Households for each keeper; ``None`` without a keeper."""
        return Fraction(self.households, self.keepers) if self.keepers else None


@attrs.frozen
class Coverage:
    """Who was reached, who was not, and who has no keeper (走访覆盖).

    Attributes:
        period: The period.
        grids: Each area of the level asked for.
        idle: Keepers whose grids hold no household.
        unkept: Households in no keeper's grid, sorted.
        unknown: How many households were visited that are not in the files.
    """

    period: Period
    grids: tuple[GridCoverage, ...] = attrs.field(repr=False)
    idle: tuple[str, ...]
    unkept: tuple[str, ...] = attrs.field(repr=False)
    unknown: int

    @property
    def households(self) -> int:
        """All households: the denominator of the figure."""
        return sum(one.households for one in self.grids)

    @property
    def reached(self) -> int:
        """Those visited or phoned."""
        return sum(one.visited + one.phoned for one in self.grids)

    def statistics(self) -> tuple[Statistic, ...]:
        """Give the coverage of each area as statistics for `antipoverty.scoring`."""
        return tuple(
            Statistic(
                unit=one.area,
                period=self.period,
                indicator="coverage",
                numerator=one.visited + one.phoned,
                denominator=one.households,
                nothing=one.households == 0,
                kind="distinct",
            )
            for one in self.grids
        )


def visit_coverage(
    households: Any,
    visits: Any,
    keepers: Iterable[Keeper],
    *,
    period: Period,
    level: Level | str = Level.VILLAGE,
    areas: AreaTree | None = None,
) -> Coverage:
    """Say who was reached in a period, by grid.

    Args:
        households: A frame of ``household_id, area, away``; ``away``: it works away from home,
            so that a telephone call reaches it. Not known is not away. A flag, or in a
            frame of text ``yes``, ``no``, ``是`` or ``否``.
        visits: A frame of ``household_id, keeper_id, on, how``; ``on`` is a day, or in a
            frame of text one such as ``2022-02-03``; ``how`` is ``home`` or ``phone``. The
            same visit twice counts once.
        keepers: Everybody who holds a grid; `keepers_of` reads them from a frame.
        period: The period.
        level: The level of the areas that are counted; ``group`` for group grids.
        areas: The areas; with them codes that ended, of households and of grids, count as
            their successors on the last day of the period.

    Raises:
        InvalidFileError: Rows that cannot be used, all of them.
        MissingColumnError: A column is missing.
    """
    digits = Level(level).digits
    staff = [_kept_now(one, areas, period.last) for one in keepers]
    now = functools.cache(lambda code: code if areas is None else areas.now(code, period.last))
    place: dict[str, str] = {}
    away: set[str] = set()
    problems: list[AntipovertyError] = [FieldError(fault) for fault in _shared(staff)]
    homes = rows_of(households, {"household_id": "text", "area": "text", "away": "flag"})
    for number, (wrong, (household, area, gone)) in enumerate(homes, 1):
        fault = wrong or _fault(household, area, place, digits)
        if fault:
            problems.append(
                FieldError("household row {number}: {fault}", number=number, fault=fault)
            )
        else:
            place[household] = now(area)
            if gone:
                away.add(household)
    how: dict[str, set[str]] = defaultdict(set)
    unknown: set[str] = set()
    first, last = period.first, period.last
    made = rows_of(
        visits, {"household_id": "text", "keeper_id": "text", "on": "day", "how": "text"}
    )
    for number, (wrong, (household, _, on, way)) in enumerate(made, 1):
        fault = wrong or _visit_fault(household, on, way)
        if fault:
            problems.append(FieldError("visit row {number}: {fault}", number=number, fault=fault))
        elif not first <= on <= last:
            continue
        elif household not in place:
            unknown.add(household)
        elif way == "home" or household in away:
            how[household].add(way)
    refuse(problems, "the coverage cannot be counted")
    return _counted(place, how, staff, period, digits, len(unknown))


def _kept_now(keeper: Keeper, areas: AreaTree | None, day: date) -> Keeper:
    """A keeper with the grids held by the codes of a day; of one that was split, all parts."""
    if areas is None:
        return keeper
    heirs = (areas.heirs(grid, day) or (grid,) for grid in keeper.grids)
    grids = tuple(dict.fromkeys(one for found in heirs for one in found))
    return keeper if grids == keeper.grids else keeper.model_copy(update={"grids": grids})


def _fault(household: Any, area: Any, known: Mapping[str, str], digits: int) -> str | None:
    fault = place_fault(household, area) or area_fault(area, digits)
    return "it stands twice" if fault is None and household in known else fault


def _visit_fault(household: Any, on: Any, way: Any) -> str | None:
    if household is None:
        return "the household's id is empty"
    if on is None:
        return "it has no day"
    return None if way in ("home", "phone") else "how is neither 'home' nor 'phone'"


def keepers_of(frame: Any) -> tuple[Keeper, ...]:
    """Read keepers from a frame of ``keeper_id, grid``: a row for each grid held.

    A keeper without a grid has one row, in which the grid is not known.

    Raises:
        InvalidFileError: Rows that cannot be used, all of them.
        MissingColumnError: A column is missing.
    """
    held: dict[str, dict[AreaCode, None]] = {}
    problems: list[AntipovertyError] = []
    rows = rows_of(frame, {"keeper_id": "text", "grid": "text"})
    for number, (wrong, (keeper, grid)) in enumerate(rows, 1):
        fault = wrong or (None if grid is None else area_fault(grid))
        try:
            grids = held.setdefault(opaque(keeper, "the keeper's id"), {})
        except PersonalValueError as problem:
            fault = fault or problem.message
        if fault:
            problems.append(FieldError("keeper row {number}: {fault}", number=number, fault=fault))
        elif grid is not None:
            grids[AreaCode(grid)] = None
    refuse(problems, "the keepers cannot be used")
    return tuple(Keeper(keeper_id=keeper, grids=tuple(grids)) for keeper, grids in held.items())


def _shared(keepers: Iterable[Keeper]) -> Iterator[str]:
    """Grids that more than one keeper holds: every household has one keeper."""
    holders: dict[str, set[str]] = defaultdict(set)
    for keeper in keepers:
        for held in keeper.grids:
            holders[held].add(keeper.keeper_id)
    for grid, names in sorted(holders.items()):
        if len(names) > 1:
            yield phrase(
                "grid {grid} is held by {names}; name one of them",
                grid=grid,
                names=", ".join(sorted(names)),
            )


def _counted(
    place: Mapping[str, str],
    how: Mapping[str, set[str]],
    keepers: list[Keeper],
    period: Period,
    digits: int,
    unknown: int,
) -> Coverage:
    grids: dict[str, list[str]] = defaultdict(list)
    for household, area in place.items():
        grids[area[:digits]].append(household)
    held = {str(grid): keeper.keeper_id for keeper in keepers for grid in keeper.grids}
    sizes = sorted({len(grid) for grid in held})
    loads: Counter[str] = Counter()
    unkept: list[str] = []
    of_grid: dict[str, set[str]] = defaultdict(set)
    for household, area in place.items():
        mine = {held[area[:size]] for size in sizes if area[:size] in held}
        loads.update(mine)
        of_grid[area[:digits]] |= mine
        if not mine:
            unkept.append(household)
    found = []
    for grid in sorted(grids):
        visited = sum(1 for household in grids[grid] if "home" in how.get(household, ()))
        missed = tuple(sorted(household for household in grids[grid] if household not in how))
        count = len(grids[grid])
        phoned = count - visited - len(missed)
        found.append(GridCoverage(grid, count, visited, phoned, len(of_grid[grid]), missed))
    idle = sorted(keeper.keeper_id for keeper in keepers if not loads[keeper.keeper_id])
    return Coverage(period, tuple(found), tuple(idle), tuple(sorted(unkept)), unknown)
