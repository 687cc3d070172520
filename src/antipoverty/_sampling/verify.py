"""To verify is to draw again from what the receipt states, and to compare every field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from antipoverty._base.provenance import Text
from antipoverty._sampling.design import Design
from antipoverty._sampling.draw import drawn
from antipoverty._sampling.frames import Source
from antipoverty._sampling.history import looked_at, series_before
from antipoverty._sampling.notice import CHANGED, AnnouncedDraw, Notice, differing
from antipoverty._sampling.plans import Plan
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.verification import (
    ILLUSTRATIVE,
    Difference,
    Verification,
    broken_seal,
    compare,
    predictability,
    seed_faults,
)
from antipoverty.errors import AntipovertyError, InvalidPlanError


def verify(
    receipt: Receipt | str,
    source: Source | Plan | None,
    *,
    sizes: Mapping[str, int] | None = None,
    history: Iterable[Receipt] = (),
    notice: Notice | None = None,
    results: Sequence[str] | None = None,
    places: Receipt | None = None,
) -> Verification:
    """Recompute everything a receipt states (核验).

    What is not given is not held against the receipt: the answer says what could not be
    checked for want of it.

    Args:
        receipt: The receipt, or its JSON as published.
        source: The areas, or the lists, that it was drawn from; or a plan on them, which
            computes the frame once for many receipts.
        sizes: The size of each unit, where chances go by size.
        history: The earlier receipts; others do no harm.
        notice: The notice that the receipt names.
        results: What came of the notice's events, as you looked it up yourself.
        places: The receipt that drew the strata, where it names one.

    Raises:
        InvalidDocumentError: The text is no receipt.
    """
    read = Receipt.from_json(receipt) if isinstance(receipt, str) else receipt
    wanting: list[Text] = []
    found = [*broken_seal(read, receipt if isinstance(receipt, str) else None)]
    found += seed_faults(read.seed, read.origin, read.design.drawn_as, notice, results, wanting)
    if notice is not None:
        found += against_notice(read, notice)
    found += _drawn_again(read, source, sizes, [*history], places, wanting)
    return Verification(
        f"{read.design.id} {read.period}",
        tuple(found),
        tuple(wanting),
        read.self_chosen,
        tuple(_notes(read, receipt)),
    )


def against_notice(read: Receipt, notice: Notice) -> Iterator[Difference]:
    """Hold what a receipt states to what its notice fixed."""
    if notice.period != read.period:
        yield Difference("period", str(read.period), f"{notice.period}, by the notice")
    fixed = notice.announced(read.design.id)
    if fixed is None:
        yield Difference("design.id", read.design.id, "the notice does not announce it")
        return
    now = AnnouncedDraw(
        read.design,
        read.frame_digest,
        read.frame_units,
        read.sizes_digest,
        read.history,
        read.previous,
    )
    for name in differing(fixed, now):
        yield Difference(
            name,
            str(getattr(now, name))[:80],
            f"{str(getattr(fixed, name))[:80]}: {CHANGED[name][1]} as the notice fixed it",
        )


def _drawn_again(
    read: Receipt,
    source: Source | Plan | None,
    sizes: Mapping[str, int] | None,
    history: list[Receipt],
    places: Receipt | None,
    wanting: list[Text],
) -> list[Difference]:
    given = {one.digest: one for one in history}
    found: list[Difference] = []
    wants: list[Text] = []
    if source is None:
        wants.append(Text("框：区划或名单", "the frame: the areas or the lists"))
    by_size = any(stage.by == "size" for stage in read.design.stages)
    whole = isinstance(source, Plan) and source.design == read.design
    if by_size and sizes is None and not whole:
        wants.append(Text("各单位规模", "the sizes of the units"))
    lost = [one for one in read.history if one not in given]
    if lost:
        wants.append(
            Text(f"{len(lost)} 份以往回执", f"{len(lost)} earlier receipts ({lost[0][:12]} ...)")
        )
    if read.places is not None and (places is None or places.digest != read.places):
        name = read.places[:12]
        wants.append(Text(f"抽出地点的回执 {name}", f"the receipt {name} that drew the places"))
    if read.previous is not None and read.previous not in given and not lost:
        wanting.append(
            Text(f"上一份回执 {read.previous[:12]}", f"the receipt before it, {read.previous[:12]}")
        )
    elif not lost:
        found += _series(read, history)
    wanting += wants
    if wants or source is None:
        return found
    try:
        again = drawn(
            _plan(read.design, source, sizes),
            read.period,
            read.seed,
            read.origin,
            [given[one] for one in read.history],
            previous=read.previous,
            places=places if read.places is not None else None,
        )
    except InvalidPlanError as problem:
        if not by_size:
            return [*found, Difference("the draw", "a receipt", str(problem))]
        wanting.append(
            Text("全部单位的规模", f"the size of every unit: {problem.problems[0].message}")
        )
        return found
    except AntipovertyError as problem:
        return [*found, Difference("the draw", "a receipt", str(problem))]
    return found + compare(read, again)


def _plan(design: Design, source: Source | Plan, sizes: Mapping[str, int] | None) -> Plan:
    """The plan by which a receipt says it was drawn: the one given, if it is of that design."""
    if not isinstance(source, Plan):
        return Plan(design, source, sizes)
    return source if source.design == design else Plan(design, source.source, source.sizes)


def _series(read: Receipt, history: list[Receipt]) -> Iterator[Difference]:
    """Hold the receipt before, and the history, to the earlier receipts that were given."""
    before = [
        one
        for one in history
        if one.design.id == read.design.id
        and one.period.cadence is read.period.cadence
        and one.period < read.period
    ]
    try:
        series = series_before(read.design, read.period, before)
    except AntipovertyError as problem:
        yield Difference("history", "sound receipts", str(problem))
        return
    last = series[-1].digest if series else None
    if series and last != read.previous:
        yield Difference("previous", str(read.previous), f"{last}, of {series[-1].period}")
    wanted = tuple(one.digest for one in looked_at(read.design, series))
    if series and wanted != read.history:
        yield Difference(
            "history", f"{len(read.history)} earlier receipts", f"{len(wanted)}, all there were"
        )


def _notes(receipt: Receipt, given: Receipt | str) -> Iterator[Text]:
    if isinstance(given, str) and given != receipt.to_json():
        yield Text(
            "文件版式有改动，内容按字段核验",
            "the file was laid out anew; its fields are compared",
        )
    if receipt.self_chosen:
        yield Text(
            "不能证明种子未曾挑选：仅供演练；正式抽取应先发布抽取公告",
            "nothing shows that the seed was not chosen to suit: for rehearsals only; publish a "
            "notice before a draw that counts",
        )
    if receipt.design.illustrative:
        yield ILLUSTRATIVE
    yield from predictability(receipt)
