"""How far random draws have come: who was drawn, who waits, how long it will still take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import attrs

from antipoverty._base.documents import Part
from antipoverty._base.frozen import Frozen
from antipoverty._sampling.design import Stage
from antipoverty._sampling.history import Past, past_of, visited_units
from antipoverty._sampling.outcomes import Outcomes, latest
from antipoverty._sampling.plans import Plan
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.rounds import cycle_rounds, expected_rounds
from antipoverty._sampling.steps import (
    TooManyWaiting,
    draw_stratum,
    open_cycle,
    steps_of,
    with_a_chance,
)
from antipoverty._sampling.tickets import Tickets
from antipoverty.errors import (
    FieldError,
    InvalidDrawError,
    InvalidHistoryError,
    InvalidOutcomesError,
)

PREDICTABLE = {
    "independent": (
        "各次互不影响：已抽过的仍可能再抽，末次抽取与首次同样不可预知",
        "each draw is independent of the others: the last is as open as the first",
    ),
    "cycle": (
        "一轮之内不重复：末次抽取只剩一个单位，事先可知",
        "none repeats within a cycle: as it ends few are left, and its last pick is known before",
    ),
    "within": (
        "任何单位等待不超过规定次数：到期的单位必抽，事先可知，回执标为“forced”",
        "nobody waits longer than the rounds stated: units whose time has come are known before "
        "and marked as forced",
    ),
}
"""How foreseeable the picks of each policy are, in Chinese and English."""

SIMULATION = "coverage"
"""The seed of the simulation of a report: the same receipts give the same report."""


@attrs.frozen
class StratumCoverage(Part):
    """How far one stratum is covered.

    Attributes:
        stratum: Its code.
        units: How many units it has today.
        drawn: How many of them were drawn at least once.
        covered: How many of them were visited at least once.
        never: Those that never were visited.
        waits: For each unit, the rounds since it was last drawn; 0 for the last round,
            for one that never was the rounds since its code came into use.
        best_guess: The exact chance that whoever knows all receipts, and names one unit
            to be drawn next, is right; ``None`` if the policy cannot be kept.
        foreseen: In how many of the rounds so far that chance was 1.
        expected: The rounds still to be expected until all were visited, if whatever is
            drawn from now on is; ``None`` under ``within(n)``, where ``n`` is the bound,
            and by size.
        simulated: The mean rounds that the trials took from here on; ``None`` without any.
    """

    stratum: str
    units: int
    drawn: int
    covered: int
    never: tuple[str, ...] = attrs.field(repr=False)
    waits: Mapping[str, int] = attrs.field(repr=False)
    best_guess: Fraction | None
    foreseen: int
    expected: Fraction | None
    simulated: Fraction | None = None


@attrs.frozen
class CoverageReport(Part):
    """How far a plan's draws cover its frame (覆盖情况).

    Attributes:
        plan: The plan's id.
        coverage: Its policy.
        rounds: How many draws there were.
        visited: How many units drawn in them were visited.
        replaced: How many were replaced.
        open: How many have no published result.
        strata: Each stratum.
    """

    plan: str
    coverage: str
    rounds: int
    visited: int
    replaced: int
    open: int
    strata: tuple[StratumCoverage, ...] = attrs.field(repr=False)

    @property
    def policy(self) -> str:
        """The policy without its number, a key of `PREDICTABLE`."""
        return self.coverage.partition("(")[0]

    @property
    def units(self) -> int:
        """How many units there are."""
        return sum(one.units for one in self.strata)

    @property
    def covered(self) -> int:
        """How many of them were visited at least once."""
        return sum(one.covered for one in self.strata)

    @property
    def drawn(self) -> int:
        """How many of them were drawn at least once."""
        return sum(one.drawn for one in self.strata)

    @property
    def longest_wait(self) -> int:
        """The most rounds that any unit has waited."""
        return max(max(one.waits.values(), default=0) for one in self.strata)

    @property
    def expected(self) -> Fraction | None:
        """The most rounds still to be expected in any stratum."""
        known = [one.expected for one in self.strata if one.expected is not None]
        return max(known) if len(known) == len(self.strata) else None


def coverage(
    plan: Plan,
    receipts: Iterable[Receipt],
    *,
    outcomes: Iterable[Outcomes] = (),
    stage: int = 1,
    trials: int = 0,
) -> CoverageReport:
    """Report how far visits cover the frame of a plan, under the codes of today.

    What was drawn is covered once its visit was published: a receipt shows who was to be
    looked at, not who was.

    Args:
        plan: The plan; its frame on the day after the last draw's period counts.
        receipts: At least one; those of other plans are left out.
        outcomes: The published results of the rounds; of each the last state counts.
        stage: The stage of the plan, from 1.
        trials: How many times the rounds to come are simulated, beside the exact figure.

    Raises:
        InvalidDrawError: No receipt is the plan's, or it has no such stage.
        InvalidHistoryError: A receipt was altered, stands twice, or names unknown units.
    """
    if not 1 <= stage <= len(plan.design.stages):
        raise InvalidDrawError(
            "the plan {id!r} has no stage {stage}", id=plan.design.id, stage=stage
        )
    mine = sorted(
        (one for one in receipts if one.design.id == plan.design.id),
        key=lambda one: one.period.last,
    )
    if not mine:
        raise InvalidDrawError("no receipt is of the plan {id!r}", id=plan.design.id)
    if len({one.period for one in mine}) < len(mine) or not all(one.intact for one in mine):
        raise InvalidHistoryError(
            "the receipts cannot be used", [FieldError("one stands twice or was altered")]
        )
    published = [one for one in latest(outcomes).values() if one.plan == plan.design.id]
    if lost := {one.receipt for one in published} - {one.digest for one in mine}:
        raise InvalidOutcomesError(
            "the outcomes cannot be used",
            [
                FieldError("there is no receipt {one} among those given", one=one[:12])
                for one in lost
            ],
        )
    if not all(one.intact for one in published):
        raise InvalidOutcomesError("the outcomes cannot be used", [FieldError("one was altered")])
    results = sum((Counter(one.counts) for one in published), Counter[str]())
    told = {one.receipt for one in published}
    day = mine[-1].period.next.first
    past = past_of(plan, day, mine)[stage - 1]
    how = plan.design.stages[stage - 1]
    frame = plan.frame(day)
    seen = visited_units(plan, day, stage, [unit for one in published for unit in one.visited])
    sure = Counter(
        one.stratum
        for receipt in mine
        for one in receipt.strata
        if one.stage == stage and one.status == "drawn" and one.best_guess == 1
    )
    found: list[StratumCoverage] = []
    for stratum, listed in frame.strata[stage - 1].items():
        units = with_a_chance(listed, how, frame.sizes)
        never = tuple(unit for unit in units if unit not in seen)
        tried = _simulated(how, stratum, units, never, past, frame.sizes, trials, SIMULATION)
        found.append(
            StratumCoverage(
                stratum,
                len(units),
                sum(unit in past.last for unit in units),
                len(units) - len(never),
                never,
                Frozen({unit: past.waited(unit) for unit in units}),
                _best_guess(how, stratum, listed, past, frame.sizes),
                sure[stratum],
                _expected_here(how, stratum, units, never, past),
                Fraction(sum(tried), trials) if trials else None,
            )
        )
    return CoverageReport(
        plan.design.id,
        how.coverage,
        past.rounds,
        results["visited"],
        results["replaced"],
        results["open"] + sum(len(one.picks()) for one in mine if one.digest not in told),
        tuple(found),
    )


def _best_guess(
    how: Stage, stratum: str, listed: Sequence[str], past: Past, sizes: Mapping[str, int]
) -> Fraction | None:
    able = with_a_chance(listed, how, sizes)
    try:
        steps = past.steps(how, stratum, able)
    except TooManyWaiting:
        return None
    unknown = Tickets("to come", "next", "round")
    if not able:
        return None
    return draw_stratum(
        unknown, stratum, listed, how, status="undrawn", steps=steps, sizes=sizes
    ).best_guess


def _expected_here(
    how: Stage, stratum: str, units: Sequence[str], never: Sequence[str], past: Past
) -> Fraction | None:
    if how.rounds is not None or how.by == "size":
        return None
    if how.coverage == "cycle":
        seen = past.seen.get(stratum, ())
        left = sum(unit not in seen for unit in units)
        again = sum(unit in seen for unit in never)
        return cycle_rounds(len(units), left or len(units), how.take, len(never) - again, again)
    return expected_rounds(len(units), how.take, never=len(never))


def simulated_rounds(
    units: int, take: int = 1, *, policy: str = "independent", trials: int, seed: str
) -> tuple[int, ...]:
    """Draw a stratum over and over until all were drawn, by the very code of `draw`.

    Args:
        units: How many units the stratum has.
        take: How many are drawn in each round.
        policy: ``independent``, ``cycle`` or ``within(n)``.
        trials: How many times the whole is repeated.
        seed: Another seed gives other trials.

    Returns:
        The rounds that each trial took.
    """
    names = [f"{number:06d}" for number in range(units)]
    how = Stage("list", take, coverage=policy)
    past = Past(0, Frozen({}), Frozen({}), Frozen({}))
    return _simulated(how, "stratum", names, names, past, {}, trials, seed)


def _simulated(
    stage: Stage,
    stratum: str,
    units: Sequence[str],
    never: Iterable[str],
    past: Past,
    sizes: Mapping[str, int],
    trials: int,
    seed: str,
) -> tuple[int, ...]:
    """The rounds that each trial takes, from the past on, until all were drawn."""
    found: list[int] = []
    for trial in range(trials):
        seen = set(past.seen.get(stratum, ()))
        waited = {unit: past.waited(unit) for unit in units}
        waiting = {*never}
        rounds = 0
        while waiting:
            one = draw_stratum(
                Tickets(f"{seed}/{trial}", "simulation", str(rounds)),
                stratum,
                units,
                stage,
                steps=steps_of(stage, units, seen=seen, waited=waited.__getitem__),
                sizes=sizes,
            )
            rounds += 1
            seen = open_cycle(stage, one, seen)
            drawn = {pick.unit for pick in one.picks}
            waited = {unit: 0 if unit in drawn else waited[unit] + 1 for unit in units}
            waiting -= drawn
        found.append(rounds)
    return tuple(found)
