"""A pack upon another: a county adds to its province's, stands in for some of it, and says so.

What is published is never silently replaced. An extension brings rules and parameters with
ids of their own, values for its own area, and rules that stand in for others there; whatever
it does not speak of stays as the parent has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Text, instance_of
from antipoverty._policy.judgement_rules import JudgementRule
from antipoverty._policy.ladders import Ladder
from antipoverty._policy.pack import Pack
from antipoverty._policy.parts import Parameter, ParameterValue, RecordKind, Rule, read_area
from antipoverty._policy.vocabulary import risks_of
from antipoverty.errors import (
    AntipovertyError,
    DuplicateIdError,
    InvalidArgumentError,
    InvalidPackError,
    UnknownReferenceError,
    did_you_mean,
    phrase,
)


def _values(given: Mapping[str, Iterable[ParameterValue]]) -> Mapping[str, Any]:
    return Frozen({name: tuple(values) for name, values in given.items()})


def _listed(parts: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(parts)


def _texts(given: Mapping[str, Text]) -> Mapping[str, Text]:
    return Frozen(dict(given))


@attrs.frozen
class Extends:
    """The pack that an extension builds on, and the versions it is written for.

    Attributes:
        pack: The id of that pack.
        at_least: The lowest version of it; any when empty.
        below: The lowest version it is no longer written for; none when empty.
    """

    pack: str
    at_least: str = ""
    below: str = ""


@attrs.frozen(kw_only=True)
class Extension:
    """What a pack adds to another in an area of its own (在上级标准包上增补).

    Attributes:
        id: The id of the pack it makes.
        title: What that is called.
        extends: The pack it builds on.
        area: Its own area, in that of the parent. What names no area is for this one.
        version: Its version.
        rules: Its rules; one may stand in for a parent's by ``instead_of``.
        parameters: Parameters of its own.
        values: More values of the parent's parameters, by parameter.
        kinds: Kinds of record of its own.
        departments: Departments of its own.
        judgements: Judgement rules of its own.
        ladders: Orders of tiers of its own.
        risks: Risks of its own.
    """

    id: str
    title: Text = attrs.field(validator=instance_of(Text))
    extends: Extends = attrs.field(validator=instance_of(Extends))
    area: str = attrs.field(converter=read_area)
    version: str = "0"
    rules: tuple[Rule, ...] = attrs.field(default=(), converter=_listed)
    parameters: tuple[Parameter, ...] = attrs.field(default=(), converter=_listed)
    values: Mapping[str, tuple[ParameterValue, ...]] = attrs.field(
        factory=dict[str, Any], converter=_values
    )
    kinds: tuple[RecordKind, ...] = attrs.field(default=(), converter=_listed)
    departments: Mapping[str, Text] = attrs.field(factory=dict[str, Text], converter=_texts)
    judgements: tuple[JudgementRule, ...] = attrs.field(default=(), converter=_listed)
    ladders: tuple[Ladder, ...] = attrs.field(default=(), converter=_listed)
    risks: Mapping[str, Text] = attrs.field(factory=dict[str, Text], converter=_texts)


def extend(parent: Pack, *extensions: Extension, id: str | None = None) -> Pack:  # noqa: A002
    """Make the pack that extensions and their parent are together.

    One extension makes the pack of its own area, with all of the parent's that holds there.
    Several make one pack of the parent's whole area, so that one pass screens with all.

    Args:
        parent: The pack they build on.
        extensions: One or several, each for another area.
        id: The id of the pack; of several it is theirs joined by ``+``.

    Raises:
        InvalidArgumentError: There is no extension.
        InvalidPackError: All problems: another parent or version, an id that the parent or
            another extension has, an area outside, or what no pack may have.
    """
    if not extensions:
        raise InvalidArgumentError("extending takes at least one extension")
    problems: list[AntipovertyError] = []
    for one in extensions:
        problems += _misfits(parent, one)
    taken: dict[tuple[str, str], str] = {
        (what, name): parent.id for what, names in _ids(parent).items() for name in names
    }
    for one in extensions:
        for what, names in _ids(one).items():
            for name in names:
                if (owner := taken.setdefault((what, name), one.id)) != one.id:
                    problems.append(_published(what, name, owner, one.id))
    whole = len(extensions) > 1
    more = any(one.risks for one in extensions)
    name = id or "+".join(one.id for one in extensions)
    if problems:
        raise InvalidPackError(
            "the pack {name!r} cannot be made on {id!r}", problems, name=name, id=parent.id
        )
    area = parent.area if whole else extensions[0].area
    rules = [rule for rule in parent.rules.values() if _meets(rule.area, area)]
    parameters = [_within(one, area) for one in parent.parameters.values()]
    for one in extensions:
        rules += [attrs.evolve(rule, area=rule.area or one.area) for rule in one.rules]
        parameters = [_with_values(each, one) for each in parameters]
        parameters += [
            attrs.evolve(each, values=_placed(each.values, one)) for each in one.parameters
        ]
    return Pack(
        name,
        Text(*(" + ".join(one.title[word] for one in extensions) for word in ("zh", "en"))),
        rules=rules,
        departments={
            **parent.departments,
            **{key: text for one in extensions for key, text in one.departments.items()},
        },
        parameters=parameters,
        kinds=[*parent.kinds.values(), *(kind for one in extensions for kind in one.kinds)],
        judgements=[
            *(one for one in parent.judgements.values() if _meets(one.area, area)),
            *(
                attrs.evolve(each, area=each.area or one.area)
                for one in extensions
                for each in one.judgements
            ),
        ],
        ladders=[
            *(one for one in parent.ladders.values() if _meets(one.area, area)),
            *(
                attrs.evolve(each, area=each.area or one.area)
                for one in extensions
                for each in one.ladders
            ),
        ],
        risks={
            **risks_of(parent.rules.values() if more else (), parent.risks),
            **{word: text for one in extensions for word, text in one.risks.items()},
        },
        area=area,
        version="+".join([parent.version, *(one.version for one in extensions)]),
        model=parent.model,
    )


def _misfits(parent: Pack, one: Extension) -> list[AntipovertyError]:
    """Why an extension is not written for a pack."""
    found: list[AntipovertyError] = []
    wanted = one.extends
    if wanted.pack != parent.id:
        found.append(
            UnknownReferenceError(
                "{id!r} builds on {parent!r}, not on {id2!r}",
                id=one.id,
                parent=wanted.pack,
                id2=parent.id,
            )
        )
    version = _rank(parent.version)
    if (wanted.at_least and version < _rank(wanted.at_least)) or (
        wanted.below and version >= _rank(wanted.below)
    ):
        span = " ".join(
            [f"from {wanted.at_least}"] * bool(wanted.at_least)
            + [f"below {wanted.below}"] * bool(wanted.below)
        )
        found.append(
            UnknownReferenceError(
                "{id!r} is written for {id2!r} {span}, and this is {version}; see what changed, "
                "then state the new bounds",
                id=one.id,
                id2=parent.id,
                span=span,
                version=parent.version,
            )
        )
    if not one.area or not one.area.startswith(parent.area):
        found.append(
            UnknownReferenceError(
                "the area {area} of {id!r} is not in {area2}, that of {id2!r}",
                area=one.area or "(none)",
                id=one.id,
                area2=parent.area or "any",
                id2=parent.id,
            )
        )
    found += [
        UnknownReferenceError(
            "{id!r} gives a value of {name!r}, which {id2!r} does not have{near}",
            id=one.id,
            name=name,
            id2=parent.id,
            near=did_you_mean(name, parent.parameters),
        )
        for name in one.values
        if name not in parent.parameters
    ]
    inside = [(f"rule {rule.id!r}", rule.area) for rule in one.rules]
    inside += [(f"judgement rule {rule.id!r}", rule.area) for rule in one.judgements]
    inside += [(f"ladder {each.id!r}", each.area) for each in one.ladders]
    listed = [*one.values.items(), *((each.id, each.values) for each in one.parameters)]
    inside += [
        (phrase("a value of {name!r}", name=name), value.area)
        for name, values in listed
        for value in values
    ]
    found += [
        UnknownReferenceError(
            "{what} of {id!r} is for area {area}, outside its own", what=what, id=one.id, area=area
        )
        for what, area in inside
        if area and not area.startswith(one.area)
    ]
    return found


def _published(what: str, name: str, owner: str, by: str) -> DuplicateIdError:
    hint = ""
    if what == "rule":
        hint = phrase(', and instead_of = "{name}" where it is to stand in for that one', name=name)
    elif what == "parameter":
        hint = "; more values of it stand under [[values]]"
    return DuplicateIdError(
        "{what} {name!r} is published by {owner!r} and not replaced by {by!r}; give it an id of "
        "its own{hint}",
        what=what,
        name=name,
        owner=owner,
        by=by,
        hint=hint,
    )


def _ids(one: Pack | Extension) -> dict[str, list[str]]:
    def names(parts: Any) -> list[str]:
        return list(parts) if isinstance(parts, Mapping) else [part.id for part in parts]

    return {
        "rule": names(one.rules),
        "parameter": names(one.parameters),
        "record kind": names(one.kinds),
        "department": names(one.departments),
        "judgement rule": names(one.judgements),
        "ladder": names(one.ladders),
    }


def _rank(version: str) -> tuple[tuple[int, int, str], ...]:
    """The order of versions: numbers as numbers, words before them."""
    parts = re.findall(r"\d+|[^\d.+_-]+", version)
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)


def _meets(area: str, other: str) -> bool:
    return area.startswith(other) or other.startswith(area)


def _within(one: Parameter, area: str) -> Parameter:
    return attrs.evolve(one, values=[each for each in one.values if _meets(each.area, area)])


def _placed(values: Iterable[ParameterValue], one: Extension) -> tuple[ParameterValue, ...]:
    return tuple(attrs.evolve(value, area=value.area or one.area) for value in values)


def _with_values(parameter: Parameter, one: Extension) -> Parameter:
    added = _placed(one.values.get(parameter.id, ()), one)
    return attrs.evolve(parameter, values=(*parameter.values, *added)) if added else parameter


__all__ = ["Extends", "Extension", "extend"]
