"""A condition is a small typed tree, and a tree that makes no sense cannot be made.

Every node checks its parts when it is built, so a mistake is reported on the line
that makes it. There are two families. A `Value` (a field, a sum, a parameter) has a
kind and a unit, and its operators build bigger trees: ``h.size >= 3`` is a
`Condition`. Conditions are compared as wholes, ``one == other`` is true or false, and
are joined with ``&``, ``|`` and ``~``. Neither family has a truth value of its own.

The language has no division, rounding or floats: engines disagree on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, NoReturn

import attrs

from antipoverty._model.quantities import exact_decimal
from antipoverty.conditions.windows import Window, before
from antipoverty.errors import (
    ConditionError,
    InexactNumberError,
    InvalidMoneyError,
    KindMismatchError,
    NoTruthValueError,
    PersonalFactError,
    UndatedTableError,
    UnitMismatchError,
    UnknownChoiceError,
    UnknownFieldError,
    UnknownTableError,
    did_you_mean,
)
from antipoverty.model import Field, Kind, Money, Schema, TableSchema, Unit, unknown_field_hint

NUMBER, FLAG, TEXT, DATE = Kind.NUMBER, Kind.FLAG, Kind.TEXT, Kind.DATE
_YUAN = Unit.parse("yuan")

MAX_NUMBER = 10**12
"""The greatest numerator and denominator a policy may write."""


@attrs.frozen
class Type:
    """What a value is: its kind, the unit of a number, the words of a text.

    Attributes:
        kind: Number, flag, text or day.
        unit: ``None`` for a bare literal, which takes the unit of what it meets.
        choices: The words a text can be; empty when any.
    """

    kind: Kind
    unit: Unit | None = attrs.field(factory=Unit)
    choices: frozenset[str] = frozenset()

    def __str__(self) -> str:
        if self.kind is NUMBER:
            return f"a number of {self.unit}" if self.unit and self.unit.powers else "a pure number"
        return {FLAG: "a flag", TEXT: "a text", DATE: "a day"}[self.kind]


class Node:
    """The base of both families: printable, hashable, and comparable as a whole."""

    __slots__ = ()

    @property
    def key(self) -> tuple[Any, ...]:
        """The tree as plain nested tuples: equal for equal trees."""
        return (type(self).__name__, *(_key(getattr(self, name)) for name in self._names()))

    @classmethod
    def _names(cls) -> tuple[str, ...]:
        """The attributes that make up a node, in order."""
        return tuple(field.name for field in attrs.fields(cls))  # type: ignore[arg-type]

    def same_as(self, other: object) -> bool:
        """Tell whether another node is the same tree."""
        return isinstance(other, Node) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        from antipoverty.conditions.printing import print_text

        return print_text(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def __bool__(self) -> NoReturn:
        raise NoTruthValueError(
            "a condition is judged for a household later and has no truth value of its own; "
            "write & | ~ and .between(low, high) instead of and, or, not and chained comparisons"
        )

    @property
    def parts(self) -> tuple[Node, ...]:
        """The nodes right below."""
        found: list[Node] = []
        for name in self._names():
            value = getattr(self, name)
            if isinstance(value, Node):
                found.append(value)
            elif isinstance(value, tuple):
                found.extend(part for part in value if isinstance(part, Node))
        return tuple(found)

    def walk(self) -> Iterator[Node]:
        """Give this node and every one below it, parents first."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def rebuilt(self, change: Callable[[Node], Node]) -> Any:
        """Build the tree again with each node changed, children first; types are checked anew."""

        def again(value: Any) -> Any:
            if isinstance(value, Node):
                return value.rebuilt(change)
            return tuple(again(part) for part in value) if isinstance(value, tuple) else value

        return change(type(self)(*(again(getattr(self, name)) for name in self._names())))


def _key(value: Any) -> Any:
    if isinstance(value, Node):
        return value.key
    if isinstance(value, tuple):
        return tuple(map(_key, value))
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        return value
    return ("number", Fraction(value))


# --- the two families -------------------------------------------------------------


