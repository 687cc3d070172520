"""The chained language: facts of one household, and rules that draw conclusions from them.

A rule concludes when everything it asks for certainly holds. Rules may rest on the
conclusions of others, or on their absence, but never on themselves: the order in which
rules are asked is found when a pack is made, and a circle is refused there. So there is
one meaning, whatever the order in which facts arrive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from graphlib import CycleError, TopologicalSorter
from typing import Any

import attrs

from antipoverty._base.days import days
from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Source, Text
from antipoverty._base.validity import Dated
from antipoverty._policy.guards import (
    Values,
    Words,
    both,
    conjuncts,
    fact,
    guard_of_two,
    holds,
    told_as,
    with_units,
    with_words,
)
from antipoverty._policy.parts import Parameter, Severity, read_area
from antipoverty._policy.signals import Pattern, Signal, Tally, words_of
from antipoverty.conditions import Condition
from antipoverty.errors import (
    AntipovertyError,
    InvalidRuleError,
    ParameterNotSetError,
    UnknownReferenceError,
    did_you_mean,
    phrase,
)
from antipoverty.model import Unit

_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MOST_GIVEN = 7


def _patterns(given: Iterable[Pattern]) -> tuple[Pattern, ...]:
    return tuple(given)


def _tallies(given: Iterable[Tally]) -> tuple[Tally, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class JudgementRule(Dated):
    """Concludes something of a household from its facts (研判规则).

    Attributes:
        id: Permanent.
        title: What the conclusion says.
        concludes: The conclusion's name; several rules may draw the same. Its own id by
            default.
        severity: How urgent the conclusion is.
        source: Who published it, or that it is illustrative.
        since: The first day it is in force.
        until: The last day, or ``None``.
        area: Where it is in force; empty for all of the pack's area.
        need: One fact, or two different ones.
        where: A condition over the two, ``a`` and ``b``; text is read by the grammar of
            `antipoverty.conditions`.
        within: The two fit into a window of so many days.
        count: Facts that must be there often enough.
        lack: Facts that must certainly not be there.
        given: Conclusions that must have been drawn.
        unless: Conclusions that must not.
        category: The monitoring category it proposes, if it does.
        advice: What to do.
    """

    id: str
    title: Text
    concludes: str = ""
    severity: Severity = attrs.field(default=Severity.SERIOUS, converter=Severity)
    source: Source
    since: date
    until: date | None = None
    area: str = attrs.field(default="", converter=read_area)
    need: tuple[Pattern, ...] = attrs.field(default=(), converter=_patterns)
    where: Condition | None = attrs.field(
        default=None, converter=attrs.converters.optional(guard_of_two)
    )
    within: int | None = None
    count: tuple[Tally, ...] = attrs.field(default=(), converter=_tallies)
    lack: tuple[Pattern, ...] = attrs.field(default=(), converter=_patterns)
    given: tuple[str, ...] = attrs.field(default=(), converter=words_of)
    unless: tuple[str, ...] = attrs.field(default=(), converter=words_of)
    category: str | None = None
    advice: Text | None = None
    between: Condition | None = attrs.field(init=False, eq=False, repr=False)
    """What must hold between the two facts, whatever the day; ``None`` for nothing."""

    def __attrs_post_init__(self) -> None:
        if not self.concludes:
            object.__setattr__(self, "concludes", self.id)
        for name in (self.id, self.concludes):
            if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
                raise InvalidRuleError(
                    "{name!r} is no id; use 1 to 64 lower-case letters, digits, '.', '_' and '-'",
                    name=name,
                )
        problem = self._problem()
        if problem is not None:
            raise InvalidRuleError(problem).within(phrase("judgement rule {id!r}", id=self.id))
        parts: list[Condition] = []
        if self.within is not None:
            first, second = (fact("day_number", side) for side in "ab")
            parts += [first - second < self.within, second - first < self.within]
        if self.where is not None:
            parts.append(self.where)
        made = both(parts) if parts else None
        if made is not None:
            conjuncts(made)
        object.__setattr__(self, "between", made)

    def _problem(self) -> str | None:
        """What the rule cannot be like, if it is."""
        if self.never:
            return phrase("it ends before it begins")
        if not (self.need or self.count or self.given):
            return phrase("it rests on nothing that is there; give `need`, `count` or `given`")
        if len(self.need) > 2:
            return phrase(
                "it joins more than two facts; let one rule conclude and another build on it "
                "with `given`, or use `count`"
            )
        if len(self.given) > _MOST_GIVEN:
            return phrase(
                "it is given more than {most_given} conclusions; chain", most_given=_MOST_GIVEN
            )
        if len(self.need) < 2 and (self.where is not None or self.within is not None):
            return phrase("`where` and `within` are between two facts of `need`")
        if self.within is not None and not 0 < self.within < 2**20:
            return phrase("`within` is 1 day or more")
        return None

    def __repr__(self) -> str:
        return f"<JudgementRule {self.id}: {self.concludes}>"

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Every kind of fact it asks about."""
        return (*self.need, *(tally.of for tally in self.count), *self.lack)

    @property
    def reads(self) -> tuple[str, ...]:
        """The conclusions it builds on, or whose absence it builds on."""
        return (*self.given, *self.unless)

    def applies(self, area: str, day: date) -> bool:
        """Tell whether it is in force for a household on a day."""
        return self.on(day) and area.startswith(self.area)

    def bound(
        self, words: Callable[[str], Mapping[str, Words]], units: Mapping[str, Unit]
    ) -> JudgementRule:
        """The same rule with the words and the units of a pack in its guards.

        Args:
            words: What the columns of a kind of signal can be.
            units: The units of the parameters.

        Raises:
            UnknownChoiceError: A guard names a word that the pack does not have.
        """

        def one(pattern: Pattern) -> Pattern:
            if pattern.where is None:
                return pattern
            known = {f"a.{name}": each for name, each in words(pattern.kind).items()}
            where = with_units(with_words(pattern.where, known), units)
            return attrs.evolve(pattern, where=where)

        sides = zip("ab", self.need, strict=False)
        between = {
            f"{side}.{name}": each
            for side, pattern in sides
            for name, each in words(pattern.kind).items()
        }
        return attrs.evolve(
            self,
            need=map(one, self.need),
            where=None if self.where is None else with_words(self.where, between),
            count=(attrs.evolve(tally, of=one(tally.of)) for tally in self.count),
            lack=map(one, self.lack),
        )

    def joins(self, one: Values, other: Values) -> bool:
        """Tell whether two facts go together: what `between` says, the days looked at first."""
        if self.within is not None and abs(one["day_number"] - other["day_number"]) >= self.within:
            return False
        return self.where is None or holds(self.where, one, other) is True


