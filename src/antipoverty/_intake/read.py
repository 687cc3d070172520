"""From a mapping to tables: every source opened, read, tied to households and accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs
import polars as pl

from antipoverty._base.frozen import Frozen
from antipoverty._intake.cells import clean, read_cells
from antipoverty._intake.mapping import HOUSEHOLDS, Column, DeliveryForm, Source
from antipoverty._intake.mapping import Mapping as Intended
from antipoverty._intake.persons import Matcher
from antipoverty._intake.places import Gazetteer
from antipoverty._intake.report import SHOWN, Cells, IntakeReport, SourceReport
from antipoverty._intake.sources import ROW, Raw, open_source
from antipoverty.errors import (
    InvalidArgumentError,
    UnconfirmedGuessError,
    UnreadableSourceError,
)
from antipoverty.model import AreaTree, Field, Household, Kind, Schema, TableSchema, schema_of
from antipoverty.screening import Tables

_POLARS: Mapping[Kind, Any] = {
    Kind.NUMBER: pl.Int64,
    Kind.FLAG: pl.Boolean,
    Kind.TEXT: pl.String,
    Kind.DATE: pl.Date,
}
_FAULT = "_fault_"
_PERSON = "_person"


@attrs.frozen
class Intake:
    """What came in (数据接入).

    Attributes:
        tables: The tables that rules read, in Polars; no personal column is in them.
        deliveries: What the sources deliver, by source.
        report: What became of every row.
    """

    tables: Tables[pl.DataFrame]
    deliveries: Mapping[str, DeliveryForm]
    report: IntakeReport

    def write(self, folder: str | Path) -> None:
        """Write the tables as a folder of Parquet, which `Tables.read` reads.

        Args:
            folder: A folder that is not there yet, or is empty.

        Raises:
            InvalidArgumentError: Something stands in it.
        """
        place = Path(folder)
        if place.exists() and any(place.iterdir()):
            raise InvalidArgumentError(f"the folder {place.name} is not empty; give a new one")
        place.mkdir(parents=True, exist_ok=True)
        for name in self.tables:
            self.tables[name].write_parquet(place / f"{name}.parquet")


@attrs.define
class _Part:
    """One source as it is read into one table."""

    source: Source
    table: str
    raw: Raw
    columns: tuple[Column, ...]
    frame: pl.DataFrame
    aside: dict[str, list[int]]


def read(
    mapping: Intended,
    folder: str | Path = ".",
    *,
    areas: AreaTree | None = None,
    key: bytes | None = None,
    model: type[Household] = Household,
    accept_guesses: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Intake:
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
        InvalidArgumentError: A source needs the areas or the key, and none was given.
    """
    if mapping.guesses and not accept_guesses:
        listed = "; ".join(mapping.guesses[:12])
        raise UnconfirmedGuessError(
            f"{len(mapping.guesses)} columns were guessed and nobody has confirmed them: {listed}. "
            "Look at them, take out 'guessed = true', or accept the guesses"
        )
    schema = schema_of(model)
    parts: list[_Part] = []
    for source in mapping.sources:
        if progress is not None:
            progress(source.id)
        raw = open_source(source, Path(folder))
        parts += _parts(source, raw, schema, areas)
    for part in parts:
        _name_rows(part, _table(schema, part.table))
    _tie_persons(parts, key)
    made: dict[str, Any] = {}
    reports: list[SourceReport] = []
    for part in parts:
        _drop_without_id(part)
        reports.append(_reported(part))
    for name in (HOUSEHOLDS, *schema.tables):
        frames = [part.frame for part in parts if part.table == name]
        if frames:
            made[name] = _joined(frames, name, schema)
    if HOUSEHOLDS not in made:
        raise InvalidArgumentError("no source of the mapping holds households")
    return Intake(
        Tables(**made),
        Frozen({one.id: one.delivery for one in mapping.sources if one.delivery is not None}),
        IntakeReport(tuple(reports)),
    )


