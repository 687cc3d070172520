"""Cases as TOML: one base household, and for each case only what is different of it.

`antipoverty.testing.cases.read_cases` reads the text back into the same cases.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from antipoverty.errors import InvalidArgumentError
from antipoverty.model import Household, Money, TableSchema, schema_of
from antipoverty.testing._search.told import in_both
from antipoverty.testing.cases import Case


def written(cases: Sequence[Case], bases: Sequence[Household], comments: Iterable[str]) -> str:
    """Write cases as a file.

    Args:
        cases: The cases.
        bases: The households they differ from; the first becomes the file's.
        comments: What stands at the head of the file.

    Raises:
        InvalidArgumentError: There are no cases, or their households are of several models.
    """
    if not cases or not bases:
        raise InvalidArgumentError("there is no case to write")
    if len({type(household) for household in (*(case.household for case in cases), *bases)}) > 1:
        raise InvalidArgumentError("one file holds cases of one model; write a file for each")
    base, day = bases[0], cases[0].as_of
    facts = {name: value for name, value in _facts(base).items() if name != "household_id"}
    lines = [f"# {line}" for comment in comments for line in comment.splitlines()]
    lines += [f"as_of = {day}", "", "[base.household]", *_lines(facts)]
    for name, rows in _tables(base).items():
        for row in rows:
            lines += ["", f"[[base.{name}]]", *_lines(row)]
    for case in cases:
        lines += ["", "[[cases]]", *_lines(_head(case, day)), *_stated(case)]
        lines += _differences(case.household, base)
    return "\n".join(lines) + "\n"


def shown(household: Household) -> list[str]:
    """Write one household as the lines of a case, each known fact said before them."""
    lines = [f"# {one}" for one in in_both(household)]
    facts = {name: one for name, one in _facts(household).items() if name != "household_id"}
    lines.append(f"household = {_inline(facts)}")
    for name, rows in _tables(household).items():
        if rows:
            lines.append(f"{name} = [{', '.join(map(_inline, rows))}]")
    return lines


_KEPT = "存为案例目录里的一个文件 keep this as a file in the folder of cases"


def as_case(case: Case) -> str:
    """Write a case as a file of its own, in which the base has no other fact."""
    base = type(case.household).model_validate(
        {"household_id": "base", "area": case.household.area}
    )
    return written([case], [base], (_KEPT, *in_both(case.household)))


def _head(case: Case, day: date) -> dict[str, Any]:
    head: dict[str, Any] = {"rule": case.rule, "name": case.name}
    head |= {"side": case.side, "expect": case.answer}
    return head if case.as_of == day else head | {"as_of": case.as_of}


def _stated(case: Case) -> list[str]:
    """What a case states besides: an amount in its unit, and tiers."""
    lines: list[str] = []
    if case.amount is not None:
        low, high = (_toml(exactly(end)) for end in case.amount)
        lines.append(f"amount = {low if low == high else f'{{ low = {low}, high = {high} }}'}")
    if case.tiers:
        told = {name: one[0] if len(one) == 1 else list(one) for name, one in case.tiers.items()}
        listed = (f"{name} = {json.dumps(one)}" for name, one in told.items())
        lines.append(f"tiers = {{ {', '.join(listed)} }}")
    return lines


def exactly(number: Fraction) -> str:
    """A number as decimals where it has two or fewer, else as a fraction."""
    cents = number * 100
    if cents.denominator != 1:
        return str(number)
    return f"{cents.numerator // 100}.{cents.numerator % 100:02d}".removesuffix(".00")


def _differences(household: Household, base: Household) -> list[str]:
    mine, plain = _facts(household), _facts(base)
    changed = {name: value for name, value in mine.items() if plain.get(name) != value}
    changed.pop("household_id", None)
    missing = [name for name in plain if name not in mine]
    lines = [f"household = {_inline(changed)}"] if changed else []
    lines += [f"missing = {json.dumps(missing)}"] if missing else []
    others = _tables(base)
    for name, rows in _tables(household).items():
        if rows != others[name]:
            lines.append(f"{name} = [{', '.join(map(_inline, rows))}]")
    return lines


def _tables(household: Household) -> Mapping[str, list[dict[str, Any]]]:
    """The rows of each child table, without their keys, which the reader gives anew."""
    found = {}
    for name, table in schema_of(type(household)).tables.items():
        rows = [_known(row, table) for row in getattr(household, name) or ()]
        found[name] = [{k: v for k, v in row.items() if k != table.key} for row in rows]
    return found


def _facts(household: Household) -> dict[str, Any]:
    return _known(household, schema_of(type(household)).household)


def _known(row: Any, table: TableSchema) -> dict[str, Any]:
    """What is known and not personal, amounts as yuan text."""
    values = {
        name: getattr(row, name) for name, field in table.fields.items() if not field.about.personal
    }
    return {
        name: _yuan(value) if table.fields[name].about.unit.money else value
        for name, value in values.items()
        if value is not None
    }


def _yuan(fen: int) -> str:
    """An amount as yuan text, the fen only where there are some."""
    return str(Money(fen)).removesuffix(".00")


def _lines(facts: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {_toml(value)}" for name, value in facts.items()]


def _inline(facts: Mapping[str, Any]) -> str:
    return f"{{ {', '.join(_lines(facts))} }}" if facts else "{}"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | int):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)
