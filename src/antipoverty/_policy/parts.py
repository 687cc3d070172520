"""The parts of a policy: rules and dated parameters, each with its source.

A published rule or value is never edited. A later rule supersedes it, a later value
begins where it ends, and a day without a value is an error.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from operator import attrgetter
from typing import Any, Literal

import attrs

from antipoverty._base.notebook import fragment
from antipoverty._base.provenance import Source, Text, instance_of
from antipoverty._base.validity import Dated
from antipoverty._policy.amounts import Amount
from antipoverty.codes import AreaCode
from antipoverty.conditions import Condition, Node, check_size, in_words, parse
from antipoverty.conditions.setting import Number
from antipoverty.conditions.tree import MAX_NUMBER
from antipoverty.errors import (
    AntipovertyError,
    Choice,
    InvalidMoneyError,
    InvalidRuleError,
    UnknownReferenceError,
    did_you_mean,
    phrase,
)
from antipoverty.model import Money, Unit, exact_number
from antipoverty.periods import Cadence, Period


def check_identifier(_owner: object, attribute: Any, value: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", value):
        raise InvalidRuleError(
            "{value!r} is not an {name}; use 1 to 64 lower-case letters, digits, '.', '_' and '-'",
            value=value,
            name=attribute.name,
        )


_DAY, _DAY_OR_NONE = instance_of(date), instance_of(date, type(None))
_TEXT_OR_NONE = instance_of(str, type(None))


def read_area(code: str) -> str:
    """Read an area; the empty text is the whole of the pack's area."""
    return AreaCode(code) if code else ""


SeverityWord = Literal["notice", "serious", "urgent"]
"""How a file names a `Severity`."""


class Severity(Choice):
    """How soon a warning asks for a keeper's visit, as the pack decides; least urgent first."""

    NOTICE = "notice"
    SERIOUS = "serious"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """1 for the least urgent, and so on."""
        return [*Severity].index(self) + 1

    @property
    def zh(self) -> str:
        """The severity in Chinese."""
        return {"notice": "提示", "serious": "较重", "urgent": "紧急"}[self.value]


@attrs.frozen
class ParameterValue(Dated):
    """A parameter's value for an area and some days.

    Attributes:
        value: Exact, in stored steps: fen where the unit has yuan.
        since: The first day it is in force.
        until: The last day; ``None`` for as long as no later one is published.
        area: The area it is for; empty for all of the pack's.
        source: Who set it.
    """

    value: Number = attrs.field(validator=instance_of(int, Fraction))
    since: date = attrs.field(validator=_DAY)
    until: date | None = attrs.field(validator=_DAY_OR_NONE)
    source: Source = attrs.field(validator=instance_of(Source))
    area: str = attrs.field(default="", converter=read_area)

    def __attrs_post_init__(self) -> None:
        exact = Fraction(self.value)
        if max(abs(exact.numerator), exact.denominator) > MAX_NUMBER:
            raise InvalidRuleError("the value has more than 12 digits")
        if self.never:
            raise InvalidRuleError("a value ends on {until}, before it begins", until=self.until)

    def overlaps(self, other: ParameterValue) -> bool:
        """Tell whether both are in force somewhere on one day."""
        return self.area == other.area and self.meets(other)


def _values(values: Iterable[ParameterValue]) -> tuple[ParameterValue, ...]:
    return tuple(values)


