"""In which groups of rows something may be at odds, found in one pass of an engine that plans.

Rows of several tables are grouped at once by a hash of what they name: how often it is there
itself, how many rows each table has of it, and bits of the hashes of their own ids, which clear
nearly all groups of having an id twice. Only the rows of the others need an exact look.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import attrs
import narwhals as nw
import polars as pl

from antipoverty._base.driver import MOST_BROUGHT
from antipoverty._base.frames import beside, few, is_polars, joined, to_polars

_BLOOMS = 5
_MARK = "_mark"
_UNKNOWN = "cast(null as bigint)"
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
    words = _Spark() if homes.implementation.is_spark_like() else _DuckDB()
    found = _at_odds(words, homes, children, bad, column)
    doubted = found.filter(pl.col("_surely") | pl.col("_twice"))
    many = sum(int(doubted[f"_row{n}"].sum()) for n in range(len(children)))
    if max(found.height, many) > MOST_BROUGHT:
        return None
    rows = [
        _rows_of(words, one.rows.select(column, *one.columns), doubted, column) for one in children
    ]
    twice = [
        some.drop_nulls().filter(pl.struct(column, one.key).is_duplicated()).select(_MARK)
        for one, some in zip(children, rows, strict=True)
        if one.key is not None
    ]
    exact = pl.concat([doubted.filter("_surely").select(_MARK), *twice]).unique()
    counted = found.filter("_roster").join(exact, on=_MARK, how="anti")
    marks = pl.concat([exact, counted.select(_MARK)])
    named = _rows_of(words, homes.select(column, *beside_it, *sizes), marks, column)
    told = [named.drop(_MARK)]
    for number, (one, some) in enumerate(zip(children, rows, strict=True)):
        lines = named.join(counted.filter(pl.col(f"_row{number}") > 0), on=_MARK)
        again = lines.select(pl.col(column).repeat_by(f"_row{number}")).explode(column)
        told.append(
            pl.concat(
                [some.join(exact, on=_MARK, how="semi").drop(_MARK), again.drop_nulls()],
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
        words.select(rows.to_native(), "*", f"{words.hash(column)} as {_MARK}")
    )
    if not marks.height:
        return to_polars(marked.head(0))
    small = few(beside(rows, marks.select(_MARK)), 0)
    return to_polars(joined(marked, small, [_MARK], "semi"))


def _at_odds(
    words: _Words,
    homes: nw.LazyFrame[Any],
    children: Sequence[RowsOf],
    bad: Sequence[nw.LazyFrame[Any]],
    column: str,
) -> pl.DataFrame:
    """The marks of groups that may be at odds, with why, and how many rows they have.

    A cell of a child table counts its rows, and from bit 32 on those that have an id. The bits
    of ids are those of all tables together.
    """
    sizes = {f"_size{n}": one.size for n, one in enumerate(children) if one.size is not None}
    blooms = [f"_bloom{i}" for i in range(_BLOOMS)]
    rows = [f"_row{n}" for n in range(len(children))]
    cells = ["_home", *(["_bad"] if bad else []), *sizes, *rows, *blooms]

    def part(rows: nw.LazyFrame[Any], given: dict[str, str]) -> Any:
        listed = (f"{given.get(cell, _UNKNOWN)} as {cell}" for cell in cells)
        return words.select(rows.to_native(), f"{words.hash(column)} as {_MARK}", *listed)

    one_each = "cast(1 as bigint)"
    stated = {cell: f"cast({words.quoted(size)} as bigint)" for cell, size in sizes.items()}
    parts = [part(homes, {"_home": one_each, **stated})]
    parts += [part(one.filter(~nw.col(column).is_null()), {"_bad": one_each}) for one in bad]
    for number, one in enumerate(children):
        given = {f"_row{number}": one_each}
        if one.key is not None:
            known = f"{words.quoted(one.key)} is not null"
            given[f"_row{number}"] = (
                f"cast(case when {known} then {_KEYED + 1} else 1 end as bigint)"
            )
            for i, bloom in enumerate(blooms):
                given[bloom] = f"case when {known} then {words.bit(one.key, number, i)} end"
        parts.append(part(one.rows, given))
    sums = [f"bit_or({c}) as {c}" if c in blooms else f"{words.sum(c)} as {c}" for c in cells]
    groups = words.grouped(reduce(words.union, parts), _MARK, sums)
    counts = {cell: f"coalesce({cell}, 0) % {_KEYED}" for cell in rows}
    with_ids = " + ".join(f"coalesce({cell}, 0) // {_KEYED}" for cell in rows)
    surely = ["_home is null", "_home <> 1", *(["_bad is not null"] if bad else [])]
    surely += [f"{counts[f'_row{n}']} > {one.most}" for n, one in enumerate(children)]
    roster = [
        f"{size} is null or {size} <> {counts[size.replace('_size', '_row')]}" for size in sizes
    ]
    twice = [f"bit_count({bloom}) < {with_ids}" for bloom in blooms]
    flags = {
        "_surely": " or ".join(surely),
        "_twice": " and ".join(twice) if rows else "false",
        "_roster": " or ".join(roster) or "false",
    }
    told = words.select(
        groups,
        *(_MARK, *(f"cast({count} as bigint) as {cell}" for cell, count in counts.items())),
        *(f"coalesce({words.whole(test)}, false) as {flag}" for flag, test in flags.items()),
    )
    odd: nw.LazyFrame[Any] = nw.from_native(told)
    odd = odd.filter(nw.any_horizontal(*map(nw.col, flags), ignore_nulls=True))
    return to_polars(odd.head(MOST_BROUGHT + 1))


# --- the words of each engine ---------------------------------------------------------


class _Spark:
    """How Spark says it."""

    def quoted(self, column: str) -> str:
        return f"`{column}`"

    def hash(self, column: str) -> str:
        return f"xxhash64({self.quoted(column)})"

    def bit(self, column: str, table: int, number: int) -> str:
        """One bit of 64, by a part of the hash of a text of a table."""
        part = f"shiftrightunsigned(xxhash64({self.quoted(column)}, {table}), {6 * number}) & 63"
        return f"shiftleft(1L, cast({part} as int))"

    def sum(self, column: str) -> str:
        return f"sum({column})"

    def whole(self, test: str) -> str:
        return test.replace(" // ", " div ")

    def select(self, native: Any, *texts: str) -> Any:
        return native.selectExpr(*texts)

    def union(self, one: Any, other: Any) -> Any:
        return one.union(other)

    def grouped(self, native: Any, by: str, sums: Sequence[str]) -> Any:
        from pyspark.sql import functions

        return native.groupBy(by).agg(*map(functions.expr, sums))


class _DuckDB:
    """How DuckDB says it."""

    def quoted(self, column: str) -> str:
        return f'"{column}"'

    def hash(self, column: str) -> str:
        return f"hash({self.quoted(column)})"

    def bit(self, column: str, table: int, number: int) -> str:
        part = f"(hash({self.quoted(column)}, {table}) >> {6 * number}) % 63"
        return f"1::bigint << ({part})::int"

    def sum(self, column: str) -> str:
        return f"sum({column})::bigint"

    def whole(self, test: str) -> str:
        return test

    def select(self, native: Any, *texts: str) -> Any:
        return native.project(", ".join(texts))

    def union(self, one: Any, other: Any) -> Any:
        return one.union(other)

    def grouped(self, native: Any, by: str, sums: Sequence[str]) -> Any:
        return native.aggregate(f"{by}, {', '.join(sums)}", by)


_Words = _Spark | _DuckDB


__all__ = ["RowsOf", "suspects"]
