"""One source, piece by piece: its columns read, its rows named, placed in areas, given digests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs
import polars as pl

from antipoverty._base.frames import POLARS
from antipoverty._base.side_by_side import side_by_side
from antipoverty._intake.cells import held, read_cells, read_day
from antipoverty._intake.decided import read_decisions
from antipoverty._intake.mapping import DIED, HOUSEHOLDS, LEFT, Column, Source, Wide
from antipoverty._intake.parts import FAULT, FAULTS, Part, Shelf, Tally
from antipoverty._intake.persons import PERSON, PERSON_FAULT, Digester
from antipoverty._intake.places import Gazetteer, place_codes, place_names
from antipoverty._intake.sources import Opened, Piece, open_source
from antipoverty._intake.text import ROW
from antipoverty.errors import InvalidArgumentError, MergedCellsError, UnreadableSourceError
from antipoverty.model import Field, Schema, TableSchema


@attrs.frozen
class Pouring:
    """What every source is read with.

    Attributes:
        schema: The model's tables.
        places: The areas by name, if they are known.
        digester: Digests of persons, if a key was given.
        shelf: Where the rows are kept.
        several: The tables that more than one source fills.
    """

    schema: Schema
    places: Gazetteer | None
    digester: Digester | None
    shelf: Shelf
    several: frozenset[str]

    def table(self, name: str) -> TableSchema:
        """A table of the model by its name."""
        return self.schema.household if name == HOUSEHOLDS else self.schema.tables[name]


def pour(source: Source, folder: Path, means: Pouring) -> Iterator[Part]:
    """Read a source.

    Args:
        source: The source.
        folder: Where its relative path begins.
        means: What it is read with.

    Raises:
        UnreadableSourceError: It has not the columns that are named.
        MergedCellsError: Its ids stop being written below others.
        InvalidArgumentError: It needs the areas or the key, and none was given.
    """
    opened = open_source(source, folder)
    _check(source, opened, means)
    wide = [(one, number) for one in source.wide for number in range(1, one.count + 1)]
    tallies = [Tally(source, source.rows, _passed_over(source, opened))]
    tallies += [Tally(source, one.table) for one, _ in wide]
    above: dict[str, str] = {}
    decided = read_decisions(source, folder)

    def parts_of(piece: Piece) -> list[Part]:
        tally = Tally(source, source.rows)
        tally.rows = piece.rows
        for kind, rows in piece.aside.items():
            tally.set_aside(kind, rows)
        frame = _main(source, piece.cells, tally, means)
        if decided is not None:
            frame = frame.join(decided, on=ROW, how="left", maintain_order="left")
        made = [means.shelf.put(tally, source.columns, frame)]
        made[0].numbered = source.rows != HOUSEHOLDS and all(
            one.field != means.table(source.rows).key for one in source.columns
        )
        for one, number in wide:
            ids = frame.select(ROW, "household_id")
            own = Tally(source, one.table)
            made.append(_repeated(one, number, piece.cells, ids, own, means))
        return made

    filled = (attrs.evolve(one, cells=_filled_down(source, one, above)) for one in opened.pieces)
    for parts in side_by_side(parts_of, filled):
        for tally, part in zip(tallies, parts, strict=True):
            tally.add(part.tally)
            part.tally = tally
            yield part


def _check(source: Source, opened: Opened, means: Pouring) -> None:
    wanted = [one.column for one in source.columns] + [*source.area_names]
    wanted += [one for one in (source.person, source.person_name) if one]
    if source.link is not None:
        link = source.link
        wanted += [one for one in (link.name, link.birth, link.head, *link.village) if one]
    lacking = [name for name in dict.fromkeys(wanted) if name not in opened.columns]
    if lacking and len(lacking) == len({*wanted}):  # then it may be a row that holds somebody
        raise UnreadableSourceError(
            "source {id!r}: none of its columns stands in its header; look at header = {header}",
            id=source.id,
            header=list(source.header),
        )
    if lacking:
        raise UnreadableSourceError(
            "source {id!r} has no column {lacking}; it has {columns}",
            id=source.id,
            lacking=", ".join(map(repr, lacking)),
            columns=", ".join(opened.columns),
        )
    if source.area_names and means.places is None:
        raise InvalidArgumentError(
            "source {id!r} names its areas: give the areas",
            id=source.id,
        )
    if source.person is not None and means.digester is None:
        raise InvalidArgumentError(
            "source {id!r} is keyed by resident number: give the key to match under",
            id=source.id,
        )
    by_person = source.person is not None or source.link is not None
    if not by_person and all(one.field != "household_id" for one in source.columns):
        raise InvalidArgumentError(
            "source {id!r}: no column holds 'household_id', and no person ties it", id=source.id
        )


def _passed_over(source: Source, opened: Opened) -> tuple[str, ...]:
    named = {one.column for one in source.columns if one.field} | {*source.area_names}
    named |= {one for one in (source.person, source.person_name) if one}
    named |= {
        one.column.replace("{n}", str(number))
        for wide in source.wide
        for one in wide.columns
        for number in range(1, wide.count + 1)
    }
    return tuple(name for name in opened.columns if name not in named)


def _filled_down(source: Source, piece: Piece, above: dict[str, str]) -> pl.DataFrame:
    """Repeat what merged cells say, from one piece to the next; refuse ids that stop."""
    cells = piece.cells
    for column in source.columns:
        is_id = column.field == "household_id" and source.rows != HOUSEHOLDS
        if not column.fill_down and not (is_id and column.fill_down is None):
            continue
        said = held(cells[column.column], column.missing_values)
        down = said.forward_fill().fill_null(above.get(column.column, ""))
        if len(down):
            above[column.column] = down[-1]
        if column.fill_down:
            cells = cells.with_columns(down)
            continue
        bare = cells[ROW].filter(said.is_null() & (down != ""))
        if len(bare):
            listed = ", ".join(map(str, bare.head(5)))
            raise MergedCellsError(
                "source {id!r}: {column!r} is empty below filled cells (rows {listed}{how}), as "
                "merged cells are saved; say fillDown = true if those rows belong to the "
                "household above them, or fillDown = false to list them as rows that name nobody",
                id=source.id,
                column=column.column,
                listed=listed,
                how=" ..." if len(bare) > 5 else "",
            )
    return cells


def _main(source: Source, cells: pl.DataFrame, tally: Tally, means: Pouring) -> pl.DataFrame:
    table = means.table(source.rows)
    frame = _read(source, cells, source.columns, table, means)
    if source.area_names and means.places is not None:
        frame = place_names(frame, cells, source.area_names, means.places, tally)
    elif source.rows == HOUSEHOLDS and "area" in frame.columns:
        frame = place_codes(frame, means.places, tally)
    frame = frame.with_columns(
        **{
            name: pl.lit(value, dtype=POLARS[table.fields[name].kind.value])
            for name, value in source.constants.items()
        }
    )
    if source.person is not None or source.link is not None:
        frame = _asked(source, cells, frame, means)
    else:
        frame = tally.drop(frame, _id_kind())
    return _per_head(_with_key(source, frame, table, means), source.columns)


def _read(
    source: Source,
    cells: pl.DataFrame,
    columns: Iterable[Column],
    table: TableSchema,
    means: Pouring,
) -> pl.DataFrame:
    kept: list[pl.Series] = [cells[ROW]]
    for column in columns:
        field = table.fields.get(column.field or "")
        if column.field is None or (field is not None and field.about.personal):
            kept += _digests(source, cells, column, field, means.digester)
            continue
        text = held(cells[column.column], column.missing_values)
        if column.field in (LEFT, DIED):
            value, fault = read_day(text, column)
            if fault.is_not_null().any():  # who left on a day that cannot be read has left
                value = value.to_frame("day").select(
                    pl.when(fault.is_not_null()).then(pl.date(1900, 1, 1)).otherwise("day")
                )["literal"]
        else:
            value, fault = read_cells(text, column, field)
        kept.append(value.alias(column.field))
        kept.append(fault.cast(FAULTS).alias(FAULT + column.field))
    return pl.DataFrame(kept)


def _digests(
    source: Source,
    cells: pl.DataFrame,
    column: Column,
    field: Field | None,
    digester: Digester | None,
) -> list[pl.Series]:
    """What is kept of a roster's personal columns: the digests of numbers and names."""
    if digester is None or field is None or source.person is not None:
        return []
    if field.name == "resident_id":
        return [digester.numbers(cells[column.column])[PERSON]]
    if field.name == "name":
        return [digester.names(cells[column.column])]
    return []


