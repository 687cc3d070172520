"""Facts of one row, parameters and constants, compared, joined and calculated with."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, NoReturn

import attrs

from antipoverty._model.quantities import exact_decimal
from antipoverty.conditions.tree.fitting import choose, money_in, same_unit
from antipoverty.conditions.tree.nodes import (
    DATE,
    DAYS,
    FLAG,
    MAX_NUMBER,
    NUMBER,
    TEXT,
    Node,
    Type,
    are_days,
    check_writable,
    too_long,
    whole,
)
from antipoverty.conditions.windows import before
from antipoverty.errors import (
    ConditionError,
    InexactNumberError,
    InvalidMoneyError,
    KindMismatchError,
    PersonalFactError,
    UnitMismatchError,
    UnknownFieldError,
)
from antipoverty.model import Field, Money, TableSchema, Unit, unknown_field_hint


class Condition(Node):
    """A tree that is true, false or undecided for a household."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bool):
            raise KindMismatchError("write the condition itself for true, and ~condition for false")
        return self.same_as(other) if isinstance(other, Node) else NotImplemented

    __hash__ = Node.__hash__

    def __and__(self, other: Condition) -> Condition:
        return And((self, as_condition(other, "&")))

    def __or__(self, other: Condition) -> Condition:
        return Or((self, as_condition(other, "|")))

    def __invert__(self) -> Condition:
        return Not(self)

    def __rand__(self, other: object) -> NoReturn:
        as_condition(other, "&")
        raise AssertionError

    __ror__ = __rand__

    def is_known(self) -> Condition:
        """Ask whether the condition is decided at all."""
        return Known(self)


class Value(Node):
    """A tree that is a number, a text or a day for a household, or is not known."""

    __slots__ = ()

    counts: ClassVar[bool] = True
    """Whether it can be calculated with; a place in an order can only be compared."""

    @property
    def type(self) -> Type | None:
        """The kind and unit; ``None`` while a parameter below is not bound by a pack."""
        raise NotImplementedError

    def __lt__(self, other: Any) -> Condition:
        return compare("<", self, other)

    def __le__(self, other: Any) -> Condition:
        return compare("<=", self, other)

    def __gt__(self, other: Any) -> Condition:
        return compare(">", self, other)

    def __ge__(self, other: Any) -> Condition:
        return compare(">=", self, other)

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]
        return compare("==", self, other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return compare("!=", self, other)

    __hash__ = Node.__hash__

    def __add__(self, other: Any) -> Value:
        return Arithmetic("+", self, lift(other))

    def __radd__(self, other: Any) -> Value:
        return Arithmetic("+", lift(other), self)

    def __sub__(self, other: Any) -> Value:
        return Arithmetic("-", self, lift(other))

    def __rsub__(self, other: Any) -> Value:
        return Arithmetic("-", lift(other), self)

    def __mul__(self, other: Any) -> Value:
        return Arithmetic("*", self, lift(other))

    def __rmul__(self, other: Any) -> Value:
        return Arithmetic("*", lift(other), self)

    def _no_division(self, _other: object) -> NoReturn:
        raise InexactNumberError(
            "conditions do not divide, because engines round differently; multiply the other "
            "side: a / b > c is a > c * b"
        )

    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _no_division

    def between(self, low: Any, high: Any) -> Condition:
        """Ask whether it lies from ``low`` to ``high``, both included."""
        return And((self >= low, self <= high))

    def is_in(self, *words: str) -> Condition:
        """Ask whether a text is one of some words."""
        return Among(self, tuple(words))

    def is_known(self) -> Condition:
        """Ask whether it is known."""
        return Known(self)


def as_condition(other: object, operator: str) -> Condition:
    """Take a condition that stands beside an operator; refuse anything else."""
    if isinstance(other, Condition):
        return other
    raise KindMismatchError(
        "{sign} joins two conditions; put parentheses, as in (a < b) {sign} (c < d)", sign=operator
    )


@attrs.frozen(eq=False, repr=False, str=False)
class Const(Value):
    """A number, a text or a day written in the policy itself.

    Attributes:
        value: A whole number or a Fraction, a text, or a date.
        unit: Of an amount of money, held in fen; ``None`` for a bare number, a text or
            a day.
    """

    value: int | Fraction | str | date
    unit: Unit | None = None

    def __attrs_post_init__(self) -> None:
        if isinstance(self.value, int | Fraction):
            exact = Fraction(self.value)
            if abs(exact.numerator) > MAX_NUMBER or exact.denominator > MAX_NUMBER:
                raise too_long()
            if self.unit is not None and exact.denominator != 1:
                raise InexactNumberError("an amount is a whole number of fen; this one is finer")
        elif isinstance(self.value, str):
            check_writable(self.value)
        elif isinstance(self.value, datetime):
            raise KindMismatchError("a condition compares with a day; write a date, not a moment")

    @property
    def type(self) -> Type:
        if isinstance(self.value, str):
            return Type(TEXT)
        if isinstance(self.value, date):
            return Type(DATE)
        return Type(NUMBER, self.unit)


@attrs.frozen(eq=False, repr=False, str=False)
class Ago(Value):
    """The day some days, months or years before the day the answer is for."""

    count: int
    unit: str

    def __attrs_post_init__(self) -> None:
        whole = isinstance(self.count, int) and not isinstance(self.count, bool)
        if (
            self.unit not in ("days", "months", "years")
            or not whole
            or not 0 <= self.count <= 36_500
        ):
            raise ConditionError("write ago(days=N), ago(months=N) or ago(years=N), N from 0")

    @property
    def type(self) -> Type:
        return Type(DATE)

    def day(self, as_of: date) -> date:
        """The day meant when the answer is for ``as_of``."""
        return before(as_of, self.count, self.unit)


@attrs.frozen(eq=False, repr=False, str=False)
class Param(Value):
    """A parameter of the policy, by its id; a pack binds it to its unit.

    Attributes:
        id: The parameter's id, such as ``medical.line``.
        unit: Its unit, known once a pack has bound it.
    """

    id: str
    unit: Unit | None = None

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.id, str) or not self.id:
            raise ConditionError('a parameter is named by its id, as in param("medical.line")')
        check_writable(self.id)

    @property
    def key(self) -> tuple[Any, ...]:
        return ("Param", self.id)

    @property
    def type(self) -> Type | None:
        return None if self.unit is None else Type(NUMBER, self.unit)


