"""What a board tells of a unit, and why two boards differ: in Chinese and in English."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from antipoverty._base.provenance import Text
from antipoverty._scoring.notices import Notice, NoticeVerdict
from antipoverty._scoring.texts import (
    account_line,
    entry_line,
    notice_line,
    status,
    waiting_line,
    year_end_line,
)
from antipoverty.conditions import Language
from antipoverty.languages import Voice

_HEADS = (
    ("通报", "Notices"),
    ("计分", "Ledger"),
    ("年度合计", "Years"),
    ("尚待通报", "Awaited"),
    ("年终结果", "Year end"),
)


def explain(board: Any, unit: str, language: Language) -> str:
    """A unit's whole story on a board, as lines of text."""
    say = Voice(language)
    notices = board.notices(unit)
    entries = [one for one in board.ledger if one.unit == unit]
    accounts = [one for one in board.accounts if one.unit == unit]
    waiting = [one for one in board.waiting if one.unit == unit]
    name = board.areas.full_name(unit) if board.areas is not None and unit in board.areas else ""
    head = say(
        f"{unit} {name}（截至 {board.as_of}，政策 {board.policy.id}）",
        f"{unit} {name} as of {board.as_of}, policy {board.policy.id}".replace("  ", " "),
    )
    sections: tuple[Iterable[str], ...] = (
        (notice_line(one, language) for one in notices),
        (entry_line(one, language) for one in entries),
        (account_line(one, language) for one in accounts),
        (waiting_line(one, language) for one in waiting),
        (year_end_line(board.year_end(unit, year), language) for year in board.years(unit)),
    )
    lines = [head, status(board.policy, language)]
    for (zh, en), section in zip(_HEADS, sections, strict=True):
        lines.append(say(f"{zh}：", f"{en}:"))
        lines += [f"  {line}" for line in section] or [say("  无", "  none")]
    return "\n".join(lines)


def reasons(earlier: Any, later: Any, moved: Iterable[Notice]) -> Text:
    """Say in both languages why a line of the ledger differs between two boards."""
    in_order = sorted(moved, key=lambda notice: (notice.issued_on, notice.notice_id))
    pairs = [_moved(earlier, later, notice) for notice in in_order]
    if not pairs and earlier.policy != later.policy:
        pairs = [Text("考核政策不同", "the policy is another")]
    if not pairs:
        pairs = [
            Text(
                f"日期由 {earlier.as_of} 到 {later.as_of}：等待期满、分值递减或单位代码变更",
                f"the day moved from {earlier.as_of} to {later.as_of}: a wait ended, a score "
                "decayed or a unit's code changed",
            )
        ]
    return Text("；".join(zh for zh, _ in pairs), "; ".join(en for _, en in pairs))


def _moved(earlier: Any, later: Any, notice: Notice) -> Text:
    name, day = notice.notice_id, notice.issued_on
    what = (notice.period.zh, notice.verdict.zh, str(notice.period), notice.verdict.value)
    successor = next(
        (one for one in later.history if one.replaces == name and one.issued_on <= later.as_of),
        None,
    )
    if successor is not None and successor.verdict is NoticeVerdict.WITHDRAWN:
        return Text(
            f"{name}（{what[0]}{what[1]}）被 {successor.notice_id} 于 {successor.issued_on} 撤销",
            f"{name} ({what[3]} for {what[2]}) was withdrawn by {successor.notice_id} on "
            f"{successor.issued_on}",
        )
    if successor is not None:
        return Text(
            f"{name}（{what[0]}{what[1]}）被 {successor.notice_id} 于 {successor.issued_on} 更正",
            f"{name} ({what[3]} for {what[2]}) was replaced by {successor.notice_id} on "
            f"{successor.issued_on}",
        )
    if day > earlier.as_of or notice not in earlier.history:
        return Text(
            f"{name}（{what[0]}{what[1]}）于 {day} 印发",
            f"{name} ({what[3]} for {what[2]}) was issued on {day}",
        )
    if notice not in later.history or day > later.as_of:
        return Text(
            f"{name}（{what[0]}{what[1]}）不在本次通报之中",
            f"{name} ({what[3]} for {what[2]}) is not among the later board's notices",
        )
    return Text(
        f"{name}（{notice.unit} {what[0]}{what[1]}）因单位代码变更而转入或转出",
        f"{name} ({what[3]} for {what[2]}, unit {notice.unit}) moved with a change of codes",
    )
