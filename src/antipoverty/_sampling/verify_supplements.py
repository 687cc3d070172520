"""To verify a supplement is to draw it again from the request and what was drawn before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from antipoverty._base.provenance import Text
from antipoverty._sampling.frames import Source
from antipoverty._sampling.plans import Plan
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.supplements import Request, Supplement, drawn_as, drawn_further
from antipoverty._sampling.verification import (
    Difference,
    Verification,
    broken_seal,
    compare,
    seed_faults,
)
from antipoverty.errors import AntipovertyError


def verify_supplement(
    supplement: Supplement | str,
    receipt: Receipt,
    source: Source | Plan | None,
    *,
    asked: Request | None = None,
    earlier: Iterable[Supplement] = (),
    sizes: Mapping[str, int] | None = None,
    results: Sequence[str] | None = None,
) -> Verification:
    """Draw a supplement again and compare every field.

    Args:
        supplement: The record, or its JSON as published.
        receipt: The receipt of the round.
        source: The areas, or the lists, that the receipt drew from; or their plan.
        asked: The request that the supplement names.
        earlier: The supplements of the receipt before it; others do no harm.
        sizes: The size of each unit, where chances go by size.
        results: What came of the request's events, as you looked it up yourself.

    Raises:
        InvalidDocumentError: The text is no supplement.
    """
    read = Supplement.from_json(supplement) if isinstance(supplement, str) else supplement
    wanting: list[Text] = []
    found = [*broken_seal(read, supplement if isinstance(supplement, str) else None)]
    if asked is None:
        wanting.append(Text(f"补抽申请 {read.request[:12]}", f"the request {read.request[:12]}"))
    else:
        name = drawn_as(asked)
        found += seed_faults(read.seed, read.origin, name, asked, results, wanting)
        found += [
            Difference(name, str(getattr(read, name))[:80], "another, by the request")
            for name in ("receipt", "plan", "period", "wanted", "earlier")
            if getattr(read, name) != getattr(asked, name)
        ]
        given = {one.digest: one for one in earlier}
        if lost := [one for one in read.earlier if one not in given]:
            wanting.append(Text(f"{len(lost)} 份补抽回执", f"{len(lost)} earlier supplements"))
        elif source is None:
            wanting.append(Text("框：区划或名单", "the frame: the areas or the lists"))
        elif sizes is None and not isinstance(source, Plan) and receipt.sizes_digest is not None:
            wanting.append(Text("各单位规模", "the sizes of the units"))
        else:
            plan = source if isinstance(source, Plan) else Plan(receipt.design, source, sizes)
            found += _again(read, asked, receipt, [given[one] for one in read.earlier], plan)
    return Verification(
        f"{read.plan} {read.period}", tuple(found), tuple(wanting), read.self_chosen
    )


def _again(
    read: Supplement,
    asked: Request,
    receipt: Receipt,
    earlier: Sequence[Supplement],
    plan: Plan,
) -> list[Difference]:
    try:
        again = drawn_further(plan, asked, receipt, earlier, read.seed, read.origin)
    except AntipovertyError as problem:
        return [Difference("the draw", "a supplement", str(problem))]
    return compare(read, again)
