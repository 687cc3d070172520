"""A pack compiled to one Python function, for one household in a web request.

Each rule becomes an expression with the parameters of the household's area and the day
written in, and each fact is read once. The code is built as a syntax tree from typed
nodes, never from text. What asks for child rows is left to the reference. The function
is only there to be fast: it answers what `judge` answers.
"""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import attrs

from antipoverty._policy.succession import area_now, following
from antipoverty.codes import AreaCode, prefixes
from antipoverty.conditions import Condition, Node, Setting, Value
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.meaning import Truth, fact, truth
from antipoverty.model import AreaTree, Field, Household, Kind, counted_on
from antipoverty.rules import InForce, Pack, Placed, Stated, Verdict

_VERDICTS = {held: Verdict.of(held) for held in (True, False, None)}
_OPERATORS: dict[str, type[ast.cmpop]] = {
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "==": ast.Eq,
    "!=": ast.NotEq,
}
_ARITHMETIC: dict[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult}
_SIMPLE = (nodes.Const, nodes.Ago, nodes.Param, nodes.Read, nodes.Arithmetic)

Judging = Callable[[Household], tuple[Verdict, ...]]


class CompiledPack:
    """The rules of a pack on a day, as a function of a household.

    Attributes:
        rules: The ids of the rules in force, in the order of the verdicts. A rule that
            is not in force where a household lives is clear for it.
    """

    def __init__(self, current: InForce, areas: AreaTree | None = None) -> None:
        self._current = current
        self._areas = areas
        self._kinds = current.pack.kinds
        self.rules = tuple(rule.id for rule in current.rules)
        places = {area for rule in current.rules for area in (rule.area, *rule.outside)}
        places |= {value.area for values in current.values.values() for value in values}
        self._places = places
        self._by_area: dict[str, Judging] = {}
        self._by_place = functools.cache(self._compiled)

    def __repr__(self) -> str:
        name, day = self._current.pack.id, self._current.day
        return f"<CompiledPack {name} on {day}: {len(self.rules)} rules>"

    def __call__(self, household: Household) -> tuple[Verdict, ...]:
        """Give the verdict of every rule, in the order of ``rules``.

        Raises:
            InvalidArgumentError: It is no household, or lacks facts of the pack's model.
            UnknownAreaError: The areas have no such code on that day, and not one successor.
            AreaNotCoveredError: The household lives outside the pack's area.
            MissingTableError: A rule reads a child table that was not supplied.
        """
        try:
            if self._kinds and any(one.kind not in self._kinds for one in household.records or ()):
                self._current.pack.check_household(household)
            household = counted_on(household, self._current.pack.schema, self._current.day)
            judging = self._by_area.get(household.area) or self._judging(household)
            return judging(household)
        except AttributeError:
            self._current.pack.check_household(household)
            raise

    def amounts(self, household: Household) -> dict[str, Stated]:
        """What each rule with an amount that is not clear states of a household, by rule.

        Raises:
            InvalidArgumentError: As when it is called, and all others.
        """
        held = zip(self._current.rules, self(household), strict=True)
        home, setting = self._placed(household)
        return {
            rule.id: rule.amount.of(home, setting, verdict.held)
            for rule, verdict in held
            if rule.amount is not None and verdict is not Verdict.CLEAR
        }

    def tiers(self, household: Household) -> dict[str, Placed]:
        """Where a household stands on each ladder in force there, by the ladder's id.

        Raises:
            InvalidArgumentError: As when it is called, and all others.
        """
        self._current.pack.check_household(household)
        home, setting = self._placed(household)
        found = {}
        for ladder in self._current.ladders:
            if ladder.covers(home.area):
                found[ladder.id] = ladder.place(home, setting)
        return found

    def _placed(self, household: Household) -> tuple[Household, Setting]:
        """A household as it is on the day, and what conditions depend on where it lives."""
        pack, day = self._current.pack, self._current.day
        area = area_now(household.household_id, household.area, pack, day, self._areas)
        home = counted_on(household, pack.schema, day)
        if area != home.area:
            home = home.model_copy(update={"area": AreaCode(area)})
        return home, self._current.setting(area)

    def _judging(self, household: Household) -> Judging:
        """The function of where a household lives, found once for every area."""
        pack, day = self._current.pack, self._current.day
        area = area_now(household.household_id, household.area, pack, day, self._areas)
        place = next((code for code in prefixes(area) if code in self._places), "")
        judging = self._by_area[household.area] = self._by_place(max(place, pack.area, key=len))
        return judging

    def _compiled(self, place: str) -> Judging:
        writer = _Writer(self._current.setting(place))
        rules = [
            writer.condition(rule.when) if rule.covers(place) else ast.Constant(value=False)
            for rule in self._current.rules
        ]
        return writer.function(rules)


