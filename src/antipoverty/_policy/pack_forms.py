"""The form of pack files: which sections and keys there are, before what they mean is asked."""

from __future__ import annotations

from datetime import date
from typing import Literal

from antipoverty._base.forms import Form, SourceField, StatusWord, TextField, TitledForm
from antipoverty._policy.parts import SeverityWord

PeriodWord = Literal["week", "month", "quarter", "half-year", "year"]
"""How a file names a cadence."""


class PackForm(TitledForm):
    """What a pack says of itself."""

    id: str
    version: str = "0"
    area: str = ""


class KindForm(TitledForm):
    """A kind of record."""

    id: str
    department: str
    every: PeriodWord | None = None


class ValueForm(Form):
    """A value of a parameter."""

    value: str | int
    since: date
    until: date | Literal["open"]
    area: str = ""
    source: str


class ParameterForm(TitledForm):
    """A parameter with its values."""

    id: str
    unit: str
    values: list[ValueForm] = []
    note: TextField | None = None


class AmountForm(Form):
    """What a rule states where it warns."""

    value: str
    unit: str = "yuan"
    period: PeriodWord | None = None


class RuleForm(TitledForm):
    """A rule."""

    id: str
    department: str
    when: str
    severity: SeverityWord = "serious"
    source: str
    since: date
    until: date | None = None
    area: str = ""
    risk: str | None = None
    category: str | None = None
    supersedes: str | None = None
    instead_of: str | None = None
    advice: TextField | None = None
    amount: AmountForm | None = None


class TierForm(TitledForm):
    """A tier of a ladder."""

    id: str
    when: str | None = None
    rule: str | None = None


class LadderForm(TitledForm):
    """An order of tiers."""

    id: str
    source: str
    since: date
    until: date | None = None
    area: str = ""
    tiers: list[TierForm]


class ExtendsForm(Form):
    """The pack that a file builds on, and the versions it is written for."""

    pack: str
    at_least: str = ""
    below: str = ""


class MoreForm(ValueForm):
    """One more value of a parameter of the pack that a file builds on."""

    parameter: str


class PatternForm(Form):
    """A pattern of signals."""

    kind: str = "alert"
    name: str | list[str] = []
    department: str | list[str] = []
    risk: str | list[str] = []
    category: str | list[str] = []
    severity: SeverityWord | None = None
    last: int | None = None
    before: int | None = None
    months: int | None = None
    where: str | None = None


class TallyForm(Form):
    """How many signals of a pattern there must be."""

    of: PatternForm
    at_least: int
    distinct: str | None = None


class JudgementForm(TitledForm):
    """A rule that judges signals together."""

    id: str
    concludes: str = ""
    severity: SeverityWord = "serious"
    source: str
    since: date
    until: date | None = None
    area: str = ""
    need: list[PatternForm] = []
    where: str | None = None
    within: int | None = None
    count: list[TallyForm] = []
    lack: list[PatternForm] = []
    given: list[str] = []
    unless: list[str] = []
    category: str | None = None
    advice: TextField | None = None


class FileForm(Form):
    """A pack file."""

    pack: PackForm
    extends: ExtendsForm | None = None
    values: list[MoreForm] = []
    departments: dict[str, TextField] = {}
    risks: dict[str, TextField] = {}
    sources: dict[str, SourceField] = {}
    kinds: list[KindForm] = []
    parameters: list[ParameterForm] = []
    rules: list[RuleForm] = []
    judgements: list[JudgementForm] = []
    ladders: list[LadderForm] = []


class GivenForm(ValueForm):
    """A value of a parameter, as its supplier states it."""

    parameter: str
    status: StatusWord = "illustrative"
    grade: Literal["A", "B", "C"] | None = None


class GivenFile(Form):
    """A file of values."""

    values: list[GivenForm]


__all__ = [
    "AmountForm",
    "ExtendsForm",
    "FileForm",
    "GivenFile",
    "GivenForm",
    "JudgementForm",
    "KindForm",
    "LadderForm",
    "MoreForm",
    "PackForm",
    "ParameterForm",
    "PatternForm",
    "RuleForm",
    "TallyForm",
    "TierForm",
    "ValueForm",
]
