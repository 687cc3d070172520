"""What a condition is for a draft, asked in as few steps as it takes: a search asks it often."""

from __future__ import annotations

from typing import Any

from antipoverty.conditions import Condition, Setting, truth
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.meaning import Truth, opposite


def shortly(condition: Condition, household: Any, setting: Setting, row: Any) -> Truth:
    """What a condition is, without asking what cannot change it any more."""
    match condition:
        case nodes.And(parts) | nodes.Or(parts):
            decides, open_ = isinstance(condition, nodes.Or), False
            for part in parts:
                held = shortly(part, household, setting, row)
                if held is decides:
                    return held
                open_ = open_ or held is None
            return None if open_ else not decides
        case nodes.Not(inner):
            return opposite(shortly(inner, household, setting, row))
    return truth(condition, household, setting, row)


__all__ = ["shortly"]
