"""What else could stand in a part's place: the slips of the hand that a policy suffers.

Each is one step away: the operator beside it, a fen more, a day less, another field of
the same unit, a word too many, a part left out. What makes no sense to the condition
language is refused when it is built, and is then no mutant.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import Protocol

import attrs

from antipoverty.conditions import Condition, Node, Rows
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.windows import Window
from antipoverty.model import FIRST_DAY, Field, Schema
from antipoverty.rules import Parameter

OUT = "(left out)"

_BESIDE = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=", "<=", ">="),
    "!=": ("==",),
}


class Vocabulary(Protocol):
    """The other fields and parameters a condition could name; a pack is one."""

    @property
    def schema(self) -> Schema:
        """What can be read."""
        ...

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters."""
        ...


@attrs.frozen
class Change:
    """Something else for one part of a condition.

    Attributes:
        kind: What sort of slip it is.
        make: Builds the part that would stand there.
        before: What stands there; the text of the whole part when empty.
        after: What would; the text of the new part when empty.
    """

    kind: str
    make: Callable[[], Node]
    before: str = ""
    after: str = ""


def beside(value: int | Fraction) -> tuple[int | Fraction, int | Fraction]:
    """A number a slip lower and a slip higher: by 1, or by a hundredth or less of a share."""
    exact = Fraction(value)
    step = Fraction(1, 1 if exact.denominator == 1 else math.lcm(100, exact.denominator))
    lower, higher = (
        int(one) if one.denominator == 1 else one for one in (exact - step, exact + step)
    )
    return lower, higher


def changes(part: Node, pack: Vocabulary) -> Iterator[Change]:
    """Give all that could stand in a part's place.

    Args:
        part: The part.
        pack: Has the other fields, parameters and words.
    """
    yield from _of(part, pack)
    if isinstance(part, nodes.Flag | nodes.Among | nodes.Known | nodes.Exists | nodes.ForAll):
        yield Change("operator", partial(nodes.Not, part))


@functools.singledispatch
def _of(_part: Node, _pack: Vocabulary) -> Iterator[Change]:
    yield from ()


# --- conditions -------------------------------------------------------------------------------


@_of.register
def _(part: nodes.Compare, pack: Vocabulary) -> Iterator[Change]:
    for operator in _BESIDE[part.operator]:
        yield Change("operator", partial(nodes.Compare, operator, part.left, part.right))
    if isinstance(part.left, nodes.Read) and isinstance(part.right, nodes.Const):
        for word in _words(part.left.field, pack):
            if part.right.value in part.left.field.about.choices and word != part.right.value:
                other = nodes.Const(word)
                yield Change("word", partial(nodes.Compare, part.operator, part.left, other))


@_of.register
def _(part: nodes.Among, pack: Vocabulary) -> Iterator[Change]:
    some = f"{part.value} in ..."
    for word in part.words if len(part.words) > 1 else ():
        fewer = tuple(one for one in part.words if one != word)
        yield Change("word", partial(nodes.Among, part.value, fewer), some, f'{some} not "{word}"')
    if isinstance(part.value, nodes.Read):
        for word in sorted(set(_words(part.value.field, pack)) - {*part.words}):
            more = (*part.words, word)
            yield Change(
                "word", partial(nodes.Among, part.value, more), some, f'{some} or "{word}"'
            )


def _words(field: Field, pack: Vocabulary) -> list[str]:
    return sorted(pack.schema.table(field.table).fields[field.name].about.choices)


@_of.register(nodes.And)
@_of.register(nodes.Or)
def _(part: nodes.And | nodes.Or, _pack: Vocabulary) -> Iterator[Change]:
    one, other = ("and", "or") if isinstance(part, nodes.And) else ("or", "and")
    joined = nodes.Or if isinstance(part, nodes.And) else nodes.And
    yield Change("operator", partial(joined, part.conditions), one, other)
    for at, left_out in enumerate(part.conditions):
        rest = (*part.conditions[:at], *part.conditions[at + 1 :])
        yield Change("part", partial(_joined, type(part), rest), str(left_out), OUT)


def _joined(how: type[nodes.And | nodes.Or], parts: tuple[Condition, ...]) -> Condition:
    return parts[0] if len(parts) == 1 else how(parts)


@_of.register
def _(part: nodes.Not, _pack: Vocabulary) -> Iterator[Change]:
    yield Change("operator", lambda: part.condition)


@_of.register
def _(part: nodes.Known, _pack: Vocabulary) -> Iterator[Change]:
    if isinstance(part.of, Condition):
        yield Change("operator", lambda: part.of)


@_of.register
def _(part: nodes.Exists, _pack: Vocabulary) -> Iterator[Change]:
    kept = part.rows.filter
    if kept is not None:
        yield Change("operator", partial(nodes.ForAll, attrs.evolve(part.rows, filter=None), kept))


@_of.register
def _(part: nodes.ForAll, _pack: Vocabulary) -> Iterator[Change]:
    yield Change("operator", lambda: nodes.Exists(part.rows.where(part.condition)))


# --- values -----------------------------------------------------------------------------------


