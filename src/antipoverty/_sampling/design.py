"""A design says what is drawn from what: strata, stages, filters, coverage.

Each area of the strata's level is one stratum. The first stage draws units inside it,
the second draws inside each unit drawn, and so on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import attrs

from antipoverty._base.documents import Line, Part, TextMap, frozen_texts
from antipoverty._base.frozen import Frozen
from antipoverty._sampling.tickets import part
from antipoverty.codes import Level
from antipoverty.errors import FieldError, InvalidDrawError, InvalidPlanError, phrase
from antipoverty.periods import Cadence, Period

LISTED = "list"
"""The level of the units of a plan that draws from lists, not from areas."""

TAKEN = ("-inspectors", "-further")
"""What is put behind a plan's id for the draws of its teams and of its supplements."""

_LEVELS = [level.value for level in Level]
_WITHIN = re.compile(r"within\(([1-9]\d{0,5})\)")


def within(rounds: int) -> str:
    """Name the policy under which nobody waits longer than some rounds.

    >>> within(12)
    'within(12)'
    """
    return f"within({rounds})"


def rounds_of(coverage: str) -> int | None:
    """Give the rounds of ``within(n)``; ``None`` for another policy.

    Raises:
        ValueError: It is no policy of coverage.
    """
    found = _WITHIN.fullmatch(coverage)
    if found is None and coverage not in ("independent", "cycle"):
        raise ValueError(
            phrase(
                "coverage {coverage!r} is not 'independent', 'cycle' or 'within(12)' with a "
                "number of rounds of at least 1",
                coverage=coverage,
            )
        )
    return int(found[1]) if found else None


@attrs.frozen
class Stage(Part):
    """One stage of a design: what is drawn inside a stratum.

    Attributes:
        level: The level of the units, such as ``village``; ``list`` for listed units.
        take: How many units are drawn in each stratum.
        by: ``equal`` chance, or chance in proportion to ``size``.
        coverage: ``independent``, ``cycle`` or ``within(n)``.
    """

    level: Line
    take: int = 1
    by: Literal["equal", "size"] = "equal"
    coverage: Line = "independent"

    @property
    def policy(self) -> str:
        """The policy of coverage without its number: ``independent``, ``cycle``, ``within``."""
        return self.coverage.partition("(")[0]

    @property
    def rounds(self) -> int | None:
        """The rounds of ``within(n)``; ``None`` under another policy."""
        return rounds_of(self.coverage)

    def is_rota(self, units: int) -> bool:
        """Whether ``within(n)`` leaves so little room that picks can be foreseen again and again.

        That is so when ``n`` rounds take fewer than twice the units there are: with as
        many as there are, the order of the first ``n`` rounds comes back for ever.
        """
        return self.rounds is not None and self.rounds * self.take < 2 * units


@attrs.frozen
class Shared(Part):
    """Permanent random numbers (永久随机数) that several surveys of one round have in common.

    A unit's ticket is then the same in all of them, whatever their strata: two surveys
    that take the low end share as many units as can be, one that takes the high end
    shares as few as can be with the others. Each by itself is drawn as ever.

    Attributes:
        name: Stands for the plan's id in the seed and in the tickets, so that those agree.
        end: Whether the smallest tickets are drawn, or the largest.
    """

    name: Line
    end: Literal["low", "high"] = "low"


@attrs.frozen
class Design(Part):
    """What is drawn from what; it stands on every receipt.

    Attributes:
        id: The plan's id, which is part of every ticket.
        strata: The level whose areas are the strata; ``list`` for lists.
        stages: One or more, from the coarsest.
        rural: Whether only villagers' committees (村委会) are in the frame.
        excluded: Codes left out, with all below them, and the reason of each.
        cadence: How long the periods are, such as ``week``; empty for any.
        source: The document that fixes these choices; without one they are illustrative.
        shared: The random numbers that it has in common with other surveys of the round.

    Raises:
        InvalidPlanError: The parts do not fit; every problem is listed.
    """

    id: Line
    strata: Line
    stages: tuple[Stage, ...]
    rural: bool = False
    excluded: TextMap = attrs.field(factory=Frozen, converter=frozen_texts)
    cadence: str = ""
    source: str = ""
    shared: Shared | None = None

    def __attrs_post_init__(self) -> None:
        problems = [FieldError(text) for text in _faults(self)]
        if problems:
            raise InvalidPlanError("the plan {id!r} cannot be used", problems, id=self.id)

    def check_period(self, period: Period) -> None:
        """Refuse a period of another length.

        Raises:
            InvalidDrawError: The plan is for another cadence.
        """
        if self.cadence and period.cadence.value != self.cadence:
            raise InvalidDrawError(
                "the plan {id!r} is drawn every {cadence}; {period} is a {cadence2}",
                id=self.id,
                cadence=self.cadence,
                period=period,
                cadence2=period.cadence.value,
            )

    @property
    def illustrative(self) -> bool:
        """Whether no document is named as the source of its choices."""
        return not self.source

    @property
    def drawn_as(self) -> str:
        """What stands for the plan in the seed and in the tickets: its id, or what it shares."""
        return self.id if self.shared is None else self.shared.name

    @property
    def listed(self) -> bool:
        """Whether units come from lists, not from the area tree."""
        return self.strata == LISTED


def _faults(design: Design) -> Iterable[str]:
    for name in {design.id, design.drawn_as}:
        try:
            part(name, "the plan's id, or the name of its random numbers,")
        except InvalidDrawError as problem:
            yield problem.message
        if name.endswith(TAKEN):
            yield phrase(
                "no id or name ends in {taken}: draws of the round are called so",
                taken=" or ".join(TAKEN),
            )
    if design.cadence not in ("", *(one.value for one in Cadence)):
        yield phrase(
            "the cadence is one of {one}, or empty", one=", ".join(one.value for one in Cadence)
        )
    if not design.stages:
        yield phrase("a plan has at least one stage")
    yield from _level_faults(design)
    stages = [(one.by, one.coverage) for one in design.stages]
    if design.shared is not None and stages != [("equal", "independent")]:
        yield phrase(
            "random numbers are shared by draws of one stage, independent, of equal chances"
        )
    for number, stage in enumerate(design.stages, 1):
        yield from (
            phrase("stage {number}: {fault}", number=number, fault=fault)
            for fault in _stage_faults(stage, number)
        )


def _level_faults(design: Design) -> Iterable[str]:
    levels = [design.strata, *(stage.level for stage in design.stages)]
    if design.listed:
        if levels[1:] != [LISTED]:
            yield phrase("a plan on lists has one stage, of level 'list'")
        if design.rural or design.excluded:
            yield phrase("a plan on lists has no filter; filter the lists")
    elif any(level not in _LEVELS for level in levels):
        yield phrase("levels are {levels}", levels=", ".join(_LEVELS))
    elif (order := [_LEVELS.index(level) for level in levels]) != sorted(set(order)):
        yield phrase("each stage lies below the one before, and the first below the strata")
    if design.rural and levels[-1] not in ("village", "group"):
        yield phrase("only villages and groups are known to be rural")


def _stage_faults(stage: Stage, number: int) -> Iterable[str]:
    if stage.take < 1:
        yield "take is at least 1"
    try:
        rounds = stage.rounds
    except ValueError as problem:
        yield str(problem)
        return
    if rounds is not None and number > 1:
        yield "within(n) needs a draw in every round, so it is for the first stage only"
    if rounds is not None and stage.by == "size" and stage.take > 1:
        yield "within(n) with chances by size takes one unit at a time"
