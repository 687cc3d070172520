"""One table on its way through the checks: rows with a fault are set aside and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import Any

import attrs
import narwhals as nw
import polars as pl

from antipoverty._base.driver import MOST_BROUGHT
from antipoverty._base.frames import (
    as_lazy,
    beside,
    few,
    is_far,
    is_polars,
    joined,
    materialize,
    not_among,
    to_polars,
)
from antipoverty._base.hashes import RowsOfEach, may_repeat, odd_counts, repeated, rows_of_each
from antipoverty._base.held import rows_held
from antipoverty._base.mixed import OTHER_TYPE
from antipoverty._base.suspects import RowsOf, suspects
from antipoverty._screening.faults import (
    Fault,
    cleaned,
    counted_years,
    faults_of,
    household_id_faults,
    id_faults,
    is_amount,
    oddities,
    with_codes,
)
from antipoverty._screening.money import Amounts, doubts, fen_each
from antipoverty._screening.tables import HOUSEHOLDS
from antipoverty._screening.unseen import MOST_UNPLACED, Unplaced
from antipoverty.codes import Level
from antipoverty.model import MAX_ROWS_PER_HOUSEHOLD, Field, TableSchema

_THEIRS = "_theirs"


@attrs.define
class Waiting:
    """All rows of a table that passed, while those of suspects alone are looked at.

    Attributes:
        rows: The rows.
        gone: The households of the rows set aside meanwhile.
    """

    rows: nw.LazyFrame[Any]
    gone: list[pl.DataFrame] = attrs.Factory(list)

    def left(self) -> nw.LazyFrame[Any]:
        """The rows without those of households of which one was set aside.

        The household goes with its row, and all its rows with the household.
        """
        if not self.gone:
            return self.rows
        ids = pl.concat(self.gone).unique()
        gone = few(beside(self.rows, ids), ids.height)
        return joined(self.rows, gone, ["household_id"], "anti")


@attrs.define
class TableCheck:
    """One table on its way through the checks.

    Attributes:
        name: The table's.
        schema: What its columns must hold.
        key: The field that names a row's household.
        good: The rows that passed so far.
        whole: All rows of the population, of which these may be a part.
        as_of: The day of the answer.
        units: How many fen the unit of each column of amounts is, by path.
        plausible: The bounds that the pack holds for columns of amounts.
        rows: How many rows came.
        aside: How many were set aside.
        counts: In how many rows each fault was found.
        noted: In how many rows each oddity was found.
        listings: The rows set aside, by fault.
        spoilt: The households of the rows set aside, by fault.
        nameless: The rows that name no household that came.
        strays: Their ids, as they came.
        lost: The rows set aside that name a household, as far as they can be read, with the ids.
        refused: The columns that were refused as a whole.
        apart: Whether hashes tell the ids of the good rows apart.
        marks: The hashes of the ids of the rows that were good when none was there twice.
        counts_by_home: How many of the good rows each household has, where Polars has looked at
            that.
        odd: The good households of which another number of rows came than they state, or that
            state none, with ``area`` and ``_rows``; where households state it.
        waiting: While ``good`` has the rows of suspects alone, all that passed before.
    """

    name: str
    schema: TableSchema
    key: Field
    good: nw.LazyFrame[Any]
    whole: nw.LazyFrame[Any]
    as_of: date
    units: Mapping[str, int]
    plausible: Mapping[str, Mapping[str, Fraction]]
    rows: int = 0
    aside: int = 0
    counts: dict[tuple[str, str, str], int] = attrs.Factory(dict)
    noted: dict[tuple[str, str, str], int] = attrs.Factory(dict)
    listings: list[nw.LazyFrame[Any]] = attrs.Factory(list)
    spoilt: list[nw.LazyFrame[Any]] = attrs.Factory(list)
    nameless: list[nw.LazyFrame[Any]] = attrs.Factory(list)
    strays: list[nw.LazyFrame[Any]] = attrs.Factory(list)
    lost: list[tuple[nw.LazyFrame[Any], nw.LazyFrame[Any]]] = attrs.Factory(list)
    refused: set[str] = attrs.Factory(set)
    apart: bool = False
    marks: pl.Series | None = None
    counts_by_home: RowsOfEach | None = None
    odd: nw.LazyFrame[Any] | None = attrs.field(init=False, default=None)
    waiting: Waiting | None = attrs.field(init=False, default=None)

    def listed(self, rows: nw.LazyFrame[Any], reason: str, field: str) -> nw.LazyFrame[Any]:
        """Name rows, with the fault they have."""
        names = self.schema.key if self.schema.key in rows.collect_schema() else "household_id"
        return rows.select(
            nw.lit(self.name).alias("table"),
            nw.col(names).cast(nw.String).alias("row_id"),
            nw.lit(reason).alias("reason"),
            nw.lit(field).alias("field"),
        )

    def drop_faulty(self, more: Iterable[Fault] = ()) -> None:
        """Set aside the rows in which some fault is found, and read the others as the model."""
        dtypes, every = self.good.collect_schema(), self.whole is self.good
        self.good = frame = with_codes(self.good, "household_id")
        coded = frame.collect_schema() != dtypes
        fields = {one.name: one for one in (self.key, *self.schema.fields.values())}
        came = (one for one in fields.values() if one.name in dtypes and not one.about.derive)
        known = [one for one in came if not one.about.personal]
        each = {one.name: fen_each(self.units, one) for one in known}
        faults = [f for one in known for f in faults_of(one, dtypes[one.name], each[one.name])]
        faults += [
            Fault("wrong-type", one.name, nw.col(one.name + OTHER_TYPE))
            for one in known
            if one.name + OTHER_TYPE in dtypes
        ]
        named = household_id_faults if self.name == HOUSEHOLDS else id_faults
        faults += [*named("household_id", dtypes["household_id"], coded=coded), *more]
        odd = oddities(self.schema, dtypes, self.as_of)
        doubted = [
            doubt
            for one in known
            if self.plausible.get(one.name) and is_amount(one, dtypes[one.name])
            for doubt in doubts(
                one,
                Amounts.of(one, dtypes[one.name], each[one.name]),
                self.plausible[one.name],
                dtypes,
            )
        ]
        tests = {f"_{i}": one.found for i, one in enumerate((*faults, *odd))}
        of_columns = {
            f"{name}_{i}": what
            for i, doubt in enumerate(doubted)
            for name, what in (("_odd", doubt.odd), ("_known", doubt.known))
        }
        if of_columns and not every:
            row = rows_held(self.whole, {}, of_columns) | rows_held(frame, tests)
        else:
            row = rows_held(frame, tests, of_columns)
        self.rows = row["_rows"]
        self.noted = {
            (self.name, one.reason, one.field): row[f"_{i}"]
            for i, one in enumerate(odd, len(faults))
            if row[f"_{i}"]
        }
        read = [cleaned(one, dtypes[one.name], each[one.name]) for one in known]
        found = [(fault, row[f"_{i}"]) for i, fault in enumerate(faults) if row[f"_{i}"]]
        for i, doubt in enumerate(doubted):
            number = row[f"_odd_{i}"]
            if not doubt.holds(number, row[f"_known_{i}"]):
                continue
            if doubt.refused:
                given = ~nw.col(doubt.field).is_null()
                found.append((Fault(doubt.reason, doubt.field, given, column=given), number))
            elif not any(
                fault.field == doubt.field and fault.column is not None for fault, _ in found
            ):
                self.noted[self.name, doubt.reason, doubt.field] = number
        found = self._closer(found)
        for fault, count in found:
            about = (self.name, fault.reason, fault.field)
            self.counts[about] = self.counts.get(about, 0) + count
            self.listings.append(self.listed(frame.filter(fault.found), fault.reason, fault.field))
        if found:
            bad = reduce(or_, (fault.found for fault, _ in found)).fill_null(value=False)
            dropped = frame.filter(bad)
            gone = int(to_polars(dropped.select(nw.len())).item())
            self.aside += gone
            theirs = materialize(dropped.select(cleaned(self.key, dtypes[self.key.name])))
            self.spoilt.append(few(theirs, gone))
            frame = frame.filter(~bad)
            if self.name != HOUSEHOLDS:
                self._lose(dropped, [fault for fault, _ in found], known, dtypes)
        self.good = self._with_years(frame.select(*read))

    def _with_years(self, rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        years = counted_years(self.schema, rows.collect_schema().names(), self.as_of)
        return rows.with_columns(**years) if years else rows

    def _lose(
        self,
        dropped: nw.LazyFrame[Any],
        faults: Sequence[Fault],
        known: Sequence[Field],
        dtypes: Any,
    ) -> None:
        """Keep rows set aside as far as they can be read, those that name no household apart."""
        cells, named = [], None
        for field in known:
            bad = [one.found for one in faults if one.field == field.name]
            cell = cleaned(field, dtypes[field.name], fen_each(self.units, field))
            if bad:
                good = ~reduce(or_, bad).fill_null(value=False)
                cell = nw.when(good).then(cell).alias(field.name)
                named = good if field.name == "household_id" else named
            cells.append(cell)
        if named is not None:
            theirs = dropped.filter(~named)
            self.nameless.append(self._with_years(theirs.select(*cells)))
            self.strays.append(theirs.select(nw.col("household_id").cast(nw.String)))
            dropped = dropped.filter(named)
        self.lost.append((self.spoilt[-1], self._with_years(dropped.select(*cells))))

    def _closer(self, found: list[tuple[Fault, int]]) -> list[tuple[Fault, int]]:
        """Look a second time where a test asks for it, and count what is found then."""
        kept: list[tuple[Fault, int]] = []
        for fault, count in found:
            if fault.column is not None:
                whole = attrs.evolve(fault, found=fault.column)
                rows = to_polars(self.good.filter(whole.found).select(nw.len())).item()
                kept.append((whole, int(rows)))
                self.refused.add(fault.field)
                continue
            if fault.closer is None:
                kept.append((fault, count))
                continue
            odd = self.good.filter(fault.found)
            again = fault.closer(odd)
            if not again:
                continue
            held = rows_held(odd, {f"_{i}": one.found for i, one in enumerate(again)})
            kept += ((one, held[f"_{i}"]) for i, one in enumerate(again))
        return [(fault, count) for fault, count in kept if count]

    def look_at(self, rows: pl.DataFrame) -> None:
        """Go on with some rows in memory, since all others of their households are good."""
        self.waiting, self.good = Waiting(self.good), as_lazy(rows)
        self.spoilt = [as_lazy(to_polars(one)) for one in self.spoilt]
        self.lost = [(as_lazy(to_polars(ids)), lost) for ids, lost in self.lost]

    def rejoin(self) -> None:
        """Go on with all good rows, after some were looked at."""
        if self.waiting is None:
            return
        self.good, self.waiting = self.waiting.left(), None
        self.apart = False  # of the suspects alone it is known
        self.listings = [
            beside(self.good, to_polars(one)) if is_polars(one) else one for one in self.listings
        ]
        if self.odd is not None:
            self.odd = as_lazy(to_polars(self.odd))

    def drop_repeated(self, homes: pl.Series | None = None) -> None:
        """Set aside rows that have one id.

        Args:
            homes: The hashes of the households' ids, where they are apart.
        """
        columns = list(dict.fromkeys(("household_id", self.schema.key)))
        if self.schema.key in self.good.collect_schema():
            found = repeated(self.good, columns, homes)
            counts, good = found.counts, self.rows - self.aside
            if counts is not None and counts.rows.sum() == good:  # each row has both ids
                self.counts_by_home = counts
            self.apart, self.marks = found.apart, found.marks
            self._drop(found.rows, columns, "duplicate-id", self.schema.key)

    def drop_too_many(self) -> None:
        """Set aside the rows of a household that has more than sums are made for."""
        if is_polars(self.good):
            most: Any = self._by_home().rows.max()
            if (most or 0) <= MAX_ROWS_PER_HOUSEHOLD:
                return
        elif not may_repeat(self.good, "household_id", MAX_ROWS_PER_HOUSEHOLD):
            return
        counts = self.good.group_by("household_id").agg(nw.len().alias("_rows"))
        many = materialize(counts.filter(nw.col("_rows") > MAX_ROWS_PER_HOUSEHOLD))
        self._drop(many, ["household_id"], "too-many-rows", "household_id")

    def _by_home(self) -> RowsOfEach:
        """How many of the good rows each household has, counted once; Polars computes them."""
        if self.counts_by_home is None:
            self.counts_by_home = rows_of_each(self.good, "household_id")
        return self.counts_by_home

    @property
    def whole_by_home(self) -> RowsOfEach | None:
        """How many of all rows that came each household has, where that is known."""
        return None if self.aside or self.waiting is not None else self.counts_by_home

    def drop_spoilt(self, keys: nw.LazyFrame[Any], table: str) -> None:
        """Set aside the households that have a bad row in a child table."""
        households = joined(self.good.select("household_id"), keys, ["household_id"], "semi")
        counts = materialize(households.with_columns(nw.lit(1).alias("_rows")))
        self._drop(counts, ["household_id"], "bad-rows", table)

    def drop_namesakes(self, keys: nw.LazyFrame[Any]) -> None:
        """Set aside the rows that have the id of one that was set aside."""
        same = joined(self.good.select("household_id"), keys, ["household_id"], "semi")
        counts = same.group_by("household_id").agg(nw.len().alias("_rows"))
        self._drop(materialize(counts), ["household_id"], "duplicate-id", "household_id")

    def drop_orphans(self, households: nw.LazyFrame[Any], *, apart: bool) -> None:
        """Set aside the rows whose household is not among the good ones.

        Args:
            households: The good ones.
            apart: Whether hashes tell their ids apart.
        """
        strays = self._strays(households, apart=apart)
        self._drop(strays, ["household_id"], "orphan", "household_id")

    def keep_nobodys(self, given: nw.LazyFrame[Any]) -> None:
        """Of all rows set aside, for whatever fault, keep those that may be any household's.

        Args:
            given: The households that came; a row that names none of them is nobody's.
        """
        key, lost = "household_id", self.lost
        if self.waiting is not None and self.waiting.gone:
            lost = [*lost, (as_lazy(pl.concat(self.waiting.gone)), self.waiting.rows)]
        if not lost:
            return
        ids = nw.concat([named.select(key) for named, _ in lost], how="vertical")
        came = given.select(nw.col(key).cast(nw.String)).unique()
        nobody = not_among(ids.drop_nulls().unique(), came, key)
        count = to_polars(nobody.select(nw.len())).item()
        if not count:
            return
        self.strays.append(nobody)
        for _, rows in lost:
            theirs = nobody
            if is_polars(nobody) and not is_polars(rows):
                theirs = few(beside(rows, to_polars(nobody)), int(count))
            self.nameless.append(materialize(joined(rows, theirs, [key], "semi")))

    def _strays(self, households: nw.LazyFrame[Any], *, apart: bool) -> nw.LazyFrame[Any]:
        """The ids that no household has, and in ``_rows`` how many rows have each.

        Where households state how many rows they have, ``odd`` then has those of which another
        number came, or that state none.
        """
        roster, key = self.schema.roster, "household_id"
        briefly = apart and is_polars(self.good) and is_polars(households)
        if roster is None:
            if briefly:
                homes = households.select(key)
                return odd_counts(homes, self.good, key, None, self._by_home())[1]
            far = not_among(self.good.select(key), households, key)
            return materialize(far.group_by(key).agg(nw.len().alias("_rows")))
        if roster.name not in households.collect_schema():
            households = households.with_columns(nw.lit(None, nw.Int64).alias(roster.name))
        homes = households.select(key, "area", roster.name)
        if briefly:
            self.odd, strays = odd_counts(homes, self.good, key, roster.name, self._by_home())
            return strays
        counts = self.good.group_by(key).agg(nw.len().cast(nw.Int64).alias("_rows"))
        mine, theirs = nw.col(key), nw.col(_THEIRS)
        equal = (nw.col(roster.name) == nw.col("_rows")).fill_null(value=False)
        counts = counts.rename({key: _THEIRS})
        both = homes.join(counts, left_on=key, right_on=_THEIRS, how="full")
        odd = materialize(both.filter(~equal))
        self.odd = odd.filter(~mine.is_null()).drop(_THEIRS)
        return odd.filter(mine.is_null()).select(theirs.alias(key), "_rows")

    def stray_ids(self) -> tuple[nw.LazyFrame[Any], ...]:
        """The ids of the rows without a household, as they came; null where there is none.

        Those that a cluster holds stay there; all others are in memory.
        """
        each = (one.unique() for one in self.strays)
        return tuple(one if is_far(one) else as_lazy(to_polars(one)) for one in each)

    def unplaced(self, villages: Callable[[], pl.Series]) -> Unplaced:
        """Give the rows without a household, with the village that their id names, if any.

        From a cluster no more come than are looked at one by one; of more it counts them.
        """
        rows = [
            to_polars(one.head(MOST_UNPLACED + 1) if is_far(one) else one) for one in self.nameless
        ]
        columns = [one for one in self.good.collect_schema() if one != "household_id"]
        found = pl.concat(rows) if rows else pl.DataFrame(schema={"household_id": pl.String()})
        if not found.height:
            nothing = {one: pl.Null() for one in columns}
            return Unplaced.of(pl.DataFrame(schema={**nothing, "_scope": pl.String()}))
        village = pl.col("household_id").str.slice(0, Level.VILLAGE.digits)
        scope = pl.when(village.is_in(villages().implode())).then(village).otherwise(pl.lit(""))
        known = found.with_columns(scope.alias("_scope")).select(*columns, "_scope")
        far = any(map(is_far, self.nameless))
        if not far or known.height <= MOST_UNPLACED:
            return Unplaced.of(known)
        counts = pl.concat([_by_scope(one, villages()) for one in self.nameless])
        return Unplaced.of(known, counts.group_by("_scope").agg(pl.col("rows").sum()))

    def _drop(
        self, counts: nw.LazyFrame[Any], columns: Sequence[str], reason: str, field: str
    ) -> None:
        """Set aside the rows that share some values with a small frame of counts."""
        count = to_polars(counts.select(nw.col("_rows").sum())).item()
        if count:
            keys = few(counts.select(*columns), int(count))
            bad = joined(self.good, keys, columns, "semi")
            self.aside += int(count)
            about = (self.name, reason, field)
            self.counts[about] = self.counts.get(about, 0) + int(count)
            self.listings.append(self.listed(bad, reason, field))
            self.spoilt.append(keys.select("household_id"))
            self.good = joined(self.good, keys, columns, "anti")
            self.counts_by_home = None
            if self.waiting is None:
                self.lost.append((self.spoilt[-1], bad))
            else:
                self.waiting.gone.append(to_polars(self.spoilt[-1]))


def _by_scope(rows: nw.LazyFrame[Any], villages: pl.Series) -> pl.DataFrame:
    """Count rows by the village that their id names, if any, where they are."""
    known = pl.DataFrame({"_scope": villages}).with_columns(pl.col("_scope").alias("_known"))
    scope = nw.col("household_id").str.slice(0, Level.VILLAGE.digits).alias("_scope")
    both = rows.select(scope).join(beside(rows, known), on="_scope", how="left")
    named = both.select(nw.col("_known").fill_null("").alias("_scope"))
    return to_polars(named.group_by("_scope").agg(nw.len().cast(nw.Int64).alias("rows")))


def look_at_suspects(
    households: TableCheck, children: Sequence[TableCheck]
) -> nw.LazyFrame[Any] | None:
    """Let tables go on with the rows of households in which something may be at odds.

    An engine that plans finds them in one pass; few of the rows come into memory.

    Returns:
        The ids of the households that came, as far as such rows name one; ``None`` where all
        rows have to be looked at.
    """
    every = (households, *children)
    if sum(one.aside for one in every) > MOST_BROUGHT:
        return None
    rows = [
        RowsOf(
            one.good,
            one.schema.key if one.schema.key in one.good.collect_schema() else None,
            None if one.schema.roster is None else one.schema.roster.name,
            MAX_ROWS_PER_HOUSEHOLD,
        )
        for one in children
    ]
    bad = [ids for one in every for ids in one.spoilt]
    found = suspects(households.good, rows, bad, "household_id", ["area"])
    if found is None:
        return None
    for one, some in zip(every, found, strict=True):
        one.look_at(some)
    came = [found[0].select("household_id"), *(to_polars(one) for one in households.spoilt)]
    return as_lazy(pl.concat(came).drop_nulls().unique())


__all__ = ["TableCheck", "look_at_suspects"]
