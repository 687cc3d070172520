"""Hypothesis strategies (plural nouns) for all that a policy reads and is made of."""

from antipoverty.testing._strategies_conditions import Params, conditions
from antipoverty.testing._strategies_households import (
    AREAS,
    DAY,
    households,
    members,
    params_of,
    records,
)
from antipoverty.testing._strategies_near import near_threshold

__all__ = [
    "AREAS",
    "DAY",
    "Params",
    "conditions",
    "households",
    "members",
    "near_threshold",
    "params_of",
    "records",
]
