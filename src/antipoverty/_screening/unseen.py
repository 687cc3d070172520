"""The rows of child tables that did not come, for all households at once.

It is what `conditions.unseen` says of one household, as frames: rows of which nothing or
little is known, of a household whose roster is short, or of every household of a place
where nobody has looked for a sort of row or where rows came without their household.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from sys import maxunicode
from types import SimpleNamespace
from typing import Any

import attrs
import narwhals as nw
import polars as pl

from antipoverty._base.frames import POLARS, beside, is_polars, joined, materialize, to_polars
from antipoverty.codes import Level
from antipoverty.conditions.unseen import HeldRow, undelivered
from antipoverty.engines.folds import MISSING, SINCE, THERE, TIMES, UNTIL, Unseen
from antipoverty.model import MAX_ROWS_PER_HOUSEHOLD, Delivery, TableSchema
from antipoverty.rules import InForce

PLACE = "_place"
"""The column that numbers the places that unseen rows are of."""

MOST_UNPLACED = 10_000
"""So many rows without a household are looked at one by one; of more only that they are there."""

_MARKS = {
    THERE: pl.Boolean(),
    TIMES: pl.Int64(),
    SINCE: pl.Date(),
    UNTIL: pl.Date(),
    MISSING: pl.String(),
}


@attrs.frozen
class Roster:
    """How the rows that came compare with the number that households state (名册).

    Attributes:
        short: Households of which fewer rows came.
        lacking: How many rows lack in them.
        surplus: Households of which more rows came.
        unknown: Households that state no number and of which it is not known otherwise.
    """

    short: int = 0
    lacking: int = 0
    surplus: int = 0
    unknown: int = 0

    def __bool__(self) -> bool:
        return bool(self.short or self.surplus or self.unknown)


@attrs.frozen
class Unplaced:
    """Rows that came without a household that is known.

    Attributes:
        rows: The rows, with the village that their id names in ``_scope``, empty where it names
            none; of a cluster's some, where there are more than `MOST_UNPLACED`.
        scopes: How many there are in all, by village: ``_scope, rows``.
    """

    rows: pl.DataFrame
    scopes: pl.DataFrame

    @classmethod
    def of(cls, rows: pl.DataFrame, scopes: pl.DataFrame | None = None) -> Unplaced:
        """Take rows, which are all there are unless it is said how many there are."""
        if scopes is None:
            scopes = rows.group_by("_scope").agg(pl.len().cast(pl.Int64).alias("rows"))
        return cls(rows, scopes.sort("_scope"))

    def __bool__(self) -> bool:
        return bool(self.rows.height)

    @property
    def many(self) -> bool:
        """Whether it is only looked at that they are there."""
        return self.rows.height > MOST_UNPLACED


@attrs.frozen
class UnseenRows:
    """What did not come of a child table.

    Attributes:
        about: What compiling a rule has to know of it; ``None`` where no rule can tell.
        roster: How the rows compare with what households state.
        unplaced: The rows that came without a household that is known.
        by_household: Rows of single households.
        surplus: The households of which more rows came than they state; their rows are in
            ``by_household``.
        loose: Rows that each household of a place may have, by ``_place``, and which places an area
            is of: ``area, _place``; each area is of one at least.
    """

    about: Unseen | None
    roster: Roster
    unplaced: Unplaced
    by_household: nw.LazyFrame[Any] | None = None
    surplus: nw.LazyFrame[Any] | None = None
    loose: tuple[pl.DataFrame, pl.DataFrame] | None = None

    def rows_of(self, area: str) -> tuple[Any, ...]:
        """The rows without a household that may be those of one in an area."""
        came = self.unplaced.rows
        if self.unplaced.many:
            nothing = SimpleNamespace(**dict.fromkeys(came.columns))
            return (HeldRow(nothing, None, MAX_ROWS_PER_HOUSEHOLD, came=False),)
        mine = (row for row in came.to_dicts() if area.startswith(row["_scope"]))
        return tuple(SimpleNamespace(**row) for row in mine)


def abouts(unseen: Mapping[str, UnseenRows]) -> dict[str, Unseen]:
    """What compiling has to know of the rows that did not come, by table."""
    return {name: one.about for name, one in unseen.items() if one.about is not None}


def unseen_rows(
    schema: TableSchema,
    rows: nw.LazyFrame[Any],
    odd: nw.LazyFrame[Any] | None,
    unplaced: Unplaced,
    lived_in: Callable[[], pl.Series],
    current: InForce,
    deliveries: Sequence[Delivery] | None,
) -> UnseenRows | None:
    """Find what did not come of a child table; ``None`` where all did.

    Args:
        schema: The table's.
        rows: Its good rows.
        odd: Where households state how many they have, those that have another number or state
            none, with how many each has in ``_rows``.
        unplaced: The rows without a household that is known.
        lived_in: The areas of good households, each once.
        current: The rules in force, which say what sorts of row there are.
        deliveries: What was handed over; ``None`` where the caller vouches for the tables.
    """
    if odd is not None:
        return _by_roster(schema, rows, odd, unplaced, deliveries)
    return _by_place(schema, rows, unplaced, lived_in, current, deliveries)


# --- rosters ----------------------------------------------------------------------


def _by_roster(
    schema: TableSchema,
    rows: nw.LazyFrame[Any],
    odd: nw.LazyFrame[Any],
    unplaced: Unplaced,
    deliveries: Sequence[Delivery] | None,
) -> UnseenRows | None:
    assert schema.roster is not None  # noqa: S101 - asked before
    name, size, came = str(schema.name), nw.col(schema.roster.name), nw.col("_rows")
    both = odd.with_columns(came.fill_null(0))
    doubtful = came == 0
    if deliveries is not None or "" in unplaced.scopes["_scope"]:
        doubtful = nw.lit(True)  # noqa: FBT003 - a value, not an option
    elif unplaced:
        doubtful = doubtful | nw.col("area").str.slice(0, Level.VILLAGE.digits).is_in(
            unplaced.scopes["_scope"].to_list()
        )
    unknown = size.is_null() & doubtful
    short, over = came < size, came > size
    both = materialize(both.filter(short | over | unknown))
    lacking = nw.when(short).then(size - came).otherwise(0)
    sums = {"short": short, "surplus": over, "unknown": unknown, "lacking": lacking}
    counts = to_polars(
        both.select(*(what.cast(nw.Int64).sum().alias(key) for key, what in sums.items()))
    ).row(0, named=True)
    roster = Roster(**{key: int(number or 0) for key, number in counts.items()})
    if not roster:
        return UnseenRows(None, roster, unplaced) if unplaced else None
    if is_polars(both) and not is_polars(rows):
        both = beside(rows, to_polars(both))
    most = schema.roster.about.high or 0
    times = nw.when(unknown).then(nw.max_horizontal(nw.lit(most) - came, nw.lit(0)))
    types = rows.collect_schema()
    ghosts = both.filter(short | unknown).select(
        "household_id",
        *(nw.lit(None, dtype=types[one]).alias(one) for one in types if one != "household_id"),
        nw.when(~unknown).then(nw.lit(True)).alias(THERE),  # noqa: FBT003
        times.otherwise(lacking).cast(nw.Int64).alias(TIMES),
        nw.lit(None, dtype=nw.Date).alias(SINCE),
        nw.lit(None, dtype=nw.Date).alias(UNTIL),
        nw.lit(name).alias(MISSING),
    )
    surplus = None
    if roster.surplus:
        surplus = materialize(both.filter(over).select("household_id"))
        ghosts = nw.concat(
            [ghosts, _marked(joined(rows, surplus, ["household_id"], "semi"), name)],
            how="vertical",
        )
    about = Unseen((name,), most + MAX_ROWS_PER_HOUSEHOLD)
    return UnseenRows(about, roster, unplaced, materialize(ghosts), surplus)


def _marked(rows: nw.LazyFrame[Any], missing: str) -> nw.LazyFrame[Any]:
    """Rows of which it is not sure whose they are."""
    return rows.with_columns(
        nw.lit(None, dtype=nw.Boolean).alias(THERE),
        nw.lit(1, dtype=nw.Int64).alias(TIMES),
        nw.lit(None, dtype=nw.Date).alias(SINCE),
        nw.lit(None, dtype=nw.Date).alias(UNTIL),
        nw.lit(missing).alias(MISSING),
    )


# --- deliveries, and rows without a household ---------------------------------------


def _by_place(
    schema: TableSchema,
    rows: nw.LazyFrame[Any],
    unplaced: Unplaced,
    lived_in: Callable[[], pl.Series],
    current: InForce,
    deliveries: Sequence[Delivery] | None,
) -> UnseenRows | None:
    if deliveries is None and not unplaced:
        return None
    name, sorts = str(schema.name), current.kinds.get(str(schema.name), ())
    loose: list[dict[str, Any]] = []
    columns = {c: _polars_type(schema, c) for c in rows.collect_schema() if c != "household_id"}
    facts: dict[str, None] = {}
    lacking = 0
    by_code: dict[str, list[Delivery]] = {}
    for one in deliveries or ():
        by_code.setdefault(one.area, []).append(one)
    lengths = sorted({len(code) for code in by_code})
    code = pl.col("area")
    first = code.str.slice(0, max(lengths, default=0)).alias("first")
    areas = pl.DataFrame({"area": lived_in().sort()}).with_columns(first)
    places: dict[tuple[str, ...], int] = {}
    numbers: dict[str, int] = {}
    for start, area in areas.group_by("first").agg(code.min()).sort("first").iter_rows():
        key = tuple(start[:n] for n in lengths if start[:n] in by_code)
        new, number = key not in places, places.setdefault(key, len(places))
        numbers[start] = number
        if new and deliveries is not None:
            mine = [one for code in key for one in by_code[code]]
            found = list(undelivered(schema, sorts, mine, area, current.day))
            lacking = max(lacking, len(found))
            for sort, since, until, missing in found:
                facts[missing] = None
                row = {
                    PLACE: number,
                    TIMES: MAX_ROWS_PER_HOUSEHOLD,
                    SINCE: since,
                    UNTIL: until,
                    MISSING: missing,
                }
                loose.append(row | ({} if schema.sort is None else {schema.sort: sort}))
    of_first = pl.DataFrame(
        list(numbers.items()), schema={"first": pl.String(), PLACE: pl.Int64()}, orient="row"
    )
    placed = [areas.join(of_first, on="first").select("area", PLACE)]
    looked_at, times = unplaced.rows, 1
    if unplaced.many:
        times = MAX_ROWS_PER_HOUSEHOLD
        blank = pl.DataFrame([dict.fromkeys(columns)], schema=columns)
        looked_at = blank.with_columns(pl.lit("").alias("_scope"))
    scopes, listed = looked_at.group_by("_scope", maintain_order=True), areas["area"].to_list()
    for number, ((scope,), some) in enumerate(scopes, len(places)):
        facts[name] = None
        begins, ends = (bisect_left(listed, f"{scope}{last}") for last in ("", chr(maxunicode)))
        inside = areas[begins:ends]
        if inside.height:
            placed.append(inside.select("area", pl.lit(number, pl.Int64()).alias(PLACE)))
            marks = {PLACE: number, TIMES: times, MISSING: name}
            loose += [{**row, **marks} for row in some.drop("_scope").to_dicts()]
    if not loose:
        return UnseenRows(None, Roster(), unplaced) if unplaced else None
    made = pl.DataFrame(loose, schema={**columns, PLACE: pl.Int64(), **_MARKS})
    most = MAX_ROWS_PER_HOUSEHOLD * lacking + looked_at.height * times
    about = Unseen(tuple(facts), most)
    return UnseenRows(about, Roster(), unplaced, loose=(made, pl.concat(placed)))


def _polars_type(schema: TableSchema, column: str) -> pl.DataType:
    field = schema.fields.get(column)
    return pl.String() if field is None else POLARS[field.kind.value]


__all__ = ["MOST_UNPLACED", "PLACE", "Roster", "Unplaced", "UnseenRows", "abouts", "unseen_rows"]