def _asked(
    source: Source, cells: pl.DataFrame, frame: pl.DataFrame, means: Pouring
) -> pl.DataFrame:
    """Rows that name a person: the digest by which the roster is asked."""
    if source.person is None or means.digester is None:
        empty = pl.lit(None, dtype=pl.UInt128).alias(PERSON)
        return frame.with_columns(empty, pl.lit("number-missing").alias(PERSON_FAULT))
    wanted = cells.join(frame.select(ROW), on=ROW, how="semi", maintain_order="left")
    frame = frame.with_columns(means.digester.numbers(wanted[source.person]))
    if source.person_name is not None:
        frame = frame.with_columns(means.digester.names(wanted[source.person_name]))
    return frame


def _id_kind() -> pl.Expr:
    missing = pl.when(pl.col("household_id").is_null()).then(pl.lit("no-id"))
    return pl.coalesce(pl.col(FAULT + "household_id").cast(pl.String), missing)


def _with_key(
    source: Source, frame: pl.DataFrame, table: TableSchema, means: Pouring
) -> pl.DataFrame:
    """Give the rows of a child table an id of their own where the file has none."""
    if table.name is None:
        return frame
    own = pl.concat_str(pl.lit(f"{source.id}-"), pl.col(ROW).cast(pl.String))
    if table.key not in frame.columns:
        return frame.with_columns(own.alias(table.key))
    given = pl.col(table.key)
    if table.day is not None and table.name in means.several:
        given = pl.concat_str(pl.lit(f"{source.id}-"), given)
    return frame.with_columns(pl.coalesce(given, own).alias(table.key))


