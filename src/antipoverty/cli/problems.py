"""``antipoverty problems``: the rectification register in a database."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from antipoverty._base.csvfiles import read_text
from antipoverty._base.documents import plain
from antipoverty.casework import Problem, like_cases, progress, statistics
from antipoverty.cli import inspections
from antipoverty.cli._draws import read_receipt, read_supplements
from antipoverty.cli._language import said
from antipoverty.cli._registers import (
    ActName,
    AreaPrefix,
    AsOfDone,
    By,
    Covering,
    Figures,
    Finding,
    InPeriod,
    Late,
    Lines,
    On,
    Outcome,
    Registers,
    Sort,
    Told,
    Why,
    acted,
    called,
    on_registers,
    print_tasks,
    read_finding,
    say,
    stands,
    whole_book,
    write_figures,
    writes,
)
from antipoverty.cli._shell import (
    AreasFile,
    AsOf,
    JsonFlag,
    MoneyUnits,
    Zone,
    day_option,
    print_json,
    read_areas,
    read_money,
)
from antipoverty.cli._tables import print_table
from antipoverty.periods import Period
from antipoverty.sampling import Outcomes

if TYPE_CHECKING:
    from antipoverty.casework import Casebook

ProblemId = Annotated[str, typer.Argument(help="The problem.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    problems = typer.Typer(help="The rectification register (问题整改库).", no_args_is_help=True)
    problems.command("add")(add)
    problems.command("list")(list_)
    problems.command("from-draw")(from_draw)
    inspections.register(problems)
    problems.command("step")(step)
    problems.command("withdraw")(withdraw)
    problems.command("extend")(extend)
    problems.command("follow")(follow)
    problems.command("progress")(progress_)
    problems.command("oversee")(oversee)
    app.add_typer(problems, name="problems")


def _told(problem: Problem) -> Told:
    return stands(problem, like=len(problem.like))


@writes
def add(
    book: Casebook,
    problem_id: Annotated[str, typer.Argument(help="An opaque id.")],
    area: Annotated[str, typer.Option(help="Where it was found.")],
    origin: Annotated[str, typer.Option(help="spot-check, audit, hotline, feedback ...")],
    by: By,
    on: On,
    condition: Annotated[str, typer.Option(help="A condition that like cases meet.")] = "",
    reference: Annotated[str, typer.Option(help="The number of its file.")] = "",
) -> Told:
    """Put a problem on the list."""
    facts = {"area": area, "origin": origin, "reference": reference, "condition": condition}
    return _told(book.list_problem(problem_id, on=on, by=by, **facts))


@on_registers
def from_draw(
    registers: Registers,
    outcomes: Annotated[Path, typer.Argument(help="The published outcomes of a round.")],
    receipt: Annotated[Path, typer.Option("--receipt", help="The receipt of the round.")],
    by: By,
    history: Annotated[
        Path | None, typer.Option("--history", help="Folder of its supplements.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Put what was found on the visits of a draw on the list, with the receipt it rests on."""
    published = Outcomes.from_json(read_text(outcomes))
    extra = [] if history is None else read_supplements(history)
    with registers.open() as book:
        listed = book.list_found(published, read_receipt(receipt), by=by, supplements=extra)
    ids = [one.id for one in listed]
    told = said("problems listed: {count}: {ids}", "\n", count=len(ids), ids=" ".join(ids))
    say({"listed": ids}, told, as_json=as_json)


@writes
def step(
    book: Casebook,
    problem_id: ProblemId,
    name: Annotated[str, typer.Argument(help="assign, repair or verify.")],
    by: By,
    on: On,
    finding: Finding = None,
    outcome: Outcome = None,
    why: Why = "",
) -> Told:
    """Take a step of a problem."""
    found = read_finding(finding)
    return _told(
        book.advance_problem(
            problem_id, name, by=by, on=on, finding=found, outcome=outcome, why=why
        )
    )


@writes
def withdraw(book: Casebook, problem_id: ProblemId, by: By, on: On, why: Why) -> Told:
    """Take back the latest step of a problem; both stay on record."""
    return _told(book.withdraw_problem(problem_id, by=by, on=on, why=why))


@writes
def oversee(
    book: Casebook, problem_id: ProblemId, act: ActName, by: By, on: On, why: Why = ""
) -> Told:
    """Put down what a team does about an open problem (督办、提级、调度); its limit runs on."""
    return acted(book.oversee_problem(problem_id, act, by=by, on=on, why=why), act, by)


@on_registers
def list_(
    registers: Registers,
    as_of: AsOf,
    department: Annotated[str | None, typer.Option(help="Only what it must repair.")] = None,
    area: AreaPrefix = "",
    late: Late = False,
    limit: Lines = 50,
    areas: AreasFile = None,
    as_json: JsonFlag = False,
) -> None:
    """List open problems, the most overdue first."""
    tree = read_areas(areas) if areas else None
    with registers.read() as book:
        tasks = book.problem_list(
            as_of=as_of, department=department, area=area, areas=tree, limit=limit
        )
        shown = [task for task in tasks if task.late or not late]
        print_tasks(said("Problems, {day}", day=as_of), book.empty, shown, as_of, as_json=as_json)


@on_registers
def extend(
    registers: Registers,
    problem_id: ProblemId,
    folder: Annotated[Path, typer.Argument(help="Folder of Parquet tables to look through.")],
    as_of: AsOfDone,
    by: By = "platform",
    zone: Zone = None,
    money: MoneyUnits = None,
    as_json: JsonFlag = False,
) -> None:
    """Put down the other households its condition holds for (举一反三)."""
    from antipoverty.screening import Tables

    with registers.open() as book:
        tables = Tables.read(folder, zone=zone, money=read_money(money))
        like = like_cases(book.problem(problem_id), book.empty, tables, as_of=as_of)
        found = book.extend(problem_id, like, on=as_of, by=by)
    say(*_told(found), as_json=as_json)


@writes
def follow(
    book: Casebook,
    problem_id: ProblemId,
    households: Annotated[list[str], typer.Argument(help="The like cases that were looked at.")],
    answer: Annotated[str, typer.Option(help="repaired, or refuted: it is not so there.")],
    by: By,
    on: On,
) -> Told:
    """Put down what became of like cases, each by itself, until none is open (举一反三清零)."""
    return _told(book.follow_like(problem_id, households, answer=answer, by=by, on=on))


@on_registers
def progress_(
    registers: Registers,
    period: InPeriod,
    as_of: Annotated[
        date | None, day_option("--as-of", "Another day than the last of the period.")
    ] = None,
    level: Sort = None,
    figures: Figures = None,
    covering: Covering = None,
    areas: AreasFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Say how far problems are from zero at the end of a period (清零进度)."""
    span = Period.parse(period)
    day = as_of or span.last
    with registers.read() as book:
        found = progress(whole_book(book, on=day), as_of=day, level=level)
        pack = book.empty.pack
    if figures is not None:
        write_figures(
            statistics(found, span), figures, ("zeroed", "overdue"),
            period=span, level=level, covering=covering, areas=areas,
        )  # fmt: skip
    if as_json:
        print_json(plain(list(found)))
        return
    tree = read_areas(areas)
    print_table(
        said("To zero, {day}", day=day),
        ("key", "listed", "zeroed", "open", "overdue", "like"),
        (
            (
                called(one.key, pack, tree) or said("unassigned"),
                one.listed,
                one.zeroed,
                one.open,
                one.overdue,
                f"{one.like_open} / {one.like}",
            )
            for one in found
        ),
    )
