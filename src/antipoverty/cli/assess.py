"""``antipoverty assess``: notices and a policy in, ledger and year-end results out."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from antipoverty._base.csvfiles import read_text
from antipoverty.cli._language import chosen, languages, said
from antipoverty.cli._shell import (
    AreasFile,
    JsonFlag,
    ReportFile,
    day_option,
    print_json,
    read_areas,
)
from antipoverty.cli._tables import console, print_table
from antipoverty.errors import AntipovertyError
from antipoverty.languages import LANGUAGES
from antipoverty.scoring import AssessmentPolicy, Board, read_notices, texts
from antipoverty.scoring import assess as assess_notices


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("assess")(assess)


def assess(
    notices: Annotated[Path, typer.Argument(help="CSV of notices.")],
    policy: Annotated[Path, typer.Option(help="TOML of the rules and the open choices.")],
    as_of: Annotated[
        date | None, day_option("--as-of", "The day; by default that of the latest notice.")
    ] = None,
    areas: AreasFile = None,
    unit: Annotated[str | None, typer.Option(help="Explain one unit, by its area code.")] = None,
    report: ReportFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Assess consecutive notices (双连续通报): points, why, and the year-end result."""
    rules = AssessmentPolicy.from_toml(read_text(policy))
    tree = read_areas(areas)
    listed = read_notices(io.StringIO(read_text(notices), newline=""), areas=tree)
    if as_of is None and not listed:
        raise AntipovertyError(
            "{name} holds no notice; give the day with --as-of", name=notices.name
        )
    day = max(one.issued_on for one in listed) if as_of is None else as_of
    board = assess_notices(listed, rules, as_of=day, areas=tree)
    if report:
        board.report().write(report)
    if as_json:
        print_json(_document(board, unit))
    elif unit is None:
        _print_board(board)
    else:
        for language in languages():
            console().print(board.explain(unit, language), markup=False)


def _document(board: Board, unit: str | None) -> dict[str, Any]:
    document = board.as_dict()
    if unit is not None:
        document["explanation"] = {one: board.explain(unit, one) for one in LANGUAGES}
        for part in ("ledger", "accounts", "waiting"):
            document[part] = [one for one in document[part] if one["unit"] == unit]
    document["year_end"] = [
        board.year_end(one, year).as_dict()
        for one in (board.units if unit is None else (unit,))
        for year in board.years(one)
    ]
    return document


def _print_board(board: Board) -> None:
    for language in languages():
        console().print(texts.status(board.policy, language), markup=False)
    print_table(
        said("Ledger, {day}, {policy}", day=board.as_of, policy=board.policy.id),
        ("unit", "rule", "periods", "verdict", "counted in", "effect"),
        (
            (
                entry.unit,
                entry.rule,
                ", ".join(map(str, entry.periods)),
                chosen(entry.verdict.zh, entry.verdict.value),
                str(entry.year),
                texts.effect(entry, entry.amount, languages()[0]),
            )
            for entry in board.ledger
        ),
    )
    print_table(
        "Years",
        ("unit", "year", "routine", "year end", "steps", "veto"),
        (
            (
                unit,
                str(year),
                f"{board.routine(unit, year):+}",
                f"{result.points:+}",
                f"{result.grade_steps:+}",
                said("yes") if result.vetoed else "",
            )
            for unit in board.units
            for year in board.years(unit)
            for result in [board.year_end(unit, year)]
        ),
    )
    for one in board.costs:
        for language in languages():
            line = texts.cost_line(one, len(board.units), language)
            console().print(line, markup=False)
    for waiting in board.waiting:
        for language in languages():
            line = texts.waiting_line(waiting, language)
            console().print(f"{waiting.unit}: {line}", markup=False)
