"""What the commands of draws share: the seed, the folder of receipts, lists, files that stay."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from antipoverty._base.documents import read_json
from antipoverty.cli._shell import read_table, read_text
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    AntipovertyError,
    FieldError,
    InvalidCodeError,
    InvalidDocumentError,
    InvalidDrawError,
    InvalidFileError,
    LineError,
)
from antipoverty.model import AreaTree
from antipoverty.sampling import Receipt

SeedText = Annotated[
    str | None,
    typer.Option("--seed", help="20 characters or more, beyond choice; stays in shell history."),
]
SeedFile = Annotated[
    Path | None, typer.Option("--seed-file", help="Read the seed from this file; - for input.")
]
History = Annotated[
    Path | None,
    typer.Option("--history", help="Folder of earlier receipts (*.json); else that of --out."),
]
Policy = Annotated[str | None, typer.Option("--coverage", help="independent, cycle or within(12).")]
Basis = Annotated[str, typer.Option("--basis", help="The document that fixes the plan's choices.")]
Out = Annotated[
    Path | None, typer.Option("--out", help="Write to this file; another content is kept.")
]
_HOMES = typer.Option("--households", help="CSV or Parquet of household_id, area.")
Homes = Annotated[Path, _HOMES]
HomesDrawnFrom = Annotated[Path | None, _HOMES]


def read_seed(seed: str | None, file: Path | None) -> str:
    """Take the seed as it was typed, or from a file or the input, without its line break."""
    if (seed is None) == (file is None):
        raise typer.BadParameter("give the seed with --seed or with --seed-file, one of them")
    if file is None:
        return seed or ""
    text = sys.stdin.read() if str(file) == "-" else read_text(file)
    return text.rstrip("\r\n")


def read_receipt(path: Path) -> Receipt:
    """Read one receipt."""
    return Receipt.from_json(read_text(path))


def read_receipts(folder: Path | None, *, but: Path | None = None) -> list[Receipt]:
    """Read the receipts of a folder; commitments and lists of teams may lie beside them.

    Args:
        folder: The folder, or ``None`` for none.
        but: A file to leave out: the one that is about to be drawn.
    """
    if folder is None:
        return []
    if not folder.is_dir():
        raise InvalidDrawError(f"{folder} is not a folder of receipts")
    found: list[Receipt] = []
    problems: list[AntipovertyError] = []
    for path in sorted(folder.glob("*.json")):
        if but is not None and path.resolve() == but.resolve():
            continue
        text = read_text(path)
        try:
            if "algorithm" in read_json(text, "receipt"):
                found.append(Receipt.from_json(text))
        except InvalidDocumentError as problem:
            problems += [FieldError(f"{path.name}: {one.message}") for one in problem.problems]
    if problems:
        raise InvalidDocumentError(f"the receipts in {folder} cannot be read", problems)
    return found


def read_lists(path: Path, villages: Collection[str]) -> dict[str, list[str]]:
    """Read the households of some villages; one without any has an empty list.

    Raises:
        InvalidFileError: A column is missing, or a line has no id or no code of a place.
    """
    table = read_table(path)
    missing = [name for name in ("household_id", "area") if name not in table.columns]
    if missing:
        fault = LineError(1, f"the header lacks {', '.join(missing)}")
        raise InvalidFileError(f"{path.name} cannot be used", [fault])
    found: dict[str, list[str]] = {village: [] for village in villages}
    problems: list[AntipovertyError] = []
    for line, (home, area) in enumerate(table.select("household_id", "area").iter_rows(), 2):
        try:
            village = AreaCode(area or "").at(Level.VILLAGE)
        except InvalidCodeError as problem:
            problems.append(LineError(line, problem.message))
            continue
        if not home:
            problems.append(LineError(line, "it has no household_id"))
        elif village in found:
            found[village].append(home)
    if problems:
        raise InvalidFileError(f"{path.name} cannot be used", problems)
    return found


def write_new(text: str, out: Path | None) -> None:
    """Write a document that was published, or may be: it is never replaced by another.

    Raises:
        InvalidDrawError: There is a file of that name with another content.
    """
    if out is None:
        typer.echo(text, nl=False)
        return
    if out.exists() and out.read_text(encoding="utf-8") != text:
        raise InvalidDrawError(
            f"{out} is there already and says something else; what may have been published is "
            "never overwritten: give another --out"
        )
    out.write_text(text, encoding="utf-8")


def name_of(tree: AreaTree, code: str) -> str:
    """The full name of an area, or nothing for a code that is none of the tree."""
    return tree.full_name(code) if code in tree else ""
