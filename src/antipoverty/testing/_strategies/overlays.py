"""Several conditions at their thresholds at once: what each was solved for, laid over a household.

Aiming brings one condition to a threshold for each draw, and takes a search for it. Whoever looks
for one fen at one of a pack's many thresholds would wait long. So each is solved for once, and the
facts that put a household there are laid over others; the last that is laid stands whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any

import attrs

from antipoverty.conditions import Condition, Setting, params_read, tables_read
from antipoverty.conditions.evidence import fields_by_path
from antipoverty.conditions.setting import Number
from antipoverty.model import Schema
from antipoverty.testing._search.drafts import Draft
from antipoverty.testing._search.edges import Threshold, thresholds
from antipoverty.testing._search.solver import Solver
from antipoverty.testing._strategies.choices import PLACE, Choice, at_place

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
    _solved: dict[tuple[object, ...], Sequence[_Edge]] = attrs.field(factory=dict, init=False)
    _by_kind: dict[tuple[object, ...], Sequence[Sequence[_Edge]]] = attrs.field(
        factory=dict, init=False
    )

    @classmethod
    def of(
        cls, conditions: Sequence[Condition], schema: Schema, as_of: date, area: str
    ) -> Overlays:
        """Find the thresholds of some conditions."""
        return cls([each for one in conditions for each in thresholds(one)], schema, as_of, area)

    @property
    def choices(self) -> dict[str, Choice]:
        """What `laid` wants drawn: how many, and for each its kind, which of them, and the side."""
        if not self.thresholds:
            return {}
        layers = range(max(_TIMES))
        places = {f"{what} {at}": PLACE for at in layers for what in ("kind", "edge", "side")}
        return {"layers": Choice(_TIMES), **places}

    def laid(
        self, chosen: Mapping[str, Any], draft: Draft, values: Mapping[str, Number]
    ) -> tuple[Draft, set[str]]:
        """Lay sides of some thresholds over a draft; say which facts they rest on."""
        read: set[str] = set()
        if layers := chosen.get("layers", 0):
            kinds = self._kinds(values)
            for at in range(layers if kinds else 0):
                edge = at_place(chosen[f"edge {at}"], at_place(chosen[f"kind {at}"], kinds))
                draft = edge.over(draft, at_place(chosen[f"side {at}"], edge.sides))
                read |= edge.read
        return draft, read

    def _kinds(self, values: Mapping[str, Number]) -> Sequence[Sequence[_Edge]]:
        """The edges by the fact that turns a condition there and by the way it does, and all.

        Most are drawn by kind, so that what one threshold of many does is not rare; a quarter
        from all, so that what most of them do is not either.
        """
        key = (*values.items(),)
        if key not in self._by_kind:
            found: dict[tuple[str, bool], list[_Edge]] = {}
            for one in self.thresholds:
                for edge in self._edges(one, values):
                    found.setdefault((edge.fact, edge.upwards), []).append(edge)
            kinds = [found[kind] for kind in sorted(found)]
            self._by_kind[key] = kinds + [[*chain.from_iterable(kinds)]] * -(-len(kinds) // 3)
        return self._by_kind[key]

    def _edges(self, one: Threshold, values: Mapping[str, Number]) -> Sequence[_Edge]:
        """Those of a threshold, solved for once for the values that it reads."""
        params = params_read(one.whole)
        key = id(one), *(values.get(name) for name in params)
        if key not in self._solved:
            solver = Solver(Setting(self.as_of, values), _BUDGET, _MOST_ROWS)
            start = Draft.plain(self.schema, self.as_of, self.area, tables_read(one.whole))
            known = all(name in values for name in params)
            found = one.edges(solver, start) if known else {}
            self._solved[key] = [
                _Edge.of(fact, one.whole, sides, upwards=solver.truth(one.whole, sides[-1]) is True)
                for fact, edges in found.items()
                for sides in edges
            ]
        return self._solved[key]


@attrs.frozen(eq=False)
class _Edge:
    """A household under, on and over a threshold of a condition, and what the condition reads.

    Attributes:
        fact: The fact that turns the condition there.
        upwards: Whether it holds over the threshold, and not under it.
        sides: The household on each side.
        read: The paths of all that is read.
        own: The household's own facts among them.
        tables: The tables among them.
    """

    fact: str
    upwards: bool
    sides: Sequence[Draft]
    read: frozenset[str]
    own: Sequence[str]
    tables: Sequence[str]

    @classmethod
    def of(cls, fact: str, whole: Condition, sides: Sequence[Draft], *, upwards: bool) -> _Edge:
        """An edge with what a condition reads looked at once."""
        read = fields_by_path(whole)
        own = [one.name for one in read.values() if one.table is None and one.name != "area"]
        known = [name for name in own if name in sides[0].facts]
        return cls(fact, upwards, sides, frozenset(read), known, tables_read(whole))

    def over(self, draft: Draft, side: Draft) -> Draft:
        """A draft with all that is read as it is on a side; no more rows than it states."""
        own = {name: side.facts[name] for name in self.own}
        tables = draft.tables | {name: side.tables[name] for name in self.tables}
        for name, (stated, _) in draft.rosters.items():
            if stated.name in own:
                tables[name] = tables[name][: own[stated.name]]
        return attrs.evolve(draft, facts=draft.facts | own, tables=tables)


__all__ = ["Overlays"]
