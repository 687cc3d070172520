"""A preflight as one HTML page in Chinese and English, which needs no network; no cell is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from antipoverty._base.provenance import Text
from antipoverty._intake.columns import FORMS, ColumnCheck
from antipoverty._intake.preflight import Outcome, Preflight
from antipoverty._intake.report import KINDS
from antipoverty._intake.told import (
    EXAMPLES_ONLY,
    VERDICTS,
    examples,
    finding,
    freshness,
    outcome,
)
from antipoverty.rules import Pack

_STYLE = """
body{font-family:"Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei",sans-serif;
margin:2em auto;max-width:80em;color:#222;line-height:1.5}
table{border-collapse:collapse;width:100%;margin:.6em 0 1.6em}
th,td{border-bottom:1px solid #ddd;padding:.3em .5em;text-align:left;vertical-align:top}
.bar{background:#eee;width:7em;height:.7em;display:inline-block;margin-right:.5em}
.bar i{background:#0072B2;height:100%;display:block}
.code0{color:#0072B2}.code1,.wrong{color:#B34700}.code2{color:#B00020}
small{color:#666}
"""
_SOURCES = (
    "来源 source",
    "部门 department",
    "表 table",
    "行 rows",
    "入表 placed",
    "未入表 aside",
    "未采用的列 passed over",
)
_COLUMNS = (
    "来源 source",
    "列 column",
    "应为 wanted",
    "可读 readable",
    "实际形式 found",
    "分布 spread (5, 25, 50, 75, 95 %)",
    "问题 problems",
)


def as_html(found: Preflight) -> str:
    """Write a preflight as one HTML page in Chinese and English."""
    said = VERDICTS[found.exit_code]
    parts = [
        "<!doctype html>",
        '<html lang="zh"><meta charset="utf-8"><title>预检 Preflight</title>',
        f"<style>{_STYLE}</style>",
        f'<h1>预检 Preflight: <span class="code{found.exit_code}">{_both(said)}</span></h1>',
        *_sources(found),
        *_table("列 Columns", _COLUMNS, (_column(one) for one in found.columns)),
    ]
    if found.findings:
        told = [(finding(one, "zh"), finding(one, "en")) for one in found.findings]
        parts += _table("对不上的地方 What does not fit", (), _escaped(told))
    if found.deliveries:
        told = [(freshness(one, "zh"), freshness(one, "en")) for one in found.deliveries]
        parts += _table("交付 Deliveries", (), _escaped(told))
    if found.outcome is not None and found.pack is not None:
        chinese = outcome(found.outcome, found.pack, "zh")
        told = [*zip(chinese, outcome(found.outcome, found.pack, "en"), strict=True)]
        title = f"判定 Answers, {found.pack.id}, {found.as_of}"
        parts += [*_table(title, (), _escaped(told)), *_rules(found.outcome, found.pack)]
    if found.plausible.status == "illustrative":
        source = escape(found.plausible.source)
        parts.append(f"<p><small>{_both(EXAMPLES_ONLY)} {source}</small></p>")
    return "\n".join([*parts, "</html>", ""])


def _both(said: Text) -> str:
    return f"{escape(said.zh)} {escape(said.en)}".strip()


def _small(text: str) -> str:
    return f"<br><small>{text}</small>"


def _escaped(rows: Iterable[Sequence[str]]) -> list[list[str]]:
    return [[escape(cell) for cell in row] for row in rows]


def _table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table of cells that are HTML."""
    yield f"<h2>{escape(title)}</h2><table>"
    if header:
        yield "<tr>" + "".join(f"<th>{escape(one)}</th>" for one in header) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
    yield "</table>"


def _sources(found: Preflight) -> Iterator[str]:
    rows = [
        (
            one.id,
            one.department or "",
            one.table,
            f"{one.rows:,}",
            f"{one.placed:,}",
            "; ".join(
                f"{KINDS[kind].zh} {KINDS[kind].en} {len(places):,}"
                for kind, places in one.aside.items()
            ),
            "、".join(one.passed_over),
        )
        for one in found.report
    ]
    yield from _table("来源 Sources", _SOURCES, _escaped(rows))


def _column(one: ColumnCheck) -> list[str]:
    """The cells of a column's line."""
    share = ""
    if one.share is not None and one.path is not None and not one.personal:
        width = f"{one.share * 100:.0f}%"
        share = f'<span class="bar"><i style="width:{width}"></i></span>{one.share:.1%}'
    spread = "" if one.spread is None else " · ".join(one.spread.points)
    if one.spread is not None and one.spread.low is not None:
        low, high = one.spread.low, one.spread.high
        spread += _small(f"中位数应在 median within {low} – {high}")
    return [
        escape(one.source),
        escape(one.column) + _small(f"{escape(one.path or '')} {_both(one.title)}"),
        escape(one.wanted.zh) + _small(escape(one.wanted.en)),
        share + _small(f"空 empty {one.rows - one.filled:,} / {one.rows:,}"),
        "<br>".join(f"{_both(FORMS[form][1])} {count:,}" for form, count in one.forms[:5]),
        spread,
        f'<span class="wrong">{"<br>".join(_problems(one))}</span>',
    ]


def _problems(one: ColumnCheck) -> Iterator[str]:
    yield from map(_both, one.doubts)
    for kind in one.unread:
        rows = _small(escape(examples(kind.examples, "zh")))
        yield f"{_both(KINDS[kind.kind])} {kind.count:,}{rows}"
    if one.unread and one.words:
        words = "、".join(f"{said.zh} {said.en} {word}" for word, said in one.words.items())
        yield f"<small>可用的词 words: {escape(words)}</small>"


def _rules(found: Outcome, pack: Pack) -> Iterator[str]:
    if found.rules:
        rows = [
            (pack.rules[rule].title.zh, pack.rules[rule].title.en, rule, f"{count:,}")
            for rule, count in found.rules.items()
        ]
        header = ("规则", "rule", "id", "待核实 undecided")
        yield from _table("待核实的规则 Rules that stay undecided", header, _escaped(rows))
