"""What else could stand in a judgement rule: one slip of the hand at a time.

A day more or less in a window, one more or fewer to be counted, another kind of fact, a
word too many, another operator, a negation, a part left out. A rule that the language
refuses is no mutant.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import attrs

from antipoverty._policy.guards import FIELDS
from antipoverty._policy.signals import DISTINCT, KINDS, RANK, Pattern, Tally
from antipoverty.judgement import JudgementRule
from antipoverty.rules import Pack
from antipoverty.testing._mutation.changes import OUT

_WORDS = ("name", "department", "risk", "category")
_BESIDE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq, ast.LtE, ast.GtE),
    ast.NotEq: (ast.Eq,),
}


@attrs.frozen
class MutationOperator:
    """Something else in one place of a judgement rule.

    Attributes:
        kind: ``window``, ``threshold``, ``word``, ``operator``, ``field`` or ``part``.
        before: What stands there.
        after: What would.
        changes: The rule's fields that are other.
    """

    kind: str
    before: str
    after: str
    changes: Callable[[], Mapping[str, Any]]


def slips(rule: JudgementRule, pack: Pack) -> Iterator[MutationOperator]:
    """Give all that could stand in the places of a rule.

    Args:
        rule: The rule.
        pack: Has the other names, departments, risks, categories and conclusions.
    """
    words = _vocabulary(pack)
    yield from _listed("need", rule.need, words)
    yield from _listed("lack", rule.lack, words)
    yield from _tallies(rule.count, words)
    yield from _between(rule)
    names = dict.fromkeys(one.concludes for one in pack.judgements.values())
    yield from _chained("given", rule.given, "unless", rule.unless, names)
    yield from _chained("unless", rule.unless, "given", rule.given, names)


def _vocabulary(pack: Pack) -> dict[str, list[str]]:
    rules = pack.rules.values()
    return {
        "name": sorted(pack.rules),
        "department": sorted(pack.departments),
        "risk": sorted({one.risk for one in rules if one.risk}),
        "category": sorted({one.category for one in rules if one.category}),
    }


def _set(**changes: Any) -> Callable[[], dict[str, Any]]:
    return lambda: changes


def _put(where: str, items: tuple[Any, ...], at: int, new: Callable[[], Any]) -> dict[str, Any]:
    return {where: (*items[:at], new(), *items[at + 1 :])}


def _without(items: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    return (*items[:at], *items[at + 1 :])


def _shown(new: object) -> str:
    return OUT if new is None else str(new)


# --- the facts that are asked for ---------------------------------------------------------------

_Made = tuple[str, str, str, Callable[[], Pattern]]
"""The kind of slip, what stands there, what would, and the pattern with it."""


def _listed(
    where: str, patterns: tuple[Pattern, ...], words: dict[str, list[str]]
) -> Iterator[MutationOperator]:
    for at, pattern in enumerate(patterns):
        place = f"{where} {at + 1}"
        left: dict[str, Any] = {where: _without(patterns, at)}
        if where == "need":  # what is between two facts goes with either of them
            left |= {"where": None, "within": None}
        yield MutationOperator("part", place, OUT, _set(**left))
        for kind, before, after, new in _patterns(pattern, words):
            yield MutationOperator(
                kind, f"{place} {before}", after, partial(_put, where, patterns, at, new)
            )


def _tallies(tallies: tuple[Tally, ...], words: dict[str, list[str]]) -> Iterator[MutationOperator]:
    for at, tally in enumerate(tallies):
        place = f"count {at + 1}"

        def put(new: Callable[[], Tally], at: int = at) -> Callable[[], dict[str, Any]]:
            return partial(_put, "count", tallies, at, new)

        yield MutationOperator("part", place, OUT, _set(count=_without(tallies, at)))
        for least in (tally.at_least - 1, tally.at_least + 1):
            made = partial(attrs.evolve, tally, at_least=least)
            yield MutationOperator(
                "threshold", f"{place} at_least {tally.at_least}", str(least), put(made)
            )
        for distinct in (*DISTINCT, None):
            if distinct != tally.distinct:
                made = partial(attrs.evolve, tally, distinct=distinct)
                before = f"{place} distinct {tally.distinct or 'facts'}"
                yield MutationOperator("field", before, _shown(distinct), put(made))
        for kind, before, after, new in _patterns(tally.of, words):
            counted = partial(_counting, tally, new)
            yield MutationOperator(kind, f"{place} {before}", after, put(counted))


def _counting(tally: Tally, new: Callable[[], Pattern]) -> Tally:
    return attrs.evolve(tally, of=new())


def _patterns(pattern: Pattern, words: dict[str, list[str]]) -> Iterator[_Made]:
    for kind in KINDS:
        if kind != pattern.kind:
            yield "word", f"kind {pattern.kind}", kind, partial(attrs.evolve, pattern, kind=kind)
    for field in _WORDS:
        for slip, before, after, kept in _words(field, getattr(pattern, field), words[field]):
            yield slip, before, after, partial(attrs.evolve, pattern, **{field: kept})
    for field, others in _limits(pattern).items():
        slip = "threshold" if field == "severity" else "window"
        for new in others:
            old = getattr(pattern, field)
            before = f"{field} {getattr(old, 'value', old)}"
            yield slip, before, _shown(new), partial(attrs.evolve, pattern, **{field: new})
    if pattern.where is not None:
        before = f"where {pattern.where}"
        yield "part", before, OUT, partial(attrs.evolve, pattern, where=None)
        for kind, text in _texts(pattern.where, "a"):
            yield kind, before, text, partial(attrs.evolve, pattern, where=text)


def _words(
    field: str, mine: tuple[str, ...], known: list[str]
) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """A word less, a word more, any word; where any word does, none is asked for."""
    for at, word in enumerate(mine):
        yield "word", f"{field} {word}", OUT, _without(mine, at)
    for word in known if mine else ():
        if word not in mine:
            yield "word", field, f"or {word}", (*mine, word)
    if len(mine) > 1:
        yield "part", field, OUT, ()


def _limits(pattern: Pattern) -> dict[str, list[Any]]:
    """What else could limit the severity and the age, where they are limited."""
    found: dict[str, list[Any]] = {}
    if pattern.severity is not None:
        found["severity"] = [*(one for one in RANK if one != pattern.severity.value), None]
    for field in ("last", "before"):
        days: int | None = getattr(pattern, field)
        if days is not None:
            found[field] = [days - 1, days + 1, None]
    return found


# --- between two facts, and between rules -------------------------------------------------------


def _between(rule: JudgementRule) -> Iterator[MutationOperator]:
    if rule.within is not None:
        for days in (rule.within - 1, rule.within + 1, None):
            yield MutationOperator(
                "window", f"within {rule.within}", _shown(days), _set(within=days)
            )
    if rule.where is not None:
        before = f"where {rule.where}"
        yield MutationOperator("part", before, OUT, _set(where=None))
        for kind, text in _texts(rule.where, "ab"):
            yield MutationOperator(kind, before, text, _set(where=text))


def _chained(
    here: str, mine: tuple[str, ...], there: str, others: tuple[str, ...], names: Iterable[str]
) -> Iterator[MutationOperator]:
    for at, name in enumerate(mine):
        left, before = _without(mine, at), f"{here} {name}"
        yield MutationOperator("part", before, OUT, _set(**{here: left}))
        turned = {here: left, there: (*others, name)}
        yield MutationOperator("operator", before, f"{there} {name}", _set(**turned))
        for other in names:
            if other not in mine:
                yield MutationOperator("word", before, other, _set(**{here: (*left, other)}))


# --- comparisons, as text -----------------------------------------------------------------------


def _texts(text: str, aliases: str) -> Iterator[tuple[str, str]]:
    """Each comparison that is one slip away, with the kind of slip."""
    tree = ast.parse(text.strip(), mode="eval")
    for at, node in enumerate(ast.walk(tree)):
        for kind, new in _beside(node, aliases):
            changed = copy.deepcopy(tree)
            old = list(ast.walk(changed))[at]
            yield kind, ast.unparse(ast.fix_missing_locations(_Put(old, new).visit(changed)))


class _Put(ast.NodeTransformer):
    """Puts a node in another's place."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else self.generic_visit(node)


