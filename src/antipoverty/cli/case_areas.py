"""What is read of whole areas: who was not reached, and where new cases are out of line."""

from __future__ import annotations

from decimal import ROUND_UP, Context, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from antipoverty._documents import plain
from antipoverty.casework import (
    Cluster,
    Coverage,
    GridCoverage,
    clusters,
    count_households,
    keepers_of,
    new_cases,
    visit_coverage,
)
from antipoverty.cli._registers import (
    DEFAULT,
    Figures,
    FlowFile,
    InPeriod,
    Lines,
    PackOf,
    Store,
    casebook,
    write_figures,
)
from antipoverty.cli._shell import (
    NO,
    AreasFile,
    JsonFlag,
    console,
    print_json,
    print_table,
    read_areas,
    read_table,
)
from antipoverty.codes import Level
from antipoverty.model import AreaTree
from antipoverty.periods import Period
from antipoverty.screening import write_spreadsheet

AGAINST = {"history": "历史 history", "neighbours": "邻近 neighbours"}
STATISTIC = (
    "统计量：两个泊松计数的条件检验，二项分布精确尾概率，与本地以往各期及同级邻近地区比较。\n"
    "共 {tests} 次检验，每次阈值 {threshold}，全表出现任何误报的概率不超过 {rate}；"
    "同村病例等往往成群出现，实际误报率可能更高。\n"
    "Statistic: the conditional test of two Poisson counts, exact binomial tail, against the "
    "area's own past and its neighbours.\n"
    "{tests} tests, each with the threshold {threshold}: the chance of any false alarm in the "
    "whole list is at most {rate}; cases of one village come together, so it may be higher."
)


def register(cases: typer.Typer) -> None:
    """Add the commands."""
    cases.command("coverage")(coverage)
    cases.command("clusters")(clusters_)


# --- full coverage ------------------------------------------------------------------------------


def coverage(
    homes: Annotated[Path, typer.Argument(help="Parquet or CSV: household_id, area, away.")],
    visits: Annotated[
        Path, typer.Argument(help="Parquet or CSV: household_id, keeper_id, on, how (home, phone).")
    ],
    keepers: Annotated[
        Path, typer.Argument(help="Parquet or CSV: keeper_id, grid; a row for each grid held.")
    ],
    period: InPeriod,
    level: Annotated[Level, typer.Option(help="Count by this level of area.")] = Level.VILLAGE,
    areas: AreasFile = None,
    limit: Lines = 50,
    out: Annotated[
        Path | None, typer.Option(help="Write who was not reached or has no keeper, as CSV.")
    ] = None,
    figures: Figures = None,
    as_json: JsonFlag = False,
) -> None:
    """Say who was reached in a period, by grid (全覆盖); exit code 1 while somebody is left out."""
    staff = keepers_of(read_table(keepers))
    span = Period.parse(period)
    found = visit_coverage(read_table(homes), read_table(visits), staff, period=span, level=level)
    if out is not None:
        _write_left_out(found, out)
    write_figures(found.statistics(), figures)
    if as_json:
        print_json(_coverage_document(found, level, len(staff)))
    else:
        _print_coverage(found, level, read_areas(areas), len(staff), limit)
    if found.reached < found.households or found.unkept:
        raise typer.Exit(NO)


def _write_left_out(found: Coverage, out: Path) -> None:
    import polars as pl

    rows = [(one.area, home, "未走访 not reached") for one in found.grids for home in one.missed]
    rows += [("", home, "无网格员 no keeper") for home in found.unkept]
    columns = dict.fromkeys(("区划 area", "户码 household", "缺 lacks"), pl.String)
    write_spreadsheet(pl.DataFrame(rows, schema=columns, orient="row"), out)


def _coverage_document(found: Coverage, level: Level, keepers: int) -> dict[str, Any]:
    return {
        "period": str(found.period),
        "level": level.value,
        "households": found.households,
        "reached": found.reached,
        "keepers": keepers,
        "keepers_without_households": list(found.idle),
        "households_without_keeper": list(found.unkept),
        "visited_but_in_no_file": found.unknown,
        "areas": [
            plain(one) | {"share": plain(one.share), "per_keeper": plain(one.per_keeper)}
            for one in found.grids
        ],
    }


