"""A verification has three answers: it holds, it does not, or something was not at hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeVar

import attrs

from antipoverty._base.documents import Document, digest_of, read_json
from antipoverty._base.provenance import Text
from antipoverty._sampling.notice import Notice
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.seeds import SELF_CHOSEN, FromNotice, Origin, derived_seed, self_chosen
from antipoverty._sampling.supplements import Request
from antipoverty.errors import AntipovertyError
from antipoverty.languages import Language, Voice, current

ILLUSTRATIVE = Text(
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
    """What a verification found; it is true when all was checked and nothing differs.

    Attributes:
        subject: What was verified.
        differences: Every field that differs.
        wanting: What was not given, so that something could not be checked, in Chinese and
            English.
        self_chosen: Whether whoever drew could choose the seed.
        notes: What a verification cannot show, in Chinese and English.
    """

    subject: str
    differences: tuple[Difference, ...]
    wanting: tuple[Text, ...] = ()
    self_chosen: bool = False
    notes: tuple[Text, ...] = ()

    @property
    def answer(self) -> Literal["holds", "differs", "unchecked"]:
        """It holds, it does not, or it could not be checked for want of something."""
        if self.differences:
            return "differs"
        return "unchecked" if self.wanting else "holds"

    @property
    def ok(self) -> bool:
        """Whether all was checked and nothing differs."""
        return self.answer == "holds"

    def __bool__(self) -> bool:
        return self.ok

    def explain(self, language: Language | None = None) -> str:
        """Say the result in Chinese or English; a chosen seed stands in the first line."""
        language = current(language)
        say = Voice(language)
        count = len(self.differences)
        head = {
            "holds": say("核验无误，每一项均可复算", "verified: every field was computed again"),
            "differs": say(f"有 {count} 项不符", f"{count} fields differ"),
            "unchecked": say(
                "未发现不符，但缺少材料，未能核验完", "nothing differs, but not all was checked"
            ),
        }[self.answer]
        if self.self_chosen:
            head += say(f"；{SELF_CHOSEN.zh}", f"; {SELF_CHOSEN.en}")
        lines = [f"{self.subject}: {head}"]
        for one in self.differences[:_SHOWN]:
            stated, found = say("所载", "stated"), say("复算", "computed")
            lines.append(f"  {one.field}: {stated} {one.stated}; {found} {one.found}")
        if count > _SHOWN:
            lines.append(f"  …… {count - _SHOWN}")
        want = say("缺少，未能核验：", "could not be checked for want of ")
        lines += [f"  {want}{say(*one)}" for one in self.wanting]
        lines += [f"  {say(*note)}" for note in self.notes]
        return "\n".join(lines)


def predictability(receipt: Receipt) -> Iterator[Text]:
    """Say of a draw what could be foreseen of it, and where its policy is close to a rota."""
    if sure := receipt.foreseeable:
        yield Text(
            f"有 {len(sure)} 个范围的抽取结果事先可知：{', '.join(sure[:_SHOWN])}",
            f"in {len(sure)} strata a pick was known before: {', '.join(sure[:_SHOWN])}",
        )
    if rotas := receipt.rotas:
        rounds = receipt.design.stages[0].coverage
        yield Text(
            f"{rounds} 接近轮值：{len(rotas)} 个范围的单位数太多，许多次抽取事先可知",
            f"{rounds} is close to a rota: {len(rotas)} strata have so many units for it that many "
            "picks are known before",
        )


def broken_seal(document: Document, text: str | None = None) -> Iterator[Difference]:
    """Hold the digest to the fields; of a text also to what it says, key by key."""
    said = document.as_dict() if text is None else read_json(text, "document")
    if not document.intact or digest_of(said) != document.digest:
        yield Difference(
            "digest", document.digest, "封存后有字段被改动 a field was changed after sealing"
        )


def compare(stated: _D, computed: _D) -> list[Difference]:
    """List the fields in which two documents differ, their digests aside."""
    if stated == computed:
        return []
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


def seed_faults(
    seed: str,
    origin: Origin,
    plan: str,
    notice: Notice | Request | None,
    results: Sequence[str] | None,
    wanting: list[Text],
) -> Iterator[Difference]:
    """Hold a seed to the notice it names, and its results to those that were looked up."""
    if not isinstance(origin, FromNotice):
        if notice is not None:
            yield Difference("origin.kind", origin.kind, "a notice was published")
        return
    if notice is None:
        wanting.append(Text(f"抽取公告 {origin.notice[:12]}", f"the notice {origin.notice[:12]}"))
    else:
        yield from _held_to(origin, notice, results, wanting)
    try:
        again = derived_seed(origin.notice, plan, origin.results, origin.secret)
    except AntipovertyError as problem:
        again = problem.message
    if again != seed:
        yield Difference("seed", seed, f"{again}, by the notice and the results")


def _held_to(
    origin: FromNotice, notice: Notice | Request, results: Sequence[str] | None, wanting: list[Text]
) -> Iterator[Difference]:
    yield from broken_seal(notice)
    if notice.digest != origin.notice:
        yield Difference("origin.notice", origin.notice, f"{notice.digest}, the notice given")
        return
    for fault in notice.faults():
        yield Difference("notice", "published before its events", fault)
    if notice.intact and not notice.faults():
        try:
            notice.open(origin.results, secret=origin.secret)
        except AntipovertyError as problem:
            yield Difference("origin", "results of the notice's events", problem.message)
    if results is not None and tuple(results) != origin.results:
        said = "; ".join(results)
        yield Difference("origin.results", "; ".join(origin.results), f"{said}, as looked up")
    if results is None and notice.events:
        names = "; ".join(f"{event.name} ({event.on})" for event in notice.events)
        wanting.append(
            Text(
                f"自行查得的公开事件结果：{names}", f"the results of the events, looked up: {names}"
            )
        )


__all__ = [
    "ILLUSTRATIVE",
    "Difference",
    "Verification",
    "broken_seal",
    "compare",
    "predictability",
    "seed_faults",
    "self_chosen",
]
