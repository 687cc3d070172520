"""Ways to run rules faster than the reference, each proven equal to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from antipoverty.model import Household
from antipoverty.rules import Pack, Verdict

Verdicts = Mapping[tuple[str, str], Verdict]
"""The verdict for each household's id and rule's id; what is left out is clear."""


class Engine(Protocol):
    """Judges some households by a pack on a day; the reference is `judge`, and all others equal it.

    What screens tables becomes one by `antipoverty.testing.over_tables`.
    """

    def __call__(self, households: Sequence[Household], pack: Pack, as_of: date, /) -> Verdicts:
        """Give the verdicts that are not clear; it may give others too."""
        ...


__all__ = ["Engine", "Verdicts"]
