"""Several rows come to a threshold together, where one would do by itself, and where none would.

A sum that one row carries says little of sums: what reads the first row only, or the greatest,
passes for it, and a household that comes apart loses nothing. And a sum may be out of the reach
of one row.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Protocol

from antipoverty.conditions import tree as nodes
from antipoverty.conditions.setting import Number
from antipoverty.model import Field
from antipoverty.testing._search.drafts import Draft, Scope, fitting
from antipoverty.testing._search.through import sign


class Moving(Protocol):
    """What is needed of a solver."""

    def moved(
        self, condition: nodes.Compare, field: Field, draft: Draft, scope: Scope
    ) -> tuple[Draft, ...]:
        """Give drafts around a comparison's threshold, by moving one fact."""
        ...


def together(
    solver: Moving, part: nodes.Compare, field: Field, draft: Draft, at: Scope, number: int
) -> Iterator[Sequence[Draft]]:
    """Give edges of a comparison that so many rows come to together, and none of them by itself.

    Each of the other rows is like the one at hand and has its share of the number, as parts of
    a sum do; or as much above the number as a share is below it, as beside what is in the
    middle. The row itself is then moved to the threshold, where it can be; where its number is
    not known, it stays so, and the others come to a share of the threshold.
    """
    assert at is not None  # noqa: S101 - only rows come together
    name, place = at
    row, missing = draft.tables[name][place], draft.get(field, at) is None
    if missing:
        edge = solver.moved(part, field, draft.set(field, 0, at), at)
        draft = edge[len(edge) // 2] if edge else draft.set(field, 0, at)
    held = draft.get(field, at)
    share = held // number
    for others in itertools.combinations_with_replacement((share, 2 * held - share), number - 1):
        more = [row | {field.name: fitting(field, one)} for one in others]
        begun = draft.with_rows(name, [*draft.tables[name], *more])
        if missing:
            yield (begun.set(field, None, at),)
        else:
            yield solver.moved(part, field, begun, at) or (begun,)


def enough(
    apart: Callable[[Draft], Number | None], draft: Draft, at: Scope, most: int
) -> Draft | None:
    """Give a draft with as many more rows like one as a sum needs to pass its threshold.

    Nothing where another row brings it no nearer, as with a greatest, or where it takes more
    than ``most``.
    """
    if at is None:
        return None
    name, place = at
    rows = draft.tables[name]
    now, then = apart(draft), apart(draft.with_rows(name, [*rows, rows[place]]))
    if now is None or then is None or sign(then - now) in (0, sign(now)):
        return None
    more = math.ceil(abs(Fraction(now) / (then - now)))
    if len(rows) + more > most:
        return None
    found = draft.with_rows(name, [*rows, *[rows[place]] * more])
    return None if sign(apart(found)) in (None, sign(now)) else found


__all__ = ["enough", "together"]