class Condition(Node):
    """A tree that is true, false or undecided for a household."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bool):
            raise KindMismatchError("write the condition itself for true, and ~condition for false")
        return self.same_as(other) if isinstance(other, Node) else NotImplemented

    __hash__ = Node.__hash__

    def __and__(self, other: Condition) -> Condition:
        return And((self, _condition(other, "&")))

    def __or__(self, other: Condition) -> Condition:
        return Or((self, _condition(other, "|")))

    def __invert__(self) -> Condition:
        return Not(self)

    def __rand__(self, other: object) -> NoReturn:
        _condition(other, "&")
        raise AssertionError

    __ror__ = __rand__

    def is_known(self) -> Condition:
        """Ask whether the condition is decided at all."""
        return Known(self)


class Value(Node):
    """A tree that is a number, a text or a day for a household, or is not known."""

    __slots__ = ()

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


def _condition(other: object, operator: str) -> Condition:
    if isinstance(other, Condition):
        return other
    raise KindMismatchError(
        f"{operator} joins two conditions; put each comparison in parentheses, as in "
        f"(a < b) {operator} (c < d)"
    )


# --- values -----------------------------------------------------------------------


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
                raise _too_long()
            if self.unit is not None and exact.denominator != 1:
                raise InexactNumberError("an amount is a whole number of fen; this one is finer")
        elif isinstance(self.value, str):
            _writable(self.value)
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
        _writable(self.id)

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
    """Two numbers added, subtracted or multiplied."""

    operator: str
    left: Value
    right: Value

    def __attrs_post_init__(self) -> None:
        for side in (self.left, self.right):
            if side.type is not None and side.type.kind is not NUMBER:
                raise KindMismatchError(
                    f"{self.operator} works on numbers; `{side}` is {side.type}"
                )
        if self.operator == "*":
            if _money(self.left) + _money(self.right) > 1:
                raise UnitMismatchError(f"`{self}` multiplies an amount of money by another")
        else:
            _same_unit(self.operator, self.left, self.right)

    @property
    def type(self) -> Type | None:
        left, right = self.left.type, self.right.type
        if left is None or right is None:
            return None
        if self.operator == "*":
            if left.unit is None and right.unit is None:
                return Type(NUMBER, None)
            return Type(NUMBER, (left.unit or Unit()) * (right.unit or Unit()))
        return right if left.unit is None else left


@attrs.frozen(eq=False, repr=False, str=False)
class Rows(Node):
    """Rows of a child table: all of a household's, or those a filter and a window leave.

    ``members.age`` is a field of the rows; ``where``, ``within`` and the reductions
    ``any``, ``all``, ``count``, ``sum``, ``min`` and ``max`` build conditions and values.
    """

    table: TableSchema
    filter: Condition | None = None
    window: Window | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        return ("Rows", self.table.name, _key(self.filter), self.window)

    def __attrs_post_init__(self) -> None:
        if self.window is not None and self.table.day is None:
            raise UndatedTableError(
                f"the rows of {self.table.name!r} have no day, so no window fits them"
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
                kept = _condition(one, "where") if kept is None else kept & one
        return attrs.evolve(self, filter=kept)

    def within(
        self,
        *,
        days: int | None = None,
        months: int | None = None,
        years: int | None = None,
        calendar: str | None = None,
    ) -> Rows:
        """Keep the rows of a window that ends with the day before ``as_of``.

        Args:
            days: So many days.
            months: So many months.
            years: So many years.
            calendar: ``"month"``, ``"quarter"`` or ``"year"``: since the first day of
                the one that holds the day before ``as_of``.
        """
        given = {"days": days, "months": months, "years": years, "calendar": calendar}
        return attrs.evolve(self, window=Window.of(given))

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

    def _value(self, value: Value | str) -> Value:
        found = read(self.table, value) if isinstance(value, str) else value
        if not isinstance(found, Value):
            raise KindMismatchError(f"`{found}` is a condition; a number or a day is needed")
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
    """A sum, a least or a greatest over rows."""

    operator: str
    rows: Rows
    value: Value

    def __attrs_post_init__(self) -> None:
        _only_reads(self.rows.table, self.value)
        if not any(isinstance(node, Read) for node in self.value.walk()):
            raise ConditionError(f"`{self.operator}` reads no field of {self.rows.table.name!r}")
        kind = None if self.value.type is None else self.value.type.kind
        allowed = (NUMBER,) if self.operator == "sum" else (NUMBER, DATE)
        if kind is not None and kind not in allowed:
            raise KindMismatchError(f"`{self.operator}` cannot take `{self.value}`")

    @property
    def type(self) -> Type | None:
        return self.value.type


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
                raise KindMismatchError(f"a score weighs conditions; `{condition}` is none")
            if isinstance(weight, bool) or not isinstance(weight, int | Fraction):
                raise InexactNumberError(f"the weight of `{condition}` must be an exact number")
            Const(weight)
            if weight <= 0:
                raise ConditionError(f"the weight of `{condition}` must be above 0")

    @property
    def parts(self) -> tuple[Node, ...]:
        return tuple(condition for _, condition in self.items)

    @property
    def type(self) -> Type:
        return Type(NUMBER)


# --- conditions -------------------------------------------------------------------


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
        if isinstance(self.left, Const | Ago) and isinstance(self.right, Const | Ago):
            raise ConditionError(f"`{self}` compares two constants and is always the same")
        if left is None or right is None:
            return
        if left.kind is not right.kind:
            raise KindMismatchError(
                f"`{self}` compares {left} with {right}; only like can be compared with like"
            )
        if left.kind is TEXT:
            if self.operator not in ("==", "!="):
                raise KindMismatchError(f"texts have no order: `{self}` can only use == or !=")
            for side, other in ((left, self.right), (right, self.left)):
                if isinstance(other, Const):
                    _choice(str(other.value), side, self.left)
        elif left.kind is NUMBER:
            _same_unit(self.operator, self.left, self.right)


@attrs.frozen(eq=False, repr=False, str=False)
class Among(Condition):
    """A text that is one of some words."""

    value: Value
    words: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        if self.value.type is None or self.value.type.kind is not TEXT:
            raise KindMismatchError(f"`in` looks for a text; `{self.value}` is {self.value.type}")
        if not self.words:
            raise ConditionError(f"`{self.value} in ()` is never true; list at least one word")
        for word in self.words:
            if not isinstance(word, str):
                raise KindMismatchError("`in` looks for texts; write words in quotes")
            _writable(word)
            _choice(word, self.value.type, self.value)


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
            raise KindMismatchError(f"`all` needs a condition; `{self.condition}` is a value")
        _only_reads(self.rows.table, self.condition)


# --- making and checking ----------------------------------------------------------


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
        return Const(value.fen, _YUAN)
    if isinstance(value, Decimal):
        try:
            return Const(_whole(exact_decimal(value)))
        except InvalidMoneyError as problem:
            raise (
                _too_long() if value.is_finite() else InexactNumberError(problem.message)
            ) from None
    if isinstance(value, int | Fraction):
        return Const(_whole(Fraction(value)))
    if isinstance(value, str | date):
        return Const(value)
    raise KindMismatchError(f"a {type(value).__name__} cannot stand in a condition")


def _too_long() -> InexactNumberError:
    return InexactNumberError("a number has at most 12 digits above and below its fraction bar")


def _writable(text: str) -> None:
    """Refuse half a character, which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ConditionError("a text in a condition holds half a character; type it anew") from None