def _beside(node: ast.AST, aliases: str) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.Compare(left=left, ops=ops, comparators=others):
            for at, operator in enumerate(ops):
                for new in _BESIDE.get(type(operator), ()):
                    yield "operator", ast.Compare(left, [*ops[:at], new(), *ops[at + 1 :]], others)
        case ast.BoolOp():
            yield from _joined(node)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "operator", operand
        case ast.Call():
            yield "operator", ast.UnaryOp(ast.Not(), node)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            sign: ast.operator = ast.Sub() if isinstance(op, ast.Add) else ast.Add()
            yield "operator", ast.BinOp(left, sign, right)
        case ast.Constant(value=int() as value):
            yield from (("threshold", ast.Constant(near)) for near in (value - 1, value + 1))
        case ast.Attribute(value=ast.Name(id=alias), attr=field):
            yield from (("field", one) for one in _fields(alias, field, aliases))


def _joined(node: ast.BoolOp) -> Iterator[tuple[str, ast.AST]]:
    joined: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield "operator", ast.BoolOp(joined, node.values)
    for at in range(len(node.values)):
        rest = [*node.values[:at], *node.values[at + 1 :]]
        yield "part", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _fields(alias: str, field: str, aliases: str) -> Iterator[ast.Attribute]:
    """Another field of the fact that can be compared alike, and the same of the other fact."""
    for name, kind in FIELDS.items():
        if name not in (field, "age") and kind == FIELDS.get(field):
            yield ast.Attribute(ast.Name(alias), name)
    yield from (ast.Attribute(ast.Name(one), field) for one in aliases if one != alias)


__all__ = ["MutationOperator", "slips"]
