"""Cases of judgements: what is known of a household, and whether a rule must conclude.

A file of them is TOML, as one of `antipoverty.testing.cases` is; the facts are told by
how many days ago they were, and an alert has the department, risk, category and severity
of its rule unless the file says otherwise::

    as_of = 2022-06-01

    [[cases]]
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

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

import attrs
from pydantic import Field

from antipoverty._judging.answer import answer
from antipoverty._policy.parts import SeverityWord
from antipoverty.errors import (
    AntipovertyError,
    InvalidCasesError,
    InvalidRuleError,
    did_you_mean,
    phrase,
)
from antipoverty.judgement import Signal
from antipoverty.rules import Pack
from antipoverty.testing.cases import CaseForm, Form, parsed, read_folder, usable

FOLDER = "judgements"
"""Where the files stand, beside those of the other cases."""

JUDGED_SIDES = ("drawn", "not-drawn")
"""What can be expected; every judgement rule needs a case of each."""


@attrs.frozen
class JudgementCase:
    """Facts of a household, and whether one judgement rule must conclude from them.

    Attributes:
        rule: The judgement rule's id.
        name: What the case shows.
        expect: ``drawn`` or ``not-drawn``: whether it must conclude.
        as_of: The day of the answer.
        facts: What is known of the household.
    """

    rule: str
    name: str
    expect: str
    as_of: date
    facts: tuple[Signal, ...] = attrs.field(repr=False)

    def run(self, pack: Pack) -> bool:
        """Tell whether the rule does conclude."""
        return self.rule in answer(pack.judgements, self.facts, self.as_of).fired

    @property
    def side(self) -> str:
        """What is expected, as the side it covers."""
        return self.expect

    @property
    def drawn(self) -> bool:
        """Whether the rule must conclude."""
        return self.expect == JUDGED_SIDES[0]

    def fault(self, pack: Pack) -> str | None:
        """Say what a pack answers otherwise than it must."""
        if self.run(pack) is self.drawn:
            return None
        return "the rule does not conclude" if self.drawn else "the rule concludes"


class _FactForm(Form):
    kind: str = "alert"
    name: str
    ago: int = Field(ge=0, le=36_600)
    area: str = ""
    department: str | None = None
    risk: str | None = None
    category: str | None = None
    severity: SeverityWord | None = None
    amount: int | None = None


class _CaseForm(CaseForm):
    expect: Literal["drawn", "not-drawn"]
    facts: list[_FactForm]


class _FileForm(Form):
    as_of: date
    cases: list[_CaseForm]


def read_judgement_cases(text: str, pack: Pack) -> tuple[JudgementCase, ...]:
    """Read the cases of a TOML file.

    Args:
        text: The file's text.
        pack: The pack they are for.

    Raises:
        InvalidCasesError: Every problem of the file, with the names of the cases.
    """
    form = parsed(_FileForm, text, phrase("the cases"))
    return usable(form.cases, partial(_case, pack=pack, day=form.as_of))


def _case(case: _CaseForm, pack: Pack, day: date) -> JudgementCase:
    if case.rule not in pack.judgements:
        near = did_you_mean(case.rule, pack.judgements)
        raise InvalidRuleError("the pack has no such judgement rule{near}", near=near)
    as_of = case.as_of or day
    facts: list[Signal] = []
    wrong: list[AntipovertyError] = []
    for number, given in enumerate(case.facts, 1):
        try:
            facts.append(_fact(given, number, pack, as_of))
        except AntipovertyError as problem:
            wrong.append(
                InvalidRuleError("fact {number}: {problem}", number=number, problem=problem.message)
            )
    if wrong:
        raise InvalidCasesError("its facts cannot be used", wrong)
    return JudgementCase(case.rule, case.name, case.expect, as_of, tuple(facts))


def _fact(form: _FactForm, number: int, pack: Pack, as_of: date) -> Signal:
    """The fact that a form tells; an alert is of a rule, and is what the rule makes it."""
    given = form.model_dump(exclude={"ago"}, exclude_unset=True)
    if form.kind in ("alert", "undecided"):
        rule = pack.rules.get(form.name)
        if rule is None:
            raise InvalidRuleError(
                "the pack has no rule {name!r}{near}",
                name=form.name,
                near=did_you_mean(form.name, pack.rules),
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
    return read_folder(folder, read_judgement_cases, pack, needed=False)


__all__ = ["FOLDER", "JudgementCase", "read_judgement_cases", "read_judgement_files"]
