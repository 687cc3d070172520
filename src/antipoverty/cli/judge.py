"""``antipoverty judge``: the alerts of a screening, judged together household by household."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, cast

import polars as pl
import typer

from antipoverty._base.csvfiles import read_csv
from antipoverty.cli._language import chosen, languages, said
from antipoverty.cli._shell import (
    ILLUSTRATIVE,
    AreasFile,
    AsOf,
    JsonFlag,
    PackName,
    print_json,
    read_areas,
    read_day,
    read_pack,
    read_table,
)
from antipoverty.cli._tables import console, print_line, print_table
from antipoverty.errors import InvalidFileError, LineError
from antipoverty.judgement import EngineName, Signal, judge_each


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("judge")(judge)


def judge(
    alerts: Annotated[Path, typer.Argument(help="Parquet or CSV of alerts, as screen writes.")],
    as_of: AsOf,
    pack: PackName = "shaanxi-2531",
    engine: Annotated[str, typer.Option(help="reference or durable.")] = "reference",
    facts: Annotated[
        Path | None,
        typer.Option(
            help="CSV of more facts: id, household_id, kind, name, on and what they have."
        ),
    ] = None,
    household: Annotated[
        str | None, typer.Option(help="Explain what is concluded of one household.")
    ] = None,
    areas: AreasFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Judge the signals of each household together (综合研判)."""
    policy = read_pack(pack)
    table = read_table(alerts)
    if table.schema.get("on") == pl.String:
        table = table.with_columns(pl.col("on").str.to_date(strict=False))
    more = [] if facts is None else _facts(facts)
    if household is not None:
        table = table.filter(pl.col("household_id") == household)
        more = [one for one in more if one.household_id == household]
    by = cast("EngineName", engine)
    tree = read_areas(areas)
    found = list(judge_each(table, policy, as_of=as_of, engine=by, facts=more, areas=tree))
    if as_json:
        print_json([one.to_dict("zh") for one in found])
        return
    if any(one.illustrative for one in found):
        print_line(ILLUSTRATIVE)
    if household is not None:
        for one in found:
            for language in languages():
                console().print(one.explain(language), markup=False)
        return
    counts = Counter((one.name, one.severity) for one in found)
    print_table(
        said("Judged together, {day}, by {engine}", day=as_of, engine=engine),
        ("conclusion", "severity", "households"),
        (
            (name, chosen(severity.zh, severity.value), count)
            for (name, severity), count in sorted(counts.items(), key=lambda pair: pair[0][0])
        ),
    )
    fallen = {one.household_id for one in found if one.fell_back}
    if fallen:
        print_line("judged by the reference: {count:,}", count=len(fallen))


def _facts(path: Path) -> list[Signal]:
    """Read facts from a CSV file; every line that cannot be used is reported."""
    found: list[Signal] = []
    problems: list[LineError] = []
    names, rows = read_csv(path)
    for number, row in rows:
        given: dict[str, Any] = {name: cell for name, cell in zip(names, row, strict=True) if cell}
        try:
            if "amount" in given:
                given["amount"] = int(given["amount"])
            found.append(Signal(**given | {"on": read_day(given.get("on", ""))}))
        except (TypeError, ValueError, typer.BadParameter) as problem:
            said = getattr(problem, "message", None) or "a column is missing or not known"
            problems.append(LineError(number, said))
    if problems:
        raise InvalidFileError("{name} cannot be used", problems, name=path.name)
    return found
