"""What a paper is made from, given by hand or read from a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from antipoverty.casework import Cluster, Coverage, Event
from antipoverty.sampling import Outcomes, Receipt
from antipoverty.scoring import Board, Notice


@attrs.frozen(kw_only=True)
class Sources:
    """What a paper is made from; what is not given is said to be lacking.

    Attributes:
        events: The events of both registers; without them no flow of the period is told.
        people: How many people each household has.
        screened: For each screening the numbers of ``households``, ``rows`` and others, as
            text or numbers, and its day ``on``.
        coverage: Who was reached in the period.
        receipts: The receipts of the draws.
        outcomes: The published results of the draws, each at its last state.
        notices: The notices to cities and counties.
        board: What notices in a row are worth.
        clusters: Areas out of line, and how many areas were looked at.
        limits: Days for each of the three in-times.
        truth: Who was truly in need; see `antipoverty.casework.quality`.
    """

    events: Iterable[Event] | None = None
    people: Mapping[str, int] | None = None
    screened: Sequence[Mapping[str, Any]] | None = None
    coverage: Coverage | None = None
    receipts: Sequence[Receipt] | None = None
    outcomes: Sequence[Outcomes] = ()
    notices: Sequence[Notice] | None = None
    board: Board | None = None
    clusters: tuple[Sequence[Cluster], int] | None = None
    limits: Mapping[str, int] | None = None
    truth: Any = None
