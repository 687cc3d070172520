"""To verify is to draw again from what the receipt states, and to compare every field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar

import attrs

from antipoverty._base.documents import Document, digest_of, read_json
from antipoverty._sampling.draw import draw
from antipoverty._sampling.frames import Source
from antipoverty._sampling.plans import Plan
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.seeds import Commitment, Committed, Given, seed_digest
from antipoverty.errors import AntipovertyError, one_of

Language = Literal["zh", "en"]
ILLUSTRATIVE = (
    "示例：方案未注明依据文件",
    "illustrative: the plan names no document as its source",
)
_SHOWN = 12
_D = TypeVar("_D", bound=Document)


@attrs.frozen
class Difference:
    """One field that is not what it should be.

    Attributes:
        field: Its place, such as ``strata[3].picks[0].unit``.
        stated: What the document says.
        found: What was computed, or why nothing could be.
    """

    field: str
    stated: str
    found: str


@attrs.frozen
class Verification:
    """What a verification found; it is true when nothing differs.

    Attributes:
        subject: What was verified.
        differences: Every field that differs.
        notes: What a verification cannot show, in Chinese and English.
    """

    subject: str
    differences: tuple[Difference, ...]
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def __bool__(self) -> bool:
        return self.ok

    def explain(self, language: Language = "en") -> str:
        """Say the result in Chinese or English."""
        zh = one_of(language, ("zh", "en"), "language") == "zh"
        count = len(self.differences)
        if self.ok:
            head = "核验无误，每一项均可复算" if zh else "verified: every field was computed again"
        else:
            head = f"有 {count} 项不符" if zh else f"{count} fields differ"
        lines = [f"{self.subject}: {head}"]
        for one in self.differences[:_SHOWN]:
            stated, found = ("所载", "复算") if zh else ("stated", "computed")
            lines.append(f"  {one.field}: {stated} {one.stated}; {found} {one.found}")
        if count > _SHOWN:
            lines.append(f"  …… {count - _SHOWN}")
        lines += [f"  {note[0] if zh else note[1]}" for note in self.notes]
        return "\n".join(lines)


def verify(
    receipt: Receipt | str,
    source: Source,
    *,
    sizes: Mapping[str, int] | None = None,
    history: Iterable[Receipt] = (),
    commitment: Commitment | None = None,
) -> Verification:
    """Recompute everything a receipt states (核验).

    Args:
        receipt: The receipt, or its JSON as published.
        source: The areas, or the lists, that it was drawn from.
        sizes: The size of each unit, where chances go by size.
        history: The earlier receipts that a coverage policy looked at; others do no harm.
        commitment: What was published before the draw, where the seed was committed to.

    Raises:
        InvalidDocumentError: The text is no receipt.
    """
    read = Receipt.from_json(receipt) if isinstance(receipt, str) else receipt
    found = [*broken_seal(read, receipt if isinstance(receipt, str) else None)]
    earlier = {one.digest: one for one in history if one.digest in read.history}
    missing = [
        Difference(f"history[{number}]", digest, "nothing: that earlier receipt was not given")
        for number, digest in enumerate(read.history)
        if digest not in earlier
    ]
    found += missing or _drawn_again(read, Plan(read.design, source, sizes), earlier.values())
    found += _commitment(read, commitment)
    subject = f"{read.design.id} {read.period}"
    return Verification(subject, tuple(found), tuple(_notes(read, receipt, commitment)))


def _drawn_again(read: Receipt, plan: Plan, earlier: Iterable[Receipt]) -> list[Difference]:
    try:
        again = draw(plan, period=read.period, seed=read.seed, origin=read.origin, history=earlier)
    except AntipovertyError as problem:
        return [Difference("the draw", "a receipt", str(problem))]
    return compare(read, again)


def broken_seal(document: Document, text: str | None = None) -> Iterator[Difference]:
    """Hold the digest to the fields; of a text also to what it says, key by key."""
    said = document.as_dict() if text is None else read_json(text, "document")
    if not document.intact or digest_of(said) != document.digest:
        yield Difference(
            "digest", document.digest, "封存后有字段被改动 a field was changed after sealing"
        )


def compare(stated: _D, computed: _D) -> list[Difference]:
    """List the fields in which two documents differ, their digests aside."""
    one, other = stated.as_dict(), computed.as_dict()
    return list(_differences("", one | {"digest": ""}, other | {"digest": ""}))


def _differences(place: str, one: Any, other: Any) -> Iterator[Difference]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            inner = f"{place}.{key}" if place else str(key)
            yield from _differences(inner, one.get(key, _ABSENT), other.get(key, _ABSENT))
    elif isinstance(one, list) and isinstance(other, list):
        for number in range(max(len(one), len(other))):
            yield from _differences(f"{place}[{number}]", _at(one, number), _at(other, number))
    elif one != other or type(one) is not type(other):
        yield Difference(place, _short(one), _short(other))


_ABSENT = object()


def _at(row: Sequence[Any], number: int) -> Any:
    return row[number] if number < len(row) else _ABSENT


def _short(value: Any) -> str:
    return "nothing" if value is _ABSENT else str(value)[:80]


def _commitment(receipt: Receipt, shown: Commitment | None) -> Iterator[Difference]:
    if shown is None:
        return
    yield from broken_seal(shown)
    expected = {
        "seed (its SHA-256)": (seed_digest(receipt.seed), shown.seed_digest),
        "frame_digest": (receipt.frame_digest, shown.frame_digest),
        "design.id": (receipt.design.id, shown.plan),
        "period": (str(receipt.period), str(shown.period)),
    }
    if isinstance(receipt.origin, Committed):
        expected["origin.commitment"] = (receipt.origin.commitment, shown.digest)
        days = str(receipt.origin.committed_on), str(shown.committed_on)
        expected["origin.committed_on"] = days
    else:
        expected["origin.kind"] = (receipt.origin.kind, "committed")
    for place, (stated, found) in expected.items():
        if stated != found:
            yield Difference(place, stated, f"{found}, by the commitment")


def _notes(
    receipt: Receipt, given: Receipt | str, commitment: Commitment | None
) -> Iterator[tuple[str, str]]:
    if isinstance(given, str) and given != receipt.to_json():
        yield (
            "文件版式有改动，内容按字段核验",
            "the file was laid out anew; its fields are compared",
        )
    if isinstance(receipt.origin, Given):
        yield (
            "种子未事先承诺，也非公开随机源：不能证明未曾挑选",
            "the seed was neither committed to nor public: nothing shows that it was not chosen",
        )
    if isinstance(receipt.origin, Committed) and commitment is None:
        yield (
            "未出示事先公布的承诺：其日期与内容未经核对",
            "the published commitment was not shown, so its day and content are unchecked",
        )
    if receipt.design.illustrative:
        yield ILLUSTRATIVE
