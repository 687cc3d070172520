"""A claim is asked wherever rules may answer differently, and its answer written down.

The solver is asked for a household that refutes it. If there is one, `judge` must say the
same of it, or the claim ends in an error and in no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty.conditions import Condition, fields_read, tables_read
from antipoverty.errors import InvalidArgumentError, UnconfirmedWitnessError
from antipoverty.model import Household
from antipoverty.rules import Pack, Rule, Verdict, judge
from antipoverty.testing._proofs.answers import Bounds, Claim, Outcome, Proof
from antipoverty.testing._proofs.ask import Inquiry, Undetermined
from antipoverty.testing._proofs.logic import Term
from antipoverty.testing._proofs.rows import Need, atoms, needs
from antipoverty.testing._proofs.scene import Context, Side, scenes
from antipoverty.testing._search.subject import holding, subject

ROWS = 8
"""How many rows of a child table are looked at where no smaller number is enough."""

SECONDS = 10
"""How long the solver may take for one question."""


@attrs.frozen(kw_only=True)
class Effort:
    """How far a question goes.

    Attributes:
        rows: The most rows of a child table that are looked at.
        seconds: How long the solver may take for one question.
    """

    rows: int = attrs.field(default=ROWS)
    seconds: int = attrs.field(default=SECONDS)

    @rows.validator
    @seconds.validator
    def _from_one(self, attribute: Any, value: int) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InvalidArgumentError(f"{attribute.name} is a whole number from 1")


USUAL = Effort()
"""What a question goes to without being told."""


@attrs.frozen
class Asked:
    """A claim in the making: what it is about and what its answer will say.

    Attributes:
        claim: What is claimed.
        pack: The policy.
        rules: The rules, bound to it.
        as_of: The day.
        detail: The fact or the stated condition.
        more: Conditions that are asked about besides those of the rules.
    """

    claim: Claim
    pack: Pack
    rules: tuple[Rule, ...]
    as_of: date
    detail: str = ""
    more: tuple[Condition, ...] = ()

    def scenes(self) -> tuple[Context, ...]:
        """Where it is asked: one place for each set of values that it reads."""
        stand_in = [attrs.evolve(self.rules[0], when=one) for one in self.more]
        return scenes(Side(self.pack, (*self.rules, *stand_in), self.as_of))

    def conditions(self) -> list[Condition]:
        """All that is asked about."""
        return [*(rule.when for rule in self.rules), *self.more]

    def facts(self) -> set[str]:
        """The paths of the facts it is about."""
        return paths_of(self.conditions()) | (
            {self.detail} if self.claim is Claim.MONOTONE else set()
        )

    def inquiry(self, scene: Context, rows: Mapping[str, int], effort: Effort) -> Inquiry:
        """Open the question in a scene."""
        return Inquiry(self.pack, scene, self.conditions(), rows, effort.seconds)

    def needs(self, scene: Context, effort: Effort, *, twice: bool = False) -> dict[str, Need]:
        """How many rows are looked at."""
        found = [atom for one in self.conditions() for atom in atoms(one, scene.setting)]
        return needs(found, effort.rows, twice=twice)


def paths_of(listed: Iterable[Condition]) -> set[str]:
    """The paths of the facts that conditions read, and of the tables they look at."""
    return {path for one in listed for path in (*fields_read(one), *tables_read(one))}


def within(asked: Sequence[tuple[Context, Mapping[str, Need]]], effort: Effort) -> Bounds:
    """The bounds of a claim that was asked in some scenes."""
    rows: dict[str, int] = {}
    enough: dict[str, bool] = {}
    for _, need in asked:
        for table, one in need.items():
            rows[table] = max(rows.get(table, 0), one.rows)
            enough[table] = enough.get(table, True) and one.enough
    return Bounds(
        min(scene.as_of for scene, _ in asked),
        max(scene.as_of for scene, _ in asked),
        tuple(sorted({scene.place for scene, _ in asked})),
        Frozen(rows),
        frozenset(table for table, one in enough.items() if one),
        effort.seconds,
    )


def verdicts_of(
    household: Household, pack: Pack, rules: Sequence[Rule], as_of: date
) -> dict[str, Verdict]:
    """What `judge` says of a household by some rules."""
    found = judge(household, pack, as_of=as_of).verdicts
    return {rule.id: found[rule.id] for rule in rules}


def unconfirmed(asked: Asked) -> UnconfirmedWitnessError:
    """Make the error for a witness that the reference does not confirm."""
    names = ", ".join(rule.id for rule in asked.rules)
    return UnconfirmedWitnessError(
        f"{asked.claim.value} of {names}: the solver's household is not what `judge` says of it; "
        "the encoding of a condition is wrong, and no proof of these rules can be relied on"
    )


Refutes = Callable[[Mapping[str, Verdict], Household], bool]


@attrs.frozen
class Found:
    """What asking in scene after scene came to.

    Attributes:
        outcome: Proved where no scene has a household that refutes, unknown where the solver
            ran out of time in one.
        bounds: What was looked at, up to the scene with a refutation.
        households: Those that refute, or none.
        scene: Where they do.
    """

    outcome: Outcome
    bounds: Bounds
    households: tuple[Household, ...] = ()
    scene: Context | None = None


def ask(
    places: Iterable[tuple[Context, Mapping[str, Need]]],
    inquiry: Callable[[Context, Mapping[str, int]], Inquiry],
    find: Callable[[Inquiry], tuple[Household, ...] | None],
    effort: Effort,
) -> Found:
    """Ask in scene after scene, until one has a household that refutes.

    Args:
        places: The scenes, each with the rows to be looked at.
        inquiry: Opens the question in a scene.
        find: Asks it.
        effort: How far it goes.
    """
    covered = []
    outcome = Outcome.PROVED
    for scene, need in places:
        covered.append((scene, need))
        try:
            found = find(inquiry(scene, {table: one.rows for table, one in need.items()}))
        except Undetermined:
            outcome = Outcome.UNKNOWN
            continue
        if found is not None:
            return Found(Outcome.REFUTED, within(covered, effort), found, scene)
    return Found(outcome, within(covered, effort))


def settle(
    asked: Asked,
    effort: Effort,
    goal: Callable[[Inquiry], Term],
    refutes: Refutes,
) -> Proof:
    """Ask a claim about one household in each of its scenes."""
    found = ask(
        ((scene, asked.needs(scene, effort)) for scene in asked.scenes()),
        partial(asked.inquiry, effort=effort),
        lambda inquiry: inquiry.find(goal(inquiry), asked.facts()),
        effort,
    )
    if found.scene is None:
        return answer(asked, found.outcome, found.bounds)
    (household,) = found.households
    verdicts = verdicts_of(household, asked.pack, asked.rules, found.scene.as_of)
    if not refutes(verdicts, household):
        raise unconfirmed(asked)
    return answer(asked, found.outcome, found.bounds, household, verdicts)


def answer(
    asked: Asked,
    outcome: Outcome,
    bounds: Bounds,
    household: Household | None = None,
    verdicts: Mapping[str, Verdict] | None = None,
    beside: Household | None = None,
) -> Proof:
    """Write the answer down."""
    ids = tuple(rule.id for rule in asked.rules)
    day = None if household is None else asked.as_of
    found = Frozen(verdicts or {})
    return Proof(
        asked.claim, ids, outcome, bounds, asked.pack, asked.detail, household, beside, found, day
    )


def about(
    claim: Claim, rules: Sequence[Rule | str], pack: Pack | None, as_of: date | None
) -> Asked:
    """Find the rules a claim is about, on the first one's day."""
    if pack is not None:
        pack = holding(pack, [one for one in rules if isinstance(one, Rule)])
    elif len(rules) > 1:
        raise InvalidArgumentError("give the pack of the rules that are asked about together")
    first = subject(rules[0], pack, as_of=as_of)
    owner, day = first.pack, first.as_of
    found = [first.rule, *(subject(one, owner, as_of=day).rule for one in rules[1:])]
    return Asked(claim, owner, tuple(found), day)


__all__ = [
    "ROWS",
    "SECONDS",
    "USUAL",
    "Asked",
    "Effort",
    "about",
    "answer",
    "ask",
    "paths_of",
    "settle",
    "unconfirmed",
    "verdicts_of",
    "within",
]
