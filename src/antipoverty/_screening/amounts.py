"""What rules state of the households for which they are not clear, and of all together."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs
import narwhals as nw
import polars as pl

from antipoverty._base.frames import materialize
from antipoverty._screening.checks import Checked
from antipoverty._screening.closer import in_order, of_homes
from antipoverty._screening.unseen import abouts
from antipoverty._screening.wide import keys_of
from antipoverty.engines.amounts import stated
from antipoverty.engines.frames import Compiler
from antipoverty.languages import Language
from antipoverty.rules import InForce, Rule, Stated, Verdict

Frame = nw.LazyFrame[Any]
_PART = 2**31


def amounts_of(current: InForce, checked: Checked[Any], found: Frame) -> Frame:
    """What rules state of the households for which they are not clear."""
    compiler = Compiler(current, abouts(checked.unseen))
    rules = [rule for rule in current.rules if rule.amount is not None]
    if not rules:
        zero = nw.lit(0).cast(nw.Int64)
        return found.head(0).with_columns(*(zero.alias(one) for one in ("low", "high", "scale")))
    held = {rule: compiler.rule(rule) for rule in rules}
    ends = {rule: stated(compiler, rule, held[rule]) for rule in rules}
    mine = found.filter(nw.col("rule_id").is_in([rule.id for rule in rules]))
    trees = [tree for rule in rules for tree in rule.trees]
    wide = materialize(of_homes(mine, checked, compiler, trees))
    return in_order([_stated(wide, rule, held[rule], *ends[rule]) for rule in rules])


def refuse_overflow(current: InForce) -> None:
    """Refuse amounts whose numbers could wrap around, before any row is read.

    Raises:
        OverflowRiskError: Such an amount.
    """
    for rule in current.rules:
        if rule.amount is not None:
            compiler = Compiler(current)
            stated(compiler, rule, compiler.rule(rule))


def _stated(
    wide: Frame, rule: Rule, held: nw.Expr, low: nw.Expr, high: nw.Expr, scale: int
) -> Frame:
    warn, undecided = nw.lit(Verdict.WARN.value), nw.lit(Verdict.UNDECIDED.value)
    return wide.filter(held.fill_null(value=True)).select(
        *keys_of(wide),
        nw.lit(rule.id).alias("rule_id"),
        nw.when(held.is_null()).then(undecided).otherwise(warn).alias("verdict"),
        low.cast(nw.Int64).alias("low"),
        high.cast(nw.Int64).alias("high"),
        nw.lit(scale).cast(nw.Int64).alias("scale"),
    )


@attrs.frozen
class StatedTotal:
    """What a rule states of all households together (金额合计).

    Attributes:
        rule: The rule.
        households: Of how many households it warns.
        stated: What it states of these, from the least to the most.
        undecided: For how many it is undecided.
        most: The most it could come to, were it to warn of those too.
    """

    rule: Rule
    households: int
    stated: Stated
    undecided: int
    most: int | Fraction

    def said(self, language: Language) -> str:
        """Say what is stated of those of whom it warns."""
        return self.stated.said(language)

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain data; numbers are exact text in the unit."""
        whole = attrs.evolve(self.stated, high=self.most).to_dict()
        stated = {key: one for key, one in self.stated.to_dict().items() if key != "missing"}
        counts = {"households": self.households, "undecided": self.undecided}
        return {"rule_id": self.rule.id, **counts, **stated, "most": whole["high"]}


def totals_stated(current: InForce, found: pl.DataFrame) -> tuple[StatedTotal, ...]:
    """Add up what each rule states; no sum can wrap around.

    Args:
        current: The rules in force.
        found: What they state, by household and rule.
    """
    halves = [(pl.col(end) // _PART).sum().alias(f"{end}_above") for end in ("low", "high")] + [
        (pl.col(end) % _PART).sum().alias(f"{end}_below") for end in ("low", "high")
    ]
    counted = found.group_by("rule_id", "verdict").agg(pl.len(), pl.col("scale").first(), *halves)
    rows = {(row["rule_id"], row["verdict"]): row for row in counted.iter_rows(named=True)}

    def total(rule: Rule, verdict: Verdict, end: str) -> int | Fraction:
        row = rows.get((rule.id, verdict.value))
        if row is None:
            return 0
        exact = Fraction(row[f"{end}_above"] * _PART + row[f"{end}_below"], row["scale"])
        return int(exact) if exact.denominator == 1 else exact

    def many(rule: Rule, verdict: Verdict) -> int:
        return int(rows.get((rule.id, verdict.value), {"len": 0})["len"])

    warn, undecided = Verdict.WARN, Verdict.UNDECIDED
    return tuple(
        StatedTotal(
            rule,
            many(rule, warn),
            Stated(
                total(rule, warn, "low"),
                total(rule, warn, "high"),
                rule.amount.unit,
                rule.amount.period,
            ),
            many(rule, undecided),
            total(rule, warn, "high") + total(rule, undecided, "high"),
        )
        for rule in current.rules
        if rule.amount is not None
    )


__all__ = ["StatedTotal", "amounts_of", "refuse_overflow", "totals_stated"]
