"""A condition is a small typed tree, and a tree that makes no sense cannot be made.

Every node checks its parts when it is built, so a mistake is reported on the line
that makes it. There are two families. A `Value` (a field, a sum, a parameter) has a
kind and a unit, and its operators build bigger trees: ``h.size >= 3`` is a
`Condition`. Conditions are compared as wholes, ``one == other`` is true or false, and
are joined with ``&``, ``|`` and ``~``. Neither family has a truth value of its own.

The language has no division, rounding or floats: engines disagree on them.
"""

from __future__ import annotations

from antipoverty.conditions.tree.groups import GroupCount, GroupReduce, Groups, SomeGroup
from antipoverty.conditions.tree.nodes import (
    DATE,
    DAYS,
    FLAG,
    MAX_NUMBER,
    NUMBER,
    TEXT,
    Node,
    Type,
    unknown_table,
)
from antipoverty.conditions.tree.periods import periods, periods_of
from antipoverty.conditions.tree.rows import Count, Exists, ForAll, Quantile, Reduce, Rows, Score
from antipoverty.conditions.tree.scalars import (
    Ago,
    Among,
    And,
    Arithmetic,
    Compare,
    Condition,
    Const,
    Flag,
    Known,
    Not,
    Or,
    Param,
    Read,
    Value,
    compare,
    lift,
    read,
)

__all__ = [
    "DATE",
    "DAYS",
    "FLAG",
    "MAX_NUMBER",
    "NUMBER",
    "TEXT",
    "Ago",
    "Among",
    "And",
    "Arithmetic",
    "Compare",
    "Condition",
    "Const",
    "Count",
    "Exists",
    "Flag",
    "ForAll",
    "GroupCount",
    "GroupReduce",
    "Groups",
    "Known",
    "Node",
    "Not",
    "Or",
    "Param",
    "Quantile",
    "Read",
    "Reduce",
    "Rows",
    "Score",
    "SomeGroup",
    "Type",
    "Value",
    "compare",
    "lift",
    "periods",
    "periods_of",
    "read",
    "unknown_table",
]
