"""A population from day to day: rows are corrected, come, go, move, break and lose their owner."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

Frames = dict[str, pl.DataFrame]
Change = Callable[[random.Random, Frames, date], tuple[Frames, set[str | None]]]


def _one(draw: random.Random, frame: pl.DataFrame) -> int:
    return draw.randrange(frame.height)


def _put(frame: pl.DataFrame, row: int, **cells: Any) -> pl.DataFrame:
    at = pl.int_range(pl.len()) == row
    return frame.with_columns(
        pl.when(at).then(pl.lit(value, frame.schema[name])).otherwise(pl.col(name)).alias(name)
        for name, value in cells.items()
    )


def _owner(frame: pl.DataFrame, row: int) -> str | None:
    found: str | None = frame["household_id"][row]
    return found


def corrected(draw: random.Random, frames: Frames, day: date) -> tuple[Frames, set[str | None]]:
    """A cell becomes what another row of the column has, or not known."""
    name = draw.choice([name for name in frames if frames[name].height])
    frame = frames[name]
    keys = {"household_id", "member_id", "record_id", "area"}
    column = draw.choice([one for one in frame.columns if one not in keys])
    row, value = _one(draw, frame), frame[column][_one(draw, frame)]
    made = _put(frame, row, **{column: draw.choice([value, None])})
    return {**frames, name: made}, {_owner(frame, row)}


def dated(draw: random.Random, frames: Frames, day: date) -> tuple[Frames, set[str | None]]:
    """A record gets a day at the edge of a window, or just past the day."""
    frame = frames["records"]
    row = _one(draw, frame)
    back = draw.choice([-2, -1, 0, 1, 2, 29, 30, 31, 90, 91, 183, 184, 364, 365, 366, 730])
    made = _put(frame, row, day=day - timedelta(back))
    return {**frames, "records": made}, {_owner(frame, row)}


def dropped(draw: random.Random, frames: Frames, day: date) -> tuple[Frames, set[str | None]]:
    """A row goes; of a household that goes the members and records may stay."""
    name = draw.choice([name for name in frames if frames[name].height > 5])
    row = _one(draw, frames[name])
    return {
        **frames, name: frames[name].filter(pl.int_range(pl.len()) != row)
    }, {_owner(frames[name], row)}  # fmt: skip


def doubled(draw: random.Random, frames: Frames, day: date) -> tuple[Frames, set[str | None]]:
    """A row comes a second time, with its id or with one of its own."""
    name = draw.choice(sorted(frames))
    frame = frames[name]
    row = _one(draw, frame)
    again = frame[row]
    key = {"members": "member_id", "records": "record_id"}.get(name)
    if key in again.columns and draw.random() < 0.7:
        again = again.with_columns(pl.lit(f"new-{draw.random()}").alias(str(key)))
    return {**frames, name: pl.concat([frame, again])}, {_owner(frame, row)}


def moved(draw: random.Random, frames: Frames, day: date) -> tuple[Frames, set[str | None]]:
    """A household moves, perhaps to where no village is."""
    frame = frames["households"]
    row = _one(draw, frame)
    area = draw.choice([frame["area"][_one(draw, frame)], "610702999999", "11", None])
    return {**frames, "households": _put(frame, row, area=area)}, {_owner(frame, row)}


def given_away(draw: random.Random, frames: Frames, day: date) -> tuple[Frames, set[str | None]]:
    """A row of a child table gets another household, none, or an id that nobody has."""
    name = draw.choice(["members", "records"])
    frame, homes = frames[name], frames["households"]
    row, area = _one(draw, frame), homes["area"][_one(draw, homes)] or "610702100200"
    to = draw.choice([_owner(homes, _one(draw, homes)), None, f"{area}-x{row}", "nobody", " h 1"])
    return {**frames, name: _put(frame, row, household_id=to)}, {_owner(frame, row), to}


def broken(draw: random.Random, frames: Frames, day: date) -> tuple[Frames, set[str | None]]:
    """An amount is no amount, or a size that no household has."""
    if draw.random() < 0.5:
        frame = frames["households"]
        row = _one(draw, frame)
        made = _put(frame, row, size=draw.choice([-1, 0, 99]))
        return {**frames, "households": made}, {_owner(frame, row)}
    frame = frames["records"]
    row = _one(draw, frame)
    made = _put(frame, row, amount=draw.choice([-1, 10**15]))
    return {**frames, "records": made}, {_owner(frame, row)}


CHANGES: Mapping[str, Change] = {
    one.__name__: one
    for one in (corrected, dated, dropped, doubled, moved, given_away, broken)
}  # fmt: skip
