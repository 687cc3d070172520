"""The gallery (图表一览): one chart by each function of `antipoverty.charts`, drawn by the build.

All that is drawn is simulated here, small and by whole numbers, so that a build draws the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from antipoverty import Household, Tables, Text, charts, screen, shaanxi_areas
from antipoverty.casework import Book, Cluster, InTime, advance, open_cases
from antipoverty.comparison import suppose, sweep
from antipoverty.packs import shaanxi_2531, shaanxi_rectification, shaanxi_workflow
from antipoverty.periods import Period
from antipoverty.sampling import WeeklyVillagePlan, coverage
from antipoverty.sampling import draw as draw_round
from antipoverty.scoring import Draft, Indicator, NoticePolicy, Statistic, draft_notices

PACK, AREAS, DAY = shaanxi_2531(), shaanxi_areas(), date(2021, 12, 1)
COUNTIES = [one.code for one in AREAS if len(one.code) == 6][:40]
VILLAGES = [one.code for one in AREAS if len(one.code) == 12][::997]
WAY = [
    ("home_check", "keeper-17", {"visited": True}),
    ("authorise", "keeper-17", {"authorised": True}),
    ("compare", "county-2", {"compared": True}),
    ("village_review", "village-1", {"minutes": "m-1"}),
]


def people() -> Tables[Any]:
    """Households on both sides of the line, some of whose income nobody knows."""
    return Tables.of(
        Household(
            household_id=f"h{n}",
            area=VILLAGES[n % len(VILLAGES)],
            size=1 + n % 5,
            monitored=False,
            net_income_12m=None if n % 11 == 0 else str(9000 + 2500 * (n * 7 % 13)),
            members=(),
            records=(),
        )
        for n in range(800)
    )


def draft(month: int) -> Draft:
    """Visits of counties in a month; one of them falls behind."""
    policy = NoticePolicy(
        indicators=(
            Indicator(
                id="coverage", title=Text("走访覆盖率", "coverage"), unit="share",
                direction="higher", best=1, worst=0,
            ),
        ),
        choose="outside-limits", commended=Fraction(1, 1000), criticised=Fraction(1, 1000),
        multiplicity="each", overdispersion="none",
    )  # fmt: skip
    period = Period.parse(f"2022-{month:02d}")
    figures = []
    for number, code in enumerate(COUNTIES):
        size = 60 + 70 * (number * 7 % 23)
        share = 88 + (number * 5 + month * 3) % 7 - (4 * month if number == 3 else 0)
        figures.append(
            Statistic(
                unit=code, period=period, indicator="coverage",
                numerator=size * share // 100, denominator=size,
            )
        )  # fmt: skip
    return draft_notices(
        figures, policy, period=period, issuer="61", level="county",
        issued_on=period.last + timedelta(5), areas=AREAS,
    )  # fmt: skip


def book() -> Book:
    """Cases that went some way, each a little further than the one before."""
    empty = Book(PACK, shaanxi_workflow(), shaanxi_rectification())
    ids = [f"h{n}" for n in range(24)]
    alerts = pl.DataFrame(
        {
            "household_id": ids,
            "area": [VILLAGES[0]] * 24,
            "rule_id": ["traffic-accident"] * 24,
            "verdict": ["warn"] * 24,
        }
    )
    found = open_cases(empty, alerts, as_of=date(2022, 2, 1))[0]
    for number, case in enumerate(ids):
        for far, (step, by, finding) in enumerate(WAY[: number % 5]):
            on = date(2022, 2, 4) + timedelta(5 * far)
            found, _ = advance(found, case, step, by=by, on=on, finding=finding)
    return found


def drawn(to: Any) -> Iterator[tuple[str, str, str, Any]]:
    """Name, what it shows in both languages, and the chart."""
    tables = people()
    totals = screen(tables, PACK, as_of=DAY, areas=AREAS).totals("city")
    runs = [
        screen(tables, suppose(PACK, "monitoring_line", str(line)), as_of=day, areas=AREAS)
        for line, day in ((5200, date(2021, 6, 1)), (5600, date(2021, 9, 1)), (6000, DAY))
    ]
    counted = [one.totals("city") for one in runs]
    curve = sweep(PACK, tables, "monitoring_line", [str(n) for n in range(3000, 9001, 1000)],
                  as_of=DAY)  # fmt: skip
    drafts = [draft(month) for month in range(1, 7)]
    plan = WeeklyVillagePlan(AREAS)
    receipts = [
        draw_round(plan, period=f"2022-W{week:02d}", seed=f"a rehearsal of twenty letters {week}")
        for week in range(5, 9)
    ]
    reports = [coverage(plan, receipts[: n + 1]) for n in range(len(receipts))]
    measured = [
        InTime(area, what, 40, 36, 36 * (days + more), 5, Fraction(days + more), 2 * days, None)
        for area, more in (("610702", 0), ("610722", 4))
        for what, days in (("detection", 4), ("intervention", 18), ("help", 27))
    ]
    found = [
        Cluster("610702", 31, 40, "history", Fraction(9), Fraction(1, 99_999), Fraction(1, 1000)),
        Cluster("610728", 14, 12, "neighbours", Fraction(5), Fraction(1, 9999), Fraction(1, 1000)),
    ]
    line = Text("监测线（元/人）", "the line (yuan a head)")
    names = {code: AREAS[code].name for code in (*COUNTIES, "610702", "610722", "610728")}
    yield (
        "alerts_by_area(totals)",
        "各地的预警户",
        "households warned of, by area",
        (charts.alerts_by_area(totals, to)),
    )
    yield (
        "alerts_by_area_and_month(runs)",
        "各地各月的预警率",
        "by area and month",
        (charts.alerts_by_area_and_month(counted, to)),
    )
    yield "trend(runs)", "历次筛查的趋势", "run after run", charts.trend(counted, to)
    yield (
        "undecided_by_cause(totals)",
        "待核实的原因",
        "what answers wait for",
        (charts.undecided_by_cause(totals, to)),
    )
    yield (
        "area_map(totals)",
        "分布（给出 GeoJSON 边界则画成地图）",
        ("tiles, or a map where you give boundaries as GeoJSON"),
        charts.area_map(totals, to),
    )
    yield (
        'threshold_curve(sweep(...), title, now="6000")',
        "标准移动时预警多少户",
        ("how many households warn as a line moves"),
        charts.threshold_curve(curve, line, to, now="6000"),
    )
    yield (
        'funnel(draft, "coverage")',
        "漏斗图：谁在运气之外",
        "who lies outside of luck",
        (charts.funnel(drafts[-1], "coverage", to, names=names)),
    )
    yield (
        'league(draft, "coverage")',
        "名次及其区间",
        "ranks with their intervals",
        (charts.league(drafts[-1], "coverage", to, names=names)),
    )
    yield (
        'run_chart(drafts, unit, "coverage")',
        "运行图：一个单位逐期",
        "one unit over time",
        (charts.run_chart(drafts, COUNTIES[3], "coverage", to, names=names)),
    )
    yield (
        "coverage_over_time(reports)",
        "抽查覆盖进度",
        "coverage of draws, round after round",
        (charts.coverage_over_time(reports, to)),
    )
    yield (
        "in_time_distributions(measured)",
        "三早时长的分布",
        "days until found, decided, helped",
        (charts.in_time_distributions(measured, to, names=names)),
    )
    yield (
        "cluster_chart(found)",
        "新增异常的地区",
        "areas out of line",
        (charts.cluster_chart(found, to, names=names)),
    )
    yield (
        "flow_of_states(book)",
        "案的状态流向",
        "how cases went from state to state",
        (charts.flow_of_states(book(), to)),
    )


def page(language: str) -> str:
    """The page of the gallery."""
    zh = language == "zh"
    parts = [
        "# 图表一览" if zh else "# Gallery of charts",
        "",
        "每幅图由 `antipoverty.charts` 中的一个函数画出（需要可选部件 `report`），在笔记本里直接"
        "显示，`charts.to_svg(图)` 写成 SVG。下面的图在建站时用模拟数据现画。"
        if zh
        else "Each is drawn by one function of `antipoverty.charts` (extra `report`), is shown in "
        "a notebook as it is, and written by `charts.to_svg(chart)`. These were drawn of simulated "
        "data when this site was built.",
        "",
    ]
    for call, told_zh, told_en, chart in drawn(language):
        told = told_zh if zh else told_en
        parts += [
            f"## `{call.partition('(')[0]}`", "", told + ("。" if zh else "."), "",
            "```python no-run", f"charts.{call}", "```", "",
            f"<figure>{charts.to_svg(chart)}</figure>", "",
        ]  # fmt: skip
    return "\n".join(parts)
