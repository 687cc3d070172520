"""A notice is never edited: a correction is a later notice that names the one it replaces.

So what was known on any day can be told again: the notices issued by that day, less
those replaced by that day. Each unit, period and issuing level has one chain: a first
notice, and corrections that each replace the one before.
"""

from __future__ import annotations

import enum
import functools
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from antipoverty._base.csvfiles import as_meant, enough, faults_of, read_rows, to_csv
from antipoverty._base.documents import AreaField
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    AntipovertyError,
    DuplicateNoticeError,
    EarlyNoticeError,
    InvalidNoticesError,
    IssuerError,
    ReplacementCycleError,
    ReplacementError,
    UnknownUnitError,
    phrase,
)
from antipoverty.model import AreaTree
from antipoverty.periods import Period


class NoticeVerdict(enum.Enum):
    """What a notice says of a unit (通报结论)."""

    COMMENDED = "commended"
    CRITICISED = "criticised"
    NEITHER = "neither"
    WITHDRAWN = "withdrawn"

    @property
    def sign(self) -> int:
        """1 for commended, -1 for criticised, 0 for the others."""
        return {NoticeVerdict.COMMENDED: 1, NoticeVerdict.CRITICISED: -1}.get(self, 0)

    @property
    def zh(self) -> str:
        """The Chinese word."""
        return _ZH[self]


_ZH = {
    NoticeVerdict.COMMENDED: "表扬",
    NoticeVerdict.CRITICISED: "批评",
    NoticeVerdict.NEITHER: "不表扬不批评",
    NoticeVerdict.WITHDRAWN: "撤销",
}
VERDICT_WORDS = {verdict.value: verdict for verdict in NoticeVerdict} | {
    verdict.zh: verdict for verdict in NoticeVerdict
}
LEVEL_WORDS = {level.value: level for level in Level} | {level.zh: level for level in Level}


def _word(words: Mapping[str, Any], value: object) -> object:
    return words.get(value, value) if isinstance(value, str) else value


