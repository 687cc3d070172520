"""Rules and whole packs: generated conditions with dated values that differ by area."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from antipoverty.conditions import Condition
from antipoverty.model import Schema, Unit
from antipoverty.rules import Pack, Parameter, ParameterValue, Rule, Severity, Source, Text
from antipoverty.testing._strategies.choices import one_of
from antipoverty.testing._strategies.conditions import Params, conditions

VALUES: Params = {
    "line": (Unit.parse("yuan/person"), [600_000, 650_000]),
    "cap": (Unit.parse("yuan"), [1_000_000]),
    "share": (Unit.parse("1"), [Fraction(3, 5), Fraction(2, 3)]),
    "years": (Unit.parse("year"), [16, 60]),
}
"""Parameters of invented packs; a second value is that of Xi'an (6101)."""

SINCE = date(2000, 1, 1)
SOURCE = Source("invented for a test")
_SEVERITIES = tuple(Severity)
_TITLE = Text("规则", "rule")


@st.composite
def rules(
    draw: st.DrawFn,
    *,
    ids: str = "rule",
    schema: Schema | None = None,
    params: Params | None = None,
    areas: Sequence[str] = ("",),
    depth: int = 3,
) -> Rule:
    """Draw a rule, in force since 2000.

    Args:
        draw: Given by Hypothesis.
        ids: Its id.
        schema: What it may read; facts of `Household` by default.
        params: The parameters it may read; none by default, so that it stands alone.
        areas: Where it may be in force; empty for all of a pack's area.
        depth: How deep its condition may be.
    """
    return rule_of(
        ids,
        draw(conditions(schema=schema, params=params, depth=depth)),
        severity=one_of(draw, _SEVERITIES),
        area=one_of(draw, areas),
    )


def rule_of(id_: str, when: Condition | str, **more: Any) -> Rule:
    """A rule that says no more than its condition, in force since 2000 unless told otherwise."""
    about = {"title": _TITLE, "department": "d", "source": SOURCE, "since": SINCE}
    return Rule(id=id_, when=when, **{**about, **more})


def pack_of(
    rules: Iterable[Rule], parameters: Iterable[Parameter] = (), area: str = "61", **more: Any
) -> Pack:
    """A pack of invented rules, of the province unless told otherwise."""
    departments = {"d": Text("部门", "department")}
    return Pack(
        "made",
        Text("测试", "made"),
        rules=rules,
        parameters=parameters,
        area=area,
        departments=departments,
        **more,
    )


def asking(texts: Sequence[str], *parameters: Parameter) -> Pack:
    """A pack of the province with a rule for each text."""
    return pack_of([rule_of(f"rule-{n}", text) for n, text in enumerate(texts)], parameters)


@st.composite
def packs(draw: st.DrawFn, *, max_rules: int = 3, area: str = "61", depth: int = 3) -> Pack:
    """Draw a pack of one or more rules, with a value for every parameter, area and day.

    Some values differ between Xi'an and the rest of the province, some change at a
    year's end, and some rules are in force in Hanzhong (6107) only.

    Args:
        draw: Given by Hypothesis.
        max_rules: How many rules there may be.
        area: The pack's area, a part of China that holds both.
        depth: How deep the conditions may be.
    """
    parameters = [parameter_of(name, changes=draw(st.booleans())) for name in VALUES]
    count = draw(st.integers(1, max_rules))
    made = [
        draw(rules(ids=f"r{n}", params=VALUES, areas=("", "", "6107"), depth=depth))
        for n in range(count)
    ]
    return pack_of(made, parameters, area)


def parameter_of(name: str, *, changes: bool = False) -> Parameter:
    """A parameter of `VALUES`, whose value for the province may change at a year's end."""
    unit, values = VALUES[name]
    turn = date(2021, 12, 31)
    everywhere = [ParameterValue(values[0], SINCE, turn if changes else None, SOURCE)]
    if changes:
        everywhere.append(ParameterValue(values[-1], turn + timedelta(days=1), None, SOURCE))
    xian = [ParameterValue(value, SINCE, None, SOURCE, "6101") for value in values[1:2]]
    return Parameter(name, Text(name, name), unit, [*everywhere, *xian])


__all__ = [
    "SINCE",
    "SOURCE",
    "VALUES",
    "asking",
    "pack_of",
    "packs",
    "parameter_of",
    "rule_of",
    "rules",
]
