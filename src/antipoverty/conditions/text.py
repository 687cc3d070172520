"""The text form: what an official reviews, a diff shows and ``parse`` reads back.

It is a part of Python's expression grammar, so Python's own parser reads it, and
nothing of it is ever run. ``parse(str(tree)) == tree``, always::

    net_income_12m < param("monitoring_line") * size and not monitored
    any(members, 6 <= age <= 15 and not in_school)
    sum(records, amount, where=kind == "medical_self_paid", months=12) > yuan(10000)
    water_safe is not known or dwelling_grade in ("C", "D")
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NoReturn

from antipoverty.conditions import build, tree
from antipoverty.conditions.tree import Condition, Node, Rows, Value
from antipoverty.conditions.tree.nodes import too_long
from antipoverty.errors import (
    ConditionSyntaxError,
    InexactNumberError,
    KindMismatchError,
    UnknownFieldError,
    did_you_mean,
    phrase,
)
from antipoverty.model import Household, Money, Schema, TableSchema, schema_of

MAX_DEPTH = 60
"""How many levels a tree may have, so that no engine runs out of stack."""

MAX_LENGTH = 20_000
"""How many characters the text of a condition may have."""


def parse(text: str, schema: Schema | None = None) -> Condition:
    """Read a condition from its text form.

    Args:
        text: One expression; line breaks in it do not matter.
        schema: What the condition may read; that of `Household` by default.

    Raises:
        ConditionError: The text is not in the grammar, or names or compares what it
            cannot; the subclass and its code say which.
    """
    node = parse_node(text, schema)
    if not isinstance(node, Condition):
        raise KindMismatchError(
            "`{node}` is {getattr}, not a condition; compare it with something",
            node=node,
            getattr=getattr(node, "type", None) or "a value",
        )
    return node


def check_size(node: Node) -> None:
    """Refuse a tree so large that its text could not be read back.

    Raises:
        ConditionSyntaxError: It has too many levels, or its text too many characters.
    """
    waiting = [(node, 1)]
    while waiting:
        one, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise _too_deep()
        waiting += [(part, depth + 1) for part in one.parts]
    if len(str(node)) > MAX_LENGTH:
        raise _too_long()


def _too_deep() -> ConditionSyntaxError:
    return ConditionSyntaxError(
        "the condition is nested more than {max_depth} deep; split the rule", max_depth=MAX_DEPTH
    )


def _too_long() -> ConditionSyntaxError:
    return ConditionSyntaxError(
        "the condition is longer than {max_length:,} characters; split the rule",
        max_length=MAX_LENGTH,
    )


def parse_value(text: str, schema: Schema | None = None) -> Value:
    """Read a value, such as ``net_income_12m - rigid_spending_12m``, from its text form."""
    node = parse_node(text, schema)
    if not isinstance(node, Value):
        raise KindMismatchError("`{node}` is a condition, not a number, a text or a day", node=node)
    return node


def parse_node(text: str, schema: Schema | None = None) -> Node:
    """Read a condition or a value, whichever it is."""
    if not isinstance(text, str) or not text.strip():
        raise ConditionSyntaxError("the condition is empty; write one, such as `not water_safe`")
    if len(text) > MAX_LENGTH:
        raise _too_long()
    source = f"({text}\n)"  # line breaks do not matter inside parentheses
    try:
        expression = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError) as problem:
        raise _malformed(text, problem) from None
    except (RecursionError, MemoryError):
        raise ConditionSyntaxError("the condition is nested too deeply; split the rule") from None
    if isinstance(expression, ast.Tuple) and expression.col_offset == 0:
        raise ConditionSyntaxError("a comma joins nothing; join conditions with and, or, not")
    if expression.lineno == 1 and expression.col_offset == 0:
        raise ConditionSyntaxError("a parenthesis is closed that was not opened")
    node = _Reader(source, schema or schema_of(Household)).read(expression)
    check_size(node)
    return node


def _malformed(text: str, problem: SyntaxError | ValueError) -> ConditionSyntaxError:
    """Say where Python's parser stopped, and what to write for a full-width character."""
    line, column = getattr(problem, "lineno", 1) or 1, getattr(problem, "offset", 1) or 1
    where = f"line {line}, " if "\n" in text else ""
    place = column - 1 if line == 1 else column
    reason = getattr(problem, "msg", "it has a character that cannot stand there")
    if "integer string conversion" in reason:
        reason = "a number has at most 12 digits"
    found = re.search(r"U\+([0-9A-F]+)", reason)
    if found:
        plain = _PLAIN.get(ch := chr(int(found[1], 16)), unicodedata.normalize("NFKC", ch))
        reason += "; leave it out" if not plain.isascii() else f"; write {plain!r} instead"
    return ConditionSyntaxError(
        "the condition is not well formed at {where}character {value}: {reason}",
        where=where,
        value=max(place, 1),
        reason=reason,
    )


