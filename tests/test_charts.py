"""Charts: each is drawn in both languages, of counts alone, and what cannot be drawn is said."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from antipoverty import Household, Tables, Text, screen, shaanxi_areas
from antipoverty.errors import InvalidArgumentError
from antipoverty.packs import shaanxi_2531
from antipoverty.screening import Totals

pytest.importorskip("altair")
pytest.importorskip("vl_convert")
from antipoverty import charts

AS_OF = date(2021, 12, 1)
PACK = shaanxi_2531()
HOMES = [
    Household(
        household_id=f"household-{n}",
        area="610702100200" if n % 2 else "610722001001",
        size=3,
        monitored=False,
        net_income_12m=str(9000 + 3000 * (n % 5)),
        members=(),
        records=(),
    )
    for n in range(40)
]
TOTALS = screen(Tables.of(HOMES), PACK, as_of=AS_OF, areas=shaanxi_areas()).totals()
BEFORE = Totals(PACK.id, AS_OF - timedelta(31), 40, 40, 8, 30, 9, 60, areas=TOTALS.areas)
EVIL = "</text><script>alert(1)</script>"


def square(code: str, x: int) -> dict[str, Any]:
    """A boundary of the caller's."""
    ring = [[x, 0], [x, 1], [x + 1, 1], [x + 1, 0], [x, 0]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


BOUNDARIES = {
    "type": "FeatureCollection",
    "features": [square(one.code, n) for n, one in enumerate(TOTALS.areas)],
}
DRAWN = {
    "area": lambda to: charts.alerts_by_area(TOTALS, to),
    "month": lambda to: charts.alerts_by_area_and_month([TOTALS, BEFORE], to),
    "cause": lambda to: charts.undecided_by_cause(TOTALS, to),
    "trend": lambda to: charts.trend([TOTALS, BEFORE], to),
    "tiles": lambda to: charts.area_map(TOTALS, to),
    "map": lambda to: charts.area_map(TOTALS, to, boundaries=BOUNDARIES),
    "curve": lambda to: charts.threshold_curve(
        [("5000", 3), ("6000.50", 9)], Text("监测线", "the line"), to, now="6000"
    ),
}


@pytest.mark.parametrize("which", DRAWN)
def test_a_chart_is_drawn_in_both_languages(which: str) -> None:
    """As SVG that can be read, with other words in each language."""
    zh, en = (charts.to_svg(DRAWN[which](to)) for to in ("zh", "en"))
    assert zh != en
    for svg in (zh, en):
        assert ElementTree.fromstring(svg).tag.endswith("svg")
        assert "household-" not in svg


def test_a_name_that_is_markup_is_text_in_a_chart() -> None:
    """Names of areas come from files of others."""
    import attrs

    evil = [attrs.evolve(one, name=EVIL) for one in TOTALS.areas]
    svg = charts.to_svg(charts.alerts_by_area(evil))
    assert "<script" not in svg
    names = {str(one.tag).rpartition("}")[2] for one in ElementTree.fromstring(svg).iter()}
    assert "script" not in names


def test_what_cannot_be_drawn_is_said() -> None:
    """Nothing to draw, and boundaries without codes."""
    nothing = Totals("p", AS_OF, 0, 0, 0, 0, 0, 0)
    for draw in (charts.alerts_by_area, charts.undecided_by_cause, charts.area_map):
        with pytest.raises(InvalidArgumentError, match="nothing to draw"):
            draw(nothing)
    with pytest.raises(InvalidArgumentError, match="key="):
        charts.area_map(TOTALS, boundaries=BOUNDARIES, key="adcode")


@pytest.mark.slow
def test_a_curve_counts_what_a_screening_counts() -> None:
    """At each value as many households as the policy with that value warns of."""
    from antipoverty.comparison import suppose, sweep

    tables = Tables.of(HOMES)
    for value, warned in sweep(PACK, tables, "monitoring_line", ["3000", "5000"], as_of=AS_OF):
        policy = suppose(PACK, "monitoring_line", value)
        assert screen(tables, policy, as_of=AS_OF).totals().warned == warned


def test_coverage_is_drawn_round_after_round() -> None:
    """Of one plan; of several it is refused."""
    from antipoverty.sampling import WeeklyVillagePlan, coverage, draw

    areas = shaanxi_areas()
    plan = WeeklyVillagePlan(areas)
    receipts = [
        draw(plan, period=f"2022-W0{n}", seed=f"a rehearsal of twenty letters {n}") for n in (5, 6)
    ]
    reports = [coverage(plan, receipts[:n]) for n in (1, 2)]
    chart = charts.coverage_over_time(reports, "en").to_dict()
    assert [row["round"] for row in chart["data"]["values"]] == [1, 1, 2, 2]
    with pytest.raises(InvalidArgumentError, match="one plan"):
        charts.coverage_over_time([])


def test_in_times_clusters_and_flows_are_drawn() -> None:
    """Of a small book: what waits, what is out of line, and the way from state to state."""
    pytest.importorskip("sqlalchemy")
    from fractions import Fraction

    from antipoverty.casework import Cluster, InTime

    measured = [InTime("610702", "detection", 5, 4, 20, 9, Fraction(9, 2), 8, None)]
    chart = charts.in_time_distributions(measured, names={"610702": EVIL})
    assert "<svg" in charts.to_svg(chart)
    panel = chart.to_dict()["spec"]
    assert not any("data" in part for part in (panel, *panel["layer"]))  # each shows its own rows
    found = [Cluster("610702", 9, 3, "history", Fraction(3), Fraction(1, 999), Fraction(1, 100))]
    assert "<svg" in charts.to_svg(charts.cluster_chart(found, "en"))


def test_the_way_of_cases_is_drawn_from_state_to_state() -> None:
    """A Sankey of a book with one case that was decided; an empty book has nothing to draw."""
    pytest.importorskip("sqlalchemy")
    from casework_books import empty, monitored

    book, _ = monitored("h1")
    for to in ("zh", "en"):
        assert "<svg" in charts.to_svg(charts.flow_of_states(book, to))  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="nothing to draw"):
        charts.flow_of_states(empty())


def test_words_on_a_pale_tile_are_black() -> None:
    """Also where all shares are close to each other: what is dark is dark beside the others."""
    from antipoverty._screening.charts import _middle  # where white words begin

    for shares in ([0.29, 0.30, 0.32], [0.0, 0.5], [0.4, 0.4]):
        assert min(shares) <= _middle(shares) <= max(shares)
        assert sum(share > _middle(shares) for share in shares) <= len(shares) / 2


def test_the_gallery_draws_every_chart() -> None:
    """One by each function that gives a chart."""
    page = (Path(__file__).parent.parent / "docs-site/gallery.py").read_text(encoding="utf-8")
    drawn = {name for name in charts.__all__ if f"charts.{name}(" in page}
    assert drawn == {*charts.__all__}
