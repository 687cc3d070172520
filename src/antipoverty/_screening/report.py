"""The report of a screening (筛查报告): counts with their denominators, and no household unasked.

It says first what came and what could be judged, then what is not known, then who is
warned of where, and last on whose rules and values all of it rests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from antipoverty._base.provenance import Text
from antipoverty._screening import charts
from antipoverty._screening.faults import REASONS
from antipoverty._screening.totals import AreaTotals, FactTotals, Totals
from antipoverty.conditions import in_words, quantity
from antipoverty.languages import LANGUAGES
from antipoverty.report import (
    Block,
    Cell,
    Figure,
    Fold,
    Page,
    Paragraph,
    Section,
    Share,
    Table,
    Withholding,
    picture,
)
from antipoverty.rules import InForce, Rule, Source, fact_label

if TYPE_CHECKING:
    from antipoverty._screening.unseen import Roster

ILLUSTRATIVE = Text(
    "示例：部分规则或参数未见公布，结果不作为政策依据。",
    "Illustrative: some rules or values are not published policy.",
)
_HOUSEHOLDS = Text("户", "households")
_FOLDED = 30


@attrs.frozen
class Row:
    """One answer with its household, for those who handle the case.

    Attributes:
        household_id: The household, by its opaque id.
        place: Where it lives.
        department: Whose rule it is.
        title: The rule.
        explanation: What was found; it shows amounts of the household.
    """

    household_id: str
    place: str
    department: str
    title: Text
    explanation: Text


@attrs.frozen(kw_only=True)
class Findings:
    """All that a report of a screening tells.

    Attributes:
        totals: The counts.
        current: The rules and values in force.
        trusted: On what it rests that a row which is not there means none.
        set_aside: Rows set aside, by table, reason and field.
        never_came: Columns that never came, in words.
        rosters: How rows compare with the numbers that households state.
        unplaced: Rows that name no household, by table.
        deliveries: What was handed over, as lines of a table.
        earlier: The counts of earlier runs.
        inputs: The digest of each input, by its name.
        rows: Answers with their households, where they were asked for.
        version: The version of the library.
    """

    totals: Totals
    current: InForce
    trusted: Text
    set_aside: Mapping[tuple[str, str, str], int]
    never_came: Sequence[Text]
    rosters: Mapping[str, Roster]
    unplaced: Mapping[str, int]
    deliveries: Sequence[tuple[Any, ...]]
    earlier: Sequence[Totals]
    inputs: Mapping[str, str]
    rows: Sequence[Row]
    version: str


def page_of(found: Findings, withhold: int) -> Page:
    """Lay the report of a screening out.

    Args:
        found: What it tells.
        withhold: The smallest count that is shown.
    """
    totals, pack = found.totals, found.current.pack
    small = Withholding(withhold)
    sections = [
        _unknown(found, small),
        _places(totals, small),
        *([_trend(found, small)] if found.earlier else []),
        _departments(found, small),
        *([_households(found)] if found.rows else []),
        _policy(found.current),
        _delivered(found),
    ]
    return Page(
        title=Text("防止返贫监测筛查报告", "Screening for the return to poverty"),
        subtitle=Text(
            f"{pack.title.zh}（{pack.id} {pack.version}）\n判定日 {totals.as_of}",
            f"{pack.title.en} ({pack.id} {pack.version})\nas of {totals.as_of}",
        ),
        warning=ILLUSTRATIVE if found.current.illustrative else None,
        figures=_figures(totals, sum(found.set_aside.values()), small),
        sections=sections,
        facts=_facts(found, small),
    )


def _figures(totals: Totals, aside: int, small: Withholding) -> list[Figure]:
    judged = Text(f"共 {totals.judged:,} 户判定", f"of {totals.judged:,} judged")
    alone = [totals.warned, totals.open, max(totals.judged - totals.warned - totals.open, 0)]
    warned, waiting, calm = small.column(alone)
    return [
        Figure(
            Text("判定户", "households judged"),
            totals.judged,
            Text(f"共 {totals.given:,} 户报来", f"of {totals.given:,} that came"),
        ),
        Figure(Text("预警户", "households warned of"), warned, judged),
        Figure(Text("只有待核实的户", "undecided only"), waiting, judged),
        Figure(Text("全部正常的户", "all clear"), calm, judged),
        Figure(Text("预警（条）", "alerts"), small.one(totals.warn)),
        Figure(Text("待核实（条）", "undecided answers"), small.one(totals.undecided)),
        Figure(Text("剔除原因（条）", "faults of rows set aside"), aside),
    ]


def _unknown(found: Findings, small: Withholding) -> Section:
    """What was not known, and what would settle it."""
    blocks: list[Block] = [Paragraph(found.trusted, "note")]
    blocks += [Paragraph(one, "warn") for one in found.never_came]
    facts = found.totals.facts
    if facts:
        counts = small.column([one.answers for one in facts])
        rows = [(one.title, one.path, n) for one, n in zip(facts, counts, strict=True)]
        kept = [
            one for one, n in zip(facts, counts, strict=True) if isinstance(n, int)
        ]  # so that the picture tells no more than the table
        if kept:
            title = Text("待核实的结论缺什么", "What undecided answers wait for")
            blocks.append(picture(lambda one: charts.undecided_by_cause(kept, one), title))
        blocks.append(
            Table(
                (
                    Text("缺少的事实", "missing fact"),
                    Text("字段", "field"),
                    Text("结论", "answers"),
                ),
                rows,
                title=Text("核实哪些事实", "Facts to verify"),
                note=Text(
                    "一条待核实的结论可能缺多项事实，故各行之和可超过待核实总数。",
                    "An answer may wait for several facts, so that the lines may exceed the total.",
                ),
                fold=len(rows) > _FOLDED,
            )
        )
    if found.rosters:
        columns = [
            Text("表", "table"),
            Text("缺人户", "short"),
            Text("缺行", "rows lacking"),
            Text("多出户", "surplus"),
            Text("人数不详户", "number unknown"),
        ]
        counted = [(found.rosters[name], _named(found.current, name)) for name in found.rosters]
        blocks.append(
            Table(
                columns,
                [
                    (name, *small.column([one.short, one.lacking, one.surplus, one.unknown]))
                    for one, name in counted
                ],
                title=Text("名册不符", "Rosters that do not fit"),
            )
        )
    if found.unplaced:
        blocks.append(
            Table(
                (Text("表", "table"), Text("行数", "rows")),
                [(_named(found.current, name), n) for name, n in found.unplaced.items()],
                title=Text("未能归户的行", "Rows that name no household"),
            )
        )
    if found.set_aside:
        blocks.append(
            Table(
                (
                    Text("表", "table"),
                    Text("原因", "reason"),
                    Text("字段", "field"),
                    Text("行数", "rows"),
                ),
                [
                    (_named(found.current, table), Text(*REASONS[reason]), field, n)
                    for (table, reason, field), n in sorted(found.set_aside.items())
                ],
                title=Text("剔除的行", "Rows set aside"),
            )
        )
    return Section(
        Text("哪些不清楚，怎样弄清", "What is not known, and what would settle it"), blocks
    )


def _named(current: InForce, table: str) -> Text:
    owner = current.pack.schema.table(None if table == "households" else table)
    return Text(owner.zh, owner.en)


def _places(totals: Totals, small: Withholding) -> Section:
    names = ("households", "warned", "warn", "undecided")
    shown = small.columns([attrs.asdict(one) for one in totals.areas], names)
    rows: list[tuple[Cell, ...]] = []
    kept: list[AreaTotals] = []
    for one, (judged, warned, warn, undecided) in zip(totals.areas, shown, strict=True):
        known = isinstance(judged, int) and isinstance(warned, int)
        if known:
            kept.append(one)
        share = Share(one.warned, one.households) if known else None
        rows.append((one.code, one.name, judged, warned, share, warn, undecided))
    columns = (
        Text("代码", "code"),
        Text("地区", "area"),
        Text("判定户", "judged"),
        Text("预警户", "warned"),
        Text("预警率", "share"),
        Text("预警", "alerts"),
        Text("待核实", "undecided"),
    )
    total: tuple[Cell, ...] = (
        "",
        Text("合计", "total"),
        *map(small.one, (totals.judged, totals.warned)),
        Share(totals.warned, totals.judged) if totals.warned >= small.least else None,
        *map(small.one, (totals.warn, totals.undecided)),
    )
    table = Table(columns, rows, total, note=small.told)
    blocks: list[Block] = [table]
    if kept:
        title = Text("各地预警率（由高到低）", "Share warned, the largest first")
        tiles = attrs.evolve(totals, areas=tuple(kept))
        blocks = [
            picture(lambda one: charts.alerts_by_area(kept, one, most=20), title),
            picture(
                lambda one: charts.area_map(tiles, one),
                Text("各地预警率（每格一地）", "Share warned, a tile for each area"),
            ),
            table,
        ]
    return Section(Text("各地", "Where"), blocks)


def _trend(found: Findings, small: Withholding) -> Section:
    runs = sorted([*found.earlier, found.totals], key=lambda one: one.as_of)
    rows: list[tuple[Cell, ...]] = []
    safe: list[Totals] = []
    for one in runs:
        warned, waiting, _ = small.column(
            [one.warned, one.open, max(one.judged - one.warned - one.open, 0)]
        )
        known = isinstance(warned, int) and isinstance(waiting, int)
        safe += [one] if known else []
        share = Share(one.warned, one.judged) if isinstance(warned, int) else None
        rows.append(
            (one.as_of.isoformat(), one.pack, one.given, one.judged, warned, share, waiting)
        )
    columns = (
        Text("判定日", "as of"),
        Text("政策", "policy"),
        Text("报来户", "came"),
        Text("判定户", "judged"),
        Text("预警户", "warned"),
        Text("预警率", "share"),
        Text("只有待核实的户", "undecided only"),
    )
    blocks: list[Block] = [Table(columns, rows)]
    if len(safe) > 1:
        title = Text("历次预警率", "Share warned, run after run")
        blocks.insert(0, picture(lambda one: charts.trend(safe, one), title))
    return Section(Text("与以往相比", "Beside earlier runs"), blocks)


def _departments(found: Findings, small: Withholding) -> Section:
    """What each department has to look at, rule by rule, with the rule behind a click."""
    pack, counted = found.current.pack, {one.rule_id: one for one in found.totals.rules}
    names = ("warn", "undecided")
    listed = [rule for rule in found.current.rules if rule.id in counted]
    counts = small.columns([attrs.asdict(counted[rule.id]) for rule in listed], names)
    shown = {rule.id: pair for rule, pair in zip(listed, counts, strict=True)}
    columns = (
        Text("规则（点开看标准与依据）", "rule (open for standard and source)"),
        Text("级别", "severity"),
        Text("预警", "alerts"),
        Text("待核实", "undecided"),
    )
    blocks: list[Block] = []
    for id_, name in pack.departments.items():
        mine = [rule for rule in listed if rule.department == id_]
        if mine:
            rows = [
                (
                    Fold(rule.title, _rule(found.current, rule)),
                    Text(rule.severity.zh, rule.severity.value),
                    *shown[rule.id],
                )
                for rule in sorted(mine, key=lambda one: (-one.severity.rank, one.id))
            ]
            blocks.append(Table(columns, rows, title=name))
    return Section(Text("各部门清单", "What each department looks at"), blocks)


def _rule(current: InForce, rule: Rule) -> Text:
    """A rule in words, with the values that it reads and who says so."""

    def told(language: Any) -> str:
        zh = language == "zh"
        pack = current.pack
        advice = f"\n{'建议：' if zh else 'advice: '}{rule.advice[language]}" if rule.advice else ""
        return (
            f"{rule.id}\n{'标准：' if zh else 'standard: '}"
            f"{in_words(rule.when, language, pack.titles(language))}\n"
            f"{'依据：' if zh else 'source: '}{_source(rule.source)[language]}{advice}"
        )

    return Text(*map(told, LANGUAGES))


def _source(source: Source) -> Text:
    grade = f" [{source.grade}]" if source.grade else ""
    zh, en = (
        ("（示例，非政策）", " (illustrative, not policy)") if source.illustrative else ("", "")
    )
    return Text(
        f"{source.title.zh}{grade}{zh}" + (f"；{source.note.zh}" if source.note.zh else ""),
        f"{source.title.en}{grade}{en}" + (f"; {source.note.en}" if source.note.en else ""),
    )


def _households(found: Findings) -> Section:
    columns = (
        Text("户码", "household"),
        Text("地区", "area"),
        Text("预警说明（点开）", "explanation (open)"),
    )
    blocks: list[Block] = [
        Paragraph(
            Text(
                "以下各户的说明含其收支金额，只供经办人使用。",
                "The explanations show amounts of these households: for whoever handles the cases.",
            ),
            "warn",
        )
    ]
    for id_, name in found.current.pack.departments.items():
        rows = [
            (one.household_id, one.place, Fold(one.title, one.explanation))
            for one in found.rows
            if one.department == id_
        ]
        if rows:
            blocks.append(Table(columns, rows, title=name))
    return Section(Text("所要的户", "The households asked for"), blocks)


def _policy(current: InForce) -> Section:
    pack = current.pack
    rows = []
    for id_, values in current.values.items():
        parameter = pack.parameters[id_]
        for value in values:
            amount = Text(*(quantity(value.value, parameter.unit, one) for one in LANGUAGES))
            until = str(value.until) if value.until else Text("未定", "open")
            rows.append(
                (
                    Text(f"{parameter.title.zh}", f"{parameter.title.en}"),
                    amount,
                    value.area or Text("全部", "all"),
                    str(value.since),
                    until,
                    Text("示例", "example")
                    if value.source.illustrative
                    else Text("已公布", "published"),
                    _source(value.source),
                )
            )
    columns = (
        Text("参数", "parameter"),
        Text("取值", "value"),
        Text("适用地区", "area"),
        Text("起", "since"),
        Text("止", "until"),
        Text("性质", "status"),
        Text("出处", "source"),
    )
    return Section(Text("参数与出处", "Values and who set them"), [Table(columns, rows)])


def _delivered(found: Findings) -> Section:
    columns = (
        Text("部门", "department"),
        Text("数据项", "kinds"),
        Text("地区", "area"),
        Text("起", "from"),
        Text("止", "to"),
        Text("行数", "rows"),
        Text("是否齐全", "whole"),
    )
    blocks: list[Block] = [Paragraph(found.trusted)]
    if found.deliveries:
        many = len(found.deliveries) > _FOLDED
        title = Text(
            f"交付台账（{len(found.deliveries)}）", f"Deliveries ({len(found.deliveries)})"
        )
        blocks.append(Table(columns, found.deliveries, title=title, fold=many))
    return Section(Text("交付", "What was delivered"), blocks)


def _facts(found: Findings, small: Withholding) -> list[tuple[Text, Text | str]]:
    pack = found.current.pack
    return [
        (
            Text("方法", "method"),
            Text(
                "每户逐条规则判定：预警、正常、待核实；缺少事实绝不视为正常。",
                "Every household by every rule: warn, clear or undecided; what is not known is "
                "never read as clear.",
            ),
        ),
        (Text("隐去", "withheld"), small.told),
        (Text("政策包", "policy pack"), f"{pack.id} {pack.version}"),
        (Text("软件", "software"), f"antipoverty {found.version}"),
        *(
            (Text(f"输入 {name}", f"input {name}"), f"SHA-256 {d}")
            for name, d in found.inputs.items()
        ),
    ]


def fact_totals(current: InForce, counts: Sequence[tuple[str, int]]) -> tuple[FactTotals, ...]:
    """Name facts and sort them, the most awaited first."""
    pack = current.pack
    found = [
        FactTotals(path, Text(*(fact_label(pack, path, one) for one in LANGUAGES)), n)
        for path, n in counts
    ]
    return tuple(sorted(found, key=lambda one: (-one.answers, one.path)))
