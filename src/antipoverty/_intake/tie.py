"""Rows are tied to households: by a person's number, and all to a household that there is.

Rosters (名册) are read before what is matched to them, and only those of their members that some
row asks for are held. A person who stands in two households at once is in neither, for nobody
but the two villages can tell in which.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from antipoverty._intake.mapping import DIED, HOUSEHOLDS, LEFT
from antipoverty._intake.parts import Part
from antipoverty._intake.persons import NAME, PERSON, PERSON_FAULT, Roster
from antipoverty._intake.sources import ROW

_GONE = (LEFT, DIED)


def tie_persons(parts: Sequence[Part], day: dict[str, str | None], key: dict[str, str]) -> None:
    """Give every row that names a person the household and member it is about.

    Args:
        parts: The parts of all sources.
        day: The column that dates the rows of a table.
        key: The column that names the rows of a table.
    """
    asking = [part for part in parts if part.has(PERSON_FAULT)]
    rosters = [
        part
        for part in parts
        if part.table == "members" and part.has(PERSON) and not part.has(PERSON_FAULT)
    ]
    wanted = _distinct(part.load([PERSON])[PERSON] for part in asking)
    roster = Roster(_held(rosters, wanted))
    _same_person_twice(rosters, key)
    for part in parts:
        if part.has(*_GONE):
            _without_gone(part)
    for part in asking:
        frame = part.load()
        frame = part.tally.drop(frame, pl.col(PERSON_FAULT)).drop(PERSON_FAULT)
        dated = day[part.table]
        found = roster.find(
            frame.select(
                ROW,
                PERSON,
                NAME if NAME in frame.columns else pl.lit(None, pl.UInt128).alias(NAME),
                (
                    pl.col(dated)
                    if dated is not None and dated in frame.columns
                    else pl.lit(None, pl.Date)
                ).alias("day"),
            )
        )
        given = [PERSON, NAME, "household_id", "member_id"]
        frame = frame.drop(given, strict=False).join(
            found, on=ROW, how="left", maintain_order="left"
        )
        part.save(part.tally.drop(frame, pl.col("fault")).drop("fault"))


def _distinct(series: Iterable[pl.Series]) -> pl.Series:
    held = pl.Series(PERSON, [], dtype=pl.UInt128)
    waiting: list[pl.Series] = []
    count = 0
    for one in series:
        waiting.append(one.drop_nulls().unique())
        count += len(waiting[-1])
        if count > 4_000_000:
            held, waiting, count = pl.concat([held, *waiting]).unique(), [], 0
    return pl.concat([held, *waiting]).unique()


def _held(rosters: Iterable[Part], wanted: pl.Series) -> pl.DataFrame:
    """The members that some row asks for."""
    asked = wanted.to_frame()
    columns = {
        PERSON: pl.UInt128,
        "household_id": pl.String,
        "member_id": pl.String,
        NAME: pl.UInt128,
        LEFT: pl.Date,
        DIED: pl.Date,
    }
    frames = [pl.DataFrame(schema=columns)]
    for part in rosters:
        frame = part.load(columns)
        lacking = [pl.lit(None, dtype).alias(n) for n, dtype in columns.items() if n not in frame]
        frames.append(
            frame.join(asked, on=PERSON, how="semi").with_columns(lacking).select(list(columns))
        )
    return pl.concat(frames)


def _same_person_twice(rosters: Sequence[Part], key: dict[str, str]) -> None:
    """Set aside who stands in two households; give one id to who stands twice in one."""
    digests = [_open(part.load([PERSON, *_GONE]))[PERSON] for part in rosters]
    if not digests:
        return
    sorted_ = pl.concat(digests).drop_nulls().sort()
    doubled = sorted_.filter(sorted_ == sorted_.shift(1)).unique().to_frame()
    if doubled.is_empty():
        return
    name = key["members"]
    rows = [
        _open(part.load([ROW, PERSON, "household_id", name, *_GONE]))
        .join(doubled, on=PERSON, how="semi")
        .select(PERSON, "household_id", name, ROW, pl.lit(at).alias("_part"))
        for at, part in enumerate(rosters)
    ]
    both = pl.concat(rows).with_columns(
        (pl.col("household_id").n_unique().over(PERSON) > 1).alias("_two"),
        pl.col(name).first().over(PERSON).alias("_first"),
    )
    for (at,), found in both.group_by("_part"):
        part = rosters[int(str(at))]
        frame = part.load().join(
            found.select(ROW, "_two", "_first"), on=ROW, how="left", maintain_order="left"
        )
        two = pl.when(pl.col("_two")).then(pl.lit("person-in-two-households"))
        frame = part.tally.drop(frame, two)
        part.save(
            frame.with_columns(pl.coalesce("_first", name).alias(name)).drop("_two", "_first")
        )


def _open(frame: pl.DataFrame) -> pl.DataFrame:
    gone = [name for name in _GONE if name in frame.columns]
    return frame.filter(pl.all_horizontal(pl.lit(value=True), *(pl.col(n).is_null() for n in gone)))


def _without_gone(part: Part) -> None:
    frame = part.load()
    gone = [pl.col(name).is_not_null() for name in _GONE if name in frame.columns]
    part.save(part.tally.drop(frame, pl.when(pl.any_horizontal(gone)).then(pl.lit("person-left"))))


def drop_strays(parts: Sequence[Part]) -> None:
    """Set aside rows whose household no roster has, such as one whose code is mistyped."""
    rosters = [
        part.load(["household_id"])["household_id"]
        for part in parts
        if part.table == HOUSEHOLDS and part.has("area")
    ]
    if not rosters:
        return
    known = pl.concat(rosters).unique().to_frame()
    for part in parts:
        if part.table == HOUSEHOLDS and part.has("area"):
            continue
        strays = part.load([ROW, "household_id"]).join(known, on="household_id", how="anti")
        if strays.height:
            part.tally.set_aside("household-not-found", strays[ROW])
            part.save(
                part.load().join(strays.select(ROW), on=ROW, how="anti", maintain_order="left")
            )
