"""Areas, keepers and codes: a small province with one of everything, and its grid."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import date

from hypothesis import strategies as st

from antipoverty.codes import AreaCode, HouseholdCode, Level
from antipoverty.model import Area, AreaTree, Keeper, Money
from antipoverty.periods import Cadence, Period
from antipoverty.testing._strategies.choices import Choice, each_of

_GROUPS = ("61070210020001", "61070210020002", "61010200120001")
_CODES = ("61", "6107", "610702", "610702100", "610702100200", *_GROUPS)


def area_codes(*, levels: Iterable[Level] = tuple(Level)) -> st.SearchStrategy[AreaCode]:
    """Draw the code of an area, of some of the levels."""
    wanted = tuple(levels)
    return st.sampled_from([AreaCode(code) for code in _CODES if AreaCode(code).level in wanted])


def household_codes() -> st.SearchStrategy[HouseholdCode]:
    """Draw a household's code, its check character included."""
    return st.builds(HouseholdCode.make, st.sampled_from(_GROUPS), st.integers(1, 9999))


def amounts(*, low: int = 0, high: int = 10**10) -> st.SearchStrategy[Money]:
    """Draw an amount of money, between two numbers of fen."""
    return st.integers(low, high).map(Money)


def periods(*, cadences: Sequence[Cadence] = tuple(Cadence)) -> st.SearchStrategy[Period]:
    """Draw a period; years of 53 weeks and year ends are common."""
    years = st.sampled_from([2022, 2020, 2026, 2024])
    return st.builds(_period, st.sampled_from(cadences), years, st.integers(0, 52))


def _period(cadence: Cadence, year: int, steps: int) -> Period:
    first = Period(cadence, year, 1)
    return first.shift(min(steps, 9 if cadence is Cadence.YEAR else steps))


def areas() -> st.SearchStrategy[Area]:
    """Draw an area by itself; `area_trees` draws ones that belong together."""
    return st.builds(
        lambda code, since: Area(code=code, name=f"地{code}", since=since),
        area_codes(),
        st.sampled_from([None, date(2024, 1, 1)]),
    )


def keepers() -> st.SearchStrategy[Keeper]:
    """Draw a grid keeper with some grids of one town."""
    grids = st.lists(area_codes(levels=(Level.VILLAGE, Level.GROUP)), max_size=3, unique=True).map(
        tuple
    )
    return st.builds(
        lambda number, held: Keeper(keeper_id=f"k{number}", grids=held), st.integers(1, 999), grids
    )


def province(villages: Iterable[int], *, since: date | None = None) -> AreaTree:
    """Make one city; a county for each number, with so many rural villages in one town."""
    return _province(tuple(villages), since)


@functools.lru_cache(maxsize=1024)
def _province(villages: tuple[int, ...], since: date | None) -> AreaTree:
    codes = ["61", "6101"]
    for county, count in enumerate(villages, 1):
        codes += [f"6101{county:02d}", f"6101{county:02d}100"]
        codes += [f"6101{county:02d}100{200 + number:03d}" for number in range(count)]
    return AreaTree(Area(code=AreaCode(code), name=f"地{code}", since=since) for code in codes)


def area_trees(
    *, min_counties: int = 1, max_counties: int = 4, max_villages: int = 6
) -> st.SearchStrategy[AreaTree]:
    """Draw a province with at least one village in its first county; others may have none."""
    villages = {f"{n}": Choice(range(max_villages + 1)) for n in range(1, max_counties)}
    return each_of(
        {
            "counties": Choice(range(min_counties, max_counties + 1)),
            "first": Choice(range(1, max_villages + 1)),
            **villages,
        }
    ).map(
        lambda found: province([found["first"], *list(found.values())[2 : found["counties"] + 1]])
    )


__all__ = [
    "amounts",
    "area_codes",
    "area_trees",
    "areas",
    "household_codes",
    "keepers",
    "periods",
    "province",
]
