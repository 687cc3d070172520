"""Chance without a stream: every value follows from the seed, the row and the column.

A row does not depend on how many rows there are, on the order they are made in or on any
library's generator.
"""

from __future__ import annotations

import hashlib
from typing import Any

import polars as pl


class Chance:
    """Columns of values that look drawn.

    Args:
        seed: What all values follow from.
        missing: How many values of a column that may be missing are, of how many.
    """

    def __init__(self, seed: int, missing: tuple[int, int] = (3, 1000)) -> None:
        self.seed = seed
        self.missing = missing

    def shuffled(self, text: str) -> bytes:
        """What to sort texts by, so that they lie as if by chance."""
        return hashlib.sha256(f"{self.seed}|{text}".encode()).digest()

    def mixed(self, column: str, row: pl.Expr) -> pl.Expr:
        """Turn a row's number into 64 well-mixed bits, different for every column."""
        digest = hashlib.sha256(f"{self.seed}|{column}".encode()).digest()
        bits = row + pl.lit(int.from_bytes(digest[:8], "big"), dtype=pl.UInt64)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
            bits = (bits ^ (bits // 2**shift)) * pl.lit(factor, dtype=pl.UInt64)
        return bits

    def below(self, column: str, limit: int, row: str = "i") -> pl.Expr:
        """A whole number from 0 up to but without ``limit``."""
        return (self.mixed(column, pl.col(row)) % limit).cast(pl.Int64)

    def once_in(self, column: str, often: int, of: int = 1000, row: str = "i") -> pl.Expr:
        """True ``often`` times in ``of``."""
        return self.below(column, of, row) < often

    def drawn(self, column: str, weights: dict[Any, int], row: str = "i") -> pl.Expr:
        """One of some values, each as often as its weight says."""
        number = self.below(column, sum(weights.values()), row)
        values, bound = list(weights), sum(weights.values())
        found = pl.lit(values[-1])
        for value in reversed(values):
            found = pl.when(number < bound).then(pl.lit(value)).otherwise(found)
            bound -= weights[value]
        return found

    def known(self, name: str, value: pl.Expr, row: str = "i") -> pl.Expr:
        """A column in which some values are missing."""
        missing = self.once_in(f"{name} is missing", *self.missing, row=row)
        return pl.when(~missing).then(value).alias(name)

    def amount(self, column: str, usual: int, row: str = "i") -> pl.Expr:
        """An amount in whole fen, mostly under the usual one, now and then far over it."""
        far = self.once_in(f"{column} is far", 20, row=row)
        size = pl.when(far).then(pl.lit(20 * usual)).otherwise(pl.lit(usual))
        return (self.below(column, 1_000_000, row) * size) // 1_000_000


def numbers(start: int, stop: int) -> pl.LazyFrame:
    """Rows ``i`` from ``start`` up to ``stop``."""
    return pl.LazyFrame({"i": pl.int_range(start, stop, eager=True, dtype=pl.UInt64)})


def horner(digits: str) -> int:
    """The sum that ISO 7064 MOD 11-2 carries from digit to digit."""
    carried = 0
    for digit in digits:
        carried = (carried + int(digit)) * 2 % 11
    return carried


def grid_code() -> pl.Expr:
    """The code of a group grid, from ``village`` and ``group``."""
    return pl.col("village") + pl.col("group").cast(pl.String).str.zfill(2)


def household_code() -> pl.Expr:
    """A household's id with its check character, from ``village, horner, group, serial``."""
    body = grid_code() + pl.col("serial").cast(pl.String).str.zfill(4)
    check = (1 - (_after(pl.col("horner"), "group", 2).pipe(_after, "serial", 4))) % 11
    return body + pl.when(check == 10).then(pl.lit("X")).otherwise(check.cast(pl.String))


def _after(carried: pl.Expr, column: str, digits: int) -> pl.Expr:
    """Carry the sum on over the digits of a number."""
    for place in reversed(range(digits)):
        carried = (carried + pl.col(column) // 10**place % 10) * 2 % 11
    return carried
