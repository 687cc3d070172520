"""``cases lists`` and ``lines``: what is handed over, as files and as figures."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from antipoverty._base.documents import plain
from antipoverty.casework import line_figures, statistics, write_handovers
from antipoverty.cli._language import said
from antipoverty.cli._registers import (
    Covering,
    Figures,
    InPeriod,
    Registers,
    called,
    on_registers,
    say,
    whole_book,
    write_figures,
)
from antipoverty.cli._shell import (
    AreasFile,
    AsOf,
    JsonFlag,
    day_option,
    print_json,
    read_areas,
)
from antipoverty.cli._tables import print_table
from antipoverty.codes import Level
from antipoverty.periods import Period


def register(cases: typer.Typer) -> None:
    """Add the commands."""
    cases.command("lists")(lists)
    cases.command("lines")(lines_)


@on_registers
def lists(
    registers: Registers,
    folder: Annotated[Path, typer.Argument(help="Where to write stock/ and changes/.")],
    as_of: AsOf,
    since: Annotated[
        date | None,
        day_option("--since", "The day of the list before: writes what changed too."),
    ] = None,
    form: Annotated[Literal["csv", "xlsx"], typer.Option(help="CSV or workbooks.")] = "csv",
    areas: AreasFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Write each department's list from the register (清单交办): stock, and what changed."""
    with registers.read() as found:
        book = whole_book(found, on=as_of)
    files = write_handovers(
        book, folder, as_of=as_of, since=since, form=form, areas=read_areas(areas)
    )
    told = said("lists: {count} in {folder}", "\n", count=len(files), folder=folder)
    say({name: str(path) for name, path in files.items()}, told, as_json=as_json)


_COLUMNS = (
    ("items", "items"),
    ("different", "different"),
    ("departments", "departments"),
    ("taken", "taken"),
    ("answered", "answered"),
    ("late", "answered late"),
    ("withdrawn", "withdrawn"),
    ("overdue", "not answered in time"),
)


@on_registers
def lines_(
    registers: Registers,
    period: InPeriod,
    by: Annotated[
        Literal["department", "all", "city", "county", "township", "village"],
        typer.Option(help="What lines are counted by."),
    ] = "department",
    as_of: Annotated[date | None, day_option("--as-of", "Answers count until then.")] = None,
    figures: Figures = None,
    covering: Covering = None,
    areas: AreasFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Count what was handed over in a period: items, different items, answered, overdue."""
    span = Period.parse(period)
    day = as_of or span.last
    with registers.read() as book:
        found = line_figures(whole_book(book, on=day), period=span, as_of=day, by=by)
        pack = book.empty.pack
    if figures is not None:
        write_figures(
            statistics(found, span), figures, ("lines-answered", "lines-overdue"),
            period=span, level=Level(by), covering=covering, areas=areas,
        )  # fmt: skip
    if as_json:
        print_json(plain(list(found)))
        return
    tree = read_areas(areas)
    print_table(
        said("Lines handed over, {period}, {day}", period=period, day=day),
        ("key", *(head for _, head in _COLUMNS)),
        (
            (
                called(one.key, pack, tree) or said("all" if by == "all" else "self-report"),
                *(getattr(one, name) for name, _ in _COLUMNS),
            )
            for one in found
        ),
    )
