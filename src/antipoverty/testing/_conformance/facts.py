"""Every fact of the model at its ends: each word, the least, nothing, the greatest, not known.

A rule asks for one fact at one of its ends, whatever policy reads it, so that one that is read from
another's column, or held in a type too small for it, is found though no other question asks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from antipoverty.conditions import Condition, Rows
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.windows import before
from antipoverty.model import (
    FIRST_DAY,
    LAST_DAY,
    Field,
    Household,
    Kind,
    Member,
    Money,
    TableSchema,
    schema_of,
)
from antipoverty.rules import Rule
from antipoverty.testing._conformance.checks import Drawn
from antipoverty.testing._strategies.policies import asking, pack_of, rule_of

_SCHEMA = schema_of(Household)
_VILLAGE = "610702100200"
_DAY = date(2021, 12, 1)
_DAYS = (FIRST_DAY, date(1969, 12, 31), date(1970, 1, 1), _DAY, LAST_DAY)
_WORDS = ("a", "b")
"""Of a fact whose words no list has."""
_HOMES = 12
_YEARS = (0, 1, 16, 17, 18, 60, 61, 130, 131)
"""Full years between a birthday and the day of the answer, of leap years and others."""


def each_fact() -> Iterator[Drawn]:
    """Each fact at each end; then who is of an age on the day, the day before, or not yet born."""
    rules: list[Rule] = []
    for table in (_SCHEMA.household, *_SCHEMA.tables.values()):
        for field in _read(table):
            for when in _ends(field):
                asked = when if field.table is None else nodes.Exists(Rows(table, when))
                rules.append(rule_of(f"rule-{len(rules)}", asked))
    others = {table.roster.name for table in _SCHEMA.tables.values() if table.roster}
    for table in _SCHEMA.tables.values():
        others |= set(table.counted.values())
    homes = [
        _home(number, leaving_out=others if number < _HOMES else set())
        for number in range(2 * _HOMES)
    ]
    yield pack_of(rules), homes, _DAY
    for day in (_DAY, date(2022, 3, 1), date(2032, 2, 29)):
        yield asking(_AGES), _of_ages(day), day


_AGES = (
    *(f"any(members, age >= {years})" for years in _YEARS[1:-1]),
    "any(members, age < 1)",
    "any(members, age is known)",
)


def _read(table: TableSchema) -> Iterator[Field]:
    """The facts that rules read: no key, nothing personal, and no place."""
    for field in table.fields.values():
        if not field.about.personal and not field.inputs and field.name not in (table.key, "area"):
            yield field


def _values(field: Field) -> tuple[Any, ...]:
    if field.kind is Kind.FLAG:
        return (True, False, None)
    if field.kind is Kind.DATE:
        return (*_DAYS, None)
    if field.kind is Kind.TEXT:
        return (*(field.about.choices or _WORDS), *(() if field.required else (None,)))
    low, high = field.about.low or 0, field.about.high or 0
    return (low, max(low, 0), max(low, 0) + 1, high - 1, high, None)


def _ends(field: Field) -> Iterator[Condition]:
    """The conditions that tell the values of a fact."""
    if field.kind is Kind.FLAG:
        yield nodes.Flag(field)
        return
    unit = field.about.unit if field.kind is Kind.NUMBER and field.about.unit.money else None
    read = nodes.Read(field)
    if field.kind is Kind.TEXT:
        for word in _values(field):
            if word is not None:
                yield nodes.compare("==", read, word)
        return
    yield nodes.Known(read)
    known = [one for one in _values(field) if one is not None]
    for sign, end in (("<=", min(known)), (">=", max(known)), (">", sorted(known)[1])):
        yield nodes.compare(sign, read, nodes.Const(end, unit))


def _home(number: int, leaving_out: set[str]) -> Household:
    """A household with some value of each fact; those of two facts are not alike in all."""
    facts: dict[str, Any] = {"household_id": f"h{number:02}", "area": _VILLAGE}
    facts |= _facts(_SCHEMA.household, number, leaving_out)
    for name, table in _SCHEMA.tables.items():
        facts[name] = ({table.key: "r", **_facts(table, number, leaving_out)},)
    return Household.model_validate(facts)


def _facts(table: TableSchema, number: int, leaving_out: set[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for at, field in enumerate(_read(table)):
        values = _values(field)
        value = values[(number + at + number // len(values) * (at % 2)) % len(values)]
        money = field.kind is Kind.NUMBER and field.about.unit.money and value is not None
        if field.name not in leaving_out:
            found[field.name] = Money(fen=value) if money else value
    return found


def _of_ages(day: date) -> list[Household]:
    births = [
        before(day, years, "years") + timedelta(days=step)
        for years in _YEARS
        for step in (-1, 0, 1)
    ]
    births = [one for one in births if one >= FIRST_DAY]
    return [
        Household(
            household_id=f"h{number:02}",
            area=_VILLAGE,
            size=1,
            members=(Member(member_id="m", born_on=born),),
        )
        for number, born in enumerate(births)
    ]


__all__ = ["each_fact"]
