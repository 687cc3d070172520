"""A column that never came is named once, not as one missing fact of every household.

Where a column has not one value, no keeper's visit is the way to it: whoever holds the
data has to deliver the column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import narwhals as nw

from antipoverty._base.frames import to_polars
from antipoverty._screening.tables import HOUSEHOLDS
from antipoverty.conditions import Language
from antipoverty.rules import Pack, fact_label

_FIRST = 1_000
"""A column that came has a value in so many rows, nearly always: then the others are not read."""


@attrs.frozen
class Waiting:
    """A column without any value, and how many answers wait for it.

    Attributes:
        field: The column, by its path, such as ``members.age``.
        answers: How many undecided answers name it.
        label: What it is called, in Chinese and in English.
    """

    field: str
    answers: int
    label: tuple[str, str]

    def said(self, language: Language) -> str:
        """Say it in a line."""
        if language == "zh":
            return f"数据中没有{self.label[0]}（{self.field}）：{self.answers:,} 项结论待其核实"
        return f"your tables have no `{self.field}`: {self.answers:,} answers wait for it"

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain data, with the line in both languages."""
        return {
            "field": self.field,
            "answers": self.answers,
            "zh": self.said("zh"),
            "en": self.said("en"),
        }


def waiting(
    facts: nw.LazyFrame[Any], tables: Mapping[str, nw.LazyFrame[Any]], pack: Pack
) -> tuple[Waiting, ...]:
    """Find the columns without any value that answers wait for, the most awaited first.

    Args:
        facts: The facts that would settle the undecided answers, in the column ``fact``.
        tables: The rows that were judged.
        pack: Its model says what the columns are called.
    """
    counted = to_polars(facts.group_by("fact").agg(nw.len().alias("answers"))).rows()
    asked: dict[str, dict[str, int]] = {}
    for path, answers in counted:
        table, _, name = path.rpartition(".")
        owner = pack.schema.tables.get(table) if table else pack.schema.household
        if owner is not None and name in owner.fields:
            asked.setdefault(table or HOUSEHOLDS, {})[name] = answers
    found: list[Waiting] = []
    for table, answers_of in asked.items():
        frame = tables[table]
        names = [name for name in answers_of if name in frame.collect_schema()]
        for name in _empty(frame, _empty(frame.head(_FIRST), names)):
            path = name if table == HOUSEHOLDS else f"{table}.{name}"
            label = (fact_label(pack, path, "zh"), fact_label(pack, path, "en"))
            found.append(Waiting(path, answers_of[name], label))
    return tuple(sorted(found, key=lambda one: (-one.answers, one.field)))


def _empty(rows: nw.LazyFrame[Any], names: Sequence[str]) -> list[str]:
    """The columns without any value, where there is a row."""
    if not names:
        return []
    known = [(~nw.col(name).is_null()).cast(nw.Int64).sum().alias(name) for name in names]
    row = to_polars(rows.select(nw.len().alias("_rows"), *known)).row(0, named=True)
    return [name for name in names if row["_rows"] and not row[name]]


__all__ = ["Waiting", "waiting"]
