"""Cases of the days on which a rule, or a value that it reads, begins and ends to be in force.

On the first and the last day somebody is answered as the rule then says; on the day before and
the day after as another value says, or not at all.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import attrs

from antipoverty.conditions import params_read
from antipoverty.errors import AntipovertyError, InvalidArgumentError, phrase
from antipoverty.model import Household
from antipoverty.rules import Pack, Rule, Verdict, judge
from antipoverty.testing._mutation.changes import OUT
from antipoverty.testing._mutation.dated_mutants import same_force, with_part
from antipoverty.testing._mutation.stated_mutants import StatedMutant, dated_mutants, same_days
from antipoverty.testing._search.boundary import Unpinned
from antipoverty.testing._search.subject import Subject, village_of
from antipoverty.testing.cases import Case

_SECONDS = 3
"""How long the solver may look for a household that two values tell apart."""

_FEW = 12
"""How many households that are cases already are tried on another day."""


def pinned_days(asked: Subject, cases: Iterable[Case]) -> Iterator[Case | Unpinned]:
    """Find a case for each slip in days and places of force that none of some cases notices.

    Args:
        asked: The rule in its pack.
        cases: The cases there are.
    """
    found = list(cases)
    pack = _about(asked.rule, asked.pack)
    for mutant in dated_mutants(pack, [asked.rule.id]):
        if mutant.noticed(found) or same_days(mutant):
            continue
        case = next(_telling(mutant, asked, found), None)
        if case is None:
            day = _edge(mutant)[0]
            whole = with_part(asked.pack, _changed(mutant))
            if same_force(asked.pack, whole, mutant.span or (day, day)):
                continue  # other rules lack values then, so that the pack answers nobody
            why = phrase(
                "on {day} no household was found that tells this change from the rule", day=day
            )
            yield Unpinned(f"{mutant.rule.id}: {mutant.change}", why)
        elif case.run(asked.pack) is case.expect:
            found.append(case)
            yield case


def _about(rule: Rule, pack: Pack) -> Pack:
    """The pack with the rule, those that come before, after or beside it, and what they read."""
    kept, more = {rule.id}, True
    while more:
        near = {
            id_
            for one in pack.rules.values()
            for other in (one.supersedes, one.instead_of)
            if other is not None and kept & {one.id, other}
            for id_ in (one.id, other)
        }
        more, kept = not near <= kept, kept | near
    rules = [one for one in pack.rules.values() if one.id in kept]
    read = params_read(*(tree for one in rules for tree in one.trees))
    values = [one for one in pack.parameters.values() if one.id in read]
    return pack.evolve(rules=rules, parameters=values, judgements=(), ladders=())


def _edge(mutant: StatedMutant) -> tuple[date, str]:
    """The day that a slip is about, and what it is called."""
    assert mutant.span is not None  # noqa: S101 - of days of force alone
    first, last = mutant.span
    later = mutant.after == OUT or mutant.after > mutant.before[: len(mutant.after)]
    title = mutant.rule.title.zh
    shown = {
        ("since", True): (first, f"{title}: 首日 its first day"),
        ("since", False): (last, f"{title}: 首日前一日 the day before its first"),
        ("until", False): (last, f"{title}: 末日 its last day"),
        ("until", True): (first, f"{title}: 末日次日 the day after its last"),
    }
    return shown.get((mutant.kind, later), (first, f"改动 changed: {mutant.change}"))


def _telling(mutant: StatedMutant, asked: Subject, cases: list[Case]) -> Iterator[Case]:
    """Cases of a day that a mutant answers otherwise."""
    day, shows = _edge(mutant)
    rule = _asked_of(mutant, asked.rule)
    ordered = sorted(cases, key=lambda one: one.expect is not Verdict.WARN)[:_FEW]
    for place in _places(mutant, asked):
        for one in ordered:
            household = one.household.model_copy(update={"area": type(one.household.area)(place)})
            case = _case(rule, mutant.pack, shows, one.side, day, household)
            if case is not None and mutant.noticed([case]):
                yield case
    apart = _apart(mutant, rule, day)
    if apart is not None:
        case = _case(rule, mutant.pack, shows, "clear", day, apart)
        if case is not None and mutant.noticed([case]):
            yield case


def _asked_of(mutant: StatedMutant, rule: Rule) -> Rule:
    """The rule whose answers tell a mutant; that another took its place the earlier rule tells."""
    return mutant.pack.rules[mutant.before] if mutant.kind == "succession" else rule


def _case(
    rule: Rule, pack: Pack, shows: str, side: str, day: date, household: Household
) -> Case | None:
    """The case of a household on a day, with what the pack answers or that it does not."""
    case = Case(rule.id, shows, side, None, day, household)
    try:
        verdict = case.run(pack)
    except AntipovertyError:  # the household lives outside
        return None
    if verdict is None:
        return case
    side = "missing" if verdict is Verdict.UNDECIDED else verdict.value
    answered = attrs.evolve(case, side=side, expect=verdict)
    if rule.amount is None:
        return answered
    stated = answered.stated(judge(household, pack, as_of=day))
    return attrs.evolve(answered, amount=stated)


def _places(mutant: StatedMutant, asked: Subject) -> Iterator[str]:
    """Where to ask: where the rule is asked, and wherever the part has a place of its own."""
    parts: tuple[Any, ...] = (mutant.rule, _changed(mutant))
    of_parts = [one for part in parts for one in (getattr(part, "values", None) or (part,))]
    areas = {one.area for one in of_parts} | {asked.rule.area, asked.pack.area}
    yield asked.area
    for area in sorted(areas):
        if area.startswith(asked.pack.area):
            inside = [one for one in areas if one != area and one.startswith(area)]
            try:
                there = village_of(area, inside)
            except InvalidArgumentError:
                continue
            if there != asked.area:
                yield there


def _changed(mutant: StatedMutant) -> Any:
    """The part as it stands in the changed pack."""
    named = mutant.changed.rules if isinstance(mutant.rule, Rule) else mutant.changed.parameters
    return named[mutant.rule.id]


def _apart(mutant: StatedMutant, rule: Rule, day: date) -> Household | None:
    """Ask the solver of proofs, where it is installed, who is answered otherwise on a day."""
    if importlib.util.find_spec("z3") is None:
        return None
    from antipoverty.testing._proofs.claims import Effort
    from antipoverty.testing._proofs.equal import equal

    try:
        return equal(
            rule,
            rule.id,
            mutant.pack,
            other_pack=mutant.changed,
            as_of=day,
            other_as_of=day,
            effort=Effort(seconds=_SECONDS),
        ).witness
    except AntipovertyError:  # not in force then, or a condition that the solver does not read
        return None


__all__ = ["pinned_days"]
