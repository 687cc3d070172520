"""A promise is a search for its simplest counterexample, told in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import TypeVar

from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy

from antipoverty.model import Household, Row

Drawn = TypeVar("Drawn")

_MOST_TRIES, _MANY_ROWS = 400, 12
"""How often something simpler is tried, and of how many rows not each is taken away by itself."""


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


def with_less(household: Household) -> Iterator[Household]:
    """The household with one row or one known fact less."""
    tables = household.tables_of_row()
    for name, row in tables.items():
        rows = getattr(household, name) or ()
        if len(rows) > 3:
            half = len(rows) // 2
            for some in (rows[:half], rows[half:]):
                yield household.model_copy(update={name: some})
        if len(rows) > _MANY_ROWS:
            continue
        for at, one in enumerate(rows):
            rest = (*rows[:at], *rows[at + 1 :])
            yield household.model_copy(update={name: rest})
            for fact in _optional(row, {row.KEY}, one):
                less = one.model_copy(update={fact: None})
                yield household.model_copy(update={name: (*rows[:at], less, *rows[at + 1 :])})
    for fact in _optional(type(household), {"household_id", "area", *tables}, household):
        yield household.model_copy(update={fact: None})


def _optional(model: type[Row], kept: set[str], row: Row) -> list[str]:
    return [
        name
        for name, info in model.model_fields.items()
        if name not in kept and not info.is_required() and getattr(row, name, None) is not None
    ]


__all__ = ["search", "simplest", "with_less"]
