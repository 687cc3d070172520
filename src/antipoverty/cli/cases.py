"""``antipoverty cases`` and ``antipoverty problems``: the two registers in a database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
import typer

from antipoverty._documents import plain
from antipoverty.casework import (
    Book,
    Task,
    Workflow,
    in_times,
    matching,
    progress,
    proposals,
    view,
)
from antipoverty.cli._shell import (
    JsonFlag,
    console,
    print_json,
    print_table,
    read_day,
    read_pack,
)
from antipoverty.packs import shaanxi_rectification, shaanxi_workflow
from antipoverty.periods import Period

if TYPE_CHECKING:
    from antipoverty.casework import Casebook

Store = Annotated[
    str,
    typer.Option(
        "--store", envvar="ANTIPOVERTY_STORE", help="sqlite:///cases.db or postgresql://..."
    ),
]
PackOf = Annotated[str, typer.Option("--pack", help="The pack whose alerts become cases.")]
FlowFile = Annotated[
    Path | None, typer.Option("--workflow", help="TOML of the comparison register's steps.")
]
By = Annotated[str, typer.Option("--by", help="Who: the role first, such as keeper-17.")]
On = Annotated[str, typer.Option("--on", help="The day, such as 2022-02-01.")]
AsOfDay = Annotated[str, typer.Option("--as-of", help="The day of the answer.")]
Finding = Annotated[
    list[str] | None,
    typer.Option("--finding", help="WORD=yes, WORD=no, WORD=12 or WORD=reference; repeat."),
]
Outcome = Annotated[str | None, typer.Option("--outcome", help="Another outcome of the step.")]
AreaPrefix = Annotated[str, typer.Option("--area", help="Only this area or grid.")]
DEFAULT = "sqlite:///cases.db"
ILLUSTRATIVE = (
    "示例：办理时限未见公布。",
    "Illustrative: the time limits are not published policy.",
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    cases = typer.Typer(help="The comparison register (信息比对库).", no_args_is_help=True)
    cases.command("open")(open_)
    cases.command("list")(list_)
    cases.command("show")(show)
    cases.command("step")(step)
    cases.command("help")(help_)
    cases.command("report")(report)
    cases.command("urge")(urge)
    cases.command("in-times")(times)
    cases.command("seal")(seal)
    app.add_typer(cases, name="cases")
    problems = typer.Typer(help="The rectification register (问题整改库).", no_args_is_help=True)
    problems.command("add")(add_problem)
    problems.command("list")(list_problems)
    problems.command("step")(step_problem)
    problems.command("extend")(extend)
    problems.command("progress")(progress_)
    app.add_typer(problems, name="problems")


def _casebook(store: str, pack: str, workflow: Path | None) -> Casebook:
    from antipoverty.casework import Casebook  # with the extra 'store'

    flow = shaanxi_workflow()
    if workflow is not None:
        flow = Workflow.from_toml(workflow.read_text(encoding="utf-8"))
    return Casebook.open(store, Book(read_pack(pack), flow, shaanxi_rectification()))


def _table(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    return pl.read_csv(path, infer_schema=False)


def _finding(given: Iterable[str] | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in given or ():
        word, mark, value = one.partition("=")
        if not mark:
            raise typer.BadParameter(f"{word!r} has no value; write WORD=yes or WORD=reference")
        if value in ("yes", "no"):
            found[word] = value == "yes"
        else:
            found[word] = int(value) if value.isascii() and value.isdigit() else value
    return found


def open_(
    alerts: Annotated[Path, typer.Argument(help="Parquet or CSV of alerts, as screen writes.")],
    as_of: AsOfDay,
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
    workflow: FlowFile = None,
    undecided: Annotated[
        Path | None, typer.Option(help="Parquet or CSV of household_id, rule_id, fact.")
    ] = None,
    by: By = "platform",
) -> None:
    """Turn alerts into cases, one for each household; the same file again changes nothing."""
    facts = None if undecided is None else _table(undecided)
    with _casebook(store, pack, workflow) as casebook:
        day = read_day(as_of)
        count = casebook.open_cases(_table(alerts), as_of=day, undecided=facts, by=by)
        console().print(f"事件 events: {count:,}", markup=False)


def list_(
    as_of: AsOfDay,
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
    workflow: FlowFile = None,
    department: Annotated[str | None, typer.Option(help="Only with its signals.")] = None,
    area: AreaPrefix = "",
    late: Annotated[bool, typer.Option("--late", help="Only what is overdue.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many lines.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """List open cases, the most overdue first."""
    day = read_day(as_of)
    with _casebook(store, pack, workflow) as casebook:
        tasks = casebook.worklist(as_of=day, department=department, area=area, limit=limit)
        shown = [task for task in tasks if task.late or not late]
        if as_json:
            print_json(plain(shown))
            return
        _print_tasks("待办 Worklist", casebook.empty, shown, day)


def _print_tasks(title: str, book: Book, tasks: Iterable[Task], day: date) -> None:
    if book.illustrative:
        for text in ILLUSTRATIVE:
            console().print(text, markup=False)
    print_table(
        f"{title}, {day}",
        (
            "编号 id",
            "区划 area",
            "状态 state",
            "期限 due",
            "超期 late",
            "下一步 next",
            "待核 facts",
        ),
        (
            (
                task.id,
                task.area,
                task.state,
                str(task.due or ""),
                task.late,
                " ".join(task.steps),
                " ".join(task.facts),
            )
            for task in tasks
        ),
    )


def show(
    case_id: Annotated[str, typer.Argument(help="The household's id.")],
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
    workflow: FlowFile = None,
    role: Annotated[str, typer.Option(help="public, keeper, department or county.")] = "county",
    department: Annotated[str | None, typer.Option(help="For the role department.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show a case as a role may see it."""
    with _casebook(store, pack, workflow) as casebook:
        case = casebook.case(case_id)
        book = casebook.empty.with_({case.id: case}, {})
        document = view(book, case, role, department=department)
        if role == "county":
            document["proposals"] = plain(list(proposals(book, case)))
            document["measures_to_match"] = plain(matching(book, case))
        if as_json:
            print_json(document)
            return
        for name, value in document.items():
            console().print(f"{name}: {value}", markup=False)


