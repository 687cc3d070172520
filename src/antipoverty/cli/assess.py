"""``antipoverty assess``: notices and a policy in, ledger and year-end results out."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from antipoverty import _scoring_texts as texts
from antipoverty.cli._shell import JsonFlag, console, print_json
from antipoverty.errors import AntipovertyError
from antipoverty.model import load_areas, shaanxi_areas
from antipoverty.scoring import AssessmentPolicy, Board, read_notices
from antipoverty.scoring import assess as assess_notices


def register(app: typer.Typer) -> None:
    """Add the command to an application."""
    app.command()(assess)


def assess(
    notices: Annotated[Path, typer.Argument(metavar="NOTICES.csv", help="The notices.")],
    policy: Annotated[
        Path, typer.Option(metavar="POLICY.toml", help="The rules and the open choices.")
    ],
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day; that of the latest notice by default."),
    ] = None,
    areas: Annotated[
        Path | None, typer.Option(help="A CSV file of areas; Shaanxi's by default.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Explain one unit, by its area code.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Assess consecutive notices: points, their reasons, and the year-end result (双连续通报)."""
    rules = AssessmentPolicy.from_toml(_read(policy))
    tree = shaanxi_areas() if areas is None else load_areas(areas)
    listed = read_notices(_read(notices).splitlines(keepends=True), areas=tree)
    day = as_of.date() if as_of else max((one.issued_on for one in listed), default=date.min)
    if day == date.min:
        raise AntipovertyError(f"{notices.name} holds no notice; give --as-of")
    board = assess_notices(listed, rules, as_of=day, areas=tree)
    if as_json:
        print_json(_document(board, unit))
    elif unit is not None:
        _explain(board, unit)
    else:
        _tables(board)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise AntipovertyError(f"{path.name} is not UTF-8 text; save it as UTF-8") from None


def _document(board: Board, unit: str | None) -> dict[str, object]:
    document = board.as_dict()
    units = board.units if unit is None else (unit,)
    if unit is not None:
        board.notices(unit)
        for part in ("ledger", "accounts", "waiting"):
            document[part] = [one for one in document[part] if one["unit"] == unit]
        document["explanation"] = {one: board.explain(unit, one) for one in ("zh", "en")}
    document["year_end"] = [board.year_end(one).as_dict() for one in units]
    return document


def _explain(board: Board, unit: str) -> None:
    out = console()
    out.print(board.explain(unit, "zh"), markup=False)
    out.print()
    out.print(board.explain(unit, "en"), markup=False)


def _tables(board: Board) -> None:
    out = console()
    out.print(f"双连续通报考核 Double consecutive, {board.as_of}, {board.policy.id}", markup=False)
    out.print(texts.status(board.policy, "zh"), markup=False)
    out.print(texts.status(board.policy, "en"), markup=False)
    ledger = Table("单位 unit", "规则 rule", "期 periods", "结论 verdict", "年 year", "分值 worth")
    for entry in board.ledger:
        ledger.add_row(
            entry.unit,
            entry.rule,
            ", ".join(map(str, entry.periods)),
            f"{entry.verdict.zh} {entry.verdict.value}",
            str(entry.year),
            f"{entry.amount:+}",
        )
    out.print(ledger)
    years = Table("单位 unit", "平时 routine", "年终 year end", "等次 steps", "不得最高 veto")
    years.title = f"{board.as_of.year}"
    for unit in board.units:
        result = board.year_end(unit)
        years.add_row(
            unit,
            f"{board.routine(unit):+}",
            f"{result.points:+}",
            f"{result.grade_steps:+}",
            "是 yes" if result.vetoed else "",
        )
    out.print(years)
    for waiting in board.waiting:
        out.print(f"{waiting.unit}: {texts.waiting_line(waiting, 'zh')}", markup=False)
        out.print(f"{waiting.unit}: {texts.waiting_line(waiting, 'en')}", markup=False)
