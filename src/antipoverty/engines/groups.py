"""Groups as frames: one row for each group of a household, of which the same questions are asked.

A compiler of its own turns what is asked of a group into columns folded from its rows. Rows
of which the group is not known are folded by household, and lie open in each of its groups;
together they stand for the groups that there may be besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import narwhals as nw

from antipoverty.conditions import Condition, Node, fields_read, truth
from antipoverty.conditions.tree.groups import Groups
from antipoverty.engines.folds import OTHERS, THERE_IS, Share, Unseen, whole
from antipoverty.model import MAX_ROWS_PER_HOUSEHOLD

if TYPE_CHECKING:
    from antipoverty.engines.frames import Compiler


class GroupFrame:
    """What is asked of the groups of a table, and the columns that answer it.

    Attributes:
        groups: The groups.
        compiler: Compiles what is asked of one group.
        columns: By name, how each is folded over the groups of a household, and from what.
        every: Whether groups matter of which no row counts for anything.
    """

    def __init__(self, groups: Groups, outer: Compiler, number: int) -> None:
        self.groups, self.outer, self.number = groups, outer, number
        name = str(groups.rows.table.name)
        unseen = outer.unseen.get(name)
        facts = dict.fromkeys((groups.by.field.path, *(unseen.facts if unseen else ())))
        most = MAX_ROWS_PER_HOUSEHOLD + (unseen.most if unseen else 0)
        about: Mapping[str, Unseen] = {name: Unseen(tuple(facts), most)}
        self.facts, self.most_groups = tuple(facts), MAX_ROWS_PER_HOUSEHOLD + most
        self.compiler = type(outer)(outer.current, about)
        self.columns: dict[Any, tuple[str, str, nw.Expr]] = {}
        self.reads: set[str] = set()
        self.every = False

    def ask(self, key: Any, how: str, expression: nw.Expr, about: Node | None) -> nw.Expr:
        """Ask for a column folded over the groups, once for each key."""
        if key not in self.columns:
            self.columns[key] = f"_groups_{self.number}_{len(self.columns)}", how, expression
            if about is not None:
                self.reads |= {path for path in fields_read(about) if "." not in path}
        found = nw.col(self.columns[key][0])
        return found.fill_null(value=0) if how == "sum" else found

    def held(self, condition: Condition | None) -> nw.Expr:
        """Whether a group is there and a condition holds for it."""
        there = nw.col(THERE_IS)
        return there if condition is None else there & self.compiler.truth(condition)

    def tally(self, condition: Condition | None, *, counted: bool) -> tuple[nw.Expr, nw.Expr]:
        """Count the groups for which a condition holds, and those for which it may.

        Args:
            condition: The condition; every group without one.
            counted: How many it may hold for matters, and not only whether for any.
        """
        if counted or condition is None or not self._false_of_nothing(condition):
            self.every = True
        held = self.held(condition)
        name = None if condition is None else condition.key
        sure = held.fill_null(value=False).cast(nw.Int64)
        maybe = nw.when(held.is_null()).then(nw.col(OTHERS)).otherwise(whole(0))
        return (
            self.ask(("held", name), "sum", sure, condition),
            self.ask(("open", name), "sum", maybe, condition),
        )

    def existence(self) -> None:
        """Fold a column that every row counts for, so that every group is seen."""
        if self.every:
            self.compiler.fold(self.groups.rows, ("there",), "sum", lambda _: Share(whole(1)))

    def _false_of_nothing(self, condition: Condition) -> bool:
        """Whether a condition is surely false of a group without rows, wherever it is."""
        current = self.outer.current
        schema = current.pack.schema
        facts = dict.fromkeys(schema.household.fields)
        empty = SimpleNamespace(**(facts | dict.fromkeys(schema.tables, ())), deliveries=None)
        table = self.groups.rows.table
        roster = getattr(table, "roster", None)
        if roster is not None:
            setattr(empty, roster.name, 0)
        places = {current.pack.area}
        places |= {one.area for values in current.values.values() for one in values}
        return all(
            truth(condition, empty, current.setting(place)) is False
            for place in places
            if place.startswith(current.pack.area)
        )


__all__ = ["GroupFrame"]
