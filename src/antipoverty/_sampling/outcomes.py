"""What became of what was drawn (一公开): every unit is visited, replaced and why, or open.

A draw shows who was to be looked at, not who was. So the results are published too, and
whatever counts how far the checks have come counts visits.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Literal

import attrs

from antipoverty._base.days import as_day, days
from antipoverty._base.documents import Document, Line, Part, sealed
from antipoverty._base.opaque import opaque
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.supplements import Supplement
from antipoverty.errors import AntipovertyError, FieldError, InvalidOutcomesError, phrase
from antipoverty.periods import Period

Result = Literal["visited", "replaced", "open"]


@attrs.frozen
class Outcome(Part):
    """What became of one unit drawn.

    Attributes:
        unit: Its code, or the id of a household.
        result: ``visited``; ``replaced`` by a supplement; or ``open``.
        on: The day of the visit.
        office: Who was to visit, an opaque id; empty if nobody is named.
        why: Why it was replaced, from the request.
        problems: The ids in the rectification register of what was found there.
    """

    unit: Line
    result: Result = "open"
    on: date | None = attrs.field(default=None, converter=attrs.converters.optional(as_day))
    office: str = ""
    why: Line | None = None
    problems: tuple[Line, ...] = ()


@attrs.frozen(repr=False)
class Outcomes(Document):
    """The published results of a round (抽查结果公开), as they stand on a day.

    Attributes:
        receipt: The digest of the receipt of the round.
        plan: The plan's id.
        period: The period of the round.
        as_of: The day on which it stands so.
        supplements: The digests of the supplements of the receipt.
        units: Every unit drawn, by the receipt and by supplements, with its result.
        digest: SHA-256 of the canonical text of all other fields.
    """

    receipt: Line
    plan: Line
    period: Period
    as_of: date
    supplements: tuple[Line, ...]
    units: tuple[Outcome, ...]
    digest: str = sealed()

    def __repr__(self) -> str:
        count = self.counts
        return (
            f"<Outcomes {self.plan} {self.period} on {self.as_of}: {count['visited']} visited, "
            f"{count['replaced']} replaced, {count['open']} open, {self.digest[:12]}>"
        )

    @property
    def counts(self) -> Mapping[str, int]:
        """How many units have each result."""
        return Counter(one.result for one in self.units)

    @property
    def visited(self) -> tuple[str, ...]:
        """The units that were visited."""
        return tuple(one.unit for one in self.units if one.result == "visited")


@days
def outcomes(
    receipt: Receipt,
    reported: Iterable[Outcome],
    *,
    as_of: date,
    supplements: Iterable[Supplement] = (),
) -> Outcomes:
    """State what became of every unit drawn in a round.

    What was not reported is open; what a supplement replaced is replaced, for the reason
    that its request gave.

    Args:
        receipt: The receipt of the round.
        reported: What the offices report.
        as_of: The day.
        supplements: All supplements of the receipt.

    Raises:
        InvalidOutcomesError: Somewhere was visited that was not drawn, or that was
            replaced; a day is missing, or lies outside the round; an id may be personal;
            every problem is listed.
    """
    given, drawn = [*reported], [*supplements]
    why = expected(receipt, drawn)
    problems = [*_faults(receipt, drawn, given, why, as_of)]
    if problems:
        raise InvalidOutcomesError("the outcomes cannot be published", problems)
    told = {one.unit: one for one in given}
    units = [_settled(told.get(unit, Outcome(unit)), reason) for unit, reason in why.items()]
    return Outcomes(
        receipt.digest,
        receipt.design.id,
        receipt.period,
        as_of,
        tuple(one.digest for one in drawn),
        tuple(sorted(units, key=lambda one: one.unit)),
    )


def _settled(one: Outcome, reason: str | None) -> Outcome:
    return one if reason is None else attrs.evolve(one, result="replaced", why=reason)


def expected(receipt: Receipt, supplements: Iterable[Supplement]) -> Mapping[str, str | None]:
    """Every unit drawn in a round, and why it was replaced, or ``None`` if it was not."""
    given = [*supplements]
    last = len(receipt.design.stages)
    lost = {one.instead_of: one.why for each in given for one in each.wanted if one.instead_of}
    found: dict[str, str | None] = {}
    for one in (*receipt.strata, *(inner for each in given for inner in each.strata)):
        if (one.stage, one.status) == (last, "drawn"):
            above = next((lost[p] for p in lost if one.stratum.startswith(p)), None)
            where = None if receipt.design.listed else above
            found |= {pick.unit: lost.get(pick.unit, where) for pick in one.picks}
    return found


def _faults(
    receipt: Receipt,
    supplements: Sequence[Supplement],
    given: Sequence[Outcome],
    why: Mapping[str, str | None],
    as_of: date,
) -> Iterable[AntipovertyError]:
    if any(one.receipt != receipt.digest for one in supplements):
        yield FieldError("a supplement is of another receipt")
    for unit, count in Counter(one.unit for one in given).items():
        if unit not in why:
            yield FieldError("{unit} was not drawn in this round", unit=unit)
        elif count > 1:
            yield FieldError("{unit} is reported {count} times", unit=unit, count=count)
    for one in given:
        if (one.result == "replaced") is (why.get(one.unit) is None) and one.unit in why:
            kept = why[one.unit] is None
            yield FieldError(
                "{unit} is reported as {result}, and no supplement replaced it"
                if kept
                else "{unit} is reported as {result}, and it was replaced",
                unit=one.unit,
                result=one.result,
            )
        if (one.result == "visited") is (one.on is None):
            yield FieldError("{unit}: a day belongs to a visit, and to nothing else", unit=one.unit)
        if one.on is not None and not receipt.period.first <= one.on <= as_of:
            yield FieldError(
                "{unit}: {on} lies outside {first} to {as_of}",
                unit=one.unit,
                on=one.on,
                first=receipt.period.first,
                as_of=as_of,
            )
        if one.problems and one.result != "visited":
            yield FieldError("{unit}: something was found without a visit", unit=one.unit)
        texts = [*one.problems, *([one.office] if one.office else [])]
        for text in texts:
            try:
                opaque(text, phrase("{unit}: an office or a problem", unit=one.unit))
            except AntipovertyError as problem:
                yield FieldError(problem.message)


@attrs.frozen
class OfficeOutcomes(Part):
    """How often an office visited what was drawn, or had it replaced.

    Attributes:
        office: Its id; empty for all units that name none.
        drawn: How many units were drawn for it.
        visited: How many of them it visited.
        replaced: How many were replaced.
        luck: The chance that, of all replacements there were, at least so many fall to
            this office if they fall on every unit drawn alike.
    """

    office: str
    drawn: int
    visited: int
    replaced: int
    luck: Fraction

    @property
    def open(self) -> int:
        """How many have no result yet."""
        return self.drawn - self.visited - self.replaced

    @property
    def rate(self) -> Fraction:
        """The share that was replaced."""
        return Fraction(self.replaced, self.drawn)


def latest(published: Iterable[Outcomes]) -> dict[str, Outcomes]:
    """The last state of every round, by the digest of its receipt."""
    found: dict[str, Outcomes] = {}
    for one in sorted(published, key=lambda one: (one.as_of, one.digest)):
        found[one.receipt] = one
    return found


def by_office(published: Iterable[Outcomes]) -> tuple[OfficeOutcomes, ...]:
    """Count visits and replacements of every office over some rounds, each at its last state.

    Returns:
        The offices, those whom luck explains least first.
    """
    results: dict[str, Counter[str]] = defaultdict(Counter)
    for round_ in latest(published).values():
        for one in round_.units:
            results[one.office][one.result] += 1
    drawn = sum(count.total() for count in results.values())
    lost = sum(count["replaced"] for count in results.values())
    found = [
        OfficeOutcomes(
            office,
            count.total(),
            count["visited"],
            count["replaced"],
            _luck(drawn, lost, count.total(), count["replaced"]),
        )
        for office, count in results.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.luck, one.office)))


def _luck(units: int, lost: int, own: int, replaced: int) -> Fraction:
    """The chance that ``own`` of all units hold ``replaced`` or more of those lost."""
    ways = sum(
        math.comb(lost, k) * math.comb(units - lost, own - k)
        for k in range(replaced, min(lost, own) + 1)
    )
    return Fraction(ways, math.comb(units, own))
