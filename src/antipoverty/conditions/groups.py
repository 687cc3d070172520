"""What groups of rows mean: each is the household with the rows of that group alone.

A row whose group is not known may be one of any group, or of a group of its own; so it lies
open in each of them, and there may be more groups than are seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from antipoverty.conditions.setting import Setting
from antipoverty.conditions.tree.groups import Groups
from antipoverty.conditions.unseen import Grouped, HeldRow, held_rows


@attrs.frozen
class Group:
    """A group, or those that there may be besides.

    Attributes:
        household: The household with the rows of the group.
        there: ``None`` where it is not sure that there is one.
        times: How many there may be.
        missing: The facts that would settle whether there is one.
    """

    household: Any
    there: bool | None = True
    times: int = 1
    missing: frozenset[str] = frozenset()


def groups_of(groups: Groups, household: Any, setting: Setting) -> Iterator[Group]:
    """Give the groups of a household; last, if there may be more than are seen, those others."""
    table, by = groups.rows.table, groups.by.field
    keyed: dict[str, list[HeldRow]] = {}
    loose: list[HeldRow] = []
    for held in held_rows(table, household, setting):
        key = getattr(held.row, by.name)
        if key is None:
            missing = held.missing or by.path
            loose.append(attrs.evolve(held, there=None, missing=missing))
        else:
            keyed.setdefault(key, []).append(held)
    for mine in keyed.values():
        sure = any(held.there for held in mine)
        why = frozenset[str]() if sure else _missing([*mine, *loose])
        yield Group(Grouped(household, str(table.name), (*mine, *loose)), sure or None, 1, why)
    if loose:
        others = Grouped(household, str(table.name), tuple(loose))
        yield Group(others, None, sum(held.times for held in loose), _missing(loose))


def _missing(rows: list[HeldRow]) -> frozenset[str]:
    return frozenset(held.missing for held in rows if held.missing is not None)


__all__ = ["Group", "groups_of"]
