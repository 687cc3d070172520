"""One wide frame of all households: beside each what the rules read of it and of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add
from typing import Any

import narwhals as nw
import polars as pl

from antipoverty._base.frames import (
    MARK,
    ROW_ORDER,
    as_lazy,
    beside,
    is_polars,
    joined,
    numbered,
    to_polars,
)
from antipoverty._base.hashes import marked
from antipoverty._screening.groups import brought_more, facts_beside, grouped, with_more
from antipoverty._screening.tables import HOUSEHOLDS
from antipoverty._screening.unseen import PLACE, UnseenRows
from antipoverty.codes import Level
from antipoverty.conditions import Node, fields_read
from antipoverty.engines.folds import OF_HOUSEHOLD, Share
from antipoverty.engines.frames import Compiler


def wide_frame(
    tables: Mapping[str, nw.LazyFrame[Any]],
    unseen: Mapping[str, UnseenRows],
    compiler: Compiler,
    nodes: Iterable[Node],
    *,
    apart: bool = False,
) -> nw.LazyFrame[Any]:
    """Put beside each household what is read of it and of its rows, as a query.

    Args:
        tables: The good rows.
        unseen: What did not come.
        compiler: It has compiled what is asked.
        nodes: The conditions and values.
        apart: Whether hashes tell the ids of households apart, so that they can stand for them.
    """
    read = {path for node in nodes for path in fields_read(node) if "." not in path}
    homes, key = numbered(tables[HOUSEHOLDS]), MARK if apart else "household_id"
    if apart:
        homes = marked(homes, "household_id")
    keys = [*keys_of(homes), *([MARK] if apart else [])]
    wide = homes.select(*keys, *sorted(read - {"household_id", "area"}))
    shares_of: dict[str, Mapping[str, tuple[str, Share]]] = {
        name: {fold.column: (fold.how, fold.seen) for fold in folds.values()}
        for name, folds in compiler.folds.items()
    }
    apiece: dict[str, nw.Expr] = {}
    if is_polars(wide):
        shared = {name: together(shares, name) for name, shares in shares_of.items()}
        shares_of = {name: shares for name, (shares, _) in shared.items()}
        apiece = {column: one for _, each in shared.values() for column, one in each.items()}
    narrow_first = sorted(
        shares_of.items(), key=lambda one: len(one[1])
    )  # all is copied at each join
    facts = {
        name: facts_beside(homes, compiler.needs.get(name, set()), OF_HOUSEHOLD)
        for name in shares_of
    }
    for name, shares in narrow_first:
        rows, more = tables[name], unseen.get(name)
        if more is not None and more.surplus is not None:
            rows = joined(rows, more.surplus, ["household_id"], "anti")
        if apart:
            rows = marked(rows, "household_id")
        wide = wide.join(folded(rows, shares, key, facts[name]), on=key, how="left")
    if apiece:
        put = [column for shares in shares_of.values() for column in shares]
        wide = wide.with_columns(**apiece).drop(*(one for one in put if one.startswith(_SHARED)))
    for name, folds in compiler.folds.items():
        more = unseen.get(name)
        if more is not None:
            reads = compiler.needs.get(name, set())
            wide = _with_unseen(wide, more, brought_more(folds.values()), facts[name], reads)
    for frame in compiler.groups.values():
        name = str(frame.groups.rows.table.name)
        rows, more = tables[name], unseen.get(name)
        if more is not None and more.surplus is not None:
            rows = joined(rows, more.surplus, ["household_id"], "anti")
        asked = grouped(frame, rows, more, homes, folded)
        wide = wide.join(asked, on="household_id", how="left")
    return wide.drop(MARK) if apart else wide


_SHARED, _SOME, _BITS = "_together_", "_some", 15
_TOGETHER = 4
"""So many numbers of rows go into one of 64 bits: none is above `MAX_ROWS_PER_HOUSEHOLD`."""


def together(
    shares: Mapping[str, tuple[str, Share]], table: str
) -> tuple[dict[str, tuple[str, Share]], dict[str, nw.Expr]]:
    """Let counts of rows share a number, since each column costs when it is put beside households.

    Args:
        shares: What each row brings to a column, and how it is folded.
        table: The table.

    Returns:
        What to fold instead, and how each count is read from it.
    """
    counts = [column for column, (how, share) in shares.items() if how == "sum" and share.once]
    asked = {column: one for column, one in shares.items() if column not in counts}
    apiece: dict[str, nw.Expr] = {}
    for first in range(0, len(counts), _TOGETHER):
        some, name = counts[first : first + _TOGETHER], f"{_SHARED}{table}_{first}"
        brought = [shares[one][1].expression * 2 ** (_BITS * at) for at, one in enumerate(some)]
        seen = [expr for one in some if (expr := shares[one][1].counts) is not None]
        share = Share(reduce(add, brought), nw.any_horizontal(*seen, ignore_nulls=False))
        asked[name] = ("sum", share)
        for at, one in enumerate(some):
            apiece[one] = (nw.col(name) // 2 ** (_BITS * at)) & (2**_BITS - 1)
    return asked, apiece


def _with_unseen(
    wide: nw.LazyFrame[Any],
    more: UnseenRows,
    brought: Mapping[str, Share],
    facts: nw.LazyFrame[Any] | None,
    reads: set[str],
) -> nw.LazyFrame[Any]:
    """Add to the columns of a child table what rows bring that did not come.

    Args:
        wide: The households.
        more: What did not come.
        brought: The columns, and what such a row brings to each.
        facts: The facts of the households that the rows are looked at with.
        reads: Which facts these are.
    """
    if not brought:
        return wide
    shares = {column + "_": ("sum", share) for column, share in brought.items()}
    if more.by_household is not None:
        mine = folded(more.by_household, shares, "household_id", facts)
        wide = _joined_to(wide, mine, "household_id", brought)
    if more.loose is not None:
        rows, places = more.loose
        if reads - {"area"}:
            placed = beside(wide, rows).join(beside(wide, places), on=PLACE, how="inner")
            theirs = wide.select("household_id", "area").join(placed, on="area", how="inner")
            mine = folded(theirs, shares, "household_id", facts)
            wide = _joined_to(wide, mine, "household_id", brought)
        else:
            found = _of_areas(rows, places, shares, by_area=bool(reads))
            wide = _brought_to_areas(wide, found)
    return wide


_MOST_CODES, _MOST_SORTS = 1_000, 16
"""So many codes of areas, and so many sorts of them, are told apart by an expression."""


def _brought_to_areas(wide: nw.LazyFrame[Any], brought: pl.DataFrame) -> nw.LazyFrame[Any]:
    """Add to columns what rows bring to the households of an area.

    Most often they bring the same to whole counties; then the first digits of a code tell what,
    and nothing has to be joined with all that stands beside every household.

    Args:
        wide: The households.
        brought: A line for each area that some of them live in, with what is brought to a column
            under its name with a stroke.
    """
    columns = [one.removesuffix("_") for one in brought.columns if one != "area"]
    if not columns:
        return wide
    digits, short = _by_first_digits(brought)
    sorts = short.drop("area").unique()
    if short.height > _MOST_CODES or sorts.height > _MOST_SORTS:
        return _joined_to(wide, beside(wide, brought), "area", columns)
    code = nw.col("area").str.slice(0, digits)
    both = []
    for column in columns:
        more: nw.Expr = nw.lit(0)
        for (number,), some in short.group_by(column + "_", maintain_order=True):
            if number:
                more = (
                    nw.when(code.is_in(some["area"].to_list())).then(nw.lit(number)).otherwise(more)
                )
        both.append((nw.col(column).fill_null(0) + more).alias(column))
    return wide.with_columns(*both)


def _by_first_digits(brought: pl.DataFrame) -> tuple[int | None, pl.DataFrame]:
    """How few digits of the codes tell what is brought, and what to those to which anything is."""
    for digits in (*sorted(one.digits for one in Level), None):
        short = brought.with_columns(pl.col("area").str.slice(0, digits)).unique()
        if short["area"].is_unique().all():
            break
    return digits, short.filter(pl.any_horizontal(pl.exclude("area") != 0)).sort("area")


def _of_areas(
    loose: pl.DataFrame,
    places: pl.DataFrame,
    sums: Mapping[str, tuple[str, Share]],
    *,
    by_area: bool,
) -> pl.DataFrame:
    """What the rows that each household of an area may have bring to it, and bring somewhere."""
    if by_area:
        rows = loose.join(places, on=PLACE).with_columns(
            pl.col("area").alias(OF_HOUSEHOLD + "area")
        )
        found = to_polars(folded(as_lazy(rows), sums, "area"))
    else:
        found = places.join(to_polars(folded(as_lazy(loose), sums, PLACE)), on=PLACE)
        found = found.group_by("area").agg(pl.col(sums).sum())
    brought = found.select(column for column in sums if (found[column] != 0).any())
    every = places.select("area").unique().join(found, on="area", how="left")
    return every.select("area", pl.col(brought.columns).fill_null(0))


def _joined_to(
    wide: nw.LazyFrame[Any], mine: nw.LazyFrame[Any], key: str, columns: Iterable[str]
) -> nw.LazyFrame[Any]:
    """Add to columns what stands in those of their names with a stroke."""
    both = wide.join(mine, on=key, how="left").with_columns(map(with_more, columns))
    return both.drop(*(column + "_" for column in columns))


def folded(
    rows: nw.LazyFrame[Any],
    shares: Mapping[str, tuple[str, Share]],
    key: str | list[str],
    facts: nw.LazyFrame[Any] | None = None,
) -> nw.LazyFrame[Any]:
    """Fold the rows of a table into columns, for each household or place.

    Args:
        rows: The rows.
        shares: What each brings to a column, and how it is folded.
        key: The columns that say whose they are.
        facts: The facts of the households that the rows are looked at with.
    """
    if facts is not None:
        rows = rows.join(facts, on="household_id", how="left")
    counted = [share.counts for _, share in shares.values() if share.counts is not None]
    keys = [key] if isinstance(key, str) else key
    if len(counted) == len(shares):
        if not is_polars(rows):  # a constant is no filter to all, so that a column is asked too
            counted.append(nw.col(keys[0]).is_null())
        some = nw.any_horizontal(*counted, ignore_nulls=False)
        if is_polars(rows):  # as a column, in which what tests share is computed once
            rows = rows.with_columns(some.alias(_SOME)).filter(nw.col(_SOME))
        else:
            rows = rows.filter(some)
    plain = {column: one for column, one in shares.items() if one[0] != "gap"}
    columns = [share.expression.alias(column) for column, (_, share) in plain.items()]
    per_key = rows.select(*keys, *columns).group_by(keys)
    sums = [getattr(nw.col(column), how)() for column, (how, _) in plain.items()]
    found = per_key.agg(*sums).with_columns(
        nw.col(column).cast(nw.Int64) for column, (how, _) in plain.items() if how == "sum"
    )
    for column, (_, share) in shares.items():
        if column not in plain:
            found = found.join(_longest_steps(rows, keys, column, share), on=keys, how="left")
    return found


def _longest_steps(
    rows: nw.LazyFrame[Any], keys: list[str], column: str, share: Share
) -> nw.LazyFrame[Any]:
    """Take for each household the longest step from one number to the next; with one, none."""
    mine = rows.select(*keys, share.expression.alias(column)).filter(~nw.col(column).is_null())
    before = nw.col(column).shift(1).over(*keys, order_by=column)
    steps = mine.with_columns((nw.col(column) - before).alias(column))
    return steps.group_by(keys).agg(nw.col(column).max())


def keys_of(wide: nw.LazyFrame[Any]) -> list[str]:
    """The columns that every answer carries, and the household's place where it has one."""
    return [name for name in (ROW_ORDER, "household_id", "area") if name in wide.collect_schema()]


__all__ = ["folded", "keys_of", "wide_frame"]
