"""Comparisons within one fact or between two, as text, with Kleene's meaning.

The text is a small piece of Python: ``a.amount * 10 > b.amount * 3 and a.department !=
b.department``. Numbers are whole, words are only equal or not, and a field that a fact
does not have makes a comparison unknown. What is unknown never counts as true, nor its
opposite. An expression that could pass 2**62 is refused, so that no engine can wrap.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from antipoverty.errors import InvalidRuleError, OverflowRiskError, did_you_mean

WORD, NUMBER = "word", "number"
GREATEST = 2**40
"""The greatest whole number of a fact or of a text, either sign."""
FIELDS: Mapping[str, str] = {
    "kind": WORD,
    "name": WORD,
    "department": WORD,
    "risk": WORD,
    "category": WORD,
    "severity": NUMBER,
    "day": NUMBER,
    "age": NUMBER,
    "amount": NUMBER,
}
"""The fields of a fact; ``age`` is in days, on the day of the answer."""

_BOUNDS = {"severity": 3, "day": 2**22, "age": 2**22}
_SAFE = 2**62
_MOST_CONJUNCTS = 64
_INVERSE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_SUMS: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}

Values: TypeAlias = Mapping[str, Any]
"""The fields one fact has; those it lacks are left out."""


@attrs.frozen
class Field:
    """A field of the fact an alias stands for: ``a`` the first, ``b`` the second."""

    side: int
    name: str


@attrs.frozen
class Sum:
    """Two numbers added, subtracted or multiplied."""

    op: str
    left: Expr
    right: Expr


Expr: TypeAlias = Field | Sum | int | str


@attrs.frozen
class Compare:
    """A comparison; unknown when a field is missing."""

    op: str
    left: Expr
    right: Expr


@attrs.frozen
class Known:
    """Whether a fact has a field; never unknown. With ``wanted`` false: that it has not."""

    field: Field
    wanted: bool = True


@attrs.frozen
class Both:
    """All of some; of none, true."""

    parts: tuple[Truth, ...]


@attrs.frozen
class Either:
    """One at least of some; of none, false."""

    parts: tuple[Truth, ...]


@attrs.frozen
class Opposite:
    """The opposite; of unknown, unknown."""

    part: Truth


Truth: TypeAlias = Compare | Known | Both | Either | Opposite
Literal: TypeAlias = Compare | Known
Conjunct: TypeAlias = tuple[Literal, ...]


# --- meaning -----------------------------------------------------------------------------


def number(expr: Expr, facts: Sequence[Values]) -> Any:
    """The value of an expression, or ``None`` when a field is missing."""
    if isinstance(expr, Field):
        return facts[expr.side].get(expr.name)
    if isinstance(expr, Sum):
        left, right = number(expr.left, facts), number(expr.right, facts)
        return None if left is None or right is None else _SUMS[expr.op](left, right)
    return expr


def truth(expr: Truth, facts: Sequence[Values]) -> bool | None:
    """Kleene's truth value of an expression over one or two facts."""
    match expr:
        case Compare(op, left, right):
            one, other = number(left, facts), number(right, facts)
            return None if one is None or other is None else _ORDER[op](one, other)
        case Known(field, wanted):
            return (facts[field.side].get(field.name) is not None) == wanted
        case Opposite(part):
            value = truth(part, facts)
            return None if value is None else not value
        case Both(parts):
            values = [truth(part, facts) for part in parts]
            return False if False in values else None if None in values else True
        case Either(parts):
            values = [truth(part, facts) for part in parts]
            return True if True in values else None if None in values else False


# --- for engines without negation: what makes it certainly true ------------------------------


def conjuncts(expr: Truth) -> tuple[Conjunct, ...]:
    """Write an expression as conjuncts; one of them holds exactly if it is certainly true.

    A comparison stands behind `Known` guards for its fields; ``==`` becomes two
    comparisons and ``!=`` two conjuncts, since engines get those two wrong across facts.

    Raises:
        OverflowRiskError: There are more than 64.
    """
    found = {conjunct for conjunct in _positive(expr) if not contradicts(conjunct)}
    return tuple(sorted(found, key=repr))


def _positive(expr: Truth, *, opposite: bool = False) -> list[Conjunct]:
    match expr:
        case Opposite(part):
            return _positive(part, opposite=not opposite)
        case Known(field, wanted):
            return [(Known(field, wanted != opposite),)]
        case Compare(op, left, right):
            op = _INVERSE[op] if opposite else op
            guards = tuple(Known(field) for field in dict.fromkeys(fields_of(expr)))
            if op == "==":
                return [(*guards, Compare("<=", left, right), Compare(">=", left, right))]
            if op == "!=":
                return [(*guards, Compare(way, left, right)) for way in ("<", ">")]
            return [(*guards, Compare(op, left, right))]
        case Both(parts) | Either(parts):
            if isinstance(expr, Both) == opposite:
                return _bounded([c for part in parts for c in _positive(part, opposite=opposite)])
            product: list[Conjunct] = [()]
            for part in parts:
                more = _positive(part, opposite=opposite)
                product = _bounded([one + other for one in product for other in more])
            return product


def _bounded(found: list[Conjunct]) -> list[Conjunct]:
    unique = list(dict.fromkeys(tuple(dict.fromkeys(one)) for one in found))
    if len(unique) > _MOST_CONJUNCTS:
        raise OverflowRiskError(
            f"the comparison unfolds into more than {_MOST_CONJUNCTS} cases; split the rule"
        )
    return unique


