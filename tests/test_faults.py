"""The kit finds each planted fault within 200 examples, whatever the seed."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample

from antipoverty.engines import Engine
from antipoverty.model import Household
from antipoverty.packs import shaanxi_2531
from antipoverty.testing._search.subject import about_rule  # private: what laws are asked about
from antipoverty.testing.laws import assert_engines_agree, reference
from antipoverty.testing.strategies import near_threshold, populations
from faults import FAULTS, RULE, or_equal

PACK = shaanxi_2531()
EXAMPLES, SEEDS = 200, range(25)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_in_every_seed(fault: str) -> None:
    """Each of twenty-five seeds finds it within 200 examples, and each stops at the first."""
    missed = [seed for seed in SEEDS if not found(FAULTS[fault], seed)]
    assert missed == []


def found(engine: Engine, seed: int) -> bool:
    """Whether some of the populations that the laws draw is judged otherwise."""
    about = about_rule(RULE, PACK, None)

    def differs(households: list[Household]) -> bool:
        answers = [one(households, about.pack, about.as_of) for one in (reference, engine)]
        return answers[0] != answers[1]

    how = settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        drawn = populations(near_threshold(RULE, PACK), max_size=8)
        find(drawn, differs, settings=how, random=Random(seed))
    except NoSuchExample:
        return False
    return True


def test_a_planted_fault_is_told_of() -> None:
    """The law names the rule, the engine, and the household on which it is wrong."""
    with pytest.raises(AssertionError) as problem:
        assert_engines_agree(RULE, pack=PACK, engines={"faulty": or_equal})
    message = str(problem.value)
    assert f"rule '{RULE}' is judged otherwise by faulty" in message
    assert "金额 amount 26,000元 / 26,000 yuan" in message
