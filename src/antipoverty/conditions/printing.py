"""Printing: a tree as the text that `parse` reads back, with no parenthesis too many.

A part is written with how tightly it binds, and its place says how tightly it must.
"""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from functools import singledispatch

from antipoverty.conditions import tree
from antipoverty.conditions.tree import Condition, Node, Rows
from antipoverty.model import Money

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


@singledispatch
def _print(node: Node) -> tuple[int, str]:
    raise NotImplementedError(type(node).__name__)


@_print.register
def _(node: tree.Const) -> tuple[int, str]:
    if isinstance(node.value, str):
        return _ATOM, json.dumps(node.value, ensure_ascii=False)
    if isinstance(node.value, date):
        return _ATOM, f'date("{node.value.isoformat()}")'
    if node.unit is not None:
        text = str(Money(int(node.value))).removesuffix(".00")
        per = str(node.unit).removeprefix("yuan").removeprefix("/")
        return _ATOM, f'yuan({text}, per="{per}")' if per else f"yuan({text})"
    return _ATOM, exact_text(node.value)


@_print.register
def _(node: tree.Ago) -> tuple[int, str]:
    return _ATOM, f"ago({node.unit}={node.count})"


@_print.register
def _(node: tree.Param) -> tuple[int, str]:
    return _ATOM, f"param({json.dumps(node.id, ensure_ascii=False)})"


@_print.register(tree.Read)
@_print.register(tree.Flag)
def _(node: tree.Read | tree.Flag) -> tuple[int, str]:
    return _ATOM, node.field.name


@_print.register
def _(node: tree.Arithmetic) -> tuple[int, str]:
    level = _PRODUCT if node.operator == "*" else _SUM
    return level, (f"{_inside(node.left, level)} {node.operator} {_inside(node.right, level + 1)}")


@_print.register
def _(node: Rows) -> tuple[int, str]:
    return _ATOM, _call("", node)[1:-1]


def _call(name: str, rows: Rows, *given: str, filter_first: bool = False) -> str:
    words = [str(rows.table.name), *given]
    if rows.filter is not None:
        words.append(f"{'' if filter_first else 'where='}{_print(rows.filter)[1]}")
    if rows.window is not None:
        words.append(str(rows.window))
    return f"{name}({', '.join(words)})"


@_print.register
def _(node: tree.Count) -> tuple[int, str]:
    return _ATOM, _call("count", node.rows, filter_first=True)


@_print.register
def _(node: tree.Exists) -> tuple[int, str]:
    return _ATOM, _call("any", node.rows, filter_first=True)


@_print.register
def _(node: tree.ForAll) -> tuple[int, str]:
    return _ATOM, _call("all", node.rows, _print(node.condition)[1])


@_print.register
def _(node: tree.Reduce) -> tuple[int, str]:
    return _ATOM, _call(node.operator, node.rows, _print(node.value)[1])


@_print.register
def _(node: tree.Score) -> tuple[int, str]:
    items = (f"({exact_text(weight)}, {_print(one)[1]})" for weight, one in node.items)
    return _ATOM, f"score({', '.join(items)})"


@_print.register
def _(node: tree.Compare) -> tuple[int, str]:
    left, right = (_inside(side, _SUM) for side in (node.left, node.right))
    return _COMPARE, f"{left} {node.operator} {right}"


@_print.register
def _(node: tree.Among) -> tuple[int, str]:
    return _COMPARE, f"{_inside(node.value, _SUM)} in {_words(node.words)}"


def _words(words: tuple[str, ...]) -> str:
    listed = ", ".join(json.dumps(word, ensure_ascii=False) for word in words)
    return f"({listed},)" if len(words) == 1 else f"({listed})"


@_print.register
def _(node: tree.Known) -> tuple[int, str]:
    return _COMPARE, f"{_inside(node.of, _SUM)} is known"


@_print.register
def _(node: tree.Not) -> tuple[int, str]:
    inner = node.condition
    if isinstance(inner, tree.Among):
        return _COMPARE, f"{_inside(inner.value, _SUM)} not in {_words(inner.words)}"
    if isinstance(inner, tree.Known):
        return _COMPARE, f"{_inside(inner.of, _SUM)} is not known"
    return _NOT, f"not {_inside(inner, _NOT)}"


@_print.register
def _(node: tree.Or) -> tuple[int, str]:
    return _OR, " or ".join(_inside(one, _AND) for one in node.conditions)


@_print.register
def _(node: tree.And) -> tuple[int, str]:
    texts: list[str] = []
    waiting = list(node.conditions)
    while waiting:
        one = waiting.pop(0)
        chain = _chain(one, waiting[0]) if waiting else None
        if chain is not None:
            waiting.pop(0)
        texts.append(chain or _inside(one, _NOT))
    return _AND, " and ".join(texts)


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