def compile_pack(pack: Pack, *, as_of: date, areas: AreaTree | None = None) -> CompiledPack:
    """Compile the rules in force on a day.

    Args:
        pack: The policy.
        as_of: The day the answers are for.
        areas: The known areas; with them a code that ended is followed to its successor.

    Raises:
        ParameterNotSetError: A rule reads a parameter without a value on that day.
    """
    return CompiledPack(following(pack, areas, as_of).on(as_of), areas)


@attrs.define
class _Writer:
    """Writes conditions as Python expressions over local names."""

    setting: Setting
    facts: dict[str, str] = attrs.field(factory=dict)
    derived: dict[str, ast.expr] = attrs.field(factory=dict)
    constants: dict[str, Any] = attrs.field(factory=dict)
    temporaries: int = 0

    def function(self, rules: list[ast.expr]) -> Judging:
        """Make the function that gives all verdicts of a household."""
        reads: list[ast.stmt] = [
            ast.Assign(
                [ast.Name(local, ast.Store())],
                self.derived.get(fact)
                or ast.Attribute(ast.Name("home", ast.Load()), fact, ast.Load()),
            )
            for fact, local in self.facts.items()
        ]
        verdicts: list[ast.expr] = [
            ast.Subscript(ast.Name("verdicts", ast.Load()), rule, ast.Load()) for rule in rules
        ]
        body = [*reads, ast.Return(ast.Tuple(verdicts, ast.Load()))]
        arguments = ast.arguments([], [ast.arg("home")], None, [], [], None, [])
        # Python 3.12 added a list of type parameters to a function's syntax.
        more: dict[str, Any] = {"type_params": []}
        known = {key: value for key, value in more.items() if key in ast.FunctionDef._fields}
        function = ast.FunctionDef(
            name="judging", args=arguments, body=body, decorator_list=[], returns=None, **known
        )
        module = ast.fix_missing_locations(ast.Module([function], []))
        space: dict[str, Any] = {"verdicts": _VERDICTS, **self.constants}
        exec(compile(module, "<antipoverty rules>", "exec"), space)  # noqa: S102 - built from nodes
        judging: Judging = space["judging"]
        return judging

    def name(self, value: object) -> ast.expr:
        """Name a constant of the function."""
        local = f"k{len(self.constants)}"
        self.constants[local] = value
        return ast.Name(local, ast.Load())

    def fact(self, field: Field) -> ast.expr:
        """Name a fact of the household, read or worked out once."""
        if field.inputs and field.name not in self.derived:
            work_out = functools.partial(_worked_out, field, self.setting)
            home = ast.Name("home", ast.Load())
            self.derived[field.name] = ast.Call(self.name(work_out), [home], [])
        return ast.Name(self.facts.setdefault(field.name, f"f{len(self.facts)}"), ast.Load())

    def _kept(self, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """Give an expression that also keeps its value, and one that reads it again."""
        local = f"t{self.temporaries}"
        self.temporaries += 1
        return ast.NamedExpr(ast.Name(local, ast.Store()), value), ast.Name(local, ast.Load())

    # --- conditions

    def condition(self, node: Condition) -> ast.expr:
        """Write a condition: True, False or None."""
        match node:
            case nodes.Flag(field):
                return self.fact(field)
            case nodes.Compare(operator, left, right) if _simple(left) and _simple(right):
                return self._compare(operator, left, right)
            case nodes.Among(value, words) if _simple(value):
                found = ast.Compare(self.plain(value), [ast.In()], [self.name(words)])
                return self._unless_missing(node, found)
            case nodes.Known(of) if isinstance(of, Condition):
                return ast.Compare(self.condition(of), [ast.IsNot()], [ast.Constant(None)])
            case nodes.Known(of) if _simple(of):
                return ast.UnaryOp(ast.Not(), self._missing(of) or ast.Constant(value=False))
            case nodes.Not(inner):
                kept, again = self._kept(self.condition(inner))
                missing = ast.Compare(kept, [ast.Is()], [ast.Constant(None)])
                return ast.IfExp(missing, ast.Constant(None), ast.UnaryOp(ast.Not(), again))
            case nodes.And(conditions):
                return self._junction(conditions, decisive=False)
            case nodes.Or(conditions):
                return self._junction(conditions, decisive=True)
        judge_rows = functools.partial(_by_reference, node, self.setting)
        return ast.Call(self.name(judge_rows), [ast.Name("home", ast.Load())], [])

    def _junction(self, conditions: tuple[Condition, ...], *, decisive: bool) -> ast.expr:
        """Stop at the first part that decides; else open if any part is; else the opposite."""
        parts = [self._kept(self.condition(one)) for one in conditions]
        none = ast.Constant(None)
        open_: list[ast.expr] = [ast.Compare(again, [ast.Is()], [none]) for _, again in parts]
        answer: ast.expr = ast.IfExp(
            ast.BoolOp(ast.Or(), open_), none, ast.Constant(value=not decisive)
        )
        for kept, _ in reversed(parts):
            decided = ast.Compare(kept, [ast.Is()], [ast.Constant(value=decisive)])
            answer = ast.IfExp(decided, ast.Constant(value=decisive), answer)
        return answer

    def _compare(self, operator: str, left: Value, right: Value) -> ast.expr:
        if left.type is not None and left.type.kind is Kind.NUMBER:
            (one, scale), (other, below) = self.number(left), self.number(right)
            common = math.lcm(scale, below)
            one, other = _times(one, common // scale), _times(other, common // below)
        else:
            one, other = self.plain(left), self.plain(right)
        found = ast.Compare(one, [_OPERATORS[operator]()], [other])
        return self._unless_missing(nodes.Compare(operator, left, right), found)

    def _unless_missing(self, node: Node, found: ast.expr) -> ast.expr:
        missing = self._missing(node)
        return found if missing is None else ast.IfExp(missing, ast.Constant(None), found)

    def _missing(self, node: Node) -> ast.expr | None:
        """Tell whether a fact that a simple node reads is missing; ``None`` when it reads none."""
        fields = {
            part.field.name: part.field for part in node.walk() if isinstance(part, nodes.Read)
        }
        tests: list[ast.expr] = [
            ast.Compare(self.fact(one), [ast.Is()], [ast.Constant(None)]) for one in fields.values()
        ]
        if len(tests) > 1:
            return ast.BoolOp(ast.Or(), tests)
        return tests[0] if tests else None

    # --- values

    def plain(self, node: Value) -> ast.expr:
        """Write a text or a day."""
        match node:
            case nodes.Read(field):
                return self.fact(field)
            case nodes.Ago():
                return self.name(node.day(self.setting.as_of))
            case nodes.Const(value):
                return self.name(value)
        raise NotImplementedError(type(node).__name__)

    def number(self, node: Value) -> tuple[ast.expr, int]:
        """Write a number as a whole number over a denominator."""
        match node:
            case nodes.Read(field):
                return self.fact(field), 1
            case nodes.Const(int() | Fraction() as value):
                return _whole(value)
            case nodes.Param(id):
                return _whole(self.setting.param(id))
            case nodes.Arithmetic(_, left, right) if node.of_days:
                span = ast.BinOp(self.plain(left), ast.Sub(), self.plain(right))
                return ast.Attribute(span, "days", ast.Load()), 1
            case nodes.Arithmetic(operator, left, right):
                (one, scale), (other, below) = self.number(left), self.number(right)
                if operator == "*":
                    return ast.BinOp(one, ast.Mult(), other), scale * below
                common = math.lcm(scale, below)
                one, other = _times(one, common // scale), _times(other, common // below)
                return ast.BinOp(one, _ARITHMETIC[operator](), other), common
        raise NotImplementedError(type(node).__name__)


def _worked_out(field: Field, setting: Setting, household: Household) -> Any:
    return fact(field, household, setting)


def _by_reference(condition: Condition, setting: Setting, household: Household) -> Truth:
    return truth(condition, household, setting)


def _simple(node: Node) -> bool:
    """Tell whether a value is written with facts of the household alone."""
    return all(isinstance(part, _SIMPLE) for part in node.walk())


def _whole(number: int | Fraction) -> tuple[ast.expr, int]:
    exact = Fraction(number)
    return ast.Constant(exact.numerator), exact.denominator


def _times(number: ast.expr, factor: int) -> ast.expr:
    return number if factor == 1 else ast.BinOp(number, ast.Mult(), ast.Constant(factor))


__all__ = ["CompiledPack", "compile_pack"]
