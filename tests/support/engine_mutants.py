"""Mutants of the library's own engines: one small change of their code each, planted in process.

The conformance kit is run once on the engines as they are, and what it asks and expects is
kept. A mutant's function is given its changed code, and what reaches the changed lines is
asked again: the first answer that is not the kept one kills it, as the kit would have failed.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import inspect
import signal
import sys
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from itertools import zip_longest
from time import perf_counter
from types import CodeType, FrameType, FunctionType
from typing import Any

import attrs
import polars as pl

from antipoverty.conditions import truth, unsettled
from antipoverty.engines import Told, Verdicts
from antipoverty.errors import NothingInForceError, OverflowRiskError
from antipoverty.model import Household, counted_on
from antipoverty.rules import Pack, Verdict
from antipoverty.screening import Tables, screen
from antipoverty.testing import engine_checks, over_tables
from antipoverty.testing._conformance.engines import (  # private: the engines the kit runs
    closure,
    parts_of,
    placed_in,
    reference,
)

Given = tuple[Any, Pack, date]
Answers = list[Any] | None
"""What an engine tells, part by part as `Told` has it, of verdicts those that are not clear;
``None`` where it refuses."""

TIMES, LEAST_SECONDS = 20, 3.0
"""A mutant that answers one question for so many times as long as the engine, and for so long, by
the processor's clock, runs in circles."""

TOO_LONG = "no answer in time"
"""What kills a mutant that runs in circles, in the place of a check."""

REFUSABLE = ("overflow", "unseen-overflow", "generated")
"""Checks that take a refusal of numbers too large for an answer."""

SAME_ANSWERS = ("population-split", "order", "ids", "words", "asked-again", "rules-apart")
"""Checks whose rules and households other checks ask as well, so that they would only take time."""


def by_meaning(households: Sequence[Household], pack: Pack, day: date) -> Iterator[Any]:
    """The reference without evidence: the meaning of each rule, household by household."""
    verdicts: dict[Any, Verdict] = {}
    missing, amounts, placed = {}, {}, []
    try:
        current = pack.on(day)
    except NothingInForceError:
        yield verdicts
        return
    for one in households:
        household = counted_on(one, pack.schema, day)
        setting = current.setting(household.area)
        for rule in current.rules:
            if rule.covers(household.area):
                key, held = (household.household_id, rule.id), truth(rule.when, household, setting)
                verdicts[key] = Verdict.of(held)
                if held is None:
                    missing[key] = frozenset(unsettled(rule.when, household, setting))
                if rule.amount is not None and held is not False:
                    stated = rule.amount.of(household, setting, held)
                    amounts[key] = stated.low, stated.high
        tiers = {
            each.id: each.place(household, setting)
            for each in current.ladders
            if each.covers(household.area)
        }
        placed.append((household.household_id, tiers))
    yield from (verdicts, missing, amounts, placed_in(placed))


def by_closure(households: Sequence[Household], pack: Pack, day: date) -> Iterator[Any]:
    """The compiled function."""
    told = closure(households, pack, day)
    yield from (told.verdicts, told.missing, told.amounts, told.tiers)


def by_frames(tables: Tables[Any], pack: Pack, day: date) -> Iterator[Any]:
    """The engine over Polars frames."""
    yield from parts_of(screen(tables, pack, as_of=day))


ENGINES: dict[str, Callable[..., Iterator[Any]]] = {
    "reference": by_meaning,
    "closure": by_closure,
    "frames": by_frames,
}
MODULES = {
    "reference": ("conditions.meaning", "conditions.groups", "conditions.unseen"),
    "closure": ("engines.closure",),
    "frames": (
        "engines.frames",
        "engines.folds",
        "engines.columns",
        "engines.groups",
        "engines.numbers",
        "conditions.spans",
        "_screening.wide",
        "_screening.groups",
        "_screening.unseen",
    ),
}
"""The code that gives the answers of each engine; windows are the reference's with it."""
MODULES["reference"] += ("conditions.windows",)


# --- what the kit asks ----------------------------------------------------------------


