"""What officials read: the same facts in Chinese and in English, nothing decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from antipoverty._base.provenance import Text
from antipoverty._scoring.cost import Cost
from antipoverty._scoring.ledger import Account, Entry, Waiting, YearEnd
from antipoverty._scoring.notices import Notice, NoticeVerdict
from antipoverty._scoring.policy import Effect, Sourced
from antipoverty.codes import Level
from antipoverty.conditions import Language
from antipoverty.periods import Period

_POINTS: Mapping[Effect, Text] = {
    "routine-points": Text("平时考核{}分", "{} in the routine assessment"),
    "year-end-points": Text("年终考核{}分", "{} in the year-end result"),
}
_VETO = Text("年终不得评为最高等次", "no top grade at the year end")


def status(policy: Sourced, language: Language) -> str:
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
    if entry.effect == "veto":
        return _VETO[language]
    if entry.effect == "grade-step":
        return f"{'年终' if language == 'zh' else 'the year-end '}{steps(int(amount), language)}"
    return _POINTS[entry.effect][language].format(signed(amount))


def signed(amount: Decimal) -> str:
    """An amount with its sign; nothing has none."""
    return f"{amount:+}" if amount else "0"


def steps(count: int, language: Language) -> str:
    """How far a grade moves."""
    if language == "zh":
        return f"等次{'上调' if count > 0 else '下调'}{abs(count)}档" if count else "等次不变"
    moved = f"grade goes {'up' if count > 0 else 'down'} {abs(count)}"
    return moved if count else "grade stays"


def verdict(which: NoticeVerdict, language: Language) -> str:
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
    amount = effect(entry, entry.amount, language)
    if language == "zh":
        run = "连续" if len(periods) > 1 else ""
        return (
            f"{'、'.join(periods)}{run}受到通报{entry.verdict.zh}"
            f"（{level(entry.level, 'zh')}通报 {'、'.join(entry.notices)}；规则 {entry.rule}）："
            f"{amount}，计入{entry.year}年"
        )
    run = " in a row" if len(periods) > 1 else ""
    return (
        f"{entry.verdict.value} in {listed(periods)}{run} (notices {listed(entry.notices)} from "
        f"{level(entry.level, 'en')}; rule {entry.rule}): {amount}, for {entry.year}"
    )


def listed(words: Sequence[str]) -> str:
    """Words as an English sentence names them."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def account_line(account: Account, language: Language) -> str:
    """One year's total as a sentence, with what cap, floor or offset did to it."""
    zh = language == "zh"
    head = f"{account.year}年 {account.rule}：" if zh else f"{account.year} {account.rule}: "
    amount = effect(account, account.total, language)
    if account.effect == "veto":
        return head + amount
    raw = account.added + account.deducted
    added, deducted = (f"{one.normalize():f}" for one in (account.added, abs(account.deducted)))
    if zh:
        unit = "档" if account.effect == "grade-step" else "分"
        held = "" if raw == account.total else f"（封顶、保底之前为 {signed(raw)}）"
        return f"{head}加{added}{unit}，减{deducted}{unit}；{amount}{held}"
    held = "" if raw == account.total else f" ({signed(raw)} before cap and floor)"
    return f"{head}added {added}, deducted {deducted}; {amount}{held}"


def waiting_line(one: Waiting, language: Language) -> str:
    """One awaited notice as a sentence."""
    if language == "zh":
        return f"{one.period.zh}尚无通报（规则 {one.rule}），等候至 {one.until}；其后各期暂不计分"
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
    """The year-end result as a sentence; what has no effect is not said."""
    zh = language == "zh"
    said: list[str] = []
    if result.points:
        said.append(f"{signed(result.points)}分" if zh else f"{signed(result.points)} points")
    if result.grade_steps:
        said.append(steps(result.grade_steps, language))
    if result.vetoed:
        said.append("不得评为最高等次" if zh else "no top grade")
    if zh:
        return f"{result.year}年年终：{'，'.join(said) or '无影响'}"
    return f"year end {result.year}: {', '.join(said) or 'no effect'}"


def cost_line(one: Cost, units: int, language: Language) -> str:
    """What a rule does by luck in a year, as a sentence."""
    good, bad, either = (float(part) for part in (one.commended, one.criticised, one.either))
    if language == "zh":
        return (
            f"规则 {one.rule.id}：与其他单位一样好的单位，一年内加分的机会{good:.1%}、"
            f"减分的机会{bad:.1%}；{units}个单位中预计{units * either:.1f}个受影响"
        )
    return (
        f"rule {one.rule.id}: a unit as good as the others is raised in a year with a chance of "
        f"{good:.1%} and lowered with {bad:.1%}; of {units} units {units * either:.1f} are affected"
    )