@attrs.frozen
class Parameter:
    """A number of the policy by area and day (参数), such as the monitoring line.

    Attributes:
        id: What conditions call it.
        title: What it is called.
        unit: Its unit; amounts are held in fen.
        values: Its values; for one area their days do not overlap. None where it is required.
        note: Who sets it, and by which text.
    """

    id: str = attrs.field(validator=check_identifier)
    title: Text = attrs.field(validator=instance_of(Text))
    unit: Unit = attrs.field(validator=instance_of(Unit))
    values: tuple[ParameterValue, ...] = attrs.field(
        converter=_values, validator=attrs.validators.deep_iterable(instance_of(ParameterValue))
    )
    note: Text | None = attrs.field(default=None, validator=instance_of(Text, type(None)))

    def __attrs_post_init__(self) -> None:
        problem = self._problem()
        if problem is not None:
            raise InvalidRuleError(problem).within(phrase("parameter {id!r}", id=self.id))

    def _problem(self) -> str | None:
        if abs(self.unit.money) > 1 or self.unit.money < 0:
            return phrase("{unit} is not an amount of money", unit=self.unit)
        if self.unit.money and any(isinstance(one.value, Fraction) for one in self.values):
            return phrase("an amount is a whole number of fen")
        first = attrgetter("area", "since")
        for value, other in itertools.pairwise(sorted(self.values, key=first)):
            if value.overlaps(other):
                return phrase(
                    "there are two values for {area} on {since}; end the earlier one the day "
                    "before",
                    area=value.area or "all areas",
                    since=max(value.since, other.since),
                )
        return None

    def at(self, area: str, day: date) -> ParameterValue | None:
        """Find the value for an area on a day: that of the nearest area above with one."""
        found = [value for value in self.values if value.on(day) and area.startswith(value.area)]
        return max(found, key=lambda value: len(value.area), default=None)


def parameter(
    id: str,  # noqa: A002 - the word policies use
    title: Text,
    unit: str,
    values: Iterable[tuple[str | int | Decimal | Fraction | Money, date, date | None, Source]],
    area: str = "",
) -> Parameter:
    """Make a parameter of one area in one call.

    Args:
        id: What conditions call it.
        title: What it is called.
        unit: Such as ``yuan/person`` or ``1``.
        values: For each: the value (yuan as text), first day, last day or ``None``, source.
        area: The area all values are for.
    """
    parsed = Unit.parse(unit)

    def made(given: Any, since: date, until: date | None, source: Source) -> ParameterValue:
        try:
            number = parameter_number(given, parsed)
        except InvalidRuleError as problem:
            raise problem.within(phrase("parameter {id!r}", id=id)) from None
        return ParameterValue(number, since, until, source, area)

    return Parameter(id, title, parsed, tuple(made(*value) for value in values))


def parameter_number(value: object, unit: Unit) -> Number:
    """Read a parameter's value exactly, amounts as yuan."""
    try:
        return exact_number(value, unit)
    except InvalidMoneyError as problem:
        raise InvalidRuleError(problem.message) from None


def read_when(condition: Condition | str) -> Condition:
    if isinstance(condition, str):
        return parse(condition)
    if not isinstance(condition, Condition):
        raise InvalidRuleError("`when` is a condition, in Python or as text")
    check_size(condition)
    return condition


