"""Any frame that Narwhals reads, as a lazy one; and results in the kind that came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import xor
from typing import Any

import narwhals as nw
import polars as pl
from polars.exceptions import PanicException

from antipoverty._base.frozen import Frozen
from antipoverty._base.mixed import read_mixed
from antipoverty.errors import UnsupportedFrameError

POLARS: Mapping[str, pl.DataType] = Frozen(
    {"number": pl.Int64(), "flag": pl.Boolean(), "text": pl.String(), "date": pl.Date()}
)
"""The type in which a kind of fact is held, by the kind's word."""


_STATEMENTS = (
    ": Ibis writes `(~b).isnull()` as `NOT b IS NULL`, which databases read otherwise; run the "
    "statements of antipoverty.sql.rules_in_sql by its connection"
)


def frame_kind(table: Any, name: str = "the table") -> str:
    """Name the kind of a frame: polars, polars-lazy, pandas, pyarrow, duckdb or pyspark."""
    try:
        frame = nw.from_native(table)
    except nw.exceptions.DuplicateError as twice:
        raise UnsupportedFrameError("{name}: {twice}", name=name, twice=twice) from None
    except TypeError:
        raise UnsupportedFrameError(
            "{name} is a {name2}; give a frame of Polars, pandas, PyArrow, DuckDB or Spark",
            name=name,
            name2=type(table).__name__,
        ) from None
    kind = frame.implementation.value
    kind = {"pyspark[connect]": "pyspark"}.get(kind, kind)
    if kind not in ("polars", "pandas", "pyarrow", "duckdb", "pyspark"):
        more = _STATEMENTS if kind == "ibis" else ""
        raise UnsupportedFrameError(
            "{name} is a frame of {kind}, which is not supported{more}",
            name=name,
            kind=kind,
            more=more,
        )
    return "polars-lazy" if kind == "polars" and isinstance(frame, nw.LazyFrame) else str(kind)


def as_lazy(table: Any) -> nw.LazyFrame[Any]:
    """Give a frame as a lazy one; pandas and PyArrow become Polars."""
    frame = nw.from_native(table)
    if isinstance(frame, nw.LazyFrame):
        return frame
    try:
        read = frame.to_polars()
    except (TypeError, ValueError, NotImplementedError, OverflowError):
        if not frame.implementation.is_pandas():
            raise
        read = read_mixed(table)
    lazy: nw.LazyFrame[Any] = nw.from_native(read.lazy())
    return lazy


def is_far(frame: nw.LazyFrame[Any]) -> bool:
    """Tell whether a cluster holds a frame."""
    return bool(frame.implementation.is_spark_like())


def in_zone(frame: nw.LazyFrame[Any], columns: Sequence[str], zone: str) -> nw.LazyFrame[Any]:
    """Read moments as the days they are of in a zone, whatever the zone of a session or machine.

    Args:
        frame: The frame.
        columns: Its columns of moments in some time zone.
        zone: A name such as ``Asia/Shanghai``.
    """
    native: Any = frame.to_native()
    if isinstance(native, pl.LazyFrame):
        moments = pl.col(*columns).dt.convert_time_zone(zone)
        native = native.with_columns(moments.dt.replace_time_zone(None).dt.date())
        columns = ()
    elif frame.implementation.is_duckdb():
        import duckdb

        local = [
            duckdb.FunctionExpression(
                "timezone", duckdb.ConstantExpression(zone), duckdb.ColumnExpression(name)
            )
            .cast("DATE")
            .alias(name)
            for name in columns
        ]
        kept = [duckdb.ColumnExpression(n) for n in native.columns if n not in columns]
        native = native.select(*kept, *local)
        columns = ()
    for name in columns:  # Spark: its seconds in the zone, read as of no zone at all
        seconds = f"unix_seconds(from_utc_timestamp(`{name}`, '{zone}'))"
        days = f"cast(({seconds} - pmod({seconds}, 86400)) / 86400 as int)"
        native = native.withColumn(name, spark_sql(f"date_from_unix_date({days})"))
    again: nw.LazyFrame[Any] = nw.from_native(native)
    return again


