"""``screen`` judges a folder of tables; ``explain`` says why, for one household."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import attrs
import narwhals as nw
import polars as pl
import typer

from antipoverty.cli._language import languages
from antipoverty.cli._shell import (
    ILLUSTRATIVE,
    NOT_JUDGED,
    AreasFile,
    AsOf,
    Folder,
    JsonFlag,
    MoneyUnits,
    PackName,
    ReportFile,
    ValuesFile,
    Withhold,
    Zone,
    console,
    digests,
    print_json,
    print_table,
    print_text,
    progress,
    read_areas,
    read_money,
    read_pack,
)
from antipoverty.cli.daily import follow, show_delta, write_delta
from antipoverty.cli.rule_values import need_values
from antipoverty.codes import Level
from antipoverty.conditions import Language
from antipoverty.model import AreaTree
from antipoverty.rules import Pack, fact_label
from antipoverty.screening import NOTES, REASONS, Screening, Tables, Totals, write_spreadsheet
from antipoverty.screening import screen as judge_all

COUNTS = ("预警\nwarn", "待核实\nundecided", "预警户\nhouseholds")
TOTAL = "合计 total"
HOUSEHOLDS = "households"
_FACTS = 12


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(screen)
    app.command()(explain)


def screen(
    folder: Folder,
    pack: PackName,
    as_of: AsOf,
    areas: AreasFile = None,
    values: ValuesFile = None,
    zone: Zone = None,
    money: MoneyUnits = None,
    level: Annotated[Level, typer.Option(help="Count by this level of area.")] = Level.CITY,
    out: Annotated[
        Path | None, typer.Option(help="Write alerts, hand-over lists and rows set aside here.")
    ] = None,
    lists: Annotated[
        Literal["csv", "xlsx"], typer.Option(help="How hand-over lists are written.")
    ] = "csv",
    judged: Annotated[
        int,
        typer.Option(
            min=0,
            max=100,
            help="Exit with 3 when fewer households than this percentage are judged.",
        ),
    ] = 90,
    report: ReportFile = None,
    withhold: Withhold = 5,
    households: Annotated[
        int,
        typer.Option(
            min=0,
            help="List so many answers of each department, explained with their amounts.",
        ),
    ] = 0,
    earlier: Annotated[
        list[Path] | None,
        typer.Option(help="What --json printed of an earlier run, for the trend; repeatable."),
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Keep the state here, for --since on a later day.")
    ] = None,
    since: Annotated[
        Path | None, typer.Option(help="Tell what changed since the state of an earlier day.")
    ] = None,
    changed: Annotated[
        Path | None, typer.Option(help="With --since: whose rows changed, CSV of household_id.")
    ] = None,
    before: Annotated[
        Path | None, typer.Option(help="With --since: the tables as they were, to compare.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Judge every household of a folder of Parquet tables (筛查)."""
    tree = read_areas(areas)
    need_values(read_pack(pack, values), as_of, out)
    tables = Tables.read(folder, zone=zone, money=read_money(money))
    runs = [Totals.read(path) for path in earlier or ()]
    if since is not None and report is not None:
        raise typer.BadParameter("a report is of a full screening; leave --since out")
    if since is not None:
        old = None if before is None else Tables.read(before, zone=zone, money=read_money(money))
        delta = follow(since, tables, read_pack(pack, values), as_of, tree, changed, old)
        show_delta(delta, as_json=json, written=write_delta(delta, out) if out else {})
        if keep is not None:
            delta.state.write(keep)
        return
    if changed is not None or before is not None:
        raise typer.BadParameter("--changed and --before go with --since")
    screening = screen_tables(tables, pack, as_of, tree, values)
    if keep is not None:
        screening.state().write(keep)
    written = write(screening, out, lists) if out else {}
    if report:
        page = screening.report(
            level=level,
            withhold=withhold,
            households=households,
            earlier=runs,
            inputs=digests(folder),
        )
        written["report"] = str(page.write(report))
    enough = _enough(screening, judged)
    if json:
        print_json(as_document(screening, level) | {"written": written, "enough_judged": enough})
    else:
        if not enough:
            _warn_of_few(screening, judged)
        show(screening, tree, level)
        if out:
            show_written(written, out)
        if report:
            console().print(f"报告 report: {report}", markup=False)
    if not enough:
        raise typer.Exit(NOT_JUDGED)


def _enough(screening: Screening[Any], percentage: int) -> bool:
    """Whether so many households were judged that the answer is one: nobody is no answer."""
    judged, given = screening.households, screening.households_given
    return judged > 0 and judged * 100 >= percentage * given


def _warn_of_few(screening: Screening[Any], percentage: int) -> None:
    judged, given = screening.households, screening.households_given
    console().print(
        f"判定不足：{given:,} 户中只判定 {judged:,} 户（须达 {percentage} %），不可视为正常。\n"
        f"Too few judged: {judged:,} of {given:,} households ({percentage} % are asked for); "
        "this is no all-clear.",
        markup=False,
        style="red",
    )


