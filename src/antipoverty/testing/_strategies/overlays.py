"""Several conditions at their thresholds at once: what each was solved for, laid over a household.

Aiming brings one condition to a threshold for each draw, and takes a search for it. Whoever looks
for one fen at one of a pack's many thresholds would wait long. So each is solved for once, and the
facts that put a household there are laid over others; the last that is laid stands whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import attrs
from hypothesis import strategies as st

from antipoverty.conditions import Condition, Setting, fields_read, params_read, tables_read
from antipoverty.conditions.evidence import fields_by_path
from antipoverty.conditions.setting import Number
from antipoverty.model import Schema
from antipoverty.testing._search.drafts import Draft
from antipoverty.testing._search.edges import Threshold, thresholds
from antipoverty.testing._search.solver import Solver
from antipoverty.testing._strategies.choices import one_of

_BUDGET, _MOST_ROWS = 2_000, 6
_TIMES = (0, 3, 2, 4, 1, 5, 3, 4)
"""How many are laid over a household; none is the simplest."""


@attrs.frozen(eq=False)
class Overlays:
    """The thresholds of some conditions, each solved for when it is first drawn.

    Attributes:
        thresholds: The thresholds.
        schema: The facts there are.
        as_of: The day of the answer.
        area: Where the household lives that is searched from.
    """

    thresholds: Sequence[Threshold]
    schema: Schema
    as_of: date
    area: str
    _found: dict[tuple[object, ...], list[Sequence[Draft]]] = attrs.field(factory=dict, init=False)

    @classmethod
    def of(
        cls, conditions: Sequence[Condition], schema: Schema, as_of: date, area: str
    ) -> Overlays:
        """Find the thresholds of some conditions."""
        return cls([each for one in conditions for each in thresholds(one)], schema, as_of, area)

    def laid(
        self, draw: st.DrawFn, draft: Draft, values: Mapping[str, Number]
    ) -> tuple[Draft, set[str]]:
        """Lay sides of some thresholds over a draft; say which facts they rest on."""
        read: set[str] = set()
        for _ in range(one_of(draw, _TIMES) if self.thresholds else 0):
            one = one_of(draw, self.thresholds)
            if edges := self._edges(one, values):
                side = one_of(draw, one_of(draw, edges))
                draft = _over(draft, side, one.whole)
                read |= {*fields_read(one.whole)}
        return draft, read

    def _edges(self, one: Threshold, values: Mapping[str, Number]) -> list[Sequence[Draft]]:
        names = params_read(one.whole)
        key = id(one), *(values.get(name) for name in names)
        if key not in self._found:
            solver = Solver(Setting(self.as_of, values), _BUDGET, _MOST_ROWS)
            start = Draft.plain(self.schema, self.as_of, self.area, tables_read(one.whole))
            known = all(name in values for name in names)
            self._found[key] = one.edges(solver, start) if known else []
        return self._found[key]


def _over(draft: Draft, side: Draft, condition: Condition) -> Draft:
    """A draft with all that a condition reads as it is in another; no more rows than it states."""
    own: dict[str, Any] = {
        field.name: side.facts[field.name]
        for field in fields_by_path(condition).values()
        if field.table is None and field.name in side.facts and field.name != "area"
    }
    tables = draft.tables | {name: side.tables[name] for name in tables_read(condition)}
    for name, (stated, _) in draft.rosters.items():
        if stated.name in own:
            tables[name] = tables[name][: own[stated.name]]
    return attrs.evolve(draft, facts=draft.facts | own, tables=tables)


__all__ = ["Overlays"]
