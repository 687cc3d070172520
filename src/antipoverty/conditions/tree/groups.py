"""Rows of a child table put together by a fact of theirs: what one person, or one loan, has.

Inside a group the table stands for the rows of that group, so that every question about the
rows of a household can be asked of the rows of one of its persons.
"""

from __future__ import annotations

from typing import Any

import attrs

from antipoverty.conditions.tree.nodes import NUMBER, TEXT, Node, Type
from antipoverty.conditions.tree.rows import Rows
from antipoverty.conditions.tree.scalars import Condition, Not, Read, Value, as_condition
from antipoverty.errors import ConditionError, KindMismatchError
from antipoverty.model import Unit


@attrs.frozen(eq=False, repr=False, str=False)
class Groups(Node):
    """The groups that the rows of a table fall into, by a fact that all rows of a group share.

    A row of which that fact is not known may belong to any group, or to one of its own.

    Attributes:
        rows: All rows of the table; filters and windows stand inside.
        by: The fact, a text such as the id of a member or a loan.
    """

    rows: Rows
    by: Read

    def __attrs_post_init__(self) -> None:
        if self.rows.filter is not None or self.rows.window is not None:
            raise ConditionError(
                "`by` puts all rows of {name!r} together; write where= and windows inside, as in "
                "any(by(records, member_id), count(records, months=12) > 3)",
                name=self.rows.table.name,
            )
        if not isinstance(self.by, Read) or self.by.type.kind is not TEXT:
            raise KindMismatchError("`by` takes a text of the rows; `{by}` is none", by=self.by)
        if self.by.field.table != self.rows.table.name:
            raise ConditionError(
                "`{by}` is not a field of {name!r}", by=self.by, name=self.rows.table.name
            )
        if self.by.field.about.derive is not None:
            raise ConditionError(
                "`{by}` is derived; rows are put together by what came", by=self.by
            )

    def any(self, condition: Condition) -> Condition:
        """Ask whether a condition holds for some group."""
        return SomeGroup(self, as_condition(condition, "any"))

    def all(self, condition: Condition) -> Condition:
        """Ask whether a condition holds for every group; true when there is none."""
        return Not(SomeGroup(self, Not(as_condition(condition, "all"))))

    def count(self, condition: Condition | None = None) -> Value:
        """Count the groups for which a condition holds; all groups without one."""
        return GroupCount(self, condition)

    def max(self, value: Value) -> Value:
        """Take the greatest number that a group has; not known when there is no group."""
        return GroupReduce("max", self, value)

    def min(self, value: Value) -> Value:
        """Take the least number that a group has; not known when there is no group."""
        return GroupReduce("min", self, value)


@attrs.frozen(eq=False, repr=False, str=False)
class SomeGroup(Condition):
    """Whether a condition holds for some group."""

    groups: Groups
    condition: Condition

    def __attrs_post_init__(self) -> None:
        _check(self.groups, self.condition, Condition)


@attrs.frozen(eq=False, repr=False, str=False)
class GroupCount(Value):
    """For how many groups a condition holds; how many there are, without one."""

    groups: Groups
    condition: Condition | None = None

    def __attrs_post_init__(self) -> None:
        if self.condition is not None:
            _check(self.groups, self.condition, Condition)

    @property
    def type(self) -> Type:
        return Type(NUMBER, Unit())


@attrs.frozen(eq=False, repr=False, str=False)
class GroupReduce(Value):
    """The least or the greatest number that a group has."""

    operator: str
    groups: Groups
    value: Value

    def __attrs_post_init__(self) -> None:
        _check(self.groups, self.value, Value)
        type_ = self.value.type
        if type_ is not None and (type_.kind is not NUMBER or not self.value.counts):
            raise KindMismatchError(
                "`{operator}` of groups takes a number of each group", operator=self.operator
            )

    @property
    def type(self) -> Type | None:
        return self.value.type


def _check(groups: Groups, inner: Any, kind: type[Node]) -> None:
    """Refuse what a group cannot be asked."""
    table = groups.rows.table.name
    if not isinstance(inner, kind):
        word = "a condition" if kind is Condition else "a number"
        raise KindMismatchError(
            "the groups of {table!r} are asked {word}; `{inner}` is none",
            table=table,
            word=word,
            inner=inner,
        )
    seen = False
    for part in inner.walk():
        if isinstance(part, Groups):
            raise ConditionError("groups hold no groups of their own")
        if isinstance(part, Rows):
            seen = True
            if part.table.name != table:
                raise ConditionError(
                    "inside the groups of {table!r} only their own rows are looked at, not those "
                    "of {name!r}",
                    table=table,
                    name=part.table.name,
                )
    if not seen:
        raise ConditionError(
            "`{inner}` asks nothing of the rows of a group; write sum({table}, ...) or the like",
            inner=inner,
            table=table,
        )


Rows._grouping = Groups


__all__ = ["GroupCount", "GroupReduce", "Groups", "SomeGroup"]