def explain(
    folder: Folder,
    household_id: Annotated[str, typer.Argument(help="The household's opaque id.")],
    pack: PackName,
    as_of: AsOf,
    areas: AreasFile = None,
    values: ValuesFile = None,
    zone: Zone = None,
    money: MoneyUnits = None,
    language: Annotated[str, typer.Option(help="zh, en or both.")] = "both",
    json: JsonFlag = False,
) -> None:
    """Explain every answer that is not clear for one household (预警说明)."""
    if language not in ("zh", "en", "both"):
        raise typer.BadParameter(f"{language!r} is not zh, en or both")
    policy = read_pack(pack, values)
    tables = Tables.read(folder, zone=zone, money=read_money(money)).only(household_id)
    tree = read_areas(areas)
    judgement = judge_all(tables, policy, as_of=as_of, areas=tree).judgement(household_id)
    if json:
        shown: Language = "zh" if language == "zh" else "en"
        print_json([alert.to_dict(shown) for alert in judgement])
        return
    for one in languages():
        if language in (one, "both"):
            print_text(judgement.explain(one))


def screen_tables(
    tables: Tables[Any], pack: str, as_of: date, areas: AreaTree | None, values: Path | None
) -> Screening[Any]:
    """Screen tables as the options say, with progress."""
    policy = read_pack(pack, values)
    with progress("screen 筛查") as report:
        return judge_all(
            tables,
            policy,
            as_of=as_of,
            areas=areas,
            progress=lambda _step, done, total: report(done, total),
        )


def _collected(frame: Any) -> pl.DataFrame:
    table: pl.DataFrame = nw.from_native(frame).lazy().collect(backend="polars").to_native()
    return table


def _rows(frame: Any) -> list[tuple[Any, ...]]:
    return _collected(frame).rows()


def as_document(screening: Screening[Any], level: Level) -> dict[str, Any]:
    """The answer's counts as plain data."""

    def named(frame: Any) -> list[dict[str, Any]]:
        return _collected(frame).rows(named=True)

    return {
        "pack": screening.pack.id,
        "as_of": screening.as_of.isoformat(),
        "totals": screening.totals(level).to_dict(),
        "illustrative": screening.illustrative,
        "near_ids": [one.to_dict() for one in screening.near_ids],
        "trusted": screening.deliveries is None,
        "deliveries_lost": [one.model_dump(mode="json") for one in screening.deliveries_lost],
        "rosters": {name: attrs.asdict(one) for name, one in screening.rosters.items()},
        "unplaced": {name: rows.to_dicts() for name, rows in screening.unplaced.items()},
        "never_came": [one.to_dict() for one in screening.never_came],
        "total": named(screening.summary())[0] if screening.households else {},
        "by_department": named(screening.summary(by="department")),
        "by_area": named(screening.summary(level)),
        "by_rule": named(screening.summary(by="rule_id")),
        "set_aside": [
            {"table": table, "reason": reason, "field": field, "rows": rows}
            for (table, reason, field), rows in sorted(screening.rejected_counts.items())
        ],
        "noted": [
            {"table": table, "reason": reason, "field": field, "rows": rows}
            for (table, reason, field), rows in sorted(screening.noted.items())
        ],
    }


