"""Very many objects are made that are all kept: nothing is collected meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Let Python's collector of cycles rest, which would look at every object again and again.

    What is no longer used is let go all the same; only cycles wait until it is over.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
