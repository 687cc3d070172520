"""``antipoverty cases appeal``, ``correct`` and ``reads``: the household's side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from antipoverty._base.csvfiles import read_text
from antipoverty._base.documents import plain
from antipoverty._base.refusals import place_of, refusal
from antipoverty.casework import read_log
from antipoverty.cli._language import said
from antipoverty.cli._registers import (
    AsOfDone,
    By,
    CaseId,
    On,
    Registers,
    Told,
    Why,
    on_registers,
    say,
    standing,
    stands,
    writes,
)
from antipoverty.cli._shell import JsonFlag, ValuesFile, print_json
from antipoverty.cli._tables import print_table
from antipoverty.errors import FieldError, InvalidFileError

if TYPE_CHECKING:
    from antipoverty.casework import Casebook

Token = Annotated[str, typer.Argument(help="The number of the appeal.")]
Fact = Annotated[str, typer.Argument(help="The fact, such as water_safe or members.in_school.")]


def register(cases: typer.Typer) -> None:
    """Add the commands."""
    cases.command("appeal")(appeal)
    cases.command("answer-appeal")(answer_appeal)
    cases.command("correct")(correct)
    cases.command("reads")(reads)


@writes
def appeal(
    book: Casebook,
    case_id: CaseId,
    fact: Fact,
    token: Annotated[str, typer.Option("--token", help="The number of the appeal.")],
    by: By,
    on: On,
) -> Told:
    """Contest a fact for a household (申诉); the case is listed until it is answered."""
    case = book.appeal(case_id, fact, token=token, by=by, on=on)
    due, count = book.empty.due(case), len(case.open_appeals)
    told = "{case}: {count} appeals are open, due {due}"
    return (
        {"id": case.id, "open": [one.token for one in case.open_appeals], "due": str(due)},
        said(told, "\n", case=case.id, count=count, due=due),
    )


@writes
def answer_appeal(
    book: Casebook,
    case_id: CaseId,
    token: Token,
    answer: Annotated[str, typer.Option("--answer", help="upheld or rejected.")],
    by: By,
    on: On,
    why: Why,
) -> Told:
    """Answer an appeal with a reason (答复); not by who took the latest step."""
    case = book.answer_appeal(case_id, token, answer=answer, by=by, on=on, why=why)
    told = {"id": case.id, "token": token, "answer": answer}
    return told, standing(case, f"{token}: {answer}")


@on_registers
def correct(
    registers: Registers,
    household: Annotated[Path, typer.Argument(help="JSON of the household with what is right.")],
    fact: Fact,
    by: By,
    as_of: AsOfDone,
    why: Why,
    values: ValuesFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Judge a household again after a fact was corrected (更正); the file is not kept."""
    with registers.open(values) as book:
        model = book.empty.pack.model
        try:
            found = model.model_validate_json(read_text(household))
        except ValidationError as problem:
            said = [
                FieldError("{place}: {problem}", place=place_of(one), problem=refusal(one))
                for one in problem.errors(include_input=False, include_url=False)
            ]
            raise InvalidFileError("the household cannot be read", said) from None
        case = book.correct(found, fact, by=by, as_of=as_of, why=why)
    rules = {one.rule: one.verdict for one in case.signals}
    say(*stands(case, signals=rules), as_json=as_json)


@on_registers
def reads(
    registers: Registers,
    case_id: Annotated[str | None, typer.Argument(help="Only of this case.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List who read which case, as was written by ``cases show --reader`` (查阅记录)."""
    streams = () if case_id is None else (f"case/{case_id}",)
    with registers.read() as book:
        found = list(read_log(book.events(*streams)))
    if as_json:
        print_json([plain(one) for one in found])
    else:
        print_table(
            "Reads",
            ("case", "day", "by", "role", "why"),
            ((one.case_id, str(one.on), one.by, one.role, one.why) for one in found),
        )
