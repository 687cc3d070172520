"""What officials read of the comparison register: lists, a case, overlaps, in-times."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from antipoverty._base.documents import plain
from antipoverty.casework import (
    CAME,
    DAYS,
    IN_LIMIT,
    WHATS,
    Precision,
    in_times,
    keepers_of,
    matching,
    overlaps,
    precision,
    proposals,
    statistics,
    view,
)
from antipoverty.cli._language import pair, said
from antipoverty.cli._registers import (
    AreaPrefix,
    CaseId,
    Covering,
    Figures,
    FromFiles,
    InPeriod,
    Late,
    Lines,
    Registers,
    Sort,
    called,
    on_registers,
    print_tasks,
    say,
    this_day,
    whole_book,
    write_figures,
)
from antipoverty.cli._shell import (
    NO,
    AreasFile,
    AsOf,
    JsonFlag,
    day_option,
    print_json,
    read_areas,
    read_table,
)
from antipoverty.cli._tables import print_table
from antipoverty.periods import Period
from antipoverty.screening import read_list


def register(cases: typer.Typer) -> None:
    """Add the commands."""
    cases.command("list")(list_)
    cases.command("answer")(answer)
    cases.command("show")(show)
    cases.command("overlaps")(overlaps_)
    cases.command("in-times")(times)
    cases.command("precision")(precision_)


@on_registers
def list_(
    registers: Registers,
    as_of: AsOf,
    department: Annotated[str | None, typer.Option(help="Only with its signals.")] = None,
    area: AreaPrefix = "",
    role: Annotated[str | None, typer.Option(help="Only what it may do next.")] = None,
    late: Late = False,
    limit: Lines = 50,
    areas: AreasFile = None,
    as_json: JsonFlag = False,
) -> None:
    """List open cases, the most overdue first."""
    tree = read_areas(areas) if areas else None
    with registers.read() as book:
        tasks = book.worklist(
            as_of=as_of, department=department, area=area, role=role, areas=tree, limit=limit
        )
        shown = [task for task in tasks if task.late or not late]
        print_tasks(said("Worklist, {day}", day=as_of), book.empty, shown, as_of, as_json=as_json)


@on_registers
def answer(
    registers: Registers,
    lists: FromFiles = None,
    as_json: JsonFlag = False,
) -> None:
    """Take in lists that departments filled in (清单反馈); exit code 1 if a line is refused.

    Every answer is put down on its line; a case goes on by it, or is closed once all its lines
    were refuted. A list that comes again changes nothing.
    """
    if not lists:
        raise typer.BadParameter("give the lists with --from")
    lines = [line for path in lists for line in read_list(path)]
    with registers.open() as book:
        found = book.answer_lists(lines)
    if as_json:
        print_json(plain(found))
    else:
        print_table(
            "Answers to lists",
            ("lines", "written", "again", "blank", "not settled", "cases"),
            [(found.lines, found.taken, found.again, found.blank, found.open, found.cases)],
        )
        print_table(
            said("refused: {count:,}", count=len(found.refused)),
            ("place", "why"),
            ((one.place, one.why) for one in found.refused),
        )
    if found.refused:
        raise typer.Exit(NO)


@on_registers
def show(
    registers: Registers,
    case_id: CaseId,
    role: Annotated[str, typer.Option(help="public, keeper, department or county.")] = "keeper",
    department: Annotated[str | None, typer.Option(help="For the role department.")] = None,
    reader: Annotated[
        str | None, typer.Option(help="Who reads, such as county-3: written among its events.")
    ] = None,
    why: Annotated[str, typer.Option(help="With --reader: a reference to the reason.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Show a case as a role may see it; unless told, as a keeper: what to do, and no reasons."""
    with registers.read() if reader is None else registers.open() as found:
        if reader is not None:
            on = this_day()
            found.view(case_id, role, by=reader, on=on, department=department, why=why)
        case = found.case(case_id)
        book = found.empty.with_({case.id: case}, {})
    document = view(book, case, role, department=department)
    if role == "county":
        document["proposals"] = plain(list(proposals(book, case)))
        document["measures_to_match"] = plain(matching(book, case))
    lines = "\n".join(f"{name}: {value}" for name, value in document.items())
    say(document, lines, as_json=as_json)


@on_registers
def overlaps_(
    registers: Registers,
    members: Annotated[Path, typer.Argument(help="Parquet or CSV of household_id and a person.")],
    person: Annotated[str, typer.Option(help="The column that tells persons apart.")],
    as_json: JsonFlag = False,
) -> None:
    """Find persons who sit in more than one monitored household; exit code 1 if any does."""
    table = read_table(members)
    with registers.read() as book:
        found = overlaps(whole_book(book), table, person=person)
    if as_json:
        print_json([plain(one) for one in found])
    else:
        print_table(
            "Monitored twice",
            ("households", "persons"),
            ((" ".join(one.households), one.persons) for one in found),
        )
    if found:
        raise typer.Exit(NO)