@attrs.define(eq=False)
class Asked:
    """One question of the kit, with the right answer and the lines that giving it runs."""

    check: str
    given: Given
    right: Answers
    refused: bool
    seconds: float = 0.0
    lines: frozenset[tuple[str, int]] = frozenset()
    kills: int = 0


def asked_by_the_kit(engine: str, examples: int, *, sort: str = "") -> list[Asked]:
    """Run the kit on an engine as it is, or one sort of check, and keep all that it asks."""
    answer, kept, check = ENGINES[engine], [], ""

    def kept_too(given: Any, pack: Pack, day: date) -> Told:
        asked, since = (given, pack, day), perf_counter()
        try:
            found = list(answer(*asked))
        except OverflowRiskError:
            kept.append(Asked(check, asked, None, refused=True))
            raise
        kept.append(Asked(check, asked, plainly(found), False, perf_counter() - since))
        return Told(*found)

    made: Any = over_tables(kept_too) if engine == "frames" else kept_too
    for one in engine_checks(made, name=engine, examples=examples):
        check = one.name
        if check == sort or (not sort and check not in SAME_ANSWERS):
            one()
    return kept


def plainly(found: Iterable[Any]) -> list[Any]:
    verdicts, *more = found
    return [_not_clear(verdicts), *more]


def _not_clear(found: Verdicts) -> Verdicts:
    return {key: one for key, one in found.items() if one is not Verdict.CLEAR}


def with_lines(engine: str, asked: Iterable[Asked]) -> list[Asked]:
    """Tell for each question which lines of the engine it runs."""
    files = {
        str(importlib.import_module(f"antipoverty.{name}").__file__): name
        for name in MODULES[engine]
    }
    seen: set[tuple[str, int]] = set()

    def of_line(frame: FrameType, event: str, _: object) -> Any:
        seen.add((files[frame.f_code.co_filename], frame.f_lineno))
        return of_line

    def of_call(frame: FrameType, event: str, _: object) -> Any:
        return of_line(frame, event, _) if frame.f_code.co_filename in files else None

    found = []
    for one in asked:
        seen.clear()
        _forget(engine)
        before = sys.gettrace()
        sys.settrace(of_call)
        try:
            _answers(engine, one)
        finally:
            sys.settrace(before)
        found.append(attrs.evolve(one, lines=frozenset(seen)))
    return found


# --- mutants --------------------------------------------------------------------------


@attrs.frozen(eq=False, slots=False)
class EngineMutant:
    """One change of one function of an engine.

    Attributes:
        engine: Whose it is.
        module: Where it is, below the library.
        function: The function's qualified name.
        lines: The lines of the statement that is changed.
        was: The changed part as it is.
        now: What stands in its place.
        tree: What the module is compiled of.
        change: The change in it.
        place: Which it is of the places in the function with the same change, and of how many;
            empty where it is the only one.
    """

    engine: str
    module: str
    function: str
    lines: range
    was: str
    now: str
    tree: ast.Module
    change: _Change
    place: str = ""

    def __str__(self) -> str:
        """The name, which no other mutant has, and which does not change when lines move."""
        return f"{self.module}.{self.function}: `{self.was}` -> `{self.now}`{self.place}"

    @property
    def is_made(self) -> bool:
        """Whether the change makes a function that can stand in the place of what is there."""
        return _changed([self]) is not None

    def reached_by(self, asked: Iterable[Asked]) -> list[Asked]:
        """The questions that run its lines."""
        return [
            one for one in asked if any((self.module, line) in one.lines for line in self.lines)
        ]

    def killed_by(self, asked: Sequence[Asked]) -> str | None:
        """What kills it first: the check whose question it answers wrongly, or that it takes long.

        Questions that killed others come first. All are asked for verdicts before any is asked
        for more, which takes longer.
        """
        reached = self.reached_by(asked)
        with planted([self]):
            answers = {id(one): _Answer(self.engine, one) for one in reached}
            for asked_more in (False, True):
                for one in _in_turn(reached):
                    if (wrong := answers[id(one)].wrong(more=asked_more)) is not None:
                        one.kills += 1
                        return wrong
        return None


