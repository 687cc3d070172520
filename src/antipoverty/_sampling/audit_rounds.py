"""What an audit finds of a round after its draw: who was sent, what was replaced, visited."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from antipoverty._base.provenance import Text
from antipoverty._sampling.findings import Finding, altered, differing, where
from antipoverty._sampling.frames import Source
from antipoverty._sampling.notice import Notice
from antipoverty._sampling.outcomes import Outcomes, latest, outcomes
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.seeds import SELF_CHOSEN, FromNotice
from antipoverty._sampling.supplements import Request, Supplement
from antipoverty._sampling.teams import Teams
from antipoverty._sampling.verification import seed_faults
from antipoverty._sampling.verify_supplements import verify_supplement
from antipoverty.errors import AntipovertyError
from antipoverty.model import AreaTree


def rounds_findings(
    given: Sequence[object],
    receipts: Sequence[Receipt],
    areas: AreaTree | None,
    lists: Mapping[str, Sequence[str]] | None,
    sizes: Mapping[str, int] | None,
    results: Mapping[str, Sequence[str]],
) -> Iterator[Finding]:
    """What is wrong with requests, supplements and outcomes, or still open."""
    known = {one.digest: one for one in receipts}
    asked = {one.digest: one for one in given if isinstance(one, Request)}
    drawn = [one for one in given if isinstance(one, Supplement)]
    published = [one for one in given if isinstance(one, Outcomes)]
    notices = {one.digest: one for one in given if isinstance(one, Notice)}
    yield from _requests([*asked.values()], drawn)
    yield from _too_early(asked, drawn, known, notices)
    for one in drawn:
        receipt = known.get(one.receipt)
        if receipt is None:
            yield _receiptless(one)
            continue
        source: Source | None = lists if receipt.design.listed else areas
        said = results.get(one.request)
        yield from _supplement(one, receipt, asked.get(one.request), drawn, source, sizes, said)
    by_receipt: dict[str, list[Supplement]] = defaultdict(list)
    for one in sorted(drawn, key=lambda one: len(one.earlier)):
        before = tuple(other.digest for other in by_receipt[one.receipt])
        if one.earlier != before:
            text = (
                "it does not name the supplements before it: one is missing, or two were parallel"
            )
            yield Finding("broken-chain", where(one), "未逐一列出此前的补抽回执", text)
        by_receipt[one.receipt].append(one)
    yield from _outcomes(published, known, by_receipt)
    yield from _open(receipts, latest(published))


def _receiptless(one: Supplement | Outcomes | Teams) -> Finding:
    text = "the receipt of its round is not here"
    return Finding("broken-chain", where(one), "所属轮次的回执不在目录中", text)


def _requests(asked: Sequence[Request], drawn: Sequence[Supplement]) -> Iterator[Finding]:
    served = Counter(one.request for one in drawn)
    for one in {one.digest: one for one in asked}.values():
        if not one.intact:
            yield altered(one)
        if not served[one.digest]:
            yield Finding(
                "undrawn-request",
                where(one),
                f"申请 {one.digest[:12]} 没有对应的补抽回执",
                f"nothing was drawn by the request {one.digest[:12]}",
            )
    lost = Counter(
        (one.receipt, row.instead_of) for one in asked for row in one.wanted if row.instead_of
    )
    for (receipt, unit), count in lost.items():
        if count > 1:
            text = f"{count} requests replace {unit} of the receipt {receipt[:12]}"
            yield Finding("twice", f"{unit}", f"有 {count} 份申请要求替换同一单位", text)
    for request, count in served.items():
        if count > 1:
            text = f"{count} supplements for the request {request[:12]}"
            yield Finding("twice", "supplements", f"同一申请有 {count} 份补抽回执", text)


def _too_early(
    asked: Mapping[str, Request],
    drawn: Sequence[Supplement],
    known: Mapping[str, Receipt],
    notices: Mapping[str, Notice],
) -> Iterator[Finding]:
    """A request knows the receipt and the supplements before it, so it is younger than they.

    One that bears an earlier day could name an event whose result was known by then.
    """
    requests = {one.digest: asked.get(one.request) for one in drawn}
    for one in asked.values():
        receipt = known.get(one.receipt)
        origin = None if receipt is None else receipt.origin
        notice = notices.get(origin.notice) if isinstance(origin, FromNotice) else None
        before = [notice, *(requests.get(digest) for digest in one.earlier)]
        days = [event.on for each in before if each is not None for event in each.events]
        if days and one.published_on < max(days):
            yield Finding(
                "notice",
                where(one),
                f"申请署期 {one.published_on}，早于其所依据的抽取（{max(days)}）",
                f"the request bears the day {one.published_on}, before the draw on {max(days)} "
                "that it rests on",
            )


def _supplement(
    one: Supplement,
    receipt: Receipt,
    asked: Request | None,
    drawn: Sequence[Supplement],
    source: Source | None,
    sizes: Mapping[str, int] | None,
    results: Sequence[str] | None,
) -> Iterator[Finding]:
    if one.self_chosen:
        yield Finding("self-chosen", where(one), SELF_CHOSEN.zh, SELF_CHOSEN.en, "note")
    found = verify_supplement(
        one, receipt, source, asked=asked, earlier=drawn, sizes=sizes, results=results
    )
    for difference in found.differences[:3]:
        yield differing("not-redrawn", one, difference)
    for zh, en in found.wanting:
        text = f"could not be checked for want of {en}"
        yield Finding("wanting", where(one), f"缺少，未能核验：{zh}", text, "unchecked")


def _outcomes(
    published: Sequence[Outcomes],
    known: Mapping[str, Receipt],
    supplements: Mapping[str, Sequence[Supplement]],
) -> Iterator[Finding]:
    before: dict[str, Outcomes] = {}
    for one in sorted(published, key=lambda one: (one.as_of, one.digest)):
        if not one.intact:
            yield altered(one)
        receipt = known.get(one.receipt)
        if receipt is None:
            yield _receiptless(one)
            continue
        mine = [each for each in supplements[one.receipt] if each.digest in one.supplements]
        try:
            sound = outcomes(receipt, one.units, as_of=one.as_of, supplements=mine) == one
        except AntipovertyError as problem:
            yield Finding("outcomes", where(one), "公开的结果有误", problem.message)
            continue
        if not sound:
            text = "the outcomes are not those of the units that were drawn"
            yield Finding("outcomes", where(one), "公开的结果与抽取不符", text)
        earlier = before.get(one.receipt)
        if earlier is not None and earlier.digest != one.digest:
            yield from _taken_back(earlier, one)
        before[one.receipt] = one
    for digest, one in before.items():
        if len(one.supplements) < len(supplements[digest]):
            text = "a supplement is not accounted for in the last outcomes"
            yield Finding("outcomes", where(one), "有补抽回执未列入结果", text)


def _taken_back(earlier: Outcomes, later: Outcomes) -> Iterator[Finding]:
    """What was published of a visit stays: the day, who went, and what was found."""
    now = {one.unit: one for one in later.units}
    gone = [
        one.unit
        for one in earlier.units
        if one.result == "visited"
        and (
            (after := now.get(one.unit)) is None
            or (after.result, after.on, after.office) != (one.result, one.on, one.office)
            or not {*one.problems} <= {*after.problems}
        )
    ]
    if gone:
        text = f"{len(gone)} visits stated on {earlier.as_of} are taken back or told otherwise"
        yield Finding("outcomes", where(later), f"有 {len(gone)} 处已公开的走访被撤回或改动", text)
    if earlier.as_of == later.as_of:
        text = f"two states of one round on {later.as_of}"
        yield Finding("twice", where(later), f"同一轮次在 {later.as_of} 有两份结果", text)


def _open(receipts: Sequence[Receipt], last: Mapping[str, Outcomes]) -> Iterator[Finding]:
    count: dict[str, Counter[str]] = defaultdict(Counter)
    for one in receipts:
        told = last.get(one.digest)
        count[one.design.id]["units"] += len(one.picks()) if told is None else told.counts["open"]
        count[one.design.id]["rounds"] += told is None
    for plan, found in count.items():
        if found["units"]:
            yield Finding(
                "open",
                plan,
                f"{found['units']} 个抽中单位没有公开结果（{found['rounds']} 轮全未公开）",
                f"{found['units']} units drawn have no published result ({found['rounds']} rounds "
                "without any)",
                "note",
            )


def teams_findings(
    teams: Sequence[Teams], receipts: Sequence[Receipt], notices: Mapping[str, Notice]
) -> Iterator[Finding]:
    """What is wrong with the records of inspectors."""
    known = {one.digest for one in receipts}
    for receipt, count in Counter(one.receipt for one in teams).items():
        if count > 1:
            text = f"{count} records of teams for the receipt {receipt[:12]}"
            yield Finding("twice", "inspectors", f"同一回执有 {count} 份检查人员记录", text)
    for one in teams:
        if not one.intact:
            yield altered(one)
        if one.receipt not in known:
            text = "the receipt that drew its places is not here"
            yield Finding("broken-chain", where(one), "抽出地点的回执不在目录中", text)
        if one.self_chosen:
            yield Finding("self-chosen", where(one), SELF_CHOSEN.zh, SELF_CHOSEN.en, "note")
        wanting: list[Text] = []
        notice = notices.get(one.origin.notice) if isinstance(one.origin, FromNotice) else None
        for found in seed_faults(one.seed, one.origin, one.plan, notice, None, wanting):
            yield differing("notice", one, found)
        if isinstance(one.origin, FromNotice) and notice is None:
            yield Finding("wanting", where(one), "缺少公告", "its notice is not here", "unchecked")
