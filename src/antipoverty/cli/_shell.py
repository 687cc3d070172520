"""What every command shares: what it is given, where it prints, how it writes JSON."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from antipoverty._base.csvfiles import read_csv, read_text
from antipoverty._base.workbooks import read_workbook
from antipoverty.cli._language import said
from antipoverty.cli._tables import console
from antipoverty.cli._workbook import keep_areas, keep_sources
from antipoverty.errors import InvalidFileError, LineError
from antipoverty.model import AreaTree, load_areas, shaanxi_areas
from antipoverty.rules import Pack, discover_pack, pack_from_toml, parent_of, values_from_toml

if TYPE_CHECKING:
    import polars as pl

NO = 1
"""Exit code of an answer that is "no"."""

NOT_JUDGED = 3
"""Exit code of a screening that could not judge enough of the households."""

UNUSABLE = 2
"""Exit code of input that cannot be used."""


def read_day(text: str) -> date:
    """Read a day given on the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("that is not a day; write it as 2021-12-01") from None


def day_option(name: str, help_: str) -> Any:
    """An option that takes a day; a wrong one is reported under the option's name."""
    return typer.Option(name, parser=read_day, metavar="DAY", help=help_)


JsonFlag = Annotated[bool, typer.Option("--json", metavar="", help="Print one JSON document.")]
PackName = Annotated[
    str, typer.Option("--pack", help="An installed pack's name, or the path of a pack file.")
]
AsOf = Annotated[date, day_option("--as-of", "The day of the answer, such as 2021-12-01.")]
AreasFile = Annotated[
    Path | None, typer.Option("--areas", help="CSV of areas; Shaanxi's by default.")
]
ValuesFile = Annotated[
    Path | None, typer.Option("--values", help="TOML of parameter values that you supply.")
]
Folder = Annotated[Path, typer.Argument(help="Folder of Parquet tables.")]
MoneyUnits = Annotated[
    list[str] | None,
    typer.Option(
        "--money",
        metavar="UNIT",
        help="The unit of amounts: fen, yuan or wanyuan (万元), or FIELD=UNIT; repeatable.",
    ),
]
Zone = Annotated[
    str | None,
    typer.Option(help="In which zone moments have their days, such as Asia/Shanghai."),
]

ReportFile = Annotated[
    Path | None,
    typer.Option("--report", help="Write a report here: one HTML file that needs no network."),
]
Withhold = Annotated[
    int, typer.Option(min=0, help="The smallest count that a report shows; 0 shows all.")
]

ILLUSTRATIVE = "Illustrative: some rules or values are not published policy."


def print_json(document: Any) -> None:
    """Print a document as JSON: keys as given, Chinese as it is, days as ISO text."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


def print_text(text: str) -> None:
    """Print lines as they are; on a terminal, what wraps is set in under its line."""
    screen = console()
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip(" "))
        if not screen.is_terminal or not line.strip():
            screen.print(line, markup=False)
            continue
        parts = Text(line.strip()).wrap(screen, max(screen.width - indent - 2, 20))
        for number, part in enumerate(parts):
            margin = " " * (indent + 2 * (number > 0))
            screen.print(margin + part.plain.rstrip(), markup=False, style="bold" * (not indent))


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error, and nothing where nobody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    screen = Console(file=sys.stderr)
    hidden = not screen.is_terminal
    with Progress(*columns, TimeElapsedColumn(), console=screen, disable=hidden) as bar:
        task = bar.add_task(said(what), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def read_table(path: Path) -> pl.DataFrame:
    """Read a table whose columns are text: Parquet, CSV as Excel and its like write it, or XLSX.

    A CSV may be UTF-8 or GB 18030, with any line ends; lines without content are left out,
    and ``="0123"``, by which Excel keeps the digits of a code, is read as those digits.

    Raises:
        InvalidFileError: It cannot be read; of a CSV every line with too few or too many
            values is named.
    """
    import polars as pl

    from antipoverty._base.frames import UNREADABLE

    if path.suffix == ".parquet":
        try:
            return pl.read_parquet(path)
        except UNREADABLE:
            raise InvalidFileError(
                "{name} cannot be used", [LineError(1, "it is no Parquet file")], name=path.name
            ) from None
    if path.suffix.lower() == ".xlsx":
        pages = [page for page in read_workbook(path).values() if page.height > 1]
        if not pages:
            raise InvalidFileError(
                "{name} cannot be used", [LineError(1, "it has no rows")], name=path.name
            )
        header, *cells = pages[0].rows()
        at = [n for n, name in enumerate(header) if name and str(name).strip()]
        return pl.DataFrame(
            [[row[n] for n in at] for row in cells],
            schema=dict.fromkeys((str(header[n]).strip() for n in at), pl.String),
            orient="row",
        )
    names, rows = read_csv(path)
    return pl.DataFrame(
        [row for _, row in rows], schema=dict.fromkeys(names, pl.String), orient="row"
    )


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every Parquet file of a folder, by its path there."""
    found = {}
    for path in sorted(folder.rglob("*.parquet")):
        with path.open("rb") as file:
            found[path.relative_to(folder).as_posix()] = file_digest(file, "sha256").hexdigest()
    return found


def read_areas(path: Path | None) -> AreaTree:
    """Read the user's areas, in UTF-8 or as a Chinese Excel writes them, or Shaanxi's."""
    if path is None:
        tree = shaanxi_areas()
    elif path.suffix == ".gz":
        tree = load_areas(path)
    else:
        tree = AreaTree.from_csv(io.StringIO(read_text(path), newline=""))
    keep_areas(tree)
    return tree


def read_money(given: list[str] | None) -> dict[str, str]:
    """Read units of amounts: one for all, and others for columns by name."""
    pairs = (text.rpartition("=") for text in given or ())
    return {path: unit for path, _, unit in pairs}


def read_parent(name: str, beside: Path) -> Pack:
    """Find the pack that a file builds on: a file of its name beside it, or an installed pack."""
    file = beside.with_name(f"{name}.toml")
    return read_pack(str(file)) if file.is_file() and file != beside else discover_pack(name)


def read_pack(name: str, values: Path | None = None) -> Pack:
    """Find a pack by the path of its file or by its installed name."""
    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        text = read_text(path)
        parent = parent_of(text)
        pack = pack_from_toml(text, parent=None if parent is None else read_parent(parent, path))
    else:
        pack = discover_pack(name)
    pack = values_from_toml(read_text(values), pack) if values else pack
    keep_sources(pack)
    return pack
