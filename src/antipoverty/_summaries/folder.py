"""The files of a period's paper, by the names under which they lie in one folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from antipoverty._base.csvfiles import day_in, enough, read_csv, read_text
from antipoverty._base.days import days
from antipoverty._summaries.sources import Sources
from antipoverty.casework import (
    Book,
    Cluster,
    Event,
    clusters,
    count_households,
    keepers_of,
    new_cases,
    visit_coverage,
)
from antipoverty.codes import Level
from antipoverty.errors import InvalidFileError, LineError
from antipoverty.model import AreaTree
from antipoverty.periods import Period
from antipoverty.sampling import Outcomes, Receipt
from antipoverty.scoring import AssessmentPolicy, assess, read_notices

T = TypeVar("T")
FILES = (
    "households.csv",
    "visits.csv",
    "keepers.csv",
    "screened.csv",
    "notices.csv",
    "truth.csv",
    "receipts",
    "outcomes",
)
"""What a folder may hold; what it does not is lacking in the paper, which says so."""


@days
def out_of_line(
    book: Book, register: Any, period: Period, since: date | None, level: Level = Level.TOWNSHIP
) -> tuple[tuple[Cluster, ...], int]:
    """Areas whose new cases are out of line, and how many were looked at.

    Args:
        book: The book.
        register: A frame with the ``area`` of every household.
        period: The period.
        since: The day on which the register began: that period is no past, for it begins
            with a backlog.
        level: The level of the areas.
    """
    before = []
    other = period.previous
    while since is not None and other.first > since:
        before.append(new_cases(book, level=level, period=other))
        other = other.previous
    homes = count_households(register, level=level)
    now = new_cases(book, level=level, period=period)
    return clusters(now, before, homes), len(homes)


def read_sources(
    folder: str | Path,
    book: Book,
    events: Iterable[Event],
    period: Period,
    *,
    areas: AreaTree,
    policy: AssessmentPolicy | None = None,
    limits: Mapping[str, int] | None = None,
) -> Sources:
    """Read what a folder holds for the paper of a period.

    Args:
        folder: It holds ``households.csv`` (``household_id, area, away`` and, if wanted,
            ``size``), ``visits.csv``, ``keepers.csv``, ``screened.csv``, ``notices.csv``,
            ``truth.csv``, and the folders ``receipts`` and ``outcomes``; each may lack.
        book: Both registers as they stood on the period's last day.
        events: The events of both.
        period: The period.
        areas: The areas.
        policy: What notices in a row are worth.
        limits: Days for each of the three in-times.
    """
    place, listed = Path(folder), [*events]
    notices = _if(place / "notices.csv", lambda path: read_notices(_lines(path)))
    if notices is not None:  # what was issued on the period is issued after its end
        notices = tuple(one for one in notices if one.period.last <= period.last)
    issued = max((one.issued_on for one in notices or ()), default=period.last)
    homes = _if(place / "households.csv", lambda path: _table(path, "household_id", "area"))
    began = min((one.on for one in listed), default=None)
    coverage = worse = people = None
    if homes is not None:
        worse = out_of_line(book, homes, period, began)
        visits, keepers = (_if(place / f"{name}.csv", _table) for name in ("visits", "keepers"))
        if visits is not None and keepers is not None:
            coverage = visit_coverage(
                homes, _of(visits, period), keepers_of(keepers), period=period, level=Level.COUNTY
            )
        if "size" in homes.columns:
            known = homes.filter(pl.col("size").is_not_null())
            people = dict(known.select("household_id", pl.col("size").cast(pl.Int64)).iter_rows())
    return Sources(
        events=listed,
        people=people,
        screened=_if(place / "screened.csv", _screened),
        coverage=coverage,
        receipts=_documents(place / "receipts", Receipt.from_json),
        outcomes=_documents(place / "outcomes", Outcomes.from_json) or (),
        notices=notices,
        board=None
        if notices is None
        else assess(notices, policy or AssessmentPolicy(), as_of=issued, areas=areas),
        clusters=worse,
        limits=limits,
        truth=_if(place / "truth.csv", _table),
    )


def _if(path: Path, read: Callable[[Path], T]) -> T | None:
    return read(path) if path.is_file() else None


def _lines(path: Path) -> list[str]:
    return read_text(path).splitlines(keepends=True)


def _table(path: Path, *needed: str) -> pl.DataFrame:
    """Read a table of texts, whose ``size`` is a whole number, and whose ``on``, if needed, a day.

    Raises:
        InvalidFileError: It is none; every line that cannot be used is named.
    """
    names, rows = read_csv(path)
    wrong = [
        LineError(1, "the header lacks {name}", name=one) for one in needed if one not in names
    ]
    for name, read, said in _READ:
        at = names.index(name) if name in names and name in (*needed, "size") else len(names)
        for line, cells in rows if at < len(names) else ():
            cell = cells[at]
            if cell is not None and read(cell) is None:
                wrong.append(LineError(line, said))
                if enough(wrong, line):
                    break
    if wrong:
        raise InvalidFileError("{name} cannot be used", wrong, name=path.name)
    schema = dict.fromkeys(names, pl.String)
    return pl.DataFrame([cells for _, cells in rows], schema=schema, orient="row")


def _size(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _DIGITS else None


_DIGITS = 10
_READ: tuple[tuple[str, Callable[[str], object], str], ...] = (
    ("size", _size, "size is a whole number"),
    ("on", day_in, "on is a day, such as 2023-06-30"),
)


def _of(visits: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The visits of a period, each household once for each way; all where a day is no day."""
    on = visits["on"].str.to_date(strict=False)
    if on.null_count():
        return visits
    mine = visits.filter(on.is_between(period.first, period.last))
    return mine.unique(["household_id", "how"], maintain_order=True)


def _screened(path: Path) -> list[dict[str, Any]]:
    rows = _table(path, "on").to_dicts()
    return [{**row, "on": day_in(row["on"] or "")} for row in rows]


def _documents(folder: Path, read: Callable[[str], T]) -> list[T] | None:
    if not folder.is_dir():
        return None
    return [read(read_text(path)) for path in sorted(folder.glob("*.json"))]
