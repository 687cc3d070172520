"""``antipoverty intake``: from departments' files to the tables that rules read (数据接入)."""

from __future__ import annotations

import os
import shutil
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import attrs
import typer

from antipoverty._base.csvfiles import read_text
from antipoverty.cli._language import languages
from antipoverty.cli._shell import (
    UNUSABLE,
    AreasFile,
    JsonFlag,
    ReportFile,
    day_option,
    print_json,
    print_text,
    progress,
    read_areas,
    read_pack,
)
from antipoverty.cli._tables import print_line
from antipoverty.intake import (
    GuessedSource,
    Intake,
    Mapping,
    as_toml,
    candidates,
    explain,
    guess,
    load_mapping,
    preflight,
    read,
    read_into,
    read_plausible,
    template_mapping,
    write_candidates,
)
from antipoverty.model import Household

MappingFile = Annotated[
    Path,
    typer.Argument(
        metavar="MAPPING", help="The mapping, a TOML; or a collection form (采集表) as filled in."
    ),
]
OfPack = Annotated[
    str | None,
    typer.Option("--pack", help="The pack whose model the tables are of, if it extends it."),
]
_BOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", help="A file of 16 bytes or more, under which persons are matched."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    intake = typer.Typer(no_args_is_help=True)
    intake.command("guess")(guess_)
    intake.command("check")(check)
    intake.command("run")(run)
    intake.command("link")(link)
    app.add_typer(intake, name="intake", help="From departments' files to tables (数据接入).")


def guess_(
    files: Annotated[list[Path], typer.Argument(help="Workbooks, CSV or Parquet files.")],
    out: Annotated[Path, typer.Option(help="The mapping to write.")],
    json: JsonFlag = False,
) -> None:
    """Read some files and write a first mapping to edit; every guess is marked (猜测映射)."""
    found = guess(files)
    with out.open("x", encoding="utf-8") as target:
        target.write(as_toml(_relative(one, files, out.parent) for one in found))
    guessed = sum(1 for source in found for one in source.guesses if one.field)
    columns = sum(len(source.guesses) for source in found)
    if json:
        print_json({"mapping": str(out), "columns": columns, "guessed": guessed})
    else:
        print_line(
            "{out}: {columns} columns, {guessed} guessed; check them and take out guessed = true",
            out=out,
            columns=columns,
            guessed=guessed,
        )


def link(
    mapping: MappingFile,
    out: Annotated[Path, typer.Option(help="The list to write and to decide on, a CSV or .xlsx.")],
    areas: AreasFile = None,
    json: JsonFlag = False,
) -> None:
    """List whom rows without a resident number may be about; nobody is linked (模糊匹配候选)."""
    found = candidates(load_mapping(mapping), mapping.parent, areas=read_areas(areas))
    write_candidates(out, found)
    rows = found.select("source", "row").n_unique()
    if json:
        print_json({"candidates": found.height, "rows": rows})
    else:
        print_line(
            "{out}: {rows} rows have {count} candidates; people decide, and the mapping's link "
            "names the list: decided",
            out=out,
            rows=rows,
            count=found.height,
        )


def _relative(one: GuessedSource, files: list[Path], folder: Path) -> GuessedSource:
    """The same with its path as the mapping's folder sees it."""
    place = next(path for path in files if path.name == one.path)
    return attrs.evolve(one, path=os.path.relpath(place, folder))


def check(
    mapping: MappingFile,
    pack: Annotated[
        str | None, typer.Option("--pack", help="Foretell this pack's answers; needs --as-of.")
    ] = None,
    as_of: Annotated[
        date | None, day_option("--as-of", "The day of the answer, such as 2021-12-01.")
    ] = None,
    areas: AreasFile = None,
    key: KeyFile = None,
    plausible: Annotated[
        Path | None, typer.Option(help="TOML of your own bounds for the check of units.")
    ] = None,
    report: ReportFile = None,
    json: JsonFlag = False,
) -> None:
    """Read everything and write nothing: what came, what is wrong, what it will cause (预检)."""
    policy = None if pack is None else read_pack(pack)
    intended = _intended(mapping, Household if policy is None else policy.model)
    with progress("check") as told:
        done = iter(range(len(intended.sources)))
        found = preflight(
            intended,
            mapping.parent,
            pack=policy,
            as_of=as_of,
            areas=read_areas(areas),
            key=None if key is None else key.read_bytes(),
            plausible=None if plausible is None else read_plausible(read_text(plausible)),
            progress=lambda _: told(next(done), len(intended.sources)),
        )
    if report is not None:
        found.report().write(report)
    if json:
        print_json(found.as_json())
    else:
        for language in languages():
            print_text(explain(found, language))
    raise typer.Exit(found.exit_code)


def run(
    mapping: MappingFile,
    out: Annotated[Path, typer.Option(help="The folder of tables to write.")],
    pack: OfPack = None,
    areas: AreasFile = None,
    key: KeyFile = None,
    accept_guesses: Annotated[
        bool, typer.Option("--accept-guesses", help="Use guesses that nobody has confirmed.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Read everything and write the tables; the exit code says whether to look first (接入)."""
    _report(_read(mapping, pack, areas, key, accept=accept_guesses, out=out), json=json)


def _read(
    mapping: Path,
    pack: str | None,
    areas: Path | None,
    key: Path | None,
    *,
    accept: bool,
    out: Path | None = None,
) -> Intake[Any]:
    model = Household if pack is None else read_pack(pack).model
    intended = _intended(mapping, model)
    reader = read if out is None else partial(read_into, out)
    with progress("read") as report:
        done = iter(range(len(intended.sources)))
        found: Intake[Any] = reader(
            intended,
            mapping.parent,
            areas=read_areas(areas),
            key=None if key is None else key.read_bytes(),
            model=model,
            accept_guesses=accept,
            progress=lambda _: report(next(done), len(intended.sources)),
        )
    if out is not None and found.report.exit_code == UNUSABLE:
        shutil.rmtree(out)
    return found


def _intended(mapping: Path, model: type[Household]) -> Mapping:
    """Read a mapping, or see in a filled collection form what it holds."""
    if mapping.suffix.lower() in _BOOKS:
        return template_mapping(mapping, model)
    return load_mapping(mapping, model)


def _report(found: Intake[Any], *, json: bool) -> None:
    if json:
        print_json(found.report.as_json())
    else:
        for language in languages():
            print_text(found.report.explain(language))
    raise typer.Exit(found.report.exit_code)