def _in_turn(asked: Iterable[Asked]) -> list[Asked]:
    """Those that killed others first, then the cheapest of each check, then the next of each."""
    rank: Counter[str] = Counter()
    turns = {}
    for one in sorted(asked, key=lambda each: each.seconds):
        turns[id(one)] = rank[one.check]
        rank[one.check] += 1
    return sorted(asked, key=lambda each: (-each.kills, turns[id(each)], each.seconds))


class _Answer:
    """What an engine answers to a question: verdicts first, and more when asked for."""

    def __init__(self, engine: str, asked: Asked) -> None:
        self.asked = asked
        self.parts = ENGINES[engine](*asked.given)
        self.refuses = False

    def wrong(self, *, more: bool) -> str | None:
        """The check that finds the verdicts, or what comes after them, wrong; ``None`` if right."""
        before = signal.signal(signal.SIGPROF, _stopped)
        signal.setitimer(signal.ITIMER_PROF, max(LEAST_SECONDS, TIMES * self.asked.seconds))
        try:
            right = self.refuses or (self._more() if more else self._verdicts())
        except OverflowRiskError:
            self.refuses = True
            right = self.asked.refused or self.asked.check in REFUSABLE
        except _StoppedError:
            return TOO_LONG
        except Exception:
            right = False
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
        return None if right else self.asked.check

    def _verdicts(self) -> bool:
        found, right = _not_clear(next(self.parts)), self.asked.right
        if right is not None:
            return bool(found == right[0])
        given, pack, day = self.asked.given  # it answers what the engine as it is refuses
        homes = list(_households(given, pack)) if isinstance(given, Tables) else given
        return bool(found == _not_clear(reference(homes, pack, day)))

    def _more(self) -> bool:
        right = self.asked.right
        return right is None or all(
            one == other for one, other in zip_longest(self.parts, right[1:])
        )


class _StoppedError(BaseException):
    """The time for an answer is over; nothing that an engine catches."""


def _stopped(*_: object) -> None:
    raise _StoppedError


def _households(tables: Tables[Any], pack: Pack) -> Iterator[Household]:
    """The households that good tables were made of."""
    rows = pack.model.tables_of_row()
    for facts in tables["households"].to_dicts():
        mine = pl.col("household_id") == facts["household_id"]
        for name, row in rows.items():
            held = tables[name].filter(mine).to_dicts() if name in tables else ()
            facts[name] = tuple(row.model_construct(**one) for one in held)
        yield pack.model.model_construct(**facts, deliveries=tables.deliveries)


def wrong(engine: str, asked: Asked) -> str | None:
    """What finds the answer of an engine wrong; ``None`` where it is as the kit demands."""
    answer = _Answer(engine, asked)
    return answer.wrong(more=False) or answer.wrong(more=True)


def _answers(engine: str, asked: Asked) -> None:
    with suppress(OverflowRiskError):
        list(ENGINES[engine](*asked.given))


def mutants_of(engine: str) -> Iterator[EngineMutant]:
    """Every mutant of an engine's code, module by module, each with a name of its own."""
    made = list(_made(engine))
    places, seen = Counter(map(str, made)), Counter[str]()
    for one in made:
        name = str(one)
        seen[name] += 1
        alone = places[name] == 1
        yield attrs.evolve(one, place="" if alone else f" ({seen[name]} of {places[name]})")


def _made(engine: str) -> Iterator[EngineMutant]:
    for name in MODULES[engine]:
        module = importlib.import_module(f"antipoverty.{name}")
        tree = ast.parse(inspect.getsource(module))
        for path, function in _functions(tree.body, ()):
            named = path[-1] in ("__repr__", "__str__") or ".".join(path) in _MAKING
            if named or _function(name, ".".join(path)) is None:
                continue
            for change in _changes(function):
                yield EngineMutant(
                    engine,
                    name,
                    ".".join(path),
                    change.lines,
                    change.was,
                    change.now,
                    tree,
                    change,
                )


def _functions(
    body: Iterable[ast.stmt], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], ast.FunctionDef]]:
    for one in body:
        if isinstance(one, ast.FunctionDef):
            yield (*above, one.name), one
        elif isinstance(one, ast.ClassDef):
            yield from _functions(one.body, (*above, one.name))


