"""What officials see: charts with limits, denominators and both languages, without a network."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from antipoverty.errors import InvalidArgumentError
from antipoverty.model import Area, AreaTree
from antipoverty.periods import Period
from antipoverty.report import to_svg
from antipoverty.rules import Text
from antipoverty.scoring import (
    Draft,
    Indicator,
    NoticePolicy,
    Statistic,
    charts,
    draft_notices,
    within,
)

alt = pytest.importorskip("altair", reason="charts need the extra 'report'")
pytest.importorskip("vl_convert", reason="charts need the extra 'report'")

COUNTS = {f"6101{n:02d}": (90 + n % 3, 100 + n) for n in range(1, 12)} | {"610112": (50, 100)}
HOW = NoticePolicy(
    indicators=(
        Indicator(
            id="coverage", title=Text("走访覆盖率", "coverage"), unit="share",
            direction="higher", best=1, worst=0,
        ),
    ),
    choose="outside-limits", commended=Fraction(1, 1000), criticised=Fraction(1, 1000),
    multiplicity="each", overdispersion="none",
)  # fmt: skip
AREAS = AreaTree(
    Area(code=code, name=f"县{code[-2:]}") for code in ("61", "6101", *COUNTS, "610199")
)


def month(period: str) -> Draft:
    """A draft of a month; one county did not report."""
    when = Period.parse(period)
    figures = [
        Statistic(
            unit=unit, period=when, indicator="coverage", numerator=count, denominator=size
        )
        for unit, (count, size) in COUNTS.items()
    ]  # fmt: skip
    return draft_notices(
        figures, HOW, period=when, issuer="61", level="county", issued_on=date(2023, 1, 5),
        areas=AREAS,
    )  # fmt: skip


DRAFT = month("2022-11")
NAMES = {code: f"县{code[-2:]}" for code in COUNTS}


@pytest.mark.parametrize("which", ["funnel", "league", "run"])
def test_a_chart_is_drawn_in_both_languages_and_says_whose_it_is(which: str) -> None:
    """As SVG, by itself, in one language; and it says that the policy is an illustration."""
    draw = {
        "funnel": lambda to: charts.funnel(DRAFT, "coverage", to, names=NAMES),
        "league": lambda to: charts.league(DRAFT, "coverage", to, names=NAMES),
        "run": lambda to: charts.run_chart([month("2022-12"), DRAFT], "610112", "coverage", to),
    }[which]
    zh, en = (to_svg(draw(to)) for to in ("zh", "en"))  # type: ignore[arg-type]
    chinese = ("走访覆盖率", "示例", "批评", "未报送：1个单位")
    english = ("coverage", "Illustrative", "criticised", "not reported: 1")
    for svg, words, others in ((zh, chinese, english), (en, english, chinese)):
        assert svg.startswith("<svg")
        assert "50/100" in svg
        assert not [one for one in words if one not in svg]
        assert not [one for one in others if one in svg]


def test_the_line_of_a_funnel_encloses_what_luck_explains() -> None:
    """At each denominator the drawn limit lies within one count of the exact one."""
    data = charts.funnel(DRAFT, "coverage").to_dict()
    edges = data["layer"][0]["data"]["values"]
    (base,) = DRAFT.baselines
    for edge in edges:
        size, limits = edge["cases"], within(edge["cases"], base.target, base.low)
        assert limits.lower - 1 <= edge["low"] * size <= limits.lower
        assert limits.upper - 1 <= edge["high"] * size <= limits.upper + 1
    left, right = ([one["label"] for one in layer["data"]["values"]] for layer in data["layer"][4:])
    assert (left, right) == (["610112 50/100"], [])


def test_colours_are_told_apart_without_them() -> None:
    """Each verdict has a shape of its own beside its colour."""
    text = charts.funnel(DRAFT, "coverage").to_json()
    for colour, shape in (("#0072B2", "triangle-up"), ("#D55E00", "triangle-down")):
        assert colour in text
        assert shape in text


@pytest.mark.slow
def test_a_draft_is_a_page_with_its_charts() -> None:
    """Scores, who did not report, pictures; names are escaped."""
    names = NAMES | {"610112": "<b>某县</b>"}
    page = DRAFT.report(names, earlier=[month("2022-10")]).html()
    assert page.count("<svg") == 2 * 3  # a funnel, the ranks, and the run of who is named
    assert "<b>某县" not in page
    assert "<script" not in page
    assert "50/100" in page
    assert "610199" in page.partition("未报送")[2]


def test_what_cannot_be_drawn_is_said() -> None:
    """No such indicator, no such unit."""
    with pytest.raises(InvalidArgumentError, match="no indicator 'cover'"):
        charts.funnel(DRAFT, "cover")
    with pytest.raises(InvalidArgumentError, match="no figure of coverage of unit 610199"):
        charts.run_chart([DRAFT], "610199", "coverage")