def spark_sql(text: str) -> Any:
    from pyspark.sql import functions

    return functions.expr(text)


UNREADABLE = (pl.exceptions.PolarsError, PanicException)
"""What Polars raises of a damaged file: at some damage it gives up, which is no `Exception`."""


@contextmanager
def readable() -> Iterator[None]:
    """Say of a table that cannot be read to its end what can be done.

    Raises:
        UnsupportedFrameError: A file of it is damaged.
    """
    try:
        yield
    except (*UNREADABLE, nw.exceptions.ComputeError) as problem:
        raise UnsupportedFrameError(
            "a table cannot be read to its end ({name}): if it is a file, it is damaged; write it "
            "again, or take it out of the folder",
            name=type(problem).__name__,
        ) from None


def is_polars(frame: nw.LazyFrame[Any]) -> bool:
    """Tell whether Polars computes a frame; others plan whole queries, and keep no order."""
    return isinstance(frame.to_native(), pl.LazyFrame)


def materialize(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Compute a frame once and keep it, because many queries will read it.

    Spark forgets how it was computed, so that the plans of the queries that read it stay small
    however many steps there were, and what it holds goes when the frame does.
    """
    native: Any = frame.to_native()
    kept: Any
    if isinstance(native, pl.LazyFrame):
        with readable():
            kept = native.collect(engine="streaming").lazy()
    elif frame.implementation.is_duckdb():
        kept = native.materialize()
    else:
        kept = native.localCheckpoint()
    again: nw.LazyFrame[Any] = nw.from_native(kept)
    return again


class ShownFrame(pl.LazyFrame):
    """An answer as a lazy frame, which shows rows where Polars shows the plan of a query."""

    def __repr__(self) -> str:
        return repr(self.head(10).collect())

    def _repr_html_(self) -> str:
        return self.head(10).collect()._repr_html_()


def shown(native: Any) -> Any:
    """Let a lazy frame of Polars that is in memory show its rows; others show them already."""
    return ShownFrame._from_pyldf(native._ldf) if isinstance(native, pl.LazyFrame) else native


def to_native(result: pl.DataFrame | nw.LazyFrame[Any], kind: str, session: Any = None) -> Any:
    """Give a result as the kind of frame that came in: the one way out for every frame.

    Args:
        result: In Polars, or already where it was computed.
        kind: What `frame_kind` said of the frame that came in.
        session: Spark's, for a result in Polars that goes back to Spark.
    """
    lazy = nw.from_native(result).lazy() if isinstance(result, pl.DataFrame) else result
    native = lazy.to_native()
    if not isinstance(native, pl.LazyFrame) or kind == "polars-lazy":
        return native
    with readable():
        table = native.collect()
    if kind == "pandas":
        return table.to_pandas()
    if kind == "pyarrow":
        return table.to_arrow()
    if kind == "polars":
        return table
    return nw.from_native(table).lazy(backend=kind, session=session).to_native()  # type: ignore[arg-type]  # the words are the same


def beside(frame: nw.LazyFrame[Any], small: pl.DataFrame) -> nw.LazyFrame[Any]:
    """Bring a small table to where a frame is computed, so that the two can be joined."""
    native: Any = frame.to_native()
    if isinstance(native, pl.LazyFrame):
        put: Any = small.lazy()
    elif frame.implementation.is_duckdb():
        brought_here = small.to_arrow()  # noqa: F841 - DuckDB finds it by its name
        put = native.query("_beside", "select * from brought_here").materialize()
    else:
        arrow = small.to_arrow(compat_level=pl.CompatLevel.oldest())
        put = native.sparkSession.createDataFrame(arrow)
    again: nw.LazyFrame[Any] = nw.from_native(put)
    return again


def joined(left: nw.LazyFrame[Any], right: Any, on: Sequence[str], how: str) -> nw.LazyFrame[Any]:
    """Join two frames of a kind; Polars keeps the order of the left one's rows."""
    native: Any = left.to_native()
    if not isinstance(native, pl.LazyFrame):
        return left.join(right, on=list(on), how=how)  # type: ignore[arg-type]  # the words are the same
    kept = native.join(right.to_native(), on=on, how=how, maintain_order="left")  # type: ignore[arg-type]
    again: nw.LazyFrame[Any] = nw.from_native(kept)
    return again


MOST_SENT = 100_000
"""So many rows Spark is told to send to every executor, where it would lay both sides out anew."""


def few(frame: nw.LazyFrame[Any], rows: int) -> nw.LazyFrame[Any]:
    """Tell Spark, which knows nothing of a frame that was kept, when it has but few rows."""
    if rows > MOST_SENT or not is_far(frame):
        return frame
    told: nw.LazyFrame[Any] = nw.from_native(frame.to_native().hint("broadcast"))
    return told


MOST_LISTED = 2_048
"""So many ids DuckDB looks up by an index, one by one; more it finds sooner by reading all rows."""


def rows_of(frame: nw.LazyFrame[Any], ids: pl.DataFrame, column: str) -> nw.LazyFrame[Any]:
    """Keep the rows of some ids, by an index where there is one and the ids are few.

    DuckDB looks into an index for listed values only, never for a join, and for no more rows
    than 2,048 or a thousandth of the table, as its settings have it.

    Args:
        frame: Any rows.
        ids: The ids, in the column, none of them null.
        column: The column of both.
    """
    if frame.implementation.is_duckdb() and ids.height <= MOST_LISTED:
        return frame.filter(nw.col(column).is_in(ids[column].to_list()))
    return joined(frame, beside(frame, ids), [column], "semi")


def rows_of_these(
    frame: nw.LazyFrame[Any],
    these: nw.LazyFrame[Any],
    column: str = "household_id",
    *,
    by_hash: bool = False,
) -> nw.LazyFrame[Any]:
    """Keep the rows whose text stands in another frame, or its hash where hashes are known to do.

    Polars is given a list to test by: it then reads the other columns of a file for the rows
    that pass alone, as it does not for a join.
    """
    native: Any = frame.to_native()
    if not isinstance(native, pl.LazyFrame):
        return joined(frame, these, [column], "semi")
    listed = to_polars(these.select(column))[column]
    mine = pl.col(column)
    if by_hash:
        mine, listed = mine.hash(), listed.hash()
    again: nw.LazyFrame[Any] = nw.from_native(native.filter(mine.is_in(listed.implode())))
    return again


ROW_ORDER = "_row_order"
"""The column that keeps the order in which households came."""


def numbered(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Number the rows of a Polars frame in `ROW_ORDER`; elsewhere rows have no order to keep."""
    native: Any = frame.to_native()
    return (
        nw.from_native(native.with_row_index(ROW_ORDER))
        if isinstance(native, pl.LazyFrame)
        else frame
    )


def in_order(kept: nw.LazyFrame[Any]) -> bool:
    """Tell whether the rows of a Polars frame that is kept stand in the order of `ROW_ORDER`."""
    native: Any = kept.to_native()
    return bool(native.select(ROW_ORDER).collect()[ROW_ORDER].is_sorted())


MARK = "_mark"
"""The column of a hash of 64 bits of what names a row."""


def mark_of(columns: Sequence[str]) -> pl.Expr:
    """One hash of 64 bits of several columns."""
    return reduce(xor, (pl.col(c).hash(seed=i) for i, c in enumerate(columns)))


def _brief(column: str) -> pl.Expr:
    """A hash of 64 bits in place of a text; of none there is none."""
    return pl.when(pl.col(column).is_not_null()).then(mark_of([column]))


def unpivoted(
    frame: nw.LazyFrame[Any], names: Sequence[str], index: Sequence[str], name: str, value: str
) -> nw.LazyFrame[Any]:
    """Turn columns into rows: beside the index, the name of the column and its value.

    In DuckDB on the connection of the frame, where Narwhals asks the default one.
    """
    native: Any = frame.to_native()
    if not frame.implementation.is_duckdb():
        return frame.unpivot(list(names), index=list(index), variable_name=name, value_name=value)
    asked = f"unpivot _wide on {', '.join(names)} into name {name} value {value}"
    again: nw.LazyFrame[Any] = nw.from_native(native.query("_wide", asked))
    return again


CAME = "_came"
"""The column that says whether what a row names is there."""


def with_homes(rows: nw.LazyFrame[Any], homes: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
    """Put beside rows what is known of what they name by a text, and in ``_came`` whether it is.

    Polars joins hashes of 64 bits, in half the time, and asks a second hash whether two texts
    that share the first are one. Where two of ``homes`` share one, a row of either is there
    twice, once as if it named nothing: so it is in one province of a million.

    Args:
        rows: They name something by a text.
        homes: What there is, once each, and what to put beside.
        column: The text, in both.
    """
    if not is_polars(rows):
        there = homes.with_columns(nw.lit(value=True).alias(CAME))
        return rows.join(there, on=column, how="left").with_columns(
            nw.col(CAME).fill_null(value=False)
        )
    brief, again = _brief(column).alias("_brief"), pl.col(column).hash(1)
    left: Any = rows.to_native().with_columns(brief, again.alias("_again"))
    right: Any = homes.to_native().select(pl.all().exclude(column), brief, again.alias(CAME))
    same = (pl.col(CAME) == pl.col("_again")).fill_null(value=False)
    both = left.join(right, on="_brief", how="left").with_columns(same.alias(CAME))
    found: nw.LazyFrame[Any] = nw.from_native(both.drop("_brief", "_again"))
    return found


def in_brief(
    frame: nw.LazyFrame[Any], columns: Iterable[str], rows: nw.LazyFrame[Any]
) -> nw.LazyFrame[Any]:
    """Put hashes of 64 bits in place of the few texts that columns hold, if Polars computes rows.

    Polars carries and groups a number in half the time of a text.
    """
    if not is_polars(rows):
        return frame
    briefs = [_brief(one).alias(one) for one in columns]
    found: nw.LazyFrame[Any] = nw.from_native(frame.to_native().with_columns(briefs))
    return found


def tallied(rows: nw.LazyFrame[Any], columns: Sequence[str], name: str) -> nw.LazyFrame[Any]:
    """Count the rows that share the values of some columns, of which there are few.

    Polars groups a hash of them, in half the time.
    """
    if not is_polars(rows):
        return rows.group_by(*columns).agg(nw.len().alias(name))
    native: Any = rows.to_native()
    firsts = (pl.col(c).first() for c in columns)
    counted = native.group_by(mark_of(columns).alias(MARK)).agg(*firsts, pl.len().alias(name))
    found: nw.LazyFrame[Any] = nw.from_native(counted.drop(MARK))
    return found


def not_among(
    frame: nw.LazyFrame[Any], others: nw.LazyFrame[Any], column: str
) -> nw.LazyFrame[Any]:
    """Keep the rows of which a text is not among those of another frame.

    Polars looks first at hashes, as `repeated` does, and at the texts of the few left.
    """
    others = others.select(column)
    if not is_polars(frame):
        return materialize(frame.join(others, on=column, how="anti"))
    far = with_homes(frame, others, column).filter(~nw.col(CAME)).drop(CAME)
    rows: Any = materialize(far).to_native()
    marks = rows.select(pl.col(column).hash()).collect()[column]
    near: Any = others.to_native().filter(pl.col(column).hash().is_in(marks.implode()))
    return materialize(nw.from_native(rows.join(near, on=column, how="anti")))


def to_polars(frame: nw.LazyFrame[Any]) -> pl.DataFrame:
    """Bring a small frame into memory as Polars."""
    with readable():
        native: pl.DataFrame = frame.collect(backend="polars").to_native()
    return native
