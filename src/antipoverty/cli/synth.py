"""``synth`` writes a synthetic province; ``demo`` shows the whole way on one, or over a year."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from antipoverty.cli import screen as screen_command
from antipoverty.cli._language import languages, said
from antipoverty.cli._shell import (
    AreasFile,
    JsonFlag,
    print_json,
    print_text,
    progress,
    read_areas,
)
from antipoverty.cli._tables import console, print_line, print_table
from antipoverty.codes import Level
from antipoverty.screening import Screening, Tables
from antipoverty.synthetic import DEMO_DAY, Written, generate

Households = Annotated[int, typer.Option(help="How many households.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same bytes.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(synth)
    shown = typer.Typer(help=demo.__doc__, invoke_without_command=True)
    shown.callback()(demo)
    shown.command("year")(demo_year)
    app.add_typer(shown, name="demo")


def synth(
    out: Annotated[Path, typer.Option(help="The folder to write.")],
    households: Households = 200_000,
    seed: Seed = 2531,
    areas: AreasFile = None,
    defects: Annotated[int, typer.Option(help="Plant so many bad rows of each sort.")] = 0,
    json: JsonFlag = False,
) -> None:
    """Write a synthetic province as Parquet: no row is of a real person (模拟数据)."""
    written = _generate(out, households, seed, areas, defects)
    counts = {
        "folder": str(out),
        "households": written.households,
        "members": written.members,
        "records": written.records,
    }
    if json:
        print_json(counts)
    else:
        print_line("{path}: {counts}", path=out, counts=_counts(written))


def _counts(written: Written) -> str:
    return said(
        "{households:,} households, {members:,} members, {records:,} records",
        " / ",
        households=written.households,
        members=written.members,
        records=written.records,
    )


def _generate(out: Path, households: int, seed: int, areas: Path | None, defects: int) -> Written:
    with progress("generate") as report:
        return generate(
            out,
            households=households,
            seed=seed,
            areas=read_areas(areas),
            day=DEMO_DAY,
            defects=defects,
            progress=report,
        )


def demo(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("demo-out"),
    households: Households = 200_000,
    seed: Seed = 2531,
    json: JsonFlag = False,
) -> None:
    """Screen a synthetic Shaanxi and explain three alerts (演示)."""
    if context.invoked_subcommand is not None:
        return
    began = time.monotonic()
    written = _generate(out / "tables", households, seed, None, 3)
    tree = read_areas(None)
    screening = screen_command.screen_tables(
        Tables.read(out / "tables"), "shaanxi-2531", DEMO_DAY, tree, None
    )
    told = _telling(screening)
    files = screen_command.write(screening, out)
    if json:
        document = screen_command.as_document(screening, Level.CITY)
        print_json(document | {"explained": told, "written": files})
        return
    screen_command.show(screening, tree, Level.CITY)
    screen = console()
    for number, household_id in enumerate(told, 1):
        area = screening.household(household_id).area
        screen.print()
        screen.print(f"—— {number}/{len(told)}  {tree.full_name(area[:12])}", style="bold")
        for language in languages():
            screen.print()
            print_text(screening.explain(household_id, language))
    screen.print()
    screen_command.show_written(files, out)
    screen.print(f"{_counts(written)}: {time.monotonic() - began:.1f} s", markup=False)


def demo_year(
    out: Annotated[Path, typer.Option(help="The folder to write.")] = Path("year-out"),
    households: Annotated[int, typer.Option(help="How many households.")] = 20_000,
    seed: Seed = 2531,
    json: JsonFlag = False,
) -> None:
    """Run the whole mechanism over a synthetic year, and leave its papers (全年演示)."""
    from antipoverty.synthetic import run, year  # with the extra 'store'

    began = time.monotonic()
    with progress("2531") as report:
        ran = run(year(households, seed), out, progress=lambda _, done, all_: report(done, all_))
    if json:
        print_json(ran.told | {"folder": str(out)})
        return
    print_table(
        said("{year} synthetic: {folder}", year=ran.year.year, folder=out),
        ["what", "count"],
        [[said(_YEAR[name]), count] for name, count in ran.told.items()],
    )
    for language in languages():
        print_line("summary: {path}", path=out / "reports" / f"{ran.year.year}.{language}.md")
    print_line("{seconds} s", seconds=f"{time.monotonic() - began:.1f}")


_YEAR = {
    "households": "households",
    "screenings": "screenings",
    "rows_screened": "households screened, all months together",
    "answers_not_clear": "answers other than clear",
    "cases": "cases opened in the year",
    "cases_open": "cases still open",
    "monitored": "households monitored",
    "urged": "times that a team urged",
    "lines_returned": "lines that departments returned",
    "contradictions": "contradictions of files and register",
    "draws": "draws",
    "drawn": "units drawn",
    "visited": "units visited",
    "found": "problems found on visits",
    "problems": "problems put on the list",
    "zeroed": "problems brought to zero",
    "notices": "notices to cities and counties",
    "scores": "scores for notices in a row",
    "events": "events in both registers",
}
"""What each count of a year is called."""


def _telling(screening: Screening[Any]) -> list[str]:
    """Choose three households to explain: for three rules that read different tables."""
    alerts: pl.DataFrame = screening.alerts.collect()
    chosen: list[str] = []
    for rule in ("category-unstable", "medical-burden-general", "out-of-school"):
        found = alerts.filter(pl.col("rule_id") == rule, pl.col("verdict") == "warn")
        chosen += found.sort("household_id")["household_id"].head(1).to_list()
    return chosen
