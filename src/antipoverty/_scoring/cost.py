"""What a rule of runs costs: how often it scores a unit that is as good as the others.

Each period a unit is commended, criticised, named neither, or has no notice, with stated
chances and regardless of the period before. How long its run is now is a Markov chain, so
the chance to be scored within a year is exact: no simulation, no float.

>>> from antipoverty.periods import Cadence
>>> rule = RunRule(id="two-months", cadence=Cadence.MONTH, effect="routine-points")
>>> found = cost(rule, commended=Fraction(1, 10), criticised=Fraction(1, 10))
>>> f"{float(found.criticised):.4f}"
'0.1053'

Source:
    Run rules and their false alarms in process control: Champ and Woodall, Exact results
    for Shewhart control charts with supplementary runs rules, Technometrics 29 (1987).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from math import comb

import attrs

from antipoverty._scoring.chance import at_most, within
from antipoverty._scoring.notices import Notice
from antipoverty._scoring.policy import AssessmentPolicy, RunRule
from antipoverty._scoring.runs import nth_score
from antipoverty.errors import InvalidArgumentError
from antipoverty.periods import Cadence

_PERIODS = {
    Cadence.WEEK: 52,
    Cadence.MONTH: 12,
    Cadence.QUARTER: 4,
    Cadence.HALF_YEAR: 2,
    Cadence.YEAR: 1,
}
State = tuple[int, int]
"""The verdict of the run, 1, -1 or 0 for none, and how long it is as far as that matters."""


@attrs.frozen
class Cost:
    """What a rule does in a year to one unit.

    Attributes:
        rule: The rule.
        commended: The chance that the unit is scored for commendations.
        criticised: The chance that it is scored for criticism.
        either: The chance that it is scored at all.
        scores: How many scores are expected.
        points: What the year's total is expected to be, after cap and floor; ``None``
            where a decay makes it depend on more.
    """

    rule: RunRule
    commended: Fraction
    criticised: Fraction
    either: Fraction
    scores: Fraction
    points: Fraction | None

    def as_dict(self) -> dict[str, str | None]:
        """Give the exact chances as text."""
        return {
            "rule": self.rule.id,
            "commended": str(self.commended),
            "criticised": str(self.criticised),
            "either": str(self.either),
            "points": None if self.points is None else str(self.points),
        }


def cost(
    rule: RunRule, *, commended: Fraction, criticised: Fraction, without: Fraction = Fraction(0)
) -> Cost:
    """Work out exactly what a rule does in a year to a unit named with stated chances.

    Args:
        rule: The rule. What it makes of two levels or of both verdicts does not matter
            to one series; ``pending`` is taken as the break that it becomes. With
            ``belongs_to = "first"`` and periods that are held, the year is that of the
            last period.
        commended: The chance to be commended in a period.
        criticised: The chance to be criticised in a period.
        without: The chance of a period without a notice.

    Raises:
        InvalidArgumentError: The chances are not from 0 to 1 together.
    """
    if min(commended, criticised, without) < 0 or commended + criticised + without > 1:
        raise InvalidArgumentError(
            "the chances of commended, criticised and no notice lie from 0 to 1 together"
        )
    holds, breaks = _others(rule, 1 - commended - criticised - without, without)
    chances = {1: commended, -1: criticised}
    year = {(state, 0, 0): chance for state, chance in _start(rule, chances, holds)}
    scored = Fraction(0)
    for _ in range(_PERIODS[rule.cadence]):
        after: dict[tuple[State, int, int], Fraction] = defaultdict(Fraction)
        for (state, good, bad), weight in year.items():
            if holds:
                after[state, good, bad] += weight * holds
            if breaks:
                after[(0, 0), good, bad] += weight * breaks
            for sign, chance in chances.items():
                if not chance:
                    continue
                moved, hit = _step(state, sign, rule)
                scored += weight * chance * hit
                after[moved, good + (hit and sign > 0), bad + (hit and sign < 0)] += weight * chance
        year = after
    return Cost(
        rule,
        sum((w for (_, good, _), w in year.items() if good), Fraction(0)),
        sum((w for (_, _, bad), w in year.items() if bad), Fraction(0)),
        sum((w for (_, good, bad), w in year.items() if good or bad), Fraction(0)),
        scored,
        _points(rule, year) if rule.decay == "none" else None,
    )


def costs(policy: AssessmentPolicy, notices: Iterable[Notice]) -> tuple[Cost, ...]:
    """What each rule of a policy costs a unit that is named as often as all are on average.

    Args:
        policy: The policy; a rule without any notice of its cadence is left out.
        notices: The standing notices.
    """
    named: dict[Cadence, list[int]] = defaultdict(list)
    for notice in notices:
        named[notice.period.cadence].append(notice.verdict.sign)
    return tuple(
        cost(
            rule,
            commended=Fraction(signs.count(1), len(signs)),
            criticised=Fraction(signs.count(-1), len(signs)),
        )
        for rule in policy.rules
        if (signs := named.get(rule.cadence))
    )


def _others(rule: RunRule, neither: Fraction, without: Fraction) -> tuple[Fraction, Fraction]:
    """The chances of a period that holds a run, and of one that breaks it."""
    holds = Fraction(0)
    if rule.neither == "holds":
        holds += neither
    if rule.without_notice == "holds":
        holds += without
    return holds, neither + without - holds


def _step(state: State, sign: int, rule: RunRule) -> tuple[State, int]:
    """Prolong or begin a run, and say whether the period scores."""
    length = state[1] + 1 if state[0] == sign else 1
    hit = int(nth_score(length, rule) > 0)
    return (sign, _kept(length, rule)), hit


def _kept(length: int, rule: RunRule) -> int:
    """A length as far as it matters to what comes."""
    if rule.counts == "blocks":
        return length % rule.length or rule.length
    return min(length, rule.length + (rule.counts == "once"))


def _start(
    rule: RunRule, chances: Mapping[int, Fraction], holds: Fraction
) -> Iterator[tuple[State, Fraction]]:
    """The run with which a year begins: none, or what a long past has left."""
    if rule.across_years == "breaks" or holds == 1:
        yield (0, 0), Fraction(1)
        return
    rest = Fraction(1)
    for sign, chance in chances.items():
        again = chance / (1 - holds)
        if again == 1:
            yield (sign, rule.length), Fraction(1)
            return
        if not again:
            continue
        rest -= again
        last = rule.length + (rule.counts == "once")
        for length in range(1, last + 1):
            weight = again**length * (1 - again)
            if rule.counts == "blocks":
                weight /= 1 - again**rule.length
            elif length == last:
                weight = again**length
            yield (sign, length), weight
    if rest:
        yield (0, 0), rest


def _points(rule: RunRule, year: Mapping[tuple[State, int, int], Fraction]) -> Fraction:
    """The expected total of the year, after offset, cap and floor."""
    total = Fraction(0)
    for (_, good, bad), weight in year.items():
        added, deducted = good * Fraction(rule.commended), bad * Fraction(rule.criticised)
        if rule.offset == "net":
            total += weight * _bounded(added + deducted, rule)
        else:
            total += weight * (_bounded(added, rule) + _bounded(deducted, rule))
    return total


def _bounded(amount: Fraction, rule: RunRule) -> Fraction:
    if rule.cap is not None:
        amount = min(amount, Fraction(rule.cap))
    if rule.floor is not None:
        amount = max(amount, Fraction(rule.floor))
    return amount


def named_by_rank(size: int, rate: Fraction, fall: Fraction, *, units: int, named: int) -> Fraction:
    """The chance that a unit is among the last when its true rate lies below the others'.

    Args:
        size: The denominator, of every unit.
        rate: The true rate of the others, a share.
        fall: How far below it the unit's lies; 0 for a unit like the others.
        units: How many units are compared.
        named: How many of them are named. Units equal at the cut are not.

    Returns:
        The chance, to twelve digits.
    """
    own, before, total = rate - fall, Fraction(0), Fraction(0)
    for count in range(size + 1):
        upto = at_most(count, size, own)
        here, before = upto - before, upto
        if here < _NEGLIGIBLE:
            continue
        ahead = at_most(count, size, rate)
        total += here * sum(
            (
                comb(units - 1, k) * ahead**k * (1 - ahead) ** (units - 1 - k)
                for k in range(min(named, units))
            ),
            Fraction(0),
        )
    return _twelve(total)


def named_by_limits(size: int, rate: Fraction, fall: Fraction, *, chance: Fraction) -> Fraction:
    """The chance that a figure lies below the limits when the true rate has fallen.

    Args:
        size: The denominator.
        rate: The rate that limits are drawn around, a share.
        fall: How far below it the unit's true rate lies.
        chance: The chance below the limit that luck is left.

    Returns:
        The chance, to twelve digits.
    """
    lower = within(size, rate, chance).lower
    return _twelve(at_most(lower - 1, size, rate - fall)) if lower else Fraction(0)


_NEGLIGIBLE = Fraction(1, 10**15)


def _twelve(chance: Fraction) -> Fraction:
    return Fraction(round(min(chance, Fraction(1)) * 10**12), 10**12)
