"""Charts of screenings (筛查图): Altair's, made of counts, in one language at a time.

A count that a report withholds is left out of its charts: it is handed in as ``None``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, sqrt
from typing import Any

from antipoverty._base.provenance import Text
from antipoverty._screening.totals import AreaTotals, FactTotals, Totals
from antipoverty.errors import InvalidArgumentError
from antipoverty.languages import Language, Voice, current
from antipoverty.report import BLUE, ORANGE, altair, finished, values

_WIDTH = 300
_MANY = 40


def alerts_by_area(
    totals: Totals | Iterable[AreaTotals], language: Language | None = None, *, most: int = _MANY
) -> Any:
    """How large a share of the households judged is warned of, area by area (各地预警率).

    Args:
        totals: The counts of a screening, or of some of its areas.
        language: ``zh`` or ``en``.
        most: How many areas are shown, those with the largest share.

    Returns:
        An Altair chart.

    Raises:
        InvalidArgumentError: No area has a household that was judged.
        MissingExtraError: Altair is not installed.
    """
    language = current(language, "zh")
    alt, say = altair(), Voice(language)
    rows: list[dict[str, Any]] = [
        {
            "area": one.name or one.code,
            "share": one.warned / one.households,
            "warned": one.warned,
            "households": one.households,
        }
        for one in (totals.areas if isinstance(totals, Totals) else totals)
        if one.households
    ]
    rows = sorted(rows, key=lambda row: -row["share"])[:most]
    _some(rows)
    chart = (
        alt.Chart(values(rows))
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X(
                "share:Q",
                title=say("预警户占判定户", "share of households warned"),
                axis=alt.Axis(format="%", tickCount=5),
            ),
            y=alt.Y("area:N", sort=None, title=None, axis=alt.Axis(labelLimit=150)),
            tooltip=["area:N", "warned:Q", "households:Q", alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(width=_WIDTH)
    )
    return finished(chart, Text("各地预警率", "Share warned by area"), language)


def undecided_by_cause(
    totals: Totals | Iterable[FactTotals], language: Language | None = None, *, most: int = 12
) -> Any:
    """Which facts undecided answers wait for, the most awaited first (待核实原因).

    Args:
        totals: The counts of a screening, or of some facts.
        language: ``zh`` or ``en``.
        most: How many facts are shown.

    Raises:
        InvalidArgumentError: Nothing is undecided.
        MissingExtraError: Altair is not installed.
    """
    language = current(language, "zh")
    alt, say = altair(), Voice(language)
    facts = totals.facts if isinstance(totals, Totals) else totals
    rows = [{"fact": one.title[language], "answers": one.answers} for one in facts][:most]
    _some(rows)
    chart = (
        alt.Chart(values(rows))
        .mark_bar(color=ORANGE)
        .encode(
            x=alt.X(
                "answers:Q",
                title=say("待核实的结论数", "answers that wait"),
                axis=alt.Axis(tickCount=5, format=",f"),
            ),
            y=alt.Y("fact:N", sort=None, title=None, axis=alt.Axis(labelLimit=170)),
            tooltip=["fact:N", "answers:Q"],
        )
        .properties(width=260)
    )
    return finished(chart, Text("待核实原因", "What answers wait for"), language)


def trend(runs: Sequence[Totals], language: Language | None = None) -> Any:
    """The share of households warned, and undecided without a warning, run after run (趋势).

    Args:
        runs: The counts of screenings, in any order.
        language: ``zh`` or ``en``.

    Raises:
        InvalidArgumentError: No run judged a household.
        MissingExtraError: Altair is not installed.
    """
    language = current(language, "zh")
    alt, say = altair(), Voice(language)
    kinds = (say("预警户", "warned"), say("只有待核实", "undecided only"))
    rows = [
        {"day": run.as_of.isoformat(), "kind": kind, "share": count / run.judged}
        for run in sorted(runs, key=lambda one: one.as_of)
        for kind, count in zip(kinds, (run.warned, run.open), strict=True)
        if run.judged
    ]
    _some(rows)
    colour = alt.Color(
        "kind:N",
        title=None,
        scale=alt.Scale(domain=list(kinds), range=[BLUE, ORANGE]),
        legend=alt.Legend(orient="bottom"),
    )
    chart = (
        alt.Chart(values(rows))
        .mark_line(point={"size": 60})
        .encode(
            x=alt.X(
                "day:O", title=say("判定日", "day of the answer"), axis=alt.Axis(labelAngle=-40)
            ),
            y=alt.Y(
                "share:Q",
                title=say("占判定户", "share of households judged"),
                axis=alt.Axis(format="%", tickCount=5),
                scale=alt.Scale(zero=True),
            ),
            color=colour,
            shape=alt.Shape(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=list(kinds)),
                legend=alt.Legend(orient="bottom"),
            ),
        )
        .properties(width=_WIDTH, height=200)
    )
    return finished(chart, Text("历次筛查", "Screenings over time"), language)


def alerts_by_area_and_month(runs: Sequence[Totals], language: Language | None = None) -> Any:
    """The share of households warned, by area and by month of the answer (各地各月预警率).

    Args:
        runs: The counts of screenings; of a month with several, the last.
        language: ``zh`` or ``en``.

    Raises:
        InvalidArgumentError: No area has a household that was judged.
        MissingExtraError: Altair is not installed.
    """
    language = current(language, "zh")
    alt, say = altair(), Voice(language)
    last = {run.as_of.strftime("%Y-%m"): run for run in sorted(runs, key=lambda one: one.as_of)}
    rows = [
        {"month": month, "area": one.name or one.code, "share": one.warned / one.households}
        for month, run in last.items()
        for one in run.areas
        if one.households
    ]
    _some(rows)
    chart = (
        alt.Chart(values(rows))
        .mark_rect()
        .encode(
            x=alt.X("month:O", title=say("月份", "month"), axis=alt.Axis(labelAngle=-40)),
            y=alt.Y("area:N", title=None, sort=None, axis=alt.Axis(labelLimit=150)),
            color=alt.Color(
                "share:Q",
                title=say("预警率", "warned"),
                scale=alt.Scale(scheme="blues"),
                legend=alt.Legend(format="%", orient="bottom"),
            ),
            tooltip=["area:N", "month:O", alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(width=max(40 * len(last), 120))
    )
    return finished(chart, Text("各地各月预警率", "Share warned by area and month"), language)


def threshold_curve(
    points: Sequence[tuple[Any, int]],
    title: Text,
    language: Language | None = None,
    *,
    now: Any = None,
) -> Any:
    """How many households are warned of as a line of the policy moves (阈值曲线).

    Args:
        points: Values of the parameter with the households warned of at each, as
            `antipoverty.comparison.sweep` counts them.
        title: What the parameter is called.
        language: ``zh`` or ``en``.
        now: The value in force, which is marked.

    Raises:
        InvalidArgumentError: There is no point.
        MissingExtraError: Altair is not installed.
    """
    language = current(language, "zh")
    alt, say = altair(), Voice(language)
    rows = [{"value": float(value), "households": count} for value, count in points]
    _some(rows)
    x = alt.X("value:Q", title=title[language], scale=alt.Scale(zero=False))
    chart = (
        alt.Chart(values(rows))
        .mark_line(point=True, color=BLUE)
        .encode(x=x, y=alt.Y("households:Q", title=say("预警户", "households warned")))
    )
    if now is not None:
        mark = alt.Chart(values([{"value": float(now)}])).mark_rule(color=ORANGE, strokeDash=[4, 3])
        chart = alt.layer(chart, mark.encode(x="value:Q"))
    heading = Text(f"{title.zh}移动时的预警户", f"Households warned as {title.en} moves")
    return finished(chart.properties(width=_WIDTH, height=200), heading, language)


def area_map(
    totals: Totals,
    language: Language | None = None,
    *,
    boundaries: Mapping[str, Any] | None = None,
    key: str = "code",
) -> Any:
    """The share of households warned, on a map or as a grid of tiles (分布图).

    Args:
        totals: The counts of a screening, by the areas that are drawn.
        language: ``zh`` or ``en``.
        boundaries: A GeoJSON collection of the caller's; without it every area is a tile
            of one size. None are shipped: official boundaries are the caller's to choose.
        key: The property of a boundary that holds the code of its area.

    Raises:
        InvalidArgumentError: No area can be drawn, or a boundary has no code.
        MissingExtraError: Altair is not installed.
    """
    language = current(language, "zh")
    alt, say = altair(), Voice(language)
    found = {one.code: one for one in totals.areas if one.households}
    _some(found)
    colour = alt.Color(
        "share:Q",
        title=say("预警率", "warned"),
        scale=alt.Scale(scheme="blues"),
        legend=alt.Legend(format="%", orient="bottom", padding=14, tickCount=4),
    )
    tips = ["area:N", alt.Tooltip("share:Q", format=".1%"), "households:Q"]
    heading = Text("预警率分布", "Where households are warned of")
    rows: list[dict[str, Any]] = [
        {
            "code": one.code,
            "area": one.name or one.code,
            "short": _short(one.name) or one.code,
            "share": one.warned / one.households,
            "households": one.households,
        }
        for one in found.values()
    ]
    if boundaries is None:
        across = ceil(sqrt(len(rows)))
        for place, row in enumerate(rows):
            row |= {"x": place % across, "y": place // across}
        base = alt.Chart(values(rows)).encode(x=alt.X("x:O", axis=None), y=alt.Y("y:O", axis=None))
        tiles = base.mark_rect(stroke="white").encode(color=colour, tooltip=tips)
        names = base.mark_text(fontSize=11, color="black").encode(
            text="short:N",
            color=alt.condition(
                f"datum.share > {_middle([row['share'] for row in rows])}",
                alt.value("white"),
                alt.value("black"),
            ),
        )
        down = ceil(len(rows) / across)
        size = {"width": max(38 * across, 280), "height": max(34 * down, 120)}
        return finished(alt.layer(tiles, names).properties(**size), heading, language)
    shapes = boundaries.get("features", ())
    lacking = [one for one in shapes if str(one.get("properties", {}).get(key, "")) == ""]
    if lacking or not shapes:
        raise InvalidArgumentError(
            "{count} boundaries have the property {key!r}; name the one that holds the code with "
            "key=",
            count=len(lacking) or "no",
            key=key,
        )
    by_code = {row["code"]: row for row in rows}
    drawn = [
        {"type": "Feature", "geometry": one["geometry"]}
        | by_code.get(str(one["properties"][key]), {})
        for one in shapes
    ]
    chart = alt.Chart(alt.Data(values=drawn)).mark_geoshape(stroke="white")
    chart = chart.encode(color=colour, tooltip=tips).project(type="mercator")
    return finished(chart.properties(width=320, height=320), heading, language)


def _middle(shares: Sequence[float]) -> float:
    """Above which share a tile is so dark that words on it are white."""
    return min(shares) + (max(shares) - min(shares)) * 2 / 3


def _short(name: str) -> str:
    """The last part of a full name, as a tile has room for it."""
    for end in ("市", "省", "区"):
        head, mark, tail = name.rpartition(end)
        if mark and tail:
            return tail[:3]
        if mark and head:
            return head.rpartition("市")[2][:3] or name[-3:]
    return name[-3:]


def _some(rows: Any) -> None:
    if not rows:
        raise InvalidArgumentError("there is nothing to draw: no count of any")


__all__ = [
    "alerts_by_area",
    "alerts_by_area_and_month",
    "area_map",
    "threshold_curve",
    "trend",
    "undecided_by_cause",
]
