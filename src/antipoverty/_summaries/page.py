"""A period's paper as a page (材料网页): the same figures, each beside its denominator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from antipoverty._base.provenance import Text
from antipoverty.languages import LANGUAGES
from antipoverty.report import Block, Page, Paragraph, Section, Table

if TYPE_CHECKING:
    from antipoverty._summaries import papers

_COLUMNS = (
    Text("指标", "figure"),
    Text("数", "count"),
    Text("分母", "out of"),
    Text("占比或平均", "share or mean"),
    Text("分母是", "which counts"),
)


def page_of(paper: papers.Summary, warning: Text) -> Page:
    """Lay a paper out as a page.

    Args:
        paper: The paper.
        warning: What is said where some of it is not published policy.
    """
    return Page(
        title=paper.title,
        subtitle=Text(f"截至 {paper.as_of}", f"As of {paper.as_of}"),
        warning=warning if paper.illustrative else None,
        sections=[Section(one.title, list(_blocks(one))) for one in paper.sections],
    )


def _blocks(section: papers.Section) -> Iterator[Block]:
    if section.figures:
        yield Table(_COLUMNS, [_row(one) for one in section.figures])
    if section.note is not None:
        yield Paragraph(section.note)
    for table in section.tables:
        yield Table(table.columns, table.rows)


def _row(figure: papers.Figure) -> tuple[Text | int | None, ...]:
    share = Text(*(figure.share(to) for to in LANGUAGES))
    whole = figure.whole if figure.of is not None else None
    return (figure.title, figure.count, figure.of, share, whole)
