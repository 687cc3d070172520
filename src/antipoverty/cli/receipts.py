"""``antipoverty verify`` and ``coverage``: what receipts prove, and how far they have come."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from antipoverty._base.csvfiles import read_text
from antipoverty._base.documents import plain, read_json
from antipoverty.cli._draws import (
    HomesDrawnFrom,
    NoticeFile,
    Results,
    SizesFile,
    name_of,
    read_lists,
    read_looked_up,
    read_notice,
    read_published,
    read_receipt,
    read_receipts,
    read_seen,
    read_sizes,
    read_supplements,
    verdict,
)
from antipoverty.cli._language import chosen, said
from antipoverty.cli._shell import AreasFile, JsonFlag, print_json, read_areas
from antipoverty.cli._tables import print_line, print_table
from antipoverty.errors import InvalidDrawError
from antipoverty.model import AreaTree
from antipoverty.sampling import (
    PREDICTABLE,
    CoverageReport,
    Outcomes,
    Plan,
    Receipt,
    Request,
    StratumCoverage,
    audit,
    verify,
    verify_supplement,
)
from antipoverty.sampling import coverage as coverage_of

History = Annotated[
    Path | None,
    typer.Option("--history", help="Folder of the earlier receipts (*.json) it rests on."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("verify")(check)
    app.command("coverage")(coverage)


def check(
    receipt: Annotated[
        Path, typer.Argument(help="The receipt as published, or a folder with a whole series.")
    ],
    areas: AreasFile = None,
    history: History = None,
    notice: NoticeFile = None,
    result: Results = None,
    looked_up: Annotated[
        Path | None,
        typer.Option("--results", help='Of a folder: JSON of {"2022-W08": ["..."], ...}.'),
    ] = None,
    seen: Annotated[
        Path | None,
        typer.Option("--seen", help="Of a folder: DIGEST DAY of the notices you had, a line each."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Of a folder: the first period there should be.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Of a folder: the last period there should be.")
    ] = None,
    sizes: SizesFile = None,
    households: HomesDrawnFrom = None,
    places: Annotated[
        Path | None,
        typer.Option("--places", help="The receipt that drew the villages, or that was added to."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw again from what a receipt, or a folder of them, states and say what differs (核验).

    The exit code is 0 when all was checked and nothing differs, 1 when something does,
    3 when something could not be checked because it was not given.
    """
    if receipt.is_dir():
        found = audit(
            read_published(receipt),
            areas=read_areas(areas),
            lists=None if households is None else read_lists(households),
            sizes=read_sizes(sizes),
            results=read_looked_up(looked_up),
            seen=read_seen(seen),
            since=since,
            until=until,
        )
        verdict(found, as_json=as_json)
        return
    text = read_text(receipt)
    if "wanted" in read_json(text, "receipt"):
        if places is None:
            raise typer.BadParameter("give the receipt of the round with --places")
        whole = read_receipt(places)
        lists = None if households is None else read_lists(households)
        verdict(
            verify_supplement(
                text,
                whole,
                lists if whole.design.listed else read_areas(areas),
                asked=None if notice is None else Request.from_json(read_text(notice)),
                earlier=[] if history is None else read_supplements(history),
                sizes=read_sizes(sizes),
                results=result,
            ),
            as_json=as_json,
        )
        return
    listed = Receipt.from_json(text).design.listed
    source: AreaTree | dict[str, list[str]] | None
    if listed:
        source = None if households is None else read_lists(households)
    else:
        source = read_areas(areas)
    verdict(
        verify(
            text,
            source,
            sizes=read_sizes(sizes),
            history=read_receipts(history, but=receipt),
            notice=None if notice is None else read_notice(notice),
            results=result,
            places=None if places is None else read_receipt(places),
        ),
        as_json=as_json,
    )


