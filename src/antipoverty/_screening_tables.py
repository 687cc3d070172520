"""Tables come in as any frame Narwhals reads and answers go back as the same kind.

Inside there are two ways. Polars, pandas and PyArrow are computed by Polars, the
embedded engine. DuckDB relations and Spark frames are computed where they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import reduce
from numbers import Real
from operator import xor
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from antipoverty._frozen import Frozen
from antipoverty.errors import MissingTableError, UnsupportedFrameError
from antipoverty.model import Household, Kind, TableSchema, schema_of

HOUSEHOLDS = "households"
"""What the table of the households themselves is called."""


class Tables:
    """The tables of a population: households, and one table for each child table.

    Args:
        households: One row a household, columns named as the fields of `Household`.
            Money columns are whole fen; null means not known.
        members: One row a member, with ``household_id``.
        records: One row a department record, with ``household_id``.
        more: The child tables of an extended model, by name.

    Columns that the model does not have are left alone. Personal columns need not
    be there, and are never read.

    Raises:
        UnsupportedFrameError: A table is no frame, or the tables are of different kinds.
    """

    def __init__(
        self, households: Any, members: Any = None, records: Any = None, **more: Any
    ) -> None:
        given = {HOUSEHOLDS: households, "members": members, "records": records, **more}
        self._native: Mapping[str, Any] = Frozen(
            {name: table for name, table in given.items() if table is not None}
        )
        kinds = {name: frame_kind(table, name) for name, table in self._native.items()}
        self.kind = kinds[HOUSEHOLDS]
        if len(set(kinds.values())) > 1:
            listed = ", ".join(f"{name} is {kind}" for name, kind in kinds.items())
            raise UnsupportedFrameError(f"all tables must be frames of one kind; {listed}")

    def __repr__(self) -> str:
        return f"<Tables of {self.kind}: {', '.join(self._native)}>"

    def __iter__(self) -> Iterator[str]:
        return iter(self._native)

    def __contains__(self, name: object) -> bool:
        return name in self._native

    def __getitem__(self, name: str) -> Any:
        return self._native[name]

    def lazy(self) -> dict[str, nw.LazyFrame[Any]]:
        """Every table as a lazy frame, ready to be computed on."""
        return {name: as_lazy(table) for name, table in self._native.items()}

    def only(self, household_id: str) -> Tables:
        """The same tables with the rows of one household alone."""
        kept = {}
        for name, table in self._native.items():
            frame = nw.from_native(table)
            if "household_id" in frame.collect_schema():
                frame = frame.filter(nw.col("household_id").cast(nw.String) == household_id)
            kept[name] = frame.to_native()
        return Tables(**kept)

    @classmethod
    def of(cls, homes: Iterable[Household], model: type[Household] = Household) -> Tables:
        """Make Polars tables of households in hand, without their personal values.

        Args:
            homes: The households; a child table that all of them have is made a table.
            model: Their class, which says what columns there are.
        """
        listed = list(homes)
        schema = schema_of(model)
        made = {HOUSEHOLDS: _frame(schema.household, [({}, home) for home in listed])}
        for name, table in schema.tables.items():
            if all(getattr(home, name) is not None for home in listed):
                rows = [
                    ({"household_id": home.household_id}, row)
                    for home in listed
                    for row in getattr(home, name)
                ]
                made[name] = _frame(table, rows)
        return cls(**made)

    @classmethod
    def read(cls, folder: str | Path) -> Tables:
        """Read a folder of Parquet tables lazily.

        Args:
            folder: It holds, for each table, ``NAME.parquet`` or a folder ``NAME``
                of Parquet files: ``households``, ``members``, ``records`` and others.

        Raises:
            MissingTableError: There is no table of households.
            UnsupportedFrameError: A file is no Parquet file.
        """
        found: dict[str, pl.LazyFrame] = {}
        for path in sorted(Path(folder).iterdir()):
            if path.is_dir() and any(path.glob("*.parquet")):
                found[path.name] = _scanned(path / "*.parquet")
            elif path.suffix == ".parquet":
                found[path.stem] = _scanned(path)
        if HOUSEHOLDS not in found:
            raise MissingTableError(
                f"{folder} has no {HOUSEHOLDS}.parquet and no folder {HOUSEHOLDS} of Parquet files"
            )
        return cls(**found)


def _scanned(path: Path) -> pl.LazyFrame:
    frame = pl.scan_parquet(path)
    try:
        frame.collect_schema()
    except pl.exceptions.ComputeError:
        raise UnsupportedFrameError(
            f"{path} cannot be read as Parquet; write it again, or take it out of the folder"
        ) from None
    return frame


_POLARS: Mapping[Kind, pl.DataType] = {
    Kind.NUMBER: pl.Int64(),
    Kind.FLAG: pl.Boolean(),
    Kind.TEXT: pl.String(),
    Kind.DATE: pl.Date(),
}


def _frame(table: TableSchema, rows: list[tuple[dict[str, str], Any]]) -> pl.DataFrame:
    fields = [field for field in table.fields.values() if not field.about.personal]
    columns = {
        **{key: pl.String() for key in (["household_id"] if table.name else [])},
        **{field.name: _POLARS[field.kind] for field in fields},
    }
    data = [
        {**keys, **{field.name: getattr(row, field.name) for field in fields}} for keys, row in rows
    ]
    return pl.DataFrame(data, schema=columns)


OTHER_TYPE = " is of another type"
"""Ends the name of a column that marks the values which are not of their column's type."""


