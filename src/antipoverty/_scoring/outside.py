"""Limits of a whole frame of figures at once: one walk over all denominators.

From one denominator to the next a limit stays or moves by one count, and the tail at it
changes by one term. So all limits around a rate cost a few steps each. The steps are made
with floats, whose error is bounded below; a comparison within that bound is made again by
`chance`, in whole numbers. So no float decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import polars as pl
from narwhals.typing import IntoFrame
from pydantic import TypeAdapter, ValidationError

from antipoverty._base.documents import AreaField
from antipoverty._base.frames import as_lazy, frame_kind, to_native, to_polars
from antipoverty._scoring.chance import Law, Limits, compared, within
from antipoverty._scoring.indicators import Indicator
from antipoverty._scoring.repeated import Repeated, repeated
from antipoverty._scoring.statistics import NOTHING, STATISTIC_COLUMNS, Word, statistics_of
from antipoverty.errors import InvalidStatisticsError, NoticeError
from antipoverty.periods import Period

_WORTH = 200
"""A limit by itself costs as much as so many steps."""
_LEAST_CHANCE = Fraction(1, 10**12)


def limits_of(
    sizes: Iterable[int], rate: Fraction, low: Fraction, high: Fraction, law: Law = "binomial"
) -> Mapping[int, Limits]:
    """The counts that luck explains for many denominators, each as `within` gives them.

    Args:
        sizes: The denominators.
        rate: The rate that all units are taken to have.
        low: The chance below the lower limit; with 0 there is none, and 0 stands for it.
        high: The chance above the upper limit; with 0 there is none, and the size stands
            for it.
        law: ``binomial`` or ``poisson``. By the latter each limit is found by itself.
    """
    lower, upper = _bounds(sorted(set(sizes)), rate, low, high, law)
    return {size: Limits(least, upper[size]) for size, least in lower.items()}


def _bounds(
    ordered: list[int], rate: Fraction, low: Fraction, high: Fraction, law: Law
) -> tuple[dict[int, int], dict[int, int]]:
    """The lower and the upper limit of each size, in their order."""
    near = 0
    if (
        law == "binomial"
        and 0 < rate < 1
        and all(c == 0 or c >= _LEAST_CHANCE for c in (low, high))
    ):
        near = sum(size <= _WORTH * n for n, size in enumerate(ordered, 1))
    lower = _walked(ordered[:near], rate, low)
    failures = _walked(ordered[:near], 1 - rate, high)  # the upper limit, seen from the other end
    upper = {size: size - count for size, count in failures.items()}
    for size in ordered[near:]:
        lower[size] = within(size, rate, low, law).lower if low else 0
        upper[size] = within(size, rate, high, law).upper if high else size
    return lower, upper


def _walked(sizes: list[int], rate: Fraction, chance: Fraction) -> dict[int, int]:
    """For each size the least count whose lower tail is not below a chance.

    Each step multiplies the term at most eight times and adds to the tail twice, and each
    rounds by a 2 ** -53 part; no term is above 1. So after n steps the tail is off by less
    than (8 n ** 2 + 12 n) 2 ** -53, which is below n ** 2 2 ** -48.
    """
    if not chance or not sizes:
        return dict.fromkeys(sizes, 0)
    good, bad, aim = float(rate), float(1 - rate), float(chance)
    odds = float(rate / (1 - rate))
    size = count = 0
    tail = term = 1.0
    found: dict[int, int] = {}
    for wanted in sizes:
        while size < wanted:
            tail -= good * term
            size += 1
            term *= size * bad / (size - count)
            off = tail - aim
            if off > size * size * _OFF:
                continue
            if off >= -size * size * _OFF and compared("binomial", size, rate, count, chance) >= 0:
                continue
            term *= (size - count) * odds / (count + 1)
            count += 1
            tail += term
        found[wanted] = count
    return found


_OFF = 2.0**-48


def outside_frame(
    frame: IntoFrame,
    indicator: Indicator,
    *,
    commended: Fraction,
    criticised: Fraction,
    target: Fraction | None = None,
) -> Any:
    """Tell of every figure of a frame what luck explains, and on which side it lies.

    Each period is compared by itself. Every unit stands for itself: neither many units nor
    more spread than luck has widen the limits, as with ``multiplicity = "each"`` and
    ``overdispersion = "none"``. Nobody is named: who did not report is not in a frame, and
    `draft_notices` asks for it.

    Args:
        frame: Any frame Narwhals reads: ``unit, period, indicator, numerator, denominator``
            and, if wanted, ``nothing``. Figures of other indicators are left out.
        indicator: The indicator.
        commended: The chance beyond the better limit, such as 1/1000; 0 names nobody.
        criticised: The chance beyond the worse limit.
        target: The rate that limits are drawn around; by default that of all figures of a
            period.

    Returns:
        The figures in their order, as a frame of the kind that came in: the columns of
        figures with ``lower`` and ``upper``, the counts that luck explains, and
        ``outside``: 1 where a figure is better than they, -1 where it is worse, else 0.
        A figure below the indicator's minimum has no limits.

    Raises:
        InvalidStatisticsError: See `statistics_of`; or a unit has two figures of a period.
        MissingColumnError: The frame lacks a column.

    Source:
        Agrees with `draft_notices`, the reference, on every figure.
    """
    back = frame_kind(frame), getattr(frame, "sparkSession", None)
    shares = {indicator.id} if indicator.unit == "share" else set()
    figures = _typed(frame, shares)
    figures = figures.filter(pl.col("indicator") == indicator.id)
    unit, said = repeated(figures["unit"]), repeated(figures["period"])
    month = _numbered(figures, said)
    _refuse_doubled(figures, _numbered(figures, unit) * len(said.texts) + month)
    counted = figures.select("numerator", "denominator").with_columns(month=month)
    counted = counted.filter(pl.col("denominator") >= indicator.minimum)
    rates = counted.group_by("month").agg(
        pl.col("numerator", "denominator").sum(), sizes=pl.col("denominator").unique()
    )
    ends = (criticised, commended) if indicator.sign > 0 else (commended, criticised)
    tables = [pl.DataFrame(schema=dict.fromkeys(_LOOKED_UP, pl.Int64))]
    largest = figures["denominator"].max() if figures.height else 0
    span = int(largest) + 1  # type: ignore[arg-type] # of whole numbers
    for at, above, below, sizes in rates.iter_rows():
        around = Fraction(above, below) if target is None else target
        lower, upper = _bounds(sorted(sizes), around, *ends, indicator.law)
        values = (
            [at * span + size for size in lower],
            [*lower.values()],
            [*upper.values()] if ends[1] else [None] * len(upper),
        )
        tables.append(
            pl.DataFrame(
                dict(zip(_LOOKED_UP, values, strict=True)),
                schema=dict.fromkeys(_LOOKED_UP, pl.Int64),
            )
        )
    joined = figures.with_columns(key=month * span + figures["denominator"]).join(
        pl.concat(tables), on="key", how="left", maintain_order="left"
    )
    high, low = pl.col("numerator") > pl.col("upper"), pl.col("numerator") < pl.col("lower")
    side = high.fill_null(value=False).cast(pl.Int8) - low.fill_null(value=False).cast(pl.Int8)
    return to_native(
        joined.select(
            pl.col(STATISTIC_COLUMNS[:3]).cast(pl.String),
            *STATISTIC_COLUMNS[3:],
            "lower",
            "upper",
            outside=(side * indicator.sign).cast(pl.Int8),
        ),
        *back,
    )


_LOOKED_UP = ("key", "lower", "upper")


def _typed(frame: IntoFrame, shares: set[str]) -> pl.DataFrame:
    """The columns of figures, checked, text as categories; row by row where mercy is needed."""
    lazy = as_lazy(frame)
    names = lazy.collect_schema().names()
    if set(STATISTIC_COLUMNS) <= set(names):
        table = to_polars(lazy.select(*(n for n in (*STATISTIC_COLUMNS, NOTHING) if n in names)))
        if NOTHING in names and table[NOTHING].dtype in (pl.Null, pl.Boolean):
            table = table if table[NOTHING].any() else table.drop(NOTHING)
        if table["unit"].dtype.is_integer():
            table = table.with_columns(pl.col("unit").cast(pl.String))
        plain = _plain(table, shares)
        if plain is not None:
            return plain
    read = statistics_of(frame, shares=shares)
    return pl.DataFrame(
        [[str(getattr(one, name)) for one in read] for name in STATISTIC_COLUMNS[:3]]
        + [[one.numerator for one in read], [one.denominator for one in read]],
        schema=dict.fromkeys(STATISTIC_COLUMNS[:3], pl.Categorical)
        | dict.fromkeys(STATISTIC_COLUMNS[3:], pl.Int64),
    )


def _plain(table: pl.DataFrame, shares: set[str]) -> pl.DataFrame | None:
    """The columns where every value is as the reference would read it, else nothing."""
    kinds = [table[name].dtype for name in STATISTIC_COLUMNS]
    if NOTHING in table.columns or any(table.null_count().row(0)):
        return None
    if any(kind != pl.String for kind in kinds[:3]) or not all(k.is_integer() for k in kinds[3:]):
        return None
    above, below = pl.col("numerator"), pl.col("denominator")
    wrong = (above < 0) | (below < 1) | (pl.col("indicator").is_in(list(shares)) & (above > below))
    read, faults = pl.collect_all(
        [
            table.lazy().with_columns(
                pl.col(STATISTIC_COLUMNS[:3]).cast(pl.Categorical),
                pl.col(STATISTIC_COLUMNS[3:]).cast(pl.Int64, strict=False),
            ),
            table.lazy().select(wrong.any()),
        ]
    )
    if faults.item() or any(read.null_count().row(0)):
        return None
    for name, reader in _READERS.items():
        for text in repeated(read[name]).texts:
            try:
                if str(reader.validate_python(text)) != text:
                    return None
            except ValidationError:
                return None
    return read


_READERS: Mapping[str, TypeAdapter[Any]] = {
    "unit": TypeAdapter(AreaField),
    "period": TypeAdapter(Period),
    "indicator": TypeAdapter(Word),
}
"""How the reference reads the text of a column."""


def _numbered(figures: pl.DataFrame, said: Repeated) -> pl.Series:
    """The number of each row's text, from 0 on."""
    numbers = {text: number for number, text in enumerate(said.texts)}
    return figures.select(said.look_up(numbers, pl.Int64()).alias("number")).to_series()


def _refuse_doubled(figures: pl.DataFrame, whose: pl.Series) -> None:
    if whose.n_unique() == figures.height:
        return
    unit, period = figures.filter(whose.is_duplicated()).select("unit", "period").row(0)
    raise InvalidStatisticsError(
        "the frame cannot be read",
        [
            NoticeError(
                "unit {unit} has two figures for {period}; keep one", unit=unit, period=period
            )
        ],
    )