def coverage(
    receipts: Annotated[Path, typer.Argument(help="Folder of receipts of one plan (*.json).")],
    areas: AreasFile = None,
    stage: Annotated[int, typer.Option(help="The stage of the plan, from 1.")] = 1,
    inside: Annotated[
        str | None, typer.Option("--in", help="List the units of this stratum, the longest first.")
    ] = None,
    simulate: Annotated[
        int, typer.Option(min=0, help="Simulate the rounds to come so many times.")
    ] = 0,
    households: HomesDrawnFrom = None,
    as_json: JsonFlag = False,
) -> None:
    """Say how far the draws cover all units, and how long the rest may take (覆盖情况)."""
    listed = read_receipts(receipts)
    plans = {one.design.id for one in listed}
    if len(plans) != 1:
        raise InvalidDrawError(
            "{receipts} holds receipts of {count} plans; keep each plan in its own folder",
            receipts=receipts,
            count=len(plans),
        )
    last = max(listed, key=lambda one: one.period.last)
    tree = read_areas(areas)
    plan = Plan(last.design, _source(listed, areas, households))
    told = [one for one in read_published(receipts, only=Outcomes) if isinstance(one, Outcomes)]
    mine = {one.digest for one in listed}
    told = [one for one in told if one.receipt in mine]
    report = coverage_of(plan, listed, outcomes=told, stage=stage, trials=simulate)
    if as_json:
        print_json(
            plain(report)
            | {
                "units": report.units,
                "drawn": report.drawn,
                "covered": report.covered,
                "longest_wait": report.longest_wait,
                "expected": None if report.expected is None else str(report.expected),
            }
        )
    elif inside is not None:
        _print_units(report, inside, tree)
    else:
        _print_strata(report, tree)


def _source(
    receipts: list[Receipt], areas: Path | None, households: Path | None
) -> AreaTree | dict[str, list[str]]:
    """What was drawn from: the areas, or the households of the villages on the receipts."""
    if not receipts[-1].design.listed:
        return read_areas(areas)
    if households is None:
        raise typer.BadParameter("households were drawn: give the file with --households")
    lists = read_lists(households)
    strata = {one.stratum for receipt in receipts for one in receipt.strata}
    strata |= {one.stratum for receipt in receipts for one in receipt.skipped}
    return {stratum: lists.get(stratum, []) for stratum in sorted(strata)}


def _print_strata(report: CoverageReport, tree: AreaTree) -> None:
    foreseen = sum(one.foreseen for one in report.strata)
    columns: list[tuple[str, Callable[[StratumCoverage], object], object]] = [
        (said("stratum"), lambda one: one.stratum, said("all")),
        (said("name"), lambda one: name_of(tree, one.stratum), ""),
        (said("units"), lambda one: one.units, report.units),
        (said("drawn"), lambda one: one.drawn, report.drawn),
        (said("visited"), lambda one: one.covered, report.covered),
        (said("never visited"), lambda one: len(one.never), report.units - report.covered),
        (
            said("longest wait"),
            lambda one: max(one.waits.values(), default=0),
            report.longest_wait,
        ),
        (said("best guess"), lambda one: _share(one.best_guess), ""),
        *([(said("foreseen"), lambda one: one.foreseen, foreseen)] if foreseen else []),
        (said("rounds to come"), lambda one: _rounds(one.expected), _rounds(report.expected)),
        *(
            [(said("simulated"), lambda one: _rounds(one.simulated), "")]
            if any(one.simulated is not None for one in report.strata)
            else []
        ),
    ]
    print_table(
        said(
            "Coverage, {plan}, {policy}, rounds {rounds}",
            plan=report.plan,
            policy=report.coverage,
            rounds=report.rounds,
        ),
        (head for head, _, _ in columns),
        ([of(one) for _, of, _ in columns] for one in report.strata),
        total=[total for _, _, total in columns],
    )
    print_line(
        "Units drawn in all rounds: {visited} visited, {replaced} replaced, {open} without a "
        "published result",
        visited=report.visited,
        replaced=report.replaced,
        open=report.open,
    )
    print_line(chosen(*PREDICTABLE[report.policy], between="\n"))


def _print_units(report: CoverageReport, stratum: str, tree: AreaTree) -> None:
    for one in report.strata:
        if one.stratum == stratum:
            break
    else:
        raise InvalidDrawError(
            "{stratum} is no stratum of this stage; run without --in", stratum=stratum
        )
    never = set(one.never)
    print_table(
        said(
            "{stratum} {name}, rounds {rounds}",
            stratum=stratum,
            name=name_of(tree, stratum),
            rounds=report.rounds,
        ),
        ("unit", "name", "rounds waited", "ever visited"),
        (
            (
                unit,
                name_of(tree, unit),
                one.waits[unit],
                said("no") if unit in never else said("yes"),
            )
            for unit in sorted(one.waits, key=lambda unit: (-one.waits[unit], unit))
        ),
    )


def _share(chance: Fraction | None) -> str:
    return "" if chance is None else str(chance)


def _rounds(count: Fraction | None) -> str:
    return "" if count is None else f"{float(count):.1f}"
