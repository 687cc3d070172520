"""Printing: a tree as the text that `parse` reads back, with no parenthesis too many.

A part is written with how tightly it binds, and its place says how tightly it must.
"""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

from antipoverty.conditions import tree
from antipoverty.conditions.tree import Condition, Node, Rows
from antipoverty.model import Money, Unit

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _ATOM = range(7)
"""How tightly a text binds, from ``or`` to a name."""


def print_text(node: Node) -> str:
    """Write a tree as text."""
    return _print(node)[1]


def _inside(node: Node, least: int) -> str:
    """Write a part, in parentheses when it binds less tightly than its place needs."""
    level, text = _print(node)
    return text if level >= least else f"({text})"


def exact_text(number: int | Fraction) -> str:
    """Write a number exactly: as a decimal when it ends, else as ``ratio(1, 3)``."""
    number = Fraction(number)
    rest, twos, fives = number.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return f"ratio({number.numerator}, {number.denominator})"
    places = max(twos, fives)
    digits = str(abs(number.numerator) * 10**places // number.denominator).zfill(places + 1)
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if number < 0 else text


def _print(node: Node) -> tuple[int, str]:
    if isinstance(node, Condition):
        return _print_condition(node)
    if isinstance(node, tree.Groups):
        return _ATOM, _by(node)
    if isinstance(node, Rows):
        return _ATOM, _call("", node)[1:-1]
    return _print_value(node)


def _print_value(node: Node) -> tuple[int, str]:  # noqa: C901 - a case a node
    match node:
        case tree.Const(value, unit):
            return _ATOM, _constant(value, unit)
        case tree.Ago(count, unit):
            return _ATOM, f"ago({unit}={count})"
        case tree.Param(id):
            return _ATOM, f"param({json.dumps(id, ensure_ascii=False)})"
        case tree.Read(field):
            return _ATOM, field.name
        case tree.Arithmetic(operator, left, right):
            level = _PRODUCT if operator == "*" else _SUM
            return level, f"{_inside(left, level)} {operator} {_inside(right, level + 1)}"
        case tree.Count(rows):
            return _ATOM, _call("count", rows, filter_first=True)
        case tree.Reduce(operator, rows, inner):
            return _ATOM, _call(operator, rows, _print(inner)[1])
        case tree.GroupCount(groups, condition):
            given = "" if condition is None else f", {_print(condition)[1]}"
            return _ATOM, f"count({_by(groups)}{given})"
        case tree.GroupReduce(operator, groups, inner):
            return _ATOM, f"{operator}({_by(groups)}, {_print(inner)[1]})"
        case tree.Quantile(rows, inner, share):
            if share == Fraction(1, 2):
                return _ATOM, _call("median", rows, _print(inner)[1])
            return _ATOM, _call("quantile", rows, _print(inner)[1], exact_text(share))
        case tree.Score(items):
            if (repeated := tree.periods_of(node)) is not None:
                return _ATOM, f"periods({repeated[0]}, {_print(repeated[1])[1]})"
            listed = (f"({exact_text(weight)}, {_print(one)[1]})" for weight, one in items)
            return _ATOM, f"score({', '.join(listed)})"
    raise NotImplementedError(type(node).__name__)


def _print_condition(node: Condition) -> tuple[int, str]:
    match node:
        case tree.Flag(field):
            return _ATOM, field.name
        case tree.Compare(operator, left, right):
            return _COMPARE, f"{_inside(left, _SUM)} {operator} {_inside(right, _SUM)}"
        case tree.Among() | tree.Known():
            return _COMPARE, _membership(node)
        case tree.Not(tree.Among() | tree.Known() as inner):
            return _COMPARE, _membership(inner, "not ")
        case tree.Not(inner):
            return _NOT, f"not {_inside(inner, _NOT)}"
        case tree.Or(parts):
            return _OR, " or ".join(_inside(one, _AND) for one in parts)
        case tree.And(parts):
            return _AND, " and ".join(_chained(parts))
        case tree.SomeGroup(groups, inner):
            return _ATOM, f"any({_by(groups)}, {_print(inner)[1]})"
        case tree.Exists(rows):
            return _ATOM, _call("any", rows, filter_first=True)
        case tree.ForAll(rows, inner):
            return _ATOM, _call("all", rows, _print(inner)[1])
    raise NotImplementedError(type(node).__name__)


def _constant(value: object, unit: Unit | None) -> str:
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case date():
            return f'date("{value.isoformat()}")'
        case int() | Fraction() if unit is not None:
            text = str(Money(int(value))).removesuffix(".00")
            above = [name for name, power in unit.powers for _ in range(power) if name != "yuan"]
            below = [name for name, power in unit.powers for _ in range(-power)]
            per = f', per="{"/".join(below)}"' if below else ""
            by = f', by="{"*".join(above)}"' if above else ""
            return f"yuan({text}{per}{by})"
        case int() | Fraction():
            return exact_text(value)
    raise NotImplementedError(type(value).__name__)


def _by(groups: tree.Groups) -> str:
    return f"by({groups.rows.table.name}, {groups.by.field.name})"


def _call(name: str, rows: Rows, *given: str, filter_first: bool = False) -> str:
    words = [str(rows.table.name), *given]
    if rows.filter is not None:
        words.append(f"{'' if filter_first else 'where='}{_print(rows.filter)[1]}")
    if rows.window is not None:
        words.append(str(rows.window))
    return f"{name}({', '.join(words)})"


def _membership(node: tree.Among | tree.Known, negated: str = "") -> str:
    if isinstance(node, tree.Known):
        return f"{_inside(node.of, _SUM)} is {negated}known"
    listed = ", ".join(json.dumps(word, ensure_ascii=False) for word in node.words)
    words = f"({listed},)" if len(node.words) == 1 else f"({listed})"
    return f"{_inside(node.value, _SUM)} {negated}in {words}"


def _chained(parts: tuple[Condition, ...]) -> list[str]:
    texts: list[str] = []
    waiting = list(parts)
    while waiting:
        one = waiting.pop(0)
        chain = _chain(one, waiting[0]) if waiting else None
        if chain is not None:
            waiting.pop(0)
        texts.append(chain or _inside(one, _NOT))
    return texts


def _chain(low: Condition, high: Condition) -> str | None:
    """Write ``x >= 1 and x <= 5`` as ``1 <= x <= 5``, where the first bound is a constant."""
    if not (isinstance(low, tree.Compare) and isinstance(high, tree.Compare)):
        return None
    if low.operator not in (">", ">=") or high.operator not in ("<", "<="):
        return None
    if not isinstance(low.right, tree.Const | tree.Ago) or not low.left.same_as(high.left):
        return None
    first, middle, last = (_inside(part, _SUM) for part in (low.right, low.left, high.right))
    return f"{first} {'<' if low.operator == '>' else '<='} {middle} {high.operator} {last}"


Node._printer = print_text
