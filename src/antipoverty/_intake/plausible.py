"""What a column's values usually are: parameters of the check of units, never of a judgement."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib import resources
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from antipoverty._base.refusals import place_of, refusal
from antipoverty._base.tomlfiles import read_toml
from antipoverty.errors import FieldError, InvalidDocumentError, phrase


class Plausible(BaseModel):
    """Bounds between which the median of a column is believed (合理范围).

    Attributes:
        status: Whether somebody published them.
        source: Who says so.
        stale_days: After how many days a delivery is old.
        median: By the path of a fact, the least and the greatest median, in yuan for amounts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    status: Literal["illustrative", "published"]
    source: str
    stale_days: Annotated[int, Field(ge=1)] = 45
    median: Mapping[str, tuple[Decimal, Decimal]] = {}

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        wrong = [path for path, (low, high) in self.median.items() if low > high]
        if wrong:
            raise ValueError(
                phrase("the least is above the greatest: {wrong}", wrong=", ".join(wrong))
            )
        return self


def read_plausible(text: str | None = None) -> Plausible:
    """Read bounds from TOML; those that are shipped, which are examples, by default.

    Raises:
        InvalidDocumentError: Every problem of the file.
    """
    if text is None:
        place = resources.files("antipoverty._intake") / "plausible.toml"
        text = place.read_text(encoding="utf-8")
    try:
        return Plausible.model_validate(read_toml(text))
    except tomllib.TOMLDecodeError:
        problems = [phrase("it is no TOML")]
    except ValidationError as problem:
        problems = [
            phrase("{place}: {problem}", place=place_of(one), problem=refusal(one))
            for one in problem.errors(include_url=False, include_input=False)
        ]
    raise InvalidDocumentError("the bounds cannot be used", [FieldError(one) for one in problems])