def show(screening: Screening[Any], areas: AreaTree, level: Level) -> None:
    """Print the answer's counts for people."""
    screen_, pack = console(), screening.pack
    warn, undecided, warned, judged = (_rows(screening.summary()) or [(0, 0, 0, 0)])[0]
    aside = sum(screening.rows_set_aside.values())
    screen_.print(
        f"{pack.title.zh} / {pack.title.en}\n"
        f"{pack.id} {pack.version}，判定日 as of {screening.as_of}\n"
        f"判定户 judged {judged:,}，预警户 warned {warned:,}，预警 warn {warn:,}\n"
        f"待核实 undecided {undecided:,}，剔除的行 rows set aside {aside:,}",
        markup=False,
    )
    for near in screening.near_ids[:_FACTS]:
        screen_.print(f"{near.said('zh')}\n{near.said('en')}", markup=False, style="red")
    for one in screening.never_came[:_FACTS]:
        screen_.print(f"{one.said('zh')}\n{one.said('en')}", markup=False, style="red")
    for language in languages():
        screen_.print(screening.trusted(language), markup=False, style="yellow")
    _show_unseen(screening)
    if screening.illustrative:
        screen_.print(ILLUSTRATIVE, style="yellow")
    print_table(
        "按部门 by department",
        ("部门 department", *COUNTS),
        (
            (f"{pack.departments[name].zh} {pack.departments[name].en}", *counts)
            for name, *counts in _rows(screening.summary(by="department"))
        ),
        total=(TOTAL, warn, undecided, warned),
    )
    print_table(
        f"按地区 by {level.value}",
        ("代码\ncode", "地区\narea", *COUNTS, "判定户\njudged"),
        (
            (code, areas.full_name(code) if code in areas else "", *counts)
            for code, *counts in _rows(screening.summary(level))
        ),
        total=("", TOTAL, warn, undecided, warned, judged),
    )
    facts = _collected(screening.undecided()).group_by("fact").len()
    listed = facts.sort("len", "fact", descending=[True, False]).rows()
    print_table(
        "待核实的事实 facts to verify",
        ("事实", "fact", "次数\nanswers"),
        (
            (fact_label(pack, fact, "zh"), fact_label(pack, fact, "en"), count)
            for fact, count in listed[:_FACTS]
        ),
        total=("其余", "others", sum(count for _, count in listed[_FACTS:])),
    )
    print_table(
        "剔除的行 rows set aside",
        ("表\ntable", "原因\nreason", "字段\nfield", "行数\nrows"),
        (
            (_both(pack, table), "\n".join(REASONS[reason]), _both(pack, table, field), rows)
            for (table, reason, field), rows in sorted(screening.rejected_counts.items())
        ),
        total=(TOTAL, "", "", aside),
    )
    if screening.noted:
        print_table(
            "存疑的行（已判定）odd rows, judged all the same",
            ("表\ntable", "疑点\noddity", "字段\nfield", "行数\nrows"),
            (
                (_both(pack, table), "\n".join(NOTES[reason]), _both(pack, table, field), rows)
                for (table, reason, field), rows in sorted(screening.noted.items())
            ),
        )


def _show_unseen(screening: Screening[Any]) -> None:
    """Print what did not come, or came without a household."""
    if screening.rosters:
        print_table(
            "名册不符 rosters that do not fit",
            (
                "表\ntable",
                "缺人户\nshort",
                "缺行\nlacking",
                "多出户\nsurplus",
                "人数不详户\nunknown",
            ),
            (
                (_both(screening.pack, name), one.short, one.lacking, one.surplus, one.unknown)
                for name, one in screening.rosters.items()
            ),
        )
    if screening.unplaced:
        print_table(
            "未能归户的行 rows that name no household",
            ("表\ntable", "地区\narea", "行数\nrows"),
            (
                (_both(screening.pack, name), area or "不详 not known", rows)
                for name, frame in screening.unplaced.items()
                for area, rows in frame.rows()
            ),
        )


def _both(pack: Pack, table: str, field: str = "") -> str:
    """A table or a field in Chinese, and under it as the columns name it."""
    owner = pack.schema.table(None if table == HOUSEHOLDS else table)
    if not field:
        return f"{owner.zh}\n{table}"
    path = field if table == HOUSEHOLDS or field not in owner.fields else f"{table}.{field}"
    return f"{fact_label(pack, path, 'zh').rpartition('的')[2]}\n{field}"


def write(
    screening: Screening[Any], folder: Path, form: Literal["csv", "xlsx"] = "csv"
) -> dict[str, str]:
    """Write all alerts, the facts that would settle the undecided, lists, rows set aside."""
    folder.mkdir(parents=True, exist_ok=True)
    alerts, rejected = folder / "alerts.parquet", folder / "rejected.csv"
    undecided = folder / "undecided.parquet"
    _collected(screening.alerts).write_parquet(alerts)
    _collected(screening.undecided()).write_parquet(undecided)
    write_spreadsheet(_with_reasons(_collected(screening.rejected)), rejected)
    lists = screening.write_handovers(folder / "handover", form=form)
    return {
        "alerts": str(alerts),
        "undecided": str(undecided),
        "rejected": str(rejected),
        **{f"handover {name}": str(path) for name, path in lists.items()},
    }


def _with_reasons(rejected: pl.DataFrame) -> pl.DataFrame:
    """Put each reason in words beside its code."""
    return rejected.with_columns(
        pl.col("reason").replace({code: words[0] for code, words in REASONS.items()}).alias("原因"),
        pl.col("reason")
        .replace({code: words[1] for code, words in REASONS.items()})
        .alias("meaning"),
    )


def show_written(written: dict[str, str], folder: Path) -> None:
    """Say what was written where."""
    lists = [path for name, path in written.items() if name.startswith("handover ")]
    form = Path(lists[0]).suffix[1:].upper() if lists else ""
    for text in (
        f"清单 lists: {folder / 'handover'} ({len(lists)} {form})",
        f"全部预警 alerts: {written['alerts']}",
        f"待核实 undecided: {written['undecided']}",
        f"剔除的行 set aside: {written['rejected']}",
    ):
        console().print(text, markup=False)
