"""A pack made of others: several as one for one pass, or one with a value supposed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from antipoverty._base.provenance import Source, Text
from antipoverty._policy.judgement_rules import JudgementRule
from antipoverty._policy.ladders import Ladder
from antipoverty._policy.models import joined_model
from antipoverty._policy.pack import Pack
from antipoverty._policy.parts import Parameter, RecordKind, Rule
from antipoverty._policy.parts import parameter as parameter_of
from antipoverty._policy.vocabulary import risks_of
from antipoverty.codes import Level
from antipoverty.errors import (
    AntipovertyError,
    DuplicateIdError,
    InvalidArgumentError,
    InvalidPackError,
    one_of,
    phrase,
)
from antipoverty.model import Household, Money, Schema, schema_of


def combine(*packs: Pack, id: str | None = None) -> Pack:  # noqa: A002
    """Make one pack of several, so that one pass screens with all of them.

    Each pack's rules and values stay in that pack's area. Ids of rules and parameters
    must not clash; departments and kinds of record may, where the packs say the very
    same thing. The models are combined, so a household then has the facts of all of them.

    Raises:
        InvalidArgumentError: There is no pack.
        InvalidPackError: Two packs use one id for different things, or their models differ
            in a fact (its unit, bounds, words or labels) or in the key or day of a table.
    """
    if not packs:
        raise InvalidArgumentError("combining takes at least one pack")
    problems: list[AntipovertyError] = []
    departments: dict[str, Text] = {}
    kinds: dict[str, RecordKind] = {}
    parameters: list[Parameter] = []
    rules: list[Rule] = []
    judgements: list[JudgementRule] = []
    ladders: list[Ladder] = []
    risks: dict[str, Text] = {}
    for pack in packs:
        if pack.risks:
            _merge(risks, pack.risks, f"risk of {pack.id!r}", problems)
    for pack in packs:
        _merge(departments, pack.departments, f"department of {pack.id!r}", problems)
        _merge(kinds, pack.kinds, phrase("record kind of {id!r}", id=pack.id), problems)
        for parameter in pack.parameters.values():
            local = tuple(
                attrs.evolve(value, area=value.area or pack.area) for value in parameter.values
            )
            parameters.append(attrs.evolve(parameter, values=local))
        rules.extend(
            attrs.evolve(rule, area=rule.area or pack.area) for rule in pack.rules.values()
        )
        judgements.extend(
            attrs.evolve(rule, area=rule.area or pack.area) for rule in pack.judgements.values()
        )
        ladders.extend(
            attrs.evolve(one, area=one.area or pack.area) for one in pack.ladders.values()
        )
    name = id or "+".join(pack.id for pack in packs)
    model = _model([pack.model for pack in packs])
    for pack in packs:
        problems.extend(_lost(pack, schema_of(model)))
    if problems:
        raise InvalidPackError("the packs of {name!r} do not go together", problems, name=name)
    return Pack(
        name,
        Text(" + ".join(p.title.zh for p in packs), " + ".join(p.title.en for p in packs)),
        rules=rules,
        departments=departments,
        parameters=parameters,
        kinds=kinds.values(),
        judgements=judgements,
        ladders=ladders,
        risks={**risks_of(rules, {}), **risks} if risks else {},
        area=_common([pack.area for pack in packs]),
        version="+".join(pack.version for pack in packs),
        model=model,
    )


def _common(areas: list[str]) -> str:
    """The smallest area that holds all of some areas; empty when none does."""
    shared = ""
    for level in Level:
        starts = {area[: level.digits] for area in areas}
        if len(starts) == 1 and len(min(starts)) == level.digits:
            shared = min(starts)
    return shared


def _model(models: list[type[Household]]) -> type[Household]:
    bases: list[type[Household]] = []
    for model in models:
        if not any(issubclass(base, model) for base in bases):
            bases = [*(base for base in bases if not issubclass(model, base)), model]
    return joined_model(tuple(bases))


def suppose(
    pack: Pack,
    parameter: str,
    value: str | int | Decimal | Fraction | Money,
) -> Pack:
    """Give a pack with one value of a parameter in place of all it has, everywhere and always.

    It is a question, not a policy: whatever rests on the value is marked illustrative.

    Args:
        pack: The pack.
        parameter: The parameter's id.
        value: The value; amounts as yuan text.

    Raises:
        InvalidArgumentError: The pack has no such parameter.
        InvalidRuleError: The value does not fit the parameter's unit.
    """
    one_of(parameter, pack.parameters, f"parameter of {pack.id!r}")
    old = pack.parameters[parameter]
    source = Source(Text("假设值", "a supposition"))
    made = parameter_of(
        old.id, old.title, str(old.unit), [(value, date.min, None, source)], area=pack.area
    )
    every = {**pack.parameters, parameter: made}
    return pack.evolve(parameters=every.values(), version=f"{pack.version}+supposed")


def _lost(pack: Pack, whole: Schema) -> Iterator[AntipovertyError]:
    """What a pack's model says otherwise than the combined one; then no order would be right."""
    for table in schema_of(pack.model):
        other = whole.table(table.name)
        for name in ("key", "day", "zh", "en"):
            if getattr(other, name) != getattr(table, name):
                yield DuplicateIdError(
                    "the {name} of {owner} of {id!r} is another in another pack",
                    name=name,
                    owner=table.owner,
                    id=pack.id,
                )
        for field in table.fields.values():
            if other.fields.get(field.name) != field:
                yield DuplicateIdError(
                    "the fact {path!r} of {id!r} is something else in another pack, or its table "
                    "is; let one model extend the other, or rename it",
                    path=field.path,
                    id=pack.id,
                )


def _merge(
    into: dict[str, Any], added: Mapping[str, Any], what: str, problems: list[AntipovertyError]
) -> None:
    for id_, item in added.items():
        if into.setdefault(id_, item) != item:
            problems.append(
                DuplicateIdError(
                    "{what} {id!r} is something else in another pack", what=what, id=id_
                )
            )
