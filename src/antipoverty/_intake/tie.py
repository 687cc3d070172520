"""Rows are tied to households: by a person's number, and all to a household that there is.

Rosters (名册) are read before what is matched to them, and only those of their members that some
row asks for are held. A person who stands in two households at once is in neither, for nobody
but the two villages can tell in which.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain

import polars as pl

from antipoverty._base.side_by_side import side_by_side
from antipoverty._intake.decided import HOME, MEMBER
from antipoverty._intake.mapping import DIED, HOUSEHOLDS, LEFT
from antipoverty._intake.parts import Part
from antipoverty._intake.persons import KNOWN, NAME, PERSON, PERSON_FAULT, Roster
from antipoverty._intake.text import ROW
from antipoverty.errors import InvalidArgumentError

_GONE = (LEFT, DIED)
_ID = "household_id"
_SEED = 7
"""Ids of households are looked up by a hash of 64 bits: one in 10^12 mistyped ids is missed."""


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
    asked, ends = _persons(asking)
    roster = Roster(_held(rosters, asked, _homes(parts)))
    places = roster.places(asked)
    del asked
    _same_person_twice(rosters, key)
    for part in parts:
        if part.has(*_GONE):
            _without_gone(part)

    members = _decided([part for part in asking if part.has(HOME)], parts)

    def tie(at: int) -> int:
        part = asking[at]
        frame = part.load()
        if HOME in frame.columns:
            frame = _without_number(part, frame)
        dated = day[part.table]
        kept = frame[PERSON_FAULT].is_null()
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
            ).filter(kept),
            places[ends[at] - frame.height : ends[at]].filter(kept),
        )
        frame = part.tally.drop(frame, pl.col(PERSON_FAULT))
        given = [PERSON, PERSON_FAULT, NAME, "household_id", "member_id"]
        frame = pl.concat([frame.drop(given, strict=False), found], how="horizontal")
        decided = 0
        if HOME in frame.columns:
            frame = _as_decided(frame, members)
            decided = int(frame["_there"].sum())
            frame = frame.drop(HOME, MEMBER, "_there")
        part.save(part.tally.drop(frame, pl.col("fault")).drop("fault"))
        return decided

    for part, decided in zip(asking, side_by_side(tie, range(len(asking))), strict=True):
        part.tally.decided += decided


def _decided(asking: Sequence[Part], parts: Sequence[Part]) -> pl.DataFrame:
    """Of the members that people decided on, those that stand in the rosters now."""
    columns = {_ID: HOME, "member_id": MEMBER}
    nobody = pl.DataFrame(schema=dict.fromkeys(columns.values(), pl.String))
    if not asking:
        return nobody
    asked = pl.concat(part.load(columns.values()) for part in asking).drop_nulls(HOME).unique()
    rosters = (p for p in parts if p.table == "members" and not p.has(PERSON_FAULT))
    held = (part.load(columns).rename(columns) for part in rosters)
    found = [frame.join(asked, on=[HOME, MEMBER], how="semi") for frame in held]
    return pl.concat([nobody, *(frame.select(HOME, MEMBER) for frame in found)]).unique()


def _without_number(part: Part, frame: pl.DataFrame) -> pl.DataFrame:
    """Let the rows that people decided on pass without a number; refuse a decision on others."""
    idle = frame.filter(pl.col(PERSON_FAULT).is_null() & pl.col(HOME).is_not_null())[ROW]
    if len(idle):
        raise InvalidArgumentError(
            "source {id!r}: people decided on rows whose number ties them (rows {head}); take "
            "those decisions out of the list",
            id=part.source.id,
            head=", ".join(map(str, idle.head(5))),
        )
    fault = pl.when(pl.col(HOME).is_null()).then(PERSON_FAULT)
    return frame.with_columns(fault.alias(PERSON_FAULT))


def _as_decided(frame: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Place rows as people decided, with members who stand in the rosters."""
    there = members.with_columns(pl.lit(value=True).alias("_there"))
    both = frame.join(there, on=[HOME, MEMBER], how="left", maintain_order="left")
    asked, known = pl.col(HOME).is_not_null(), pl.col("_there").is_not_null()
    return both.with_columns(
        pl.coalesce(HOME, _ID).alias(_ID),
        pl.coalesce(MEMBER, "member_id").alias("member_id"),
        pl.when(~asked).then("fault").when(~known).then(pl.lit("person-not-found")).alias("fault"),
    )


