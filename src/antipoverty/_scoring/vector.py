"""The walk of `runs` on whole columns: sorted once, runs are where nothing breaks.

Each function here answers the question of a function of the reference, for all rows
at once. The columns are ``key`` (see `coding`) and ``verdict``, sorted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs
import polars as pl

from antipoverty._scoring.coding import (
    CADENCE_OF,
    CADENCES,
    COMMENDED,
    CRITICISED,
    KEY,
    NEITHER,
    ORDINAL_OF,
    SERIES_OF,
    UNIT_OF,
    WITHOUT_LEVEL,
    Coded,
    ordinal,
    period_at,
)
from antipoverty._scoring.notices import NoticeVerdict
from antipoverty._scoring.policy import RunRule
from antipoverty._scoring.runs import last_ended, last_of_year, waits_until, worth
from antipoverty.errors import ConflictingNoticesError, phrase
from antipoverty.periods import Period


@attrs.frozen(eq=False)
class Calendar:
    """The periods of one cadence from the first notice to the last, by ordinal."""

    first: int
    periods: tuple[Period, ...]

    @classmethod
    def of(cls, rows: pl.DataFrame, rule: RunRule) -> Calendar:
        """Take the periods that rows reach over."""
        if rows.is_empty():
            return cls(0, ())
        low, high = rows.select(ORDINAL_OF.min().alias("low"), ORDINAL_OF.max().alias("high")).row(
            0
        )
        periods = (period_at(rule.cadence, number) for number in range(low, high + 1))
        return cls(low, tuple(periods))

    def look_up(self, ordinals: pl.Expr, values: Iterable[object], kind: pl.DataType) -> pl.Expr:
        """Read a value for each ordinal, from a list with one for each period."""
        return pl.lit(pl.Series(list(values), dtype=kind)).gather(ordinals - self.first)

    def years(self, ordinals: pl.Expr) -> pl.Expr:
        """The year of each ordinal."""
        return self.look_up(ordinals, (period.year for period in self.periods), pl.Int32())

    def texts(self, ordinals: pl.Expr) -> pl.Expr:
        """The text of each ordinal's period."""
        return self.look_up(ordinals, map(str, self.periods), pl.String())


def rows_of(coded: Coded, rule: RunRule) -> pl.DataFrame:
    """The rows of a rule's cadence, one for each series and period."""
    rows = coded.keys.filter(CADENCES.index(rule.cadence) == CADENCE_OF)
    if rule.issuers == "apart" and not coded.merged:
        return rows
    key = KEY if rule.issuers == "apart" else WITHOUT_LEVEL
    sign = (pl.col("verdict") - NEITHER).cast(pl.Int64)
    met = (
        rows.group_by(key.alias("key"))
        .agg(net=sign.sum(), low=sign.min(), high=sign.max())
        .sort("key")
    )
    both = met.filter((pl.col("low") < 0) & (pl.col("high") > 0))
    if rule.both_verdicts == "error" and not both.is_empty():
        raise _conflict(both, coded, rule)
    net = pl.col("net").sign()
    if rule.both_verdicts == "criticism":
        net = pl.when(pl.col("low") < 0).then(-1).otherwise(net)
    return met.select("key", verdict=(net + NEITHER).cast(pl.Int8))


def _conflict(both: pl.DataFrame, coded: Coded, rule: RunRule) -> ConflictingNoticesError:
    unit, number = both.select(UNIT_OF.alias("unit"), ORDINAL_OF.alias("number")).row(0)
    more = phrase(" ({height} more like it)", height=both.height - 1) if both.height > 1 else ""
    return ConflictingNoticesError(
        "unit {units} is both commended and criticised for {period_at}{more}; rule {id} has "
        "both_verdicts = 'error', so replace one",
        units=coded.units[unit],
        period_at=period_at(rule.cadence, number),
        more=more,
        id=rule.id,
    )


