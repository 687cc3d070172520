"""Proofs about rules: not that the cases tried came out right, but that no household exists.

A property test tries thousands of households; a proof speaks of all of them, within the
bounds that the model declares. Each question is a claim; the answer is ``proved``,
``refuted`` with an invented household that `judge` confirms, or ``unknown``. A missing
fact is part of the model: every fact that a household need not have is tried both ways,
by the same three-valued logic that judges.

Needs the extra ``proofs``. What a proof does not say: that the rule is the policy, that
the bounds are right, or that data are true.
"""

from __future__ import annotations

from antipoverty.testing._proofs.answers import Bounds, Claim, Outcome, Proof
from antipoverty.testing._proofs.claims import Effort
from antipoverty.testing._proofs.equal import equal, is_equivalent
from antipoverty.testing._proofs.monotone import Worse, monotone
from antipoverty.testing._proofs.pack import PackProof, prove_pack
from antipoverty.testing._proofs.questions import covers, exclusive, implies, never_warns, owes
from antipoverty.testing._proofs.tiers import LadderProof, one_tier

__all__ = [
    "Bounds",
    "Claim",
    "Effort",
    "LadderProof",
    "Outcome",
    "PackProof",
    "Proof",
    "Worse",
    "covers",
    "equal",
    "exclusive",
    "implies",
    "is_equivalent",
    "monotone",
    "never_warns",
    "one_tier",
    "owes",
    "prove_pack",
]
