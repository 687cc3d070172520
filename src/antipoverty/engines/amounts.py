"""What rules state, for all households at once: `Amount.of` on frames."""

from __future__ import annotations

import narwhals as nw

from antipoverty.engines.frames import Compiler, Scope
from antipoverty.errors import OverflowRiskError
from antipoverty.rules import Rule


def stated(compiler: Compiler, rule: Rule, held: nw.Expr) -> tuple[nw.Expr, nw.Expr, int]:
    """Compile what a rule states of a household for which it is not clear.

    Args:
        compiler: The compiler of the rules in force.
        rule: A rule with an amount.
        held: Where it holds, as the compiler has it: null is undecided.

    Returns:
        The least and the most, as whole numbers, and the denominator of both.

    Raises:
        OverflowRiskError: Its numbers could exceed 64 bits.
    """
    assert rule.amount is not None  # noqa: S101 - the caller has looked
    try:
        with Scope(compiler, None, bounded=True):
            ends = compiler.number(rule.amount.value).ends
    except OverflowRiskError as problem:
        raise OverflowRiskError(
            "rule {id!r}, amount: {problem}", id=rule.id, problem=problem.message
        ) from None
    on = compiler.on
    none = on.whole(0)
    low, high = (on.greatest(end, none) for end in (ends.low, ends.high))
    sure = on.when(held.fill_null(value=False)).then(low).otherwise(none)
    return sure, high, ends.scale


__all__ = ["stated"]
