"""An invented household in words: only what is known of it, amounts in yuan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from antipoverty.conditions import quantity
from antipoverty.model import Field, Household, Kind, Money, Row, TableSchema, schema_of


def told(household: Household) -> list[str]:
    """Tell what is known of a household: its own facts first, then each row, equal ones once."""
    schema = schema_of(type(household))
    facts = _facts(household, schema.household, _fact)
    lines = [", ".join(facts) or "nothing is known"]
    for name, table in schema.tables.items():
        for known, count in _rows(household, name, table, _fact, ", "):
            times = f" ({count} rows)" if count > 1 else ""
            lines.append(f"{name}{times}: {known or 'nothing is known'}")
    return lines


def in_both(household: Household) -> list[str]:
    """Tell what is known in the policy's words and units, Chinese and English, a fact a line."""
    schema = schema_of(type(household))
    lines = _facts(household, schema.household, _said)
    for name, table in schema.tables.items():
        for said, count in _rows(household, name, table, _said, "；"):
            times = f" × {count}" if count > 1 else ""
            lines.append(f"{table.zh} {table.en}{times}：{said or '不详 nothing is known'}")
    return lines or ["不详 nothing is known"]


_Say = Callable[[Field, object], str]


def _facts(row: Row, table: TableSchema, say: _Say) -> list[str]:
    """Tell each fact of a row that is known."""
    return [say(field, getattr(row, name)) for name, field in _known(row, table)]


def _rows(
    household: Household, name: str, table: TableSchema, say: _Say, between: str
) -> Iterable[tuple[str, int]]:
    """Tell the rows of a child table, and how many are alike."""
    rows = (between.join(_facts(row, table, say)) for row in getattr(household, name) or ())
    return Counter(rows).items()


def _said(field: Field, value: object) -> str:
    about = field.about
    if value is False and about.no is not None:
        return " ".join(about.no)
    if value is True:
        return f"{about.zh} {about.en}"
    zh, en = (quantity(value, about.unit, one, about.choices or None) for one in ("zh", "en"))
    return f"{about.zh} {about.en} {zh}" + (f" / {en}" if en != zh else "")


def _known(row: Row, table: TableSchema) -> Iterator[tuple[str, Field]]:
    for name, field in table.fields.items():
        if getattr(row, name) is not None and name not in (table.key, "area"):
            yield name, field


def _fact(field: Field, value: object) -> str:
    if field.kind is Kind.FLAG:
        return field.name if value else f"not {field.name}"
    if isinstance(value, int) and field.kind is Kind.NUMBER and field.about.unit.scale == 100:
        return f"{field.name} {Money(value)} yuan"
    return f"{field.name} {value}"


__all__ = ["in_both", "told"]
