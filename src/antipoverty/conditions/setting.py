"""What a condition depends on besides the household: the day, the values, rows of nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from antipoverty.errors import ParameterNotSetError

Number = int | Fraction


@attrs.frozen
class Setting:
    """All a condition depends on besides the household.

    Attributes:
        as_of: The day the answer is for; windows end the day before it.
        params: Every parameter's value at the household's place on that day, amounts in fen.
        kinds: The sorts of row that the rules know of each child table whose rows have one.
        unplaced: Rows of each child table that may be this household's or another's.
    """

    as_of: date
    params: Mapping[str, Number] = attrs.field(factory=dict)
    kinds: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    unplaced: Mapping[str, tuple[Any, ...]] = attrs.field(factory=dict)

    def param(self, id: str) -> Number:  # noqa: A002 - the word policies use
        """Give a parameter's value.

        Raises:
            ParameterNotSetError: There is none for this place and day.
        """
        if id not in self.params:
            raise ParameterNotSetError(
                "parameter {id!r} has no value on {as_of} here", id=id, as_of=self.as_of
            )
        return self.params[id]


__all__ = ["Number", "Setting"]
