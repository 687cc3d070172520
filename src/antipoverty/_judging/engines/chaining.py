"""What a rules engine is given: whole numbers and conjuncts, nothing it could get wrong.

A `Program` is a pack's judgement rules as plain data that can be sent to another process.
Words are numbers, negation is gone, ``==`` between facts is two comparisons, the rules are
cut into groups in which nothing is asked about what the same group concludes not to be.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol, TypeAlias

import attrs

from antipoverty._judging.answer import Answer, allowed, in_order, on_day
from antipoverty._policy.guards import conjuncts, contradicts
from antipoverty._policy.judgement_rules import Judgements
from antipoverty._policy.signals import Signal
from antipoverty.errors import OutsideSubsetError

Plain: TypeAlias = Any
"""Numbers, texts and lists of them."""
_MOST_JOINS = 512
MOST_RULES = 50
"""Rules in one group; durable-rules fails at 65 that match one fact."""


@attrs.frozen
class Program:
    """The rules as plain data.

    Attributes:
        joins: ``[rule, [own literals of each side], literals between]``; one match of one
            of them satisfies the rule. A literal is ``["known", side, field, wanted]`` or
            ``[operator, left, right]`` of numbers, ``["f", side, field]`` and
            ``[operator, left, right]``.
        groups: Rules in order: ``[rule, concludes, given, unless, whether it needs facts]``.
        words: The number of every word the rules name.
    """

    joins: list[Plain]
    groups: list[list[Plain]]
    words: Mapping[str, int]


def compiled(rules: Judgements) -> Program:
    """Write the rules of a pack as a program.

    Raises:
        OutsideSubsetError: A rule unfolds into more than 512 combinations.
    """
    words: dict[str, int] = {}
    numbers = {id_: at for at, id_ in enumerate(rules)}
    joins: list[Plain] = []
    for rule in rules.values():
        if not rule.need:
            continue
        sides = [conjuncts(one.whole, at) for at, one in enumerate(rule.need)]
        betweens = ((),) if rule.between is None else conjuncts(rule.between)
        if math.prod(map(len, (*sides, betweens))) > _MOST_JOINS:
            raise OutsideSubsetError(
                "judgement rule {id!r} unfolds into more than {most_joins} combinations, which no "
                "engine is given; split it, or judge with the reference",
                id=rule.id,
                most_joins=_MOST_JOINS,
            )
        for *chosen, between in itertools.product(*sides, betweens):
            if contradicts(itertools.chain(*chosen, between)):
                continue
            own = [[_plain(one, words) for one in side] for side in chosen]
            joins.append([numbers[rule.id], own, [_plain(one, words) for one in between]])
    return Program(joins, _groups(rules, numbers), words)


def _groups(rules: Judgements, numbers: Mapping[str, int]) -> list[list[Plain]]:
    names = {name: at for at, name in enumerate(sorted({r.concludes for r in rules.values()}))}
    groups: list[list[Plain]] = []
    drawn: set[str] = set()
    for rule in rules.values():
        if not groups or len(groups[-1]) == MOST_RULES or drawn.intersection(rule.unless):
            groups.append([])
            drawn = set()
        given = [names[name] for name in rule.given]
        unless = [names[name] for name in rule.unless]
        groups[-1].append([numbers[rule.id], names[rule.concludes], given, unless, bool(rule.need)])
        drawn.add(rule.concludes)
    return groups


def _plain(part: Plain, words: dict[str, int]) -> Plain:
    """A literal, or a side of one, as lists with numbers for words."""
    match part:
        case ("known" | "f", *_):
            return list(part)
        case (sign, left, right):
            return [sign, _plain(left, words), _plain(right, words)]
        case str():
            return words.setdefault(part, len(words))
    return part


def _numbered(values: dict[str, Any]) -> dict[str, Any]:
    """A signal's values with its day as a number."""
    number = values.pop("day_number")
    return values | {"day": number}


def lowered(
    program: Program, rules: Judgements, facts: Iterable[Signal], as_of: date
) -> tuple[tuple[Signal, ...], Plain]:
    """Write one household for a program: its facts in order, and what to send."""
    known = in_order(facts, as_of)
    words = dict(program.words)
    rows = [
        {
            name: words.setdefault(value, len(words)) if isinstance(value, str) else value
            for name, value in _numbered(rules.told(fact, as_of)).items()
        }
        for fact in known
    ]
    numbers = {id_: at for at, id_ in enumerate(rules)}
    return known, [
        rows,
        [numbers[id_] for id_ in allowed(rules, known, as_of, on_day(rules, as_of))],
    ]


def raised(rules: Judgements, known: Sequence[Signal], sent_back: Plain) -> Answer:
    """Read what an engine sent back."""
    ids = tuple(rules)
    matches: dict[str, set[tuple[str, ...]]] = {}
    for rule, chosen in sent_back[0]:
        matches.setdefault(ids[rule], set()).add(tuple(known[at].id for at in chosen))
    return Answer(
        {id_: frozenset(found) for id_, found in matches.items()},
        frozenset(ids[rule] for rule in sent_back[1]),
    )


class Engine(Protocol):
    """Does correlation and chaining for one household at a time."""

    def joined(self, rows: Sequence[Mapping[str, int]]) -> set[tuple[int, tuple[int, ...]]]:
        """The rule and the rows of every match of a join, among all rows."""
        ...

    def chained(self, group: int, ready: set[int], drawn: set[int]) -> set[int]:
        """The rules of a group that fire, when some are ready and some conclusions drawn."""
        ...

    def close(self) -> None:
        """Give memory back."""
        ...


def run(engine: Engine, program: Program, household: Plain) -> Plain:
    """Let an engine judge one household."""
    rows, may = household
    permitted = {*may}
    joined = engine.joined(rows) if rows else set[tuple[int, tuple[int, ...]]]()
    found = {one for one in joined if one[0] in permitted}
    satisfied = {rule for rule, _ in found}
    drawn: set[int] = set()
    fired: set[int] = set()
    for at, group in enumerate(program.groups):
        ready = {
            rule
            for rule, _, _, unless, needs in group
            if rule in permitted and (rule in satisfied or not needs) and drawn.isdisjoint(unless)
        }
        new = engine.chained(at, ready, drawn) if ready else set()
        fired |= new
        drawn |= {concludes for rule, concludes, *_ in group if rule in new}
    return [sorted([rule, list(ids)] for rule, ids in found), sorted(fired)]
