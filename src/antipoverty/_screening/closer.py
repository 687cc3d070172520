"""A closer look at answers that are not clear: what would settle them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals as nw

from antipoverty._base.frames import ROW_ORDER, materialize, rows_of_these
from antipoverty._screening.answers import left_open
from antipoverty._screening.checks import Checked
from antipoverty._screening.unseen import abouts
from antipoverty._screening.wide import wide_frame
from antipoverty.conditions import Node
from antipoverty.engines.frames import Compiler
from antipoverty.engines.missing import missing_facts
from antipoverty.rules import InForce, Verdict

Frame = nw.LazyFrame[Any]


def facts_missing(current: InForce, checked: Checked[Any], found: Frame) -> Frame:
    """Name each fact that keeps an answer undecided: household, area, rule, fact."""
    compiler = Compiler(current, abouts(checked.unseen))
    blames = {rule: missing_facts(compiler, rule.when) for rule in current.rules}
    open_ = found.filter(nw.col("verdict") == Verdict.UNDECIDED.value)
    wide = of_homes(open_, checked, compiler, current.conditions)
    return left_open(
        wide,
        [
            (rule, fact, compiler.in_area(rule, blamed))
            for rule in current.rules
            for fact, blamed in sorted(blames[rule].items())
        ],
    )


def in_order(parts: Sequence[Frame]) -> Frame:
    """Put answers one after another, each in the households' order where there is one."""
    if ROW_ORDER in parts[0].collect_schema():
        parts = [part.sort(ROW_ORDER).drop(ROW_ORDER) for part in parts]
    return materialize(nw.concat(parts, how="vertical"))


def of_homes(
    answers: Frame, checked: Checked[Any], compiler: Compiler, trees: Iterable[Node]
) -> Frame:
    """The wide frame of the households of some answers."""
    homes = materialize(answers.select("household_id").unique())
    apart = checked.apart
    tables = {
        name: rows_of_these(frame, homes, by_hash=apart) for name, frame in checked.tables.items()
    }
    return wide_frame(tables, checked.unseen, compiler, trees, apart=apart)


__all__ = ["facts_missing", "in_order", "of_homes"]
