"""What an audit finds, one by one."""

from __future__ import annotations

from typing import Literal

import attrs

from antipoverty._base.documents import Part
from antipoverty._sampling.outcomes import Outcomes
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.supplements import Request, Supplement
from antipoverty._sampling.teams import Teams
from antipoverty._sampling.verification import Difference

Weight = Literal["differs", "unchecked", "note"]


@attrs.frozen
class Finding(Part):
    """One thing an audit found.

    Attributes:
        kind: ``altered``, ``twice``, ``gap``, ``broken-chain``, ``reused-seed``,
            ``trimmed-history``, ``notice``, ``undrawn-notice``, ``unseen-notice``,
            ``hidden-notice``, ``undrawn-request``, ``not-redrawn``, ``outcomes``, ``open``,
            ``wanting``, ``self-chosen`` or ``changed``.
        where: The plan and the period.
        zh: What it is, in Chinese.
        en: What it is, in English.
        weight: Whether the series does not hold, could not be checked, or is only noted.
    """

    kind: str
    where: str
    zh: str
    en: str
    weight: Weight = "differs"


def where(one: Receipt | Teams | Request | Supplement | Outcomes) -> str:
    """The plan and the period that a document is for."""
    return f"{one.design.id if isinstance(one, Receipt) else one.plan} {one.period}"


def altered(one: Receipt | Teams | Request | Supplement | Outcomes) -> Finding:
    """A document whose digest does not fit."""
    return Finding("altered", where(one), "封存后有字段被改动", "a field was changed after sealing")


def differing(
    kind: str, one: Receipt | Teams | Request | Supplement | Outcomes, found: Difference
) -> Finding:
    """A field that is not what it should be."""
    return Finding(
        kind,
        where(one),
        f"{found.field}：所载 {found.stated}，复算 {found.found}",
        f"{found.field}: stated {found.stated}; computed {found.found}",
    )
