"""What a pack says otherwise than another: rule by rule, value by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from typing import Any, Literal

import attrs

from antipoverty._base.provenance import Text
from antipoverty._policy.pack import Pack
from antipoverty._policy.parts import ParameterValue, Rule
from antipoverty.conditions import in_words, quantity
from antipoverty.languages import Language

LANGUAGES: tuple[Language, ...] = ("zh", "en")

Sort = Literal["added", "gone", "changed", "stands-in"]


@attrs.frozen
class Difference:
    """One thing that a pack says otherwise than another.

    Attributes:
        sort: ``added``, ``gone``, ``changed``, or ``stands-in`` for a rule that takes the
            place of another in an area, for some days or for good.
        what: ``rule``, ``value``, ``parameter``, ``record kind``, ``department``,
            ``judgement rule``, ``ladder`` or ``risk``.
        id: Its id; of a value the parameter's.
        said: What it says, in both languages.
        of: The id of the rule whose place it takes.
    """

    sort: Sort
    what: str
    id: str
    said: Text
    of: str | None = None


def differences(before: Pack, after: Pack) -> tuple[Difference, ...]:
    """List what a pack says otherwise than another, such as a county's than its province's.

    What the first says of other areas than the second's is left aside.

    Args:
        before: The pack that was there, such as the parent.
        after: The other.
    """
    return tuple(_differences(before, after))


def _differences(before: Pack, after: Pack) -> Iterator[Difference]:
    for name, rule in after.rules.items():
        old, of = before.rules.get(name), rule.instead_of or rule.supersedes
        if old is None:
            sort: Sort = "added" if of is None else "stands-in"
            yield Difference(sort, "rule", name, _rule(rule, after), of)
        elif keys := _keys(old, rule):
            yield Difference("changed", "rule", name, _with_keys(_rule(rule, after), keys))
    for name, rule in before.rules.items():
        if name not in after.rules and _meets(rule.area, after.area):
            yield Difference("gone", "rule", name, _rule(rule, before))
    yield from _values(before, after, after.area, "added")
    yield from _values(after, before, after.area, "gone")
    for what in ("parameters", "kinds", "departments", "judgements", "ladders", "risks"):
        yield from _parts(what, getattr(before, what), getattr(after, what))


def _values(before: Pack, after: Pack, area: str, sort: Sort) -> Iterator[Difference]:
    """The values of an area that one pack has and the other has not."""

    def key(one: ParameterValue) -> tuple[object, ...]:
        return one.value, one.since, one.until, "" if area.startswith(one.area) else one.area

    for name, parameter in after.parameters.items():
        old = before.parameters.get(name)
        known = {key(one) for one in old.values} if old is not None else set()
        for one in parameter.values:
            if key(one) in known or not _meets(one.area, area):
                continue
            days = f"{one.since} – {one.until or '…'}"
            zh, en = (
                f"{parameter.title[word]} {quantity(one.value, parameter.unit, word)}, "
                f"{one.area or '*'}, {days}"
                for word in LANGUAGES
            )
            yield Difference(sort, "value", name, Text(zh, en))


_WORDS = {
    "parameters": "parameter",
    "kinds": "record kind",
    "departments": "department",
    "judgements": "judgement rule",
    "ladders": "ladder",
    "risks": "risk",
}


def _parts(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for sort, ones, others in (("added", after, before), ("gone", before, after)):
        for name, part in ones.items():
            if name not in others:
                yield Difference(sort, _WORDS[what], name, _title(part))  # type: ignore[arg-type]
    for name, part in after.items():
        if name in before and (keys := _keys(before[name], part)):
            yield Difference("changed", _WORDS[what], name, _with_keys(_title(part), keys))


def _title(part: Any) -> Text:
    return part if isinstance(part, Text) else part.title


def _keys(before: Any, after: Any) -> str:
    """The keys of a part of a pack that differ, with what stood there where that is one word.

    Areas, and the values of a parameter, are told otherwise.
    """
    names = [one.name for one in attrs.fields(type(after)) if one.eq]
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in names}
    told = [
        f"{name} {' → '.join(map(_word, pair))}"
        if all(isinstance(one, _WORD) for one in pair)
        else name
        for name, pair in pairs.items()
        if name not in ("area", "values") and pair[0] != pair[1]
    ]
    return ", ".join(told)


_WORD = date | int | str | Enum | None


def _word(value: object) -> str:
    return "…" if value is None else str(value.value if isinstance(value, Enum) else value)


def _with_keys(said: Text, keys: str) -> Text:
    return Text(*(f"{said[word]} [{keys}]" for word in LANGUAGES))


def _rule(rule: Rule, pack: Pack) -> Text:
    return Text(
        *(
            f"{rule.title[word]}: {in_words(rule.when, word, pack.titles(word))}"
            + (f"; {rule.amount.in_words(word, pack.titles(word))}" if rule.amount else "")
            for word in LANGUAGES
        )
    )


def _meets(area: str, other: str) -> bool:
    return area.startswith(other) or other.startswith(area)


__all__ = ["Difference", "differences"]