@attrs.frozen(eq=False, repr=False, str=False)
class Read(Value):
    """A number, text or day of the household, or of the child row in hand."""

    field: Field

    @property
    def key(self) -> tuple[Any, ...]:
        return ("Read", self.field.path)

    @property
    def type(self) -> Type:
        about = self.field.about
        return Type(self.field.kind, about.unit, frozenset(about.choices))


@attrs.frozen(eq=False, repr=False, str=False)
class Arithmetic(Value):
    """Two numbers added, subtracted or multiplied; or the days from one day to another."""

    operator: str
    left: Value
    right: Value

    @property
    def of_days(self) -> bool:
        """Whether it is the number of days between two days."""
        return self.operator == "-" and are_days(self.left.type, self.right.type)

    def __attrs_post_init__(self) -> None:
        types = self.left.type, self.right.type
        if self.operator == "-" and are_days(*types):
            return
        for side, type_ in zip((self.left, self.right), types, strict=True):
            if type_ is not None and type_.kind is not NUMBER:
                raise KindMismatchError(
                    "{operator} works on numbers, and - on two days; `{side}` is {type}",
                    operator=self.operator,
                    side=side,
                    type=type_,
                )
            if not side.counts:
                raise ConditionError(
                    "`{side}` is only compared; put factors on the other side", side=side
                )
        if self.operator == "*":
            if money_in(self.left.type) + money_in(self.right.type) > 1:
                raise UnitMismatchError(
                    "`{subject}` multiplies an amount of money by another", subject=self
                )
        else:
            _same_unit(self.operator, self.left, self.right)

    @property
    def type(self) -> Type | None:
        left, right = self.left.type, self.right.type
        if left is None or right is None:
            return None
        if self.operator == "-" and are_days(left, right):
            return Type(NUMBER, DAYS)
        if self.operator == "*":
            if left.unit is None and right.unit is None:
                return Type(NUMBER, None)
            return Type(NUMBER, (left.unit or Unit()) * (right.unit or Unit()))
        return right if left.unit is None else left


@attrs.frozen(eq=False, repr=False, str=False)
class Flag(Condition):
    """A yes-or-no fact of the household, or of the child row in hand."""

    field: Field

    @property
    def key(self) -> tuple[Any, ...]:
        return ("Flag", self.field.path)


@attrs.frozen(eq=False, repr=False, str=False)
class Compare(Condition):
    """Two values compared; a comparison with something missing is undecided."""

    operator: str
    left: Value
    right: Value

    def __attrs_post_init__(self) -> None:
        left, right = self.left.type, self.right.type
        if not self.right.counts:
            raise ConditionError(
                "write `{right}` on the left, and no other beside it", right=self.right
            )
        if not self.left.counts and any(part.of_rows for part in self.right.walk()):
            raise ConditionError(
                "`{left}` is compared with facts of the household, parameters and constants; "
                "`{right}` looks at rows",
                left=self.left,
                right=self.right,
            )
        if isinstance(self.left, Const | Ago) and isinstance(self.right, Const | Ago):
            raise ConditionError(
                "`{subject}` compares two constants and is always the same", subject=self
            )
        if left is None or right is None:
            return
        if left.kind is not right.kind:
            raise KindMismatchError(
                "`{subject}` compares {left} with {right}; only like can be compared with like",
                subject=self,
                left=left,
                right=right,
            )
        if left.kind is TEXT:
            if self.operator not in ("==", "!="):
                raise KindMismatchError(
                    "texts have no order: `{subject}` can only use == or !=", subject=self
                )
            for side, other in ((left, self.right), (right, self.left)):
                if isinstance(other, Const):
                    choose(str(other.value), side, self.left)
        elif left.kind is NUMBER:
            _same_unit(self.operator, self.left, self.right)


