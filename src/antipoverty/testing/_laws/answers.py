"""Laws about answering: the same each time, in any order, and by any engine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from antipoverty.conditions import tables_read
from antipoverty.engines import Engine
from antipoverty.errors import phrase
from antipoverty.model import Household
from antipoverty.rules import Pack, Rule, Verdict
from antipoverty.testing._conformance.engines import differences, installed, reference, told_of
from antipoverty.testing._laws.search import complaint, insist, nothing_to_try, verdict_of
from antipoverty.testing._search.subject import Subject, about_rule
from antipoverty.testing._strategies.near import near_subject
from antipoverty.testing._strategies.tables import populations


def assert_deterministic(
    rule: Rule | str,
    pack: Pack | None = None,
    *,
    engine: Engine = reference,
    as_of: date | None = None,
    max_examples: int = 100,
    seed: int = 0,
) -> None:
    """The same household gets the same verdict each time; the arguments as `assert_monotone`.

    Raises:
        AssertionError: A household that was judged in two ways.
    """
    about = about_rule(rule, pack, as_of)

    def broken(household: Household) -> str | None:
        first, again = (verdict_of(about, household, engine) for _ in range(2))
        if first is again:
            return None
        return complaint(
            about,
            phrase("is judged in two ways"),
            household,
            first,
            (phrase("judged again"), again),
        )

    try:
        insist(near_subject(about), broken, max_examples=max_examples, seed=seed, about=about)
    except Exception as problem:  # whatever Hypothesis says of an answer that does not repeat
        if isinstance(problem, AssertionError) and problem.args and problem.args[0]:
            raise
        raise AssertionError(f"rule {about.rule.id!r} is judged in two ways") from problem


def assert_order_free(
    rule: Rule | str,
    pack: Pack | None = None,
    *,
    engine: Engine = reference,
    as_of: date | None = None,
    max_examples: int = 100,
    seed: int = 0,
) -> None:
    """Neither the order of child rows nor that of households changes a verdict.

    Raises:
        AssertionError: A household for which it does.
        VacuousLawError: Neither two households were asked of at once, nor one of two rows.
    """
    about = about_rule(rule, pack, as_of)
    several = phrase("two households at once")
    of_table = {
        name: phrase("two rows of {table}", table=name) for name in tables_read(about.rule.when)
    }
    compared = dict.fromkeys([several, *of_table.values()], 0)

    def broken(households: list[Household]) -> str | None:
        compared[several] += len(households) > 1
        for name, told in of_table.items():
            compared[told] += any(len(getattr(one, name) or ()) > 1 for one in households)
        turned = [_turned(household, about) for household in reversed(households)]
        found, again = (
            told_of(engine(some_, about.pack, about.as_of)).verdicts
            for some_ in (households, turned)
        )
        for household in households:
            key = household.household_id, about.rule.id
            one, other = (answer.get(key, Verdict.CLEAR) for answer in (found, again))
            if one is not other:
                return complaint(
                    about,
                    phrase("depends on an order"),
                    household,
                    one,
                    (phrase("in the reverse order"), other),
                )
        return None

    drawn = populations(near_subject(about), max_size=3)
    insist(drawn, broken, max_examples=max_examples, seed=seed, about=about, compared=compared)


def _turned(household: Household, about: Subject) -> Household:
    tables = {name: tuple(reversed(getattr(household, name) or ())) for name in about.schema.tables}
    return household.model_copy(update=tables)


def assert_engines_agree(
    rule: Rule | str,
    pack: Pack | None = None,
    *,
    engines: Mapping[str, Engine] | None = None,
    as_of: date | None = None,
    max_examples: int = 50,
    seed: int = 0,
) -> None:
    """Every engine gives every household the verdict of the reference.

    Args:
        rule: The rule, or its id in the pack.
        pack: The pack; may be left out for a rule that reads no parameter.
        engines: The engines by name; by default the compiled function and every kind
            of frame that is installed, Spark excepted.
        as_of: The day; by default the first on which the rule has all its values.
        max_examples: How many populations are drawn.
        seed: Which ones.

    Raises:
        AssertionError: A household on which an engine differs.
        VacuousLawError: There is no engine to compare with.
    """
    about = about_rule(rule, pack, as_of)
    tried = installed() if engines is None else engines
    if not tried:
        raise nothing_to_try(about, "is asked of no engine")

    def broken(households: list[Household]) -> str | None:
        by_id = {household.household_id: household for household in households}
        for one in differences(tried, households, about.pack, about.as_of):
            if one.household_id not in by_id:
                return f"{one.engine} answers for a household that was not given"
            what = phrase("is judged otherwise by {engine}", engine=one.engine)
            household = by_id[one.household_id]
            return complaint(about, what, household, one.expected, (one.engine, one.found))
        return None

    drawn = populations(near_subject(about), max_size=8)
    insist(drawn, broken, max_examples=max_examples, seed=seed, about=about)


__all__ = ["assert_deterministic", "assert_engines_agree", "assert_order_free"]
