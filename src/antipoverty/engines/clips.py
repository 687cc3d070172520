"""CLIPS, through clipspy, as a judge of one household at a time.

It is given the same program as durable-rules: whole numbers, guarded fields, conjuncts.
What fires is read from the facts it asserts, not from callbacks, whose errors it swallows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from antipoverty._judgement_text import FIELDS
from antipoverty.engines.chaining import Plain, Program
from antipoverty.errors import EngineUnavailableError


class Clips:
    """The engine of a program.

    Raises:
        EngineUnavailableError: clipspy is not installed.
    """

    def __init__(self, program: Program) -> None:
        try:
            import clips
        except ImportError as problem:
            raise EngineUnavailableError(
                f"CLIPS cannot be used here ({problem}); pip install 'antipoverty[clips]'"
            ) from None
        self._rules = [join[0] for join in program.joins]
        self._join = clips.Environment()
        slots = " ".join(f"(slot v_{name} (default nil))" for name in FIELDS)
        self._join.build(f"(deftemplate row (slot at) {slots})")
        self._join.build("(deftemplate fired (slot join) (slot a) (slot b (default -1)))")
        self._row = self._join.find_template("row")
        for at, join in enumerate(program.joins):
            self._join.build(_join(at, join))
        self._groups = []
        for group in program.groups:
            environment = clips.Environment()
            environment.build("(deftemplate ready (slot rule))")
            environment.build("(deftemplate drawn (slot name))")
            environment.build("(deftemplate fired (slot rule))")
            for rule, concludes, given, *_ in group:
                asked = " ".join(f"(drawn (name {one}))" for one in given)
                environment.build(
                    f"(defrule c{rule} (ready (rule {rule})) {asked} => "
                    f"(assert (fired (rule {rule}))) (assert (drawn (name {concludes}))))"
                )
            self._groups.append(environment)

    def joined(self, rows: Sequence[Mapping[str, int]]) -> set[tuple[int, tuple[int, ...]]]:
        """See `antipoverty.engines.chaining.Engine`."""
        self._join.reset()
        for at, row in enumerate(rows):
            self._row.assert_fact(at=at, **{f"v_{name}": value for name, value in row.items()})
        self._join.run()
        found: set[tuple[int, tuple[int, ...]]] = set()
        for fact in _facts(self._join, "fired"):
            ids = [fact["a"]] if fact["b"] == -1 else [fact["a"], fact["b"]]
            found.add((self._rules[fact["join"]], tuple(ids)))
        return found

    def chained(self, group: int, ready: set[int], drawn: set[int]) -> set[int]:
        """See `antipoverty.engines.chaining.Engine`."""
        environment = self._groups[group]
        environment.reset()
        for template, slot, numbers in (("ready", "rule", ready), ("drawn", "name", drawn)):
            for one in numbers:
                environment.find_template(template).assert_fact(**{slot: one})
        environment.run()
        return {fact["rule"] for fact in _facts(environment, "fired")}

    def close(self) -> None:
        """Empty the environments."""
        for environment in (self._join, *self._groups):
            environment.clear()


def _facts(environment: Any, template: str) -> Iterator[dict[str, int]]:
    for fact in environment.find_template(template).facts():
        yield dict(fact)


def _join(at: int, join: Plain) -> str:
    _, own, between = join
    literals = [one for part in own for one in part] + list(between)
    patterns = []
    for side in range(len(own)):
        wanted = {one[2]: one[3] for one in literals if one[0] == "known" and one[1] == side}
        slots = " ".join(
            f"(v_{name} ?{_variable(side, name)}&~nil)" if is_known else f"(v_{name} nil)"
            for name, is_known in wanted.items()
        )
        patterns.append(f"(row (at ?at{side}) {slots})")
    tests = [_test(one) for one in literals if one[0] != "known"]
    if len(own) == 2:
        tests.append("(<> ?at0 ?at1)")
    asked = f"(test (and {' '.join(tests)} TRUE))"
    second = " (b ?at1)" if len(own) == 2 else ""
    return (
        f"(defrule j{at} {' '.join(patterns)} {asked} => "
        f"(assert (fired (join {at}) (a ?at0){second})))"
    )


def _variable(side: int, name: str) -> str:
    return f"{name}{side}"


def _test(literal: Plain) -> str:
    return f"({literal[0]} {_expression(literal[1])} {_expression(literal[2])})"


def _expression(expr: Plain) -> str:
    if isinstance(expr, int):
        return str(expr)
    if expr[0] == "f":
        return f"?{_variable(expr[1], expr[2])}"
    return f"({expr[0]} {_expression(expr[1])} {_expression(expr[2])})"