def _from_pandas(table: Any) -> pl.DataFrame:
    """Read a pandas frame, whose columns may hold values of several types.

    Such a column keeps the values of the type most of them have; the others are marked.
    """
    columns: dict[str, Any] = {}
    for name in table.columns:
        try:
            columns[name] = pl.from_pandas(table[name])
        except (TypeError, ValueError, NotImplementedError, OverflowError):
            values, missing = table[name].tolist(), table[name].isna().tolist()
            pairs = zip(values, missing, strict=True)
            sorts = [None if gone else _sort(value) for value, gone in pairs]
            ((usual, _),) = Counter(one for one in sorts if one).most_common(1)
            kept = [v if one == usual else None for v, one in zip(values, sorts, strict=True)]
            columns[name] = pl.Series(kept, strict=False)
            columns[name + OTHER_TYPE] = [one not in (None, usual) for one in sorts]
    return pl.DataFrame(columns)


def _sort(value: object) -> str:
    sorts = {"bool": bool, "number": Real, "text": str, "day": date}
    return next((name for name, of in sorts.items() if isinstance(value, of)), type(value).__name__)


def frame_kind(table: Any, name: str = "the table") -> str:
    """Name the kind of a frame: polars, polars-lazy, pandas, pyarrow, duckdb or pyspark."""
    try:
        frame = nw.from_native(table)
    except nw.exceptions.DuplicateError as twice:
        raise UnsupportedFrameError(f"{name}: {twice}") from None
    except TypeError:
        raise UnsupportedFrameError(
            f"{name} is a {type(table).__name__}; give a frame of Polars, pandas, PyArrow, "
            "DuckDB or Spark"
        ) from None
    kind = frame.implementation.value
    kind = {"pyspark[connect]": "pyspark"}.get(kind, kind)
    if kind not in ("polars", "pandas", "pyarrow", "duckdb", "pyspark"):
        raise UnsupportedFrameError(f"{name} is a frame of {kind}, which is not supported")
    return "polars-lazy" if kind == "polars" and isinstance(frame, nw.LazyFrame) else str(kind)


