"""A stratum is drawn in steps: from each pool, in turn, some units with a known chance.

An independent draw has one step, over all units. ``cycle`` first takes what is left of
the cycle, then begins the next. ``within(n)`` first takes from the units that cannot
wait, then from all. The tickets of the second step are made with the stratum
``CODE/2``, so that no step knows anything of another; the first step's are plain.

Every chance is exact: within one step all units of the pool have the same chance, or
the chance in proportion to size that systematic sampling gives them.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Literal

import attrs

from antipoverty._base.documents import FractionField, FractionMap, Line, Part, frozen_fractions
from antipoverty._sampling.design import Stage, within
from antipoverty._sampling.tickets import Stratum, Tickets
from antipoverty.errors import phrase

Status = Literal["drawn", "undrawn"]


@attrs.frozen
class Pick(Part):
    """One unit drawn.

    Attributes:
        unit: Its code.
        ticket: Its ticket, in lower-case hex.
        step: The step that took it; from the second on, the ticket's stratum ends in it.
        forced: Whether the coverage policy had narrowed the choice.
    """

    unit: Line
    ticket: Line
    step: int = 1
    forced: bool = False


@attrs.frozen
class StratumDraw(Part):
    """What was drawn in one stratum, and every unit's chance there.

    Attributes:
        stage: The stage of the plan, from 1.
        stratum: The code of the stratum.
        status: ``drawn``; ``undrawn`` inside a unit that was not drawn, where only the
            chances are given.
        units: How many units of the frame it has.
        could: How many of them had a chance; 1 means that the pick was foreseeable.
        picks: The units drawn, in order.
        short: Whether it has fewer units than the plan takes; all were taken then.
        others: The chance of every unit of the frame that ``chances`` does not name.
        chances: The chances of the units whose chance differs from that.
        best_guess: The chance that whoever knew all earlier receipts, and named the unit
            to be drawn before, was right; 1 means that it could be known.
    """

    stage: int
    stratum: Line
    status: Status
    units: int
    could: int
    picks: tuple[Pick, ...]
    short: bool
    others: FractionField
    chances: FractionMap = attrs.field(converter=frozen_fractions)
    best_guess: FractionField

    def chance(self, unit: str) -> Fraction:
        """The chance that a unit of the frame had in this stratum."""
        return self.chances.get(unit, self.others)


@attrs.frozen
class Step:
    """Some units to take from a pool."""

    pool: Sequence[str]
    take: int
    forced: bool


Waited = Callable[[str], int]


class TooManyWaiting(Exception):  # noqa: N818 - it never leaves the sampling modules
    """More units cannot wait than can be drawn."""


def steps_of(
    stage: Stage, units: Sequence[str], *, seen: Container[str], waited: Waited
) -> list[Step]:
    """Divide the draw of a stratum into steps, by its coverage policy.

    Args:
        stage: How many are taken, and the policy.
        units: The units of the stratum.
        seen: Those drawn in the cycle that is open; others may be among them.
        waited: Gives the rounds that a unit has waited, for ``within(n)``.

    Raises:
        TooManyWaiting: ``within(n)`` cannot be kept.
    """
    take = min(stage.take, len(units))
    limit = stage.rounds
    if take == len(units) or stage.coverage == "independent":
        return [Step(units, take, forced=False)]
    if limit is None:
        return _cycle(units, take, seen)
    return _within(units, take, limit, waited)


def _cycle(units: Sequence[str], take: int, seen: Container[str]) -> list[Step]:
    left = [unit for unit in units if unit not in seen] or units
    if len(left) > take:
        return [Step(left, take, forced=False)]
    among = set(left)
    rest = [unit for unit in units if unit not in among]
    first = Step(left, len(left), forced=bool(rest))
    return [first, Step(rest, take - len(left), forced=False)] if take > len(left) else [first]


def open_cycle(stage: Stage, one: StratumDraw, seen: Iterable[str]) -> set[str]:
    """The units drawn in the cycle that is open after a draw.

    Args:
        stage: What the draw took, and its policy.
        one: The draw.
        seen: The units drawn before it in the open cycle, by the codes of its day.
    """
    drawn = {pick.unit for pick in one.picks}
    if one.could == len(drawn):
        return set()
    if stage.coverage != "cycle":
        return drawn.union(seen)
    begun = {pick.unit for pick in one.picks if pick.step > 1}
    # Somebody is drawn again only when nobody was left, as when the last of a cycle went away.
    return begun or (drawn if drawn.intersection(seen) else drawn.union(seen))


def _within(units: Sequence[str], take: int, limit: int, waited: Waited) -> list[Step]:
    """Take first from those that cannot wait.

    A unit's deadline is the number of rounds, this one included, in which it must be
    drawn. The promise can be kept as long as, for every ``d``, at most ``take * d``
    units have a deadline of ``d`` or less; what this round must take so that it still
    can be kept afterwards is taken from those very units.
    """
    deadline = _deadlines(units, limit, waited)
    steps: list[Step] = []
    taken = 0
    for day, soon in _due(deadline):
        must = soon - take * (day - 1)
        if must > take:
            least = _least_limit(units, take, limit, waited)
            raise TooManyWaiting(
                phrase(
                    "{soon} units must be drawn within {day} rounds of {take}; the least that "
                    "can be kept is {within}",
                    soon=soon,
                    day=day,
                    take=take,
                    within=within(least),
                )
            )
        if must > taken:
            pool = [unit for unit in units if deadline[unit] <= day]
            steps.append(Step(pool, must - taken, forced=len(pool) < len(units)))
            taken = must
    if taken < take:
        steps.append(Step(units, take - taken, forced=False))
    return steps


def _deadlines(units: Iterable[str], limit: int, waited: Waited) -> dict[str, int]:
    return {unit: max(limit - waited(unit), 1) for unit in units}


def _due(deadline: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Each deadline, and how many units have that one or an earlier."""
    due = Counter(deadline.values())
    return zip(sorted(due), itertools.accumulate(due[day] for day in sorted(due)), strict=True)


