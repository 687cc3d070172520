"""What this county knows of a household: what was delivered, and what functions work out of it.

One fact of each kind: of rows (`wage_trend`), of a row (`Bill.dear`), of the area
(`metres_to_clinic`, `village_line`) and of a model (`risk_score`).
"""

from __future__ import annotations

from typing import Annotated

from antipoverty.model import Derived, Fact, Fen, Household, Record
from antipoverty.rules import Source, Text
from qinba_county import functions

EXAMPLE = Source(Text("示例，非政策", "an example, not policy"))
_WAGES = 'sum(records, amount, where=kind == "wage", calendar="month", before={})'


def _derived(by: object, version: str, **reads: str) -> Derived:
    return Derived(by=by, reads=reads, version=version, source=EXAMPLE)


class Bill(Record):
    """A record of a department, and whether a bill is dear for its kind."""

    dear: Annotated[
        bool | None,
        Fact(
            zh="费用明显偏高",
            en="dear for its kind",
            no=("费用正常", "not dear for its kind"),
            derive=_derived(functions.is_dear, "1", amount="amount", kind="kind"),
        ),
    ] = None


class QinbaHousehold(Household):
    """A household of this county."""

    promised_wage: Annotated[
        Fen | None, Fact(zh="协议月工资", en="wage agreed", unit="yuan", low=0, high=10**9)
    ] = None
    records: tuple[Bill, ...] | None = None

    wage_trend: Annotated[
        int | None,
        Fact(
            zh="近6个月务工收入月均变化",
            en="monthly trend of wages over six months",
            unit="yuan",
            low=-(10**10),
            high=10**10,
            derive=_derived(
                functions.trend, "1", **{f"month_{n}": _WAGES.format(n) for n in range(1, 7)}
            ),
        ),
    ] = None
    metres_to_clinic: Annotated[
        int | None,
        Fact(
            zh="就医距离（米）",
            en="metres to the nearest clinic",
            low=0,
            high=500_000,
            derive=_derived(functions.nearest_clinic, "map of 2021", area="area"),
        ),
    ] = None
    village_line: Annotated[
        int | None,
        Fact(
            zh="本村人均纯收入的一半",
            en="half of the village's net income per person",
            unit="yuan/person",
            low=0,
            high=10**9,
            derive=_derived(functions.half_of_village, "survey of 2020", area="area"),
        ),
    ] = None
    risk_score: Annotated[
        int | None,
        Fact(
            zh="返贫风险模型分（千分制）",
            en="score of the risk model, per mille",
            low=0,
            high=1000,
            derive=_derived(
                functions.score,
                "logistic 3",
                ill='any(members, health == "serious")',
                disabled="any(members, disabled)",
                away="away_months",
                trend="wage_trend",
            ),
        ),
    ] = None
