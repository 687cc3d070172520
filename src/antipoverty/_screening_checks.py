"""Bad rows are set aside with their reason and counted; the others go on.

Every known column is checked against its field: the type, the bounds, the words it may
hold. A row with several faults is listed once for each. Rows of members and records
whose household is absent or was itself set aside are set aside as orphans, so that a
household is judged on all of its rows or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

import attrs
import narwhals as nw

from antipoverty._screening_tables import HOUSEHOLDS, Tables, collected, kept_at_hand
from antipoverty.codes import AreaCode, Level
from antipoverty.conditions import fields_read, tables_read
from antipoverty.errors import InvalidCodeError, MissingColumnError, MissingTableError
from antipoverty.model import MAX_ROWS_PER_HOUSEHOLD, AreaTree, Field, Kind, TableSchema
from antipoverty.rules import Pack

REASONS = {
    "missing-id": ("缺少编号", "the row has no id"),
    "duplicate-id": ("编号重复", "several rows have this id"),
    "missing-area": ("缺少所在村组", "the household has no area"),
    "unknown-area": ("区划代码不存在", "the area is not a known village or group grid"),
    "outside-pack": ("不在政策适用地区", "the area lies outside the pack's"),
    "wrong-type": ("类型错误", "the value is not of the field's type"),
    "not-a-number": ("非有限数值", "the value is NaN or infinite"),
    "out-of-bounds": ("超出允许范围", "the value lies outside the field's bounds"),
    "unknown-choice": ("取值不在允许范围", "the text is none of the field's words"),
    "orphan": ("户不存在或已剔除", "the household is absent or was set aside"),
    "too-many-rows": ("记录过多", "the household has more rows than the model allows"),
}
"""Why a row can be set aside, in Chinese and English, by the stable code of the reason."""

_DTYPES: Mapping[Kind, Any] = {
    Kind.NUMBER: nw.Int64,
    Kind.FLAG: nw.Boolean,
    Kind.TEXT: nw.String,
    Kind.DATE: nw.Date,
}


@attrs.frozen
class Fault:
    """A test that finds bad rows.

    Attributes:
        reason: The stable code.
        field: The column it is about.
        found: True for a bad row; never null.
    """

    reason: str
    field: str
    found: nw.Expr


@attrs.frozen
class Checked:
    """The good rows, in the types of the model, and what was set aside.

    Attributes:
        kind: The kind of frame that came in.
        tables: The good rows by table, with only the columns the model knows.
        rejected: One row for each fault: ``table, row_id, reason, field``.
        counts: How many rows each fault was found in: ``(table, reason, field)``.
        rows: How many rows came in, by table.
    """

    kind: str
    tables: Mapping[str, nw.LazyFrame[Any]]
    rejected: nw.LazyFrame[Any]
    counts: Mapping[tuple[str, str, str], int]
    rows: Mapping[str, int]


def check(tables: Tables, pack: Pack, *, as_of: date, areas: AreaTree | None = None) -> Checked:
    """Check every row of every table the pack's model knows.

    `screen` does this by itself; who screens the same tables several times checks them
    once and hands the result to `screen`.

    Args:
        tables: The tables as they came.
        pack: Its model says what the columns must hold, its rules which must be there.
        as_of: The day whose rules will be asked.
        areas: The known areas; without them only the form of a code is checked.

    Raises:
        MissingTableError: A rule reads a table that is not there.
        MissingColumnError: A rule reads a column that is not there.
    """
    frames = tables.lazy()
    schemas = {HOUSEHOLDS: pack.schema.household, **pack.schema.tables}
    needed: dict[str, list[str]] = {}
    for rule in pack.on(as_of).rules:
        paths = [*fields_read(rule.when), *(f"{t}.household_id" for t in tables_read(rule.when))]
        for path in paths:
            needed.setdefault(path, []).append(rule.id)
    _refuse_missing(frames, schemas, needed)
    work = _Work(pack, areas)
    homes = work.table(HOUSEHOLDS, frames[HOUSEHOLDS], schemas[HOUSEHOLDS])
    good = {HOUSEHOLDS: homes}
    for name, schema in pack.schema.tables.items():
        if name in frames:
            good[name] = work.table(name, frames[name], schema, homes)
    return Checked(tables.kind, good, work.rejected(frames[HOUSEHOLDS]), work.counts, work.rows)


def _refuse_missing(
    frames: Mapping[str, nw.LazyFrame[Any]],
    schemas: Mapping[str, TableSchema],
    needed: Mapping[str, Iterable[str]],
) -> None:
    columns = {name: set(frame.collect_schema()) for name, frame in frames.items()}
    absent: dict[str, list[str]] = {}
    lacking: dict[str, list[str]] = {}
    wanted = {f"{HOUSEHOLDS}.household_id": ["every rule"], f"{HOUSEHOLDS}.area": ["every rule"]}
    wanted |= {f"{name}.household_id": ["the join"] for name in frames if name in schemas}
    for path, rules in needed.items():
        wanted.setdefault(path if "." in path else f"{HOUSEHOLDS}.{path}", []).extend(rules)
    for path, rules in wanted.items():
        table, _, column = path.partition(".")
        if table not in columns:
            absent.setdefault(table, []).extend(rules)
        elif column not in columns[table]:
            lacking[path] = list(rules)
    if absent:
        raise MissingTableError(
            "the tables lack "
            + "; ".join(
                f"{name!r}, which {_listed(rules)} read" for name, rules in sorted(absent.items())
            )
            + "; give it, empty if there are no rows"
        )
    if lacking:
        raise MissingColumnError(
            "the tables lack the columns "
            + "; ".join(
                f"{path!r} (read by {_listed(rules)})" for path, rules in sorted(lacking.items())
            )
            + "; add each, null where it is not known"
        )


def _listed(rules: Iterable[str]) -> str:
    return ", ".join(sorted(set(rules)))


class _Work:
    """One run of the checks: what it found so far."""

    def __init__(self, pack: Pack, areas: AreaTree | None) -> None:
        self.pack = pack
        self.areas = areas
        self.counts: dict[tuple[str, str, str], int] = {}
        self.rows: dict[str, int] = {}
        self.listings: list[nw.LazyFrame[Any]] = []

    def table(
        self,
        name: str,
        frame: nw.LazyFrame[Any],
        schema: TableSchema,
        homes: nw.LazyFrame[Any] | None = None,
    ) -> nw.LazyFrame[Any]:
        """Check one table and give its good rows."""
        dtypes = frame.collect_schema()
        known = [field for field in schema.fields.values() if field.name in dtypes]
        known = [field for field in known if not field.about.personal]
        row_id = schema.key if schema.key in dtypes else "household_id"
        faults = [fault for field in known for fault in _faults(field, dtypes[field.name])]
        faults += [Fault("missing-id", "household_id", nw.col("household_id").is_null())]
        if homes is None:
            faults += self._area_faults(frame)
        clean = [_clean(field, dtypes[field.name]) for field in known]
        if "household_id" not in {field.name for field in known}:
            clean.append(nw.col("household_id").cast(nw.String))
        good = self._without(name, frame, row_id, faults).select(*clean)
        key = nw.col("household_id")
        per_home = good.group_by("household_id").agg(nw.len().alias("_rows"))
        if homes is None:
            return self._except(
                name, good, per_home.filter(nw.col("_rows") > 1), "duplicate-id", row_id
            )
        per_home = kept_at_hand(per_home)
        orphans = per_home.join(homes.select(key), on="household_id", how="anti")
        good = self._except(name, good, orphans, "orphan", row_id)
        many = per_home.filter(nw.col("_rows") > MAX_ROWS_PER_HOUSEHOLD)
        return self._except(name, good, many, "too-many-rows", row_id)

    def _without(
        self, name: str, frame: nw.LazyFrame[Any], row_id: str, faults: list[Fault]
    ) -> nw.LazyFrame[Any]:
        """Set aside the rows in which a fault is found."""
        tallies = [
            fault.found.cast(nw.Int64).sum().alias(f"_{i}") for i, fault in enumerate(faults)
        ]
        row = collected(frame.select(nw.len().alias("_rows"), *tallies)).row(0, named=True)
        self.rows[name] = int(row["_rows"])
        found = [fault for i, fault in enumerate(faults) if row[f"_{i}"]]
        for i, fault in enumerate(faults):
            if row[f"_{i}"]:
                self.counts[name, fault.reason, fault.field] = int(row[f"_{i}"])
        for fault in found:
            self._list(name, frame.filter(fault.found), row_id, fault.reason, fault.field)
        return frame.filter(~reduce(or_, (fault.found for fault in found))) if found else frame

    def _except(
        self,
        name: str,
        good: nw.LazyFrame[Any],
        bad: nw.LazyFrame[Any],
        reason: str,
        row_id: str,
    ) -> nw.LazyFrame[Any]:
        """Set aside the rows of some households."""
        bad = kept_at_hand(bad.select("household_id", "_rows"))
        count = collected(bad.select(nw.col("_rows").sum())).item()
        if not count:
            return good
        self.counts[name, reason, "household_id"] = int(count)
        keys = bad.select("household_id")
        self._list(
            name, good.join(keys, on="household_id", how="semi"), row_id, reason, "household_id"
        )
        return good.join(keys, on="household_id", how="anti")

    def _list(
        self, name: str, rows: nw.LazyFrame[Any], row_id: str, reason: str, field: str
    ) -> None:
        self.listings.append(
            rows.select(
                nw.lit(name).alias("table"),
                nw.col(row_id).cast(nw.String).alias("row_id"),
                nw.lit(reason).alias("reason"),
                nw.lit(field).alias("field"),
            )
        )

    def rejected(self, like: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """List every row set aside, one row for each fault."""
        if not self.listings:
            self._list(HOUSEHOLDS, like.head(0), "household_id", "", "")
        return nw.concat(self.listings, how="vertical")

    def _area_faults(self, frame: nw.LazyFrame[Any]) -> list[Fault]:
        area = nw.col("area").cast(nw.String)
        distinct = collected(frame.select(area.alias("area")).unique())["area"].drop_nulls()
        bad: dict[str, list[str]] = {"unknown-area": [], "outside-pack": []}
        for code in distinct:
            reason = self._area_fault(code)
            if reason:
                bad[reason].append(code)
        faults = [Fault("missing-area", "area", nw.col("area").is_null())]
        faults += [
            Fault(reason, "area", area.is_in(sorted(codes)).fill_null(value=False))
            for reason, codes in bad.items()
            if codes
        ]
        return faults

    def _area_fault(self, text: str) -> str | None:
        try:
            code = AreaCode(text)
        except InvalidCodeError:
            return "unknown-area"
        if code.level not in (Level.VILLAGE, Level.GROUP):
            return "unknown-area"
        if not code.startswith(self.pack.area):
            return "outside-pack"
        if self.areas is not None and code.at(Level.VILLAGE) not in self.areas:
            return "unknown-area"
        return None


def _faults(field: Field, dtype: Any) -> list[Fault]:
    """The tests a column must pass, given the type it has come in."""
    column, about = nw.col(field.name), field.about
    if not _fits(field.kind, dtype):
        return [Fault("wrong-type", field.name, ~column.is_null())]
    faults = []
    if field.kind is Kind.NUMBER:
        if dtype.is_float():
            odd = column.is_nan() | ~column.is_finite()
            faults.append(Fault("not-a-number", field.name, odd.fill_null(value=False)))
            broken = (column.round(0) != column) & ~odd
            faults.append(Fault("wrong-type", field.name, broken.fill_null(value=False)))
        outside = (column < nw.lit(about.low)) | (column > nw.lit(about.high))
        if dtype.is_float():
            outside = outside & ~odd
        faults.append(Fault("out-of-bounds", field.name, outside.fill_null(value=False)))
    if field.kind is Kind.FLAG and dtype.is_integer():
        wrong = (column != 0) & (column != 1)
        faults.append(Fault("wrong-type", field.name, wrong.fill_null(value=False)))
    if field.kind is Kind.TEXT and about.choices:
        known = column.cast(nw.String).is_in(list(about.choices))
        unknown = ~known & ~column.is_null()
        faults.append(Fault("unknown-choice", field.name, unknown.fill_null(value=False)))
    return faults


def _fits(kind: Kind, dtype: Any) -> bool:
    """Tell whether values of a column's type can be read as a kind."""
    if dtype == nw.Unknown:
        return True
    if kind is Kind.NUMBER:
        return bool(dtype.is_integer() or dtype.is_float())
    if kind is Kind.FLAG:
        return bool(dtype == nw.Boolean or dtype.is_integer())
    if kind is Kind.DATE:
        return bool(dtype == nw.Date or dtype == nw.Datetime)
    return bool(dtype in (nw.String, nw.Categorical, nw.Enum) or dtype.is_integer())


def _clean(field: Field, dtype: Any) -> nw.Expr:
    """Read a column in the model's type; rows that cannot be read are set aside before."""
    column, wanted = nw.col(field.name), _DTYPES[field.kind]
    if not _fits(field.kind, dtype):
        return nw.lit(None, dtype=wanted).alias(field.name)
    if dtype == wanted:
        return column
    if field.kind is Kind.FLAG and dtype.is_integer():
        return (column == 1).alias(field.name)
    if field.kind is Kind.NUMBER and dtype.is_float():
        whole = nw.when((column.round(0) == column) & column.is_finite()).then(column)
        return whole.cast(wanted).alias(field.name)
    return column.cast(wanted)


__all__ = ["REASONS", "Checked", "check"]