def step(
    case_id: Annotated[str, typer.Argument(help="The household's id.")],
    name: Annotated[str, typer.Argument(help="The step, such as home_check.")],
    by: By,
    on: On,
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
    workflow: FlowFile = None,
    finding: Finding = None,
    outcome: Outcome = None,
    why: Annotated[str, typer.Option(help="An opaque reference to the reason.")] = "",
) -> None:
    """Take a step of a case."""
    with _casebook(store, pack, workflow) as casebook:
        case = casebook.advance(
            case_id,
            name,
            by=by,
            on=read_day(on),
            finding=_finding(finding),
            outcome=outcome,
            why=why,
        )
        console().print(repr(case), markup=False)


def help_(
    case_id: Annotated[str, typer.Argument(help="The household's id.")],
    measure: Annotated[str, typer.Argument(help="The kind of help.")],
    risk: Annotated[str, typer.Option(help="The risk it is aimed at.")],
    by: By,
    on: On,
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
    workflow: FlowFile = None,
) -> None:
    """Record a measure, before or after the decision."""
    with _casebook(store, pack, workflow) as casebook:
        case = casebook.help_(case_id, measure, risk=risk, by=by, on=read_day(on))
        console().print(repr(case), markup=False)


def report(
    area: Annotated[str, typer.Option(help="Where the household lives.")],
    token: Annotated[str, typer.Option(help="The reporting system's opaque number.")],
    on: On,
    by: By = "platform",
    household: Annotated[str | None, typer.Option(help="Its id, if a file knows it.")] = None,
    risk: Annotated[str, typer.Option(help="The risk it names.")] = "other",
    consent: Annotated[bool, typer.Option("--consent", help="It agreed to comparison.")] = False,
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
    workflow: FlowFile = None,
) -> None:
    """Take a self-report (一键申报)."""
    with _casebook(store, pack, workflow) as casebook:
        case = casebook.report(
            household, area=area, on=read_day(on), by=by, token=token, consent=consent, risk=risk
        )
        console().print(repr(case), markup=False)


def urge(
    as_of: AsOfDay,
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
    workflow: FlowFile = None,
) -> None:
    """Urge what is overdue and hand it up."""
    with _casebook(store, pack, workflow) as casebook:
        count = casebook.urge(as_of=read_day(as_of))
        console().print(f"督办 urged: {count:,}", markup=False)


