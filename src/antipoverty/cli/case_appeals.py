"""``antipoverty cases appeal``, ``correct`` and ``reads``: the household's side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from antipoverty._base.documents import plain
from antipoverty._base.refusals import place_of, refusal
from antipoverty.casework import read_log
from antipoverty.cli._language import said
from antipoverty.cli._registers import (
    AsOfDay,
    By,
    CaseId,
    On,
    ReadOnly,
    Registers,
    Why,
    on_registers,
    read_past,
    say,
)
from antipoverty.cli._shell import (
    JsonFlag,
    print_json,
    read_text,
)
from antipoverty.cli._tables import print_table
from antipoverty.errors import FieldError, InvalidFileError

Token = Annotated[str, typer.Argument(help="The number of the appeal.")]
Fact = Annotated[str, typer.Argument(help="The fact, such as water_safe or members.in_school.")]


def register(cases: typer.Typer) -> None:
    """Add the commands."""
    cases.command("appeal")(appeal)
    cases.command("answer-appeal")(answer_appeal)
    cases.command("correct")(correct)
    cases.command("reads")(reads)


@on_registers
def appeal(
    registers: Registers,
    case_id: CaseId,
    fact: Fact,
    token: Annotated[str, typer.Option("--token", help="The number of the appeal.")],
    by: By,
    on: On,
    as_json: JsonFlag = False,
) -> None:
    """Contest a fact for a household (申诉); the case is listed until it is answered."""
    day = read_past(on)
    with registers.open() as book:
        case = book.appeal(case_id, fact, token=token, by=by, on=day)
        due = book.empty.due(case)
    document = {"id": case.id, "open": [one.token for one in case.open_appeals], "due": str(due)}
    say(
        document,
        said(
            "{case}: {count} appeals are open, due {due}",
            "\n",
            case=repr(case),
            count=len(case.open_appeals),
            due=due,
        ),
        as_json=as_json,
    )


@on_registers
def answer_appeal(
    registers: Registers,
    case_id: CaseId,
    token: Token,
    answer: Annotated[str, typer.Option("--answer", help="upheld or rejected.")],
    by: By,
    on: On,
    why: Why,
    as_json: JsonFlag = False,
) -> None:
    """Answer an appeal with a reason (答复); not by who took the latest step."""
    day = read_past(on)
    with registers.open() as book:
        case = book.answer_appeal(case_id, token, answer=answer, by=by, on=day, why=why)
    document = {"id": case.id, "token": token, "answer": answer}
    say(document, f"{case!r}: {token} {answer}", as_json=as_json)


@on_registers
def correct(
    registers: Registers,
    household: Annotated[Path, typer.Argument(help="JSON of the household with what is right.")],
    fact: Fact,
    by: By,
    as_of: AsOfDay,
    why: Why,
    as_json: JsonFlag = False,
) -> None:
    """Judge a household again after a fact was corrected (更正); the file is not kept."""
    day = read_past(as_of)
    with registers.open() as book:
        model = book.empty.pack.model
        try:
            found = model.model_validate_json(read_text(household))
        except ValidationError as problem:
            said = [
                FieldError("{place}: {problem}", place=place_of(one), problem=refusal(one))
                for one in problem.errors(include_input=False, include_url=False)
            ]
            raise InvalidFileError("the household cannot be read", said) from None
        case = book.correct(found, fact, by=by, as_of=day, why=why)
    rules = {one.rule: one.verdict for one in case.signals}
    say({"id": case.id, "state": case.state, "signals": rules}, repr(case), as_json=as_json)


@on_registers
def reads(
    registers: Registers,
    case_id: Annotated[str | None, typer.Argument(help="Only of this case.")] = None,
    read_only: ReadOnly = False,
    as_json: JsonFlag = False,
) -> None:
    """List who read which case, as was written by ``cases show --reader`` (查阅记录)."""
    streams = () if case_id is None else (f"case/{case_id}",)
    with registers.open(read_only=read_only) as book:
        found = list(read_log(book.events(*streams)))
    if as_json:
        print_json([plain(one) for one in found])
    else:
        print_table(
            "Reads",
            ("case", "day", "by", "role", "why"),
            ((one.case_id, str(one.on), one.by, one.role, one.why) for one in found),
        )
