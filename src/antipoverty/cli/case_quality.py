"""``cases quality``: what the alerts were worth, by rule, and who in need was found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import attrs
import typer

from antipoverty.casework import NeedFound, Quality, quality
from antipoverty.cli._registers import InPeriod, Registers, on_registers, whole_book
from antipoverty.cli._shell import JsonFlag, console, print_json, print_table, read_table
from antipoverty.periods import Period
from antipoverty.rules import Pack

_COLUMNS = [
    "规则 rule", "预警 alerts", "属实 confirmed", "排除 refuted", "入户 visits", "空跑 nothing",
]  # fmt: skip
_OF_TRUTH = ["确有困难 in need", "白跑 needless", "发现 found", "提前天数 days earlier"]


def register(cases: typer.Typer) -> None:
    """Add the command."""
    cases.command("quality")(quality_)


@on_registers
def quality_(
    registers: Registers,
    period: InPeriod,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="CSV or Parquet: household_id, since, until, otherwise: who was truly in need."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say what alerts were worth, and who in need was found and how early (预警质量)."""
    when = Period.parse(period)
    with registers.open(read_only=True) as casebook:
        book = whole_book(casebook, on=when.last)
    told = quality(book, period=when, truth=None if truth is None else read_table(truth))
    if as_json:
        print_json({"period": str(when), **as_document(told)})
        return
    print_table(
        f"{when} 预警质量 what alerts were worth",
        [
            "规则 rule",
            "预警 alerts",
            "属实 confirmed",
            "排除 refuted",
            "入户 visits",
            "空跑 nothing",
        ]
        + (["确有困难 in need", "白跑 needless"] if told.need is not None else []),
        [_row(told, number, book.pack) for number in range(len(told.rules))],
    )
    if told.need is not None:
        for line in _need(told.need):
            console().print(line, markup=False)


def _row(told: Quality, number: int, pack: Pack) -> list[object]:
    one = told.rules[number]
    said = pack.rules[one.key].title.zh if one.key else "（无规则 no rule）"
    out = one.outcomes
    row: list[object] = [
        f"{said} {one.key}", out.alerts, out.confirmed, out.refuted, out.visited, one.false_visits,
    ]  # fmt: skip
    earlier = f"{one.days_earlier:,} / {one.compared:,}"
    truth = [one.in_need, one.needless, one.found, earlier]
    return row + (truth if told.need is not None else [])


def _need(need: NeedFound) -> list[str]:
    days = "-" if need.mean_days is None else f"{float(need.mean_days):.1f}"
    return [
        f"困难户已发现 found: {need.found:,} / {need.in_need:,}，"
        f"其中有预警 of them warned of: {need.warned:,}",
        f"比自行反映平均提前 days earlier, mean: {days} ({need.compared:,} 户可比 that compare)",
        f"仅由机制发现 by the mechanism alone: {need.only_here:,} / {need.found:,}",
        f"未发现 missed: {need.missed:,}，其中核查后结案 of them sent away: {need.sent_away:,}",
    ]


def as_document(told: Quality) -> dict[str, object]:
    """Plain values for JSON."""
    rules = [
        {
            "rule": one.key,
            "alerts": one.outcomes.alerts,
            "confirmed": one.outcomes.confirmed,
            "refuted": one.outcomes.refuted,
            "open": one.outcomes.open,
            "visited": one.outcomes.visited,
            "false_visits": one.false_visits,
            "in_need": one.in_need,
            "needless": one.needless,
            "found": one.found,
            "compared": one.compared,
            "days_earlier": one.days_earlier,
        }
        for one in told.rules
    ]
    return {"rules": rules, "need": None if told.need is None else attrs.asdict(told.need)}