_PLAIN = {
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "、": ",",
    "。": ".",
    "《": "<",
    "》": ">",
    "×": "*",
}
"""What an official means by characters that a Chinese keyboard gives."""


class _Reader:
    """Turns Python's syntax tree into ours, with the fields in scope."""

    def __init__(self, source: str, schema: Schema) -> None:
        self.source = source
        self.schema = schema
        self.scope: TableSchema = schema.household
        self.depth = 0
        self.grouped = False

    def refuse(self, node: ast.AST, reason: str) -> NoReturn:
        part = ast.get_source_segment(self.source, node) or type(node).__name__
        raise ConditionSyntaxError("`{part}`: {reason}", part=part, reason=reason)

    def read(self, node: ast.expr) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH + 2:  # a sign and its number are one level of the tree
            raise _too_deep()
        try:
            method: Callable[[Any], Node] = getattr(
                self, f"_{type(node).__name__.lower()}", self._other
            )
            return method(node)
        finally:
            self.depth -= 1

    def value(self, node: ast.expr) -> Value:
        found = self.read(node)
        if not isinstance(found, Value):
            raise KindMismatchError(
                "`{found}` is a condition; a number, a text or a day is needed there. For a flag "
                "write its name for yes and `not name` for no",
                found=found,
            )
        return found

    def condition(self, node: ast.expr) -> Condition:
        found = self.read(node)
        if not isinstance(found, Condition):
            raise KindMismatchError(
                "`{found}` is not a condition; compare it with something", found=found
            )
        return found

    def _other(self, node: ast.expr) -> NoReturn:
        self.refuse(node, "is not in the language of conditions")

    def _name(self, node: ast.Name) -> Node:
        if node.id in self.schema.tables:
            self.refuse(
                node,
                phrase("is a table; write any({id}, ...), count({id}) or the like", id=node.id),
            )
        if node.id not in self.scope.fields:
            for table in self.schema.tables.values():
                if self.scope.name is None and node.id in table.fields:
                    raise UnknownFieldError(
                        "reads {id!r}, which is a fact of {name}, not of the household; write "
                        "any({name}, ...) or another sum over their rows",
                        id=node.id,
                        name=table.name,
                    )
        return tree.read(self.scope, node.id)

    def _attribute(self, node: ast.Attribute) -> Node:
        """A field of one of several rows in hand, such as ``a.day``."""
        if isinstance(node.value, ast.Name) and any("." in name for name in self.scope.fields):
            return tree.read(self.scope, f"{node.value.id}.{node.attr}")
        self._other(node)

    def _constant(self, node: ast.Constant) -> Node:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            self.refuse(node, "is not a number or a text in quotes")
        if isinstance(value, float):
            try:
                exact = Decimal(ast.get_source_segment(self.source, node) or "")
            except ArithmeticError:  # an exponent of some twenty digits
                raise too_long() from None
            return tree.lift(exact)
        return tree.lift(value)

    def _unaryop(self, node: ast.UnaryOp) -> Node:
        if isinstance(node.op, ast.Not):
            return tree.Not(self.condition(node.operand))
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            number = self.value(node.operand)
            if isinstance(number, tree.Const) and isinstance(number.value, int | Fraction):
                return tree.Const(-number.value)
        self.refuse(node, "only `not` and a minus before a number are known; write 0 - x")

    def _boolop(self, node: ast.BoolOp) -> Node:
        join = tree.And if isinstance(node.op, ast.And) else tree.Or
        return join(tuple(self.condition(part) for part in node.values))

    _ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}  # noqa: RUF012 - never changed

    def _binop(self, node: ast.BinOp) -> Node:
        operator = self._ARITHMETIC.get(type(node.op))
        if operator is None:
            if isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod):
                raise InexactNumberError(
                    "conditions do not divide, because engines round differently; multiply the "
                    "other side: a / b > c is a > c * b"
                )
            self.refuse(node, "only + - * are known; join conditions with and, or, not")
        return tree.Arithmetic(operator, self.value(node.left), self.value(node.right))

    _COMPARISONS = {  # noqa: RUF012 - never changed
        ast.Lt: "<",
        ast.LtE: "<=",
        ast.Gt: ">",
        ast.GtE: ">=",
        ast.Eq: "==",
        ast.NotEq: "!=",
    }

    def _compare(self, node: ast.Compare) -> Node:
        found: list[Condition] = []
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.Is | ast.IsNot):
                if not (isinstance(right, ast.Name) and right.id == "known"):
                    self.refuse(node, "`is` is only used in `is known` and `is not known`")
                known = tree.Known(self.read(left))
                found.append(tree.Not(known) if isinstance(operator, ast.IsNot) else known)
            elif isinstance(operator, ast.In | ast.NotIn):
                among = tree.Among(self.value(left), self._wordlist(right))
                found.append(tree.Not(among) if isinstance(operator, ast.NotIn) else among)
            else:
                sign = self._COMPARISONS[type(operator)]
                found.append(tree.compare(sign, self.value(left), self.value(right)))
            left = right
        return found[0] if len(found) == 1 else tree.And(tuple(found))

    def _wordlist(self, node: ast.expr) -> tuple[str, ...]:
        if not isinstance(node, ast.Tuple | ast.List):
            self.refuse(node, 'after `in` write words in parentheses, as in ("C", "D")')
        words = [getattr(part, "value", None) for part in node.elts]
        for part, word in zip(node.elts, words, strict=True):
            if not isinstance(word, str):
                self.refuse(part, "is not a text in quotes")
        return tuple(word for word in words if isinstance(word, str))

    # Calls: each function of the language checks its own arguments.

    _REDUCTIONS = ("any", "all", "count", "sum", "min", "max", "gap", "median", "quantile")
    _OTHERS = ("score", "periods", "param", "yuan", "ratio", "ago", "date")

    def _call(self, node: ast.Call) -> Node:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if any(keyword.arg is None for keyword in node.keywords) or any(
            isinstance(argument, ast.Starred) for argument in node.args
        ):
            self.refuse(node, "arguments are written one by one")
        given = [keyword.arg for keyword in node.keywords]
        if len(set(given)) < len(given):
            self.refuse(node, "an argument is given twice")
        if name in self._REDUCTIONS:
            return self._reduction(name, node)
        if name in self._OTHERS:
            return getattr(self, f"_make_{name}")(node)  # type: ignore[no-any-return]
        self.refuse(
            node.func,
            phrase(
                "is not a function of the language{near}",
                near=did_you_mean(name, self._REDUCTIONS + self._OTHERS),
            ),
        )

    def _reduction(self, name: str, node: ast.Call) -> Node:
        if node.args and isinstance(node.args[0], ast.Call):
            return self._of_groups(name, node, node.args[0])
        if not node.args or not isinstance(node.args[0], ast.Name):
            self.refuse(
                node, phrase("the first argument of {name} is a table, such as members", name=name)
            )
        table = node.args[0].id
        if self.scope.name is not None:
            self.refuse(
                node,
                phrase("the rows of {name!r} hold no tables of their own", name=self.scope.name),
            )
        if table not in self.schema.tables:
            raise tree.unknown_table(table, self.schema)
        rows = Rows(self.schema.tables[table])
        self.scope = rows.table
        try:
            keywords = {str(word.arg): word.value for word in node.keywords}
            where = keywords.pop("where", None)
            if where is not None:
                rows = rows.where(self.condition(where))
            if keywords:
                given = {word: self._literal(value, node) for word, value in keywords.items()}
                unknown = set(given) - {"days", "months", "years", "calendar", "before"}
                if unknown:
                    self.refuse(
                        node,
                        phrase(
                            "{unknown}= is not known; write where=, days=, months=",
                            unknown=min(unknown),
                        ),
                    )
                rows = rows.within(**given)
            return self._reduced(name, rows, node)
        finally:
            self.scope = self.schema.household

    def _of_groups(self, name: str, node: ast.Call, first: ast.Call) -> Node:
        """What a function asks of the groups of a table: any(by(records, member_id), ...)."""
        word, *fields = (getattr(part, "id", "") for part in (first.func, *first.args))
        if word != "by" or len(fields) != 2 or first.keywords or node.keywords:
            self.refuse(node, "write any(by(records, member_id), a condition of each group)")
        table, fact = fields
        if self.scope.name is not None or self.grouped:
            self.refuse(node, "groups and rows hold no groups of their own")
        if table not in self.schema.tables:
            raise tree.unknown_table(table, self.schema)
        groups = Rows(self.schema.tables[table]).by(fact)
        self.grouped = True
        try:
            given = [self.read(part) for part in node.args[1:]]
        finally:
            self.grouped = False
        asked = {"any": 1, "all": 1, "count": len(given), "max": 1, "min": 1}
        if name not in asked or len(given) != asked[name] or len(given) > 1:
            self.refuse(node, "groups are asked any, all, count, max or min, of one expression")
        return getattr(groups, name)(*given)  # type: ignore[no-any-return]

    def _reduced(self, name: str, rows: Rows, node: ast.Call) -> Node:
        """What a function asks of rows, in whose scope its arguments are read."""
        arguments = node.args[1:]
        if name == "quantile":
            if len(arguments) != 2:
                self.refuse(node, "write quantile(records, amount, 0.9)")
            share = self._number(arguments.pop(), node)
            return rows.quantile(self.value(arguments[0]), share)
        if len(arguments) > 1 or (name not in ("any", "count") and not arguments):
            self.refuse(node, phrase("{name} takes a table and one expression", name=name))
        if name in ("any", "count"):
            fit = self.condition(arguments[0]) if arguments else None
            return rows.any(fit) if name == "any" else rows.count(fit)
        if name == "all":
            return rows.all(self.condition(arguments[0]))
        if name == "median":
            return rows.median(self.value(arguments[0]))
        return tree.Reduce(name, rows, self.value(arguments[0]))

    def _literal(self, node: ast.expr, call: ast.Call) -> Any:
        if not isinstance(node, ast.Constant):
            self.refuse(call, "this argument is written out, not computed")
        return node.value

    def _one_text(self, node: ast.Call) -> str:
        if len(node.args) != 1 or node.keywords:
            self.refuse(node, "takes one argument")
        value = self._literal(node.args[0], node)
        if not isinstance(value, str):
            self.refuse(node, "takes a text in quotes")
        return value

    def _number(self, node: ast.expr, call: ast.Call) -> int | Fraction:
        """Read a number literal, or a number in quotes, exactly."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = build.ratio(node.value)
        else:
            found = self.value(node)
        if (
            isinstance(found, tree.Const)
            and found.unit is None
            and isinstance(found.value, int | Fraction)
        ):
            return found.value
        self.refuse(call, "takes a number written out")

    def _make_param(self, node: ast.Call) -> Node:
        return build.param(self._one_text(node))

    def _make_date(self, node: ast.Call) -> Node:
        text = self._one_text(node)
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = None
        if day is None or day.isoformat() != text:
            self.refuse(node, 'a day is written date("2021-12-31")')
        return tree.lift(day)

    def _make_yuan(self, node: ast.Call) -> Node:
        words = {str(word.arg): self._literal(word.value, node) for word in node.keywords}
        if len(node.args) != 1 or set(words) - {"per", "by"}:
            self.refuse(node, 'write yuan(10000) or yuan(6000, per="person")')
        yuan = Fraction(self._number(node.args[0], node))
        if (yuan * 100).denominator != 1:
            self.refuse(node, "an amount is a whole number of fen; this one is finer")
        return build.yuan(Money(int(yuan * 100)), **words)

    def _make_ratio(self, node: ast.Call) -> Node:
        if len(node.args) not in (1, 2) or node.keywords:
            self.refuse(node, "takes one number, or two: ratio(1, 3)")
        numbers = [self._number(argument, node) for argument in node.args]
        if numbers[-1] == 0 and len(numbers) == 2:
            self.refuse(node, "the second number is not 0")
        return tree.lift(Fraction(numbers[0]) / (numbers[1] if len(numbers) == 2 else 1))

    def _make_ago(self, node: ast.Call) -> Node:
        if node.args or len(node.keywords) != 1:
            self.refuse(node, "write ago(days=N), ago(months=N) or ago(years=N)")
        (word,) = node.keywords
        count = self._literal(word.value, node)
        if isinstance(count, bool) or not isinstance(count, int):
            self.refuse(node, "takes a whole number")
        return tree.Ago(count, str(word.arg))

    def _make_periods(self, node: ast.Call) -> Node:
        number = self._literal(node.args[0], node) if node.args else None
        if len(node.args) != 2 or node.keywords or not isinstance(number, int):
            self.refuse(node, "write periods(6, a condition with windows)")
        return tree.periods(number, self.condition(node.args[1]))

    def _make_score(self, node: ast.Call) -> Node:
        items = []
        if node.keywords:
            self.refuse(node, "a score is written score((weight, condition), ...)")
        for item in node.args:
            if not isinstance(item, ast.Tuple) or len(item.elts) != 2:
                self.refuse(item, "a score is written score((weight, condition), ...)")
            items.append((self._number(item.elts[0], node), self.condition(item.elts[1])))
        return tree.Score(tuple(items))
