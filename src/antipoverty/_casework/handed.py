"""Lines of hand-over lists (清单): what went out to whom, who took it, and what was answered.

A line is one answer of one rule on one household, from the day it went out until its signal
ends. It stands in the household's case, and what happens to it is an event of that case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import attrs

from antipoverty._base.changes import changed

LineKind = Literal["alert", "question", "report", "like"]
Answer = Literal["confirmed", "refuted", "helped", "not-ours"]
ANSWERS: tuple[Answer, ...] = ("confirmed", "refuted", "helped", "not-ours")
"""What is answered to a line: it is so, it is not, it is and help was given, another's matter."""
KIND_OF: Mapping[str, LineKind] = {"warn": "alert", "undecided": "question", "report": "report"}


@attrs.frozen(slots=False)
class Line:
    """One line of a hand-over list (清单).

    Attributes:
        id: Its own id.
        rule: The rule, or the self-report.
        department: Whose list it stands on; empty for a self-report.
        kind: ``alert``, ``question`` or ``report``; of a problem ``like``, a like case.
        out: The day it went out.
        changed: The day on which what it asks changed last, or ``None``.
        taken: The day the department took it, or ``None``.
        answer: One of `ANSWERS`, or empty.
        by: Who answered.
        answered: The day of the answer, or ``None``.
        ended: The day on which its signal had ended, or its case was closed without an
            answer to it; or ``None``.
        household: Of a line of a problem, the household; that of a case is the case's.
    """

    id: str
    rule: str
    department: str
    kind: LineKind
    out: date
    changed: date | None = None
    taken: date | None = None
    answer: str = ""
    by: str = ""
    answered: date | None = None
    ended: date | None = None
    household: str = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody must still answer it."""
        return not self.answer and self.ended is None

    @property
    def state(self) -> str:
        """``out``, ``taken``, ``answered`` or ``withdrawn``."""
        if self.answer:
            return "answered"
        if self.ended is not None:
            return "withdrawn"
        return "out" if self.taken is None else "taken"


FIELDS = tuple(field.name for field in attrs.fields(Line))
LINE_DAYS = ("out", "changed", "taken", "answered", "ended")


def altered(
    lines: Sequence[Line], ids: Iterable[str] | None, changes: Mapping[str, Any]
) -> tuple[Line, ...]:
    """Lines, of which some are changed: those of some ids, or all that are open."""
    if ids is None:
        return tuple([changed(one, changes) if one.is_open else one for one in lines])
    wanted = {*ids}
    return tuple([changed(one, changes) if one.id in wanted else one for one in lines])


def settled(lines: Sequence[Line], how: str, by: str, on: date) -> tuple[Line, ...]:
    """Lines after a step that answers, or ends, all that are open."""
    if how == "ended":
        return altered(lines, None, {"ended": on})
    return altered(lines, None, {"answer": how, "by": by, "answered": on})


def replied(lines: Sequence[Line], said: Mapping[str, str], by: str, on: date) -> tuple[Line, ...]:
    """Lines after answers to some of them."""
    return tuple(
        changed(one, {"answer": said[one.id], "by": by, "answered": on}) if one.id in said else one
        for one in lines
    )


def gone_out(
    lines: Sequence[Line], data: Mapping[str, Any], signals: Iterable[Any], on: date
) -> tuple[Line, ...]:
    """Lines after an event that hands over new ones, and says which changed."""
    found = tuple(lines)
    if changes := data.get("changed"):
        found = altered(found, changes, {"changed": on})
    if ends := data.get("ended"):
        found = altered(found, ends, {"ended": on})
    if not (out := data.get("out", ())):
        return found
    said = {one.rule: one for one in signals}
    new = [
        Line(id_, rule, said[rule].department, KIND_OF[said[rule].verdict], on) for id_, rule in out
    ]
    return (*found, *new)
