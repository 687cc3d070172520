"""The words of a pack, and whether the judgement rules of it use no others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from antipoverty._base.provenance import Text
from antipoverty._policy.guards import Words
from antipoverty._policy.judgement_rules import JudgementRule
from antipoverty._policy.parts import Parameter, Rule, check_known
from antipoverty.errors import (
    AntipovertyError,
    ConditionError,
    InvalidRuleError,
    UnknownReferenceError,
    phrase,
)
from antipoverty.model import Schema

Spoken = Callable[[str], Mapping[str, Words]]
"""What the columns of a kind of signal can be, with labels."""


def spoken(
    rules: Mapping[str, Rule],
    departments: Mapping[str, Text],
    risks: Mapping[str, Text],
    schema: Schema,
) -> Spoken:
    """What a signal of a kind can say; alerts say what the pack's rules do.

    Where the pack declares its risks, signals of every kind say no others.
    """
    category = schema.household.fields.get("category")
    always: dict[str, Words] = {
        "department": _labels(departments),
        "category": category.about.choices if category is not None else {},
    }
    if risks:
        always["risk"] = _labels(risks)
    named = {str(rule.risk): (str(rule.risk),) * 2 for rule in rules.values() if rule.risk}
    alerts: dict[str, Words] = {
        "name": {one.id: (one.title.zh, one.title.en) for one in rules.values()},
        "risk": named,
    }
    return lambda kind: {**alerts, **always} if kind in ("alert", "undecided") else always


def _labels(titles: Mapping[str, Text]) -> Words:
    """Words with their labels; a title that is none is a problem of its own."""
    return {id_: (one.zh, one.en) for id_, one in titles.items() if isinstance(one, Text)}


def risks_of(rules: Iterable[Rule], declared: Mapping[str, Text]) -> dict[str, Text]:
    """The risks that a pack declares, or those that its rules name."""
    named = {one.risk: Text(one.risk, one.risk) for one in rules if one.risk}
    return dict(declared) or named


def check_category(
    category: str | None, schema: Schema, what: str, problems: list[AntipovertyError]
) -> None:
    """Note a category that the model does not have."""
    field = schema.household.fields.get("category")
    if category is not None and field is not None and field.about.choices:
        check_known(category, field.about.choices, f"{what}: category", problems)


def bound_to(
    rules: Iterable[JudgementRule],
    words: Spoken,
    parameters: Mapping[str, Parameter],
    problems: list[AntipovertyError],
) -> list[JudgementRule]:
    """Bind the guards of judgement rules to a pack's words, and to the units of its parameters."""
    found = []
    units = {name: one.unit for name, one in parameters.items()}
    for rule in rules:
        for name in (name for pattern in rule.patterns for name in pattern.params):
            check_known(name, parameters, f"judgement rule {rule.id!r}", problems)
            values = parameters[name].values if name in parameters else ()
            if any(isinstance(one.value, Fraction) for one in values):
                problems.append(
                    InvalidRuleError(
                        "judgement rule {id!r} reads {name!r}, which is no whole number; multiply "
                        "it out",
                        id=rule.id,
                        name=name,
                    )
                )
        try:
            found.append(rule.bound(words, units))
        except ConditionError as problem:
            problems.append(problem.within(phrase("judgement rule {id!r}", id=rule.id)))
            found.append(rule)
    return found


def check_judgements(
    judged: Iterable[JudgementRule],
    words: Spoken,
    schema: Schema,
    area: str,
    problems: list[AntipovertyError],
) -> None:
    """Check the names of rules, departments, risks and areas that judgement rules give."""
    for rule in judged:
        what = f"judgement rule {rule.id!r}"
        if not (rule.area.startswith(area) or area.startswith(rule.area)):
            problems.append(
                UnknownReferenceError(
                    "{what} is for area {area}, outside the pack's", what=what, area=rule.area
                )
            )
        check_category(rule.category, schema, what, problems)
        for pattern in rule.patterns:
            known = words(pattern.kind)
            for department in pattern.department:
                check_known(department, known["department"], what, problems)
            if pattern.kind in ("alert", "undecided"):
                for name in pattern.name:
                    check_known(name, known["name"], what, problems)
            for risk in pattern.risk if known.get("risk") else ():
                check_known(risk, known["risk"], f"{what}: risk", problems)
            for category in pattern.category:
                check_category(category, schema, what, problems)


__all__ = ["Spoken", "bound_to", "check_category", "check_judgements", "risks_of", "spoken"]