@_of.register
def _(part: nodes.Const, _pack: Vocabulary) -> Iterator[Change]:
    value = part.value
    if isinstance(value, str):
        return
    day = timedelta(days=1)
    near = (value - day, value + day) if isinstance(value, date) else beside(value)
    for new in near:
        yield Change("threshold", partial(nodes.Const, new, part.unit))


@_of.register
def _(part: nodes.Ago, _pack: Vocabulary) -> Iterator[Change]:
    for count in (part.count - 1, part.count + 1):
        yield Change("threshold", partial(nodes.Ago, count, part.unit))


@_of.register
def _(part: nodes.Param, pack: Vocabulary) -> Iterator[Change]:
    for other in sorted(one.id for one in pack.parameters.values() if one.unit == part.unit):
        if other != part.id:
            yield Change("parameter", partial(nodes.Param, other, part.unit))


@_of.register(nodes.Read)
@_of.register(nodes.Flag)
def _(part: nodes.Read | nodes.Flag, pack: Vocabulary) -> Iterator[Change]:
    table = pack.schema.table(part.field.table)
    for name, other in sorted(table.fields.items()):
        if name not in (table.key, "area", part.field.name) and _alike(part.field, other):
            yield Change("field", partial(nodes.read, table, name))


def _alike(one: Field, other: Field) -> bool:
    about, others = one.about, other.about
    return (
        one.kind is other.kind
        and not others.personal
        and (about.unit, about.choices) == (others.unit, others.choices)
    )


@_of.register
def _(part: nodes.Arithmetic, _pack: Vocabulary) -> Iterator[Change]:
    if part.operator != "*":
        other = "-" if part.operator == "+" else "+"
        yield Change("operator", partial(nodes.Arithmetic, other, part.left, part.right))
    if part.operator == "-":
        yield Change("operator", partial(nodes.Arithmetic, "-", part.right, part.left))
    yield Change("part", lambda: part.left, str(part), str(part.left))
    yield Change("part", lambda: part.right, str(part), str(part.right))


@_of.register
def _(part: nodes.Reduce, _pack: Vocabulary) -> Iterator[Change]:
    for operator in ("sum", "min", "max"):
        if operator != part.operator:
            yield Change("operator", partial(nodes.Reduce, operator, part.rows, part.value))


@_of.register
def _(part: nodes.Score, _pack: Vocabulary) -> Iterator[Change]:
    items = part.items
    for at, (weight, condition) in enumerate(items):
        rest = (*items[:at], *items[at + 1 :])
        yield Change("part", partial(nodes.Score, rest), f"({weight}, {condition})", OUT)
        for new in beside(weight):
            made = (*items[:at], (new, condition), *items[at + 1 :])
            texts = (f"({one}, {condition})" for one in (weight, new))
            yield Change("threshold", partial(nodes.Score, made), *texts)
    for (at, (one, mine)), (there, (other, others)) in itertools.combinations(enumerate(items), 2):
        if one != other:
            swapped = list(items)
            swapped[at], swapped[there] = (other, mine), (one, others)
            before, after = f"weights {one}, {other}", f"weights {other}, {one}"
            make = partial(nodes.Score, tuple(swapped))
            yield Change("threshold", make, before, after)


# --- rows and their windows -------------------------------------------------------------------


@_of.register
def _(part: Rows, _pack: Vocabulary) -> Iterator[Change]:
    def other(window: Window | None) -> Callable[[], Node]:
        return lambda: attrs.evolve(part, window=window)

    if part.filter is not None:
        kept = str(part.filter)
        yield Change("part", lambda: attrs.evolve(part, filter=None), kept, OUT)
    if part.window is not None:
        for window in _windows(part.window):
            yield Change("window", other(window), str(part.window), str(window))
        yield Change("window", other(None), str(part.window), OUT)


def _windows(window: Window) -> Iterator[Window]:
    if window.unit == "calendar":
        yield from (Window("calendar", size) for size in (1, 3, 12) if size != window.size)
        return
    yield from (Window(window.unit, size) for size in (window.size - 1, window.size + 1) if size)
    if window.unit != "days":
        yield from (_Shifted(window.unit, window.size, by) for by in (1, -1))


@attrs.frozen
class _Shifted(Window):
    """A window that begins a day too early or too late: a slip, not part of the language."""

    by: int

    def first(self, as_of: date) -> date:
        begins = Window(self.unit, self.size).first(as_of)
        return begins - timedelta(days=self.by) if begins > FIRST_DAY else begins

    def __str__(self) -> str:
        return f"{self.unit}={self.size} {'and' if self.by > 0 else 'less'} a day"


def idle(node: Node) -> bool:
    """Tell whether a negation says nothing: one of another, or of what is only to be known."""
    return any(
        (isinstance(one, nodes.Not) and isinstance(one.condition, nodes.Not))
        or (isinstance(one, nodes.Known) and isinstance(one.of, nodes.Not))
        for one in node.walk()
    )


__all__ = ["OUT", "Change", "Vocabulary", "beside", "changes", "idle"]