def _function(module: str, path: str) -> FunctionType | None:
    """The function that runs under a name, below what it is wrapped in."""
    found: Any = importlib.import_module(f"antipoverty.{module}")
    for name in path.split("."):
        found = vars(found).get(name)
    if isinstance(found, property):
        found = found.fget
    found = getattr(found, "__func__", found)
    found = getattr(found, "func", found) if isinstance(found, functools.cached_property) else found
    found = inspect.unwrap(found) if callable(found) else found
    return found if isinstance(found, FunctionType) else None


def _forget(engine: str) -> None:
    """Forget what functions of an engine have kept."""
    for name in MODULES[engine]:
        for one in vars(importlib.import_module(f"antipoverty.{name}")).values():
            if hasattr(one, "cache_clear"):
                one.cache_clear()


@contextmanager
def planted(mutants: Sequence[EngineMutant]) -> Iterator[None]:
    """Let the engine run with some changes for a while, of each statement one at most."""
    of: dict[tuple[str, str], list[EngineMutant]] = {}
    for one in mutants:
        of.setdefault((one.module, one.function), []).append(one)
    before: list[tuple[FunctionType, CodeType]] = []
    try:
        for some in of.values():
            if (changed := _changed(some)) is None:
                raise ValueError(f"these cannot be made: {', '.join(map(str, some))}")
            function, code = changed
            before.append((function, function.__code__))
            function.__code__ = code
        for engine in {one.engine for one in mutants}:
            _forget(engine)
        yield
    finally:
        for function, code in before:
            function.__code__ = code
        for engine in {one.engine for one in mutants}:
            _forget(engine)


def _changed(mutants: Sequence[EngineMutant]) -> tuple[FunctionType, CodeType] | None:
    """A function and its code with changes; ``None`` where that is not to be compiled."""
    first = mutants[0]
    function = _function(first.module, first.function)
    with ExitStack() as changes:
        for one in mutants:
            changes.enter_context(one.change.made())
        try:
            name = str(importlib.import_module(f"antipoverty.{first.module}").__file__)
            below = [compile(first.tree, name, "exec", dont_inherit=True)]
        except (SyntaxError, ValueError, TypeError):
            return None
    while below and function is not None:
        code = below.pop()
        if code.co_qualname == first.function:
            same = code.co_freevars == function.__code__.co_freevars
            return (function, code) if same else None
        below += [one for one in code.co_consts if isinstance(one, CodeType)]
    return None


# --- changes --------------------------------------------------------------------------


@attrs.frozen(eq=False)
class _Change:
    """One part of a function's tree, and what stands in its place."""

    holder: Any
    at: str | tuple[str, int]
    other: Any
    lines: range
    was: str
    now: str

    @contextmanager
    def made(self) -> Iterator[None]:
        before = self._put(self.other)
        try:
            yield
        finally:
            self._put(before)

    def _put(self, value: Any) -> Any:
        if isinstance(self.at, str):
            before = getattr(self.holder, self.at)
            setattr(self.holder, self.at, value)
            return before
        name, number = self.at
        listed = getattr(self.holder, name)
        before, listed[number] = listed[number], value
        return before


_SIGNS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_MEMBERS = (
    ("low", "high"),
    ("min", "max"),
    ("any", "all"),
    ("min_horizontal", "max_horizontal"),
    ("any_horizontal", "all_horizontal"),
    ("least", "greatest"),
)
_NAMES = (
    *_MEMBERS,
    ("some", "every"),
    ("first", "end"),
    ("sure", "maybe"),
    ("one", "other"),
    ("above_it", "within"),
    ("MISSING", "THERE"),
    ("SINCE", "UNTIL"),
)
_TEXTS = (
    *_MEMBERS,
    ("<", "<="),
    (">", ">="),
    ("==", "!="),
    ("+", "-"),
    ("left", "inner"),
    ("anti", "semi"),
)


