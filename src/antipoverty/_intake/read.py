"""From a mapping to tables: every source opened, read, tied to households and accounted for.

In memory, or piece by piece into a folder, where no more than some pieces, the digests of
persons and the hashes of ids are held at once.
"""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Generic, TypeVar

import attrs
import polars as pl

from antipoverty._base.frames import POLARS
from antipoverty._base.frozen import Frozen
from antipoverty._base.side_by_side import side_by_side
from antipoverty._intake.deliveries import Delivery, delivery, handed_over
from antipoverty._intake.mapping import HOUSEHOLDS
from antipoverty._intake.mapping import Mapping as Intended
from antipoverty._intake.merge import merge
from antipoverty._intake.parts import Part, Shelf
from antipoverty._intake.persons import Digester
from antipoverty._intake.places import Gazetteer
from antipoverty._intake.pour import Pouring, pour, several
from antipoverty._intake.report import IntakeReport
from antipoverty._intake.sources import digest_of
from antipoverty._intake.tie import drop_strays, tie_persons
from antipoverty.errors import InvalidArgumentError, UnconfirmedGuessError
from antipoverty.model import AreaTree, Household, Schema, TableSchema, schema_of
from antipoverty.model import Delivery as HandedOver
from antipoverty.screening import Tables, deliveries_frame

F = TypeVar("F", pl.DataFrame, pl.LazyFrame)
_WRITTEN = 1_000_000


@attrs.frozen
class Intake(Generic[F]):
    """What came in (数据接入).

    Attributes:
        tables: The tables that rules read, in Polars; no personal column is in them. Where
            some source declares what it delivers, they have the deliveries that came whole.
        deliveries: What the sources deliver, by source.
        report: What became of every row.
    """

    tables: Tables[F]
    deliveries: Mapping[str, Delivery]
    report: IntakeReport

    def write(self, folder: str | Path) -> None:
        """Write the tables as a folder of Parquet, with deliveries and the report beside them.

        Args:
            folder: A folder that is not there yet, or is empty.

        Raises:
            InvalidArgumentError: Something stands in it.
        """
        place = _empty(folder)
        for name in self.tables:
            self.tables[name].lazy().collect().write_parquet(place / f"{name}.parquet")
        _write_report(self, place)