def contradicts(conjunct: Iterable[Literal]) -> bool:
    """Tell whether a field would have to be there and not be there."""
    known = {one for one in conjunct if isinstance(one, Known)}
    return any(Known(one.field, not one.wanted) in known for one in known)


def fields_of(expr: Truth | Expr) -> Iterator[Field]:
    """The fields an expression reads."""
    match expr:
        case Field():
            yield expr
        case Known(field):
            yield field
        case Compare(_, left, right) | Sum(_, left, right):
            yield from fields_of(left)
            yield from fields_of(right)
        case Both(parts) | Either(parts):
            for part in parts:
                yield from fields_of(part)
        case Opposite(part):
            yield from fields_of(part)


# --- text ----------------------------------------------------------------------------------

_COMPARE: dict[type, str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_ARITHMETIC: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


def read_truth(text: str, aliases: str) -> Truth:
    """Read a comparison.

    Args:
        text: Such as ``b.department != a.department``.
        aliases: The aliases there are: ``a``, or ``ab``.

    Raises:
        InvalidRuleError: It cannot be read, or names a field that facts do not have.
        OverflowRiskError: A number in it could pass 2**62.
    """
    if len(text) > 1000:
        raise InvalidRuleError("the comparison is longer than 1,000 characters; split the rule")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InvalidRuleError(f"{text!r} is not a comparison") from None
    found = _Reader(aliases).truth(tree)
    conjuncts(found)
    return found


@attrs.frozen
class _Reader:
    aliases: str

    def truth(self, node: ast.expr) -> Truth:
        match node:
            case ast.BoolOp(op=op, values=values):
                parts = tuple(self.truth(value) for value in values)
                return Both(parts) if isinstance(op, ast.And) else Either(parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Opposite(self.truth(operand))
            case ast.Call(func=ast.Name(id="known"), args=[field], keywords=[]):
                read = self.expr(field)
                if isinstance(read, Field):
                    return Known(read)
            case ast.Compare(left=left, ops=ops, comparators=others):
                terms = [self.expr(one) for one in (left, *others)]
                pairs = zip(ops, terms, terms[1:], strict=False)
                parts = tuple(self.compare(op, one, other) for op, one, other in pairs)
                return parts[0] if len(parts) == 1 else Both(parts)
        raise InvalidRuleError(f"{ast.unparse(node)!r} is neither a comparison nor known(...)")

    def compare(self, op: ast.cmpop, left: Expr, right: Expr) -> Truth:
        sign = _COMPARE.get(type(op))
        if sign is None:
            raise InvalidRuleError("compare with <, <=, >, >=, == or !=")
        kinds = {_kind(left), _kind(right)}
        if len(kinds) > 1:
            raise InvalidRuleError("a word is compared with a number")
        if kinds == {WORD} and sign not in ("==", "!="):
            raise InvalidRuleError("words are equal or not; they have no order")
        if not {*fields_of(left), *fields_of(right)}:
            raise InvalidRuleError("a comparison of constants says nothing")
        if kinds == {NUMBER} and _bound(left) + _bound(right) > _SAFE:
            raise OverflowRiskError("a number in the comparison could pass 2**62; scale it down")
        return Compare(sign, left, right)

    def expr(self, node: ast.expr) -> Expr:
        match node:
            case ast.Constant(value=str() as word):
                return word
            case ast.Constant(value=int() as value) if not isinstance(value, bool):
                if value > GREATEST:
                    raise OverflowRiskError(f"{value} is greater than 2**40")
                return value
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.expr(operand)
                return -inner if isinstance(inner, int) else self.sum("-", 0, inner)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return self.sum(_ARITHMETIC[type(op)], self.expr(left), self.expr(right))
            case ast.Attribute(value=ast.Name(id=alias), attr=name):
                return self.field(alias, name)
        raise InvalidRuleError(
            f"{ast.unparse(node)!r} cannot stand in a comparison: give a.FIELD, a whole number or "
            "a word in quotes, with + - *"
        )

    def field(self, alias: str, name: str) -> Field:
        if alias not in tuple(self.aliases):
            raise InvalidRuleError(
                f"{alias!r} stands for no fact here; there is {' and '.join(self.aliases)}"
            )
        if name not in FIELDS:
            raise InvalidRuleError(
                f"facts have no field {name!r}{did_you_mean(name, FIELDS)}; they have "
                f"{', '.join(FIELDS)}"
            )
        return Field(self.aliases.index(alias), name)

    def sum(self, op: str, left: Expr, right: Expr) -> Sum:
        if WORD in (_kind(left), _kind(right)):
            raise InvalidRuleError("words cannot be added or multiplied")
        made = Sum(op, left, right)
        if _bound(made) > _SAFE:
            raise OverflowRiskError("a number in the comparison could pass 2**62; scale it down")
        return made


def _kind(expr: Expr) -> str:
    if isinstance(expr, Field):
        return FIELDS[expr.name]
    return WORD if isinstance(expr, str) else NUMBER


def _bound(expr: Expr) -> int:
    match expr:
        case Field(_, name):
            return _BOUNDS.get(name, GREATEST)
        case Sum(op, left, right):
            one, other = _bound(left), _bound(right)
            return one * other if op == "*" else one + other
        case int():
            return abs(expr)
    return 0


def both(parts: Iterable[Truth]) -> Truth:
    """All of some expressions."""
    listed = tuple(parts)
    return listed[0] if len(listed) == 1 else Both(listed)