def _least_limit(units: Sequence[str], take: int, limit: int, waited: Waited) -> int:
    def kept(more: int) -> bool:
        return all(soon <= take * day for day, soon in _due(_deadlines(units, more, waited)))

    return next(more for more in itertools.count(limit + 1) if kept(more))


def draw_stratum(
    tickets: Tickets,
    stratum: str,
    units: Sequence[str],
    how: Stage,
    *,
    number: int = 1,
    status: Status = "drawn",
    steps: Sequence[Step],
    sizes: Mapping[str, int],
) -> StratumDraw:
    """Draw one stratum.

    Args:
        tickets: The tickets of the draw.
        stratum: Its code.
        units: Its units, sorted.
        how: What the stage takes.
        number: The stage's number.
        status: Whether anything is drawn, or only the chances are given.
        steps: See `steps_of`.
        sizes: The size of each unit, where the stage draws by size.
    """
    able = with_a_chance(units, how, sizes)
    others, chances = _common(units, _chances(units, steps, sizes if how.by == "size" else None))
    picks = _picked(tickets, stratum, how, steps, sizes) if status == "drawn" else []
    return StratumDraw(
        stage=number,
        stratum=stratum,
        status=status,
        units=len(units),
        could=len(units) - sum(1 for c in chances.values() if not c) if others else len(chances),
        picks=tuple(picks),
        short=len(able) < how.take,
        others=others,
        chances=chances,
        best_guess=max(others, *chances.values()) if chances else others,
    )


def with_a_chance(units: Sequence[str], how: Stage, sizes: Mapping[str, int]) -> Sequence[str]:
    """The units that can be drawn at all: of those drawn by size, the ones with a size."""
    return units if how.by == "equal" else [unit for unit in units if sizes[unit]]


