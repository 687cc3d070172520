"""Cases pin a rule down: households an official can read, each with the verdict it must get.

A case file is TOML. ``base`` is a household for which no rule warns; each case says what
is different, and what the rule must answer::

    [[cases]]
    rule = "income-under-line"
    name = "one fen under the line"
    side = "warn"                                  # warn, on, clear or missing
    expect = "warn"                                # warn, clear, undecided or no-answer
    amount = "0.01"                                # what it states; or { low = , high = }
    tiers = { recognition = "guarantee" }          # or all that it may be, as a list
    household = { net_income_12m = "17999.99" }
    missing = []                                   # facts that are not known
    members = []                                   # in place of the base's
    records = [{ kind = "job_loss", day = 2021-11-30 }]

``side`` says where the case stands: on the warning side of the threshold, on it, on the
clear side, or with a fact missing. ``no-answer`` is expected on a day on which the rule is
not in force, or lacks a value: such as that before its first, or after a value has expired.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import attrs
from pydantic import BaseModel, ConfigDict, ValidationError

from antipoverty._base.frozen import Frozen
from antipoverty._base.refusals import place_of, refusal
from antipoverty._base.tomlfiles import read_toml, toml_fault
from antipoverty.errors import (
    AntipovertyError,
    InvalidCasesError,
    InvalidRuleError,
    NothingInForceError,
    ParameterNotSetError,
    VacuousLawError,
    did_you_mean,
    phrase,
)
from antipoverty.errors.phrases import Both
from antipoverty.model import Household
from antipoverty.rules import NO_TIER, Judgement, Pack, Stated, Verdict, judge

SIDES = ("warn", "on", "clear", "missing")
"""Where a case can stand to a rule's threshold; every rule needs one of each."""


NO_ANSWER = "no-answer"
"""What a case expects where a rule gives no answer."""


@attrs.frozen
class Case:
    """A household and the verdict one rule must give it.

    Attributes:
        rule: The rule's id.
        name: What the case shows.
        side: Where it stands: ``warn``, ``on``, ``clear`` or ``missing``.
        expect: The verdict it must get; ``None`` for no answer at all, since the rule is not in
            force then and there or the pack lacks a value.
        as_of: The day of the answer.
        household: The household.
        amount: What the rule must state, from the least to the most, exactly, in the unit of
            its amount, such as yuan; ``None`` for whatever it does.
        tiers: For each ladder that is asked, the tiers that the household may be in, the
            first first; one where that is decided, and ``none`` for none.
    """

    rule: str
    name: str
    side: str
    expect: Verdict | None
    as_of: date
    household: Household
    amount: tuple[Fraction, Fraction] | None = None
    tiers: Mapping[str, tuple[str, ...]] = Frozen()

    @property
    def answer(self) -> str:
        """What it expects as a word: a verdict's, or ``no-answer``."""
        return NO_ANSWER if self.expect is None else self.expect.value

    def run(self, pack: Pack) -> Verdict | None:
        """Give the verdict the rule does give; ``None`` where it gives none."""
        judged = self._judged(pack)
        return None if judged is None else judged.verdicts.get(self.rule)

    def _judged(self, pack: Pack) -> Judgement | None:
        try:
            return judge(self.household, pack, as_of=self.as_of)
        except (NothingInForceError, ParameterNotSetError):
            if self.expect is None:
                return None
            raise

    def fault(self, pack: Pack) -> str | None:
        """Say what a pack answers otherwise than it must."""
        judged = self._judged(pack)
        found = None if judged is None else judged.verdicts.get(self.rule)
        if found is not self.expect:
            said = phrase("is not asked")
            if found is not None:
                said = phrase("answers {verdict}", verdict=_word(found))
            return phrase(
                "the pack {said} on {as_of}, not {expect}",
                said=said,
                as_of=self.as_of,
                expect=_word(self.expect),
            )
        if judged is None:
            return None
        if self.amount is not None and (stated := self.stated(judged)) != self.amount:
            return phrase(
                "the pack states {said} on {as_of}, not {expect}",
                said=_ends(stated),
                as_of=self.as_of,
                expect=_ends(self.amount),
            )
        for ladder, wanted in self.tiers.items():
            placed = judged.tiers.get(ladder)
            names = () if placed is None else placed.may_be
            if names != wanted:
                return phrase(
                    "the pack says {said} by {ladder!r} on {as_of}, not {expect}",
                    said=", ".join(names) or "-",
                    ladder=ladder,
                    as_of=self.as_of,
                    expect=", ".join(wanted),
                )
        return None

    def stated(self, judged: Judgement) -> tuple[Fraction, Fraction]:
        """What the rule states by a judgement, from the least to the most."""
        amount = next((one.amount for one in judged if one.rule_id == self.rule), None)
        return (Fraction(0), Fraction(0)) if amount is None else ends_of(amount)


