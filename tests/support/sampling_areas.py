"""A made-up province for the tests of draws, and the critical values they state."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import NormalDist

from antipoverty.sampling import Outcome, Outcomes, Receipt, outcomes
from antipoverty.testing.strategies import province

SEED = "58209749445923078164"


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


def all_visited(receipt: Receipt, *, but: tuple[str, ...] = ()) -> Outcomes:
    """The outcomes of a round in which everybody drawn was visited, some aside."""
    day = receipt.period.first
    reported = [Outcome(unit, "visited", day) for unit in receipt.picks() if unit not in but]
    return outcomes(receipt, reported, as_of=receipt.period.last)


__all__ = ["SEED", "all_visited", "chi_square", "critical", "province"]
