"""``antipoverty compare``: who enters and who leaves when a policy changes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import narwhals as nw
import typer

from antipoverty._base.frames import to_polars
from antipoverty._base.provenance import Text
from antipoverty.cli._language import chosen, languages, pair, said
from antipoverty.cli._shell import (
    ILLUSTRATIVE,
    AreasFile,
    AsOf,
    JsonFlag,
    MoneyUnits,
    ReportFile,
    Withhold,
    Zone,
    day_option,
    print_json,
    read_areas,
    read_money,
    read_pack,
)
from antipoverty.cli._tables import console, print_line, print_table
from antipoverty.codes import Level
from antipoverty.comparison import ABSENT, ANSWERS, Comparison, suppose
from antipoverty.comparison import compare as compared
from antipoverty.rules import Pack
from antipoverty.screening import Tables

Policy = Annotated[str, typer.Argument(help="An installed pack's name, or a pack file.")]
Values = typer.Option(help="TOML of parameter values for this policy.")
Supposed = typer.Option(
    metavar="NAME=VALUE", help="A parameter's value in place of its own; amounts in yuan."
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare")(compare)


def compare(
    pack_a: Policy,
    pack_b: Policy,
    folder: Annotated[Path, typer.Argument(help="Folder of Parquet tables.")],
    as_of: AsOf,
    as_of_b: Annotated[
        date | None, day_option("--as-of-b", "The second policy's day, where it is another.")
    ] = None,
    values_a: Annotated[Path | None, Values] = None,
    values_b: Annotated[Path | None, Values] = None,
    suppose_a: Annotated[list[str] | None, Supposed] = None,
    suppose_b: Annotated[list[str] | None, Supposed] = None,
    areas: AreasFile = None,
    zone: Zone = None,
    money: MoneyUnits = None,
    level: Annotated[Level, typer.Option(help="Count by this level of area.")] = Level.COUNTY,
    report: ReportFile = None,
    withhold: Withhold = 5,
    json: JsonFlag = False,
) -> None:
    """Compare two policies on the same households: who enters, who leaves, and why (政策比较)."""
    found = compared(
        _policy(pack_a, values_a, suppose_a),
        _policy(pack_b, values_b, suppose_b),
        Tables.read(folder, zone=zone, money=read_money(money)),
        as_of=as_of,
        as_of_b=as_of_b,
        areas=read_areas(areas),
        level=level,
    )
    if report:
        found.report(withhold=withhold).write(report)
    if json:
        print_json(found.to_dict("zh"))
        return
    if found.illustrative:
        print_line(ILLUSTRATIVE, style="yellow")
    _print(found)
    for example in found.examples:
        console().print(f"\n{example.rule_id}: {example.households:,}", markup=False)
        for language in languages():
            console().print(example.explain(language), markup=False)


def _print(found: Comparison[Any]) -> None:
    for name, one in (("policy A", found.a), ("policy B", found.b)):
        print_line(
            "{which}: {title} ({pack} {version}, {day})",
            which=pair(name),
            title=tuple(one.pack.title),
            pack=one.pack.id,
            version=one.pack.version,
            day=one.as_of,
        )
    print_line("enter {enter:,} households, leave {leave:,}", enter=found.enter, leave=found.leave)
    rules = {**found.a.pack.rules, **found.b.pack.rules}
    print_table(
        "by rule",
        ("rule", "policy A", "policy B", "households"),
        (
            ("\n".join([chosen(*rules[id_].title, between="\n"), id_]), *map(_answer, answers), n)
            for id_, *answers, n in _rows(found.summary(by="rule_id"))
        ),
    )
    areas = found.b.areas
    print_table(
        said("by {level}", level=pair(found.level.value)),
        ("code", "area", "policy A", "policy B", "households"),
        (
            (
                code,
                areas.full_name(code) if areas is not None and code in areas else "",
                *map(_answer, answers),
                n,
            )
            for code, *answers, n in _rows(found.summary(found.level))
        ),
    )
    for title, gains in found.gains():
        heads = [chosen(*column) for column in gains.columns]
        print_table(chosen(*title), heads, (map(_cell, line) for line in gains.rows))


def _cell(value: Any) -> str | int:
    return chosen(*value) if isinstance(value, Text) else value


def _rows(frame: Any) -> list[tuple[Any, ...]]:
    return to_polars(nw.from_native(frame).lazy()).rows()


def _answer(answer: str) -> str:
    return chosen(ANSWERS[answer][0] if answer != ABSENT else "无", answer)


def _policy(name: str, values: Path | None, supposed: list[str] | None) -> Pack:
    pack = read_pack(name, values)
    for one in supposed or ():
        parameter, equals, value = one.partition("=")
        if not equals:
            raise typer.BadParameter(f"{one!r} is not NAME=VALUE, such as monitoring_line=7000")
        pack = suppose(pack, parameter, value)
    return pack
