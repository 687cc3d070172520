"""``antipoverty template``: the collection form of a pack (采集表), and its data dictionary."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from antipoverty.cli._shell import (
    JsonFlag,
    PackName,
    print_json,
    print_text,
    read_pack,
)
from antipoverty.intake import as_markdown, tables_needed, write_template


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(template)


def template(
    pack: PackName,
    out: Annotated[
        Path,
        typer.Option(help="The workbook to write, 采集表.xlsx; or a page, data-dictionary.md."),
    ],
    json: JsonFlag = False,
) -> None:
    """Write the workbook to collect what a pack reads, or its data dictionary (采集表、数据字典).

    People fill the workbook in; `intake check` and `intake run` take it as it is.
    """
    policy = read_pack(pack)
    match out.suffix.lower():
        case ".md":
            out.write_text(as_markdown(policy), encoding="utf-8")
        case ".xlsx":
            write_template(policy, out)
        case _:
            raise typer.BadParameter("give --out a name that ends in .xlsx or .md")
    if json:
        print_json({"written": str(out), "tables": tables_needed(policy)})
    else:
        print_text(f"{out}: {', '.join(tables_needed(policy))}")
