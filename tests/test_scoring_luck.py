"""What stands beside a rank: the chance that luck made it, and the places it may be."""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from antipoverty.model import Area, AreaTree
from antipoverty.periods import Period
from antipoverty.rules import Text
from antipoverty.scoring import (
    Draft,
    Indicator,
    NoticePolicy,
    RunRule,
    Statistic,
    cost,
    draft_notices,
    within,
)

MONTH = Period.parse("2022-11")
DEATHS = Indicator(
    id="deaths", title=Text("死亡率", "deaths"), unit="share", direction="lower", best=0, worst=1
)


def drafted(figures: dict[str, tuple[int, int]], **choice: Any) -> Draft:
    """The province's counties, with these figures."""
    areas = AreaTree(Area(code=code, name=code) for code in ("61", "6101", *figures))
    policy = NoticePolicy.model_validate({"indicators": (DEATHS,)} | choice)
    return draft_notices(
        [
            Statistic(unit=unit, period=MONTH, indicator="deaths", numerator=a, denominator=b)
            for unit, (a, b) in figures.items()
        ],
        policy, period=MONTH, issuer="61", level="county", issued_on=date(2022, 12, 1),
        areas=areas,
    )  # fmt: skip


# Operations and deaths in children under one, twelve centres, 1991-1995: the Bristol Royal
# Infirmary Inquiry's figures, as published with D. Spiegelhalter, The Art of Statistics
# (2019), figure 2.5: github.com/dspiegel29/ArtofStatistics, 02-5-child-heart-surgery-1991-x.csv.
HEART = {
    "610101": (41, 143), "610102": (25, 187), "610103": (24, 323), "610104": (23, 122),
    "610105": (25, 164), "610106": (42, 405), "610107": (24, 239), "610108": (53, 482),
    "610109": (26, 195), "610110": (25, 177), "610111": (58, 581), "610112": (31, 301),
}  # fmt: skip


def test_the_centre_that_an_inquiry_found_is_the_one_outside() -> None:
    """Bristol, and no other of the twelve, lies beyond the 99.8 % limits; last at any rank."""
    limits = {"choose": "outside-limits", "multiplicity": "each", "overdispersion": "none"}
    made = drafted(HEART, commended="0.001", criticised="0.001", **limits)
    assert [one.unit for one in made.scores if one.outside] == ["610101"]
    assert made.scores[-1].outside == (("deaths", -1),)
    assert made.baselines[0].target == Fraction(397, 3319)
    assert made.intervals["610101"][1] == 12
    assert made.intervals["610101"][0] > 6
    first, last = made.intervals["610103"]
    assert first == 1 < last


def bowel_cancer(chance: Fraction) -> tuple[Draft, dict[str, str]]:
    """The districts of a published funnel plot, around its stated rate; and their names."""
    path = Path(__file__).parent / "golden" / "bowel-cancer-2008.csv"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    rows = [line.split(",") for line in lines[1:]]
    codes = [f"610101{n:03d}" for n in range(1, len(rows) + 1)]
    areas = AreaTree(Area(code=code, name=code) for code in ("61", "6101", "610101", *codes))
    deaths = Indicator(
        id="deaths",
        title=Text("死亡率", "deaths"),
        unit="person",
        direction="lower",
        best=0,
        worst=1,
    )
    policy = NoticePolicy(
        indicators=(deaths,), choose="outside-limits", commended=chance, criticised=chance,
        multiplicity="each", overdispersion="none", targets={"deaths": "0.0001768"},
        notifies={"county": ("township",)},
    )  # fmt: skip
    made = draft_notices(
        [
            Statistic(unit=code, period=MONTH, indicator="deaths", numerator=int(dead),
                      denominator=int(people))
            for code, (_, dead, people) in zip(codes, rows, strict=True)
        ],
        policy, period=MONTH, issuer="610101", level="township", issued_on=date(2022, 12, 1),
        areas=areas,
    )  # fmt: skip
    return made, {code: row[0] for code, row in zip(codes, rows, strict=True)}


