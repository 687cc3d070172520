"""Mutants: a pack with one thing changed, to see whether its cases notice.

A case that would pass whatever the rule says pins nothing down. Each mutant changes one
operator, threshold, window, field, parameter, word or part of one rule; cases that are
worth their name then give another verdict for at least one household.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Container, Iterable, Mapping

import attrs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from antipoverty._frozen import Frozen
from antipoverty.errors import (
    AntipovertyError,
    InvalidArgumentError,
    InvalidCasesError,
    InvalidRuleError,
    StaleEquivalentsError,
)
from antipoverty.rules import Pack, judge
from antipoverty.testing._mutants import Mutant, mutants, same_values
from antipoverty.testing.cases import Case, listed_problems


@attrs.frozen(repr=False)
class Mutation:
    """What the cases of a pack notice.

    Attributes:
        mutants: How many there are.
        survivors: Those that no case notices and nothing excuses.
        equivalent: Those that no household tells apart, each with the reason.
    """

    mutants: int
    survivors: tuple[Mutant, ...]
    equivalent: tuple[tuple[Mutant, str], ...]

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
) -> Mutation:
    """See which mutants the cases do not notice.

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
        InvalidArgumentError: The pack has no such rule.
    """
    chosen = list(pack.rules if rules is None else rules)
    by_rule = _passing(pack, cases, chosen)
    reasons = {
        text: why
        for text, why in (equivalents or {}).items()
        if rules is None or text.partition(":")[0] in chosen
    }
    every = list(mutants(pack, chosen))
    stale: dict[str, str] = dict.fromkeys(reasons, "the pack has no such mutant")
    survivors: list[Mutant] = []
    equivalent: list[tuple[Mutant, str]] = []
    for done, mutant in enumerate(every, 1):
        noticed = mutant.noticed(by_rule.get(mutant.rule.id, ()))
        if noticed and str(mutant) in reasons:
            stale[str(mutant)] = "a case notices it"
        elif not noticed:
            stale.pop(str(mutant), None)
            reason = _reason(mutant, reasons, prove)
            if reason is None:
                survivors.append(mutant)
            else:
                equivalent.append((mutant, reason))
        if progress is not None:
            progress(done, len(every))
    if stale:
        raise StaleEquivalentsError(
            "the list of equivalents is out of date; take out what no longer holds",
            [InvalidArgumentError(f"{text}: {why}") for text, why in stale.items()],
        )
    return Mutation(len(every), tuple(survivors), tuple(equivalent))


def _passing(pack: Pack, cases: Iterable[Case], rules: Container[str]) -> dict[str, list[Case]]:
    """The cases of some rules, by rule; one that fails already would notice everything."""
    found: dict[str, list[Case]] = {}
    wrong: list[AntipovertyError] = []
    for case in cases:
        if case.rule in rules:
            found.setdefault(case.rule, []).append(case)
            answer = judge(case.home, pack, as_of=case.as_of).verdicts.get(case.rule)
            if answer is not case.expect:
                said = "is not asked" if answer is None else f"answers {answer.value}"
                wrong.append(
                    InvalidRuleError(
                        f"case {case.rule!r} {case.name!r}: the pack {said} on {case.as_of}, "
                        f"not {case.expect.value}"
                    )
                )
    if wrong:
        raise InvalidCasesError("the pack fails its own cases; make them pass first", wrong)
    return found


def _reason(
    mutant: Mutant, reasons: Mapping[str, str], prove: Callable[[Mutant], bool] | None
) -> str | None:
    """Why no household tells a mutant from its rule; ``None`` when that is not known."""
    if same_values(mutant):
        return "the two parameters have the same value at every place and day"
    if str(mutant) in reasons:
        return reasons[str(mutant)]
    return "proved" if prove is not None and prove(mutant) else None


# --- the list of equivalents ------------------------------------------------------------------


class _Equivalent(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
    rule: str
    change: str
    why: str = Field(min_length=1)


class _Equivalents(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
    equivalent: list[_Equivalent] = []


def read_equivalents(text: str) -> Mapping[str, str]:
    """Read a list of mutants that no household tells from their rule, with the reasons.

    It is TOML, and `mutate` says when an entry no longer holds::

        [[equivalent]]
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
    try:
        form = _Equivalents.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise InvalidCasesError(
            "the list of equivalents is not TOML", [InvalidRuleError(str(problem))]
        ) from None
    except ValidationError as problems:
        raise InvalidCasesError(
            "the list of equivalents cannot be read", listed_problems(problems, "")
        ) from None
    return Frozen({f"{one.rule}: {one.change}": one.why for one in form.equivalent})


__all__ = ["Mutant", "Mutation", "mutants", "mutate", "read_equivalents"]
