"""Where every household stands on the ladders in force."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from antipoverty._base.frames import materialize
from antipoverty._screening.checks import Checked
from antipoverty._screening.closer import in_order
from antipoverty._screening.unseen import abouts
from antipoverty._screening.wide import keys_of, wide_frame
from antipoverty.engines.frames import Compiler
from antipoverty.engines.missing import missing_facts
from antipoverty.rules import NO_TIER, InForce, Ladder

Frame = nw.LazyFrame[Any]


def tiers_of(current: InForce, checked: Checked[Any], found: Frame) -> Frame:
    """One row for each tier that a household is in, or may be in.

    Args:
        current: The rules and ladders in force.
        checked: The tables.
        found: The answers, for the columns of nothing.
    """
    compiler = Compiler(current, abouts(checked.unseen))
    answers = {
        (ladder, name): _there(ladder, compiler.truth(when), compiler)
        for ladder in current.ladders
        for name, when in ladder.answers.items()
    }
    if not answers:
        return _nothing(found, "tier", "answer")
    wide = _wide(current, checked, compiler)
    keys, parts = keys_of(wide), []
    for (ladder, name), held in answers.items():
        rows = wide.filter(_kept(name, held)).select(
            *keys,
            nw.lit(ladder.id).alias("ladder_id"),
            nw.lit(name).alias("tier"),
            nw.when(held.is_null()).then(nw.lit("may-be")).otherwise(nw.lit("is")).alias("answer"),
        )
        parts.append(rows)
    return in_order(parts)


def tier_facts(current: InForce, checked: Checked[Any], found: Frame) -> Frame:
    """One row for each fact that keeps a household from being in one tier or in none."""
    compiler = Compiler(current, abouts(checked.unseen))
    blames: dict[tuple[Ladder, str], nw.Expr] = {}
    for ladder in current.ladders:
        for when in ladder.answers.values():
            for fact, blamed in missing_facts(compiler, when).items():
                here = _there(ladder, blamed, compiler)
                known = blames.get((ladder, fact))
                blames[ladder, fact] = here if known is None else known | here
    if not blames:
        return _nothing(found, "fact")
    wide = _wide(current, checked, compiler)
    keys = keys_of(wide)
    return in_order(
        [
            wide.filter(blamed.fill_null(value=False)).select(
                *keys, nw.lit(ladder.id).alias("ladder_id"), nw.lit(fact).alias("fact")
            )
            for (ladder, fact), blamed in blames.items()
        ]
    )


def _there(ladder: Ladder, held: nw.Expr, compiler: Compiler) -> nw.Expr:
    """False outside the ladder's area."""
    if compiler.current.pack.area.startswith(ladder.area):
        return held
    return nw.col("area").str.starts_with(ladder.area) & held


def _kept(name: str, held: nw.Expr) -> nw.Expr:
    """What is told of a tier: that a household is in it or may be; of none, that it may be."""
    return held.is_null() if name == NO_TIER else held.fill_null(value=True)


def _wide(current: InForce, checked: Checked[Any], compiler: Compiler) -> Frame:
    trees = [tree for ladder in current.ladders for tree in ladder.trees]
    wide = wide_frame(checked.tables, checked.unseen, compiler, trees, apart=checked.apart)
    return materialize(wide)


def _nothing(found: Frame, *columns: str) -> Frame:
    text = nw.lit("")
    return found.head(0).select(
        "household_id", "area", *(text.alias(one) for one in ("ladder_id", *columns))
    )


__all__ = ["tier_facts", "tiers_of"]
