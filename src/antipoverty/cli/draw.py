"""``antipoverty draw``, ``verify`` and ``coverage``: double random checks and their receipts."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from antipoverty._documents import plain, read_json
from antipoverty.cli._shell import (
    NO,
    AreasFile,
    JsonFlag,
    console,
    print_json,
    print_table,
    read_areas,
    read_day,
)
from antipoverty.errors import (
    AntipovertyError,
    FieldError,
    InvalidDocumentError,
    InvalidDrawError,
)
from antipoverty.model import AreaTree
from antipoverty.sampling import (
    ILLUSTRATIVE,
    PREDICTABLE,
    Commitment,
    OnSitePlan,
    Plan,
    Public,
    Receipt,
    StratumDraw,
    WeeklyVillagePlan,
    commit,
    draw_teams,
    read_inspectors,
    verify,
    verify_teams,
)
from antipoverty.sampling import coverage as coverage_of
from antipoverty.sampling import draw as draw_plan

PLANS: dict[str, type[WeeklyVillagePlan | OnSitePlan]] = {
    "weekly": WeeklyVillagePlan,
    "onsite": OnSitePlan,
}
_IDS = {"weekly-village": "weekly", "onsite": "onsite"}

PeriodText = Annotated[str, typer.Option("--period", help="Such as 2022-W06, 2022-02, 2022-Q1.")]
SeedText = Annotated[str, typer.Option("--seed", help="20 characters or more, beyond choice.")]
History = Annotated[
    Path | None, typer.Option("--history", help="Folder of earlier receipts (*.json).")
]
Policy = Annotated[str | None, typer.Option("--coverage", help="independent, cycle or within(12).")]
Exclude = Annotated[
    list[str] | None, typer.Option("--exclude", help="CODE=REASON, as often as needed.")
]
Basis = Annotated[str, typer.Option("--basis", help="The document that fixes the plan's choices.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write the receipt to this file.")]
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
    draws.command("weekly", help="One village in every county (每县抽一村).")(weekly)
    draws.command("onsite", help="One county in every city, one village in it (每市一县一村).")(
        onsite
    )
    draws.command("commit")(commit_seed)
    draws.command("teams")(teams)
    app.add_typer(draws, name="draw")
    app.command("verify")(check)
    app.command("coverage")(coverage)


def weekly(
    period: PeriodText,
    seed: SeedText,
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
    """Draw one village in every county."""
    tree = read_areas(areas)
    plan = _plan("weekly", tree, coverage, exclude, basis)
    origin = _origin(seed, commitment, on, (event, known_on, frame_fixed_on))
    receipt = draw_plan(plan, period=period, seed=seed, origin=origin, history=_receipts(history))
    _show(receipt, tree, out, as_json=as_json)


def onsite(
    period: PeriodText,
    seed: SeedText,
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
    """Draw one county in every city and one sample village in it."""
    tree = read_areas(areas)
    plan = _plan("onsite", tree, coverage, exclude, basis)
    origin = _origin(seed, commitment, on, (event, known_on, frame_fixed_on))
    receipt = draw_plan(plan, period=period, seed=seed, origin=origin, history=_receipts(history))
    _show(receipt, tree, out, as_json=as_json)


def commit_seed(
    which: Annotated[str, typer.Argument(metavar="PLAN", help="weekly or onsite.")],
    period: PeriodText,
    seed: SeedText,
    on: Annotated[str, typer.Option("--on", help="The day the commitment is published.")],
    areas: AreasFile = None,
    coverage: Policy = None,
    exclude: Exclude = None,
    out: Out = None,
) -> None:
    """Make the commitment to publish before a draw; keep the seed secret until then."""
    plan = _plan(which, read_areas(areas), coverage, exclude, "")
    made = commit(plan, period=period, seed=seed, on=read_day(on))
    _write(made.to_json(), out)


def teams(
    receipt: Annotated[Path, typer.Argument(help="The receipt that drew the places.")],
    inspectors: Annotated[Path, typer.Option(help="JSON list of inspectors.")],
    seed: SeedText,
    size: Annotated[int, typer.Option(help="How many make a team.")] = 2,
    most: Annotated[int | None, typer.Option(help="Most places for one inspector.")] = None,
    out: Out = None,
    check_file: Annotated[
        Path | None, typer.Option("--verify", help="Verify this record of teams instead.")
    ] = None,
) -> None:
    """Draw the inspectors of each place, with recusal and an even load (检查人员抽签)."""
    drawn = Receipt.from_json(receipt.read_text(encoding="utf-8"))
    staff = read_inspectors(inspectors.read_text(encoding="utf-8"))
    if check_file is not None:
        found = verify_teams(check_file.read_text(encoding="utf-8"), drawn, staff)
        for language in ("zh", "en"):
            console().print(found.explain(language), markup=False)
        if not found:
            raise typer.Exit(NO)
        return
    _write(draw_teams(drawn, staff, seed=seed, size=size, most=most).to_json(), out)


def check(
    receipt: Annotated[Path, typer.Argument(help="The receipt as published.")],
    areas: AreasFile = None,
    history: History = None,
    commitment: CommitmentFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Draw again from what a receipt states and say what differs (核验)."""
    shown = None
    if commitment is not None:
        shown = Commitment.from_json(commitment.read_text(encoding="utf-8"))
    found = verify(
        receipt.read_text(encoding="utf-8"),
        read_areas(areas),
        history=_receipts(history),
        commitment=shown,
    )
    if as_json:
        print_json({"ok": found.ok, "differences": plain(found.differences), "notes": found.notes})
    else:
        for language in ("zh", "en"):
            console().print(found.explain(language), markup=False)
    if not found:
        raise typer.Exit(NO)


