"""``problems inspect`` and ``inspected``: the list of a round, out and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from antipoverty._base.csvfiles import read_text
from antipoverty._base.documents import plain
from antipoverty.casework import (
    InspectionAnswers,
    inspection_lines,
    read_inspection,
    write_inspection,
)
from antipoverty.cli._draws import read_receipt, read_supplements, write_new
from antipoverty.cli._language import said
from antipoverty.cli._registers import (
    AsOfDone,
    FromFiles,
    Registers,
    on_registers,
    say,
    whole_book,
)
from antipoverty.cli._shell import NO, AreasFile, JsonFlag, print_json, read_areas
from antipoverty.cli._tables import print_table
from antipoverty.sampling import Outcomes, Receipt, Supplement

ReceiptFile = Annotated[Path, typer.Argument(help="The receipt of the round.")]
History = Annotated[Path | None, typer.Option("--history", help="Folder of its supplements.")]


def register(problems: typer.Typer) -> None:
    """Add the commands."""
    problems.command("inspect")(inspect)
    problems.command("inspected")(inspected)


def _supplements(receipt: Receipt, folder: Path | None) -> list[Supplement]:
    every = [] if folder is None else read_supplements(folder)
    return [one for one in every if one.receipt == receipt.digest]


@on_registers
def inspect(
    registers: Registers,
    receipt: ReceiptFile,
    out: Annotated[Path, typer.Option("--out", help="The list: .csv or .xlsx.")],
    history: History = None,
    areas: AreasFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Write what a round must look at: places drawn, and open problems there (抽查清单)."""
    read = read_receipt(receipt)
    with registers.read() as casebook:
        book = whole_book(casebook)
    lines = inspection_lines(read, supplements=_supplements(read, history), book=book)
    write_inspection(lines, out, areas=read_areas(areas))
    again = sum(one.kind == "problem" for one in lines)
    told = said(
        "lines: {count:,}, of them problems: {again:,}; {out}", "\n",
        count=len(lines), again=again, out=out,
    )  # fmt: skip
    say({"lines": len(lines), "problems": again, "file": str(out)}, told, as_json=as_json)


@on_registers
def inspected(
    registers: Registers,
    receipt: ReceiptFile,
    as_of: AsOfDone,
    lists: FromFiles = None,
    earlier: Annotated[
        Path | None, typer.Option("--earlier", help="The results that were published before.")
    ] = None,
    history: History = None,
    out: Annotated[
        Path | None, typer.Option("--outcomes", help="Write the results for publication.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Take in what inspectors filled in (抽查结果); exit code 1 if a line is refused.

    What was found is listed with receipt and line as its source; "nothing found" stands in
    the results. A list that comes again changes nothing.
    """
    if not lists:
        raise typer.BadParameter("give the lists with --from")
    read = read_receipt(receipt)
    lines = [line for path in lists for line in read_inspection(path)]
    before = None if earlier is None else Outcomes.from_json(read_text(earlier))
    with registers.open() as book:
        found = book.answer_inspection(
            read, lines, as_of=as_of, supplements=_supplements(read, history), earlier=before
        )
    if out is not None:
        write_new(found.outcomes.to_json(), out)
    if as_json:
        print_json(plain(found))
    else:
        _print(found)
    if found.refused:
        raise typer.Exit(NO)


def _print(found: InspectionAnswers) -> None:
    counts = found.outcomes.counts
    print_table(
        "Inspected",
        (
            "lines", "written", "again", "blank", "not inspected",
            "problems entered", "problems moved on",
        ),
        [(
            found.lines, found.taken, found.again, found.blank, found.open,
            len(found.listed), len(found.moved),
        )],
    )  # fmt: skip
    print_table(
        said("To publish, {day}", day=found.outcomes.as_of),
        ("visited", "replaced", "unfinished"),
        [(counts["visited"], counts["replaced"], counts["open"])],
    )
    print_table(
        said("refused: {count:,}", count=len(found.refused)),
        ("place", "why"),
        ((one.place, one.why) for one in found.refused),
    )
