"""Which rows a screening set aside or found odd, and why: as plain data, and for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from antipoverty.cli._language import chosen, said
from antipoverty.cli._tables import print_table
from antipoverty.rules import Pack, fact_label
from antipoverty.screening import HOUSEHOLDS, NOTES, REASONS, Screening


def set_aside(screening: Screening[Any]) -> list[dict[str, Any]]:
    """How many rows were set aside, by table, reason and field, as plain data."""
    return _as_data(screening.rejected_counts)


def noted(screening: Screening[Any]) -> list[dict[str, Any]]:
    """How many odd rows were judged all the same, by table, oddity and field, as plain data."""
    return _as_data(screening.noted)


def show_set_aside(screening: Screening[Any]) -> None:
    """Print how many rows were set aside, by table, reason and field."""
    print_table(
        "rows set aside",
        ("table", "reason", "field", "rows"),
        _in_words(screening.pack, set_aside(screening), REASONS),
        total=(said("total"), "", "", sum(screening.rows_set_aside.values())),
    )


def show_noted(screening: Screening[Any]) -> None:
    """Print how many odd rows were judged all the same, by table, oddity and field, if any."""
    if screening.noted:
        print_table(
            "odd rows, judged all the same",
            ("table", "oddity", "field", "rows"),
            _in_words(screening.pack, noted(screening), NOTES),
        )


def _as_data(counts: Mapping[tuple[str, str, str], int]) -> list[dict[str, Any]]:
    return [
        {"table": table, "reason": reason, "field": field, "rows": rows}
        for (table, reason, field), rows in sorted(counts.items())
    ]


def _in_words(
    pack: Pack, counted: Sequence[Mapping[str, Any]], reasons: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[str, str, str, int]]:
    """The cells of each row, its codes in the words that people read."""
    for one in counted:
        table, field = one["table"], one["field"]
        reason = chosen(*reasons[one["reason"]], between="\n")
        yield in_words(pack, table), reason, in_words(pack, table, field), one["rows"]


def in_words(pack: Pack, table: str, field: str = "") -> str:
    """A table or a field in Chinese, and under it as the columns name it."""
    owner = pack.schema.table(None if table == HOUSEHOLDS else table)
    if not field:
        return chosen(owner.zh, table, between="\n")
    path = field if table == HOUSEHOLDS or field not in owner.fields else f"{table}.{field}"
    return chosen(fact_label(pack, path, "zh").rpartition("的")[2], field, between="\n")
