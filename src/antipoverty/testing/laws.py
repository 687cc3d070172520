"""Laws that every rule keeps, each one call that gives a readable counterexample.

A law draws invented households near the thresholds of a rule and raises
`AssertionError` with the simplest one that breaks it. The same ``seed`` draws the same
households. Where a law is about answering rather than about the policy it takes an
``engine``, by default the reference.
"""

from antipoverty.testing._conformance.engines import (
    closure,
    frames,
    installed,
    reference,
)
from antipoverty.testing._laws.answers import (
    assert_deterministic,
    assert_engines_agree,
    assert_order_free,
)
from antipoverty.testing._laws.bases import unguarded_shares
from antipoverty.testing._laws.explained import assert_explained
from antipoverty.testing._laws.gaps import Gap, assert_area_complete, gaps
from antipoverty.testing._laws.lost import assert_loss_never_clears, cleared
from antipoverty.testing._laws.officials import (
    POLICY_LAWS,
    Across,
    PolicyBreak,
    PolicyLaw,
    PolicyLaws,
    assert_policy_laws,
    policy_laws,
)
from antipoverty.testing._laws.policy import (
    assert_monotone,
    assert_unit_safe,
    assert_window_safe,
)
from antipoverty.testing._laws.silence import assert_silence_never_pays

__all__ = [
    "POLICY_LAWS",
    "Across",
    "Gap",
    "PolicyBreak",
    "PolicyLaw",
    "PolicyLaws",
    "assert_area_complete",
    "assert_deterministic",
    "assert_engines_agree",
    "assert_explained",
    "assert_loss_never_clears",
    "assert_monotone",
    "assert_order_free",
    "assert_policy_laws",
    "assert_silence_never_pays",
    "assert_unit_safe",
    "assert_window_safe",
    "cleared",
    "closure",
    "frames",
    "gaps",
    "installed",
    "policy_laws",
    "reference",
    "unguarded_shares",
]
