"""``antipoverty cases``: what is put down in the comparison register, kept in a database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from antipoverty._base.csvfiles import read_text
from antipoverty._base.documents import plain
from antipoverty._base.frozen import Frozen
from antipoverty._base.rows import Holds, refuse, rows_of
from antipoverty.casework import COUNTS, Taken
from antipoverty.cli import (
    case_appeals,
    case_clusters,
    case_coverage,
    case_figures,
    case_handovers,
    case_lists,
    case_quality,
)
from antipoverty.cli._language import said
from antipoverty.cli._registers import (
    ActName,
    AsOfDone,
    But,
    By,
    CaseId,
    Finding,
    FromFiles,
    On,
    Outcome,
    Registers,
    Told,
    Why,
    acted,
    on_registers,
    read_finding,
    read_past,
    say,
    standing,
    stands,
    writes,
)
from antipoverty.cli._shell import NO, JsonFlag, print_json, read_table
from antipoverty.cli._tables import print_line, print_table
from antipoverty.errors import AntipovertyError, FieldError, phrase
from antipoverty.screening import read_list

if TYPE_CHECKING:
    from antipoverty.casework import Casebook


def register(app: typer.Typer) -> None:
    """Add the commands."""
    cases = typer.Typer(help="The comparison register (信息比对库).", no_args_is_help=True)
    cases.command("open")(open_)
    cases.command("import")(import_)
    cases.command("acknowledge")(acknowledge)
    cases.command("step")(step)
    cases.command("withdraw")(withdraw)
    cases.command("help")(record_help)
    cases.command("report")(report)
    cases.command("join")(join)
    cases.command("split")(split)
    cases.command("move")(move)
    cases.command("urge")(urge)
    cases.command("oversee")(oversee)
    cases.command("seal")(seal)
    cases.command("check")(check)
    cases.command("reindex")(reindex)
    cases.command("doctor")(doctor)
    case_lists.register(cases)
    case_handovers.register(cases)
    case_coverage.register(cases)
    case_figures.register(cases)
    case_appeals.register(cases)
    case_clusters.register(cases)
    case_quality.register(cases)
    app.add_typer(cases, name="cases")


@on_registers
def open_(
    registers: Registers,
    alerts: Annotated[Path, typer.Argument(help="Parquet or CSV of alerts, as screen writes.")],
    as_of: AsOfDone,
    undecided: Annotated[
        Path | None, typer.Option(help="Parquet or CSV of household_id, rule_id, fact.")
    ] = None,
    judged: Annotated[
        Path | None,
        typer.Option(help="Every household judged, household_id: ends lines that came no more."),
    ] = None,
    by: By = "platform",
    as_json: JsonFlag = False,
) -> None:
    """Turn alerts into cases, one for each household; the same file again changes nothing."""
    table = read_table(alerts)
    facts = None if undecided is None else read_table(undecided)
    with registers.open() as book:
        every = None if judged is None else read_table(judged)
        found = book.open_cases(table, as_of=as_of, undecided=facts, judged=every, by=by)
    if as_json:
        totals = {name: getattr(found, name) for name in COUNTS}
        whose = plain(found.by_department())
        print_json(totals | plain(found) | {"departments": whose})
        return
    print_line("events: {count:,}", count=found.events)
    print_table(
        "Reconciliation: rows = new + reopened + evidence + quiet",
        ("department", "rule", *COUNTS),
        (
            (one.department, one.rule, *(getattr(one, name) for name in COUNTS))
            for one in found.rules
        ),
        total=(said("total"), "", *(getattr(found, name) for name in COUNTS)),
    )
    opened = ", ".join(f"{said(name)} {n:,}" for name, n in found.cases.items())
    print_line("cases opened: {opened}", opened=opened)


@on_registers
def import_(
    registers: Registers,
    stock: Annotated[
        Path,
        typer.Argument(help="Households monitored before: household_id, area, since, category."),
    ],
    as_of: AsOfDone,
    by: By = "platform",
    as_json: JsonFlag = False,
) -> None:
    """Take in who was monitored before the register began (存量导入): no alert, no alarm."""
    table = read_table(stock)
    with registers.open() as book:
        count = book.import_stock(table, as_of=as_of, by=by)
    say({"imported": count}, said("imported: {count:,}", "\n", count=count), as_json=as_json)


@on_registers
def acknowledge(
    registers: Registers,
    by: By,
    on: On,
    case_ids: Annotated[list[str] | None, typer.Argument(help="The households' ids.")] = None,
    department: Annotated[
        str | None, typer.Option(help="The department that takes them; for households' ids.")
    ] = None,
    lists: FromFiles = None,
    as_json: JsonFlag = False,
) -> None:
    """Record that a department took lines of its list (签收): of households, or of a file."""
    if bool(case_ids) == bool(lists) or bool(case_ids) != bool(department):
        raise typer.BadParameter("name households with --department, or give lists with --from")
    with registers.open() as book:
        if department is not None:
            count = book.acknowledge(case_ids or (), department=department, on=on, by=by)
        else:
            filled = [line for path in lists or () for line in read_list(path)]
            count = book.acknowledge_lines(filled, on=on, by=by)
    say(
        {"acknowledged": count}, said("acknowledged: {count:,}", "\n", count=count), as_json=as_json
    )


@on_registers
def step(
    registers: Registers,
    case_id: Annotated[str | None, typer.Argument(help="The household's id.")] = None,
    name: Annotated[str | None, typer.Argument(help="The step, such as home_check.")] = None,
    by: Annotated[str, typer.Option("--by", help="Who: the role first, as keeper-17.")] = "",
    on: Annotated[str, typer.Option("--on", help="The day, such as 2022-02-01.")] = "",
    finding: Finding = None,
    outcome: Outcome = None,
    why: Why = "",
    table: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Take the steps of a CSV, workbook or Parquet file: case_id, step, by, on, "
            "finding (WORD=VALUE; ...), outcome, why. Each is judged alone; exit code 1 if any "
            "is refused.",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Take a step of a case, or the steps of a file."""
    if table is not None:
        _take_each(registers, table, as_json=as_json)
        return
    if not (case_id and name and by and on):
        raise typer.BadParameter("give the case, the step, --by and --on; or a file with --from")
    day, found = read_past(on), read_finding(finding)
    with registers.open() as book:
        case = book.advance(case_id, name, by=by, on=day, finding=found, outcome=outcome, why=why)
    say(*stands(case), as_json=as_json)


