"""What is wrong with a row: the tests each column must pass, given the type it came in.

A value is read in the model's type when that loses nothing: small integers, whole
floats, decimals without a fraction, integers for codes, 0 and 1 for yes and no,
categories, datetimes for days. Nothing is guessed: text is never read as a number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any

import attrs
import narwhals as nw
import polars as pl

from antipoverty._base.driver import in_pieces
from antipoverty._base.frames import spark_sql, to_polars
from antipoverty._base.opaque import AS_CODES_ARE, IN_FRAMES, MAY_BE_PERSONAL, names_a_person
from antipoverty._policy.succession import place
from antipoverty._screening.money import Amounts
from antipoverty.codes import Level
from antipoverty.engines.columns import Columns
from antipoverty.model import FIRST_DAY, LAST_DAY, AreaTree, Field, Kind, TableSchema

REASONS = {
    "missing-id": ("缺少编号", "the row has no id"),
    "invalid-id": (
        "编号格式不符",
        "the id is empty, too long, or has something else than letters, digits and ._:/-",
    ),
    "personal-id": ("编号含个人信息", "a telephone, resident id or account stands in the id"),
    "duplicate-id": ("编号重复", "several rows have this id"),
    "missing-area": ("缺少所在村组", "the household has no area"),
    "unknown-area": ("区划代码不存在", "the area is not a known village or group grid"),
    "area-not-begun": ("区划代码尚未启用", "the area's code is not in use yet"),
    "area-ended": ("区划代码已停用", "the area's code ended, and not one code succeeded it"),
    "outside-pack": ("不在政策适用地区", "the area lies outside the pack's"),
    "implausible-day": (
        "日期不合理",
        "the day lies before 1900 or after 2099: a digit of the year is wrong",
    ),
    "wrong-type": ("类型错误", "the value is not of the field's type"),
    "not-a-number": ("非有限数值", "the value is NaN or infinite"),
    "not-in-fen": (
        "金额单位疑为元或万元",
        "the column of amounts has parts of a fen: it looks like yuan or 万元; say "
        "money='yuan' (--money yuan) or give whole fen",
    ),
    "implausible-unit": (
        "金额数量级疑误",
        "most amounts of the column are such as no household lives on: it looks like yuan or "
        "万元, or like another unit than was said; say money='yuan' (--money yuan) or give fen",
    ),
    "out-of-bounds": ("超出允许范围", "the value lies outside the field's bounds"),
    "unknown-choice": ("取值不在允许范围", "the text is none of the field's words"),
    "bad-rows": ("成员或部门数据有误", "a row of the household was set aside"),
    "orphan": ("户不存在或已剔除", "the household is absent or was set aside"),
    "too-many-rows": ("记录过多", "the household has more rows than the model allows"),
}
"""Why a row can be set aside, in Chinese and English, by the stable code of the reason."""

NOTES = {
    "per-head": (
        "疑为人均数",
        "in most households the amount, shared by its members, is such as nobody lives on: is it "
        "given per head?",
    ),
    "after-as-of": (
        "晚于判定日",
        "the day lies after the day of the answer, so that no window holds it",
    ),
    "counted-otherwise": (
        "与起算日期不符",
        "the years differ from those counted from the day, which were taken",
    ),
}
"""What is odd about rows that were judged all the same, by the stable code of the reason."""

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
        found: True for a bad row, and for no other.
        closer: Where ``found`` only says that a row needs a second look, gives the tests
            for the rows in which it was true.
        column: Where one bad value spoils its column, the rows that go with it.
    """

    reason: str
    field: str
    found: nw.Expr
    closer: Callable[[nw.LazyFrame[Any]], list[Fault]] | None = None
    column: nw.Expr | None = None


