"""``cases figures`` and ``turn``: what a month ends with, and the tables of the next one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from antipoverty._base.csvfiles import read_text
from antipoverty._base.documents import plain
from antipoverty.casework import CLASHES, INDICATORS
from antipoverty.casework import turn as turn_over
from antipoverty.cli._language import chosen, said
from antipoverty.cli._registers import (
    Counted,
    InPeriod,
    Lines,
    Registers,
    on_registers,
    say,
    whole_book,
)
from antipoverty.cli._shell import (
    NO,
    AreasFile,
    Folder,
    JsonFlag,
    MoneyUnits,
    Zone,
    print_json,
    read_areas,
    read_money,
)
from antipoverty.cli._tables import print_table
from antipoverty.codes import Level
from antipoverty.errors import did_you_mean
from antipoverty.periods import Period
from antipoverty.scoring import NoticePolicy, write_statistics
from antipoverty.screening import Tables


def register(cases: typer.Typer) -> None:
    """Add the commands."""
    cases.command("figures")(figures)
    cases.command("turn")(turn)


@on_registers
def figures(
    registers: Registers,
    counted: Counted,
    period: InPeriod,
    names: Annotated[
        list[str] | None, typer.Argument(help="Such as coverage or new-cases; none for the list.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="TOML of notices: every figure that it names.")
    ] = None,
    level: Annotated[Level, typer.Option(help="Count by this level of area.")] = Level.COUNTY,
    covering: Annotated[str, typer.Option(help="The area that is counted as a whole.")] = "",
    out: Annotated[
        Path | None, typer.Option("--statistics", help="Write the figures, for notify.")
    ] = None,
    areas: AreasFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Count every figure that a notice names, from the register as it stood (统计数据)."""
    when, tree = Period.parse(period), read_areas(areas)
    wanted = [*(names or ())]
    if policy is not None:
        wanted += [one.id for one in NoticePolicy.from_toml(read_text(policy)).indicators]
    if not wanted:
        listed = "\n".join(f"{name}: {one.zh} {one.en}" for name, one in INDICATORS.items())
        raise typer.BadParameter(f"name a figure, or give --policy; there are:\n{listed}")
    if strange := [one for one in wanted if one not in INDICATORS]:
        hint = did_you_mean(strange[0], INDICATORS)
        raise typer.BadParameter(f"{strange[0]!r} is no figure of the register{hint}")
    with registers.read() as casebook:
        recount = counted.figures(casebook, level, tree if covering else None, covering)
        found = [one for name in dict.fromkeys(wanted) for one in recount(name, when)]
    if out is not None:
        out.write_text(write_statistics(found), encoding="utf-8")
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    print_table(
        said("Figures, {period}", period=when),
        ("area", "name", "figure", "counted", "out of"),
        (
            (
                str(one.unit),
                tree[one.unit].name if one.unit in tree else "",
                chosen(INDICATORS[one.indicator].zh, one.indicator),
                one.numerator,
                one.denominator,
            )
            for one in found
        ),
    )


@on_registers
def turn(
    registers: Registers,
    folder: Folder,
    period: InPeriod,
    out: Annotated[Path, typer.Option("--out", help="A folder for the tables of the next month.")],
    limit: Lines = 50,
    zone: Zone = None,
    money: MoneyUnits = None,
    as_json: JsonFlag = False,
) -> None:
    """Put what the register knows into the tables of the next month (月度衔接).

    Who is monitored, since when and as what, who moved and who merged. Where files and
    register contradict each other the files stand, each such household is named, and the
    exit code is 1.
    """
    when = Period.parse(period)
    if out.resolve() == folder.resolve():
        raise typer.BadParameter("--out is the folder that is read; give another")
    tables = Tables.read(folder, zone=zone, money=read_money(money))
    with registers.read() as casebook:
        turned = turn_over(whole_book(casebook, on=when.last), tables, when)
    out.mkdir(parents=True, exist_ok=True)
    for name, frame in turned.tables.lazy().items():
        frame.collect("polars").to_native().write_parquet(out / f"{name}.parquet")
    if (delivered := folder / "deliveries.parquet").is_file():
        shutil.copyfile(delivered, out / delivered.name)
    clashes = turned.contradictions
    if as_json:
        print_json(
            {
                "period": str(when),
                "fed": dict(turned.fed),
                "contradictions": [plain(one) for one in clashes],
            }
        )
    else:
        told = ", ".join(f"{name} {count:,}" for name, count in turned.fed.items())
        say({}, said("fed from the register: {told}", "\n", told=told), as_json=False)
        print_table(
            said("Files and register differ: {count:,}", count=len(clashes)),
            ("household", "what", "files", "register"),
            (
                (one.household_id, chosen(*CLASHES[one.what]), one.files, one.register)
                for one in clashes[:limit]
            ),
        )
    if clashes:
        raise typer.Exit(NO)