_TAKEN: Mapping[str, Holds] = Frozen(
    {
        "case_id": "text",
        "step": "text",
        "by": "text",
        "on": "day",
        "finding": "text",
        "outcome": "text",
        "why": "text",
    }
)


def _take_each(registers: Registers, table: Path, *, as_json: bool) -> None:
    taken, problems = [], list[AntipovertyError]()
    for number, (wrong, row) in enumerate(rows_of(read_table(table), _TAKEN), 1):
        case_id, name, by, on, finding, outcome, why = row
        if wrong or not (case_id and name and by and on):
            told = wrong or "case_id, step, by or on is missing"
            problems.append(FieldError("row {number}: {told}", number=number, told=told))
            continue
        found = read_finding(one for one in re.split("[;；]", finding or "") if one.strip())
        taken.append(Taken(case_id, name, by, on, found, outcome, why or ""))
    refuse(problems, "the steps cannot be taken")
    with registers.open() as book:
        count, refused = book.advance_each(taken)
    if as_json:
        print_json({"written": count, "refused": [plain(one) for one in refused]})
    else:
        print_table(
            said("written: {count:,}; refused: {refused:,}", count=count, refused=len(refused)),
            ("row", "why"),
            ((one.number, one.why) for one in refused),
        )
    if refused:
        raise typer.Exit(NO)


@writes
def withdraw(book: Casebook, case_id: CaseId, by: By, on: On, why: Why) -> Told:
    """Take back the latest step of a case; both stay on record."""
    return stands(book.withdraw(case_id, by=by, on=on, why=why))


@writes
def record_help(
    book: Casebook,
    case_id: CaseId,
    measure: Annotated[str, typer.Argument(help="The kind of help.")],
    risk: Annotated[str, typer.Option(help="The risk it is aimed at.")],
    by: By,
    on: On,
    why: Why = "",
) -> Told:
    """Record a measure, before or after the decision."""
    return stands(book.record_help(case_id, measure, risk=risk, by=by, on=on, why=why))