def read(
    mapping: Intended,
    folder: str | Path = ".",
    *,
    areas: AreaTree | None = None,
    key: bytes | None = None,
    model: type[Household] = Household,
    accept_guesses: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Intake[pl.DataFrame]:
    """Read departments' files into tables, every row accounted for.

    Args:
        mapping: What the files hold.
        folder: Where their relative paths begin.
        areas: The areas, for sources that name them in words.
        key: The secret under which persons are matched, for sources keyed by resident
            number; at least 16 bytes.
        model: The model whose facts are read.
        accept_guesses: Read columns that were guessed and nobody has confirmed.
        progress: Called with each source's id before it is read.

    Raises:
        UnconfirmedGuessError: A guess stands in the mapping.
        UnreadableSourceError: A file, sheet or header is not there.
        MergedCellsError: The ids of a source stop being written below others.
        InvalidArgumentError: A source needs the areas or the key, and none was given.
    """
    reading = _Reading(mapping, Path(folder), schema_of(model), areas, key, Shelf())
    reading.pour(accept_guesses, progress)
    made: dict[str, Any] = {name: pl.concat(frames) for name, frames in reading.tables()}
    deliveries, handed, report = reading.found(made)
    return Intake(Tables(**made, deliveries=handed), deliveries, report)


def read_into(
    out: str | Path,
    mapping: Intended,
    folder: str | Path = ".",
    *,
    areas: AreaTree | None = None,
    key: bytes | None = None,
    model: type[Household] = Household,
    accept_guesses: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Intake[pl.LazyFrame]:
    """Read departments' files into a folder of tables, holding some pieces of them at a time.

    The folder then has what `Intake.write` writes. Nothing is left in it if the mapping or a
    source is refused, or no row of a source can be used.

    Args:
        out: A folder that is not there yet, or is empty.
        mapping: What the files hold.
        folder: Where their relative paths begin.
        areas: See `read`.
        key: See `read`.
        model: See `read`.
        accept_guesses: See `read`.
        progress: See `read`.

    Raises:
        InvalidArgumentError: Something stands in the folder; also as `read`.
    """
    place = _empty(out)
    with ExitStack() as stack:
        stack.callback(_remove_if_empty, place)
        work = stack.enter_context(TemporaryDirectory(dir=place, prefix=".parts-"))
        shelf = Shelf(Path(work))
        reading = _Reading(mapping, Path(folder), schema_of(model), areas, key, shelf)
        reading.pour(accept_guesses, progress)
        made: dict[str, Any] = {
            name: _written(frames, place / name) for name, frames in reading.tables()
        }
        deliveries, handed, report = reading.found(made)
        intake = Intake(Tables(**made, deliveries=handed), deliveries, report)
        _write_report(intake, place)
        return intake


@attrs.define
class _Reading:
    """One reading of a mapping, from its sources to the frames of its tables."""

    mapping: Intended
    folder: Path
    schema: Schema
    areas: AreaTree | None
    key: bytes | None
    shelf: Shelf
    parts: list[Part] = attrs.field(factory=list)
    digests: dict[str, str] = attrs.field(factory=dict)

    def pour(self, accept_guesses: bool, progress: Callable[[str], None] | None) -> None:  # noqa: FBT001 - the caller's own word
        """Read every source, tie its rows to persons and households."""
        if self.mapping.guesses and not accept_guesses:
            listed = "; ".join(self.mapping.guesses[:12])
            raise UnconfirmedGuessError(
                "{count} columns were guessed and nobody has confirmed them: {listed}. Look at "
                "them, take out 'guessed = true', or accept the guesses",
                count=len(self.mapping.guesses),
                listed=listed,
            )
        means = Pouring(
            self.schema,
            None if self.areas is None else Gazetteer(self.areas),
            None if self.key is None else Digester(self.key),
            self.shelf,
            several(self.mapping.sources),
        )
        for source in self.mapping.sources:
            if progress is not None:
                progress(source.id)
            self.digests[source.id] = digest_of(source, self.folder)
            self.parts += pour(source, self.folder, means)
        if not any(part.table == HOUSEHOLDS for part in self.parts):
            raise InvalidArgumentError("no source of the mapping holds households")
        tables = {HOUSEHOLDS: self.schema.household, **self.schema.tables}
        tie_persons(
            self.parts,
            {name: table.day for name, table in tables.items()},
            {name: table.key for name, table in tables.items()},
        )
        drop_strays(self.parts)

    def tables(self) -> Iterator[tuple[str, Iterator[pl.DataFrame]]]:
        """Give the frames of each table that some source fills."""
        for name in (HOUSEHOLDS, *self.schema.tables):
            parts = [part for part in self.parts if part.table == name]
            table = self.schema.household if name == HOUSEHOLDS else self.schema.tables[name]
            if parts:
                keys = list(dict.fromkeys(("household_id", table.key)))
                yield name, (_whole(frame, table) for frame in merge(parts, keys))

    def found(
        self, tables: Mapping[str, Any]
    ) -> tuple[Mapping[str, Delivery], tuple[HandedOver, ...] | None, IntakeReport]:
        """What the sources deliver, what of it is whole, and what became of their rows."""
        reports = {id(part.tally): part.tally.report() for part in self.parts}
        main = {one.id: one for one in reversed([*reports.values()])}
        deliveries = {
            source.id: delivery(source, main[source.id], self.digests[source.id])
            for source in self.mapping.sources
        }
        report = IntakeReport(tuple(reports.values()))
        return Frozen(deliveries), *handed_over(
            self.mapping.sources, deliveries, report, tables, self.schema
        )


def _whole(frame: pl.DataFrame, table: TableSchema) -> pl.DataFrame:
    """The columns of the model, in its order; a fact that no source holds is not known."""
    kept = ["household_id"]
    lacking: list[pl.Expr] = []
    for field in table.fields.values():
        if field.about.personal:
            continue
        kept.append(field.name)
        if field.name not in frame.columns:
            lacking.append(pl.lit(None, dtype=POLARS[field.kind.value]).alias(field.name))
    return frame.with_columns(lacking).select(list(dict.fromkeys(kept)))


def _written(frames: Iterable[pl.DataFrame], place: Path) -> pl.LazyFrame:
    """Write a table as files of about a million rows."""
    place.mkdir()

    def write(numbered: tuple[int, Sequence[pl.DataFrame]]) -> None:
        number, held = numbered
        pl.concat(held).write_parquet(place / f"part-{number:05d}.parquet")

    deque(side_by_side(write, enumerate(_batches(frames), 1)), maxlen=0)
    return pl.scan_parquet(sorted(place.glob("*.parquet")))


def _batches(frames: Iterable[pl.DataFrame]) -> Iterator[list[pl.DataFrame]]:
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        if sum(one.height for one in held) >= _WRITTEN:
            yield held
            held = []
    if held:
        yield held


def _write_report(intake: Intake[Any], place: Path) -> None:
    """Write the report and the deliveries, and each row set aside as a line of CSV."""
    if intake.tables.deliveries is not None:
        deliveries_frame(intake.tables.deliveries).write_parquet(place / "deliveries.parquet")
    (place / "report.json").write_text(
        json.dumps(intake.report.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    listed = [attrs.asdict(one) for one in intake.deliveries.values()]
    (place / "deliveries.json").write_text(
        json.dumps(listed, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8"
    )
    with (place / "aside.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["source", "table", "row", "kind"])
        for one in intake.report:
            for kind, rows in one.aside.items():
                writer.writerows([one.id, one.table, row, kind] for row in rows)


def _empty(folder: str | Path) -> Path:
    place = Path(folder)
    if place.exists() and any(place.iterdir()):
        raise InvalidArgumentError(
            "the folder {name} is not empty; give a new one",
            name=place.name,
        )
    place.mkdir(parents=True, exist_ok=True)
    return place


def _remove_if_empty(place: Path) -> None:
    if not any(place.iterdir()):
        place.rmdir()
