"""From weekly statistics to notices: exact rates, comparable scores, and who is chosen."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.errors import (
    EarlyNoticeError,
    InvalidPolicyError,
    InvalidStatisticsError,
    IssuerError,
)
from antipoverty.model import Area, AreaTree
from antipoverty.periods import Period
from antipoverty.rules import Text
from antipoverty.scoring import (
    AssessmentPolicy,
    Draft,
    Indicator,
    NoticePolicy,
    NoticeVerdict,
    Statistic,
    assess,
    draft_notices,
    summarise,
)

COVERAGE = Indicator(
    id="coverage", title=Text("走访覆盖率", "coverage of visits"), unit="share",
    direction="higher", best=1, worst=Fraction(1, 2), minimum=10,
)  # fmt: skip
DAYS = Indicator(
    id="days", title=Text("发现用时", "days to detect"), unit="day",
    direction="lower", best=0, worst=20, weight=3, nothing="allowed",
)  # fmt: skip
MONTH = Period.parse("2022-03")


def figure(unit: str, above: int, below: int = 100, **changed: Any) -> Statistic:
    """A figure of coverage in March."""
    usual = {"period": MONTH, "indicator": "coverage"}
    return Statistic(unit=unit, numerator=above, denominator=below, **(usual | changed))


def policy(**changed: Any) -> NoticePolicy:
    """One indicator; the best is commended and the worst criticised."""
    usual = {"indicators": (COVERAGE,), "choose": "rank", "commended": 1, "criticised": 1}
    return NoticePolicy.model_validate(usual | changed)


def draft(figures: list[Statistic], how: NoticePolicy, **changed: Any) -> Draft:
    """The province notifies its counties, those that have a figure, for March."""
    usual = {"period": MONTH, "issuer": "61", "level": "county", "issued_on": date(2022, 4, 2)}
    usual["areas"] = tree(*(one.unit for one in figures))
    return draft_notices(figures, how, **(usual | changed))


def tree(*units: str) -> AreaTree:
    """Shaanxi, with some units and what lies above them."""
    codes = {unit[:digits] for unit in units for digits in (2, 4, 6, 9) if digits <= len(unit)}
    return AreaTree(Area(code=code, name=code) for code in sorted({"61", *codes}))


def verdicts(made: Draft) -> dict[str, str]:
    """The last digit of each unit, by the first letter or two of its verdict."""
    short = {
        NoticeVerdict.COMMENDED: "+",
        NoticeVerdict.CRITICISED: "-",
        NoticeVerdict.NEITHER: "0",
    }
    return {one.unit[-1]: short[one.verdict] for one in sorted(made.notices, key=lambda n: n.unit)}


FOUR = [figure(f"61070{n}", above) for n, above in enumerate((90, 80, 70, 60), 1)]


COUNTY: dict[str, Any] = {"level": "county", "areas": tree("610703")}


# --- adding up -------------------------------------------------------------------------


def test_weeks_add_up_to_the_month_of_their_thursday() -> None:
    """The week of 28 February 2022 has its Thursday in March, and goes there."""
    weeks = [
        Statistic(unit="610703", period=f"2022-W{week:02d}", indicator="coverage",
                  numerator=week, denominator=10)
        for week in range(9, 14)
    ]  # fmt: skip
    (march,) = summarise(weeks, "month", **COUNTY)
    assert str(march.period) == "2022-03"
    assert (march.numerator, march.denominator) == (9 + 10 + 11 + 12 + 13, 50)


def test_a_year_of_53_weeks_adds_up_whole() -> None:
    """2020 has 53 ISO weeks, and all of them are the year's."""
    weeks = [
        Statistic(unit="610703", period=f"2020-W{week:02d}", indicator="coverage",
                  numerator=1, denominator=1)
        for week in range(1, 54)
    ]  # fmt: skip
    (year,) = summarise(weeks, "year", **COUNTY)
    assert year.denominator == 53
    months = summarise(weeks, "month", **COUNTY)
    assert sum(one.denominator for one in months) == 53
    with pytest.raises(InvalidStatisticsError, match="lacks coverage for 2020-W53"):
        summarise(weeks[:-1], "year", **COUNTY)
    (partial,) = summarise(weeks[:-1], "year", **COUNTY, partial=True)
    assert partial.denominator == 52


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 99)), min_size=3, max_size=3))
def test_months_add_up_to_quarters_however_they_are_taken(sums: list[tuple[int, int]]) -> None:
    """Counties to cities first, or months to quarters first: one answer."""
    figures = [
        Statistic(unit=unit, period=f"2022-{month:02d}", indicator="coverage",
                  numerator=above, denominator=below)
        for unit in ("610701", "610702")
        for month, (above, below) in enumerate(sums, 1)
    ]  # fmt: skip
    areas = tree("610701", "610702")
    both = summarise(figures, "quarter", level="city", areas=areas)
    quarters = summarise(figures, "quarter", level="county", areas=areas)
    months = summarise(figures, "month", level="city", areas=areas)
    assert both == summarise(quarters, "quarter", level="city", areas=areas)
    assert both == summarise(months, "quarter", level="city", areas=areas)
    assert both[0].numerator == 2 * sum(above for above, _ in sums)


