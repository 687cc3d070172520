"""The law of reasons: what an explanation names suffices for the verdict it explains."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from hypothesis import strategies as st

from antipoverty.conditions import Condition, Language, evidence, unsettled
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.evidence import fields_by_path
from antipoverty.conditions.meaning import Truth, every, opposite, some
from antipoverty.errors import phrase
from antipoverty.model import Household
from antipoverty.rules import Alert, Pack, Rule, Verdict, judge_rule
from antipoverty.testing._laws.search import complaint, insist
from antipoverty.testing._search.subject import about_rule
from antipoverty.testing._strategies.households import Edges, params_of
from antipoverty.testing._strategies.near import near_subject


def assert_explained(
    rule: Rule | str,
    pack: Pack | None = None,
    *,
    as_of: date | None = None,
    max_examples: int = 200,
    seed: int = 0,
) -> None:
    """An explanation says the verdict, and what it names suffices for it.

    Of a decided verdict, the parts given as evidence decide it whatever the others are.
    Of an undecided one, any values of all the facts called missing decide it; or they leave
    open what no fact settles, such as a median over no row, and of rows whose group was not
    known what is asked of them next. The text in both languages says the verdict, the rule,
    and whether it is illustrative.

    Raises:
        AssertionError: A household for which they do not.
    """
    about = about_rule(rule, pack, as_of)
    edges = Edges.of([about.rule.when], about.as_of, params_of(about.pack))
    read = fields_by_path(about.rule.when)
    numbers = {str(part) for part in about.rule.when.walk() if isinstance(part, nodes.Value)}
    numbers -= read.keys()
    keys = {part.by.field.path for part in about.rule.when.walk() if isinstance(part, nodes.Groups)}

    def asked_next(path: str, missing: frozenset[str]) -> bool:
        """Whether a fact is asked of rows once it is known whose they are."""
        return any(key in missing and path.startswith(key.split(".")[0]) for key in keys)

    values = st.fixed_dictionaries({path: edges.known(field) for path, field in read.items()})

    def broken(drawn: tuple[Household, dict[str, Any]]) -> str | None:
        household, known = drawn
        answer = judge_rule(household, about.pack, about.rule.id, as_of=about.as_of)
        verdict = answer.verdict
        if fault := _fault_of_text(answer):
            return complaint(
                about, phrase("is explained wrongly: {fault}", fault=fault), household, verdict
            )
        when, setting = about.rule.when, about.setting
        held = {one.condition.key: one.held for one in evidence(when, household, setting)}
        if verdict is not Verdict.UNDECIDED:
            told = Verdict.of(combined(when, held))
            if told is verdict:
                return None
            return complaint(
                about,
                phrase("is not borne out"),
                household,
                verdict,
                (phrase("its evidence gives"), told),
            )
        missing = unsettled(when, household, setting)
        if not missing or not missing <= read.keys():
            return (
                None
                if missing
                else complaint(about, phrase("names no missing fact"), household, verdict)
            )
        filled = _filled(household, {path: known[path] for path in missing})
        left = unsettled(when, filled, setting)
        if all(path in numbers or read[path].inputs or asked_next(path, missing) for path in left):
            return None  # decided, or left open by what no fact named settles
        how = phrase("with {missing} supplied", missing=", ".join(sorted(missing)))
        return complaint(
            about, phrase("is not settled"), household, verdict, (how, Verdict.UNDECIDED)
        )

    drawn = st.tuples(near_subject(about), values)
    insist(drawn, broken, max_examples=max_examples, seed=seed, about=about)


def _fault_of_text(answer: Alert) -> str | None:
    """Say how an explanation contradicts its verdict, if it does."""
    if (answer.verdict is Verdict.UNDECIDED) != bool(answer.missing):
        return phrase("missing facts are named for a decided answer, or none for an undecided one")
    if not answer.evidence:
        return phrase("the answer rests on nothing")
    languages: tuple[Language, ...] = ("zh", "en")
    for language, verdict in zip(languages, (answer.verdict.zh, answer.verdict.value), strict=True):
        text = answer.explain(language)
        if verdict not in text or answer.rule_id not in text:
            return phrase("the {text} text does not say the verdict and the rule", text=language)
        marked = "示例，非政策" in text or "illustrative, not policy" in text
        if marked != answer.illustrative:
            return phrase(
                "the {text} text does not say rightly whether it is illustrative", text=language
            )
    return None


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


def _filled(household: Household, known: Mapping[str, Any]) -> Household:
    """Supply facts where they are missing, in every row alike."""
    changed: dict[str, Any] = {}
    for path, value in known.items():
        table, _, name = path.rpartition(".")
        if not table:
            changed[name] = value
            continue
        rows = changed.get(table, getattr(household, table))
        changed[table] = tuple(
            row.model_copy(update={name: value}) if getattr(row, name) is None else row
            for row in rows
        )
    return household.model_copy(update=changed)


__all__ = ["assert_explained"]
