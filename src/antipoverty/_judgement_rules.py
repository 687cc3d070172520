"""The chained language: facts of one household, and rules that draw conclusions from them.

A rule concludes when everything it asks for certainly holds. Rules may rest on the
conclusions of others, or on their absence, but never on themselves: the order in which
rules are asked is found when a pack is made, and a circle is refused there. So there is
one meaning, whatever the order in which facts arrive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import attrs

from antipoverty._frozen import Frozen
from antipoverty._judgement_text import (
    GREATEST,
    Both,
    Compare,
    Either,
    Field,
    Sum,
    Truth,
    both,
    conjuncts,
    fields_of,
    read_truth,
    truth,
)
from antipoverty._rules_parts import Severity, Source, Text, read_area
from antipoverty.errors import (
    AntipovertyError,
    InvalidArgumentError,
    InvalidRuleError,
    UnknownReferenceError,
    did_you_mean,
    one_of,
)

KINDS = ("alert", "undecided", "measure", "state", "figure")
"""What a fact can be: a warning, an open question, help given, where a case stands, an amount."""
RANK = {"notice": 1, "serious": 2, "urgent": 3}
DISTINCT = ("name", "department", "risk", "day")
_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MOST_GIVEN = 7


@attrs.frozen(kw_only=True)
class Fact:
    """One thing known of a household, from a day on (信号).

    Attributes:
        id: Its id within the household; the same fact delivered again changes nothing.
        household_id: The household.
        kind: ``alert``, ``undecided``, ``measure``, ``state`` or ``figure``.
        name: The rule that warned, the kind of help, the state, or the figure.
        on: The day.
        area: Where the household lives.
        department: Who sent it, or ``None``.
        risk: The risk it points to, or ``None``.
        category: The monitoring category it proposes, or ``None``.
        severity: Of an alert, or ``None``.
        amount: A whole number such as fen, at most 2**40 either way, or ``None``.
    """

    id: str
    household_id: str
    kind: str
    name: str
    on: date
    area: str = ""
    department: str | None = None
    risk: str | None = None
    category: str | None = None
    severity: Severity | None = attrs.field(
        default=None, converter=attrs.converters.optional(Severity)
    )
    amount: int | None = None

    def __attrs_post_init__(self) -> None:
        one_of(self.kind, KINDS, "kind of fact")
        if type(self.on) is not date:
            raise InvalidArgumentError("the day of a fact is a date")
        for word in (self.id, self.household_id, self.name):
            if not isinstance(word, str) or not 0 < len(word) <= 200:
                raise InvalidArgumentError(
                    "a fact's id, household and name are texts of 1 to 200 characters"
                )
        amount = self.amount
        if amount is not None and (type(amount) is not int or abs(amount) > GREATEST):
            raise InvalidArgumentError("the amount of a fact is a whole number up to 2**40")

    def __repr__(self) -> str:
        return f"<Fact {self.id}: {self.kind} {self.name} on {self.on}>"

    def values(self, as_of: date) -> dict[str, Any]:
        """The fields it has, as comparisons read them."""
        found = {
            "kind": self.kind,
            "name": self.name,
            "department": self.department,
            "risk": self.risk,
            "category": self.category,
            "severity": None if self.severity is None else RANK[self.severity.value],
            "day": self.on.toordinal(),
            "age": (as_of - self.on).days,
            "amount": self.amount,
        }
        return {name: value for name, value in found.items() if value is not None}


def _words(value: str | Iterable[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


@attrs.frozen(kw_only=True)
class Pattern:
    """Which facts are meant.

    Attributes:
        kind: The kind of fact.
        name: One of these names; empty for any.
        department: One of these departments.
        risk: One of these risks.
        category: One of these categories.
        severity: At least as severe.
        last: On the day of the answer or fewer than so many days before.
        before: So many days before, or more.
        where: A comparison of its fields, as text; the fact is ``a``.
    """

    kind: str = "alert"
    name: tuple[str, ...] = attrs.field(default=(), converter=_words)
    department: tuple[str, ...] = attrs.field(default=(), converter=_words)
    risk: tuple[str, ...] = attrs.field(default=(), converter=_words)
    category: tuple[str, ...] = attrs.field(default=(), converter=_words)
    severity: Severity | None = attrs.field(
        default=None, converter=attrs.converters.optional(Severity)
    )
    last: int | None = None
    before: int | None = None
    where: str | None = None
    lasting: Truth = attrs.field(init=False, eq=False, repr=False)
    """What must hold of a fact, whatever the day."""
    timed: tuple[Compare, ...] = attrs.field(init=False, eq=False, repr=False)
    """What must hold of its age."""
    _words: tuple[tuple[str, tuple[str, ...]], ...] = attrs.field(init=False, eq=False, repr=False)
    _read: Truth | None = attrs.field(init=False, eq=False, repr=False, default=None)

    def __attrs_post_init__(self) -> None:
        one_of(self.kind, KINDS, "kind of fact")
        for days in (self.last, self.before):
            if days is not None and not 0 < days < 2**20:
                raise InvalidRuleError("`last` and `before` are days, 1 or more")
        if self.last is not None and self.before is not None and self.last <= self.before:
            raise InvalidRuleError("no fact is older than `before` and younger than `last` allow")
        parts: list[Truth] = [Compare("==", Field(0, "kind"), self.kind)]
        named = ((name, getattr(self, name)) for name in ("name", "department", "risk", "category"))
        chosen = tuple((name, words) for name, words in named if words)
        object.__setattr__(self, "_words", chosen)
        parts += [_any_word(name, words) for name, words in chosen]
        if self.severity is not None:
            parts.append(Compare(">=", Field(0, "severity"), RANK[self.severity.value]))
        if self.where is not None:
            read = read_truth(self.where, "a")
            if any(field.name == "age" for field in fields_of(read)):
                raise InvalidRuleError("a fact's age is asked for with `last` and `before`")
            object.__setattr__(self, "_read", read)
            parts.append(read)
        conjuncts(both(parts))
        timed = []
        if self.last is not None:
            timed.append(Compare("<", Field(0, "age"), self.last))
        if self.before is not None:
            timed.append(Compare(">=", Field(0, "age"), self.before))
        object.__setattr__(self, "lasting", both(parts))
        object.__setattr__(self, "timed", tuple(timed))

    def lasts(self, values: Mapping[str, Any]) -> bool | None:
        """What `lasting` says of a fact, found without walking the tree."""
        if values["kind"] != self.kind:
            return False
        unknown = False
        for name, words in self._words:
            value = values.get(name)
            if value is None:
                unknown = True
            elif value not in words:
                return False
        if self.severity is not None:
            value = values.get("severity")
            if value is None:
                unknown = True
            elif value < RANK[self.severity.value]:
                return False
        if self._read is not None:
            found = truth(self._read, (values,))
            if found is not True:
                return found
        return None if unknown else True

    def holds(self, values: Mapping[str, Any], age: int) -> bool | None:
        """Tell whether a fact of an age is meant; ``None`` when a field is missing."""
        return self.lasts(values) if self.in_time(age) else False

    @property
    def whole(self) -> Truth:
        """All that must hold of a fact."""
        return both([self.lasting, *self.timed])

    def in_time(self, age: int) -> bool:
        """Tell whether a fact of an age in days is meant."""
        return (self.last is None or age < self.last) and (
            self.before is None or age >= self.before
        )


def _any_word(name: str, words: tuple[str, ...]) -> Truth:
    each = tuple(Compare("==", Field(0, name), word) for word in words)
    return each[0] if len(each) == 1 else Either(each)


@attrs.frozen(kw_only=True)
class Tally:
    """How often a kind of fact must be there.

    Attributes:
        of: Which facts.
        at_least: How many.
        distinct: Count different names, departments, risks or days, not facts.
    """

    of: Pattern
    at_least: int
    distinct: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.at_least < 1:
            raise InvalidRuleError("`at_least` is 1 or more")
        if self.distinct is not None:
            one_of(self.distinct, DISTINCT, "thing to count")


def _patterns(given: Iterable[Pattern]) -> tuple[Pattern, ...]:
    return tuple(given)


def _tallies(given: Iterable[Tally]) -> tuple[Tally, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class JudgementRule:
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
        where: A comparison between the two, as text: ``a`` and ``b``.
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
    where: str | None = None
    within: int | None = None
    count: tuple[Tally, ...] = attrs.field(default=(), converter=_tallies)
    lack: tuple[Pattern, ...] = attrs.field(default=(), converter=_patterns)
    given: tuple[str, ...] = attrs.field(default=(), converter=_words)
    unless: tuple[str, ...] = attrs.field(default=(), converter=_words)
    category: str | None = None
    advice: Text | None = None
    between: Truth = attrs.field(init=False, eq=False, repr=False)
    """What must hold between the two facts, whatever the day."""

    def __attrs_post_init__(self) -> None:
        if not self.concludes:
            object.__setattr__(self, "concludes", self.id)
        for name in (self.id, self.concludes):
            if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
                raise InvalidRuleError(
                    f"{name!r} is no id; use 1 to 64 lower-case letters, digits, '.', '_' and '-'"
                )
        if self.until is not None and self.until < self.since:
            raise InvalidRuleError(f"judgement rule {self.id!r} ends before it begins")
        self._check_shape()
        parts: list[Truth] = []
        if self.within is not None:
            first, second = Field(0, "day"), Field(1, "day")
            parts += [
                Compare("<", Sum("-", one, other), self.within)
                for one, other in ((first, second), (second, first))
            ]
        if self.where is not None:
            parts.append(read_truth(self.where, "ab"))
            if any(field.name == "age" for field in fields_of(parts[-1])):
                raise InvalidRuleError(
                    f"judgement rule {self.id!r}: compare days, or ask for an age with `last`"
                )
        made = both(parts) if parts else Both(())
        conjuncts(made)
        object.__setattr__(self, "between", made)

    def _check_shape(self) -> None:
        if not (self.need or self.count or self.given):
            raise InvalidRuleError(
                f"judgement rule {self.id!r} rests on nothing that is there; give `need`, `count` "
                "or `given`"
            )
        if len(self.need) > 2:
            raise InvalidRuleError(
                f"judgement rule {self.id!r} joins more than two facts; let one rule conclude and "
                "another build on it with `given`, or use `count`"
            )
        if len(self.given) > _MOST_GIVEN:
            raise InvalidRuleError(
                f"judgement rule {self.id!r} is given more than {_MOST_GIVEN} conclusions; chain"
            )
        if len(self.need) < 2 and (self.where is not None or self.within is not None):
            raise InvalidRuleError(
                f"judgement rule {self.id!r}: `where` and `within` are between two facts of `need`"
            )
        if self.within is not None and not 0 < self.within < 2**20:
            raise InvalidRuleError(f"judgement rule {self.id!r}: `within` is 1 day or more")

    def __repr__(self) -> str:
        return f"<JudgementRule {self.id}: {self.concludes}>"

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Every kind of fact it asks about."""
        return (*self.need, *(tally.of for tally in self.count), *self.lack)

    def applies(self, area: str, day: date) -> bool:
        """Tell whether it is in force for a household on a day."""
        return (
            self.since <= day
            and (self.until is None or day <= self.until)
            and area.startswith(self.area)
        )

    def joins(self, facts: tuple[Mapping[str, Any], ...]) -> bool:
        """Tell whether two facts go together, whatever the day."""
        return truth(self.between, facts) is True


