"""A draft of notices as a page (通报草稿报告): who reported, how they compare, who is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from antipoverty._base.provenance import Text
from antipoverty._scoring import charts, texts
from antipoverty._scoring.drafted import Drafted
from antipoverty._scoring.explaining import rounded
from antipoverty._scoring.rating import Score
from antipoverty.languages import LANGUAGES
from antipoverty.report import Block, Cell, Figure, Fold, Page, Section, Table, picture

_NONE = Text("不发通报", "no notice")


def page_of(draft: Drafted, names: Mapping[str, str], earlier: Sequence[Drafted]) -> Page:
    """Lay a draft out as a page.

    Args:
        draft: The draft.
        names: The units' names, by code.
        earlier: Drafts of earlier periods, for the way of whoever is named.
    """
    said = Text(*(texts.status(draft.policy, one) for one in LANGUAGES))
    silent = len({one.unit for one in draft.missing})
    when = Text(draft.period.zh, str(draft.period))
    sections = [Section(Text("得分与名次", "Scores and ranks"), [_scores(draft, names)])]
    if draft.missing:
        sections.insert(0, Section(Text("未报送", "Not reported"), [_missing(draft, names)]))
    drawn = charts.pictures(draft, names)
    if earlier:
        named = [str(one.unit) for one in draft.scores if one.verdict and one.verdict.sign]
        for unit in named:
            drawn |= charts.run_charts([*earlier, draft], unit, names)
    if drawn:
        blocks: list[Block] = [picture(_small(draw), title) for title, draw in drawn.values()]
        sections.append(Section(Text("图", "Charts"), blocks))
    return Page(
        title=Text("统计与通报草稿", "Figures and draft notices"),
        sections=sections,
        subtitle=Text(f"{draft.policy.id}，{when.zh}", f"{draft.policy.id}, {when.en}"),
        warning=said if draft.illustrative else None,
        figures=[
            Figure(Text("应报单位", "units expected"), len(draft.scores)),
            Figure(Text("有名次", "ranked"), draft.rated),
            Figure(Text("未报送单位", "did not report"), silent),
            Figure(Text("拟发通报", "notices drafted"), len(draft.notices)),
        ],
        facts=[(Text("依据", "source"), said)],
    )


def _small(draw: charts.Draw) -> charts.Draw:
    """A chart of the size that several have beside each other, so that its words can be read."""
    return lambda to: draw(to).properties(width=300).configure_legend(orient="bottom", columns=2)


def _scores(draft: Drafted, names: Mapping[str, str]) -> Table:
    columns = (
        Text("名次", "rank"),
        Text("名次区间", "places"),
        Text("代码", "code"),
        Text("单位（点开看缘由）", "unit (open for the reasons)"),
        Text("得分", "score"),
        Text("结论", "verdict"),
        *(one.title for one in draft.policy.indicators),
    )
    return Table(columns, [_line(draft, one, names) for one in draft.scores])


def _line(draft: Drafted, score: Score, names: Mapping[str, str]) -> tuple[Cell, ...]:
    places, verdict = draft.intervals.get(score.unit), score.verdict
    figures = (score.figures.get(one.id) for one in draft.policy.indicators)
    return (
        Text("不排名", "unrated") if score.rank is None else str(score.rank),
        "" if places is None else f"{places[0]}–{places[1]}",
        str(score.unit),
        Fold(
            names.get(score.unit, score.unit),
            Text(*(draft.explain(score.unit, to) for to in LANGUAGES)),
        ),
        "" if score.total is None else str(rounded(score.total)),
        _NONE if verdict is None else Text(verdict.zh, verdict.value),
        *("" if one is None else f"{one.numerator:,}/{one.denominator:,}" for one in figures),
    )


def _missing(draft: Drafted, names: Mapping[str, str]) -> Table:
    titles = {one.id: one.title for one in draft.policy.indicators}
    columns = (Text("代码", "code"), Text("单位", "unit"), Text("指标", "indicator"))
    rows: Iterable[tuple[Cell, ...]] = (
        (str(one.unit), names.get(one.unit, ""), titles.get(one.indicator, one.indicator))
        for one in draft.missing
    )
    return Table(columns, rows)
