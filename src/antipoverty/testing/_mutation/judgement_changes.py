"""What else could stand in a judgement rule: one slip of the hand at a time.

A day more or less in a window, one more or fewer to be counted, another kind of fact, a
word too many, another operator, a negation, a part left out. A rule that the language
refuses is no mutant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import attrs

from antipoverty._policy.guards import KINDS, signals_schema
from antipoverty._policy.signals import DISTINCT, Pattern, Tally
from antipoverty.conditions import Condition
from antipoverty.errors import ConditionError
from antipoverty.judgement import JudgementRule
from antipoverty.model import Schema
from antipoverty.rules import Pack, Parameter, Severity
from antipoverty.testing._mutation.changes import OUT, changes, idle
from antipoverty.testing._mutation.paths import paths, replaced

_WORDS = ("name", "department", "risk", "category")


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
        for kind, guard in _guards(pattern.where, "a"):
            yield kind, before, str(guard), partial(attrs.evolve, pattern, where=guard)


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
        found["severity"] = [*(one.value for one in Severity if one is not pattern.severity), None]
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
        for kind, guard in _guards(rule.where, "ab"):
            yield MutationOperator(kind, before, str(guard), _set(where=guard))


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


# --- guards ---------------------------------------------------------------------------------------


@attrs.frozen
class _Signals:
    """What a guard could name; no parameter."""

    schema: Schema
    parameters: Mapping[str, Parameter] = {}


def _guards(guard: Condition, sides: str) -> Iterator[tuple[str, Condition]]:
    """Each guard that is one slip away, with the kind of slip."""
    words = _Signals(signals_schema(sides))
    seen = {guard.key}
    for path, part in paths(guard):
        for change in changes(part, words):
            try:
                made = replaced(guard, path, change.make())
            except ConditionError:
                continue
            if made.key not in seen and (not idle(made) or idle(guard)):
                seen.add(made.key)
                yield change.kind, made


__all__ = ["MutationOperator", "slips"]
