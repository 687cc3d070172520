"""Which missing facts keep an answer open, for all households at once: `unsettled` on frames."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_

import narwhals as nw

from antipoverty.conditions import Condition, Node, Rows
from antipoverty.conditions import tree as nodes
from antipoverty.engines.folds import MISSING, THERE_IS, Share
from antipoverty.engines.frames import Compiler, Scope
from antipoverty.model import Field


def missing_facts(compiler: Compiler, node: Node) -> dict[str, nw.Expr]:
    """For each fact that may be missing, tell where it keeps a node open."""
    match node:
        case nodes.Flag(field) | nodes.Read(field) if field.inputs:
            return _blame_derived(compiler, node, field)
        case nodes.Flag(field) | nodes.Read(field):
            return {field.path: compiler.open(node)}
        case nodes.Count(rows) | nodes.Exists(rows):
            return _blame_rows(compiler, node, rows, None)
        case nodes.ForAll(rows, inner):
            return _blame_rows(compiler, node, rows, inner)
        case nodes.Reduce(_, rows, value) | nodes.Quantile(rows, value):
            return _blame_rows(compiler, node, rows, value)
        case (
            nodes.SomeGroup(groups, inner)
            | nodes.GroupCount(groups, inner)
            | nodes.GroupReduce(_, groups, inner)
        ):
            return _blame_groups(compiler, node, groups, inner)
    parts = [missing_facts(compiler, part) for part in node.parts]
    if not any(parts):
        return {}
    here = compiler.open(node)
    return {path: here & found for path, found in _either(parts).items()}


def _blame_derived(compiler: Compiler, node: Node, field: Field) -> dict[str, nw.Expr]:
    """What a derived fact is derived from; else itself, and beside rows of the household alone."""
    here = compiler.open(node)
    if field.table is None and not compiler.of_household:
        return {field.path: here}
    found = _either(missing_facts(compiler, one) for one in field.inputs.values())
    causes = {path: here & one.fill_null(value=False) for path, one in found.items()}
    known = ~reduce(or_, causes.values(), compiler.on.false)
    return {**causes, field.path: here & known}


def _blame_groups(
    compiler: Compiler, node: Node, groups: nodes.Groups, inner: Node | None
) -> dict[str, nw.Expr]:
    frame, here = compiler.grouping(groups), compiler.open(node)
    of_each, there = frame.compiler, compiler.on.col(THERE_IS)
    open_ = compiler.on.true
    if not isinstance(node, nodes.GroupReduce):
        open_ = frame.held(inner if isinstance(inner, Condition) else None).is_null()
    facts = {} if inner is None else missing_facts(of_each, inner)
    found = {path: [open_ & one] for path, one in facts.items()}

    def cause(path: str, _: nw.Expr | None) -> Share:
        one = (compiler.on.col(MISSING) == path).fill_null(value=False)
        return Share.of(one)

    def nothing(_: nw.Expr | None) -> Share:
        return Share(compiler.on.whole(0), compiler.on.false)

    for path in frame.facts:
        because = functools.partial(cause, path)
        counted = of_each.fold_apart(groups.rows, ("because", path), nothing, because)
        found.setdefault(path, []).append(open_ & there.is_null() & (counted > 0))
    answer = {
        path: here
        & (frame.ask(("blame", path, node.key), "sum", _count(reduce(or_, all_)), inner) > 0)
        for path, all_ in found.items()
    }
    if isinstance(node, nodes.GroupReduce):
        answer[str(node)] = here & ~reduce(or_, answer.values(), compiler.on.false)
    return answer


def _count(held: nw.Expr) -> nw.Expr:
    return held.fill_null(value=False).cast(nw.Int64)


def _blame_rows(
    compiler: Compiler, node: Node, rows: Rows, inner: Node | None
) -> dict[str, nw.Expr]:
    causes = _row_causes(compiler, rows, inner)
    settled: nw.Expr | None = None
    if isinstance(node, nodes.ForAll):
        with Scope(compiler, rows):
            settled = compiler.truth(node.condition).fill_null(value=False)
    unseen = compiler.unseen.get(str(rows.table.name))
    here = compiler.open(node)

    def looked(kept: nw.Expr | None) -> nw.Expr:
        found = compiler.on.true if kept is None else kept.fill_null(value=True)
        return found if settled is None else found & ~settled

    def share(path: str, kept: nw.Expr | None, *, came: bool) -> Share:
        cause = compiler.on.false
        if not came:
            cause = (compiler.on.col(MISSING) == path).fill_null(value=False)
        elif path in causes:
            cause = causes[path](kept)
        one = looked(kept) & cause
        return Share.of(one)

    answer = {}
    for path in dict.fromkeys([*causes, *(unseen.facts if unseen else ())]):
        found = compiler.fold_apart(
            rows,
            ("blame", path, node.key),
            functools.partial(share, path, came=True),
            functools.partial(share, path, came=False),
        )
        answer[path] = here & (found > 0)
    if isinstance(node, nodes.Quantile) or (
        isinstance(node, nodes.Reduce) and node.operator != "sum"
    ):
        gap = isinstance(node, nodes.Reduce) and node.operator == "gap"
        few = compiler.seen(rows) <= (1 if gap else 0)
        answer[str(node)] = here & few & ~reduce(or_, answer.values(), compiler.on.false)
    return answer


def _row_causes(
    compiler: Compiler, rows: Rows, inner: Node | None
) -> dict[str, Callable[[nw.Expr | None], nw.Expr]]:
    """For each fact of a row that may be missing, tell where it keeps the row open."""
    causes: list[dict[str, nw.Expr]] = []
    always: list[dict[str, nw.Expr]] = []
    with Scope(compiler, rows):
        if rows.window is not None:
            undated = compiler.on.col(str(rows.table.day)).is_null()
            causes.append({f"{rows.table.name}.{rows.table.day}": undated})
        if rows.filter is not None:
            causes.append(missing_facts(compiler, rows.filter))
        if inner is not None:
            always.append(missing_facts(compiler, inner))
    if_open, anyway = _either(causes), _either(always)

    def cause(path: str, kept: nw.Expr | None) -> nw.Expr:
        found = []
        if path in if_open and kept is not None:
            found.append(kept.is_null() & if_open[path])
        if path in anyway:
            found.append(anyway[path])
        return reduce(or_, found)

    return {path: functools.partial(cause, path) for path in {**if_open, **anyway}}


def _either(several: Iterable[Mapping[str, nw.Expr]]) -> dict[str, nw.Expr]:
    found: dict[str, list[nw.Expr]] = {}
    for one in several:
        for path, expression in one.items():
            found.setdefault(path, []).append(expression)
    return {path: reduce(or_, expressions) for path, expressions in found.items()}


__all__ = ["missing_facts"]
