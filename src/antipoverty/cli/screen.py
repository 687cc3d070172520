"""``screen`` judges a folder of tables; ``explain`` says why, for one household."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import attrs
import narwhals as nw
import polars as pl
import typer

from antipoverty.cli._aside import in_words, noted, set_aside, show_noted, show_set_aside
from antipoverty.cli._language import chosen, languages, pair, said
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
    digests,
    print_json,
    print_text,
    progress,
    read_areas,
    read_money,
    read_pack,
)
from antipoverty.cli._tables import console, print_line, print_table
from antipoverty.cli.daily import Unjudged, follow, show_delta, write_delta
from antipoverty.cli.rule_values import need_values
from antipoverty.codes import Level
from antipoverty.conditions import Language
from antipoverty.daily import Delta, State, refuse_to_replace
from antipoverty.model import AreaTree
from antipoverty.rules import Ladder, Text, fact_label
from antipoverty.screening import (
    REASONS,
    Screening,
    Tables,
    Totals,
    write_spreadsheet,
)
from antipoverty.screening import screen as judge_all

LANGUAGES: tuple[Language, Language] = ("zh", "en")
COUNTS = ("warn", "undecided", "households warned")
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
    if keep is not None:
        refuse_to_replace(keep)  # before hours of work
    tree = read_areas(areas)
    need_values(read_pack(pack, values), as_of, out)
    tables = Tables.read(folder, zone=zone, money=read_money(money))
    runs = [Totals.read(path) for path in earlier or ()]
    if since is not None and report is not None:
        raise typer.BadParameter("a report is of a full screening; leave --since out")
    if since is not None:
        old = None if before is None else Tables.read(before, zone=zone, money=read_money(money))
        delta = follow(since, tables, read_pack(pack, values), as_of, tree, changed, old)
        enough = _show_since(delta, Unjudged.of(delta, tables, changed), judged, out, json=json)
        _leave(delta.state, keep, enough=enough)
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
    enough = _enough(screening.households, screening.households_given, judged)
    if json:
        print_json(as_document(screening, level) | {"written": written, "enough_judged": enough})
    else:
        if not enough:
            _warn_of_few(screening.households, screening.households_given, judged)
        show(screening, tree, level)
        if out:
            show_written(written, out)
        if report:
            print_line("report: {path}", path=report)
    if not enough:
        raise typer.Exit(NOT_JUDGED)


def _show_since(
    delta: Delta, unjudged: Unjudged, percentage: int, out: Path | None, *, json: bool
) -> bool:
    """Write and print a day's delta; tell whether enough households are judged."""
    enough = _enough(unjudged.judged, unjudged.households, percentage)
    written = write_delta(delta, out) if out else {}
    if not (json or enough):
        _warn_of_few(unjudged.judged, unjudged.households, percentage)
    show_delta(delta, unjudged, as_json=json, written=written, enough=enough)
    return enough


def _leave(state: State, keep: Path | None, *, enough: bool) -> None:
    if keep is not None:
        state.write(keep)
    if not enough:
        raise typer.Exit(NOT_JUDGED)


def _enough(judged: int, given: int, percentage: int) -> bool:
    """Whether so many households were judged that the answer is one: nobody is no answer."""
    return judged > 0 and judged * 100 >= percentage * given


def _warn_of_few(judged: int, given: int, percentage: int) -> None:
    print_line(
        "Too few judged: {judged:,} of {given:,} households ({percentage} % are asked for); this "
        "is no all-clear.",
        style="red",
        judged=judged,
        given=given,
        percentage=percentage,
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
    json: JsonFlag = False,
) -> None:
    """Explain every answer that is not clear for one household (预警说明)."""
    policy = read_pack(pack, values)
    tables = Tables.read(folder, zone=zone, money=read_money(money)).only(household_id)
    tree = read_areas(areas)
    judgement = judge_all(tables, policy, as_of=as_of, areas=tree).judgement(household_id)
    if json:
        shown: Language = "zh" if languages() == ("zh",) else "en"
        print_json([alert.to_dict(shown) for alert in judgement])
        return
    for language in languages():
        print_text(judgement.explain(language))


def screen_tables(
    tables: Tables[Any], pack: str, as_of: date, areas: AreaTree | None, values: Path | None
) -> Screening[Any]:
    """Screen tables as the options say, with progress."""
    policy = read_pack(pack, values)
    with progress("screen") as report:
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
        "amounts": [one.to_dict() for one in screening.stated],
        "tiers": [
            {"ladder": ladder.id, "tier": tier, "is": sure, "may_be": open_}
            for ladder, tier, _, sure, open_ in _placed(screening)
        ],
        "set_aside": set_aside(screening),
        "noted": noted(screening),
    }