def _picked(
    draw: Tickets,
    stratum: str,
    how: Stage,
    steps: Sequence[Step],
    sizes: Mapping[str, int],
) -> list[Pick]:
    picks: list[Pick] = []
    taken: set[str] = set()
    for number, step in enumerate(steps, 1):
        tickets = draw.stratum(stratum, number)
        pool = step.pool if not taken else [unit for unit in step.pool if unit not in taken]
        if how.by == "size":
            ranked = systematic(tickets, tickets.ranked(pool), step.take, sizes)
        else:
            ranked = tickets.first(pool, step.take)
        picks += [Pick(unit, hash_, number, step.forced) for hash_, unit in ranked]
        taken.update(unit for _, unit in ranked)
    return picks


# --- chance in proportion to size ----------------------------------------------------


def certain(sizes: Mapping[str, int], take: int) -> set[str]:
    """The units so large that a draw in proportion to size is sure to take them."""
    sure: set[str] = set()
    while True:
        left, total = take - len(sure), sum(s for unit, s in sizes.items() if unit not in sure)
        more = {unit for unit, s in sizes.items() if unit not in sure and left * s >= total > 0}
        if not more or left <= 0:
            return sure
        sure |= more


def systematic(
    tickets: Stratum, ranked: Sequence[tuple[str, str]], take: int, sizes: Mapping[str, int]
) -> list[tuple[str, str]]:
    """Draw with chances in proportion to size, in whole numbers only.

    The units stand on a line in order of ticket, each ``take`` times its size long.
    From a start drawn by the ticket of ``*``, every total-th point of the line is
    marked; a unit with a mark is drawn. Units too large for the line are taken first.

    Returns:
        The units drawn, in order of ticket.
    """
    own = {unit: sizes[unit] for _, unit in ranked}
    sure = certain(own, take)
    line = [(hash_, unit) for hash_, unit in ranked if unit not in sure]
    left, total = take - len(sure), sum(own[unit] for _, unit in line)
    drawn = set(sure)
    if left > 0 and total > 0:
        mark, end = tickets.below(total, "*"), 0
        for _, unit in line:
            end += left * own[unit]
            if mark < end:
                drawn.add(unit)
                mark += total
    return [one for one in ranked if one[1] in drawn]


# --- chances ---------------------------------------------------------------------------


def _chances(
    units: Sequence[str], steps: Sequence[Step], sizes: Mapping[str, int] | None
) -> dict[str, Fraction] | Fraction:
    """The chance of every unit: one for all, or one for each."""
    if sizes is None and len(steps) == 1 and len(steps[0].pool) == len(units):
        return Fraction(steps[0].take, len(units))
    missed = dict.fromkeys(units, Fraction(1))
    taken, first = 0, steps[0].pool
    for step in steps:
        # A later pool either holds the earlier ones or, in a cycle, nothing of them.
        left = len(step.pool) - (taken if first[0] in set(step.pool) else 0)
        for unit, chance in _step_chances(step, left, sizes).items():
            missed[unit] *= 1 - chance
        taken += step.take
    return {unit: 1 - chance for unit, chance in missed.items()}


def _step_chances(
    step: Step, left_in_pool: int, sizes: Mapping[str, int] | None
) -> Mapping[str, Fraction]:
    if sizes is None:
        return dict.fromkeys(step.pool, Fraction(step.take, left_in_pool))
    own = {unit: sizes[unit] for unit in step.pool}
    sure = certain(own, step.take)
    left = step.take - len(sure)
    total = sum(size for unit, size in own.items() if unit not in sure)
    return {
        unit: Fraction(1) if unit in sure else Fraction(max(left, 0) * size, total)
        for unit, size in own.items()
    }


def _common(
    units: Iterable[str], chances: Mapping[str, Fraction] | Fraction
) -> tuple[Fraction, Mapping[str, Fraction]]:
    """Say the commonest chance once, and the others unit by unit."""
    if isinstance(chances, Fraction):
        return chances, {}
    # Of two chances as common as each other, the smaller: the answer has one form.
    counts = Counter(chances.values())
    common = min(counts, key=lambda chance: (-counts[chance], chance))
    return common, {unit: chances[unit] for unit in units if chances[unit] != common}
