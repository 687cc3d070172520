"""``antipoverty summary``: quarter's dispatch (季调度), half-year and annual summary."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from antipoverty._base.csvfiles import read_text
from antipoverty.cli._language import chosen, languages, said
from antipoverty.cli._registers import Registers, on_registers, read_limits, whole_book
from antipoverty.cli._shell import (
    AreasFile,
    JsonFlag,
    ReportFile,
    print_json,
    print_text,
    read_areas,
)
from antipoverty.cli._workbook import keep
from antipoverty.periods import Period
from antipoverty.rules import Text
from antipoverty.scoring import AssessmentPolicy
from antipoverty.summaries import Summary, read_sources, summary

Limit = Annotated[
    list[str] | None,
    typer.Option(
        "--limit", metavar="WHAT=DAYS", help="detection=7, intervention=30, help=45. Repeatable."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("summary")(summary_)


@on_registers
def summary_(
    registers: Registers,
    period: Annotated[str, typer.Argument(help="2022-Q1, 2022-H1 or 2022; a month, a week.")],
    folder: Annotated[
        Path,
        typer.Argument(
            help="It holds households, visits, keepers, screened, notices and truth as CSV, and "
            "the folders receipts and outcomes; what lacks is said."
        ),
    ],
    policy: Annotated[
        Path | None, typer.Option(help="TOML of what notices in a row are worth.")
    ] = None,
    limit: Limit = None,
    areas: AreasFile = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="A folder for the paper in both languages.")
    ] = None,
    report: ReportFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a period's paper, each figure with its denominator (季调度、半年小结、年终总结)."""
    when = Period.parse(period)
    inside = folder / "areas.csv"
    tree = read_areas(inside if areas is None and inside.is_file() else areas)
    with registers.read() as casebook:
        book = whole_book(casebook, on=when.last)
        events = [*casebook.events(until=when.last)]
    sources = read_sources(
        folder,
        book,
        events,
        when,
        areas=tree,
        policy=AssessmentPolicy.from_toml(read_text(policy)) if policy else None,
        limits=read_limits(limit),
    )
    paper = summary(when, book, sources, areas=tree)
    if out is not None:
        paper.write(out)
    if report is not None:
        paper.report().write(report)
    if as_json:
        print_json(paper.as_dict())
        return
    for language in languages():
        print_text(paper.text(language))
    _keep(paper)


_FIGURES = ("figure", "count", "out of", "share or mean")


def _keep(paper: Summary) -> None:
    """Give the workbook of a run the figures and tables of a paper, which are printed as text."""
    for section in paper.sections:
        title = chosen(*section.title)
        if section.figures:
            rows = [
                (chosen(*one.title), one.count, one.of, chosen(one.share("zh"), one.share("en")))
                for one in section.figures
            ]
            keep(title, _FIGURES, [said(one) for one in _FIGURES], rows)
        for table in section.tables:
            cells = [
                [chosen(*cell) if isinstance(cell, Text) else cell for cell in row]
                for row in table.rows
            ]
            keep(
                title,
                [one.en for one in table.columns],
                [chosen(*one) for one in table.columns],
                cells,
            )
