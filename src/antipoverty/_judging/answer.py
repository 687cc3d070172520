"""What the judgement rules say of one household: the plain reference, and what all engines share.

An answer has two parts: which facts every rule was satisfied by (correlation), and which
rules concluded (chaining). Counts, absences, days and areas are decided here, exactly,
for every engine; correlation and chaining are what engines do in their own way.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

import attrs

from antipoverty._base.days import days
from antipoverty._policy.guards import holds as guard_holds
from antipoverty._policy.judgement_rules import JudgementRule, Judgements
from antipoverty._policy.signals import Pattern, Signal, Tally

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


def in_order(facts: Iterable[Signal], as_of: date) -> tuple[Signal, ...]:
    """The facts known on a day, by day and id."""
    return tuple(sorted((f for f in facts if f.on <= as_of), key=lambda f: (f.on, f.id)))


def last_with_area(facts: Sequence[Signal]) -> Signal | None:
    """The fact that tells where a household lives: its latest that has an area."""
    return next((fact for fact in reversed(facts) if fact.area), None)


Holds: TypeAlias = Callable[[Pattern, Signal], bool | None]
"""Whether a fact is one that a pattern means; ``None`` when a field is missing."""


def on_day(rules: Judgements, as_of: date) -> Holds:
    """Ask each fact anew, by the short way."""
    return lambda pattern, fact: pattern.holds(rules.told(fact, as_of), fact.on, as_of)


def counted(tally: Tally, facts: Iterable[Signal], holds: Holds) -> list[Signal]:
    """The facts a tally counts, whether or not they are enough."""
    return [fact for fact in facts if holds(tally.of, fact) is True]


def enough(tally: Tally, found: Sequence[Signal]) -> bool:
    """Tell whether a tally is reached."""
    return len({_told_apart(tally, fact) for fact in found} - {None}) >= tally.at_least


def _told_apart(tally: Tally, fact: Signal) -> object:
    """What makes a fact count as another one; ``None`` when it does not have it."""
    match tally.distinct:
        case None:
            return fact.id
        case "day":
            return fact.on
        case "month":
            return fact.on.year, fact.on.month
        case field:
            return getattr(fact, field)


def allowed(
    rules: Judgements, facts: Sequence[Signal], as_of: date, holds: Holds
) -> tuple[str, ...]:
    """The rules that are in force and whose counts and absences certainly hold."""
    lives = last_with_area(facts)
    area = lives.area if lives else ""
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


@days
def answer(rules: Judgements, facts: Iterable[Signal], as_of: date) -> Answer:
    """Compute everything from all facts: the meaning of the language.

    Args:
        rules: The rules, in order.
        facts: The facts of one household; those after ``as_of`` are not known yet.
        as_of: The day.
    """
    known = in_order(facts, as_of)
    values = {fact.id: rules.told(fact, as_of) for fact in known}

    def holds(pattern: Pattern, fact: Signal) -> bool | None:
        return guard_holds(pattern.whole, values[fact.id])

    matches: dict[str, frozenset[Match]] = {}
    may = {*allowed(rules, known, as_of, holds)}
    for id_ in may:
        rule = rules[id_]
        if rule.need:
            sides = [
                [fact.id for fact in known if holds(pattern, fact) is True] for pattern in rule.need
            ]
            matches[id_] = frozenset(
                chosen
                for chosen in itertools.product(*sides)
                if len(set(chosen)) == len(chosen)
                and (
                    rule.between is None
                    or guard_holds(rule.between, *(values[one] for one in chosen)) is True
                )
            )
    return answered(rules, may, matches)


def answered(rules: Judgements, may: set[str], matches: Mapping[str, frozenset[Match]]) -> Answer:
    """The answer that follows from what may conclude and what facts satisfy it."""
    return Answer(
        {id_: found for id_, found in matches.items() if found},
        chained(rules, lambda rule: rule.id in may and (not rule.need or bool(matches[rule.id]))),
    )
