"""``cases coverage``: who was reached in a period, who was not, and who has no keeper."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from antipoverty._base.documents import plain
from antipoverty.casework import (
    Coverage,
    GridCoverage,
    keepers_of,
    visit_coverage,
)
from antipoverty.cli._language import pair, said
from antipoverty.cli._registers import (
    Covering,
    Figures,
    InPeriod,
    Lines,
    write_figures,
)
from antipoverty.cli._shell import (
    NO,
    AreasFile,
    JsonFlag,
    print_json,
    read_areas,
    read_table,
)
from antipoverty.cli._tables import console, print_table
from antipoverty.codes import Level
from antipoverty.model import AreaTree
from antipoverty.periods import Period
from antipoverty.screening import write_spreadsheet

if TYPE_CHECKING:
    pass


def register(cases: typer.Typer) -> None:
    """Add the command."""
    cases.command("coverage")(coverage)


def coverage(
    households: Annotated[Path, typer.Argument(help="Parquet or CSV: household_id, area, away.")],
    visits: Annotated[
        Path, typer.Argument(help="Parquet or CSV: household_id, keeper_id, on, how (home, phone).")
    ],
    keepers: Annotated[
        Path, typer.Argument(help="Parquet or CSV: keeper_id, grid; a row for each grid held.")
    ],
    period: InPeriod,
    level: Annotated[Level, typer.Option(help="Count by this level of area.")] = Level.VILLAGE,
    areas: AreasFile = None,
    limit: Lines = 50,
    out: Annotated[
        Path | None, typer.Option(help="Write who was not reached or has no keeper, as CSV.")
    ] = None,
    figures: Figures = None,
    covering: Covering = None,
    as_json: JsonFlag = False,
) -> None:
    """Say who was reached in a period, by grid (全覆盖); exit code 1 while somebody is left out."""
    staff = keepers_of(read_table(keepers))
    span = Period.parse(period)
    tree = read_areas(areas)
    found = visit_coverage(
        read_table(households), read_table(visits), staff, period=span, level=level, areas=tree
    )
    if out is not None:
        _write_left_out(found, out)
    write_figures(
        found.statistics(), figures, ("coverage",),
        period=span, level=level, covering=covering, areas=areas,
    )  # fmt: skip
    if as_json:
        print_json(_coverage_document(found, level, len(staff)))
    else:
        _print_coverage(found, level, tree, len(staff), limit)
    if found.reached < found.households or found.unkept:
        raise typer.Exit(NO)


def _write_left_out(found: Coverage, out: Path) -> None:
    import polars as pl

    rows = [
        (one.area, household, "未走访 not reached")
        for one in found.grids
        for household in one.missed
    ]
    rows += [("", household, "无网格员 no keeper") for household in found.unkept]
    columns = dict.fromkeys(("区划 area", "户码 household", "缺 lacks"), pl.String)
    write_spreadsheet(pl.DataFrame(rows, schema=columns, orient="row"), out)


def _coverage_document(found: Coverage, level: Level, keepers: int) -> dict[str, Any]:
    return {
        "period": str(found.period),
        "level": level.value,
        "households": found.households,
        "reached": found.reached,
        "keepers": keepers,
        "keepers_without_households": list(found.idle),
        "households_without_keeper": list(found.unkept),
        "visited_but_in_no_file": found.unknown,
        "areas": [
            plain(one) | {"share": plain(one.share), "per_keeper": plain(one.per_keeper)}
            for one in found.grids
        ],
    }


def _print_coverage(
    found: Coverage, level: Level, tree: AreaTree, keepers: int, limit: int
) -> None:
    worst = sorted(found.grids, key=lambda one: (-len(one.missed), one.area))[:limit]
    visited, phoned = sum(g.visited for g in found.grids), sum(g.phoned for g in found.grids)
    holding = keepers - len(found.idle)
    print_table(
        said("Coverage by {level}, {period}", level=pair(level.value), period=found.period),
        (
            "area",
            "name",
            "households",
            "visited",
            "away, phoned",
            "not reached",
            "reached",
            "keepers",
            "per keeper",
        ),
        (
            (
                one.area,
                tree.full_name(one.area) if one.area in tree else "",
                one.households,
                one.visited,
                one.phoned,
                len(one.missed),
                _percent(one.visited + one.phoned, one.households),
                one.keepers,
                _rounded(one.per_keeper),
            )
            for one in worst
        ),
        total=(
            said("total"),
            _shown_of(worst, found.grids),
            found.households,
            visited,
            phoned,
            found.households - found.reached,
            _percent(found.reached, found.households),
            keepers,
            _rounded(Fraction(found.households - len(found.unkept), holding) if holding else None),
        ),
    )
    for text in (
        said(
            "reached: {reached:,} / {households:,} households ({share})",
            reached=found.reached,
            households=found.households,
            share=_percent(found.reached, found.households),
        ),
        said("households without a keeper: {count:,}", count=len(found.unkept)),
        said("keepers without households: {count:,}", count=len(found.idle)),
        *(f"  {keeper}" for keeper in found.idle[:limit]),
        said("visited but in no file: {count:,}", count=found.unknown),
    ):
        console().print(text, markup=False)


def _shown_of(shown: list[GridCoverage], every: tuple[GridCoverage, ...]) -> str:
    return (
        ""
        if len(shown) == len(every)
        else said("shown: {shown:,} / {every:,}", shown=len(shown), every=len(every))
    )


def _percent(part: int, whole: int) -> str:
    """Cut to a tenth, never rounded up: only all of them are 100 %."""
    if not whole:
        return ""
    tenths = part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10} %"


def _rounded(share: Fraction | None) -> str:
    return "" if share is None else f"{float(share):.1f}"
