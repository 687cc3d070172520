"""An invented household in the policy's words: only what is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from antipoverty.conditions import quantity
from antipoverty.model import Field, Household, Row, TableSchema, schema_of


def in_both(household: Household) -> list[str]:
    """Tell what is known in the policy's words and units, Chinese and English, a fact a line."""
    schema = schema_of(type(household))
    lines = _facts(household, schema.household)
    for name, table in schema.tables.items():
        rows = Counter("；".join(_facts(one, table)) for one in getattr(household, name) or ())
        for said, count in rows.items():
            times = f" × {count}" if count > 1 else ""
            lines.append(f"{table.zh} {table.en}{times}：{said or '不详 nothing is known'}")
    return lines or ["不详 nothing is known"]


def _facts(row: Row, table: TableSchema) -> list[str]:
    """Tell each fact of a row that is known."""
    return [_said(field, getattr(row, name)) for name, field in _known(row, table)]


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


__all__ = ["in_both"]
