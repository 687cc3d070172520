"""What the judgement rules say of one household: the plain reference, and what all engines share.

An answer has two parts: which facts every rule was satisfied by (correlation), and which
rules concluded (chaining). Counts, absences, days and areas are decided here, exactly,
for every engine; correlation and chaining are what engines do in their own way.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

import attrs

from antipoverty._judgement_rules import Fact, JudgementRule, Judgements, Pattern, Tally
from antipoverty._judgement_text import truth

Match: TypeAlias = tuple[str, ...]
"""The ids of the one or two facts a rule was satisfied by."""


@attrs.frozen
class Answer:
    """What the rules say of one household on one day.

    Attributes:
        matches: For each rule that asks for facts and is allowed to conclude, the facts
            that satisfy it.
        fired: The rules that concluded.
    """

    matches: Mapping[str, frozenset[Match]]
    fired: frozenset[str]


def in_order(facts: Iterable[Fact], as_of: date) -> tuple[Fact, ...]:
    """The facts known on a day, by day and id."""
    return tuple(sorted((f for f in facts if f.on <= as_of), key=lambda f: (f.on, f.id)))


def area_of(facts: Sequence[Fact]) -> str:
    """Where a household lives, as its latest fact with an area says."""
    return next((fact.area for fact in reversed(facts) if fact.area), "")


def counted(tally: Tally, facts: Sequence[Fact], as_of: date) -> tuple[Fact, ...]:
    """The facts a tally counts, whether or not they are enough."""
    return tuple(fact for fact in facts if truth(tally.of.whole, (fact.values(as_of),)) is True)


def enough(tally: Tally, found: Sequence[Fact]) -> bool:
    """Tell whether a tally is reached."""
    if tally.distinct is None:
        return len(found) >= tally.at_least
    name = "on" if tally.distinct == "day" else tally.distinct
    values = {getattr(fact, name) for fact in found}
    return len(values - {None}) >= tally.at_least


def allowed(rules: Judgements, facts: Sequence[Fact], as_of: date) -> tuple[str, ...]:
    """The rules that are in force and whose counts and absences certainly hold."""
    area = area_of(facts)
    values = [(fact.values(as_of),) for fact in facts]

    def absent(pattern: Pattern) -> bool:
        return all(truth(pattern.whole, one) is False for one in values)

    return tuple(
        rule.id
        for rule in rules.values()
        if rule.applies(area, as_of)
        and all(enough(tally, counted(tally, facts, as_of)) for tally in rule.count)
        and all(absent(pattern) for pattern in rule.lack)
    )


def chained(rules: Judgements, ready: Callable[[JudgementRule], bool]) -> frozenset[str]:
    """Ask the rules in order; each rests only on rules before it."""
    fired: set[str] = set()
    drawn: set[str] = set()
    for rule in rules.values():
        if ready(rule) and drawn.issuperset(rule.given) and drawn.isdisjoint(rule.unless):
            fired.add(rule.id)
            drawn.add(rule.concludes)
    return frozenset(fired)


def answer(rules: Judgements, facts: Iterable[Fact], as_of: date) -> Answer:
    """Compute everything from all facts: the meaning of the language.

    Args:
        rules: The rules, in order.
        facts: The facts of one household; those after ``as_of`` are not known yet.
        as_of: The day.
    """
    known = in_order(facts, as_of)
    values = [fact.values(as_of) for fact in known]
    matches: dict[str, frozenset[Match]] = {}
    may = allowed(rules, known, as_of)
    for id_ in may:
        rule = rules[id_]
        if rule.need:
            sides = [
                [at for at, one in enumerate(values) if truth(pattern.whole, (one,)) is True]
                for pattern in rule.need
            ]
            matches[id_] = frozenset(
                tuple(known[at].id for at in chosen)
                for chosen in itertools.product(*sides)
                if len(set(chosen)) == len(chosen)
                and (len(chosen) < 2 or rule.joins(tuple(values[at] for at in chosen)))
            )
    permitted = {*may}
    return Answer(
        {id_: found for id_, found in matches.items() if found},
        chained(
            rules, lambda rule: rule.id in permitted and (not rule.need or bool(matches[rule.id]))
        ),
    )


class Home:
    """The facts of one household, with what satisfies each rule kept up to date.

    Adding or taking back a fact touches only the matches it is part of; the day only
    selects among them.
    """

    def __init__(self, rules: Judgements) -> None:
        self._rules = rules
        self.facts: dict[str, Fact] = {}
        self._values: dict[str, dict[str, Any]] = {}
        self._sides: dict[str, tuple[set[str], ...]] = {
            rule.id: tuple(set[str]() for _ in rule.need) for rule in rules.values() if rule.need
        }
        self._pairs: dict[str, set[Match]] = {id_: set() for id_ in self._sides}

    def add(self, fact: Fact) -> None:
        """Take a fact in."""
        self.facts[fact.id] = fact
        mine = self._values[fact.id] = fact.values(fact.on)
        for id_, sides in self._sides.items():
            rule = self._rules[id_]
            for at, pattern in enumerate(rule.need):
                if truth(pattern.lasting, (mine,)) is True:
                    sides[at].add(fact.id)
                    self._pairs[id_].update(self._joined(rule, fact.id, at))

    def _joined(self, rule: JudgementRule, new: str, at: int) -> Iterable[Match]:
        if len(rule.need) == 1:
            yield (new,)
            return
        for other in self._sides[rule.id][1 - at]:
            pair = (new, other) if at == 0 else (other, new)
            if other != new and rule.joins(tuple(self._values[one] for one in pair)):
                yield pair

    def remove(self, id_: str) -> None:
        """Take a fact back."""
        del self.facts[id_], self._values[id_]
        for name, sides in self._sides.items():
            if any(id_ in side for side in sides):
                for side in sides:
                    side.discard(id_)
                self._pairs[name] = {one for one in self._pairs[name] if id_ not in one}

    def answer(self, as_of: date) -> Answer:
        """What the rules say on a day."""
        known = in_order(self.facts.values(), as_of)
        may = {*allowed(self._rules, known, as_of)}
        matches = {
            id_: frozenset(pair for pair in pairs if self._in_time(self._rules[id_], pair, as_of))
            for id_, pairs in self._pairs.items()
            if id_ in may
        }
        fired = chained(
            self._rules,
            lambda rule: rule.id in may and (not rule.need or bool(matches[rule.id])),
        )
        return Answer({id_: found for id_, found in matches.items() if found}, fired)

    def _in_time(self, rule: JudgementRule, pair: Match, as_of: date) -> bool:
        ages = ((as_of - self.facts[id_].on).days for id_ in pair)
        return all(
            age >= 0 and pattern.in_time(age) for age, pattern in zip(ages, rule.need, strict=True)
        )
