"""What officials read: the same facts in Chinese and in English, nothing decided here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from antipoverty._frozen import Frozen
from antipoverty._scoring_ledger import Account, Entry, Language, Waiting, YearEnd
from antipoverty._scoring_notices import Notice, Verdict
from antipoverty._scoring_policy import Effect
from antipoverty.codes import Level
from antipoverty.periods import Period

if TYPE_CHECKING:
    from antipoverty._scoring_board import Board

_EFFECTS: Mapping[Effect, tuple[str, str]] = {
    "routine-points": ("平时考核{:+}分", "{:+} in the routine assessment"),
    "year-end-points": ("年终考核{:+}分", "{:+} in the year-end result"),
    "grade-step": ("年终等次{:+}档", "{:+} grade step in the year-end result"),
    "veto": ("年终不得评为最高等次", "no top grade at the year end"),
}


class Marked(Protocol):
    """A policy that says whether a document stands behind it."""

    @property
    def illustrative(self) -> bool:
        """Whether none does."""

    @property
    def source(self) -> str | None:
        """The document."""


def status(policy: Marked, language: Language) -> str:
    """Say whose the points are: an illustration, or a named document's."""
    if policy.illustrative:
        return (
            "示例：分值、权重、期限和各项选择均未见公开文件，不作为政策依据。"
            if language == "zh"
            else "Illustrative: no source publishes the points, weights, days or choices; this is "
            "not policy."
        )
    return f"依据：{policy.source}" if language == "zh" else f"Source: {policy.source}"


def effect(entry: Entry | Account, amount: Decimal, language: Language) -> str:
    """Name an amount by what it does."""
    zh, en = _EFFECTS[entry.effect]
    return (zh if language == "zh" else en).format(amount)


def verdict(which: Verdict, language: Language) -> str:
    """Name a verdict."""
    return which.zh if language == "zh" else which.value


def level(which: Level | None, language: Language) -> str:
    """Name the issuer of a series."""
    if which is None:
        return "各级" if language == "zh" else "all levels"
    return f"{which.zh}级" if language == "zh" else which.value


def period(which: Period, language: Language) -> str:
    """Name a period."""
    return which.zh if language == "zh" else str(which)


def entry_line(entry: Entry, language: Language) -> str:
    """One line of the ledger as a sentence."""
    periods = [period(one, language) for one in entry.periods]
    notices, amount = ", ".join(entry.notices), effect(entry, entry.amount, language)
    if language == "zh":
        return (
            f"{'、'.join(periods)}连续{entry.verdict.zh}"
            f"（{level(entry.level, 'zh')}通报 {notices}；规则 {entry.rule}）："
            f"{amount}，计入{entry.year}年"
        )
    return (
        f"{entry.verdict.value} in {', '.join(periods)} running (notices {notices} from "
        f"{level(entry.level, 'en')}; rule {entry.rule}): {amount}, in {entry.year}"
    )


def account_line(account: Account, language: Language) -> str:
    """One year's total as a sentence, with what cap, floor or offset did to it."""
    amount = effect(account, account.total, language)
    raw = account.added + account.deducted
    if language == "zh":
        held = "" if raw == account.total else f"（上下限前 {raw:+}）"
        return (
            f"{account.year}年 {account.rule}：加 {account.added}，减 {-account.deducted}；"
            f"{amount}{held}"
        )
    held = "" if raw == account.total else f" ({raw:+} before cap and floor)"
    return (
        f"{account.year} {account.rule}: added {account.added}, deducted {-account.deducted}; "
        f"{amount}{held}"
    )


def waiting_line(one: Waiting, language: Language) -> str:
    """One awaited notice as a sentence."""
    if language == "zh":
        return f"{one.period.zh}尚无通报（规则 {one.rule}），等至 {one.until}；其后各期暂不计算"
    return (
        f"no notice yet for {one.period} (rule {one.rule}): awaited until {one.until}; what "
        "follows is not decided"
    )


def notice_line(notice: Notice, language: Language) -> str:
    """One standing notice as a sentence."""
    parts = (
        period(notice.period, language),
        level(notice.level, language),
        verdict(notice.verdict, language),
    )
    if language == "zh":
        tail = f"：{notice.reason}" if notice.reason else ""
        return (
            f"{parts[0]} {parts[1]}{parts[2]}（{notice.notice_id}，{notice.issued_on} 印发）{tail}"
        )
    tail = f": {notice.reason}" if notice.reason else ""
    return (
        f"{parts[0]} {parts[2]} by {parts[1]} ({notice.notice_id}, issued {notice.issued_on}){tail}"
    )


