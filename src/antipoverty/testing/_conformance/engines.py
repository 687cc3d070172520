"""The engines there are, and how their answers are held to the reference's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from antipoverty.engines import Ends, Engine, Told, Verdicts
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import phrase
from antipoverty.model import AreaTree, Household
from antipoverty.rules import NO_TIER, Judgement, Pack, Placed, Verdict, judge

if TYPE_CHECKING:
    import polars as pl

    from antipoverty.screening import Screening, Tables

Key: TypeAlias = tuple[str, str]
"""A household, and a rule or a ladder."""


class UnkeptError(Exception):
    """What a check found; it becomes an error that names the check."""


def reference(households: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
    """Judge each household by `judge`."""
    return _verdicts(_judged(households, pack, as_of))


def told_by_reference(households: Sequence[Household], pack: Pack, as_of: date) -> Told:
    """All that `judge` says."""
    judged = _judged(households, pack, as_of)
    return Told(_verdicts(judged), _missing(judged), _amounts(judged), _tiers(judged))


def _judged(households: Sequence[Household], pack: Pack, as_of: date) -> list[Judgement]:
    return [judge(household, pack, as_of=as_of) for household in households]


def _verdicts(judged: Iterable[Judgement]) -> Verdicts:
    return {
        (one.household_id, rule): verdict
        for one in judged
        for rule, verdict in one.verdicts.items()
    }


def _missing(judged: Iterable[Judgement]) -> dict[Key, frozenset[str]]:
    return {
        (one.household_id, alert.rule_id): frozenset(alert.missing)
        for one in judged
        for alert in one.undecided
    }


def _amounts(judged: Iterable[Judgement]) -> dict[Key, Ends]:
    return {
        (one.household_id, alert.rule_id): (alert.amount.low, alert.amount.high)
        for one in judged
        for alert in one.alerts
        if alert.amount is not None
    }


def _tiers(judged: Iterable[Judgement]) -> dict[Key, frozenset[str]]:
    return placed_in((one.household_id, one.tiers) for one in judged)


_PARTS: Mapping[str, Callable[[Iterable[Judgement]], Mapping[Key, Any]]] = {
    "missing": _missing,
    "amounts": _amounts,
    "tiers": _tiers,
}
"""What an engine may tell beside verdicts, and how the reference tells it."""


def placed_in(found: Iterable[tuple[str, Mapping[str, Placed]]]) -> dict[Key, frozenset[str]]:
    """The tiers that households may be in; who is surely in none is left out."""
    return {
        (home, ladder): frozenset(one.may_be)
        for home, tiers in found
        for ladder, one in tiers.items()
        if one.may_be != (NO_TIER,)
    }


def closure(households: Sequence[Household], pack: Pack, as_of: date) -> Told:
    """Judge each household by the compiled function, which names no facts that are missing."""
    compiled = compile_pack(pack, as_of=as_of)
    owing = households if any(one.amount is not None for one in pack.rules.values()) else ()
    return Told(
        {
            (household.household_id, rule): verdict
            for household in households
            for rule, verdict in zip(compiled.rules, compiled(household), strict=True)
        },
        amounts={
            (household.household_id, rule): (one.low, one.high)
            for household in owing
            for rule, one in compiled.amounts(household).items()
        },
        tiers=placed_in((one.household_id, compiled.tiers(one)) for one in households),
    )


@attrs.frozen
class OverTables:
    """An engine that reads tables.

    Attributes:
        answers: It gives the answers that are not clear.
        kind: The kind of frame it reads.
        checks: Whether it sets bad rows aside by itself.
        areas: Whether it is given the areas as well, with the successors of codes that ended.
    """

    answers: Callable[..., Any]
    kind: str = "polars"
    checks: bool = True
    areas: bool = False

    @property
    def __name__(self) -> str:
        return str(getattr(self.answers, "__name__", type(self.answers).__name__))

    def __call__(self, households: Sequence[Household], pack: Pack, as_of: date, /) -> Told:
        """Say what it says of some households, whose rows do not stand together."""
        from antipoverty.screening import Tables
        from antipoverty.testing._frames import interleaved

        return self.asked(interleaved(Tables.of(households, pack.model)), pack, as_of)

    def asked(
        self, tables: Tables[pl.DataFrame], pack: Pack, as_of: date, areas: AreaTree | None = None
    ) -> Told:
        """Say what it says of tables as they come."""
        from antipoverty.testing._frames import tables_as

        given = (areas,) if self.areas else ()
        return _read(self.answers(tables_as(tables, self.kind), pack, as_of, *given))


def over_tables(
    answers: Callable[..., Any],
    kind: str = "polars",
    *,
    checks: bool = True,
    areas: bool = False,
) -> OverTables:
    """Make an engine of a function that reads tables.

    Args:
        answers: It gives the answers that are not clear: a frame with ``household_id,
            rule_id, verdict``, or such triples; or more, as a `Screening` or `Told`.
        kind: The kind of frame it reads, such as ``duckdb``.
        checks: Whether it is given tables as they come and sets bad rows aside by itself;
            else it is only asked about good ones.
        areas: Whether it is called with the known areas, an `AreaTree` or ``None``, after the
            day; it is then asked of codes that ended.
    """
    return OverTables(answers, kind, checks, areas)


def _read(given: Any) -> Told:
    """Read what an engine gives: all that it tells, a screening, a frame, or triples."""
    from antipoverty.screening import Screening
    from antipoverty.testing._frames import triples_of

    if isinstance(given, Told):
        return given
    if isinstance(given, Screening):
        return Told(*parts_of(given))
    found: dict[Key, Verdict] = {}
    for household, rule, verdict in triples_of(given):
        key = str(household), str(rule)
        if key in found:
            raise UnkeptError(phrase("it gives one household two rows of rule {key!r}", key=key[1]))
        found[key] = _verdict(verdict, key[1])
    return Told(found)


def parts_of(screening: Screening[Any]) -> Iterator[Any]:
    """Read what a screening says, in the order of `Told`, each part when asked for."""
    from antipoverty.testing._frames import rows

    yield _read(screening.alerts).verdicts
    missing: dict[Key, set[str]] = {}
    for home, _, rule, fact in rows(screening.undecided()):
        missing.setdefault((home, rule), set()).add(fact)
    yield {key: frozenset(facts) for key, facts in missing.items()}
    yield {
        (home, rule): (Fraction(low, scale), Fraction(high, scale))
        for home, _, rule, _, low, high, scale in rows(screening.amounts)
    }
    tiers: dict[Key, set[str]] = {}
    for home, _, ladder, tier, _answer in rows(screening.tiers):
        tiers.setdefault((home, ladder), set()).add(tier)
    yield {key: frozenset(found) for key, found in tiers.items()}
    yield screening.rejected_counts


def screened(tables: Tables[Any], pack: Pack, as_of: date, areas: AreaTree | None = None) -> Told:
    """Say all that the library's own screening says of tables."""
    from antipoverty.screening import screen

    return Told(*parts_of(screen(tables, pack, as_of=as_of, areas=areas)))