@pytest.mark.parametrize(
    ("figures", "to", "level", "words"),
    [
        (
            [figure("610701", 1), figure("610701", 2)],
            "month",
            "county",
            "2022-03 has a second figure",
        ),
        ([figure("610701", 1)], "week", "county", "cannot be parted"),
        ([figure("6107", 1)], "month", "county", "units above the county"),
        ([figure("610709", 1)], "month", "county", "610709 for 2022-03 is not among the areas"),
        ([figure("610701", 1)], "month", "city", "unit 6107 lacks coverage for 2022-03 of 610702"),
        (
            [figure("610701", 1), figure("610702", 1), figure("6107", 3, 200)],
            "month",
            "city",
            "unit 6107 for 2022-03: the total of coverage is not the sum of its parts",
        ),
    ],
)
def test_what_cannot_be_added_up_is_refused(
    figures: list[Statistic], to: str, level: str, words: str
) -> None:
    """A sum is of each thing once, of all its parts, and a total is their sum."""
    with pytest.raises(InvalidStatisticsError, match=words):
        summarise(figures, to, level=level, areas=tree("610701", "610702"))


# --- scores ----------------------------------------------------------------------------


def test_a_score_lies_between_the_two_ends_exactly() -> None:
    """Best is 100, worst is 0, and what lies beyond stays there."""
    assert COVERAGE.score(100, 100) == 100
    assert COVERAGE.score(75, 100) == 50
    assert COVERAGE.score(2, 3 * 10) == 0
    assert COVERAGE.score(20, 30) == Fraction(100, 3)
    assert DAYS.score(0, 7) == 100
    assert DAYS.score(30, 1) == 0


def test_a_small_denominator_has_no_rank() -> None:
    """Nine households of nine is not better than 90 of 100: it is too few to say."""
    made = draft([*FOUR, figure("610705", 9, 9)], policy())
    assert verdicts(made) == {"1": "+", "2": "0", "3": "0", "4": "-"}
    last = made.scores[-1]
    assert (last.unit, last.total, last.rank, last.verdict) == ("610705", None, None, None)
    assert last.parts == (("coverage", None),)


def test_a_unit_that_lacks_an_indicator_is_unrated_or_reweighed() -> None:
    """By the policy's choice; so is one that says that there was nothing to count."""
    both = {"indicators": (COVERAGE, DAYS)}
    figures = [*FOUR, figure("610701", 20, 2, indicator="days")]
    figures += [figure("610702", 0, 0, indicator="days", nothing=True)]
    unrated = draft(figures, policy(**both, incomplete="unrated"))
    assert {one.unit for one in unrated.notices} == {"610701"}
    reweighed = draft(figures, policy(**both, incomplete="reweighed"))
    totals = {score.unit: score.total for score in reweighed.scores}
    assert totals["610701"] == Fraction(80 + 3 * 50, 4)
    assert totals["610702"] == 60


# --- choosing --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"choose": "rank", "commended": 1, "criticised": 2}, "+0--"),
        ({"choose": "rank", "commended": 0, "criticised": 0}, "0000"),
        ({"choose": "rank", "commended": 3, "criticised": 3}, "+00-"),
        ({"choose": "rank", "commended": 9, "criticised": 0}, "++++"),
        ({"choose": "share", "commended": "0.25", "criticised": "0.5"}, "+0--"),
        ({"choose": "share", "commended": "0.49", "criticised": "0.24"}, "+000"),
        ({"choose": "threshold", "commended": ">= 80", "criticised": "< 40"}, "+00-"),
        ({"choose": "threshold", "commended": "> 80", "criticised": "<= 40"}, "00--"),
        ({"choose": "list", "commended": ["610703"], "criticised": ["610701"]}, "-0+0"),
    ],
)
def test_a_policy_chooses_by_rank_share_threshold_or_list(
    choice: dict[str, Any], expected: str
) -> None:
    """Scores are 80, 60, 40 and 20; a unit chosen at both ends is neither."""
    assert "".join(verdicts(draft(FOUR, policy(**choice))).values()) == expected


@pytest.mark.parametrize(("ties", "expected"), [("included", "++0-"), ("excluded", "000-")])
def test_ties_at_the_cut_are_all_in_or_all_out(ties: str, expected: str) -> None:
    """Two units share the first place, and one may be commended."""
    figures = [figure(f"61070{n}", above) for n, above in enumerate((90, 90, 70, 60), 1)]
    made = draft(figures, policy(ties=ties))
    assert "".join(verdicts(made).values()) == expected
    assert [score.rank for score in made.scores] == [1, 1, 3, 4]


