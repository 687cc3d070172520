"""What only shows when tables lie side by side: rosters, rows that are the same, days, areas.

Rows of a household that is not there, ids that stand twice and areas that are none are no part
of a table: the report of every row lists them. Each finding says how many of how many, and up
to three households, whose ids are opaque.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import attrs
import polars as pl

from antipoverty._base.frozen import Frozen
from antipoverty._base.opaque import names_a_person
from antipoverty._base.provenance import Text
from antipoverty._intake.mapping import HOUSEHOLDS
from antipoverty.model import AreaTree, Kind, Schema, TableSchema
from antipoverty.screening import Tables

SHOWN = 3
FIRST_DAY = date(1900, 1, 1)
FINDINGS: Mapping[str, Text] = Frozen(
    {
        "roster-short": Text("成员行数少于户籍人口", "fewer member rows than the size says"),
        "roster-long": Text("成员行数多于户籍人口", "more member rows than the size says"),
        "size-missing": Text("户籍人口未知", "the size is not known"),
        "double-row": Text("编号不同、内容全同的行", "rows that differ by nothing but their id"),
        "day-to-come": Text("日期在判定日之后", "days after the day of the answer"),
        "day-too-old": Text("日期早于1900年", "days before 1900"),
        "area-ended": Text("判定日已撤并的村", "areas that had ended on the day of the answer"),
        "stale": Text("交付的数据已旧", "a delivery that has grown old"),
        "no-delivery": Text("没有写明交付的范围和日期", "no delivery stated: kinds, area and days"),
    }
)
"""Every kind of finding, in both languages."""
_NOTES = ("size-missing", "no-delivery", "area-ended")
"""Findings that are worth knowing and no reason to stop."""


@attrs.frozen
class Finding:
    """Something that does not fit together.

    Attributes:
        kind: One of `FINDINGS`.
        table: The table, or the source of a delivery.
        field: The column, if it is about one.
        count: How many rows or households.
        of: Of how many.
        examples: Up to three of the households.
        more: What else there is to say, such as days.
    """

    kind: str
    table: str
    field: str | None
    count: int
    of: int
    examples: tuple[str, ...] = ()
    more: str = ""

    @property
    def note(self) -> bool:
        """Whether it is no more than a note."""
        return self.kind in _NOTES


def check_tables(
    tables: Tables[pl.DataFrame],
    schema: Schema,
    *,
    as_of: date | None = None,
    areas: AreaTree | None = None,
) -> tuple[Finding, ...]:
    """Look for what does not fit together.

    Args:
        tables: The tables.
        schema: What their columns mean.
        as_of: The day of the answer; without it no day is too late.
        areas: The known areas; without them no area has ended.
    """
    households = tables[HOUSEHOLDS]
    found: list[Finding] = []
    if "members" in tables:
        found += _rosters(households, tables["members"])
    for name in tables:
        table = schema.household if name == HOUSEHOLDS else schema.tables[name]
        if name != HOUSEHOLDS:
            found += _same_rows(name, tables[name], table)
        found += _days(name, tables[name], table, as_of)
    if areas is not None and as_of is not None:
        found += _ended(households, areas, as_of)
    return tuple(found)


def _finding(
    kind: str, table: str, field: str | None, wrong: pl.DataFrame, of: int, **more: str
) -> Iterator[Finding]:
    if wrong.height:
        ids = wrong["household_id"].drop_nulls().unique(maintain_order=True).head(3 * SHOWN)
        shown = tuple(one for one in ids if not names_a_person(one))[:SHOWN]
        yield Finding(kind, table, field, wrong.height, of, shown, **more)


def _rosters(households: pl.DataFrame, members: pl.DataFrame) -> Iterator[Finding]:
    """Rosters (成员名册) against sizes (户籍人口)."""
    rows = members.group_by("household_id").len("rows")
    both = households.select("household_id", "size").join(rows, on="household_id", how="left")
    rows_, size = pl.col("rows").fill_null(0), pl.col("size")
    for kind, wrong in (
        ("roster-short", rows_ < size),
        ("roster-long", rows_ > size),
        ("size-missing", size.is_null()),
    ):
        yield from _finding(kind, "members", None, both.filter(wrong), households.height)


def _same_rows(name: str, rows: pl.DataFrame, table: TableSchema) -> Iterator[Finding]:
    """Rows of a dated table that differ by nothing but their id, as of a file sent twice."""
    if table.day is not None:
        content = [one for one in rows.columns if one != table.key]
        again = rows.filter(pl.struct(content).is_duplicated())
        yield from _finding("double-row", name, None, again, rows.height)


def _days(
    name: str, rows: pl.DataFrame, table: TableSchema, as_of: date | None
) -> Iterator[Finding]:
    for field in table.fields.values():
        if field.kind is not Kind.DATE or field.name not in rows.columns:
            continue
        if as_of is not None:
            late = rows.filter(pl.col(field.name) > as_of)
            yield from _finding("day-to-come", name, field.name, late, rows.height)
        old = rows.filter(pl.col(field.name) < FIRST_DAY)
        yield from _finding("day-too-old", name, field.name, old, rows.height)


def _ended(households: pl.DataFrame, areas: AreaTree, as_of: date) -> Iterator[Finding]:
    """Villages that are merged or renamed by the day; their households are still judged."""
    villages = households.with_columns(pl.col("area").str.head(12).alias("_village"))
    known = [one for one in villages["_village"].drop_nulls().unique() if one in areas]
    ended = sorted(one for one in known if not areas[one].on(as_of))
    gone = villages.filter(pl.col("_village").is_in(ended))
    yield from _finding("area-ended", HOUSEHOLDS, "area", gone, households.height)