@attrs.frozen(init=False)
class Judgements(Mapping[str, JudgementRule]):
    """The judgement rules of a pack, each after those it rests on.

    Args:
        rules: The rules, each id once.
        parameters: The parameters that guards may name.

    Attributes:
        patterns: Every kind of fact that some rule asks about, once.
        local: Whether a rule is for a part of the pack's area, so that it matters where a
            household lives.

    Raises:
        InvalidRuleError: A rule rests on itself, in the end; the message names the circle.
        UnknownReferenceError: A rule is given a conclusion that none draws.
    """

    _rules: Mapping[str, JudgementRule]
    patterns: tuple[Pattern, ...] = attrs.field(eq=False, repr=False)
    places: Mapping[Pattern, int] = attrs.field(eq=False, repr=False)
    local: bool = attrs.field(eq=False, repr=False)
    parameters: Mapping[str, Parameter] = attrs.field(eq=False, repr=False)

    def __init__(
        self, rules: Iterable[JudgementRule], parameters: Mapping[str, Parameter] = Frozen()
    ) -> None:
        ordered = _ordered(tuple(rules))
        patterns = dict.fromkeys(pattern for rule in ordered for pattern in rule.patterns)
        self.__attrs_init__(
            Frozen({rule.id: rule for rule in ordered}),
            tuple(patterns),
            Frozen({pattern: at for at, pattern in enumerate(patterns)}),
            any(rule.area for rule in ordered),
            parameters,
        )

    def __getitem__(self, id_: str) -> JudgementRule:
        return self._rules[id_]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __repr__(self) -> str:
        return f"<{len(self._rules)} judgement rules>"

    @days
    def told(self, fact: Signal, as_of: date) -> dict[str, Any]:
        """What a fact has, as guards read it, with the parameters where and when it came.

        Raises:
            ParameterNotSetError: A parameter that is asked of it had no value there and then.
        """
        found = fact.values(as_of)
        for pattern in self.patterns:
            if pattern.params and pattern.may_be(fact):
                for name in pattern.params:
                    value = self.parameters[name].at(fact.area, fact.on)
                    if value is None:
                        raise ParameterNotSetError(
                            "parameter {id!r} has no value in {area} on {day}, where and when a "
                            "signal came",
                            id=name,
                            area=fact.area or "all areas",
                            day=fact.on,
                        )
                    found[told_as(name)] = value.value
        return found

    def horizon(self, fact: Signal) -> int | None:
        """For how many days a fact can matter; 0 for never, ``None`` for good."""
        values = self.told(fact, fact.on)
        return self.longest([one.lasts(values) for one in self.patterns])

    def longest(self, lasts: Sequence[bool | None]) -> int | None:
        """For how many days a fact matters that is so to each of the `patterns`."""
        days = 0
        for one, lasting in zip(self.patterns, lasts, strict=True):
            if lasting is not False:
                if one.longest is None:
                    return None
                days = max(days, one.longest)
        return days


def _ordered(rules: tuple[JudgementRule, ...]) -> list[JudgementRule]:
    """Put each rule after those whose conclusions it reads; ties by conclusion and id."""
    by_name: dict[str, list[JudgementRule]] = {}
    for rule in sorted(rules, key=lambda one: one.id):
        by_name.setdefault(rule.concludes, []).append(rule)
    waits = TopologicalSorter[str]()
    for rule in rules:
        for name in rule.reads:
            if name not in by_name:
                raise UnknownReferenceError(
                    "judgement rule {id!r} reads the conclusion {name!r}, which no rule "
                    "draws{near}",
                    id=rule.id,
                    name=name,
                    near=did_you_mean(name, by_name),
                )
    for name in sorted(by_name):
        waits.add(name, *sorted({read for rule in by_name[name] for read in rule.reads}))
    try:
        waits.prepare()
    except CycleError as problem:
        circle = " -> ".join(reversed(problem.args[1]))
        raise InvalidRuleError(
            "conclusions rest on themselves: {circle}; a household would be judged by its own "
            "judgement",
            circle=circle,
        ) from None
    found: list[JudgementRule] = []
    while waits.is_active():
        names = sorted(waits.get_ready())
        found += [rule for name in names for rule in by_name[name]]
        waits.done(*names)
    return found


def checked(
    rules: Iterable[JudgementRule],
    parameters: Mapping[str, Parameter],
    problems: list[AntipovertyError],
) -> Judgements:
    """Order rules, or note the problem and give none."""
    try:
        return Judgements(tuple(rules), parameters)
    except AntipovertyError as problem:
        problems.append(problem)
        return Judgements(())
