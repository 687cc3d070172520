"""``antipoverty draw``: the notice, the draws that count, rehearsals, and who checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from antipoverty._base.csvfiles import read_text
from antipoverty.cli import rounds
from antipoverty.cli._draws import (
    Basis,
    History,
    Homes,
    HomesDrawnFrom,
    Inspectors,
    NoticeFile,
    Out,
    Policy,
    Results,
    SecretFile,
    SeedFile,
    SeedText,
    SizesFile,
    name_of,
    opened,
    read_event,
    read_lists,
    read_notice,
    read_receipt,
    read_receipts,
    read_seed,
    read_sizes,
    verdict,
    write_new,
)
from antipoverty.cli._language import chosen
from antipoverty.cli._shell import AreasFile, JsonFlag, ReportFile, day_option, read_areas
from antipoverty.cli._tables import console, print_line, print_table
from antipoverty.errors import InvalidDrawError
from antipoverty.model import AreaTree
from antipoverty.sampling import (
    ILLUSTRATIVE,
    SELF_CHOSEN,
    HouseholdPlan,
    OnSitePlan,
    Opened,
    Plan,
    Receipt,
    Staffing,
    StratumDraw,
    Teams,
    WeeklyVillagePlan,
    announce,
    draw_teams,
    predictability,
    read_inspectors,
    recusals,
    verify_teams,
)
from antipoverty.sampling import draw as draw_plan

PLANS: dict[str, type[WeeklyVillagePlan | OnSitePlan]] = {
    "weekly": WeeklyVillagePlan,
    "onsite": OnSitePlan,
}
IDS = {"weekly": "weekly-village", "onsite": "onsite"}
FIRST_ROUND = (
    "no earlier receipt was given: this counts as the first round; if there are any, name their "
    "folder with --history"
)

PeriodText = Annotated[str, typer.Option("--period", help="Such as 2022-W06, 2022-02, 2022-Q1.")]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="CODE=REASON", help="What is left out, and why. Repeatable."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    draws = typer.Typer(
        help="Draw villages and counties for spot checks (双随机抽查).", no_args_is_help=True
    )
    draws.command("notice")(notice)
    draws.command("weekly", help="One village in every county (每县抽一村).")(_drawing("weekly"))
    draws.command("onsite", help="One county in every city, one village in it (每市一县一村).")(
        _drawing("onsite")
    )
    draws.command("households")(households)
    draws.command("teams")(teams)
    draws.command("export")(export)
    rounds.register(draws)
    app.add_typer(draws, name="draw")


def notice(
    which: Annotated[str, typer.Argument(metavar="plan", help="weekly or onsite.")],
    period: PeriodText,
    on: Annotated[date, day_option("--on", "The day the notice is published.")],
    event: Annotated[
        list[str],
        typer.Option(
            "--event",
            help="A public event to come: ssq:ISSUE:DAY (双色球), dice:WHERE:DAY:THROWS, "
            "index:NAME:DAY:DECIMALS, drand:quicknet:ROUND, nist:DAY:CHAIN:PULSE. Repeatable.",
        ),
    ],
    areas: AreasFile = None,
    history: History = None,
    coverage: Policy = None,
    exclude: Exclude = None,
    basis: Basis = "",
    homes: HomesDrawnFrom = None,
    take: Annotated[
        int | None, typer.Option(help="Households in each village, with --households.")
    ] = None,
    staff: Annotated[
        Path | None, typer.Option("--inspectors", help="JSON list of inspectors.")
    ] = None,
    size: Annotated[int, typer.Option(help="How many make a team.")] = 2,
    most: Annotated[int | None, typer.Option(help="Most places for one inspector.")] = None,
    secret_file: SecretFile = None,
    out: Out = None,
) -> None:
    """Make the notice to publish before a round (抽取公告): it fixes all but the seed."""
    plan = _plan(which, read_areas(areas), coverage, exclude, basis)
    plans: list[Plan] = [plan]
    if homes is not None:
        if take is None:
            raise typer.BadParameter("say how many households in each village with --take")
        plans.append(HouseholdPlan(read_lists(homes), take=take, source=basis))
    teams_: list[Staffing] = []
    if staff is not None:
        listed = read_inspectors(read_text(staff))
        teams_.append(Staffing(plan.design.id, listed, size, most))
    made = announce(
        plans,
        period=period,
        on=on,
        events=[read_event(one) for one in event],
        secret=None if secret_file is None else read_seed(None, secret_file),
        teams=teams_,
        history=_earlier(history, out),
    )
    _publish(made.to_json(), out)


def _drawing(which: str) -> Callable[..., None]:
    """The command that draws one of the two plans of the mechanism."""

    def command(
        period: PeriodText,
        notice: NoticeFile = None,
        result: Results = None,
        secret_file: SecretFile = None,
        seed: SeedText = None,
        seed_file: SeedFile = None,
        areas: AreasFile = None,
        history: History = None,
        coverage: Policy = None,
        exclude: Exclude = None,
        basis: Basis = "",
        out: Out = None,
        report: ReportFile = None,
        as_json: JsonFlag = False,
    ) -> None:
        tree = read_areas(areas)
        secret = _seed(notice, result, secret_file, seed, seed_file)
        if isinstance(secret, Opened):
            if coverage or exclude or basis:
                raise typer.BadParameter("the notice fixes --coverage, --exclude and --basis")
            plan = _announced(secret, IDS[which], tree)
        else:
            plan = _plan(which, tree, coverage, exclude, basis)
        earlier = _earlier(history, out)
        receipt = draw_plan(plan, period=period, seed=secret, history=earlier)
        if report:
            receipt.report(tree).write(report)
        _show(receipt, tree, out, as_json=as_json)

    return command


def households(
    receipt: Annotated[Path, typer.Argument(help="The receipt that drew the villages.")],
    homes: Homes,
    take: Annotated[
        int | None, typer.Option(help="How many households in each village; a notice fixes it.")
    ] = None,
    notice: NoticeFile = None,
    result: Results = None,
    secret_file: SecretFile = None,
    seed: SeedText = None,
    seed_file: SeedFile = None,
    areas: AreasFile = None,
    history: History = None,
    coverage: Policy = None,
    basis: Basis = "",
    out: Out = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw households inside the villages drawn, none again until all were (抽户)."""
    places, lists = read_receipt(receipt), read_lists(homes)
    secret = _seed(notice, result, secret_file, seed, seed_file)
    if isinstance(secret, Opened):
        if coverage or take or basis:
            raise typer.BadParameter("the notice fixes --take, --coverage and --basis")
        plan = _announced(secret, "households", lists)
    elif take is None:
        raise typer.BadParameter("say how many households in each village with --take")
    else:
        plan = HouseholdPlan(lists, take=take, coverage=coverage or "cycle", source=basis)
    made = draw_plan(
        plan, period=places.period, seed=secret, history=_earlier(history, out), places=places
    )
    _show(made, read_areas(areas), out, as_json=as_json)


