"""A law is a search for its simplest counterexample, told in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeVar

from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy

from antipoverty.conditions import in_words
from antipoverty.engines import Engine
from antipoverty.errors import VacuousLawError
from antipoverty.model import Household
from antipoverty.rules import Verdict
from antipoverty.testing._conformance.engines import reference, told_of
from antipoverty.testing._search.case_text import as_case
from antipoverty.testing._search.counterexample import search
from antipoverty.testing._search.subject import Subject, some
from antipoverty.testing._search.told import told
from antipoverty.testing._strategies.sides import sides
from antipoverty.testing.cases import Case

Drawn = TypeVar("Drawn")


def insist(
    strategy: SearchStrategy[Drawn],
    complaint: Callable[[Drawn], str | None],
    *,
    max_examples: int,
    seed: int,
    about: Subject | None = None,
) -> None:
    """Look for what a law complains of; the same seed looks at the same examples.

    Args:
        strategy: Draws what the law is tried on.
        complaint: What is wrong with one; ``None`` for nothing.
        max_examples: How many are drawn.
        seed: Which ones.
        about: The rule the law is about, where it must be seen on each of its sides: there is
            a household that warns, say, but none was drawn, and more are drawn then.

    Raises:
        AssertionError: Something was found; the message tells of the simplest.
        VacuousLawError: Nothing was, but a side of the rule was never seen.
    """
    seen: Counter[Verdict] = Counter()

    def looked_at(drawn: Drawn) -> str | None:
        told = complaint(drawn)  # what a law assumes away it has not seen
        if about is not None:
            seen.update(verdict_of(about, one) for one in _households(drawn))
        return told

    lacking: list[Verdict] = []
    over = False
    for again in range(max(_ROUNDS, -(-_DRAWS // some(max_examples)))):
        try:
            found = search(strategy, looked_at, max_examples=max_examples, seed=seed + again)
        except Unsatisfiable:  # nearly all is assumed away, and would be again
            if about is None:
                raise
            found, over = None, True
        if found is not None:
            raise AssertionError(found)
        lacking = [] if about is None else [one for one in sides(about).expected if not seen[one]]
        if not lacking:
            return
        if over:
            break
    if about is not None:
        count = ", ".join(f"{seen[one]} {one.value}" for one in Verdict)
        raise VacuousLawError(
            "rule {id!r}: the law held for all that was drawn ({count}), and there are households "
            "on a side that was not: {one}; draw more, or draw them otherwise",
            id=about.rule.id,
            count=count,
            one=", ".join(one.value for one in lacking),
        )


_ROUNDS, _DRAWS = 4, 400
"""How often a law is tried again where a side of its rule was not seen, and on how many draws:
the rarest side of a rule that can be aimed at is one draw in fifty."""


def _households(drawn: object) -> Iterator[Household]:
    """The households among what was drawn."""
    if isinstance(drawn, Household):
        yield drawn
    elif isinstance(drawn, list | tuple):
        for one in drawn:
            yield from _households(one)


def complaint(
    about: Subject, what: str, household: Household, verdict: Verdict, *others: tuple[str, Verdict]
) -> str:
    """Write a counterexample: the rule in words, the household, and both verdicts."""
    words, zh = (in_words(about.rule.when, one, about.pack.titles(one)) for one in ("en", "zh"))
    side = "missing" if verdict is Verdict.UNDECIDED else verdict.value
    case = Case(about.rule.id, what, side, verdict, about.as_of, household)
    lines = [
        f"rule {about.rule.id!r} {what}",
        f"  rule: {words}",
        f"  标准：{zh}",
        f"  day: {about.as_of}",
        "  household: " + "\n    ".join(told(household)),
        f"  verdict: {verdict.value}",
        *(f"  {how}: {other.value}" for how, other in others),
        "  as a case:",
        *(f"    {line}" if line else "" for line in as_case(case).splitlines()),
    ]
    return "\n".join(lines)


def verdict_of(about: Subject, household: Household, engine: Engine = reference) -> Verdict:
    """What an engine says of one household."""
    found = told_of(engine([household], about.pack, about.as_of)).verdicts
    return found.get((household.household_id, about.rule.id), Verdict.CLEAR)


__all__ = ["complaint", "insist", "verdict_of"]
