"""Chance in proportion to size: exact in whole numbers, for every start there is."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty._sampling.steps import (  # private: systematic steps are counted out
    certain,
    systematic,
)
from antipoverty._sampling.tickets import Stratum  # private: systematic steps are counted out
from antipoverty.errors import InvalidPlanError
from antipoverty.sampling import Design, Plan, Receipt, Stage, coverage, draw, verify
from sampling_areas import SEED, chi_square, critical, province

BY_SIZE = Design("by-size", "county", (Stage("village", 2, "size"),), rural=True)


class Started(Stratum):
    """Tickets whose start is given."""

    def __init__(self, start: int) -> None:
        self.start = start

    def below(self, limit: int, name: str) -> int:
        """The start that is given."""
        assert name == "*"
        assert self.start < limit
        return self.start


@given(sizes=st.lists(st.integers(1, 12), min_size=1, max_size=7), take=st.integers(1, 7))
def test_of_all_starts_exactly_the_stated_share_draws_a_unit(sizes: list[int], take: int) -> None:
    """Going through every start there is, each unit is drawn ``take * size`` times of ``total``."""
    own = {f"u{number}": size for number, size in enumerate(sizes)}
    take = min(take, len(own))
    sure = certain(own, take)
    total = sum(size for unit, size in own.items() if unit not in sure)
    ranked = [(unit, unit) for unit in own]
    found: Counter[str] = Counter()
    for start in range(max(total, 1)):
        drawn = [unit for _, unit in systematic(Started(start), ranked, take, own)]
        assert len(set(drawn)) == take
        found.update(drawn)
    for unit, size in own.items():
        expected = max(total, 1) if unit in sure else (take - len(sure)) * size
        assert found[unit] == expected


def sized(sizes: dict[str, int], seed: str = SEED, design: Design = BY_SIZE) -> Receipt:
    """Draw from one county with villages of some sizes."""
    areas = province([len(sizes)])
    return draw(Plan(design, areas, sizes), period="2022", seed=seed)


def codes(count: int) -> list[str]:
    """The villages of the county."""
    return [f"610101100{200 + number}" for number in range(count)]


def test_the_receipt_states_the_exact_chances() -> None:
    """Twice the size over the total; a village too large for that is certain."""
    sizes = dict(zip(codes(5), [10, 20, 30, 0, 300], strict=True))
    receipt = sized(sizes)
    chances = [receipt.chance(code) for code in codes(5)]
    assert chances == [Fraction(1, 6), Fraction(2, 6), Fraction(3, 6), 0, 1]
    assert receipt.strata[0].could == 4
    assert codes(5)[4] in receipt.picks()
    assert codes(5)[3] not in receipt.picks()
    assert verify(receipt, province([5]), sizes=sizes)
    other = verify(receipt, province([5]), sizes=sizes | {codes(5)[0]: 11})
    assert "sizes_digest" in {one.field for one in other.differences}


def test_draws_match_their_chances() -> None:
    """Chi-square of 3,000 draws of one in proportion to size, at 1 in 1,000."""
    sizes = dict(zip(codes(5), [5, 10, 20, 25, 40], strict=True))
    one = Design("one", "county", (Stage("village", 1, "size"),), rural=True)
    plan = Plan(one, province([5]), sizes)
    found = Counter(draw(plan, period="2022", seed=f"{SEED}{n}").picks()[0] for n in range(3000))
    expected = [30.0 * size for size in sizes.values()]
    assert chi_square([found[code] for code in codes(5)], expected) < critical(4, 0.001)


def test_a_coarse_unit_counts_what_lies_below() -> None:
    """A county by its villages' households, where its own size is not given."""
    design = Design(
        "city", "city", (Stage("county", 1, "size"), Stage("village", 1, "size")), rural=True
    )
    areas = province([2, 1])
    villages = [area.code for area in areas.descendants(None, "village")]
    sizes = dict(zip(villages, [10, 30, 60], strict=True))
    receipt = draw(Plan(design, areas, sizes), period="2022", seed=SEED)
    assert [receipt.chance(code) for code in villages] == [
        Fraction(1, 10),
        Fraction(3, 10),
        Fraction(6, 10),
    ]


def test_a_county_of_empty_villages_is_skipped() -> None:
    """There is nothing to be in proportion to."""
    receipt = sized(dict.fromkeys(codes(3), 0))
    assert receipt.picks() == ()
    assert "every size is 0" in receipt.skipped[-1].reason


def test_a_village_without_a_size_is_an_error() -> None:
    """Every one is listed; a missing size is not read as none."""
    with pytest.raises(InvalidPlanError) as caught:
        sized(dict(zip(codes(4)[:2], [4, -1], strict=True)) | {codes(4)[2]: 3})
    assert len(caught.value.problems) == 1
    with pytest.raises(InvalidPlanError) as caught:
        draw(Plan(BY_SIZE, province([30])), period="2022", seed=SEED)
    assert len(caught.value.problems) == 21
    assert "and 10 more" in caught.value.problems[-1].message


def test_a_cycle_by_size_never_waits_for_an_empty_village() -> None:
    """A village without households is no part of the cycle."""
    design = Design("d", "county", (Stage("village", 1, "size", "cycle"),), rural=True)
    sizes = dict(zip(codes(4), [4, 0, 1, 9], strict=True))
    plan = Plan(design, province([4]), sizes)
    history: list[Receipt] = []
    for year in range(2000, 2006):
        history.append(draw(plan, period=str(year), seed=f"{SEED}{year}", history=history))
    drawn = [one.picks()[0] for one in history]
    assert len(set(drawn[:3])) == len(set(drawn[3:])) == 3
    assert codes(4)[1] not in drawn


def test_the_rounds_to_expect_by_size_are_not_stated() -> None:
    """The formula is for even chances: of a cycle by size the report states none."""
    design = Design("d", "county", (Stage("village", 1, "size", "cycle"),), rural=True)
    sizes = dict(zip(codes(3), [90, 90, 1], strict=True))
    plan = Plan(design, province([3]), sizes)
    (found,) = coverage(plan, [draw(plan, period="2022", seed=SEED)]).strata
    assert found.expected is None
