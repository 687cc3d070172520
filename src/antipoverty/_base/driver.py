"""What a cluster is asked: what comes to the driver has a bound, and it need not wait to plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import narwhals as nw
import polars as pl

from antipoverty._base.frames import is_far, is_polars, spark_sql, to_polars
from antipoverty.errors import FrameTooLargeError

MOST_BROUGHT = 2_000_000
"""So many rows of one frame come from Spark at most, where a call goes through them one by one."""


def brought(frame: nw.LazyFrame[Any]) -> nw.DataFrame[Any]:
    """Bring rows into memory as Polars; from a cluster no more than `MOST_BROUGHT`.

    Spark stops when it has one row more, and none of them is used then.

    Raises:
        FrameTooLargeError: There are more.
    """
    far = is_far(frame)
    found = (frame.head(MOST_BROUGHT + 1) if far else frame).collect("polars")
    if far and len(found) > MOST_BROUGHT:
        raise FrameTooLargeError(
            "more than {most:,} rows would come to the driver; give a county or a department at "
            "a time, such as frame.where(\"area like '610102%'\")",
            most=MOST_BROUGHT,
        )
    return found


def in_pieces(frame: nw.LazyFrame[Any], column: str) -> Iterator[pl.DataFrame]:
    """Bring all rows into memory; from a cluster some `MOST_BROUGHT` of them at a time.

    Args:
        frame: The rows, which are few most often.
        column: A text of which no value is in many rows: rows come by its hash.
    """
    if not is_far(frame):
        yield to_polars(frame)
        return
    first = to_polars(frame.head(MOST_BROUGHT + 1))
    if first.height <= MOST_BROUGHT:
        yield first
        return
    native: Any = frame.to_native()
    pieces = native.count() // MOST_BROUGHT + 1
    for number in range(pieces):
        mine = spark_sql(f"pmod(xxhash64(`{column}`), {pieces}) = {number}")
        yield to_polars(nw.from_native(native.where(mine)))


def at_once(frame: nw.LazyFrame[Any], *calls: Callable[[], Any]) -> list[Any]:
    """Make calls that do not wait for each other.

    Spark plans one while it computes another, and Polars computes where another does not keep all
    processors busy; a connection of DuckDB takes one at a time.

    Args:
        frame: A frame of those that are computed, which says where they are.
        calls: They ask queries, and keep what they find apart from each other.

    Returns:
        What each gave, in their order.
    """
    if len(calls) < 2 or not (is_far(frame) or is_polars(frame)):
        return [call() for call in calls]
    if is_far(frame):
        from pyspark import inheritable_thread_target

        session = frame.to_native().sparkSession  # each has a copy of the caller's properties
        calls = tuple(inheritable_thread_target(session)(call) for call in calls)
    with ThreadPoolExecutor(len(calls)) as pool:
        asked = [pool.submit(copy_context().run, call) for call in calls]
        return [one.result() for one in asked]


__all__ = ["MOST_BROUGHT", "at_once", "brought", "in_pieces"]