def _by_id(rules: Iterable[JudgementRule]) -> Mapping[str, JudgementRule]:
    return Frozen({rule.id: rule for rule in _ordered(tuple(rules))})


@attrs.frozen
class Judgements(Mapping[str, JudgementRule]):
    """The judgement rules of a pack, each after those it rests on.

    Args:
        rules: The rules, each id once.

    Raises:
        InvalidRuleError: A rule rests on itself, in the end; the message names the circle.
        UnknownReferenceError: A rule is given a conclusion that none draws.
    """

    _rules: Mapping[str, JudgementRule] = attrs.field(converter=_by_id)

    def __getitem__(self, id_: str) -> JudgementRule:
        return self._rules[id_]

    def __iter__(self) -> Any:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __repr__(self) -> str:
        return f"<{len(self._rules)} judgement rules>"

    def horizon(self, fact: Fact) -> int | None:
        """For how many days a fact can matter; 0 for never, ``None`` for good."""
        days = 0
        values = fact.values(fact.on)
        for rule in self._rules.values():
            for one in rule.patterns:
                if one.lasts(values) is not False:
                    if one.last is None:
                        return None
                    days = max(days, one.last)
        return days


def _ordered(rules: tuple[JudgementRule, ...]) -> list[JudgementRule]:
    """Put each rule after those whose conclusions it reads; ties by id."""
    by_name: dict[str, list[JudgementRule]] = {}
    for rule in rules:
        by_name.setdefault(rule.concludes, []).append(rule)
    for rule in rules:
        for name in (*rule.given, *rule.unless):
            if name not in by_name:
                raise UnknownReferenceError(
                    f"judgement rule {rule.id!r} reads the conclusion {name!r}, which no rule "
                    f"draws{did_you_mean(name, by_name)}"
                )
    done: dict[str, JudgementRule] = {}
    path: list[str] = []

    def visit(name: str) -> None:
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            raise InvalidRuleError(
                f"conclusions rest on themselves: {circle}; a household would be judged by its "
                "own judgement"
            )
        path.append(name)
        for rule in sorted(by_name[name], key=lambda one: one.id):
            if rule.id not in done:
                for other in sorted({*rule.given, *rule.unless}):
                    visit(other)
                done[rule.id] = rule
        path.pop()

    for name in sorted(by_name):
        visit(name)
    return list(done.values())


def checked(rules: Iterable[JudgementRule], problems: list[AntipovertyError]) -> Judgements:
    """Order rules, or note the problem and give none."""
    try:
        return Judgements(tuple(rules))
    except AntipovertyError as problem:
        problems.append(problem)
        return Judgements(())
