"""``screen`` judges a folder of tables; ``explain`` says why, for one household."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import narwhals as nw
import polars as pl
import typer

from antipoverty.cli._shell import (
    ILLUSTRATIVE,
    AreasFile,
    AsOf,
    Folder,
    JsonFlag,
    PackName,
    ValuesFile,
    console,
    print_json,
    print_table,
    progress,
    read_areas,
    read_day,
    read_pack,
)
from antipoverty.codes import Level
from antipoverty.conditions import Language
from antipoverty.model import AreaTree
from antipoverty.screening import REASONS, Screening, Tables
from antipoverty.screening import screen as judge_all

COUNTS = ("预警 warn", "待核实 undecided", "预警户 households")


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
    level: Annotated[Level, typer.Option(help="Count by this level of area.")] = Level.CITY,
    out: Annotated[
        Path | None, typer.Option(help="Write alerts, hand-over lists and rows set aside here.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Judge every household of a folder of Parquet tables."""
    tree = read_areas(areas)
    screening = screen_folder(folder, pack, as_of, tree, values)
    written = write(screening, out) if out else {}
    if json:
        print_json(as_document(screening, level) | {"written": written})
        return
    show(screening, tree, level)
    for name, path in written.items():
        console().print(f"{name}: {path}")


def explain(
    folder: Folder,
    household_id: Annotated[str, typer.Argument(help="The household's opaque id.")],
    pack: PackName,
    as_of: AsOf,
    values: ValuesFile = None,
    language: Annotated[str, typer.Option(help="zh, en or both.")] = "both",
    json: JsonFlag = False,
) -> None:
    """Explain every answer that is not clear for one household."""
    if language not in ("zh", "en", "both"):
        raise typer.BadParameter(f"{language!r} is not zh, en or both")
    judgement = screen_folder(folder, pack, as_of, None, values).judgement(household_id)
    if json:
        shown: Language = "zh" if language == "zh" else "en"
        print_json([alert.to_dict(shown) for alert in judgement])
        return
    wanted: tuple[Language, ...] = ("zh", "en")
    for one in wanted:
        if language in (one, "both"):
            console().print(judgement.explain(one), markup=False)


def screen_folder(
    folder: Path, pack: str, as_of: str, areas: AreaTree | None, values: Path | None
) -> Screening:
    """Screen a folder as the options say, with progress."""
    day, policy = read_day(as_of), read_pack(pack, values)
    with progress("screen 筛查") as report:
        return judge_all(
            Tables.read(folder),
            policy,
            as_of=day,
            areas=areas,
            progress=lambda _step, done, total: report(done, total),
        )


def _collected(frame: Any) -> pl.DataFrame:
    collected: pl.DataFrame = nw.from_native(frame).lazy().collect(backend="polars").to_native()
    return collected


def _rows(frame: Any) -> list[tuple[Any, ...]]:
    return _collected(frame).rows()


def as_document(screening: Screening, level: Level) -> dict[str, Any]:
    """The answer's counts as plain data."""

    def named(frame: Any) -> list[dict[str, Any]]:
        return _collected(frame).rows(named=True)

    return {
        "pack": screening.pack.id,
        "as_of": screening.as_of.isoformat(),
        "illustrative": screening.illustrative,
        "total": named(screening.summary())[0] if screening.households else {},
        "by_department": named(screening.summary(by="department")),
        "by_area": named(screening.summary(level)),
        "by_rule": named(screening.summary(by="rule_id")),
        "set_aside": [
            {"table": table, "reason": reason, "field": field, "rows": rows}
            for (table, reason, field), rows in sorted(screening.rejected_counts.items())
        ],
    }


def show(screening: Screening, areas: AreaTree, level: Level) -> None:
    """Print the answer's counts for people."""
    screen_ = console()
    screen_.print(f"{screening!r}", markup=False)
    if screening.illustrative:
        screen_.print(ILLUSTRATIVE, style="yellow")
    departments = screening.pack.departments
    print_table(
        "按部门 by department",
        ("部门", "department", *COUNTS),
        (
            (departments[name].zh, departments[name].en, *counts)
            for name, *counts in _rows(screening.summary(by="department"))
        ),
    )
    print_table(
        f"按地区 by {level.value}",
        ("代码", "地区 area", *COUNTS, "总户数 judged"),
        (
            (code, areas.full_name(code) if code in areas else "", *counts)
            for code, *counts in _rows(screening.summary(level))
        ),
    )
    facts = pl.DataFrame(_rows(screening.undecided()), schema=["h", "a", "r", "fact"], orient="row")
    counted = facts.group_by("fact").len().sort("len", "fact", descending=[True, False])
    print_table(
        "待核实的事实 facts to verify", ("事实 fact", "次数 answers"), _first(counted.rows())
    )
    print_table(
        "剔除的行 rows set aside",
        ("表 table", "原因", "reason", "字段 field", "行数 rows"),
        (
            (table, *REASONS[reason], field, rows)
            for (table, reason, field), rows in sorted(screening.rejected_counts.items())
        ),
    )


def _first(rows: list[tuple[Any, ...]], count: int = 10) -> Iterable[tuple[Any, ...]]:
    rest = sum(row[-1] for row in rows[count:])
    return [*rows[:count], *([("…", rest)] if rest else [])]


def write(screening: Screening, folder: Path) -> dict[str, str]:
    """Write all alerts, the facts that would settle the undecided, lists, rows set aside."""
    folder.mkdir(parents=True, exist_ok=True)
    alerts, rejected = folder / "alerts.parquet", folder / "rejected.csv"
    undecided = folder / "undecided.parquet"
    _collected(screening.alerts).write_parquet(alerts)
    _collected(screening.undecided()).write_parquet(undecided)
    _collected(screening.rejected).write_csv(rejected)
    lists = screening.write_handovers(folder / "handover")
    return {
        "alerts": str(alerts),
        "undecided": str(undecided),
        "rejected": str(rejected),
        **{f"handover {name}": str(path) for name, path in lists.items()},
    }
