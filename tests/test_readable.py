"""A failing property shows the facts that matter, in the policy's words, as a case."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings

from antipoverty.model import Household, Member, Record
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Verdict
from antipoverty.testing import laws, near_threshold, read_cases
from antipoverty.testing._search.case_text import as_case, shown  # private: what messages show
from antipoverty.testing.cases import Case

PACK, AS_OF = shaanxi_2531(), date(2021, 12, 1)
HOME = Household(
    household_id="h1",
    area="610702100200",
    size=3,
    net_income_12m="5999.99",
    water_safe=False,
    dwelling_grade="D",
    members=(Member(member_id="m", age=9, in_school=False),),
    records=(Record(record_id="r", kind="outpatient", day=date(2021, 11, 2), amount="12"),),
)


def test_a_household_is_shown_in_both_languages_and_as_toml() -> None:
    """Each known fact once, with its unit; then what can be pasted."""
    lines = shown(HOME)
    assert "# 近12个月纯收入 net income of 12 months 5,999.99元 / 5,999.99 yuan" in lines
    assert "# 饮水不安全 has no safe water" in lines
    assert any("年龄 age 9" in one and "不在校 not in school" in one for one in lines)
    assert lines[-3:] == [
        'household = { area = "610702100200", size = 3, net_income_12m = "5999.99", '
        'dwelling_grade = "D", water_safe = false }',
        "members = [{ age = 9, in_school = false }]",
        'records = [{ kind = "outpatient", day = 2021-11-02, amount = "12" }]',
    ]


def test_a_case_that_was_pasted_is_the_household_again() -> None:
    """`read_cases` reads it back, with no other fact known."""
    case = Case("unsafe-water", "seen", "warn", Verdict.WARN, AS_OF, HOME)
    (again,) = read_cases(as_case(case), PACK)
    assert (again.rule, again.expect, again.as_of) == ("unsafe-water", Verdict.WARN, AS_OF)
    mine, other = (
        {k: v for k, v in one.model_dump().items() if k not in ("household_id", "deliveries")}
        for one in (HOME, again.household)
    )
    for row in (*mine["members"], *other["members"]):
        del row["member_id"]
    for row in (*mine["records"], *other["records"]):
        del row["record_id"]
    assert mine == other


def test_hypothesis_prints_the_facts() -> None:
    """And a household's own repr still shows none."""

    @settings(max_examples=50, database=None, deadline=None)
    @given(near_threshold("income-under-line", PACK, as_of=date(2021, 6, 1)))
    def never(household: Household) -> None:
        assert household.net_income_12m is None or household.net_income_12m > 10**12

    with pytest.raises(AssertionError) as caught:
        never()
    told = "\n".join(getattr(caught.value, "__notes__", ()))
    assert "近12个月纯收入 net income of 12 months" in told
    assert "household = { area = " in told
    assert "facts known" not in told
    assert "5999" not in repr(HOME)


@pytest.mark.slow
def test_a_law_says_its_counterexample_as_a_case() -> None:
    """In both languages; the case is one that `read_cases` reads and that warns so."""
    with pytest.raises(AssertionError) as caught:
        laws.assert_monotone(
            "income-under-line", "net_income_12m", PACK, worse="up", as_of=date(2021, 6, 1)
        )
    text = str(caught.value)
    assert "标准：" in text
    title = PACK.rules["income-under-line"].title.zh
    worse = f"近12个月纯收入 net_income_12m 变差，结论却由{Verdict.WARN.zh}变为{Verdict.CLEAR.zh}"
    assert f"规则 {title}：{worse}" in text
    assert "结论 verdict: 预警 warn" in text
    assert "keep this as a file in the folder of cases" in text
    assert "近12个月纯收入 net income of 12 months" in text
    first = text.split("as a case:\n")[1].split("\n  rule ")[0]
    lines = [one.removeprefix("    ") for one in first.splitlines()]
    body = "\n".join(one for one in lines if not one.startswith("rule 'income"))
    (case,) = read_cases(body.split("\n  with the worse")[0].strip() + "\n", PACK)
    assert case.rule == "income-under-line"
