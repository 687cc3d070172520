"""``rules values`` writes the values that a pack needs and does not have, to be filled in."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from antipoverty.cli._shell import (
    JsonFlag,
    PackName,
    day_option,
    print_json,
    read_pack,
)
from antipoverty.cli._tables import print_line
from antipoverty.errors import InvalidArgumentError, ParameterNotSetError
from antipoverty.rules import Pack, values_form


def register(rules: typer.Typer) -> None:
    """Add the command."""
    rules.command("values")(values)


def need_values(policy: Pack, day: date, folder: Path | None) -> None:
    """Refuse a day for which values lack, and leave the form of them where the answer would be."""
    try:
        policy.on(day)
    except ParameterNotSetError as problem:
        if folder is None:
            raise
        file = folder / "values.toml"
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            file.write_text(values_form(policy.id, day, policy.lacking(day)), encoding="utf-8")
        raise ParameterNotSetError(
            "{problem}. The form to fill in: {file}", problem=problem.message, file=file
        ) from None


def values(
    pack: PackName,
    out: Annotated[Path, typer.Option("--out", help="The file to write, such as values.toml.")],
    as_of: Annotated[
        date | None,
        day_option("--as-of", "The day the answers are for; the first of this pack's without."),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Write a file of the values that a pack needs on a day (待填标准值), to give with --values.

    Each comes with its unit, who sets it, the last value and the rules that read it. Without a
    day it is the first on which a rule in force lacks a value.
    """
    found = read_pack(pack)
    day = as_of or found.first_lacking
    lacking = () if day is None else found.lacking(day)
    if lacking and day is not None:
        if out.exists():
            raise InvalidArgumentError("{out} is there already; name another file", out=out)
        out.write_text(values_form(found.id, day, lacking), encoding="utf-8")
    if json:
        document = {"pack": found.id, "day": day, "file": str(out) if lacking else None}
        listed: list[dict[str, Any]] = [
            {"parameter": one.parameter.id, "unit": str(one.parameter.unit)}
            | {"area": one.area, "rules": list(one.rules), "ended": one.ended}
            for one in lacking
        ]
        print_json(document | {"needed": listed})
        return
    if not lacking:
        print_line("{pack}: no value is needed ({day})", pack=found.id, day=day or "-")
        return
    names = ", ".join(dict.fromkeys(one.parameter.id for one in lacking))
    print_line(
        "{pack}: {day}: {count} values needed: {names}",
        pack=found.id,
        day=day,
        count=len(lacking),
        names=names,
    )
    print_line("{out}: fill it in and give it with --values", out=out)
