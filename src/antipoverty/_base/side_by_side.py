"""Pieces worked on side by side, in the order in which they come."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
WORKERS = min(4, os.cpu_count() or 1)
"""How many pieces are in the works at once; each of them is held in memory."""


def side_by_side(work: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
    """Give what comes of each piece, in their order; no more than a few are held at once.

    Args:
        work: What is done with a piece, in a thread: Polars works outside of Python's lock.
        pieces: The pieces, taken one after the other.
    """
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        for piece in pieces:
            waiting.append(pool.submit(work, piece))
            if len(waiting) > WORKERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
