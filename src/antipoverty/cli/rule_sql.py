"""``rules sql`` writes the rules of a pack as statements of a database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from antipoverty.cli._shell import (
    AreasFile,
    AsOf,
    JsonFlag,
    PackName,
    ValuesFile,
    print_json,
    read_areas,
    read_pack,
)
from antipoverty.cli.rule_values import need_values
from antipoverty.sql import rules_in_sql


def register(rules: typer.Typer) -> None:
    """Add the command."""
    rules.command("sql")(sql)


def sql(
    pack: PackName,
    as_of: AsOf,
    dialect: Annotated[
        str,
        typer.Option(
            help="The database's language: postgres, sqlite, duckdb, mysql, clickhouse; "
            "generated, not run: doris, starrocks, hive, trino, oracle."
        ),
    ],
    areas: AreasFile = None,
    values: ValuesFile = None,
    table: Annotated[
        list[str] | None,
        typer.Option(help="What a table is called, households=poverty.households; repeatable."),
    ] = None,
    lacking: Annotated[
        list[str] | None,
        typer.Option(help="A column that the database lacks, members.born_on; repeatable."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write a file for each into a folder.")] = None,
    json: JsonFlag = False,
) -> None:
    """Write the rules as SQL, to be read and run inside a database (库内筛查).

    Three statements: a preflight that counts rows with faults, the answers, and what is
    missing; and one each for stated amounts and tiers where there are any. They only read;
    nothing but ids, areas, rules, verdicts, amounts and tiers comes out.
    """
    policy = read_pack(pack, values)
    need_values(policy, as_of, out)
    found = rules_in_sql(
        policy,
        as_of=as_of,
        dialect=dialect,
        areas=read_areas(areas),
        tables=dict(map(_named, table or ())),
        lacking=lacking or (),
    )
    written = [] if out is None else [str(path) for path in found.write(out)]
    if json:
        document = {"pack": policy.id, "as_of": as_of, "dialect": dialect, "written": written}
        print_json(document | {name: getattr(found, name) for name in found})
    elif out is None:
        typer.echo(str(found), nl=False)
    else:
        for path in written:
            typer.echo(path)


def _named(given: str) -> tuple[str, str]:
    name, sign, called = given.partition("=")
    if not (name and sign and called):
        raise typer.BadParameter("a table is given as --table households=poverty.households")
    return name, called
