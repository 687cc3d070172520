"""The questions about one household: does a rule warn, imply, overlap, leave a gap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

import attrs

from antipoverty.conditions import Condition, parse
from antipoverty.errors import InvalidArgumentError
from antipoverty.rules import Pack, Rule
from antipoverty.testing._proofs.answers import Claim, Proof
from antipoverty.testing._proofs.claims import (
    USUAL,
    Effort,
    about,
    of_somebody,
    settle,
    settle_of_somebody,
)


def never_warns(
    rule: Rule | str,
    pack: Pack | None = None,
    *,
    as_of: date | None = None,
    effort: Effort = USUAL,
) -> Proof:
    """Claim that a rule warns of no household; the witness is one of which it does.

    Args:
        rule: The rule, or its id.
        pack: The pack; may be left out for a rule that reads no parameter.
        as_of: The day; by default the first on which the pack has all its values.
        effort: How many rows are looked at and how long the solver may take.
    """
    return settle(about(Claim.NEVER_WARNS, [rule], pack, as_of), effort)


def implies(
    rule: Rule | str,
    other: Rule | str,
    pack: Pack,
    *,
    as_of: date | None = None,
    effort: Effort = USUAL,
) -> Proof:
    """Claim that wherever one rule warns another warns too; then the first adds nothing.

    It is ``vacuous`` where the first never warns.
    """
    return settle_of_somebody(about(Claim.IMPLIES, [rule, other], pack, as_of), effort)


def exclusive(
    rule: Rule | str,
    other: Rule | str,
    pack: Pack,
    *,
    as_of: date | None = None,
    effort: Effort = USUAL,
) -> Proof:
    """Claim that two rules never warn at once; the witness is a household with both.

    It is ``vacuous`` where one of them never warns.
    """
    return settle_of_somebody(about(Claim.EXCLUSIVE, [rule, other], pack, as_of), effort)


def covers(
    rules: Sequence[Rule | str],
    when: Condition | str,
    pack: Pack,
    *,
    undecided: bool = False,
    as_of: date | None = None,
    effort: Effort = USUAL,
) -> Proof:
    """Claim that wherever a condition holds, at least one of some rules warns: no gap.

    It is ``vacuous`` where the condition holds of nobody.

    Args:
        rules: Such as those of the monitoring categories.
        when: The stated condition, as a pack writes it.
        pack: The pack.
        undecided: Whether an undecided rule is enough, since a keeper then goes and asks.
        as_of: The day.
        effort: How many rows are looked at and how long the solver may take.
    """
    if not rules:
        raise InvalidArgumentError("a gap is looked for between rules; give at least one")
    claim = Claim.COVERS_OR_ASKS if undecided else Claim.COVERS
    asked = about(claim, rules, pack, as_of)
    stated = parse(str(when), pack.schema)
    return settle_of_somebody(attrs.evolve(asked, detail=str(stated), more=(stated,)), effort)


def owes(
    rule: Rule | str, pack: Pack, *, as_of: date | None = None, effort: Effort = USUAL
) -> Proof:
    """Claim that a rule never warns where its amount comes to nothing; the witness is such a one.

    It is ``vacuous`` where the rule never warns at all.

    Args:
        rule: The rule, or its id; it states an amount.
        pack: The pack.
        as_of: The day.
        effort: How many rows are looked at and how long the solver may take.
    """
    found = about(Claim.NEVER_WARNS, [rule], pack, as_of).rules[0]
    if found.amount is None:
        raise InvalidArgumentError("the rule {id!r} states no amount", id=found.id)
    worth = found.amount.value
    nothing = attrs.evolve(found, when=found.when & (worth <= worth * 0), amount=None)
    listed = [nothing if one.id == found.id else one for one in pack.rules.values()]
    proof = never_warns(found.id, pack.evolve(rules=listed), as_of=as_of, effort=effort)
    anywhere = partial(never_warns, rule, pack, as_of=as_of, effort=effort)
    return of_somebody(proof, {found.id: anywhere})


__all__ = ["covers", "exclusive", "implies", "never_warns", "owes"]
