"""What earlier receipts say of today's units: who was drawn in the open cycle, who waits how long.

A cycle is closed by the receipt that draws the last of its units, and judged by the units
there were then: a village that is added later joins the cycle that is open, and opens
none that was closed. Whoever is added waits from the round in which it could first be
drawn. What was renamed, merged or split goes on under its successors.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._sampling.design import Design, Stage
from antipoverty._sampling.plans import Plan
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.steps import (
    Step,
    TooManyWaiting,
    open_cycle,
    steps_of,
    with_a_chance,
)
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    AntipovertyError,
    FieldError,
    ImpossibleCoverageError,
    InvalidHistoryError,
    ReusedSeedError,
    UnknownAreaError,
    phrase,
)
from antipoverty.model import AreaTree
from antipoverty.periods import Period


@attrs.frozen
class Past:
    """What the earlier rounds of one stage come to, under the codes in use on a day.

    Attributes:
        rounds: How many there were.
        last: The number, from 1, of the round in which each unit was last drawn.
        before: How many rounds there were before a unit, or what it succeeds, came into use.
        seen: The units of each stratum that were drawn in the cycle that is open.
    """

    rounds: int
    last: Mapping[str, int]
    before: Mapping[str, int]
    seen: Mapping[str, Collection[str]]

    def waited(self, unit: str) -> int:
        """The rounds since a unit was last drawn, or since it came into use."""
        return self.rounds - max(self.last.get(unit, 0), self.before.get(unit, 0))

    def steps(self, stage: Stage, stratum: str, units: Sequence[str]) -> list[Step]:
        """Divide the draw of a stratum into steps; see `steps_of`."""
        return steps_of(stage, units, seen=self.seen.get(stratum, ()), waited=self.waited)


def series_before(design: Design, period: Period, history: Iterable[Receipt]) -> list[Receipt]:
    """The earlier receipts of a plan, by period; those of other plans are left out.

    Raises:
        InvalidHistoryError: One is altered, stands twice, or is not from before the period.
    """
    problems: list[AntipovertyError] = []
    mine: dict[Period, Receipt] = {}
    for one in history:
        name = phrase("the receipt of {id} for {period}", id=one.design.id, period=one.period)
        if not one.intact:
            problems.append(FieldError("{name} was altered: its digest does not fit", name=name))
        if one.design.id != design.id:
            continue
        if one.period.cadence is not period.cadence:
            problems.append(
                FieldError("{name} is not for a {cadence}", name=name, cadence=period.cadence.value)
            )
        elif one.period >= period:
            problems.append(
                FieldError("{name} is not from before {period}", name=name, period=period)
            )
        elif one.period in mine:
            problems.append(FieldError("{name} stands twice in the history", name=name))
        else:
            mine[one.period] = one
    if problems:
        raise InvalidHistoryError("the history cannot be used", problems)
    return [mine[one] for one in sorted(mine)]


def looked_at(design: Design, series: Sequence[Receipt]) -> list[Receipt]:
    """Those of the earlier receipts that the coverage policy looks at: all, or none."""
    if all(stage.coverage == "independent" for stage in design.stages):
        return []
    return [*series]


def check_unused(seed: str, period: Period, history: Iterable[Receipt]) -> None:
    """Refuse a seed that an earlier receipt used.

    Raises:
        ReusedSeedError: One of them, of whatever plan, used it for another period.
    """
    for one in history:
        if one.seed == seed and one.period != period:
            raise ReusedSeedError(
                "the receipt of {id} for {period} used this seed already; take a new one",
                id=one.design.id,
                period=one.period,
            )


def past_of(plan: Plan, day: date, earlier: Sequence[Receipt]) -> list[Past]:
    """What each stage's earlier rounds come to, under the codes in use on a day.

    Args:
        plan: The plan.
        day: The codes in use on it count.
        earlier: The earlier receipts, by period.

    Raises:
        InvalidHistoryError: A unit is not in the area tree.
    """
    codes = _Codes(plan)
    stages = range(1, len(plan.design.stages) + 1)
    before = codes.before(day, earlier)
    found = [
        Past(len(earlier), _last(codes, n, day, earlier), before, _open(codes, n, day, earlier))
        for n in stages
    ]
    if codes.unknown:
        problems = [
            FieldError("{unit} is not in the area tree; add it with the codes it became", unit=unit)
            for unit in sorted(codes.unknown)
        ]
        raise InvalidHistoryError("the history cannot be followed to the codes of today", problems)
    return found


def check_kept(plan: Plan, day: date, earlier: Sequence[Receipt]) -> None:
    """Refuse a coverage policy that cannot be kept in the next draw, while it can be changed.

    Raises:
        ImpossibleCoverageError: Every stratum is listed, with what can be kept.
    """
    frame, stage = plan.frame(day), plan.design.stages[0]
    if stage.rounds is None:  # only a bound can be impossible, and only the first stage has one
        return
    past = past_of(plan, day, earlier)[0]
    problems: list[AntipovertyError] = []
    for stratum, units in frame.strata[0].items():
        try:
            past.steps(stage, stratum, with_a_chance(units, stage, frame.sizes))
        except TooManyWaiting as problem:
            problems.append(unkept(stage, stratum, problem))
    if problems:
        raise ImpossibleCoverageError(
            "the coverage of {id!r} cannot be kept", problems, id=plan.design.id
        )


def unkept(stage: Stage, stratum: str, problem: TooManyWaiting) -> FieldError:
    """Say of a stratum that its policy cannot be kept, and what can."""
    return FieldError(
        "{stratum}, {coverage}: {problem}",
        stratum=stratum,
        coverage=stage.coverage,
        problem=problem,
    )


def visited_units(plan: Plan, day: date, stage: int, visited: Iterable[str]) -> set[str]:
    """The units of a stage, by the codes of a day, in which some units were visited."""
    if plan.design.listed:
        return {*visited}
    level = Level(plan.design.stages[stage - 1].level)
    return {str(AreaCode(code).at(level)) for code in _Codes(plan).current(visited, day)}


def _last(codes: _Codes, stage: int, day: date, earlier: Sequence[Receipt]) -> Mapping[str, int]:
    return Frozen(
        {
            unit: number
            for number, one in enumerate(earlier, 1)
            if stage <= len(one.design.stages)
            for unit in codes.current(one.picks(stage), day)
        }
    )


def _open(
    codes: _Codes, stage: int, day: date, earlier: Sequence[Receipt]
) -> Mapping[str, Collection[str]]:
    """Walk the receipts, each by the codes of its own day, and keep what is drawn in a cycle."""
    seen: dict[str, set[str]] = {}
    for receipt in earlier:
        if stage > len(receipt.design.stages):
            continue
        seen = codes.regrouped(seen, stage, receipt.period.first)
        for one in receipt.strata:
            if one.stage == stage and one.status == "drawn":
                how = receipt.design.stages[stage - 1]
                seen[one.stratum] = open_cycle(how, one, seen.get(one.stratum, ()))
    return Frozen(codes.regrouped(seen, stage, day))


class _Codes:
    """Follows units through the area tree of a plan; listed units have no successors."""

    def __init__(self, plan: Plan) -> None:
        self._design = plan.design
        self._areas = plan.source if isinstance(plan.source, AreaTree) else None
        self._dated = plan.dated
        self.unknown: set[str] = set()

    def current(self, units: Iterable[str], day: date) -> list[str]:
        """The codes that units have on a day; those that are not in the tree are noted."""
        if self._areas is None:
            return [*units]
        found: list[str] = []
        for unit in units:
            try:
                found += [str(area.code) for area in self._areas.current(unit, day)]
            except UnknownAreaError:
                self.unknown.add(unit)
        return found

    def regrouped(self, seen: dict[str, set[str]], stage: int, day: date) -> dict[str, set[str]]:
        """The same units, by the codes and in the strata that they have on a day."""
        if not self._dated:
            return seen
        levels = [self._design.strata, *(one.level for one in self._design.stages)]
        above = Level(levels[stage - 1])
        found: dict[str, set[str]] = {}
        for units in seen.values():
            for unit in self.current(units, day):
                found.setdefault(str(AreaCode(unit).at(above)), set()).add(unit)
        return found

    def before(self, day: date, earlier: Sequence[Receipt]) -> Mapping[str, int]:
        """How many rounds there were before each unit, or what it succeeds, came into use."""
        if self._areas is None or not self._dated or not earlier:
            return Frozen({})
        begun = {str(area.code): area.since or date.min for area in self._areas}
        ended = [area for area in self._areas if area.successors]
        for area in sorted(ended, key=lambda one: one.until or day):
            for successor in area.successors:
                begun[successor] = min(begun[successor], begun[area.code])
        days = [one.period.first for one in earlier]
        return Frozen(
            {
                unit: sum(1 for one in days if one < since)
                for unit, since in begun.items()
                if since > date.min
            }
        )
