"""Expressions of SQL with the operators of Narwhals', for the compiler to write rules with.

SQL's three-valued logic is Kleene's, so that null is undecided here too. What is known when
a statement is written is not left to the database: a sum with nothing, a condition that
always holds, the opposite of the opposite.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import narwhals as nw
from sqlglot import exp

from antipoverty._sql.dialects import Dialect
from antipoverty.engines.columns import Columns
from antipoverty.engines.folds import MISSING, OF_HOUSEHOLD, SINCE, THERE, THERE_IS, UNTIL
from antipoverty.model import FIRST_DAY, Field, Kind

BOOL, WHOLE, TEXT, DAY = "bool", "whole", "text", "day"
KINDS = {Kind.NUMBER: WHOLE, Kind.FLAG: BOOL, Kind.TEXT: TEXT, Kind.DATE: DAY}
"""What the kinds of facts are."""
_MADE = {
    "area": TEXT,
    OF_HOUSEHOLD + "area": TEXT,
    THERE: BOOL,
    THERE_IS: BOOL,
    MISSING: TEXT,
}
"""What columns hold that are no facts; all others hold whole numbers."""
_OPPOSITE: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.GTE,
    exp.GTE: exp.LT,
    exp.GT: exp.LTE,
    exp.LTE: exp.GT,
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
}
_CALCULATED: dict[type[exp.Expr], Callable[[int, int], int]] = {
    exp.Add: operator.add,
    exp.Sub: operator.sub,
    exp.Mul: operator.mul,
}
_COMPARED: dict[type[exp.Expr], Callable[[int, int], bool]] = {
    exp.LT: operator.lt,
    exp.LTE: operator.le,
    exp.GT: operator.gt,
    exp.GTE: operator.ge,
    exp.EQ: operator.eq,
    exp.NEQ: operator.ne,
}


class Expression:
    """A value or condition of SQL.

    Attributes:
        tree: How sqlglot has it.
        kind: What it is.
        sure: Whether it is never null.
        dialect: In which dialect.
    """

    def __init__(self, tree: exp.Expr, kind: str, dialect: Dialect, *, sure: bool = False):
        self.tree, self.kind, self.dialect, self.sure = tree, kind, dialect, sure

    __hash__ = None  # type: ignore[assignment]

    # --- what is known already

    @property
    def null(self) -> bool:
        """Whether it is always null."""
        return isinstance(self.tree, exp.Null)

    @property
    def known(self) -> bool | int | None:
        """The yes or no, or the number, that it is; ``None`` where rows decide."""
        if isinstance(self.tree, exp.Boolean):
            return bool(self.tree.this)
        if self.kind == WHOLE and isinstance(self.tree, exp.Literal):
            return int(self.tree.this)
        if isinstance(self.tree, exp.Neg) and isinstance(self.tree.this, exp.Literal):
            return -int(self.tree.this.this)
        return None

    def _constant(self, value: bool | int | None) -> Expression:  # noqa: FBT001 - a value
        return constant(value, self.dialect)

    def _made(self, tree: exp.Expr, kind: str, *, sure: bool = False) -> Expression:
        return Expression(tree, kind, self.dialect, sure=sure)

    def _lifted(self, other: Any) -> Expression:
        if isinstance(other, str):
            return Expression(exp.Literal.string(other), TEXT, self.dialect, sure=True)
        return other if isinstance(other, Expression) else self._constant(other)

    @property
    def condition(self) -> exp.Expr:
        """How it stands where null counts as no."""
        tree = self.tree
        if isinstance(tree, exp.Coalesce) and tree.expressions == [exp.false()]:
            tree = tree.this
        return tree.copy()

    # --- logic

    def __and__(self, other: Any) -> Expression:
        return joined(exp.And, [self, self._lifted(other)], decisive=False)

    def __or__(self, other: Any) -> Expression:
        return joined(exp.Or, [self, self._lifted(other)], decisive=True)

    def __rand__(self, other: Any) -> Expression:
        return self._lifted(other) & self

    def __invert__(self) -> Expression:
        if self.null:
            return self
        if isinstance(self.known, bool):
            return self._constant(not self.known)
        tree = self.tree
        if isinstance(tree, exp.Not):
            found = tree.this.unnest()
        elif type(tree) in _OPPOSITE:
            found = _OPPOSITE[type(tree)](this=tree.this, expression=tree.expression)
        else:
            found = exp.Not(this=_within(tree))
        return self._made(found.copy(), BOOL, sure=self.sure)

    def is_null(self) -> Expression:
        """Tell whether it is null."""
        if self.sure:
            return self._constant(value=False)
        if self.null:
            return self._constant(value=True)
        return self._made(exp.Is(this=_within(self.tree), expression=exp.null()), BOOL, sure=True)

    def fill_null(self, value: Any) -> Expression:
        """Put a value in the place of null."""
        other = self._lifted(value)
        if self.sure:
            return self
        if self.null:
            return other
        tree = exp.Coalesce(this=self.tree.copy(), expressions=[other.tree.copy()])
        return self._made(tree, self.kind, sure=other.sure)

    def cast(self, dtype: Any) -> Expression:
        """Count a condition that holds as 1."""
        if self.kind != BOOL or dtype != nw.Int64:
            return self
        if isinstance(self.known, bool):
            return self._constant(int(self.known))
        one, zero = self._constant(1), self._constant(0)
        if self.sure:
            return When(self).then(one).otherwise(zero)
        return When(self).then(one).otherwise(When(~self).then(zero))

    # --- comparing and calculating

    def _compared(self, tree: type[exp.Expr], other: Any) -> Expression:
        right = self._lifted(other)
        if self.null or right.null:
            return self._constant(None)
        one, two = self.known, right.known
        if one is not None and two is not None:
            return self._constant(_COMPARED[tree](one, two))
        left = self.tree.copy()
        if self.kind == TEXT:
            left = self.dialect.exactly(left)
        found = tree(this=_within(left), expression=_within(right.tree))
        return self._made(found, BOOL, sure=self.sure and right.sure)

    def __lt__(self, other: Any) -> Expression:
        return self._compared(exp.LT, other)

    def __le__(self, other: Any) -> Expression:
        return self._compared(exp.LTE, other)

    def __gt__(self, other: Any) -> Expression:
        return self._compared(exp.GT, other)

    def __ge__(self, other: Any) -> Expression:
        return self._compared(exp.GTE, other)

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]
        return self._compared(exp.EQ, other)

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]
        return self._compared(exp.NEQ, other)

    def _calculated(self, tree: type[exp.Expr], other: Any) -> Expression:
        right = self._lifted(other)
        if self.null or right.null:
            return self._constant(None)
        one, two = self.known, right.known
        if one is not None and two is not None:
            return self._constant(_CALCULATED[tree](one, two))
        idle = 1 if tree is exp.Mul else 0
        if two == idle:
            return self
        if one == idle and tree is not exp.Sub:
            return right
        found = tree(this=_within(self.tree), expression=_within(right.tree))
        return self._made(found, WHOLE, sure=self.sure and right.sure)

    def __add__(self, other: Any) -> Expression:
        return self._calculated(exp.Add, other)

    def __sub__(self, other: Any) -> Expression:
        return self._calculated(exp.Sub, other)

    def __mul__(self, other: Any) -> Expression:
        return self._calculated(exp.Mul, other)

    # --- texts

    def is_in(self, words: list[str]) -> Expression:
        """Tell whether a text is one of some words."""
        left = _within(self.dialect.exactly(self.tree.copy()))
        return self._made(
            exp.In(this=left, expressions=[exp.Literal.string(one) for one in words]), BOOL
        )

    def starts_with(self, prefix: str) -> Expression:
        """Tell whether a text begins with another."""
        if not prefix:
            return self._constant(value=True)
        size = exp.Literal.number(len(prefix))
        begin = exp.Substring(this=self.tree.copy(), start=exp.Literal.number(1), length=size)
        found = exp.EQ(this=begin, expression=exp.Literal.string(prefix))
        return self._made(found, BOOL, sure=self.sure)


Expression.str = property(lambda self: self)  # type: ignore[attr-defined]  # as Narwhals names it


class When:
    """A choice that is begun."""

    def __init__(self, condition: Expression) -> None:
        self.condition = condition

    def then(self, value: Any) -> Then:
        """Say what stands where the condition holds."""
        return Then(self.condition, self.condition._lifted(value))


class Then(Expression):
    """A choice that is null where its condition does not hold."""

    def __init__(self, condition: Expression, value: Expression) -> None:
        self.asked, self.value = condition, value
        chosen = condition._constant(None)
        if condition.known is True:
            chosen = value
        elif condition.known is None and not condition.null:
            tree = exp.Case().when(condition.condition, value.tree.copy())
            chosen = Expression(tree, value.kind, condition.dialect)
        super().__init__(chosen.tree, value.kind, condition.dialect, sure=chosen.sure)

    def otherwise(self, value: Any) -> Expression:
        """Say what stands elsewhere."""
        other = self._lifted(value)
        if self.asked.known is True:
            return self.value
        if self.asked.known is False or self.asked.null or self.value.tree == other.tree:
            return other
        if self.value.known is True and other.known is False and self.asked.sure:
            return self.asked
        kind = other.kind if self.value.null else self.value.kind
        tree = exp.Case().when(self.asked.condition, self.value.tree.copy())
        last = other.tree.copy()
        if isinstance(last, exp.Case) and last.this is None:  # one choice, with more cases
            for case in last.args["ifs"]:
                tree.append("ifs", case)
            tree.set("default", last.args.get("default"))
        else:
            tree.set("default", None if other.null else last)
        return self._made(tree, kind, sure=self.value.sure and other.sure)


class SqlColumns(Columns):
    """Writes expressions of SQL; it is what `Columns` is with Narwhals.

    Attributes:
        dialect: The dialect.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def col(self, name: str) -> Any:
        """Read a column."""
        if name in (SINCE, UNTIL):  # no row is known to lie in a spell
            return constant(None, self.dialect)
        return Expression(exp.column(name), _MADE.get(name, WHOLE), self.dialect)

    def fact(self, field: Field, name: str) -> Any:
        """Read the column in which a fact stands."""
        return Expression(exp.column(name), KINDS[field.kind], self.dialect)

    def lit(self, value: Any, dtype: Any = None) -> Any:  # noqa: ARG002 - as Narwhals has it
        """Write a constant."""
        if isinstance(value, date):
            return Expression(self.dialect.day(value), DAY, self.dialect, sure=True)
        if isinstance(value, str):
            return Expression(exp.Literal.string(value), TEXT, self.dialect, sure=True)
        return constant(value, self.dialect)

    def when(self, condition: Any) -> Any:
        """Begin a choice."""
        return When(condition)

    def every(self, *conditions: Any) -> Any:
        """Join conditions by *and*."""
        return joined(exp.And, list(conditions), decisive=False)

    def some(self, *conditions: Any) -> Any:
        """Join conditions by *or*."""
        return joined(exp.Or, list(conditions), decisive=True)

    def least(self, *ends: Any) -> Any:
        """Take the least of some numbers, all of which are known or none."""
        return _farthest(exp.Least, list(ends))

    def greatest(self, *ends: Any) -> Any:
        """Take the greatest of some numbers, all of which are known or none."""
        return _farthest(exp.Greatest, list(ends))

    def among(self, text: Any, words: Sequence[str]) -> Any:
        """Tell whether a text is one of some words."""
        return text.is_in(list(words))

    def ordinal(self, day: Any) -> Any:
        """Number a day as `date.toordinal` does."""
        if day.null:
            return day
        since = Expression(self.dialect.days_since(day.tree.copy()), WHOLE, self.dialect)
        return since + FIRST_DAY.toordinal()


