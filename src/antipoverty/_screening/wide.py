"""One wide frame of all households: beside each what the rules read of it and of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import narwhals as nw

from antipoverty._base.frames import ROW_ORDER, joined, numbered
from antipoverty._screening.groups import grouped
from antipoverty._screening.tables import HOUSEHOLDS
from antipoverty._screening.unseen import PLACE, UnseenRows
from antipoverty.conditions import Node, fields_read
from antipoverty.engines.folds import OF_HOUSEHOLD, Aggregate, Share
from antipoverty.engines.frames import Compiler


def wide_frame(
    tables: Mapping[str, nw.LazyFrame[Any]],
    unseen: Mapping[str, UnseenRows],
    compiler: Compiler,
    nodes: Iterable[Node],
) -> nw.LazyFrame[Any]:
    """Put beside each household what is read of it and of its rows, as a query.

    Args:
        tables: The good rows.
        unseen: What did not come.
        compiler: It has compiled what is asked.
        nodes: The conditions and values.
    """
    read = {path for node in nodes for path in fields_read(node) if "." not in path}
    homes = numbered(tables[HOUSEHOLDS])
    wide = homes.select(*keys_of(homes), *sorted(read - {"household_id", "area"}))
    for name, folds in compiler.folds.items():
        listed = list(folds.values())
        rows, more = tables[name], unseen.get(name)
        if more is not None and more.surplus is not None:
            rows = joined(rows, more.surplus, ["household_id"], "anti")
        seen = {fold.column: (fold.how, fold.seen) for fold in listed}
        beside = _beside(homes, compiler.needs.get(name, set()))
        wide = wide.join(
            folded(rows, seen, "household_id", beside),
            on="household_id",
            how="left",
        )
        if more is not None and more.about is not None:
            wide = _with_unseen(wide, more, listed, beside)
    for frame in compiler.groups.values():
        name = str(frame.groups.rows.table.name)
        rows, more = tables[name], unseen.get(name)
        if more is not None and more.surplus is not None:
            rows = joined(rows, more.surplus, ["household_id"], "anti")
        asked = grouped(frame, rows, more, homes, folded)
        wide = wide.join(asked, on="household_id", how="left")
    return wide


def _beside(homes: nw.LazyFrame[Any], needs: set[str]) -> nw.LazyFrame[Any] | None:
    """The facts of households that child rows are looked at with."""
    if not needs:
        return None
    facts = [nw.col(one).alias(OF_HOUSEHOLD + one) for one in sorted(needs)]
    return homes.select("household_id", *facts)


def _with_unseen(
    wide: nw.LazyFrame[Any],
    more: UnseenRows,
    folds: list[Aggregate],
    beside: nw.LazyFrame[Any] | None,
) -> nw.LazyFrame[Any]:
    """Add to the columns of a child table what rows bring that did not come."""
    folds = [fold for fold in folds if fold.unseen]
    shares = {fold.column + "_": (fold.how, fold.unseen) for fold in folds if fold.unseen}
    if more.by_household is not None:
        mine = folded(more.by_household, shares, "household_id", beside)
        wide = _joined_to(wide, mine, "household_id", folds)
    if more.loose is not None and more.places is not None:
        rows, sums = more.loose, {c: one for c, one in shares.items() if one[0] == "sum"}
        summed = [fold for fold in folds if fold.how == "sum"]
        if beside is not None:
            rows, key = rows.join(more.places, on=PLACE, how="inner"), "area"
            alone = OF_HOUSEHOLD + "area"
            if beside.collect_schema().names() == ["household_id", alone]:
                rows = rows.with_columns(nw.col("area").alias(alone))
            else:
                key, homes = "household_id", wide.select("household_id", "area")
                rows = rows.join(homes, on="area", how="inner").drop("area")
                rows = rows.join(beside, on="household_id", how="left")
            mine = folded(rows, sums, key)
        else:
            there = more.places.join(folded(rows, sums, PLACE), on=PLACE, how="inner")
            mine, key = there.group_by("area").agg(*(nw.col(c).sum() for c in sums)), "area"
        wide = _joined_to(wide, mine, key, summed)
    return wide


def _joined_to(
    wide: nw.LazyFrame[Any], mine: nw.LazyFrame[Any], key: str, folds: list[Aggregate]
) -> nw.LazyFrame[Any]:
    both = []
    for fold in folds:
        one, other = nw.col(fold.column), nw.col(fold.column + "_")
        if fold.how == "sum":
            found = one.fill_null(0) + other.fill_null(0)
        else:
            found = (nw.min_horizontal if fold.how == "min" else nw.max_horizontal)(one, other)
        both.append(found.alias(fold.column))
    return (
        wide.join(mine, on=key, how="left")
        .with_columns(*both)
        .drop(*(fold.column + "_" for fold in folds))
    )


def folded(
    rows: nw.LazyFrame[Any],
    shares: Mapping[str, tuple[str, Share]],
    key: str | list[str],
    beside: nw.LazyFrame[Any] | None = None,
) -> nw.LazyFrame[Any]:
    """Fold the rows of a table into columns, for each household or place.

    Args:
        rows: The rows.
        shares: What each brings to a column, and how it is folded.
        key: The columns that say whose they are.
        beside: The facts of the households that the rows are looked at with.
    """
    if beside is not None:
        rows = rows.join(beside, on="household_id", how="left")
    counted = [share.counts for _, share in shares.values() if share.counts is not None]
    if len(counted) == len(shares):
        rows = rows.filter(nw.any_horizontal(*counted, ignore_nulls=False))
    plain = {column: one for column, one in shares.items() if one[0] != "gap"}
    columns = [share.expression.alias(column) for column, (_, share) in plain.items()]
    keys = [key] if isinstance(key, str) else key
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
