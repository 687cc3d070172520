"""What a rule says is owed, or how grave it finds a household: a number beside a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from operator import attrgetter
from typing import Any

import attrs

from antipoverty._base.provenance import instance_of
from antipoverty.conditions import (
    Node,
    Setting,
    Truth,
    Value,
    check_size,
    in_words,
    parse_value,
    quantity,
    reach,
    unsettled,
)
from antipoverty.conditions import tree as nodes
from antipoverty.errors import InvalidRuleError, KindMismatchError, UnitMismatchError
from antipoverty.languages import Language, Voice
from antipoverty.model import Kind, Unit
from antipoverty.periods import Cadence

_PERIODS = {
    None: ("", ""),
    Cadence.WEEK: ("每周", " a week"),
    Cadence.MONTH: ("每月", " a month"),
    Cadence.QUARTER: ("每季度", " a quarter"),
    Cadence.HALF_YEAR: ("每半年", " each half-year"),
    Cadence.YEAR: ("每年", " a year"),
}


def _value(given: Value | str) -> Value:
    found = parse_value(given) if isinstance(given, str) else given
    if not isinstance(found, Value):
        raise InvalidRuleError("an amount is a value, in Python or as text")
    check_size(found)
    return found


def _unit(given: Unit | str) -> Unit:
    return Unit.parse(given) if isinstance(given, str) else given


@attrs.frozen
class Amount:
    """How much a rule states where it warns (应发金额): money that is owed, or a score.

    It is never below zero, and zero where the rule is clear. So what is owed by
    ``param("line") * size - net_income_12m`` is nothing for who is over the line.

    Attributes:
        value: The number, of facts, parameters, counts, sums and scores; text is read by
            the grammar of `antipoverty.conditions`.
        unit: Its unit; amounts of money are exact fen.
        period: How often it is owed; ``None`` for once, and for what is no money.
    """

    value: Value = attrs.field(converter=_value, eq=attrgetter("key"))
    unit: Unit = attrs.field(default=Unit.parse("yuan"), converter=_unit)
    period: Cadence | None = attrs.field(default=None, converter=attrs.converters.optional(Cadence))

    def __attrs_post_init__(self) -> None:
        instance_of(Unit)(self, attrs.fields(Amount).unit, self.unit)
        if self.unit.money not in (0, 1):
            raise InvalidRuleError("{unit} is not an amount of money", unit=self.unit)
        if self.period is not None and not self.unit.money:
            raise InvalidRuleError(
                "a number of {unit} is not owed by the period; leave it out", unit=self.unit
            )
        for node in self.value.walk():
            _check_reached(node, self.value)

    def bound(self, value: Value) -> Amount:
        """The amount with its value bound to a pack's model and units.

        Raises:
            KindMismatchError: The value is no number.
            UnitMismatchError: It is of another unit.
        """
        kind = value.type
        if kind is None or kind.kind is not Kind.NUMBER:
            raise KindMismatchError(
                "the amount `{value}` is {kind}, not a number",
                value=value,
                kind=kind or "not bound",
            )
        if (kind.unit or Unit()) != self.unit:
            raise UnitMismatchError(
                "the amount `{value}` is {kind}, and its unit is stated as {unit}",
                value=value,
                kind=kind,
                unit=self.unit,
            )
        return attrs.evolve(self, value=value)

    def in_words(self, language: Language, titles: Mapping[str, str] | None = None) -> str:
        """Say how it is worked out, with its unit and period."""
        say = Voice(language)
        every_zh, every_en = _PERIODS[self.period]
        unit = say(self.unit.zh, self.unit.en)
        words = in_words(self.value, say.language, titles)
        return say(
            f"{every_zh}{words}" + (f"（{unit}）" if unit else ""),
            words + (f" ({unit}{every_en})" if unit else ""),
        )

    def of(self, household: Any, setting: Setting, held: Truth) -> Stated:
        """Give what is stated for a household.

        Args:
            household: The household, as its rule is asked about it.
            setting: The day and the parameters.
            held: Whether the rule holds for it.
        """
        if held is False:
            return Stated(0, 0, self.unit, self.period)
        low, high = reach(self.value, household, setting)
        return Stated(
            max(low, 0) if held else 0,
            max(high, 0),
            self.unit,
            self.period,
            tuple(sorted(unsettled(self.value, household, setting))),
        )


def _check_reached(node: Node, value: Value) -> None:
    """Refuse what has no value where there is no row: an amount is always a number."""
    few = isinstance(node, nodes.Quantile | nodes.GroupReduce) or (
        isinstance(node, nodes.Reduce) and node.operator != "sum"
    )
    if few and not _asked(node, value):
        raise InvalidRuleError(
            "the amount `{value}` reads `{node}`, which has no value without rows; an amount is "
            "made of facts, parameters, counts, sums and scores",
            value=value,
            node=node,
        )


def _asked(node: Node, value: Node) -> bool:
    """Whether a node stands in a condition, where it may have no value."""
    return any(
        isinstance(part, nodes.Condition) and any(one is node for one in part.walk())
        for part in value.walk()
    )


@attrs.frozen
class Stated:
    """What a rule states for one household, from the least to the most it can be.

    The ``repr`` does not show the numbers, which belong to the household.

    Attributes:
        low: The least, exact: fen where the unit has yuan.
        high: The most; another number than the least where facts are missing.
        unit: The unit.
        period: How often it is owed; ``None`` for once, and for what is no money.
        missing: The facts that would settle it, by path.
    """

    low: int | Fraction = attrs.field(repr=False)
    high: int | Fraction = attrs.field(repr=False)
    unit: Unit
    period: Cadence | None = None
    missing: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high

    def said(self, language: Language) -> str:
        """Say it with its unit and period."""
        say = Voice(language)
        low, high = (quantity(one, self.unit, say.language) for one in (self.low, self.high))
        every_zh, every_en = _PERIODS[self.period]
        span = low if self.settled else say(f"{low}至{high}", f"{low} to {high}")
        return say(f"{every_zh}{span}", f"{span}{every_en}")

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain data; numbers are exact text in the unit, such as ``1200.05``."""
        scale = self.unit.scale

        def text(number: int | Fraction) -> str:
            exact = Fraction(number) / scale
            if scale == 100 and (exact * 100).denominator == 1:
                fen = int(exact * 100)
                return f"{fen // 100}.{fen % 100:02d}"
            return str(exact)

        return {
            "low": text(self.low),
            "high": text(self.high),
            "unit": str(self.unit),
            "period": None if self.period is None else self.period.value,
            "missing": list(self.missing),
        }


__all__ = ["Amount", "Stated"]
