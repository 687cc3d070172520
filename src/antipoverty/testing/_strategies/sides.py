"""A household of each side of a rule, found by solving; or the proof that there is none.

Drawing near thresholds finds most sides most of the time. What it must not do is miss one
for good, so that a law is tried where it says nothing. The solver of proofs is asked for a
household that warns, that is clear and that is undecided; without it, the search for
boundary cases is.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator, Mapping

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty.codes import AreaCode
from antipoverty.conditions import Condition, truth
from antipoverty.conditions import tree as nodes
from antipoverty.errors import AntipovertyError
from antipoverty.model import Household
from antipoverty.rules import Verdict
from antipoverty.testing._search.subject import Subject

_SECONDS = 3
"""How long the solver may look for a household of one side."""


@attrs.frozen
class Sides:
    """What is known of the sides of a rule.

    Attributes:
        found: A household of each side that was found.
        impossible: The sides that no household is on, by proof.
    """

    found: Mapping[Verdict, Household]
    impossible: frozenset[Verdict] = frozenset()

    @property
    def expected(self) -> tuple[Verdict, ...]:
        """The sides that whoever tries the rule must have seen."""
        return tuple(one for one in Verdict if one in self.found)


@functools.lru_cache(maxsize=512)
def sides(about: Subject) -> Sides:
    """Find a household of each side of a rule, in the place and on the day it is asked for."""
    found: dict[Verdict, Household] = {}
    impossible: set[Verdict] = set()
    if importlib.util.find_spec("z3") is not None:
        for verdict, when in _asked(about.rule.when).items():
            household, proved = _solved(about, when)
            if proved:
                impossible.add(verdict)
            elif household is not None and _verdict(about, household) is verdict:
                found[verdict] = household
    if len(found) + len(impossible) < len(Verdict):
        for household in _pinned(about):
            found.setdefault(_verdict(about, household), household)
    return Sides(Frozen(found), frozenset(impossible - {*found}))


def _asked(when: Condition) -> dict[Verdict, Condition]:
    """What holds exactly for the households of each side."""
    return {
        Verdict.WARN: when,
        Verdict.CLEAR: nodes.Not(when),
        Verdict.UNDECIDED: nodes.Not(nodes.Known(when)),
    }


def _solved(about: Subject, when: Condition) -> tuple[Household | None, bool]:
    """A household for which a condition holds, and whether it is proved that there is none."""
    from antipoverty.testing._proofs.claims import Effort
    from antipoverty.testing._proofs.questions import never_warns

    try:
        rule = attrs.evolve(about.rule, when=when)
        effort = Effort(seconds=_SECONDS)
        proof = never_warns(rule, about.pack, as_of=about.as_of, effort=effort)
    except AntipovertyError:  # a condition that the solver does not read
        return None, False
    if proof.witness is None:
        return None, proof.holds
    return proof.witness.model_copy(update={"area": AreaCode(about.area)}), False


def _pinned(about: Subject) -> Iterator[Household]:
    """The households that the search for boundary cases finds."""
    from antipoverty.testing.witnesses import boundary_cases

    try:
        cases = boundary_cases(about.rule, about.pack, as_of=about.as_of)
    except AntipovertyError:
        return
    for case in cases:
        yield case.household.model_copy(update={"area": AreaCode(about.area)})


def _verdict(about: Subject, household: Household) -> Verdict:
    return Verdict.of(truth(about.rule.when, household, about.setting))


__all__ = ["Sides", "sides"]
