"""Two policies side by side as a page (政策比较报告): who enters, who leaves, where and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from antipoverty._base.provenance import Text
from antipoverty._comparison.groups import WORDS
from antipoverty.report import Block, Cell, Figure, Page, Paragraph, Section, Table, Withholding

Change = tuple[str, str, int]
"""The answer before, the answer after, and how many changed so."""


@attrs.frozen(kw_only=True)
class Side:
    """One of the two policies, in words: its title, id and version, and its day."""

    title: Text
    id: str
    day: str
    judged: int


@attrs.frozen(kw_only=True)
class Differences:
    """All that a report of a comparison tells.

    Attributes:
        a: The policy there is.
        b: The policy proposed.
        answers: What each answer is called.
        total: How many households changed from which answer to which.
        by_rule: The same for answers, by the rule's title and id.
        by_area: The same for households, by name and code.
        groups: For each way to group, its title and its lines.
        illustrative: Whether a rule or value is no published policy.
        examples: One household of each kind of change, explained; where asked for.
    """

    a: Side
    b: Side
    answers: Mapping[str, Text]
    total: Sequence[Change]
    by_rule: Mapping[tuple[Text, str], Sequence[Change]]
    by_area: Mapping[tuple[str, str], Sequence[Change]]
    groups: Sequence[tuple[Text, Table]]
    illustrative: bool
    examples: Sequence[tuple[Text, Text]]


def page_of(found: Differences, withhold: int) -> Page:
    """Lay a comparison out as a page.

    Args:
        found: What it tells.
        withhold: The smallest count that is shown.
    """
    small = Withholding(withhold)
    enter = sum(n for before, after, n in found.total if after == "warn" != before)
    leave = sum(n for before, after, n in found.total if before == "warn" != after)
    changed = sum(n for _, _, n in found.total)
    moved = small.column([enter, leave, changed - enter - leave])
    judged = Text(f"共 {found.a.judged:,} 户", f"of {found.a.judged:,} households")
    labels = (
        Text("转入预警", "enter the warnings"),
        Text("转出预警", "leave the warnings"),
        Text("其他变化", "change otherwise"),
    )
    sections = [
        Section(Text("怎样变化", "What changes"), [_table(found, small, found.total)]),
        Section(Text("按规则", "By rule"), _lines(found, small, found.by_rule, "规则", "rule")),
        Section(Text("按地区", "By area"), _lines(found, small, found.by_area, "地区", "area")),
    ]
    if found.groups:
        blocks: list[Block] = [attrs.evolve(table, title=title) for title, table in found.groups]
        sections.append(Section(Text("按人群", "By group"), blocks))
    if found.examples:
        warning = Text(
            "以下各户的说明含其收支金额，只供经办人使用。",
            "The explanations show amounts of these households: for whoever handles the cases.",
        )
        told: list[Block] = [Paragraph(warning, "warn")]
        for title, explained in found.examples:
            told += [Paragraph(title), Paragraph(explained, "note")]
        sections.append(Section(Text("每种变化一户", "One household of each kind"), told))
    return Page(
        title=Text("政策比较报告", "Two policies compared"),
        subtitle=Text(
            f"甲：{_named(found.a, 'zh')}\n乙：{_named(found.b, 'zh')}",
            f"A: {_named(found.a, 'en')}\nB: {_named(found.b, 'en')}",
        ),
        warning=Text(
            "示例：其中有未公布的规则或参数。", "Illustrative: not all of it is published."
        )
        if found.illustrative
        else None,
        figures=[Figure(label, n, judged) for label, n in zip(labels, moved, strict=True)],
        sections=sections,
        facts=[
            (Text("隐去", "withheld"), small.told),
            (
                Text("方法", "method"),
                Text(
                    "同一批户按两项政策分别判定，只留不同；户以其最重的结论计。",
                    "The same households are judged by both; a household counts by its weightiest "
                    "answer.",
                ),
            ),
        ],
    )


def _named(side: Side, language: str) -> str:
    named = f"{side.title[language]}"
    zh, en = f"{named}（{side.id}，{side.day}）", f"{named} ({side.id}, {side.day})"
    return zh if language == "zh" else en


def _table(found: Differences, small: Withholding, changes: Sequence[Change]) -> Table:
    counts = small.column([n for _, _, n in changes])
    rows: list[tuple[Cell, ...]] = [
        (found.answers[before], found.answers[after], n)
        for (before, after, _), n in zip(changes, counts, strict=True)
    ]
    columns = (Text("甲", "A"), Text("乙", "B"), Text("户", "households"))
    return Table(columns, rows)


def _lines(
    found: Differences,
    small: Withholding,
    grouped: Mapping[tuple[Any, str], Sequence[Change]],
    zh: str,
    en: str,
) -> list[Block]:
    """A line for each group and kind of change; small counts are withheld kind by kind."""
    kinds = sorted(
        {(before, after) for changes in grouped.values() for before, after, _ in changes}
    )
    shown = {
        kind: small.column(
            [sum(n for *pair, n in each if tuple(pair) == kind) for each in grouped.values()]
        )
        for kind in kinds
    }
    rows: list[tuple[Cell, ...]] = [
        (title, code, found.answers[before], found.answers[after], shown[before, after][place])
        for place, ((title, code), changes) in enumerate(grouped.items())
        for before, after, _ in changes
    ]
    columns = (
        Text(zh, en),
        Text("代码", "code"),
        Text("甲", "A"),
        Text("乙", "B"),
        Text("户", "households"),
    )
    return [Table(columns, rows)]


def group_table(
    rows: Sequence[tuple[str, str, str, int]],
    answers: Mapping[str, Text],
    small: Withholding,
    place: Callable[[str], str],
) -> Table:
    """Lay the counts of groups out; small ones are withheld kind by kind of change."""
    kinds = sorted({(before, after) for _, before, after, _ in rows})
    shown: dict[tuple[str, str, str], int | Text] = {}
    for kind in kinds:
        mine = [(group, n) for group, *pair, n in rows if tuple(pair) == kind]
        for (group, _), n in zip(mine, small.column([n for _, n in mine]), strict=True):
            shown[group, *kind] = n
    lines: list[tuple[Cell, ...]] = [
        (
            WORDS.get(group) or place(group) or group,
            answers[before],
            answers[after],
            shown[group, before, after],
        )
        for group, before, after, _ in rows
    ]
    columns = (Text("人群", "group"), Text("甲", "A"), Text("乙", "B"), Text("数", "count"))
    return Table(columns, lines)
