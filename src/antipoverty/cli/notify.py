"""``antipoverty notify`` and ``duties``: from weekly figures to notices, and who owes what when."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from antipoverty._base.csvfiles import read_text
from antipoverty.cli._draws import name_of, write_new
from antipoverty.cli._language import chosen, languages, said
from antipoverty.cli._registers import Counted, Registers, on_registers
from antipoverty.cli._shell import AreasFile, JsonFlag, ReportFile, print_json, read_areas, read_day
from antipoverty.cli._tables import console, print_table
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import AntipovertyError, InvalidStatisticsError
from antipoverty.languages import LANGUAGES
from antipoverty.periods import Period
from antipoverty.scoring import (
    Draft,
    NoticePolicy,
    Statistic,
    Timetable,
    draft_notices,
    due,
    read_notices,
    read_statistics,
    texts,
    write_notices,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("notify")(notify)
    app.command("duties")(duties)


@on_registers
def notify(
    registers: Registers,
    counted: Counted,
    statistics: Annotated[
        list[Path] | None, typer.Argument(help="CSV of statistics, one or more.")
    ] = None,
    *,
    policy: Annotated[Path, typer.Option(help="TOML of indicators, weights and the choice.")],
    period: Annotated[str, typer.Option(help="Such as 2022-03 or 2022-Q1.")],
    issuer: Annotated[str, typer.Option(help="The code of the province or city that notifies.")],
    level: Annotated[str, typer.Option(help="Who is compared: city or county.")],
    issued_on: Annotated[str, typer.Option("--issued-on", help="The day of issue.")],
    after: Annotated[
        Path | None, typer.Option("--after", help="CSV of the notices so far, written out too.")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Add up what there is, though weeks are missing.")
    ] = False,
    correction: Annotated[
        str, typer.Option(help="Why figures were corrected; carried by correcting notices.")
    ] = "",
    unit: Annotated[str | None, typer.Option(help="Explain one unit, by its area code.")] = None,
    recount: Annotated[
        bool,
        typer.Option(
            "--recount", help="Count from the register what does not add up or did not come."
        ),
    ] = False,
    areas: AreasFile = None,
    out: Annotated[Path | None, typer.Option("--out", help="CSV of notices, for assess.")] = None,
    charts: Annotated[
        Path | None, typer.Option("--charts", help="A folder for charts as SVG files.")
    ] = None,
    report: ReportFile = None,
    run_from: Annotated[
        str | None,
        typer.Option(
            "--run-from",
            help="Draw run charts too, from this period on: of --unit, else of whoever is named.",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Add figures up, score and rank the units, and draft their notices (统计到通报)."""
    how, tree = NoticePolicy.from_toml(read_text(policy)), read_areas(areas)
    when, compared = Period.parse(period), Level(level)
    shares = {one.id for one in how.indicators if one.unit == "share"}
    earlier = () if after is None else read_notices(_lines(after), areas=tree)
    if run_from is not None and charts is None and report is None:
        raise typer.BadParameter("--run-from goes with --charts or --report")
    if not statistics and not recount:
        raise typer.BadParameter("give statistics, or count them from the register: --recount")
    given = _read(statistics or [], shares)
    with ExitStack() as kept:
        book = kept.enter_context(registers.read()) if recount else None
        drafted = functools.partial(
            draft_notices,
            given,
            how,
            issuer=issuer,
            level=compared,
            issued_on=read_day(issued_on),
            areas=tree,
            partial=partial,
            register=None if book is None else counted.figures(book, compared, tree, issuer),
        )
        draft = drafted(period=when, earlier=earlier, correction=correction)
        wanted = [] if run_from is None else _until(run_from, when)
        before = [drafted(period=one) for one in wanted]
    text = write_notices((*earlier, *draft.notices))
    read_notices(io.StringIO(text, newline=""), areas=tree)  # together they are sound, or refused
    names = {str(one.unit): name_of(tree, one.unit) for one in draft.scores}
    if charts is not None:
        _draw(draft, [] if run_from is None else [*before, draft], unit, names, charts)
    if report is not None:
        draft.report(names, earlier=before).write(report)
    if out is not None:
        write_new(text, out)
    if as_json:
        print_json(_document(draft, how))
        return
    for language in languages():
        console().print(texts.status(how, language), markup=False)
        if unit is not None:
            console().print(draft.explain(unit, language), markup=False)
    if unit is None:
        _print_silence(draft, tree)
        _print_scores(
            draft, how, f"{issuer} {name_of(tree, issuer)} {chosen(when.zh, str(when))}", tree
        )


