"""Conditions in Python: a household's facts are attributes, operators build the tree.

>>> h = household
>>> (h.net_income_12m < param("monitoring_line") * h.size) & ~h.monitored
<And: net_income_12m < param("monitoring_line") * size and not monitored>
>>> members.any(members.age.between(6, 15) & ~members.in_school)
<Exists: any(members, 6 <= age <= 15 and not in_school)>
>>> spent = records.where(kind="medical_self_paid").within(months=12).sum("amount")
>>> spent > yuan(10000)
<Compare: sum(records, amount, where=kind == "medical_self_paid", months=12) > yuan(10000)>
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from antipoverty.conditions.tree import (
    Ago,
    Condition,
    Const,
    Param,
    Rows,
    Score,
    Value,
    lift,
    periods,
    read,
)
from antipoverty.errors import (
    ConditionError,
    InvalidMoneyError,
    InvalidUnitError,
    UnknownFieldError,
)
from antipoverty.model import (
    Household,
    Money,
    Row,
    Unit,
    exact_number,
    schema_of,
    unknown_field_hint,
)


class Facts:
    """The facts of a household as attributes: fields, and child tables as rows.

    Args:
        model: `Household`, or a class that extends it with fields and tables.
    """

    def __init__(self, model: type[Row]) -> None:
        self._schema = schema_of(model)
        self._name = model.__name__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._schema.tables:
            return Rows(self._schema.tables[name])
        try:
            return read(self._schema.household, name)
        except UnknownFieldError:
            hint = unknown_field_hint(name, self._schema.household)
            raise UnknownFieldError(
                "reads {name!r}, which {name2} does not have{hint}",
                name=name,
                name2=self._name,
                hint=hint,
            ) from None

    def __dir__(self) -> list[str]:
        return [*self._schema.household.fields, *self._schema.tables]

    def __repr__(self) -> str:
        return f"<facts of {self._name}>"


def param(id: str) -> Param:  # noqa: A002 - the word policies use
    """Name a parameter of the policy; its value depends on the area and the day."""
    return Param(id)


def yuan(
    amount: int | str | Decimal | Money, *, per: str | None = None, by: str | None = None
) -> Value:
    """Write an amount of yuan, of any unit that has yuan in it once.

    ``yuan(10000)``, ``yuan("0.50")``, ``yuan(6000, per="person")``, ``yuan(30, per="day/person")``,
    ``yuan(200, by="mu")`` for yuan times mu.
    """
    try:
        unit = Unit.parse(f"yuan{f'*{by}' if by else ''}{f'/{per}' if per else ''}")
        if unit.money != 1:
            raise InvalidUnitError("an amount has yuan in its unit once; per and by name others")
        exact = exact_number(str(amount) if type(amount) is int else amount, unit)
    except (InvalidMoneyError, InvalidUnitError) as problem:
        raise ConditionError(problem.message) from None
    return Const(int(exact), unit)


def ratio(number: str | Decimal | int, below: int = 1) -> Value:
    """Write an exact ratio: ``ratio("0.6")`` or ``ratio(3, 5)``."""
    try:
        return lift(Fraction(exact_number(number, Unit())) / below)
    except (InvalidMoneyError, ZeroDivisionError) as problem:
        raise ConditionError(getattr(problem, "message", "a ratio's divisor is not 0")) from None


def ago(*, days: int | None = None, months: int | None = None, years: int | None = None) -> Value:
    """Name the day so long before the day the answer is for; ``ago(days=0)`` is that day."""
    given = {"days": days, "months": months, "years": years}
    named = {unit: count for unit, count in given.items() if count is not None}
    if len(named) != 1:
        raise ConditionError("write ago(days=N), ago(months=N) or ago(years=N)")
    ((unit, count),) = named.items()
    return Ago(count, unit)


def score(*items: tuple[Any, Condition]) -> Value:
    """Add up the weights of the conditions that hold: ``score((1, a), (ratio("0.5"), b))``."""
    weighed = []
    for weight, condition in items:
        value = lift(weight)
        if not isinstance(value, Const) or not isinstance(value.value, int | Fraction):
            raise ConditionError(
                "the weight of `{condition}` must be an exact number", condition=condition
            )
        weighed.append((value.value, condition))
    return Score(tuple(weighed))


def facts(model: type[Row]) -> Any:
    """Give the facts of a model class as attributes; see `Facts`."""
    return Facts(model)


household: Any = Facts(Household)
"""The facts of a `Household`, as attributes."""

members: Any = household.members
"""The household's members, as rows."""

records: Any = household.records
"""The departments' records on the household, as rows."""

__all__ = [
    "Facts",
    "ago",
    "facts",
    "household",
    "members",
    "param",
    "periods",
    "ratio",
    "records",
    "score",
    "yuan",
]