def coverage(
    receipts: Annotated[Path, typer.Argument(help="Folder of receipts of one plan (*.json).")],
    areas: AreasFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Say how far the draws cover all units, and how long the rest may take (覆盖情况)."""
    listed = _receipts(receipts)
    plans = {one.design.id for one in listed}
    if len(plans) != 1:
        raise InvalidDrawError(
            f"{receipts} holds receipts of {len(plans)} plans; keep each plan in its own folder"
        )
    last = max(listed, key=lambda one: one.period.last)
    tree = read_areas(areas)
    report = coverage_of(Plan(last.design, tree), listed)
    if as_json:
        print_json(plain(report) | {"units": report.units, "covered": report.covered})
        return
    print_table(
        f"覆盖 Coverage, {report.plan}, {report.coverage}, {report.rounds} rounds",
        ("范围 stratum", "名称 name", "单位 units", "已抽 drawn", "最长等待 wait", "预计 expected"),
        (
            (
                one.stratum,
                tree.full_name(one.stratum),
                one.units,
                one.covered,
                max(one.waits.values()),
                "" if one.expected is None else f"{float(one.expected):.1f}",
            )
            for one in report.strata
        ),
    )
    console().print(f"{report.covered:,} / {report.units:,}", markup=False)
    for text in PREDICTABLE[report.coverage.partition("(")[0]]:
        console().print(text, markup=False)


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
        read = Commitment.from_json(commitment.read_text(encoding="utf-8"))
        return read.reveal(seed, read_day(on))
    name, known, fixed = event
    if name is None:
        return None
    if known is None or fixed is None:
        raise typer.BadParameter("--event needs --known-on and --frame-fixed-on")
    return Public(name, read_day(known), read_day(fixed))


def _receipts(folder: Path | None) -> list[Receipt]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise InvalidDrawError(f"{folder} is not a folder of receipts")
    found: list[Receipt] = []
    problems: list[AntipovertyError] = []
    for path in sorted(folder.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        try:
            if "algorithm" in read_json(text, "receipt"):  # else a commitment or a list of teams
                found.append(Receipt.from_json(text))
        except InvalidDocumentError as problem:
            problems += [FieldError(f"{path.name}: {one.message}") for one in problem.problems]
    if problems:
        raise InvalidDocumentError(f"the receipts in {folder} cannot be read", problems)
    return found


def _write(text: str, out: Path | None) -> None:
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        console().print(f"{out}", markup=False)


def _chance(receipt: Receipt, one: StratumDraw, unit: str) -> Fraction:
    last = one.stage == len(receipt.design.stages)
    return receipt.chance(unit) if last else one.chance(unit)


def _show(receipt: Receipt, tree: AreaTree, out: Path | None, *, as_json: bool) -> None:
    if out is not None:
        out.write_text(receipt.to_json(), encoding="utf-8")
    if as_json:
        typer.echo(receipt.to_json(), nl=False)
        return
    if receipt.design.illustrative:
        for text in ILLUSTRATIVE:
            console().print(text, markup=False)
    print_table(
        f"{receipt.design.id} {receipt.period} {receipt.period.zh}",
        ("范围 stratum", "抽中 drawn", "名称 name", "概率 chance", "备选 replacements"),
        (
            (
                one.stratum,
                pick.unit + (" *" if pick.forced else ""),
                tree.full_name(pick.unit),
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
