"""Long conditions that stand in several places of a statement, so that they are written once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence

from sqlglot import exp

_CONDITIONS = (exp.Is, exp.And, exp.Or)
_LONG = 60
"""A condition is worth a name from so many signs on."""


def said_again(trees: Sequence[exp.Expr]) -> tuple[exp.Expr, ...]:
    """Give the largest long conditions of some trees that stand in several places."""
    counts = Counter(one for tree in trees for one in tree.find_all(*_CONDITIONS))
    again = {one: None for one, times in counts.items() if times > 1 and len(one.sql()) >= _LONG}
    while True:  # one may stand again within larger ones alone
        found = Counter(one for tree in trees for one in _largest(tree, again))
        kept = {one: None for one in again if found[one] > 1 or not found[one]}
        if len(kept) == len(again):
            return tuple(one for one in again if found[one])
        again = kept


def _largest(tree: exp.Expr, wanted: Container[exp.Expr]) -> Iterator[exp.Expr]:
    """The wanted parts of a tree that stand in no other wanted part."""
    if isinstance(tree, _CONDITIONS) and tree in wanted:
        yield tree
        return
    for part in tree.iter_expressions():
        yield from _largest(part, wanted)


def replaced(tree: exp.Expr, names: Mapping[exp.Expr, str]) -> exp.Expr:
    """Read columns where conditions stand that have a name."""

    def named(one: exp.Expr) -> exp.Expr:
        if isinstance(one, _CONDITIONS) and one in names:
            return exp.column(names[one])
        return one

    return tree.transform(named)


__all__ = ["replaced", "said_again"]
