"""A path leads to one part of a condition: the place among each node's parts, from the top."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from antipoverty.conditions import Node
from antipoverty.conditions import tree as nodes

Path: TypeAlias = tuple[int, ...]


def paths(node: Node, before: Path = (), *, past_known: bool = True) -> Iterator[tuple[Path, Node]]:
    """Give every part with its path, parents first; those of *is known* only where asked for."""
    yield before, node
    if past_known or not isinstance(node, nodes.Known):
        for number, part in enumerate(node.parts):
            yield from paths(part, (*before, number), past_known=past_known)


def replaced(root: Node, path: Sequence[int], new: Node) -> Any:
    """Build the tree again with another part at a path; types are checked anew.

    Raises:
        ConditionError: The part does not fit there.
    """
    if not path:
        return new
    at, *rest = path
    child = replaced(root.parts[at], rest, new)
    if isinstance(root, nodes.Score):
        weights = [weight for weight, _ in root.items]
        parts = [*root.parts[:at], child, *root.parts[at + 1 :]]
        return nodes.Score(tuple(zip(weights, parts, strict=True)))
    places = iter(range(len(root.parts)))

    def put(value: Any) -> Any:
        if isinstance(value, Node):
            return child if next(places) == at else value
        return tuple(map(put, value)) if isinstance(value, tuple) else value

    return type(root)(*(put(getattr(root, name)) for name in root._names()))
