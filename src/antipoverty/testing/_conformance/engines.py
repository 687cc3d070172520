"""The engines there are, and how their answers are held to the reference's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs

from antipoverty.engines import Engine, Verdicts
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import phrase
from antipoverty.model import Household
from antipoverty.rules import Pack, Verdict, judge

if TYPE_CHECKING:
    import polars as pl

    from antipoverty.screening import Tables


class UnkeptError(Exception):
    """What a check found; it becomes an error that names the check."""


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


@attrs.frozen
class OverTables:
    """An engine that reads tables.

    Attributes:
        answers: It gives the answers that are not clear.
        kind: The kind of frame it reads.
        checks: Whether it sets bad rows aside by itself.
    """

    answers: Callable[[Tables[Any], Pack, date], Any]
    kind: str = "polars"
    checks: bool = True

    @property
    def __name__(self) -> str:
        return str(getattr(self.answers, "__name__", type(self.answers).__name__))

    def __call__(self, households: Sequence[Household], pack: Pack, as_of: date, /) -> Verdicts:
        """Give the verdicts for some households."""
        from antipoverty.screening import Tables

        return self.asked(Tables.of(households, pack.model), pack, as_of)

    def asked(self, tables: Tables[pl.DataFrame], pack: Pack, as_of: date) -> Verdicts:
        """Give the verdicts for tables as they come."""
        from antipoverty.testing._frames import tables_as

        return _read(self.answers(tables_as(tables, self.kind), pack, as_of))


def over_tables(
    answers: Callable[[Tables[Any], Pack, date], Any], kind: str = "polars", *, checks: bool = True
) -> OverTables:
    """Make an engine of a function that reads tables.

    Args:
        answers: It gives the answers that are not clear: a frame with ``household_id,
            rule_id, verdict``, or such triples.
        kind: The kind of frame it reads, such as ``duckdb``.
        checks: Whether it is given tables as they come and sets bad rows aside by itself;
            else it is only asked about good ones.
    """
    return OverTables(answers, kind, checks)


def _read(given: Any) -> Verdicts:
    """Read what an engine gives: a frame, or triples."""
    from antipoverty.testing._frames import triples_of

    found: dict[tuple[str, str], Verdict] = {}
    for household, rule, verdict in triples_of(given):
        key = str(household), str(rule)
        if key in found:
            raise UnkeptError(phrase("it gives one household two rows of rule {key!r}", key=key[1]))
        found[key] = _verdict(verdict, key[1])
    return found


def _verdict(given: Any, rule: str) -> Verdict:
    if given in (*Verdict, *(one.value for one in Verdict)):
        return Verdict(given)
    raise UnkeptError(
        phrase("it gives {given!r} for a verdict, of rule {rule!r}", given=given, rule=rule)
    )


def verdict_of(found: Mapping[tuple[str, str], Any], key: tuple[str, str]) -> Verdict:
    """What an engine says of a household and a rule; nothing said is clear."""
    return _verdict(found.get(key, Verdict.CLEAR), key[1])


def frames(kind: str) -> Engine:
    """Make the engine that screens frames of a kind."""

    def screened(tables: Tables[Any], pack: Pack, as_of: date) -> Any:
        from antipoverty.screening import screen

        return screen(tables, pack, as_of=as_of).alerts

    return over_tables(screened, kind)


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
            says, right = verdict_of(found, key), expected.get(key, Verdict.CLEAR)
            if says is not right:
                yield Difference(name, *key, says, right)


def installed() -> dict[str, Engine]:
    """The engines that can run here, Spark left out because it takes seconds to start."""
    from antipoverty.testing._frames import KINDS, why_not

    kinds = [kind for kind in KINDS if kind != "pyspark" and why_not(kind) is None]
    return {"closure": closure, **{kind: frames(kind) for kind in kinds}}


__all__ = [
    "Difference",
    "OverTables",
    "UnkeptError",
    "closure",
    "differences",
    "frames",
    "installed",
    "over_tables",
    "reference",
    "verdict_of",
]