def teams(
    receipt: Annotated[Path, typer.Argument(help="The receipt that drew the places.")],
    inspectors: Inspectors,
    notice: NoticeFile = None,
    result: Results = None,
    secret_file: SecretFile = None,
    seed: SeedText = None,
    seed_file: SeedFile = None,
    areas: AreasFile = None,
    history: History = None,
    size: Annotated[int, typer.Option(help="How many make a team.")] = 2,
    most: Annotated[int | None, typer.Option(help="Most places for one inspector.")] = None,
    out: Out = None,
    check_file: Annotated[
        Path | None, typer.Option("--verify", help="Verify this record of teams instead.")
    ] = None,
    why: Annotated[
        bool, typer.Option("--why", help="List who may not check where and why; do not publish.")
    ] = False,
) -> None:
    """Draw the inspectors of each place, with recusal and an even load (检查人员抽签)."""
    drawn, tree = read_receipt(receipt), read_areas(areas)
    staff = read_inspectors(read_text(inspectors))
    if why:
        print_table(
            "Recusals, not for publication",
            ("place", "inspector", "why"),
            ((one.place, one.inspector, one.why) for one in recusals(drawn, staff, areas=tree)),
        )
        return
    if check_file is not None:
        shown = None if notice is None else read_notice(notice)
        verdict(
            verify_teams(
                read_text(check_file), drawn, staff, areas=tree, notice=shown, results=result
            )
        )
        return
    secret = _seed(notice, result, secret_file, seed, seed_file)
    if isinstance(secret, Opened):
        for one in secret.notice.teams:
            if one.plan == drawn.design.id:
                size, most = one.size, one.most
    earlier = _earlier(history, out)
    made = draw_teams(drawn, staff, areas=tree, seed=secret, size=size, most=most, history=earlier)
    _show_teams(made)
    _publish(made.to_json(), out)


