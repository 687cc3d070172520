"""An engine gives verdicts to households; the reference is `judge`, all others must equal it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from antipoverty.engines.closure import compile_pack
from antipoverty.model import Household
from antipoverty.rules import Pack, Verdict, judge

Verdicts = Mapping[tuple[str, str], Verdict]
"""The verdict for each household's id and rule's id; what is left out is clear."""

Engine = Callable[[Sequence[Household], Pack, date], Verdicts]
"""Judges some households by a pack on a day."""


def reference(homes: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
    """Judge each household by `judge`."""
    return {
        (home.household_id, rule): verdict
        for home in homes
        for rule, verdict in judge(home, pack, as_of=as_of).verdicts.items()
    }


def closure(homes: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
    """Judge each household by the compiled function."""
    compiled = compile_pack(pack, as_of=as_of)
    return {
        (home.household_id, rule): verdict
        for home in homes
        for rule, verdict in zip(compiled.rules, compiled(home), strict=True)
    }


def frames(kind: str) -> Engine:
    """Make the engine that screens frames of a kind."""

    def engine(homes: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
        from antipoverty.screening import Tables, screen
        from antipoverty.testing._frames import rows, tables_as

        tables = tables_as(Tables.of(homes, pack.model), kind)
        found: set[tuple[Any, ...]] = rows(screen(tables, pack, as_of=as_of).alerts)
        return {(home, rule): Verdict(verdict) for home, _, rule, verdict in found}

    return engine


def installed() -> dict[str, Engine]:
    """The engines that can run here, Spark left out because it takes seconds to start."""
    from antipoverty.testing._frames import KINDS, why_not

    kinds = [kind for kind in KINDS if kind != "pyspark" and why_not(kind) is None]
    return {"closure": closure, **{kind: frames(kind) for kind in kinds}}


__all__ = ["Engine", "Verdicts", "closure", "frames", "installed", "reference"]
