"""How many rounds it takes until all units came up, exactly."""

from __future__ import annotations

import math
from fractions import Fraction

from antipoverty.errors import EmptyFrameError, InvalidDrawError

POLICIES = ("independent", "cycle", "within")
"""The policies of coverage, without their numbers."""


def cycle_rounds(units: int, left: int, take: int, never: int, again: int = 0) -> Fraction:
    """The rounds until all that never were visited come up in a cycle.

    Args:
        units: How many there are.
        left: How many are left in the open cycle.
        take: How many each round takes.
        never: Of those left, how many were never visited.
        again: Of the others, drawn in the open cycle, how many were not visited after all:
            they come up again in the next.
    """
    if take >= units:
        return Fraction(min(never + again, 1))
    if not again:
        return _last_of(never, left, take)
    whole, rest = divmod(left, take)
    if not rest:
        return whole + _last_of(again, units, take)
    # The round that ends the cycle takes its rest, and begins the next among the others.
    first, others = take - rest, units - rest
    found = Fraction(0)
    for j in range(min(first, again) + 1):
        ways = math.comb(again, j) * math.comb(others - again, first - j)
        chance = Fraction(ways, math.comb(others, first))
        found += chance * _last_of(again - j, units - first, take)
    return whole + 1 + found


def _last_of(wanted: int, among: int, take: int) -> Fraction:
    """The rounds until the last of some units comes up, in an even order of all.

    It comes at place ``p`` with the chance ``C(p-1,m-1) / C(L,m)``, in round ``p/k``,
    rounded up.
    """
    ways = math.comb(among, wanted)
    places = range(wanted, among + 1) if wanted else ()
    return sum(
        (Fraction(math.comb(p - 1, wanted - 1), ways) * -(-p // take) for p in places), Fraction(0)
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
    if take < 1 or not 0 <= left <= units or policy not in POLICIES:
        raise InvalidDrawError("give at least one a round, as many to come as there are, a policy")
    if policy == "within":
        raise InvalidDrawError("under within(n) the rounds are bounded by n, not expected")
    if policy == "cycle":
        return _last_of(left, left, take)
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
