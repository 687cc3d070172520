"""Guards: conditions over one or two signals, and what makes one certainly true.

A guard is a condition over a row with the columns ``a.day``, ``a.amount`` and so on, for two
signals also ``b.day``: the same grammar, meaning and words as conditions over a household.
It holds on any day or on none, so it names no day relative to the answer; a parameter, which a
guard of one signal may name, has the value that was in force where and when that signal came.
A guard whose numbers could pass 2**62 is refused, so that no engine can wrap.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, TypeAlias, cast

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty.conditions import Condition, Node, Setting, Value, check_size, parse, tree, truth
from antipoverty.conditions.meaning import Truth, opposite
from antipoverty.errors import ConditionError, OverflowRiskError
from antipoverty.model import Fact, Field, Kind, Schema, TableSchema, Unit

GREATEST = 2**40
"""The greatest whole number of a signal, either sign."""

KINDS: Mapping[str, tuple[str, str]] = {
    "alert": ("预警", "alert"),
    "undecided": ("待核实", "open question"),
    "measure": ("帮扶措施", "measure"),
    "state": ("办理状态", "state of the case"),
    "figure": ("指标", "figure"),
}
"""What a signal can be: a warning, an open question, help given, where a case stands, an amount."""

FACTS: Mapping[str, tuple[Kind, Fact]] = {
    "kind": (Kind.TEXT, Fact(zh="种类", en="kind", choices=KINDS)),
    "name": (Kind.TEXT, Fact(zh="名称", en="name")),
    "department": (Kind.TEXT, Fact(zh="部门", en="department")),
    "risk": (Kind.TEXT, Fact(zh="风险", en="risk")),
    "category": (Kind.TEXT, Fact(zh="类别", en="category")),
    "severity": (Kind.NUMBER, Fact(zh="程度", en="severity", low=1, high=3)),
    "day": (Kind.DATE, Fact(zh="日期", en="day")),
    "day_number": (Kind.NUMBER, Fact(zh="日序", en="day number", unit="day", low=0, high=2**22)),
    "age": (Kind.NUMBER, Fact(zh="天数", en="age", unit="day", low=-(2**22), high=2**22)),
    "months": (Kind.NUMBER, Fact(zh="月数", en="months", low=-(2**20), high=2**20)),
    "amount": (
        Kind.NUMBER,
        Fact(zh="数额", en="amount", unit="yuan", low=-GREATEST, high=GREATEST),
    ),
}
"""What a guard can know of a signal; ``age`` is in days and ``months`` in months, on the day of
the answer; an amount is whole fen, and said in yuan."""

Values: TypeAlias = Mapping[str, Any]
"""What one signal has; what it lacks is left out."""
Words: TypeAlias = Mapping[str, tuple[str, str]]
"""Words with their Chinese and English labels."""
Plain: TypeAlias = Any
Literal: TypeAlias = tuple[Plain, ...]
"""``("known", side, field, wanted)`` or ``(operator, left, right)``, in which a side is a whole
number, a word, ``("f", side, field)`` or ``(operator, left, right)``."""
Conjunct: TypeAlias = tuple[Literal, ...]

_SAFE = 2**62
_MOST_CONJUNCTS = 64
_DECIDED: tuple[Truth, ...] = (True, False)
_INVERSE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_TWO_SIDES = {"a": ("甲的", "of a"), "b": ("乙的", "of b")}
_PARTS = (
    tree.Compare,
    tree.Among,
    tree.Known,
    tree.Not,
    tree.And,
    tree.Or,
    tree.Const,
    tree.Read,
    tree.Param,
    tree.Arithmetic,
)


@functools.cache
def signals_schema(sides: str) -> Schema:
    """What a guard may read: the facts of the signal ``a``, or of ``a`` and ``b``."""
    fields = {
        f"{side}.{name}": Field(
            table=None, name=f"{side}.{name}", kind=kind, about=_called(about, side, sides)
        )
        for side in sides
        for name, (kind, about) in FACTS.items()
    }
    table = TableSchema(
        name=None, fields=Frozen(fields), key="", zh="信号", en="signals", owner="a signal"
    )
    return Schema(household=table, tables=Frozen({}))


def _called(about: Fact, side: str, sides: str) -> Fact:
    if len(sides) == 1:
        return about
    zh, en = _TWO_SIDES[side]
    return attrs.evolve(about, zh=zh + about.zh, en=f"{about.en} {en}")


def fact(name: str, side: str = "a", sides: str = "ab") -> Value:
    """A signal's fact, as guards read it."""
    return tree.Read(signals_schema(sides).household.fields[f"{side}.{name}"])


def guard_of_one(given: Condition | str) -> Condition:
    """Read or check a guard of one signal; see `read_guard`."""
    return read_guard(given, "a")


def guard_of_two(given: Condition | str) -> Condition:
    """Read or check a guard of two signals; see `read_guard`."""
    return read_guard(given, "ab")


