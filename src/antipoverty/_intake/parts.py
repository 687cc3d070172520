"""Pieces of sources on their way into tables, in memory or in a folder of their own.

What is kept of a person here is digests; a piece in a folder is a Parquet file that is gone
when the tables are made.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from pathlib import Path

import attrs
import polars as pl

from antipoverty._base.frozen import Frozen
from antipoverty._intake.mapping import Column, Source
from antipoverty._intake.report import KINDS, SHOWN, Cells, PlaceName, Rows, SourceReport
from antipoverty._intake.text import ROW

FAULT = "_fault_"
"""What stands before a fact's name in the column that tells why it could not be read."""

FAULTS = pl.Enum(list(KINDS))


@attrs.define
class Tally:
    """What has become so far of the rows of a source."""

    source: Source
    table: str
    passed_over: tuple[str, ...] = ()
    rows: int = 0
    placed: int = 0
    decided: int = 0
    aside: dict[str, list[int]] = attrs.field(factory=dict)
    cells: dict[tuple[str, str], tuple[int, list[int]]] = attrs.field(factory=dict)
    ambiguous: dict[tuple[str, ...], tuple[tuple[str, ...], int]] = attrs.field(factory=dict)

    def set_aside(self, kind: str, rows: Iterable[int]) -> None:
        """List rows that do not come into the table."""
        self.aside.setdefault(kind, []).extend([*rows])  # at once, whichever thread is next

    def add(self, piece: Tally) -> None:
        """Count what became of some more rows of the source."""
        self.rows += piece.rows
        for kind, rows in piece.aside.items():
            self.set_aside(kind, rows)
        for names, (codes, more) in piece.ambiguous.items():
            self.ambiguous[names] = codes, self.ambiguous.get(names, ((), 0))[1] + more

    def drop(self, frame: pl.DataFrame, kinds: pl.Series | pl.Expr) -> pl.DataFrame:
        """Set rows aside by the kind that stands beside each; keep those without one."""
        both = frame.with_columns(kinds.alias("_kind"))
        if both["_kind"].null_count() == both.height:
            return frame
        for (kind,), rows in both.drop_nulls("_kind").group_by("_kind"):
            self.set_aside(str(kind), rows[ROW])
        return both.filter(pl.col("_kind").is_null()).drop("_kind")

    def count(self, column: str, kind: str, rows: Iterable[int], number: int) -> None:
        """Count cells that could not be read."""
        held, first = self.cells.get((column, kind), (0, []))
        self.cells[column, kind] = held + number, [*first, *rows][:SHOWN]

    def report(self) -> SourceReport:
        """What became of the source."""
        return SourceReport(
            self.source.id,
            self.source.department,
            self.table,
            self.rows,
            self.placed,
            Frozen({kind: Rows(self.aside[kind]) for kind in KINDS if self.aside.get(kind)}),
            tuple(
                Cells(column, kind, held, tuple(rows))
                for (column, kind), (held, rows) in self.cells.items()
            ),
            self.passed_over,
            tuple(
                PlaceName(names, codes, rows)
                for names, (codes, rows) in [*self.ambiguous.items()][:SHOWN]
            ),
            decided=self.decided,
        )


@attrs.define
class Part:
    """Some rows of a source for one table."""

    tally: Tally
    columns: tuple[Column, ...]
    _frame: pl.DataFrame | None = attrs.field(repr=False)
    _path: Path | None
    numbered: bool = False
    """Whether its rows are named by their numbers in the file, so that no name stands twice."""

    @property
    def table(self) -> str:
        """The table its rows belong to."""
        return self.tally.table

    @property
    def source(self) -> Source:
        """The source they are from."""
        return self.tally.source

    def has(self, *names: str) -> bool:
        """Whether the rows have one of some columns."""
        held = (
            pl.read_parquet_schema(self._path)
            if self._path is not None
            else self._frame.schema
            if self._frame is not None
            else {}
        )
        return any(name in held for name in names)

    def load(self, columns: Iterable[str] | None = None) -> pl.DataFrame:
        """Give the rows, or some columns of them; a column that is not there is left out."""
        if self._path is None:
            frame = self._frame if self._frame is not None else pl.DataFrame()
            return frame if columns is None else frame.select(self._there(frame.columns, columns))
        if columns is None:
            return pl.read_parquet(self._path)
        there = self._there(pl.read_parquet_schema(self._path), columns)
        return pl.read_parquet(self._path, columns=there)

    @staticmethod
    def _there(known: Iterable[str], asked: Iterable[str]) -> list[str]:
        held = set(known)
        return [name for name in asked if name in held]

    def save(self, frame: pl.DataFrame) -> None:
        """Keep other rows in their place."""
        if self._path is None:
            self._frame = frame
        else:
            frame.write_parquet(self._path, compression="lz4", statistics=False)

    def release(self) -> None:
        """Forget the rows."""
        self._frame = None
        if self._path is not None:
            self._path.unlink()


class Shelf:
    """Where parts are kept.

    Args:
        folder: A folder for files; memory if ``None``.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._numbers = count(1)  # whichever thread is next

    def put(self, tally: Tally, columns: tuple[Column, ...], frame: pl.DataFrame) -> Part:
        """Keep some rows."""
        name = f"{next(self._numbers):06d}.parquet"
        path = None if self._folder is None else self._folder / name
        part = Part(tally, columns, None, path)
        part.save(frame)
        return part
