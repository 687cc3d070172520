"""How far random draws have come: who was drawn, who waits, how long it will still take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import attrs

from antipoverty._base.documents import Part
from antipoverty._base.frozen import Frozen
from antipoverty._sampling.design import Stage
from antipoverty._sampling.history import Past, past_of
from antipoverty._sampling.plans import Plan
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.steps import draw_stratum, open_cycle, steps_of, with_a_chance
from antipoverty._sampling.tickets import Tickets
from antipoverty.errors import EmptyFrameError, FieldError, InvalidDrawError, InvalidHistoryError

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
        covered: How many of them were drawn at least once.
        never: Those that never were.
        waits: For each unit, the rounds since it was last drawn; 0 for the last round,
            for one that never was the rounds since its code came into use.
        expected: The rounds still to be expected until all were drawn; ``None`` under
            ``within(n)``, where ``n`` is the bound, and by size.
        simulated: The mean rounds that the trials took from here on; ``None`` without any.
    """

    stratum: str
    units: int
    covered: int
    never: tuple[str, ...] = attrs.field(repr=False)
    waits: Mapping[str, int] = attrs.field(repr=False)
    expected: Fraction | None
    simulated: Fraction | None = None


@attrs.frozen
class CoverageReport(Part):
    """How far a plan's draws cover its frame (覆盖情况).

    Attributes:
        plan: The plan's id.
        coverage: Its policy.
        rounds: How many draws there were.
        strata: Each stratum.
    """

    plan: str
    coverage: str
    rounds: int
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
        """How many of them were drawn at least once."""
        return sum(one.covered for one in self.strata)

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
    plan: Plan, receipts: Iterable[Receipt], *, stage: int = 1, trials: int = 0
) -> CoverageReport:
    """Report how far the receipts of a plan cover its frame, under the codes of today.

    Args:
        plan: The plan; its frame on the day after the last draw's period counts.
        receipts: At least one; those of other plans are left out.
        stage: The stage of the plan, from 1.
        trials: How many times the rounds to come are simulated, beside the exact figure.

    Raises:
        InvalidDrawError: No receipt is the plan's, or it has no such stage.
        InvalidHistoryError: A receipt was altered, stands twice, or names unknown units.
    """
    if not 1 <= stage <= len(plan.design.stages):
        raise InvalidDrawError(f"the plan {plan.design.id!r} has no stage {stage}")
    mine = sorted(
        (one for one in receipts if one.design.id == plan.design.id),
        key=lambda one: one.period.last,
    )
    if not mine:
        raise InvalidDrawError(f"no receipt is of the plan {plan.design.id!r}")
    if len({one.period for one in mine}) < len(mine) or not all(one.intact for one in mine):
        raise InvalidHistoryError(
            "the receipts cannot be used", [FieldError("one stands twice or was altered")]
        )
    day = mine[-1].period.next.first
    past = past_of(plan, day, mine)[stage - 1]
    how = plan.design.stages[stage - 1]
    frame = plan.frame(day)
    found: list[StratumCoverage] = []
    for stratum, listed in frame.strata[stage - 1].items():
        units = with_a_chance(listed, how, frame.sizes)
        never = tuple(unit for unit in units if unit not in past.last)
        tried = _simulated(how, stratum, units, past, frame.sizes, trials, SIMULATION)
        found.append(
            StratumCoverage(
                stratum,
                len(units),
                len(units) - len(never),
                never,
                Frozen({unit: past.waited(unit) for unit in units}),
                _expected_here(how, stratum, units, never, past),
                Fraction(sum(tried), trials) if trials else None,
            )
        )
    return CoverageReport(plan.design.id, how.coverage, past.rounds, tuple(found))


def _expected_here(
    how: Stage, stratum: str, units: Sequence[str], never: Sequence[str], past: Past
) -> Fraction | None:
    if how.rounds is not None or how.by == "size":
        return None
    if how.coverage == "cycle":
        seen = past.seen.get(stratum, ())
        return _cycle_rounds(sum(unit not in seen for unit in units), how.take, len(never))
    return expected_rounds(len(units), how.take, never=len(never))


