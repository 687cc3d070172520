"""``antipoverty draw request|supplement|outcomes``: what follows a draw, for everybody to read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from antipoverty._base.csvfiles import day_in, read_csv, read_text
from antipoverty.cli._draws import (
    HomesDrawnFrom,
    Out,
    Results,
    SeedFile,
    SeedText,
    SizesFile,
    name_of,
    read_event,
    read_lists,
    read_published,
    read_receipt,
    read_seed,
    read_sizes,
    read_supplements,
    write_new,
)
from antipoverty.cli._language import chosen, said
from antipoverty.cli._shell import AreasFile, JsonFlag, day_option, print_json, read_areas
from antipoverty.cli._tables import console, print_line, print_table
from antipoverty.errors import InvalidFileError, LineError
from antipoverty.model import AreaTree
from antipoverty.sampling import (
    SELF_CHOSEN,
    Answered,
    Outcome,
    Outcomes,
    Plan,
    Receipt,
    Request,
    Supplement,
    by_office,
    outcomes,
)
from antipoverty.sampling import request as request_more
from antipoverty.sampling import supplement as draw_more

Households = HomesDrawnFrom
History = Annotated[
    Path | None,
    typer.Option("--history", help="Folder of what was published; else that of the receipt."),
]


def register(draws: typer.Typer) -> None:
    """Add the commands to those of draws."""
    draws.command("request")(request)
    draws.command("supplement")(supplement)
    draws.command("outcomes")(publish)
    draws.command("offices")(offices)


def request(
    receipt: Annotated[Path, typer.Argument(help="The receipt of the round.")],
    on: Annotated[date, day_option("--on", "The day the request is published.")],
    event: Annotated[
        list[str] | None,
        typer.Option("--event", help="A public event to come, as for a notice. Repeatable."),
    ] = None,
    instead_of: Annotated[
        list[str] | None,
        typer.Option(
            "--instead-of", metavar="CODE=WHY", help="What cannot be visited, and why. Repeatable."
        ),
    ] = None,
    more: Annotated[
        list[str] | None,
        typer.Option("--more", metavar="STRATUM=COUNT", help="How many more units. Repeatable."),
    ] = None,
    why: Annotated[str, typer.Option("--why", help="Why the sample grows.")] = "",
    history: History = None,
    out: Out = None,
) -> None:
    """Ask for a replacement, or for more units, before anybody can know them (补抽申请)."""
    read = read_receipt(receipt)
    made = request_more(
        read,
        on=on,
        events=[read_event(one) for one in event or ()],
        instead_of=dict(_pairs(instead_of)),
        more={code: _count(text) for code, text in _pairs(more)},
        why=why,
        earlier=_supplements(read, history or receipt.parent),
    )
    write_new(made.to_json(), out)
    if out is not None:
        console().print(f"{out}", markup=False)


def supplement(
    receipt: Annotated[Path, typer.Argument(help="The receipt of the round.")],
    asked: Annotated[Path, typer.Option("--request", help="The published request.")],
    result: Results = None,
    seed: SeedText = None,
    seed_file: SeedFile = None,
    areas: AreasFile = None,
    households: Households = None,
    sizes: SizesFile = None,
    history: History = None,
    out: Out = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw what a request asks for; what was drawn stays drawn (补抽)."""
    read, wanted = read_receipt(receipt), Request.from_json(read_text(asked))
    tree = read_areas(areas)
    drawn_by: str | Answered
    if result is None:
        drawn_by = read_seed(seed, seed_file)
    elif seed is not None or seed_file is not None:
        raise typer.BadParameter("with --result the seed comes from the events: give no seed")
    else:
        drawn_by = wanted.open(result)
    if read.design.listed and households is None:
        raise typer.BadParameter("households were drawn: give the file with --households")
    source = tree if households is None else read_lists(households)
    earlier = [
        one for one in _supplements(read, history or receipt.parent) if one.digest in wanted.earlier
    ]
    plan = Plan(read.design, source, read_sizes(sizes))
    made = draw_more(plan, wanted, read, seed=drawn_by, earlier=earlier)
    if out is not None:
        write_new(made.to_json(), out)
    if as_json:
        typer.echo(made.to_json(), nl=False)
        return
    _show(made, tree)


