"""Households as the test of low income sees them: assets, supporters, and who lives together.

They add to `Household` what recognising low income (低收入人口认定) asks besides: how many live
together, what they own, who owes them support, and what they were recognised as, and when.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from antipoverty.model import Fact, Fen, Household, OpaqueId, Row

_FEN_MOST = 10**10


class Supporter(Row):
    """A person who owes a member of the household support (赡养、抚养、扶养义务人)."""

    KEY: ClassVar[str] = "supporter_id"
    LABEL: ClassVar[tuple[str, str]] = ("赡养抚养扶养义务人", "supporters")

    supporter_id: Annotated[OpaqueId, Fact(zh="义务人编号", en="supporter id")]
    lives_together: Annotated[
        bool | None, Fact(zh="共同生活", en="lives together", no=("不共同生活", "lives apart"))
    ] = None
    able: Annotated[
        bool | None,
        Fact(
            zh="有履行义务能力",
            en="able to give support",
            no=("无履行义务能力", "not able to give support"),
        ),
    ] = None
    support_12m: Annotated[
        Fen | None,
        Fact(
            zh="近12个月给付",
            en="support given in 12 months",
            unit="yuan",
            low=0,
            high=_FEN_MOST,
        ),
    ] = None


class LowIncomeHousehold(Household):
    """A household with what the test of low income asks besides (低收入人口认定)."""

    co_residents: Annotated[
        int | None,
        Fact(zh="共同生活家庭成员", en="members living together", unit="person", low=1, high=99),
    ] = None
    destitute: Annotated[
        bool | None,
        Fact(
            zh="特困供养",
            en="supported as destitute",
            no=("未特困供养", "not supported as destitute"),
        ),
    ] = None
    financial_assets: Annotated[
        Fen | None,
        Fact(zh="货币财产", en="financial assets", unit="yuan", low=0, high=_FEN_MOST),
    ] = None
    houses: Annotated[int | None, Fact(zh="住房套数", en="dwellings owned", low=0, high=99)] = None
    vehicles: Annotated[
        int | None, Fact(zh="机动车辆数", en="motor vehicles owned", low=0, high=99)
    ] = None
    recognized_as: Annotated[
        str | None,
        Fact(
            zh="认定类别",
            en="recognised as",
            choices={
                "guarantee": ("最低生活保障对象", "on the minimum living guarantee"),
                "destitute": ("特困人员", "destitute"),
                "margin": ("低保边缘家庭", "on the margin of the guarantee"),
                "rigid": ("刚性支出困难家庭", "in hardship by rigid spending"),
                "prevention": ("防止返贫致贫对象", "to be kept from poverty"),
                "other": ("其他低收入人口", "of low income otherwise"),
            },
        ),
    ] = None
    recognized_on: Annotated[date | None, Fact(zh="认定日期", en="day of recognition")] = None

    supporters: tuple[Supporter, ...] | None = None


__all__ = ["LowIncomeHousehold", "Supporter"]
