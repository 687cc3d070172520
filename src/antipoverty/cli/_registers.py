"""What the commands of both registers share: where the register is, what was found, lists."""

from __future__ import annotations

import inspect
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import attrs
import typer

from antipoverty._base.csvfiles import YES_OR_NO, read_text
from antipoverty._base.documents import plain
from antipoverty.casework import (
    Book,
    Case,
    ChineseHolidays,
    Problem,
    RegisterFigures,
    Task,
    Weekdays,
    Workflow,
    keepers_of,
)
from antipoverty.cli._language import chosen, languages, said
from antipoverty.cli._shell import (
    ILLUSTRATIVE,
    JsonFlag,
    print_json,
    read_areas,
    read_day,
    read_pack,
    read_table,
)
from antipoverty.cli._tables import console, print_line, print_table
from antipoverty.codes import Level
from antipoverty.languages import LANGUAGES
from antipoverty.model import AreaTree
from antipoverty.packs import shaanxi_rectification, shaanxi_workflow
from antipoverty.periods import Period
from antipoverty.rules import Pack, fact_label
from antipoverty.scoring import Statistic, with_nothing, write_statistics

if TYPE_CHECKING:
    from antipoverty.casework import Casebook

CaseId = Annotated[str, typer.Argument(help="The household's id.")]
By = Annotated[str, typer.Option("--by", help="Who: the role first, such as keeper-17.")]
Why = Annotated[str, typer.Option("--why", help="An opaque reference to the reason.")]
Finding = Annotated[
    list[str] | None,
    typer.Option(
        "--finding",
        metavar="WORD=VALUE",
        help="What was found: yes, no, a number or an opaque reference. Repeatable.",
    ),
]
FromFiles = Annotated[
    list[Path] | None,
    typer.Option("--from", help="A list as it came back, CSV or workbook. Repeatable."),
]
But = Annotated[
    list[str] | None,
    typer.Option("--but", help="A chain known to be damaged, such as case/h1. Repeatable."),
]
ActName = Annotated[str, typer.Argument(help="urge, hand_up, dispatch, or the workflow's own.")]
Outcome = Annotated[str | None, typer.Option("--outcome", help="Another outcome of the step.")]
InPeriod = Annotated[str, typer.Option("--period", help="Such as 2022-02 or 2022-Q1.")]
AreaPrefix = Annotated[str, typer.Option("--area", help="Only this area or grid.")]
Late = Annotated[bool, typer.Option("--late", metavar="", help="Only what is overdue.")]
Lines = Annotated[int, typer.Option("--limit", min=1, help="How many lines.")]
Sort = Annotated[str | None, typer.Option("--level", help="city, county ...; else department.")]
Figures = Annotated[
    Path | None,
    typer.Option("--statistics", help="Write the figures, for notify; needs --level."),
]
Covering = Annotated[
    str | None,
    typer.Option(
        help="Vouch that this area is counted as a whole: its units without a case had nothing."
    ),
]
_CHINA = timezone(timedelta(hours=8))


def this_day() -> date:
    """The day it is in China."""
    return datetime.now(_CHINA).date()


def read_past(text: str) -> date:
    """Read the day on which something was done: a mistyped year would bind the case to it."""
    day = read_day(text)
    if day > this_day():
        raise typer.BadParameter(f"{text} has not come yet; what is put down was done already")
    return day


On = Annotated[
    date, typer.Option("--on", parser=read_past, metavar="DAY", help="The day, such as 2022-02-01.")
]
AsOfDone = Annotated[
    date, typer.Option("--as-of", parser=read_past, metavar="DAY", help="The day of the answer.")
]


