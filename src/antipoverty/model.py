"""What comes in: households, their members, the records departments hold on them, the grid.

Records of other systems become frozen, strict pydantic objects. ``None`` means *not
known*, never *no* and never zero. Money comes in as yuan, as text or Decimal, and is
held as whole fen. Personal values are accepted and carried, but no ``repr``, message
or condition ever shows them.

>>> household = Household(household_id="610702100200010011", area=AreaCode("610702100200"),
...                  size=3, net_income_12m="17400.00")
>>> household.net_income_12m
1740000

A county that holds more facts extends the model and its pack names the extension:

>>> class OrchardHousehold(Household):
...     orchard: Annotated[int | None, Fact(zh="果园面积", en="orchard", unit="mu",
...                                         low=0, high=10_000)] = None
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar, Self, Unpack

from pydantic import AfterValidator, SecretStr, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from antipoverty._base.opaque import REFERENCE, names_a_person
from antipoverty._base.refusals import refused
from antipoverty._model.area_files import load_areas, shaanxi_areas
from antipoverty._model.areas import Area, AreaTree, Filed
from antipoverty._model.counted import counted_on
from antipoverty._model.deliveries import Delivery, Word
from antipoverty._model.derived import Derived, Named, reference
from antipoverty._model.facts import (
    FIRST_DAY,
    LAST_DAY,
    MAX_ROWS_PER_HOUSEHOLD,
    Fact,
    Fen,
    Field,
    Kind,
    Personal,
    Row,
    Schema,
    TableSchema,
    schema_of,
    unknown_field_hint,
)
from antipoverty._model.given import (
    AreaFacts,
    HouseholdColumns,
    KeeperFacts,
    MemberFacts,
    RecordFacts,
)
from antipoverty._model.quantities import Money, Unit, exact_number
from antipoverty._model.worked import worked_out
from antipoverty.codes import AreaCode, HouseholdCode, Level, check_resident_id
from antipoverty.errors import InvalidCodeError

_YUAN_100M = 10**10
"""One hundred million yuan, in fen: the bound of every amount of one household."""

OpaqueId = Annotated[str, StringConstraints(pattern=REFERENCE)]
"""An identifier without meaning of its own: 1 to 64 letters, digits and ``._:/-``."""


def _resident_id(secret: SecretStr) -> SecretStr:
    try:
        return SecretStr(check_resident_id(secret.get_secret_value()))
    except InvalidCodeError as problem:
        raise PydanticCustomError(
            InvalidCodeError.code, "{reason}", {"reason": problem.message}
        ) from None


def _place(code: AreaCode) -> AreaCode:
    if code.level not in (Level.VILLAGE, Level.GROUP):
        raise refused(
            InvalidCodeError.code,
            "a household lives in a village (12 digits) or a group grid (14 digits)",
        )
    return code


class Member(Row):
    """One registered member of a household (家庭成员)."""

    if TYPE_CHECKING:  # facts are read as they are given, not as they are held

        def __init__(self, /, **facts: Unpack[MemberFacts]) -> None: ...

    KEY: ClassVar[str] = "member_id"
    LABEL: ClassVar[tuple[str, str]] = ("成员", "members")

    member_id: Annotated[OpaqueId, Fact(zh="成员编号", en="member id")]
    name: Annotated[Personal | None, Fact(zh="姓名", en="name", personal=True)] = None
    resident_id: Annotated[
        Annotated[Personal, AfterValidator(_resident_id)] | None,
        Fact(zh="公民身份号码", en="resident identity number", personal=True),
    ] = None
    born_on: Annotated[date | None, Fact(zh="出生日期", en="date of birth")] = None
    age: Annotated[
        int | None,
        Fact(zh="年龄", en="age", unit="year", low=0, high=130, counted_from="born_on"),
    ] = None
    relation: Annotated[
        str | None,
        Fact(
            zh="与户主关系",
            en="relation to the head",
            choices={
                "head": ("户主", "head"),
                "spouse": ("配偶", "spouse"),
                "child": ("子女", "child"),
                "parent": ("父母", "parent"),
                "other": ("其他", "other"),
            },
        ),
    ] = None
    in_school: Annotated[
        bool | None, Fact(zh="在校", en="in school", no=("不在校", "not in school"))
    ] = None
    schooling: Annotated[
        str | None,
        Fact(
            zh="就学阶段",
            en="stage of schooling",
            choices={
                "none": ("未就学", "none"),
                "compulsory": ("义务教育", "compulsory"),
                "upper_secondary": ("高中阶段", "upper secondary"),
                "tertiary": ("高等教育", "tertiary"),
            },
        ),
    ] = None
    labour: Annotated[
        str | None,
        Fact(
            zh="劳动能力",
            en="capacity for work",
            choices={
                "full": ("有劳动能力", "full"),
                "weak": ("弱劳动能力", "weak"),
                "none": ("无劳动能力", "none"),
            },
        ),
    ] = None
    employed: Annotated[
        bool | None, Fact(zh="就业", en="employed", no=("未就业", "not employed"))
    ] = None
    works_away: Annotated[
        bool | None,
        Fact(
            zh="外出务工",
            en="works away from home",
            no=("未外出务工", "does not work away from home"),
        ),
    ] = None
    health: Annotated[
        str | None,
        Fact(
            zh="健康状况",
            en="state of health",
            choices={
                "healthy": ("健康", "healthy"),
                "chronic": ("慢性病", "chronic illness"),
                "serious": ("大病", "serious illness"),
            },
        ),
    ] = None
    disabled: Annotated[
        bool | None,
        Fact(zh="持有残疾证", en="certified disabled", no=("无残疾证", "not certified disabled")),
    ] = None
    disability_grade: Annotated[
        int | None, Fact(zh="残疾等级", en="grade of disability", low=1, high=4)
    ] = None
    insured: Annotated[
        bool | None,
        Fact(zh="参加医保", en="medically insured", no=("未参加医保", "not medically insured")),
    ] = None


class Record(Row):
    """One data item a department holds on a household or a person (部门数据).

    ``kind`` is a word of the pack's vocabulary, such as ``medical_self_paid``; a pack
    declares its kinds, so that a mistyped one is found when the rule is made.
    """

    if TYPE_CHECKING:  # facts are read as they are given, not as they are held

        def __init__(self, /, **facts: Unpack[RecordFacts]) -> None: ...

    KEY: ClassVar[str] = "record_id"
    DAY: ClassVar[str | None] = "day"
    SORT: ClassVar[str | None] = "kind"
    LABEL: ClassVar[tuple[str, str]] = ("部门数据", "records")

    record_id: Annotated[OpaqueId, Fact(zh="记录编号", en="record id")]
    member_id: Annotated[OpaqueId | None, Fact(zh="成员编号", en="member id")] = None
    kind: Annotated[Word, Fact(zh="数据项", en="kind")]
    day: Annotated[date | None, Fact(zh="日期", en="day")] = None
    amount: Annotated[
        Fen | None, Fact(zh="金额", en="amount", unit="yuan", low=0, high=_YUAN_100M)
    ] = None
    department: Annotated[Word | None, Fact(zh="部门", en="department")] = None


def _money(zh: str, en: str, *, negative: bool = False) -> Fact:
    return Fact(zh=zh, en=en, unit="yuan", low=-_YUAN_100M if negative else 0, high=_YUAN_100M)


class HouseholdFacts(HouseholdColumns, total=False):
    """The keywords of `Household`; an extended model may add its own to them."""

    members: tuple[Member, ...] | None
    records: tuple[Record, ...] | None
    deliveries: tuple[Delivery, ...] | None


class Household(Row):
    """One rural household (农户): the unit that is screened.

    Incomes and spending ending in ``_12m`` are of the 12 months ending with the month
    before the data were taken; whether that is a province's own window is not
    published for Shaanxi, so the caller supplies the figures.

    ``size`` is the roster (名册) of ``members``: where fewer came, the others are members of
    whom nothing is known, and where more came, none of them is sure to belong. With
    ``deliveries`` a kind of record of which there is none was looked for only where and when
    a delivery covers it; without, the caller vouches that the tables are complete.
    """

    if TYPE_CHECKING:  # facts are read as they are given, not as they are held

        def __init__(self, /, **facts: Unpack[HouseholdFacts]) -> None: ...

    KEY: ClassVar[str] = "household_id"
    ROSTERS: ClassVar[Mapping[str, str]] = {"members": "size"}
    LABEL: ClassVar[tuple[str, str]] = ("农户", "households")

    household_id: Annotated[OpaqueId, Fact(zh="户码", en="household code")]
    area: Annotated[
        Annotated[AreaCode, AfterValidator(_place)], Fact(zh="所在村组", en="village or group grid")
    ]
    head_name: Annotated[Personal | None, Fact(zh="户主姓名", en="head's name", personal=True)] = (
        None
    )
    phone: Annotated[Personal | None, Fact(zh="联系电话", en="telephone", personal=True)] = None

    size: Annotated[
        int | None, Fact(zh="户籍人口", en="registered members", unit="person", low=1, high=99)
    ] = None
    formerly_poor: Annotated[
        bool | None,
        Fact(
            zh="脱贫户",
            en="formerly registered as poor",
            no=("非脱贫户", "not formerly registered as poor"),
        ),
    ] = None
    monitored: Annotated[
        bool | None, Fact(zh="已纳入监测", en="monitored", no=("未纳入监测", "not monitored"))
    ] = None
    monitored_since: Annotated[date | None, Fact(zh="纳入监测日期", en="day monitoring began")] = (
        None
    )
    category: Annotated[
        str | None,
        Fact(
            zh="监测类别",
            en="monitoring category",
            choices={
                "unstable": ("脱贫不稳定户", "unstable after leaving poverty"),
                "marginal": ("边缘易致贫户", "on the margin of poverty"),
                "sudden": ("突发严重困难户", "sudden severe hardship"),
            },
        ),
    ] = None
    minimum_living: Annotated[
        bool | None,
        Fact(
            zh="享受低保",
            en="receives the minimum living guarantee",
            no=("未享受低保", "does not receive the minimum living guarantee"),
        ),
    ] = None

    net_income_12m: Annotated[
        Fen | None, _money("近12个月纯收入", "net income of 12 months", negative=True)
    ] = None
    net_income_prev_12m: Annotated[
        Fen | None,
        _money("上一个12个月纯收入", "net income of the 12 months before those", negative=True),
    ] = None
    wage_income_12m: Annotated[
        Fen | None, _money("近12个月工资性收入", "wage income of 12 months")
    ] = None
    business_income_12m: Annotated[
        Fen | None, _money("近12个月经营性收入", "business income of 12 months")
    ] = None
    transfer_income_12m: Annotated[
        Fen | None, _money("近12个月转移性收入", "transfer income of 12 months")
    ] = None
    subsidy_income_12m: Annotated[
        Fen | None, _money("近12个月补贴收入", "subsidy income of 12 months")
    ] = None
    work_income_year: Annotated[
        Fen | None, _money("上年务工收入", "work income of the last full year")
    ] = None
    work_income_year_before: Annotated[
        Fen | None, _money("前年务工收入", "work income of the year before")
    ] = None
    work_income_two_years_before: Annotated[
        Fen | None, _money("大前年务工收入", "work income of two years before")
    ] = None
    rigid_spending_12m: Annotated[
        Fen | None, _money("近12个月刚性支出", "rigid spending of 12 months")
    ] = None
    school_cost_year: Annotated[
        Fen | None, _money("年度就学净支出", "net school cost of the year")
    ] = None

    labourers: Annotated[
        int | None, Fact(zh="劳动力人数", en="number of labourers", unit="person", low=0, high=99)
    ] = None
    labourers_prev: Annotated[
        int | None,
        Fact(
            zh="一年前劳动力人数",
            en="number of labourers a year ago",
            unit="person",
            low=0,
            high=99,
        ),
    ] = None
    away_months: Annotated[
        int | None,
        Fact(zh="外出务工月数", en="months of work away", unit="month", low=0, high=1200),
    ] = None
    dwelling_grade: Annotated[
        str | None,
        Fact(
            zh="住房等级",
            en="safety grade of the dwelling",
            choices={
                "A": ("A级", "A"),
                "B": ("B级", "B"),
                "C": ("C级危房", "C (dangerous)"),
                "D": ("D级危房", "D (dangerous)"),
            },
        ),
    ] = None
    water_safe: Annotated[
        bool | None,
        Fact(zh="饮水安全", en="has safe water", no=("饮水不安全", "has no safe water")),
    ] = None
    evident_hardship: Annotated[
        bool | None,
        Fact(
            zh="实际生活明显困难",
            en="evident hardship in daily life",
            no=("实际生活无明显困难", "no evident hardship in daily life"),
        ),
    ] = None
    working_land: Annotated[
        int | None, Fact(zh="经营耕地", en="farmed land", unit="mu", low=0, high=100_000)
    ] = None

    members: tuple[Member, ...] | None = None
    records: tuple[Record, ...] | None = None
    deliveries: tuple[Delivery, ...] | None = None

    @model_validator(mode="after")
    def _names_nobody(self) -> Self:
        """Refuse an id that names a person: it is printed wherever an answer is."""
        if names_a_person(self.household_id, self.area):
            raise refused(
                "personal-id",
                "a telephone number or resident id stands in household_id; give the household an "
                "opaque id",
            )
        return self


class Keeper(Row):
    """A grid keeper (网格员) and the grids held.

    >>> Keeper(keeper_id="k-17", grids=(AreaCode("61070210020001"),)).level
    <Level.GROUP: 'group'>
    """

    if TYPE_CHECKING:  # facts are read as they are given, not as they are held

        def __init__(self, /, **facts: Unpack[KeeperFacts]) -> None: ...

    KEY: ClassVar[str] = "keeper_id"
    LABEL: ClassVar[tuple[str, str]] = ("网格员", "keepers")

    keeper_id: Annotated[OpaqueId, Fact(zh="网格员编号", en="keeper id")]
    name: Annotated[Personal | None, Fact(zh="姓名", en="name", personal=True)] = None
    phone: Annotated[Personal | None, Fact(zh="联系电话", en="telephone", personal=True)] = None
    grids: Annotated[tuple[AreaCode, ...], Fact(zh="负责网格", en="grids held")] = ()

    @property
    def level(self) -> Level | None:
        """The highest level among the grids held, or ``None`` without any."""
        codes = sorted(self.grids, key=len)
        return codes[0].level if codes else None

    def holds(self, area: str) -> bool:
        """Tell whether an area lies in a grid of this keeper."""
        return any(grid.covers(area) for grid in self.grids)


__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "MAX_ROWS_PER_HOUSEHOLD",
    "Area",
    "AreaCode",
    "AreaFacts",
    "AreaTree",
    "Delivery",
    "Derived",
    "Fact",
    "Fen",
    "Field",
    "Filed",
    "Household",
    "HouseholdCode",
    "HouseholdFacts",
    "Keeper",
    "KeeperFacts",
    "Kind",
    "Level",
    "Member",
    "MemberFacts",
    "Money",
    "Named",
    "OpaqueId",
    "Personal",
    "Record",
    "RecordFacts",
    "Row",
    "Schema",
    "TableSchema",
    "Unit",
    "Word",
    "counted_on",
    "exact_number",
    "load_areas",
    "reference",
    "schema_of",
    "shaanxi_areas",
    "unknown_field_hint",
    "worked_out",
]