def walked(
    rows: pl.DataFrame, rule: RunRule, calendar: Calendar, as_of: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Walk every stretch at once.

    Returns:
        The periods that count, each with ``length``, that of the run it is in; and
        the keys of the pending periods at which walks ended.
    """
    new_stretch = SERIES_OF.shift(1) != SERIES_OF
    if rule.across_years == "breaks":
        year = calendar.years(ORDINAL_OF)
        new_stretch = new_stretch | (year != year.shift(1))
    rows = rows.with_columns(new=new_stretch.fill_null(value=True), step=KEY.diff().fill_null(0))
    gap = ~pl.col("new") & (pl.col("step") > 1)
    pending = rows.clear().select("key")
    if rule.without_notice == "pending":
        rows, pending = _decided(rows.with_columns(gap=gap), rule, calendar, as_of)
    breaks = pl.col("new") if rule.without_notice == "holds" else pl.col("new") | gap
    rows = rows.select("key", "verdict", breaks=breaks)
    if rule.neither == "holds":
        rows = rows.with_columns(part=pl.col("breaks").cum_sum())
        rows = rows.filter(pl.col("verdict") != NEITHER)
        rows = rows.with_columns(breaks=pl.col("part") != pl.col("part").shift(1))
    begins = pl.col("breaks") | (pl.col("verdict") != pl.col("verdict").shift(1))
    at = pl.int_range(pl.len())
    start = pl.when(begins.fill_null(value=True)).then(at).forward_fill()
    return rows.select("key", "verdict", length=at - start + 1), pending


def _decided(
    rows: pl.DataFrame, rule: RunRule, calendar: Calendar, as_of: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cut each stretch at its first pending period."""
    waiting = [ordinal(p) for p in calendar.periods if as_of <= waits_until(p, rule)]
    if not waiting:
        return rows, rows.clear().select("key")
    first = waiting[0]
    rows = rows.with_columns(
        cut=pl.col("gap") & ORDINAL_OF.gt(first), stretch=pl.col("new").cum_sum()
    )
    rows = rows.with_columns(cuts=pl.col("cut").cast(pl.Int64).cum_sum().over("stretch"))
    cut = rows.filter(pl.col("cut") & (pl.col("cuts") == 1))
    missing = pl.max_horizontal(ORDINAL_OF - pl.col("step") + 1, pl.lit(first))
    pending = cut.select(key=KEY - ORDINAL_OF + missing)
    return rows.filter(pl.col("cuts") == 0), pending


def nth_score(rule: RunRule) -> pl.Expr:
    """Which score of its run a period earns; 0 for none."""
    length = pl.col("length")
    if rule.counts == "sliding":
        return (length - rule.length + 1).clip(lower_bound=0)
    if rule.counts == "blocks":
        return pl.when(length % rule.length == 0).then(length // rule.length).otherwise(0)
    return (length == rule.length).cast(pl.Int64)


def scored(rows: pl.DataFrame, rule: RunRule, calendar: Calendar, as_of: date) -> pl.DataFrame:
    """The periods that score: ``key``, ``verdict``, ``length``, ``first``, ``year``, ``worth``."""
    worthy = [
        verdict
        for verdict, points in ((COMMENDED, rule.commended), (CRITICISED, rule.criticised))
        if points
    ]
    window = (
        (ORDINAL_OF - rule.length + 1)
        if rule.without_notice != "holds" and rule.neither != "holds"
        else ORDINAL_OF.shift(rule.length - 1)
    )
    lines = rows.with_columns(nth=nth_score(rule), first=window).filter(
        (pl.col("nth") > 0) & pl.col("verdict").is_in(worthy)
    )
    of_year = pl.col("first") if rule.belongs_to == "first" else ORDINAL_OF
    lines = lines.with_columns(year=calendar.years(of_year))
    return lines.with_columns(worth=_worth(lines, rule, as_of)).drop("nth")


def _worth(lines: pl.DataFrame, rule: RunRule, as_of: date) -> pl.Series:
    """The worth of each line in hundredths: looked up by verdict and number of decays."""
    steps = pl.lit(0, pl.Int64)
    if rule.decay == "by-repeat":
        steps = pl.col("nth") - 1
    elif rule.decay == "by-age":
        steps = (_now(lines, rule, as_of) - ORDINAL_OF).clip(lower_bound=0)
    table = lines.select(steps=steps, commended=pl.col("verdict") == COMMENDED)
    most = table["steps"].max() if lines.height else 0
    assert isinstance(most, int)  # noqa: S101 - for the type checker

    def worths(verdict: NoticeVerdict) -> pl.Expr:
        listed = [worth(verdict, step + 1, step, rule) for step in range(most + 1)]
        return pl.lit(pl.Series(listed, dtype=pl.Int64)).gather(pl.col("steps"))

    if not most:
        plain = [
            worth(one, 1, 0, rule) for one in (NoticeVerdict.COMMENDED, NoticeVerdict.CRITICISED)
        ]
        return table.select(
            pl.when("commended").then(pl.lit(plain[0], pl.Int64)).otherwise(plain[1])
        ).to_series()
    return table.select(
        pl.when("commended")
        .then(worths(NoticeVerdict.COMMENDED))
        .otherwise(worths(NoticeVerdict.CRITICISED))
    ).to_series()


def _now(lines: pl.DataFrame, rule: RunRule, as_of: date) -> pl.Expr:
    """The ordinal of the last period that had ended, by the day and within each line's year."""
    years = lines["year"].unique().to_list()
    ends = [
        ordinal(last_ended(min(as_of, last_of_year(rule.cadence, year).last), rule.cadence))
        for year in years
    ]
    return pl.col("year").replace_strict(years, ends, return_dtype=pl.Int64)


def totals(lines: pl.DataFrame, rule: RunRule) -> pl.DataFrame:
    """What each unit's year comes to: ``unit``, ``year``, ``added``, ``deducted``, ``total``."""
    amount = pl.col("worth")
    sums = (
        lines.group_by(UNIT_OF.alias("unit"), "year")
        .agg(
            added=amount.filter(amount > 0).sum(),
            deducted=amount.filter(amount < 0).sum(),
        )
        .sort("unit", "year")
    )
    cap = None if rule.cap is None else int(rule.cap * 100)
    floor = None if rule.floor is None else int(rule.floor * 100)

    def bounded(amount: pl.Expr) -> pl.Expr:
        return amount.clip(floor, cap) if (cap, floor) != (None, None) else amount

    added, deducted = pl.col("added"), pl.col("deducted")
    if rule.offset == "net":
        return sums.with_columns(total=bounded(added + deducted))
    return sums.with_columns(total=bounded(added) + bounded(deducted))
