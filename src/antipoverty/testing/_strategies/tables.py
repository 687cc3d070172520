"""A population as tables: households drawn one by one, in frames of any kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

from hypothesis import strategies as st

from antipoverty.model import Delivery, Household
from antipoverty.rules import Pack
from antipoverty.screening import Tables
from antipoverty.testing._frames import tables_as
from antipoverty.testing._strategies.households import DAY, households, places_of

Each: TypeAlias = Pack | st.SearchStrategy[Household] | None


def populations(
    each: Each = None, *, as_of: date = DAY, min_size: int = 1, max_size: int = 6
) -> st.SearchStrategy[list[Household]]:
    """Draw several households, numbered anew so that each has its own id.

    Those of a pack come, half the time, with deliveries of its departments: of all kinds or
    of some, of the pack's whole area or of a part, until the day before or only until earlier.

    Args:
        each: Draws one; or a pack, at whose rules `households` draws; by default `households`.
        as_of: The day of the answer, where a pack is given.
        min_size: How many there are at least.
        max_size: How many there are at most.
    """
    if isinstance(each, Pack):
        some = st.lists(households(each, as_of=as_of), min_size=min_size, max_size=max_size)
        return st.builds(_numbered, some, _delivered(each, as_of))
    one = households() if each is None else each
    return st.lists(one, min_size=min_size, max_size=max_size).map(_numbered)


def _numbered(
    drawn: Sequence[Household], deliveries: tuple[Delivery, ...] | None = None
) -> list[Household]:
    changes = {} if deliveries is None else {"deliveries": deliveries}
    return [
        household.model_copy(
            update={
                "household_id": re.sub(r"[0-9]+", str(number), household.household_id, count=1),
                **changes,
            }
        )
        for number, household in enumerate(drawn, 1)
    ]


def _delivered(pack: Pack, as_of: date) -> st.SearchStrategy[tuple[Delivery, ...] | None]:
    """Nothing said of deliveries; or some of what a pack's tables and kinds are delivered by."""
    kinds = tuple(
        kind
        for name, table in pack.schema.tables.items()
        for kind in ((name,) if table.sort is None else sorted(pack.kinds))
    )
    if not kinds:
        return st.none()
    places = places_of(pack)
    whole = [pack.area] if pack.area else sorted({place[:2] for place in places})
    one = st.builds(
        lambda what, area, ago, spell: Delivery(
            department="d",
            kinds=what,
            area=area,
            first=spell and as_of - timedelta(days=ago + spell),
            last=as_of - timedelta(days=ago),
        ),
        st.just(kinds) | st.lists(st.sampled_from(kinds), min_size=1, unique=True).map(tuple),
        st.sampled_from([*whole, *whole, places[0][:6], places[-1][:4]]),
        st.sampled_from([1, 1, 31, 400]),
        st.sampled_from([None, None, 30, 365]),
    )
    return st.none() | st.lists(one, max_size=3).map(tuple)


def tables(
    each: Each = None,
    *,
    as_of: date = DAY,
    kind: str = "polars",
    model: type[Household] | None = None,
    min_size: int = 1,
    max_size: int = 6,
) -> st.SearchStrategy[Tables[Any]]:
    """Draw the tables of some households.

    Args:
        each: Draws one household; or a pack, as of `populations`; by default `households`.
        as_of: The day of the answer, where a pack is given.
        kind: ``polars``, ``polars-lazy``, ``pandas``, ``pyarrow``, ``duckdb`` or
            ``pyspark``.
        model: The class of the households, which says what columns there are; that of the
            pack, or `Household`.
        min_size: How many households there are at least.
        max_size: How many there are at most.
    """
    several = populations(each, as_of=as_of, min_size=min_size, max_size=max_size)
    known = model or (each.model if isinstance(each, Pack) else Household)
    return several.map(lambda found: tables_as(Tables.of(found, known), kind))


__all__ = ["populations", "tables"]
