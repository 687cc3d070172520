"""The first lines of a large list are read in their order, whatever area they are of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

pytest.importorskip("sqlalchemy", reason="the registers need the extra 'store'")

import sqlalchemy as sa

from antipoverty._casework import bulk  # how many items are few is not a choice of a caller
from antipoverty.casework import Book, Casebook, open_cases, worklist
from casework_books import DAY, empty

LATE = DAY + timedelta(days=40)
COUNTIES = ("610702", "610703", "610921")


def filled() -> Book:
    """Some hundred cases of three counties, two cities, many villages, opened on many days."""
    book = empty()
    for back in range(6):
        rows = [
            (f"h{back}-{n}", f"{COUNTIES[n % 3]}1{n % 4:02d}2{n % 5:02d}", "traffic-accident")
            for n in range(40)
        ]
        frame = pl.DataFrame(rows, schema=["household_id", "area", "rule_id"], orient="row")
        alerts = frame.with_columns(verdict=pl.lit("warn"))
        book, *_ = open_cases(book, alerts, as_of=DAY + timedelta(days=back))
    return book


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Casebook]:
    """The same in SQLite."""
    url = f"sqlite:///{tmp_path_factory.mktemp('lists')}/cases.db"
    with Casebook.open(url, empty()) as casebook:
        for back in range(6):
            rows = [
                (f"h{back}-{n}", f"{COUNTIES[n % 3]}1{n % 4:02d}2{n % 5:02d}", "traffic-accident")
                for n in range(40)
            ]
            frame = pl.DataFrame(rows, schema=["household_id", "area", "rule_id"], orient="row")
            alerts = frame.with_columns(verdict=pl.lit("warn"))
            casebook.open_cases(alerts, as_of=DAY + timedelta(days=back))
        yield casebook


AREAS = ("", "61", "6107", "610702", "610702102", "610702102200", "99", "610703")


@pytest.mark.parametrize(("few", "looked"), [(0, 3_000), (0, 9), (4_000, 3_000)])
@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("words", [{}, {"department": "traffic-police"}, {"role": "keeper"}])
def test_the_first_lines_are_those_of_the_book(
    kept: Casebook,
    area: str,
    words: dict[str, Any],
    few: int,
    looked: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the same order, with a limit and without, at every level of area, many or few."""
    monkeypatch.setattr(bulk, "_FEW", few)
    monkeypatch.setattr(bulk, "_LOOKED", looked)
    whole = worklist(filled(), as_of=LATE, area=area, **words)
    assert kept.worklist(as_of=LATE, area=area, **words) == whole
    assert kept.worklist(as_of=LATE, area=area, limit=7, **words) == whole[:7]
    assert bool(whole) is (area != "99")


@pytest.mark.parametrize(
    ("area", "few", "index"),
    [
        ("", 0, "item_due"),
        ("6107", 0, "item_due"),
        ("610702", 0, "item_county"),
        ("610702102", 0, "item_county"),
        ("610702102200", 0, "item_county"),
        ("610702", 4_000, "item_area"),
        ("610702102", 4_000, "item_area"),
        ("99", 4_000, "item_area"),
    ],
)
def test_each_level_is_read_by_its_own_index(
    kept: Casebook, area: str, few: int, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few lines are found by their areas and sorted; of many, none is read but what is shown."""
    monkeypatch.setattr(bulk, "_FEW", few)
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        asked.append((statement, parameters))

    engine = kept._engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        kept.worklist(as_of=LATE, area=area, limit=50)
        kept.worklist(as_of=LATE, area=area, limit=50, department="traffic-police")
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    alone, theirs = (one for one in asked if "item.facts" in one[0])
    departments = index if index == "item_area" else "item_department_due"
    for (statement, parameters), read in ((alone, index), (theirs, departments)):
        with engine.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            told = " ".join(str(row[-1]) for row in plan)
        assert f"INDEX {read}" in told, told
        assert ("USE TEMP B-TREE" in told) is (index == "item_area"), told


@pytest.mark.parametrize("words", [{}, {"department": "traffic-police"}])
def test_a_township_of_closed_cases_in_a_large_county_is_told_at_once(
    tmp_path: Path, words: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines of the county are not gone through to their end to find none of the township."""
    monkeypatch.setattr(bulk, "_FEW", 20)
    steps = [0]

    def count() -> int:
        steps[0] += 1
        return 0

    with Casebook.open(f"sqlite:///{tmp_path}/cases.db", empty()) as casebook:
        with casebook._engine.begin() as connection:
            for n in range(3_000):
                place, due = ("101200", "2022-02-15") if n % 50 else ("102200", None)
                row = (f"case/h{n}", 1, "", f"610702{place}", "alerted", str(DAY), due)
                connection.exec_driver_sql(
                    f"INSERT INTO item VALUES ({', '.join('?' * 11)})", (*row, "[]", 0, "", 0)
                )
                told = (row[0], "traffic-police", False, due)
                connection.exec_driver_sql("INSERT INTO item_department VALUES (?, ?, ?, ?)", told)
        with casebook._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.set_progress_handler(count, 10)
        taken = []
        for looked in (100, 3_000):
            monkeypatch.setattr(bulk, "_LOOKED", looked)
            before = steps[0]
            asked = {"as_of": LATE, "limit": 50, **words}
            assert casebook.worklist(area="610702102", **asked) == ()
            taken.append(steps[0] - before)
            assert len(casebook.worklist(area="610702101", **asked)) == 50
    assert 0 < 4 * taken[0] < taken[1]


def test_the_index_goes_with_its_migration(tmp_path: Path) -> None:
    """A database of the version before gets it when it is opened, and loses nothing."""
    url = f"sqlite:///{tmp_path}/cases.db"
    with Casebook.open(url, empty()) as casebook:
        frame = pl.DataFrame({
            "household_id": ["h1"], "area": ["610702102200"], "rule_id": ["traffic-accident"],
            "verdict": ["warn"],
        })  # fmt: skip
        casebook.open_cases(frame, as_of=DAY)
        seal = casebook.seal()
        with casebook._engine.begin() as connection:
            connection.exec_driver_sql("DROP INDEX item_county")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0004'")
    with Casebook.open(url, empty()) as casebook:
        assert casebook.seal() == seal
        with casebook._engine.connect() as connection:
            named = connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars()
            assert "item_county" in {*named}
