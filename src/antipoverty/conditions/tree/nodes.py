"""What every node of a condition is: printable, hashable, comparable, walked through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, ClassVar, NoReturn

import attrs

from antipoverty.errors import (
    ConditionError,
    InexactNumberError,
    NoTruthValueError,
    UnknownTableError,
    did_you_mean,
    phrase,
)
from antipoverty.model import Kind, Schema, Unit

NUMBER, FLAG, TEXT, DATE = Kind.NUMBER, Kind.FLAG, Kind.TEXT, Kind.DATE

DAYS = Unit.parse("day")
"""The unit of what lies between two days."""

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
            return (
                phrase("a number of {unit}", unit=self.unit)
                if self.unit and self.unit.powers
                else "a pure number"
            )
        return {FLAG: "a flag", TEXT: "a text", DATE: "a day"}[self.kind]


def are_days(left: Type | None, right: Type | None) -> bool:
    """Tell whether two values are both days."""
    return left is not None and right is not None and left.kind is right.kind is DATE


_NAMES: dict[type, tuple[str, ...]] = {}
"""The attributes of each sort of node, found once: trees are walked all the time."""


class Node:
    """The base of both families: printable, hashable, and comparable as a whole."""

    __slots__ = ()

    of_rows: ClassVar[bool] = False
    """Whether it is rows of a child table."""

    @property
    def key(self) -> tuple[Any, ...]:
        """The tree as plain nested tuples: equal for equal trees."""
        return (type(self).__name__, *(key_of(getattr(self, name)) for name in self._names()))

    @classmethod
    def _names(cls) -> tuple[str, ...]:
        """The attributes that make up a node, in order."""
        if cls not in _NAMES:
            _NAMES[cls] = tuple(field.name for field in attrs.fields(cls))  # type: ignore[arg-type]
        return _NAMES[cls]

    def same_as(self, other: object) -> bool:
        """Tell whether another node is the same tree."""
        return isinstance(other, Node) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    _printer: ClassVar[Callable[[Any], str]] = object.__repr__
    """Writes a node as the text that reads as the same tree; `printing` gives it."""

    def __str__(self) -> str:
        return type(self)._printer(self)

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


def key_of(value: Any) -> Any:
    """A part of a node as plain nested tuples."""
    if isinstance(value, Node):
        return value.key
    if isinstance(value, tuple):
        return tuple(map(key_of, value))
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        return value
    return ("number", Fraction(value))


def too_long() -> InexactNumberError:
    """Make the error for a number of too many digits."""
    return InexactNumberError("a number has at most 12 digits above and below its fraction bar")


def check_writable(text: str) -> None:
    """Refuse half a character, which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ConditionError("a text in a condition holds half a character; type it anew") from None


def whole(number: Fraction) -> int | Fraction:
    """A whole number as an int."""
    return int(number) if number.denominator == 1 else number


def unknown_table(name: str, schema: Schema) -> UnknownTableError:
    """Make the error for a child table that the model does not have."""
    return UnknownTableError(
        "reads the table {name!r}, which the model does not have{near}",
        name=name,
        near=did_you_mean(name, schema.tables),
    )
