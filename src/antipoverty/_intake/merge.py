"""Rows of one id become one row: what they agree in stays, what they differ in is not known.

Departments hold different facts of one household, so rows of several sources are joined. A
source that has an id twice is listed: the same row again, or rows that contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from antipoverty._base.side_by_side import side_by_side
from antipoverty._intake.parts import FAULT, Part
from antipoverty._intake.persons import NAME, PERSON
from antipoverty._intake.text import ROW

_PART = "_part"
_BUCKET = 1_000_000


def merge(parts: Sequence[Part], keys: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Give the rows of a table, those of one id joined, and count what could not be read.

    Args:
        parts: The parts of the table, in the mapping's order.
        keys: The columns that name a row.
    """
    doubled = _doubled(parts, keys)
    for part, frame in side_by_side(lambda part: (part, part.load()), parts):
        if doubled is None:
            _count_cells(part, frame)
        else:
            hashed = frame.with_columns(_hash(keys))
            frame = hashed.join(doubled, on="_hash", how="anti", maintain_order="left")
            _count_cells(part, frame)
        part.tally.placed += frame.height
        yield _facts(frame)
    if doubled is not None:
        yield from _joined(parts, keys, doubled)
    for part in parts:
        part.release()


def _hash(keys: Sequence[str]) -> pl.Expr:
    return pl.struct(keys).hash(7).alias("_hash")


def _doubled(parts: Sequence[Part], keys: Sequence[str]) -> pl.DataFrame | None:
    """The hashes of ids that stand twice; of all ids, only their hashes are held."""
    if all(part.numbered for part in parts):
        return None
    hashed = side_by_side(lambda part: part.load(keys).select(_hash(keys)), parts)
    hashes = pl.concat(hashed)["_hash"].sort()
    doubled = hashes.filter(hashes == hashes.shift(1)).unique()
    return doubled.to_frame() if len(doubled) else None


def _joined(
    parts: Sequence[Part], keys: Sequence[str], doubled: pl.DataFrame
) -> Iterator[pl.DataFrame]:
    buckets = doubled.height // _BUCKET + 1
    for number in range(buckets):
        wanted = doubled.filter(pl.col("_hash") % buckets == number)
        frames = [
            part.load()
            .with_columns(_hash(keys), pl.lit(at).alias(_PART))
            .join(wanted, on="_hash", how="semi", maintain_order="left")
            for at, part in enumerate(parts)
        ]
        rows = pl.concat(frames, how="diagonal")
        tallies = {id(part.tally): n for n, part in enumerate(parts)}
        source = {at: tallies[id(part.tally)] for at, part in enumerate(parts)}
        rows = rows.with_columns(
            pl.col(_PART).replace_strict(source, return_dtype=pl.Int64).alias("_source")
        )
        yield _one_each(parts, keys, rows)


def _one_each(parts: Sequence[Part], keys: Sequence[str], rows: pl.DataFrame) -> pl.DataFrame:
    facts = [
        name
        for name in rows.columns
        if name not in (*keys, ROW, _PART, "_source", "_hash")
        and not name.startswith(FAULT)
        and name not in (PERSON, NAME)
    ]
    again = pl.int_range(pl.len()).over([*keys, "_source"]) > 0
    same = pl.all_horizontal(
        pl.lit(value=True),
        *(
            (pl.col(name) == pl.col(name).drop_nulls().first().over([*keys, "_source"])).fill_null(
                value=True
            )
            for name in facts
        ),
    )
    rows = rows.with_columns(
        pl.when(again & same)
        .then(pl.lit("twice"))
        .when(again)
        .then(pl.lit("contradicts"))
        .alias("_kind")
    )
    for (at,), found in rows.group_by(_PART, maintain_order=True):
        part = parts[int(str(at))]
        kept = part.tally.drop(found, found["_kind"])
        part.tally.placed += kept.height
        _count_cells(part, kept)
    known = [pl.col(name).drop_nulls() for name in facts]
    one = rows.group_by(keys, maintain_order=True).agg(
        pl.when(fact.n_unique() <= 1).then(fact.first()).alias(name)
        for name, fact in zip(facts, known, strict=True)
    )
    _count_differing(parts, keys, rows, facts)
    return one


def _count_differing(
    parts: Sequence[Part], keys: Sequence[str], rows: pl.DataFrame, facts: Sequence[str]
) -> None:
    first = rows.group_by(keys, maintain_order=True).agg(
        pl.col(_PART).first(),
        pl.col(ROW).first(),
        *((pl.col(name).drop_nulls().n_unique() > 1).alias(name) for name in facts),
    )
    for name in facts:
        for (at,), found in first.filter(pl.col(name)).group_by(_PART, maintain_order=True):
            part = parts[int(str(at))]
            header = next((one.column for one in part.columns if one.field == name), name)
            part.tally.count(header, "contradicts", found[ROW].head(5), found.height)


def _count_cells(part: Part, frame: pl.DataFrame) -> None:
    for column in part.columns:
        fault = FAULT + (column.field or "")
        if column.field in (None, "household_id") or fault not in frame.columns:
            continue
        for (kind,), held in frame.drop_nulls(fault).group_by(fault, maintain_order=True):
            part.tally.count(column.column, str(kind), held[ROW].head(5), held.height)


def _facts(frame: pl.DataFrame) -> pl.DataFrame:
    inner = [name for name in frame.columns if name.startswith("_")]
    return frame.drop(inner)