def _cycle_rounds(left: int, take: int, never: int) -> Fraction:
    """The rounds until all that never were drawn come up among those left in a cycle.

    The last of ``m`` among ``L`` left comes at place ``p`` with the chance
    ``C(p-1,m-1) / C(L,m)``, in round ``p/k``, rounded up; where all left were never drawn,
    that is the last place.
    """
    places = range(never, left + 1) if never else ()
    ways = math.comb(left, never)
    return sum(
        (Fraction(math.comb(p - 1, never - 1), ways) * -(-p // take) for p in places), Fraction(0)
    )


def expected_rounds(
    units: int, take: int = 1, *, never: int | None = None, policy: str = "independent"
) -> Fraction:
    """The rounds to expect until every unit of a stratum was drawn, exactly.

    With ``m`` units still to be drawn of ``N``, a round of ``k`` finds ``j`` of them with
    the hypergeometric chance ``C(m,j) C(N-m,k-j) / C(N,k)``, so that
    ``E(m) = (1 + sum over j >= 1 of P(j) E(m-j)) / (1 - P(0))``; for one at a time this
    is ``N (1/1 + 1/2 + ... + 1/m)``. A cycle takes ``m/k`` rounds, rounded up.

    Args:
        units: How many units the stratum has.
        take: How many are drawn in each round.
        never: How many were never drawn; all of them by default.
        policy: ``independent`` or ``cycle``.

    Raises:
        EmptyFrameError: There is no unit.
        InvalidDrawError: A number or the policy cannot be used.

    >>> expected_rounds(6)
    Fraction(147, 10)
    >>> expected_rounds(6, policy="cycle")
    Fraction(6, 1)
    """
    left = units if never is None else never
    if units < 1:
        raise EmptyFrameError("a stratum without a unit is never covered")
    if take < 1 or not 0 <= left <= units or policy not in PREDICTABLE:
        raise InvalidDrawError("give at least one a round, as many to come as there are, a policy")
    if policy == "within":
        raise InvalidDrawError("under within(n) the rounds are bounded by n, not expected")
    if policy == "cycle":
        return _cycle_rounds(left, take, left)
    drawn = min(take, units)
    ways = math.comb(units, drawn)
    expected = [Fraction(0)]
    for m in range(1, left + 1):
        later = Fraction(0)
        for j in range(1, min(m, drawn) + 1):
            chance = math.comb(m, j) * math.comb(units - m, drawn - j)
            later += Fraction(chance, ways) * expected[m - j]
        none = Fraction(math.comb(units - m, drawn), ways)
        expected.append((1 + later) / (1 - none))
    return expected[left]


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
    how = Stage("list", take, coverage=policy, replacements=0)
    past = Past(0, Frozen({}), Frozen({}), Frozen({}))
    return _simulated(how, "stratum", names, past, {}, trials, seed)


def _simulated(
    stage: Stage,
    stratum: str,
    units: Sequence[str],
    past: Past,
    sizes: Mapping[str, int],
    trials: int,
    seed: str,
) -> tuple[int, ...]:
    """The rounds that each trial takes, from the past on, until all were drawn."""
    how = attrs.evolve(stage, replacements=0)
    found: list[int] = []
    for trial in range(trials):
        seen = set(past.seen.get(stratum, ()))
        waited = {unit: past.waited(unit) for unit in units}
        waiting = {unit for unit in units if unit not in past.last}
        rounds = 0
        while waiting:
            one = draw_stratum(
                Tickets(f"{seed}/{trial}", "simulation", str(rounds)),
                stratum,
                units,
                how,
                steps=steps_of(how, units, seen=seen, waited=waited.__getitem__),
                sizes=sizes,
            )
            rounds += 1
            seen = open_cycle(how, one, seen)
            drawn = {pick.unit for pick in one.picks}
            waited = {unit: 0 if unit in drawn else waited[unit] + 1 for unit in units}
            waiting -= drawn
        found.append(rounds)
    return tuple(found)
