"""Bad rows are set aside with their reason and counted; the others go on.

A row with several faults is listed once for each. A household is judged on all of its
rows or not at all, because an answer that leaves a bad row out could read as clear: a
household with a bad row of members or records is set aside, and rows whose household is
absent or was set aside go with it, as orphans.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import Any, Generic

import attrs
import narwhals as nw
import polars as pl

from antipoverty._base.frames import OTHER_TYPE, in_zone, joined, materialize, repeated, to_polars
from antipoverty._base.frozen import Frozen
from antipoverty._policy.succession import following
from antipoverty._screening.deliveries import held_whole
from antipoverty._screening.faults import (
    Fault,
    area_faults,
    cleaned,
    counted_years,
    faults_of,
    household_id_faults,
    id_faults,
    is_amount,
    oddities,
)
from antipoverty._screening.money import Amounts, bounds_of, check_paths, doubts, fen_each
from antipoverty._screening.near_ids import NearIds, near_ids
from antipoverty._screening.tables import HOUSEHOLDS, F, Tables
from antipoverty._screening.unseen import UnseenRows, unseen_rows
from antipoverty.codes import Level
from antipoverty.conditions import fields_read, tables_read
from antipoverty.errors import MissingColumnError, MissingTableError, UnsupportedFrameError
from antipoverty.model import MAX_ROWS_PER_HOUSEHOLD, AreaTree, Delivery, Field, Kind, TableSchema
from antipoverty.rules import Pack


@attrs.frozen
class Checked(Generic[F]):
    """The good rows, in the types of the model, and what was set aside.

    Attributes:
        kind: The kind of frame that came in.
        tables: The good rows by table, with only the columns the model knows.
        rejected: One row for each fault: ``table, row_id, reason, field``.
        counts: How many rows each fault was found in: ``(table, reason, field)``.
        rows: How many rows came in, by table.
        aside: How many of them were set aside, by table; each row counts once.
        noted: In how many rows that came something is odd that no row is set aside for:
            ``(table, reason, field)``.
        near_ids: Ids of tables that are a household's but for the way they are written.
        unseen: What did not come of each child table that the rules read.
        deliveries: What was handed over; ``None`` where the caller vouches for the tables.
        lost: The deliveries of which the tables hold fewer rows than they say they have;
            they cover nothing.
    """

    kind: str
    tables: Mapping[str, nw.LazyFrame[Any]]
    rejected: nw.LazyFrame[Any]
    counts: Mapping[tuple[str, str, str], int]
    rows: Mapping[str, int]
    aside: Mapping[str, int]
    noted: Mapping[tuple[str, str, str], int]
    near_ids: tuple[NearIds, ...]
    unseen: Mapping[str, UnseenRows] = Frozen()
    deliveries: tuple[Delivery, ...] | None = None
    lost: tuple[Delivery, ...] = ()


def check(
    tables: Tables[F], pack: Pack, *, as_of: date, areas: AreaTree | None = None
) -> Checked[F]:
    """Check every row of every table the pack's model knows.

    `screen` does this by itself; who screens the same tables several times checks them
    once and hands the result to `screen`.

    Args:
        tables: The tables as they came.
        pack: Its model says what the columns must hold, its rules which must be there.
        as_of: The day whose rules will be asked.
        areas: The known areas, with the successors of codes that ended; without them only
            the form of a code is checked.

    Raises:
        MissingTableError: A rule reads a table that is not there.
        MissingColumnError: A rule reads a column that is not there.
    """
    frames = tables.lazy()
    schemas = {HOUSEHOLDS: pack.schema.household, **pack.schema.tables}
    refuse_missing(frames, pack, as_of)
    key = pack.schema.household.fields["household_id"]
    frames = _in_days(frames, schemas, tables.zone)
    check_paths(tables.money, schemas)

    def checking(name: str) -> TableCheck:
        schema = schemas[name]
        plausible = {one.name: bounds_of(pack, one, as_of) for one in schema.fields.values()}
        return TableCheck(name, schema, key, frames[name], as_of, tables.money, plausible)

    households = checking(HOUSEHOLDS)
    pack = following(pack, areas, as_of)
    faults, renamed = area_faults(households.good, pack.area, areas, as_of)
    households.drop_faulty(faults)
    if renamed is not None:
        households.good = households.good.with_columns(renamed.alias("area"))
    households.drop_repeated()
    children = [checking(name) for name in pack.schema.tables if name in frames]
    for child in children:
        child.drop_faulty()
        child.drop_repeated()
        child.drop_too_many()
        for bad in child.spoilt:
            households.drop_spoilt(bad, child.name)
    for child in children:
        child.drop_orphans(households.good, frames[HOUSEHOLDS])
    current = pack.on(as_of)
    read = {name for rule in current.rules for name in tables_read(rule.when)}
    handed = tables.deliveries
    lost: list[Delivery] = []
    if handed is not None:
        for child in children:
            if child.name in read:
                raw = frames[child.name], frames[HOUSEHOLDS]
                lost += held_whole(handed, child.schema, *raw)
        handed = tuple(one for one in handed if one not in lost)
    unseen = {
        child.name: unseen_rows(
            child.schema,
            child.good,
            child.counted,
            child.unplaced(households.good),
            households.good,
            current,
            handed,
        )
        for child in children
        if child.name in read
    }
    every = (households, *children)
    nothing = households.listed(frames[HOUSEHOLDS].head(0), "", "")
    return Checked(
        tables.kind,
        {one.name: one.good for one in every},
        nw.concat([nothing, *(part for one in every for part in one.listings)], how="vertical"),
        {fault: rows for one in every for fault, rows in one.counts.items()},
        {one.name: one.rows for one in every},
        {one.name: one.aside for one in every},
        {oddity: rows for one in every for oddity, rows in one.noted.items()},
        tuple(near for child in children for near in _near(child, frames)),
        Frozen({name: found for name, found in unseen.items() if found is not None}),
        handed,
        tuple(lost),
    )


def _near(child: TableCheck, frames: Mapping[str, nw.LazyFrame[Any]]) -> tuple[NearIds, ...]:
    """Look for the likely cause where rows belong to no household, or their ids are odd."""
    if not any(reason in ("orphan", "invalid-id") for _, reason, _ in child.counts):
        return ()
    return near_ids(child.name, frames[child.name], frames[HOUSEHOLDS])


def refuse_missing(frames: Mapping[str, nw.LazyFrame[Any]], pack: Pack, as_of: date) -> None:
    """Refuse tables that lack what the rules in force on a day read.

    Raises:
        MissingTableError: A rule reads a table that is not there.
        MissingColumnError: A rule reads a column that is not there.
    """
    needed: dict[str, list[str]] = {}
    for rule in pack.on(as_of).rules:
        paths = [*fields_read(rule.when), *(f"{t}.household_id" for t in tables_read(rule.when))]
        for path in paths:
            needed.setdefault(path, []).append(rule.id)
    schemas = {HOUSEHOLDS, *pack.schema.tables}
    columns = {name: set(frame.collect_schema()) for name, frame in frames.items()}
    for name, schema in ((HOUSEHOLDS, pack.schema.household), *pack.schema.tables.items()):
        there = columns.get(name, set())
        there |= {years for years, since in schema.counted.items() if since in there}
    absent: dict[str, list[str]] = {}
    lacking: dict[str, list[str]] = {}
    wanted = {f"{HOUSEHOLDS}.household_id": ["every rule"], f"{HOUSEHOLDS}.area": ["every rule"]}
    wanted |= {f"{name}.household_id": ["the join"] for name in frames if name in schemas}
    for path, rules in needed.items():
        wanted.setdefault(path if "." in path else f"{HOUSEHOLDS}.{path}", []).extend(rules)
    for path, rules in wanted.items():
        table, _, column = path.partition(".")
        if table not in columns:
            absent.setdefault(table, []).extend(rules)
        elif column not in columns[table]:
            lacking[path] = list(rules)
    if absent:
        raise MissingTableError(
            "the tables lack "
            + "; ".join(
                f"{name!r}, which {_listed(rules)} read" for name, rules in sorted(absent.items())
            )
            + "; give it, empty if there are no rows"
        )
    if lacking:
        raise MissingColumnError(
            "the tables lack the columns "
            + "; ".join(
                f"{path!r} (read by {_listed(rules)})" for path, rules in sorted(lacking.items())
            )
            + "; add each, null where it is not known"
        )


def _listed(rules: Iterable[str]) -> str:
    return ", ".join(sorted(set(rules)))


def _in_days(
    frames: Mapping[str, nw.LazyFrame[Any]], schemas: Mapping[str, TableSchema], zone: str | None
) -> dict[str, nw.LazyFrame[Any]]:
    """Read moments as days of the zone that was given; without one they have no day."""
    found = dict(frames)
    unread: list[str] = []
    for table in [name for name in frames if name in schemas]:
        dtypes = frames[table].collect_schema()
        days = (one.name for one in schemas[table].fields.values() if one.kind is Kind.DATE)
        moments = [
            name
            for name in days
            if name in dtypes and getattr(dtypes[name], "time_zone", None) is not None
        ]
        unread += [f"{table}.{name} ({getattr(dtypes[name], 'time_zone', '')})" for name in moments]
        if moments and zone is not None:
            found[table] = in_zone(frames[table], moments, zone)
    if unread and zone is None:
        raise UnsupportedFrameError(
            f"{', '.join(unread)}: these are moments in a time zone, whose day depends on where "
            "one stands; say in which zone they have their days, by Tables(..., "
            "zone='Asia/Shanghai') or --zone Asia/Shanghai, or give the columns as dates"
        )
    return found


@attrs.define
class TableCheck:
    """One table on its way through the checks.

    Attributes:
        name: The table's.
        schema: What its columns must hold.
        key: The field that names a row's household.
        good: The rows that passed so far.
        as_of: The day of the answer.
        units: How many fen the unit of each column of amounts is, by path.
        plausible: The bounds that the pack holds for columns of amounts.
        rows: How many rows came.
        aside: How many were set aside.
        counts: In how many rows each fault was found.
        noted: In how many rows each oddity was found.
        listings: The rows set aside, by fault.
        spoilt: The households of the rows set aside, by fault.
        counted: How many rows each household has in a child table.
        nameless: The rows that name no household that came.
    """

    name: str
    schema: TableSchema
    key: Field
    good: nw.LazyFrame[Any]
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
    counted: nw.LazyFrame[Any] = attrs.field(init=False)

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
        frame, dtypes = self.good, self.good.collect_schema()
        fields = {one.name: one for one in (self.key, *self.schema.fields.values())}
        known = [one for one in fields.values() if one.name in dtypes and not one.about.personal]
        each = {one.name: fen_each(self.units, one) for one in known}
        faults = [f for one in known for f in faults_of(one, dtypes[one.name], each[one.name])]
        faults += [
            Fault("wrong-type", one.name, nw.col(one.name + OTHER_TYPE))
            for one in known
            if one.name + OTHER_TYPE in dtypes
        ]
        named = household_id_faults if self.name == HOUSEHOLDS else id_faults
        faults += [*named("household_id", dtypes["household_id"]), *more]
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
        tests = enumerate((*faults, *odd))
        sums = [one.found.cast(nw.Int64).sum().alias(f"_{i}") for i, one in tests]
        for i, doubt in enumerate(doubted):
            sums.append(doubt.odd.cast(nw.Int64).sum().alias(f"_odd_{i}"))
            sums.append(doubt.known.cast(nw.Int64).sum().alias(f"_known_{i}"))
        row = to_polars(frame.select(nw.len().alias("_rows"), *sums)).row(0, named=True)
        self.rows = int(row["_rows"])
        self.noted = {
            (self.name, one.reason, one.field): int(row[f"_{i}"])
            for i, one in enumerate(odd, len(faults))
            if row[f"_{i}"]
        }
        read = [cleaned(one, dtypes[one.name], each[one.name]) for one in known]
        found = [(fault, row[f"_{i}"]) for i, fault in enumerate(faults) if row[f"_{i}"]]
        for i, doubt in enumerate(doubted):
            number = int(row[f"_odd_{i}"] or 0)
            if not doubt.holds(number, int(row[f"_known_{i}"] or 0)):
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
            self.counts[about] = self.counts.get(about, 0) + int(count)
            self.listings.append(self.listed(frame.filter(fault.found), fault.reason, fault.field))
        if found:
            bad = reduce(or_, (fault.found for fault, _ in found))
            dropped = frame.filter(bad)
            self.aside += int(to_polars(dropped.select(nw.len())).item())
            self.spoilt.append(
                materialize(dropped.select(cleaned(self.key, dtypes[self.key.name])))
            )
            frame = frame.filter(~bad)
            self._lose(dropped, found, known, dtypes)
        self.good = frame.select(*read)
        years = counted_years(self.schema, self.good.collect_schema().names(), self.as_of)
        if years:
            self.good = self.good.with_columns(**years)

    def _lose(
        self,
        dropped: nw.LazyFrame[Any],
        found: Sequence[tuple[Fault, int]],
        known: Sequence[Field],
        dtypes: Any,
    ) -> None:
        """Keep the rows that name no household, as far as they can be read."""
        nameless = [one.found for one, _ in found if one.field == "household_id"]
        if self.name == HOUSEHOLDS or not nameless:
            return
        cells = [nw.lit(None, dtype=nw.String).alias("household_id")]
        for field in known:
            if field.name != "household_id":
                bad = [one.found for one, _ in found if one.field == field.name]
                cell = cleaned(field, dtypes[field.name])
                if bad:
                    cell = nw.when(~reduce(or_, bad)).then(cell).alias(field.name)
                cells.append(cell)
        self.nameless.append(dropped.filter(reduce(or_, nameless)).select(*cells))

    def _closer(self, found: list[tuple[Fault, int]]) -> list[tuple[Fault, int]]:
        """Look a second time where a test asks for it, and count what is found then."""
        kept: list[tuple[Fault, int]] = []
        for fault, count in found:
            if fault.column is not None:
                whole = attrs.evolve(fault, found=fault.column)
                rows = to_polars(self.good.filter(whole.found).select(nw.len())).item()
                kept.append((whole, int(rows)))
                continue
            if fault.closer is None:
                kept.append((fault, count))
                continue
            odd = self.good.filter(fault.found)
            again = fault.closer(odd)
            sums = [one.found.cast(nw.Int64).sum().alias(f"_{i}") for i, one in enumerate(again)]
            kept += zip(again, to_polars(odd.select(*sums)).row(0), strict=True)
        return [(fault, count) for fault, count in kept if count]

    def drop_repeated(self) -> None:
        """Set aside rows that have one id."""
        columns = list(dict.fromkeys(("household_id", self.schema.key)))
        if self.schema.key in self.good.collect_schema():
            self._drop(repeated(self.good, columns), columns, "duplicate-id", self.schema.key)

    def drop_too_many(self) -> None:
        """Set aside the rows of a household that has more than sums are made for."""
        counts = self.good.group_by("household_id").agg(nw.len().alias("_rows"))
        self.counted = materialize(counts)
        many = self.counted.filter(nw.col("_rows") > MAX_ROWS_PER_HOUSEHOLD)
        self._drop(many, ["household_id"], "too-many-rows", "household_id")

    def drop_spoilt(self, keys: nw.LazyFrame[Any], table: str) -> None:
        """Set aside the households that have a bad row in a child table."""
        households = joined(self.good.select("household_id"), keys, ["household_id"], "semi")
        counts = materialize(households.with_columns(nw.lit(1).alias("_rows")))
        self._drop(counts, ["household_id"], "bad-rows", table)

    def drop_orphans(self, households: nw.LazyFrame[Any], given: nw.LazyFrame[Any]) -> None:
        """Set aside the rows whose household is not among the good ones.

        Args:
            households: The good ones.
            given: Those that came; a row of none of them may be any household's.
        """
        few = self.counted.filter(nw.col("_rows") <= MAX_ROWS_PER_HOUSEHOLD)
        strays = materialize(
            joined(few, households.select("household_id"), ["household_id"], "anti")
        )
        if to_polars(strays.select(nw.len())).item():
            ids = given.select(nw.col("household_id").cast(nw.String)).unique()
            nobody = joined(strays, ids, ["household_id"], "anti")
            self.nameless.append(materialize(joined(self.good, nobody, ["household_id"], "semi")))
        self._drop(strays, ["household_id"], "orphan", "household_id")

    def unplaced(self, households: nw.LazyFrame[Any]) -> pl.DataFrame:
        """Give the rows without a household, with the village that their id names, if any."""
        rows = [to_polars(one) for one in self.nameless]
        columns = [one for one in self.good.collect_schema() if one != "household_id"]
        id_ = pl.col("household_id")
        found = pl.concat(rows) if rows else pl.DataFrame(schema={"household_id": pl.String()})
        if not found.height:
            return pl.DataFrame(schema={**dict.fromkeys(columns, pl.Null), "_scope": pl.String()})
        digits = Level.VILLAGE.digits
        places = households.select(nw.col("area").str.slice(0, digits).alias("area")).unique()
        village = id_.str.slice(0, digits)
        scope = (
            pl.when(village.is_in(to_polars(places)["area"].implode()))
            .then(village)
            .otherwise(pl.lit(""))
        )
        return found.with_columns(scope.alias("_scope")).select(*columns, "_scope")

    def _drop(
        self, counts: nw.LazyFrame[Any], columns: Sequence[str], reason: str, field: str
    ) -> None:
        """Set aside the rows that share some values with a small frame of counts."""
        count = to_polars(counts.select(nw.col("_rows").sum())).item()
        if count:
            keys = counts.select(*columns)
            bad = joined(self.good, keys, columns, "semi")
            self.aside += int(count)
            self.counts[self.name, reason, field] = int(count)
            self.listings.append(self.listed(bad, reason, field))
            self.spoilt.append(keys.select("household_id"))
            self.good = joined(self.good, keys, columns, "anti")


__all__ = ["Checked", "check"]
