"""A planted province: files of twelve departments, damaged in twelve ways, every row known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from antipoverty import shaanxi_areas
from antipoverty.intake import Intake, load_mapping, read, read_into
from planted import DAMAGE, KEY, Planted, Planter
from verdicts import compared

pytest.importorskip("fastexcel", reason="workbooks need the extra 'excel'")
pytest.importorskip("xlsxwriter", reason="workbooks need the extra 'excel'")

AREAS = shaanxi_areas()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """A small province with every kind of damage."""
    return Planter(300, seed=7, often=20).plant(tmp_path_factory.mktemp("province"))


@pytest.fixture(scope="module")
def intake(planted: Planted) -> Intake[pl.DataFrame]:
    """The province as it is read."""
    mapping = load_mapping(planted.folder / "intake.toml")
    return read(mapping, planted.folder, areas=AREAS, key=KEY)


@pytest.mark.slow
def test_every_damaged_row_is_listed_under_its_kind_and_no_other_is(
    planted: Planted, intake: Intake[Any]
) -> None:
    """The rows of each kind are those that were planted, file by file."""
    kinds: set[str] = set()
    for report in intake.report:
        found = {
            kind: set(rows)
            for kind, rows in report.aside.items()
            if kind not in ("title", "header", "blank", "total")
        }
        assert found == planted.damaged[report.id], report.id
        assert report.adds_up
        assert report.placed == len(planted.placed[report.id])
        kinds |= set(found)
    assert set(DAMAGE) <= kinds


@pytest.mark.slow
def test_every_other_row_is_placed_right(planted: Planted, intake: Intake[pl.DataFrame]) -> None:
    """The tables are the clean ones without what was lost, cell by cell."""
    for name, wanted in planted.tables.items():
        found = intake.tables[name]
        key = {"members": "member_id", "records": "record_id"}.get(name, "household_id")
        if name == "records":  # several departments number their own records
            found = found.with_columns(pl.col("record_id").str.replace("^.*-records-", ""))
        shown = [one for one in wanted.columns if one in found.columns]
        assert found.sort(key).select(shown).equals(wanted.sort(key).select(shown)), name
        other = found.select(pl.exclude(shown))
        assert all(column.is_null().all() for column in other)


@pytest.mark.slow
def test_a_folder_is_written_piece_by_piece_with_the_same_rows(
    planted: Planted, intake: Intake[pl.DataFrame], tmp_path: Path
) -> None:
    """No part of the work is left in it."""
    mapping = load_mapping(planted.folder / "intake.toml")
    written = read_into(tmp_path / "out", mapping, planted.folder, areas=AREAS, key=KEY)
    assert written.report == intake.report
    assert written.deliveries == intake.deliveries
    for name in intake.tables:
        assert written.tables[name].collect().equals(intake.tables[name])
    left = {path.name for path in (tmp_path / "out").iterdir()}
    assert left == {*intake.tables, "report.json", "deliveries.json", "aside.csv"}


@pytest.mark.slow
def test_verdicts_are_those_of_the_clean_tables_where_nothing_was_lost(
    planted: Planted, intake: Intake[pl.DataFrame]
) -> None:
    """Household by household and rule by rule; nothing lost makes anybody warn."""
    found = compared(planted, intake.tables)
    assert found.differing == found.raised == 0
    assert found.answers > 20


@pytest.mark.slow
def test_where_departments_say_what_they_deliver_nothing_lost_clears_anybody(
    tmp_path: Path,
) -> None:
    """A warning of the clean tables is there or waits, for every household that came."""
    planted = Planter(300, seed=7, often=20, declared=True).plant(tmp_path)
    mapping = load_mapping(tmp_path / "intake.toml")
    tables = read(mapping, tmp_path, areas=AREAS, key=KEY).tables
    found = compared(planted, tables)
    assert found.cleared == found.raised == 0
    assert found.kept > 20
    assert found.opened > 100
