"""The answers that are not clear, of all rules: for each engine in the way it plans best.

All rules are one projection of the wide frame. Polars keeps two bits for each rule of the
households that are not clear of all, never the wide frame itself, and filters them rule by rule.
Where an engine plans a query itself (DuckDB, Spark), the projection is turned into rows and
filtered once: the plan holds the wide frame one time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import polars as pl

from antipoverty._base.frames import ROW_ORDER, beside, in_order, is_polars, materialize, unpivoted
from antipoverty._screening.wide import keys_of
from antipoverty.rules import Rule, Verdict

Frame = nw.LazyFrame[Any]

_CASE, _CODE = "_case", "_code"
_CLEAR, _HOLDS, _UNKNOWN = 0, 1, 2


def not_clear(
    wide: Frame, expressions: Mapping[Rule, nw.Expr], homes: Frame
) -> tuple[Frame, Frame]:
    """The households, and one row per household and rule that is not clear.

    Args:
        wide: The households with all that is read of them.
        expressions: Where each rule holds; null where it is not known.
        homes: The households alone.

    Returns:
        ``household_id, area``, and ``household_id, area, rule_id, verdict``.
    """
    labels = {"rule_id": [one.id for one in expressions]}
    found = _held(wide, list(expressions.values()), labels)
    answers = materialize(found.select("household_id", "area", "rule_id", "verdict"))
    homes = homes.select("household_id", "area")
    return materialize(homes) if is_polars(wide) else homes, answers


def left_open(wide: Frame, facts: Sequence[tuple[Rule, str, nw.Expr]]) -> Frame:
    """One row per household, rule and fact that keeps it open.

    Args:
        wide: The households.
        facts: Each rule with a fact, and where that fact keeps it open.

    Returns:
        ``household_id, area, rule_id, fact``.
    """
    labels = {"rule_id": [rule.id for rule, _, _ in facts], "fact": [fact for _, fact, _ in facts]}
    held = [found.fill_null(value=False) for _, _, found in facts]
    return materialize(_held(wide, held, labels).select("household_id", "area", *labels))


def _held(wide: Frame, tests: Sequence[nw.Expr], labels: Mapping[str, Sequence[str]]) -> Frame:
    """A row for each test that a household does not fail, with its labels and ``verdict``."""
    if not tests:
        nothing = [nw.lit("").alias(name) for name in (*labels, "verdict")]
        return wide.head(0).select("household_id", "area", *nothing)
    names = [f"{_CASE}{number}" for number in range(len(tests))]
    cases = [held.alias(name) for name, held in zip(names, tests, strict=True)]
    if not is_polars(wide):
        return _in_one_pass(wide, tests, labels)
    open_ = nw.any_horizontal(*map(nw.col, names), ignore_nulls=False).fill_null(value=True)
    told = materialize(wide.select(*keys_of(wide), *cases).filter(open_))
    return nw.from_native(_rule_by_rule(told.to_native(), names, labels, ordered=in_order(told)))


def _rule_by_rule(
    told: Any, names: Sequence[str], labels: Mapping[str, Sequence[str]], *, ordered: bool
) -> pl.LazyFrame:
    keys = [name for name in told.collect_schema().names() if name not in {*names, ROW_ORDER}]
    parts: list[pl.LazyFrame] = []
    for number, name in enumerate(names):
        held = pl.col(name)
        rows = told.filter(held.fill_null(value=True))
        parts.append(
            (rows if ordered else rows.sort(ROW_ORDER)).select(
                *keys,
                *(pl.lit(of_each[number]).alias(label) for label, of_each in labels.items()),
                pl.when(held.is_null())
                .then(pl.lit(Verdict.UNDECIDED.value))
                .otherwise(pl.lit(Verdict.WARN.value))
                .alias("verdict"),
            )
        )
    return pl.concat(parts)


def _in_one_pass(
    wide: Frame, tests: Sequence[nw.Expr], labels: Mapping[str, Sequence[str]]
) -> Frame:
    keys = ["household_id", "area"]
    names = [f"{_CASE}{number}" for number in range(len(tests))]
    clear, holds, unknown = (nw.lit(code, dtype=nw.Int32) for code in (_CLEAR, _HOLDS, _UNKNOWN))
    codes = [
        nw.when(held.is_null()).then(unknown).when(held).then(holds).otherwise(clear).alias(name)
        for name, held in zip(names, tests, strict=True)
    ]
    found = unpivoted(wide.select(*keys, *codes), names, keys, _CASE, _CODE)
    warn, undecided = nw.lit(Verdict.WARN.value), nw.lit(Verdict.UNDECIDED.value)
    verdict = nw.when(nw.col(_CODE) == _HOLDS).then(warn).otherwise(undecided)
    return (
        found.filter(nw.col(_CODE) != _CLEAR)
        .join(beside(wide, pl.DataFrame({_CASE: names, **labels})), on=_CASE, how="inner")
        .with_columns(verdict.alias("verdict"))
    )


__all__ = ["left_open", "not_clear"]
