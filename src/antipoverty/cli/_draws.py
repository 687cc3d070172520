"""What the commands of draws share: the seed, the folder of receipts, lists, files that stay."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from antipoverty._base.csvfiles import read_csv, read_text
from antipoverty._base.documents import plain, read_json
from antipoverty._base.opaque import opaque
from antipoverty.cli._language import languages
from antipoverty.cli._shell import NO, print_json, read_table
from antipoverty.cli._tables import console
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    AntipovertyError,
    FieldError,
    InvalidCodeError,
    InvalidDocumentError,
    InvalidDrawError,
    InvalidFileError,
    LineError,
    PersonalValueError,
)
from antipoverty.model import AreaTree
from antipoverty.sampling import (
    DOUBLE_COLOUR,
    Audit,
    ClosingIndex,
    DrandRound,
    Drawing,
    NistPulse,
    Notice,
    Numbers,
    Opened,
    Outcomes,
    Receipt,
    Request,
    Supplement,
    Teams,
    Verification,
)

UNCHECKED = 3
"""Exit code when nothing differs, but something could not be checked for want of it."""

_DIGITS = 19

SeedText = Annotated[
    str | None,
    typer.Option("--seed", help="Rehearse with a seed of your own, 20 characters or more."),
]
SeedFile = Annotated[
    Path | None, typer.Option("--seed-file", help="Read the seed from this file; - for input.")
]
NoticeFile = Annotated[
    Path | None, typer.Option("--notice", help="The published notice (抽取公告) of the round.")
]
Results = Annotated[
    list[str] | None,
    typer.Option("--result", help="What came of an event; once for each, in the notice's order."),
]
SecretFile = Annotated[
    Path | None, typer.Option("--secret-file", help="The secret whose SHA-256 the notice has.")
]
SizesFile = Annotated[
    Path | None, typer.Option("--sizes", help="Sizes of the units, a line each: CODE SIZE.")
]
Inspectors = Annotated[Path, typer.Option("--inspectors", help="JSON list of inspectors.")]
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


def read_notice(path: Path) -> Notice:
    """Read one notice."""
    return Notice.from_json(read_text(path))


def opened(
    notice: Path, results: list[str] | None, secret: Path | None, seeds: tuple[object, ...]
) -> Opened:
    """Open a notice with what came of its events; a seed beside it is refused."""
    if any(one is not None for one in seeds):
        raise typer.BadParameter("with --notice the seed comes from the events: give no seed")
    hidden = None if secret is None else read_text(secret).rstrip("\r\n")
    return read_notice(notice).open(results or [], secret=hidden)


def read_event(text: str) -> DrandRound | Drawing | ClosingIndex | NistPulse:
    """Read an event as it is written after ``--event``."""
    kind, *rest = text.split(":")
    try:
        match kind, rest:
            case "ssq" | "双色球", [issue, day]:
                name = f"中国福利彩票双色球第{issue}期"
                return Drawing(name, date.fromisoformat(day), DOUBLE_COLOUR)
            case "dice", [where, day, throws]:
                numbers = (Numbers(int(throws), 0, 9, ordered=True),)
                return Drawing(f"公开掷骰 dice, {where}", date.fromisoformat(day), numbers)
            case "index", [name, day, decimals]:
                return ClosingIndex(name, date.fromisoformat(day), int(decimals))
            case "drand", ["quicknet" | "default" as chain, number]:
                return DrandRound("quicknet" if chain == "quicknet" else "default", int(number))
            case "nist", [day, chain, pulse]:
                return NistPulse(date.fromisoformat(day), int(chain), int(pulse))
    except ValueError:
        pass
    raise typer.BadParameter(
        f"{text!r} is no event; write one such as ssq:2022018:2022-02-20 or drand:quicknet:24000000"
    )


def verdict(found: Verification | Audit, *, as_json: bool = False) -> None:
    """Print a verification in Chinese and English and leave with its exit code."""
    if as_json:
        print_json({"answer": found.answer, "ok": bool(found)} | plain(found))
    else:
        for language in languages():
            console().print(found.explain(language), markup=False)
    if found.answer != "holds":
        raise typer.Exit(NO if found.answer == "differs" else UNCHECKED)


def read_looked_up(path: Path | None) -> dict[str, list[str]] | None:
    """Read the results that somebody looked up, for each period.

    Raises:
        InvalidDocumentError: It is no object of lists of texts.
    """
    if path is None:
        return None
    found = read_json(read_text(path), "results")
    for period, listed in found.items():
        if not (isinstance(listed, list) and all(isinstance(one, str) for one in listed)):
            problem = FieldError("{period}: give a list of results", period=period)
            raise InvalidDocumentError("{name} cannot be used", [problem], name=path.name)
    return found


Published = Receipt | Notice | Teams | Request | Supplement | Outcomes
_KINDS: tuple[tuple[str, type[Published]], ...] = (
    ("algorithm", Receipt),
    ("draws", Notice),
    ("inspectors_digest", Teams),
    ("published_on", Request),
    ("wanted", Supplement),
    ("units", Outcomes),
)
"""A field by which each kind of document is told from those that come after it."""


def read_published(folder: Path, *, only: type[Published] | None = None) -> list[Published]:
    """Read all that was published of draws, in a folder and those in it.

    Args:
        folder: The folder.
        only: Read documents of this kind, and pass over whatever else lies there.

    Raises:
        InvalidDocumentError: A file is none of them; each is named.
    """
    found: list[Published] = []
    problems: list[AntipovertyError] = []
    for path in sorted(folder.rglob("*.json")):
        text = read_text(path)
        try:
            fields = read_json(text, "document")
            kind = next((kind for name, kind in _KINDS if name in fields), None)
            if kind is None and only is None:
                raise InvalidDocumentError("", [FieldError("it was not published of a draw")])
            if kind is not None and only in (None, kind):
                found.append(kind.from_json(text))
        except InvalidDocumentError as problem:
            if only is not None:
                continue
            name = path.relative_to(folder)
            problems += [
                FieldError("{name}: {one}", name=name, one=one.message) for one in problem.problems
            ]
    if problems:
        raise InvalidDocumentError(
            "the documents in {folder} cannot be read", problems, folder=folder
        )
    return found


def read_supplements(folder: Path) -> list[Supplement]:
    """Read the supplements in a folder, the earlier before those that name them."""
    found = [one for one in read_published(folder, only=Supplement) if isinstance(one, Supplement)]
    return sorted(found, key=lambda one: len(one.earlier))


def read_seen(path: Path | None) -> dict[str, date] | None:
    """Read ``DIGEST DAY`` lines: which notices and requests one had, and since when.

    Raises:
        InvalidFileError: A line has another form.
    """
    if path is None:
        return None
    found: dict[str, date] = {}
    problems: list[AntipovertyError] = []
    for line, text in enumerate(read_text(path).splitlines(), 1):
        digest, _, day = text.partition(" ")
        try:
            found[digest] = min(date.fromisoformat(day), found.get(digest, date.max))
        except ValueError:
            problems.append(LineError(line, "it is not DIGEST DAY, such as 0a1b... 2022-02-14"))
    if problems:
        raise InvalidFileError("{name} cannot be used", problems, name=path.name)
    return found


def read_sizes(path: Path | None) -> dict[str, int] | None:
    """Read ``CODE SIZE`` lines, as their digest is made of them.

    Raises:
        InvalidFileError: A line has another form, or a code stands twice.
    """
    if path is None:
        return None
    found: dict[str, int] = {}
    problems: list[AntipovertyError] = []
    for line, text in enumerate(read_text(path).splitlines(), 1):
        code, _, size = text.partition(" ")
        if not (size.isascii() and size.isdigit() and len(size) < _DIGITS) or code in found:
            problems.append(LineError(line, "it is not CODE SIZE, or the code stands twice"))
        else:
            found[code] = int(size)
    if problems:
        raise InvalidFileError("{name} cannot be used", problems, name=path.name)
    return found


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
        raise InvalidDrawError("{folder} is not a folder of receipts", folder=folder)
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
            problems += [
                FieldError("{name}: {one}", name=path.name, one=one.message)
                for one in problem.problems
            ]
    if problems:
        raise InvalidDocumentError(
            "the receipts in {folder} cannot be read", problems, folder=folder
        )
    return found


def read_lists(path: Path) -> dict[str, list[str]]:
    """Read the households of every village.

    Raises:
        InvalidFileError: A column is missing, or a line has no code of a place, or no id
            that may stand in a published receipt: a total row, a name, a number of a person.
    """
    names, rows = _rows(path)
    missing = [name for name in ("household_id", "area") if name not in names]
    if missing:
        fault = LineError(1, "the header lacks {missing}", missing=", ".join(missing))
        raise InvalidFileError("{name} cannot be used", [fault], name=path.name)
    found: dict[str, list[str]] = {}
    first: dict[str, int] = {}
    problems: list[AntipovertyError] = []
    wanted = [names.index(name) for name in ("household_id", "area")]
    for line, row in rows:
        home, area = (row[place] for place in wanted)
        try:
            village = AreaCode(area or "").at(Level.VILLAGE)
        except InvalidCodeError as problem:
            problems.append(LineError(line, problem.message))
            continue
        try:
            home = opaque(home or "", "household_id", household=True, area=village)
        except PersonalValueError as problem:
            problems.append(LineError(line, problem.message))
            continue
        if first.setdefault(home, line) != line:
            problems.append(
                LineError(line, "the household stands on line {first} already", first=first[home])
            )
        found.setdefault(str(village), []).append(home)
    if problems:
        raise InvalidFileError("{name} cannot be used", problems, name=path.name)
    return found


def _rows(path: Path) -> tuple[Sequence[str], Iterable[tuple[int, Sequence[str | None]]]]:
    """The columns of a table, and its rows with their lines: those of the file where it is CSV."""
    if path.suffix != ".parquet":
        return read_csv(path)
    table = read_table(path)
    return table.columns, enumerate(table.iter_rows(), 2)


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
            "{out} is there already and says something else; what may have been published is never "
            "overwritten: give another --out",
            out=out,
        )
    out.write_text(text, encoding="utf-8")


def name_of(tree: AreaTree, code: str) -> str:
    """The full name of an area, or nothing for a code that is none of the tree."""
    return tree.full_name(code) if code in tree else ""