def _whole(number: Fraction) -> int | Fraction:
    return int(number) if number.denominator == 1 else number


_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def compare(operator: str, left: Any, right: Any) -> Condition:
    """Compare two values; a constant on the left goes to the right."""
    left, right = lift(left), lift(right)
    if isinstance(left, Const | Ago) and not isinstance(right, Const | Ago):
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
            f"reads {name!r}, which {table.owner} does not have{unknown_field_hint(name, table)}"
        )
    if field.about.personal:
        raise PersonalFactError(
            f"reads {field.path!r}, which identifies a person; no condition may use it"
        )
    return Flag(field) if field.kind is FLAG else Read(field)


def unknown_table(name: str, schema: Schema) -> UnknownTableError:
    """Make the error for a child table that the model does not have."""
    return UnknownTableError(
        f"reads the table {name!r}, which the model does not have"
        f"{did_you_mean(name, schema.tables)}"
    )


def _money(side: Value) -> int:
    return 0 if side.type is None or side.type.unit is None else abs(side.type.unit.money)


def _same_unit(operator: str, left: Value, right: Value) -> None:
    one, other = left.type, right.type
    if one is None or other is None:
        return
    if one.unit == other.unit:
        return
    for side, met in ((left, other.unit), (right, one.unit)):
        if side.type is not None and side.type.unit is None:
            bare_zero = isinstance(side, Const) and side.value == 0
            if met is None or not met.money or bare_zero:
                return
            raise UnitMismatchError(
                f"`{left} {operator} {right}`: {side} is a bare number beside an amount in "
                f"{met}; write yuan({side}), or multiply by a parameter with that unit"
            )
    raise UnitMismatchError(
        f"`{left} {operator} {right}` puts {one} beside {other}; multiply one side so that "
        "the units agree"
    )


def _choice(word: str, type_: Type, field: Value) -> None:
    if type_.choices and word not in type_.choices:
        raise UnknownChoiceError(
            f"`{field}` is never {word!r}; it is one of {', '.join(sorted(type_.choices))}"
            f"{did_you_mean(word, type_.choices)}"
        )


def _only_reads(table: TableSchema, node: Node) -> None:
    for part in node.walk():
        if isinstance(part, Rows):
            raise ConditionError(
                f"the rows of {part.table.name!r} cannot be looked at inside the rows of "
                f"{table.name!r}"
            )
        if isinstance(part, Read | Flag) and part.field.table != table.name:
            raise ConditionError(
                f"`{part}` is not a field of {table.name!r}; inside its rows only its own "
                "fields and parameters can be read"
            )
