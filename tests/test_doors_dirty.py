"""Dirty tables: the same rows are set aside for the same reasons, with the same counts."""

from __future__ import annotations

import re
from datetime import date

import attrs
import polars as pl
import pytest
from hypothesis import Phase, given, settings

from antipoverty import Tables, screen
from antipoverty.rules import RecordKind, Text
from antipoverty.testing.conformance import Dirty, dirty_tables, set_aside_alike
from engines import ALL, tables_as, why_not
from packs import a_pack

AS_OF = date(2021, 12, 1)
PACK = a_pack(
    "net_income_12m < yuan('1000')",
    "any(members, age >= 60)",
    "sum(records, amount, where=kind == 'traffic_accident', months=12) > yuan('10')",
    kinds=[RecordKind("traffic_accident", Text("事故", "accident"), "d")],
    area="61",
)
PACK_OF_AGE = a_pack("any(members, age >= 60)")
FAST = [kind for kind in ("polars", "polars-lazy", "pyarrow") if not why_not(kind)]
SLOW = [kind for kind in ("pandas", "duckdb") if not why_not(kind)]


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(dirty_tables(as_of=AS_OF))
def test_dirty_tables_are_read_alike_in_every_kind_of_frame(dirty: Dirty) -> None:
    """And as was put in: every fault is counted once, and no household of one is judged."""
    set_aside_alike(dirty, PACK, AS_OF, FAST)


@pytest.mark.slow
@settings(max_examples=4, deadline=None, phases=[Phase.generate])
@given(dirty_tables(as_of=AS_OF, most=120))
def test_pandas_and_duckdb_read_dirty_tables_as_polars_does(dirty: Dirty) -> None:
    """A few larger ones."""
    set_aside_alike(dirty, PACK, AS_OF, ["polars", *SLOW])


@pytest.mark.slow
@pytest.mark.skipif(why_not("pyspark") is not None, reason=str(why_not("pyspark")))
@pytest.mark.filterwarnings("ignore")
@settings(max_examples=1, deadline=None, database=None, phases=[Phase.generate])
@given(dirty_tables(as_of=AS_OF, most=200).filter(lambda one: len(one.faults) > 6))
def test_spark_reads_dirty_tables_as_polars_does(dirty: Dirty) -> None:
    """One large one with many faults, since it takes Spark long."""
    set_aside_alike(dirty, PACK, AS_OF, ["polars", "pyspark"])


@pytest.mark.slow
@given(dirty_tables(as_of=AS_OF))
@settings(max_examples=10, deadline=None)
def test_the_check_notices_a_fault_that_is_not_what_was_put_in(dirty: Dirty) -> None:
    """One row more than was said, or one less, is an error."""
    more = attrs.evolve(dirty, faults={**dirty.faults, ("records", "planted", "day"): 1})
    with pytest.raises(AssertionError):
        set_aside_alike(more, PACK, AS_OF, ["polars"])


CODE = "610702100200000001"
NEAR_CODES = [
    *(CODE + last for last in ("1", "X", "x", "１", "\n", " ", "_", "?", "", "1 ", "12", "X1")),
    *(first + CODE[1:] + "1" for first in ("0", "+", "-", " ", "[", "*", "６", "A")),
    *(f"{CODE[:9]}{middle}{CODE[10:]}1" for middle in (".", "e", "_", ",", " ", "%", "^", "é")),
    *("1e18", "1" + "e18".rjust(18), "1e18".ljust(19), "1.0e+00000000000018", "]" * 19, "9" * 19),
]
"""A code, and what is one sign from it or reads as such a number."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ALL)
def test_what_is_nearly_a_code_is_read_alike(kind: str) -> None:
    """The quick look at codes passes no id that the pattern of ids refuses, and refuses none."""
    pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
    odd = sum(pattern.fullmatch(one) is None for one in NEAR_CODES)
    assert 9 < odd < len(NEAR_CODES) - 9
    homes = pl.DataFrame({"household_id": ["h1"], "area": "610702100200"})
    people = pl.DataFrame({"household_id": NEAR_CODES, "age": 70})
    found = screen(tables_as(Tables(homes, people), kind), PACK_OF_AGE, as_of=AS_OF)
    assert found.rejected_counts == {
        ("members", "invalid-id", "household_id"): odd,
        ("members", "orphan", "household_id"): len(NEAR_CODES) - odd,
    }
