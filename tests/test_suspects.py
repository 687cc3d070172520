"""One pass finds every household in which something is at odds, and the rows that show it."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from antipoverty._base import suspects as passes  # the door of hashes that tell nothing apart
from antipoverty._base.frames import as_lazy, to_polars  # frames as the checks see them
from antipoverty._base.hashes import repeated  # the way back where suspects are too many
from antipoverty._base.suspects import RowsOf, suspects  # no door of its own: checks go through it
from antipoverty._screening import table_check  # the bound above which all rows are looked at
from antipoverty.packs import shaanxi_2531
from antipoverty.screening import Tables, screen
from antipoverty.synthetic import DEMO_DAY, generate
from engines import engine, rows, spark, tables_as

FAR = [engine("duckdb"), engine("pyspark")]
MOST = 6
KINDS = ("nobody", "twice", "stated", "unstated", "many", "id-twice", "bad")


def population(seed: int) -> tuple[dict[str, pl.DataFrame], dict[str, set[str]]]:
    """Homes, their members and records and the names of bad rows; and who is at odds by what."""
    draw, odd = random.Random(seed), {kind: set[str]() for kind in KINDS}
    homes, bad = list[tuple[str, str, int | None]](), list[str]()
    children: dict[str, list[tuple[str, str | None]]] = {"members": [], "records": []}
    for number in range(300):
        name, kind = f"h{number}", draw.choice((*KINDS, *["fine"] * 9))
        counts = {table: draw.randint(0, MOST) for table in children}
        if kind in ("many", "id-twice", "nobody"):
            counts["records"] = MOST + 1 if kind == "many" else draw.randint(2, MOST)
        for table, count in counts.items():
            ids: list[str | None] = [f"{name}-{at}" for at in range(count)]
            if ids and draw.random() < 0.2:
                ids[0] = None  # a row without an id repeats none
            if kind == "id-twice" and table == "records":
                ids[-1] = ids[-2] = f"{name}-again"
            children[table] += [(name, id_) for id_ in ids]
        stated = {"stated": counts["members"] + 1, "unstated": None}.get(kind, counts["members"])
        homes += [(name, "61", stated)] * {"nobody": 0, "twice": 2}.get(kind, 1)
        bad += [name] if kind == "bad" else []
        if kind != "fine":
            odd[kind].add(name)
    made = {
        "homes": pl.DataFrame(homes, schema=["id", "area", "size"], orient="row"),
        "bad": pl.DataFrame({"id": bad}),
        **{
            table: pl.DataFrame(lines, schema=["id", "key"], orient="row")
            for table, lines in children.items()
        },
    }
    return {
        name: one.sample(fraction=1, shuffle=True, seed=seed) for name, one in made.items()
    }, odd


def put(frame: pl.DataFrame, kind: str) -> Any:
    """A frame where an engine computes it."""
    if kind == "pyspark":
        return as_lazy(
            spark().createDataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
        )
    import duckdb

    came = frame.to_arrow()  # noqa: F841 - DuckDB finds it by its name
    return as_lazy(duckdb.sql("select * from came"))


def looked_at(made: dict[str, pl.DataFrame], kind: str) -> list[pl.DataFrame] | None:
    """The rows of suspects."""
    far = {name: put(one, kind) for name, one in made.items()}
    children = [
        RowsOf(far["members"], "key", "size", MOST),
        RowsOf(far["records"], "key", None, MOST),
    ]
    return suspects(far["homes"], children, [far["bad"]], "id", ["area"])


def as_said(found: list[pl.DataFrame], made: dict[str, pl.DataFrame], odd: set[str]) -> None:
    """Each of them comes with all its rows, and nobody else does."""
    for some, name in zip(found, ("homes", "members", "records"), strict=True):
        mine = made[name].filter(pl.col("id").is_in(odd))
        assert Counter(some["id"]) == Counter(mine["id"]), name
    kept = found[2].filter(pl.col("key").is_not_null())
    assert kept.join(made["records"], on=["id", "key"], how="anti").is_empty()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", FAR)
def test_exactly_those_at_odds_are_found(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By hashes as they are, and where the hashes of ids clear no group of having one twice."""
    made, odd = population(7)
    assert all(len(names) > 5 for names in odd.values())
    everyone = set().union(*odd.values())
    assert len(everyone) < 200
    found = looked_at(made, kind)
    assert found is not None
    as_said(found, made, everyone)
    again = found[2].filter(pl.struct("id", "key").is_duplicated(), pl.col("key").is_not_null())
    assert {*again["id"]} == odd["id-twice"]
    for words in (passes._Spark, passes._DuckDB):
        monkeypatch.setattr(words, "bit", lambda *_: "cast(1 as bigint)")
    found = looked_at(made, kind)
    assert found is not None
    as_said(found, made, everyone)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", FAR)
def test_names_that_share_a_hash_come_together(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a hash has seven values every group has several homes, and every row is looked at."""
    made, _ = population(8)
    for words in (passes._Spark, passes._DuckDB):
        whole = words.hash
        monkeypatch.setattr(words, "hash", lambda self, c, whole=whole: f"{whole(self, c)} % 7")
    found = looked_at(made, kind)
    assert found is not None
    as_said(found, made, {*made["homes"]["id"], *made["members"]["id"], *made["records"]["id"]})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", FAR)
def test_too_many_are_looked_at_where_they_are(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the bound no rows are brought, and ids that repeat are found by the engine."""
    made, odd = population(9)
    everyone = len(set().union(*odd.values()))
    monkeypatch.setattr(passes, "MOST_BROUGHT", everyone - 1)
    assert looked_at(made, kind) is None
    found = repeated(put(made["records"], kind), ["id", "key"])
    counts = dict(to_polars(found.rows.select("id", "_rows")).iter_rows())
    assert counts == dict.fromkeys(odd["id-twice"], 2)


@pytest.mark.slow
@pytest.mark.parametrize("most", [2_000_000, 0])
@pytest.mark.parametrize("kind", [engine("duckdb")])
def test_a_dirty_province_gets_the_answers_of_polars(
    kind: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By suspects, and by the way back where there are too many of them."""
    generate(tmp_path, households=300, seed=7, defects=3)
    read = Tables.read(tmp_path)
    tables = read.with_frames({name: read[name].collect() for name in read})
    expected = screen(tables, shaanxi_2531(), as_of=DEMO_DAY)
    for module in (passes, table_check):
        monkeypatch.setattr(module, "MOST_BROUGHT", most)
    came: list[bool] = []
    whole = table_check.suspects
    monkeypatch.setattr(
        table_check,
        "suspects",
        lambda *given: [came.append((found := whole(*given)) is not None), found][1],
    )
    found = screen(tables_as(tables, kind), shaanxi_2531(), as_of=DEMO_DAY)
    assert came == ([True] if most else [])
    assert {"duplicate-id", "orphan"} <= {reason for _, reason, _ in expected.rejected_counts}
    assert found.rejected_counts == expected.rejected_counts
    assert rows(found.rejected) == rows(expected.rejected)
    assert rows(found.alerts) == rows(expected.alerts)
