"""The questions about one household: does a rule warn, imply, overlap, leave a gap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import attrs

from antipoverty.conditions import Condition, parse, truth
from antipoverty.errors import InvalidArgumentError
from antipoverty.rules import Pack, Rule, Verdict
from antipoverty.testing._proofs.answers import Claim, Proof
from antipoverty.testing._proofs.ask import Inquiry
from antipoverty.testing._proofs.claims import USUAL, Effort, about, settle
from antipoverty.testing._proofs.logic import Term, both, no


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
    asked = about(Claim.NEVER_WARNS, [rule], pack, as_of)
    (one,) = asked.rules
    return settle(
        asked,
        effort,
        lambda inquiry: inquiry.meaning.truth(one.when).true,
        lambda verdicts, _: verdicts[one.id] is Verdict.WARN,
    )


def implies(
    rule: Rule | str,
    other: Rule | str,
    pack: Pack,
    *,
    as_of: date | None = None,
    effort: Effort = USUAL,
) -> Proof:
    """Claim that wherever one rule warns another warns too; then the first adds nothing."""
    asked = about(Claim.IMPLIES, [rule, other], pack, as_of)
    one, two = asked.rules
    return settle(
        asked,
        effort,
        lambda inquiry: implies_not(inquiry, one, two),
        lambda verdicts, _: (
            verdicts[one.id] is Verdict.WARN and verdicts[two.id] is not Verdict.WARN
        ),
    )


def implies_not(inquiry: Inquiry, one: Rule, two: Rule) -> Term:
    """One rule warns and another does not."""
    return both(inquiry.meaning.truth(one.when).true, no(inquiry.meaning.truth(two.when).true))


def exclusive(
    rule: Rule | str,
    other: Rule | str,
    pack: Pack,
    *,
    as_of: date | None = None,
    effort: Effort = USUAL,
) -> Proof:
    """Claim that two rules never warn at once; the witness is a household with both."""
    asked = about(Claim.EXCLUSIVE, [rule, other], pack, as_of)
    one, two = asked.rules
    return settle(
        asked,
        effort,
        lambda inquiry: overlap(inquiry, one, two),
        lambda verdicts, _: set(verdicts.values()) == {Verdict.WARN},
    )


def overlap(inquiry: Inquiry, one: Rule, two: Rule) -> Term:
    """Two rules warn at once."""
    return both(inquiry.meaning.truth(one.when).true, inquiry.meaning.truth(two.when).true)


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
    asked = attrs.evolve(asked, detail=str(stated), more=(stated,))
    setting = pack.on(asked.as_of).setting

    def gap(inquiry: Inquiry) -> Term:
        judged = [inquiry.meaning.truth(rule.when) for rule in asked.rules]
        silent = [one.false if undecided else no(one.true) for one in judged]
        return both(inquiry.meaning.truth(stated).true, *silent)

    seen = {Verdict.WARN, Verdict.UNDECIDED} if undecided else {Verdict.WARN}
    return settle(
        asked,
        effort,
        gap,
        lambda verdicts, household: (
            seen.isdisjoint(verdicts.values())
            and truth(stated, household, setting(str(household.area))) is True
        ),
    )


__all__ = ["covers", "exclusive", "implies", "implies_not", "never_warns", "overlap"]
