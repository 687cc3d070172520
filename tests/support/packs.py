"""Rules and packs made for tests: a test says what it is about, and has the rest from here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from antipoverty import Pack, Parameter, Rule, Source, Text
from antipoverty.conditions import Condition
from antipoverty.model import Unit
from antipoverty.rules import ParameterValue, RecordKind

SOURCE = Source("made for the test")
SINCE = date(2020, 1, 1)
DEPARTMENTS = {"d": Text("部门", "department")}


def a_rule(when: Condition | str, id_: str = "r", **facts: Any) -> Rule:
    """A rule with a title, department, source and first day where a test gives none."""
    given = {"title": Text("规则", "rule"), "department": "d", "source": SOURCE, "since": SINCE}
    return Rule(id=id_, when=when, **given | facts)


def a_parameter(
    id_: str,
    unit: str | Unit,
    values: int | Fraction | Mapping[str, int | Fraction],
    since: date = SINCE,
) -> Parameter:
    """A parameter with one value, or one for each area, as it is held."""
    by_area = values if isinstance(values, Mapping) else {"": values}
    unit = Unit.parse(unit) if isinstance(unit, str) else unit
    listed = [ParameterValue(value, since, None, SOURCE, area) for area, value in by_area.items()]
    return Parameter(id_, Text(id_, id_), unit, listed)


def a_pack(
    *rules: Rule | Condition | str,
    id_: str = "made",
    parameters: Iterable[Parameter] = (),
    **more: Any,
) -> Pack:
    """A pack of rules, or of conditions that become the rules ``r0``, ``r1`` and so on."""
    made = [
        one if isinstance(one, Rule) else a_rule(one, f"r{number}")
        for number, one in enumerate(rules)
    ]
    given = {"departments": DEPARTMENTS} | more
    return Pack(id_, Text("测试", "made"), rules=made, parameters=parameters, **given)


def a_pack_on_records(rules: Mapping[str, str], **more: Any) -> Pack:
    """A pack of rules by name, with two kinds of record that a department delivers."""
    made = [
        a_rule(when, name, title=Text(name, name), since=date(2021, 1, 1))
        for name, when in rules.items()
    ]
    kinds = [
        RecordKind("accident", Text("意外", "accident"), "d"),
        RecordKind("medical", Text("医疗", "medical care"), "d"),
    ]
    return a_pack(*made, **{"area": "61", "kinds": kinds, **more})
