"""Hashes stand for ids only where they tell them apart; counts of rows share numbers exactly."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from antipoverty._base import hashes  # the door of a hash that tells nothing apart
from antipoverty._base.frames import as_lazy, to_polars  # frames as the checks see them
from antipoverty._base.opaque import IN_FRAMES, names_a_person  # what decides on an id
from antipoverty._screening import faults  # the look that spares most ids a pattern
from antipoverty.model import MAX_ROWS_PER_HOUSEHOLD
from antipoverty.packs import shaanxi_2531
from antipoverty.screening import Tables, screen
from antipoverty.synthetic import DEMO_DAY, generate
from packs import a_pack, a_rule

DAY = date(2021, 12, 1)


def _everything(tables: Tables[pl.LazyFrame]) -> dict[str, pl.DataFrame]:
    found = screen(tables, shaanxi_2531(), as_of=DEMO_DAY)
    frames = {"alerts": found.alerts, "undecided": found.undecided(), "rejected": found.rejected}
    return {name: one.collect().sort(pl.all()) for name, one in frames.items()}


def test_ids_that_share_a_hash_are_told_apart_by_their_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a hash that has few values, a dirty population gets the same answers and counts."""
    generate(tmp_path, households=300, seed=7, defects=3)
    tables = Tables.read(tmp_path)
    wanted = _everything(tables)
    monkeypatch.setattr(hashes, "mark_of", lambda columns: pl.col(columns[0]).hash() % 5)
    found = _everything(tables)
    assert wanted["alerts"].height
    assert wanted["rejected"].height
    assert all(found[name].equals(one) for name, one in wanted.items())


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(0, 3) | st.none()), unique_by=lambda x: x[0]
    ),
    st.lists(st.sampled_from("abcdef"), max_size=9),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_stated_numbers_are_compared_with_the_rows_that_came(
    homes: list[tuple[str, int | None]], rows: list[str], states: bool
) -> None:
    """Whoever states another number, or none, is found; so is whose rows belong to nobody.

    Where homes state nothing, none is odd, and the rows of nobody are found all the same.
    """
    frame = pl.DataFrame(homes, schema={"id": pl.String(), "n": pl.Int64()}, orient="row")
    came = pl.DataFrame({"id": rows}, schema={"id": pl.String()})
    per_id = hashes.rows_of_each(as_lazy(came), "id")
    told = hashes.odd_counts(as_lazy(frame), as_lazy(came), "id", "n" if states else None, per_id)
    odd, strays = (dict(to_polars(one).select("id", "_rows").iter_rows()) for one in told)
    counts = {one: rows.count(one) for one in set(rows)}
    unlike = {id_: counts.get(id_) for id_, n in homes if n is None or n != counts.get(id_)}
    assert odd == (unlike if states else {})
    assert strays == {id_: n for id_, n in counts.items() if id_ not in dict(homes)}


def test_rows_in_the_order_of_their_homes_are_counted_as_those_in_any_other() -> None:
    """Whole, with homes that have no row, with rows of nobody, out of order: the same is found.

    Where the rows stand in the homes' order, no table of all is asked; and so they are known
    to stand however homes and pieces end.
    """
    chance, in_order = random.Random(7), Counter[str]()
    ids = [f"h{number}" for number in range(23)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashes, "_PIECE", 4)
        for _ in range(60):
            homes = ids[: chance.randint(1, 23)]
            sizes = {one: chance.choice((0, 1, 1, 2, 3)) for one in homes}
            if chance.random() < 0.3:
                sizes |= dict.fromkeys(homes, 1)
            rows = [one for one in homes for _ in range(sizes[one])]
            how = chance.choice(("as they stand", "of nobody too", "mixed", "a home came twice"))
            if how == "of nobody too":
                rows.insert(chance.randint(0, len(rows)), "nobody")
            if how == "mixed":
                chance.shuffle(rows)
            if how == "a home came twice":
                rows += rows[:1]
            stated = {one: chance.choice((sizes[one], sizes[one], 1, None)) for one in homes}
            frame = pl.DataFrame(
                {"id": homes, "n": [stated[one] for one in homes]}, {"id": pl.String, "n": pl.Int64}
            )
            came = pl.DataFrame({"id": rows, "no": range(len(rows))}, {"id": pl.String, "no": int})
            marks = hashes.repeated(as_lazy(frame), ["id"]).marks
            each = hashes.repeated(as_lazy(came), ["id", "no"], marks).counts
            assert each is not None
            in_order[how] += each.of_homes is not None
            beside = hashes.spread(as_lazy(frame.select(home="id")), each)
            assert beside is None or beside.collect()["home"].to_list() == rows
            assert (beside is None) == (each.of_homes is None)
            told = hashes.odd_counts(as_lazy(frame), as_lazy(came), "id", "n", each)
            odd, strays = (dict(to_polars(one).select("id", "_rows").iter_rows()) for one in told)
            counts = Counter(rows)
            unlike = {one: counts.get(one) for one in homes if stated[one] != counts.get(one)}
            assert odd == unlike | {one: counts.get(one) for one in homes if stated[one] is None}
            assert strays == ({"nobody": 1} if how == "of nobody too" else {})
            others = frame.filter(pl.col("id") != homes[0])  # not the homes that were looked at
            told = hashes.odd_counts(as_lazy(others), as_lazy(came), "id", "n", each)
            assert (homes[0] in to_polars(told[1])["id"]) == (homes[0] in rows)
    assert in_order["as they stand"] > 8
    assert not in_order["of nobody too"]
    assert in_order["mixed"] < in_order["as they stand"]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 20)), max_size=40), st.booleans())
