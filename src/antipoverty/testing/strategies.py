"""Hypothesis strategies (plural nouns) for all that a policy reads and is made of.

Each draws one of what it is named after, valid by construction, without needing an
argument.
"""

from antipoverty.testing._strategies.conditions import Params, conditions
from antipoverty.testing._strategies.grid import (
    amounts,
    area_codes,
    area_trees,
    areas,
    household_codes,
    keepers,
    periods,
    province,
)
from antipoverty.testing._strategies.households import (
    AREAS,
    DAY,
    households,
    members,
    params_of,
    records,
)
from antipoverty.testing._strategies.mechanism import histories, notices, plans
from antipoverty.testing._strategies.near import near_threshold
from antipoverty.testing._strategies.policies import packs, rules
from antipoverty.testing._strategies.tables import populations, tables

__all__ = [
    "AREAS",
    "DAY",
    "Params",
    "amounts",
    "area_codes",
    "area_trees",
    "areas",
    "conditions",
    "histories",
    "household_codes",
    "households",
    "keepers",
    "members",
    "near_threshold",
    "notices",
    "packs",
    "params_of",
    "periods",
    "plans",
    "populations",
    "province",
    "records",
    "rules",
    "tables",
]
