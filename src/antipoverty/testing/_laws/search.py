"""A law is a search for its simplest counterexample, told in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy

from antipoverty._base.frozen import Frozen
from antipoverty.conditions import in_words
from antipoverty.engines import Engine
from antipoverty.errors import Phrase, VacuousLawError, phrase, phrases
from antipoverty.errors.phrases import Both, said
from antipoverty.model import Household
from antipoverty.rules import Verdict
from antipoverty.testing._conformance.engines import reference, told_of
from antipoverty.testing._search.case_text import as_case
from antipoverty.testing._search.counterexample import search
from antipoverty.testing._search.subject import Subject, some
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
    compared: Mapping[Phrase, int] = Frozen(),
) -> None:
    """Look for what a law complains of; the same seed looks at the same examples.

    Args:
        strategy: Draws what the law is tried on.
        complaint: What is wrong with one; ``None`` for nothing.
        max_examples: How many are drawn.
        seed: Which ones.
        about: The rule the law is about, where it must be seen on each of its sides: there is
            a household that warns, say, but none was drawn, and more are drawn then.
        compared: What the law must have compared, by name, and how often it has so far; the
            law counts there itself.

    Raises:
        AssertionError: Something was found; the message tells of the simplest.
        VacuousLawError: Nothing was, but a side of the rule was never seen, or what the law
            compares.
    """
    seen: Counter[Verdict] = Counter()

    def looked_at(drawn: Drawn) -> str | None:
        told = complaint(drawn)  # what a law assumes away it has not seen
        if about is not None:
            seen.update(verdict_of(about, one) for one in _households(drawn))
        return told

    lacking: list[Phrase] = []
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
        asked = () if about is None else sides(about).expected
        lacking = [word(one) for one in asked if not seen[one]]
        lacking += [what for what, count in compared.items() if not count]
        if not lacking:
            return
        if over:
            break
    if about is not None:
        count = phrases(
            (phrase("{count} {verdict}", count=seen[one], verdict=word(one)) for one in Verdict),
            ", ",
        )
        raise VacuousLawError(
            "rule {id!r}: the law held for all that was drawn ({count}), and what it must have "
            "seen was not drawn: {one}; draw more, or draw them otherwise",
            id=about.rule.id,
            count=count,
            one=phrases(lacking, ", "),
        )


def word(verdict: Verdict) -> Phrase:
    return Both(verdict.value, verdict.zh)


def nothing_to_try(about: Subject, what: str) -> VacuousLawError:
    """A law that a rule gives nothing to try; it neither holds nor is broken."""
    return VacuousLawError(
        "rule {id!r} {what}; the law says nothing", id=about.rule.id, what=phrase(what)
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
    about: Subject,
    what: Phrase,
    household: Household,
    verdict: Verdict,
    *others: tuple[Phrase | str, Verdict],
) -> str:
    """Write a counterexample: the rule in words, the household, and both verdicts."""
    words, zh = (in_words(about.rule.when, one, about.pack.titles(one)) for one in ("en", "zh"))
    side = "missing" if verdict is Verdict.UNDECIDED else verdict.value
    name = f"{said(what)} {what}"
    case = Case(about.rule.id, name, side, verdict, about.as_of, household)
    lines = [
        f"rule {about.rule.id!r} {what}",
        f"  规则 {about.rule.title.zh}：{said(what)}",
        f"  rule: {words}",
        f"  标准：{zh}",
        f"  日期 day: {about.as_of}",
        f"  结论 verdict: {verdict.zh} {verdict.value}",
        *(f"  {said(how)} {how}: {other.zh} {other.value}" for how, other in others),
        "  案例 as a case:",
        *(f"    {line}" if line else "" for line in as_case(case).splitlines()),
    ]
    return "\n".join(lines)


def verdict_of(about: Subject, household: Household, engine: Engine = reference) -> Verdict:
    """What an engine says of one household."""
    found = told_of(engine([household], about.pack, about.as_of)).verdicts
    return found.get((household.household_id, about.rule.id), Verdict.CLEAR)


__all__ = ["complaint", "insist", "nothing_to_try", "verdict_of", "word"]