def times(
    period: Annotated[str, typer.Option(help="Such as 2022-02 or 2022-Q1.")],
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
    workflow: FlowFile = None,
    level: Annotated[str | None, typer.Option(help="city, county ...; else department.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say how soon cases were detected, decided and helped (三早)."""
    with _casebook(store, pack, workflow) as casebook:
        found = in_times(casebook.book(), level=level, period=Period.parse(period))
    if as_json:
        print_json(plain(list(found)))
        return
    print_table(
        f"三早 In-times, {period}",
        ("范围 key", "事项 what", "户 cases", "完成 done", "中位 median", "九成 p90"),
        (
            (
                one.key,
                one.what,
                one.cases,
                one.done,
                "" if one.median is None else f"{float(one.median):g}",
                "" if one.p90 is None else str(one.p90),
            )
            for one in found
        ),
    )


def seal(store: Store = DEFAULT, pack: PackOf = "shaanxi-2531", workflow: FlowFile = None) -> None:
    """Check every chain of events and print the seal over all of them."""
    with _casebook(store, pack, workflow) as casebook:
        console().print(casebook.seal(), markup=False)


# --- problems ----------------------------------------------------------------------------


def add_problem(
    problem_id: Annotated[str, typer.Argument(help="An opaque id.")],
    area: Annotated[str, typer.Option(help="Where it was found.")],
    origin: Annotated[str, typer.Option(help="spot-check, audit, hotline, feedback ...")],
    by: By,
    on: On,
    condition: Annotated[str, typer.Option(help="A condition that like cases meet.")] = "",
    reference: Annotated[str, typer.Option(help="The number of its file.")] = "",
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
) -> None:
    """Put a problem on the list."""
    with _casebook(store, pack, None) as casebook:
        found = casebook.list_problem(
            problem_id,
            area=area,
            origin=origin,
            on=read_day(on),
            by=by,
            reference=reference,
            condition=condition,
        )
        console().print(repr(found), markup=False)


def step_problem(
    problem_id: Annotated[str, typer.Argument(help="The problem.")],
    name: Annotated[str, typer.Argument(help="assign, repair or verify.")],
    by: By,
    on: On,
    finding: Finding = None,
    outcome: Outcome = None,
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
) -> None:
    """Take a step of a problem."""
    with _casebook(store, pack, None) as casebook:
        found = casebook.advance_problem(
            problem_id, name, by=by, on=read_day(on), finding=_finding(finding), outcome=outcome
        )
        console().print(repr(found), markup=False)


def list_problems(
    as_of: AsOfDay,
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
    department: Annotated[str | None, typer.Option(help="Only what it must repair.")] = None,
    area: AreaPrefix = "",
    late: Annotated[bool, typer.Option("--late", help="Only what is overdue.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many lines.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """List open problems, the most overdue first."""
    day = read_day(as_of)
    with _casebook(store, pack, None) as casebook:
        tasks = casebook.problem_list(as_of=day, department=department, area=area, limit=limit)
        shown = [task for task in tasks if task.late or not late]
        if as_json:
            print_json(plain(shown))
            return
        _print_tasks("问题清单 Problems", casebook.empty, shown, day)


def extend(
    problem_id: Annotated[str, typer.Argument(help="The problem.")],
    folder: Annotated[Path, typer.Argument(help="Folder of Parquet tables to look through.")],
    as_of: AsOfDay,
    by: By = "platform",
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
) -> None:
    """Put down the other households its condition holds for (举一反三)."""
    from antipoverty.casework import like_cases
    from antipoverty.screening import Tables

    day = read_day(as_of)
    with _casebook(store, pack, None) as casebook:
        problem = casebook.problem(problem_id)
        like = like_cases(problem, casebook.empty, Tables.read(folder), as_of=day)
        found = casebook.extend(problem_id, like, on=day, by=by)
        console().print(repr(found), markup=False)


def progress_(
    as_of: AsOfDay,
    level: Annotated[str | None, typer.Option(help="city, county ...; else department.")] = None,
    store: Store = DEFAULT,
    pack: PackOf = "shaanxi-2531",
    as_json: JsonFlag = False,
) -> None:
    """Say how far problems are from zero (清零进度)."""
    with _casebook(store, pack, None) as casebook:
        found = progress(casebook.book(), as_of=read_day(as_of), level=level)
    if as_json:
        print_json(plain(list(found)))
        return
    print_table(
        f"清零 To zero, {as_of}",
        ("范围 key", "列入 listed", "清零 zeroed", "未清 open", "超期 overdue"),
        ((one.key, one.listed, one.zeroed, one.open, one.overdue) for one in found),
    )