def _places(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(codes)


@attrs.frozen(kw_only=True)
class Rule(Dated):
    """A warning standard (预警标准): when it holds for a household, a keeper is told.

    Attributes:
        id: Permanent; a changed rule gets a new one and supersedes this.
        title: What it is called.
        department: The id of the department whose data it screens.
        when: The condition; text is read by the grammar of `antipoverty.conditions`.
        severity: How soon it asks for a visit.
        source: Who published it, or that it is illustrative.
        since: The first day it is in force.
        until: The last day; ``None`` for as long as it is not superseded.
        area: Where it is in force; empty for all of the pack's area.
        risk: The label of the risk it points to, such as ``illness``.
        category: The monitoring category it proposes, if it does.
        advice: What the keeper checks at the door.
        amount: What is owed where it warns, or how grave it is; `None` states nothing.
        supersedes: The id of the rule it takes the place of from ``since`` on, for good:
            that rule does not come back when this one ends.
        instead_of: The id of the rule it stands in for, in its own area and on its own days
            alone; elsewhere, and when it ends, that rule is in force (局部或限期替代).
        outside: Areas in which it is not in force on a day, since others stand in for it; a
            pack works it out.
    """

    id: str = attrs.field(validator=check_identifier)
    title: Text = attrs.field(validator=instance_of(Text))
    department: str = attrs.field(validator=check_identifier)
    when: Condition = attrs.field(converter=read_when)
    severity: Severity = attrs.field(default=Severity.SERIOUS, converter=Severity)
    source: Source = attrs.field(validator=instance_of(Source))
    since: date = attrs.field(validator=_DAY)
    until: date | None = attrs.field(default=None, validator=_DAY_OR_NONE)
    area: str = attrs.field(default="", converter=read_area)
    risk: str | None = attrs.field(default=None, validator=_TEXT_OR_NONE)
    category: str | None = attrs.field(default=None, validator=_TEXT_OR_NONE)
    advice: Text | None = attrs.field(default=None, validator=instance_of(Text, type(None)))
    amount: Amount | None = attrs.field(default=None, validator=instance_of(Amount, type(None)))
    supersedes: str | None = attrs.field(default=None, validator=_TEXT_OR_NONE)
    instead_of: str | None = attrs.field(default=None, validator=_TEXT_OR_NONE)
    outside: tuple[str, ...] = attrs.field(default=(), converter=_places)

    def __attrs_post_init__(self) -> None:
        if self.instead_of is not None and (self.supersedes or self.instead_of == self.id):
            raise InvalidRuleError(
                "it supersedes a rule for good or stands in for another, and not for itself"
            ).within(phrase("rule {id!r}", id=self.id))
        if self.never:
            raise InvalidRuleError("it ends before it begins").within(
                phrase("rule {id!r}", id=self.id)
            )

    @property
    def trees(self) -> tuple[Node, ...]:
        """All that it reads by: its condition, and its amount where it states one."""
        return (self.when,) if self.amount is None else (self.when, self.amount.value)

    def covers(self, area: str) -> bool:
        """Tell whether the rule is in force in an area."""
        return area.startswith(self.area) and not area.startswith(self.outside)

    def __repr__(self) -> str:
        return f"<Rule {self.id}: {self.when}>"

    def _repr_html_(self) -> str:
        """Show a notebook the rule in words, with its source."""
        rows = [
            ("标准", in_words(self.when, "zh")),
            ("standard", in_words(self.when, "en")),
            ("级别 severity", f"{self.severity.zh} {self.severity.value}"),
            ("部门 department", self.department),
            ("依据 source", f"{self.source.title.zh} ({self.source.status.value})"),
        ]
        if self.amount is not None:
            said = f"{self.amount.in_words('zh')} {self.amount.in_words('en')}"
            rows.insert(2, ("金额 amount", said))
        return fragment(f"{self.title.zh} {self.title.en} ({self.id})", ("", ""), rows)


def rules_shown(title: str, rules: Iterable[Rule]) -> str:
    """Rules as a notebook shows them: in words, under a title."""
    rows = [
        (one.id, one.title.zh, one.title.en, one.severity.zh, in_words(one.when, "zh"))
        for one in rules
    ]
    return fragment(title, ("id", "规则", "rule", "级别", "标准"), rows)


@attrs.frozen
class RecordKind:
    """A word of the pack's vocabulary of department records (数据项).

    Attributes:
        id: The word in ``records.kind``.
        title: What it is called.
        department: The id of the department that sends it.
        every: How often the department owes it (报送周期); ``None`` where no duty is stated.
    """

    id: str = attrs.field(validator=check_identifier)
    title: Text = attrs.field(validator=instance_of(Text))
    department: str = attrs.field(validator=check_identifier)
    every: Cadence | None = attrs.field(default=None, converter=attrs.converters.optional(Cadence))

    def owed_until(self, as_of: date) -> date | None:
        """Give the last day that must have come by a day: that of the last whole period."""
        return None if self.every is None else Period.of(as_of, self.every).previous.last


def check_succession(rules: Mapping[str, Rule], problems: list[AntipovertyError]) -> None:
    """Find rules that supersede each other in a circle, so that none would be in force."""
    done: set[str] = set()
    for start in rules:
        way: dict[str, None] = {}
        at: str | None = start
        while at in rules and at not in done and at not in way:
            way[str(at)] = None
            at = rules[str(at)].supersedes
        if at in way:
            names = list(way)
            circle = sorted(names[names.index(str(at)) :])
            problems.append(
                UnknownReferenceError(
                    "rule {circle!r} supersedes itself, through {circle2}; none of them would be "
                    "in force",
                    circle=circle[0],
                    circle2=", ".join(circle),
                )
            )
        done.update(way)


def check_known(
    name: str, known: Mapping[str, object], what: str, problems: list[AntipovertyError]
) -> None:
    """Note a name that the pack does not have."""
    if name not in known:
        problems.append(
            UnknownReferenceError(
                "{what} names {name!r}, which the pack does not have{near}",
                name,
                what=what,
                name=name,
                near=did_you_mean(name, known),
            )
        )
