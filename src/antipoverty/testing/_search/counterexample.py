"""A promise is a search for its simplest counterexample, told in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import TypeVar

from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy

Drawn = TypeVar("Drawn")

_MOST_TRIES = 400


def search(
    strategy: SearchStrategy[Drawn],
    complaint: Callable[[Drawn], str | None],
    *,
    max_examples: int,
    seed: int = 0,
    simpler: Callable[[Drawn], Iterator[Drawn]] | None = None,
) -> str | None:
    """Look for what is complained of; the same seed looks at the same examples.

    Args:
        strategy: Draws examples.
        complaint: What is wrong with one; ``None`` for nothing.
        max_examples: How many are drawn.
        seed: Which ones.
        simpler: Gives what is simpler than an example by its meaning, which takes some
            hundred tries where Hypothesis's search over choices takes minutes.

    Returns:
        The complaint of the simplest example found, or ``None``.
    """
    phases = list(Phase) if simpler is None else [Phase.generate]
    how = settings(
        max_examples=max_examples, database=None, deadline=None, derandomize=False, phases=phases
    )
    numbers = Random(seed)  # noqa: S311 - examples are to be repeated, not to be secret
    try:
        found = find(strategy, lambda one: bool(complaint(one)), settings=how, random=numbers)
    except NoSuchExample:
        return None
    return complaint(found) if simpler is None else simplest(found, complaint, simpler)


def simplest(
    example: Drawn,
    complaint: Callable[[Drawn], str | None],
    simpler: Callable[[Drawn], Iterator[Drawn]],
) -> str | None:
    """Take away from an example what is not needed, and say what is then wrong with it."""
    tries, found, candidates = 0, complaint(example), simpler(example)
    while tries < _MOST_TRIES and (candidate := next(candidates, None)) is not None:
        tries += 1
        try:
            still = complaint(candidate)
        except Exception:  # noqa: S112 - another failure than the one looked into
            continue
        if still:
            found, candidates = still, simpler(candidate)
    return found


__all__ = ["search", "simplest"]