@writes
def report(
    book: Casebook,
    area: Annotated[str, typer.Option(help="Where the household lives.")],
    token: Annotated[str, typer.Option(help="The reporting system's opaque number.")],
    on: On,
    by: By = "platform",
    household: Annotated[str | None, typer.Option(help="Its id, if a file knows it.")] = None,
    risk: Annotated[str, typer.Option(help="The risk it names.")] = "other",
    consent: Annotated[
        bool, typer.Option("--consent", metavar="", help="It agreed to comparison.")
    ] = False,
) -> Told:
    """Take a self-report (一键申报)."""
    return stands(
        book.report(household, area=area, on=on, by=by, token=token, consent=consent, risk=risk)
    )


@writes
def join(
    book: Casebook,
    case_id: Annotated[str, typer.Argument(help="The case that ends.")],
    household: Annotated[str, typer.Argument(help="The household in whose case it goes on.")],
    by: By,
    on: On,
) -> Told:
    """Let a case go on in another: an unknown household was found, or two merged (并户)."""
    case = book.join(case_id, household, on=on, by=by)
    return {"id": case.id, "joined": case.joined}, standing(case, f"-> {case.joined}")


@writes
def split(
    book: Casebook,
    case_id: CaseId,
    households: Annotated[list[str], typer.Argument(help="The ids of those that split off.")],
    by: By,
    on: On,
) -> Told:
    """Open a case for each household that split off (分户)."""
    count = book.split(case_id, households, on=on, by=by)
    return {"events": count}, said("events: {count:,}", "\n", count=count)


@writes
def move(
    book: Casebook,
    case_id: CaseId,
    area: Annotated[str, typer.Argument(help="Where the household lives now.")],
    by: By,
    on: On,
) -> Told:
    """Put down that a household moved (迁移)."""
    case = book.move(case_id, area, on=on, by=by)
    return {"id": case.id, "area": case.area}, standing(case, f"-> {case.area}")


@writes
def urge(book: Casebook, as_of: AsOfDone) -> Told:
    """Urge what is overdue and hand it up."""
    count = book.urge(as_of=as_of)
    return {"urged": count}, said("urged: {count:,}", "\n", count=count)


@writes
def oversee(book: Casebook, case_id: CaseId, act: ActName, by: By, on: On, why: Why = "") -> Told:
    """Put down what a team does about an open case (督办、提级、调度); its limit runs on."""
    return acted(book.oversee(case_id, act, by=by, on=on, why=why), act, by)


@on_registers
def seal(
    registers: Registers,
    out: Annotated[Path | None, typer.Option(help="Keep the last event of every chain.")] = None,
    but: But = None,
    as_json: JsonFlag = False,
) -> None:
    """Check every chain of events and print the seal over all of them."""
    with registers.read() as book:
        if out is not None:
            heads = book.heads(but=but or ())
            out.write_text("".join(f"{line}\n" for line in heads), encoding="utf-8")
        found = book.seal(but=but or ())
    say({"seal": found}, found, as_json=as_json)


@on_registers
def check(
    registers: Registers,
    kept: Annotated[Path, typer.Argument(help="What seal --out wrote.")],
    but: But = None,
    as_json: JsonFlag = False,
) -> None:
    """Check that nothing was changed or removed since a seal was kept."""
    lines = read_text(kept).splitlines()
    with registers.read() as book:
        count = book.check_heads(lines, but=but or ())
    say({"chains": count}, said("chains intact: {count:,}", "\n", count=count), as_json=as_json)


@on_registers
def doctor(registers: Registers, as_json: JsonFlag = False) -> None:
    """Say what is damaged, since when, and what can be done; exit code 1 if anything is."""
    with registers.read() as book:
        found = book.doctor()
    if as_json:
        print_json([plain(one) for one in found])
    else:
        print_table(
            "Damaged",
            (
                "chain",
                "part",
                "fault",
                "sound",
                "until",
                "what can be done",
            ),
            (
                (
                    one.stream,
                    one.part,
                    one.what,
                    one.sound,
                    str(one.since or ""),
                    phrase(one.remedy),
                )
                for one in found
            ),
        )
    if found:
        raise typer.Exit(NO)


@on_registers
def reindex(
    registers: Registers,
) -> None:
    """Make the lists again from the events, as after a change of calendar or limits."""
    with registers.open() as book:
        book.reindex()
    print_line("done")