@attrs.frozen
class Registers:
    """Where the registers are, and what they are read with."""

    store: Annotated[
        str,
        typer.Option(
            "--store", envvar="ANTIPOVERTY_STORE", help="sqlite:///cases.db or postgresql://..."
        ),
    ] = "sqlite:///cases.db"
    pack: Annotated[str, typer.Option("--pack", help="The pack whose alerts become cases.")] = (
        "shaanxi-2531"
    )
    workflow: Annotated[
        Path | None, typer.Option("--workflow", help="TOML of the comparison register's steps.")
    ] = None
    calendar: Annotated[
        Literal["weekdays", "china"],
        typer.Option(
            "--calendar",
            envvar="ANTIPOVERTY_CALENDAR",
            help="Working days: Monday to Friday, or China's with its holidays.",
        ),
    ] = "weekdays"

    def open(self, values: Path | None = None) -> Casebook:
        """Open them for writing; what is put down there lies no later than today.

        Args:
            values: A file with values of the pack's parameters, where households are judged.
        """
        return self._open(read_only=False, values=values)

    def read(self) -> Casebook:
        """Open them for reading: without a lock, a migration or the right to write."""
        return self._open(read_only=True)

    def _open(self, *, read_only: bool, values: Path | None = None) -> Casebook:
        from antipoverty.casework import Casebook  # with the extra 'store'

        flow = shaanxi_workflow()
        if self.workflow is not None:
            flow = Workflow.from_toml(read_text(self.workflow))
        days = ChineseHolidays() if self.calendar == "china" else Weekdays()
        rest = shaanxi_rectification()
        pack = read_pack(self.pack, values)
        book = Book(pack, flow, rest, calendar=days, today=this_day())
        return Casebook.open(self.store, book, read_only=read_only)


@attrs.frozen
class Counted:
    """What figures are counted with, besides the registers."""

    limit_days: Annotated[
        list[str] | None,
        typer.Option(
            "--limit-days",
            metavar="WHAT=DAYS",
            help="detection=7, intervention=30, help=45. Repeatable.",
        ),
    ] = None
    households: Annotated[
        Path | None, typer.Option(help="Parquet or CSV: household_id, area, away.")
    ] = None
    visits: Annotated[
        Path | None, typer.Option(help="Parquet or CSV: household_id, keeper_id, on, how.")
    ] = None
    keepers: Annotated[Path | None, typer.Option(help="Parquet or CSV: keeper_id, grid.")] = None

    def figures(
        self, casebook: Casebook, level: Level, areas: AreaTree | None, under: str = ""
    ) -> RegisterFigures:
        """Count figures from an open register."""
        read = [None if one is None else read_table(one) for one in (self.households, self.visits)]
        return RegisterFigures(
            book=lambda day: whole_book(casebook, on=day),
            level=level,
            areas=areas,
            under=under,
            limits=read_limits(self.limit_days),
            households=read[0],
            visits=read[1],
            keepers=None if self.keepers is None else keepers_of(read_table(self.keepers)),
        )


def read_limits(given: list[str] | None) -> dict[str, int]:
    """Read days for each of the three in-times."""
    found: dict[str, int] = {}
    for one in given or ():
        what, mark, days = one.partition("=")
        if not mark or not days.isdecimal():
            raise typer.BadParameter(f"{one!r} is no limit; write detection=7")
        found[what] = int(days)
    return found


