"""Charts of the registers (登记库图表): in-times, clusters, and cases from state to state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from antipoverty._base.provenance import Text
from antipoverty._casework.book import Book
from antipoverty._casework.clusters import Cluster
from antipoverty._casework.times import InTime
from antipoverty.errors import InvalidArgumentError
from antipoverty.languages import Language, Voice, current
from antipoverty.report import BLUE, GREY, ORANGE, altair, finished, values

_WHAT = {
    "detection": Text("早发现", "detection"),
    "intervention": Text("早干预", "intervention"),
    "help": Text("早帮扶", "help"),
}
_STEPS = 24


def in_time_distributions(
    measured: Iterable[InTime],
    language: Language | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> Any:
    """Half of the cases, and nine in ten, came so far within so many days (三早时长).

    Args:
        measured: What `in_times` measured.
        language: ``zh`` or ``en``.
        names: The names of areas or departments, by key.

    Raises:
        InvalidArgumentError: No case has come so far.
        MissingExtraError: Altair is not installed.
    """
    language = current(language, "zh")
    alt, say = altair(), Voice(language)
    rows = [
        {
            "where": (names or {}).get(one.key, one.key),
            "what": _WHAT[one.what][language],
            "median": float(one.median),
            "p90": one.p90,
            "cases": one.cases,
            "waiting": one.cases - one.done,
        }
        for one in measured
        if one.median is not None
    ]
    _some(rows)
    y = alt.Y("where:N", title=None, sort=None, axis=alt.Axis(labelLimit=150))
    tips = ["where:N", "what:N", "median:Q", "p90:Q", "cases:Q", "waiting:Q"]
    bars = (
        alt.Chart()  # what a panel holds is parted by the facet, which has the data
        .mark_rule(strokeWidth=3, color=GREY)
        .encode(y=y, x=alt.X("median:Q", title=say("天", "days")), x2="p90:Q")
    )
    dots = (
        alt.Chart()
        .mark_point(filled=True, size=60, color=BLUE)
        .encode(y=y, x="median:Q", tooltip=tips)
    )
    ends = alt.Chart().mark_tick(color=ORANGE, thickness=2).encode(y=y, x="p90:Q", tooltip=tips)
    order = [_WHAT[one][language] for one in _WHAT]
    chart = (
        alt.layer(bars, dots, ends)
        .properties(width=180)
        .facet(column=alt.Column("what:N", title=None, sort=order), data=values(rows))
    )
    title = Text("三早时长", "The in-times")
    note = say("点：半数；竖线：九成", "dot: half of the cases; tick: nine in ten")
    heading = {"text": title[language], "subtitle": [note], "anchor": "start"}
    return chart.properties(title=heading)


def cluster_chart(
    found: Sequence[Cluster],
    language: Language | None = None,
    *,
    names: Mapping[str, str] | None = None,
) -> Any:
    """New cases beside what would have been in line (规模性返贫风险).

    Args:
        found: What `clusters` found.
        language: ``zh`` or ``en``.
        names: The names of areas, by code.

    Raises:
        InvalidArgumentError: Nothing was found.
        MissingExtraError: Altair is not installed.
    """
    language = current(language, "zh")
    alt, say = altair(), Voice(language)
    rows = [
        {
            "where": (names or {}).get(one.area, one.area),
            "new": one.new,
            "expected": float(one.expected),
        }
        for one in found
    ]
    _some(rows)
    y = alt.Y("where:N", title=None, sort="-x", axis=alt.Axis(labelLimit=150))
    bars = (
        alt.Chart(values(rows))
        .mark_bar(color=ORANGE)
        .encode(y=y, x=alt.X("new:Q", title=say("新增", "new cases")), tooltip=["where:N", "new:Q"])
    )
    ticks = (
        alt.Chart(values(rows))
        .mark_tick(color=BLUE, thickness=3)
        .encode(y=y, x="expected:Q", tooltip=["where:N", "expected:Q"])
    )
    note = say("竖线：按以往或邻近应有的数", "tick: what would have been in line")
    heading = Text("新增异常的地区", "Areas out of line")
    return finished(alt.layer(bars, ticks).properties(width=300), heading, language, [note])


def flow_of_states(book: Book, language: Language | None = None) -> Any:
    """How many cases went from which state to which: a Sankey diagram (状态流向).

    Args:
        book: The book.
        language: ``zh`` or ``en``.

    Raises:
        InvalidArgumentError: No case has left its first state.
        MissingExtraError: Altair is not installed.
    """
    language = current(language, "zh")
    alt, flow = altair(), book.workflow
    place = {one.id: number for number, one in enumerate(flow.states)}
    moves = Counter(
        pair
        for case in book.cases.values()
        for pair in pairwise(sorted(case.reached, key=lambda one: (case.reached[one], place[one])))
    )
    _some(moves)
    titles = {one.id: one.title[language] for one in flow.states}
    depth = _depths(moves)
    size = {
        state: max(
            sum(n for (_, to), n in moves.items() if to == state),
            sum(n for (of, _), n in moves.items() if of == state),
        )
        for state in depth
    }
    gap = max(sum(size.values()) / 30, 0.5)
    low: dict[str, float] = {}
    for column in range(max(depth.values()) + 1):
        at = 0.0
        for state in sorted((one for one in depth if depth[one] == column), key=place.__getitem__):
            low[state] = at
            at += size[state] + gap
    bands = list(_bands(moves, depth, low, titles))
    blocks: list[dict[str, Any]] = [
        {
            "x": depth[state] - 0.03,
            "x2": depth[state] + 0.03,
            "y": low[state],
            "y2": low[state] + size[state],
            "label": f"{titles[state]} {size[state]}",
            "middle": low[state] + size[state] / 2,
        }
        for state in depth
    ]
    top = max(block["y2"] for block in blocks)
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.1, max(depth.values()) + 0.6]))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[top, 0]))
    links = (
        alt.Chart(values(bands))
        .mark_area(opacity=0.35)
        .encode(
            x=x,
            y=y,
            y2="y2:Q",
            detail="link:N",
            color=alt.Color("from:N", legend=None),
            tooltip=["link:N", "cases:Q"],
        )
    )
    boxes = alt.Chart(values(blocks)).mark_rect(color=BLUE).encode(x=x, x2="x2:Q", y=y, y2="y2:Q")
    words = (
        alt.Chart(values(blocks))
        .mark_text(align="left", dx=8)
        .encode(x=alt.X("x2:Q", axis=None), y="middle:Q", text="label:N")
    )
    heading = Text("案的状态流向", "How cases went from state to state")
    chart = alt.layer(links, boxes, words).properties(width=640, height=320)
    return finished(chart, heading, language)


def _depths(moves: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """In which column each state stands: one further than the states before it."""
    depth = {state: 0 for pair in moves for state in pair}
    for _ in depth:
        for before, after in moves:
            if depth[after] < depth[before] + 1 <= len(depth) and (after, before) not in moves:
                depth[after] = depth[before] + 1
    used = sorted(set(depth.values()))
    return {state: used.index(column) for state, column in depth.items()}


def _bands(
    moves: Mapping[tuple[str, str], int],
    depth: Mapping[str, int],
    low: Mapping[str, float],
    titles: Mapping[str, str],
) -> Iterable[dict[str, Any]]:
    out, into = dict(low), dict(low)
    for (before, after), n in sorted(
        moves.items(), key=lambda one: (low[one[0][0]], low[one[0][1]])
    ):
        start, end = out[before], into[after]
        out[before] += n
        into[after] += n
        link = f"{titles[before]} → {titles[after]}"
        for step in range(_STEPS + 1):
            t = step / _STEPS
            at = start + (end - start) * t * t * (3 - 2 * t)
            x = depth[before] + (depth[after] - depth[before]) * t
            yield {"x": x, "y": at, "y2": at + n, "link": link, "from": titles[before], "cases": n}


def _some(rows: Any) -> None:
    if not rows:
        raise InvalidArgumentError("there is nothing to draw: no count of any")


__all__ = ["cluster_chart", "flow_of_states", "in_time_distributions"]
