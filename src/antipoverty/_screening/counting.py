"""The counts of a screening are taken from its frames, in the engine that holds them."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from antipoverty._base.frames import to_polars
from antipoverty._screening.report import fact_totals
from antipoverty._screening.summary import counted_by
from antipoverty._screening.totals import AreaTotals, RuleTotals, Totals
from antipoverty.codes import Level
from antipoverty.model import AreaTree
from antipoverty.rules import InForce


def totals_of(
    current: InForce,
    found: nw.LazyFrame[Any],
    homes: nw.LazyFrame[Any],
    facts: nw.LazyFrame[Any],
    areas: AreaTree | None,
    *,
    given: int,
    level: Level | str,
) -> Totals:
    """Count what a screening comes to.

    Args:
        current: The rules that were asked.
        found: The answers that are not clear.
        homes: The households that were judged.
        facts: What would settle the undecided answers.
        areas: The known areas, for their names.
        given: How many households came.
        level: The level of area to count by.
    """
    rules = current.rules
    whole = to_polars(counted_by(found, homes, rules, None, None)).rows()
    warn, undecided, warned, judged = whole[0] if whole else (0, 0, 0, 0)
    touched = found.select("household_id").unique().select(nw.len().alias("n"))
    open_ = int(to_polars(touched).item()) - warned if undecided else 0
    by_rule = {
        rule: (held, open_answers)
        for rule, held, open_answers, _ in to_polars(
            counted_by(found, homes, rules, None, "rule_id")
        ).rows()
    }
    counted = facts.group_by("fact").agg(nw.len().alias("n")) if undecided else None
    return Totals(
        pack=current.pack.id,
        as_of=current.day,
        given=given,
        judged=judged,
        warned=warned,
        open=open_,
        warn=warn,
        undecided=undecided,
        areas=tuple(
            AreaTotals(code, _name(areas, code), homes_, warned_, warn_, undecided_)
            for code, warn_, undecided_, warned_, homes_ in to_polars(
                counted_by(found, homes, rules, level, None)
            ).rows()
        ),
        rules=tuple(RuleTotals(rule.id, *by_rule.get(rule.id, (0, 0))) for rule in rules),
        facts=fact_totals(current, [] if counted is None else to_polars(counted).rows()),
    )


def _name(areas: AreaTree | None, code: str) -> str:
    """The name of an area with those above it, the province left out below it."""
    if areas is None or code not in areas:
        return ""
    named = [area.name for area in (*reversed(areas.ancestors(code)), areas[code])]
    return "".join(named[1:] if len(named) > 1 else named)


__all__ = ["totals_of"]