def on_registers(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of each bundle that it takes as an argument.

    A bundle is a class of options, told by the annotation: where the registers are, what
    figures are counted with.
    """
    every = inspect.signature(command, eval_str=True).parameters
    bundles = {name: one.annotation for name, one in every.items() if one.annotation in _BUNDLES}
    of = {name: inspect.signature(kind, eval_str=True).parameters for name, kind in bundles.items()}

    def run(**given: Any) -> None:
        made = {
            name: kind(**{option: given.pop(option) for option in of[name]})
            for name, kind in bundles.items()
        }
        command(**made, **given)

    own = [one for name, one in every.items() if name not in bundles]
    wanted = [*own, *(one for options in of.values() for one in options.values())]
    shown = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in wanted]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {one.name: one.annotation for one in shown}
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]  # typer reads it
    return run


_BUNDLES = (Registers, Counted)

Told = tuple[dict[str, Any], str]
"""What was done: as a document, and as a line."""


def writes(command: Callable[..., Told]) -> Callable[..., None]:
    """Give a command the registers open for writing, its first argument, and print what it tells.

    Days and the like are read before they are opened.
    """

    def run(*, registers: Registers, as_json: JsonFlag = False, **given: Any) -> None:
        with registers.open() as book:
            document, text = command(book, **given)
        say(document, text, as_json=as_json)

    late = {"Casebook": Any, "Told": Told}  # the first is not imported before it is needed
    _, *given = inspect.signature(command, eval_str=True, locals=late).parameters.values()
    registers, as_json, _ = inspect.signature(run, eval_str=True).parameters.values()
    shown = (registers, *(one.replace(kind=registers.kind) for one in given), as_json)
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    return on_registers(run)


def standing(item: Case | Problem, done: str = "") -> str:
    """Where a case or a problem stands, for people (现状), and what was done to it."""
    told = said(
        "{id}: {state} since {since}", "\n", id=item.id, state=item.state, since=item.entered
    )
    return f"{told}\n{done}" if done else told


def stands(item: Case | Problem, **more: Any) -> Told:
    """Where a case or a problem stands now."""
    return {"id": item.id, "state": item.state, **more}, standing(item)


def acted(item: Case | Problem, act: str, by: str) -> Told:
    """What a team did about a case or a problem."""
    told = {"id": item.id, "acts": len(item.acts), "handed_up": item.handed_up}
    return told, standing(item, f"{act}: {by}")


def whole_book(casebook: Casebook, *, on: date | None = None) -> Book:
    """The book of all events, or as it stood on a day that is past.

    What was set aside for its damage is told on standard error.
    """
    book = casebook.book(on=None if on is None or on >= this_day() else on)
    for stream, broken in book.damaged.items():
        told = said("damaged, left out: {stream}: {why}", "\n", stream=stream, why=broken.why)
        typer.echo(told, err=True)
    return book


def read_finding(given: Iterable[str] | None) -> dict[str, Any]:
    """Read what was found, with the signs of a Chinese keyboard or without."""
    found: dict[str, Any] = {}
    for one in given or ():
        word, mark, value = unicodedata.normalize("NFKC", one).partition("=")
        word, value = word.strip(), value.strip()
        if not mark or not value:
            raise typer.BadParameter(f"{word!r} has no value; write WORD=yes or WORD=reference")
        if word in found:
            raise typer.BadParameter(f"{word!r} stands twice")
        if value in YES_OR_NO:
            found[word] = YES_OR_NO[value]
        else:
            found[word] = int(value) if value.isascii() and value.isdigit() else value
    return found


def write_figures(
    statistics: Iterable[Statistic],
    out: Path | None,
    indicators: Iterable[str],
    *,
    period: Period,
    level: Level | str | None,
    covering: str | None,
    areas: Path | None,
) -> None:
    """Write figures for ``antipoverty notify``, where a file is named."""
    if out is None:
        if covering is not None:
            raise typer.BadParameter("--covering goes with --statistics")
        return
    if covering is not None and level is not None:
        statistics = with_nothing(
            statistics,
            indicators,
            period=period,
            areas=read_areas(areas),
            under=covering,
            level=level,
        )
    out.write_text(write_statistics(statistics), encoding="utf-8")


def say(document: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Print what was done: as JSON, or as a line."""
    if as_json:
        print_json(document)
    else:
        console().print(text, markup=False)


def called(key: str, pack: Pack, areas: AreaTree) -> str:
    """What a figure is of, by name with its code: an area, a department, a rule; else as it is."""
    if key in pack.rules:
        return f"{chosen(*pack.rules[key].title)} {key}"
    if key in pack.departments:
        return chosen(*pack.departments[key])
    return f"{areas.full_name(key)} {key}" if key in areas else key


def print_tasks(title: str, book: Book, tasks: Iterable[Task], day: date, *, as_json: bool) -> None:
    """Print a list, and that its limits are examples if they are."""
    if as_json:
        print_json(
            {
                "as_of": day.isoformat(),
                "illustrative": book.illustrative,
                "tasks": [plain(task) for task in tasks],
            }
        )
        return
    if book.illustrative:
        print_line(ILLUSTRATIVE)
    between = "、" if languages() == ("zh",) else ", "
    print_table(
        title,
        (
            "id",
            "area",
            "state",
            "due",
            "late",
            "taken",
            "urged by",
            "next",
            "facts",
        ),
        (
            (
                task.id,
                task.area,
                _state(book, task.state),
                str(task.due or said("not known")),
                task.late,
                said("yes") if task.acknowledged else "",
                said(task.handed_up) if task.handed_up else "",
                between.join(_step(book, one) for one in task.steps),
                between.join(_fact(book, one) for one in task.facts),
            )
            for task in tasks
        ),
    )


def _state(book: Book, name: str) -> str:
    """A state as its workflow says it."""
    for flow in (book.workflow, book.rectification):
        if found := next((one for one in flow.states if one.id == name), None):
            return chosen(*found.title)
    return name


def _step(book: Book, name: str) -> str:
    """A step as its workflow says it, with the word that the command takes."""
    for flow in (book.workflow, book.rectification):
        if found := next((one for one in flow.steps if one.id == name), None):
            return f"{found.title.zh} {name}" if "zh" in languages() else name
    return name


def _fact(book: Book, path: str) -> str:
    return chosen(*(fact_label(book.pack, path, one) for one in LANGUAGES))
