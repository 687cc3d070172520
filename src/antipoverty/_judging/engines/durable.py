"""durable-rules as a judge of one household at a time, through the subset that is sound.

Version 2.0.28 crashes or answers wrongly outside a small part of its language (see the
explanation on engines of judgement). What it is given here: fields that are whole numbers
and always guarded, one conjunct a rule, joins of two facts that end with a test that is
always true, at most fifty rules a ruleset beside a sentinel that fires for every fact, one
short session that is deleted after use, and no threads. What comes back is checked for
completeness; anything else is an error and the caller falls back in the open.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from antipoverty._judging.engines.chaining import MOST_RULES, Plain, Program
from antipoverty.errors import EngineFailedError, EngineUnavailableError, OutsideSubsetError

ZERO = "z0"
"""A field that is 0 in every fact: the left side of arithmetic and the padding of joins."""
_SIGNS = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_SUMS = {"+": "$add", "-": "$sub", "*": "$mul"}
_MOST_TERMS = 24
_MOST_BETWEEN = 28
"""Comparisons between two facts in one rule; at 29 the engine gives the error 113."""
_MOST_ROWS = 10_000
_SESSION = "h"
_OWN = ("id", "sid", ZERO, "code", "$m", "$s", "$time", "$forward", "$i", "$timerName", "$baseTime")
_Fired: TypeAlias = tuple[str, tuple[str, ...]]


def name_hash(text: str) -> int:
    """The 32-bit FNV-1a hash, as the engine computes it, by which it tells names and ids apart."""
    found = 0x811C9DC5
    for byte in text.encode():
        signed = byte if byte < 128 else (byte - 256) & 0xFFFFFFFF
        found = ((found ^ signed) * 16777619) & 0xFFFFFFFF
    return found


def refuse_collisions(names: Sequence[str]) -> None:
    """Refuse names that the engine would take for one.

    Raises:
        OutsideSubsetError: Two share a hash.
    """
    seen: dict[int, str] = {}
    for name in names:
        other = seen.setdefault(name_hash(name), name)
        if other != name:
            raise OutsideSubsetError(
                "durable-rules cannot tell {name!r} from {other!r}", name=name, other=other
            )


def fresh_ids() -> Iterator[str]:
    """Short ids of which no two share a hash, nor one with a name of the engine."""
    taken = {name_hash(name) for name in (*_OWN, _SESSION)}
    at = 0
    while True:
        id_ = f"f{at}"
        if name_hash(id_) not in taken:
            taken.add(name_hash(id_))
            yield id_
        at += 1


class Durable:
    """The engine of a program.

    Raises:
        EngineUnavailableError: durable-rules is not installed or cannot be imported.
        OutsideSubsetError: A rule needs what the engine does not do right.
    """

    def __init__(self, program: Program) -> None:
        host = _host_class()
        self._fired: list[_Fired] = []
        self._derived: dict[str, str] = {}
        names = sorted({name for join in program.joins for name in _names(join)})
        refuse_collisions([*_OWN, *(_field(name) for name in names)])
        self._fields = frozenset(names)
        definitions: dict[str, Any] = {}
        self._joins: dict[str, int] = {}
        for at, join in enumerate(program.joins):
            ruleset = definitions.setdefault(f"j{at // MOST_RULES}", {})
            ruleset[f"r{at}"] = {"all": _antecedents(join), "run": self._note(f"r{at}")}
            self._joins[f"r{at}"] = join[0]
        self._rulesets = tuple(definitions)
        for at, group in enumerate(program.groups):
            definitions[f"g{at}"] = {
                f"c{rule}": {
                    "all": [
                        {f"a{place}": {"$and": [{ZERO: 0}, {"code": code}]}}
                        for place, code in enumerate([f"r{rule}", *(f"d{one}" for one in given)])
                    ],
                    "run": self._note(f"c{rule}", f"d{concludes}"),
                }
                for rule, concludes, given, *_ in group
            }
        for ruleset in definitions.values():
            ruleset["end"] = {"pri": 1, "all": [{"m": {ZERO: 0}}], "run": self._note("end")}
        for ruleset in definitions.values():
            refuse_collisions([*ruleset])
        codes = {f"{letter}{one}" for group in program.groups for letter, one in _codes(group)}
        refuse_collisions(sorted(codes))
        try:
            self._host = host(definitions)
        except Exception as problem:
            raise OutsideSubsetError(
                "durable-rules does not take the rules: {problem}", problem=problem
            ) from None

    def _note(self, rule: str, code: str | None = None) -> Any:
        """An action of one parameter; a second one would make it asynchronous."""

        def act(matched: Mapping[str, Any]) -> list[dict[str, Any]]:
            ids = tuple(matched[alias]["id"] for alias in sorted(matched))
            self._fired.append((rule, ids))
            if code is None or code in self._derived:
                return []
            id_ = self._derived[code] = next(self._ids)
            return [{"id": id_, ZERO: 0, "code": code}]

        return act

    def _run(self, ruleset: str, facts: Sequence[Mapping[str, Any]]) -> list[_Fired]:
        self._fired, self._derived = [], {}
        self._host.run_batch(ruleset, [{**fact, "sid": _SESSION} for fact in facts])
        ends = Counter(ids for rule, ids in self._fired if rule == "end")
        if ends.total() != len(facts) + len(self._derived) or {*ends.values()} - {1}:
            raise EngineFailedError("durable-rules did not look at every fact")
        return [one for one in self._fired if one[0] != "end"]

    def joined(self, rows: Sequence[Mapping[str, int]]) -> set[tuple[int, tuple[int, ...]]]:
        """See `antipoverty._judging.engines.chaining.Engine`."""
        if len(rows) > _MOST_ROWS:
            raise EngineFailedError(
                "durable-rules is given at most {most_rows:,} facts at once", most_rows=_MOST_ROWS
            )
        self._ids = fresh_ids()
        ids = [next(self._ids) for _ in rows]
        places = {id_: at for at, id_ in enumerate(ids)}
        facts = [
            {"id": id_, ZERO: 0}
            | {_field(name): value for name, value in row.items() if name in self._fields}
            for id_, row in zip(ids, rows, strict=True)
        ]
        return {
            (self._joins[rule], tuple(places[id_] for id_ in chosen))
            for ruleset in self._rulesets
            for rule, chosen in self._run(ruleset, facts)
        }

    def chained(self, group: int, ready: set[int], drawn: set[int]) -> set[int]:
        """See `antipoverty._judging.engines.chaining.Engine`."""
        self._ids = fresh_ids()
        codes = [*(f"r{one}" for one in sorted(ready)), *(f"d{one}" for one in sorted(drawn))]
        facts = [{"id": next(self._ids), ZERO: 0, "code": code} for code in codes]
        return {int(rule[1:]) for rule, _ in self._run(f"g{group}", facts)}

    def close(self) -> None:
        """Delete the rulesets."""
        self._host.close()


# --- the compiler ----------------------------------------------------------------------------


def _field(name: str) -> str:
    return f"v_{name}"


def _codes(group: Plain) -> Iterator[tuple[str, int]]:
    """What the facts of a chain say: a rule is ready, a conclusion is drawn."""
    for rule, concludes, given, *_ in group:
        yield "r", rule
        for one in (concludes, *given):
            yield "d", one


def _names(part: Plain) -> Iterator[str]:
    """The fields a join reads."""
    if isinstance(part, list | tuple):
        if len(part) >= 3 and part[0] in ("known", "f") and isinstance(part[2], str):
            yield part[2]
        else:
            for one in part:
                yield from _names(one)


def _sides(expr: Plain) -> set[int]:
    if isinstance(expr, int):
        return set()
    if expr[0] == "f":
        return {expr[1]}
    return _sides(expr[1]) | _sides(expr[2])


def _antecedents(join: Plain) -> list[dict[str, Any]]:
    _, own, between = join
    if len(own) == 1:
        return [{"a": {"$and": _conjunction(own[0], 0)}}]
    guards = [one for one in between if one[0] == "known"]
    rest = [one for one in between if one[0] != "known"]
    alone = [[one for one in rest if _sides(one[1]) | _sides(one[2]) == {side}] for side in (0, 1)]
    cross = [one for one in rest if _sides(one[1]) | _sides(one[2]) == {0, 1}]
    if len(cross) > _MOST_BETWEEN:
        raise OutsideSubsetError(
            "a rule compares two facts in more than {most_between} ways; split it",
            most_between=_MOST_BETWEEN,
        )
    first = [*own[0], *(one for one in guards if one[1] == 0), *alone[0]]
    second = [*own[1], *(one for one in guards if one[1] == 1), *alone[1]]
    return [
        {"a": {"$and": _conjunction(first, 0)}},
        {"b": {"$and": [*_conjunction(second, 1), *map(_test, cross), {ZERO: {"a": ZERO}}]}},
    ]


def _conjunction(literals: Sequence[Plain], side: int) -> list[dict[str, Any]]:
    """Guards first: the engine reads what is not there when a field is missing."""
    guards = [one for one in literals if one[0] == "known"]
    known = dict.fromkeys(_field(one[2]) for one in guards if one[3])
    missing = dict.fromkeys(_field(one[2]) for one in guards if not one[3])
    return [
        {ZERO: 0},
        *({"$ex": {name: 1}} for name in known),
        *({"$nex": {name: 1}} for name in missing),
        *(_test(one, side) for one in literals if one[0] != "known"),
    ]


def _test(literal: Plain, side: int = 1) -> dict[str, Any]:
    """``left OP right`` as ``0 OP right - left``, since the left side must be one field."""
    sign, left, right = literal
    if sign not in _SIGNS or _terms(left) + _terms(right) > _MOST_TERMS:
        raise OutsideSubsetError("a comparison is longer than durable-rules does right; split it")
    return {_SIGNS[sign]: {ZERO: _expression(["-", _folded(right), _folded(left)], side)}}


def _terms(expr: Plain) -> int:
    return 1 if isinstance(expr, int) or expr[0] == "f" else 1 + _terms(expr[1]) + _terms(expr[2])


def _folded(expr: Plain) -> Plain:
    """Compute what has no field in it."""
    if isinstance(expr, int) or expr[0] == "f":
        return expr
    sign, left, right = expr[0], _folded(expr[1]), _folded(expr[2])
    if isinstance(left, int) and isinstance(right, int):
        return {"+": left + right, "-": left - right, "*": left * right}[sign]
    return [sign, left, right]


def _expression(expr: Plain, side: int) -> Any:
    if isinstance(expr, int):
        return expr
    if expr[0] == "f":
        return {"$m": _field(expr[2])} if expr[1] == side else {"a": _field(expr[2])}
    left, right = _expression(expr[1], side), _expression(expr[2], side)
    return {_SUMS[expr[0]]: {"$l": left, "$r": right}}


# --- the driver ------------------------------------------------------------------------------


def _host_class() -> Any:
    try:
        import durable.engine as engine
        import durable_rules_engine as native
    except ImportError as problem:
        raise EngineUnavailableError(
            "durable-rules cannot be used here ({problem}). It is built from source with a C "
            "compiler (pip install 'antipoverty[durable]') and does not build as it is on Python "
            "3.13 or later. Choose engine='reference'",
            problem=problem,
        ) from None

    class Host(engine.Host):  # type: ignore[misc]
        """A host without threads that runs one batch at a time and lets exceptions out."""

        def _run(self) -> None:
            """Start no thread."""

        def run_batch(self, name: str, facts: Sequence[Mapping[str, Any]]) -> None:
            """Assert all facts, then run the actions one by one; delete the session after."""
            ruleset = self._ruleset_directory[name]
            code, offset = native.assert_facts(ruleset._handle, _json(facts))
            _refuse(code)
            started = native.start_action_for_state(ruleset._handle, offset)
            message = started[1] if started else None
            while message:
                ((rule, matched),) = json.loads(message).items()
                for fact in ruleset._actions[rule]._func(matched):
                    code, _ = native.assert_fact(ruleset._handle, _json({**fact, "sid": _SESSION}))
                    _refuse(code)
                message = native.complete_and_start_action(ruleset._handle, offset)
            native.delete_state(ruleset._handle, _SESSION)

        def close(self) -> None:
            """Delete every ruleset."""
            for ruleset in self._ruleset_list:
                native.delete_ruleset(ruleset._handle)
            self._ruleset_list.clear()
            self._ruleset_directory.clear()

    return Host


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def _refuse(code: int) -> None:
    if code:
        raise EngineFailedError("durable-rules gave the error {code}", code=code)
