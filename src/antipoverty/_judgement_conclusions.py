"""What an answer means: conclusions, each with the rules and the facts that led to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

import attrs

from antipoverty._judgement_answer import Answer, counted, in_order, on_day
from antipoverty._judgement_facts import RANK, Fact, Pattern
from antipoverty._judgement_rules import JudgementRule
from antipoverty._rules_parts import Severity, Text
from antipoverty.conditions import Language
from antipoverty.rules import Pack

EngineName = Literal["reference", "durable", "clips"]


def _names(given: tuple[Conclusion, ...]) -> tuple[str, ...]:
    return tuple(one.name for one in given)


@attrs.frozen
class Ground:
    """Why a conclusion was drawn, by one rule.

    Attributes:
        rule: The rule.
        facts: The facts it was satisfied by, by day.
        given: The conclusions it built on.
        lacking: The kinds of facts that were not there, where that counted.
    """

    rule: JudgementRule
    facts: tuple[Fact, ...]
    given: tuple[Conclusion, ...] = attrs.field(eq=_names)
    lacking: tuple[Pattern, ...]


@attrs.frozen(repr=False)
class Conclusion:
    """What the facts of a household lead to (研判结论): a proposal for people.

    Attributes:
        household_id: The household.
        name: The conclusion's name.
        title: What it says.
        severity: The most urgent of its rules'.
        category: The monitoring category it proposes, or ``None``.
        grounds: Every rule that drew it, with the facts behind it.
        facts: All the facts behind it, through every conclusion it builds on, by day.
        illustrative: Whether a rule behind it is not published policy for the area.
        as_of: The day.
        engine: Who judged: the engine asked for, or ``reference``.
        fell_back: Why another than the engine asked for judged, or empty.
        pack: The policy.
    """

    household_id: str
    name: str
    title: Text
    severity: Severity
    category: str | None
    grounds: tuple[Ground, ...]
    facts: tuple[Fact, ...]
    illustrative: bool
    as_of: date
    engine: EngineName
    fell_back: str
    pack: Pack

    def __repr__(self) -> str:
        mark = " (illustrative)" if self.illustrative else ""
        return f"<Conclusion {self.household_id} {self.name} on {self.as_of}{mark}>"

    @property
    def basis(self) -> tuple[Any, ...]:
        """What it says and why, whoever judged and on whatever day."""
        return self.severity, self.category, self.grounds, self.facts

    def explain(self, language: Language = "en") -> str:
        """Say which rules led to it and which facts are behind them."""
        from antipoverty._judgement_explained import explained

        return explained(self, language)

    def to_dict(self, language: Language = "en") -> dict[str, Any]:
        """Give the conclusion as plain data, with its explanation."""
        return {
            "household_id": self.household_id,
            "conclusion": self.name,
            "severity": self.severity.value,
            "category": self.category,
            "rules": [ground.rule.id for ground in self.grounds],
            "facts": [fact.id for fact in self.facts],
            "as_of": self.as_of.isoformat(),
            "engine": self.engine,
            "fell_back": self.fell_back,
            "illustrative": self.illustrative,
            "explanation": self.explain(language),
        }


def conclusions(
    pack: Pack,
    found: Answer,
    facts: Iterable[Fact],
    as_of: date,
    *,
    engine: EngineName = "reference",
    fell_back: str = "",
) -> tuple[Conclusion, ...]:
    """Put an answer into conclusions, each after those it builds on."""
    known = in_order(facts, as_of)
    by_id = {fact.id: fact for fact in known}
    drawn: dict[str, Conclusion] = {}
    grounds: dict[str, list[Ground]] = {}
    for rule in pack.judgements.values():
        if rule.id not in found.fired:
            continue
        behind = {by_id[id_] for match in found.matches.get(rule.id, ()) for id_ in match}
        for tally in rule.count:
            behind.update(counted(tally, known, on_day(as_of)))
        listed = grounds.setdefault(rule.concludes, [])
        given = tuple(drawn[name] for name in rule.given)
        listed.append(Ground(rule, _by_day(behind), given, rule.lack))
        most = max((one.rule for one in listed), key=lambda one: RANK[one.severity.value])
        drawn[rule.concludes] = Conclusion(
            household_id=known[0].household_id,
            name=rule.concludes,
            title=listed[0].rule.title,
            severity=most.severity,
            category=next((one.rule.category for one in listed if one.rule.category), None),
            grounds=tuple(listed),
            facts=_by_day(fact for one in listed for fact in _all_facts(one)),
            illustrative=any(_illustrative(one, pack) for one in listed),
            as_of=as_of,
            engine=engine,
            fell_back=fell_back,
            pack=pack,
        )
    return tuple(drawn.values())


def _by_day(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple(sorted({*facts}, key=lambda fact: (fact.on, fact.id)))


def _all_facts(ground: Ground) -> Iterable[Fact]:
    yield from ground.facts
    for one in ground.given:
        yield from one.facts


def _illustrative(ground: Ground, pack: Pack) -> bool:
    """Whether the rule, a conclusion or an alert it was drawn from is."""
    warned = (pack.rules.get(f.name) for f in ground.facts if f.kind in ("alert", "undecided"))
    return (
        ground.rule.source.illustrative
        or any(one.illustrative for one in ground.given)
        or any(rule is not None and rule.source.illustrative for rule in warned)
    )
