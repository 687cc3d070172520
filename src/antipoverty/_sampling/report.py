"""A draw as a page (抽签报告): what was drawn from what, by which seed, and how to check it."""

from __future__ import annotations

from typing import Any

from antipoverty._base.provenance import Text
from antipoverty._sampling.seeds import Chosen
from antipoverty.model import AreaTree
from antipoverty.report import Cell, Figure, Page, Paragraph, Section, Share, Table


def page_of(receipt: Any, areas: AreaTree | None) -> Page:
    """Lay a receipt out as a page.

    Args:
        receipt: The receipt.
        areas: The areas, for their names.
    """
    design, drawn = receipt.design, receipt.picks()
    source = design.source or Text("示例，没有公布的依据", "an example without a published source")
    sections = [
        Section(Text("抽中单位", "Units drawn"), [_picks(receipt, areas)]),
        Section(Text("方案", "Design"), [_stages(receipt)]),
        Section(Text("怎样核验", "How to check it"), list(_check(receipt))),
    ]
    if receipt.skipped:
        rows = [(_name(areas, one.stratum), one.stratum, one.reason) for one in receipt.skipped]
        columns = (Text("范围", "stratum"), Text("代码", "code"), Text("原因", "reason"))
        sections.insert(1, Section(Text("未抽的范围", "Strata skipped"), [Table(columns, rows)]))
    return Page(
        title=Text("随机抽取报告", "The draw"),
        sections=sections,
        subtitle=Text(f"{design.id} {receipt.period.zh}", f"{design.id} {receipt.period}"),
        warning=_warning(receipt),
        figures=[
            Figure(
                Text("抽中", "drawn"),
                len(drawn),
                Text(f"共 {receipt.frame_units:,} 个单位", f"of {receipt.frame_units:,} units"),
            ),
            Figure(Text("范围", "strata"), len({one.stratum for one in receipt.strata})),
            Figure(Text("未抽的范围", "strata skipped"), len(receipt.skipped)),
        ],
        facts=[
            (Text("依据", "source"), source),
            (Text("回执摘要", "digest of the receipt"), receipt.digest),
            (Text("名单摘要", "digest of the frame"), receipt.frame_digest),
            (Text("前一回执", "receipt before"), receipt.previous or Text("无", "none")),
            (Text("算法", "algorithm"), receipt.algorithm),
        ],
    )


def _warning(receipt: Any) -> Text | None:
    said = []
    if receipt.self_chosen:
        said.append(
            Text(
                "种子由抽取人自定：这是演练，不能作为公开抽签。",
                "Whoever drew chose the seed: a rehearsal, and no public draw.",
            )
        )
    if receipt.design.illustrative:
        said.append(Text("示例：方案没有公布的依据。", "Illustrative: no published source."))
    if receipt.foreseeable:
        n = len(receipt.foreseeable)
        said.append(
            Text(
                f"{n} 个范围的结果事先可知（轮到最后一个单位）。",
                f"In {n} strata the pick was known before: one unit was left.",
            )
        )
    if not said:
        return None
    return Text("\n".join(one.zh for one in said), "\n".join(one.en for one in said))


def _name(areas: AreaTree | None, code: str) -> str:
    return areas.full_name(code) if areas is not None and code in areas else ""


def _picks(receipt: Any, areas: AreaTree | None) -> Table:
    last = len(receipt.design.stages)
    rows: list[tuple[Cell, ...]] = [
        (
            _name(areas, one.stratum) or one.stratum,
            _name(areas, pick.unit).removeprefix(_name(areas, one.stratum)) or pick.unit,
            pick.unit,
            one.units,
            Share(chance.numerator, chance.denominator),
            Text("轮到必抽", "forced") if pick.forced else "",
        )
        for one in receipt.strata
        if one.stage == last and one.status == "drawn"
        for pick in one.picks
        for chance in [one.chance(pick.unit)]
    ]
    columns = (
        Text("范围", "stratum"),
        Text("抽中单位", "unit drawn"),
        Text("代码", "code"),
        Text("范围内单位", "units there"),
        Text("机会", "chance"),
        Text("备注", "note"),
    )
    return Table(columns, rows)


def _stages(receipt: Any) -> Table:
    design = receipt.design
    rows: list[tuple[Cell, ...]] = [
        (str(number), one.level, one.take, one.by, one.coverage)
        for number, one in enumerate(design.stages, 1)
    ]
    columns = (
        Text("阶段", "stage"),
        Text("单位级别", "level"),
        Text("每范围抽取", "taken in each stratum"),
        Text("机会按", "chance by"),
        Text("覆盖方式", "coverage"),
    )
    return Table(columns, rows, note=Text(f"范围：{design.strata}", f"strata: {design.strata}"))


def _check(receipt: Any) -> tuple[Paragraph, ...]:
    origin = receipt.origin
    if isinstance(origin, Chosen):
        how = Text("种子由抽取人自定。", "The seed was chosen.")
    else:
        results = "、".join(origin.results)
        how = Text(
            f"种子由事先公布的公告 {origin.notice} 与公开事件的结果算出：{results}",
            f"The seed is computed of the notice {origin.notice}, published before, and of the "
            f"results of public events: {results}",
        )
    return (
        Paragraph(Text(f"种子：{receipt.seed}", f"seed: {receipt.seed}")),
        Paragraph(how),
        Paragraph(
            Text(
                "任何人可用回执 JSON 与公布的名单重新抽取：antipoverty verify 回执.json；"
                "或用文档中六十行的 Python、JavaScript、R 脚本，不需要本软件。",
                "Anybody draws again from the receipt and the published frame: antipoverty verify "
                "RECEIPT.json, or the scripts of sixty lines in Python, JavaScript and R, without "
                "this software.",
            )
        ),
    )
