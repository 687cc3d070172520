"""A population as it is held, with its deliveries, and what can be lost of it.

What is drawn is complete: every household has no more members than it states, every kind of
record was delivered for all of the past, and a delivery that says how many rows it has, has
them. So that whatever is taken away afterwards is accounted for by what remains.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import attrs
import polars as pl
from hypothesis import strategies as st

from antipoverty.conditions import tables_read
from antipoverty.errors import Phrase, phrase
from antipoverty.model import Delivery, Household, Row, TableSchema, counted_on
from antipoverty.rules import Pack, Verdict, judge
from antipoverty.screening import Tables
from antipoverty.testing._frames import tables_as
from antipoverty.testing._search.subject import subject
from antipoverty.testing._strategies.choices import one_of
from antipoverty.testing._strategies.households import households
from antipoverty.testing._strategies.sides import sides
from antipoverty.testing._strategies.tables import populations

DELIVERIES = "deliveries"
_HOMES = "households"
_FEW = 8
"""A household that states so many more members than were drawn gets the number it has."""


@attrs.frozen(order=True)
class Loss:
    """One thing that is taken away.

    Attributes:
        table: The table, or ``deliveries``.
        row: The number of the row in the table as it was, from 0.
        column: The cell that is emptied; without, the whole row is dropped.
    """

    table: str
    row: int
    column: str = ""

    @property
    def told(self) -> Phrase:
        """What is taken away, in words."""
        place = {"row": self.row, "table": self.table}
        if self.column:
            return phrase(
                "{column} of row {row} of {table} is emptied", column=self.column, **place
            )
        return phrase("row {row} of {table} is dropped", **place)


@attrs.frozen(eq=False)
class Holding:
    """Tables and deliveries as they are held.

    Attributes:
        tables: Households and child tables, in Polars.
        deliveries: What was handed over.
        warned: The households that a rule warns of, each with the child tables that it reads.
    """

    tables: Mapping[str, pl.DataFrame]
    deliveries: tuple[Delivery, ...]
    warned: tuple[tuple[str, frozenset[str]], ...] = ()

    def without(self, losses: Iterable[Loss]) -> Holding:
        """Take some things away, all at once."""
        cells: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for loss in losses:
            cells[loss.table][loss.column].append(loss.row)
        tables = {name: _without(frame, cells[name]) for name, frame in self.tables.items()}
        gone = set(cells[DELIVERIES][""])
        kept = tuple(one for number, one in enumerate(self.deliveries) if number not in gone)
        return Holding(tables, kept)

    def as_tables(self, kind: str = "polars") -> Tables[Any]:
        """Give the tables to screen, in frames of a kind."""
        given: dict[str, Any] = {**self.tables, "deliveries": self.deliveries}
        return tables_as(Tables(**given), kind)

    def holders(self, table: TableSchema) -> list[list[int]]:
        """Number, for each row of a child table, the deliveries that say they have it."""
        stated = [(n, one) for n, one in enumerate(self.deliveries) if one.rows is not None]
        return [
            [n for n, one in stated if _holds(one, sort, area, day)]
            for sort, area, day in _whereabouts(table, self.tables)
        ]


def _without(frame: pl.DataFrame, cells: Mapping[str, list[int]]) -> pl.DataFrame:
    number = pl.int_range(pl.len())
    emptied = [
        pl.when(~number.is_in(pl.lit(pl.Series(rows)).implode())).then(pl.col(one)).alias(one)
        for one, rows in cells.items()
        if one
    ]
    frame = frame.with_columns(emptied)
    gone = cells.get("", [])
    return frame.filter(~number.is_in(pl.lit(pl.Series(gone)).implode())) if gone else frame


def _whereabouts(
    table: TableSchema, tables: Mapping[str, pl.DataFrame]
) -> Iterator[tuple[str, str, date | None]]:
    """The sort, the area and the day of each row of a child table."""
    frame = tables[str(table.name)]
    areas = dict(tables[_HOMES].select("household_id", "area").iter_rows())
    nothing = [None] * frame.height
    sorts = [str(table.name)] * frame.height if table.sort is None else frame[table.sort]
    days = nothing if table.day is None else frame[table.day]
    for id_, sort, day in zip(frame["household_id"], sorts, days, strict=True):
        yield sort, areas[id_], day


def _holds(delivery: Delivery, sort: str, area: str, day: date | None) -> bool:
    if not delivery.covers(sort, area):
        return False
    # of the spells that one kind was delivered by, a row without a day is of the first
    return (
        delivery.first is None if day is None else (delivery.first or day) <= day <= delivery.last
    )


# --- what is complete ----------------------------------------------------------------


@st.composite
def holdings(draw: st.DrawFn, pack: Pack, *, as_of: date, max_size: int = 5) -> Holding:
    """Draw a population at the thresholds of a pack's rules, with its deliveries.

    Half the time one more household is in it that a rule warns of, which was solved for.

    Args:
        draw: Given by Hypothesis.
        pack: Its rules say what matters.
        as_of: The day of the answer.
        max_size: How many households there are at most.
    """
    drawn = draw(populations(households(pack, as_of=as_of), max_size=max_size))
    if draw(st.booleans()):
        rule = one_of(draw, pack.on(as_of).rules)
        warned_of = sides(subject(rule.id, pack, as_of=as_of)).found.get(Verdict.WARN)
        drawn += [warned_of.model_copy(update={"household_id": "solved"})] if warned_of else []
    homes = [_complete(one, pack, as_of) for one in drawn]
    warned = tuple(
        (one.household_id, frozenset(tables_read(pack.rules[alert.rule_id].when)))
        for one in homes
        for alert in judge(one, pack, as_of=as_of).warned
    )
    tables = Tables.of(homes, pack.model)
    frames = {name: tables[name] for name in tables}
    places = frames[_HOMES]["area"].unique().sort().to_list()
    made: list[Delivery] = []
    for name, table in pack.schema.tables.items():
        if table.roster is not None:
            continue
        sorts = {name} if table.sort is None else set(pack.on(as_of).kinds.get(name, ()))
        sorts |= set() if table.sort is None else set(frames[name][table.sort])
        listed = sorted(sorts - {""})
        together = draw(st.booleans())
        groups = [listed] if listed and together else [[one] for one in listed]
        for kinds in groups:
            made += _delivered(draw, kinds, table, frames, places, as_of)
    return Holding(frames, tuple(made), warned)


def _delivered(
    draw: st.DrawFn,
    kinds: list[str],
    table: TableSchema,
    frames: Mapping[str, pl.DataFrame],
    places: list[str],
    as_of: date,
) -> Iterator[Delivery]:
    """Deliver kinds for the whole past, in one or more hand-overs."""
    rows = list(_whereabouts(table, frames))
    last = max([as_of, *(day for _, _, day in rows if day is not None)])
    spells: list[tuple[date | None, date]] = [(None, last)]
    if table.day is not None and draw(st.booleans()):
        turn = as_of - timedelta(days=draw(st.sampled_from([1, 31, 200])))
        spells = [(None, turn), (turn + timedelta(days=1), last)]
    digits, stated = draw(st.sampled_from([2, 6, 12])), draw(st.booleans())
    for area in sorted({place[:digits] for place in places}):
        for first, until in spells:
            one = Delivery(department="d", kinds=tuple(kinds), area=area, first=first, last=until)
            count = sum(_holds(one, *row) for row in rows)
            yield one.model_copy(update={"rows": count}) if stated else one


def _complete(household: Household, pack: Pack, as_of: date) -> Household:
    """The household with as many rows as it states, and with nothing that contradicts itself."""
    changes: dict[str, Any] = {"deliveries": None}
    for name, table in pack.schema.tables.items():
        rows: tuple[Row, ...] = getattr(household, name) or ()
        if table.roster is not None:
            stated = getattr(household, table.roster.name)
            if stated is not None and 0 < stated - len(rows) <= _FEW:
                model: Any = pack.model.tables_of_row()[name]
                lacking = range(len(rows), stated)
                rows += tuple(model.model_construct(**{model.KEY: f"more-{n}"}) for n in lacking)
            elif stated is not None and stated != len(rows):
                changes[table.roster.name] = len(rows) or None
        changes[name] = rows
    return counted_on(household.model_copy(update=changes), pack.schema, as_of)


# --- what is lost --------------------------------------------------------------------


@st.composite
def losses(draw: st.DrawFn, holding: Holding, pack: Pack) -> frozenset[Loss]:
    """Draw what is taken away: a cell, a row, a table's rows, a kind with its deliveries.

    Half the time it is what a warning rests on, if there is one: all rows of the household in
    the tables that the rule reads, or one of them. Who takes what came on trust clears it then.
    """
    tables = {name: one for name, one in pack.schema.tables.items() if holding.tables[name].height}
    rostered = [one for one in tables.values() if one.roster is not None]
    others = [one for one in tables.values() if one.roster is None]
    held = {str(one.name): holding.holders(one) for one in others}
    accounted = [Loss(t, row) for t, rows in held.items() for row, by in enumerate(rows) if by]
    lines = [Loss(DELIVERIES, n) for n in range(len(holding.deliveries))]
    rows = [
        Loss(str(one.name), n)
        for one in rostered
        for n in range(holding.tables[str(one.name)].height)
    ]
    aimed = [
        found for one in holding.warned if (found := _rests_on(holding, one, rows + accounted))
    ]
    on_purpose: bool = draw(st.booleans()) if aimed else False
    if on_purpose:
        whole, every = one_of(draw, aimed), one_of(draw, (False, True))
        return frozenset(whole if every else [one_of(draw, whole)])
    ways: list[st.SearchStrategy[Any]] = [_cells(holding, [_HOMES])]
    if tables:
        ways += [_cells(holding, list(tables)), _cells(holding, list(tables), "household_id")]
    for one in rostered:
        assert one.roster is not None  # noqa: S101 - asked before
        ways += [_cells(holding, [_HOMES], one.roster.name), st.just(rows)]
    ways += [
        st.sampled_from(one).map(lambda loss: [loss]) for one in (rows, accounted, lines) if one
    ]
    if accounted:
        ways.append(st.just(accounted))
    ways += [st.just(found) for one in others if one.sort for found in _kinds(holding, one)]
    return frozenset(draw(st.one_of(ways)))


def _rests_on(
    holding: Holding, warned: tuple[str, frozenset[str]], rows: Iterable[Loss]
) -> list[Loss]:
    """Of some rows those of one household in the tables that a rule reads."""
    id_, read = warned
    whose = {name: holding.tables[name]["household_id"].to_list() for name in read}
    return [one for one in rows if one.table in read and whose[one.table][one.row] == id_]


def _cells(holding: Holding, tables: list[str], column: str = "") -> st.SearchStrategy[Any]:
    found = [
        [Loss(name, row, one)]
        for name in tables
        for row in range(holding.tables[name].height)
        for one in ([column] if column else holding.tables[name].columns)
    ]
    return st.sampled_from(found)


def _kinds(holding: Holding, table: TableSchema) -> Iterator[list[Loss]]:
    """All rows of a kind, with the deliveries that had it."""
    sorts = holding.tables[str(table.name)][str(table.sort)].to_list()
    for sort in sorted(set(sorts)):
        rows = [Loss(str(table.name), n) for n, one in enumerate(sorts) if one == sort]
        lines = enumerate(holding.deliveries)
        yield [*rows, *(Loss(DELIVERIES, n) for n, one in lines if sort in one.kinds)]


__all__ = ["DELIVERIES", "Holding", "Loss", "holdings", "losses"]
