"""``cases clusters``: where new cases are out of line, the warning of a large-scale return."""

from __future__ import annotations

from decimal import ROUND_UP, Context, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from antipoverty._base.exact import fraction_of
from antipoverty.casework import (
    RETURNS,
    Cluster,
    clusters,
    count_households,
    new_cases,
)
from antipoverty.cli._language import said
from antipoverty.cli._registers import (
    InPeriod,
    Registers,
    on_registers,
    whole_book,
)
from antipoverty.cli._shell import (
    NO,
    AreasFile,
    JsonFlag,
    print_json,
    read_areas,
    read_table,
)
from antipoverty.cli._tables import console, print_table
from antipoverty.codes import Level
from antipoverty.model import AreaTree
from antipoverty.periods import Period

STATISTIC = (
    "Counted are new cases and relapses, not re-alerts: what was looked into and shows still. "
    "Statistic: the conditional test of two Poisson counts, exact binomial tail, against the "
    "area's own past and its neighbours. {tests} tests, each with the threshold {threshold}: the "
    "chance of any false alarm in the whole list is at most {rate}; cases of one village come "
    "together, so it may be higher."
)


def register(cases: typer.Typer) -> None:
    """Add the command."""
    cases.command("clusters")(clusters_)


@on_registers
def clusters_(
    registers: Registers,
    table: Annotated[
        Path,
        typer.Argument(
            metavar="HOUSEHOLDS",
            help="Parquet or CSV: area, a row a household; or area, households.",
        ),
    ],
    period: InPeriod,
    level: Annotated[Level, typer.Option(help="Areas of this level are tested.")] = Level.COUNTY,
    past: Annotated[int, typer.Option(min=0, help="How many periods before it to look at.")] = 12,
    false_alarm: Annotated[
        str, typer.Option(help="The chance of any false alarm, such as 1/100 or 0.01.")
    ] = "1/100",
    areas: AreasFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Find areas out of line with past and neighbours (规模性返贫风险); exit code 1 if any is."""
    span, rate = Period.parse(period), _read_rate(false_alarm)
    tree = read_areas(areas)
    households = count_households(read_table(table), level=level, areas=tree, as_of=span.last)
    earlier = [span.shift(-back) for back in range(past, 0, -1)]
    with registers.read() as casebook:
        book = whole_book(casebook, on=span.last)
    counted = [
        new_cases(book, level=level, period=one, areas=tree, as_of=span.last)
        for one in (*earlier, span)
    ]
    kept = _since_the_register_began(counted[:-1])
    history = earlier[len(earlier) - len(kept) :]
    found = clusters(counted[-1], kept, households, false_alarm=rate)
    tests = 2 * len(households)
    threshold = str(rate / max(tests, 1))
    statistic = said(STATISTIC, "\n", tests=tests, threshold=threshold, rate=rate)
    if as_json:
        document = {
            "period": str(span),
            "level": level.value,
            "history": [str(one) for one in history],
            "areas": len(households),
            "new": sum(counted[-1].values()),
            "counted": [*RETURNS],
            "statistic": statistic,
            "false_alarm": str(rate),
            "threshold": threshold,
            "clusters": [_cluster_document(one) for one in found],
        }
        print_json(document)
    else:
        _print_clusters(found, span, history, tree, statistic)
    if found:
        raise typer.Exit(NO)


def _read_rate(text: str) -> Fraction:
    try:
        return fraction_of(text)
    except (ValueError, ZeroDivisionError):
        raise typer.BadParameter("give a chance such as 1/100 or 0.01") from None


def _since_the_register_began(counted: list[dict[str, int]]) -> list[dict[str, int]]:
    """Leave out the periods up to that of the first cases: a register begins amid its first one.

    With a backlog or late in the period, its count would be no measure of a usual one.
    """
    began = next((at for at, one in enumerate(counted) if one), len(counted))
    return counted[began + 1 :]


def _chance(one: Fraction) -> str:
    """Three digits, rounded up; exactly it may have thousands."""
    few = Context(prec=3, rounding=ROUND_UP)
    return f"{few.divide(Decimal(one.numerator), Decimal(one.denominator)):.2e}"


def _cluster_document(one: Cluster) -> dict[str, Any]:
    return {
        "area": one.area,
        "against": one.against,
        "new": one.new,
        "before": one.before,
        "expected": str(one.expected),
        "chance": _chance(one.chance),
    }


def _print_clusters(
    found: tuple[Cluster, ...],
    period: Period,
    history: list[Period],
    tree: AreaTree,
    statistic: str,
) -> None:
    print_table(
        said("Areas out of line, {period}", period=period),
        (
            "area",
            "name",
            "against",
            "new",
            "expected",
            "before",
            "chance",
        ),
        (
            (
                one.area,
                tree.full_name(one.area) if one.area in tree else "",
                said(one.against),
                one.new,
                f"{float(one.expected):.1f}",
                one.before,
                _chance(one.chance),
            )
            for one in found
        ),
    )
    if history:
        told = said(
            "history: {first} - {last} ({count})",
            "\n",
            first=history[0],
            last=history[-1],
            count=len(history),
        )
    else:
        told = said("the register has no whole period before: compared with neighbours only", "\n")
    for text in (told, statistic):
        console().print(text, markup=False)
