"""The facts of one household, with what satisfies each rule kept up to date.

What a fact is to each pattern is found once, when it comes. Adding or taking back a fact
touches only the matches it is part of; the day only selects among them. A fact that no
rule can see any more is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from antipoverty._judging.answer import (
    Answer,
    Match,
    allowed,
    answered,
    in_order,
    last_with_area,
)
from antipoverty._policy.judgement_rules import JudgementRule, Judgements
from antipoverty._policy.signals import Pattern, Signal


class Home:
    """The facts of one household.

    Args:
        rules: The rules that look at them.
    """

    def __init__(self, rules: Judgements) -> None:
        self._rules = rules
        self.facts: dict[str, Signal] = {}
        self._values: dict[str, dict[str, Any]] = {}
        self._lasts: dict[str, tuple[bool | None, ...]] = {}
        self._until: dict[str, int] = {}
        self._pairs: dict[str, set[Match]] = {}

    def add(self, fact: Signal) -> None:
        """Take a fact in."""
        self.facts[fact.id] = fact
        mine = self._values[fact.id] = self._rules.told(fact, fact.on)
        lasts = self._lasts[fact.id] = tuple(one.lasts(mine) for one in self._rules.patterns)
        days = self._rules.longest(lasts)
        if days is not None:
            self._until[fact.id] = fact.on.toordinal() + days
        for rule in self._rules.values():
            if rule.need:
                for match in self._joined(rule, fact.id):
                    self._pairs.setdefault(rule.id, set()).add(match)

    def _is(self, pattern: Pattern, id_: str) -> bool | None:
        return self._lasts[id_][self._rules.places[pattern]]

    def _joined(self, rule: JudgementRule, new: str) -> Iterator[Match]:
        if len(rule.need) == 1:
            if self._is(rule.need[0], new) is True:
                yield (new,)
            return
        first, second = rule.need
        sides = (first, second, False), (second, first, True)
        for mine, other_side, turned in sides:
            if self._is(mine, new) is not True:
                continue
            for other in self.facts:
                if other != new and self._is(other_side, other) is True:
                    pair = (other, new) if turned else (new, other)
                    if rule.joins(self._values[pair[0]], self._values[pair[1]]):
                        yield pair

    def remove(self, id_: str) -> None:
        """Take a fact back."""
        del self.facts[id_], self._values[id_], self._lasts[id_]
        self._until.pop(id_, None)
        for name, pairs in self._pairs.items():
            if any(id_ in pair for pair in pairs):
                self._pairs[name] = {pair for pair in pairs if id_ not in pair}

    def forget(self, as_of: date) -> None:
        """Drop what no rule can see from a day on; where the household lives is kept."""
        today = as_of.toordinal()
        gone = {id_ for id_, until in self._until.items() if until <= today}
        if gone and self._rules.local:
            lives = last_with_area(in_order(self.facts.values(), as_of))
            gone -= {lives.id} if lives else set()
        for id_ in gone:
            self.remove(id_)

    def answer(self, as_of: date, rules: Judgements, facts: Iterable[Signal]) -> Answer:
        """What the rules say on a day.

        Args:
            as_of: The day.
            rules: The rules, for the areas as they are coded on that day.
            facts: The facts, likewise.
        """
        known = in_order(facts, as_of)
        days = {fact.id: fact.on for fact in known}

        def holds(pattern: Pattern, fact: Signal) -> bool | None:
            return self._is(pattern, fact.id) if pattern.in_time(fact.on, as_of) else False

        may = {*allowed(rules, known, as_of, holds)}
        matches = {
            id_: frozenset(
                match
                for match in self._pairs.get(id_, ())
                if all(
                    one in days and pattern.in_time(days[one], as_of)
                    for one, pattern in zip(match, self._rules[id_].need, strict=True)
                )
            )
            for id_ in may
            if self._rules[id_].need
        }
        return answered(self._rules, may, matches)