class Notice(BaseModel):
    """One notice on one unit and period (通报).

    Attributes:
        notice_id: Its opaque name; no two notices share one.
        unit: The area code of the unit it is about.
        period: The period it is about: 2022-W06, 2022-02, 2022-Q1, 2022-H1 or 2022.
        verdict: What it says; ``withdrawn`` takes an earlier notice back.
        level: The level that issued it, above the unit's.
        issued_on: The day of issue: the last day of the period or later.
        reason: Why, for people; it decides nothing.
        replaces: The id of the notice that it corrects or takes back.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True
    )

    notice_id: Annotated[str, Field(min_length=1, max_length=64)]
    unit: AreaField
    period: Period
    verdict: Annotated[NoticeVerdict, BeforeValidator(functools.partial(_word, VERDICT_WORDS))]
    level: Annotated[Level, BeforeValidator(functools.partial(_word, LEVEL_WORDS))]
    issued_on: date
    reason: Annotated[str, Field(repr=False)] = ""
    replaces: str | None = None

    @model_validator(mode="after")
    def _withdraws_something(self) -> Self:
        if self.verdict is NoticeVerdict.WITHDRAWN and self.replaces is None:
            raise ValueError("a withdrawal names, in replaces, the notice it takes back")
        return self

    @property
    def matter(self) -> tuple[AreaCode, Period, Level]:
        """What the notice is on: its unit, period and issuing level."""
        return self.unit, self.period, self.level


COLUMNS = ("notice_id", "unit", "period", "verdict", "level", "issued_on")
OPTIONAL_COLUMNS = ("reason", "replaces")


def read_notices(lines: Iterable[str], *, areas: AreaTree | None = None) -> tuple[Notice, ...]:
    """Read notices from the lines of a CSV file, the header first.

    Args:
        lines: Columns ``notice_id, unit, period, verdict, level, issued_on`` and, if
            wanted, ``reason, replaces``. Verdicts and levels may be written in Chinese
            (表扬, 批评, 不表扬不批评, 撤销; 省, 市, 县), as may periods and days
            (2022年11月, 2022年第4季度; 2022/12/5, 2022年12月5日).
        areas: The units there are; without it any well-formed code will do.

    Raises:
        InvalidNoticesError: Every problem of every line, in the order of the lines.
    """
    rows, of_lines = read_rows(lines, COLUMNS, OPTIONAL_COLUMNS)
    problems: list[AntipovertyError] = [*of_lines]
    numbered: list[tuple[int | None, Notice]] = []
    unread: set[str] = set()
    for line, filled in rows:
        try:
            numbered.append((line, Notice.model_validate(as_meant(filled))))
        except ValidationError as problem:
            problems += faults_of(problem, line)
            unread.add(filled.get("notice_id", ""))
            if enough(problems, line):
                refuse(problems)
    problems += find_problems(numbered, areas, unread)
    refuse(problems)
    return tuple(notice for _, notice in numbered)


def write_notices(notices: Iterable[Notice]) -> str:
    """Write notices as CSV text that `read_notices` reads."""
    return to_csv(notices, COLUMNS + OPTIONAL_COLUMNS)


def refuse(problems: Sequence[AntipovertyError]) -> None:
    """Raise all problems together, in the order of their lines."""
    if problems:
        ordered = sorted(problems, key=lambda problem: getattr(problem, "line", None) or 0)
        raise InvalidNoticesError("the notices cannot be used", ordered)


Numbered = Sequence[tuple[int | None, Notice]]


def find_problems(
    numbered: Numbered, areas: AreaTree | None, unread: Container[str] = ()
) -> list[AntipovertyError]:
    """Find everything that keeps notices from being assessed.

    Args:
        numbered: Each notice with its line, or ``None``.
        areas: The units there are, or ``None`` to take any.
        unread: Ids of notices with problems of their own, which are there all the same.
    """
    problems: list[AntipovertyError] = []
    for line, notice in numbered:
        problems += _own_problems(line, notice, areas)
    by_id: dict[str, Notice] = {}
    for line, notice in numbered:
        if by_id.setdefault(notice.notice_id, notice) is not notice:
            problems.append(
                DuplicateNoticeError(
                    "the id {notice_id} is another notice's; give each its own",
                    line,
                    notice_id=notice.notice_id,
                )
            )
    problems += _chain_problems(numbered, by_id, unread)
    return problems


def _own_problems(
    line: int | None, notice: Notice, areas: AreaTree | None
) -> Iterable[AntipovertyError]:
    name, unit, period = notice.notice_id, notice.unit, notice.period
    if areas is not None and unit not in areas:
        yield UnknownUnitError(
            "notice {name} is on unit {unit}, which is not among the areas; correct the code or "
            "pass the areas that hold it",
            line,
            name=name,
            unit=unit,
        )
    if notice.level.digits >= len(unit):
        yield IssuerError(
            "notice {name} on {unit}, a {level}, is said to come from a {level2}; only a level "
            "above can notify it",
            line,
            name=name,
            unit=unit,
            level=unit.level.value,
            level2=notice.level.value,
        )
    if notice.issued_on < period.last:
        yield EarlyNoticeError(
            "notice {name} on {unit} for {period} was issued on {issued_on}, before the period "
            "ended on {last}; correct the period or the day of issue",
            line,
            name=name,
            unit=unit,
            period=period,
            issued_on=notice.issued_on,
            last=period.last,
        )


def _chain_problems(
    numbered: Numbered, by_id: Mapping[str, Notice], unread: Container[str]
) -> Iterable[AntipovertyError]:
    firsts: dict[tuple[AreaCode, Period, Level], str] = {}
    replaced_by: dict[str, str] = {}
    for line, notice in numbered:
        name, target = notice.notice_id, notice.replaces
        if target is None:
            earlier = firsts.setdefault(notice.matter, name)
            if earlier != name:
                yield DuplicateNoticeError(
                    "notices {earlier} and {name} are both on {unit} for {period} from the "
                    "{level}; say which replaces the other",
                    line,
                    earlier=earlier,
                    name=name,
                    unit=notice.unit,
                    period=notice.period,
                    level=notice.level.value,
                )
            continue
        if target in unread:
            continue
        fault = _fault_of_replacement(notice, by_id.get(target), replaced_by.get(target))
        replaced_by.setdefault(target, name)
        if fault:
            yield ReplacementError(
                "notice {name} replaces {target}, {fault}",
                line,
                name=name,
                target=target,
                fault=fault,
            )
    yield from _cycles(numbered, by_id)


def _fault_of_replacement(notice: Notice, target: Notice | None, rival: str | None) -> str | None:
    if target is None:
        return phrase("which is not among the notices; add it or correct the id")
    if target.matter != notice.matter:
        unit, period, level = target.matter
        return phrase(
            "which is on {unit} for {period} from the {level}; a notice replaces one on the "
            "same unit, period and level",
            unit=unit,
            period=period,
            level=level.value,
        )
    if notice.issued_on < target.issued_on:
        return phrase(
            "which was issued later, on {issued_on}; correct a day of issue",
            issued_on=target.issued_on,
        )
    if rival is not None and rival != notice.notice_id:
        return phrase("which {rival} replaces already; replace {rival} instead", rival=rival)
    return None


def _cycles(numbered: Numbered, by_id: Mapping[str, Notice]) -> Iterable[AntipovertyError]:
    """Find each circle of replacements once, at its first line."""
    settled: set[str] = set()
    for line, notice in numbered:
        path: dict[str, None] = {}
        step: Notice | None = notice
        while step is not None and step.notice_id not in settled and step.notice_id not in path:
            path[step.notice_id] = None
            step = by_id.get(step.replaces) if step.replaces is not None else None
        if step is not None and step.notice_id in path:
            names = list(path)
            circle = names[names.index(step.notice_id) :]
            yield ReplacementCycleError(
                "notices {circle} replace each other in a circle; the first one issued replaces "
                "nothing",
                line,
                circle=", ".join(circle),
            )
        settled.update(path)


def standing(notices: Iterable[Notice], as_of: date) -> tuple[Notice, ...]:
    """Keep the notices that were issued, and neither replaced nor withdrawn, by a day."""
    issued = [notice for notice in notices if notice.issued_on <= as_of]
    replaced = {notice.replaces for notice in issued}
    return tuple(
        notice
        for notice in issued
        if notice.notice_id not in replaced and notice.verdict is not NoticeVerdict.WITHDRAWN
    )


def by_current_unit(
    notices: Iterable[Notice], areas: AreaTree | None, as_of: date
) -> dict[AreaCode, list[Notice]]:
    """Gather notices under the units that carry their series on a day.

    A unit that was merged brings its notices to the one that succeeded it, one that
    was split to each. Without ``areas`` every unit keeps its own.
    """
    gathered: dict[AreaCode, list[Notice]] = defaultdict(list)
    for notice in notices:
        for unit in current_units(notice.unit, areas, as_of):
            gathered[unit].append(notice)
    return dict(gathered)


def current_units(unit: AreaCode, areas: AreaTree | None, as_of: date) -> tuple[AreaCode, ...]:
    """Follow a unit to its successors on a day; itself where it has none."""
    if areas is None or unit not in areas:
        return (unit,)
    return tuple(area.code for area in areas.current(unit, as_of)) or (unit,)