def constant(value: bool | int | None, dialect: Dialect) -> Expression:  # noqa: FBT001 - a value
    """Write a yes or no, a number, or null."""
    if value is None:
        return Expression(exp.null(), BOOL, dialect)
    if isinstance(value, bool):
        return Expression(exp.true() if value else exp.false(), BOOL, dialect, sure=True)
    return Expression(exp.convert(value), WHOLE, dialect, sure=True)


def joined(how: type[exp.Connector], parts: list[Expression], *, decisive: bool) -> Expression:
    """Join conditions; one that is ``decisive`` decides, one that is its opposite is idle."""
    kept = [one for one in parts if one.known is not (not decisive)]
    decided = [one for one in kept if one.known is decisive]
    if decided:
        return decided[0]
    if len(kept) < 2:
        return (kept or parts)[0]
    flat: list[exp.Expr] = []
    for one in kept:
        flat += [one.tree] if not isinstance(one.tree, how) else list(one.tree.flatten())
    trees = list(dict.fromkeys(flat))
    tree = _beside(trees[0])
    for other in trees[1:]:
        tree = how(this=tree, expression=_beside(other))
    sure = all(one.sure for one in kept)
    return Expression(tree, BOOL, kept[0].dialect, sure=sure)


def _farthest(how: type[exp.Func], ends: list[Expression]) -> Expression:
    known = [one.known for one in ends]
    first = ends[0]
    if all(one is not None for one in known):
        numbers = [int(one) for one in known if one is not None]
        return first._constant(min(numbers) if how is exp.Least else max(numbers))
    different = list(dict.fromkeys(one.tree for one in ends))
    if len(different) == 1:
        return first
    tree = how(this=different[0].copy(), expressions=[one.copy() for one in different[1:]])
    return Expression(tree, WHOLE, first.dialect, sure=all(one.sure for one in ends))


def _beside(tree: exp.Expr) -> exp.Expr:
    """Put conditions that are joined in parentheses, beside others that are joined otherwise."""
    return exp.paren(tree.copy()) if isinstance(tree, exp.Connector) else tree.copy()


def _within(tree: exp.Expr) -> exp.Expr:
    """Put what is made of several parts in parentheses."""
    tree = tree.copy()
    compound = (exp.Binary, exp.Not, exp.Is, exp.In, exp.Neg)
    return exp.paren(tree) if isinstance(tree, compound) else tree


__all__ = ["BOOL", "DAY", "TEXT", "WHOLE", "Expression", "SqlColumns", "constant"]
