"""The synthetic province: the same seed gives the same bytes, and every row fits the model."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from antipoverty._synthetic import province  # how many rows a part has is nobody else's business
from antipoverty.codes import HouseholdCode
from antipoverty.errors import InvalidSizeError
from antipoverty.model import Area, AreaCode, AreaTree, Household, schema_of, shaanxi_areas
from antipoverty.packs import shaanxi_2531
from antipoverty.screening import Tables, screen
from antipoverty.synthetic import Province, generate

DAY = date(2021, 12, 1)
PROVINCE = Province(7, shaanxi_areas(), DAY)


def digest(folder: Path) -> dict[str, str]:
    """The hash of every file of a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs write the same files, and another seed others."""
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        generate(tmp_path / name, households=500, seed=seed)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert digest(tmp_path / "a") != digest(tmp_path / "c")


def test_a_row_depends_on_its_number_alone() -> None:
    """However a province is cut into parts, and however large it is, its rows are the same."""
    whole = PROVINCE.frames(0, 2000)
    parts = [PROVINCE.frames(start, start + 500) for start in range(0, 2000, 500)]
    for name, frame in whole.items():
        assert frame.equals(pl.concat([part[name] for part in parts]))


def test_parts_are_written_one_after_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large province is written in parts, with progress, and a second run leaves no old part."""
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(province, "PART", 200)
    generate(tmp_path, households=500, seed=1, progress=lambda *step: seen.append(step))
    assert seen == [(200, 500), (400, 500), (500, 500)]
    assert len([*(tmp_path / "households").iterdir()]) == 3
    generate(tmp_path, households=100, seed=1)
    assert len([*(tmp_path / "households").iterdir()]) == 1


def test_a_province_that_was_not_finished_has_no_manifest(tmp_path: Path) -> None:
    """The manifest of an earlier run does not vouch for files that were cut short."""
    generate(tmp_path, households=100, seed=1)

    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path, households=200, seed=1, progress=stop)
    assert not (tmp_path / "manifest.json").exists()


def test_every_row_fits_the_model_and_every_code_is_valid() -> None:
    """Bounds, words, types, codes and references hold; nothing personal is there."""
    tables = PROVINCE.frames(0, 3000)
    for code in tables["households"]["household_id"]:
        assert HouseholdCode(code).area.at("village") in shaanxi_areas()
    personal = {
        field.name
        for t in schema_of(Household)
        for field in t.fields.values()
        if field.about.personal
    }
    for frame in tables.values():
        assert personal.isdisjoint(frame.columns)
    screening = screen(Tables(**tables), shaanxi_2531(), as_of=DAY, areas=shaanxi_areas())
    assert screening.rejected_counts == {}
    assert tables["members"]["household_id"].is_in(tables["households"]["household_id"]).all()
    assert set(tables["records"]["kind"]) <= set(shaanxi_2531().kinds)
    senders = tables["records"].select("kind", "department").unique()
    assert {kind: shaanxi_2531().kinds[kind].department for kind in senders["kind"]} == dict(
        senders.iter_rows()
    )


def test_the_province_is_of_use() -> None:
    """Sizes are plausible, some households are exactly on the line, some facts are missing."""
    tables = PROVINCE.frames(0, 30_000)
    homes = tables["households"]
    assert 3.3 < tables["members"].height / homes.height < 3.7
    assert 1.9 < tables["records"].height / homes.height < 2.3
    line = homes.filter(pl.col("net_income_12m") == 600_000 * pl.col("size"))
    assert 0 < line.height < homes.height // 100
    assert 0 < homes["net_income_12m"].null_count() < homes.height // 100
    screening = screen(Tables(**tables), shaanxi_2531(), as_of=DAY)
    _, _, warned, judged = screening.summary().row(0)
    assert judged // 50 < warned < judged // 5


def test_planted_faults_are_set_aside_each_for_its_reason(tmp_path: Path) -> None:
    """Screening finds just what the manifest lists."""
    written = generate(tmp_path, households=1000, seed=3, defects=4)
    screening = screen(Tables.read(tmp_path), shaanxi_2531(), as_of=DAY, areas=shaanxi_areas())
    found: dict[str, set[str]] = {}
    for _, row, reason, _ in screening.rejected.collect().rows():
        found.setdefault(reason, set()).add(row)
    doubled = set(written.defects["duplicate-id"])
    orphans = {row for row in found.pop("orphan") if row.rpartition("-")[0] not in doubled}
    assert orphans == set(written.defects["orphan"])
    assert found == {
        reason: set(rows) for reason, rows in written.defects.items() if reason != "orphan"
    }
    assert screening.households == 1000 - len(doubled)


@pytest.mark.parametrize("households", [0, -1, 10**9])
def test_a_size_that_cannot_be_made_is_refused(tmp_path: Path, households: int) -> None:
    """The message says how many can be made."""
    with pytest.raises(InvalidSizeError, match="1 to 49,322,790"):
        generate(tmp_path, households=households, seed=1)


def test_areas_without_a_rural_village_are_refused(tmp_path: Path) -> None:
    """A city district has no villagers' committee to live in."""
    urban = AreaTree([Area(code=AreaCode("610102"), name="新城区")])
    with pytest.raises(InvalidSizeError, match="no rural village"):
        generate(tmp_path, households=1, seed=1, areas=urban)