@on_registers
def times(
    registers: Registers,
    period: InPeriod,
    level: Sort = None,
    as_of: Annotated[date | None, day_option("--as-of", "Waiting is counted until then.")] = None,
    limits: Annotated[
        list[str] | None,
        typer.Option(
            "--limit-days",
            metavar="WHAT=DAYS",
            help="Such as detection=5: gives the share within it too. Repeatable.",
        ),
    ] = None,
    came: Annotated[
        list[str] | None,
        typer.Option(help="Only cases opened as new, realert or relapse. Repeatable."),
    ] = None,
    figures: Figures = None,
    covering: Covering = None,
    areas: AreasFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Say how soon cases were detected, decided and helped (三早), as it stood on that day."""
    span = Period.parse(period)
    until = as_of or span.last
    within = dict(map(_limit, limits or ()))
    with registers.read() as book:
        found = in_times(
            whole_book(book, on=until), level=level, period=span, as_of=until, limits=within,
            came=came or CAME,
        )  # fmt: skip
        pack = book.empty.pack
    names = [*DAYS.values(), *(IN_LIMIT[what] for what in WHATS if what in within)]
    if figures is not None:
        write_figures(
            statistics(found, span), figures, names, period=span, level=level,
            covering=covering, areas=areas,
        )  # fmt: skip
    if as_json:
        print_json(plain(list(found)))
        return
    tree = read_areas(areas)
    print_table(
        said("In-times, {period}", period=period),
        (
            "key",
            "what",
            "cases",
            "done",
            "median",
            "p90",
            "waited",
            "in limit",
        ),
        (
            (
                called(one.key, pack, tree) or said("self-report"),
                said(one.what),
                one.cases,
                one.done,
                "" if one.median is None else f"{float(one.median):g}",
                "" if one.p90 is None else str(one.p90),
                one.waited,
                "" if one.in_limit is None else f"{float(one.in_limit):.1%}",
            )
            for one in found
        ),
    )


def _limit(text: str) -> tuple[str, int]:
    what, mark, days = text.partition("=")
    if not (mark and days.isascii() and days.isdigit()):
        raise typer.BadParameter(f"{text!r} is no limit; write detection=5")
    return what.strip(), int(days)


_CAME = {"report": "self-reported", "undecided": "question", "lineage": "lineage"}


@on_registers
def precision_(
    registers: Registers,
    by: Annotated[
        Literal["rule", "department", "city", "county", "township", "village", "keeper"],
        typer.Option(help="What outcomes are told apart by."),
    ] = "rule",
    period: Annotated[
        str | None, typer.Option(help="Only cases opened in it, such as 2022-02.")
    ] = None,
    keepers: Annotated[
        Path | None, typer.Option(help="CSV of keeper_id, grid; for --by keeper.")
    ] = None,
    as_of: Annotated[
        date | None, day_option("--as-of", "As it stood then; today unless given.")
    ] = None,
    areas: AreasFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Say what became of alerts: confirmed, refuted, open, and who was entered without one."""
    span = None if period is None else Period.parse(period)
    staff = None if keepers is None else keepers_of(read_table(keepers))
    with registers.read() as book:
        found = precision(whole_book(book, on=as_of), by=by, period=span, keepers=staff)
        pack = book.empty.pack
    if as_json:
        print_json(
            [
                plain(one)
                | {
                    "share": plain(one.share),
                    "interval": plain(one.interval),
                    "mean_days": plain(one.mean_days),
                    "load": plain(one.load),
                }
                for one in found
            ]
        )
        return
    tree = read_areas(areas)
    print_table(
        said(
            "Outcomes by {by}; under {few} no share and no days are given",
            by=pair(by),
            few=Precision.FEW,
        ),
        (
            "key",
            "alerts",
            "a month",
            "confirmed",
            "refuted",
            "open",
            "visited",
            "mean days",
            "share",
            "interval of 95 %",
            "entered",
            "missed",
        ),
        (
            (
                called(one.key, pack, tree) or said("no alert"),
                one.alerts,
                "" if one.load is None else f"{float(one.load):.1f}",
                one.confirmed,
                one.refuted,
                one.open,
                one.visited,
                "" if one.mean_days is None else f"{float(one.mean_days):.1f}",
                "" if one.share is None else f"{float(one.share):.0%}",
                "" if one.interval is None else "{:.0%} - {:.0%}".format(*map(float, one.interval)),
                one.entered,
                _missed(one),
            )
            for one in found
        ),
    )


def _missed(one: Precision) -> str:
    """How many were entered without an alert, and how they came."""
    return " ".join(
        [str(one.missed), *(f"{said(_CAME[how])} {n}" for how, n in one.sources.items())]
    )
