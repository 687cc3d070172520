"""Calls that do not wait for each other give the same as one after the other."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from threading import Barrier, get_ident

import narwhals as nw
import polars as pl
import pytest

from antipoverty._base.driver import at_once  # who asks tables side by side

_WORD = ContextVar("word", default="none")


def test_polars_is_asked_several_things_at_once() -> None:
    """Each call begins before any ends, with the caller's context; what they give is in order."""
    together, token = Barrier(3, timeout=30), _WORD.set("caller")

    def call(number: int) -> Callable[[], tuple[int, str]]:
        def asked() -> tuple[int, str]:
            together.wait()  # alone it would wait in vain
            return number, _WORD.get()

        return asked

    frame = nw.from_native(pl.LazyFrame({"a": [1]}))
    found = at_once(frame, *map(call, range(3)))
    _WORD.reset(token)
    assert found == [(number, "caller") for number in range(3)]


def test_a_connection_of_duckdb_is_asked_one_thing_after_another() -> None:
    """All calls are made where the caller is."""
    duckdb = pytest.importorskip("duckdb")
    frame = nw.from_native(duckdb.connect().sql("select 1 as a"))
    assert at_once(frame, get_ident, get_ident) == [get_ident()] * 2


def test_of_several_errors_the_first_call_s_is_raised() -> None:
    """Whichever fails first, the caller learns of the same."""
    frame, failed = nw.from_native(pl.LazyFrame({"a": [1]})), Barrier(2, timeout=30)

    def late() -> None:
        failed.wait()
        raise ValueError("the first call")

    def soon() -> None:
        try:
            raise ValueError("the second call")
        finally:
            failed.wait()

    with pytest.raises(ValueError, match="the first call"):
        at_once(frame, late, soon)
