"""Bad rows are set aside with their reason and counted; the others go on.

A row with several faults is listed once for each. A household is judged on all of its
rows or not at all, because an answer that leaves a bad row out could read as clear: a
household with a bad row of members or records is set aside, so is one that came twice where
one of its rows is bad, and rows whose household is absent or was set aside go with it, as
orphans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache, partial
from typing import Any, Generic

import attrs
import narwhals as nw
import polars as pl

from antipoverty._base.days import days
from antipoverty._base.driver import at_once
from antipoverty._base.frames import as_lazy, in_zone, to_polars
from antipoverty._base.frozen import Frozen
from antipoverty._policy.succession import following
from antipoverty._screening.deliveries import held_whole, one_place
from antipoverty._screening.derived import with_household_facts, with_row_facts
from antipoverty._screening.faults import area_faults, areas_of
from antipoverty._screening.money import bounds_of, check_paths
from antipoverty._screening.near_ids import LOOKED_AT, NearIds, near_ids
from antipoverty._screening.table_check import TableCheck, look_at_suspects
from antipoverty._screening.tables import HOUSEHOLDS, F, Tables
from antipoverty._screening.unseen import UnseenRows, unseen_rows
from antipoverty.codes import Level
from antipoverty.conditions import fields_read, tables_read
from antipoverty.errors import (
    MissingColumnError,
    MissingTableError,
    UnsupportedFrameError,
    phrase,
    phrases,
)
from antipoverty.model import AreaTree, Delivery, Kind, TableSchema
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
        strays: The ids, as they came, of the rows of each child table that are of nobody, each
            once in a frame; null where a row has none.
        refused: The columns that were refused as a whole, by path.
        apart: Whether hashes of 64 bits tell the ids of the good households apart.
        reading: In which units amounts were read, and in which zone moments.
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
    strays: Mapping[str, tuple[nw.LazyFrame[Any], ...]] = Frozen()
    refused: tuple[str, ...] = ()
    apart: bool = False
    reading: str = ""


@days
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
    return check_part(tables, tables, pack, as_of=as_of, areas=areas)


def check_part(
    tables: Tables[F],
    whole: Tables[Any],
    pack: Pack,
    *,
    as_of: date,
    areas: AreaTree | None = None,
    villages: Callable[[nw.LazyFrame[Any]], pl.Series] | None = None,
) -> Checked[F]:
    """Check some households of a population, with all of their rows and those of nobody.

    Args:
        tables: Those households, and rows.
        whole: All there are: what is asked of a column or a delivery is asked of all rows.
        pack: As of `check`.
        as_of: As of `check`.
        areas: As of `check`.
        villages: The villages of all good households, from the good ones among these.
    """
    frames = tables.lazy()
    all_frames = frames if whole is tables else whole.lazy()
    schemas = {HOUSEHOLDS: pack.schema.household, **pack.schema.tables}
    refuse_missing(frames, pack, as_of)
    key = pack.schema.household.fields["household_id"]
    frames = in_days(frames, schemas, tables.zone)
    all_frames = frames if whole is tables else in_days(all_frames, schemas, tables.zone)
    check_paths(tables.money, schemas)

    def checking(name: str) -> TableCheck:
        schema = schemas[name]
        plausible = {one.name: bounds_of(pack, one, as_of) for one in schema.fields.values()}
        every = all_frames[name]
        return TableCheck(name, schema, key, frames[name], every, as_of, tables.money, plausible)

    households = checking(HOUSEHOLDS)
    pack = following(pack, areas, as_of)
    children = [checking(name) for name in pack.schema.tables if name in frames]

    def of_households() -> tuple[pl.Series, bool]:
        codes = areas_of(households.good)
        faults, renamed = area_faults(codes, pack.area, areas, as_of)
        households.drop_faulty(faults)
        if renamed is not None:
            households.good = households.good.with_columns(renamed.alias("area"))
        return codes, renamed is None

    tested = (child.drop_faulty for child in children)
    (codes, as_came), *_ = at_once(households.good, of_households, *tested)
    came = look_at_suspects(households, children)
    given = frames[HOUSEHOLDS] if came is None else came
    _drop_excess(households, children)
    good, apart = households.good, households.apart
    households.rejoin()
    current = pack.on(as_of)
    trees = [tree for one in current.asked for tree in one.trees]
    read = {*tables_read(*trees)}
    handed, steps = tables.deliveries, {one.name: one.whole_by_home for one in children}

    def of_the_day(homes: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        came: Iterable[str] = () if areas is None else areas_of(all_frames[HOUSEHOLDS])
        _, renamed = area_faults(came, pack.area, areas, as_of)
        return homes if renamed is None else homes.with_columns(renamed.alias("area"))

    def of_deliveries() -> tuple[tuple[Delivery, ...], frozenset[str]]:
        if handed is None:
            return (), frozenset()
        complete = whole is tables and not households.aside
        homes = households.good if complete else of_the_day(one_place(all_frames[HOUSEHOLDS]))
        asked = [child.schema for child in children if child.name in read]
        return held_whole(handed, asked, all_frames, homes, steps if complete else {})

    lost = _drop_orphans(households, children, good, of_deliveries, apart=apart)
    if handed is not None:
        handed = tuple(one for one in handed if one not in lost)
    for child in children:
        child.keep_nobodys(given)
        child.rejoin()
    lived_in = cache(partial(_lived_in, households, codes, as_came=as_came))
    places = (
        partial(_villages, lived_in) if villages is None else partial(villages, households.good)
    )
    unseen: dict[str, UnseenRows] = {}
    for child in children:
        if child.name in read:
            nobody = child.unplaced(places)
            if nobody:
                derived = with_row_facts(as_lazy(nobody.rows), child.schema, current, trees)
                nobody = attrs.evolve(nobody, rows=to_polars(derived))
            child.good = with_row_facts(child.good, child.schema, current, trees)
            found = unseen_rows(
                child.schema, child.good, child.odd, nobody, lived_in, current, handed
            )
            unseen |= {child.name: found} if found is not None else {}
    every = (households, *children)
    kept = {one.name: one.good for one in every}
    made = with_household_facts(kept, unseen, current, trees)
    strays = {child.name: child.stray_ids() for child in children}
    nothing = households.listed(frames[HOUSEHOLDS].head(0), "", "")
    return Checked(
        tables.kind,
        made,
        nw.concat([nothing, *(part for one in every for part in one.listings)], how="vertical"),
        {fault: rows for one in every for fault, rows in one.counts.items()},
        {one.name: one.rows for one in every},
        {one.name: one.aside for one in every},
        {oddity: rows for one in every for oddity, rows in one.noted.items()},
        tuple(near for name in strays for near in _near(name, strays[name], frames)),
        Frozen(unseen),
        handed,
        lost,
        Frozen(strays),
        tuple(f"{one.name}.{column}" for one in every for column in sorted(one.refused)),
        households.apart,
        tables.reading,
    )


def _drop_excess(households: TableCheck, children: Sequence[TableCheck]) -> None:
    """Set aside what is there twice or too often, and households with a bad row."""
    for bad in [*households.spoilt]:
        households.drop_namesakes(bad)
    households.drop_repeated()

    def of_rows(child: TableCheck) -> None:
        child.drop_repeated(households.marks)
        child.drop_too_many()

    at_once(households.good, *(partial(of_rows, child) for child in children))
    for child in children:
        for bad in child.spoilt:
            households.drop_spoilt(bad, child.name)


def _drop_orphans(
    households: TableCheck,
    children: Sequence[TableCheck],
    good: nw.LazyFrame[Any],
    of_deliveries: Callable[[], tuple[tuple[Delivery, ...], frozenset[str]]],
    *,
    apart: bool,
) -> tuple[Delivery, ...]:
    """Set aside the rows of no good household, and give the deliveries that did not come whole.

    Where every household is good, who counts deliveries has seen whose rows these are.
    """

    def drop(child: TableCheck) -> None:
        child.drop_orphans(good, apart=apart)

    sure = [one for one in children if households.aside or one.schema.roster is not None]
    found = at_once(households.good, of_deliveries, *(partial(drop, child) for child in sure))
    lost: tuple[Delivery, ...] = found[0][0]
    for child in children:
        if child not in sure and child.name not in found[0][1]:
            drop(child)
    return lost


def _lived_in(households: TableCheck, came: pl.Series, *, as_came: bool) -> pl.Series:
    """The areas of the good households: as they came, where none was set aside or has another."""
    return came if as_came and not households.aside else areas_of(households.good)


def _villages(areas: Callable[[], pl.Series]) -> pl.Series:
    """The villages that households live in."""
    return areas().str.slice(0, Level.VILLAGE.digits).unique()


def _near(
    name: str, strays: Iterable[nw.LazyFrame[Any]], frames: Mapping[str, nw.LazyFrame[Any]]
) -> tuple[NearIds, ...]:
    """Look for the likely cause where rows are of nobody; of their ids the first are enough."""
    id_ = nw.col("household_id")
    first = (one.filter(~id_.is_null()).sort("household_id").head(LOOKED_AT) for one in strays)
    ids = {id_ for one in first for id_ in to_polars(one)["household_id"]}
    return near_ids(name, ids, frames[HOUSEHOLDS])


def refuse_missing(frames: Mapping[str, nw.LazyFrame[Any]], pack: Pack, as_of: date) -> None:
    """Refuse tables that lack what the rules in force on a day read.

    Raises:
        MissingTableError: A rule reads a table that is not there.
        MissingColumnError: A rule reads a column that is not there.
    """
    needed: dict[str, list[str]] = {}
    for rule in pack.on(as_of).asked:
        read = [*fields_read(*rule.trees)]
        paths = [*read, *(f"{t}.household_id" for t in tables_read(*rule.trees))]
        for path in paths:
            needed.setdefault(path, []).append(rule.id)
    schemas = {HOUSEHOLDS, *pack.schema.tables}
    columns = {name: set(frame.collect_schema()) for name, frame in frames.items()}
    for name, schema in ((HOUSEHOLDS, pack.schema.household), *pack.schema.tables.items()):
        there = columns.get(name, set())
        there |= {years for years, since in schema.counted.items() if since in there}
        there |= {one.name for one in schema.fields.values() if one.inputs}
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
            "the tables lack {tables}; give it, empty if there are no rows",
            tables=phrases(
                phrase("{table!r}, which {rules} read", table=name, rules=_listed(rules))
                for name, rules in sorted(absent.items())
            ),
        )
    if lacking:
        raise MissingColumnError(
            "the tables lack the columns {columns}; add each, null where it is not known",
            columns=phrases(
                phrase("{path!r} (read by {rules})", path=path, rules=_listed(rules))
                for path, rules in sorted(lacking.items())
            ),
        )


def _listed(rules: Iterable[str]) -> str:
    return phrases(map(phrase, sorted(set(rules))), ", ")


def in_days(
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
            "{unread}: these are moments in a time zone, whose day depends on where one stands; "
            "say in which zone they have their days, by Tables(..., zone='Asia/Shanghai') or "
            "--zone Asia/Shanghai, or give the columns as dates",
            unread=", ".join(unread),
        )
    return found


__all__ = ["Checked", "check", "check_part", "in_days"]
