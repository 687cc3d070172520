"""The edges of a condition: households on both sides of one of its thresholds, one step apart."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import attrs

from antipoverty.conditions import Condition, Node, walked
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.evidence import fields_by_path
from antipoverty.model import Field, Kind
from antipoverty.testing._mutation.paths import Path, paths
from antipoverty.testing._search.drafts import Draft, Scope, plain
from antipoverty.testing._search.solver import BudgetSpentError, Solver, first, is_atom
from antipoverty.testing._search.together import together

_TRIES = 96
_ORDERS = ("<", "<=", ">", ">=")
_COUNTS = (nodes.Count, nodes.GroupCount)


@attrs.frozen
class Threshold:
    """A comparison that a condition has in it.

    Attributes:
        whole: The condition.
        part: The comparison.
        path: The way to it.
    """

    whole: Condition
    part: nodes.Compare
    path: Path

    def edges(self, solver: Solver, start: Draft) -> dict[str, list[Sequence[Draft]]]:
        """Give, for each fact that can turn the whole here, drafts under it, on it and over it.

        Of a row's fact three times: with one row, and with two and three that come there
        together. The number of rows is a fact too, named by their table.
        """
        counts = [one for one in walked(self.part) if isinstance(one, _COUNTS)]
        read = (one.field for one in walked(self.part) if isinstance(one, nodes.Read))
        sought = {one.path for one in read if one.kind in (Kind.NUMBER, Kind.DATE)}
        sought |= {_counted(one) for one in counts}
        found: dict[str, list[Sequence[Draft]]] = {}
        try:
            for draft, scope in deciding(solver, self.whole, self.path, start, self.part):
                for field, where, edge in turned(solver, self.whole, self.part, draft, scope):
                    if field.path not in found:
                        edges = found[field.path] = [edge]
                        edges += self._together(solver, field, edge, where)
                for one in counts:
                    pairs = itertools.pairwise(solver.shifted(self.part, one, draft, scope))
                    if _counted(one) not in found:
                        fit = (pair for pair in pairs if self._turns(solver, pair))
                        found |= {_counted(one): [pair] for pair in itertools.islice(fit, 1)}
                if sought <= {*found}:
                    break
        except BudgetSpentError:
            pass
        return found

    def _together(
        self, solver: Solver, field: Field, edge: Sequence[Draft], where: Scope
    ) -> Iterator[Sequence[Draft]]:
        """The same edge, where two rows and three come to it together."""
        on = edge[len(edge) // 2]
        for number in (2, 3) if where is not None and field.kind is Kind.NUMBER else ():
            several = together(solver, self.part, field, on, where, number)
            yield from itertools.islice((one for one in several if self._turns(solver, one)), 1)

    def _turns(self, solver: Solver, edge: Sequence[Draft]) -> bool:
        """Whether the whole holds on one side, and not on another."""
        return {True, False} <= {solver.truth(self.whole, one) for one in edge}


def thresholds(whole: Condition) -> Iterator[Threshold]:
    """Give the thresholds of a condition."""
    for path, part in paths(whole, past_known=False):
        if isinstance(part, nodes.Compare) and is_atom(part) and part.operator in _ORDERS:
            yield Threshold(whole, part, path)


def deciding(
    solver: Solver, whole: Condition, path: Path, start: Draft, *parts: Condition
) -> Iterator[tuple[Draft, Scope]]:
    """Give drafts in which the part at a path may decide the whole, and where it is read.

    Args:
        solver: Searches.
        whole: The whole.
        path: The way to the part.
        start: Where to begin; then the same at a loss, where what is read can be negative.
        parts: Those from whose both sides to begin too.
    """
    starts: list[Draft] = []
    for begun in _begun(whole, start, solver):
        starts.append(begun)
        for part in parts:
            if not any(_is_of_row(node) for node in part.walk()):
                for want in (True, False):
                    starts += first(solver.solve(part, begun, want=want), 3)
    for one in starts:
        yield from itertools.islice(solver.exposed(whole, path, one), _TRIES)


def turned(
    solver: Solver, whole: Condition, part: nodes.Compare, draft: Draft, scope: Scope
) -> Iterator[tuple[Field, Scope, tuple[Draft, ...]]]:
    """Give each fact that turns the whole at a threshold of a part, with both sides and on it."""
    for field, begun, where in _movable(solver, part, draft, scope):
        edge = solver.moved(part, field, begun, where)
        if {True, False} <= {solver.truth(whole, one) for one in edge}:
            yield field, where, edge


def _begun(whole: Condition, start: Draft, solver: Solver) -> Iterator[Draft]:
    yield start
    at_a_loss = start
    for field in fields_by_path(whole).values():
        if field.table is None and (field.about.low or 0) < 0:
            at_a_loss = at_a_loss.set(field, -abs(plain(field, solver.setting.as_of)), None)
    if at_a_loss != start:
        yield at_a_loss


def _movable(
    solver: Solver, part: nodes.Compare, draft: Draft, scope: Scope
) -> Iterator[tuple[Field, Draft, Scope]]:
    for node in walked(part):
        if isinstance(node, nodes.Read) and (node.field.table is None or scope is not None):
            yield node.field, draft, scope
        elif isinstance(node, nodes.Reduce) and scope is None:
            for begun, where in itertools.islice(solver.one_more(node.rows, draft), 1):
                reads = (one for one in node.value.walk() if isinstance(one, nodes.Read))
                yield from ((one.field, begun, where) for one in reads)


def _counted(node: nodes.Count | nodes.GroupCount) -> str:
    """The table whose rows, or groups of rows, are counted."""
    rows = node.rows if isinstance(node, nodes.Count) else node.groups.rows
    return str(rows.table.name)


def _is_of_row(node: Node) -> bool:
    return isinstance(node, nodes.Read | nodes.Flag) and node.field.table is not None


__all__ = ["Threshold", "deciding", "thresholds", "turned"]
