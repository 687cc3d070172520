"""The list of what was handed over: as a frame, against the tables, and who owes what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import reduce
from operator import add
from typing import Any, TypeAlias

import narwhals as nw
import polars as pl
from dateutil.relativedelta import relativedelta
from pydantic import ValidationError

from antipoverty._base.days import days
from antipoverty._base.frames import (
    CAME,
    as_lazy,
    in_brief,
    materialize,
    readable,
    tallied,
    to_polars,
    with_homes,
)
from antipoverty._base.hashes import RowsOfEach, spread
from antipoverty.conditions.unseen import undelivered_until
from antipoverty.errors import InvalidArgumentError, MissingColumnError, phrase, phrases
from antipoverty.model import Delivery, Schema, TableSchema
from antipoverty.rules import Pack

COLUMNS = {
    "department": pl.String(),
    "kind": pl.String(),
    "area": pl.String(),
    "first": pl.Date(),
    "last": pl.Date(),
    "received": pl.Date(),
    "rows": pl.Int64(),
    "digest": pl.String(),
}
"""The columns of the list: a line for each kind of a delivery."""

_NEEDED = ("department", "kind", "area", "last")


def deliveries_of(given: Iterable[Delivery] | Any) -> tuple[Delivery, ...]:
    """Read a list of deliveries, or a frame with a line for each kind of one.

    Raises:
        MissingColumnError: The frame lacks a column.
        InvalidArgumentError: Some lines cannot be read; all are named.
    """
    if isinstance(given, Iterable) and not hasattr(given, "columns"):
        listed = tuple(given)
        if all(isinstance(one, Delivery) for one in listed):
            return listed
        raise InvalidArgumentError("deliveries are a list of Delivery, or a frame of them")
    frame = to_polars(as_lazy(given))
    lacking = [name for name in _NEEDED if name not in frame.columns]
    if lacking:
        raise MissingColumnError(
            "the deliveries lack the columns {lacking}; they have one line for each kind handed "
            "over, with {needed}",
            lacking=", ".join(lacking),
            needed=", ".join(_NEEDED),
        )
    found: list[Delivery] = []
    problems: list[str] = []
    for number, line in enumerate(frame.to_dicts(), start=1):
        facts = {name: line[name] for name in COLUMNS if line.get(name) is not None}
        kind = facts.pop("kind", None)
        try:
            found.append(Delivery(**facts, kinds=() if kind is None else (kind,)))
        except ValidationError as problem:
            wrong = sorted({str(one["loc"][0]) for one in problem.errors() if one["loc"]})
            problems.append(
                phrase("line {number} ({wrong})", number=number, wrong=", ".join(wrong) or "days")
            )
    if problems:
        raise InvalidArgumentError(
            "these deliveries cannot be read: {problems}; a line is a word for the department and "
            "the kind, a code for the area, and two days in order",
            problems=phrases(problems),
        )
    return tuple(found)


def held_whole(
    deliveries: Sequence[Delivery],
    schemas: Iterable[TableSchema],
    tables: Mapping[str, nw.LazyFrame[Any]],
    homes: nw.LazyFrame[Any],
    in_order: Mapping[str, RowsOfEach | None],
) -> tuple[tuple[Delivery, ...], frozenset[str]]:
    """Find the deliveries of which tables hold fewer rows than they say they have.

    Args:
        deliveries: Those that were handed over.
        schemas: The child tables'.
        tables: Their rows as they came, those that will be set aside among them: a bad row is
            there all the same, and one without a household or a day may be of any delivery.
        homes: Where each household is that came, once: ``household_id, area``.
        in_order: Of tables of Polars, how many rows each of these has, counted in their order.

    Returns:
        The deliveries, and the tables in which each row was seen to be of a household of
        ``homes``.
    """
    lost: list[Delivery] = []
    placed: set[str] = set()
    for schema in schemas:
        rows = tables[str(schema.name)]
        stated = [one for one in deliveries if one.rows is not None and _is_of(one, schema, rows)]
        if not stated:
            continue
        came, possible, loose, named = _counted(
            stated, schema, rows, homes, in_order.get(str(schema.name))
        )
        placed |= {str(schema.name)} if named else set()
        lacking = {
            number: (one.rows or 0) - came.get(number, 0)
            for number, one in enumerate(stated)
            if (one.rows or 0) > came.get(number, 0)
        }
        lost += (
            stated[number]
            for number in lacking
            if possible.get(number, 0) < (stated[number].rows or 0)
            or _contested(number, stated, lacking, loose)
        )
    return tuple(lost), frozenset(placed)


def with_rows(
    deliveries: Iterable[Delivery], pack_schema: Schema, tables: Mapping[str, Any]
) -> tuple[Delivery, ...]:
    """Say of deliveries how many rows the tables hold of each, so that a later loss is seen.

    Args:
        deliveries: Those that came whole, and are the only ones of their rows.
        pack_schema: The model's.
        tables: The tables as they were just made.
    """
    listed = list(deliveries)
    homes = one_place(as_lazy(tables["households"]))
    for schema in pack_schema.tables.values():
        rows = as_lazy(tables[str(schema.name)]) if schema.name in tables else None
        mine = [] if rows is None else [one for one in listed if _is_of(one, schema, rows)]
        if mine and rows is not None:
            came, *_ = _counted(mine, schema, rows, homes)
            counts = {id(one): came.get(number, 0) for number, one in enumerate(mine)}
            listed = [
                one.model_copy(update={"rows": counts[id(one)]}) if id(one) in counts else one
                for one in listed
            ]
    return tuple(listed)


_Counts: TypeAlias = Mapping[Any, int]
_BEFORE = -1
"""The number of the spell before all days that some delivery begins with, or ends before."""


def one_place(homes: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The area of each household that came, once, whatever is wrong with its row."""
    text = nw.String
    places = homes.select(nw.col("household_id").cast(text), nw.col("area").cast(text))
    return places.group_by("household_id").agg(nw.col("area").min())


