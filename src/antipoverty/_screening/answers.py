"""The answers that are not clear, of all rules: for each engine in the way it plans best.

Polars looks at a column again for each rule, and keeps the order of the households. Where an
engine plans a query itself (DuckDB, Spark), all rules are one projection of small codes, which
is turned into rows and filtered once: the plan holds the wide frame one time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import polars as pl

from antipoverty._base.frames import ROW_ORDER, beside, is_polars, materialize, unpivoted
from antipoverty._screening.wide import keys_of
from antipoverty.rules import Rule, Verdict

_CASE, _CODE = "_case", "_code"
_CLEAR, _HOLDS, _UNKNOWN = 0, 1, 2


def not_clear(wide: nw.LazyFrame[Any], expressions: Mapping[Rule, nw.Expr]) -> nw.LazyFrame[Any]:
    """One row per household and rule that is not clear.

    Returns:
        ``household_id, area, rule_id, verdict``.
    """
    warn, undecided = nw.lit(Verdict.WARN.value), nw.lit(Verdict.UNDECIDED.value)
    found = _held(wide, list(expressions.values()), {"rule_id": [one.id for one in expressions]})
    verdict = nw.when(nw.col(_CODE) == _HOLDS).then(warn).otherwise(undecided)
    return materialize(found.select("household_id", "area", "rule_id", verdict.alias("verdict")))


def left_open(
    wide: nw.LazyFrame[Any], facts: Sequence[tuple[Rule, str, nw.Expr]]
) -> nw.LazyFrame[Any]:
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


def _held(
    wide: nw.LazyFrame[Any], tests: Sequence[nw.Expr], labels: Mapping[str, Sequence[str]]
) -> nw.LazyFrame[Any]:
    """A row for each test that a household does not fail, with its labels.

    ``_code`` is 1 where it holds, and 2 where it is not known whether it does.
    """
    clear, holds, unknown = (nw.lit(code, dtype=nw.Int32) for code in (_CLEAR, _HOLDS, _UNKNOWN))
    if not tests:
        nothing = [nw.lit("").alias(name) for name in labels]
        return wide.head(0).select("household_id", "area", *nothing, clear.alias(_CODE))
    if not is_polars(wide):
        return _in_one_pass(wide, tests, labels)
    parts = [
        wide.filter(held.fill_null(value=True))
        .select(
            *keys_of(wide),
            *(nw.lit(of_each[number]).alias(name) for name, of_each in labels.items()),
            nw.when(held.is_null()).then(unknown).otherwise(holds).alias(_CODE),
        )
        .sort(ROW_ORDER)
        .drop(ROW_ORDER)
        for number, held in enumerate(tests)
    ]
    return nw.concat(parts, how="vertical")


def _in_one_pass(
    wide: nw.LazyFrame[Any], tests: Sequence[nw.Expr], labels: Mapping[str, Sequence[str]]
) -> nw.LazyFrame[Any]:
    keys = ["household_id", "area"]
    names = [f"{_CASE}{number}" for number in range(len(tests))]
    clear, holds, unknown = (nw.lit(code, dtype=nw.Int32) for code in (_CLEAR, _HOLDS, _UNKNOWN))
    codes = [
        nw.when(held.is_null()).then(unknown).when(held).then(holds).otherwise(clear).alias(name)
        for name, held in zip(names, tests, strict=True)
    ]
    found = unpivoted(wide.select(*keys, *codes), names, keys, _CASE, _CODE)
    return found.filter(nw.col(_CODE) != _CLEAR).join(
        beside(wide, pl.DataFrame({_CASE: names, **labels})), on=_CASE, how="inner"
    )


__all__ = ["left_open", "not_clear"]
