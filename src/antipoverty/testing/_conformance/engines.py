"""An engine gives verdicts to households; the reference is `judge`, all others must equal it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from antipoverty.engines.closure import compile_pack
from antipoverty.model import Household
from antipoverty.rules import Pack, Verdict, judge

Verdicts = Mapping[tuple[str, str], Verdict]
"""The verdict for each household's id and rule's id; what is left out is clear."""

Engine = Callable[[Sequence[Household], Pack, date], Verdicts]
"""Judges some households by a pack on a day."""


def reference(households: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
    """Judge each household by `judge`."""
    return {
        (household.household_id, rule): verdict
        for household in households
        for rule, verdict in judge(household, pack, as_of=as_of).verdicts.items()
    }


def closure(households: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
    """Judge each household by the compiled function."""
    compiled = compile_pack(pack, as_of=as_of)
    return {
        (household.household_id, rule): verdict
        for household in households
        for rule, verdict in zip(compiled.rules, compiled(household), strict=True)
    }


def frames(kind: str) -> Engine:
    """Make the engine that screens frames of a kind."""

    def engine(households: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
        from antipoverty.screening import Tables, screen
        from antipoverty.testing._frames import rows, tables_as

        tables = tables_as(Tables.of(households, pack.model), kind)
        found: set[tuple[Any, ...]] = rows(screen(tables, pack, as_of=as_of).alerts)
        return {(household, rule): Verdict(verdict) for household, _, rule, verdict in found}

    return engine


@attrs.frozen
class Difference:
    """An answer of an engine that is not the reference's.

    Attributes:
        engine: The engine's name.
        household_id: The household, which may be one that was not given.
        rule_id: The rule.
        found: What the engine says.
        expected: What the reference says.
    """

    engine: str
    household_id: str
    rule_id: str
    found: Verdict
    expected: Verdict

    def __str__(self) -> str:
        return f"{self.engine} says {self.found.value}, the reference says {self.expected.value}"


def differences(
    engines: Mapping[str, Engine], households: Sequence[Household], pack: Pack, as_of: date
) -> Iterator[Difference]:
    """Compare engines with the reference, on every household and rule that one of them names."""
    expected = reference(households, pack, as_of)
    for name, engine in engines.items():
        found = engine(households, pack, as_of)
        for key in sorted({*expected, *found}):
            says, right = (answer.get(key, Verdict.CLEAR) for answer in (found, expected))
            if says is not right:
                yield Difference(name, *key, says, right)


def installed() -> dict[str, Engine]:
    """The engines that can run here, Spark left out because it takes seconds to start."""
    from antipoverty.testing._frames import KINDS, why_not

    kinds = [kind for kind in KINDS if kind != "pyspark" and why_not(kind) is None]
    return {"closure": closure, **{kind: frames(kind) for kind in kinds}}


__all__ = [
    "Difference",
    "Engine",
    "Verdicts",
    "closure",
    "differences",
    "frames",
    "installed",
    "reference",
]