def duties(
    first: Annotated[str, typer.Option("--from", help="The first day.")],
    last: Annotated[str, typer.Option("--to", help="The last day.")],
    timetable: Annotated[
        Path | None, typer.Option(help="TOML of what is owed by when; else an illustration.")
    ] = None,
    team: Annotated[str | None, typer.Option(help="Only province, city or county.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List the statistics, notices and summaries that fall due (周统计、月通报、季调度)."""
    table = Timetable() if timetable is None else Timetable.from_toml(read_text(timetable))
    teams = {} if team is None else {"teams": [Level(team)]}
    found = due(table, read_day(first), read_day(last), **teams)
    if as_json:
        print_json(
            {
                "timetable": table.id,
                "status": table.status,
                "source": table.source,
                "due": [
                    {
                        "on": str(one.on),
                        "team": one.team.value,
                        "duty": one.duty.id,
                        "period": str(one.period),
                    }
                    for one in found
                ],
            }
        )
        return
    for language in languages():
        console().print(texts.status(table, language), markup=False)
    print_table(
        said("Duties, {first} - {last}", first=first, last=last),
        ("due", "team", "duty", "period"),
        (
            (
                str(one.on),
                chosen(f"{one.team.zh}级", one.team.value),
                chosen(one.duty.title.zh, one.duty.title.en),
                chosen(one.period.zh, str(one.period)),
            )
            for one in found
        ),
    )


def _read(paths: list[Path], shares: set[str]) -> list[Statistic]:
    """Read every file, and tell the problems of all of them together."""
    found: list[Statistic] = []
    problems: list[AntipovertyError] = []
    for path in paths:
        try:
            found += read_statistics(_lines(path), shares=shares, name=path.name)
        except InvalidStatisticsError as wrong:
            problems += [one.within(path.name) for one in wrong.problems]
    if problems:
        raise InvalidStatisticsError("the statistics cannot be read", problems)
    return found


def _lines(path: Path) -> io.StringIO:
    return io.StringIO(read_text(path), newline="")


def _document(draft: Draft, policy: NoticePolicy) -> dict[str, Any]:
    return {
        "policy": policy.id,
        "status": policy.status,
        "source": policy.source,
        "expected": len(draft.scores),
        "rated": draft.rated,
        "missing": [
            {
                "unit": one.unit,
                "indicator": one.indicator,
                "parts": [[unit, str(period)] for unit, period in one.parts],
            }
            for one in draft.missing
        ],
        "nothing": [list(one) for one in draft.nothing],
        "scores": [
            {
                "unit": one.unit,
                "rank": one.rank,
                "score": None if one.total is None else str(one.total),
                "verdict": None if one.verdict is None else one.verdict.value,
                "parts": {name: None if part is None else str(part) for name, part in one.parts},
                "outside": dict(one.outside),
                "explanation": {
                    language: draft.explain(one.unit, language) for language in LANGUAGES
                },
            }
            for one in draft.scores
        ],
        "notices": [one.model_dump(mode="json") for one in draft.notices],
    }


def _until(first: str, last: Period) -> Iterator[Period]:
    """The periods from one on, before another."""
    period = Period.parse(first)
    if period.cadence is not last.cadence or period > last:
        raise typer.BadParameter(f"--run-from is a period like {last}, and not after it")
    while period < last:
        yield period
        period = period.next


def _draw(
    draft: Draft, runs: list[Draft], unit: str | None, names: dict[str, str], folder: Path
) -> None:
    """Write the charts of a draft, and of how units came to it; they need the extra ``report``."""
    from antipoverty.report import to_svg
    from antipoverty.scoring import charts

    drawn = charts.pictures(draft, names)
    named = [one.unit for one in draft.scores if one.verdict is not None and one.verdict.sign != 0]
    for whose in [unit] if unit is not None else named:
        drawn |= charts.run_charts(runs, whose, names)
    folder.mkdir(parents=True, exist_ok=True)
    for name, (_, draw) in drawn.items():
        for language in languages():
            write_new(to_svg(draw(language)), folder / f"{name}.{language}.svg")


def _print_silence(draft: Draft, tree: Any) -> None:
    """Name first who did not report, then who says that there was nothing to report."""
    if draft.missing:
        _print_missing(draft, tree)
    if draft.nothing:
        print_table(
            "Nothing to count, as declared",
            ("unit", "name", "indicator"),
            ((unit, name_of(tree, unit), indicator) for unit, indicator in draft.nothing),
        )


def _print_missing(draft: Draft, tree: Any) -> None:
    print_table(
        "Not reported",
        ("unit", "name", "indicator", "lacks"),
        (
            (
                one.unit,
                name_of(tree, one.unit),
                one.indicator,
                ", ".join(f"{unit} {period}" for unit, period in one.parts[:5])
                + (f" +{len(one.parts) - 5}" if len(one.parts) > 5 else ""),
            )
            for one in draft.missing
        ),
    )


def _print_scores(draft: Draft, policy: NoticePolicy, title: str, tree: Any) -> None:
    print_table(
        said(
            "Scores, {title} (rated {rated}, expected {expected})",
            title=title,
            rated=draft.rated,
            expected=len(draft.scores),
        ),
        (
            "rank",
            "places",
            "unit",
            "name",
            "score",
            "verdict",
            *(("luck",) if draft.luck else ()),
            *(chosen(*one.title, between="\n") for one in policy.indicators),
        ),
        (
            (
                said("unrated") if one.rank is None else str(one.rank),
                _places(draft, one.unit),
                one.unit,
                name_of(tree, one.unit),
                _shown(one.total),
                "" if one.verdict is None else chosen(one.verdict.zh, one.verdict.value),
                *((_by_luck(draft, one.unit),) if draft.luck else ()),
                *(_shown(part) for _, part in one.parts),
            )
            for one in draft.scores
        ),
    )


def _places(draft: Draft, unit: AreaCode) -> str:
    """The first and the last place that a unit's true quality may have."""
    places = draft.intervals.get(unit)
    return "" if places is None else f"{places[0]}-{places[1]}"


def _by_luck(draft: Draft, unit: AreaCode) -> str:
    """The chance that luck alone commends, and criticises, a unit of that size."""
    chances = draft.luck.get(unit)
    return "" if chances is None else f"{chances[0]:.0%} / {chances[1]:.0%}"


def _shown(score: Fraction | None) -> str:
    return "" if score is None else f"{float(score):.2f}"