def test_a_tie_may_be_parted_by_an_indicator() -> None:
    """Equal totals; the one that detects sooner comes first."""
    how = policy(indicators=(COVERAGE, DAYS), tie_break=["days"])
    figures = [
        figure("610701", 100),
        figure("610701", 15, 1, indicator="days"),
        figure("610702", 70),
        figure("610702", 11, 1, indicator="days"),
    ]
    made = draft(figures, how)
    assert len({score.total for score in made.scores}) == 1
    assert verdicts(made) == {"1": "-", "2": "+"}


@given(st.permutations(FOUR), st.integers(2, 50))
def test_neither_order_nor_size_changes_a_verdict(figures: list[Statistic], times: int) -> None:
    """Rates are compared: a unit many times as large with the same rate scores the same."""
    larger = [
        one.model_copy(
            update={"numerator": one.numerator * times, "denominator": one.denominator * times}
        )
        if one.unit == "610702"
        else one
        for one in figures
    ]
    assert verdicts(draft(larger, policy())) == verdicts(draft(FOUR, policy()))


def test_each_issuer_compares_its_own_units() -> None:
    """A city's counties among themselves; the province's cities, or all its counties."""
    figures = [*FOUR, figure("610801", 99), figure("6107", 300, 400), figure("6108", 99)]
    assert set(verdicts(draft(figures, policy(), issuer="6107"))) == {"1", "2", "3", "4"}
    assert verdicts(draft(figures, policy(), level="city")) == {"7": "-", "8": "+"}
    assert len(draft(figures, policy()).notices) == 5
    for issuer, level in (("6107", "city"), ("610701", "township"), ("61", "township")):
        with pytest.raises(IssuerError, match="does not notify"):
            draft(figures, policy(), issuer=issuer, level=level)


def test_notices_cannot_be_drafted_before_the_period_ends() -> None:
    """The last day itself will do."""
    assert draft(FOUR, policy(), issued_on=date(2022, 3, 31)).notices
    with pytest.raises(EarlyNoticeError, match="2022-03 ends on 2022-03-31"):
        draft(FOUR, policy(), issued_on=date(2022, 3, 30))


def test_drafts_are_assessed_as_they_are() -> None:
    """From figures to points: the best county of two months running."""
    april = [one.model_copy(update={"period": MONTH.next}) for one in FOUR]
    notices = [
        *draft(FOUR, policy()).notices,
        *draft(april, policy(), period="2022-04", issued_on=date(2022, 5, 2)).notices,
    ]
    board = assess(notices, AssessmentPolicy(), as_of=date(2022, 5, 2))
    assert {one.unit: one.total for one in board.accounts} == {"610701": 1, "610704": -1}
    assert notices[0].notice_id == "61-610701-2022-03"
    assert "rank 1 of 4 rated, 4 expected, score 80.00" in notices[0].reason
    assert draft(FOUR, policy()).illustrative


def test_figures_that_cannot_be_scored_are_listed() -> None:
    """An indicator that is not declared, a figure twice, a listed unit without a rating."""
    wrong = [*FOUR, figure("610701", 1), figure("610701", 1, indicator="coverag")]
    with pytest.raises(InvalidStatisticsError, match="did you mean 'coverage'") as caught:
        draft(wrong, policy())
    assert len(caught.value.problems) == 2
    with pytest.raises(InvalidStatisticsError, match="610702 for 2022-03: coverage is a share"):
        draft([*FOUR[:1], figure("610702", 101)], policy())
    listed = policy(choose="list", commended=["610709"], criticised=[])
    with pytest.raises(InvalidStatisticsError, match="610709 is listed but not rated"):
        draft(FOUR, listed)


FILE = """
id = "county-example"
choose = "share"
commended = 0.1
criticised = 0.1
ties = "included"
[notifies]
city = ["county"]

[[indicators]]
id = "coverage"
title.zh = "走访覆盖率"
title.en = "coverage of visits"
unit = "share"
direction = "higher"
best = 1
worst = 0.5
minimum = 30
"""


def test_a_policy_is_read_from_a_file() -> None:
    """Exact shares, and who notifies whom."""
    read = NoticePolicy.from_toml(FILE)
    assert read.commended == Fraction(1, 10)
    assert read.indicators[0].worst == Fraction(1, 2)
    with pytest.raises(IssuerError):
        draft(FOUR, read)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("best = 1", "best = 0.2", "do not lie as direction says"),
        ("minimum = 30", "minimun = 30", "did you mean 'minimum'"),
        ("commended = 0.1", "commended = 2", "give an exact part from 0 to 1"),
        ('ties = "included"', 'tie_break = ["cover"]', "which is no indicator"),
        ('choose = "share"', 'choose = "threshold"', "such as '>= 90'"),
        ('choose = "share"', 'choose = "rank"', "a whole number of units"),
        ('choose = "share"', 'choose = "list"', "a list of codes"),
        ('choose = "share"', 'choose = "share"\nstatus = "published"', "names its source"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused(old: str, new: str, words: str) -> None:
    """Each problem in the words of the file."""
    with pytest.raises(InvalidPolicyError, match=words):
        NoticePolicy.from_toml(FILE.replace(old, new))
