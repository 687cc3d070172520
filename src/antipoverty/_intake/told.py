"""A preflight told in lines of text, in Chinese or in English."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Text
from antipoverty._intake.checks import FINDINGS, Finding
from antipoverty._intake.columns import FORMS, ColumnCheck
from antipoverty._intake.foretold import Freshness, Outcome
from antipoverty._intake.report import KINDS
from antipoverty.languages import Language, Voice
from antipoverty.rules import Pack, fact_label
from antipoverty.screening import REASONS

_MOST = 12
VERDICTS = Frozen(
    {
        0: Text("可以继续", "go on"),
        1: Text("先看这份报告", "look first"),
        2: Text("不能用", "cannot be used"),
    }
)
"""What each exit code says."""
EXAMPLES_ONLY = Text(
    "合理范围是示例，不是政策。", "The plausible bounds are examples and no policy."
)


def section(title: str, lines: Iterable[str]) -> list[str]:
    """A title over its lines; nothing where there is no line."""
    listed = list(lines)
    return [title, *(f"  {line}" for line in listed)] if listed else []


def columns_told(columns: Iterable[ColumnCheck], say: Voice) -> Iterator[str]:
    """Say of each column that is read what it holds and what is wrong with it."""
    for one in columns:
        if one.path is None or one.personal:
            continue
        share = "—" if one.share is None else f"{one.share:.1%}"
        empty = one.rows - one.filled
        forms = say("、", ", ").join(
            f"{FORMS[name][1][say.language]} {n:,}" for name, n in one.forms[:4]
        )
        yield say(
            f"{one.source}“{one.column}” → {one.path}（{one.wanted.zh}）",
            f"{one.source} {one.column!r} → {one.path} ({one.wanted.en})",
        ) + say(
            f"：可读 {share}，空 {empty:,}；{forms}",
            f": {share} readable, {empty:,} empty; {forms}",
        )
        for doubt in one.doubts:
            yield f"  ! {doubt[say.language]}"
        for kind in one.unread:
            rows = examples(kind.examples, say.language)
            yield f"  ! {KINDS[kind.kind][say.language]} {kind.count:,}{say('：', ': ')}{rows}"
        if one.unread and one.words:
            words = say("、", ", ").join(f"{said.zh} {word}" for word, said in one.words.items())
            yield f"    {say('可用的词：', 'words: ')}{words}"


def examples(given: Iterable[tuple[int, str]], language: Language) -> str:
    """Say in which rows something stands, and what it looks like."""
    say = Voice(language)
    return say("；", "; ").join(
        say(f"第 {row} 行 {shape}", f"row {row} {shape}") for row, shape in given
    )


def finding(one: Finding, language: Language) -> str:
    """Say what does not fit; what is more than a note begins with an exclamation mark."""
    say = Voice(language)
    where = f"{one.table}.{one.field}" if one.field else one.table
    said = f"{where} {FINDINGS[one.kind][say.language]}"
    if one.kind == "stale":
        return f"! {said}" + say(
            f"：{one.count:,} 天，截至 {one.more}", f": {one.count:,} days, until {one.more}"
        )
    if one.kind == "no-delivery":
        return said
    counted = f"{one.count:,} / {one.of:,}"
    zh, en = "、".join(one.examples), ", ".join(one.examples)
    households = say(f"（{zh}）", f" ({en})") if one.examples else ""
    return f"{'' if one.note else '! '}{said}{say('：', ': ')}{counted}{households}"


def freshness(one: Freshness, language: Language) -> str:
    """Say how old a delivery is."""
    say = Voice(language)
    kinds = say("、", ", ").join(one.kinds)
    return say(
        f"{one.source} {kinds} 截至 {one.last}，{one.received} 收到，距判定日 {one.days} 天",
        f"{one.source} {kinds} until {one.last}, received {one.received}, {one.days} days old",
    )


def outcome(found: Outcome, pack: Pack, language: Language) -> Iterator[str]:
    """Say what answers will come of it, and what would settle the open ones."""
    say = Voice(language)
    if found.lacking:
        tables, rules = ", ".join(found.lacking), len(found.stopped)
        yield say(
            f"! 没有交 {tables}，{rules} 条规则要用：一户也不能判定",
            f"! {tables} did not come, and {rules} rules read them: nobody can be judged",
        )
        return
    judged, given = found.judged, found.households
    yield say(
        f"可判定 {judged:,} / {given:,} 户；预警 {found.warn:,}，待核实 {found.undecided:,}",
        f"{judged:,} of {given:,} households can be judged; {found.warn:,} answers warn, "
        f"{found.undecided:,} stay undecided",
    )
    for path, count in [*found.facts.items()][:_MOST]:
        fact = fact_label(pack, path, say.language)
        yield say(f"待核实 {count:,}：{fact}", f"{count:,} wait for: {fact}")
    for (table, reason, field), rows in sorted(found.set_aside.items()):
        why = REASONS[reason][0 if say.zh else 1]
        yield f"! {table}.{field} {why}{say('：', ': ')}{rows:,}"