def _per_head(frame: pl.DataFrame, columns: Iterable[Column]) -> pl.DataFrame:
    """Multiply amounts per head by the size of the household."""
    size = pl.col("size") if "size" in frame.columns else pl.lit(None, dtype=pl.Int64)
    for column in columns:
        if column.field is None or column.per != "person":
            continue
        fact, fault = pl.col(column.field), FAULT + column.field
        lacking = fact.is_not_null() & size.is_null()
        frame = frame.with_columns(
            (fact * size).alias(column.field),
            pl.when(lacking).then(pl.lit("no-size").cast(FAULTS)).otherwise(fault).alias(fault),
        )
    return frame


def _repeated(
    wide: Wide,
    number: int,
    cells: pl.DataFrame,
    ids: pl.DataFrame,
    tally: Tally,
    means: Pouring,
) -> Part:
    """The rows that one set of repeated columns holds; rows whose cells are empty are none."""
    columns = tuple(
        one.model_copy(update={"column": one.column.replace("{n}", str(number))})
        for one in wide.columns
    )
    there = tuple(one for one in columns if one.column in cells.columns)
    some = pl.Series([False] * cells.height, dtype=pl.Boolean)
    for one in there:
        some |= held(cells[one.column], one.missing_values).is_not_null()
    some_cells = cells.filter(some)
    table = means.table(wide.table)
    tally.rows += some_cells.height
    child = _read(tally.source, some_cells, there, table, means)
    child = child.join(ids, on=ROW, how="left", maintain_order="left")
    child = tally.drop(child, pl.when(pl.col("household_id").is_null()).then(pl.lit("no-id")))
    own = pl.concat_str("household_id", pl.lit(f"-{number}"))
    return means.shelf.put(tally, there, child.with_columns(own.alias(table.key)))


def several(sources: Iterable[Source]) -> frozenset[str]:
    """The tables that more than one source fills."""
    filled_by: dict[str, int] = {}
    for source in sources:
        for name in {source.rows, *(one.table for one in source.wide)}:
            filled_by[name] = filled_by.get(name, 0) + 1
    return frozenset(name for name, count in filled_by.items() if count > 1)
