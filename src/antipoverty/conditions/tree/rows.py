"""Rows of a child table, and what is asked of them: any, all, count, sum, min, max; and scores."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, ClassVar

import attrs

from antipoverty.conditions.tree.nodes import DATE, DAYS, NUMBER, Node, Type, key_of
from antipoverty.conditions.tree.scalars import (
    Condition,
    Const,
    Flag,
    Read,
    Value,
    as_condition,
    compare,
    lift,
    read,
)
from antipoverty.conditions.windows import Window
from antipoverty.errors import (
    ConditionError,
    InexactNumberError,
    KindMismatchError,
    UndatedTableError,
)
from antipoverty.model import TableSchema, Unit


@attrs.frozen(eq=False, repr=False, str=False)
class Rows(Node):
    """Rows of a child table: all of a household's, or those a filter and a window leave.

    ``members.age`` is a field of the rows; ``where``, ``within`` and the reductions
    ``any``, ``all``, ``count``, ``sum``, ``min`` and ``max`` build conditions and values.
    """

    table: TableSchema
    filter: Condition | None = None
    window: Window | None = None
    of_rows = True

    @property
    def key(self) -> tuple[Any, ...]:
        return ("Rows", self.table.name, key_of(self.filter), self.window)

    def __attrs_post_init__(self) -> None:
        if self.window is not None and self.table.day is None:
            raise UndatedTableError(
                "the rows of {name!r} have no day, so no window fits them", name=self.table.name
            )
        if self.filter is not None:
            _only_reads(self.table, self.filter)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return read(self.table, name)

    def where(self, condition: Condition | None = None, **equal: Any) -> Rows:
        """Keep the rows for which a condition holds, or whose fields equal some words.

        Example: ``records.where(kind="medical_self_paid")``.
        """
        kept = self.filter
        equals = [compare("==", read(self.table, name), value) for name, value in equal.items()]
        for one in (condition, *equals):
            if one is not None:
                kept = as_condition(one, "where") if kept is None else kept & one
        return attrs.evolve(self, filter=kept)

    def within(
        self,
        *,
        days: int | None = None,
        months: int | None = None,
        years: int | None = None,
        calendar: str | None = None,
        before: int = 0,
    ) -> Rows:
        """Keep the rows of a window that ends with the day before ``as_of``, or earlier.

        Args:
            days: So many days.
            months: So many months.
            years: So many years.
            calendar: ``"month"``, ``"quarter"`` or ``"year"``: since the first day of
                the one that holds the day before ``as_of``.
            before: How much earlier the window ends: so many of its own unit. Of calendar
                spans 1 is the last that is complete.

        Example: ``records.within(months=1, before=12)`` is that month a year ago.
        """
        given: dict[str, Any] = {"days": days, "months": months, "years": years}
        given |= {"calendar": calendar, "before": before}
        return attrs.evolve(self, window=Window.of(given))

    _grouping: ClassVar[Callable[[Any, Any], Any]]
    """Makes groups, which are made of rows; `groups` gives it."""

    def by(self, fact: str) -> Any:
        """Put the rows together by a fact of theirs, such as whose they are (按人、按笔分组)."""
        return type(self)._grouping(self, read(self.table, fact))

    def any(self, condition: Condition | None = None) -> Condition:
        """Ask whether some row fits."""
        return Exists(self.where(condition))

    def all(self, condition: Condition) -> Condition:
        """Ask whether every row fits; true when there is none."""
        return ForAll(self, condition)

    def count(self, condition: Condition | None = None) -> Value:
        """Count the rows that fit."""
        return Count(self.where(condition))

    def sum(self, value: Value | str) -> Value:
        """Add a number up over the rows; 0 when there is none."""
        return Reduce("sum", self, self._value(value))

    def min(self, value: Value | str) -> Value:
        """Take the least number or first day; not known when there is no row."""
        return Reduce("min", self, self._value(value))

    def max(self, value: Value | str) -> Value:
        """Take the greatest number or last day; not known when there is no row."""
        return Reduce("max", self, self._value(value))

    def gap(self, value: Value | str | None = None) -> Value:
        """Take the longest gap between a day of one row and that of the next (最长间隔).

        In days; not known when there are fewer than two rows.
        """
        if value is None and self.table.day is None:
            raise UndatedTableError(
                "the rows of {name!r} have no day; name one", name=self.table.name
            )
        return Reduce("gap", self, self._value(str(self.table.day) if value is None else value))

    def quantile(self, value: Value | str, share: Any) -> Value:
        """Take the least number that a share of the rows do not exceed (分位数).

        It is only compared: ``records.quantile("amount", ratio("0.9")) > h.pension``. Not
        known when there is no row.
        """
        number = lift(share)
        if not isinstance(number, Const) or not isinstance(number.value, int | Fraction):
            raise ConditionError("a quantile's share is an exact number, such as ratio('0.9')")
        return Quantile(self, self._value(value), number.value)

    def median(self, value: Value | str) -> Value:
        """Take the least number that half of the rows do not exceed (中位数); see `quantile`."""
        return Quantile(self, self._value(value), Fraction(1, 2))

    def _value(self, value: Value | str) -> Value:
        found = read(self.table, value) if isinstance(value, str) else value
        if not isinstance(found, Value):
            raise KindMismatchError(
                "`{found}` is a condition; a number or a day is needed", found=found
            )
        return found


@attrs.frozen(eq=False, repr=False, str=False)
class Count(Value):
    """How many rows there are."""

    rows: Rows

    @property
    def type(self) -> Type:
        name = self.rows.table.name
        return Type(NUMBER, Unit.parse("person") if name == "members" else Unit())


@attrs.frozen(eq=False, repr=False, str=False)
class Reduce(Value):
    """A sum, a least, a greatest or a longest gap over rows."""

    operator: str
    rows: Rows
    value: Value

    def __attrs_post_init__(self) -> None:
        _only_reads(self.rows.table, self.value)
        if not any(isinstance(node, Read | Flag) for node in self.value.walk()):
            raise ConditionError(
                "`{operator}` reads no field of {name!r}",
                operator=self.operator,
                name=self.rows.table.name,
            )
        kind = None if self.value.type is None else self.value.type.kind
        allowed = _TAKES[self.operator]
        if kind is not None and kind not in allowed:
            raise KindMismatchError(
                "`{operator}` cannot take `{subject}`", operator=self.operator, subject=self.value
            )

    @property
    def type(self) -> Type | None:
        return Type(NUMBER, DAYS) if self.operator == "gap" else self.value.type


_TAKES = {"sum": (NUMBER,), "min": (NUMBER, DATE), "max": (NUMBER, DATE), "gap": (DATE,)}
"""The kinds of value that each reduction takes."""


@attrs.frozen(eq=False, repr=False, str=False)
class Quantile(Value):
    """The least number that a share of the rows do not exceed (分位数); it is only compared.

    ``quantile <= t`` says that at least that share of the rows have at most ``t``, so that
    counting decides it, and no engine has to put rows in order.

    Attributes:
        rows: The rows.
        value: A number of each row.
        share: From above 0 to 1; a half for the median.
    """

    rows: Rows
    value: Value
    share: int | Fraction
    counts = False

    def __attrs_post_init__(self) -> None:
        Reduce("max", self.rows, self.value)
        if self.value.type is not None and self.value.type.kind is not NUMBER:
            raise KindMismatchError(
                "a quantile is of numbers; `{subject}` is none", subject=self.value
            )
        if not 0 < self.share <= 1:
            raise ConditionError("a quantile's share lies above 0 and is at most 1")
        Const(self.share)

    @property
    def type(self) -> Type | None:
        return self.value.type

    def weights(self) -> tuple[int, int]:
        """What a row adds whose number is not above a threshold, and what one above it.

        The quantile is at most the threshold where all together are not below 0.
        """
        exact = Fraction(self.share)
        return exact.denominator - exact.numerator, -exact.numerator


@attrs.frozen(eq=False, repr=False, str=False)
class Score(Value):
    """The weights of the conditions that hold, added up (加权计分).

    Undecided conditions leave a span between the lowest and the highest the sum can
    be; a comparison is decided when both ends agree on it. A poverty measure in the
    manner of Alkire and Foster is ``score(...) >= param("cutoff")``.

    Attributes:
        items: Each condition with its weight, a positive exact number.
    """

    items: tuple[tuple[int | Fraction, Condition], ...]

    def __attrs_post_init__(self) -> None:
        if not self.items:
            raise ConditionError("a score needs at least one weight and condition")
        for weight, condition in self.items:
            if not isinstance(condition, Condition):
                raise KindMismatchError(
                    "a score weighs conditions; `{condition}` is none", condition=condition
                )
            if isinstance(weight, bool) or not isinstance(weight, int | Fraction):
                raise InexactNumberError(
                    "the weight of `{condition}` must be an exact number", condition=condition
                )
            Const(weight)
            if weight <= 0:
                raise ConditionError(
                    "the weight of `{condition}` must be above 0", condition=condition
                )

    @property
    def parts(self) -> tuple[Node, ...]:
        return tuple(condition for _, condition in self.items)

    @property
    def type(self) -> Type:
        return Type(NUMBER)


@attrs.frozen(eq=False, repr=False, str=False)
class Exists(Condition):
    """Whether some row is left by the filter and the window."""

    rows: Rows


@attrs.frozen(eq=False, repr=False, str=False)
class ForAll(Condition):
    """Whether a condition holds for every row that is left."""

    rows: Rows
    condition: Condition

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.condition, Condition):
            raise KindMismatchError(
                "`all` needs a condition; `{condition}` is a value", condition=self.condition
            )
        _only_reads(self.rows.table, self.condition)


def _only_reads(table: TableSchema, node: Node) -> None:
    for part in node.walk():
        if isinstance(part, Rows):
            raise ConditionError(
                "the rows of {name!r} cannot be looked at inside the rows of {name2!r}",
                name=part.table.name,
                name2=table.name,
            )
        if isinstance(part, Read | Flag) and part.field.table != table.name:
            raise ConditionError(
                "`{part}` is not a field of {name!r}; inside its rows only its own fields and "
                "parameters can be read",
                part=part,
                name=table.name,
            )
