"""Tables come in as any frame Narwhals reads and answers go back as the same kind.

Inside there are two ways. Polars, pandas and PyArrow are computed by Polars, the
embedded engine. DuckDB relations and Spark frames are computed where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import narwhals as nw
import polars as pl

from antipoverty._base.frames import POLARS, UNREADABLE, as_lazy, frame_kind
from antipoverty._base.frozen import Frozen
from antipoverty._base.notebook import fragment
from antipoverty._screening.deliveries import deliveries_of
from antipoverty._screening.money import read_units
from antipoverty.errors import (
    InvalidArgumentError,
    MissingTableError,
    UnsupportedFrameError,
    phrase,
    phrases,
)
from antipoverty.model import Delivery, Household, TableSchema, schema_of

F = TypeVar("F")
"""A type of frame, such as ``pandas.DataFrame``: what comes in and what goes back."""

HOUSEHOLDS = "households"
"""What the table of the households themselves is called."""


class Tables(Generic[F]):
    """The tables of a population: households, and one table for each child table.

    Args:
        households: One row a household, columns named as the fields of `Household`.
            Money columns are whole fen; null means not known.
        members: One row a member, with ``household_id``.
        records: One row a department record, with ``household_id``.
        zone: In which zone moments have their days, such as ``Asia/Shanghai``, for columns
            of days that came as moments in a time zone. Never that of a machine or session.
        money: In which unit amounts came, ``fen`` unless said: ``yuan`` (元) or ``wanyuan``
            (万元) for all columns, or a unit for each by its path, such as
            ``{"net_income_12m": "wanyuan", "records.amount": "yuan"}``. They are converted
            exactly.
        deliveries: What departments handed over; a row that is not there means *none* only
            where a delivery covers it. Without, the caller vouches that the tables are
            complete, and the answer says so.
        more: The child tables of an extended model, by name.

    Columns that the model does not have are left alone. Personal columns need not
    be there, and are never read.

    Raises:
        UnsupportedFrameError: A table is no frame, or the tables are of different kinds.
        InvalidArgumentError: There is no such zone or unit.
    """

    def __init__(
        self,
        households: F,
        members: F | None = None,
        records: F | None = None,
        *,
        zone: str | None = None,
        money: str | Mapping[str, str] | None = None,
        deliveries: Iterable[Delivery] | F | None = None,
        **more: F | None,
    ) -> None:
        self.zone = None if zone is None else _zone(zone)
        self.money = read_units(money)
        self._given_money = money
        self.deliveries = None if deliveries is None else deliveries_of(deliveries)
        given = {HOUSEHOLDS: households, "members": members, "records": records, **more}
        self._native: Mapping[str, F] = Frozen(
            {name: table for name, table in given.items() if table is not None}
        )
        kinds = {name: frame_kind(table, name) for name, table in self._native.items()}
        self.kind = kinds[HOUSEHOLDS]
        self._lazy: Mapping[str, nw.LazyFrame[Any]] | None = None
        if len(set(kinds.values())) > 1:
            listed = ", ".join(f"{name} is {kind}" for name, kind in kinds.items())
            raise UnsupportedFrameError(
                "all tables must be frames of one kind; {listed}", listed=listed
            )

    def __repr__(self) -> str:
        return f"<Tables of {self.kind}: {', '.join(self._native)}>"

    def _repr_html_(self) -> str:
        """Show a notebook the tables and their columns."""
        columns = {name: frame.collect_schema().names() for name, frame in self.lazy().items()}
        rows = [(name, len(names), ", ".join(names)) for name, names in columns.items()]
        return fragment(repr(self), ("表 table", "列数 columns", "列 names"), rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self._native)

    def __contains__(self, name: object) -> bool:
        return name in self._native

    def __getitem__(self, name: str) -> F:
        return self._native[name]

    def lazy(self) -> dict[str, nw.LazyFrame[Any]]:
        """Every table as a lazy frame, ready to be computed on."""
        if self._lazy is not None:
            return dict(self._lazy)
        return {name: as_lazy(table) for name, table in self._native.items()}

    @property
    def reading(self) -> str:
        """In which units amounts are read, in fen, and in which zone moments are, as a text."""
        every = self.money.get("", 1)
        own = {path: fen for path, fen in self.money.items() if path and fen != every}
        return f"{every} {sorted(own.items())} {self.zone or ''}"

    def converted(self) -> Tables[F]:
        """The same tables, converted now and once, for who computes on them several times."""
        same: Tables[F] = self.with_frames(self._native)
        same._lazy = self.lazy()
        return same

    def only(self, household_id: str) -> Tables[F]:
        """The same tables with the rows of one household alone."""
        kept: dict[str, Any] = {}
        for name, table in self._native.items():
            frame: Any = nw.from_native(table)
            if "household_id" in frame.collect_schema():
                frame = frame.filter(nw.col("household_id").cast(nw.String) == household_id)
            kept[name] = frame.to_native()
        return self.with_frames(kept)

    def with_frames(self, frames: Mapping[str, Any]) -> Tables[Any]:
        """Give other frames as tables that are read as these are.

        Args:
            frames: The frames, by the name of the table.
        """
        return Tables(**frames, zone=self.zone, money=self._given_money, deliveries=self.deliveries)

    @classmethod
    def of(
        cls, population: Iterable[Household], model: type[Household] = Household
    ) -> Tables[pl.DataFrame]:
        """Make Polars tables of households in hand, without their personal values.

        Args:
            population: The households; a child table that all of them have is made a table.
            model: Their class, which says what columns there are.
        """
        listed = list(population)
        schema = schema_of(model)
        handed = {household.deliveries for household in listed}
        if len(handed) > 1:
            raise InvalidArgumentError(
                "the households come with different deliveries, and tables have one list for all; "
                "make tables of those with the same"
            )
        made: dict[str, Any] = {
            HOUSEHOLDS: _frame(schema.household, [({}, household) for household in listed])
        }
        for name, table in schema.tables.items():
            if all(getattr(household, name) is not None for household in listed):
                rows = [
                    ({"household_id": household.household_id}, row)
                    for household in listed
                    for row in getattr(household, name)
                ]
                made[name] = _frame(table, rows)
        return Tables(**made, deliveries=next(iter(handed), None))

    @classmethod
    def read(
        cls,
        folder: str | Path,
        *,
        zone: str | None = None,
        money: str | Mapping[str, str] | None = None,
    ) -> Tables[pl.LazyFrame]:
        """Read a folder of Parquet tables lazily.

        Args:
            folder: It holds, for each table, ``NAME.parquet`` or a folder ``NAME``
                of Parquet files: ``households``, ``members``, ``records`` and others.
            zone: As of `Tables`.
            money: As of `Tables`.

        Raises:
            MissingTableError: There is no table of households.
            UnsupportedFrameError: A file is no Parquet file.
        """
        found: dict[str, Any] = {}
        for path in sorted(Path(folder).iterdir()):
            if path.is_dir() and any(path.glob("*.parquet")):
                found[path.name] = _scanned(path / "*.parquet")
            elif path.suffix == ".parquet":
                found[path.stem] = _scanned(path)
        if HOUSEHOLDS not in found:
            raise MissingTableError(
                "{folder} has no {households}.parquet and no folder {households} of Parquet files",
                folder=folder,
                households=HOUSEHOLDS,
            )
        return Tables(**found, zone=zone, money=money)


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise InvalidArgumentError(
            "there is no such time zone; give a name such as 'Asia/Shanghai'"
        ) from None


def _scanned(path: Path) -> pl.LazyFrame:
    parts = sorted(path.parent.glob(path.name)) if "*" in path.name else [path]
    if len(parts) > 1:
        return _joined_parts(parts)
    frame = pl.scan_parquet(path)
    try:
        frame.collect_schema()
    except UNREADABLE:
        raise UnsupportedFrameError(
            "{path} cannot be read as Parquet; write it again, or take it out of the folder",
            path=path,
        ) from None
    return frame


def _joined_parts(parts: list[Path]) -> pl.LazyFrame:
    """Read part files as one table, where each county may have written its own types.

    Integers, floats and flags of a column come to the widest of them, dictionaries to text;
    a column that some file lacks is not known there.

    Raises:
        UnsupportedFrameError: The files have a column in types that have nothing in common.
    """
    frames = {part: _scanned(part) for part in parts}
    schemas = {part: frame.collect_schema() for part, frame in frames.items()}
    if len({tuple(schema.items()) for schema in schemas.values()}) == 1:
        return pl.scan_parquet(parts)
    wanted: dict[str, tuple[pl.DataType, Path]] = {}
    problems: list[str] = []
    for part, schema in schemas.items():
        for name, dtype in schema.items():
            before, first = wanted.get(name, (dtype, part))
            common = _common(before, dtype)
            if common is None:
                problems.append(
                    phrase(
                        "{name} is {before} in {name2} and {dtype} in {name3}",
                        name=name,
                        before=before,
                        name2=first.name,
                        dtype=dtype,
                        name3=part.name,
                    )
                )
            else:
                wanted[name] = (common, first)
    if problems:
        raise UnsupportedFrameError(
            "the files of {name} do not fit together: {problems}; write each column in one type",
            name=parts[0].parent.name,
            problems=phrases(problems),
        )
    return pl.concat(
        [
            frame.select(
                pl.col(name).cast(dtype)
                if name in schemas[part]
                else pl.lit(None, dtype).alias(name)
                for name, (dtype, _) in wanted.items()
            )
            for part, frame in frames.items()
        ]
    )


def _common(one: pl.DataType, other: pl.DataType) -> pl.DataType | None:
    """The type in which the values of two can be held without loss, if there is one."""
    texts = (pl.String, pl.Categorical, pl.Enum)
    if one == other or other == pl.Null:
        return one
    if one == pl.Null:
        return other
    if isinstance(one, texts) and isinstance(other, texts):
        return pl.String()
    if one.is_integer() and other.is_integer():
        return pl.Int64() if pl.UInt64 not in (one, other) else None
    if one.is_numeric() and other.is_numeric() and not (one.is_decimal() or other.is_decimal()):
        return pl.Float64()
    return None


def _frame(table: TableSchema, rows: list[tuple[dict[str, str], Any]]) -> pl.DataFrame:
    came = (field for field in table.fields.values() if field.about.derive is None)
    fields = [field for field in came if not field.about.personal]
    columns = {
        **{key: pl.String() for key in (["household_id"] if table.name else [])},
        **{field.name: POLARS[field.kind.value] for field in fields},
    }
    data = [
        {**keys, **{field.name: getattr(row, field.name) for field in fields}} for keys, row in rows
    ]
    return pl.DataFrame(data, schema=columns)
