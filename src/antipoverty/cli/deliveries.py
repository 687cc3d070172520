"""``deliveries`` says which department has not handed over what, and for which days."""

from __future__ import annotations

from typing import Annotated, Any

import narwhals as nw
import polars as pl
import typer

from antipoverty.cli._language import chosen, said
from antipoverty.cli._shell import (
    AreasFile,
    AsOf,
    Folder,
    JsonFlag,
    PackName,
    print_json,
    read_areas,
    read_pack,
)
from antipoverty.cli._tables import print_line, print_table
from antipoverty.codes import Level
from antipoverty.errors import MissingTableError
from antipoverty.screening import Tables, delivery_gaps

LACKING = 1
"""The exit code when something is late, or lacks of a kind without a stated duty."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(deliveries)


def deliveries(
    folder: Folder,
    pack: PackName,
    as_of: AsOf,
    areas: AreasFile = None,
    level: Annotated[Level, typer.Option(help="Ask for each area of this level.")] = Level.COUNTY,
    months: Annotated[int, typer.Option(min=1, max=120, help="For so many months.")] = 12,
    json: JsonFlag = False,
) -> None:
    """Say who has not handed over what (筛查预警职责清单), and what of it is late.

    Exit code 1 if anything is late. Of kinds whose pack does not say how often they are owed,
    every day that lacks counts as late.
    """
    policy, tree = read_pack(pack, None), read_areas(areas)
    tables = Tables.read(folder)
    if tables.deliveries is None:
        raise MissingTableError(
            "{folder} has no deliveries.parquet: a line for each kind that was handed over, with "
            "department, kind, area, first, last",
            folder=folder,
        )
    lived: Any = nw.from_native(tables["households"]).lazy()
    codes = lived.select(nw.col("area").cast(nw.String).str.slice(0, level.digits)).collect()
    places = set(codes.to_native()["area"].drop_nulls().to_list())
    gaps = delivery_gaps(tables.deliveries, policy, places, as_of=as_of, months=months)
    if json:
        print_json({"as_of": as_of.isoformat(), "months": months, "gaps": _plain(gaps)})
    elif gaps.height:
        print_table(
            said("Not handed over, in {months} months before {day}", months=months, day=as_of),
            (
                "department",
                "kind",
                "code",
                "area",
                "handed over until",
                "days lacking",
                "owed every",
                "days late",
            ),
            (
                (
                    chosen(*policy.departments[row["department"]]),
                    chosen(*policy.kinds[row["kind"]].title),
                    row["area"],
                    tree.full_name(row["area"]) if row["area"] in tree else "",
                    str(row["delivered_until"] or said("never")),
                    row["days_lacking"],
                    said(_EVERY[row["every"]]),
                    "" if row["days_late"] is None else row["days_late"],
                )
                for row in gaps.iter_rows(named=True)
            ),
        )
    else:
        print_line(
            "all was handed over: {kinds} kinds from {places} areas",
            kinds=len(policy.kinds),
            places=len(places),
        )
    if gaps.filter(pl.col("days_late").fill_null(1) > 0).height:
        raise typer.Exit(LACKING)


_EVERY = {
    None: "not stated",
    "week": "every week",
    "month": "every month",
    "quarter": "every quarter",
    "half-year": "every half-year",
    "year": "every year",
}


def _plain(gaps: pl.DataFrame) -> list[dict[str, Any]]:
    days = pl.col("delivered_until", "lacking_until", "owed_until").dt.to_string()
    return gaps.with_columns(days).to_dicts()
