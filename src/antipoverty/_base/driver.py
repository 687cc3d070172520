"""What comes from a cluster to the driver has a bound."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from antipoverty.errors import FrameTooLargeError

MOST_BROUGHT = 2_000_000
"""So many rows of one frame come from Spark at most, where a call goes through them one by one."""


def brought(frame: nw.LazyFrame[Any]) -> nw.DataFrame[Any]:
    """Bring rows into memory as Polars; from a cluster no more than `MOST_BROUGHT`.

    Spark stops when it has one row more, and none of them is used then.

    Raises:
        FrameTooLargeError: There are more.
    """
    far = frame.implementation.is_spark_like()
    found = (frame.head(MOST_BROUGHT + 1) if far else frame).collect("polars")
    if far and len(found) > MOST_BROUGHT:
        raise FrameTooLargeError(
            "more than {most:,} rows would come to the driver; give a county or a department at "
            "a time, such as frame.where(\"area like '610102%'\")",
            most=MOST_BROUGHT,
        )
    return found


__all__ = ["MOST_BROUGHT", "brought"]
