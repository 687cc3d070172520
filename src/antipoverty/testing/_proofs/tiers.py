"""Proofs about ladders: every household is in one tier or in none, and each tier has some."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty.conditions import tree
from antipoverty.errors import one_of
from antipoverty.rules import Ladder, Pack, Rule
from antipoverty.testing._proofs.answers import Outcome, Proof
from antipoverty.testing._proofs.claims import USUAL, Effort
from antipoverty.testing._proofs.questions import covers, exclusive, never_warns


@attrs.frozen
class LadderProof:
    """What was proved of a ladder.

    Attributes:
        ladder: The ladder.
        exclusive: For each two answers, that no household has both.
        covered: That a household of which every tier's condition is known has one.
        reached: For each tier, and ``none``, that no household is in it; refuted by a witness.
    """

    ladder: Ladder
    exclusive: tuple[Proof, ...]
    covered: Proof
    reached: Mapping[str, Proof]

    @property
    def exactly_one(self) -> bool:
        """Whether every household is proved to have exactly one answer."""
        apart = (Outcome.PROVED, Outcome.VACUOUS)  # a tier that nobody is in excludes the others
        return self.covered.holds and all(one.outcome in apart for one in self.exclusive)

    @property
    def unreached(self) -> tuple[str, ...]:
        """The tiers in which nobody can ever be, for an earlier one has them all."""
        return tuple(name for name, one in self.reached.items() if one.outcome is Outcome.PROVED)


def one_tier(
    ladder: str, pack: Pack, *, as_of: date | None = None, effort: Effort = USUAL
) -> LadderProof:
    """Claim that every household is in exactly one tier of a ladder, or in none.

    Args:
        ladder: The ladder's id.
        pack: The pack.
        as_of: The day; by default the first on which the pack has all its values.
        effort: How many rows are looked at and how long the solver may take.

    Raises:
        UnconfirmedWitnessError: `judge` does not confirm a witness.
    """
    one_of(ladder, pack.ladders, "ladder of the pack")
    found = pack.ladders[ladder]
    department = next(iter(pack.departments))
    rules = {
        name: Rule(
            id=f"tier.{name}",
            title=found.title,
            department=department,
            when=when,
            source=found.source,
            since=found.since,
            until=found.until,
            area=found.area,
        )
        for name, when in found.answers.items()
    }
    asked = pack.evolve(rules=rules.values(), judgements=(), ladders=())
    ids = [rule.id for rule in rules.values()]
    known = [tree.Known(tier.when) for tier in found.tiers if tier.when is not None]
    stated = known[0] if len(known) == 1 else tree.And(tuple(known))
    return LadderProof(
        found,
        tuple(
            exclusive(one, other, asked, as_of=as_of, effort=effort)
            for one, other in itertools.combinations(ids, 2)
        ),
        covers(ids, stated, asked, as_of=as_of, effort=effort),
        Frozen(
            {
                name: never_warns(rule.id, asked, as_of=as_of, effort=effort)
                for name, rule in rules.items()
            }
        ),
    )


__all__ = ["LadderProof", "one_tier"]
