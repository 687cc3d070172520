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
class RowsOfEach:
    """In how many rows of Polars each text is that names a home.

    Attributes:
        counts: The hash of each text in `MARK`, once, and ``_rows``.
        of_homes: The same of all homes in their order, null where there is no row; where homes
            were given, and the rows stand in their order.
    """

    counts: pl.DataFrame
    of_homes: pl.DataFrame | None = None

    @property
    def rows(self) -> pl.Series:
        """How many each has."""
        return self.counts["_rows"]


@attrs.frozen
class Repeats:
    """Which values several rows share.

    Attributes:
        rows: Those values, and in ``_rows`` how many rows have each.
        apart: Whether hashes of 64 bits tell all other values apart, where that was looked at.
        marks: The hashes of all rows in their order, where these are apart and of one column.
        counts: In how many rows each first value is, where there are several.
    """

    rows: nw.LazyFrame[Any]
    apart: bool = False
    marks: pl.Series | None = None
    counts: RowsOfEach | None = None


def marked(rows: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
    """Put the hash of a text beside rows of Polars, in `MARK`."""
    native: Any = rows.to_native()
    found: nw.LazyFrame[Any] = nw.from_native(native.with_columns(mark_of([column]).alias(MARK)))
    return found


def repeated(
    frame: nw.LazyFrame[Any], columns: Sequence[str], homes: pl.Series | None = None
) -> Repeats:
    """The values of some columns that several rows share.

    Rows in which one of them is not known are left out. Polars and Spark look first at a hash
    of 64 bits, since long texts are slow to group and nearly always nothing is repeated.

    Args:
        frame: The rows.
        columns: What names a row.
        homes: The hashes of what the first of several columns names, each once, as of `Repeats`.
    """
    known = frame.filter(
        ~nw.any_horizontal(*(nw.col(c).is_null() for c in columns), ignore_nulls=True)
    )
    native: Any = known.to_native()
    per_first, longest, alone = None, 0, None
    if isinstance(native, pl.LazyFrame):
        mark, first = mark_of(columns), mark_of(columns[:1])
        looked_at = native.select(mark.alias(MARK), *([first.alias("_first")] * (len(columns) > 1)))
        with readable():
            hashes = looked_at.collect(engine="streaming")
        marks = hashes[MARK]
        if len(columns) > 1:
            runs = _runs(hashes["_first"])
            per_first = _summed(runs, homes)
            if per_first.counts.height == runs.height:  # all rows of each stand together
                longest = per_first.counts.select(pl.col("_rows").max()).item() or 0
            del runs
        del hashes
        if _none_twice(marks, longest):  # the rows need not be read again
            alone = marks if len(columns) == 1 else None
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
    single = to_polars(counts.select((nw.col("_rows") == 1).any())).item()
    return Repeats(
        counts.filter(nw.col("_rows") > 1),
        apart=not (single or longest),
        marks=alone,
        counts=per_first,
    )


def may_repeat(rows: nw.LazyFrame[Any], column: str, times: int) -> bool:
    """Tell whether a text may be in more than so many rows of an engine that plans."""
    if not is_far(rows):
        return True
    native: Any = rows.to_native()
    buckets = spark_sql(f"pmod(xxhash64(`{column}`), {2**16})")
    most = native.groupBy(buckets.alias(MARK)).count().selectExpr("max(count)")
    return bool((to_polars(nw.from_native(most)).item() or 0) > times)


def rows_of_each(
    rows: nw.LazyFrame[Any], column: str, homes: pl.Series | None = None
) -> RowsOfEach:
    """In how many rows of Polars each text is.

    Args:
        rows: The rows.
        column: The text.
        homes: As of `repeated`.
    """
    native: Any = marked(rows, column).to_native()
    with readable():
        marks = native.select(MARK).collect(engine="streaming")
    return _summed(_runs(marks[MARK]), homes)


def _runs(marks: pl.Series) -> pl.DataFrame:
    """The marks as they follow each other, and in ``_rows`` how often each stands in a row.

    The rows of a household mostly stand together, and are then counted in a fifth of the time.
    """
    runs = marks.rle().struct.unnest()
    return runs.select(pl.col("value").alias(MARK), pl.col("len").cast(pl.Int64).alias("_rows"))


def _summed(runs: pl.DataFrame, homes: pl.Series | None) -> RowsOfEach:
    if homes is not None and (there := _in_order(homes, runs[MARK])) is not None:
        at, rows = there.arg_true(), pl.repeat(None, len(homes), dtype=pl.Int64, eager=True)
        every = runs["_rows"] if len(at) == len(homes) else rows.scatter(at, runs["_rows"])
        return RowsOfEach(runs, pl.DataFrame({MARK: homes, "_rows": every}))
    per_mark = runs.lazy().group_by(MARK).agg(pl.col("_rows").sum())
    return RowsOfEach(per_mark.collect(engine="streaming"))


_PIECE = 1 << 16
"""So many hashes are looked up in what a processor keeps at hand."""


def _in_order(homes: pl.Series, marks: pl.Series) -> pl.Series | None:
    """Tell of each home whether it is among some marks, if these stand in the homes' order.

    Then a piece of the one lies beside a piece of the other, and no table of all is needed.

    Args:
        homes: Each once.
        marks: If they stand in that order, each is there once too.
    """
    there, done = list[pl.Series](), 0
    for first in range(0, len(homes), _PIECE):
        piece = homes.slice(first, _PIECE)
        mine = marks.slice(done, len(piece))
        held = piece.is_not_null() if mine.equals(piece) else piece.is_in(mine.implode())
        some = piece.filter(held)
        if not some.equals(marks.slice(done, len(some))):
            return None
        there.append(held)
        done += len(some)
    return pl.concat(there) if there and done == len(marks) else None


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
    each: RowsOfEach,
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
        each: In how many rows each text is.

    Returns:
        The homes with ``_rows``, and the texts of the other rows with ``_rows``.
    """
    left, native, counts = marked(homes, column).to_native(), rows.to_native(), each.counts
    nobody = counts.lazy().join(left.select(MARK), on=MARK, how="anti").select(MARK)
    there, found = _beside(left, stated, each), 0
    if stated is None:
        odd = left.clear().with_columns(pl.lit(0, pl.Int64).alias("_rows"))
    else:
        unequal = pl.col(stated).ne_missing(pl.col("_rows")) | pl.col(stated).is_null()
        few = counts
        if there is not None:
            few = there.filter(unequal).select(MARK, "_rows")
            left = (
                left.filter(pl.col(MARK).is_in(few[MARK].implode())) if few.height else left.clear()
            )
        both = left.join(few.lazy(), on=MARK, how="left")
        odd = materialize(nw.from_native(both.filter(unequal))).to_native()
        if there is None:
            total = to_polars(nw.from_native(left.select(pl.col(stated).sum()))).item()
            found = (
                total + odd.select(pl.col("_rows").sum() - pl.col(stated).sum()).collect().item()
            )
    if there is not None or found == each.rows.sum():  # each row is of one of them
        nobody = nobody.clear()
    marks = materialize(nw.from_native(nobody)).to_native().collect()[MARK]
    strays = native.filter(mark_of([column]).is_in(marks.implode()))
    strays = (native.clear() if marks.is_empty() else strays).group_by(column)
    texts = materialize(nw.from_native(strays.agg(pl.len().cast(pl.Int64).alias("_rows"))))
    return nw.from_native(odd.drop(MARK)), texts


def _beside(left: pl.LazyFrame, stated: str | None, each: RowsOfEach) -> pl.DataFrame | None:
    """The homes' rows beside what they state, if these are the homes in whose order rows stand."""
    if each.of_homes is None:
        return None
    with readable():
        seen = left.select(MARK, *([stated] if stated else [])).collect(engine="streaming")
    if not seen[MARK].equals(each.of_homes[MARK]):
        return None
    return seen.with_columns(each.of_homes["_rows"])


def spread(homes: nw.LazyFrame[Any], each: RowsOfEach | None) -> pl.LazyFrame | None:
    """Put beside each row what is known of its home, without a join.

    Args:
        homes: What is known of the homes, in the order in which their rows were counted.
        each: How many rows each has.

    Returns:
        Lines as many as rows, in their order; ``None`` where the rows do not stand in the order
        of these homes.
    """
    if each is None or each.of_homes is None:
        return None
    known: pl.LazyFrame = homes.to_native()
    both = pl.concat([known, each.of_homes.lazy().select("_rows")], how="horizontal")
    times = pl.exclude("_rows").repeat_by("_rows")
    return both.filter(pl.col("_rows").is_not_null()).select(times.explode())


__all__ = [
    "Repeats",
    "RowsOfEach",
    "marked",
    "may_repeat",
    "odd_counts",
    "repeated",
    "rows_of_each",
    "spread",
]
