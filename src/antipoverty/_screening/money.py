"""A unit belongs to a column: all its amounts are fen, or yuan, or 万元, and never a mixture.

Who knows the unit says so and the amounts are converted exactly. Who does not is told
where a column shows that it is not in fen: by a part of a fen, or because most of its
amounts are such as no household lives on. What nobody lives on is not known to this
library: a pack may hold it as parameters, which it marks as its own examples.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import narwhals as nw

from antipoverty._base.frozen import Frozen
from antipoverty.errors import one_of
from antipoverty.model import Field, Kind, TableSchema
from antipoverty.rules import Pack

UNITS: Mapping[str, int] = Frozen(
    {"fen": 1, "yuan": 100, "wanyuan": 1_000_000, "分": 1, "元": 100, "万元": 1_000_000}
)
"""How many fen one of each unit is."""

FEWEST = 10
"""From how many known amounts on a column is looked at as a whole."""

LEAST, MOST, PER_HEAD = "least", "most", "per_head_least"
"""How a pack calls the bounds: ``plausible.FIELD.least`` and so on."""


def read_units(given: str | Mapping[str, str] | None) -> Mapping[str, int]:
    """Read the unit of all amounts, or of columns by path; the empty path is all others.

    Raises:
        InvalidArgumentError: It is no unit.
    """
    named = {"": given} if isinstance(given, str) else dict(given or {})
    for path, unit in named.items():
        one_of(unit, UNITS, f"unit of {path or 'money'}")
    return Frozen({path: UNITS[unit] for path, unit in named.items()})


def fen_each(units: Mapping[str, int], field: Field) -> int:
    """How many fen a unit of a column is."""
    if field.kind is not Kind.NUMBER or field.about.unit.scale != 100:
        return 1
    return units.get(field.path, units.get("", 1))


def check_paths(units: Mapping[str, int], tables: Mapping[str, TableSchema]) -> None:
    """Refuse a unit for what is no column of amounts.

    Raises:
        InvalidArgumentError: It is none.
    """
    amounts = [
        field.path
        for table in tables.values()
        for field in table.fields.values()
        if field.kind is Kind.NUMBER and field.about.unit.scale == 100
    ]
    for path in units:
        if path:
            one_of(path, amounts, "column of amounts")


@attrs.frozen
class Amounts:
    """A column of amounts, in its own unit.

    Attributes:
        column: The column, a float where it came as a decimal with places.
        fen: How many fen a unit of it is.
        exact: Whether it holds whole numbers alone.
    """

    column: nw.Expr
    fen: int
    exact: bool

    @classmethod
    def of(cls, field: Field, dtype: Any, fen: int) -> Amounts:
        """Read a column of a type."""
        column = nw.col(field.name)
        whole = dtype.is_integer() or (dtype == nw.Decimal and dtype.scale == 0)
        return cls(column if whole else column.cast(nw.Float64), fen, bool(whole))

    def within(self, low: int, high: int) -> nw.Expr:
        """Whether an amount lies within bounds of fen; null where it is not known."""
        least, most = -(-low // self.fen), high // self.fen
        if not self.exact:
            return (self.column * self.fen >= low) & (self.column * self.fen <= high)
        return (self.column >= least) & (self.column <= most)

    def broken(self) -> nw.Expr:
        """Whether an amount is no whole number of fen.

        A float is read as the shortest decimal it is written as: it is whole fen if it is
        the float nearest to so many fen.
        """
        if self.exact:
            return nw.lit(False)  # noqa: FBT003 - a value, not an option
        # Polars divides by a constant through its inverse, which is no exact division
        each = self.column.is_null().cast(nw.Float64) + float(self.fen)
        return (self.column * self.fen).round(0) / each != self.column

    def in_fen(self) -> nw.Expr:
        """The amount in whole fen."""
        if self.exact:
            return self.column.cast(nw.Int64) * self.fen
        return (self.column * self.fen).round(0).cast(nw.Int64)

    def below(self, fen: Fraction) -> nw.Expr:
        """Whether an amount, nothing left out, is known and below so many fen."""
        bound = fen / self.fen
        found = self.column < (math.ceil(bound) if self.exact else float(bound))
        return (found & (self.column != 0)).fill_null(value=False)

    def above(self, fen: Fraction) -> nw.Expr:
        """Whether an amount is known and above so many fen."""
        bound = fen / self.fen
        found = self.column > (math.floor(bound) if self.exact else float(bound))
        return found.fill_null(value=False)

    def known(self) -> nw.Expr:
        """Whether an amount is known, nothing left out."""
        return (self.column != 0).fill_null(value=False)


def bounds_of(pack: Pack, field: Field, day: date) -> dict[str, Fraction]:
    """What a pack holds for plausible of a column, on a day, in fen."""
    found = {}
    for name in (LEAST, MOST, PER_HEAD):
        parameter = pack.parameters.get(f"plausible.{field.path}.{name}")
        value = None if parameter is None else parameter.at(pack.area, day)
        if value is not None:
            found[name] = Fraction(value.value)
    return found


@attrs.frozen
class Doubt:
    """A test of a column as a whole: it is doubted when most of its amounts are odd.

    Attributes:
        field: The column.
        reason: The stable code.
        odd: Whether an amount is odd.
        known: Whether it is known.
        refused: Whether the column is refused; else it is noted.
    """

    field: str
    reason: str
    odd: nw.Expr
    known: nw.Expr
    refused: bool

    def holds(self, odd: int, known: int) -> bool:
        """Whether so many odd ones of those that are known make the column doubtful."""
        return known >= FEWEST and 2 * odd > known


def doubts(
    field: Field, amounts: Amounts, bounds: Mapping[str, Fraction], dtypes: Mapping[str, Any]
) -> Iterator[Doubt]:
    """The tests of a column of amounts as a whole, by what its pack holds for plausible."""
    known = amounts.known()
    for name, odd in ((LEAST, amounts.below), (MOST, amounts.above)):
        if name in bounds:
            yield Doubt(field.name, "implausible-unit", odd(bounds[name]), known, refused=True)
    if PER_HEAD in bounds and field.table is None and "size" in dtypes:
        size = nw.col("size")
        if dtypes["size"].is_integer() or dtypes["size"].is_float():
            shared = amounts.column * amounts.fen < size * math.ceil(bounds[PER_HEAD])
            several = (size > 1).fill_null(value=False) & known
            few = shared.fill_null(value=False) & several
            yield Doubt(field.name, "per-head", few, several, refused=False)


__all__ = [
    "Amounts",
    "Doubt",
    "bounds_of",
    "check_paths",
    "doubts",
    "fen_each",
    "read_units",
]
