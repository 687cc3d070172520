"""What a row brings to a column, and the longest step from one row to the next."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from antipoverty._sql.reading import Reading
from antipoverty.engines.folds import MISSING, Aggregate


def share(fold: Aggregate) -> exp.Expr:
    """What a row brings: one that came what is known of it, another what it may be."""
    seen: Any = fold.seen.expression
    if fold.unseen is None:
        return seen.tree.copy()  # type: ignore[no-any-return]
    unseen: Any = fold.unseen.expression
    if not any(one.name == MISSING for one in unseen.tree.find_all(exp.Column)):
        return unseen.tree.copy()  # type: ignore[no-any-return]
    came = exp.Is(this=exp.column(MISSING), expression=exp.null())
    return exp.Case().when(came, seen.tree.copy()).else_(unseen.tree.copy())


def longest_steps(reading: Reading, source: str, fold: Aggregate, keys: list[str]) -> str:
    """The longest step from one number to the next."""
    number: Any = fold.seen.expression
    called = f"{source}{fold.column}"
    numbers, steps, longest = f"{called}_numbers", f"{called}_steps", f"{called}_longest"
    mine = exp.select(*keys, exp.alias_(number.tree.copy(), "day_number")).from_(source)
    reading.steps[numbers] = mine
    day = exp.column("day_number")
    before = exp.Window(
        this=exp.Lag(this=day.copy()),
        partition_by=[exp.column(key) for key in keys],
        order=exp.Order(expressions=[exp.Ordered(this=day.copy(), nulls_first=False)]),
    )
    reading.steps[steps] = (
        exp.select(*keys, exp.alias_(exp.Sub(this=day.copy(), expression=before), "step"))
        .from_(exp.to_table(numbers))
        .where(exp.Not(this=exp.Is(this=day.copy(), expression=exp.null())))
    )
    reading.steps[longest] = (
        exp.select(*keys, exp.alias_(exp.Max(this=exp.column("step")), fold.column))
        .from_(exp.to_table(steps))
        .group_by(*(exp.column(key) for key in keys))
    )
    return longest


__all__ = ["longest_steps", "share"]
