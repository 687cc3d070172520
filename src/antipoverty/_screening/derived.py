"""Derived facts of all households at once: columns that are added before anybody is judged.

Their inputs are computed where the tables are, by what computes rules; the plugin's function
is always given Polars columns, whichever engine holds the tables, so that no engine rounds in
its own way. A fact of a row is added to its table, each distinct set of inputs worked out once
where tables are not in memory; a fact of a household is added to the households.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from antipoverty._base.frames import beside, joined, materialize, to_polars
from antipoverty._screening.tables import HOUSEHOLDS
from antipoverty._screening.unseen import UnseenRows, abouts
from antipoverty._screening.wide import wide_frame
from antipoverty.conditions import Condition, Node, Rows, fields_derived
from antipoverty.conditions.derived import kind_of
from antipoverty.engines.frames import Compiler, Scope
from antipoverty.model import Field, Kind, TableSchema, worked_out
from antipoverty.rules import InForce

Frames = Mapping[str, nw.LazyFrame[Any]]

_LACKS = " lacks"
_NOTHING: Mapping[Kind, Any] = {
    Kind.NUMBER: 0,
    Kind.FLAG: False,
    Kind.TEXT: "",
    Kind.DATE: date(1900, 1, 1),
}


def derived_in(trees: Iterable[Node], table: str | None) -> tuple[Field, ...]:
    """The derived facts of a table that some trees read, each after those it reads."""
    found = {
        field.path: field
        for tree in trees
        for field in fields_derived(tree)
        if field.table == table
    }
    return tuple(found.values())


def with_row_facts(
    rows: nw.LazyFrame[Any], table: TableSchema, current: InForce, trees: Iterable[Node]
) -> nw.LazyFrame[Any]:
    """Add the derived facts of a child table that some trees read to its rows, unless there."""
    came = set(rows.collect_schema())
    for field in (one for one in derived_in(trees, str(table.name)) if one.name not in came):
        compiler = Compiler(current)
        with Scope(compiler, Rows(table)):
            inputs = _inputs(compiler, field)
        rows = materialize(rows)
        native: Any = rows.to_native()
        if isinstance(native, pl.LazyFrame):
            given = to_polars(rows.with_columns(**inputs).select(*inputs))
            rows = nw.from_native(native.with_columns(_worked(field, given)))
        else:
            rows = _each_once(rows, field, inputs)
    return rows


def _each_once(
    rows: nw.LazyFrame[Any], field: Field, inputs: Mapping[str, nw.Expr]
) -> nw.LazyFrame[Any]:
    """Bring each distinct set of inputs into memory, and what was worked out back to its rows."""
    marks: dict[str, nw.Expr] = {}
    for (name, one), node in zip(inputs.items(), field.inputs.values(), strict=True):
        marks[name + _LACKS] = one.is_null()
        marks[name] = one.fill_null(_NOTHING[kind_of(node)])
    marked = materialize(rows.with_columns(**marks))
    told = to_polars(marked.select(*marks).unique())
    given = told.select(pl.when(~pl.col(name + _LACKS)).then(pl.col(name)) for name in inputs)
    small = told.with_columns(_worked(field, given))
    return joined(marked, beside(rows, small), list(marks), "left").drop(*marks)


def _inputs(compiler: Compiler, field: Field) -> dict[str, nw.Expr]:
    """What the function of a derived fact is told, as columns; null where it is not known."""
    found: dict[str, nw.Expr] = {}
    for name, node in field.inputs.items():
        if isinstance(node, Condition):
            one = compiler.truth(node)
        elif kind_of(node) is Kind.NUMBER:
            ends = compiler.number(node).ends
            one = ends.low if ends.point else nw.when(ends.low == ends.high).then(ends.low)
            one = one.cast(nw.Int64)  # an engine's sums may be wider
        else:
            one = compiler.plain(node)
        found[_named(field, name)] = one
    return found


def _named(field: Field, name: str) -> str:
    return f"_input {field.name} {name}"


def _worked(field: Field, given: pl.DataFrame) -> pl.Series:
    return worked_out(field, {name: given[_named(field, name)] for name in field.inputs})


def with_household_facts(
    tables: Frames, unseen: Mapping[str, UnseenRows], current: InForce, trees: Iterable[Node]
) -> Frames:
    """Add the derived facts of households that some trees read, unless they are there.

    They may be derived from rows.
    """
    came = set(tables[HOUSEHOLDS].collect_schema())
    waiting = [one for one in derived_in(trees, None) if one.name not in came]
    while waiting:
        names = {one.path for one in waiting}
        later = [one for one in waiting if names & {*_derived_before(one)}]
        ready = [one for one in waiting if one not in later]
        compiler = Compiler(current, abouts(unseen))
        inputs = {name: e for one in ready for name, e in _inputs(compiler, one).items()}
        nodes = [node for one in ready for node in one.inputs.values()]
        wide = wide_frame(tables, unseen, compiler, nodes).with_columns(**inputs)
        given = to_polars(wide.select("household_id", *inputs))
        made = given.select("household_id", *(_worked(one, given) for one in ready))
        homes = tables[HOUSEHOLDS]
        homes = joined(homes, beside(homes, made), ["household_id"], "left")
        tables, waiting = {**tables, HOUSEHOLDS: materialize(homes)}, later
    return tables


def _derived_before(field: Field) -> Iterator[str]:
    return (one.path for node in field.inputs.values() for one in fields_derived(node))


__all__ = ["derived_in", "with_household_facts", "with_row_facts"]