@pytest.mark.slow
def test_a_published_funnel_plot_comes_out_as_published() -> None:
    """Bowel cancer by district: whom its lines leave out, above and below, is as was written.

    P. Barden, Bowel cancer statistics: a funnel plot (2011, pb204.blogspot.com/2011/09): "there
    are 378 points"; the dotted lines have 2.5 % beyond each, the dashed 0.2646 %, so that one
    point lies beyond each by luck. "Only Westminster falls below the lower dashed line"; "21"
    lie "below the 2.5% line", Stirling among them; Glasgow City is "fantastically unlikely to
    be random", and North Lanarkshire and Falkirk stand out. The rate, "17.68" per 100,000, and
    Glasgow's 31.09 and Rossendale's 9.16, are his (15 September 2011).
    """
    dotted, names = bowel_cancer(Fraction(1, 40))
    found: dict[int, list[str]] = {1: [], -1: []}
    for score in dotted.scores:
        for _, side in score.outside:
            found[side].append(names[score.unit])
    assert len(found[1]) == 21
    assert {"Westminster", "Stirling"} <= set(found[1])
    assert {"Glasgow City", "North Lanarkshire", "Falkirk"} <= set(found[-1])
    dashed, _ = bowel_cancer(Fraction(1, 378))
    beyond = {names[one.unit]: one.outside[0][1] for one in dashed.scores if one.outside}
    assert [name for name, side in beyond.items() if side > 0] == ["Westminster"]
    assert beyond["Glasgow City"] == -1
    rates = {
        names[one.unit]: round(100_000 * one.figures["deaths"].numerator
                               / one.figures["deaths"].denominator, 2)
        for one in dotted.scores
    }  # fmt: skip
    assert (rates["Glasgow City"], rates["Rossendale"]) == (31.09, 9.16)


@pytest.mark.slow
@pytest.mark.parametrize("chance", [Fraction(1, 1000), Fraction(1, 40)])
def test_by_limits_luck_scores_at_most_two_counties_a_year(chance: Fraction) -> None:
    """107 equal counties of 30 to 2,900 cases, exactly: nobody's luck exceeds the level.

    By rank luck scores 44 times a year, and the smallest quarter has 62 % of all namings
    (benchmarks/bench_naming.py). By limits it has less than its quarter, since a small
    denominator has few counts that are rare enough.
    """
    stats = pytest.importorskip("scipy.stats", reason="tails that use none of our code")
    rule = RunRule(id="two-months", cadence="month", effect="routine-points")
    bad, good, scores = [], [], 0.0
    for size in (round(30 * (2900 / 30) ** (n / 106)) for n in range(107)):
        limits = within(size, Fraction(9, 10), chance)
        bad.append(stats.binom.cdf(limits.lower - 1, size, 0.9))
        good.append(stats.binom.sf(limits.upper, size, 0.9))
        scores += float(
            cost(rule, commended=Fraction(good[-1]), criticised=Fraction(bad[-1])).scores
        )
    assert max(bad + good) < chance
    assert scores < 2
    assert 0.15 < sum(bad[:27]) / sum(bad) <= 27 / 107
    assert sum(good[:27]) / sum(good) <= 27 / 107


def test_the_chance_of_luck_is_as_simulated() -> None:
    """Ten sizes, all equally good: how often each is among the first two."""
    sizes = [30, 60, 60, 120, 250, 250, 500, 1000, 2000, 2900]
    figures = {f"6101{n:02d}": (size // 10, size) for n, size in enumerate(sizes, 1)}
    made = drafted(figures, choose="rank", commended=2, criticised=2)
    draw, hits, years = random.Random(2531), [0] * len(sizes), 4000
    for _ in range(years):
        rates = [draw.gauss(0, (0.09 / size) ** 0.5) for size in sizes]
        for place in sorted(range(len(sizes)), key=rates.__getitem__)[:2]:
            hits[place] += 1
    for (unit, (good, bad)), hit in zip(sorted(made.luck.items()), hits, strict=True):
        assert good == pytest.approx(bad)
        assert good == pytest.approx(hit / years, abs=0.03), unit
    assert made.luck["610101"][0] > 5 * made.luck["610110"][0]
    assert "luck would commend a unit of this size" in made.explain("610101", "en")
    assert drafted(figures, choose="threshold", commended=">= 95", criticised="< 5").luck == {}


def test_rank_intervals_hold_the_true_places() -> None:
    """Of drawn figures with known rates, all places lie in their intervals at once."""
    rates = {f"6101{n:02d}": n / 30 for n in range(1, 13)}
    draw, held = random.Random(2531), 0
    for _ in range(20):
        figures = {
            unit: (sum(draw.random() < rate for _ in range(150)), 150)
            for unit, rate in rates.items()
        }
        made = drafted(figures, choose="rank", commended=1, criticised=1)
        held += all(
            made.intervals[unit][0] <= place <= made.intervals[unit][1]
            for place, unit in enumerate(rates, 1)
        )
        for score in made.scores:
            first, last = made.intervals[score.unit]
            assert first <= score.rank <= last
    assert held >= 18