def show(screening: Screening[Any], areas: AreaTree, level: Level) -> None:
    """Print the answer's counts for people."""
    screen_, pack, day = console(), screening.pack, screening.as_of
    warn, undecided, warned, judged = (_rows(screening.summary()) or [(0, 0, 0, 0)])[0]
    aside = sum(screening.rows_set_aside.values())
    print_line(chosen(*pack.title, between=" / "))
    print_line("{pack} {version}, as of {day}", pack=pack.id, version=pack.version, day=day)
    print_line(
        "judged {judged:,}, warned {warned:,}, warn {warn:,}, undecided {undecided:,}, rows set "
        "aside {aside:,}",
        judged=judged,
        warned=warned,
        warn=warn,
        undecided=undecided,
        aside=aside,
    )
    lost = [one.said for one in screening.near_ids[:_FACTS]]
    lost += [one.said for one in screening.never_came[:_FACTS]]
    for said_in in lost:
        print_line("\n".join(map(said_in, languages())), style="red")
    for language in languages():
        screen_.print(screening.trusted(language), markup=False, style="yellow")
    _show_unseen(screening)
    if screening.illustrative:
        print_line(ILLUSTRATIVE, style="yellow")
    print_table(
        "by department",
        ("department", *COUNTS),
        (
            (chosen(*pack.departments[name]), *counts)
            for name, *counts in _rows(screening.summary(by="department"))
        ),
        total=(said("total"), warn, undecided, warned),
    )
    print_table(
        said("by {level}", level=pair(level.value)),
        ("code", "area", *COUNTS, "judged"),
        (
            (code, areas.full_name(code) if code in areas else "", *counts)
            for code, *counts in _rows(screening.summary(level))
        ),
        total=("", said("total"), warn, undecided, warned, judged),
    )
    if screening.stated:
        print_table(
            "amounts",
            ("rule", "households", "amount"),
            (
                (
                    "\n".join([chosen(*one.rule.title, between="\n"), one.rule.id]),
                    one.households,
                    chosen(*map(one.said, LANGUAGES), between="\n"),
                )
                for one in screening.stated
            ),
        )
    if screening.current.ladders:
        print_table(
            "tiers",
            ("tier", "households in it", "households that may be"),
            (
                (chosen(title.zh, title.en, between="\n"), sure, open_)
                for _, _, title, sure, open_ in _placed(screening)
            ),
        )
    facts = _collected(screening.undecided()).group_by("fact").len()
    listed = facts.sort("len", "fact", descending=[True, False]).rows()
    print_table(
        "facts to verify",
        ("fact", "answers"),
        (
            (chosen(fact_label(pack, fact, "zh"), fact_label(pack, fact, "en")), count)
            for fact, count in listed[:_FACTS]
        ),
        total=(said("others"), sum(count for _, count in listed[_FACTS:])),
    )
    show_set_aside(screening)
    show_noted(screening)


def _placed(screening: Screening[Any]) -> Iterator[tuple[Ladder, str, Text, int, int]]:
    """How many households are in each tier, and how many may be."""
    counted = _collected(screening.tiers).group_by("ladder_id", "tier", "answer").len()
    many = {key: count for *key_, count in counted.rows() for key in [tuple(key_)]}
    for ladder in screening.current.ladders:
        for tier in ladder.tiers:
            sure, open_ = (many.get((ladder.id, tier.id, one), 0) for one in ("is", "may-be"))
            yield ladder, tier.id, tier.title, sure, open_


def _show_unseen(screening: Screening[Any]) -> None:
    """Print what did not come, or came without a household."""
    if screening.rosters:
        print_table(
            "rosters that do not fit",
            (
                "table",
                "short",
                "lacking",
                "surplus",
                "unknown",
            ),
            (
                (in_words(screening.pack, name), one.short, one.lacking, one.surplus, one.unknown)
                for name, one in screening.rosters.items()
            ),
        )
    if screening.unplaced:
        print_table(
            "rows that name no household",
            ("table", "area", "rows"),
            (
                (in_words(screening.pack, name), area or said("not known"), rows)
                for name, frame in screening.unplaced.items()
                for area, rows in frame.rows()
            ),
        )


def write(
    screening: Screening[Any], folder: Path, form: Literal["csv", "xlsx"] = "csv"
) -> dict[str, str]:
    """Write all alerts, the facts that would settle the undecided, lists, rows set aside."""
    folder.mkdir(parents=True, exist_ok=True)
    alerts, rejected = folder / "alerts.parquet", folder / "rejected.csv"
    undecided = folder / "undecided.parquet"
    _collected(screening.alerts).write_parquet(alerts)
    _collected(screening.undecided()).write_parquet(undecided)
    stated = _collected(screening.amounts)
    if stated.height:
        stated.write_parquet(folder / "amounts.parquet")
    if screening.current.ladders:
        _collected(screening.tiers).write_parquet(folder / "tiers.parquet")
    write_spreadsheet(_with_reasons(_collected(screening.rejected)), rejected)
    lists = screening.write_handovers(folder / "handover", form=form)
    return {
        "alerts": str(alerts),
        "undecided": str(undecided),
        "rejected": str(rejected),
        **({"amounts": str(folder / "amounts.parquet")} if stated.height else {}),
        **({"tiers": str(folder / "tiers.parquet")} if screening.current.ladders else {}),
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
    handed = folder / "handover"
    print_line("lists: {path} ({count} {form})", path=handed, count=len(lists), form=form)
    print_line("alerts: {path}", path=written["alerts"])
    print_line("undecided: {path}", path=written["undecided"])
    print_line("set aside: {path}", path=written["rejected"])
    if "amounts" in written:
        print_line("amounts: {path}", path=written["amounts"])
    if "tiers" in written:
        print_line("tiers: {path}", path=written["tiers"])
