"""Mutants of what a pack states beside conditions: amounts, orders of tiers, days of force."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from antipoverty.conditions import params_read
from antipoverty.errors import AntipovertyError, NothingInForceError, ParameterNotSetError
from antipoverty.periods import Cadence
from antipoverty.rules import Amount, Ladder, Pack, Rule, Tier
from antipoverty.testing._mutation.changes import OUT, slips, without
from antipoverty.testing._mutation.dated_mutants import Span, dated, same_force
from antipoverty.testing._mutation.mutants import AnyMutant, numbered, values_beside
from antipoverty.testing._search.subject import subject
from antipoverty.testing.cases import Case

_BESIDE = {Cadence.MONTH: Cadence.YEAR, Cadence.YEAR: Cadence.MONTH}


@attrs.frozen(repr=False, eq=False)
class StatedMutant(AnyMutant[Any]):
    """A pack with one thing of an amount, an order of tiers, or days and places of force changed.

    Attributes:
        changed: The whole pack with the change in it.
        span: For a change of days or places of force, the first and last day it can matter on.
    """

    changed: Pack
    span: Span | None = None

    def noticed(self, cases: Iterable[Case]) -> bool:
        """Tell whether a case of its rule, or one that states a tier of its ladder, fails.

        When and where something is in force every case of those days may tell.
        """
        if self.span is not None:
            if same_days(self):
                return False
            first, last = self.span
            then = [one for one in cases if first <= one.as_of <= last]
            then.sort(key=lambda one: one.rule != self.rule.id)  # its own tell soonest
            return any(_fails(one, self.changed) for one in then)
        return any(
            case.fault(self.changed) is not None
            for case in cases
            if (
                self.rule.id in case.tiers
                if isinstance(self.rule, Ladder)
                else case.rule == self.rule.id and case.amount is not None
            )
        )


def _fails(case: Case, changed: Pack) -> bool:
    try:
        return case.fault(changed) is not None
    except (NothingInForceError, ParameterNotSetError):  # an answer was expected
        return True


def stated_mutants(pack: Pack, ids: Iterable[str] | None = None) -> Iterator[StatedMutant]:
    """Change one thing at a time of amounts, orders of tiers, and days and places of force.

    These are of rules, and of the values that rules and tiers read.

    Args:
        pack: The pack.
        ids: The ids of rules and of ladders; all by default.

    Yields:
        Mutants that are well typed; one that reads like another is left out.

    Raises:
        InvalidArgumentError: The pack has no such rule or ladder.
    """
    chosen = [*pack.rules, *pack.ladders] if ids is None else [*ids]
    for id_ in chosen:
        if id_ in pack.ladders:
            yield from numbered(_of_ladder(pack.ladders[id_], pack))
        elif ids is not None or pack.rules[id_].amount is not None:
            yield from numbered(_of_amount(subject(id_, pack).rule, pack))
    yield from dated_mutants(pack, chosen)


def dated_mutants(pack: Pack, ids: Iterable[str]) -> Iterator[StatedMutant]:
    """Change when and where rules, and the values that they and ladders read, are in force."""
    parts = [pack.ladders[id_] if id_ in pack.ladders else pack.rules[id_] for id_ in ids]
    for part, (kind, before, after, _, span), changed in dated(pack, parts):
        yield StatedMutant(pack, part, kind, before, after, changed=changed, span=span)


def same_days(mutant: StatedMutant) -> bool:
    """Tell whether nothing is in force otherwise on the days that a change can matter on."""
    return mutant.span is not None and same_force(mutant.pack, mutant.changed, mutant.span)


def _made(
    part: Rule | Ladder, kind: str, before: str, after: str, make: Callable[[], Pack], pack: Pack
) -> Iterator[StatedMutant]:
    """The mutant, unless the pack would not be one."""
    try:
        changed = make()
    except AntipovertyError:
        return
    yield StatedMutant(pack, part, kind, before, after, changed=changed)


def _of_amount(rule: Rule, pack: Pack) -> Iterator[StatedMutant]:
    amount = rule.amount
    if amount is None:
        return

    def restated(new: Callable[[], Amount]) -> Callable[[], Pack]:
        return lambda: pack.evolve(
            rules=[
                attrs.evolve(one, amount=new()) if one.id == rule.id else one
                for one in pack.rules.values()
            ]
        )

    for slip in slips(amount.value, pack):
        value = slip.make()
        make = restated(lambda value=value: attrs.evolve(amount, value=value))  # type: ignore[misc]
        yield from _made(rule, f"amount {slip.kind}", slip.before, slip.after, make, pack)
    if amount.period is not None:
        other = _BESIDE.get(amount.period, Cadence.MONTH)
        make = restated(lambda: attrs.evolve(amount, period=other))
        yield from _made(rule, "amount period", amount.period.value, other.value, make, pack)
    alone = {*params_read(amount.value)} - {*params_read(rule.when)}
    for name, old, new, before, after in values_beside(rule, pack, sorted(alone)):
        values = [
            attrs.evolve(one, value=new) if one is old else one
            for one in pack.parameters[name].values
        ]
        changed = attrs.evolve(pack.parameters[name], values=values)

        def make(changed: Any = changed, name: str = name) -> Pack:
            every = [changed if one.id == name else one for one in pack.parameters.values()]
            return pack.evolve(parameters=every)

        yield from _made(rule, "amount parameter", before, after, make, pack)


def _of_ladder(ladder: Ladder, pack: Pack) -> Iterator[StatedMutant]:
    def reordered(tiers: Iterable[Tier]) -> Callable[[], Pack]:
        listed = tuple(tiers)
        return lambda: pack.evolve(
            ladders=[
                attrs.evolve(one, tiers=listed) if one.id == ladder.id else one
                for one in pack.ladders.values()
            ]
        )

    tiers = ladder.tiers
    for at, (one, other) in enumerate(itertools.pairwise(tiers)):
        swapped = (*tiers[:at], other, one, *tiers[at + 2 :])
        before, after = f"{one.id}, {other.id}", f"{other.id}, {one.id}"
        yield from _made(ladder, "order", before, after, reordered(swapped), pack)
    for at, tier in enumerate(tiers):
        if len(tiers) > 1:
            yield from _made(ladder, "part", tier.id, OUT, reordered(without(tiers, at)), pack)
        for slip in () if tier.when is None or tier.rule else slips(tier.when, pack):
            changed = attrs.evolve(tier, when=slip.make())
            make = reordered(without(tiers, at, changed))
            kind = f"{tier.id} {slip.kind}"
            yield from _made(ladder, kind, slip.before, slip.after, make, pack)


__all__ = ["StatedMutant", "dated_mutants", "same_days", "stated_mutants"]
