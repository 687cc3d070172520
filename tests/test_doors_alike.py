"""What a table is set aside for, `judge` and a compiled pack refuse, and the other way round."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings

from antipoverty import AreaTree
from antipoverty.rules import RecordKind, Text
from antipoverty.testing._conformance.dirty import each_fault  # private: every fault by itself
from antipoverty.testing.conformance import Dirty, dirty_tables, doors_agree, set_aside_alike
from packs import a_pack

AS_OF = date(2021, 12, 1)
PACK = a_pack(
    "net_income_12m < yuan('1000')",
    "any(members, age >= 60)",
    "sum(records, amount, where=kind == 'traffic_accident', months=12) > yuan('10')",
    kinds=[RecordKind("traffic_accident", Text("事故", "accident"), "d")],
    area="61",
)
TREE = AreaTree.from_csv(
    """level,code,name,parent,since,until,successors
province,61,陕西省,,,,
city,6107,汉中市,61,,,
county,610702,汉台区,6107,,,
township,610702100,乙镇,610702,,,
village,610702100200,乙村,610702100,,,
village,610702100201,丁村,610702100,,,
village,610702100204,戊村,610702100,,2021-02-01,610702100205 610702100206
village,610702100205,戊东村,610702100,2021-02-01,,
village,610702100206,戊西村,610702100,2021-02-01,,
village,610702100207,己村,610702100,,2021-02-01,
village,610702100208,庚村,610702100,2022-01-01,,
""".splitlines()
)
CODES = {
    "area-ended": ("610702100204", "61070210020401", "610702100207"),
    "area-not-begun": ("610702100208",),
    "unknown-area": ("610702100299", "610702101200"),
}


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(dirty_tables(as_of=AS_OF))
def test_doors_refuse_alike_without_a_tree(dirty: Dirty) -> None:
    """Every kind of fault that one household can have, of itself, its members and records."""
    doors_agree(dirty, PACK, AS_OF)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(dirty_tables(as_of=AS_OF, codes=CODES))
def test_doors_refuse_alike_with_a_tree(dirty: Dirty) -> None:
    """Codes that ended, that are to come, and that nobody knows among them."""
    doors_agree(dirty, PACK, AS_OF, TREE)
    set_aside_alike(dirty, PACK, AS_OF, ["polars"], TREE)


def test_the_law_saw_every_fault() -> None:
    """In 150 draws each kind of fault is put in at least once."""
    seen: Counter[tuple[str, str, str]] = Counter()

    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(dirty_tables(as_of=AS_OF, codes=CODES))
    def look(dirty: Dirty) -> None:
        seen.update(dirty.faults.keys())

    look()
    assert {reason for _, reason, _ in seen} == {
        *("missing-id", "invalid-id", "personal-id", "duplicate-id", "missing-area"),
        *("unknown-area", "area-not-begun", "area-ended", "outside-pack", "out-of-bounds"),
        *("implausible-day", "unknown-choice", "orphan"),
    }
    by_itself = {place for one in each_fault(AS_OF) for place in one.faults}
    assert set(seen) == by_itself | {("households", reason, "area") for reason in CODES}


@pytest.mark.parametrize("fault", ["kinds", "areas"])
@settings(max_examples=3, deadline=None)
@given(dirty_tables(as_of=AS_OF, codes=CODES))
def test_the_law_notices_a_door_that_stands_open(fault: str, dirty: Dirty) -> None:
    """A pack without kinds takes a mistyped one; without a tree an unknown village is taken."""
    reasons = {place[1] for place in dirty.reasons.values()}
    if fault == "areas" and reasons & {"area-ended", "area-not-begun"}:
        with pytest.raises(AssertionError):
            doors_agree(dirty, PACK, AS_OF)
    if fault == "kinds" and "unknown-choice" in reasons:
        with pytest.raises(AssertionError):
            doors_agree(dirty, PACK.evolve(kinds=()), AS_OF, TREE)
