"""Make one part of a condition decide the whole: every part beside it is set aside.

The parts joined to it by *and* hold and those joined by *or* do not, its row is the one
that counts, and the other conditions of a score leave it the last word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from antipoverty.conditions import Node, Rows
from antipoverty.conditions import tree as nodes
from antipoverty.testing._search.drafts import Draft, Scope
from antipoverty.testing._search.solver import Solver


def exposed(
    solver: Solver, node: Node, path: Sequence[int], draft: Draft, scope: Scope = None
) -> Iterator[tuple[Draft, Scope]]:
    """Give drafts in which the part at a path may decide the whole, and where it is read.

    Args:
        solver: Searches.
        node: The whole.
        path: The way to the part, by the place among each node's parts.
        draft: Where to begin.
        scope: The row in hand.
    """
    if not path:
        yield draft, scope
        return
    at, *rest = path
    for found, where in _towards(solver, node, at, draft, scope):
        yield from exposed(solver, node.parts[at], rest, found, where)


def _towards(
    solver: Solver, node: Node, at: int, draft: Draft, scope: Scope
) -> Iterator[tuple[Draft, Scope]]:
    """Drafts in which one of a node's own parts decides the node."""
    match node:
        case nodes.And(parts) | nodes.Or(parts):
            want = isinstance(node, nodes.And)
            goals = [(one, want) for number, one in enumerate(parts) if number != at]
            yield from ((found, scope) for found in solver.solve_all(goals, draft, scope))
        case nodes.Exists(rows) | nodes.Count(rows) | nodes.Reduce(_, rows):
            yield from _rows(solver, rows, draft)
        case nodes.ForAll(rows, inner):
            for found, where in solver.one_more(rows, solver.cleared(rows, draft)):
                if at:
                    yield found, where
                else:
                    against = solver.solve(inner, found, where, want=False)
                    yield from ((one, where) for one in against)
        case nodes.Compare():
            yield draft, scope
            for want in (True, False):
                yield from ((one, scope) for one in solver.solve(node, draft, scope, want=want))
        case nodes.Score(items):
            others = [one for number, (_, one) in enumerate(items) if number != at]
            yield from ((found, scope) for found in solver.scores(others, draft, scope))
        case _:
            yield draft, scope


def _rows(solver: Solver, rows: Rows, draft: Draft) -> Iterator[tuple[Draft, Scope]]:
    """A row that counts: the last one there is, the only one, or one more."""
    name = str(rows.table.name)
    last = len(draft.tables[name]) - 1
    if last >= 0:
        yield draft, (name, last)
    yield from solver.one_more(rows, solver.cleared(rows, draft))
    yield from solver.one_more(rows, draft)
