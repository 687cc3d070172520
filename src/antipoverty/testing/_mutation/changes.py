"""What else could stand in a part's place: the slips of the hand that a policy suffers.

Each is one step away: the operator beside it, a fen more, a day less, another field of
the same unit, a word too many, a part left out. What makes no sense to the condition
language is refused when it is built, and is then no mutant.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import Generic, Protocol, TypeVar

import attrs

from antipoverty.conditions import Condition, Node, Rows, Value
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.windows import Window
from antipoverty.errors import ConditionError
from antipoverty.model import FIRST_DAY, Field, Schema
from antipoverty.rules import Parameter
from antipoverty.testing._mutation.paths import paths, replaced

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


T = TypeVar("T")
N = TypeVar("N", bound=Node)


@attrs.frozen
class Change(Generic[T]):
    """Something else for one part of a condition, or of a judgement rule.

    Attributes:
        kind: What sort of slip it is.
        make: Builds the part that would stand there.
        before: What stands there; the text of the whole part when empty.
        after: What would; the text of the new part when empty.
    """

    kind: str
    make: Callable[[], T]
    before: str = ""
    after: str = ""


def without(items: tuple[T, ...], at: int, *others: T) -> tuple[T, ...]:
    """Some items without one, or with others in its place."""
    return (*items[:at], *others, *items[at + 1 :])


def slips(condition: N, pack: Vocabulary) -> Iterator[Change[N]]:
    """Give every condition, or value, that is one slip away, makes sense and reads otherwise.

    Args:
        condition: The condition, or the value.
        pack: Has the other fields, parameters and words.
    """
    seen = {condition.key}
    for path, part in paths(condition):
        for change in changes(part, pack):
            try:
                new = change.make()
                made: N = replaced(condition, path, new)
            except ConditionError:
                continue
            if made.key not in seen and (not idle(made) or idle(condition)):
                seen.add(made.key)
                before, after = change.before or str(part), change.after or str(new)
                yield Change(change.kind, partial(lambda one: one, made), before, after)


def beside(value: int | Fraction) -> tuple[int | Fraction, int | Fraction]:
    """A number a slip lower and a slip higher: by 1, or by a hundredth or less of a share."""
    exact = Fraction(value)
    step = Fraction(1, 1 if exact.denominator == 1 else math.lcm(100, exact.denominator))
    lower, higher = (
        int(one) if one.denominator == 1 else one for one in (exact - step, exact + step)
    )
    return lower, higher


def changes(part: Node, pack: Vocabulary) -> Iterator[Change[Node]]:
    """Give all that could stand in a part's place.

    Args:
        part: The part.
        pack: Has the other fields, parameters and words.
    """
    if isinstance(part, Condition):
        yield from _of_condition(part, pack)
    elif isinstance(part, Rows):
        yield from _of_rows(part)
    else:
        yield from _of_value(part, pack)
    if isinstance(part, nodes.Flag | nodes.Among | nodes.Known | nodes.Exists | nodes.ForAll):
        yield Change("operator", partial(nodes.Not, part))


def _of_condition(part: Condition, pack: Vocabulary) -> Iterator[Change[Node]]:
    match part:
        case nodes.Compare():
            yield from _of_comparison(part, pack)
        case nodes.Among():
            yield from _of_words(part, pack)
        case nodes.And(parts) | nodes.Or(parts):
            one, other = ("and", "or") if isinstance(part, nodes.And) else ("or", "and")
            joined = nodes.Or if isinstance(part, nodes.And) else nodes.And
            yield Change("operator", partial(joined, parts), one, other)
            for at, left_out in enumerate(parts):
                rest = partial(_joined, type(part), without(parts, at))
                yield Change("part", rest, str(left_out), OUT)
        case nodes.Not(inner) | nodes.Known(Condition() as inner):
            yield Change("operator", lambda: inner)
        case nodes.Exists(rows) if rows.filter is not None:
            every = attrs.evolve(rows, filter=None)
            yield Change("operator", partial(nodes.ForAll, every, rows.filter))
            yield from _together(rows, rows.filter)
        case nodes.ForAll(rows, inner):
            yield Change("operator", lambda: nodes.Exists(rows.where(inner)))
        case nodes.SomeGroup(groups, inner):
            yield Change("part", lambda: inner, f"by({groups.by})", OUT)
        case nodes.Flag(field):
            yield from _of_field(field, pack)


def _of_comparison(part: nodes.Compare, pack: Vocabulary) -> Iterator[Change[Node]]:
    for other in _BESIDE[part.operator]:
        yield Change("operator", partial(nodes.Compare, other, part.left, part.right))
    if isinstance(part.left, nodes.Read) and isinstance(part.right, nodes.Const):
        for word in _words(part.left.field, pack):
            if part.right.value in part.left.field.about.choices and word != part.right.value:
                made = partial(nodes.Compare, part.operator, part.left, nodes.Const(word))
                yield Change("word", made)


def _of_words(part: nodes.Among, pack: Vocabulary) -> Iterator[Change[Node]]:
    def listing(words: tuple[str, ...], after: str) -> Change[Node]:
        return Change("word", partial(nodes.Among, part.value, words), some, f"{some} {after}")

    some = f"{part.value} in ..."
    for at, word in enumerate(part.words) if len(part.words) > 1 else ():
        yield listing(without(part.words, at), f'not "{word}"')
    if isinstance(part.value, nodes.Read):
        for word in sorted(set(_words(part.value.field, pack)) - {*part.words}):
            yield listing((*part.words, word), f'or "{word}"')


def _together(rows: Rows, fits: Condition) -> Iterator[Change[Node]]:
    """An amount that is asked of one row asked of all together: their sum, where one was meant."""
    parts = fits.conditions if isinstance(fits, nodes.And) else (fits,)
    for at, part in enumerate(parts):
        if not isinstance(part, nodes.Compare) or part.operator[0] not in "<>":
            continue
        if isinstance(part.left, nodes.Read) and part.left.field.about.unit.money:
            rest = without(parts, at)
            others = attrs.evolve(rows, filter=_joined(nodes.And, rest) if rest else None)
            yield Change("operator", partial(_summed, part, others))


def _summed(part: nodes.Compare, rows: Rows) -> Condition:
    return nodes.Compare(part.operator, nodes.Reduce("sum", rows, part.left), part.right)


def _words(field: Field, pack: Vocabulary) -> list[str]:
    return sorted(pack.schema.table(field.table).fields[field.name].about.choices)


def _joined(how: type[nodes.And | nodes.Or], parts: tuple[Condition, ...]) -> Condition:
    return parts[0] if len(parts) == 1 else how(parts)


def _of_value(part: Node, pack: Vocabulary) -> Iterator[Change[Node]]:
    match part:
        case nodes.Const(date() | int() | Fraction() as value, unit):
            day = timedelta(days=1)
            near = (value - day, value + day) if isinstance(value, date) else beside(value)
            for new in near:
                yield Change("threshold", partial(nodes.Const, new, unit))
        case nodes.Ago(count, unit):
            for number in (count - 1, count + 1):
                yield Change("threshold", partial(nodes.Ago, number, unit))
        case nodes.Param(id, unit):
            for name in sorted(one.id for one in pack.parameters.values() if one.unit == unit):
                if name != id:
                    yield Change("parameter", partial(nodes.Param, name, unit))
        case nodes.Read(field):
            yield from _of_field(field, pack)
        case _:
            yield from _of_result(part)


def _of_result(part: Node) -> Iterator[Change[Node]]:
    match part:
        case nodes.Arithmetic(operator, left, right):
            if operator != "*":
                other = "-" if operator == "+" else "+"
                yield Change("operator", partial(nodes.Arithmetic, other, left, right))
            if operator == "-":
                yield Change("operator", partial(nodes.Arithmetic, "-", right, left))
            for side in (left, right):
                yield Change("part", partial(lambda one: one, side), str(part), str(side))
        case nodes.GroupReduce(operator, groups, inner):
            other = "min" if operator == "max" else "max"
            yield Change("operator", partial(nodes.GroupReduce, other, groups, inner))
            yield Change("part", lambda: inner, f"by({groups.by})", OUT)
        case nodes.Quantile(rows, inner, share):
            for new in beside(share):
                yield Change("threshold", partial(nodes.Quantile, rows, inner, new))
            yield from _aggregated(rows, inner, "")
        case nodes.Reduce(operator, rows, inner):
            yield from _aggregated(rows, inner, operator)
            yield Change("operator", partial(nodes.Quantile, rows, inner, Fraction(1, 2)))
        case nodes.Score():
            yield from _of_score(part)


def _aggregated(rows: Rows, value: Value, operator: str) -> Iterator[Change[Node]]:
    """What else rows could be made one number by."""
    for other in ("sum", "min", "max"):
        if other != operator:
            yield Change("operator", partial(nodes.Reduce, other, rows, value))


def _of_field(field: Field, pack: Vocabulary) -> Iterator[Change[Node]]:
    table = pack.schema.table(field.table)
    for name, other in sorted(table.fields.items()):
        if name not in (table.key, "area", field.name) and _alike(field, other):
            yield Change("field", partial(nodes.read, table, name))


def _alike(one: Field, other: Field) -> bool:
    about, others = one.about, other.about
    return (
        one.kind is other.kind
        and not others.personal
        and (about.unit, about.choices) == (others.unit, others.choices)
    )


def _of_score(score: nodes.Score) -> Iterator[Change[Node]]:
    items, repeated = score.items, nodes.periods_of(score)
    if repeated is not None:
        for number in (repeated[0] - 1, repeated[0] + 1):
            yield Change("window", partial(nodes.periods, number, repeated[1]))
    for at, (weight, condition) in enumerate(items):
        yield Change(
            "part", partial(nodes.Score, without(items, at)), f"({weight}, {condition})", OUT
        )
        for new in beside(weight):
            made = without(items, at, (new, condition))
            texts = (f"({one}, {condition})" for one in (weight, new))
            yield Change("threshold", partial(nodes.Score, made), *texts)
    for (at, (one, mine)), (there, (other, others)) in itertools.combinations(enumerate(items), 2):
        if one != other:
            swapped = without(without(items, at, (other, mine)), there, (one, others))
            before, after = f"weights {one}, {other}", f"weights {other}, {one}"
            yield Change("threshold", partial(nodes.Score, swapped), before, after)


# --- rows and their windows -------------------------------------------------------------------


def _of_rows(part: Rows) -> Iterator[Change[Node]]:
    if part.filter is not None:
        yield Change("part", partial(attrs.evolve, part, filter=None), str(part.filter), OUT)
    if part.window is not None:
        for window in (*_windows(part.window), None):
            made = partial(attrs.evolve, part, window=window)
            yield Change("window", made, str(part.window), OUT if window is None else str(window))


def _windows(window: Window) -> Iterator[Window]:
    for back in (window.back - 1, window.back + 1) if window.back else ():
        yield attrs.evolve(window, back=back)
    if window.unit == "calendar":
        yield from (attrs.evolve(window, size=size) for size in (1, 3, 12) if size != window.size)
        yield Window("months", window.size, max(window.back - 1, 0) * window.size)
        return
    months = window.size * {"days": 0, "months": 1, "years": 12}[window.unit]
    if months in (1, 3, 12) and not window.back:
        yield Window("calendar", months)
    near = (window.size - 1, window.size + 1)
    yield from (attrs.evolve(window, size=size) for size in near if size)
    if window.unit != "days":
        yield from (_Shifted(window.unit, window.size, window.back, by) for by in (1, -1))


@attrs.frozen
class _Shifted(Window):
    """A window that begins a day too early or too late: a slip, not part of the language."""

    by: int = 1

    def first(self, as_of: date) -> date:
        begins = Window(self.unit, self.size, self.back).first(as_of)
        return begins - timedelta(days=self.by) if begins > FIRST_DAY else begins

    def __str__(self) -> str:
        window = Window(self.unit, self.size, self.back)
        return f"{window} {'and' if self.by > 0 else 'less'} a day"


def idle(node: Node) -> bool:
    """Tell whether a negation says nothing: one of another, or of what is only to be known."""
    for one in node.walk():
        match one:
            case nodes.Not(nodes.Not()) | nodes.Known(nodes.Not()):
                return True
    return False


__all__ = ["OUT", "Change", "Vocabulary", "beside", "slips", "without"]