def _persons(parts: Sequence[Part]) -> tuple[pl.Series, list[int]]:
    """The digests of all rows of some parts, and where those of each part end."""
    held = [pl.Series(PERSON, [], dtype=pl.UInt128)]
    held += side_by_side(lambda part: part.load([PERSON])[PERSON], parts)
    return pl.concat(held), [*accumulate(map(len, held[1:]))]


def _homes(parts: Sequence[Part]) -> pl.Series | None:
    """The hashes of the households' ids in the rosters of households; `None` without one."""
    homes = [part for part in parts if part.table == HOUSEHOLDS and part.has("area")]
    if not homes:
        return None
    hashes = side_by_side(lambda part: part.load([_ID])[_ID].hash(_SEED), homes)
    return pl.concat(hashes).unique()


def _held(rosters: Sequence[Part], asked: pl.Series, homes: pl.Series | None) -> pl.DataFrame:
    """The members that some row asks for, and whether their households are in the rosters."""
    columns = {
        PERSON: pl.UInt128,
        _ID: pl.String,
        "member_id": pl.String,
        NAME: pl.UInt128,
        LEFT: pl.Date,
        DIED: pl.Date,
    }
    all_, ends = _persons(rosters)
    wanted = (
        all_.to_frame()
        .with_row_index("_at")
        .join(asked.to_frame(), on=PERSON, how="semi", maintain_order="left")["_at"]
    )
    del all_

    def some(at: int) -> pl.DataFrame:
        frame = rosters[at].load(columns)
        first = wanted.search_sorted(ends[at] - frame.height)
        end = wanted.search_sorted(ends[at])
        lacking = [pl.lit(None, dtype).alias(n) for n, dtype in columns.items() if n not in frame]
        frame = frame[wanted[first:end] - (ends[at] - frame.height)]
        return frame.with_columns(lacking).select(list(columns))

    held = [pl.DataFrame(schema=columns), *side_by_side(some, range(len(rosters)))]
    members = pl.concat(held)
    known = pl.lit(value=True) if homes is None else pl.col(_ID).hash(_SEED).is_in(homes.implode())
    return members.with_columns(known.alias(KNOWN))


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
    homes = _homes(parts)
    if homes is None:
        return
    others = [
        part
        for part in parts
        if not (part.table == HOUSEHOLDS and part.has("area"))
        and (part.source.link is not None or part.source.person is None)
    ]

    def some(part: Part) -> tuple[Part, pl.DataFrame]:
        return part, part.load([ROW, _ID]).select(ROW, pl.col(_ID).hash(_SEED))

    waiting: list[tuple[Part, pl.DataFrame]] = []
    for one in chain(side_by_side(some, others), [None]):
        waiting += [one] if one is not None else []
        if one is None or sum(frame.height for _, frame in waiting) >= len(homes):
            _drop(waiting, homes)
            waiting = []


def _drop(parts: Sequence[tuple[Part, pl.DataFrame]], homes: pl.Series) -> None:
    """Set aside the rows of some parts, all looked up at once, whose hash is no household's."""
    if not parts:
        return
    rows = pl.concat(frame.with_columns(_part=pl.lit(at)) for at, (_, frame) in enumerate(parts))
    strays = rows.join(homes.to_frame(), on=_ID, how="anti")
    for (at,), found in strays.group_by("_part"):
        part = parts[int(str(at))][0]
        part.tally.set_aside("household-not-found", found[ROW])
        part.save(part.load().join(found.select(ROW), on=ROW, how="anti", maintain_order="left"))
