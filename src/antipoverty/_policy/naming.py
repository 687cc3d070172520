"""Parts of a pack by their ids, and the names that a pack itself has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Text
from antipoverty._policy.judgement_rules import JudgementRule
from antipoverty._policy.ladders import Ladder
from antipoverty._policy.parts import Parameter, RecordKind, Rule
from antipoverty.errors import (
    AntipovertyError,
    DuplicateIdError,
    InvalidRuleError,
    UnknownReferenceError,
)

Named = TypeVar("Named", Rule, Parameter, RecordKind, JudgementRule, Ladder)


def by_id(
    items: Iterable[Named], kind: type[Named], what: str, problems: list[AntipovertyError]
) -> Mapping[str, Named]:
    """Put parts by their ids; what is no such part, or is there twice, is a problem."""
    found: dict[str, Named] = {}
    for item in items:
        if not isinstance(item, kind):
            problems.append(
                InvalidRuleError(
                    "a {what} is a {name}, not a {name2}",
                    what=what,
                    name=kind.__name__,
                    name2=type(item).__name__,
                )
            )
            continue
        if item.id in found:
            problems.append(DuplicateIdError("{what} {id!r} is there twice", what=what, id=item.id))
        found[item.id] = item
    return Frozen(found)


def check_names(
    id_: Any, titles: Mapping[str, Any], version: Any, problems: list[AntipovertyError]
) -> None:
    """Note a pack's id, titles and version that are none."""
    if not isinstance(id_, str) or not re.fullmatch(r"[a-z0-9][a-z0-9._+-]*", id_):
        problems.append(
            InvalidRuleError(
                "{id!r} is not a pack's id; use lower-case letters, digits, '.', '_', '+' and '-'",
                id=id_,
            )
        )
    problems.extend(
        InvalidRuleError(
            "the title of {what} is a {name}; give Text(zh, en)",
            what=what,
            name=type(text).__name__,
        )
        for what, text in titles.items()
        if not isinstance(text, Text)
    )
    if not isinstance(version, str):
        problems.append(InvalidRuleError("the version is text, such as '1.0'"))


def check_values(
    parameters: Iterable[Parameter], area: str, problems: list[AntipovertyError]
) -> None:
    """Note values for areas outside the pack's, which nobody would ever be judged by."""
    problems.extend(
        UnknownReferenceError(
            "a value of {id!r} since {since} is for area {area}, outside the pack's",
            id=one.id,
            since=value.since,
            area=value.area,
        )
        for one in parameters
        for value in one.values
        if not (value.area.startswith(area) or area.startswith(value.area))
    )


__all__ = ["Named", "by_id", "check_names", "check_values"]
