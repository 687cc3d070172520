"""One thing known of a household, and the ways to say which such things are meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import attrs

from antipoverty._policy.guards import GREATEST, KINDS, both, conjuncts, fact, guard_of_one, holds
from antipoverty._policy.parts import Severity
from antipoverty.conditions import Condition, Value, params_read
from antipoverty.conditions.windows import before as earlier
from antipoverty.errors import InvalidArgumentError, InvalidRuleError, one_of

DISTINCT = ("name", "department", "risk", "day", "month")


def _known_word(word: str | None) -> str | None:
    """An empty text says nothing."""
    return word or None


@attrs.frozen(kw_only=True)
class Signal:
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
        amount: Money in whole fen, at most 2**40 either way, or ``None``; guards say it in
            yuan.
    """

    id: str
    household_id: str
    kind: str
    name: str
    on: date
    area: str = ""
    department: str | None = attrs.field(default=None, converter=_known_word)
    risk: str | None = attrs.field(default=None, converter=_known_word)
    category: str | None = attrs.field(default=None, converter=_known_word)
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
        for word in (self.area, self.department or "", self.risk or "", self.category or ""):
            if not isinstance(word, str) or len(word) > 200:
                raise InvalidArgumentError(
                    "a fact's area, department, risk and category are texts of at most 200 "
                    "characters"
                )
        amount = self.amount
        if amount is not None and (type(amount) is not int or abs(amount) > GREATEST):
            raise InvalidArgumentError("the amount of a fact is a whole number up to 2**40")

    def __repr__(self) -> str:
        return f"<Fact {self.id}: {self.kind} {self.name} on {self.on}>"

    def values(self, as_of: date) -> dict[str, Any]:
        """What it has, as guards read it."""
        found = {
            "kind": self.kind,
            "name": self.name,
            "department": self.department,
            "risk": self.risk,
            "category": self.category,
            "severity": None if self.severity is None else self.severity.rank,
            "day": self.on,
            "day_number": self.on.toordinal(),
            "age": (as_of - self.on).days,
            "months": months_back(self.on, as_of),
            "amount": self.amount,
        }
        return {name: value for name, value in found.items() if value is not None}


def months_back(on: date, as_of: date) -> int:
    """The least number of months whose window, back from a day, holds another."""
    months = max((as_of.year - on.year) * 12 + as_of.month - on.month, 0)
    while months and earlier(as_of, months - 1, "months") <= on:
        months -= 1
    while earlier(as_of, months, "months") > on:
        months += 1
    return months


def words_of(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """One word or several, or none."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


@attrs.frozen(kw_only=True, cache_hash=True)
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
        months: On the day of the answer, or in so many months before it: from the first day of
            the window that ``months=`` is in conditions over rows.
        where: A condition over its fields, such as ``a.amount > yuan(500)``; text is read by the
            grammar of `antipoverty.conditions`.
    """

    kind: str = "alert"
    name: tuple[str, ...] = attrs.field(default=(), converter=words_of)
    department: tuple[str, ...] = attrs.field(default=(), converter=words_of)
    risk: tuple[str, ...] = attrs.field(default=(), converter=words_of)
    category: tuple[str, ...] = attrs.field(default=(), converter=words_of)
    severity: Severity | None = attrs.field(
        default=None, converter=attrs.converters.optional(Severity)
    )
    last: int | None = None
    before: int | None = None
    months: int | None = None
    where: Condition | None = attrs.field(
        default=None, converter=attrs.converters.optional(guard_of_one), eq=False
    )
    _written: str = attrs.field(init=False, repr=False)
    """The guard as text, by which patterns are told apart: trees are slower to compare."""
    params: tuple[str, ...] = attrs.field(init=False, eq=False, repr=False)
    """The parameters that the guard names."""
    lasting: Condition = attrs.field(init=False, eq=False, repr=False)
    """What must hold of a fact, whatever the day."""
    whole: Condition = attrs.field(init=False, eq=False, repr=False)
    """All that must hold of a fact, its age included."""
    _words: tuple[tuple[str, tuple[str, ...]], ...] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        one_of(self.kind, KINDS, "kind of fact")
        for days in (self.last, self.before):
            if days is not None and not 0 < days < 2**20:
                raise InvalidRuleError("`last` and `before` are days, 1 or more")
        if self.last is not None and self.before is not None and self.last <= self.before:
            raise InvalidRuleError("no fact is older than `before` and younger than `last` allow")
        if self.months is not None and not 0 < self.months < 2**12:
            raise InvalidRuleError("`months` is a number of months, 1 or more")
        if self.months is not None and self.last is not None:
            raise InvalidRuleError("give `last` in days or `months`, not both")
        named = ((name, getattr(self, name)) for name in ("name", "department", "risk", "category"))
        chosen = tuple((name, words) for name, words in named if words)
        object.__setattr__(self, "_words", chosen)
        parts = [_fact("kind") == self.kind]
        parts += [_fact(name).is_in(*words) for name, words in chosen]
        if self.severity is not None:
            parts.append(_fact("severity") >= self.severity.rank)
        if self.where is not None:
            parts.append(self.where)
        object.__setattr__(self, "_written", "" if self.where is None else str(self.where))
        conjuncts(both(parts))
        timed: list[Condition] = []
        if self.last is not None:
            timed.append(_fact("age") < self.last)
        if self.before is not None:
            timed.append(_fact("age") >= self.before)
        if self.months is not None:
            timed.append(_fact("months") <= self.months)
        object.__setattr__(self, "params", () if self.where is None else params_read(self.where))
        object.__setattr__(self, "lasting", both(parts))
        object.__setattr__(self, "whole", both([*parts, *timed]))

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
            elif value < self.severity.rank:
                return False
        if self.where is not None:
            found = holds(self.where, values)
            if found is not True:
                return found
        return None if unknown else True

    def holds(self, values: Mapping[str, Any], on: date, as_of: date) -> bool | None:
        """What `whole` says of a fact, found without walking the tree."""
        return self.lasts(values) if self.in_time(on, as_of) else False

    def in_time(self, on: date, as_of: date) -> bool:
        """Tell whether a fact of a day is meant on the day of the answer."""
        age = (as_of - on).days
        return (
            (self.last is None or age < self.last)
            and (self.before is None or age >= self.before)
            and (self.months is None or on >= earlier(as_of, self.months, "months"))
        )

    def may_be(self, fact: Signal) -> bool:
        """Whether a fact is of the kind and of a name that are meant."""
        return fact.kind == self.kind and (not self.name or fact.name in self.name)

    @property
    def longest(self) -> int | None:
        """For how many days a fact can be meant; ``None`` for good."""
        return self.last if self.months is None else 31 * self.months + 1


def _fact(name: str) -> Value:
    return fact(name, sides="a")


@attrs.frozen(kw_only=True)
class Tally:
    """How often a kind of fact must be there.

    Attributes:
        of: Which facts.
        at_least: How many.
        distinct: Count different names, departments, risks, days or calendar months, not
            facts.
    """

    of: Pattern
    at_least: int
    distinct: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.at_least < 1:
            raise InvalidRuleError("`at_least` is 1 or more")
        if self.distinct is not None:
            one_of(self.distinct, DISTINCT, "thing to count")
