"""In which groups of rows something may be at odds, found in one pass of an engine that plans.

Rows of several tables are grouped at once by a hash of what they name: how often it is there
itself, how many rows each table has of it, and bits of the hashes of their own ids, which clear
nearly all groups of having an id twice. Only the rows of the others need an exact look.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce
from typing import Any

import attrs
import narwhals as nw
import polars as pl

from antipoverty._base.driver import MOST_BROUGHT, at_once
from antipoverty._base.frames import MARK, beside, few, is_far, is_polars, joined, to_polars

_BLOOMS = 4
_KEY, _UNKNOWN = "_key", "cast(null as bigint)"
_KEYED = 2**32


@attrs.frozen
class RowsOf:
    """Rows that name something by a text.

    Attributes:
        rows: The rows.
        key: The column of their own id, of which a group may have none twice, if any.
        size: The column of what is named that states how many rows it has, if any.
        most: A group may have no more rows.
    """

    rows: nw.LazyFrame[Any]
    key: str | None
    size: str | None
    most: int

    @property
    def columns(self) -> list[str]:
        """The columns without that of the name."""
        return [] if self.key is None else [self.key]


def suspects(
    homes: nw.LazyFrame[Any],
    children: Sequence[RowsOf],
    bad: Sequence[nw.LazyFrame[Any]],
    column: str,
    beside_it: Sequence[str],
) -> list[pl.DataFrame] | None:
    """Bring the rows of all groups in which something may be at odds, those named first.

    A group is at odds when what it names is not there, or not once, when it has another number
    of rows than stated or too many, an id twice, or rows that were left out as bad. Two names
    that share a hash of 64 bits are one group: so a row of nobody can pass, once in a million
    provinces.

    Args:
        homes: What is named.
        children: The rows that name it.
        bad: The names in rows that were left out.
        column: The text by which they do.
        beside_it: Which columns of what is named come with it.

    Returns:
        The rows, with their own id alone, which is left out where nothing but the number of
        rows is at odds; ``None`` where they are more than come into memory or no pass can tell:
        Polars computes, or a number is stated nowhere.
    """
    sizes = [one.size for one in children if one.size is not None]
    if is_polars(homes) or not {*sizes} <= {*homes.collect_schema()}:
        return None
    words = _Spark() if is_far(homes) else _DuckDB()
    found = _at_odds(words, homes, children, bad, column)
    doubted = found.filter(pl.col("_surely") | pl.col("_twice"))
    many = sum(int(doubted[f"_row{n}"].sum()) for n in range(len(children)))
    if max(found.height, many) > MOST_BROUGHT:
        return None
    of_doubted = (
        partial(_rows_of, words, one.rows.select(column, *one.columns), doubted, column)
        for one in children
    )
    rows = at_once(homes, *of_doubted)
    twice = [
        some.drop_nulls().filter(pl.struct(column, one.key).is_duplicated()).select(MARK)
        for one, some in zip(children, rows, strict=True)
        if one.key is not None
    ]
    exact = pl.concat([doubted.filter("_surely").select(MARK), *twice]).unique()
    counted = found.filter("_roster").join(exact, on=MARK, how="anti")
    marks = pl.concat([exact, counted.select(MARK)])
    named = _rows_of(words, homes.select(column, *beside_it, *sizes), marks, column)
    told = [named.drop(MARK)]
    for number, (one, some) in enumerate(zip(children, rows, strict=True)):
        lines = named.join(counted.filter(pl.col(f"_row{number}") > 0), on=MARK)
        again = lines.select(pl.col(column).repeat_by(f"_row{number}")).explode(column)
        told.append(
            pl.concat(
                [some.join(exact, on=MARK, how="semi").drop(MARK), again.drop_nulls()],
                how="diagonal",
            )
        )
        assert told[-1].columns == [column, *one.columns]  # noqa: S101 - as above
    return told


def _rows_of(
    words: _Words, rows: nw.LazyFrame[Any], marks: pl.DataFrame, column: str
) -> pl.DataFrame:
    """Bring the rows of some groups, with their marks."""
    marked: nw.LazyFrame[Any] = nw.from_native(
        words.select(rows.to_native(), "*", f"{words.hash(column)} as {MARK}")
    )
    if not marks.height:
        return to_polars(marked.head(0))
    small = few(beside(rows, marks.select(MARK)), 0)
    return to_polars(joined(marked, small, [MARK], "semi"))


@attrs.frozen
class _Part:
    """Rows with their marks that are grouped: the cells that are folded, and what is told then."""

    native: Any
    cells: dict[str, str]
    told: dict[str, str]

    @property
    def texts(self) -> list[str]:
        """What is told, as columns."""
        return [f"{what} as {name}" for name, what in self.told.items()]


def _at_odds(
    words: _Words,
    homes: nw.LazyFrame[Any],
    children: Sequence[RowsOf],
    bad: Sequence[nw.LazyFrame[Any]],
    column: str,
) -> pl.DataFrame:
    """The marks of groups that may be at odds, with why, and how many rows they have.

    A cell of a child table counts its rows, and from bit 32 on those that have an id.
    """

    def marked(rows: nw.LazyFrame[Any], key: str | None = None) -> Any:
        named = [] if key is None else [f"{words.hash_if_known(key)} as {_KEY}"]
        kept = map(words.quoted, sizes.values() if rows is homes else ())
        return words.select(rows.to_native(), f"{words.hash(column)} as {MARK}", *kept, *named)

    sizes = {n: one.size for n, one in enumerate(children) if one.size is not None}
    cells = {"_home": "cast(1 as bigint)"}
    cells |= {f"_size{n}": f"cast({words.quoted(size)} as bigint)" for n, size in sizes.items()}
    parts = [_Part(marked(homes), cells, {cell: cell for cell in cells})]
    counts: dict[str, str] = {}
    surely, twice, roster = ["_home is null", "_home <> 1"], ["false"], ["false"]
    for n, one in enumerate(children):
        cell = f"_row{n}"
        counts[cell] = f"coalesce({cell}, 0)"
        cells, told = {cell: "cast(1 as bigint)"}, {cell: f"{cell} % {_KEYED}"}
        if one.key is not None:
            known = f"{_KEY} is not null"
            cells = {cell: f"cast(case when {known} then {_KEYED + 1} else 1 end as bigint)"}
            bits = {f"_bloom{n}_{i}": words.bit(_KEY, i) for i in range(_BLOOMS)}
            cells |= {bloom: f"case when {known} then {bit} end" for bloom, bit in bits.items()}
            keyed = words.quotient(cell, _KEYED)
            told[f"_twice{n}"] = " and ".join(f"bit_count({bloom}) < {keyed}" for bloom in bits)
            twice.append(f"_twice{n}")
        parts.append(_Part(marked(one.rows, one.key), cells, told))
        surely.append(f"{counts[cell]} > {one.most}")
        if one.size is not None:
            roster.append(f"_size{n} is null or _size{n} <> {counts[cell]}")
    for n, one_bad in enumerate(bad):
        named = one_bad.filter(~nw.col(column).is_null())
        cell = f"_bad{n}"
        parts.append(_Part(marked(named), {cell: "cast(1 as bigint)"}, {cell: cell}))
        surely.append(f"{cell} is not null")
    flags = {"_surely": surely, "_twice": twice, "_roster": roster}
    told_all = words.select(
        words.grouped(parts),
        MARK,
        *(f"cast({count} as bigint) as {cell}" for cell, count in counts.items()),
        *(
            f"coalesce({' or '.join(f'({one})' for one in tests)}, false) as {flag}"
            for flag, tests in flags.items()
        ),
    )
    odd: nw.LazyFrame[Any] = nw.from_native(told_all)
    odd = odd.filter(nw.any_horizontal(*map(nw.col, flags), ignore_nulls=True))
    return to_polars(odd.head(MOST_BROUGHT + 1))


# --- the words of each engine ---------------------------------------------------------


class _Spark:
    """How Spark says it; it lays the rows of all tables out by their groups at once."""

    def quoted(self, column: str) -> str:
        return f"`{column}`"

    def hash(self, column: str) -> str:
        return f"xxhash64({self.quoted(column)})"

    def hash_if_known(self, column: str) -> str:
        return f"if({self.quoted(column)} is null, null, {self.hash(column)})"

    def bit(self, hashed: str, number: int) -> str:
        """One bit of 64, by a part of a hash."""
        part = f"shiftrightunsigned({hashed}, {6 * number}) & 63"
        return f"shiftleft(1L, cast({part} as int))"

    def quotient(self, what: str, by: int) -> str:
        return f"{what} div {by}"

    def select(self, native: Any, *texts: str) -> Any:
        return native.selectExpr(*texts)

    def grouped(self, parts: Sequence[_Part]) -> Any:
        """Fold the cells of each group, and tell of them; a cell is of one part."""
        from pyspark.sql import functions

        names = [cell for part in parts for cell in part.cells]
        alike = [
            part.native.selectExpr(
                MARK,
                *(f"{part.cells.get(cell, _UNKNOWN)} as {cell}" for cell in names),
            )
            for part in parts
        ]
        rows = reduce(lambda one, other: one.union(other), alike)
        groups = rows.groupBy(MARK).agg(*(functions.expr(_folded(cell)) for cell in names))
        return groups.selectExpr(MARK, *(text for part in parts for text in part.texts))


class _DuckDB:
    """How DuckDB says it; it groups each table, and joins what is left."""

    def quoted(self, column: str) -> str:
        return f'"{column}"'

    def hash(self, column: str) -> str:
        return f"hash({self.quoted(column)})"

    def hash_if_known(self, column: str) -> str:
        return f"case when {self.quoted(column)} is not null then {self.hash(column)} end"

    def bit(self, hashed: str, number: int) -> str:
        return f"1::bigint << (({hashed} >> {6 * number}) % 63)::int"

    def quotient(self, what: str, by: int) -> str:
        return f"{what} // {by}"

    def select(self, native: Any, *texts: str) -> Any:
        return native.project(", ".join(texts))

    def grouped(self, parts: Sequence[_Part]) -> Any:
        def group(part: _Part) -> Any:
            each = (f"{what} as {cell}" for cell, what in part.cells.items())
            rows = self.select(part.native, MARK, *each)
            groups = rows.aggregate(f"{MARK}, {', '.join(map(_folded, part.cells))}", MARK)
            return self.select(groups, MARK, *part.texts)

        def beside_it(one: Any, other: Any) -> Any:
            return one.set_alias("_one").join(other.set_alias("_other"), MARK, "outer")

        return reduce(beside_it, map(group, parts))


_Words = _Spark | _DuckDB


def _folded(cell: str) -> str:
    how = "bit_or" if cell.startswith("_bloom") else "max" if cell.startswith("_size") else "sum"
    return f"cast({how}({cell}) as bigint) as {cell}"


__all__ = ["RowsOf", "suspects"]
