"""What comes into the registers: CSV as Excel leaves it, frames of any type, persons, days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest

pytest.importorskip("pandas", reason="frames of pandas need pandas")
pytest.importorskip("pyarrow", reason="tables of Arrow need PyArrow")

import pandas as pd
import pyarrow as pa

from antipoverty import AreaTree, Member
from antipoverty._scoring.notices import COLUMNS  # private: every column is left out once
from antipoverty.casework import (
    ChineseHolidays,
    Coverage,
    count_households,
    keepers_of,
    open_cases,
    overdue,
    overlaps,
    urge,
    visit_coverage,
    worklist,
)
from antipoverty.cli._shell import read_table  # private: the reader of all commands' tables
from antipoverty.errors import AntipovertyError, InvalidFileError
from antipoverty.periods import Period
from antipoverty.scoring import read_notices
from casework_books import ENTRY, alerts, empty, monitored, walk

GRID = "61070210020001"
HOMES = pl.DataFrame({"household_id": ["1", "2"], "area": [GRID] * 2, "away": [True, False]})
VISITS = pl.DataFrame(
    {
        "household_id": ["1", "2"],
        "keeper_id": ["k1"] * 2,
        "on": [date(2022, 2, 3)] * 2,
        "how": ["phone", "home"],
    }
)


def covered(homes: Any = HOMES, visits: Any = VISITS) -> Coverage:
    """The coverage of February 2022."""
    keepers = keepers_of(pl.DataFrame({"keeper_id": ["k1"], "grid": [GRID]}))
    return visit_coverage(homes, visits, keepers, period=Period.parse("2022-02"), level="group")


SECONDS = VISITS.with_columns(pl.lit("2022-02-03 23:59").str.to_datetime().alias("on"))
TEXTS = VISITS.with_columns(pl.col("on").cast(pl.String), pl.col("household_id") + pl.lit(" "))


@pytest.mark.parametrize(
    "kind", [lambda f: f, pl.DataFrame.to_pandas, pl.DataFrame.to_arrow, pl.DataFrame.lazy]
)
@pytest.mark.parametrize(
    ("homes", "visits"),
    [
        (HOMES, VISITS),
        (HOMES, SECONDS),
        (HOMES, SECONDS.with_columns(pl.col("on").dt.replace_time_zone("Asia/Shanghai"))),
        (HOMES, TEXTS),
        (HOMES.cast({"household_id": pl.Int64}), VISITS.cast({"household_id": pl.Int32})),
        (HOMES.cast({"area": pl.Int64}), VISITS.cast({"how": pl.Categorical})),
        (HOMES.cast({"away": pl.Int8}), VISITS),
        (HOMES.cast({"away": pl.Float64}), VISITS),
        (HOMES.with_columns(away=pl.Series(["TRUE", "FALSE"])), VISITS),
        (HOMES.with_columns(away=pl.Series(["是", None])), VISITS),
    ],
)
def test_a_frame_is_read_by_what_its_columns_must_hold(
    homes: pl.DataFrame, visits: pl.DataFrame, kind: Callable[[pl.DataFrame], Any]
) -> None:
    """Whole numbers for codes, times for days, 0 and 1 for yes and no, in every kind of frame."""
    found = covered(kind(homes), kind(visits))
    assert (found.households, found.reached, found.unknown) == (2, 2, 0)
    assert (found.grids[0].visited, found.grids[0].phoned) == (1, 1)


@pytest.mark.parametrize(
    ("homes", "visits", "said"),
    [
        (HOMES, VISITS.with_columns(on=pl.lit("soon")), "on is no day"),
        (HOMES, VISITS.with_columns(on=pl.lit(20220203)), "on is no day"),
        (HOMES, VISITS.with_columns(how=pl.lit("letter")), "neither 'home' nor 'phone'"),
        (HOMES.with_columns(away=pl.lit(2)), VISITS, "away is neither yes nor no"),
        (HOMES.with_columns(household_id=pl.lit(1.5)), VISITS, "neither text nor a whole number"),
        (HOMES.with_columns(area=pl.lit("6.1070E+13")), VISITS, "a spreadsheet has turned"),
    ],
)
def test_what_is_wrong_is_named(homes: pl.DataFrame, visits: pl.DataFrame, said: str) -> None:
    """The message names the column and what it must hold, and no value."""
    with pytest.raises(InvalidFileError) as refused:
        covered(homes, visits)
    assert said in str(refused.value)
    assert "1.5" not in str(refused.value)


def test_a_column_of_several_types_is_told_by_row() -> None:
    """A pandas column of text with one number in it does not lose the number silently."""
    mixed = pd.DataFrame({"household_id": ["1", 2.5], "area": [GRID] * 2, "away": [True, None]})
    with pytest.raises(InvalidFileError, match="household row 2: household_id is neither"):
        covered(mixed)


def test_a_keeper_without_a_grid_is_one_in_any_frame() -> None:
    """What pandas has for a missing text is no grid; neither is an empty text."""
    for grids in ([GRID, None], [GRID, float("nan")], [GRID, ""]):
        found = keepers_of(pd.DataFrame({"keeper_id": ["k1", "k2"], "grid": grids}))
        assert [len(one.grids) for one in found] == [1, 0]
    table = pa.table({"area": ["610702"], "households": [Fraction(7).numerator]})
    assert count_households(table, level="county") == {"610702": 7}


PERSON = "61010219800101004X"


@pytest.mark.parametrize(
    "spelling",
    [
        PERSON,
        PERSON.lower(),
        f"{PERSON} ",
        f"'{PERSON}",
        PERSON.replace("X", "Ｘ"),
        "610102 19800101 004X",
    ],
)
def test_one_person_in_two_households_is_found(spelling: str) -> None:
    """However the number is spelled; and the model keeps it in one spelling."""
    book, _ = monitored("h1")
    book, *_ = open_cases(book, alerts(("h2", "traffic-accident")), as_of=date(2022, 2, 1))
    book, _, _ = walk(book, "h2", ENTRY, date(2022, 2, 1))
    members = pl.DataFrame({"household_id": ["h1", "h2"], "p": [PERSON, spelling]})
    (found,) = overlaps(book, members, person="p")
    assert (found.households, found.persons) == (("h1", "h2"), 1)
    for kept in (PERSON.lower(), f"{PERSON} "):
        held = Member.model_validate({"member_id": "m", "resident_id": kept}).resident_id
        assert held is not None
        assert held.get_secret_value() == PERSON


@pytest.mark.parametrize(
    "members",
    [
        pd.DataFrame({"household_id": ["h1", "h2"], "p": [None, None]}),
        pd.DataFrame({"household_id": ["h1", "h2"], "p": [float("nan"), None]}, dtype=object),
        pl.DataFrame({"household_id": ["h1", "h2"], "p": ["", " "]}),
        pl.DataFrame({"household_id": ["h1", "h2"], "p": ["aB", "ab"]}),
    ],
)
def test_somebody_unknown_is_nobody_else(members: Any) -> None:
    """Two persons of whom nothing is known are not one; nor are two tokens nearly alike."""
    book, _ = monitored("h1")
    book, *_ = open_cases(book, alerts(("h2", "traffic-accident")), as_of=date(2022, 2, 1))
    book, _, _ = walk(book, "h2", ENTRY, date(2022, 2, 1))
    assert overlaps(book, members, person="p") == ()


def test_a_year_without_a_calendar_hides_no_other_case() -> None:
    """The list shows both cases; the limit that reaches into an unknown year is not known."""
    book = empty()
    book = type(book)(book.pack, book.workflow, book.rectification, calendar=ChineseHolidays())
    last = 2026
    with pytest.raises(AntipovertyError):
        ChineseHolidays().is_working(date(last + 1, 1, 4))
    for home, day in (("h1", date(last, 11, 2)), ("h2", date(last, 12, 28))):
        book, *_ = open_cases(book, alerts((home, "traffic-accident")), as_of=day)
    found = worklist(book, as_of=date(last, 12, 29))
    assert [(one.id, one.due is None) for one in found] == [("h1", False), ("h2", True)]
    assert [one.id for one in overdue(book, as_of=date(last, 12, 29))] == ["h1"]
    assert {event.stream for event in urge(book, as_of=date(last, 12, 29))[1]} <= {"case/h1"}


HEAD = "household_id,area,away"


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD},,\nh1,{GRID},是,,\n",
        f"\n{HEAD}\n\nh1,{GRID},TRUE\n,,\n",
        f'\ufeff{HEAD}\r\nh1,"=""{GRID}""",yes\r\n',
        f"household_id,,area,away\nh1,,{GRID},1\n",
    ],
)
def test_what_a_spreadsheet_adds_is_passed_over(text: str, tmp_path: Path) -> None:
    """Empty columns and lines, a mark, formulas that keep digits: the table is the same."""
    path = tmp_path / "homes.csv"
    path.write_text(text, encoding="utf-8")
    assert read_table(path).columns == HEAD.split(",")
    visits = VISITS.with_columns(household_id=pl.lit("h1"))
    assert covered(read_table(path), visits).reached == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"铺镇花名册,,\n{HEAD}\nh1,{GRID},是\n", "line 1: this is a title"),
        (f"{HEAD}\nh1,{GRID},是\n合计,1,\n", "line 3: this is a total"),
        (f"{HEAD}\nh1,{GRID},是\n,总计：,1\n", "line 3: this is a total"),
        (f"{HEAD},\nh1,{GRID},是,x\n", "line 2: it has 4 values, the header has 3"),
        (f"household_id,,area,away\nh1,x,{GRID},是\n", "line 2: it has a value in a column"),
        (f"{HEAD},area\n", "line 1: the header has 'area' twice"),
        (HEAD.replace(",", "\t"), "line 1: the columns are not parted by ','"),
        ("", "line 1: it is empty"),
    ],
)
def test_what_is_no_table_is_told_on_its_line(text: str, said: str, tmp_path: Path) -> None:
    """A title, a total, a value too many, a name twice: named as such."""
    path = tmp_path / "homes.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFileError) as refused:
        read_table(path)
    assert said in str(refused.value)


@pytest.mark.parametrize("more", ["合计,,,,\n", "x" * 140_000 + "\n"])
def test_areas_and_notices_are_read_with_the_same_mercies(more: str) -> None:
    """A total is named on its line, whatever table it stands in."""
    areas = "level,code,name,parent,,\nprovince,61,陕西省,,,\n"
    assert len(AreaTree.from_csv(areas.splitlines())) == 1
    with pytest.raises(AntipovertyError, match="line 3: this is"):
        AreaTree.from_csv((areas + more).splitlines())
    head = ",".join(COLUMNS) + "\n"
    with pytest.raises(AntipovertyError, match="line 2: this is"):
        read_notices((head + more).splitlines())


@pytest.mark.parametrize(
    "text", ["2022年2月3日", "2022.2.3", "2022/2/3 14:05", "2022-02-03T00:00:00", "2022-2-3"]
)
def test_a_day_is_a_day_however_it_is_written(text: str) -> None:
    """Chinese, with points or strokes, with a time of day."""
    assert covered(visits=VISITS.with_columns(on=pl.lit(text))).reached == 2
