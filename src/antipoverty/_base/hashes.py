"""What hashes of 64 bits tell of long texts: which repeat, and whose rows are how many.

Texts are slow to group and to join. Hashes are looked at first, and the texts of the few rows
that hashes cannot tell apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import narwhals as nw
import polars as pl

from antipoverty._base.frames import (
    MARK,
    few,
    is_far,
    is_polars,
    mark_of,
    materialize,
    readable,
    spark_sql,
    to_polars,
)


@attrs.frozen
class Repeats:
    """Which values several rows share.

    Attributes:
        rows: Those values, and in ``_rows`` how many rows have each.
        apart: Whether hashes of 64 bits tell all other values apart, where that was looked at.
        counts: In how many rows each first value is, as of `rows_of_each`, where there are several.
    """

    rows: nw.LazyFrame[Any]
    apart: bool = False
    counts: pl.DataFrame | None = None


def marked(rows: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
    """Put the hash of a text beside rows of Polars, in `MARK`."""
    native: Any = rows.to_native()
    found: nw.LazyFrame[Any] = nw.from_native(native.with_columns(mark_of([column]).alias(MARK)))
    return found


def repeated(frame: nw.LazyFrame[Any], columns: Sequence[str]) -> Repeats:
    """The values of some columns that several rows share.

    Rows in which one of them is not known are left out. Polars and Spark look first at a hash
    of 64 bits, since long texts are slow to group and nearly always nothing is repeated.
    """
    known = frame.filter(
        ~nw.any_horizontal(*(nw.col(c).is_null() for c in columns), ignore_nulls=True)
    )
    native: Any = known.to_native()
    per_first, longest = None, 0
    if isinstance(native, pl.LazyFrame):
        mark, first = mark_of(columns), mark_of(columns[:1])
        looked_at = native.select(mark.alias(MARK), *([first.alias("_first")] * (len(columns) > 1)))
        with readable():
            hashes = looked_at.collect(engine="streaming")
        marks = hashes[MARK]
        if len(columns) > 1:
            runs = _runs(hashes["_first"])
            per_first = _summed(runs)
            if per_first.height == runs.height:  # all rows of each stand together
                longest = per_first.select(pl.col("_rows").max()).item() or 0
            del runs
        del hashes
        if _none_twice(marks, longest):  # the rows need not be read again
            native, marks = native.clear(), marks.clear()
        else:
            marks = marks.filter(marks.is_duplicated()).unique()
        known = nw.from_native(native.filter(mark.is_in(marks.implode())))
    elif is_far(known):
        brief = spark_sql(f"xxhash64({', '.join(f'`{c}`' for c in columns)})").alias(MARK)
        counted = native.select(brief).groupBy(MARK).count().where("count > 1")
        twice = counted.select(MARK).localCheckpoint()
        many = 0 if twice.isEmpty() else twice.count()
        if not many:
            native = native.limit(0)
        marks = few(nw.from_native(twice), many).to_native()
        again = native.withColumn(MARK, brief).join(marks, MARK, "semi")
        known = nw.from_native(again.drop(MARK))
    counts = known.group_by(*columns).agg(nw.len().alias("_rows"))
    if not is_polars(known):
        return Repeats(materialize(counts.filter(nw.col("_rows") > 1)))
    counts = materialize(counts)
    alone = to_polars(counts.select((nw.col("_rows") == 1).any())).item()
    return Repeats(
        counts.filter(nw.col("_rows") > 1), apart=not (alone or longest), counts=per_first
    )


def may_repeat(rows: nw.LazyFrame[Any], column: str, times: int) -> bool:
    """Tell whether a text may be in more than so many rows of an engine that plans."""
    if not is_far(rows):
        return True
    native: Any = rows.to_native()
    buckets = spark_sql(f"pmod(xxhash64(`{column}`), {2**16})")
    most = native.groupBy(buckets.alias(MARK)).count().selectExpr("max(count)")
    return bool((to_polars(nw.from_native(most)).item() or 0) > times)


def rows_of_each(rows: nw.LazyFrame[Any], column: str) -> pl.DataFrame:
    """In how many rows of Polars each text is: its hash in `MARK`, and ``_rows``."""
    native: Any = marked(rows, column).to_native()
    with readable():
        marks = native.select(MARK).collect(engine="streaming")
    return _summed(_runs(marks[MARK]))


def _runs(marks: pl.Series) -> pl.DataFrame:
    """The marks as they follow each other, and in ``_rows`` how often each stands in a row.

    The rows of a household mostly stand together, and are then counted in a fifth of the time.
    """
    runs = marks.rle().struct.unnest()
    return runs.select(pl.col("value").alias(MARK), pl.col("len").cast(pl.Int64).alias("_rows"))


def _summed(runs: pl.DataFrame) -> pl.DataFrame:
    return runs.lazy().group_by(MARK).agg(pl.col("_rows").sum()).collect(engine="streaming")


_NEAR = 16
"""So many rows on from each are compared with it in less time than all marks are told apart."""


def _none_twice(marks: pl.Series, longest: int) -> bool:
    """Tell whether no mark is there twice.

    Args:
        marks: The marks.
        longest: Within how many rows two that are the same stand; 0 where they may be anywhere.
    """
    if 0 < longest <= _NEAR:
        return not any((marks == marks.shift(by)).any() for by in range(1, longest))
    return marks.n_unique() == len(marks)


def odd_counts(
    homes: nw.LazyFrame[Any],
    rows: nw.LazyFrame[Any],
    column: str,
    stated: str | None,
    counts: pl.DataFrame,
) -> tuple[nw.LazyFrame[Any], nw.LazyFrame[Any]]:
    """Which of ``homes`` have another number of rows than they state, and whose rows are none's.

    Two names that share a hash of 64 bits are one: so a row of nobody can pass, once in a million
    provinces.

    Args:
        homes: Each text is there once, and no two share a hash, with the number of rows that is
            stated or null.
        rows: They name one of them by its text. Polars computes both.
        column: The text, in both.
        stated: The column of the number; where there is none, no home is odd.
        counts: In how many rows each text is, as of `rows_of_each`.

    Returns:
        The homes with ``_rows``, and the texts of the other rows with ``_rows``.
    """
    left, native = marked(homes, column).to_native(), rows.to_native()
    nobody = counts.lazy().join(left.select(MARK), on=MARK, how="anti").select(MARK)
    if stated is None:
        odd, found = left.clear().with_columns(pl.lit(0, pl.Int64).alias("_rows")), 0
    else:
        both = left.join(counts.lazy(), on=MARK, how="left")
        unequal = pl.col(stated).ne_missing(pl.col("_rows")) | pl.col(stated).is_null()
        odd = materialize(nw.from_native(both.filter(unequal))).to_native()
        total = to_polars(nw.from_native(left.select(pl.col(stated).sum()))).item()
        found = total + odd.select(pl.col("_rows").sum() - pl.col(stated).sum()).collect().item()
    if found == counts["_rows"].sum():  # each row is of one of them
        nobody = nobody.clear()
    marks = materialize(nw.from_native(nobody)).to_native().collect()[MARK]
    strays = native.filter(mark_of([column]).is_in(marks.implode()))
    strays = (native.clear() if marks.is_empty() else strays).group_by(column)
    texts = materialize(nw.from_native(strays.agg(pl.len().cast(pl.Int64).alias("_rows"))))
    return nw.from_native(odd.drop(MARK)), texts


__all__ = ["Repeats", "marked", "may_repeat", "odd_counts", "repeated", "rows_of_each"]
