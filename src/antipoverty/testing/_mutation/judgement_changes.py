"""What else could stand in a judgement rule: one slip of the hand at a time.

A day more or less in a window, one more or fewer to be counted, another kind of fact, a
word too many, another operator, a negation, a part left out, another first or last day or
area. A rule that the language refuses is no mutant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, cast

import attrs

from antipoverty._policy.guards import KINDS, signals_schema
from antipoverty._policy.signals import DISTINCT, Pattern, Tally
from antipoverty.conditions import Condition
from antipoverty.judgement import JudgementRule
from antipoverty.model import Schema
from antipoverty.rules import Pack, Parameter, Severity
from antipoverty.testing._mutation.changes import OUT, Change, slips, without
from antipoverty.testing._mutation.dated_mutants import moved

_WORDS = ("name", "department", "risk", "category")


def rules_beside(rule: JudgementRule, pack: Pack) -> Iterator[Change[JudgementRule]]:
    """Give every version of a rule that is one slip away.

    Args:
        rule: The rule.
        pack: Has the other names, departments, risks, categories and conclusions.
    """
    rules = pack.rules.values()
    words = {
        "name": sorted(pack.rules),
        "department": sorted(pack.departments),
        "risk": sorted({one.risk for one in rules if one.risk}),
        "category": sorted({one.category for one in rules if one.category}),
    }
    for where in ("need", "lack", "count"):
        yield from _listed(rule, where, words)
    if rule.within is not None:
        for days in (rule.within - 1, rule.within + 1, None):
            yield _other(rule, "window", f"within {rule.within}", days, within=days)
    yield from _guards(rule, rule.where, "ab")
    names = dict.fromkeys(one.concludes for one in pack.judgements.values())
    yield from _chained(rule, "given", "unless", names)
    yield from _chained(rule, "unless", "given", names)
    for kind, before, after, made, _ in moved(rule):
        yield Change(kind, partial(cast, JudgementRule, made), before, after)


def _other(whole: Any, kind: str, before: str, after: object, /, **changes: Any) -> Change[Any]:
    """A version of a rule, pattern or tally with other values in its fields."""
    shown = OUT if after is None else str(after)
    return Change(kind, partial(attrs.evolve, whole, **changes), before, shown)


def _inside(change: Change[Any], place: str, build: Callable[[Any], Any]) -> Change[Any]:
    """The change of a part as one of the whole that holds it."""
    before = f"{place} {change.before}".lstrip()
    return Change(change.kind, lambda: build(change.make()), before, change.after)


# --- the facts that are asked for ---------------------------------------------------------------


def _listed(
    rule: JudgementRule, where: str, words: Mapping[str, list[str]]
) -> Iterator[Change[JudgementRule]]:
    items: tuple[Any, ...] = getattr(rule, where)
    for at, item in enumerate(items):
        place = f"{where} {at + 1}"
        left: dict[str, Any] = {where: without(items, at)}
        if where == "need":  # what is between two facts goes with either of them
            left |= {"where": None, "within": None}
        yield _other(rule, "part", place, OUT, **left)

        def put(new: Any, at: int = at) -> JudgementRule:
            changes: dict[str, Any] = {where: without(items, at, new)}
            return attrs.evolve(rule, **changes)

        for change in (_tally if isinstance(item, Tally) else _pattern)(item, words):
            yield _inside(change, place, put)


def _tally(tally: Tally, words: Mapping[str, list[str]]) -> Iterator[Change[Tally]]:
    for least in (tally.at_least - 1, tally.at_least + 1):
        yield _other(tally, "threshold", f"at_least {tally.at_least}", least, at_least=least)
    for distinct in (*DISTINCT, None):
        if distinct != tally.distinct:
            before = f"distinct {tally.distinct or 'facts'}"
            yield _other(tally, "field", before, distinct, distinct=distinct)
    for change in _pattern(tally.of, words):
        yield _inside(change, "", lambda new: attrs.evolve(tally, of=new))


def _pattern(pattern: Pattern, words: Mapping[str, list[str]]) -> Iterator[Change[Pattern]]:
    for kind in KINDS:
        if kind != pattern.kind:
            yield _other(pattern, "word", f"kind {pattern.kind}", kind, kind=kind)
    for field in _WORDS:
        yield from _words(pattern, field, words[field])
    for field, others in _limits(pattern).items():
        slip = "threshold" if field == "severity" else "window"
        for new in others:
            old = getattr(pattern, field)
            before = f"{field} {getattr(old, 'value', old)}"
            yield _other(pattern, slip, before, new, **{field: new})
    yield from _guards(pattern, pattern.where, "a")


def _words(pattern: Pattern, field: str, known: list[str]) -> Iterator[Change[Pattern]]:
    """A word less, a word more, any word; where any word does, none is asked for."""
    mine: tuple[str, ...] = getattr(pattern, field)
    for at, word in enumerate(mine):
        yield _other(pattern, "word", f"{field} {word}", OUT, **{field: without(mine, at)})
    for word in known if mine else ():
        if word not in mine:
            yield _other(pattern, "word", field, f"or {word}", **{field: (*mine, word)})
    if len(mine) > 1:
        yield _other(pattern, "part", field, OUT, **{field: ()})


def _limits(pattern: Pattern) -> dict[str, list[Any]]:
    """What else could limit the severity and the age, where they are limited."""
    found: dict[str, list[Any]] = {}
    if pattern.severity is not None:
        found["severity"] = [*(one.value for one in Severity if one is not pattern.severity), None]
    for field in ("last", "before", "months"):
        days: int | None = getattr(pattern, field)
        if days is not None:
            found[field] = [days - 1, days + 1, None]
    return found


# --- between two facts, and between rules -------------------------------------------------------


@attrs.frozen
class _Signals:
    """What a guard could name; no parameter."""

    schema: Schema
    parameters: Mapping[str, Parameter] = {}


def _guards(whole: Any, guard: Condition | None, sides: str) -> Iterator[Change[Any]]:
    """Without the guard of a rule or pattern, and with each that is one slip away."""
    if guard is not None:
        before = f"where {guard}"
        yield _other(whole, "part", before, OUT, where=None)
        for slip in slips(guard, _Signals(signals_schema(sides))):
            made = slip.make()
            yield _other(whole, slip.kind, before, made, where=made)


def _chained(
    rule: JudgementRule, here: str, there: str, names: Iterable[str]
) -> Iterator[Change[JudgementRule]]:
    mine: tuple[str, ...] = getattr(rule, here)
    for at, name in enumerate(mine):
        left, before = without(mine, at), f"{here} {name}"
        turned = {here: left, there: (*getattr(rule, there), name)}
        yield _other(rule, "part", before, OUT, **{here: left})
        yield _other(rule, "operator", before, f"{there} {name}", **turned)
        for other in names:
            if other not in mine:
                yield _other(rule, "word", before, other, **{here: (*left, other)})


__all__ = ["rules_beside"]