def _both_ways(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {a: b for one, other in pairs for a, b in ((one, other), (other, one))}


_MEMBER, _NAME, _TEXT = map(_both_ways, (_MEMBERS, _NAMES, _TEXTS))
_EVEN = ("min", "max", "math.lcm", "isinstance", "self.either", "self.both", "_apart")
"""Functions whose two arguments may stand in any order, or in one alone."""

_MAKING = ("Window.of", "Window.calendar", "Window.earlier", "undelivered_until")
"""What makes conditions, before an engine is asked, or tells of data."""

_DROPPED = ("fill_null", "is_null", "cast", "abs")


def _changes(function: ast.FunctionDef) -> Iterator[_Change]:
    """Every change of a function that one step of the list below makes."""
    named = {one.id for one in ast.walk(function) if isinstance(one, ast.Name)}
    for statement in _statements(function.body):
        lines = range(statement.lineno, (_own_end(statement) or statement.lineno) + 1)
        for holder, at, node in _parts(statement):
            for other in _others(node, named):
                yield _Change(holder, at, other, lines, _text(node, holder), _text(other, holder))


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement that can change an answer; what says or checks something is left out."""
    for one in body:
        text = isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
        if text or isinstance(one, ast.Raise | ast.Assert):
            continue
        yield one
        for name in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(one, name, ()))
        for case in getattr(one, "cases", ()):
            yield from _statements(case.body)


def _own_end(statement: ast.stmt) -> int | None:
    body = getattr(statement, "body", None)
    return body[0].lineno - 1 if isinstance(body, list) and body else statement.end_lineno


def _parts(node: ast.AST) -> Iterator[tuple[Any, str | tuple[str, int], Any]]:
    """The parts of a statement with where they stand, without those of statements below it."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_comment", "decorator_list"):
            continue
        if isinstance(value, ast.AST) and not isinstance(value, ast.stmt | ast.JoinedStr):
            yield node, name, value
            yield from _parts(value)
        elif isinstance(value, list):
            for number, one in enumerate(value):
                if isinstance(one, ast.AST) and not isinstance(one, ast.stmt | ast.JoinedStr):
                    yield node, (name, number), one
                    yield from _parts(one)


def _others(node: Any, named: set[str]) -> Iterator[Any]:
    """What may stand in the place of a part; a name only for one that the function has too."""
    if type(node) in _SIGNS:
        yield _SIGNS[type(node)]()
    match node:
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(str() as value) if value in _TEXT:
            yield ast.Constant(_TEXT[value])
        case ast.Attribute(value, attr, ctx) if attr in _MEMBER and isinstance(ctx, ast.Load):
            yield ast.Attribute(value, _MEMBER[attr], ctx)
        case ast.Name(id, ctx) if id in _NAME and isinstance(ctx, ast.Load):
            if _NAME[id] in named or hasattr(builtins, id):
                yield ast.Name(_NAME[id], ctx)
        case ast.UnaryOp(ast.Not() | ast.Invert(), operand):
            yield operand
        case ast.Call(ast.Attribute(value, attr), _, _) if attr in _DROPPED:
            yield value
        case ast.Call(function, [one, other], keywords) if ast.unparse(
            function
        ) not in _EVEN and not isinstance(other, ast.Starred):
            yield ast.Call(function, [other, one], keywords)
        case ast.IfExp(_, one, other):
            yield from (one, other)
        case ast.comprehension(target, listed, [_, *_], is_async):
            yield ast.comprehension(target, listed, [], is_async)
        case ast.BoolOp(_, values) if len(values) > 1:
            yield from values
        case ast.BinOp(left, ast.BitAnd() | ast.BitOr(), right):
            yield from (left, right)
        case ast.match_case(pattern, guard, body) if guard is not None:
            yield ast.match_case(pattern, None, body)


def _text(node: Any, holder: Any) -> str:
    if isinstance(node, ast.boolop | ast.operator | ast.cmpop | ast.unaryop):
        return f"{type(node).__name__} of {ast.unparse(holder)}"[:120]
    if isinstance(node, ast.match_case):
        return f"case {ast.unparse(node.pattern)}" + (" if ..." if node.guard else "")
    if isinstance(node, ast.comprehension):
        return ast.unparse(node).strip()
    return ast.unparse(ast.fix_missing_locations(node))[:120]


# --- a run ----------------------------------------------------------------------------


