"""What a pack states beside verdicts, amounts and tiers: one answer on every engine."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from antipoverty._base.frames import as_lazy, to_polars
from antipoverty.conditions import Condition, parse, parse_value
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import phrase
from antipoverty.rules import NO_TIER, Ladder, Pack, Placed, Rule, Stated, Text, judge
from antipoverty.screening import Tables, screen
from antipoverty.testing._conformance.checks import Drawn, UnkeptError, described
from antipoverty.testing._frames import tables_as, why_not

KINDS = ("polars", "duckdb")
"""The frames that are asked; all engines are one compiler, and these two run it differently."""

_Told: TypeAlias = dict[tuple[str, str], Any]


def states_something(pack: Pack) -> bool:
    """Tell whether a pack has amounts or tiers."""
    return bool(pack.ladders) or any(one.amount is not None for one in pack.rules.values())


def stated_alike(drawn: Drawn) -> None:
    """Compare amounts and tiers of each engine with the reference's.

    Raises:
        UnkeptError: One of them says otherwise.
    """
    pack, households, day = drawn
    expected: _Told = {}
    compiled, by_closure = compile_pack(pack, as_of=day), dict[tuple[str, str], Any]()
    for one in households:
        judged, name = judge(one, pack, as_of=day), str(one.household_id)
        for alert in judged:
            expected |= _amount(name, alert.rule_id, alert.amount)
        for ladder, placed in judged.tiers.items():
            expected |= _tiers(name, ladder, placed)
        for rule, stated in compiled.amounts(one).items():
            by_closure |= _amount(name, rule, stated)
        for ladder, placed in compiled.tiers(one).items():
            by_closure |= _tiers(name, ladder, placed)
    found = {"closure": by_closure}
    for kind in KINDS:
        if why_not(kind) is None:
            found[kind] = _of_frames(kind, drawn)
    homes = {str(one.household_id): one for one in households}
    for engine, told in found.items():
        for key in sorted({*expected, *told}):
            says, right = told.get(key), expected.get(key)
            if says != right:
                raise UnkeptError(
                    phrase(
                        "{engine} states {says} by {name!r}, the reference {right}, on {day} for "
                        "{household}",
                        engine=engine,
                        says=says or "-",
                        name=key[1],
                        right=right or "-",
                        day=day,
                        household=described(homes[key[0]]),
                    )
                )


def _amount(home: str, rule: str, stated: Stated | None) -> _Told:
    if stated is None:
        return {}
    return {(home, rule): (str(Fraction(stated.low)), str(Fraction(stated.high)))}


def _tiers(home: str, ladder: str, placed: Placed) -> _Told:
    answer = "is" if placed.decided else "may-be"
    names = () if placed.may_be == (NO_TIER,) else placed.may_be
    return {(home, ladder): (answer, *sorted(names))} if names else {}


def _of_frames(kind: str, drawn: Drawn) -> _Told:
    pack, households, day = drawn
    screening = screen(tables_as(Tables.of(households, pack.model), kind), pack, as_of=day)
    told: _Told = {}
    for row in to_polars(as_lazy(screening.amounts)).iter_rows(named=True):
        ends = (str(Fraction(row[end], row["scale"])) for end in ("low", "high"))
        told[row["household_id"], row["rule_id"]] = tuple(ends)
    placed: dict[tuple[str, str], list[str]] = {}
    for row in to_polars(as_lazy(screening.tiers)).iter_rows(named=True):
        listed = placed.setdefault((row["household_id"], row["ladder_id"]), [row["answer"]])
        listed.append(row["tier"])
    return told | {key: (one[0], *sorted(one[1:])) for key, one in placed.items()}


def written(part: Rule | Ladder, pack: Pack) -> None:
    """Read back the text of an amount, and of the conditions of tiers.

    Raises:
        UnkeptError: It reads otherwise.
    """
    for tree in part.trees:
        text = str(tree)
        read: Any = parse if isinstance(tree, Condition) else parse_value
        if read(text, pack.schema).key != tree.key:
            raise UnkeptError(phrase("its text {text!r} is read back as something else", text=text))


def words_of(ladder: Ladder) -> dict[str, Text]:
    """What a ladder and its tiers are called."""
    tiers = {f"tier {one.id!r} of {ladder.id!r}": one.title for one in ladder.tiers}
    return {f"ladder {ladder.id!r}": ladder.title, **tiers}


__all__ = ["stated_alike", "states_something", "words_of", "written"]
