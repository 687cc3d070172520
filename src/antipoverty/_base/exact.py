"""Exact numbers from outside: a short text must not stand for a number that fills the memory."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

_EXPONENT = re.compile(r"[eE]\s*[-+]?0*(\d+)")
_MOST = 100


def fraction_of(value: int | str | Decimal | Fraction) -> Fraction:
    """Read an exact number.

    Raises:
        ValueError: It is none, or its exponent is over a hundred: ``1e9999999`` has ten million
            digits.
        ZeroDivisionError: It is a share of nothing.
    """
    if isinstance(value, str):
        found = _EXPONENT.search(value)
        large = found is not None and (len(found[1]) > 3 or int(found[1]) > _MOST)
    else:
        large = isinstance(value, Decimal) and not (
            value.is_finite() and abs(value.as_tuple().exponent) <= _MOST  # type: ignore[arg-type]
        )
    if large:
        raise ValueError("the exponent is over a hundred")
    return Fraction(value)
