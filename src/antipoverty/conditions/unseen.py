"""The rows of a household as they are held, with those that did not come.

Rows are known to be all there are only where something says so. A *roster* is a fact of the
household that states the number of rows: where fewer came, the others are rows of which
nothing is known; where more came, none of them is sure to belong. *Deliveries* say what was
looked for: where none covers a sort of row, there may be any number of rows of that sort. And
a row that came without its household may be that of any household of the place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
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
        since: The first day it can have, where its day is not known and there is one.
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
    since: date | None = None


class Grouped:
    """A household with some rows of one child table in the place of all."""

    def __init__(self, household: Any, table: str, rows: tuple[HeldRow, ...]) -> None:
        self.household, self.table, self.held = household, table, rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self.household, name)


class Blank:
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
    if isinstance(household, Grouped) and household.table == name:
        yield from household.held
        return
    rows = getattr(household, name)
    deliveries = getattr(household, "deliveries", None)
    if table.roster is not None:
        stated = getattr(household, table.roster.name, None)
        there = None if stated is not None and len(rows) > stated else True
        for row in rows:
            yield HeldRow(row, there, missing=None if there else name)
        if stated is None:
            most = (table.roster.about.high or 0) - len(rows)
            doubtful = deliveries is not None or not rows or setting.unplaced.get(name)
            if doubtful and most > 0:
                yield HeldRow(Blank(table), None, most, missing=name, came=False)
        elif len(rows) < stated:
            lacking = stated - len(rows)
            yield HeldRow(Blank(table), times=lacking, missing=name, came=False)
    else:
        yield from map(HeldRow, rows)
        if deliveries is not None:
            yield from _undelivered(table, household, setting)
        for row in setting.unplaced.get(name, ()):
            times = row.times if isinstance(row, HeldRow) else 1
            held = row.row if isinstance(row, HeldRow) else row
            yield HeldRow(held, None, times, missing=name, came=False)


def _undelivered(table: TableSchema, household: Any, setting: Setting) -> Iterator[HeldRow]:
    """Give a row for each sort and spell of days in which nobody has looked for it."""
    sorts = setting.kinds.get(str(table.name), (OTHER_SORT,))
    handed, area = household.deliveries, household.area
    for sort, since, until, missing in undelivered(table, sorts, handed, area, setting.as_of):
        blank = Blank(table, sort)
        most = MAX_ROWS_PER_HOUSEHOLD
        yield HeldRow(blank, None, most, until, missing, came=False, since=since)


def undelivered(
    table: TableSchema,
    sorts: Iterable[str],
    deliveries: Collection[Delivery],
    area: str,
    as_of: date,
) -> Iterator[tuple[str, date | None, date, str]]:
    """List the sorts of row that nobody has looked for on some days before ``as_of``.

    Args:
        table: The child table; one whose rows have no sort is delivered by its name.
        sorts: The sorts of row there are.
        deliveries: What was handed over.
        area: The village or group.
        as_of: The day of the answer.

    Yields:
        The sort, the first and the last day of each spell in which nobody has looked, the
        latest spell first, and the fact that is missing.
    """
    name, last = str(table.name), as_of - timedelta(days=1)
    for sort in (name,) if table.sort is None else sorts:
        if table.day is None and any(one.covers(sort, area) for one in deliveries):
            continue
        for since, until in undelivered_spells(deliveries, sort, area, last):
            yield sort, since, until, name if table.sort is None else f"{name}[{sort}]"


def undelivered_spells(
    deliveries: Iterable[Delivery], kind: str, area: str, last: date
) -> Iterator[tuple[date | None, date]]:
    """Give the spells, up to some day, in which nobody has looked for a kind in a place.

    The latest comes first; the earliest may have no first day.
    """
    spells = sorted(
        ((one.last, one.first or date.min) for one in deliveries if one.covers(kind, area)),
        reverse=True,
    )
    day = last
    for end, first in spells:
        if end < day:
            yield end + timedelta(days=1), day
            day = end
        if first <= day:
            if first == date.min:
                return
            day = first - timedelta(days=1)
    yield None, day


def undelivered_until(
    deliveries: Iterable[Delivery], kind: str, area: str, last: date
) -> date | None:
    """Give the last day, up to some day, on which nobody has looked for a kind in a place.

    ``None`` when all of the past is covered.
    """
    return next((until for _, until in undelivered_spells(deliveries, kind, area, last)), None)


__all__ = [
    "OTHER_SORT",
    "Blank",
    "Grouped",
    "HeldRow",
    "held_rows",
    "undelivered",
    "undelivered_spells",
    "undelivered_until",
]
