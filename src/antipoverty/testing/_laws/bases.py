"""A share of what can be below nothing: at a loss, such a comparison turns round.

``spending > share * income`` asks whether spending takes much of the income. Where the
income is negative so is the share of it, and a household that spends nothing exceeds it;
``income < share * income_before`` is true of one whose loss became smaller. What is
compared with a share therefore needs to be told what holds at a loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from antipoverty.conditions import Condition, Node, Value
from antipoverty.conditions import tree as nodes
from antipoverty.model import Kind

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NOT = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def unguarded_shares(condition: Condition) -> tuple[str, ...]:
    """Name the comparisons with a share of what can be below nothing, where nothing guards them.

    A comparison is guarded where it stands beside ``base > 0``, or beside one that says what
    holds at a loss: ``a > 0 and a > share * base``, or ``a < base and a < share * base``.

    Args:
        condition: Any condition; what is asked of rows is looked at too.

    Returns:
        Each comparison as text, once, in the order in which they stand.
    """
    return tuple(dict.fromkeys(str(one) for one in _found(condition, [])))


def _found(node: Node, beside: list[nodes.Compare]) -> Iterator[nodes.Compare]:
    """The unguarded comparisons of a condition that holds together with others."""
    match node:
        case nodes.And(conditions):
            guards = [*beside, *(one for one in map(_plain, conditions) if one is not None)]
            for one in conditions:
                yield from _found(one, guards)
        case nodes.Or(conditions):
            for one in conditions:
                yield from _found(one, beside)
        case nodes.Not(inner):
            turned = _plain(node)
            yield from _found(inner if turned is None else turned, beside)
        case nodes.Compare():
            if any(_perverse(*sides, beside) for sides in _sides(node)):
                yield node
            for part in node.parts:
                yield from _found(part, [])
        case _:
            for part in node.parts:
                yield from _found(part, [])


def _plain(node: Condition) -> nodes.Compare | None:
    """An order of two numbers, as it stands or as the opposite of what is negated."""
    if isinstance(node, nodes.Not) and isinstance(node.condition, nodes.Compare):
        inner = node.condition
        if inner.operator in _NOT:
            return nodes.Compare(_NOT[inner.operator], inner.left, inner.right)
    return node if isinstance(node, nodes.Compare) and node.operator in _TURNED else None


def _sides(node: nodes.Compare) -> Iterator[tuple[str, Value, Value]]:
    """The comparison read from both sides."""
    if node.operator in _TURNED:
        yield node.operator, node.left, node.right
        yield _TURNED[node.operator], node.right, node.left


def _perverse(operator: str, side: Value, share: Value, beside: list[nodes.Compare]) -> bool:
    """Whether ``side operator share`` compares with a share of an unguarded base."""
    bases = [base for base in _bases(share) if _least(base) < 0]
    if not bases and _least(share) < 0 and any(map(_plainly_scaled, _products(side))):
        bases = [share]  # `2 * a > b` asks what `a > 0.5 * b` asks
    return any(not _guarded(operator, side, base, beside) for base in bases)


def _guarded(operator: str, side: Value, base: Value, beside: list[nodes.Compare]) -> bool:
    for one in beside:
        for sign, left, right in _sides(one):
            least = _least(right)
            if sign[0] == ">" and left.key == base.key and least >= 0:
                return True
            above = least > 0 or (least == 0 and (sign == ">" or operator[0] == "<"))
            if sign[0] == ">" and left.key == side.key and above:
                return True
            if operator[0] == sign[0] and left.key == side.key and right.key == base.key:
                return True
    return False


def _bases(value: Value) -> Iterator[Value]:
    """What a product takes a share of: the one factor that is neither written nor published."""
    if isinstance(value, nodes.Arithmetic) and value.operator == "*":
        factors = [*_factors(value)]
        shares = [one for one in factors if isinstance(one, nodes.Const | nodes.Param)]
        rest = [one for one in factors if not isinstance(one, nodes.Const | nodes.Param)]
        if shares and len(rest) == 1:
            yield rest[0]
    elif isinstance(value, nodes.Arithmetic):
        for part in (value.left, value.right):
            yield from _bases(part)


def _products(value: Value) -> Iterator[nodes.Arithmetic]:
    if isinstance(value, nodes.Arithmetic):
        if value.operator == "*":
            yield value
        else:
            yield from _products(value.left)
            yield from _products(value.right)


def _plainly_scaled(product: nodes.Arithmetic) -> bool:
    """Whether something is multiplied by a plain number, and not a size by an amount each."""
    shares = [one for one in _factors(product) if isinstance(one, nodes.Const | nodes.Param)]
    units = [None if one.type is None else one.type.unit for one in shares]
    return any(unit is None or not unit.powers for unit in units)


def _factors(value: Value) -> Iterator[Value]:
    if isinstance(value, nodes.Arithmetic) and value.operator == "*":
        yield from _factors(value.left)
        yield from _factors(value.right)
    else:
        yield value


def _least(value: Value) -> Fraction:
    """A bound that a number is never below, by the bounds of fields; no parameter is negative."""
    match value:
        case nodes.Const(int() | Fraction() as number):
            return Fraction(number)
        case nodes.Param() | nodes.Count() | nodes.Score():
            return Fraction(0)
        case nodes.Read(field) if field.kind is Kind.NUMBER:
            return Fraction(field.about.low or 0)
        case nodes.Reduce(operator, _, inner):
            least = _least(inner)
            return min(least, Fraction(0)) if operator == "sum" else least
        case nodes.Quantile(_, inner) | nodes.GroupReduce(_, _, inner):
            return _least(inner)
        case nodes.Arithmetic("+", left, right):
            return _least(left) + _least(right)
        case nodes.Arithmetic("*", left, right):
            return Fraction(0) if min(_least(left), _least(right)) >= 0 else Fraction(-1)
        case nodes.Arithmetic():
            return Fraction(-1)
    return Fraction(0)


__all__ = ["unguarded_shares"]
