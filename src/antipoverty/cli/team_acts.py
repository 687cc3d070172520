"""``cases oversee`` and ``problems oversee``: what teams do about what is open."""

from __future__ import annotations

from typing import Annotated

import typer

from antipoverty.cli._registers import (
    By,
    CaseId,
    On,
    Registers,
    Why,
    on_registers,
    read_past,
    say,
)
from antipoverty.cli._shell import (
    JsonFlag,
)

ActName = Annotated[str, typer.Argument(help="urge, hand_up, dispatch, or the workflow's own.")]


def register_cases(cases: typer.Typer) -> None:
    """Add the command on cases."""
    cases.command("oversee")(oversee)


def register_problems(problems: typer.Typer) -> None:
    """Add the command on problems."""
    problems.command("oversee")(oversee_problem)


@on_registers
def oversee(
    registers: Registers,
    case_id: CaseId,
    act: ActName,
    by: By,
    on: On,
    why: Why = "",
    as_json: JsonFlag = False,
) -> None:
    """Put down what a team does about an open case (督办、提级、调度); its limit runs on."""
    day = read_past(on)
    with registers.open() as book:
        case = book.oversee(case_id, act, by=by, on=day, why=why)
    said = {"id": case.id, "acts": len(case.acts), "handed_up": case.handed_up}
    say(said, f"{case!r}: {act} {by}", as_json=as_json)


@on_registers
def oversee_problem(
    registers: Registers,
    problem_id: Annotated[str, typer.Argument(help="The problem.")],
    act: ActName,
    by: By,
    on: On,
    why: Why = "",
    as_json: JsonFlag = False,
) -> None:
    """Put down what a team does about an open problem (督办、提级、调度); its limit runs on."""
    day = read_past(on)
    with registers.open() as book:
        found = book.oversee_problem(problem_id, act, by=by, on=day, why=why)
    said = {"id": found.id, "acts": len(found.acts), "handed_up": found.handed_up}
    say(said, f"{found!r}: {act} {by}", as_json=as_json)