def faults_of(field: Field, dtype: Any, fen: int = 1) -> list[Fault]:
    """The tests a column must pass, given the type it has come in and the unit of its amounts."""
    column, about = nw.col(field.name), field.about
    if is_amount(field, dtype):
        return _amount_faults(field, dtype, fen)
    if not _fits(field.kind, dtype):
        return [Fault("wrong-type", field.name, ~column.is_null())]
    faults = []
    odd = nw.lit(False)  # noqa: FBT003 - a value, not an option
    if dtype.is_float():
        odd = (column.is_nan() | ~column.is_finite()).fill_null(value=False)
        faults.append(Fault("not-a-number", field.name, odd))
    if field.kind is Kind.NUMBER:
        outside = (column < nw.lit(about.low)) | (column > nw.lit(about.high))
        faults.append(Fault("out-of-bounds", field.name, outside & ~odd))
        if dtype.is_float():
            broken = (column.round(0) != column) & ~odd
            faults.append(Fault("wrong-type", field.name, broken.fill_null(value=False)))
    if field.kind is Kind.FLAG and dtype not in (nw.Boolean, nw.Unknown):
        wrong = (column != 0) & (column != 1) & ~odd
        faults.append(Fault("wrong-type", field.name, wrong.fill_null(value=False)))
    if field.kind is Kind.DATE and dtype != nw.Unknown:
        day = column.cast(nw.Date)
        odd = (day < nw.lit(FIRST_DAY)) | (day > nw.lit(LAST_DAY))
        faults.append(Fault("implausible-day", field.name, odd))
    if field.kind is Kind.TEXT and about.choices:
        known = Columns().among(column.cast(nw.String), tuple(about.choices))
        faults.append(Fault("unknown-choice", field.name, (~known).fill_null(value=False)))
    return faults


def is_amount(field: Field, dtype: Any) -> bool:
    """Tell whether a column holds amounts that can be read in some unit."""
    money = field.kind is Kind.NUMBER and field.about.unit.scale == 100
    return money and dtype != nw.Unknown and (_fits(field.kind, dtype) or dtype == nw.Decimal)


def _amount_faults(field: Field, dtype: Any, fen: int) -> list[Fault]:
    """The tests of a column of amounts."""
    column, amounts = nw.col(field.name), Amounts.of(field, dtype, fen)
    if dtype == nw.Decimal and dtype.scale and fen == 1:  # 17400.00 is no way to write fen
        return [Fault("not-in-fen", field.name, ~column.is_null())]
    faults = []
    odd = nw.lit(False)  # noqa: FBT003 - a value, not an option
    if dtype.is_float():
        odd = (column.is_nan() | ~column.is_finite()).fill_null(value=False)
        faults.append(Fault("not-a-number", field.name, odd))
    outside = ~amounts.within(field.about.low or 0, field.about.high or 0) & ~odd
    faults.append(Fault("out-of-bounds", field.name, outside))
    if not amounts.exact:
        broken = (amounts.broken() & ~odd).fill_null(value=False)
        faults.append(Fault("not-in-fen", field.name, broken, column=~column.is_null()))
    return faults


_CODE = "_code"


def with_codes(rows: nw.LazyFrame[Any], name: str) -> nw.LazyFrame[Any]:
    """Tell beside rows which ids are codes: 19 digits, or X for the last.

    A number is read in a quarter of the time that a pattern takes, and so are the plain signs of
    DuckDB's GLOB, so that only other ids need a look by one. No number of a person has 19 signs.
    """
    native: Any = rows.to_native()
    if rows.collect_schema()[name] != nw.String:
        return rows
    if isinstance(native, pl.LazyFrame):
        text = pl.col(name)
        number = text.str.strip_suffix("X").cast(pl.Int64, strict=False)
        least = pl.when(text.str.ends_with("X")).then(10**17).otherwise(10**18)
        code = (text.str.len_bytes() == 19) & (number >= least)
        found = native.with_columns(code.fill_null(value=False).alias(_CODE))
    elif rows.implementation.is_duckdb():
        told = f"\"{name}\" glob '[1-9]{'[0-9]' * 17}[0-9X]'"
        found = native.project(f"*, coalesce({told}, false) as {_CODE}")
    else:
        first, last = (f"substring(`{name}`, {part})" for part in ("1, 18", "19, 1"))
        ends = f"({last} between '0' and '9' or {last} = 'X')"
        told = f"octet_length(`{name}`) = 19 and try_cast({first} as bigint) >= {10**17} and {ends}"
        told = f"coalesce({told}, false)"
        found = native.withColumn(_CODE, spark_sql(told))
    again: nw.LazyFrame[Any] = nw.from_native(found)
    return again


def id_faults(name: str, dtype: Any, *, coded: bool = False) -> list[Fault]:
    """The tests of a column that names a row's household.

    Args:
        name: The column.
        dtype: Its type.
        coded: Whether `with_codes` has told which are codes.
    """
    column = nw.col(name)
    faults = [Fault("missing-id", name, column.is_null())]
    if _fits(Kind.TEXT, dtype):
        known = column.cast(nw.String).str.contains(IN_FRAMES)
        invalid = Fault("invalid-id", name, (~known).fill_null(value=False))
        if coded:
            faults.append(attrs.evolve(invalid, found=_uncoded(name), closer=lambda _: [invalid]))
        else:
            faults.append(invalid)
    return faults