def _parts(source: Source, raw: Raw, schema: Schema, areas: AreaTree | None) -> Iterable[_Part]:
    table = _table(schema, source.rows)
    _check_columns(source, raw)
    frame = _read_columns(raw.cells, source.columns, table)
    aside: dict[str, list[int]] = {}
    if source.area_names:
        if areas is None:
            raise InvalidArgumentError(f"source {source.id!r} names its areas: give the areas")
        frame, aside = _placed(source, raw.cells, frame, aside, areas)
    frame = frame.with_columns(
        **{
            name: _constant(value, table.fields.get(name))
            for name, value in source.constants.items()
        }
    )
    if source.person is not None:
        frame = frame.with_columns(raw.cells[source.person].alias(_PERSON))
    yield _Part(source, source.rows, raw, source.columns, frame, aside)
    for wide in source.wide:
        for number in range(1, wide.count + 1):
            columns = tuple(
                one.model_copy(update={"column": one.column.replace("{n}", str(number))})
                for one in wide.columns
            )
            there = [one for one in columns if one.column in raw.cells.columns]
            filled = raw.cells.filter(
                pl.any_horizontal(
                    pl.lit(value=False),
                    *(
                        ~clean(one.column).fill_null("").is_in([*one.missing_values])
                        for one in there
                    ),
                )
            )
            ids = frame.select(ROW, "household_id")
            child = _read_columns(filled, there, _table(schema, wide.table))
            child = child.join(ids, on=ROW, how="left")
            child = child.with_columns(
                pl.concat_str("household_id", pl.lit(f"-{number}")).alias(
                    _table(schema, wide.table).key
                )
            )
            held = Raw(filled, {}, filled.height)
            yield _Part(source, wide.table, held, tuple(there), child, {})


def _table(schema: Schema, name: str) -> TableSchema:
    return schema.household if name == HOUSEHOLDS else schema.tables[name]


def _check_columns(source: Source, raw: Raw) -> None:
    wanted = [one.column for one in source.columns] + [*source.area_names]
    wanted += [source.person] if source.person else []
    lacking = [name for name in wanted if name not in raw.cells.columns]
    if lacking:
        raise UnreadableSourceError(
            f"source {source.id!r} has no column {', '.join(map(repr, lacking))}; it has "
            f"{', '.join(name for name in raw.cells.columns if name != ROW)}"
        )


def _read_columns(
    cells: pl.DataFrame, columns: Iterable[Column], table: TableSchema
) -> pl.DataFrame:
    made: list[pl.Expr] = []
    for column in columns:
        if column.field is None:
            continue
        field = table.fields.get(column.field)
        if field is not None and field.about.personal:
            continue  # it ties rows together where it must, and goes no further
        value, fault = read_cells(column, field)
        made += [value.alias(column.field), fault.alias(_FAULT + column.field)]
    return cells.select(ROW, *made)


def _constant(value: object, field: Field | None) -> pl.Expr:
    return pl.lit(value, dtype=None if field is None else _POLARS[field.kind])


def _placed(
    source: Source,
    cells: pl.DataFrame,
    frame: pl.DataFrame,
    aside: dict[str, list[int]],
    areas: AreaTree,
) -> tuple[pl.DataFrame, dict[str, list[int]]]:
    gazetteer = Gazetteer(areas)
    found = [gazetteer.find(names) for names in cells.select(*source.area_names).rows()]
    frame = frame.with_columns(pl.Series("area", [one.code for one in found], dtype=pl.String))
    for row, one in zip(frame[ROW], found, strict=True):
        if one.fault is not None:
            aside.setdefault(one.fault, []).append(row)
    lost = {row for rows in aside.values() for row in rows}
    return frame.filter(~pl.col(ROW).is_in(sorted(lost))), aside


def _name_rows(part: _Part, table: TableSchema) -> None:
    """Give the rows of a child table an id of their own where the file has none."""
    if part.table != HOUSEHOLDS and table.key not in part.frame.columns:
        numbered = pl.concat_str(pl.lit(f"{part.source.id}-"), pl.col(ROW).cast(pl.String))
        part.frame = part.frame.with_columns(numbered.alias(table.key))


def _tie_persons(parts: list[_Part], key: bytes | None) -> None:
    asking = [part for part in parts if _PERSON in part.frame.columns]
    if not asking:
        return
    if key is None:
        raise InvalidArgumentError("rows are keyed by resident number: give the key to match under")
    matcher = Matcher(key)
    for part in parts:
        number = next((one.column for one in part.columns if one.field == "resident_id"), None)
        if part.table == "members" and number is not None and "household_id" in part.frame.columns:
            numbers = part.raw.cells.select(ROW, pl.col(number).alias("_number"))
            both = part.frame.join(numbers, on=ROW, how="left")
            matcher.add(both.select("_number", "household_id", "member_id").iter_rows())
    for part in asking:
        found = matcher.find_all(part.frame[_PERSON])
        answers = [found[number] for number in part.frame[_PERSON]]
        for row, (_, _, fault) in zip(part.frame[ROW], answers, strict=True):
            if fault is not None:
                part.aside.setdefault(fault, []).append(row)
        part.frame = (
            part.frame.drop(_PERSON)
            .with_columns(
                pl.Series("household_id", [one[0] for one in answers], dtype=pl.String),
                pl.Series("member_id", [one[1] for one in answers], dtype=pl.String),
            )
            .filter(pl.col("household_id").is_not_null())
        )


