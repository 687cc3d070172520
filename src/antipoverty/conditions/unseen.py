"""The rows of a household as they are held, with those that did not come.

Rows are known to be all there are only where something says so. A *roster* is a fact of the
household that states the number of rows: where fewer came, the others are rows of which
nothing is known; where more came, none of them is sure to belong. *Deliveries* say what was
looked for: where none covers a sort of row, there may be any number of rows of that sort. And
a row that came without its household may be that of any household of the place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import attrs

from antipoverty.conditions.setting import Setting
from antipoverty.model import MAX_ROWS_PER_HOUSEHOLD, Delivery, TableSchema

OTHER_SORT = ""
"""Stands for every sort of row that no rule names."""


@attrs.frozen
class HeldRow:
    """A row as it is held.

    Attributes:
        row: Its facts.
        there: ``None`` where it may or may not be a row of the household.
        times: For how many rows alike it stands.
        until: The last day it can have, where its day is not known.
        missing: The fact that would settle it, where it did not come with its household.
        came: Whether it came at all.
    """

    row: Any
    there: bool | None = True
    times: int = 1
    until: date | None = None
    missing: str | None = None
    came: bool = True


class _Blank:
    """A row of which nothing is known but perhaps its sort."""

    def __init__(self, table: TableSchema, sort: str | None = None) -> None:
        self.__dict__.update(dict.fromkeys(table.fields))
        if table.sort is not None:
            self.__dict__[table.sort] = sort


def held_rows(table: TableSchema, household: Any, setting: Setting) -> Iterator[HeldRow]:
    """Give the rows of a child table, and those that did not come.

    Args:
        table: The child table's schema.
        household: An object with the household's facts as attributes, child tables as tuples.
        setting: The day, the sorts of row that the rules know, and rows without a household.
    """
    name = str(table.name)
    rows = getattr(household, name)
    deliveries = getattr(household, "deliveries", None)
    if table.roster is not None:
        stated = getattr(household, table.roster.name, None)
        there = None if stated is not None and len(rows) > stated else True
        for row in rows:
            yield HeldRow(row, there, missing=None if there else name)
        if stated is None:
            if deliveries is not None or not rows or setting.unplaced.get(name):
                most = max((table.roster.about.high or 0) - len(rows), 0)
                yield HeldRow(_Blank(table), None, most, missing=name, came=False)
        elif len(rows) < stated:
            lacking = stated - len(rows)
            yield HeldRow(_Blank(table), times=lacking, missing=name, came=False)
    else:
        yield from map(HeldRow, rows)
        if deliveries is not None:
            yield from _undelivered(table, household, setting)
        for row in setting.unplaced.get(name, ()):
            times = row.times if isinstance(row, HeldRow) else 1
            held = row.row if isinstance(row, HeldRow) else row
            yield HeldRow(held, None, times, missing=name, came=False)


def _undelivered(table: TableSchema, household: Any, setting: Setting) -> Iterator[HeldRow]:
    """Give a row for each sort that nobody has looked for on some day before ``as_of``."""
    name, last = str(table.name), setting.as_of - timedelta(days=1)
    sorts = (name,) if table.sort is None else setting.kinds.get(name, (OTHER_SORT,))
    for sort in sorts:
        covering = [one for one in household.deliveries if one.covers(sort, household.area)]
        if table.day is None and covering:
            continue
        until = undelivered_until(covering, sort, household.area, last)
        if until is None:
            continue
        blank = _Blank(table, None if table.sort is None else sort)
        missing = name if table.sort is None else f"{name}[{sort}]"
        yield HeldRow(blank, None, MAX_ROWS_PER_HOUSEHOLD, until, missing, came=False)


def undelivered_until(
    deliveries: Iterable[Delivery], kind: str, area: str, last: date
) -> date | None:
    """Give the last day, up to some day, on which nobody has looked for a kind in a place.

    ``None`` when all of the past is covered.
    """
    spells = sorted(
        ((one.last, one.first or date.min) for one in deliveries if one.covers(kind, area)),
        reverse=True,
    )
    day = last
    for end, first in spells:
        if first <= day <= end:
            if first == date.min:
                return None
            day = first - timedelta(days=1)
    return day


__all__ = ["OTHER_SORT", "HeldRow", "held_rows", "undelivered_until"]
