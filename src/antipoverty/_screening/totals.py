"""What a screening comes to (筛查合计): counts with their denominators, and no household.

A report and a chart are made of these counts alone, so that one of earlier runs needs no
more than the document that ``screen --json`` printed then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import attrs

from antipoverty._base.provenance import Text
from antipoverty.errors import FieldError, InvalidDocumentError


def several(given: Iterable[Any]) -> tuple[Any, ...]:
    """Copy what is given, once and for all."""
    return tuple(given)


@attrs.frozen
class AreaTotals:
    """The counts of one area.

    Attributes:
        code: Its code.
        name: Its name with those above it; empty where it is not known.
        households: Households judged.
        warned: Households that some rule warns of.
        warn: Answers that warn.
        undecided: Answers that a missing fact leaves open.
    """

    code: str
    name: str
    households: int
    warned: int
    warn: int
    undecided: int


@attrs.frozen
class RuleTotals:
    """The counts of one rule: answers that warn, and that are undecided."""

    rule_id: str
    warn: int
    undecided: int


@attrs.frozen
class FactTotals:
    """How many undecided answers wait for a fact.

    Attributes:
        path: The fact, such as ``members.age``.
        title: What it is called.
        answers: How many answers wait for it.
    """

    path: str
    title: Text
    answers: int


@attrs.frozen
class Totals:
    """The counts of a screening (筛查合计).

    Attributes:
        pack: The policy's id.
        as_of: The day the answer is for.
        given: Households that came.
        judged: Households that could be judged.
        warned: Households that some rule warns of.
        open: Households of which no rule warns and some cannot be decided.
        warn: Answers that warn.
        undecided: Answers that are undecided.
        areas: The counts by area.
        rules: The counts by rule.
        facts: What would settle the undecided answers, the most awaited first.
    """

    pack: str
    as_of: date
    given: int
    judged: int
    warned: int
    open: int
    warn: int
    undecided: int
    areas: tuple[AreaTotals, ...] = attrs.field(default=(), converter=several, repr=False)
    rules: tuple[RuleTotals, ...] = attrs.field(default=(), converter=several, repr=False)
    facts: tuple[FactTotals, ...] = attrs.field(default=(), converter=several, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Give the counts as plain data."""
        found = attrs.asdict(self)
        found["as_of"] = self.as_of.isoformat()
        return found

    @classmethod
    def from_dict(cls, given: object) -> Totals:
        """Read the counts from plain data, as of ``screen --json`` or `to_dict`.

        Raises:
            InvalidDocumentError: They are not there.
        """
        try:
            if not isinstance(given, Mapping):
                raise ValueError("a document")
            found = given.get("totals", given)
            return cls(
                pack=str(found["pack"]),
                as_of=date.fromisoformat(found["as_of"]),
                **{name: int(found[name]) for name in _COUNTS},
                areas=tuple(AreaTotals(**one) for one in found.get("areas", ())),
                rules=tuple(RuleTotals(**one) for one in found.get("rules", ())),
                facts=tuple(
                    FactTotals(one["path"], Text(**one["title"]), one["answers"])
                    for one in found.get("facts", ())
                ),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            why = FieldError("totals: give what `screen --json` printed, whole")
            raise InvalidDocumentError("these are not the counts of a screening", [why]) from None

    @classmethod
    def read(cls, path: str | Path) -> Totals:
        """Read the counts of an earlier screening from the file that ``screen --json`` wrote.

        Raises:
            InvalidDocumentError: It is none.
        """
        try:
            given = json.loads(Path(path).read_text(encoding="utf-8"))
        except (ValueError, RecursionError):  # no JSON, an endless number, too deep a nest
            why = FieldError("{name}: it is no JSON text", name=Path(path).name)
            raise InvalidDocumentError("these are not the counts of a screening", [why]) from None
        return cls.from_dict(given)


_COUNTS = ("given", "judged", "warned", "open", "warn", "undecided")

__all__ = ["AreaTotals", "FactTotals", "RuleTotals", "Totals"]
