"""Laws about answering: the same each time, in any order, by any engine, and with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from hypothesis import strategies as st

from antipoverty.conditions import Condition, evidence, fields_read, truth, unsettled
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.meaning import Truth, every, opposite, some
from antipoverty.model import Field, Household
from antipoverty.rules import Pack, Rule, Verdict
from antipoverty.testing._engines import Engine, installed, reference
from antipoverty.testing._laws_rule import about_rule, verdict_of
from antipoverty.testing._laws_search import complaint, search
from antipoverty.testing._strategies_households import Edges, params_of
from antipoverty.testing._strategies_near import near_subject
from antipoverty.testing._strategies_tables import populations
from antipoverty.testing._subject import Subject


def assert_deterministic(
    rule: Rule | str,
    *,
    pack: Pack | None = None,
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

    def broken(home: Household) -> str | None:
        first, again = (verdict_of(about, home, engine) for _ in range(2))
        if first is again:
            return None
        return complaint(about, "is judged in two ways", home, first, ("judged again", again))

    try:
        search(near_subject(about), broken, max_examples=max_examples, seed=seed)
    except Exception as problem:  # whatever Hypothesis says of an answer that does not repeat
        if isinstance(problem, AssertionError) and problem.args and problem.args[0]:
            raise
        raise AssertionError(f"rule {about.rule.id!r} is judged in two ways") from problem


def assert_order_free(
    rule: Rule | str,
    *,
    pack: Pack | None = None,
    engine: Engine = reference,
    as_of: date | None = None,
    max_examples: int = 100,
    seed: int = 0,
) -> None:
    """Neither the order of child rows nor that of households changes a verdict.

    Raises:
        AssertionError: A household for which it does.
    """
    about = about_rule(rule, pack, as_of)

    def broken(homes: list[Household]) -> str | None:
        turned = [_turned(home, about) for home in reversed(homes)]
        found, again = (engine(some_, about.pack, about.as_of) for some_ in (homes, turned))
        for home in homes:
            key = home.household_id, about.rule.id
            one, other = (answer.get(key, Verdict.CLEAR) for answer in (found, again))
            if one is not other:
                return complaint(
                    about, "depends on an order", home, one, ("in the reverse order", other)
                )
        return None

    drawn = populations(near_subject(about), max_size=3)
    search(drawn, broken, max_examples=max_examples, seed=seed)


def _turned(home: Household, about: Subject) -> Household:
    tables = {name: tuple(reversed(getattr(home, name) or ())) for name in about.schema.tables}
    return home.model_copy(update=tables)


def assert_engines_agree(
    rule: Rule | str,
    *,
    pack: Pack | None = None,
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
    """
    about = about_rule(rule, pack, as_of)
    tried = installed() if engines is None else engines

    def broken(homes: list[Household]) -> str | None:
        expected = reference(homes, about.pack, about.as_of)
        for name, engine in tried.items():
            found = engine(homes, about.pack, about.as_of)
            for home in homes:
                key = home.household_id, about.rule.id
                one, other = (answer.get(key, Verdict.CLEAR) for answer in (expected, found))
                if one is not other:
                    return complaint(
                        about, f"is judged otherwise by {name}", home, one, (name, other)
                    )
        return None

    drawn = populations(near_subject(about), max_size=8)
    search(drawn, broken, max_examples=max_examples, seed=seed)


def assert_explained(
    rule: Rule | str,
    *,
    pack: Pack | None = None,
    as_of: date | None = None,
    max_examples: int = 200,
    seed: int = 0,
) -> None:
    """The evidence of a verdict suffices for it, and the facts called missing settle it.

    Of a decided verdict, the parts given as evidence decide it whatever the others are.
    Of an undecided one, any values of all the facts called missing decide it.

    Raises:
        AssertionError: A household for which they do not.
    """
    about = about_rule(rule, pack, as_of)
    edges = Edges.of([about.rule.when], about.as_of, params_of(about.pack))
    paths = list(fields_read(about.rule.when))
    values = st.fixed_dictionaries({path: edges.known(_at(about, path)) for path in paths})

    def broken(drawn: tuple[Household, dict[str, Any]]) -> str | None:
        home, known = drawn
        verdict = verdict_of(about, home)
        when, setting = about.rule.when, about.setting
        held = {one.condition.key: one.held for one in evidence(when, home, setting)}
        if verdict is not Verdict.UNDECIDED:
            told = Verdict.of(combined(when, held))
            if told is verdict:
                return None
            return complaint(about, "is not borne out", home, verdict, ("its evidence gives", told))
        missing = unsettled(when, home, setting)
        if not missing or not missing <= set(paths):
            return None if missing else complaint(about, "names no missing fact", home, verdict)
        filled = _filled(home, {path: known[path] for path in missing})
        if truth(when, filled, setting) is not None:
            return None
        how = f"with {', '.join(sorted(missing))} supplied"
        return complaint(about, "is not settled", home, verdict, (how, Verdict.UNDECIDED))

    drawn = st.tuples(near_subject(about), values)
    search(drawn, broken, max_examples=max_examples, seed=seed)


def combined(condition: Condition, held: Mapping[Any, Truth]) -> Truth:
    """Combine what evidence says of the parts of a condition, open where it says nothing."""
    if condition.key in held:
        return held[condition.key]
    match condition:
        case nodes.And(parts):
            return every(combined(part, held) for part in parts)
        case nodes.Or(parts):
            return some(combined(part, held) for part in parts)
        case nodes.Not(inner):
            return opposite(combined(inner, held))
    return None


def _at(about: Subject, path: str) -> Field:
    table, _, name = path.rpartition(".")
    return about.schema.table(table or None).fields[name]


def _filled(home: Household, known: Mapping[str, Any]) -> Household:
    """Supply facts where they are missing, in every row alike."""
    changed: dict[str, Any] = {}
    for path, value in known.items():
        table, _, name = path.rpartition(".")
        if not table:
            changed[name] = value
            continue
        rows = changed.get(table, getattr(home, table))
        changed[table] = tuple(
            row.model_copy(update={name: value}) if getattr(row, name) is None else row
            for row in rows
        )
    return home.model_copy(update=changed)


__all__ = ["assert_deterministic", "assert_engines_agree", "assert_explained", "assert_order_free"]
