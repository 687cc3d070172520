"""What a department handed over (交付台账): which kinds, of which area, for which days.

A row that is not there means *none* only where somebody has looked. A delivery says who
looked for what, where and over which days; what none covers is not known.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from antipoverty._base.refusals import refused

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
"""A word of a vocabulary: lower-case letters, digits, ``_`` and ``-``."""

_Place = Annotated[str, StringConstraints(pattern=r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12}|\d{14})$")]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Delivery(BaseModel):
    """One hand-over of a department's data.

    Attributes:
        department: Who handed it over, by its id in the pack.
        kinds: The kinds of record it holds all of; for a table without kinds, its name.
        area: The area it is about, by its code at any level.
        first: The first day it covers; ``None`` when it holds all up to the last.
        last: The last day it covers.
        received: The day it came.
        rows: How many rows it says it has; tables with fewer do not hold it whole.
        digest: The SHA-256 of the file, so that it can be found again.
    """

    model_config = {
        "frozen": True,
        "strict": True,
        "extra": "forbid",
        "hide_input_in_errors": True,
    }

    department: Word
    kinds: Annotated[tuple[Word, ...], Field(min_length=1)]
    area: _Place
    first: date | None = None
    last: date
    received: date | None = None
    rows: Annotated[int, Field(ge=0)] | None = None
    digest: _Digest | None = None

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.first is not None and self.first > self.last:
            raise refused(
                "days-out-of-order", "the first day it covers is after the last; swap them"
            )
        return self

    def covers(self, kind: str, area: str) -> bool:
        """Tell whether a kind, or a table, was handed over for a village or group."""
        return kind in self.kinds and area.startswith(self.area)


__all__ = ["Delivery", "Word"]
