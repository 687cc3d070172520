"""A population as tables: households drawn one by one, in frames of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from antipoverty.model import Household
from antipoverty.screening import Tables
from antipoverty.testing._frames import tables_as
from antipoverty.testing._strategies.households import households


def populations(
    each: st.SearchStrategy[Household] | None = None, *, min_size: int = 1, max_size: int = 6
) -> st.SearchStrategy[list[Household]]:
    """Draw several households, numbered anew so that each has its own id.

    Args:
        each: Draws one; by default `households`.
        min_size: How many there are at least.
        max_size: How many there are at most.
    """
    one = households() if each is None else each
    return st.lists(one, min_size=min_size, max_size=max_size).map(_numbered)


def _numbered(drawn: Sequence[Household]) -> list[Household]:
    return [
        household.model_copy(update={"household_id": f"h{number}"})
        for number, household in enumerate(drawn, 1)
    ]


def tables(
    each: st.SearchStrategy[Household] | None = None,
    *,
    kind: str = "polars",
    model: type[Household] = Household,
    min_size: int = 1,
    max_size: int = 6,
) -> st.SearchStrategy[Tables[Any]]:
    """Draw the tables of some households.

    Args:
        each: Draws one household; by default `households`.
        kind: ``polars``, ``polars-lazy``, ``pandas``, ``pyarrow``, ``duckdb`` or
            ``pyspark``.
        model: The class of the households, which says what columns there are.
        min_size: How many households there are at least.
        max_size: How many there are at most.
    """
    several = populations(each, min_size=min_size, max_size=max_size)
    return several.map(lambda found: tables_as(Tables.of(found, model), kind))


__all__ = ["populations", "tables"]
