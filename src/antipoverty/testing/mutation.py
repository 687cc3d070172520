"""Mutants: a pack with one thing changed, to see whether its cases notice.

A case that would pass whatever the rule says pins nothing down. Each mutant changes one
operator, threshold, window, field, parameter, word or part of one rule; cases that are
worth their name then give another verdict for at least one household. Judgement rules are
changed in the same spirit, and asked with cases of their own; so are amounts and tiers, and the
days and places in which rules and values are in force.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

import attrs
from pydantic import Field

from antipoverty._base.frozen import Frozen
from antipoverty.errors import (
    AntipovertyError,
    InvalidArgumentError,
    InvalidCasesError,
    InvalidRuleError,
    StaleEquivalentsError,
    VacuousLawError,
    phrase,
)
from antipoverty.rules import Pack
from antipoverty.testing._mutation.dated_mutants import KINDS
from antipoverty.testing._mutation.judgement_mutants import (
    JudgementMutant,
    judgement_mutants,
    rests_on_nothing,
)
from antipoverty.testing._mutation.mutants import Mutant, mutants, same_values
from antipoverty.testing._mutation.stated_mutants import (
    StatedMutant,
    same_days,
    stated_mutants,
)
from antipoverty.testing.cases import Case, Form, parsed
from antipoverty.testing.judgements import JudgementCase

_M = TypeVar("_M", Mutant, JudgementMutant, StatedMutant)
_C = TypeVar("_C", Case, JudgementCase)


@attrs.frozen(repr=False)
class Mutation(Generic[_M]):
    """What the cases of a pack notice.

    Attributes:
        mutants: How many there are.
        survivors: Those that no case notices and nothing excuses.
        equivalent: Those that no household tells apart, each with the reason.
    """

    mutants: int
    survivors: tuple[_M, ...]
    equivalent: tuple[tuple[_M, str], ...]

    def __repr__(self) -> str:
        return (
            f"<Mutation: {self.mutants} mutants, {len(self.survivors)} survive, "
            f"{len(self.equivalent)} are equivalent>"
        )

    @property
    def noticed(self) -> int:
        """How many mutants a case notices."""
        return self.mutants - len(self.survivors) - len(self.equivalent)


def mutate(
    pack: Pack,
    cases: Iterable[Case],
    *,
    rules: Iterable[str] | None = None,
    equivalents: Mapping[str, str] | None = None,
    prove: Callable[[Mutant], bool] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Mutation[Mutant]:
    """See which mutants of rules the cases do not notice; `mutate_judgements` sees to the others.

    Args:
        pack: The pack.
        cases: Its cases.
        rules: The ids of the rules to change; all by default.
        equivalents: For the text of each mutant that no household tells from its rule,
            why; as `read_equivalents` gives it.
        prove: Tells whether a mutant is proved equivalent, such as
            `antipoverty.testing.proofs.is_equivalent`.
        progress: Called with how many mutants are done and how many there are.

    Raises:
        InvalidCasesError: The pack itself does not answer a case as it must.
        StaleEquivalentsError: A listed equivalent is no mutant, or a case notices it.
        VacuousLawError: There is nothing to change.
        InvalidArgumentError: The pack has no such rule.
    """
    chosen = list(pack.rules if rules is None else rules)
    by_rule = _passing(pack, cases, chosen)
    every = list(mutants(pack, chosen))
    return _sorted_out(
        every,
        lambda mutant: mutant.noticed(by_rule.get(mutant.rule.id, ())),
        lambda mutant: _reason(mutant, prove),
        _not_stated(
            _of_rules(equivalents, chosen, all_but=pack.judgements if rules is None else None), pack
        ),
        progress,
        phrase("the pack {id!r} has no rule to change; its cases say nothing", id=pack.id),
    )


def mutate_judgements(
    pack: Pack,
    cases: Iterable[JudgementCase],
    *,
    rules: Iterable[str] | None = None,
    equivalents: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Mutation[JudgementMutant]:
    """See which mutants of judgement rules the cases do not notice.

    Args:
        pack: The pack.
        cases: Its cases of judgements.
        rules: The ids of the judgement rules to change; all by default.
        equivalents: For the text of each mutant that no facts tell from its rule, why; as
            `read_equivalents` gives it. Those of other rules are left alone.
        progress: Called with how many mutants are done and how many there are.

    Raises:
        InvalidCasesError: The pack itself does not answer a case as it must.
        StaleEquivalentsError: A listed equivalent is no mutant, or a case notices it.
        VacuousLawError: There is nothing to change.
        InvalidArgumentError: The pack has no such judgement rule.
    """
    chosen = list(pack.judgements if rules is None else rules)
    every = list(judgement_mutants(pack, chosen))
    by_rule = _passing(pack, cases, chosen)
    return _sorted_out(
        every,
        lambda mutant: mutant.noticed(by_rule.get(mutant.rule.id, ())),
        lambda mutant: (
            phrase("nothing that it rests on is concluded on those days")
            if rests_on_nothing(mutant)
            else None
        ),
        _of_rules(equivalents, chosen),
        progress,
        phrase(
            "the pack {id!r} has no judgement rule to change; its cases say nothing", id=pack.id
        ),
    )


def mutate_stated(
    pack: Pack,
    cases: Iterable[Case],
    *,
    ids: Iterable[str] | None = None,
    equivalents: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Mutation[StatedMutant]:
    """See which mutants of what is stated beside conditions the cases do not notice.

    An amount is pinned down by cases of its rule that state one, an order of tiers by cases
    that state where a household stands on it, and when a rule or a value is in force by cases
    of its first and last day and of the days beside.

    Args:
        pack: The pack.
        cases: Its cases.
        ids: The ids of rules and of ladders; all by default.
        equivalents: As of `mutate`; entries of other changes are left alone.
        progress: As of `mutate`.

    Raises:
        InvalidCasesError: The pack itself does not answer a case as it must.
        StaleEquivalentsError: A listed equivalent is no mutant, or a case notices it.
        VacuousLawError: There is nothing to change.
        InvalidArgumentError: The pack has no such rule or ladder.
    """
    chosen = [*pack.rules, *pack.ladders] if ids is None else list(ids)
    passing = _passing(pack, cases, pack.rules)
    listed = dict(equivalents or {})
    for text in _not_stated(listed, pack):
        del listed[text]
    return _sorted_out(
        list(stated_mutants(pack, chosen)),
        lambda mutant: mutant.noticed(case for mine in passing.values() for case in mine),
        lambda mutant: (
            phrase("nothing is in force otherwise on any day") if same_days(mutant) else None
        ),
        _of_rules(listed, [*chosen, *pack.parameters]),
        progress,
        phrase(
            "the pack {id!r} has no amount, order of tiers or day of force to change; its cases "
            "say nothing",
            id=pack.id,
        ),
    )


def _not_stated(listed: Mapping[str, str], pack: Pack) -> dict[str, str]:
    """The entries that are of no amount, of no ladder, and of no day or place of force."""
    others = "amount ", *(f"{kind} " for kind in KINDS)
    return {
        text: why
        for text, why in listed.items()
        if (parts := text.partition(": "))[0] not in pack.ladders
        and not parts[2].startswith(others)
    }


def _of_rules(
    equivalents: Mapping[str, str] | None,
    chosen: Container[str],
    *,
    all_but: Container[str] | None = None,
) -> dict[str, str]:
    """The listed equivalents of some rules, or of all but some, so that no entry is left unread."""
    return {
        text: why
        for text, why in (equivalents or {}).items()
        if (id_ := text.partition(":")[0]) in chosen or (all_but is not None and id_ not in all_but)
    }


def _sorted_out(
    every: Sequence[_M],
    noticed: Callable[[_M], bool],
    reason: Callable[[_M], str | None],
    listed: Mapping[str, str],
    progress: Callable[[int, int], None] | None,
    nothing: str,
) -> Mutation[_M]:
    """Tell what is noticed from what survives and what is excused, by proof or by the list."""
    stale: dict[str, str] = dict.fromkeys(listed, "the pack has no such mutant")
    survivors: list[_M] = []
    equivalent: list[tuple[_M, str]] = []
    for done, mutant in enumerate(every, 1):
        text = str(mutant)
        if not noticed(mutant):
            stale.pop(text, None)
            why = listed.get(text) or reason(mutant)
            if why is None:
                survivors.append(mutant)
            else:
                equivalent.append((mutant, why))
        elif text in listed:
            stale[text] = "a case notices it"
        if progress is not None:
            progress(done, len(every))
    if stale:
        raise StaleEquivalentsError(
            "the list of equivalents is out of date; take out what no longer holds",
            [
                InvalidArgumentError("{text}: {why}", text=text, why=why)
                for text, why in stale.items()
            ],
        )
    if not every:
        raise VacuousLawError(nothing)
    return Mutation(len(every), tuple(survivors), tuple(equivalent))


def _passing(pack: Pack, cases: Iterable[_C], rules: Container[str]) -> dict[str, list[_C]]:
    """The cases of some rules, by rule; one that fails already would notice everything."""
    found: dict[str, list[_C]] = {}
    wrong: list[AntipovertyError] = []
    for case in cases:
        if case.rule in rules:
            found.setdefault(case.rule, []).append(case)
            fault = case.fault(pack)
            if fault is not None:
                wrong.append(
                    InvalidRuleError(
                        "case {rule!r} {name!r}: {fault}",
                        rule=case.rule,
                        name=case.name,
                        fault=fault,
                    )
                )
    if wrong:
        raise InvalidCasesError("the pack fails its own cases; make them pass first", wrong)
    return found


def _reason(mutant: Mutant, prove: Callable[[Mutant], bool] | None) -> str | None:
    """Why no household tells a mutant from its rule; ``None`` when that is not known."""
    if same_values(mutant):
        return phrase("the two parameters have the same value at every place and day")
    return phrase("proved") if prove is not None and prove(mutant) else None


# --- the list of equivalents ------------------------------------------------------------------


class _Equivalent(Form):
    rule: str
    change: str
    why: str = Field(min_length=1)


class _Equivalents(Form):
    equivalents: list[_Equivalent] = Field(default_factory=list)


def read_equivalents(text: str) -> Mapping[str, str]:
    """Read a list of mutants that no household tells from their rule, with the reasons.

    It is TOML, and `mutate` says when an entry no longer holds::

        [[equivalents]]
        rule = "school-age"
        change = "operator age >= 6 -> age > 5"
        why = "an age is whole years"

    Args:
        text: The file's text.

    Returns:
        The reason for each mutant, by its text.

    Raises:
        InvalidCasesError: Every problem of the file.
    """
    form = parsed(_Equivalents, text, phrase("the list of equivalents"))
    return Frozen({f"{one.rule}: {one.change}": one.why for one in form.equivalents})


__all__ = [
    "JudgementMutant",
    "Mutant",
    "Mutation",
    "StatedMutant",
    "judgement_mutants",
    "mutants",
    "mutate",
    "mutate_judgements",
    "mutate_stated",
    "read_equivalents",
    "stated_mutants",
]