def _word(verdict: Verdict | None) -> Both:
    """A verdict, in Chinese with the word that stands in the file."""
    if verdict is None:
        return Both(NO_ANSWER, f"不作答 {NO_ANSWER}")
    return Both(verdict.value, f"{verdict.zh} {verdict.value}")


def ends_of(amount: Stated) -> tuple[Fraction, Fraction]:
    """The least and the most that is stated, in the unit of the amount."""
    return Fraction(amount.low) / amount.unit.scale, Fraction(amount.high) / amount.unit.scale


def _ends(amount: tuple[Fraction, Fraction]) -> str:
    low, high = amount
    return str(low) if low == high else f"{low} to {high}"


class Form(BaseModel):
    """What a file of cases holds."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class CaseForm(Form):
    """What every case has."""

    rule: str
    name: str
    as_of: date | None = None


class _Household(Form):
    household: dict[str, Any] = {}
    tables: dict[str, list[dict[str, Any]]] = {}


class _Ends(Form):
    low: str
    high: str


class _CaseForm(_Household, CaseForm):
    amount: str | _Ends | None = None
    tiers: dict[str, str | list[str]] = {}
    side: Literal["warn", "on", "clear", "missing"]
    expect: Literal["warn", "clear", "undecided", "no-answer"]
    missing: list[str] = []


class _FileForm(Form):
    as_of: date
    base: _Household
    cases: list[_CaseForm]


def read_cases(text: str, pack: Pack) -> tuple[Case, ...]:
    """Read the cases of a TOML file.

    Args:
        text: The file's text.
        pack: The pack they are for; its model says what facts there are.

    Raises:
        InvalidCasesError: Every problem of the file, with the names of the cases.
    """
    form = parsed(_FileForm, text, phrase("the cases"), lambda raw: _gathered(raw, pack))
    return usable(form.cases, partial(_case, form=form, pack=pack))


def _case(case: _CaseForm, form: _FileForm, pack: Pack) -> Case:
    if case.rule not in pack.rules:
        raise InvalidRuleError("the pack has no such rule")
    household = _home(pack, form.base, case)
    return Case(
        case.rule,
        case.name,
        case.side,
        None if case.expect == NO_ANSWER else Verdict(case.expect),
        case.as_of or form.as_of,
        household,
        _amount(case, pack),
        Frozen({ladder: _tiers(ladder, told, pack) for ladder, told in case.tiers.items()}),
    )


def _amount(case: _CaseForm, pack: Pack) -> tuple[Fraction, Fraction] | None:
    if case.amount is None:
        return None
    amount = pack.rules[case.rule].amount
    if amount is None:
        raise InvalidRuleError("the rule states no amount")
    told = case.amount
    texts = (told, told) if isinstance(told, str) else (told.low, told.high)
    try:
        low, high = map(Fraction, texts)
    except (ValueError, ZeroDivisionError):
        raise InvalidRuleError("an amount is exact text, such as '599.95' or '1/3'") from None
    return low, high


def _tiers(ladder: str, told: str | list[str], pack: Pack) -> tuple[str, ...]:
    if ladder not in pack.ladders:
        raise InvalidRuleError(
            "the pack has no ladder {ladder!r}{near}",
            ladder=ladder,
            near=did_you_mean(ladder, pack.ladders),
        )
    known = [*(one.id for one in pack.ladders[ladder].tiers), NO_TIER]
    names = [told] if isinstance(told, str) else told
    for name in names:
        if name not in known:
            raise InvalidRuleError(
                "{ladder!r} has no tier {name!r}{near}",
                ladder=ladder,
                name=name,
                near=did_you_mean(name, known),
            )
    return tuple(sorted(names, key=known.index))


F = TypeVar("F", bound=BaseModel)
N = TypeVar("N", bound=CaseForm)
C = TypeVar("C")


def parsed(
    form: type[F],
    text: str,
    what: str,
    prepared: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
) -> F:
    """Read the text of a TOML file into its form.

    Raises:
        InvalidCasesError: Every problem of it.
    """
    try:
        return form.model_validate(prepared(read_toml(text)))
    except tomllib.TOMLDecodeError as problem:
        problems: list[AntipovertyError] = [InvalidRuleError(toml_fault(problem))]
        raise InvalidCasesError("{what} cannot be read: not TOML", problems, what=what) from None
    except ValidationError as wrong:
        raise InvalidCasesError(
            "{what} cannot be read", listed_problems(wrong), what=what
        ) from None


def usable(forms: Iterable[N], read: Callable[[N], C]) -> tuple[C, ...]:
    """Read each case of a file.

    Raises:
        InvalidCasesError: Every problem, with the names of the cases.
    """
    found: list[C] = []
    wrong: list[AntipovertyError] = []
    seen: set[tuple[str, str]] = set()
    for form in forms:
        label = phrase("case {rule!r} {name!r}", rule=form.rule, name=form.name)
        if (form.rule, form.name) in seen:
            wrong.append(InvalidRuleError("{label} stands there twice", label=label))
        seen.add((form.rule, form.name))
        try:
            found.append(read(form))
        except ValidationError as problems:
            wrong.extend(listed_problems(problems, label))
        except InvalidCasesError as problem:
            wrong.extend(
                InvalidRuleError("{label}, {one}", label=label, one=one.message)
                for one in problem.problems
            )
        except AntipovertyError as problem:
            wrong.append(
                InvalidRuleError("{label}: {problem}", label=label, problem=problem.message)
            )
    if wrong:
        raise InvalidCasesError("the cases cannot be used", wrong)
    return tuple(found)


def read_folder(
    folder: Path, read: Callable[[str, Pack], tuple[C, ...]], pack: Pack, *, needed: bool
) -> tuple[C, ...]:
    """Read every ``*.toml`` file of a folder, in order of name.

    Raises:
        InvalidCasesError: Every problem of every file, or there is no file and one is needed.
    """
    found: list[C] = []
    wrong: list[AntipovertyError] = []
    files = sorted(folder.glob("*.toml"))
    for file in files:
        try:
            found.extend(read(file.read_text(encoding="utf-8"), pack))
        except InvalidCasesError as problem:
            wrong.extend(
                InvalidRuleError("{name}: {one}", name=file.name, one=one.message)
                for one in problem.problems
            )
        except UnicodeDecodeError:
            wrong.append(
                InvalidRuleError("{name}: is not UTF-8 text; save it as UTF-8", name=file.name)
            )
    if needed and not files:
        wrong.append(_no_files(folder))
    if wrong:
        raise InvalidCasesError("the cases cannot be used", wrong)
    return tuple(found)


def _no_files(folder: Path) -> InvalidRuleError:
    if folder.is_dir():
        return InvalidRuleError("the folder {name!r} has no *.toml file", name=folder.name)
    if folder.exists():
        return InvalidRuleError(
            "{name!r} is a file; give the folder that it is in", name=folder.name
        )
    return InvalidRuleError("there is no folder {name!r}", name=folder.name)


def read_case_files(folder: Path, pack: Pack) -> tuple[Case, ...]:
    """Read the cases of every ``*.toml`` file of a folder, in order of name.

    Args:
        folder: The folder.
        pack: The pack they are for.

    Raises:
        InvalidCasesError: Every problem of every file, or there is no file.
    """
    return read_folder(folder, read_cases, pack, needed=True)


def _gathered(raw: Mapping[str, Any], pack: Pack) -> dict[str, Any]:
    """Put the child tables of the base and of each case under one key."""
    tables = set(pack.schema.tables)

    def gather(part: Any) -> Any:
        if not isinstance(part, dict):
            return part
        rest = {key: value for key, value in part.items() if key not in tables}
        return rest | {"tables": {key: part[key] for key in part if key in tables}}

    gathered = dict(raw)
    if "base" in raw:
        gathered["base"] = gather(raw["base"])
    if isinstance(raw.get("cases"), list):
        gathered["cases"] = [gather(case) for case in raw["cases"]]
    return gathered


def _home(pack: Pack, base: _Household, case: _CaseForm) -> Household:
    facts = {"household_id": "case", **base.household, **case.household}
    for name in case.missing:
        facts[name] = None
    for name, row in pack.model.tables_of_row().items():
        rows = {**base.tables, **case.tables}.get(name, [])
        facts[name] = tuple(
            row(**{row.KEY: f"{name}-{number}", **one}) for number, one in enumerate(rows, 1)
        )
    return pack.model(**facts)


def listed_problems(problems: ValidationError, label: str = "") -> list[AntipovertyError]:
    """Say every problem of a form, with its place and never with a value."""
    found: list[AntipovertyError] = []
    for one in problems.errors(include_input=False, include_url=False):
        told: dict[str, object] = {"place": place_of(one), "problem": refusal(one)}
        found.append(
            InvalidRuleError("{label} {place}: {problem}", label=label, **told)
            if label
            else InvalidRuleError("{place}: {problem}", **told)
        )
    return found


def uncovered(pack: Pack, cases: Iterable[Case]) -> dict[str, tuple[str, ...]]:
    """Name the sides on which a rule has no case, by rule; empty when all are covered.

    Args:
        pack: The pack.
        cases: Its cases.

    Raises:
        VacuousLawError: The pack has no rule to cover.
    """
    if not pack.rules:
        raise VacuousLawError(
            "the pack {id!r} has no rule to cover; its cases say nothing", id=pack.id
        )
    seen: dict[str, set[str]] = {id_: set() for id_ in pack.rules}
    for case in cases:
        if case.expect is not None:
            seen[case.rule].add(case.side)
    lacking = {id_: tuple(s for s in SIDES if s not in sides) for id_, sides in seen.items()}
    return {id_: sides for id_, sides in lacking.items() if sides}


__all__ = ["NO_ANSWER", "SIDES", "Case", "read_case_files", "read_cases", "uncovered"]