def read_guard(given: Condition | str, sides: str) -> Condition:
    """Read a guard from its text, or check a tree.

    Args:
        given: Such as ``b.department != a.department``.
        sides: The signals there are: ``a``, or ``ab``.

    Raises:
        ConditionError: It is not in the language, or says what guards cannot.
        OverflowRiskError: A number in it could pass 2**62.
    """
    schema = signals_schema(sides)
    guard = parse(given, schema) if isinstance(given, str) else given
    if not isinstance(guard, Condition):
        raise ConditionError("`where` is a condition, in Python or as text")
    check_size(guard)
    for part in guard.walk():
        if not isinstance(part, _PARTS):
            raise ConditionError(
                "`{part}` cannot stand between signals, whatever the day; write out the number or "
                "the day, and ask for ages with `last`, `months` and `before`",
                part=part,
            )
        if isinstance(part, tree.Param) and len(sides) > 1:
            raise ConditionError(
                "`{part}` is that of one signal's place and day; write it in `need`", part=part
            )
        if isinstance(part, tree.Read):
            tree.read(schema.household, part.field.name)
            if part.field.name.endswith((".age", ".months")):
                raise ConditionError(
                    "`{part}`: ages are asked for with `last`, `months` and `before`; between two "
                    "signals compare days",
                    part=part,
                )
        if isinstance(part, tree.Compare) and not any(_reads(part)):
            raise ConditionError(
                "`{part}` is a comparison of constants and says nothing", part=part
            )
    conjuncts(guard)
    return guard


def with_words(guard: Condition, words: Mapping[str, Words]) -> Condition:
    """A guard whose words are those of a pack, with their labels.

    Args:
        guard: The guard.
        words: What each column, such as ``a.department``, can be; a column that is not
            there, or has no words, can be anything.

    Raises:
        UnknownChoiceError: A word is none of them.
    """

    def worded(node: Node) -> Node:
        known = words.get(node.field.name) if isinstance(node, tree.Read) else None
        if not known or not isinstance(node, tree.Read):
            return node
        about = attrs.evolve(node.field.about, choices=known)
        return tree.Read(attrs.evolve(node.field, about=about))

    return cast("Condition", guard.rebuilt(worded))


def with_units(guard: Condition, units: Mapping[str, Unit]) -> Condition:
    """A guard whose parameters have their units.

    Raises:
        ConditionError: They do not fit what they are compared with.
    """

    def bound(node: Node) -> Node:
        known = isinstance(node, tree.Param) and node.id in units
        return tree.Param(node.id, units[node.id]) if known else node  # type: ignore[attr-defined]

    return cast("Condition", guard.rebuilt(bound))


def told_as(parameter: str) -> str:
    """What a signal calls the value of a parameter at its place and on its day."""
    return f"param_{parameter.encode().hex()}"


def both(parts: Iterable[Condition]) -> Condition:
    """All of some conditions, one at least."""
    listed = tuple(parts)
    return listed[0] if len(listed) == 1 else tree.And(listed)


# --- meaning -----------------------------------------------------------------------------


class _Signals:
    """One or two signals as a row."""

    __slots__ = ("_sides",)

    def __init__(self, sides: Sequence[Values]) -> None:
        self._sides = sides

    def __getattr__(self, name: str) -> Any:
        return self._sides[name[0] == "b"].get(name[2:])


_NO_DAY = Setting(date.min)


def holds(guard: Condition, *signals: Values) -> Truth:
    """Kleene's truth value of a guard for one or two signals."""
    told = {
        one.id: signals[0][told_as(one.id)] for one in guard.walk() if isinstance(one, tree.Param)
    }
    setting = attrs.evolve(_NO_DAY, params=told) if told else _NO_DAY
    return truth(guard, _Signals(signals), setting)


# --- for engines without negation: what makes it certainly true ------------------------------


def conjuncts(guard: Condition, first: int = 0) -> tuple[Conjunct, ...]:
    """Write a guard as conjuncts; one of them holds exactly if it is certainly true.

    A comparison stands behind ``known`` for its fields; ``==`` becomes two comparisons and
    ``!=`` two conjuncts, since engines get those two wrong across signals. Fractions are
    multiplied out.

    Args:
        guard: The guard.
        first: Which side ``a`` is.

    Raises:
        OverflowRiskError: There are more than 64, or a number could pass 2**62.
    """
    found = {conjunct for conjunct in _cases(guard, first, held=True) if not contradicts(conjunct)}
    return tuple(sorted(found, key=repr))


def contradicts(conjunct: Iterable[Literal]) -> bool:
    """Tell whether a fact would have to be there and not be there."""
    known = {one for one in conjunct if one[0] == "known"}
    return any((*one[:3], not one[3]) in known for one in known)


