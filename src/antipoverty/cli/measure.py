"""``measure`` says how many of a population are poor, how poor, and in what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from antipoverty.cli._language import chosen
from antipoverty.cli._shell import (
    AreasFile,
    AsOf,
    Folder,
    JsonFlag,
    MoneyUnits,
    PackName,
    ValuesFile,
    Zone,
    print_json,
    read_areas,
    read_money,
)
from antipoverty.cli._tables import print_table
from antipoverty.cli.screen import screen_tables
from antipoverty.codes import Level
from antipoverty.model import AreaTree
from antipoverty.screening import (
    IncomePoverty,
    Multidimensional,
    Tables,
    income_poverty,
    multidimensional,
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(measure)


def measure(
    folder: Folder,
    pack: PackName,
    as_of: AsOf,
    rule: Annotated[
        str | None, typer.Option(help="A rule `score(...) >= cutoff`: measure H, A and M0.")
    ] = None,
    resource: Annotated[
        str, typer.Option(help="What a household has, as conditions write it.")
    ] = "net_income_12m",
    line: Annotated[
        str | None, typer.Option(help="What it needs; measure headcount, gap and squared gap.")
    ] = None,
    people: Annotated[str, typer.Option(help="How many people a household is.")] = "size",
    units: Annotated[
        Literal["people", "households"], typer.Option(help="Count people or households.")
    ] = "people",
    level: Annotated[
        Level | None, typer.Option(help="Measure each area of this level too.")
    ] = None,
    areas: AreasFile = None,
    values: ValuesFile = None,
    zone: Zone = None,
    money: MoneyUnits = None,
    json: JsonFlag = False,
) -> None:
    """Measure poverty (贫困测度) exactly, with bounds where facts are missing."""
    if (rule is None) is (line is None):
        raise typer.BadParameter("give --rule, or --line, and not both")
    tables = Tables.read(Path(folder), zone=zone, money=read_money(money))
    tree = read_areas(areas)
    screening = screen_tables(tables, pack, as_of, tree, values)
    if rule is not None:
        several = multidimensional(screening, rule, people=people, units=units, level=level)
        if json:
            print_json([one.to_dict() for one in several])
        else:
            _show_several(several, tree)
        return
    single = income_poverty(screening, resource, str(line), people=people, units=units, level=level)
    if json:
        print_json([one.to_dict() for one in single])
        return
    print_table(
        "poverty by income",
        ("area", "total", "headcount", "poverty gap", "squared gap", "share of all gaps"),
        (
            (*_head(one, tree), *map(str, (one.headcount, one.gap, one.squared, one.share)))
            for one in single
        ),
    )


def _show_several(found: tuple[Multidimensional, ...], tree: AreaTree) -> None:
    print_table(
        "poverty in several ways",
        ("area", "total", "headcount", "intensity", "adjusted headcount", "share of all"),
        (
            (*_head(one, tree), *map(str, (one.headcount, one.intensity, one.adjusted, one.share)))
            for one in found
        ),
    )
    print_table(
        "by indicator",
        ("indicator", "weight", "poor and deprived", "contribution"),
        (
            (
                chosen(*one.title, between="\n"),
                str(one.weight),
                str(one.headcount),
                str(one.contribution),
            )
            for one in found[0].indicators
        ),
    )


def _head(one: IncomePoverty | Multidimensional, tree: AreaTree) -> tuple[str, str]:
    low, high = one.total
    name = tree.full_name(one.area) if one.area in tree else one.area
    return name, f"{low:,}" if low == high else f"{low:,}–{high:,}"
