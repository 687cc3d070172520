"""A figure keeps its denominator, so that weeks add up to months and counties to cities exactly."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError, model_validator

from antipoverty._base.csvfiles import (
    YES_OR_NO,
    Cells,
    as_meant,
    enough,
    fault,
    named,
    read_cells,
    to_csv,
)
from antipoverty._base.documents import AreaField
from antipoverty._scoring.policy import Declared
from antipoverty.errors import InvalidStatisticsError, LineError, NoticeError, phrase
from antipoverty.periods import Period

Word = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


def _said(value: object) -> object:
    if isinstance(value, str):
        found = YES_OR_NO.get(value.strip().lower())
        if found is None:
            raise ValueError("write 是 or 否, yes or no")
        return found
    return value


Kind = Literal["flow", "stock", "distinct"]
"""What a figure is over its period, and so what may be added: see `Statistic.kind`."""
KINDS: tuple[Kind, ...] = get_args(Kind)
_KINDS_ZH = {"流量": "flow", "存量": "stock", "去重": "distinct"}


def strictest(kinds: Iterable[Kind]) -> Kind:
    """What figures of several kinds are together: what adds least."""
    return max(kinds, key=KINDS.index, default="flow")


class Statistic(Declared):
    """One figure of one unit and period: so many of so many (统计数据).

    Attributes:
        unit: The area code.
        period: The period; usually a week.
        indicator: The id of an `Indicator`.
        numerator: What was counted: households visited, days taken, items zeroed.
        denominator: Out of what: households, cases, items; more than 0.
        nothing: Whether the unit says, in so many words, that there was nothing to
            count (无业务). Then, and only then, both numbers are 0.
        kind: What it is over its period. A ``flow`` (流量) adds over periods: cases opened.
            A ``stock`` (存量) is as of the period's last day, so that of a quarter is that
            of its last month: problems brought to zero. A ``distinct`` count (去重) is of
            different households, or of cases that are followed until that day, and must
            be made anew for each period: households reached. All add over areas.
    """

    unit: AreaField
    period: Period
    indicator: Word
    numerator: Annotated[int, Field(strict=True, ge=0)]
    denominator: Annotated[int, Field(strict=True, ge=0)]
    nothing: Annotated[bool, Field(strict=True), BeforeValidator(_said)] = False
    kind: Annotated[Kind, BeforeValidator(lambda said: _KINDS_ZH.get(said, said))] = "flow"
    _place: str = PrivateAttr("")

    @model_validator(mode="after")
    def _out_of_something(self) -> Self:
        if self.nothing and (self.numerator or self.denominator):
            raise ValueError("it says that there was nothing, and counts; correct one of them")
        if self.denominator == 0 and not self.nothing:
            raise ValueError(
                "the denominator is 0; correct it, or where there was nothing to count say so: "
                "nothing = 是 (yes)"
            )
        return self

    def __eq__(self, other: object) -> bool:
        """Two figures are equal wherever they were read."""
        return isinstance(other, Statistic) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        """As equal figures are."""
        return hash(tuple(self.__dict__.values()))

    @property
    def whose(self) -> str:
        """Whose figure it is and for when, and where it was read."""
        at = f" ({self._place})" if self._place else ""
        return phrase("unit {unit} for {period}{at}", unit=self.unit, period=self.period, at=at)


STATISTIC_COLUMNS = ("unit", "period", "indicator", "numerator", "denominator")
NOTHING = "nothing"
KIND = "kind"


def more_than_all(one: Statistic) -> str | None:
    """Say what is wrong with a share above 100 %."""
    if one.numerator <= one.denominator:
        return None
    return phrase(
        "{indicator} is a share, and its numerator is above its denominator; correct them",
        indicator=one.indicator,
    )


def read_statistics(
    lines: Iterable[str], *, shares: Collection[str] = (), name: str = ""
) -> tuple[Statistic, ...]:
    """Read statistics from the lines of a CSV file, the header first.

    Args:
        lines: Columns ``unit, period, indicator, numerator, denominator`` and, if wanted,
            ``nothing``: 是 (yes) where there was nothing to count; ``kind``: flow, stock or
            distinct (流量, 存量, 去重), flow where it is left out.
        shares: The indicators whose numerator is a part of the denominator.
        name: The name of the file, for what is said of a figure later.

    Raises:
        InvalidStatisticsError: Every problem of every line, in the order of the lines.
    """
    of = f"{name} " if name else ""
    found, problems = _read(read_cells(lines), shares, f"{of}line")
    if problems:
        raise InvalidStatisticsError(
            "{name} cannot be read", problems, name=name or "the statistics"
        )
    return found


def statistics_of(frame: Any, *, shares: Collection[str] = ()) -> tuple[Statistic, ...]:
    """Read statistics from a frame, each value as a CSV file's is read.

    Args:
        frame: Any frame Narwhals reads, with the columns of `read_statistics`; units may be
            whole numbers, and empty text is nothing. Other columns are left alone.
        shares: See `read_statistics`.

    Raises:
        InvalidStatisticsError: A column holds what cannot be read; or every problem of
            every row, in the order of the rows.
        MissingColumnError: The frame lacks a column.
        UnsupportedFrameError: It is no frame.
    """
    from antipoverty._base.rows import cells_of

    cells, wrong = cells_of(frame, STATISTIC_COLUMNS, (NOTHING, KIND))
    if wrong:
        raise InvalidStatisticsError("the frame cannot be read", [NoticeError(w) for w in wrong])
    found, problems = _read(cells, shares, "row")
    if problems:
        rows = [NoticeError("row {line}: {said}", line=one.line, said=one.said) for one in problems]
        raise InvalidStatisticsError("the statistics cannot be read", rows)
    return found


def _read(
    cells: Cells, shares: Collection[str], place: str
) -> tuple[tuple[Statistic, ...], list[LineError]]:
    """Read cells; all problems, in the order of their lines."""
    rows, problems = named(cells, STATISTIC_COLUMNS, (NOTHING, KIND))
    found: list[Statistic] = []
    for at, filled in rows:
        try:
            one = Statistic.model_validate(as_meant(filled))
        except ValidationError as problem:
            problems += [LineError(at, _fault(dict(each), filled)) for each in problem.errors()]
            if enough(problems, at):
                break
            continue
        one._place = f"{place} {at}"
        more = more_than_all(one) if one.indicator in shares else None
        problems += [LineError(at, more)] if more else []
        found.append(one)
    return tuple(found), sorted(problems, key=lambda each: each.line)


def _fault(problem: dict[str, Any], filled: dict[str, str]) -> str:
    """Word a problem by its column and, for a number, the kind of what was found there."""
    (column, *_) = problem["loc"] or ("",)
    if column not in ("numerator", "denominator"):
        return fault(problem)
    text = filled.get(column, "")
    kinds = (
        (r"", "is empty"),
        (r"-\d.*", "holds a negative number"),
        (r"\d+[.．]\d*", "holds a fraction"),
        (r"\d+", "holds a number too large"),
        (r".*\d.*", "holds a number with other signs"),
        (r".*", "holds text"),
    )
    kind = next(said for pattern, said in kinds if re.fullmatch(pattern, text, re.DOTALL))
    return phrase("{column} {kind}; give a whole number, 0 or more", column=column, kind=kind)


def write_statistics(statistics: Iterable[Statistic]) -> str:
    """Write statistics as CSV text that `read_statistics` reads."""
    listed = list(statistics)
    columns = [*STATISTIC_COLUMNS]
    columns += [NOTHING] if any(one.nothing for one in listed) else []
    columns += [KIND] if any(one.kind != "flow" for one in listed) else []
    return to_csv(listed, columns)
