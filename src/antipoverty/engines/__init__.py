"""Ways to run rules faster than the reference, each proven equal to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Protocol

import attrs

from antipoverty.model import Household
from antipoverty.rules import Pack, Verdict

Verdicts = Mapping[tuple[str, str], Verdict]
"""The verdict for each household's id and rule's id; what is left out is clear."""


Ends = tuple[Fraction | int, Fraction | int]
"""The least and the most that an amount may be, in fen where it is money."""


@attrs.frozen
class Told:
    """All that an engine says; what it is silent about is ``None`` and compared with nothing.

    Attributes:
        verdicts: The verdict for each household and rule; what is left out is clear.
        missing: For each household and rule that is undecided, the facts that would settle it.
        amounts: What rules with an amount state of each household for which they are not clear.
        tiers: For each household and ladder the tiers that it may be, `NO_TIER` among them;
            what is left out is surely in none.
        set_aside: How many rows were set aside, by table, reason and field.
    """

    verdicts: Verdicts
    missing: Mapping[tuple[str, str], frozenset[str]] | None = None
    amounts: Mapping[tuple[str, str], Ends] | None = None
    tiers: Mapping[tuple[str, str], frozenset[str]] | None = None
    set_aside: Mapping[tuple[str, str, str], int] | None = None


class Engine(Protocol):
    """Judges some households by a pack on a day; the reference is `judge`, and all others equal it.

    What screens tables becomes one by `antipoverty.testing.over_tables`.
    """

    def __call__(
        self, households: Sequence[Household], pack: Pack, as_of: date, /
    ) -> Verdicts | Told:
        """Give the verdicts that are not clear; it may give others too, and tell more."""
        ...


__all__ = ["Ends", "Engine", "Told", "Verdicts"]