def _counted(
    stated: Sequence[Delivery],
    schema: TableSchema,
    rows: nw.LazyFrame[Any],
    homes: nw.LazyFrame[Any],
    each: RowsOfEach | None = None,
) -> tuple[_Counts, _Counts, _Counts, bool]:
    """Count the rows that are of each delivery, those that may be, and the loose by kind.

    The last answer is whether each row names a household that is there.

    Days are counted by the spells between the first and last days of deliveries: within one,
    every day is of the same deliveries. There are few, so that grouping is cheap.
    """
    text, dtypes = nw.String, rows.collect_schema()
    edges = sorted(
        {one.first for one in stated if one.first is not None}
        | {one.last + timedelta(days=1) for one in stated}
    )
    spell = nw.lit(None, dtype=nw.Int64)
    if schema.day is not None and isinstance(dtypes.get(schema.day), nw.Date | nw.Datetime):
        day = nw.col(schema.day).cast(nw.Date)
        later = [(day >= nw.lit(edge)).cast(nw.Int64) for edge in edges]
        spell = reduce(add, later) + _BEFORE
    sort = nw.lit(str(schema.name)) if schema.sort is None else nw.col(schema.sort).cast(text)
    codes = {f"_first_{n}": n for n in sorted({len(one.area) for one in stated})}
    firsts = [nw.col("area").str.slice(0, n).alias(name) for name, n in codes.items()]
    places = in_brief(homes.select("household_id", *firsts), codes, rows)
    asked = rows.select(nw.col("household_id").cast(text), sort.alias("kind"), spell.alias("spell"))
    asked = in_brief(asked, ["kind"], rows)
    by = ("kind", "spell", *codes)
    of_rows = spread(places.drop("household_id"), each)
    if of_rows is None:
        asked = with_homes(asked, places, "household_id")
        counted = to_polars(materialize(tallied(asked, (*by, CAME), "came")))
    else:
        native: Any = asked.drop("household_id").to_native()
        both = pl.concat([native, of_rows], how="horizontal").group_by(by)
        with readable():
            counted = both.agg(pl.len().alias("came")).collect(engine="streaming")
        counted = counted.with_columns(pl.lit(value=True).alias(CAME))
    numbers = {edge: number for number, edge in enumerate(edges)}
    listed = pl.DataFrame(
        [
            (
                *(number, kind, kind, one.area, len(one.area)),
                _BEFORE if one.first is None else numbers[one.first],
                numbers[one.last + timedelta(days=1)],
            )
            for number, one in enumerate(stated)
            for kind in one.kinds
        ],
        schema={
            "number": pl.Int64(),
            "name": pl.String(),
            "kind": pl.String(),
            "code": pl.String(),
            "digits": pl.Int64(),
            "first": pl.Int64(),
            "after": pl.Int64(),
        },
        orient="row",
    )
    listed = to_polars(in_brief(as_lazy(listed), ["kind", "code"], rows))
    somewhere = pl.col(next(iter(codes))).is_not_null()
    found = [counted.filter(~somewhere).join(listed, on="kind")]
    for name, digits in codes.items():
        some = listed.filter(pl.col("digits") == digits)
        placed = counted.filter(somewhere)
        found.append(placed.join(some, left_on=["kind", name], right_on=["kind", "code"]))
    dated = schema.day is not None
    inside = (pl.col("spell") >= pl.col("first")).fill_null(value=True)
    inside &= (pl.col("spell") < pl.col("after")).fill_null(value=True)
    sure = somewhere & (pl.col("spell").is_not_null() | pl.lit(not dated))
    sums = pl.concat(
        one.select("number", *codes, "spell", "first", "after", "came") for one in found
    )
    sums = sums.filter(inside)
    possible, came = (
        dict(one.group_by("number").agg(pl.col("came").sum()).iter_rows())
        for one in (sums, sums.filter(sure))
    )
    kinds = listed.select("name", "kind").unique()
    loose = counted.filter(~sure).join(kinds, on="kind").group_by("name").agg(pl.col("came").sum())
    return came, possible, dict(loose.iter_rows()), bool(counted[CAME].all())


