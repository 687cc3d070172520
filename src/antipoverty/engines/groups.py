"""Groups as frames: one row for each group of a household, of which the same questions are asked.

A compiler of its own turns what is asked of a group into columns folded from its rows. Rows
of which the group is not known are folded by household, and lie open in each of its groups;
together they stand for the groups that there may be besides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Generic, Protocol, TypeVar

import narwhals as nw

from antipoverty.conditions import Condition, Node, Rows, fields_read, truth
from antipoverty.conditions.tree.groups import Groups
from antipoverty.engines.columns import Columns
from antipoverty.engines.folds import OTHERS, THERE_IS, Aggregate, Share, Unseen
from antipoverty.model import MAX_ROWS_PER_HOUSEHOLD
from antipoverty.rules import InForce


class Compiles(Protocol):
    """What compiles conditions of a frame to columns, and asks for columns to be folded."""

    current: InForce
    folds: dict[str, dict[Any, Aggregate]]
    needs: dict[str, set[str]]
    local: bool
    on: Columns

    def truth(self, node: Condition) -> nw.Expr:
        """Compile a condition to a nullable boolean."""
        ...

    def fold(
        self, rows: Rows, key: Any, how: str, share: Callable[[nw.Expr | None], Share]
    ) -> nw.Expr:
        """Ask for a column folded from rows."""
        ...


C = TypeVar("C", bound=Compiles)


def unseen_in(groups: Groups, outer: Mapping[str, Unseen]) -> dict[str, Unseen]:
    """What is to be expected of the rows of a group: those of which the group is not known too."""
    name = str(groups.rows.table.name)
    unseen = outer.get(name)
    facts = dict.fromkeys((groups.by.field.path, *(unseen.facts if unseen else ())))
    most = MAX_ROWS_PER_HOUSEHOLD + (unseen.most if unseen else 0)
    return {name: Unseen(tuple(facts), most)}


SPARSE = ("sum", "any")
"""Foldings of numbers to which a group that gives 0 brings nothing, so that it can be left out."""


class GroupFrame(Generic[C]):
    """What is asked of the groups of a table, and the columns that answer it.

    Attributes:
        groups: The groups.
        compiler: Compiles what is asked of one group.
        facts: The facts that would settle whose a row is, and what did not come.
        most_groups: How many groups a household has at most.
        columns: By name, how each is folded over the groups of a household, and from what.
        every: Whether groups matter of which no row counts for anything.
    """

    def __init__(self, groups: Groups, compiler: C, unseen: Unseen, number: int) -> None:
        self.groups, self.compiler, self.number = groups, compiler, number
        self.on = compiler.on
        self.facts, self.most_groups = unseen.facts, MAX_ROWS_PER_HOUSEHOLD + unseen.most
        self.columns: dict[Any, tuple[str, str, nw.Expr]] = {}
        self.reads: set[str] = set()
        self.every = False

    def ask(self, key: Any, how: str, expression: nw.Expr, about: Node | None) -> nw.Expr:
        """Ask for a column folded over the groups, once for each key."""
        if key not in self.columns:
            self.columns[key] = f"_groups_{self.number}_{len(self.columns)}", how, expression
            if about is not None:
                self.reads |= {path for path in fields_read(about) if "." not in path}
        return self.on.col(self.columns[key][0]).fill_null(value=0)

    def held(self, condition: Condition | None) -> nw.Expr:
        """Whether a group is there and a condition holds for it."""
        there = self.on.col(THERE_IS)
        return there if condition is None else there & self.compiler.truth(condition)

    def some(self, condition: Condition) -> nw.Expr:
        """Tell whether a condition holds for some group."""
        if not self._false_of_nothing(condition):
            self.every = True
        held = self.held(condition)
        known = self.on.when(held).then(self.on.whole(2)).otherwise(self.on.whole(0))
        state = self.on.when(held.is_null()).then(self.on.whole(1)).otherwise(known)
        found = self.ask(("some", condition.key), "any", state, condition)
        return (found == self.on.whole(2)) | self.on.undecided_if(found == self.on.whole(1))

    def tally(self, condition: Condition | None) -> tuple[nw.Expr, nw.Expr]:
        """Count the groups for which a condition holds, and those for which it may."""
        self.every = True
        held = self.held(condition)
        name = None if condition is None else condition.key
        sure = held.cast(nw.Int64)
        maybe = self.on.when(held.is_null()).then(self.on.col(OTHERS)).otherwise(self.on.whole(0))
        return (
            self.ask(("held", name), "sum", sure, condition),
            self.ask(("open", name), "sum", maybe, condition),
        )

    def existence(self) -> None:
        """Fold a column that every row counts for, so that every group is seen."""
        if self.every:
            self.compiler.fold(
                self.groups.rows, ("there",), "sum", lambda _: Share(self.on.whole(1))
            )

    def _false_of_nothing(self, condition: Condition) -> bool:
        """Whether a condition is surely false of a group without rows, wherever it is."""
        current = self.compiler.current
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


__all__ = ["SPARSE", "GroupFrame", "unseen_in"]