def export(
    receipt: Annotated[Path, typer.Argument(help="The receipt as published.")],
    folder: Annotated[Path, typer.Argument(help="The folder to write to.")],
    areas: AreasFile = None,
    homes: HomesDrawnFrom = None,
    sizes: SizesFile = None,
    notice: NoticeFile = None,
) -> None:
    """Write what a citizen needs to check a receipt: units, sizes, receipt, notice."""
    read = read_receipt(receipt)
    if read.design.listed and homes is None:
        raise typer.BadParameter("households were drawn: give the file with --households")
    source = read_areas(areas) if homes is None else read_lists(homes)
    frame = Plan(read.design, source, read_sizes(sizes)).frame(read.period.first)
    if (frame.digest, frame.sizes_digest) != (read.frame_digest, read.sizes_digest):
        raise InvalidDrawError("these are not the units, or the sizes, that were drawn from")
    folder.mkdir(parents=True, exist_ok=True)
    write_new("".join(frame.lines), folder / "villages.txt")
    if frame.sizes:
        lines = (f"{unit} {frame.sizes[unit]}\n" for unit in sorted(frame.sizes))
        write_new("".join(lines), folder / "sizes.txt")
    write_new(read_text(receipt), folder / "receipt.json")
    if notice is not None:
        write_new(read_text(notice), folder / "notice.json")
    console().print(f"{folder}", markup=False)


def _seed(
    notice: Path | None,
    results: list[str] | None,
    secret: Path | None,
    seed: str | None,
    seed_file: Path | None,
) -> str | Opened:
    if notice is not None:
        return opened(notice, results, secret, (seed, seed_file))
    if results or secret:
        raise typer.BadParameter("--result and --secret-file go with --notice")
    return read_seed(seed, seed_file)


def _announced(given: Opened, plan: str, source: AreaTree | dict[str, list[str]]) -> Plan:
    fixed = given.notice.announced(plan)
    if fixed is None:
        raise InvalidDrawError("the notice does not announce {plan!r}", plan=plan)
    return Plan(fixed.design, source)


def _plan(
    which: str, tree: AreaTree, policy: str | None, exclude: Iterable[str] | None, basis: str
) -> Plan:
    if which not in PLANS:
        raise typer.BadParameter(f"{which!r} is no plan; give {' or '.join(PLANS)}")
    left_out: dict[str, str] = {}
    for one in exclude or ():
        code, mark, reason = one.partition("=")
        if not mark or not reason.strip():
            raise typer.BadParameter(f"{one!r} gives no reason; write CODE=REASON")
        left_out[code] = reason.strip()
    if policy is None:
        return PLANS[which](tree, excluded=left_out, source=basis)
    return PLANS[which](tree, excluded=left_out, source=basis, coverage=policy)


def _publish(text: str, out: Path | None) -> None:
    write_new(text, out)
    if out is not None:
        console().print(f"{out}", markup=False)


def _earlier(history: Path | None, out: Path | None) -> list[Receipt]:
    """The earlier receipts: of the folder named, or of the one that is written to."""
    if history is None and out is not None and out.parent.is_dir():
        history = out.parent
    return read_receipts(history, but=out)


def _chance(receipt: Receipt, one: StratumDraw, unit: str) -> Fraction:
    last = one.stage == len(receipt.design.stages)
    return receipt.chance(unit, one.stratum) if last else one.chance(unit)


def _show_teams(made: Teams) -> None:
    if made.self_chosen:
        typer.echo(chosen(*SELF_CHOSEN, between="\n"), err=True)


def _show(receipt: Receipt, tree: AreaTree, out: Path | None, *, as_json: bool) -> None:
    if out is not None:
        write_new(receipt.to_json(), out)
    if as_json:
        typer.echo(receipt.to_json(), nl=False)
        return
    if receipt.self_chosen:
        print_line(chosen(*SELF_CHOSEN, between="\n"))
    if receipt.design.illustrative:
        print_line(chosen(*ILLUSTRATIVE, between="\n"))
    if receipt.previous is None:
        print_line(FIRST_ROUND)
    named = receipt.design.listed
    print_table(
        f"{receipt.design.id} {chosen(receipt.period.zh, str(receipt.period))}",
        ("stratum", "drawn", "name", "chance"),
        (
            (
                one.stratum,
                pick.unit + (" *" if pick.forced else ""),
                name_of(tree, one.stratum if named else pick.unit),
                str(_chance(receipt, one, pick.unit)),
            )
            for one in receipt.strata
            if one.status == "drawn"
            for pick in one.picks
        ),
    )
    for pair in predictability(receipt):
        print_line(chosen(*pair, between="\n"))
    for skipped in receipt.skipped:
        console().print(f"{skipped.stratum}: {skipped.reason}", markup=False)
    print_line("frame {digest}", digest=receipt.frame_digest)
    print_line("receipt {digest}", digest=receipt.digest)