def _uncoded(name: str) -> nw.Expr:
    return ~nw.col(_CODE) & ~nw.col(name).is_null()


def household_id_faults(name: str, dtype: Any, *, coded: bool = False) -> list[Fault]:
    """The tests of a household's own id, which no number of a person may be.

    Nearly all ids are codes or short, which one look tells; the others get a second.

    Args:
        name: As of `id_faults`.
        dtype: As of `id_faults`.
        coded: As of `id_faults`.
    """
    first = id_faults(name, dtype)
    if not _fits(Kind.TEXT, dtype):
        return first
    text = nw.col(name).cast(nw.String)
    odd = (~text.str.contains(AS_CODES_ARE)).fill_null(value=False)

    def closer(some: nw.LazyFrame[Any]) -> list[Fault]:
        maybe = text.str.contains(MAY_BE_PERSONAL).fill_null(value=False)
        shown = nw.when(maybe).then(text).alias("id"), first[1].found.alias("invalid")
        named, invalid = list[str](), list[Fault]()
        for seen in in_pieces(some.filter(odd).select(*shown).unique(), "id"):
            named += (one for one in seen["id"].drop_nulls().unique() if names_a_person(one))
            invalid = first[1:] if seen["invalid"].any() else invalid
        found = text.is_in(named).fill_null(value=False) & ~_own_village(text) if named else None
        return [*invalid, *([Fault("personal-id", name, found)] if found is not None else [])]

    return [first[0], Fault("invalid-id", name, _uncoded(name) if coded else odd, closer)]


def _own_village(text: nw.Expr) -> nw.Expr:
    """Whether an id is a code of the household's own village, as `is_of_village` says."""
    area = nw.col("area").cast(nw.String)
    own = text.str.slice(0, 12) == area.str.slice(0, 12)
    code = text.str.contains(r"^[0-9]{18}\z") & area.str.contains(r"^[0-9]{12}")
    return (own & code).fill_null(value=False)


def _fits(kind: Kind, dtype: Any) -> bool:
    """Tell whether values of a column's type can be read as a kind."""
    if dtype == nw.Unknown:
        return True
    if kind is Kind.NUMBER:
        whole = dtype == nw.Decimal and dtype.scale == 0
        return bool(dtype.is_integer() or dtype.is_float() or whole)
    if kind is Kind.FLAG:
        return bool(dtype == nw.Boolean or dtype.is_integer() or dtype.is_float())
    if kind is Kind.DATE:
        return bool(dtype == nw.Date or dtype == nw.Datetime)
    return bool(dtype in (nw.String, nw.Categorical, nw.Enum) or dtype.is_integer())


def cleaned(field: Field, dtype: Any, fen: int = 1) -> nw.Expr:
    """Read a column in the model's type; rows that cannot be read are set aside before."""
    column, wanted = nw.col(field.name), _DTYPES[field.kind]
    if is_amount(field, dtype) and (fen > 1 or not dtype.is_integer()):
        amounts = Amounts.of(field, dtype, fen)
        fits = amounts.within(field.about.low or 0, field.about.high or 0)
        return nw.when(fits).then(amounts.in_fen()).alias(field.name)
    if not _fits(field.kind, dtype):
        return nw.lit(None, dtype=wanted).alias(field.name)
    if dtype == wanted:
        return column
    if field.kind is Kind.FLAG and dtype != nw.Unknown:
        return (column == 1).alias(field.name)
    if field.kind is Kind.NUMBER and dtype.is_float():
        whole = nw.when((column.round(0) == column) & column.is_finite()).then(column)
        return whole.cast(wanted).alias(field.name)
    return column.cast(wanted)


def oddities(table: TableSchema, dtypes: Mapping[str, Any], as_of: date) -> list[Fault]:
    """The tests of what is odd about rows that are judged all the same.

    Days after the day of the answer, and years that differ from those counted.
    """
    fits = {
        name: one for name, one in table.fields.items() if name in dtypes and not one.about.personal
    }
    days = {
        name
        for name, one in fits.items()
        if one.kind is Kind.DATE and _fits(one.kind, dtypes[name]) and dtypes[name] != nw.Unknown
    }
    found = []
    for name in sorted(days):
        to_come = (_day(name) > nw.lit(as_of)) & (_day(name) <= nw.lit(LAST_DAY))
        found.append(Fault("after-as-of", name, to_come.fill_null(value=False)))
    for name, since in table.counted.items():
        if name in fits and since in days and _fits(Kind.NUMBER, dtypes[name]):
            other = nw.col(name) != _years(table.fields[name], _day(since), as_of)
            found.append(Fault("counted-otherwise", name, other.fill_null(value=False)))
    return found


