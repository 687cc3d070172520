"""What ``screen --since`` prints and writes: what changed since an earlier day, and only that."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import typer

from antipoverty.cli._language import chosen, said
from antipoverty.cli._shell import (
    print_json,
    read_table,
)
from antipoverty.cli._tables import print_line, print_table
from antipoverty.daily import Delta, State, changed_between, screen_delta
from antipoverty.model import AreaTree
from antipoverty.rules import Pack
from antipoverty.screening import Tables, write_spreadsheet

CHANGES = {"new": "new", "ended": "ended", "other": "other verdict"}
CAUSES = {
    "changed": "rows changed",
    "window": "a day passed an edge",
    "age": "a birthday",
    "value": "a value changed there",
    "delivery": "deliveries reach elsewhere",
    "unplaced": "rows of nobody changed",
}


def follow(
    since: Path,
    tables: Tables[Any],
    pack: Pack,
    as_of: date,
    areas: AreaTree | None,
    changed: Path | None,
    before: Tables[Any] | None,
) -> Delta:
    """Screen from the state of an earlier day.

    Raises:
        typer.BadParameter: It is not said whose rows changed, or said twice.
    """
    if (changed is None) == (before is None):
        raise typer.BadParameter(
            "--since needs to know whose rows changed: give --changed FILE with a column "
            "household_id, or --before FOLDER with the tables as they were"
        )
    ids = read_table(changed) if before is None and changed else None
    found = changed_between(before, tables) if before is not None else ids
    return screen_delta(State.read(since), tables, pack, as_of=as_of, changed=found, areas=areas)


def document(delta: Delta) -> dict[str, Any]:
    """What changed as plain data."""
    return {
        "pack": delta.state.pack,
        "since": delta.since.isoformat(),
        "as_of": delta.state.as_of.isoformat(),
        "illustrative": delta.screening.illustrative,
        "everything": None if delta.everything is None else delta.everything.en,
        "judged_again": delta.screening.households,
        "causes": dict(delta.causes),
        **{word: delta.of(word).height for word in CHANGES},
        "stays": delta.stays,
    }


def write_delta(delta: Delta, folder: Path) -> dict[str, str]:
    """Write what changed, and for each department what is new on its list."""
    (folder / "handover").mkdir(parents=True, exist_ok=True)
    written = {"changes": folder / "changes.csv"}
    write_spreadsheet(delta.lines, written["changes"])
    for department in sorted(delta.screening.pack.departments):
        path = folder / "handover" / f"{department}.csv"
        path.unlink(missing_ok=True)
        listed = delta.handover(department)
        if listed.height:
            write_spreadsheet(listed, path)
            written[f"handover {department}"] = path
    return {name: str(path) for name, path in written.items()}


def show_delta(delta: Delta, *, as_json: bool, written: dict[str, str]) -> None:
    """Print what changed."""
    if as_json:
        print_json(document(delta) | {"written": written})
        return
    if delta.everything is not None:
        why = chosen(delta.everything.zh, delta.everything.en)
        print_line("All were judged again: {why}", why=why)
    print_table(
        f"{delta.since} → {delta.state.as_of}",
        ("change", "answers"),
        [*((said(label), delta.of(word).height) for word, label in CHANGES.items()),
         (said("stay"), delta.stays)],
    )  # fmt: skip
    print_table(
        said("{count:,} households judged again", count=delta.screening.households),
        ("cause", "households"),
        ((said(CAUSES[cause]), number) for cause, number in delta.causes.items()),
    )
