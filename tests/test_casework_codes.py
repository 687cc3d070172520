"""Registers kept over years: what was filed under a code that ended is found by its successor."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from antipoverty import AreaTree, Period
from antipoverty.casework import (
    count_households,
    keepers_of,
    new_cases,
    open_cases,
    visit_coverage,
    worklist,
)
from antipoverty.errors import InvalidArgumentError, InvalidFileError
from antipoverty.scoring import AssessmentPolicy, assess, read_notices
from casework_books import alerts, empty

# 610928 became 610981; village 610702100201 moved from 610702 into 610703.
AREAS = """level,code,name,parent,since,until,successors
city,6109,安康市,61,,,
city,6107,汉中市,61,,,
province,61,陕西省,,,,
county,610928,旬阳县,6109,,2021-02-01,610981
county,610981,旬阳市,6109,2021-02-01,,
township,610928100,甲镇,610928,,2021-02-01,610981100
township,610981100,甲镇,610981,2021-02-01,,
village,610928100200,甲村,610928100,,2021-02-01,610981100200
village,610981100200,甲村,610981100,2021-02-01,,
county,610702,汉台区,6107,,,
county,610703,南郑区,6107,,,
township,610702100,乙镇,610702,,,
township,610703100,丙镇,610703,,,
village,610702100200,乙村,610702100,,,
village,610702100201,丁村,610702100,,2021-02-01,610703100201
village,610703100201,丁村,610703100,2021-02-01,,
"""
TREE = AreaTree.from_csv(AREAS.splitlines())
OLD, DAY = date(2021, 1, 10), date(2021, 3, 1)
PLACES = {
    "a": "610928100200",
    "b": "610981100200",
    "c": "610702100200",
    "d": "610702100201",
    "e": "610703100201",
}
# Which households lie in an area on the later day, by whichever code it is asked for.
IN = {
    "": "abcde",
    "610981": "ab",
    "610928": "ab",
    "61092810020001": "",
    "610981100200": "ab",
    "6109": "ab",
    "610702": "c",
    "610703": "de",
    "610703100201": "de",
    "610702100201": "de",
    "6107": "cde",
}


def book_of_two_years() -> pl.DataFrame:
    """Alerts of households filed under old codes and new."""
    return pl.concat(
        alerts((household, "traffic-accident"), area=place) for household, place in PLACES.items()
    )


@pytest.mark.parametrize(("area", "expected"), IN.items())
def test_a_list_of_an_area_has_what_was_filed_before(
    area: str, expected: str, tmp_path: Path
) -> None:
    """In memory and from the database, with a limit too; what moved away is not in it."""
    pytest.importorskip("sqlalchemy", reason="the registers need the extra 'store'")
    from antipoverty.casework import Casebook

    book, *_ = open_cases(empty(), book_of_two_years(), as_of=OLD)
    found = worklist(book, as_of=DAY, area=area, areas=TREE)
    assert "".join(task.id for task in found) == expected
    with Casebook.open(f"sqlite:///{tmp_path / 'r.db'}", empty()) as kept:
        kept.open_cases(book_of_two_years(), as_of=OLD)
        assert kept.worklist(as_of=DAY, area=area, areas=TREE) == found
        assert kept.worklist(as_of=DAY, area=area, areas=TREE, limit=1) == found[:1]


def test_clusters_compare_the_cases_of_an_area_with_its_own_households() -> None:
    """Cases before the change and the households after it are counted in one county."""
    book, *_ = open_cases(empty(), book_of_two_years(), as_of=OLD)
    month = Period.parse("2021-01")
    counted = new_cases(book, level="county", period=month, areas=TREE, as_of=DAY)
    assert counted == {"610981": 2, "610702": 1, "610703": 2}
    listed = pl.DataFrame({"area": list(PLACES.values())})
    assert count_households(listed, level="county", areas=TREE, as_of=DAY) == counted
    assert new_cases(book, level="county", period=month, areas=TREE) == {
        "610928": 1,
        "610981": 1,
        "610702": 2,
        "610703": 1,
    }
    with pytest.raises(InvalidArgumentError, match="as_of"):
        count_households(listed, level="county", areas=TREE)


def test_a_yearbook_with_an_area_under_both_its_codes_is_refused() -> None:
    """Its households would be counted twice; under the old code alone they count for the new."""
    both = pl.DataFrame({"area": ["610928", "610981"], "households": [700, 710]})
    with pytest.raises(InvalidFileError, match="610928 ended, and 610981 of row 2"):
        count_households(both, level="county", areas=TREE, as_of=DAY)
    counted = count_households(both.head(1), level="county", areas=TREE, as_of=DAY)
    assert counted == {"610981": 700}


def test_a_keeper_of_an_old_grid_keeps_the_households_of_the_new() -> None:
    """And a township filled up with zeros is a township's grid."""
    grids = {"k1": "610928100000", "k2": "610702000000", "k3": "610703100201"}
    keepers = keepers_of(pl.DataFrame({"keeper_id": list(grids), "grid": list(grids.values())}))
    assert [keeper.level and keeper.level.value for keeper in keepers] == [
        "township",
        "county",
        "village",
    ]
    households = pl.DataFrame(
        {"household_id": list(PLACES), "area": list(PLACES.values()), "away": False}
    )
    visits = pl.DataFrame(
        {"household_id": ["a"], "keeper_id": ["k1"], "on": [DAY], "how": ["home"]}
    )
    month = Period.parse("2021-03")
    found = visit_coverage(households, visits, keepers, period=month, level="county", areas=TREE)
    assert found.unkept == ()
    assert found.idle == ()
    counts = {one.area: (one.households, one.visited) for one in found.grids}
    assert counts == {"610981": (2, 1), "610702": (1, 0), "610703": (2, 0)}


def test_notices_on_a_county_filled_up_with_zeros_make_one_run() -> None:
    """Two months in a row count, however the bureau printed the county's code."""
    head = "notice_id,unit,period,verdict,level,issued_on,reason,replaces\n"
    first = "n1,610702,2022-11,表扬,省,2022-12-05,,\n"
    sizes = set()
    for unit in ("610702", "610702000000", "610702000"):
        lines = [head, first, f"n2,{unit},2022-12,表扬,省,2023-01-05,,\n"]
        board = assess(read_notices(lines), AssessmentPolicy(), as_of=date(2023, 3, 1))
        sizes.add(len(board.ledger))
    assert sizes == {1}
