"""The id of a line of a hand-over list (清单编号): the same for who screens and who registers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from itertools import product
from typing import Any

import narwhals as nw
import polars as pl

_LETTERS = "bcdfghjkmnpqrstvwxyz"
"""No digits and no vowels: a spreadsheet rounds nothing, and no line spells a word."""
_SIZE = 13


def line_id(household_id: str, rule_id: str, out: date) -> str:
    """Give the id of the line that hands a rule's answer on a household over.

    Args:
        household_id: The household.
        rule_id: The rule.
        out: The day it went out: the first of the days on which the answer stood in a row.
    """
    text = f"{household_id}\n{rule_id}\n{out.isoformat()}".encode()
    number = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
    found = ""
    for _ in range(_SIZE):
        number, letter = divmod(number, len(_LETTERS))
        found += _LETTERS[letter]
    return found


def line_ids(household_ids: pl.Series, rule_ids: pl.Series, out: date) -> pl.Series:
    """Give the ids of many lines that go out on one day."""
    digest = hashlib.sha256
    texts = pl.select(
        pl.concat_str(household_ids, rule_ids, pl.lit(out.isoformat()), separator="\n")
    )
    hashed = [digest(one).digest()[:8] for one in texts.to_series().cast(pl.Binary)]
    numbers = pl.Series(hashed, dtype=pl.Binary).bin.reinterpret(dtype=pl.UInt64, endianness="big")
    pieces, left = [], _SIZE
    while left:  # three letters at a time
        width = min(left, 3)
        words = pl.Series(["".join(reversed(one)) for one in product(_LETTERS, repeat=width)])
        pieces.append(words.gather(numbers % len(words)))
        numbers, left = numbers // len(words), left - width
    return pl.select(pl.concat_str(pieces)).to_series()


def with_lines(lines: nw.LazyFrame[Any], out: date) -> nw.LazyFrame[Any]:
    """Put the id of each line beside it, in ``line``, where the lines are.

    Args:
        lines: They have ``household_id`` and ``rule_id``.
        out: The day they go out.
    """
    native: Any = lines.to_native()
    base, text = len(_LETTERS), f"concat(household_id, chr(10), rule_id, chr(10), '{out}')"
    made: Any
    if isinstance(native, pl.LazyFrame):
        both = pl.struct("household_id", "rule_id")
        made = native.with_columns(
            both.map_batches(
                lambda one: line_ids(one.struct[0], one.struct[1], out), return_dtype=pl.String
            ).alias("line")
        )
    elif lines.implementation.is_duckdb():
        made = native.select(f"*, cast('0x' || left(sha256({text}), 16) as ubigint) as _number")
        of_each = (f"_number // {base**place} % {base}" for place in range(_SIZE))
        made = made.select(f"* exclude (_number), {_spelt(of_each)} as line")
    else:  # Spark has no whole numbers of 64 bits without a sign
        number = f"cast(conv(substr(sha2({text}, 256), 1, 16), 16, 10) as decimal(20, 0))"
        rest = [f"_rest div {base**place} % {base}" for place in range(_SIZE - 1)]
        made = native.selectExpr("*", f"{number} as _number")
        made = made.selectExpr("*", f"_number div {base} as _rest")
        line = f"{_spelt([f'_number % {base}', *rest])} as line"
        made = made.selectExpr("*", line).drop("_number", "_rest")
    again: nw.LazyFrame[Any] = nw.from_native(made)
    return again


def _spelt(numbers: Iterable[str]) -> str:
    """SQL for the letters of some numbers below twenty."""
    letters = (f"substr('{_LETTERS}', cast({one} as int) + 1, 1)" for one in numbers)
    return f"concat({', '.join(letters)})"


__all__ = ["line_id", "line_ids", "with_lines"]
