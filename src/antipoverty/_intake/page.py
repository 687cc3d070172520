"""A preflight as a page (预检报告), which needs no network and shows no cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from antipoverty._base.provenance import Text
from antipoverty._intake.columns import FORMS, ColumnCheck
from antipoverty._intake.foretold import Outcome
from antipoverty._intake.report import KINDS
from antipoverty._intake.told import (
    EXAMPLES_ONLY,
    VERDICTS,
    examples,
    finding,
    freshness,
    outcome,
)
from antipoverty.languages import LANGUAGES
from antipoverty.report import Block, Cell, Page, Paragraph, Section, Share, Table
from antipoverty.rules import Pack

_SOURCES = (
    Text("来源", "source"),
    Text("部门", "department"),
    Text("表", "table"),
    Text("行", "rows"),
    Text("入表", "placed"),
    Text("未入表", "aside"),
    Text("未采用的列", "passed over"),
)
_COLUMNS = (
    Text("来源", "source"),
    Text("列", "column"),
    Text("应为", "wanted"),
    Text("可读", "readable"),
    Text("空", "empty"),
    Text("实际形式", "found"),
    Text("分布（5、25、50、75、95 %）", "spread (5, 25, 50, 75, 95 %)"),
    Text("问题", "problems"),
)


def page_of(found: Any) -> Page:
    """Lay a preflight out as a page."""
    said = VERDICTS[found.exit_code]
    sections = [
        Section(Text("来源", "Sources"), [Table(_SOURCES, list(_sources(found)))]),
        Section(Text("列", "Columns"), [Table(_COLUMNS, [_column(one) for one in found.columns])]),
    ]
    if found.findings:
        told = [Text(*(finding(one, to) for to in LANGUAGES)) for one in found.findings]
        title = Text("对不上的地方", "What does not fit")
        sections.append(Section(title, [Paragraph(one) for one in told]))
    if found.deliveries:
        told = [Text(*(freshness(one, to) for to in LANGUAGES)) for one in found.deliveries]
        sections.append(Section(Text("交付", "Deliveries"), [Paragraph(one) for one in told]))
    if found.outcome is not None and found.pack is not None:
        answers = list(_answers(found.outcome, found.pack))
        sections.append(Section(Text("判定", "Answers"), answers))
    notes = []
    if found.plausible.status == "illustrative":
        source = found.plausible.source
        notes.append(
            (Text("界限", "bounds"), Text(*(f"{EXAMPLES_ONLY[to]} {source}" for to in LANGUAGES)))
        )
    day = "" if found.as_of is None else f" · {found.as_of}"
    pack = "" if found.pack is None else f"{found.pack.id}{day}"
    return Page(
        title=Text("预检", "Preflight"),
        sections=sections,
        subtitle=Text(pack, pack),
        warning=said,
        facts=notes,
    )


def _joined(found: list[Text], zh: str = "\n", en: str = "\n") -> Text:
    return Text(zh.join(one.zh for one in found), en.join(one.en for one in found))


def _sources(found: Any) -> Iterator[tuple[Cell, ...]]:
    for one in found.rows:
        aside = [
            Text(f"{KINDS[kind].zh} {len(places):,}", f"{KINDS[kind].en} {len(places):,}")
            for kind, places in one.aside.items()
        ]
        yield (
            one.id,
            one.department or "",
            one.table,
            one.rows,
            one.placed,
            _joined(aside, "；", "; "),
            "、".join(one.passed_over),
        )


def _column(one: ColumnCheck) -> tuple[Cell, ...]:
    """The cells of a column's line."""
    share = None
    if one.filled and one.path is not None and not one.personal:
        share = Share(one.readable, one.filled)
    spread = Text("", "")
    if one.spread is not None:
        points = " · ".join(one.spread.points)
        spread = Text(points, points)
        if one.spread.low is not None:
            low, high = one.spread.low, one.spread.high
            spread = Text(
                f"{points}\n中位数应在 {low} – {high}", f"{points}\nmedian within {low} – {high}"
            )
    forms = [
        Text(f"{FORMS[form][1].zh} {count:,}", f"{FORMS[form][1].en} {count:,}")
        for form, count in one.forms[:5]
    ]
    path = f" {one.path}" if one.path else ""
    return (
        one.source,
        Text(f"{one.column}\n{one.title.zh}{path}", f"{one.column}\n{one.title.en}{path}"),
        one.wanted,
        share,
        Text(
            f"{one.rows - one.filled:,} / {one.rows:,}", f"{one.rows - one.filled:,} / {one.rows:,}"
        ),
        _joined(forms),
        spread,
        _joined(list(_problems(one))),
    )


def _problems(one: ColumnCheck) -> Iterator[Text]:
    yield from one.doubts
    for kind in one.unread:
        said = KINDS[kind.kind]
        yield Text(
            f"{said.zh} {kind.count:,}：{examples(kind.examples, 'zh')}",
            f"{said.en} {kind.count:,}: {examples(kind.examples, 'en')}",
        )
    if one.unread and one.words:
        words = [Text(f"{said.zh} {word}", f"{said.en} {word}") for word, said in one.words.items()]
        listed = _joined(words, "、", ", ")
        yield Text(f"可用的词：{listed.zh}", f"words: {listed.en}")


def _answers(found: Outcome, pack: Pack) -> Iterator[Block]:
    lines = (outcome(found, pack, one) for one in LANGUAGES)
    for zh, en in zip(*lines, strict=True):
        yield Paragraph(Text(zh, en))
    if found.rules:
        columns = (Text("规则", "rule"), Text("编号", "id"), Text("待核实", "undecided"))
        rows = [(pack.rules[rule].title, rule, count) for rule, count in found.rules.items()]
        title = Text("待核实的规则", "Rules that stay undecided")
        yield Table(columns, rows, title=title)