def _print_coverage(
    found: Coverage, level: Level, tree: AreaTree, keepers: int, limit: int
) -> None:
    worst = sorted(found.grids, key=lambda one: (-len(one.missed), one.area))[:limit]
    visited, phoned = sum(g.visited for g in found.grids), sum(g.phoned for g in found.grids)
    holding = keepers - len(found.idle)
    print_table(
        f"走访覆盖 Coverage by {level.value}, {found.period} {found.period.zh}",
        (
            "区划\narea",
            "地区\nname",
            "户\nhouseholds",
            "入户\nvisited",
            "外出电话\naway, phoned",
            "未走访\nnot reached",
            "覆盖\nreached",
            "网格员\nkeepers",
            "人均户数\nper keeper",
        ),
        (
            (
                one.area,
                tree.full_name(one.area) if one.area in tree else "",
                one.households,
                one.visited,
                one.phoned,
                len(one.missed),
                _percent(one.visited + one.phoned, one.households),
                one.keepers,
                _rounded(one.per_keeper),
            )
            for one in worst
        ),
        total=(
            "合计 total",
            _shown_of(worst, found.grids),
            found.households,
            visited,
            phoned,
            found.households - found.reached,
            _percent(found.reached, found.households),
            keepers,
            _rounded(Fraction(found.households - len(found.unkept), holding) if holding else None),
        ),
    )
    for text in (
        f"覆盖 reached: {found.reached:,} / {found.households:,} 户 households "
        f"({_percent(found.reached, found.households)})",
        f"无网格员的户 households without a keeper: {len(found.unkept):,}",
        f"无户的网格员 keepers without households: {len(found.idle):,}",
        *(f"  {keeper}" for keeper in found.idle[:limit]),
        f"走访了但名册中没有的户 visited but in no file: {found.unknown:,}",
    ):
        console().print(text, markup=False)


def _shown_of(shown: list[GridCoverage], every: tuple[GridCoverage, ...]) -> str:
    return "" if len(shown) == len(every) else f"列出 shown: {len(shown):,} / {len(every):,}"


def _percent(part: int, whole: int) -> str:
    """Cut to a tenth, never rounded up: only all of them are 100 %."""
    if not whole:
        return ""
    tenths = part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10} %"


def _rounded(share: Fraction | None) -> str:
    return "" if share is None else f"{float(share):.1f}"


# --- the bottom line ----------------------------------------------------------------------------


def clusters_(
    homes: Annotated[
        Path, typer.Argument(help="Parquet or CSV: area, a row a household; or area, households.")
    ],
    period: InPeriod,
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
    workflow: FlowFile = None,
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
    households = count_households(read_table(homes), level=level)
    earlier = [span.shift(-back) for back in range(past, 0, -1)]
    with casebook(store, pack, workflow) as book:
        counted = [
            new_cases(book.book(on=one.last), level=level, period=one) for one in (*earlier, span)
        ]
    kept = _since_the_register_began(counted[:-1])
    history = earlier[len(earlier) - len(kept) :]
    found = clusters(counted[-1], kept, households, false_alarm=rate)
    tests = 2 * len(households)
    threshold = str(rate / max(tests, 1))
    statistic = STATISTIC.format(tests=tests, threshold=threshold, rate=rate)
    if as_json:
        document = {
            "period": str(span),
            "level": level.value,
            "history": [str(one) for one in history],
            "areas": len(households),
            "new": sum(counted[-1].values()),
            "statistic": statistic,
            "false_alarm": str(rate),
            "threshold": threshold,
            "clusters": [_cluster_document(one) for one in found],
        }
        print_json(document)
    else:
        _print_clusters(found, span, history, read_areas(areas), statistic)
    if found:
        raise typer.Exit(NO)


def _read_rate(text: str) -> Fraction:
    try:
        return Fraction(text)
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
        f"新增异常地区 Areas out of line, {period} {period.zh}",
        (
            "区划 area",
            "名称 name",
            "对照 against",
            "新增 new",
            "应有 expected",
            "以往合计 before",
            "概率 chance",
        ),
        (
            (
                one.area,
                tree.full_name(one.area) if one.area in tree else "",
                AGAINST[one.against],
                one.new,
                _rounded(one.expected),
                one.before,
                _chance(one.chance),
            )
            for one in found
        ),
    )
    if history:
        told = f"历史 history: {history[0]} - {history[-1]} ({len(history)})"
    else:
        told = (
            "登记册没有更早的完整时期，只与邻近地区比较 "
            "the register has no whole period before: compared with neighbours only"
        )
    for text in (told, statistic):
        console().print(text, markup=False)