def _contested(
    number: int,
    stated: Sequence[Delivery],
    lacking: Mapping[int, int],
    loose: Mapping[str, int],
) -> bool:
    """Tell whether more rows lack than came without a household or a day.

    Such a row may be of any delivery of its kind, so it can stand for a row that lacks only
    where there are as many as lack in all deliveries that share a kind.
    """
    kinds, rivals = set(stated[number].kinds), {number}
    while more := {n for n in lacking if n not in rivals and kinds & set(stated[n].kinds)}:
        rivals |= more
        kinds |= {kind for n in more for kind in stated[n].kinds}
    return sum(lacking[n] for n in rivals) > sum(loose.get(kind, 0) for kind in kinds)


def _is_of(delivery: Delivery, schema: TableSchema, rows: nw.LazyFrame[Any]) -> bool:
    if schema.sort is None:
        return schema.name in delivery.kinds
    return schema.sort in rows.collect_schema()


def as_frame(deliveries: Iterable[Delivery]) -> pl.DataFrame:
    """Write deliveries as a frame, a line for each kind."""
    lines = [
        {**one.model_dump(exclude={"kinds"}), "kind": kind}
        for one in deliveries
        for kind in one.kinds
    ]
    return pl.DataFrame(lines, schema=COLUMNS)


GAPS = {
    "department": pl.String(),
    "kind": pl.String(),
    "area": pl.String(),
    "delivered_until": pl.Date(),
    "lacking_until": pl.Date(),
    "days_lacking": pl.Int64(),
    "days_asked": pl.Int64(),
    "every": pl.String(),
    "owed_until": pl.Date(),
    "days_late": pl.Int64(),
}
"""The columns of what `delivery_gaps` gives."""


@days
def delivery_gaps(
    deliveries: Iterable[Delivery],
    pack: Pack,
    areas: Iterable[str],
    *,
    as_of: date,
    months: int = 12,
) -> pl.DataFrame:
    """Say who has not delivered what (筛查预警职责清单): the kinds of a pack, area by area.

    Args:
        deliveries: What was handed over. One for a part of an area counts for that part alone.
        pack: Its kinds, each of a department, are what must come.
        areas: The codes to ask about, such as all counties or villages.
        as_of: The day a screening is for; days before it must be covered.
        months: How many months before it.

    Returns:
        A line for each kind and area of which some day lacks: ``department, kind, area``, the
        last day that was delivered, the last that was not, how many days lack and of how many.
        Where the pack says how often a kind is owed (`RecordKind.every`), also that, the last
        day of the last whole period, and how many of the days up to it lack: what is late. Days
        of a period that still runs lack, and are not late.
    """
    listed = tuple(deliveries)
    first = as_of - relativedelta(months=months)
    asked = (as_of - first).days
    lines = []
    for area in sorted(set(areas)):
        for kind in pack.kinds.values():
            covering = [one for one in listed if one.covers(kind.id, area)]
            days = {
                day
                for one in covering
                for day in range(
                    max(one.first or date.min, first).toordinal(),
                    min(one.last, as_of - timedelta(days=1)).toordinal() + 1,
                )
            }
            until = undelivered_until(covering, kind.id, area, as_of - timedelta(days=1))
            if len(days) < asked:
                last = date.fromordinal(max(days)) if days else None
                owed = kind.owed_until(as_of)
                due = () if owed is None else range(first.toordinal(), owed.toordinal() + 1)
                lines.append(
                    (
                        *(kind.department, kind.id, area, last, until, asked - len(days), asked),
                        *(kind.every and kind.every.value, owed),
                        None if owed is None else len(due) - len(days.intersection(due)),
                    )
                )
    return pl.DataFrame(lines, schema=GAPS, orient="row").sort("department", "kind", "area")


__all__ = [
    "COLUMNS",
    "as_frame",
    "deliveries_of",
    "delivery_gaps",
    "held_whole",
    "one_place",
    "with_rows",
]
