"""Who moves, merges and splits in a synthetic year: in the register on a day, in files later.

The files follow with the month after the next. One move in five is never told to the
register: there files and register contradict each other, and somebody has to find out.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Literal

import attrs
import polars as pl

from antipoverty._synthetic.world import World
from antipoverty.codes import HouseholdCode
from antipoverty.screening import Tables

Kind = Literal["moved", "joined", "split"]
_OFTEN = {"moved": 150, "joined": 60, "split": 60}
"""Of a thousand households to which something happens, how many do so in the year."""
_FIRST_NEW = 1_001
"""The first serial number of households that split off; in a grid no other comes so far."""


@attrs.frozen
class Moved:
    """One household that moved, merged or split.

    Attributes:
        kind: ``moved`` to a grid, ``joined`` to a household, or ``split``: a new one came of it.
        household_id: The household.
        to: The grid, the household it was joined to, or the new one.
        on: The day.
        filed: The day from which the files say so.
        told: Whether somebody tells the register.
    """

    kind: Kind
    household_id: str
    to: str
    on: date
    filed: date
    told: bool = True


class Moving:
    """All that move, merge or split in a year.

    Args:
        world: Whose households they are.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.every = tuple(sorted(self._drawn(), key=lambda one: (one.on, one.household_id)))
        self.new = {one.to: one.household_id for one in self.every if one.kind == "split"}

    def by_day(self, until: date) -> Iterator[Moved]:
        """What happened up to a day, of which the register is told."""
        return (one for one in self.every if one.told and one.on <= until)

    def _below(self, what: str, limit: int) -> int:
        digest = hashlib.sha256(f"{self.world.seed}|{what}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % limit

    def _drawn(self) -> Iterator[Moved]:
        world = self.world
        villages: dict[str, list[str]] = defaultdict(list)
        for village in sorted(world.villages):
            villages[village[:6]].append(village)
        homes = world.homes.select("household_id", "area", "need", "since", "size")
        mates: dict[str, list[str]] = defaultdict(list)
        calm = homes.filter(pl.col("since").is_null())
        for id_, area in calm.select("household_id", "area").iter_rows():
            mates[area].append(id_)
        taken: set[str] = set()
        serial = defaultdict[str, int](lambda: _FIRST_NEW)
        needy = homes.filter(pl.col("since").is_not_null()).sort("household_id")
        for id_, area, _, since, size in needy.iter_rows():
            lot, bound = self._below(f"{id_} moves", 1000), 0
            kind: Kind | None = None
            for name, often in _OFTEN.items():
                if kind is None and lot < (bound := bound + often):
                    kind = name  # type: ignore[assignment]
            on = max(since, world.first) + timedelta(days=40 + self._below(f"{id_} when", 60))
            if kind is None or on > world.last:
                continue
            filed = _first_of_next(_first_of_next(on))
            if kind == "moved":
                others = [one for one in villages[area[:6]] if one != area[:12]]
                if others:
                    to = others[self._below(f"{id_} where", len(others))] + "01"
                    told = self._below(f"{id_} tells", 5) > 0
                    yield Moved(kind, id_, to, on, filed, told)
            elif kind == "joined":
                free = [one for one in mates[area] if one not in taken]
                if free:
                    to = free[self._below(f"{id_} with", len(free))]
                    taken.add(to)
                    yield Moved(kind, id_, to, on, filed)
            elif size > 1:
                to = str(HouseholdCode.make(area, serial[area]))
                serial[area] += 1
                yield Moved(kind, id_, to, on, filed)

    # --- the files

    def filed(self, tables: Tables[pl.DataFrame], on: date) -> Tables[pl.DataFrame]:
        """The tables with what the files know of it by a day."""
        known = [one for one in self.every if one.filed <= on]
        if not known:
            return tables
        frames = {
            name: frame.collect("polars").to_native() for name, frame in tables.lazy().items()
        }
        of: dict[Kind, dict[str, str]] = {"moved": {}, "joined": {}, "split": {}}
        for one in known:
            of[one.kind][one.household_id] = one.to
        homes, members = _split(frames["households"], frames["members"], of["split"])
        homes = _moved(homes, of["moved"])
        homes = _joined(homes, of["joined"])
        gone = pl.col("household_id").replace(of["joined"])
        return tables.with_frames(
            {
                "households": homes,
                "members": members.with_columns(gone),
                "records": frames["records"].with_columns(gone),
            }
        )

    def write(self) -> pl.DataFrame:
        """Everything as a table, for the files of a year."""
        rows = [attrs.astuple(one) for one in self.every]
        names = [field.name for field in attrs.fields(Moved)]
        types = [pl.String, pl.String, pl.String, pl.Date, pl.Date, pl.Boolean]
        return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def _first_of_next(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _moved(homes: pl.DataFrame, moved: Mapping[str, str]) -> pl.DataFrame:
    area = pl.col("household_id").replace_strict(moved, default=None, return_dtype=pl.String)
    return homes.with_columns(pl.coalesce(area, "area").alias("area"))


def _joined(homes: pl.DataFrame, joined: Mapping[str, str]) -> pl.DataFrame:
    """The household that went on in another is no row any more; its people count there."""
    gone = homes.filter(pl.col("household_id").is_in([*joined]))
    sizes = gone.select(pl.col("household_id").replace(joined), more="size")
    return (
        homes.filter(~pl.col("household_id").is_in([*joined]))
        .join(sizes, on="household_id", how="left")
        .with_columns(
            pl.when(pl.col("household_id").is_in([*joined.values()]))
            .then(pl.col("size") + pl.col("more"))
            .otherwise("size")
            .alias("size")
        )
        .drop("more")
    )


def _split(
    homes: pl.DataFrame, members: pl.DataFrame, split: Mapping[str, str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One person of a household lives by itself, with a row of its own."""
    old = pl.col("household_id").is_in([*split])
    new = homes.filter(old).with_columns(
        pl.col("household_id").replace(split),
        pl.when(pl.col("size").is_not_null()).then(1).cast(homes.schema["size"]).alias("size"),
        pl.lit(value=False).alias("monitored"),
    )
    homes = homes.with_columns(
        pl.when(old).then(pl.col("size") - 1).otherwise("size").alias("size")
    )
    last = pl.int_range(pl.len()).over("household_id") == pl.len().over("household_id") - 1
    renamed = pl.col("household_id").replace(split)
    members = members.with_columns(
        pl.when(old & last).then(renamed).otherwise("household_id").alias("household_id")
    )
    return pl.concat([homes, new]), members
