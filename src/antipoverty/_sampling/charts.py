"""Charts of draws (抽签图): how far they have come, round after round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from antipoverty._base.provenance import Text
from antipoverty._sampling.coverage import CoverageReport
from antipoverty.errors import InvalidArgumentError
from antipoverty.languages import Language, Voice, current
from antipoverty.report import BLUE, GREEN, altair, finished, values


def coverage_over_time(reports: Sequence[CoverageReport], language: Language | None = None) -> Any:
    """The share of units drawn, and visited, at least once by each round (覆盖进度).

    Args:
        reports: The coverage after one round and another, of one plan, in any order.
        language: ``zh`` or ``en``.

    Raises:
        InvalidArgumentError: There is no report, or they are of several plans.
        MissingExtraError: Altair is not installed.
    """
    language = current(language, "zh")
    alt, say = altair(), Voice(language)
    if len({one.plan for one in reports}) != 1:
        raise InvalidArgumentError("give the coverage of one plan, after one round and another")
    kinds = (say("抽中过", "drawn"), say("走访过", "visited"))
    rows = [
        {"round": one.rounds, "kind": kind, "share": count / one.units}
        for one in sorted(reports, key=lambda one: one.rounds)
        for kind, count in zip(kinds, (one.drawn, one.covered), strict=True)
        if one.units
    ]
    scale = alt.Scale(domain=list(kinds), range=[BLUE, GREEN])
    chart = (
        alt.Chart(values(rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("round:Q", title=say("轮次", "round"), axis=alt.Axis(tickMinStep=1)),
            y=alt.Y(
                "share:Q",
                title=say("占全部单位", "share of all units"),
                axis=alt.Axis(format="%", tickCount=5),
            ),
            color=alt.Color("kind:N", title=None, scale=scale, legend=alt.Legend(orient="bottom")),
            shape=alt.Shape(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=list(kinds)),
                legend=alt.Legend(orient="bottom"),
            ),
        )
        .properties(width=300, height=200)
    )
    heading = Text(f"覆盖进度：{reports[0].plan}", f"Coverage of {reports[0].plan}")
    return finished(chart, heading, language)


__all__ = ["coverage_over_time"]