@attrs.frozen(eq=False, repr=False, str=False)
class Among(Condition):
    """A text that is one of some words."""

    value: Value
    words: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        if self.value.type is None or self.value.type.kind is not TEXT:
            raise KindMismatchError(
                "`in` looks for a text; `{subject}` is {type}",
                subject=self.value,
                type=self.value.type,
            )
        if not self.words:
            raise ConditionError(
                "`{subject} in ()` is never true; list at least one word", subject=self.value
            )
        for word in self.words:
            if not isinstance(word, str):
                raise KindMismatchError("`in` looks for texts; write words in quotes")
            check_writable(word)
            choose(word, self.value.type, self.value)


@attrs.frozen(eq=False, repr=False, str=False)
class Known(Condition):
    """Whether something is known; always true or false itself."""

    of: Node


class _Junction(Condition):
    """Several conditions joined; nested ones of the same sort become one."""

    __slots__ = ()
    conditions: tuple[Condition, ...]

    def __attrs_post_init__(self) -> None:
        flat: list[Condition] = []
        for one in self.conditions:
            flat.extend(one.conditions if isinstance(one, type(self)) else [one])
        if len(flat) < 2:
            raise ConditionError("joining takes at least two conditions")
        object.__setattr__(self, "conditions", tuple(flat))


@attrs.frozen(eq=False, repr=False, str=False)
class And(_Junction):
    """All of some conditions, by Kleene: one that is false decides it."""

    conditions: tuple[Condition, ...]


@attrs.frozen(eq=False, repr=False, str=False)
class Or(_Junction):
    """At least one of some conditions, by Kleene: one that is true decides it."""

    conditions: tuple[Condition, ...]


@attrs.frozen(eq=False, repr=False, str=False)
class Not(Condition):
    """The opposite; undecided stays undecided."""

    condition: Condition


def lift(value: Any) -> Value:
    """Turn a Python value into a node, or a node into itself."""
    if isinstance(value, Value):
        return value
    if isinstance(value, float):
        raise InexactNumberError(
            "a float cannot hold most decimal numbers exactly; write ratio('0.6') or a Decimal"
        )
    if isinstance(value, bool | Condition):
        raise KindMismatchError(
            "a yes or no is a condition by itself: write the flag for true and ~flag for false"
        )
    if isinstance(value, Money):
        return Const(value.fen, Unit.parse("yuan"))
    if isinstance(value, Decimal):
        try:
            return Const(whole(exact_decimal(value)))
        except InvalidMoneyError as problem:
            raise (
                too_long() if value.is_finite() else InexactNumberError(problem.message)
            ) from None
    if isinstance(value, int | Fraction):
        return Const(whole(Fraction(value)))
    if isinstance(value, str | date):
        return Const(value)
    raise KindMismatchError("a {name} cannot stand in a condition", name=type(value).__name__)


_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def compare(operator: str, left: Any, right: Any) -> Condition:
    """Compare two values; a constant on the left goes to the right."""
    left, right = lift(left), lift(right)
    turned = left.counts and not right.counts
    if turned or (isinstance(left, Const | Ago) and not isinstance(right, Const | Ago)):
        return Compare(_FLIPPED[operator], right, left)
    return Compare(operator, left, right)


def read(table: TableSchema, name: str) -> Read | Flag:
    """Read a field of a table.

    Raises:
        UnknownFieldError: The table has no such field.
        PersonalFactError: The field identifies a person.
    """
    field = table.fields.get(name)
    if field is None:
        raise UnknownFieldError(
            "reads {name!r}, which {owner} does not have{unknown_field_hint}",
            name=name,
            owner=table.owner,
            unknown_field_hint=unknown_field_hint(name, table),
        )
    if field.about.personal:
        raise PersonalFactError(
            "reads {path!r}, which identifies a person; no condition may use it", path=field.path
        )
    return Flag(field) if field.kind is FLAG else Read(field)


def _same_unit(operator: str, left: Value, right: Value) -> None:
    sides = [
        (side, side.type, isinstance(side, Const) and side.value == 0) for side in (left, right)
    ]
    same_unit(f"{left} {operator} {right}", sides)
