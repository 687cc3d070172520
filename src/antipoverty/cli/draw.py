"""``antipoverty draw``: double random checks, what is published before, and who checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from antipoverty.cli._draws import (
    Basis,
    History,
    Homes,
    Out,
    Policy,
    SeedFile,
    SeedText,
    name_of,
    read_lists,
    read_receipt,
    read_receipts,
    read_seed,
    write_new,
)
from antipoverty.cli._shell import (
    NO,
    AreasFile,
    JsonFlag,
    console,
    print_table,
    read_areas,
    read_day,
    read_text,
)
from antipoverty.errors import InvalidDrawError
from antipoverty.model import AreaTree
from antipoverty.sampling import (
    ILLUSTRATIVE,
    Commitment,
    HouseholdPlan,
    OnSitePlan,
    Plan,
    Public,
    Receipt,
    StratumDraw,
    WeeklyVillagePlan,
    commit,
    draw_teams,
    read_inspectors,
    verify_teams,
)
from antipoverty.sampling import draw as draw_plan

PLANS: dict[str, type[WeeklyVillagePlan | OnSitePlan]] = {
    "weekly": WeeklyVillagePlan,
    "onsite": OnSitePlan,
}
FIRST_ROUND = (
    "未给出以往回执：本次按第一轮抽取；如有以往回执，请用 --history 指明其目录",
    "no earlier receipt was given: this counts as the first round; if there are any, name their "
    "folder with --history",
)

PeriodText = Annotated[str, typer.Option("--period", help="Such as 2022-W06, 2022-02, 2022-Q1.")]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="CODE=REASON", help="What is left out, and why. Repeatable."),
]
CommitmentFile = Annotated[
    Path | None, typer.Option("--commitment", help="The published commitment to the seed.")
]
Day = Annotated[str | None, typer.Option("--on", help="The day the seed is revealed.")]
Event = Annotated[str | None, typer.Option("--event", help="The public event of the seed.")]
KnownOn = Annotated[str | None, typer.Option("--known-on", help="The day of the event.")]
FixedOn = Annotated[
    str | None, typer.Option("--frame-fixed-on", help="The day the frame was published.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    draws = typer.Typer(
        help="Draw villages and counties for spot checks (双随机抽查).", no_args_is_help=True
    )
    draws.command("weekly", help="One village in every county (每县抽一村).")(_drawing("weekly"))
    draws.command("onsite", help="One county in every city, one village in it (每市一县一村).")(
        _drawing("onsite")
    )
    draws.command("households")(households)
    draws.command("commit")(commit_seed)
    draws.command("teams")(teams)
    app.add_typer(draws, name="draw")


def _drawing(which: str) -> Callable[..., None]:
    """The command that draws one of the two plans of the mechanism."""

    def command(
        period: PeriodText,
        seed: SeedText = None,
        seed_file: SeedFile = None,
        areas: AreasFile = None,
        history: History = None,
        coverage: Policy = None,
        exclude: Exclude = None,
        basis: Basis = "",
        commitment: CommitmentFile = None,
        on: Day = None,
        event: Event = None,
        known_on: KnownOn = None,
        frame_fixed_on: FixedOn = None,
        out: Out = None,
        as_json: JsonFlag = False,
    ) -> None:
        tree, secret = read_areas(areas), read_seed(seed, seed_file)
        plan = _plan(which, tree, coverage, exclude, basis)
        origin = _origin(secret, commitment, on, (event, known_on, frame_fixed_on))
        earlier = _earlier(history, out)
        receipt = draw_plan(plan, period=period, seed=secret, origin=origin, history=earlier)
        _show(receipt, tree, out, as_json=as_json)

    return command


def households(
    receipt: Annotated[Path, typer.Argument(help="The receipt that drew the villages.")],
    take: Annotated[int, typer.Option(help="How many households in each village.")],
    homes: Homes,
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
    drawn, secret = read_receipt(receipt), read_seed(seed, seed_file)
    if secret == drawn.seed:
        raise InvalidDrawError(
            "the receipt's seed is known by now; draw the households with another"
        )
    lists = read_lists(homes, drawn.picks())
    plan = HouseholdPlan(lists, take=take, coverage=coverage or "cycle", source=basis)
    earlier = _earlier(history, out)
    made = draw_plan(plan, period=drawn.period, seed=secret, history=earlier)
    _show(made, read_areas(areas), out, as_json=as_json)


def commit_seed(
    which: Annotated[str, typer.Argument(metavar="plan", help="weekly or onsite.")],
    period: PeriodText,
    on: Annotated[str, typer.Option("--on", help="The day the commitment is published.")],
    seed: SeedText = None,
    seed_file: SeedFile = None,
    areas: AreasFile = None,
    coverage: Policy = None,
    exclude: Exclude = None,
    out: Out = None,
) -> None:
    """Make the commitment to publish before a draw; keep the seed secret until then."""
    plan = _plan(which, read_areas(areas), coverage, exclude, "")
    made = commit(plan, period=period, seed=read_seed(seed, seed_file), on=read_day(on))
    _publish(made.to_json(), out)


def teams(
    receipt: Annotated[Path, typer.Argument(help="The receipt that drew the places.")],
    inspectors: Annotated[Path, typer.Option(help="JSON list of inspectors.")],
    seed: SeedText = None,
    seed_file: SeedFile = None,
    size: Annotated[int, typer.Option(help="How many make a team.")] = 2,
    most: Annotated[int | None, typer.Option(help="Most places for one inspector.")] = None,
    out: Out = None,
    check_file: Annotated[
        Path | None, typer.Option("--verify", help="Verify this record of teams instead.")
    ] = None,
) -> None:
    """Draw the inspectors of each place, with recusal and an even load (检查人员抽签)."""
    drawn = read_receipt(receipt)
    staff = read_inspectors(read_text(inspectors))
    if check_file is not None:
        found = verify_teams(read_text(check_file), drawn, staff)
        for language in ("zh", "en"):
            console().print(found.explain(language), markup=False)
        if not found:
            raise typer.Exit(NO)
        return
    secret = read_seed(seed, seed_file)
    _publish(draw_teams(drawn, staff, seed=secret, size=size, most=most).to_json(), out)


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


def _origin(
    seed: str, commitment: Path | None, on: str | None, event: tuple[str | None, ...]
) -> Any:
    if commitment is not None:
        if on is None:
            raise typer.BadParameter("give the day the seed is revealed with --on")
        read = Commitment.from_json(read_text(commitment))
        return read.reveal(seed, read_day(on))
    if on is not None:
        raise typer.BadParameter("--on is the day of the reveal; give --commitment with it")
    name, known, fixed = event
    if name is None:
        return None
    if known is None or fixed is None:
        raise typer.BadParameter("--event needs --known-on and --frame-fixed-on")
    return Public(name, read_day(known), read_day(fixed))


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


def _show(receipt: Receipt, tree: AreaTree, out: Path | None, *, as_json: bool) -> None:
    if out is not None:
        write_new(receipt.to_json(), out)
    if as_json:
        typer.echo(receipt.to_json(), nl=False)
        return
    if receipt.design.illustrative:
        for text in ILLUSTRATIVE:
            console().print(text, markup=False)
    if not receipt.history and any(s.coverage != "independent" for s in receipt.design.stages):
        for text in FIRST_ROUND:
            console().print(text, markup=False)
    named = receipt.design.listed
    print_table(
        f"{receipt.design.id} {receipt.period} {receipt.period.zh}",
        ("范围 stratum", "抽中 drawn", "名称 name", "概率 chance", "备选 replacements"),
        (
            (
                one.stratum,
                pick.unit + (" *" if pick.forced else ""),
                name_of(tree, one.stratum if named else pick.unit),
                str(_chance(receipt, one, pick.unit)),
                " ".join(spare.unit for spare in one.replacements),
            )
            for one in receipt.strata
            if one.status == "drawn"
            for pick in one.picks
        ),
    )
    for skipped in receipt.skipped:
        console().print(f"{skipped.stratum}: {skipped.reason}", markup=False)
    console().print(f"框 frame {receipt.frame_digest}\n回执 receipt {receipt.digest}", markup=False)
