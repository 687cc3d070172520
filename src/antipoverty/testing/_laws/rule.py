"""The rule a law is about, alone in its pack, and the verdict an engine gives it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import attrs

from antipoverty.model import Household
from antipoverty.rules import Pack, Parameter, Rule, Verdict
from antipoverty.testing._conformance.engines import Engine, reference
from antipoverty.testing._search.subject import Subject, subject


def verdict_of(about: Subject, household: Household, engine: Engine = reference) -> Verdict:
    found = engine([household], about.pack, about.as_of)
    return found.get((household.household_id, about.rule.id), Verdict.CLEAR)


def alone(about: Subject, rule: Rule, parameters: Sequence[Parameter] | None = None) -> Subject:
    """A rule in a pack of its own, so that judging it judges nothing else."""
    pack = about.pack
    made = Pack(
        pack.id,
        pack.title,
        rules=[attrs.evolve(rule, supersedes=None)],
        departments=pack.departments,
        parameters=pack.parameters.values() if parameters is None else parameters,
        kinds=pack.kinds.values(),
        area=pack.area,
        version=pack.version,
        model=pack.model,
    )
    return Subject(made.rules[rule.id], made, about.as_of, about.area)


def about_rule(rule: Rule | str, pack: Pack | None, as_of: date | None) -> Subject:
    found = subject(rule, pack, as_of=as_of)
    return alone(found, found.rule)


__all__ = ["about_rule", "alone", "verdict_of"]
