"""What the models are made from, for type checkers: each keyword, with what may be given.

Facts are read otherwise than they are held: yuan come as text, `Decimal` or `Money` and are held
in fen, codes and personal values come as text. A county that extends a model writes what its own
takes in the same way::

    class OrchardFacts(HouseholdFacts, total=False):
        orchard: int | None

    class OrchardHousehold(Household):
        if TYPE_CHECKING:
            def __init__(self, /, **facts: Unpack[OrchardFacts]) -> None: ...
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Required, TypeAlias, TypedDict

from pydantic import SecretStr

from antipoverty._model.quantities import Money

Yuan: TypeAlias = str | Decimal | Money
"""An amount as it is given."""
Hidden: TypeAlias = str | SecretStr
"""A personal value as it is given."""


class AreaFacts(TypedDict, total=False):
    """The keywords of `Area`."""

    code: Required[str]
    name: Required[str]
    successors: tuple[str, ...]
    since: date | None
    until: date | None


class MemberFacts(TypedDict, total=False):
    """The keywords of `Member`."""

    member_id: Required[str]
    name: Hidden | None
    resident_id: Hidden | None
    born_on: date | None
    age: int | None
    relation: str | None
    in_school: bool | None
    schooling: str | None
    labour: str | None
    employed: bool | None
    works_away: bool | None
    health: str | None
    disabled: bool | None
    disability_grade: int | None
    insured: bool | None


class RecordFacts(TypedDict, total=False):
    """The keywords of `Record`."""

    record_id: Required[str]
    member_id: str | None
    kind: Required[str]
    day: date | None
    amount: Yuan | None
    department: str | None


class HouseholdColumns(TypedDict, total=False):
    """The keywords of `Household` that are no child tables."""

    household_id: Required[str]
    area: Required[str]
    head_name: Hidden | None
    phone: Hidden | None
    size: int | None
    formerly_poor: bool | None
    monitored: bool | None
    monitored_since: date | None
    category: str | None
    minimum_living: bool | None
    net_income_12m: Yuan | None
    net_income_prev_12m: Yuan | None
    wage_income_12m: Yuan | None
    business_income_12m: Yuan | None
    transfer_income_12m: Yuan | None
    subsidy_income_12m: Yuan | None
    work_income_year: Yuan | None
    work_income_year_before: Yuan | None
    work_income_two_years_before: Yuan | None
    rigid_spending_12m: Yuan | None
    school_cost_year: Yuan | None
    labourers: int | None
    labourers_prev: int | None
    away_months: int | None
    dwelling_grade: str | None
    water_safe: bool | None
    evident_hardship: bool | None
    working_land: int | None


class KeeperFacts(TypedDict, total=False):
    """The keywords of `Keeper`."""

    keeper_id: Required[str]
    name: Hidden | None
    phone: Hidden | None
    grids: tuple[str, ...]
