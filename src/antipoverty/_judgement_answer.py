"""What the judgement rules say of one household: the plain reference, and what all engines share.

An answer has two parts: which facts every rule was satisfied by (correlation), and which
rules concluded (chaining). Counts, absences, days and areas are decided here, exactly,
for every engine; correlation and chaining are what engines do in their own way.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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


Holds: TypeAlias = Callable[[Pattern, Fact], bool | None]
"""Whether a fact is one that a pattern means; ``None`` when a field is missing."""


def counted(tally: Tally, facts: Iterable[Fact], holds: Holds) -> list[Fact]:
    """The facts a tally counts, whether or not they are enough."""
    return [fact for fact in facts if holds(tally.of, fact) is True]


def on_day(as_of: date) -> Holds:
    """Ask each fact anew."""
    return lambda pattern, fact: pattern.holds(fact.values(as_of), (as_of - fact.on).days)


def enough(tally: Tally, found: Sequence[Fact]) -> bool:
    """Tell whether a tally is reached."""
    if tally.distinct is None:
        return len(found) >= tally.at_least
    name = "on" if tally.distinct == "day" else tally.distinct
    values = {getattr(fact, name) for fact in found}
    return len(values - {None}) >= tally.at_least


def allowed(rules: Judgements, facts: Sequence[Fact], as_of: date, holds: Holds) -> tuple[str, ...]:
    """The rules that are in force and whose counts and absences certainly hold."""
    area = area_of(facts)
    return tuple(
        rule.id
        for rule in rules.values()
        if rule.applies(area, as_of)
        and all(enough(tally, counted(tally, facts, holds)) for tally in rule.count)
        and all(holds(pattern, fact) is False for pattern in rule.lack for fact in facts)
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
    may = allowed(rules, known, as_of, on_day(as_of))
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

    What a fact is to each pattern is found once, when it comes. Adding or taking back a
    fact touches only the matches it is part of; the day only selects among them.
    """

    def __init__(self, rules: Judgements) -> None:
        self._rules = rules
        self.facts: dict[str, Fact] = {}
        self._values: dict[str, dict[str, Any]] = {}
        self._lasts: dict[tuple[int, str], bool | None] = {}
        self._pairs: dict[str, set[Match]] = {
            rule.id: set() for rule in rules.values() if rule.need
        }

    def add(self, fact: Fact) -> None:
        """Take a fact in."""
        self.facts[fact.id] = fact
        mine = self._values[fact.id] = fact.values(fact.on)
        for rule in self._rules.values():
            for pattern in rule.patterns:
                self._lasts[id(pattern), fact.id] = pattern.lasts(mine)
        for id_, pairs in self._pairs.items():
            pairs.update(self._joined(self._rules[id_], fact.id))

    def _joined(self, rule: JudgementRule, new: str) -> Iterator[Match]:
        mine = [self._lasts[id(pattern), new] is True for pattern in rule.need]
        if len(mine) == 1:
            if mine[0]:
                yield (new,)
            return
        for at in (0, 1):
            if not mine[at]:
                continue
            other_side = id(rule.need[1 - at])
            for other in self.facts:
                if other != new and self._lasts[other_side, other] is True:
                    pair = (new, other) if at == 0 else (other, new)
                    if rule.joins((self._values[pair[0]], self._values[pair[1]])):
                        yield pair

    def remove(self, id_: str) -> None:
        """Take a fact back."""
        del self.facts[id_], self._values[id_]
        for key in [key for key in self._lasts if key[1] == id_]:
            del self._lasts[key]
        for name, pairs in self._pairs.items():
            if any(id_ in pair for pair in pairs):
                self._pairs[name] = {pair for pair in pairs if id_ not in pair}

    def answer(self, as_of: date) -> Answer:
        """What the rules say on a day."""
        known = in_order(self.facts.values(), as_of)
        ages = {fact.id: (as_of - fact.on).days for fact in self.facts.values()}

        def holds(pattern: Pattern, fact: Fact) -> bool | None:
            in_time = pattern.in_time(ages[fact.id])
            return self._lasts[id(pattern), fact.id] if in_time else False

        may = {*allowed(self._rules, known, as_of, holds)}
        matches = {
            id_: frozenset(pair for pair in pairs if _in_time(self._rules[id_], pair, ages))
            for id_, pairs in self._pairs.items()
            if id_ in may
        }
        fired = chained(
            self._rules,
            lambda rule: rule.id in may and (not rule.need or bool(matches[rule.id])),
        )
        return Answer({id_: found for id_, found in matches.items() if found}, fired)


def _in_time(rule: JudgementRule, pair: Match, ages: Mapping[str, int]) -> bool:
    return all(
        ages[id_] >= 0 and pattern.in_time(ages[id_])
        for id_, pattern in zip(pair, rule.need, strict=True)
    )
