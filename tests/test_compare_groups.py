"""Groups of a comparison: each household or person in one, and the groups come to the rows."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antipoverty import Household, Member, Tables
from antipoverty.comparison import Comparison, compare, suppose
from antipoverty.errors import InvalidArgumentError
from antipoverty.packs import shaanxi_2531

PACK, AS_OF = shaanxi_2531(), date(2021, 12, 1)
AREAS = ("610702100200", "610722001001", "610112008205")


def compared(homes: list[Household]) -> Comparison[pl.DataFrame]:
    """The pack beside one with another line, on some households."""
    other = suppose(PACK, "monitoring_line", "7000")
    return compare(PACK, other, Tables.of(homes), as_of=AS_OF)


people = st.tuples(
    st.sampled_from([None, 0, 5, 6, 15, 16, 59, 60, 99]), st.sampled_from([None, True, False])
)


@pytest.mark.slow
@settings(max_examples=12)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(AREAS),
            st.lists(people, min_size=1, max_size=8),
            st.sampled_from(["5000", "6000", "6500", "6999.99", "7000", None]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_the_groups_come_to_the_rows(
    given_: list[tuple[str, list[tuple[int | None, bool | None]], str | None]],
) -> None:
    """Households by city, size and disability; members by age: none lost, none twice."""
    homes = [
        Household(
            household_id=f"h{n}",
            area=area,
            size=len(members),
            monitored=False,
            net_income_12m=None if each is None else str(float(each) * len(members)),
            members=tuple(
                Member(member_id=f"m{k}", age=age, disabled=disabled)
                for k, (age, disabled) in enumerate(members)
            ),
            records=(),
        )
        for n, (area, members, each) in enumerate(given_)
    ]
    found = compared(homes)
    rows = found.households
    for by in ("city", "size", "disability"):
        assert found.groups(by)["count"].sum() == rows.height
    touched = set(rows["household_id"])
    persons = [one for home in homes if home.household_id in touched for one in home.members or ()]
    ages = found.groups("age")
    assert ages["count"].sum() == len(persons)
    old = ages.filter(group="60+")["count"].sum()
    assert old == sum(one.age is not None and one.age >= 60 for one in persons)
    unknown = found.groups("disability").filter(group="yes")["count"].sum()
    assert unknown == sum(
        any(one.disabled for one in home.members or ())
        for home in homes
        if home.household_id in touched
    )


def test_a_way_to_group_that_is_not_there_is_refused() -> None:
    """By what nobody has; sex where the tables have it alone."""
    homes = [
        Household(
            household_id="h1",
            area=AREAS[0],
            size=1,
            monitored=False,
            net_income_12m="6500",
            members=(Member(member_id="m1", age=30),),
            records=(),
        )
    ]
    found = compared(homes)
    with pytest.raises(InvalidArgumentError, match="way to group"):
        found.groups("religion")
    assert found.groups("sex").rows() == [("", "undecided", "warn", 1)]
    frames = Tables.of(homes)
    members = frames["members"].with_columns(pl.lit("女").alias("sex"))
    tables = Tables(frames["households"], members, frames["records"])
    other = suppose(PACK, "monitoring_line", "7000")
    assert compare(PACK, other, tables, as_of=AS_OF).groups("sex")["group"].to_list() == ["女"]
