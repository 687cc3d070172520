"""A period's paper as a page (材料网页): the same figures, each beside its denominator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from antipoverty._base.provenance import Text
from antipoverty._summaries import figures
from antipoverty.languages import LANGUAGES
from antipoverty.report import Block, Paragraph, Section, Table

_COLUMNS = (
    Text("指标", "figure"),
    Text("数", "count"),
    Text("分母", "out of"),
    Text("占比或平均", "share or mean"),
    Text("分母是", "which counts"),
)


def sections_of(sections: Iterable[figures.Section]) -> list[Section]:
    """Lay the sections of a paper out for a page."""
    return [Section(one.title, list(_blocks(one))) for one in sections]


def _blocks(section: figures.Section) -> Iterator[Block]:
    if section.figures:
        yield Table(_COLUMNS, [_row(one) for one in section.figures])
    if section.note is not None:
        yield Paragraph(section.note)
    for table in section.tables:
        yield Table(table.columns, table.rows)


def _row(figure: figures.Figure) -> tuple[Text | int | None, ...]:
    share = Text(*(figure.share(to) for to in LANGUAGES))
    whole = figure.whole if figure.of is not None else None
    return (figure.title, figure.count, figure.of, share, whole)
