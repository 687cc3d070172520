"""What officials see: a funnel plot, a run chart and a league table, none without denominators.

Altair charts in Chinese or English, in colours that the colour-blind tell apart (Okabe and Ito),
told apart by shape as well. They need the extra ``report``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from antipoverty._base.provenance import Text
from antipoverty._scoring.chance import line
from antipoverty._scoring.drafted import Drafted
from antipoverty._scoring.notices import NoticeVerdict
from antipoverty._scoring.rating import Baseline
from antipoverty._scoring.texts import status
from antipoverty.errors import InvalidArgumentError
from antipoverty.languages import Language, Voice, current
from antipoverty.report import BLUE, FONTS, GREEN, GREY, ORANGE, altair

Draw = Callable[[Language], Any]
"""Gives a chart in a language."""
_WORDS = {
    NoticeVerdict.COMMENDED: Text("表扬", "commended"),
    NoticeVerdict.NEITHER: Text("不表扬不批评", "neither"),
    NoticeVerdict.CRITICISED: Text("批评", "criticised"),
    None: Text("不发通报", "no notice"),
}
_COLOURS = (BLUE, GREY, ORANGE, GREEN)
_SHAPES = ("triangle-up", "circle", "triangle-down", "cross")
_VERDICT = Text("结论", "verdict")
_STEPS = 120
_ROW = 16
"""How high a unit of a league stands, so that its name can be read."""


def funnel(
    draft: Drafted,
    indicator: str,
    language: Language | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> Any:
    """Every unit's rate by its denominator, between the limits of luck (漏斗图).

    Args:
        draft: A draft of notices.
        indicator: The indicator.
        language: ``zh`` or ``en``.
        names: The units' names, by code; without it their codes are shown.

    Returns:
        An Altair chart.

    Raises:
        InvalidArgumentError: The policy has no such indicator, or nobody reported it.
        MissingExtraError: Altair is not installed.
    """
    language = current(language, "zh")
    alt, base, say = altair(), _base(draft, indicator), Voice(language)
    points = _points(draft, indicator, language, names or {})
    sizes = [point["cases"] for point in points]
    edges = [
        {"cases": size, "low": low, "high": high}
        for size in _between(min(sizes), max(sizes))
        for low, high in [_edge(base, size)]
    ]
    x = alt.X("cases:Q", title=say("分母", "denominator"), scale=alt.Scale(nice=False))
    y = alt.Y("rate:Q", title=base.indicator.title[language], scale=_zoom(alt))
    lines = [
        alt.Chart(alt.Data(values=edges))
        .mark_line(color=GREY, strokeDash=[4, 3])
        .encode(x=x, y=alt.Y(f"{edge}:Q"))
        for edge in ("low", "high")
    ]
    middle = (
        alt.Chart(alt.Data(values=[{"rate": float(base.target)}]))
        .mark_rule(color=GREY)
        .encode(y="rate:Q")
    )
    marks = alt.Chart(alt.Data(values=points)).mark_point(size=60, filled=True).encode(
        x=x, y=y, color=_colour(alt, language), shape=_shape(alt, language),
        tooltip=["unit:N", "figure:N", "rate:Q", "verdict:N"],
    )  # fmt: skip
    named = [one for one in points if one["outside"]]
    middle_size = (min(sizes) + max(sizes)) / 2
    labels = [
        alt.Chart(alt.Data(values=[one for one in named if (one["cases"] > middle_size) == right]))
        .mark_text(dx=-8 if right else 8, align="right" if right else "left", fontSize=10)
        .encode(x=x, y=y, text="label:N")
        for right in (False, True)  # so that no name runs out of the picture
    ]
    return _finished(
        alt.layer(*lines, middle, marks, *labels),
        _titled("漏斗图", "Funnel plot", base, draft)[language],
        [_limits(base, say), *_whose(draft, language)],
    )


def league(
    draft: Drafted,
    indicator: str,
    language: Language | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> Any:
    """Units by rank, with the places that their true quality may have (名次表).

    Args:
        draft: A draft of notices.
        indicator: The indicator whose figure stands beside each unit.
        language: ``zh`` or ``en``.
        names: The units' names, by code.

    Returns:
        An Altair chart.

    Raises:
        InvalidArgumentError: The policy has no such indicator, or nobody reported it.
        MissingExtraError: Altair is not installed.
    """
    language = current(language, "zh")
    alt, base, say = altair(), _base(draft, indicator), Voice(language)
    rows = [
        row | {"first": places[0], "last": places[1]}
        for row in _points(draft, indicator, language, names or {})
        if (places := draft.intervals.get(row["unit"])) is not None
    ]
    y = alt.Y("label:N", sort=[row["label"] for row in rows], title=None)
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_rule(strokeWidth=2, color=GREY)
        .encode(y=y, x=alt.X("first:Q", title=say("名次", "rank")), x2="last:Q")
    )
    marks = alt.Chart(alt.Data(values=rows)).mark_point(size=60, filled=True).encode(
        y=y, x="rank:Q", color=_colour(alt, language), shape=_shape(alt, language),
        tooltip=["unit:N", "figure:N", "rank:Q", "verdict:N"],
    )  # fmt: skip
    level = f"{float(100 * draft.policy.confidence):g}%"
    return _finished(
        alt.layer(bars, marks),
        _titled("名次与区间", "Ranks with intervals", base, draft)[language],
        [
            say(
                f"线为名次区间，全体同时成立的把握{level}；图中{len(rows)}个，"
                f"应报{len(draft.scores)}个",
                f"lines: the places a unit's true quality may have, all at once at {level}; "
                f"{len(rows)} drawn of {len(draft.scores)} expected",
            ),
            *_whose(draft, language),
        ],
        height=max(360, _ROW * len(rows)),
    )


def run_chart(
    drafts: Sequence[Drafted],
    unit: str,
    indicator: str,
    language: Language | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> Any:
    """One unit's rate, period after period, between the limits of each (运行图).

    Args:
        drafts: Drafts of one policy, by period.
        unit: The unit.
        indicator: The indicator. Periods of which nobody reported it are left out.
        language: ``zh`` or ``en``.
        names: The units' names, by code.

    Returns:
        An Altair chart.

    Raises:
        InvalidArgumentError: There is no figure of the unit.
        MissingExtraError: Altair is not installed.
    """
    language = current(language, "zh")
    alt, say = altair(), Voice(language)
    ordered = sorted(drafts, key=lambda one: one.period.first)
    bases = [_baseline(draft, indicator) for draft in ordered]
    rows: list[dict[str, Any]] = []
    for draft, base in zip(ordered, bases, strict=True):
        for row in _points(draft, indicator, language, {}, only=unit):
            low, high = _edge(base, row["cases"])
            rows.append(
                row | {"period": str(draft.period), "low": low, "high": high}
                | {"target": float(base.target), "when": f"{draft.period} ({row['figure']})"}
            )  # fmt: skip
    if not rows:
        raise InvalidArgumentError(
            "there is no figure of {indicator} of unit {unit}", indicator=indicator, unit=unit
        )
    base, name = bases[-1], (names or {}).get(unit, "")
    data = alt.Data(values=rows)
    x = alt.X(
        "when:O",
        sort=[row["when"] for row in rows],
        title=say("期（分子/分母）", "period (figure)"),
    )
    parts = [
        alt.Chart(data)
        .mark_line(color=GREY, strokeDash=[] if edge == "target" else [4, 3], strokeWidth=1)
        .encode(x=x, y=f"{edge}:Q")
        for edge in ("low", "high", "target")
    ]
    y = alt.Y("rate:Q", title=base.indicator.title[language], scale=_zoom(alt))
    path = alt.Chart(data).mark_line(color=BLUE).encode(x=x, y=y)
    marks = (
        alt.Chart(data)
        .mark_point(size=60, filled=True)
        .encode(x=x, y=y, color=_colour(alt, language), shape=_shape(alt, language))
    )
    return _finished(
        alt.layer(*parts, path, marks),
        say(
            f"运行图：{unit}{name and ' ' + name}，{base.indicator.title.zh}",
            f"Run chart: {unit}{name and ' ' + name}, {base.indicator.title.en}",
        ),
        [_limits(base, say), *_whose(ordered[-1], language)],
    )


def pictures(draft: Drafted, names: Mapping[str, str]) -> dict[str, tuple[Text, Draw]]:
    """A funnel of every indicator that anybody reported, and the ranks: a title, and what draws it.

    They are kept by the name that a file of it has.
    """
    reported = [
        base.indicator
        for base in draft.baselines
        if any(
            figure.denominator
            for score in draft.scores
            if (figure := score.figures.get(base.indicator.id)) is not None
        )
    ]
    drawn: dict[str, tuple[Text, Draw]] = {
        f"funnel-{one.id}": (
            Text(f"漏斗图：{one.title.zh}", f"Funnel plot: {one.title.en}"),
            partial(funnel, draft, one.id, names=names),
        )
        for one in reported
    }
    if reported and draft.intervals:
        drawn["ranks"] = (
            Text("名次与区间", "Ranks with intervals"),
            partial(league, draft, reported[0].id, names=names),
        )
    return drawn


def run_charts(
    drafts: Sequence[Drafted], unit: str, names: Mapping[str, str]
) -> dict[str, tuple[Text, Draw]]:
    """A run chart of every indicator of which a unit has a figure, as `pictures` gives them."""
    indicators = [base.indicator for base in drafts[-1].baselines] if drafts else []
    whose = names.get(unit, unit)
    return {
        f"run-{unit}-{one.id}": (
            Text(f"运行图：{whose}，{one.title.zh}", f"Run chart: {whose}, {one.title.en}"),
            partial(run_chart, drafts, unit, one.id, names=names),
        )
        for one in indicators
        if any(_points(draft, one.id, "zh", {}, only=unit) for draft in drafts)
    }


# --- parts ------------------------------------------------------------------------


def _base(draft: Drafted, indicator: str) -> Baseline:
    base = _baseline(draft, indicator)
    if not _points(draft, indicator, "zh", {}):
        raise InvalidArgumentError(
            "nobody reported {indicator} for {period}", indicator=indicator, period=draft.period
        )
    return base


def _baseline(draft: Drafted, indicator: str) -> Baseline:
    for base in draft.baselines:
        if base.indicator.id == indicator:
            return base
    raise InvalidArgumentError("the policy has no indicator {indicator!r}", indicator=indicator)


def _points(
    draft: Drafted,
    indicator: str,
    language: Language,
    names: Mapping[str, str],
    only: str | None = None,
) -> list[dict[str, Any]]:
    points = []
    for score in draft.scores:
        figure = score.figures.get(indicator)
        if figure is None or figure.denominator == 0 or only not in (None, score.unit):
            continue
        said = f"{figure.numerator}/{figure.denominator}"
        points.append(
            {
                "unit": str(score.unit),
                "label": f"{names.get(score.unit, score.unit)} {said}",
                "figure": said,
                "cases": figure.denominator,
                "rate": float(Fraction(figure.numerator, figure.denominator)),
                "rank": score.rank,
                "verdict": _WORDS[score.verdict][language],
                "outside": indicator in dict(score.outside),
            }
        )
    return points


def _between(low: int, high: int) -> list[int]:
    step = max((high - low) / _STEPS, 1)
    return sorted({round(low + n * step) for n in range(int((high - low) / step) + 1)} | {high})


def _edge(base: Baseline, size: int) -> tuple[float, float]:
    """Both limits as a line; where nothing is outside, the common rate itself."""
    law, spread = base.indicator.law, base.spread
    low = line(size, base.target, base.low, law, spread)[0] if base.low else float(base.target)
    high = line(size, base.target, base.high, law, spread)[1] if base.high else float(base.target)
    return low, high


def _titled(zh: str, en: str, base: Baseline, draft: Drafted) -> Text:
    named, when = base.indicator.title, draft.period
    return Text(f"{zh}：{named.zh}，{when}", f"{en}: {named.en}, {when}")


def _limits(base: Baseline, say: Voice) -> str:
    low, high = f"{float(base.low):.3g}", f"{float(base.high):.3g}"
    zh, en = ("，已按离散放宽", ", widened for overdispersion") if base.spread > 1 else ("", "")
    return say(
        f"虚线：仅凭偶然越过的机会，下限{low}、上限{high}{zh}",
        f"dashed: luck alone lies beyond with a chance of {low} below and {high} above{en}",
    )


def _whose(draft: Drafted, language: Language) -> list[str]:
    """How many did not report, and whose the policy is."""
    silent = len({one.unit for one in draft.missing})
    said = Voice(language)(f"未报送：{silent}个单位", f"not reported: {silent}")
    return [*([said] if silent else []), status(draft.policy, language)]


def _zoom(alt: Any) -> Any:
    return alt.Scale(zero=False)


def _colour(alt: Any, language: Language) -> Any:
    return alt.Color("verdict:N", title=_VERDICT[language], scale=_scale(alt, language, _COLOURS))


def _shape(alt: Any, language: Language) -> Any:
    return alt.Shape("verdict:N", title=_VERDICT[language], scale=_scale(alt, language, _SHAPES))


def _scale(alt: Any, language: Language, marks: Sequence[str]) -> Any:
    return alt.Scale(domain=[one[language] for one in _WORDS.values()], range=list(marks))


def _finished(chart: Any, title: str, notes: list[str], height: int = 360) -> Any:
    return (
        chart.properties(
            width=640,
            height=height,
            title={"text": title, "subtitle": notes, "anchor": "start"},
        )
        .configure(font=FONTS)
        .configure_title(subtitleFontSize=10)
    )  # fmt: skip
