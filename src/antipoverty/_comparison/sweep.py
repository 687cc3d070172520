"""How the answer moves with a line: the households warned of at one value after another."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from antipoverty._base.days import days
from antipoverty._base.frames import to_polars
from antipoverty._policy.combine import suppose
from antipoverty.model import AreaTree
from antipoverty.rules import Pack
from antipoverty.screening import Tables, check, screen


@days
def sweep(
    pack: Pack,
    tables: Tables[Any],
    parameter: str,
    values: Iterable[str],
    *,
    as_of: date,
    areas: AreaTree | None = None,
) -> tuple[tuple[str, int], ...]:
    """Count the households warned of at each value of a parameter (阈值扫描).

    Args:
        pack: The policy.
        tables: The households; they are checked once.
        parameter: The parameter that moves.
        values: Its values; amounts as yuan text.
        as_of: The day of the answers.
        areas: The known areas.

    Returns:
        Each value with the number of households that some rule warns of, as
        `antipoverty.charts.threshold_curve` draws them.

    Raises:
        UnknownReferenceError: The pack has no such parameter.
        InvalidRuleError: A value is not exact.
    """
    policies = [(value, suppose(pack, parameter, value)) for value in values]
    checked = check(tables.converted(), pack, as_of=as_of, areas=areas)
    return tuple((value, _warned(checked, one, as_of, areas)) for value, one in policies)


def _warned(checked: Any, pack: Pack, as_of: date, areas: AreaTree | None) -> int:
    found = screen(checked, pack, as_of=as_of, areas=areas).lazy_alerts
    rows = to_polars(found).filter(verdict="warn")
    return int(rows["household_id"].n_unique())


__all__ = ["sweep"]