def _show(made: Supplement, tree: AreaTree) -> None:
    if made.self_chosen:
        print_line(chosen(*SELF_CHOSEN, between="\n"))
    print_table(
        said("{plan} {period} supplement", plan=made.plan, period=made.period),
        ("stratum", "drawn", "name", "chance"),
        (
            (one.stratum, pick.unit, name_of(tree, pick.unit), str(one.chance(pick.unit)))
            for one in made.strata
            for pick in one.picks
        ),
    )
    for skipped in made.skipped:
        console().print(f"{skipped.stratum}: {skipped.reason}", markup=False)
    print_line("supplement {digest}", digest=made.digest)


def publish(
    receipt: Annotated[Path, typer.Argument(help="The receipt of the round.")],
    reported: Annotated[
        Path,
        typer.Option(
            "--reported",
            help="CSV of unit, result (visited, replaced, open), on, office, problems (a;b).",
        ),
    ],
    as_of: Annotated[date, day_option("--as-of", "The day on which it stands so.")],
    history: History = None,
    out: Out = None,
    as_json: JsonFlag = False,
) -> None:
    """State what became of every unit drawn, for publication (抽查结果公开)."""
    read = read_receipt(receipt)
    earlier = _supplements(read, history or receipt.parent)
    made = outcomes(read, _reported(reported), as_of=as_of, supplements=earlier)
    if out is not None:
        write_new(made.to_json(), out)
    if as_json:
        typer.echo(made.to_json(), nl=False)
        return
    count = made.counts
    print_table(
        said("{plan} {period} outcomes, {day}", plan=made.plan, period=made.period, day=made.as_of),
        ("visited", "replaced", "unfinished"),
        [(count["visited"], count["replaced"], count["open"])],
    )


def offices(
    folder: Annotated[Path, typer.Argument(help="Folder with the published outcomes.")],
    as_json: JsonFlag = False,
) -> None:
    """Say how often each office had what was drawn replaced, and whether luck explains it."""
    found = by_office(one for one in read_published(folder) if isinstance(one, Outcomes))
    if as_json:
        print_json([one.as_dict() | {"open": one.open, "rate": str(one.rate)} for one in found])
        return
    print_table(
        "Replacements by office",
        (
            "office",
            "drawn",
            "visited",
            "replaced",
            "unfinished",
            "rate",
            "by luck",
        ),
        (
            (
                one.office or said("not named"),
                one.drawn,
                one.visited,
                one.replaced,
                one.open,
                f"{float(one.rate):.1%}",
                f"{float(one.luck):.2g}",
            )
            for one in found
        ),
    )


def _pairs(given: Iterable[str] | None) -> Iterable[tuple[str, str]]:
    for one in given or ():
        code, mark, text = one.partition("=")
        if not mark or not text.strip():
            raise typer.BadParameter(f"{one!r} lacks what comes behind '='")
        yield code, text.strip()


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise typer.BadParameter(f"{text!r} is no number of units")
    return int(text)


def _supplements(receipt: Receipt, folder: Path) -> list[Supplement]:
    """The supplements of a receipt that lie in a folder, in their order."""
    return [one for one in read_supplements(folder) if one.receipt == receipt.digest]


_RESULTS: dict[str, Literal["visited", "replaced", "open"]] = {
    "visited": "visited",
    "走访": "visited",
    "replaced": "replaced",
    "替换": "replaced",
    "open": "open",
    "未完成": "open",
}


def _reported(path: Path) -> list[Outcome]:
    """Read what the offices report.

    Raises:
        InvalidFileError: A column is missing, or a line cannot be read.
    """
    names, rows = read_csv(path)
    if missing := [name for name in ("unit", "result") if name not in names]:
        fault = LineError(1, "the header lacks {missing}", missing=", ".join(missing))
        raise InvalidFileError("{name} cannot be used", [fault], name=path.name)
    found: list[Outcome] = []
    problems: list[LineError] = []
    for line, cells in rows:
        row = {name: cell or "" for name, cell in zip(names, cells, strict=True)}
        day = day_in(row["on"]) if row.get("on") else None
        result = _RESULTS.get(row["result"])
        if result is None:
            problems.append(LineError(line, "the result is visited, replaced or open"))
        elif row.get("on") and day is None:
            problems.append(LineError(line, "that is not a day; write it as 2022-02-23"))
        elif not row["unit"]:
            problems.append(LineError(line, "there is no unit"))
        else:
            inner = [one.strip() for one in row.get("problems", "").split(";") if one.strip()]
            found.append(
                Outcome(
                    row["unit"],
                    result,
                    day,
                    row.get("office", ""),
                    problems=tuple(inner),
                )
            )
    if problems:
        raise InvalidFileError("{name} cannot be used", problems, name=path.name)
    return found