def told_of(given: Told | Verdicts) -> Told:
    """What an engine tells, though it gave verdicts alone."""
    return given if isinstance(given, Told) else Told(given)


def _verdict(given: Any, rule: str) -> Verdict:
    if given in (*Verdict, *(one.value for one in Verdict)):
        return Verdict(given)
    raise UnkeptError(
        phrase("it gives {given!r} for a verdict, of rule {rule!r}", given=given, rule=rule)
    )


def verdict_of(found: Mapping[Key, Any], key: Key) -> Verdict:
    """What an engine says of a household and a rule; nothing said is clear."""
    return _verdict(found.get(key, Verdict.CLEAR), key[1])


def frames(kind: str, *, whole: bool = False) -> Engine:
    """Make the engine that screens frames of a kind, and tells verdicts alone or all it knows."""

    def asked(tables: Tables[Any], pack: Pack, as_of: date) -> Any:
        from antipoverty.screening import screen

        screening = screen(tables, pack, as_of=as_of)
        return screening if whole else screening.alerts

    return over_tables(asked, kind)


@attrs.frozen
class Difference:
    """An answer of an engine that is not the reference's.

    Attributes:
        engine: The engine's name.
        household_id: The household, which may be one that was not given.
        rule_id: The rule, or a ladder.
        found: The engine's verdict.
        expected: The reference's; the same where something else differs.
        more: What each of the two says beside the verdict, where that differs.
    """

    engine: str
    household_id: str
    rule_id: str
    found: Verdict
    expected: Verdict
    more: tuple[str, str] | None = None

    def __str__(self) -> str:
        says, right = self.more or (self.found.value, self.expected.value)
        return f"{self.engine} says {says}, the reference says {right}"


def differences(
    engines: Mapping[str, Engine], households: Sequence[Household], pack: Pack, as_of: date
) -> Iterator[Difference]:
    """Compare engines with the reference, on every household and rule that one of them names.

    Of what an engine tells beside verdicts all is compared too: the facts that are missing,
    amounts and tiers.
    """
    judged = _judged(households, pack, as_of)
    expected = _verdicts(judged)
    for name, engine in engines.items():
        told = told_of(engine(households, pack, as_of))
        found = told.verdicts
        for key in sorted({*expected, *found}):
            one, other = verdict_of(found, key), expected.get(key, Verdict.CLEAR)
            if one is not other:
                yield Difference(name, *key, one, other)
        for part, of_reference in _PARTS.items():
            if (given := getattr(told, part)) is None:
                continue
            wanted = of_reference(judged)
            for key in sorted({*wanted, *given}):
                if given.get(key) != wanted.get(key):
                    same = expected.get(key, Verdict.CLEAR)
                    says, right = (in_short(part, one.get(key)) for one in (given, wanted))
                    yield Difference(name, key[0], key[1], same, same, (says, right))


def in_short(part: str, told: Any) -> str:
    """Say what an engine tells beside a verdict."""
    if part == "amounts":
        return phrase("no amount") if told is None else f"{told[0]}..{told[1]}"
    listed = ", ".join(sorted(told or ())) or "-"
    return phrase("missing {listed}", listed=listed) if part == "missing" else listed


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
    "in_short",
    "installed",
    "over_tables",
    "parts_of",
    "placed_in",
    "reference",
    "screened",
    "told_by_reference",
    "told_of",
    "verdict_of",
]
