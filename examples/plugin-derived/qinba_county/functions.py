"""The functions of this county: columns in, a column out; whole numbers, and no clock or file."""

from __future__ import annotations

import math

import polars as pl

CLINICS = ((0, 0), (9_000, 4_000))
"""Where clinics stand, in metres on the county's map; made up."""

VILLAGES = {
    "610727100201": (600, 800),
    "610727100200": (4_000, 7_500),
    "610727100202": (9_000, 12_000),
    "610727100203": (3_000, 4_000),
}
"""Where the middle of a village lies, in metres on the county's map; made up."""

AVERAGES = {"610727100201": 1_150_000, "610727100200": 820_000}
"""Net income per person of a village, in fen; made up. Of one it is not known."""

USUAL = {"medical_self_paid": 300_000, "school_cost": 200_000}
"""Up to how many fen a bill of a kind is usual; made up."""


def is_dear(amount: pl.Series, kind: pl.Series) -> list[bool]:
    """Tell whether a bill is more than is usual for its kind."""
    pairs = zip(amount, kind, strict=True)
    return [paid > USUAL.get(word, paid) for paid, word in pairs]


def trend(**months: pl.Series) -> pl.Series:
    """Give by how much wages change a month: the least-squares slope, rounded down to a fen.

    ``month_1`` is the last month. Over six months the slope is the sum of wages times
    -5, -3, -1, 1, 3, 5, over 35.
    """
    weights = {"month_6": -5, "month_5": -3, "month_4": -1, "month_3": 1, "month_2": 3}
    total = months["month_1"] * 5
    for name, weight in weights.items():
        total = total + months[name] * weight
    return total // 35


def nearest_clinic(area: pl.Series) -> list[int | None]:
    """Give how far the middle of the village is from a clinic, in whole metres."""
    return [_metres(village[:12]) for village in area]


def _metres(village: str) -> int | None:
    if village not in VILLAGES:
        return None
    x, y = VILLAGES[village]
    return min(math.isqrt((x - a) ** 2 + (y - b) ** 2) for a, b in CLINICS)


def half_of_village(area: pl.Series) -> list[int | None]:
    """Give half of the village's average, where there is one, rounded down to a fen."""
    averages = (AVERAGES.get(village[:12]) for village in area)
    return [None if one is None else one // 2 for one in averages]


def score(ill: pl.Series, disabled: pl.Series, away: pl.Series, trend: pl.Series) -> list[int]:
    """Give the model's probability, per mille: a logistic regression with made-up weights."""
    told = zip(ill, disabled, away, trend, strict=True)
    return [_per_mille(1.6 * i + 0.9 * d - 0.02 * a - t / 50_000 - 1.5) for i, d, a, t in told]


def _per_mille(logit: float) -> int:
    """The probability, rounded here and nowhere else; far out it is 0 or 1000."""
    return round(1000 / (1 + math.exp(-max(min(logit, 30.0), -30.0))))