def as_lazy(table: Any) -> nw.LazyFrame[Any]:
    """Give a frame as a lazy one; pandas and PyArrow become Polars."""
    frame = nw.from_native(table)
    if isinstance(frame, nw.LazyFrame):
        return frame
    try:
        read = frame.to_polars()
    except (TypeError, ValueError, NotImplementedError, OverflowError):
        if not frame.implementation.is_pandas():
            raise
        read = _from_pandas(table)
    lazy: nw.LazyFrame[Any] = nw.from_native(read.lazy())
    return lazy


def kept_at_hand(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Compute a frame once and keep it, because many queries will read it."""
    native: Any = frame.to_native()
    kept: Any
    if isinstance(native, pl.LazyFrame):
        kept = native.collect(engine="streaming").lazy()
    elif frame.implementation.is_duckdb():
        kept = native.materialize()
    else:
        kept = native.cache()
    again: nw.LazyFrame[Any] = nw.from_native(kept)
    return again


def as_kind(frame: nw.LazyFrame[Any], kind: str) -> Any:
    """Give a frame back as the kind that came in."""
    native = frame.to_native()
    if not isinstance(native, pl.LazyFrame) or kind == "polars-lazy":
        return native
    collected = native.collect()
    if kind == "pandas":
        return collected.to_pandas()
    return collected.to_arrow() if kind == "pyarrow" else collected


def joined(left: nw.LazyFrame[Any], right: Any, on: Sequence[str], how: str) -> nw.LazyFrame[Any]:
    """Join two frames of a kind; Polars keeps the order of the left one's rows."""
    native: Any = left.to_native()
    if not isinstance(native, pl.LazyFrame):
        return left.join(right, on=list(on), how=how)  # type: ignore[arg-type]  # the words are the same
    kept = native.join(right.to_native(), on=on, how=how, maintain_order="left")  # type: ignore[arg-type]
    again: nw.LazyFrame[Any] = nw.from_native(kept)
    return again


PLACE = "_place"
"""The column that keeps the order in which households came."""


def numbered(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Number the rows of a Polars frame in `PLACE`; elsewhere rows have no order to keep."""
    native: Any = frame.to_native()
    return (
        nw.from_native(native.with_row_index(PLACE)) if isinstance(native, pl.LazyFrame) else frame
    )


def repeated(frame: nw.LazyFrame[Any], columns: Sequence[str]) -> nw.LazyFrame[Any]:
    """The values of some columns that several rows share, and in ``_rows`` how many do.

    Rows in which one of them is not known are left out. Polars looks first at a hash of
    64 bits, since long texts are slow to group and nearly always nothing is repeated.
    """
    known = frame.filter(
        ~nw.any_horizontal(*(nw.col(c).is_null() for c in columns), ignore_nulls=True)
    )
    native: Any = known.to_native()
    if isinstance(native, pl.LazyFrame):
        mark = reduce(xor, (pl.col(c).hash(seed=i) for i, c in enumerate(columns)))
        counted = native.select(mark.alias("_mark")).group_by("_mark").len()
        marks = counted.filter(pl.col("len") > 1).collect(engine="streaming")["_mark"]
        known = nw.from_native(native.filter(mark.is_in(marks.implode())))
    counts = known.group_by(*columns).agg(nw.len().alias("_rows"))
    return kept_at_hand(counts.filter(nw.col("_rows") > 1))


def collected(frame: nw.LazyFrame[Any]) -> pl.DataFrame:
    """Bring a small frame into memory as Polars."""
    native: pl.DataFrame = frame.collect(backend="polars").to_native()
    return native


def like(given: nw.DataFrame[Any] | nw.LazyFrame[Any], result: pl.DataFrame) -> Any:
    """Give a result in the kind of frame that came in."""
    if isinstance(given, nw.LazyFrame):
        session = getattr(given.to_native(), "sparkSession", None)  # Spark's frames know theirs
        lazy = nw.from_native(result).lazy(backend=given.implementation, session=session)
        return lazy.to_native()
    if given.implementation is nw.Implementation.POLARS:
        return result
    return nw.from_arrow(nw.from_native(result), backend=given.implementation).to_native()