@settings(max_examples=80, deadline=None)
def test_rows_that_stand_together_are_told_apart_as_all_others_are(
    rows: list[tuple[str, int]], together: bool
) -> None:
    """What is there twice is found with its number, wherever the rows of a name stand."""
    rows = sorted(rows, key=lambda row: row[0]) if together else rows
    frame = pl.DataFrame(rows, schema={"id": pl.String(), "n": pl.Int64()}, orient="row")
    found = hashes.repeated(as_lazy(frame), ["id", "n"])
    twice = {one: rows.count(one) for one in rows if rows.count(one) > 1}
    assert {(id_, n): many for id_, n, many in to_polars(found.rows).iter_rows()} == twice
    assert found.counts is not None
    ids = [id_ for id_, _ in rows]
    assert sorted(found.counts.rows) == sorted(ids.count(one) for one in {*ids})


@given(st.from_regex(r"[+-]?[0-9]{16,19}[Xx ]{0,2}", fullmatch=True))
@example("61082510822101000X6")
@example("6108251082210100016")
@example("610825108221010001X")
@example("610102198001011232X")
@example("0610825108221010016")
@example("061082510822101001X")
@example("+61082510822101001X")
def test_what_is_told_to_be_a_code_needs_no_second_look(text: str) -> None:
    """A number of 19 digits, or of 18 with X, is an id and none of a person."""
    ids = as_lazy(pl.DataFrame({"id": [text]}))
    coded = to_polars(faults.with_codes(ids, "id"))
    told, is_id = coded.select(pl.col("_code"), like=pl.col("id").str.contains(IN_FRAMES)).row(0)
    assert told == (re.fullmatch(r"[1-9][0-9]{17}[0-9X]", text) is not None)
    assert is_id >= told
    assert not (told and names_a_person(text))


def test_counts_of_as_many_rows_as_there_may_be_do_not_spill_into_each_other() -> None:
    """One household has as many rows as may be of the first kind, and one of each other."""
    kinds = ["a", "b", "c", "d", "e"]
    most = MAX_ROWS_PER_HOUSEHOLD
    owned = [("h1", "a")] * most + [("h2", kind) for kind in kinds] + [("h3", "e")] * most
    records = pl.DataFrame(owned, schema=["household_id", "kind"], orient="row").with_row_index(
        "record_id"
    )
    records = records.with_columns(
        pl.col("record_id").cast(pl.String), day=pl.lit(date(2021, 11, 1))
    )
    homes = pl.DataFrame({"household_id": ["h1", "h2", "h3"], "area": ["610102001001"] * 3})
    order = [(kind, n) for kind in kinds for n in (1, 2, most, most + 1)]
    asked = [f'count(records, kind == "{kind}") >= {n}' for kind, n in order]
    since = DAY.replace(month=1)
    pack = a_pack(*(a_rule(one, f"r-{n}", since=since) for n, one in enumerate(asked)))
    found = screen(Tables(homes, records=records), pack, as_of=DAY).alerts
    held = set(found.select("household_id", "rule_id").rows())
    counts = {("h1", "a"): most, ("h3", "e"): most, **{("h2", kind): 1 for kind in kinds}}
    wanted = {
        (home, f"r-{at}")
        for home in ("h1", "h2", "h3")
        for at, (kind, n) in enumerate(order)
        if counts.get((home, kind), 0) >= n
    }
    assert held == wanted