def year_end_line(result: YearEnd, language: Language) -> str:
    """The year-end result as a sentence."""
    if language == "zh":
        veto = "，不得评为最高等次" if result.vetoed else ""
        return f"{result.year}年年终：{result.points:+}分，等次{result.grade_steps:+}档{veto}"
    veto = ", no top grade" if result.vetoed else ""
    steps = f"{result.grade_steps:+} grade steps{veto}"
    return f"year end {result.year}: {result.points:+} points, {steps}"


_HEADS = {
    "zh": ("通报", "记分", "年度合计", "等待中", "年终结果", "无"),
    "en": ("Notices", "Ledger", "Years", "Awaited", "Year end", "none"),
}


def explain(board: Board, unit: str, language: Language) -> str:
    """A unit's whole story on a board, as lines of text."""
    if language not in _HEADS:
        raise ValueError(f"language is 'zh' or 'en', not {language!r}")
    notices = board.notices(unit)
    entries = [one for one in board.ledger if one.unit == unit]
    accounts = [one for one in board.accounts if one.unit == unit]
    waiting = [one for one in board.waiting if one.unit == unit]
    name = board.areas.full_name(unit) if board.areas is not None and unit in board.areas else ""
    head = (
        f"{unit} {name}（截至 {board.as_of}，政策 {board.policy.id}）"
        if language == "zh"
        else f"{unit} {name} as of {board.as_of}, policy {board.policy.id}".replace("  ", " ")
    )
    sections: tuple[Iterable[str], ...] = (
        (notice_line(one, language) for one in notices),
        (entry_line(one, language) for one in entries),
        (account_line(one, language) for one in accounts),
        (waiting_line(one, language) for one in waiting),
        (year_end_line(board.year_end(unit, year), language) for year in board.years(unit)),
    )
    *titles, none = _HEADS[language]
    lines = [head, status(board.policy, language)]
    for title, section in zip(titles, sections, strict=True):
        lines.append(f"{title}:" if language == "en" else f"{title}：")
        lines += [f"  {line}" for line in section] or [f"  {none}"]
    return "\n".join(lines)


def reasons(earlier: Board, later: Board, moved: Iterable[Notice]) -> Frozen[Language, str]:
    """Say in both languages why a line of the ledger differs between two boards."""
    pairs = [_moved(earlier, later, notice) for notice in sorted(moved, key=_by_issue)]
    if not pairs and earlier.policy != later.policy:
        pairs = [("考核政策不同", "the policy is another")]
    if not pairs:
        pairs = [
            (
                f"日期由 {earlier.as_of} 到 {later.as_of}：等待期满、分值递减或单位代码变更",
                f"the day moved from {earlier.as_of} to {later.as_of}: a wait ended, a score "
                "decayed or a unit's code changed",
            )
        ]
    return Frozen({"zh": "；".join(zh for zh, _ in pairs), "en": "; ".join(en for _, en in pairs)})


def _by_issue(notice: Notice) -> tuple[str, str]:
    return notice.issued_on.isoformat(), notice.notice_id


def _moved(earlier: Board, later: Board, notice: Notice) -> tuple[str, str]:
    name, day = notice.notice_id, notice.issued_on
    what = (notice.period.zh, notice.verdict.zh, str(notice.period), notice.verdict.value)
    successor = next(
        (one for one in later.history if one.replaces == name and one.issued_on <= later.as_of),
        None,
    )
    if successor is not None and successor.verdict is Verdict.WITHDRAWN:
        return (
            f"{name}（{what[0]}{what[1]}）被 {successor.notice_id} 于 {successor.issued_on} 撤销",
            f"{name} ({what[3]} for {what[2]}) was withdrawn by {successor.notice_id} on "
            f"{successor.issued_on}",
        )
    if successor is not None:
        return (
            f"{name}（{what[0]}{what[1]}）被 {successor.notice_id} 于 {successor.issued_on} 更正",
            f"{name} ({what[3]} for {what[2]}) was replaced by {successor.notice_id} on "
            f"{successor.issued_on}",
        )
    if day > earlier.as_of or notice not in earlier.history:
        return (
            f"{name}（{what[0]}{what[1]}）于 {day} 印发",
            f"{name} ({what[3]} for {what[2]}) was issued on {day}",
        )
    if notice not in later.history or day > later.as_of:
        return (
            f"{name}（{what[0]}{what[1]}）不在本次通报之中",
            f"{name} ({what[3]} for {what[2]}) is not among the later board's notices",
        )
    return (
        f"{name}（{notice.unit} {what[0]}{what[1]}）因单位代码变更而转入或转出",
        f"{name} ({what[3]} for {what[2]}, unit {notice.unit}) moved with a change of codes",
    )