def counted_years(table: TableSchema, names: Collection[str], as_of: date) -> dict[str, nw.Expr]:
    """The years that are counted from a day, as of the day of the answer, by column.

    Where the day is not known, what was given stands.
    """
    found = {}
    for name, since in table.counted.items():
        if since in names:
            day = nw.col(since)
            given = nw.col(name) if name in names else nw.lit(None, dtype=nw.Int64)
            years = _years(table.fields[name], day, as_of)
            found[name] = nw.when(day.is_null()).then(given).otherwise(years).cast(nw.Int64)
    return found


def _day(name: str) -> nw.Expr:
    return nw.col(name).cast(nw.Date)


def _years(field: Field, day: nw.Expr, as_of: date) -> nw.Expr:
    """The full years since a day; not known outside the field's bounds."""
    month = day.dt.month()
    later = (month > as_of.month) | ((month == as_of.month) & (day.dt.day() > as_of.day))
    years = nw.lit(as_of.year) - day.dt.year().cast(nw.Int64) - later.cast(nw.Int64)
    low, high = nw.lit(field.about.low), nw.lit(field.about.high)
    return nw.when((years >= low) & (years <= high)).then(years)


def areas_of(households: nw.LazyFrame[Any]) -> pl.Series:
    """The areas that households live in, each once."""
    area = nw.col("area").cast(nw.String)
    return to_polars(households.select(area.alias("area")).unique())["area"].drop_nulls()


def area_faults(
    codes: Iterable[str], within: str, areas: AreaTree | None, as_of: date
) -> tuple[list[Fault], nw.Expr | None]:
    """The tests of where a household lives, for the areas that occur.

    Args:
        codes: The areas, each once.
        within: The area a policy is for, by its code on the day.
        areas: The known areas; without them only the form of a code is looked at.
        as_of: The day for which codes are read.

    Returns:
        The tests, and the area by its code on the day where some code ended.
    """
    area = nw.col("area").cast(nw.String)
    bad: dict[str, list[str]] = {}
    now: dict[str, str] = {}
    plain: dict[str, bool] = {}
    for code in codes:
        if _goes_with_its_village(code, within, areas, as_of, plain):
            continue
        reason, heir = place(code, within, areas, as_of)
        if reason:
            bad.setdefault(reason, []).append(code)
        elif heir != code:
            now[code] = heir
    faults = [Fault("missing-area", "area", nw.col("area").is_null())]
    faults += [
        Fault(reason, "area", area.is_in(sorted(those)).fill_null(value=False))
        for reason, those in sorted(bad.items())
    ]
    return faults, _renamed(area, now) if now else None


_VILLAGE, _GRID = Level.VILLAGE.digits, Level.GROUP.digits


def _goes_with_its_village(
    code: str, within: str, areas: AreaTree | None, as_of: date, plain: dict[str, bool]
) -> bool:
    """Tell of a group grid whose village is in use under its own code; the grid is so too.

    Args:
        code: The code as it came.
        within: As of `area_faults`.
        areas: As of `area_faults`.
        as_of: As of `area_faults`.
        plain: What was found of villages.
    """
    if len(code) != _GRID or not (code.isascii() and code.isdigit()):
        return False
    village = code[:_VILLAGE]
    if village not in plain:
        known = areas is None or village in areas
        plain[village] = known and place(village, within, areas, as_of) == (None, village)
    return plain[village] and (areas is None or code not in areas)


def _renamed(area: nw.Expr, now: Mapping[str, str]) -> nw.Expr:
    """The area by the code that it has now: all of one renaming at once."""
    renamings: dict[tuple[str, str], list[str]] = {}
    for code, heir in now.items():
        same = 0
        while same < min(len(code), len(heir)) and code[-1 - same] == heir[-1 - same]:
            same += 1
        renamings.setdefault((code[: len(code) - same], heir[: len(heir) - same]), []).append(code)
    found = area
    for (before, after), codes in sorted(renamings.items()):
        moved = nw.concat_str(nw.lit(after), area.str.slice(len(before)))
        found = nw.when(area.is_in(sorted(codes))).then(moved).otherwise(found)
    return found


__all__ = [
    "NOTES",
    "REASONS",
    "Fault",
    "area_faults",
    "areas_of",
    "cleaned",
    "counted_years",
    "faults_of",
    "household_id_faults",
    "id_faults",
    "is_amount",
    "oddities",
    "with_codes",
]