def _cases(node: Condition, first: int, *, held: Truth) -> list[Conjunct]:
    """The cases in which a condition has a truth value, as conjuncts."""

    def cases(part: Condition, *held: Truth) -> list[Conjunct]:
        return _bounded(case for one in held for case in _cases(part, first, held=one))

    match node:
        case tree.Not(inner):
            return cases(inner, opposite(held))
        case tree.Known() if held is None:
            return []
        case tree.Known(Condition() as inner):
            return cases(inner, *_DECIDED) if held else cases(inner, None)
        case tree.Known(of):
            return [_known(of, first)] if held else _lacking(of, first)
        case tree.Compare() | tree.Among() if held is None:
            return _lacking(node, first)
        case tree.Compare(operator, left, right):
            return _compared(operator if held else _INVERSE[operator], left, right, first)
        case tree.Among(value, words):
            operator = "==" if held else "!="
            each = [_compared(operator, value, tree.Const(word), first) for word in words]
            return _bounded(itertools.chain(*each)) if held else _product(each)
        case tree.And(parts) | tree.Or(parts):
            neutral = isinstance(node, tree.And)
            if held is None:  # one part leaves it open, and none decides it
                return _bounded(
                    one
                    for at in range(len(parts))
                    for one in _product(
                        cases(part, *[None] * (place >= at), *[neutral] * (place != at))
                        for place, part in enumerate(parts)
                    )
                )
            listed = [cases(part, held) for part in parts]
            return _product(listed) if held is neutral else _bounded(itertools.chain(*listed))
    raise NotImplementedError(type(node).__name__)


def _product(each: Iterable[list[Conjunct]]) -> list[Conjunct]:
    found: list[Conjunct] = [()]
    for cases in each:
        found = _bounded(one + other for one in found for other in cases)
    return found


def _bounded(found: Iterable[Conjunct]) -> list[Conjunct]:
    unique = list(dict.fromkeys(tuple(dict.fromkeys(one)) for one in found))
    if len(unique) > _MOST_CONJUNCTS:
        raise OverflowRiskError(
            "the condition unfolds into more than {most_conjuncts} cases; split the rule",
            most_conjuncts=_MOST_CONJUNCTS,
        )
    return unique


def _reads(node: Node) -> Iterator[Field]:
    return (part.field for part in node.walk() if isinstance(part, tree.Read))


def _facts(node: Node, first: int) -> list[tuple[int, str]]:
    """The facts a part reads, each once, by side and name."""
    params = ((first, told_as(one.id)) for one in node.walk() if isinstance(one, tree.Param))
    return list(dict.fromkeys([*(_at(field, first) for field in _reads(node)), *params]))


def _at(field: Field, first: int) -> tuple[int, str]:
    side, _, name = field.name.partition(".")
    return "ab".index(side) + first, "day" if name == "day_number" else name


def _known(node: Node, first: int) -> Conjunct:
    return tuple(("known", *one, True) for one in _facts(node, first))


def _lacking(node: Node, first: int) -> list[Conjunct]:
    return [(("known", *one, False),) for one in _facts(node, first)]


def _compared(operator: str, left: Value, right: Value, first: int) -> list[Conjunct]:
    known = tuple(dict.fromkeys(_known(left, first) + _known(right, first)))
    steps = math.lcm(_steps(left), _steps(right))
    sides = _whole(left, steps, first), _whole(right, steps, first)
    if _bound(left) * steps + _bound(right) * steps > _SAFE:
        raise OverflowRiskError("a number in the comparison could pass 2**62; scale it down")
    if operator == "==":
        return [(*known, ("<=", *sides), (">=", *sides))]
    signs = ("<", ">") if operator == "!=" else (operator,)
    return [(*known, (sign, *sides)) for sign in signs]


def _steps(value: Value) -> int:
    """What a value is multiplied by so that no fraction is left in it."""
    match value:
        case tree.Const(int() | Fraction() as number):
            return Fraction(number).denominator
        case tree.Arithmetic("*", left, right):
            return _steps(left) * _steps(right)
        case tree.Arithmetic(_, left, right):
            return math.lcm(_steps(left), _steps(right))
    return 1


def _whole(value: Value, times: int, first: int) -> Plain:
    """A value multiplied, as plain data without fractions."""
    match value:
        case tree.Const(str() as word):
            return word
        case tree.Const(date() as day):
            return day.toordinal()
        case tree.Const(number):
            return int(Fraction(number) * times)  # type: ignore[arg-type]
        case tree.Read() | tree.Param():
            read = ("f", *_facts(value, first)[0])
            return read if times == 1 else ("*", times, read)
        case tree.Arithmetic("*", left, right):
            mine = _steps(left)
            return ("*", _whole(left, mine, first), _whole(right, times // mine, first))
        case tree.Arithmetic(operator, left, right):
            return (operator, _whole(left, times, first), _whole(right, times, first))
    raise NotImplementedError(type(value).__name__)


def _bound(value: Value) -> int:
    """The greatest a number can be, either sign; 0 for what is no number."""
    match value:
        case tree.Const(number) if isinstance(number, int | Fraction):
            return math.ceil(abs(Fraction(number)))
        case tree.Read(field) if field.about.high is not None:
            return max(field.about.high, -(field.about.low or 0))
        case tree.Param():
            return GREATEST
        case tree.Arithmetic(operator, left, right):
            one, other = _bound(left), _bound(right)
            return one * other if operator == "*" else one + other
    return 0
