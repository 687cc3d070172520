"""A claim is asked wherever rules may answer differently, and its answer written down.

The solver is asked for a household that refutes it. If there is one, `judge` must say the
same of it, or the claim ends in an error and in no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import cycle
from typing import Any

import attrs
from pydantic import ValidationError

from antipoverty._base.frozen import Frozen
from antipoverty.conditions import Condition, fields_derived, fields_read, tables_read, tree, truth
from antipoverty.errors import InvalidArgumentError, UnconfirmedWitnessError
from antipoverty.model import Household
from antipoverty.rules import Pack, Rule, Verdict, judge
from antipoverty.testing._proofs.answers import Bounds, Claim, Outcome, Proof
from antipoverty.testing._proofs.ask import Inquiry, Undetermined
from antipoverty.testing._proofs.logic import Term, both, no
from antipoverty.testing._proofs.rows import Need, atoms, needs
from antipoverty.testing._proofs.scene import Context, Side, scenes
from antipoverty.testing._search.drafts import Draft
from antipoverty.testing._search.solver import BudgetSpentError, Solver
from antipoverty.testing._search.subject import holding, subject

ROWS = 8
"""How many rows of a child table are looked at where no smaller number is enough."""

_TRIES = 2_000

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
            raise InvalidArgumentError("{name} is a whole number from 1", name=attribute.name)


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

    def goal(self, inquiry: Inquiry) -> Term:
        """What a household must be to refute it."""
        judged = [inquiry.meaning.truth(one) for one in self.conditions()]
        match self.claim, judged:
            case Claim.IMPLIES, (one, other):
                return both(one.true, no(other.true))
            case Claim.COVERS, (*silent, stated):
                return both(stated.true, *(no(one.true) for one in silent))
            case Claim.COVERS_OR_ASKS, (*silent, stated):
                return both(stated.true, *(one.false for one in silent))
        return both(*(one.true for one in judged))

    def refuted_by(self, household: Household, verdicts: Mapping[str, Verdict]) -> bool:
        """Whether a household refutes it by what `judge` says of it."""
        found = [verdicts[rule.id] for rule in self.rules]
        warns = [one is Verdict.WARN for one in found]
        if self.claim is Claim.IMPLIES:
            return warns == [True, False]
        if not self.more:
            return all(warns)
        seen = warns if self.claim is Claim.COVERS else [one is not Verdict.CLEAR for one in found]
        setting = self.pack.on(self.as_of).setting(str(household.area))
        return not any(seen) and all(truth(one, household, setting) is True for one in self.more)

    def find(self, inquiry: Inquiry) -> tuple[Household, ...] | None:
        """Ask for a household that refutes it."""
        return inquiry.find(self.goal(inquiry), self.facts())

    def confirmed(
        self, found: tuple[Household, ...], scene: Context
    ) -> Mapping[str, Verdict] | None:
        """What `judge` says of a household, if it refutes it."""
        (household,) = found
        verdicts = judge(household, self.pack, as_of=scene.as_of).verdicts
        if not self.refuted_by(household, verdicts):
            return None
        return {rule.id: verdicts[rule.id] for rule in self.rules}

    @property
    def opaque(self) -> bool:
        """Whether it is about derived facts, of whose functions the solver knows the bounds."""
        return any(True for one in self.conditions() for _ in fields_derived(one))

    def searched(self, scene: Context) -> tuple[Household, ...] | None:
        """Look for a household that refutes it by trying, as boundary cases are looked for."""
        judged = self.conditions()
        if self.claim is Claim.IMPLIES:
            judged[1] = tree.Not(judged[1])
        elif self.claim not in (Claim.NEVER_WARNS, Claim.EXCLUSIVE):
            return None
        wanted = judged[0] if len(judged) == 1 else tree.And(tuple(judged))
        start = Draft.plain(self.pack.schema, scene.as_of, scene.areas[0], tables_read(wanted))
        try:
            for found in Solver(scene.setting, _TRIES).solve(wanted, start, want=True):
                return (found.build(self.pack.model, "witness"),)
        except (BudgetSpentError, ValidationError):
            pass
        return None

    def inquiry(self, scene: Context, rows: Mapping[str, int], effort: Effort) -> Inquiry:
        """Open the question in a scene."""
        return Inquiry(self.pack, scene, self.conditions(), rows, effort.seconds)

    def needs(self, scene: Context, effort: Effort, *, twice: bool = False) -> dict[str, Need]:
        """How many rows are looked at."""
        judged = zip(self.conditions(), cycle(scene.settings), strict=False)
        found = [atom for one, setting in judged for atom in atoms(one, setting)]
        return needs(found, effort.rows, twice=twice)

    @property
    def ids(self) -> tuple[str, ...]:
        """What its rules are called; a prime marks the other of two versions."""
        ids = [rule.id for rule in self.rules]
        return tuple(f"{id_}'" if id_ in ids[:at] else id_ for at, id_ in enumerate(ids))


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


def unconfirmed(asked: Asked) -> UnconfirmedWitnessError:
    """Make the error for a witness that the reference does not confirm."""
    names = ", ".join(asked.ids)
    return UnconfirmedWitnessError(
        "{claim} of {names}: the solver's household is not what `judge` says of it; the encoding "
        "of a condition is wrong, and no proof of these rules can be relied on",
        claim=asked.claim.value,
        names=names,
    )


Find = Callable[[Inquiry], tuple[Household, ...] | None]
"""Asks the question in a scene: the households that refute it, or none."""

Confirm = Callable[[tuple[Household, ...], Context], Mapping[str, Verdict] | None]
"""What `judge` says of the households, or ``None`` where it is not what was claimed."""


def settle(
    asked: Asked,
    effort: Effort,
    places: Iterable[tuple[Context, Mapping[str, Need]]] | None = None,
    find: Find | None = None,
    confirm: Confirm | None = None,
) -> Proof:
    """Ask a claim in scene after scene, until one has a household that refutes it.

    Args:
        asked: The claim.
        effort: How far it goes.
        places: The scenes, each with the rows to be looked at; by default those of the claim.
        find: Asks it in a scene; by default for one household.
        confirm: Asks `judge` about what was found.

    Raises:
        UnconfirmedWitnessError: `judge` does not confirm it.
    """
    covered = []
    outcome = Outcome.PROVED
    for scene, need in places or ((one, asked.needs(one, effort)) for one in asked.scenes()):
        covered.append((scene, need))
        inquiry = asked.inquiry(scene, {table: one.rows for table, one in need.items()}, effort)
        try:
            found = (find or asked.find)(inquiry)
        except Undetermined:
            outcome = Outcome.UNKNOWN
            continue
        if found is not None:
            verdicts = (confirm or asked.confirmed)(found, scene)
            if verdicts is None and asked.opaque:
                found = asked.searched(scene)
                verdicts = None if found is None else asked.confirmed(found, scene)
                if verdicts is None:
                    outcome = Outcome.UNKNOWN
                    continue
            if verdicts is None or found is None:
                raise unconfirmed(asked)
            return answer(asked, Outcome.REFUTED, within(covered, effort), found, verdicts)
    return answer(asked, outcome, within(covered, effort))


def of_somebody(proof: Proof, supposed: Mapping[str, Callable[[], Proof]]) -> Proof:
    """What is proved, but ``vacuous`` where no household is as the claim supposes.

    Args:
        proof: The answer to the claim.
        supposed: For what it supposes, in words, the claim that nobody is so.
    """
    if not proof.holds:
        return proof
    unmet = tuple(what for what, nobody in supposed.items() if nobody().holds)
    return attrs.evolve(proof, outcome=Outcome.VACUOUS, unmet=unmet) if unmet else proof


def settle_of_somebody(asked: Asked, effort: Effort) -> Proof:
    """Ask a claim of one household, and what it supposes of it where that is proved."""

    def nobody(when: Condition) -> Proof:
        alone = attrs.evolve(asked.rules[0], when=when)
        pack = holding(asked.pack, [alone])
        never = Asked(Claim.NEVER_WARNS, pack, (alone,), asked.as_of)
        return settle(never, effort, ((one, never.needs(one, effort)) for one in asked.scenes()))

    rules = asked.rules[: 1 if asked.claim is Claim.IMPLIES else None]
    supposed = {rule.id: rule.when for rule in rules}
    if asked.more:
        supposed = dict(zip([asked.detail], asked.more, strict=True))
    return of_somebody(
        settle(asked, effort), {what: partial(nobody, when) for what, when in supposed.items()}
    )


def answer(
    asked: Asked,
    outcome: Outcome,
    bounds: Bounds,
    households: tuple[Household, ...] = (),
    verdicts: Mapping[str, Verdict] = Frozen(),
) -> Proof:
    """Write the answer down."""
    witness, beside = (*households, None, None)[:2]
    day = None if witness is None else bounds.until
    found = Frozen(verdicts)
    return Proof(
        asked.claim,
        asked.ids,
        outcome,
        bounds,
        asked.pack,
        asked.detail,
        witness,
        beside,
        found,
        day,
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
    "of_somebody",
    "paths_of",
    "settle",
    "settle_of_somebody",
    "unconfirmed",
    "within",
]
