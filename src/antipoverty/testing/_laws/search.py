"""A law is a search for its simplest counterexample, told in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis.strategies import SearchStrategy

from antipoverty.conditions import in_words
from antipoverty.engines import Engine
from antipoverty.model import Household
from antipoverty.rules import Verdict
from antipoverty.testing._conformance.engines import reference
from antipoverty.testing._search.counterexample import search
from antipoverty.testing._search.subject import Subject, some
from antipoverty.testing._search.told import told

Drawn = TypeVar("Drawn")


def insist(
    strategy: SearchStrategy[Drawn],
    complaint: Callable[[Drawn], str | None],
    *,
    max_examples: int,
    seed: int,
) -> None:
    """Look for what a law complains of; the same seed looks at the same examples.

    Raises:
        AssertionError: Something was found; the message tells of the simplest.
    """
    found = search(strategy, complaint, max_examples=some(max_examples), seed=seed)
    if found is not None:
        raise AssertionError(found)


def complaint(
    about: Subject, what: str, household: Household, verdict: Verdict, *others: tuple[str, Verdict]
) -> str:
    """Write a counterexample: the rule in words, the household, and both verdicts."""
    words = in_words(about.rule.when, "en", about.pack.titles("en"))
    lines = [
        f"rule {about.rule.id!r} {what}",
        f"  rule: {words}",
        f"  day: {about.as_of}",
        "  household: " + "\n    ".join(told(household)),
        f"  verdict: {verdict.value}",
        *(f"  {how}: {other.value}" for how, other in others),
    ]
    return "\n".join(lines)


def verdict_of(about: Subject, household: Household, engine: Engine = reference) -> Verdict:
    """What an engine says of one household."""
    found = engine([household], about.pack, about.as_of)
    return found.get((household.household_id, about.rule.id), Verdict.CLEAR)


__all__ = ["complaint", "insist", "verdict_of"]
