"""Which rows a screening set aside, and why: as plain data, and for people."""

from __future__ import annotations

from typing import Any

from antipoverty.cli._language import chosen, said
from antipoverty.cli._tables import print_table
from antipoverty.rules import Pack, fact_label
from antipoverty.screening import HOUSEHOLDS, REASONS, Screening


def set_aside(screening: Screening[Any]) -> list[dict[str, Any]]:
    """How many rows were set aside, by table, reason and field, as plain data."""
    return [
        {"table": table, "reason": reason, "field": field, "rows": rows}
        for (table, reason, field), rows in sorted(screening.rejected_counts.items())
    ]


def show_set_aside(screening: Screening[Any]) -> None:
    """Print how many rows were set aside, by table, reason and field."""
    print_table(
        "rows set aside",
        ("table", "reason", "field", "rows"),
        (
            (
                in_words(screening.pack, one["table"]),
                chosen(*REASONS[one["reason"]], between="\n"),
                in_words(screening.pack, one["table"], one["field"]),
                one["rows"],
            )
            for one in set_aside(screening)
        ),
        total=(said("total"), "", "", sum(screening.rows_set_aside.values())),
    )


def in_words(pack: Pack, table: str, field: str = "") -> str:
    """A table or a field in Chinese, and under it as the columns name it."""
    owner = pack.schema.table(None if table == HOUSEHOLDS else table)
    if not field:
        return chosen(owner.zh, table, between="\n")
    path = field if table == HOUSEHOLDS or field not in owner.fields else f"{table}.{field}"
    return chosen(fact_label(pack, path, "zh").rpartition("的")[2], field, between="\n")
