"""Cases of judgements: what is known of a household, and whether a rule must conclude.

A file of them is TOML, as one of `antipoverty.testing.cases` is; the facts are told by
how many days ago they were, and an alert has the department, risk, category and severity
of its rule unless the file says otherwise::

    as_of = 2022-06-01

    [[case]]
    rule = "several-departments"
    name = "two departments, 89 days apart"
    expect = "drawn"                                # or "not-drawn"
    facts = [
        { name = "traffic-accident", ago = 0 },
        { name = "unsafe-water", ago = 89 },
        { kind = "measure", name = "legal-aid", ago = 3 },
    ]

They stand in a folder ``judgements`` beside the files of a pack's other cases.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import attrs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from antipoverty._base.tomlfiles import read_toml
from antipoverty._judging.answer import answer
from antipoverty._policy.parts import SeverityWord
from antipoverty.errors import AntipovertyError, InvalidCasesError, InvalidRuleError, did_you_mean
from antipoverty.judgement import Signal
from antipoverty.rules import Pack
from antipoverty.testing.cases import listed_problems

FOLDER = "judgements"
"""Where the files stand, beside those of the other cases."""


@attrs.frozen
class JudgementCase:
    """Facts of a household, and whether one judgement rule must conclude from them.

    Attributes:
        rule: The judgement rule's id.
        name: What the case shows.
        drawn: Whether it must conclude.
        as_of: The day of the answer.
        facts: What is known of the household.
    """

    rule: str
    name: str
    drawn: bool
    as_of: date
    facts: tuple[Signal, ...] = attrs.field(repr=False)

    def run(self, pack: Pack) -> bool:
        """Tell whether the rule does conclude."""
        return self.rule in answer(pack.judgements, self.facts, self.as_of).fired


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class _FactForm(_Form):
    kind: str = "alert"
    name: str
    ago: int = Field(ge=0, le=36_600)
    area: str = ""
    department: str | None = None
    risk: str | None = None
    category: str | None = None
    severity: SeverityWord | None = None
    amount: int | None = None


class _CaseForm(_Form):
    rule: str
    name: str
    expect: Literal["drawn", "not-drawn"]
    facts: list[_FactForm]
    as_of: date | None = None


class _FileForm(_Form):
    as_of: date
    case: list[_CaseForm]


def read_judgement_cases(text: str, pack: Pack) -> tuple[JudgementCase, ...]:
    """Read the cases of a TOML file.

    Args:
        text: The file's text.
        pack: The pack they are for.

    Raises:
        InvalidCasesError: Every problem of the file, with the names of the cases.
    """
    try:
        form = _FileForm.model_validate(read_toml(text))
    except tomllib.TOMLDecodeError as problem:
        raise InvalidCasesError(
            "the cases are not TOML", [InvalidRuleError(str(problem))]
        ) from None
    except ValidationError as problems:
        raise InvalidCasesError("the cases cannot be read", listed_problems(problems, "")) from None
    found: list[JudgementCase] = []
    wrong: list[AntipovertyError] = []
    for case in form.case:
        label = f"case {case.rule!r} {case.name!r}"
        if case.rule not in pack.judgements:
            near = did_you_mean(case.rule, pack.judgements)
            wrong.append(InvalidRuleError(f"{label}: the pack has no such judgement rule{near}"))
            continue
        as_of = case.as_of or form.as_of
        facts: list[Signal] = []
        for number, given in enumerate(case.facts, 1):
            try:
                facts.append(_fact(given, number, pack, as_of))
            except AntipovertyError as problem:
                wrong.append(InvalidRuleError(f"{label}, fact {number}: {problem.message}"))
        drawn = case.expect == "drawn"
        found.append(JudgementCase(case.rule, case.name, drawn, as_of, tuple(facts)))
    if wrong:
        raise InvalidCasesError("the cases cannot be used", wrong)
    return tuple(found)


def _fact(form: _FactForm, number: int, pack: Pack, as_of: date) -> Signal:
    """The fact that a form tells; an alert is of a rule, and is what the rule makes it."""
    given = form.model_dump(exclude={"ago"}, exclude_unset=True)
    if form.kind in ("alert", "undecided"):
        rule = pack.rules.get(form.name)
        if rule is None:
            raise InvalidRuleError(
                f"the pack has no rule {form.name!r}{did_you_mean(form.name, pack.rules)}"
            )
        names = ("department", "risk", "category", "severity")
        given = {name: getattr(rule, name) for name in names} | given
    on = as_of - timedelta(days=form.ago)
    return Signal(**{"kind": form.kind, **given}, id=str(number), household_id="case", on=on)


def read_judgement_files(folder: Path, pack: Pack) -> tuple[JudgementCase, ...]:
    """Read the cases of every ``*.toml`` file of a folder, in order of name; none of no folder.

    Args:
        folder: The folder.
        pack: The pack they are for.

    Raises:
        InvalidCasesError: Every problem of every file.
    """
    found: list[JudgementCase] = []
    wrong: list[AntipovertyError] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            found.extend(read_judgement_cases(file.read_text(encoding="utf-8"), pack))
        except InvalidCasesError as problem:
            wrong.extend(_in_file(file.name, problem))
        except UnicodeDecodeError:
            wrong.append(InvalidRuleError(f"{file.name}: is not UTF-8 text; save it as UTF-8"))
    if wrong:
        raise InvalidCasesError("the cases cannot be used", wrong)
    return tuple(found)


def _in_file(name: str, problem: InvalidCasesError) -> Iterator[AntipovertyError]:
    return (InvalidRuleError(f"{name}: {one.message}") for one in problem.problems)


__all__ = ["FOLDER", "JudgementCase", "read_judgement_cases", "read_judgement_files"]
