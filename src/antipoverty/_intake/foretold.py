"""What a preflight foretells: how old deliveries are, and what answers the tables will cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import attrs

from antipoverty._base.frozen import Frozen


@attrs.frozen
class Freshness:
    """How old a delivery is (交付新鲜度).

    Attributes:
        source: The source.
        department: Who sent it.
        kinds: The kinds of records it is complete for.
        last: The last day it covers.
        received: The day it was received.
        days: How many days lie between its last day and the day of the answer.
        stale: Whether that is more than the bounds allow.
    """

    source: str
    department: str | None
    kinds: tuple[str, ...]
    last: date
    received: date
    days: int
    stale: bool


@attrs.frozen
class Outcome:
    """What answers the tables will cause.

    Attributes:
        households: How many households came.
        judged: How many can be judged.
        warn: How many answers warn.
        undecided: How many answers stay undecided, each a visit for a keeper.
        rules: For each rule, how many of its answers stay undecided, the most first.
        facts: For each fact, how many answers wait for it, the most first.
        set_aside: How many rows are set aside, by table, reason and field.
        lacking: The tables that rules read and nobody delivered.
        stopped: The ids of those rules: nothing can be judged until they have their tables.
    """

    households: int
    judged: int = 0
    warn: int = 0
    undecided: int = 0
    rules: Mapping[str, int] = attrs.field(default=Frozen(), repr=False)
    facts: Mapping[str, int] = attrs.field(default=Frozen(), repr=False)
    set_aside: Mapping[tuple[str, str, str], int] = attrs.field(default=Frozen(), repr=False)
    lacking: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