def _drop_without_id(part: _Part) -> None:
    """Set rows aside that name no household; multiply what is per head."""
    frame = part.frame
    if "household_id" not in frame.columns:
        raise InvalidArgumentError(
            f"source {part.source.id!r}: no column holds 'household_id', and no person ties it"
        )
    fault = _FAULT + "household_id"
    lost = frame.filter(pl.col(fault).is_not_null()) if fault in frame.columns else frame.clear()
    for row, kind in lost.select(ROW, fault).iter_rows() if fault in frame.columns else ():
        part.aside.setdefault(kind, []).append(row)
    frame = frame.join(lost.select(ROW), on=ROW, how="anti")
    nameless = frame.filter(pl.col("household_id").is_null())[ROW].to_list()
    if nameless:
        part.aside.setdefault("no-id", []).extend(nameless)
        frame = frame.filter(pl.col("household_id").is_not_null())
    for name in [one for one in frame.columns if one.startswith(_FAULT)]:
        fact = name.removeprefix(_FAULT)
        per_head = next(
            (one for one in part.columns if one.field == fact and one.per == "person"), None
        )
        if per_head is not None:
            size = pl.col("size") if "size" in frame.columns else pl.lit(None, dtype=pl.Int64)
            no_size = pl.col(fact).is_not_null() & size.is_null()
            frame = frame.with_columns(
                (pl.col(fact) * size).alias(fact),
                pl.when(no_size).then(pl.lit("no-size")).otherwise(pl.col(name)).alias(name),
            )
    part.frame = frame


def _reported(part: _Part) -> SourceReport:
    cells: list[Cells] = []
    for column in part.columns:
        fault = _FAULT + (column.field or "")
        if column.field in (None, "household_id") or fault not in part.frame.columns:
            continue
        for (kind,), held in part.frame.drop_nulls(fault).group_by(fault, maintain_order=True):
            cells.append(Cells(column.column, str(kind), held.height, tuple(held[ROW].head(SHOWN))))
    named = {one.column for one in part.columns if one.field} | {*part.source.area_names}
    named |= {part.source.person} if part.source.person else set()
    named |= {
        one.column.replace("{n}", str(number))
        for wide in part.source.wide
        for one in wide.columns
        for number in range(1, wide.count + 1)
    }
    aside: dict[str, list[int]] = {**part.raw.aside}
    for kind, rows in part.aside.items():
        aside[kind] = sorted([*aside.get(kind, []), *rows])
    passed = tuple(name for name in part.raw.cells.columns if name != ROW and name not in named)
    return SourceReport(
        part.source.id,
        part.source.department,
        part.table,
        part.raw.rows,
        part.frame.height,
        Frozen({kind: tuple(rows) for kind, rows in aside.items()}),
        tuple(cells),
        passed if part.table == part.source.rows else (),
    )


def _joined(frames: list[pl.DataFrame], name: str, schema: Schema) -> pl.DataFrame:
    """Put the sources of a table together; a fact that no source holds is not known."""
    bare = [
        frame.drop([one for one in frame.columns if one.startswith(_FAULT)] + [ROW])
        for frame in frames
    ]
    table = _table(schema, name)
    if name != HOUSEHOLDS or len(bare) == 1:
        whole = pl.concat(bare, how="diagonal_relaxed")
    else:
        whole = bare[0]
        for other in bare[1:]:
            new = [one for one in other.columns if one not in whole.columns]
            same = [one for one in other.columns if one in whole.columns and one != "household_id"]
            if new and not same:
                whole = whole.join(other, on="household_id", how="full", coalesce=True)
            else:
                whole = pl.concat([whole, other], how="diagonal_relaxed")
    lacking = {
        field.name: pl.lit(None, dtype=_POLARS[field.kind])
        for field in table.fields.values()
        if field.name not in whole.columns and not field.about.personal
    }
    order = [
        "household_id",
        *(field.name for field in table.fields.values() if not field.about.personal),
    ]
    return whole.with_columns(**lacking).select(list(dict.fromkeys(order)))
