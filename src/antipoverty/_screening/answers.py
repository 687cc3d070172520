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


def not_clear(wide: nw.LazyFrame[Any], expressions: Mapping[Rule, nw.Expr]) -> nw.LazyFrame[Any]:
    """One row per household and rule that is not clear.

    Returns:
        ``household_id, area, rule_id, verdict``.
    """
    warn, undecided = Verdict.WARN.value, Verdict.UNDECIDED.value
    if is_polars(wide):
        parts = [
            wide.filter(held.fill_null(value=True)).select(
                *keys_of(wide),
                nw.lit(rule.id).alias("rule_id"),
                nw.when(held.is_null())
                .then(nw.lit(undecided))
                .otherwise(nw.lit(warn))
                .alias("verdict"),
            )
            for rule, held in expressions.items()
        ]
        return materialize(_in_order(wide, parts, ["rule_id", "verdict"]))
    labels = {"rule_id": [rule.id for rule in expressions]}
    found = _in_one_pass(wide, list(expressions.values()), labels)
    verdict = nw.when(nw.col(_CODE) == 1).then(nw.lit(warn)).otherwise(nw.lit(undecided))
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
    if is_polars(wide):
        parts = [
            wide.filter(found.fill_null(value=False)).select(
                *keys_of(wide),
                nw.lit(rule.id).alias("rule_id"),
                nw.lit(fact).alias("fact"),
            )
            for rule, fact, found in facts
        ]
        return materialize(_in_order(wide, parts, ["rule_id", "fact"]))
    labels = {"rule_id": [rule.id for rule, _, _ in facts], "fact": [fact for _, fact, _ in facts]}
    held = [found.fill_null(value=False) for _, _, found in facts]
    return materialize(_in_one_pass(wide, held, labels).select("household_id", "area", *labels))


def _in_order(
    wide: nw.LazyFrame[Any], parts: list[nw.LazyFrame[Any]], labels: Sequence[str]
) -> nw.LazyFrame[Any]:
    """Put the answers of the rules one after another, each rule's in the households' order."""
    if not parts:
        nothing = [nw.lit("").alias(name) for name in labels]
        return wide.head(0).select("household_id", "area", *nothing)
    return nw.concat([part.sort(ROW_ORDER).drop(ROW_ORDER) for part in parts], how="vertical")


def _in_one_pass(
    wide: nw.LazyFrame[Any], tests: Sequence[nw.Expr], labels: Mapping[str, Sequence[str]]
) -> nw.LazyFrame[Any]:
    """A row for each test that a household does not fail, with its labels.

    ``_code`` is 1 where it holds, and 2 where it is not known whether it does.
    """
    keys = ["household_id", "area"]
    if not tests:
        nothing = [nw.lit("").alias(name) for name in labels]
        return wide.head(0).select(*keys, nw.lit(0).alias(_CODE), *nothing)
    names = [f"{_CASE}{number}" for number in range(len(tests))]
    clear, holds, unknown = (nw.lit(code, dtype=nw.Int32) for code in (0, 1, 2))
    codes = [
        nw.when(held.is_null()).then(unknown).when(held).then(holds).otherwise(clear).alias(name)
        for name, held in zip(names, tests, strict=True)
    ]
    found = unpivoted(wide.select(*keys, *codes), names, keys, _CASE, _CODE)
    return found.filter(nw.col(_CODE) > 0).join(
        beside(wide, pl.DataFrame({_CASE: names, **labels})), on=_CASE, how="inner"
    )


__all__ = ["left_open", "not_clear"]
