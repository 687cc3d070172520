"""What the kit says of rules on derived facts: proofs know bounds, searches move inputs."""

from __future__ import annotations

from datetime import date

import pytest

from antipoverty.conditions import parse
from antipoverty.model import schema_of
from antipoverty.rules import Pack, Verdict, judge
from antipoverty.testing import boundary_cases, mutants
from node_table import Home
from packs import a_pack, a_rule

proofs = pytest.importorskip("antipoverty.testing.proofs")
pytest.importorskip("z3")

AS_OF = date(2021, 12, 1)


RULES = {
    "low": "each < yuan(6000)",
    "high": "each > yuan(9000)",
    "never": "each > yuan(200000000)",
    "known": "each is not known and net_income_12m is known and size is known",
}


def pack() -> Pack:
    """Rules on it."""
    schema = schema_of(Home)
    rules = [a_rule(parse(when, schema), name) for name, when in RULES.items()]
    return a_pack(*rules, area="61", model=Home)


PACK = pack()


def test_a_proof_holds_for_whatever_a_function_gives_within_its_bounds() -> None:
    """Beyond them a rule never warns, and two sides of a line never meet."""
    assert proofs.never_warns("never", PACK, as_of=AS_OF).holds
    assert proofs.exclusive("low", "high", PACK, as_of=AS_OF).holds


def test_a_witness_is_a_household_that_the_function_was_asked_about() -> None:
    """It is looked for, since the solver cannot know what the function gives."""
    proof = proofs.never_warns("low", PACK, as_of=AS_OF)
    assert proof.outcome is proofs.Outcome.REFUTED
    assert judge(proof.witness, PACK, as_of=AS_OF).verdicts["low"] is Verdict.WARN


def test_what_only_the_function_could_tell_is_unknown_and_never_proved() -> None:
    """That less income clears no warning, and that it is known where its inputs are."""
    worse = proofs.monotone("low", "net_income_12m", PACK, worse="down", as_of=AS_OF)
    assert worse.outcome is proofs.Outcome.UNKNOWN
    assert proofs.never_warns("known", PACK, as_of=AS_OF).outcome is proofs.Outcome.UNKNOWN


@pytest.mark.slow
def test_boundary_cases_stand_on_the_threshold_of_a_derived_fact() -> None:
    """Just under it, on it and just over it, by moving what it is derived from; and missing."""
    found = boundary_cases("low", PACK, as_of=AS_OF)
    each = {
        case.household.net_income_12m // case.household.size
        for case in found
        if case.household.net_income_12m is not None and case.household.size
    }
    assert {599_999, 600_000} <= each
    assert {case.expect for case in found} >= set(Verdict)


def test_cases_notice_a_change_of_a_rule_on_it() -> None:
    """A mutant with another operator answers otherwise on the threshold."""
    cases = list(boundary_cases("low", PACK, as_of=AS_OF))
    (slip,) = (one for one in mutants(PACK, ["low"]) if one.after == "each <= yuan(6000)")
    assert slip.noticed(cases)
