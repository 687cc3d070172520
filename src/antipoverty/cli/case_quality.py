"""``cases quality``: what the alerts were worth, by rule, and who in need was found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import attrs
import typer

from antipoverty.casework import NeedFound, Quality, quality
from antipoverty.cli._language import chosen, said
from antipoverty.cli._registers import InPeriod, Registers, on_registers, whole_book
from antipoverty.cli._shell import (
    JsonFlag,
    print_json,
    read_table,
)
from antipoverty.cli._tables import console, print_table
from antipoverty.periods import Period
from antipoverty.rules import Pack


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
    with registers.read() as casebook:
        book = whole_book(casebook, on=when.last)
    told = quality(book, period=when, truth=None if truth is None else read_table(truth))
    if as_json:
        print_json({"period": str(when), **as_document(told)})
        return
    print_table(
        said("What alerts were worth, {period}", period=when),
        [
            "rule",
            "alerts",
            "confirmed",
            "refuted",
            "visits",
            "nothing",
        ]
        + (["in need", "needless"] if told.need is not None else []),
        [_row(told, number, book.pack) for number in range(len(told.rules))],
    )
    if told.need is not None:
        for line in _need(told.need):
            console().print(line, markup=False)


def _row(told: Quality, number: int, pack: Pack) -> list[object]:
    one = told.rules[number]
    title = chosen(*pack.rules[one.key].title) if one.key else said("no rule")
    out = one.outcomes
    row: list[object] = [
        f"{title} {one.key}", out.alerts, out.confirmed, out.refuted, out.visited, one.false_visits,
    ]  # fmt: skip
    earlier = f"{one.days_earlier:,} / {one.compared:,}"
    truth = [one.in_need, one.needless, one.found, earlier]
    return row + (truth if told.need is not None else [])


def _need(need: NeedFound) -> list[str]:
    days = "-" if need.mean_days is None else f"{float(need.mean_days):.1f}"
    return [
        said(
            "found of those in need: {found:,} / {in_need:,}, warned of: {warned:,}", "\n",
            found=need.found, in_need=need.in_need, warned=need.warned,
        ),
        said(
            "days earlier than they told it themselves, mean: {days} (of {compared:,} households)",
            "\n", days=days, compared=need.compared,
        ),
        said(
            "by the mechanism alone: {only:,} / {found:,}", "\n",
            only=need.only_here, found=need.found,
        ),
        said(
            "missed: {missed:,}, of them sent away after a check: {away:,}", "\n",
            missed=need.missed, away=need.sent_away,
        ),
    ]  # fmt: skip


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
