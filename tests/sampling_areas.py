"""A made-up province for the tests of draws, and the critical values they state."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from statistics import NormalDist

from antipoverty.codes import AreaCode
from antipoverty.model import Area, AreaTree

SEED = "58209749445923078164"


def province(villages: Iterable[int], since: date | None = None) -> AreaTree:
    """One city; a county for each number, with so many rural villages in one town."""
    codes = ["61", "6101"]
    for county, count in enumerate(villages, 1):
        codes += [f"6101{county:02d}", f"6101{county:02d}100"]
        codes += [f"6101{county:02d}100{200 + number:03d}" for number in range(count)]
    return AreaTree(Area(code=AreaCode(code), name=f"地{code}", since=since) for code in codes)


def critical(freedom: int, significance: float) -> float:
    """The value a chi-square of some degrees of freedom exceeds with a given chance.

    By Wilson and Hilferty's cube-root approximation, good to a few per mille here.
    """
    part = 2 / (9 * freedom)
    z = NormalDist().inv_cdf(1 - significance)
    return float(freedom * (1 - part + z * part**0.5) ** 3)


def chi_square(observed: Iterable[int], expected: Iterable[float]) -> float:
    """The sum of squared differences, each over what was expected."""
    return sum((o - e) ** 2 / e for o, e in zip(observed, expected, strict=True))
