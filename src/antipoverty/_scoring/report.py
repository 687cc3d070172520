"""A board as a page (计分报告): who was named in a row, what it is worth, by whose rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from antipoverty._base.provenance import Text
from antipoverty._scoring import texts
from antipoverty.languages import LANGUAGES
from antipoverty.report import Block, Cell, Figure, Fold, Page, Paragraph, Section, Table


def page_of(board: Any) -> Page:
    """Lay a board out as a page.

    Args:
        board: The board.
    """
    named: dict[str, str] = {
        unit: board.areas.full_name(unit) if board.areas is not None and unit in board.areas else ""
        for unit in board.units
    }
    said = Text(*(texts.status(board.policy, one) for one in LANGUAGES))
    sections = [
        Section(Text("各单位", "Units"), [_units(board, named)]),
        Section(Text("逐笔计分", "Ledger"), [_ledger(board, named)]),
        Section(Text("仅凭偶然会怎样", "What luck alone would do"), list(_luck(board))),
    ]
    if board.waiting:
        waits: list[Block] = [
            Paragraph(
                Text(*(f"{one.unit} {texts.waiting_line(one, to)}" for to in LANGUAGES)), "warn"
            )
            for one in board.waiting
        ]
        sections.insert(1, Section(Text("等候中的通报", "Notices awaited"), waits))
    title = Text("双连续通报计分报告", "Consecutive notices: the board")
    return Page(
        title=title,
        sections=sections,
        subtitle=Text(
            f"{board.policy.id}，截至 {board.as_of}", f"{board.policy.id}, {board.as_of}"
        ),
        warning=said if board.illustrative else None,
        figures=[
            Figure(Text("受通报单位", "units named"), len(board.units)),
            Figure(Text("计分", "scores"), len(board.ledger)),
            Figure(Text("通报", "notices"), len(board.history)),
            Figure(Text("等候中", "awaited"), len(board.waiting)),
        ],
        facts=[(Text("依据", "source"), said)],
    )


def _units(board: Any, named: Mapping[str, str]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for unit in board.units:
        told = Text(*(board.explain(unit, one) for one in LANGUAGES))
        for year in board.years(unit):
            result = board.year_end(unit, year)
            rows.append(
                (
                    unit,
                    Fold(named[unit] or unit, told),
                    str(year),
                    texts.signed(board.routine(unit, year)),
                    texts.signed(result.points),
                    f"{result.grade_steps:+}" if result.grade_steps else "0",
                    Text("是", "yes") if result.vetoed else "",
                )
            )
    columns = (
        Text("代码", "code"),
        Text("单位（点开看缘由）", "unit (open for the reasons)"),
        Text("年度", "year"),
        Text("平时考核", "routine"),
        Text("年终", "year end"),
        Text("等次", "steps"),
        Text("不得最高", "veto"),
    )
    return Table(columns, rows)


def _ledger(board: Any, named: Mapping[str, str]) -> Table:
    columns = (
        Text("单位", "unit"),
        Text("期", "periods"),
        Text("结论", "verdict"),
        Text("规则", "rule"),
        Text("计入", "year"),
        Text("效果", "effect"),
    )
    rows = [
        (
            named.get(one.unit) or one.unit,
            Text(
                "、".join(texts.period(each, "zh") for each in one.periods),
                ", ".join(texts.period(each, "en") for each in one.periods),
            ),
            Text(one.verdict.zh, one.verdict.value),
            one.rule,
            str(one.year),
            Text(*(texts.effect(one, one.amount, to) for to in LANGUAGES)),
        )
        for one in board.ledger
    ]
    return Table(columns, rows)


def _luck(board: Any) -> Iterable[Block]:
    for one in board.costs:
        yield Paragraph(
            Text(*(texts.cost_line(one, len(board.units), to) for to in LANGUAGES)), "plain"
        )