@attrs.frozen
class Run:
    """What became of some mutants.

    Attributes:
        killed: What killed each that was killed: a check, or `TOO_LONG`.
        survivors: Those that no question killed, though all that reach them were asked.
        unreached: Those of the survivors that no question reaches.
        unmade: Those that cannot be made: the code does not compile, or not as that function.
    """

    killed: Mapping[EngineMutant, str]
    survivors: tuple[EngineMutant, ...]
    unreached: tuple[EngineMutant, ...]
    unmade: tuple[EngineMutant, ...]


def run(
    engine: str,
    mutants: Iterable[EngineMutant],
    asked: Sequence[Asked],
    living: Container[str] = frozenset(),
) -> Run:
    """Ask every mutant what the kit asks, until one answer is wrong or all is asked.

    Most are killed by one of the first questions. Those that are likely to live are planted
    together, of each statement one at most, since asking each of them all would take hours; where
    an answer is wrong it is found out whose fault it is. One that is hidden by another lives so;
    none is killed but by itself.

    Args:
        engine: Whose mutants they are.
        mutants: The mutants.
        asked: The questions, with the lines that they run.
        living: The names of those that are likely to live; the others are asked alone.
    """
    killed: dict[EngineMutant, str] = {}
    late, survivors, unmade = [], [], []
    for one in mutants:
        if not one.is_made:
            unmade.append(one)
            continue
        if str(one) in living:
            late.append(one)
        elif (found := one.killed_by(asked)) is None:
            survivors.append(one)
        else:
            killed[one] = found
    for group in one_of_each_statement(late):
        survivors += living_of(group, _in_turn(asked), killed)
    unreached = tuple(one for one in survivors if not one.reached_by(asked))
    return Run(killed, tuple(survivors), unreached, tuple(unmade))


def told_by(asked: Sequence[Asked], mutants: Iterable[EngineMutant]) -> dict[EngineMutant, str]:
    """Those that answer some question wrongly by themselves; they are asked as in `run`."""
    told: dict[EngineMutant, str] = {}
    for group in one_of_each_statement(mutants):
        living_of(group, asked, told)
    return told


def one_of_each_statement(mutants: Iterable[EngineMutant]) -> list[list[EngineMutant]]:
    """Part mutants in groups, of each statement one at most."""
    groups: dict[int, list[EngineMutant]] = {}
    seen: Counter[tuple[str, int]] = Counter()
    for one in mutants:
        statement = one.module, one.lines.start
        groups.setdefault(seen[statement], []).append(one)
        seen[statement] += 1
    return list(groups.values())


def living_of(
    group: Sequence[EngineMutant], asked: Sequence[Asked], killed: dict[EngineMutant, str]
) -> list[EngineMutant]:
    """Those of a group that answer all rightly together; notes what killed the others."""
    left = list(group)
    for number, question in enumerate(asked):
        if (guilty := _guilty(left, question)) is None:
            continue
        question.kills += len(guilty)
        killed |= guilty
        left = [one for one in left if one not in guilty]
        if not guilty or _wrong_of(left, question) is not None:  # only together
            half, rest = len(left) // 2, asked[number:]
            return [
                *living_of(left[:half], rest, killed),
                *living_of(left[half:], rest, killed),
            ]
    return left


def _guilty(some: Sequence[EngineMutant], question: Asked) -> dict[EngineMutant, str] | None:
    """Those that answer a question wrongly by themselves; ``None`` where all do not together."""
    if (why := _wrong_of(some, question)) is None:
        return None
    if len(some) == 1:
        return {some[0]: why}
    half = len(some) // 2
    return (_guilty(some[:half], question) or {}) | (_guilty(some[half:], question) or {})


def _wrong_of(some: Sequence[EngineMutant], question: Asked) -> str | None:
    """What finds the answer of an engine with some changes wrong."""
    reached = [one for one in some if one.reached_by([question])]
    if not reached:
        return None
    with planted(reached):
        return wrong(reached[0].engine, question)


__all__ = [
    "ENGINES",
    "TOO_LONG",
    "EngineMutant",
    "Run",
    "asked_by_the_kit",
    "living_of",
    "mutants_of",
    "one_of_each_statement",
    "plainly",
    "planted",
    "run",
    "told_by",
    "with_lines",
    "wrong",
]
