"""The groups that rows of a child table fall into, for all households at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import narwhals as nw

from antipoverty._base.frames import beside, joined
from antipoverty._screening.unseen import PLACE, UnseenRows
from antipoverty.engines.folds import (
    MISSING,
    OF_HOUSEHOLD,
    OTHERS,
    SINCE,
    THERE,
    THERE_IS,
    TIMES,
    UNTIL,
    Aggregate,
    Share,
)
from antipoverty.engines.groups import SPARSE, GroupFrame

HOUSEHOLD = "household_id"
_SOME = "_seen"

Folding = Callable[..., nw.LazyFrame[Any]]


def grouped(
    frame: GroupFrame[Any],
    rows: nw.LazyFrame[Any],
    more: UnseenRows | None,
    homes: nw.LazyFrame[Any],
    folded: Folding,
) -> nw.LazyFrame[Any]:
    """Ask what is asked of the groups of every household, and fold the answers.

    Args:
        frame: What is asked.
        rows: The good rows of the table.
        more: What did not come of it.
        homes: The good households.
        folded: Folds rows into columns for each of some keys.
    """
    table, by = str(frame.groups.rows.table.name), frame.groups.by.field.name
    frame.existence()
    folds = list(frame.compiler.folds.get(table, {}).values())
    theirs = facts_beside(homes, frame.compiler.needs.get(table, set()) - {HOUSEHOLD}, OF_HOUSEHOLD)
    keyless = nw.col(by).is_null()
    loose = _marked(rows.filter(keyless), by=frame.groups.by.field.path)
    seen = {fold.column: (fold.how, fold.seen) for fold in folds}
    groups = folded(rows.filter(~keyless), seen, [HOUSEHOLD, by], theirs)
    groups = groups.with_columns(nw.lit(value=True).alias(THERE_IS))
    unseen = {column: ("sum", share) for column, share in brought_more(folds).items()}
    if more is not None and more.about is not None:
        marked = _unseen_rows(more, rows, homes)
        doubtful = marked.filter(keyless).with_columns(nw.lit(None, dtype=nw.Boolean).alias(THERE))
        loose = nw.concat([loose, doubtful], how="vertical")
        mine = folded(marked.filter(~keyless), unseen, [HOUSEHOLD, by], theirs)
        groups = _together(groups, mine, seen, [HOUSEHOLD, by])
    counted = {**unseen, _SOME: ("sum", Share(nw.col(TIMES)))}
    others = folded(loose, counted, [HOUSEHOLD], theirs)
    groups = _with_loose(groups, others, unseen).with_columns(whole_one().alias(OTHERS))
    new = others.with_columns(
        nw.lit(None, dtype=nw.Boolean).alias(THERE_IS), nw.col(_SOME).alias(OTHERS)
    )
    new = new.with_columns(
        nw.lit(None, dtype=nw.Int64).alias(column) for column in seen if column not in unseen
    )
    names = [HOUSEHOLD, *seen, THERE_IS, OTHERS]
    every = nw.concat([groups.select(names), new.select(names)], how="vertical")
    read = {*frame.reads, *({"area"} if frame.compiler.local else ())} - {HOUSEHOLD}
    facts = facts_beside(homes, read, "")
    if facts is not None:
        every = every.join(facts, on=HOUSEHOLD, how="left")
    asked = list(frame.columns.values())
    per = every.select(HOUSEHOLD, *(found.alias(name) for name, _, found in asked))
    if all(how in SPARSE for _, how, _ in asked):
        per = per.filter(
            nw.any_horizontal(*(nw.col(one[0]) > 0 for one in asked), ignore_nulls=True)
        )
    folds_of = [getattr(nw.col(name), "max" if how == "any" else how)() for name, how, _ in asked]
    return (
        per.group_by(HOUSEHOLD)
        .agg(*folds_of)
        .with_columns(nw.col(name).cast(nw.Int64) for name, how, _ in asked if how == "sum")
    )


def whole_one() -> nw.Expr:
    """One, as a column."""
    return nw.lit(1, dtype=nw.Int64)


def facts_beside(
    homes: nw.LazyFrame[Any], names: set[str], prefix: str
) -> nw.LazyFrame[Any] | None:
    """The facts of households that rows or groups are looked at with."""
    if not names:
        return None
    return homes.select(HOUSEHOLD, *(nw.col(one).alias(prefix + one) for one in sorted(names)))


def _marked(rows: nw.LazyFrame[Any], *, by: str) -> nw.LazyFrame[Any]:
    """Rows that came, of which it is not known whose they are."""
    return rows.with_columns(
        nw.lit(None, dtype=nw.Boolean).alias(THERE),
        whole_one().alias(TIMES),
        nw.lit(None, dtype=nw.Date).alias(SINCE),
        nw.lit(None, dtype=nw.Date).alias(UNTIL),
        nw.lit(by).alias(MISSING),
    )


def _unseen_rows(
    more: UnseenRows, rows: nw.LazyFrame[Any], homes: nw.LazyFrame[Any]
) -> nw.LazyFrame[Any]:
    """The rows that did not come, each of a household."""
    names = [*rows.collect_schema().names(), THERE, TIMES, SINCE, UNTIL, MISSING]
    parts = []
    if more.by_household is not None:
        parts.append(more.by_household.select(names))
    if more.loose is not None:
        there, places = more.loose
        placed = beside(rows, there).join(beside(rows, places), on=PLACE, how="inner")
        mine = placed.join(homes.select(HOUSEHOLD, "area"), on="area", how="inner")
        parts.append(mine.select(names))
    return nw.concat(parts, how="vertical")


def _together(
    groups: nw.LazyFrame[Any],
    mine: nw.LazyFrame[Any],
    columns: Mapping[str, tuple[str, Share]],
    keys: list[str],
) -> nw.LazyFrame[Any]:
    """Groups of rows that came and of rows that may be theirs, each once."""
    lacking = [column for column in columns if column not in mine.collect_schema().names()]
    mine = mine.with_columns(
        nw.lit(None, dtype=nw.Boolean).alias(THERE_IS),
        *(nw.lit(None, dtype=nw.Int64).alias(column) for column in lacking),
    ).select([*keys, *columns, THERE_IS])
    both = nw.concat([groups.select([*keys, *columns, THERE_IS]), mine], how="vertical")
    sums = [
        getattr(nw.col(column), "max" if how == "gap" else how)()
        for column, (how, _) in columns.items()
    ]
    return (
        both.group_by(keys)
        .agg(*sums, nw.col(THERE_IS).max())
        .with_columns(
            nw.col(column).cast(nw.Int64) for column, (how, _) in columns.items() if how == "sum"
        )
    )


def brought_more(folds: Iterable[Aggregate]) -> dict[str, Share]:
    """The columns to which rows bring something that did not come, and what.

    To a least, a greatest and a gap they bring nothing, since only rows that are sure to be
    there with a number that is known count; that others may be there is counted apart.
    """
    return {fold.column: fold.unseen for fold in folds if fold.unseen and fold.how == "sum"}


def with_more(column: str) -> nw.Expr:
    """A sum together with what stands beside it under its name with a stroke."""
    one, other = nw.col(column), nw.col(column + "_")
    return (one.fill_null(0) + other.fill_null(0)).alias(column)


def _with_loose(
    groups: nw.LazyFrame[Any], loose: nw.LazyFrame[Any], columns: Iterable[str]
) -> nw.LazyFrame[Any]:
    """Add to each group what the rows bring of which the group is not known."""
    mine = loose.select(HOUSEHOLD, *(nw.col(column).alias(column + "_") for column in columns))
    wide = joined(groups, mine, [HOUSEHOLD], "left")
    return wide.with_columns(map(with_more, columns)).drop(*(column + "_" for column in columns))


__all__ = ["brought_more", "facts_beside", "grouped", "with_more"]
