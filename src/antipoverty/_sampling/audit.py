"""A series of draws is audited as a whole: what a single receipt cannot show, its neighbours do.

"Every week" is a claim, so a week without a receipt is a finding, and so are two for one
week, a receipt that does not name the one before it, a seed that served twice, a notice
that nobody drew by, and every receipt that cannot be drawn again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

import attrs

from antipoverty._base.documents import Part
from antipoverty._base.provenance import Text
from antipoverty._sampling.audit_rounds import rounds_findings, teams_findings
from antipoverty._sampling.draw import drawn
from antipoverty._sampling.findings import Finding, altered, differing, where
from antipoverty._sampling.frames import Source
from antipoverty._sampling.history import looked_at
from antipoverty._sampling.notice import Notice
from antipoverty._sampling.outcomes import Outcomes
from antipoverty._sampling.plans import Plan
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.seeds import SELF_CHOSEN, FromNotice
from antipoverty._sampling.supplements import Request, Supplement
from antipoverty._sampling.teams import Teams
from antipoverty._sampling.verification import compare, seed_faults
from antipoverty._sampling.verify import against_notice
from antipoverty.errors import AntipovertyError
from antipoverty.languages import Language, Voice, current
from antipoverty.model import AreaTree
from antipoverty.periods import Period

Published = Receipt | Notice | Teams | Request | Supplement | Outcomes

_HEADS: Mapping[str, Text] = {
    "holds": Text("整个系列核验无误", "the whole series was verified"),
    "differs": Text("系列有问题", "the series does not hold"),
    "unchecked": Text(
        "未发现问题，但缺少材料，未能核验完",
        "nothing is wrong, but not all was checked",
    ),
}


@attrs.frozen
class Audit(Part):
    """What the audit of a folder of draws found.

    Attributes:
        receipts: How many receipts there were.
        notices: How many notices.
        findings: What was found, what does not hold first.
    """

    receipts: int
    notices: int
    findings: tuple[Finding, ...]

    @property
    def answer(self) -> Literal["holds", "differs", "unchecked"]:
        """It holds, it does not, or it could not be checked for want of something."""
        weights = {one.weight for one in self.findings}
        if "differs" in weights:
            return "differs"
        return "unchecked" if "unchecked" in weights else "holds"

    def __bool__(self) -> bool:
        return self.answer == "holds"

    def explain(self, language: Language | None = None) -> str:
        """Say the result in Chinese or English; chosen seeds stand in the first line."""
        language = current(language)
        say = Voice(language)
        chosen = sum(one.kind == "self-chosen" for one in self.findings)
        head = say(*_HEADS[self.answer])
        if chosen:
            head += say(f"；{chosen} 次{SELF_CHOSEN.zh}", f"; {SELF_CHOSEN.en}: {chosen} times")
        count = say(f"{self.receipts} 份回执", f"{self.receipts} receipts")
        lines = [f"{count}: {head}"]
        lines += [
            f"  {one.where}: {say(one.zh, one.en)}"
            for one in self.findings
            if one.kind != "self-chosen"
        ]
        return "\n".join(lines)


def audit(
    documents: Iterable[Published],
    *,
    areas: AreaTree | None = None,
    lists: Mapping[str, Sequence[str]] | None = None,
    sizes: Mapping[str, int] | None = None,
    results: Mapping[str, Sequence[str]] | None = None,
    seen: Mapping[str, date] | None = None,
    since: Period | str | None = None,
    until: Period | str | None = None,
) -> Audit:
    """Audit everything that was published of one or several series of draws.

    Args:
        documents: The notices, receipts, records of teams, requests, supplements and
            outcomes, in any order.
        areas: The areas that the plans on areas drew from.
        lists: The lists that the plans on lists drew from.
        sizes: The sizes of the units, for the plans by size.
        results: The results of the events as you looked them up: by period, as text, for
            the notices, and by its digest for a request.
        seen: The digests of the notices and requests of these series that somebody else
            than their author had, and since which day. Nothing else shows that one was
            public before its events, and not prepared among many and picked once the
            results were known; nor that one was left out.
        since: The first period there should be; the first receipt's by default.
        until: The last period there should be; the last receipt's by default. Without it
            nobody can tell that the last receipts are missing, unless their notice is there.
    """
    given = [*documents]
    receipts = sorted(
        (one for one in given if isinstance(one, Receipt)),
        key=lambda one: (one.period.first, one.design.id, one.digest),
    )
    teams = [one for one in given if isinstance(one, Teams)]
    notices = {one.digest: one for one in given if isinstance(one, Notice)}
    series: dict[str, list[Receipt]] = defaultdict(list)
    for one in receipts:
        series[one.design.id].append(one)
    found: list[Finding] = []
    for plan, mine in series.items():
        found += _periods(plan, mine, _period(since), _period(until))
        found += _chain(mine)
        found += _redrawn(mine, receipts, areas, lists, sizes)
    for one in receipts:
        found += _notice_of(one, notices, results)
    more = [one for one in given if isinstance(one, Supplement)]
    found += _seeds([*receipts, *teams, *more])
    found += _notices([one for one in given if isinstance(one, Notice)], receipts)
    found += _seen([one for one in given if isinstance(one, Notice | Request)], seen)
    found += teams_findings(teams, receipts, notices)
    found += rounds_findings(given, receipts, areas, lists, sizes, results or {})
    order = {"differs": 0, "unchecked": 1, "note": 2}
    ranked = tuple(sorted(found, key=lambda finding: order[finding.weight]))
    return Audit(len(receipts), len(notices), ranked)


def _seen(
    announcements: Sequence[Notice | Request], seen: Mapping[str, date] | None
) -> Iterator[Finding]:
    if announcements and seen is None:
        yield Finding(
            "unseen-notice",
            "公告 notices",
            f"{len(announcements)} 份公告或申请是否先于事件公开，只有当时已取得者能证明（seen）",
            f"that {len(announcements)} notices or requests were public before their events is "
            "shown only by those who had them then (seen)",
            "note",
        )
        return
    for one in announcements:
        first = min((event.on for event in one.events), default=None)
        had = (seen or {}).get(one.digest)
        if had is None or (first is not None and had >= first):
            kind = "公告" if isinstance(one, Notice) else "申请"
            yield Finding(
                "unseen-notice",
                f"{one.period}",
                f"{kind} {one.digest[:12]} 在事件之前无人见过",
                f"nobody had {one.digest[:12]} before its events: it may be one of many",
            )
    here = {one.digest for one in announcements}
    for digest, day in sorted((seen or {}).items()):
        if digest not in here:
            yield Finding(
                "hidden-notice",
                "公告 notices",
                f"{day} 已有人取得的公告（申请）{digest[:12]} 不在目录中",
                f"somebody had {digest[:12]} on {day}, and it is not among these",
            )


def _period(given: Period | str | None) -> Period | None:
    return Period.parse(given) if isinstance(given, str) else given


def _periods(
    plan: str, mine: Sequence[Receipt], since: Period | None, until: Period | None
) -> Iterator[Finding]:
    count = Counter(one.period for one in mine)
    cadence = mine[0].period.cadence
    for other in sorted({one.period.cadence.value for one in mine} - {cadence.value}):
        yield Finding("gap", plan, f"周期不一：{other}", f"some periods are a {other}")
    named = [one.period for one in mine if one.period.cadence is cadence]
    bounds = [one for one in (since, until) if one is not None and one.cadence is cadence]
    at, last = min([*named, *bounds]), max([*named, *bounds])
    while at <= last:
        if count[at] == 0:
            yield Finding("gap", f"{plan} {at}", "没有回执", "there is no receipt")
        if count[at] > 1:
            text = f"there are {count[at]} receipts"
            yield Finding("twice", f"{plan} {at}", f"有 {count[at]} 份回执", text)
        at = at.next


def _chain(mine: Sequence[Receipt]) -> Iterator[Finding]:
    before: Receipt | None = None
    earlier: set[str] = set()
    ends: set[str | None] = {None}
    for number, one in enumerate(mine):
        if before is not None and before.period != one.period:
            ends = {other.digest for other in mine[:number] if other.period == before.period}
            earlier |= {digest for digest in ends if digest is not None}
        if one.previous not in ends:
            yield Finding(
                "broken-chain",
                where(one),
                "所载上一份回执不是目录中的上一份：有回执缺失、被改或后补",
                "the receipt it names as the one before is not the one before it here: one is "
                "missing, was altered, or was added later",
            )
        wanted = earlier if looked_at(one.design, [one]) else set()
        if lost := [digest for digest in one.history if digest not in earlier]:
            yield Finding(
                "trimmed-history",
                where(one),
                f"所用以往回执有 {len(lost)} 份不在目录中",
                f"{len(lost)} of the earlier receipts that it used are not here",
            )
        if len(wanted - set(one.history)) and number:
            yield Finding(
                "trimmed-history",
                where(one),
                "未使用目录中的全部以往回执",
                "it left out earlier receipts that are here",
            )
        if before is not None and before.design != one.design:
            text = f"the design is not that of {before.period}"
            yield Finding("changed", where(one), f"方案与 {before.period} 不同", text, "note")
        elif before is not None and before.frame_digest != one.frame_digest:
            yield Finding(
                "changed",
                where(one),
                f"框与 {before.period} 不同，方案未说明原因",
                f"the frame is not that of {before.period}, and the design gives no reason",
                "note",
            )
        before = one


def _redrawn(
    mine: Sequence[Receipt],
    everything: Sequence[Receipt],
    areas: AreaTree | None,
    lists: Mapping[str, Sequence[str]] | None,
    sizes: Mapping[str, int] | None,
) -> Iterator[Finding]:
    given = {one.digest: one for one in everything}
    plan: Plan | None = None
    wanting: Counter[Text] = Counter()
    for one in mine:
        source: Source | None = lists if one.design.listed else areas
        lost = _lost(one, source, sizes, given)
        if lost is not None or source is None:
            wanting[lost or Text("", "")] += 1
            if not one.intact:
                yield altered(one)
            continue
        if plan is None or plan.design != one.design:
            plan = Plan(one.design, source, sizes)
        try:
            again = drawn(
                plan,
                one.period,
                one.seed,
                one.origin,
                [given[digest] for digest in one.history],
                previous=one.previous,
                places=None if one.places is None else given[one.places],
            )
        except AntipovertyError as problem:
            text = problem.message
            yield Finding("not-redrawn", where(one), f"无法复算：{text}", f"no draw: {text}")
            continue
        if again == one:
            continue
        if not one.intact:
            yield altered(one)
        for difference in compare(one, again)[:3]:
            yield differing("not-redrawn", one, difference)
    for (zh, en), count in wanting.items():
        yield Finding(
            "wanting",
            mine[0].design.id,
            f"缺少{zh}，{count} 份回执未能复算",
            f"{count} receipts could not be drawn again for want of {en}",
            "unchecked",
        )


def _lost(
    one: Receipt,
    source: Source | None,
    sizes: Mapping[str, int] | None,
    given: Mapping[str, Receipt],
) -> Text | None:
    """What is wanting to draw a receipt again."""
    if source is None:
        return Text("框：区划或名单", "the frame: the areas or the lists")
    if any(stage.by == "size" for stage in one.design.stages) and sizes is None:
        return Text("各单位规模", "the sizes of the units")
    if any(digest not in given for digest in one.history):
        return Text("以往回执", "earlier receipts")
    if one.places is not None and one.places not in given:
        return Text("抽出地点的回执", "the receipt that drew the places")
    return None


def _notice_of(
    one: Receipt, notices: Mapping[str, Notice], results: Mapping[str, Sequence[str]] | None
) -> Iterator[Finding]:
    if one.self_chosen:
        yield Finding("self-chosen", where(one), SELF_CHOSEN.zh, SELF_CHOSEN.en, "note")
    if not isinstance(one.origin, FromNotice):
        return
    notice = notices.get(one.origin.notice)
    looked_up = None if results is None else results.get(str(one.period))
    wanting: list[Text] = []
    for found in seed_faults(one.seed, one.origin, one.design.drawn_as, notice, looked_up, wanting):
        yield differing("notice", one, found)
    for found in against_notice(one, notice) if notice is not None else ():
        yield differing("notice", one, found)
    for zh, en in wanting:
        text = f"could not be checked for want of {en}"
        yield Finding("wanting", where(one), f"缺少，未能核验：{zh}", text, "unchecked")


Drawn = Receipt | Teams | Supplement


def _seeds(documents: Sequence[Drawn]) -> Iterator[Finding]:
    first: dict[str, Drawn] = {}
    for one in sorted(documents, key=lambda one: one.period.first):
        other = first.setdefault(one.seed, one)
        alike = where(other) == where(one) and type(other) is type(one)
        if not alike and not _shares(one, other):
            text = f"its seed was that of {where(other)} already"
            yield Finding("reused-seed", where(one), f"种子已用于 {where(other)}", text)


def _shares(one: Drawn, other: Drawn) -> bool:
    """Whether two surveys of one round share their random numbers, as their designs say."""
    return (
        isinstance(one, Receipt)
        and isinstance(other, Receipt)
        and one.period == other.period
        and one.design.shared is not None
        and other.design.shared is not None
        and one.design.drawn_as == other.design.drawn_as
    )


def _notices(notices: Sequence[Notice], receipts: Sequence[Receipt]) -> Iterator[Finding]:
    drawn_by = {
        (one.origin.notice, one.design.id) for one in receipts if isinstance(one.origin, FromNotice)
    }
    announced: Counter[tuple[str, Period]] = Counter()
    for notice in {one.digest: one for one in notices}.values():
        if not notice.intact:
            yield Finding("altered", f"{notice.period}", "公告被改动", "the notice was altered")
        for one in notice.draws:
            announced[one.design.id, notice.period] += 1
            if (notice.digest, one.design.id) not in drawn_by:
                yield Finding(
                    "undrawn-notice",
                    f"{one.design.id} {notice.period}",
                    f"公告 {notice.digest[:12]} 没有对应的回执",
                    f"no receipt was drawn by the notice {notice.digest[:12]}",
                )
    for (plan, period), count in announced.items():
        if count > 1:
            text = f"{count} notices announce it"
            yield Finding("twice", f"{plan} {period}", f"有 {count} 份公告", text)
